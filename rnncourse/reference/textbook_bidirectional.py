"""Two directions as functions of plain arrays, and a test for layers that look ahead: the forms that chapter 11 builds.

`rnncourse.reference.bidirectional` is the layer with all its options; tests hold the two equal.
Shapes: T time, B batch, D input, H hidden.
"""

from collections.abc import Callable

import numpy as np

from rnncourse.reference.bidirectional import reverse_within_lengths
from rnncourse.reference.textbook import rnn_forward

Array = np.ndarray
Weights = tuple[Array, Array, Array]


def bidirectional_forward(x: Array, lengths: Array, params_fwd: Weights, params_bwd: Weights) -> Array:
    """A plain tanh layer in two directions, states zero at their starts.

    x (T, B, D), lengths (B,), params (W, R, b) of one direction each -> h (T, B, 2H): forward half first, zero past
    each sequence's end
    """
    zeros = np.zeros((x.shape[1], len(params_fwd[1])), dtype=x.dtype)
    h_fwd = rnn_forward(x, zeros, *params_fwd)
    h_bwd = rnn_forward(reverse_within_lengths(x, lengths), zeros, *params_bwd)
    h = np.concatenate([h_fwd, reverse_within_lengths(h_bwd, lengths)], axis=2)
    inside = np.arange(len(x))[:, None] < lengths
    return np.where(inside[..., None], h, 0)


def leaks_future(layer: Callable[[Array], Array]) -> bool:
    """Does some output depend on a later input?   layer: from x (T, B, 3) to h (T, B, H), any T and B

    One step at a time gets new random numbers, and no output before that step may move, but for rounding.
    """
    rng = np.random.default_rng(0)
    T, B, D = 12, 2, 3
    x = rng.normal(size=(T, B, D))
    h = layer(x)
    for t in range(1, T):
        changed = x.copy()
        changed[t] = rng.normal(size=(B, D))
        if np.abs(layer(changed)[:t] - h[:t]).max() > 1e-9:
            return True
    return False
