"""The plain RNN over whole sequences, made fast: same signatures, same results as rnncourse.reference.rnn.

Chapter 4.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.fast.columns import (
    Array,
    State,
    as_state,
    buffers,
    check_arguments,
    check_gradients,
    empty_flat,
    fill_inputs,
    flat_steps,
    input_products,
    rows,
)
from rnncourse.reference._validation import check_choice
from rnncourse.reference.cells import NONLINEARITIES, RNN
from rnncourse.reference.params import Params


class RNNCache(NamedTuple):
    """What backward needs, as columns (…, H, B), or (…, H) for a single sequence."""

    x: Array  # (T, B, D)
    xh: Array | None  # (T + 1, D + H + 1, B): [x_t; h_{t−1}; 1]
    h: Array  # (T + 1, H, B), h0 first
    params: Params
    ended: Array | None  # (T, B)
    nonlinearity: str


def rnn_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None, nonlinearity: str = "tanh"
) -> tuple[Array, State, RNNCache]:
    """The RNN over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n,), cache).

    Arguments, results and errors are those of `rnncourse.reference.rnn_forward`.
    """
    check_choice("nonlinearity", nonlinearity, NONLINEARITIES)
    x, (h0,), ended = check_arguments(x, state0, params, lengths, RNN)
    (T, B, D), H = x.shape, params.R.shape[1]
    W, R, b = params.W, params.R, params.b_W + params.b_R
    if B == 1 and ended is None:  # each call's own cost dominates: the input product of all steps at once
        xh, (h,) = None, buffers(x.dtype, (T + 1, H))
        h[0] = h0[0]
        inputs, weights, pre = h, R, input_products(x, W, b)
    else:  # one product [W | R | b] @ [x; h; 1] instead of two and two sums
        (xh,) = buffers(x.dtype, (T + 1, D + H + 1, B))
        fill_inputs(xh, x, h0)
        inputs, weights, pre, h = xh, np.concatenate([W, R, b[:, None]], axis=1), None, xh[:, D : D + H]
    for t in range(T):
        a = h[t + 1]
        np.dot(weights, inputs[t], out=a)  # h_t's place is contiguous: no copy
        if pre is not None:
            a += pre[t]
        if nonlinearity != "linear":
            np.tanh(a, out=a) if nonlinearity == "tanh" else np.maximum(a, 0, out=a)
        if ended is not None and ended[t].any():
            a[:, ended[t]] = h[t][:, ended[t]]
    return rows(h[1:], ended), as_state(h[-1]), RNNCache(x, xh, h, params, ended, nonlinearity)


def rnn_backward(dh: Array, dstate_n: State | None, cache: RNNCache) -> tuple[Array, State, Params]:
    """Gradient of `rnn_forward`: dh (T, B, H), dstate_n (dh_n,) or None to (dx, dstate0, grads)."""
    x, xh, h, params, ended, _ = cache
    T, B, D = x.shape
    dh, (dh_n,) = check_gradients(dh, dstate_n, h, ended, RNN)
    flat, dh0 = _backward_loop(dh, dh_n, cache)  # da of all steps, (H, T·B)
    dx = (flat.T @ params.W).reshape(T, B, D)
    if xh is None:
        dW, dR, db = flat @ x[:, 0], flat @ h[:-1], flat.sum(axis=1)
    else:  # dW, dR and db are one product
        joint = flat @ flat_steps(xh[:-1]).T
        dW, dR, db = joint[:, :D].copy(), joint[:, D:-1].copy(), joint[:, -1].copy()
    return dx, as_state(dh0), Params(dW, dR, db, db.copy())


def _backward_loop(dh: Array, dh_next: Array, cache: RNNCache) -> tuple[Array, Array]:
    """da of all steps (H, T·B), and what reaches the initial state."""
    _, _, h, params, ended, nonlinearity = cache
    flat, flat_step = empty_flat(dh_next, len(dh_next), len(dh))
    R_T, da = np.ascontiguousarray(params.R.T), np.empty_like(dh_next)
    for t in range(len(dh) - 1, -1, -1):
        dh_next += dh[t]
        over = None if ended is None or not ended[t].any() else ended[t]
        if over is not None:  # the gradient passes by this step
            held = dh_next[:, over]
            dh_next[:, over] = 0
        if nonlinearity == "tanh":
            np.multiply(h[t + 1], h[t + 1], out=da)
            np.subtract(1, da, out=da)
            da *= dh_next
        else:
            np.multiply(dh_next, h[t + 1] > 0, out=da) if nonlinearity == "relu" else np.copyto(da, dh_next)
        flat_step[t] = da
        np.dot(R_T, da, out=dh_next)
        if over is not None:
            dh_next[:, over] = held
    return flat, dh_next
