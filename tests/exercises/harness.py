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

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.judging import passes, with_truth
from rnncourse.checks.registry import all_exercises, check
from rnncourse.checks.slip import edited
from tests.exercises.mutants import mutants
from tests.exercises.second_set import second_set

with contextlib.suppress(ImportError):
    import torch  # noqa: F401 - loading it takes seconds, which are not the answer's

SEEDS = (1, 2)  # `make checks` tries twenty
SECONDS = 1.0  # for an answer that may never end
FOLDER = Path(__file__).parent / "answers"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and words that the failed check must say ("" where any failure will do)."""

    answer: Callable[..., Any]
    says: str = ""


@dataclass(frozen=True)
class Answers:
    """What is tried on one exercise."""

    correct: tuple[Callable[..., Any], ...]
    wrong: tuple[Wrong, ...]
    equivalent: Mapping[str, str] = field(default_factory=dict)  # mutant -> why it computes the same
    impossible: Mapping[str, str] = field(default_factory=dict)  # of the second set -> why it is right by the statement


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


def measure(name: str, answers: Answers, seeds: Sequence[int] = SEEDS) -> Measured:
    """Try everything on one exercise, with the cases of each seed; what a learner is told, with the first one."""
    exercise = all_exercises()[name]
    refused, accepted, unexplained, slowest = [], [], [], 0.0
    for answer in (exercise.reference, *answers.correct):
        times = []
        for seed in seeds:
            started = time.process_time()
            result = check(name, answer, seed=seed)
            times.append(time.process_time() - started)
            if not result.passed:
                refused.append(f"{answer.__name__}, seed {seed}: {result}")
                break
        slowest = max(slowest, min(times))  # the first time may load torch
    told = [*answers.wrong, *(Wrong(m.wrong, m.because) for m in exercise.misconceptions)]
    for wrong in told:
        result = check(name, wrong.answer, seed=seeds[0], seconds=SECONDS)
        if result.passed is not False or "stumbled" in result.message:
            accepted.append(f"{_label(wrong)}: {result}")
        elif wrong.says not in str(result):
            unexplained.append(f"{_label(wrong)}: {wrong.says!r} is not in\n{result}")
    changed, second = mutants(exercise.reference), second_set(exercise)
    tried = [(_label(wrong), wrong.answer) for wrong in told]
    tried += [(f"mutant {m.name!r}", m.function) for m in changed if m.name not in answers.equivalent]
    tried += [(f"second set: {m.name!r}", m.function) for m in second if m.name not in answers.impossible]
    for seed in seeds:
        cases = with_truth(exercise, exercise.draw(seed))
        accepted += [f"{label}, seed {seed}" for label, answer in tried if passes(exercise, answer, cases, SECONDS)]
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
