"""Is a gradient right? Compare it with differences of the function itself (chapter 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from rnncourse.reference.optim import tree_map

Array = np.ndarray
Function = Callable[..., tuple[float, Mapping[str, Any]]]
STEP = 1e-6


@dataclass(frozen=True)
class GradientReport:
    """The largest relative error of each argument's gradient; shows itself as a small table."""

    errors: dict[str, float]  # "params.W" → error
    where: dict[str, tuple[int, ...]]  # the worst entry, where the check went entry by entry

    @property
    def largest(self) -> float:
        return max(self.errors.values(), default=0.0)

    def __repr__(self) -> str:
        width = max(map(len, self.errors), default=0)
        places = {name: f" at {index}" for name, index in self.where.items()}
        return "\n".join(f"{name:{width}}  {error:.0e}{places.get(name, '')}" for name, error in self.errors.items())


def check_gradients(
    function: Function, arguments: Mapping[str, Any], *, rng: np.random.Generator, step: float = STEP
) -> GradientReport:
    """Compare gradients with a central difference along one random direction an argument.

    function : called as function(**arguments), returns (loss, gradients): a number and a mapping with a
        gradient for each argument to be checked, nested alike.
    arguments : name → float64 array, or tuples (Params, a state), lists and dicts of them; None is passed on.
    step : length of the step; errors are about step², rounding about 1e-16 / step.

    Returns a report of |numerical - analytical|, relative to the larger of the two (and of 1 % of the loss).
    A right gradient gives 1e-7 or less, a wrong one usually 1e-3 or more.
    Raises TypeError, ValueError: an argument is not float64, or a gradient has another shape than its argument.
    """
    loss, analytical = _gradients(function, arguments)
    errors = {}
    for name, a in leaves(arguments).items():
        if name not in analytical:
            continue
        direction = rng.standard_normal(a.shape)
        direction /= np.linalg.norm(direction)
        numerical = _difference(function, arguments, name, step * direction) / (2 * step)
        expected_size = np.linalg.norm(analytical[name]) / np.sqrt(a.size)
        along = float((analytical[name] * direction).sum())
        errors[name] = _relative(numerical, along, expected_size, loss)
    return GradientReport(errors, {})


def check_gradients_by_entry(function: Function, arguments: Mapping[str, Any], *, step: float = STEP) -> GradientReport:
    """As `check_gradients`, one entry after another: slow, but it says where the gradient is wrong.

    Errors are relative to the largest entry of the argument's gradient.
    """
    loss, analytical = _gradients(function, arguments)
    errors, where = {}, {}
    for name, a in leaves(arguments).items():
        if name not in analytical:
            continue
        found = np.zeros(a.shape)
        size = float(np.abs(analytical[name]).max(initial=0))
        for index in np.ndindex(a.shape):
            bump = np.zeros(a.shape)
            bump[index] = step
            numerical = _difference(function, arguments, name, bump) / (2 * step)
            found[index] = _relative(numerical, float(analytical[name][index]), size, loss)
        where[name] = tuple(int(k) for k in np.unravel_index(found.argmax(), a.shape))
        errors[name] = float(found.max())
    return GradientReport(errors, where)


def as_loss(forward: Callable[..., tuple], backward: Callable[..., Any], cotangents: Any) -> Function:
    """A function for the checks above from a pair: forward(**arguments) -> (*outputs, cache), and
    backward(*cotangents, cache) -> one gradient for each argument, in the order of the arguments.

    The loss is Σ cotangent · output, so that the gradients are exactly backward's results.
    """

    def function(**arguments: Any) -> tuple[float, dict[str, Any]]:
        *outputs, cache = forward(**arguments)
        wanted, found = leaves(tuple(cotangents)), leaves(tuple(outputs))
        loss = sum(float((wanted[name] * found[name]).sum()) for name in wanted)
        gradients = backward(*cotangents, cache)
        gradients = gradients if len(arguments) > 1 else (gradients,)
        return loss, dict(zip(arguments, gradients, strict=True))

    return function


def leaves(tree: Any, path: str = "") -> dict[str, Array]:
    """The arrays of nested tuples, lists and dicts by path, as in "params.W" or "state0[0]"; None is left out."""
    if tree is None:
        return {}
    if isinstance(tree, Mapping):
        parts = {f"{path}.{key}".lstrip("."): part for key, part in tree.items()}
    elif hasattr(tree, "_fields"):
        parts = {f"{path}.{field}".lstrip("."): getattr(tree, field) for field in tree._fields}
    elif isinstance(tree, tuple | list):
        parts = {f"{path}[{k}]": part for k, part in enumerate(tree)}
    else:
        return {path: np.asarray(tree)}
    return {name: leaf for part_path, part in parts.items() for name, leaf in leaves(part, part_path).items()}


def _gradients(function: Function, arguments: Mapping[str, Any]) -> tuple[float, dict[str, Array]]:
    """The loss, and the gradients by path, checked against the arguments' shapes."""
    for name, a in leaves(arguments).items():
        if a.dtype.kind == "f" and a.dtype != np.float64:
            raise TypeError(f"{name}: {a.dtype} array of shape {a.shape}, expected float64, which differences need")
    loss, gradients = function(**arguments)
    analytical = leaves({name: gradients[name] for name in arguments if name in gradients})
    for name, a in leaves(arguments).items():
        if name in analytical and analytical[name].shape != a.shape:
            raise ValueError(f"gradient of {name}: shape {analytical[name].shape}, expected {a.shape}")
    return float(loss), analytical


def _difference(function: Function, arguments: Mapping[str, Any], name: str, bump: Array) -> float:
    """loss(argument + bump) - loss(argument - bump), all other arguments as they are."""
    position = list(leaves(arguments)).index(name)

    def loss_at(bump: Array) -> float:
        places = count()
        moved = tree_map(lambda a: a + bump if next(places) == position else a, dict(arguments))
        return float(function(**moved)[0])

    return loss_at(bump) - loss_at(-bump)


def _relative(numerical: float, analytical: float, size: float, loss: float) -> float:
    """Relative to the largest of the two, of the gradient's usual entry, and of 1 % of the loss.

    Against less than that, a central difference is mostly rounding: about 1e-16 · loss / step.
    """
    scale = max(abs(numerical), abs(analytical), size, 0.01 * abs(loss))
    return float(abs(numerical - analytical) / scale) if scale else 0.0
