"""Why is an answer wrong? Each cause is computed: the answer does what a known mistake does, or breaks a law."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.attempt import Raised, Tried, to_report
from rnncourse.checks.compare import Spec, differences, parts
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.guard import Outcome, quietly
from rnncourse.checks.laws import broken_laws
from rnncourse.checks.learners_code import from_notebook
from rnncourse.checks.limit import Limit
from rnncourse.checks.numpy_errors import likely_size_error
from rnncourse.checks.plain import leaves, others
from rnncourse.checks.tolerance import Tolerance, equal, same, same_type

TOO_DEEP = (
    "your function calls itself, and each call waits for the next one. Python allows about a thousand: is there no "
    "case in which it stops? Where the sequence is that long, a loop does the same."
)


def likely_causes(exercise: Exercise, answer: Callable[..., Any], tried: list[Tried], limit: Limit) -> list[str]:
    """At most two causes, for the case that is reported. An answer whose time is over is not called any more."""
    first = to_report(tried)
    causes = known_mistakes(exercise, first, tried)
    comparable = first.outcome.kind == "value" and not any(others(first.outcome.value)) and not _far_too_large(first)
    if not causes and comparable:
        if exercise.explain and not isinstance(first.expected, Raised):
            try:
                causes = [exercise.explain(first.case, first.outcome.value, first.expected) or ""]
            except Exception:  # a value of an unexpected shape cannot be explained further
                causes = []
        if not any(causes) and not limit.over():
            causes = list(broken_laws(exercise, answer, first.case, first.outcome))
    if not any(causes):
        causes = [quietly(lambda: _of_the_notebook(answer, exercise), "")]
    if not any(causes) and first.outcome.error is not None:
        failure = first.outcome.error
        if "RecursionError" in failure.kinds and "maximum recursion depth" in failure.text:
            return [TOO_DEEP]
        causes = [quietly(lambda: likely_size_error(failure, answer, exercise.input_specs), "")]
    return list(dict.fromkeys(cause for cause in causes if cause))[:2]


def _of_the_notebook(answer: Callable[..., Any], exercise: Exercise) -> str:
    """An array of the notebook's, or a number that is called like a size here."""
    letters = {axis for spec in (*exercise.input_specs, *exercise.output_specs) for axis in spec.axes or ()}
    for name in from_notebook(answer, np.ndarray):
        return f"your function reads the notebook's array {name} besides its own arguments."
    for name, size in from_notebook(answer, int).items():
        if name in letters:
            return (
                f"your function reads {name} = {size} from the notebook. The sizes are others here: take them from its "
                "arguments, x.shape say."
            )
    return ""


def _far_too_large(tried: Tried) -> bool:
    """A view can claim any size, and would fill the memory when it is compared."""
    return largest(tried.outcome.value) > 10_000 + 100 * largest(tried.expected)


def largest(value: Any) -> int:
    """The size of the largest array in a value."""
    return max((array.size for array in leaves(value)), default=0)


def known_mistakes(exercise: Exercise, first: Tried, tried: list[Tried]) -> list[str]:
    """The misconceptions whose result, or whose exception, is the answer's.

    First those that give all of it, then those that give one of its wrong parts. Where several give the same on this
    case, the one that agrees with the answer in most results of all cases is the likeliest. An array or a real number
    that agrees in all its digits agrees for a reason. Whole numbers and lists of them may agree by chance, and so may
    one part of a result, which another mistake leaves as it is: there it must be so on most of the wrong cases, and
    with a truth value or a word on every case.
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
    elif not _says_much(expected):
        whole = [m for m in whole if _mostly(exercise, m, tried)]
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
                    and _mostly(exercise, m, tried, k)
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


def _says_much(expected: Any) -> bool:
    """Whether two results as this one are hardly the same by chance."""
    if isinstance(expected, (tuple, list)):
        return any(map(_says_much, expected))
    return isinstance(expected, float) or (isinstance(expected, np.ndarray) and expected.size > 1)


def _mostly(exercise: Exercise, mistake: Misconception, tried: list[Tried], part: int | None = None) -> bool:
    """Whether the answer does what this mistake does, as a whole or in a part, on three of four cases that are wrong.

    Where it is right it need not: a mistake may stand in one branch alone.
    """
    specs, alike, telling = exercise.output_specs, 0, 0
    for t in tried:
        wrong = {p.output for p in t.problems}
        if not (wrong if part is None else specs[part].name in wrong):
            continue
        theirs = exercise.try_on(t.case, mistake.wrong)
        agrees = _same_error(t.outcome, theirs)
        if t.outcome.kind == theirs.kind == "value":
            ours, its = (parts(value, specs) for value in (t.outcome.value, theirs.value))
            tolerance, chosen = exercise.tolerance_on(t.case).relative, range(len(specs)) if part is None else [part]
            agrees = len(ours) == len(its) == len(specs) and all(same(ours[k], its[k], tolerance) for k in chosen)
        telling, alike = telling + 1, alike + agrees
    return 4 * alike >= 3 * telling


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
