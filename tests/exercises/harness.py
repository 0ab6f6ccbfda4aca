"""How good is a check? Correct answers in several styles must pass, wrong ones must fail and be told why.

A chapter's answers stand in tests/exercises/answers/<topic>.py as ANSWERS: exercise name -> Answers. Four kinds of
wrong answer are tried: those written there (each says which words must appear), the exercise's own slips (each must
be recognised), mutants of the solution's source (mutants.py), and a second set drawn by script (second_set.py). All
must fail for every seed, but those of which the answers say that they compute the same or cannot happen.
"""

import contextlib
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnncourse.checks.cases import Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.judging import passes, with_truth
from rnncourse.checks.own_forward import cases_from_forward
from rnncourse.checks.registry import all_exercises, check
from rnncourse.checks.slip import edited
from tests.exercises.mutants import mutants
from tests.exercises.second_set import second_set

with contextlib.suppress(ImportError):
    import torch  # noqa: F401 - loading it takes seconds, which are not the answer's

SEEDS = (1, 2)  # `make checks` tries twenty
SECONDS = 1.0  # for an answer that may never end
PATIENCE = 5.0  # where words are read: not those of an answer that a busy machine has made late
FOLDER = Path(__file__).parent / "answers"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and words that the failed check must say ("" where any failure will do).

    forward : the encoder of a decoder, or the decoder of an encoder, where it is not our own.
    """

    answer: Callable[..., Any]
    says: str = ""
    forward: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Answers:
    """What is tried on one exercise."""

    correct: tuple[Callable[..., Any], ...]
    wrong: tuple[Wrong, ...]
    equivalent: Mapping[str, str] = field(default_factory=dict)  # mutant -> why it computes the same
    impossible: Mapping[str, str] = field(default_factory=dict)  # of the second set -> why it is right by the statement
    partners: Mapping[Callable[..., Any], Callable[..., Any]] = field(default_factory=dict)  # correct -> its forward=


@dataclass(frozen=True)
class Measured:
    """One row of the table; a list names what went wrong."""

    exercise: Exercise
    correct: int
    wrong: int
    told: int
    realistic: int
    mutants: int
    equivalent: int
    second: int
    impossible: int
    refused: tuple[str, ...]
    accepted: tuple[str, ...]
    unexplained: tuple[str, ...]
    slowest: float

    @property
    def killed(self) -> float:
        return (self.tried - len(self.accepted)) / self.tried

    @property
    def tried(self) -> int:
        return self.wrong + self.mutants + self.second

    @property
    def false_rejects(self) -> float:
        return len(self.refused) / self.correct

    @property
    def line(self) -> str:
        """For terminals."""
        return (
            f"{self.exercise.name:28} {self.tried:4} wrong answers, {self.killed:.0%} rejected;"
            f" {self.correct:2} correct ones, {self.false_rejects:.0%} refused; {self.slowest:.2f} s"
        )


def slip(answer: Callable[..., Any], before: str, after: str, says: str = "") -> Wrong:
    """A wrong answer made from a correct one by one slip."""
    return Wrong(edited(answer, (before, after)), says)


def all_answers() -> dict[str, Answers]:
    """Exercise name -> its answers, from every module of the folder."""
    found: dict[str, Answers] = {}
    for path in sorted(FOLDER.glob("*.py")):
        found |= importlib.import_module(f"tests.exercises.answers.{path.stem}").ANSWERS
    return found


def our_partner(name: str) -> Callable[..., Any] | None:
    """What forward= takes for an exercise that works with another one's answer, ours; None for all others."""
    partner = all_exercises()[name].partner
    return all_exercises()[partner].reference if partner else None


def drawn(exercise: Exercise, seed: int) -> list[Case]:
    """The cases of this seed, those of a decoder with the codes that our own encoder makes."""
    cases = exercise.draw(seed)
    if exercise.from_forward is None:
        return cases
    made, problem = cases_from_forward(exercise, cases, our_partner(exercise.name), PATIENCE)
    assert not problem, problem
    return made


def measure(name: str, answers: Answers, seeds: Sequence[int] = SEEDS) -> Measured:
    """Try everything on one exercise, with the cases of each seed; what a learner is told, with the first one."""
    exercise, partner = all_exercises()[name], our_partner(name)
    refused, accepted, unexplained, slowest = [], [], [], 0.0
    for answer in (exercise.reference, *answers.correct):
        times = []
        for seed in seeds:
            started = time.process_time()
            result = check(name, answer, seed=seed, forward=answers.partners.get(answer, partner))
            times.append(time.process_time() - started)
            if not result.passed:
                refused.append(f"{answer.__name__}, seed {seed}: {result}")
                break
        slowest = max(slowest, min(times))  # the first time may load torch
    told = [*answers.wrong, *(Wrong(m.wrong, m.because) for m in exercise.misconceptions)]
    for wrong in told:
        result = check(name, wrong.answer, seed=seeds[0], seconds=PATIENCE, forward=wrong.forward or partner)
        if result.passed is not False or "stumbled" in result.message:
            accepted.append(f"{_label(wrong)}: {result}")
        elif wrong.says not in str(result):
            unexplained.append(f"{_label(wrong)}: {wrong.says!r} is not in\n{result}")
    changed, second = mutants(exercise.reference), second_set(exercise)
    tried = [(_label(wrong), wrong.answer) for wrong in told if wrong.forward is None]
    tried += [(f"mutant {m.name!r}", m.function) for m in changed if m.name not in answers.equivalent]
    tried += [(f"second set: {m.name!r}", m.function) for m in second if m.name not in answers.impossible]
    for seed in seeds:
        cases = with_truth(exercise, drawn(exercise, seed))
        accepted += [
            f"{label}, seed {seed}" for label, answer in tried if passes(exercise, answer, cases, SECONDS, partner)
        ]
    return Measured(
        exercise=exercise,
        correct=1 + len(answers.correct),
        wrong=len(told),
        told=sum(bool(w.says) for w in told),
        realistic=sum(bool(w.says) for w in answers.wrong),
        mutants=sum(m.name not in answers.equivalent for m in changed),
        equivalent=sum(m.name in answers.equivalent for m in changed),
        second=sum(m.name not in answers.impossible for m in second),
        impossible=sum(m.name in answers.impossible for m in second),
        refused=tuple(refused),
        accepted=tuple(accepted),
        unexplained=tuple(unexplained),
        slowest=slowest,
    )


def _label(wrong: Wrong) -> str:
    return wrong.answer.__code__.co_filename if wrong.answer.__name__ != "<lambda>" else wrong.says
