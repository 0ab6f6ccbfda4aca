"""A backward pass against the learner's own forward, by numerical differences."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import parts, same
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import call


def against_own_forward(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, case: Case, right: bool
) -> list[str]:
    """Notes on whether backward is the gradient of the learner's own forward, by central differences."""
    plan = exercise.own_forward
    if plan is None:
        return ["forward= is for exercises that write a backward pass; it was not used here."]
    arguments, cotangent = plan.arguments(case), np.asarray(plan.cotangent(case))

    def loss(*args: Any) -> float:
        return float((np.asarray(forward(*args)) * cotangent).sum())

    def both() -> tuple[Any, list[np.ndarray]]:
        values = answer(*plan.backward(case, forward(*copy.deepcopy(arguments))))
        return values, [_numerical(loss, arguments, k) for k in range(len(arguments))]

    outcome = call(both, (), 5.0)
    if outcome.kind != "value":
        return [f"Your own forward could not be used: {outcome.message or 'it is not written yet.'}"]
    values, numerical = outcome.value
    pairs = zip(exercise.output_specs, parts(values, exercise.output_specs), numerical, strict=False)
    off = [spec.name for spec, a, n in pairs if not same(a, n, 1e-6)]
    if not off:
        return [
            "Backward is the gradient of your own forward, by numerical differences."
            + ("" if right else " So look at the forward pass: both are wrong in the same way.")
        ]
    names = f"{', '.join(off)} {'is' if len(off) == 1 else 'are'}"
    end = ": so the forward pass differs from ours." if right else "."
    return [f"By numerical differences of your own forward, {names} not its gradient{end}"]


def _numerical(loss: Callable[..., float], arguments: tuple[Any, ...], k: int, eps: float = 1e-6) -> np.ndarray:
    gradient = np.zeros_like(arguments[k])
    for index in np.ndindex(gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = copy.deepcopy(arguments)
            moved[k][index] += sign * eps
            sides.append(loss(*moved))
        gradient[index] = (sides[0] - sides[1]) / (2 * eps)
    return gradient
