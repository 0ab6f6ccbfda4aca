"""Clipping by the common norm for a plain list of arrays, as chapter 07 builds it.

`rnncourse.reference.clipping.clip_by_global_norm` takes any nesting of arrays and guards its squares against
overflow. This is the same equation with nothing around it; a test holds the two equal.
"""

import numpy as np

Array = np.ndarray


def clip_by_global_norm(grads: list[Array], max_norm: float) -> tuple[list[Array], float]:
    """All gradients times one factor, so that their common norm is at most max_norm -> (grads, norm before)"""
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads)))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [g * factor for g in grads], norm
