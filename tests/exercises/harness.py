"""How good is a check? Correct answers in several styles must pass, wrong ones must fail and be told why.

A chapter's answers stand in tests/exercises/answers/<chapter>.py as ANSWERS: exercise name -> Answers. Three kinds
of wrong answer are tried: those written there (each says which words must appear), the exercise's own
misconceptions (each must be recognised), and mutants of the reference's source (tests/exercises/mutants.py), all
of which must fail unless `equivalent` says why they compute the same.
"""

import contextlib
import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.registry import all_exercises, check
from rnncourse.checks.slip import edited
from tests.exercises.mutants import Mutant, mutants

with contextlib.suppress(ImportError):
    import torch  # noqa: F401 - loading it takes seconds, which are not the answer's

SEEDS = (1, 2, 3)
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
    refused: tuple[str, ...]
    accepted: tuple[str, ...]
    unexplained: tuple[str, ...]
    slowest: float

    @property
    def killed(self) -> float:
        tried = self.wrong + self.mutants
        return (tried - len(self.accepted)) / tried

    @property
    def false_rejects(self) -> float:
        return len(self.refused) / self.correct

    @property
    def line(self) -> str:
        """For terminals."""
        return (
            f"{self.exercise.name:28} {self.wrong + self.mutants:4} wrong answers, {self.killed:.0%} rejected;"
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


def measure(name: str, answers: Answers) -> Measured:
    """Try everything on one exercise."""
    exercise = all_exercises()[name]
    refused, accepted, unexplained, slowest = [], [], [], 0.0
    for answer in (exercise.reference, *answers.correct):
        times = []
        for seed in SEEDS:
            started = time.perf_counter()
            result = check(name, answer, seed=seed)
            times.append(time.perf_counter() - started)
            if not result.passed:
                refused.append(f"{answer.__name__}, seed {seed}: {result}")
                break
        slowest = max(slowest, min(times))  # the first time may load torch
    told = [*answers.wrong, *(Wrong(m.wrong, m.because) for m in exercise.misconceptions)]
    for wrong in told:
        result = check(name, wrong.answer, seed=SEEDS[0], seconds=SECONDS)
        label = wrong.answer.__code__.co_filename if wrong.answer.__name__ != "<lambda>" else wrong.says
        if result.passed is not False or "stumbled" in result.message:
            accepted.append(f"{label}: {result}")
        elif wrong.says not in str(result):
            unexplained.append(f"{label}: {wrong.says!r} is not in\n{result}")
    changed = mutants(exercise.reference)
    alive = [m for m in changed if m.name not in answers.equivalent and _survives(exercise, m)]
    accepted += [f"mutant {m.name!r}" for m in alive]
    return Measured(
        exercise=exercise,
        correct=1 + len(answers.correct),
        wrong=len(told),
        told=sum(bool(w.says) for w in told),
        realistic=sum(bool(w.says) for w in answers.wrong),
        mutants=sum(m.name not in answers.equivalent for m in changed),
        equivalent=sum(m.name in answers.equivalent for m in changed),
        refused=tuple(refused),
        accepted=tuple(accepted),
        unexplained=tuple(unexplained),
        slowest=slowest,
    )


def _survives(exercise: Exercise, mutant: Mutant) -> bool:
    return check(exercise.name, mutant.function, seed=SEEDS[0], seconds=SECONDS).passed is True
