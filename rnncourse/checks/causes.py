"""Why is an answer wrong? Each cause is computed: the answer does what a known mistake does, or breaks a law."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.checks.arguments import unchanged
from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Difference, Spec, Tolerance, close, differences, equal, parts, same, same_type
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.guard import Outcome, call, global_arrays, quietly
from rnncourse.checks.numpy_errors import likely_size_error
from rnncourse.checks.plain import others

NOT_ITS_ARGUMENTS = (
    "called twice with the same arguments, your function gives two results: it depends on more than its arguments."
)


@dataclass(frozen=True)
class Raised:
    """The truth of a case that the solution refuses with an exception."""

    kind: str


@dataclass(frozen=True)
class Tried:
    """One case, what the solution gives (a plain value, or Raised), what the answer gave, what was wrong with it."""

    case: Case
    expected: Any
    outcome: Outcome
    problems: list[Difference]
    aliases: tuple[str, ...] = ()  # sentences on results that lie in the memory of an argument

    @property
    def really_wrong(self) -> bool:
        """In its results, not in its manners alone."""
        return any(not p.manners for p in self.problems)


def to_report(tried: list[Tried]) -> Tried:
    """The first case with a real error; where all are formal, the first of those."""
    return next((t for t in tried if t.really_wrong), None) or next(t for t in tried if t.problems)


def likely_causes(exercise: Exercise, answer: Callable[..., Any], tried: list[Tried], end: float) -> list[str]:
    """At most two causes, for the case that is reported. The answer is not called any more after `end`."""
    first = to_report(tried)
    causes = known_mistakes(exercise, first, tried)
    if not causes and first.outcome.kind == "value":
        if exercise.explain and not isinstance(first.expected, Raised):
            try:
                causes = [exercise.explain(first.case, first.outcome.value, first.expected) or ""]
            except Exception:  # a value of an unexpected shape cannot be explained further
                causes = []
        if not any(causes) and not any(others(first.outcome.value)) and time.monotonic() < end:
            causes = list(broken_laws(exercise, answer, first.case, first.outcome))
    if not any(causes):
        names = quietly(lambda: global_arrays(answer), [])
        causes = [f"your function reads the notebook's array {names[0]} besides its own arguments."] if names else []
    if not any(causes) and first.outcome.error is not None:
        failure = first.outcome.error
        causes = [quietly(lambda: likely_size_error(failure, answer, exercise.input_specs), "")]
    return list(dict.fromkeys(cause for cause in causes if cause))[:2]


def known_mistakes(exercise: Exercise, first: Tried, tried: list[Tried]) -> list[str]:
    """The misconceptions whose result, or whose exception, is the answer's.

    First those that give all of it, then those that give one of its wrong parts. Where several give the same on this
    case, the one that agrees with the answer in most results of all cases is the likeliest. A truth value or a word
    alone says little: there a mistake must agree with the answer on every case.
    """
    theirs = [(mistake, exercise.try_on(first.case, mistake.wrong)) for mistake in exercise.misconceptions]
    if first.outcome.kind == "error":
        return [m.because for m, t in theirs if t.kind == "error" and _same_error(first.outcome, t)][:1]
    if first.outcome.kind != "value":
        return []
    expected, tolerance, specs = first.expected, exercise.tolerance_on(first.case), exercise.output_specs
    value = first.outcome.value
    values = [(m, t.value) for m, t in theirs if t.kind == "value" and t.value is not None]
    whole = [m for m, v in values if equal(value, v, tolerance.relative) and not _right(v, expected, specs, tolerance)]
    if isinstance(expected, (bool, str)):
        whole = [m for m in whole if _agreement(exercise, m, tried) == len(tried)]
    if whole:
        return [_likeliest(exercise, whole, tried).because]
    causes, failing = [], {p.output for p in first.problems}
    if len(specs) > 1 and isinstance(value, (tuple, list)) and len(value) == len(specs):
        for k, spec in enumerate(specs):
            if spec.name in failing:
                same_part = [
                    m
                    for m, v in values
                    if len(parts(v, specs)) == len(specs)
                    and equal(value[k], v[k], tolerance.relative)
                    and not _right(v[k], expected[k], (spec,), tolerance)
                ]
                causes += [_likeliest(exercise, same_part, tried).because] if same_part else []
    return causes


def _right(value: Any, expected: Any, specs: tuple[Spec, ...], tolerance: Tolerance) -> bool:
    """Whether a mistake shows on this case at all. Where many answers are right, the expected one is just one more."""
    if isinstance(expected, Raised):
        return False
    return same_type(value, expected) and not differences(value, expected, specs, tolerance)


def _likeliest(exercise: Exercise, candidates: list[Misconception], tried: list[Tried]) -> Misconception:
    """The candidate that agrees with the answer in the most results of all cases; the first of equals."""
    return candidates[0] if len(candidates) == 1 else max(candidates, key=lambda m: _agreement(exercise, m, tried))


def _agreement(exercise: Exercise, mistake: Misconception, tried: list[Tried]) -> int:
    """In how many results of all cases the answer does what this mistake does."""
    count = 0
    for t in tried:
        theirs = exercise.try_on(t.case, mistake.wrong)
        if t.outcome.kind == theirs.kind == "value":
            pair = (parts(value, exercise.output_specs) for value in (t.outcome.value, theirs.value))
            tolerance = exercise.tolerance_on(t.case).relative
            count += sum(same(a, b, tolerance) for a, b in zip(*pair, strict=False))
        elif t.outcome.kind == theirs.kind == "error":
            count += _same_error(t.outcome, theirs)
    return count


def _same_error(a: Outcome, b: Outcome) -> bool:
    if a.error is None or b.error is None:
        return False
    return a.error.kinds == b.error.kinds and a.error.text == b.error.text


def broken_laws(exercise: Exercise, answer: Callable[..., Any], case: Case, outcome: Outcome) -> Iterator[str]:
    """Does a row of the batch depend on the other rows? Does the result look at the future?"""
    twice = [exercise.try_on(case, answer) for _ in range(2)]
    if any(again.kind == "time" for again in twice):
        return
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
            for arg, spec in zip(case.fresh(), exercise.input_specs, strict=False)
        ]
        if all(arg is None or unchanged(a, arg) for a, arg in zip(args, case.args, strict=False)):
            continue
        other = call(exercise.viewed(answer), tuple(args), 2.0)
        if other.kind != "value":
            continue
        specs = exercise.output_specs
        for spec, a, b in zip(specs, parts(outcome.value, specs), parts(other.value, specs), strict=False):
            if _changes_before_the_end(spec, letter, a, b):
                yield sentence.format(out=spec.name)
                break


def _changes_before_the_end(spec: Spec, letter: str, a: Any, b: Any) -> bool:
    """Whether two results differ elsewhere than in the last entry along this axis."""
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray) or not spec.axes or letter not in spec.axes:
        return False
    if a.shape != b.shape or a.ndim != len(spec.axes) or not {a.dtype.kind, b.dtype.kind} <= set("biuf"):
        return False
    axis = spec.axes.index(letter)
    near = np.moveaxis(close(a.astype(float), b.astype(float), 1e-9), axis, 0)
    return not near[:-1].all()


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
