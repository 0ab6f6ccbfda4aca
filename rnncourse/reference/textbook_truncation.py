"""Truncated backpropagation through time for one given layer, as chapter 08 builds it: no update, all steps at hand.

`rnncourse.reference.truncation.truncated_bptt` reads a stream of any length and learns on the way. This is the same
bookkeeping with nothing around it; a test holds the two equal.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.reference.truncation import truncated_windows

Array = np.ndarray


def truncated_bptt(
    forward: Callable[[Array, Any], tuple[Array, Any, Any]],
    backward: Callable[[Array, Any], Array],
    dloss: Callable[[Array, int, int], Array],
    x: Array,
    state0: Any,
    k1: int,
    k2: int,
) -> list[Array]:
    """One gradient for each window: x (T, B, D), state0 the state before step 0 -> list of what backward returns

    `state` is always the state before step `known`. It walks to where the window's gradient begins, and no further:
    the next window may begin inside this one.
    """
    gradients, known, state = [], 0, state0
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        if begin > known:
            _, state, _ = forward(x[known:begin], state)
            known = begin
        h, _, cache = forward(x[begin:stop], state)
        first = max(start, begin)  # of the losses that are new in this window and can be reached
        dh = np.zeros_like(h)
        dh[first - begin :] = dloss(h[first - begin :], first, stop)
        gradients.append(backward(dh, cache))
    return gradients
