"""Optimisers, each as its equations: new parameters and state from parameters, gradients and state (chapter 7).

Every optimiser has the form `params, state = optimiser(params, grads, state, learning_rate=…)`, the first state
being None. `params` may be a Params, an array, or tuples, lists and dictionaries of them; `grads` has the same form.
"""

from collections.abc import Callable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np


def tree_map(function: Callable, *trees: Any) -> Any:
    """Apply a function to the arrays at equal places of equally built trees; None stays None.

    Raises ValueError where the trees are not built alike or shapes differ.
    """
    first = trees[0]
    if any((tree is None) != (first is None) for tree in trees):
        raise ValueError("params and grads: one has an array where the other has None")
    if first is None:
        return None
    if isinstance(first, dict):
        if any(not isinstance(tree, dict) or tree.keys() != first.keys() for tree in trees):
            raise ValueError(f"params and grads: expected dictionaries with the keys {sorted(first)}")
        return {key: tree_map(function, *(tree[key] for tree in trees)) for key in first}
    if isinstance(first, tuple | list):
        if any(not isinstance(tree, tuple | list) or len(tree) != len(first) for tree in trees):
            raise ValueError(f"params and grads: expected sequences of {len(first)} items on both sides")
        items = [tree_map(function, *parts) for parts in zip(*trees, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    if any(isinstance(tree, dict | tuple | list) for tree in trees):
        raise ValueError("params and grads: one has an array where the other has several")
    shapes = [np.shape(tree) for tree in trees]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"params and grads: shapes differ, {' and '.join(map(str, shapes))}")
    return function(*trees)


def tree_arrays(tree: Any) -> list[np.ndarray]:
    """All arrays of a tree in a fixed order."""
    arrays: list[np.ndarray] = []
    tree_map(arrays.append, tree)
    return arrays


def sgd(params: Any, grads: Any, state: None = None, *, learning_rate: float) -> tuple[Any, None]:
    """Gradient descent: θ ← θ − η ∂L/∂θ. It has no state."""
    _positive("learning_rate", learning_rate)
    return tree_map(lambda θ, g: θ - learning_rate * g, params, grads), None


def momentum(
    params: Any, grads: Any, state: Any = None, *, learning_rate: float, decay: float = 0.9
) -> tuple[Any, Any]:
    """Gradient descent with a velocity: v ← μ v + g, θ ← θ − η v (Polyak 1964). The state is v."""
    _positive("learning_rate", learning_rate)
    _fraction("decay", decay)
    v = tree_map(lambda v, g: decay * v + g, _zeros_or(state, grads), grads)
    return tree_map(lambda θ, v: θ - learning_rate * v, params, v), v


def nesterov(
    params: Any, grads: Any, state: Any = None, *, learning_rate: float, decay: float = 0.9
) -> tuple[Any, Any]:
    """Nesterov's momentum: v ← μ v + g, θ ← θ − η (g + μ v). The state is v.

    The gradient is taken where the velocity is about to lead; written, as in Sutskever et al. 2013 and in torch, in the
    variable that has already been moved, so that the gradient is the one at `params`.
    """
    _positive("learning_rate", learning_rate)
    _fraction("decay", decay)
    v = tree_map(lambda v, g: decay * v + g, _zeros_or(state, grads), grads)
    return tree_map(lambda θ, g, v: θ - learning_rate * (g + decay * v), params, grads, v), v


def rmsprop(
    params: Any, grads: Any, state: Any = None, *, learning_rate: float, decay: float = 0.99, epsilon: float = 1e-8
) -> tuple[Any, Any]:
    """Divide by a running root mean square: s ← ρ s + (1 − ρ) g², θ ← θ − η g / (√s + ε) (Tieleman and Hinton 2012)."""
    _positive("learning_rate", learning_rate)
    _fraction("decay", decay)
    s = tree_map(lambda s, g: decay * s + (1 - decay) * g * g, _zeros_or(state, grads), grads)
    return tree_map(lambda θ, g, s: θ - learning_rate * g / (np.sqrt(s) + epsilon), params, grads, s), s


class AdamState(NamedTuple):
    """Adam's memory: steps done, mean of the gradients, mean of their squares."""

    t: int
    m: Any
    v: Any


def adam(
    params: Any,
    grads: Any,
    state: AdamState | None = None,
    *,
    learning_rate: float = 1e-3,
    decays: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
) -> tuple[Any, AdamState]:
    """Adam (Kingma and Ba 2015, algorithm 1): m and v are running means of g and g²; each is divided by 1 − βᵗ, since
    both start at zero; θ ← θ − η m̂ / (√v̂ + ε)."""
    _positive("learning_rate", learning_rate)
    β1, β2 = decays
    _fraction("decays[0]", β1)
    _fraction("decays[1]", β2)
    t, m, v = (0, None, None) if state is None else state
    t += 1
    m = tree_map(lambda m, g: β1 * m + (1 - β1) * g, _zeros_or(m, grads), grads)
    v = tree_map(lambda v, g: β2 * v + (1 - β2) * g * g, _zeros_or(v, grads), grads)
    c1, c2 = 1 - β1**t, 1 - β2**t
    new = tree_map(lambda θ, m, v: θ - learning_rate * (m / c1) / (np.sqrt(v / c2) + epsilon), params, m, v)
    return new, AdamState(t, m, v)


def _zeros_or(state: Any, grads: Any) -> Any:
    return tree_map(np.zeros_like, grads) if state is None else state


def _positive(name: str, value: float) -> None:
    if not isinstance(value, Real) or not value > 0:
        raise ValueError(f"{name}: expected a number above 0, got {value}")


def _fraction(name: str, value: float) -> None:
    if not isinstance(value, Real) or not 0 <= value < 1:
        raise ValueError(f"{name}: expected a number in [0, 1), got {value}")
