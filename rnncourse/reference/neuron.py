"""One recurrent neuron, h ← tanh(w x + r h + b): its step, its run, and the states where it can rest (chapter 2)."""

from itertools import pairwise

import numpy as np

from rnncourse.reference._validation import as_array

Array = np.ndarray


def neuron_step(x_t: float | Array, h_prev: float | Array, w: float, r: float, b: float) -> float | Array:
    """Give the new state tanh(w x_t + r h_prev + b); x_t and h_prev are numbers, or arrays of one shape."""
    return np.tanh(w * x_t + r * h_prev + b)


def neuron_run(x: Array, h0: float, w: float, r: float, b: float) -> Array:
    """Run the neuron over a sequence.

    x : (T,) inputs.  h0 : the state before the first of them.  w, r, b : weights of input and state, and bias.

    Returns h (T,): h[t] is the state after x[t].
    """
    x = as_array("x", x, "shape (T,)")
    if x.ndim != 1:
        raise ValueError(f"neuron_run: x has shape {x.shape}, expected (T,)")
    h = np.zeros(len(x), dtype=np.result_type(x.dtype, np.float32))
    state: float | Array = h0
    for t in range(len(x)):
        state = h[t] = neuron_step(x[t], state, w, r, b)
    return h


def tangency(r: float) -> tuple[float, float]:
    """Give (h*, b*): without input the neuron has two stable states exactly where r > 1 and |b| < b*.

    At b = -b* the line meets the curve tangentially at h* = √(1 - 1/r), where b* = r h* - artanh h*.

    Raises ValueError: r ≤ 1, where the map's slope never reaches 1 twice and there is one resting state only.
    """
    if r <= 1:
        raise ValueError(f"tangency: r = {r}, expected r > 1")
    h = float(np.sqrt(1 - 1 / r))
    return h, float(r * h - np.arctanh(h))


def fixed_points(r: float, b: float) -> Array:
    """Find every h with h = tanh(r h + b), in ascending order: one, two (at a tangency) or three of them.

    The difference tanh(r h + b) - h turns only where its slope is zero, at tanh(r h + b) = ±√(1 - 1/r). Between the
    turning points it is monotone, so that bisection finds the one root or shows that there is none.
    """
    if not (np.isfinite(r) and np.isfinite(b)):
        raise ValueError(f"fixed_points: r = {r} and b = {b}, expected finite numbers")

    def difference(h: float) -> float:
        return float(np.tanh(r * h + b) - h)

    turning = []
    if r > 1:
        a = np.arctanh(np.sqrt(1 - 1 / r))
        turning = [h for h in ((-a - b) / r, (a - b) / r) if -1 < h < 1]
    edges, roots = [-1.0, *turning, 1.0], []
    for low, high in pairwise(edges):
        at_low, at_high = difference(low), difference(high)
        if at_low * at_high > 0:
            continue
        for _ in range(100):
            middle = 0.5 * (low + high)
            if (difference(middle) > 0) == (at_low > 0 or at_high < 0):
                low = middle
            else:
                high = middle
        roots.append(0.5 * (low + high))
    return np.unique(np.array(roots))
