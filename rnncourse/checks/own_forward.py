"""A backward pass against the learner's own forward, by numerical differences."""

import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Difference, parts
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, call
from rnncourse.checks.plain import leaves, plain
from rnncourse.checks.words import kind, shape


def against_own_forward(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, case: Case, right: bool, left: float
) -> list[str]:
    """Notes on whether backward is the gradient of the learner's own forward, by central differences."""
    plan = exercise.own_forward
    if plan is None:
        return ["forward= is for exercises that write a backward pass; it was not used here."]
    if not callable(forward):
        return [f"forward= takes the function itself, without brackets; this is {kind(plain(forward))}."]
    arguments, cotangent = plan.arguments(case), np.asarray(plan.cotangent(case))

    def outputs(*args: Any) -> Any:
        values = plain(forward(*args))
        if sum(array.size for array in leaves(values)) > cotangent.size or np.shape(values) != cotangent.shape:
            # it would be broadcast, to any size; what is larger is not even made an array to see its shape
            raise ValueError(f"forward returns {_of_shape(values)}, expected {cotangent.shape}")
        return np.asarray(values)

    def loss(*args: Any) -> float:
        return float((outputs(*args) * cotangent).sum())

    def both() -> tuple[Any, list[np.ndarray]]:
        values = answer(*plan.backward(case, outputs(*copy.deepcopy(arguments))))
        return values, [_numerical(loss, arguments, k) for k in range(len(arguments))]

    outcome = call(both, (), max(0.2, min(5.0, left)), forward)
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


def _of_shape(values: Any) -> str:
    return f"shape {shape(values)}" if isinstance(values, np.ndarray) else kind(values)


def cases_from_forward(exercise: Exercise, cases: list[Case], forward: Any, seconds: float) -> tuple[list[Case], str]:
    """The cases with arguments that the learner's own forward makes, or why there are none."""
    if not callable(forward):
        call_it = exercise.check_call if exercise.partner else f"check({exercise.name!r}, …, forward=…)"
        return [], f"{exercise.name} works on what your own function makes: {call_it}."
    made: list[Case] = []
    started = time.process_time()
    for case in cases:
        with_forward: list[Case | str] = []

        def make(case: Case = case, into: list[Case | str] = with_forward) -> None:
            into.append(exercise.from_forward(case, forward))  # type: ignore[misc]

        outcome = call(make, (), max(0.05, seconds - (time.process_time() - started)), forward)
        if not with_forward:
            return [], _unusable(outcome, case.label)
        if isinstance(with_forward[0], str):
            return [], f"On case {case.label}, your own forward makes what cannot be judged: {with_forward[0]}"
        made.append(with_forward[0])
    return made, ""


def by_own_forward(
    exercise: Exercise, forward: Any, case: Case, value: Any, seconds: float
) -> tuple[list[Difference], str]:
    """What the learner's own forward= finds wrong with a value; and whether it is not written yet, as a note."""
    found: list[str] = []

    def look() -> None:
        found.append(exercise.by_forward(case, value, forward))  # type: ignore[misc]

    outcome = call(look, (), seconds, forward)
    if outcome.kind == "stub":
        return [], f"{exercise.partner} is not written yet: it was not tried whether it undoes {exercise.name}."
    message = found[0] if found else _unusable(outcome)
    return ([Difference(exercise.output_specs[0].name, message)] if message else []), ""


def _unusable(outcome: Outcome, where: str = "") -> str:
    on = f" on case {where}" if where and outcome.kind != "stub" else ""
    return f"Your own forward could not be used{on}: {outcome.message or 'it is not written yet.'}"


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
