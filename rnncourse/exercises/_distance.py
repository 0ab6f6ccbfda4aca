"""Gradients that have vanished, or grown large, on a long way back: the small ones count as the large ones do."""

import numpy as np

from rnncourse.reference.gradients import jacobian_product

Array = np.ndarray
FAR = 120
SIZES = (("a gradient that vanishes", 1e-9), ("a gradient that explodes", 1e9))  # its size FAR steps back


def scaled_to(size: float, R: Array, h: Array) -> Array:
    """R (H, H) times the number that gives ∂h_T/∂h_0 the norm `size`, for the states h (T, H) of one sequence."""
    there = jacobian_product(h, R)[-1]
    return (R * (size / np.linalg.norm(there, 2)) ** (1 / len(h))).astype(R.dtype)
