"""Why is an answer wrong? Each cause is computed: the answer does what a known mistake does, or breaks a law."""

import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Difference, Spec, close, equal, parts, plain, same, unchanged
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.guard import Outcome, call, global_arrays

NOT_ITS_ARGUMENTS = (
    "called twice with the same arguments, your function gives two results: it depends on more than its arguments."
)


@dataclass(frozen=True)
class Tried:
    """One case, what the answer gave, and what was wrong with it."""

    case: Case
    outcome: Outcome
    problems: list[Difference]


def likely_causes(exercise: Exercise, answer: Callable[..., Any], tried: list[Tried]) -> list[str]:
    """At most two causes, for the first case that failed."""
    first = next(t for t in tried if t.problems)
    causes = known_mistakes(exercise, first, tried)
    if not causes and first.outcome.kind == "value":
        if exercise.explain:
            try:
                causes = [exercise.explain(first.case, first.outcome.value, exercise.expected(first.case)) or ""]
            except Exception:  # a value of an unexpected shape cannot be explained further
                causes = []
        if not any(causes):
            causes = list(broken_laws(exercise, answer, first.case, first.outcome))
    if not any(causes):
        names = global_arrays(inspect.unwrap(answer))
        causes = [f"your function reads the notebook's array {names[0]} besides its own arguments."] if names else []
    return list(dict.fromkeys(cause for cause in causes if cause))[:2]


def known_mistakes(exercise: Exercise, first: Tried, tried: list[Tried]) -> list[str]:
    """The misconceptions whose result, or whose exception, is the answer's.

    First those that give all of it, then those that give one of its wrong parts. Where several give the same on this
    case, the one that agrees with the answer in most results of all cases is the likeliest.
    """
    theirs = [(mistake, exercise.try_on(first.case, mistake.wrong)) for mistake in exercise.misconceptions]
    if first.outcome.kind == "error":
        return [m.because for m, t in theirs if t.kind == "error" and _same_error(first.outcome, t)][:1]
    if first.outcome.kind != "value":
        return []
    expected, tolerance = exercise.expected(first.case), exercise.tolerance_on(first.case)
    value = first.outcome.value
    values = [(m, t.value) for m, t in theirs if t.kind == "value" and t.value is not None]
    whole = [m for m, v in values if equal(value, v, tolerance) and not equal(v, expected, tolerance)]
    if whole:
        return [_likeliest(exercise, whole, tried).because]
    causes, specs, failing = [], exercise.output_specs, {p.output for p in first.problems}
    if len(specs) > 1 and isinstance(value, (tuple, list)) and len(value) == len(specs):
        for k, spec in enumerate(specs):
            if spec.name in failing:
                same_part = [
                    m
                    for m, v in values
                    if len(parts(v, specs)) == len(specs)
                    and equal(value[k], v[k], tolerance)
                    and not equal(v[k], expected[k], tolerance)
                ]
                causes += [_likeliest(exercise, same_part, tried).because] if same_part else []
    return causes


def _likeliest(exercise: Exercise, candidates: list[Misconception], tried: list[Tried]) -> Misconception:
    """The candidate that agrees with the answer in the most results of all cases; the first of equals."""

    def agreement(mistake: Misconception) -> int:
        count = 0
        for t in tried:
            theirs = exercise.try_on(t.case, mistake.wrong)
            if t.outcome.kind == theirs.kind == "value":
                pair = (parts(value, exercise.output_specs) for value in (t.outcome.value, theirs.value))
                count += sum(same(a, b, exercise.tolerance_on(t.case)) for a, b in zip(*pair, strict=False))
            elif t.outcome.kind == theirs.kind == "error":
                count += _same_error(t.outcome, theirs)
        return count

    return candidates[0] if len(candidates) == 1 else max(candidates, key=agreement)


def _same_error(a: Outcome, b: Outcome) -> bool:
    return type(a.error) is type(b.error) and str(a.error) == str(b.error)


def broken_laws(exercise: Exercise, answer: Callable[..., Any], case: Case, outcome: Outcome) -> Iterator[str]:
    """Does a row of the batch depend on the other rows? Does the result look at the future?"""
    twice = [exercise.try_on(case, answer) for _ in range(2)]
    if any(again.kind != "value" or not same(again.value, outcome.value, 1e-12) for again in twice):
        yield NOT_ITS_ARGUMENTS
        return
    for letter, names, sentence in (
        (
            "B",
            tuple(s.name for s in exercise.input_specs),
            "a row of {out} changes when only another row of the batch is changed: rows must not see one another.",
        ),
        (
            "T",
            exercise.causal,
            "{out} changes at early steps when only later steps of the input are changed: it looks at the future.",
        ),
    ):
        args = [
            _changed_at_end(arg, spec, letter) if spec.name in names else arg
            for arg, spec in zip(copy.deepcopy(case.args), exercise.input_specs, strict=False)
        ]
        if all(arg is None or unchanged(a, arg) for a, arg in zip(args, case.args, strict=False)):
            continue
        other = call(exercise.viewed(answer), tuple(args), 2.0)
        if other.kind != "value":
            continue
        specs = exercise.output_specs
        for spec, a, b in zip(specs, parts(outcome.value, specs), parts(other.value, specs), strict=False):
            a, b = plain(a), plain(b)
            if not (
                isinstance(a, np.ndarray)
                and isinstance(b, np.ndarray)
                and spec.axes
                and letter in spec.axes
                and a.shape == b.shape
                and a.ndim == len(spec.axes)
            ):
                continue
            axis = spec.axes.index(letter)
            if a.shape[axis] > 1 and not close(a, b, 1e-9).take(range(a.shape[axis] - 1), axis=axis).all():
                yield sentence.format(out=spec.name)
                break


def _changed_at_end(arg: Any, spec: Spec, letter: str) -> Any:
    """A copy whose last entry along this axis is different."""
    if not (
        isinstance(arg, np.ndarray)
        and arg.dtype.kind == "f"
        and spec.axes
        and letter in spec.axes
        and arg.ndim == len(spec.axes)
    ):
        return arg
    changed = arg.copy()
    np.moveaxis(changed, spec.axes.index(letter), 0)[-1] *= -0.5
    return changed
