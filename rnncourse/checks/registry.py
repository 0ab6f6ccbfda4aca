"""All exercises, and the four functions that a notebook calls: check, hint, solution, progress."""

import dataclasses
import functools
import importlib
import pkgutil
import types
from typing import Any

import numpy as np

from rnncourse.checks import names
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.judging import SECONDS, judge, problem_with
from rnncourse.checks.result import CheckResult, Table, Text

tried: dict[str, list[bool | None]] = {}
_hints_given: dict[str, int] = {}


@functools.cache
def all_exercises() -> dict[str, Exercise]:
    """Name -> exercise, in the order of the chapters: every sheet of rnncourse.exercises is read."""
    found: dict[str, Exercise] = {}
    for sheet in sheets():
        for exercise in (value for value in vars(sheet).values() if isinstance(value, Exercise)):
            if exercise.name in found:
                raise ValueError(f"two exercises are called {exercise.name!r}")
            found[exercise.name] = dataclasses.replace(exercise, chapter=sheet.CHAPTER)
    return found


def sheets() -> list[types.ModuleType]:
    """The modules of rnncourse.exercises that have a CHAPTER, in its order."""
    package = importlib.import_module("rnncourse.exercises")
    modules = [found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_")]
    return sorted((importlib.import_module(f"{package.__name__}.{n}") for n in modules), key=lambda m: str(m.CHAPTER))


def find(name: Any) -> Exercise | None:
    """The exercise of this name, however it is spelt."""
    known = names.find(name, all_exercises())
    return all_exercises()[known] if known else None


def _unknown(name: Any) -> str:
    return names.unknown(name, all_exercises())


def check(
    name: str, answer: Any, *, forward: Any = None, seed: int | None = None, seconds: float = SECONDS
) -> CheckResult:
    """Try a function on fresh random cases and say what is right, what is wrong, and probably why.

    Parameters
    ----------
    name : the exercise's name, see `exercises()`.
    answer : the function itself, not its result.
    forward : for a backward pass, your own forward pass: they are then also held against each other. For a decoder your
        own encoder, on whose codes it is tried, and for an encoder your own decoder, which must undo it.
    seed : repeats the cases of an earlier check; a failure says its seed.
    seconds : time for your function on all cases together: of its work, and by the clock at most twice as much.

    Never raises because of the answer. These checks are made for learning; they are no exam.
    """
    name, answer, remark = names.in_order(name, answer, all_exercises())
    exercise = find(name)
    if exercise is None:
        return CheckResult(name[:80] if isinstance(name, str) else "check", None, _unknown(name))
    problem = problem_with(seed, seconds)
    if problem:
        return CheckResult(exercise.name, None, problem)
    seed = int(np.random.default_rng().integers(1_000_000)) if seed is None else int(seed)
    try:
        result = judge(exercise, answer, forward, seed, float(seconds))
    except Exception as error:
        what = f"The check itself stumbled over this answer: {type(error).__name__}: {error}"
        result = CheckResult(exercise.name, False, what, seed=seed)
    if remark:
        result = dataclasses.replace(result, notes=(*result.notes, remark))
    tried.setdefault(exercise.name, []).append(result.passed)
    return result


def hint(name: str) -> Text:
    """The next hint for this exercise: each call goes one step further."""
    exercise = find(name)
    if exercise is None:
        return Text("No hint", _unknown(name))
    name = exercise.name
    given = _hints_given.get(name, 0)
    if given >= len(exercise.hints):
        return Text(f"{name}: no more hints", f'solution("{name}") shows our own code.')
    _hints_given[name] = given + 1
    return Text(f"{name}: hint {given + 1} of {len(exercise.hints)}", exercise.hints[given])


def solution(name: str) -> Text:
    """Our own code: the very source that the package runs, and where the package has it or its like."""
    exercise = find(name)
    if exercise is None:
        return Text("No solution", _unknown(name))
    source = exercise.solution.rstrip()
    if exercise.in_package:
        same = "" if exercise.package else ", this very source"
        source += f"\n\n# In the package: {exercise.in_package}{same}"
    return Text(f"{exercise.name}: one solution", source, code=True)


def exercises(chapter: str | int = "") -> Table:
    """Every exercise with its chapter, difficulty and signature; `chapter` picks those whose chapter contains it."""
    part = f"{chapter:02}" if isinstance(chapter, int) else str(chapter)
    rows = [(e.name, e.chapter, e.difficulty, e.signature) for e in all_exercises().values() if part in e.chapter]
    return Table(("name", "chapter", "difficulty", "signature"), rows)


def progress() -> Table:
    """What was tried in this kernel: exercise, chapter, whether it passed, how many tries."""
    rows = []
    for name, verdicts in tried.items():
        tries = [v for v in verdicts if v is not None]
        word = "passed" if True in tries else "not right yet" if tries else "not attempted yet"
        rows.append((name, all_exercises()[name].chapter, word, str(len(tries))))
    return Table(("exercise", "chapter", "state", "tries"), rows)
