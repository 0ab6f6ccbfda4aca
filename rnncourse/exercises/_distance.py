"""Gradients that have vanished, or grown large, on a long way back: the small ones count as the large ones do."""

import numpy as np

from rnncourse.reference.gradients import jacobian_product

Array = np.ndarray
FAR, COMES_BACK = 120, "a gradient that fades and comes back"
SIZES = {"a gradient that vanishes": 1e-9, "a gradient that explodes": 1e9, COMES_BACK: 1.0}  # its size FAR steps back


def states_for(kind: str, h: Array) -> Array:
    """The states h (FAR, …), between -1 and 1, so that their slopes let the gradient do what the kind of case says.

    For one that comes back the later states, which it meets first, are close to the ends of tanh.
    """
    h = 0.7 * h
    if kind == COMES_BACK:
        h[FAR // 2 :] = np.sign(h[FAR // 2 :]) * (0.9 + 0.1 * np.abs(h[FAR // 2 :]))
    return h


def scaled_to(size: float, R: Array, h: Array) -> Array:
    """R (H, H) times the number that gives ∂h_T/∂h_0 the norm `size`, for the states h (T, H) of one sequence."""
    there = jacobian_product(h, R)[-1]
    return (R * (size / np.linalg.norm(there, 2)) ** (1 / len(h))).astype(R.dtype)
