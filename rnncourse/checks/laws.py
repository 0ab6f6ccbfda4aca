"""Laws that the results of an exercise obey, whatever they are: rows do not see one another, nor steps the future."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.arguments import unchanged
from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Spec, parts
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, call
from rnncourse.checks.tolerance import close, same

NOT_ITS_ARGUMENTS = (
    "called twice with the same arguments, your function gives two results: it depends on more than its arguments."
)


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
