"""Is a gradient right? Compare it with differences of the function itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

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

    Parameters
    ----------
    function : called as function(**arguments), returns (loss, gradients): a number and a mapping with a
        gradient for each argument to be checked, nested alike.
    arguments : name → float64 array, or tuples (Params, a state), lists and dicts of them; None is passed on.
    step : length of the step; errors are about step², rounding about 1e-16 / step.

    Returns a report of |numerical - analytical| relative to the larger of the two; what rounding alone can
    cause counts as nothing. A right gradient gives about 1e-8, a wrong one 1e-3 and more.
    Raises TypeError, ValueError: an argument is not float64, or a gradient has another shape than its argument.
    """
    loss, analytical = _gradients(function, arguments)
    errors = {}
    for name, a in leaves(dict(arguments)).items():
        if name not in analytical:
            continue
        direction = rng.standard_normal(a.shape)
        direction /= np.linalg.norm(direction)
        numerical = _difference(function, arguments, name, step * direction) / (2 * step)
        expected_size = np.linalg.norm(analytical[name]) / np.sqrt(a.size)
        along = float((analytical[name] * direction).sum())
        errors[name] = _relative(numerical, along, expected_size, loss, step)
    return GradientReport(errors, {})


def check_gradients_by_entry(
    function: Function, arguments: Mapping[str, Any], *, step: float = STEP
) -> GradientReport:
    """As `check_gradients`, one entry after another: slow, but it says where the gradient is wrong.

    Errors are relative to the largest entry of the argument's gradient.
    """
    loss, analytical = _gradients(function, arguments)
    errors, where = {}, {}
    for name, a in leaves(dict(arguments)).items():
        if name not in analytical:
            continue
        found = np.zeros(a.shape)
        size = float(np.abs(analytical[name]).max(initial=0))
        for index in np.ndindex(a.shape):
            bump = np.zeros(a.shape)
            bump[index] = step
            numerical = _difference(function, arguments, name, bump) / (2 * step)
            found[index] = _relative(numerical, float(analytical[name][index]), size, loss, step)
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
        return loss, dict(zip(arguments, gradients if isinstance(gradients, tuple) else (gradients,)))

    return function


def leaves(tree: Any, name: str = "") -> dict[str, Array]:
    """The arrays of a nesting of tuples, lists and dicts, each by its path: "params.W", "state0[0]". None is left out."""
    return {} if tree is None else {k: v for path, part in _parts(tree, name) for k, v in _leaf(path, part).items()}


def rebuild(tree: Any, change: Callable[[str, Array], Array], name: str = "") -> Any:
    """The same nesting with change(path, array) in place of each array; None stays None."""
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: rebuild(part, change, path) for key, (path, part) in zip(tree, _parts(tree, name))}
    if isinstance(tree, tuple | list):
        parts = [rebuild(part, change, path) for path, part in _parts(tree, name)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return change(name, np.asarray(tree))


def _leaf(path: str, part: Any) -> dict[str, Array]:
    return leaves(part, path) if part is None or isinstance(part, Mapping | tuple | list) else {path: np.asarray(part)}


def _parts(tree: Any, name: str) -> list[tuple[str, Any]]:
    """The parts of one level, each with its path."""
    dot = f"{name}." if name else ""
    if isinstance(tree, Mapping):
        return [(f"{dot}{key}", part) for key, part in tree.items()]
    if hasattr(tree, "_fields"):
        return [(f"{dot}{field}", part) for field, part in zip(tree._fields, tree)]
    if isinstance(tree, tuple | list):
        return [(f"{name}[{k}]", part) for k, part in enumerate(tree)]
    return [(name, tree)]


def _gradients(function: Function, arguments: Mapping[str, Any]) -> tuple[float, dict[str, Array]]:
    """The loss, and the gradients by path, checked against the arguments' shapes."""
    for name, a in leaves(dict(arguments)).items():
        if a.dtype.kind == "f" and a.dtype != np.float64:
            raise TypeError(f"{name}: {a.dtype} array of shape {a.shape}, expected float64: differences need its digits")
    loss, gradients = function(**arguments)
    analytical = leaves({name: gradients[name] for name in arguments if name in gradients})
    for name, a in leaves(dict(arguments)).items():
        if name in analytical and analytical[name].shape != a.shape:
            raise ValueError(f"gradient of {name}: shape {analytical[name].shape}, expected {a.shape}")
    return float(loss), analytical


def _difference(function: Function, arguments: Mapping[str, Any], name: str, bump: Array) -> float:
    """loss(argument + bump) - loss(argument - bump), all other arguments as they are."""
    up = rebuild(dict(arguments), lambda path, a: a + bump if path == name else a)
    down = rebuild(dict(arguments), lambda path, a: a - bump if path == name else a)
    return float(function(**up)[0]) - float(function(**down)[0])


def _relative(numerical: float, analytical: float, size: float, loss: float, step: float) -> float:
    rounding = 10 * np.finfo(np.float64).eps * abs(loss) / step
    scale = max(abs(numerical), abs(analytical), size)
    return max(0.0, abs(numerical - analytical) - rounding) / scale if scale else 0.0
