"""Gradients made smaller when they are too large (chapter 7)."""

from numbers import Real
from typing import Any

import numpy as np

from rnncourse.reference.optim import tree_arrays, tree_map


def clip_by_global_norm(grads: Any, max_norm: float) -> tuple[Any, float]:
    """Scale all gradients by one factor so that their common norm is at most max_norm: the direction stays.

    grads : an array, or any nesting of tuples (Params too), lists and dicts of arrays; None parts stay None.
    max_norm : the threshold, above 0.

    Returns (grads, norm): new arrays nested alike, and the norm before clipping.
    Raises ValueError: max_norm is not above 0, or the norm is not finite.
    Source: Pascanu et al. 2013, algorithm 1.
    """
    if not isinstance(max_norm, Real) or not max_norm > 0:
        raise ValueError(f"max_norm: got {max_norm}, expected a number above 0")
    arrays = [np.asarray(g) for g in tree_arrays(grads)]
    if not all(np.isfinite(g).all() for g in arrays):
        raise ValueError("grads: hold a NaN or an infinity, expected finite numbers")
    # Divided by the largest entry first, so that no square overflows.
    largest = max((float(np.abs(g).max(initial=0)) for g in arrays), default=0.0) or 1.0
    norm = largest * float(np.sqrt(sum(np.sum((g / largest).astype(np.float64) ** 2) for g in arrays)))
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return tree_map(lambda g: g * factor, grads), norm


def clip_by_value(grads: Any, max_value: float) -> Any:
    """Limit every entry to -max_value … max_value: new arrays nested like grads. The direction may turn.

    Raises ValueError: max_value is not above 0.
    Source: Mikolov 2012, who limited each entry to ±15.
    """
    if not isinstance(max_value, Real) or not max_value > 0:
        raise ValueError(f"max_value: got {max_value}, expected a number above 0")
    return tree_map(lambda g: np.clip(g, -max_value, max_value), grads)
