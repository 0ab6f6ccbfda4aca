"""A backward pass against the learner's own forward, by numerical differences."""

import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import parts
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, call
from rnncourse.checks.plain import plain
from rnncourse.checks.words import kind


def against_own_forward(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, case: Case, right: bool, end: float
) -> list[str]:
    """Notes on whether backward is the gradient of the learner's own forward, by central differences."""
    plan = exercise.own_forward
    if plan is None:
        return ["forward= is for exercises that write a backward pass; it was not used here."]
    if not callable(forward):
        return [f"forward= takes the function itself, without brackets; this is {kind(plain(forward))}."]
    arguments, cotangent = plan.arguments(case), np.asarray(plan.cotangent(case))

    def loss(*args: Any) -> float:
        return float((np.asarray(forward(*args)) * cotangent).sum())

    def both() -> tuple[Any, list[np.ndarray]]:
        values = answer(*plan.backward(case, forward(*copy.deepcopy(arguments))))
        return values, [_numerical(loss, arguments, k) for k in range(len(arguments))]

    outcome = call(both, (), max(0.2, min(5.0, end - time.monotonic())), forward)
    if outcome.kind != "value":
        return [_unusable(outcome)]
    values, numerical = outcome.value
    pairs = zip(exercise.output_specs, parts(values, exercise.output_specs), numerical, strict=False)
    off = [spec.name for spec, a, n in pairs if not _near(a, n)]
    if not off:
        return [
            "Backward is the gradient of your own forward, by numerical differences."
            + ("" if right else " So look at the forward pass: both are wrong in the same way.")
        ]
    names = f"{', '.join(off)} {'is' if len(off) == 1 else 'are'}"
    so = ": so the forward pass differs from ours." if right else "."
    return [f"By numerical differences of your own forward, {names} not its gradient{so}"]


def cases_from_forward(exercise: Exercise, cases: list[Case], forward: Any, seconds: float) -> tuple[list[Case], str]:
    """The cases with arguments that the learner's own forward makes, or why there are none."""
    if not callable(forward):
        return [], f"{exercise.name} works on what your own function makes: check({exercise.name!r}, …, forward=…)."
    made = []
    for case in cases:
        with_forward: list[Case] = []

        def make(case: Case = case, into: list[Case] = with_forward) -> None:
            into.append(exercise.from_forward(case, forward))  # type: ignore[misc]

        outcome = call(make, (), seconds / 4, forward)
        if not with_forward:
            return [], _unusable(outcome)
        made += with_forward
    return made, ""


def _unusable(outcome: Outcome) -> str:
    return f"Your own forward could not be used: {outcome.message or 'it is not written yet.'}"


def _near(gradient: Any, numerical: np.ndarray) -> bool:
    """Central differences are good to about 1e-9, however small the gradient is."""
    if type(gradient) is not np.ndarray or gradient.shape != numerical.shape:
        return False
    return bool(np.abs(gradient - numerical).max(initial=0.0) <= 1e-6 * max(1e-3, np.abs(numerical).max(initial=0.0)))


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
