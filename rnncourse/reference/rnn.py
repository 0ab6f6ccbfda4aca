"""The plain recurrent network (Elman 1990): h_t = φ(W x_t + b_W + R h_{t-1} + b_R), and its gradient (chapter 4)."""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_choice, check_layer, check_state, check_step
from rnncourse.reference.bptt import State, UnrollCache, unroll, unroll_backward
from rnncourse.reference.cells import NONLINEARITIES, RNN
from rnncourse.reference.ops import drelu, dtanh, relu
from rnncourse.reference.params import Params

Array = np.ndarray


class RNNCache(NamedTuple):
    """What one step's backward needs."""

    x_t: Array
    h_prev: Array
    h: Array
    params: Params
    nonlinearity: str


def rnn_step(x_t: Array, state: State | None, params: Params, *, nonlinearity: str = "tanh") -> tuple[State, RNNCache]:
    """One step of the plain RNN.

    x_t : (B, D).  state : (h_prev,) with h_prev (B, H); None means zeros.
    params : W (H, D), R (H, H), b_W and b_R (H,).
    nonlinearity : φ: "tanh", "relu" or "linear".

    Returns ((h,), cache) with h (B, H).
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Elman 1990.
    """
    check_choice("nonlinearity", nonlinearity, NONLINEARITIES)
    (h_prev,) = check_step(x_t, state, params, RNN)
    W, R, b_W, b_R, _ = params
    a = x_t @ W.T + b_W + h_prev @ R.T + b_R
    h = np.tanh(a) if nonlinearity == "tanh" else relu(a) if nonlinearity == "relu" else a
    return (h,), RNNCache(x_t, h_prev, h, params, nonlinearity)


def rnn_step_backward(dstate: State, cache: RNNCache) -> tuple[Array, State, Params]:
    """Gradient of `rnn_step`: dstate (dh,) with dh (B, H) to (dx_t (B, D), (dh_prev,), grads).

    Source: Werbos 1990.
    """
    x_t, h_prev, h, params, nonlinearity = cache
    (dh,) = check_state("dstate", dstate, len(RNN.state), h.shape, h.dtype)
    da = dh * (dtanh(h) if nonlinearity == "tanh" else drelu(h) if nonlinearity == "relu" else 1)
    dx_t = da @ params.W
    dh_prev = da @ params.R
    db = da.sum(axis=0)
    return dx_t, (dh_prev,), Params(da.T @ x_t, da.T @ h_prev, db, db.copy())


def rnn_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None, nonlinearity: str = "tanh"
) -> tuple[Array, State, UnrollCache]:
    """The RNN over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n,), cache). See `unroll`."""
    check_layer(x, state0, params, RNN)
    return unroll(rnn_step, x, state0, params, lengths=lengths, nonlinearity=nonlinearity)


def rnn_backward(dh: Array, dstate_n: State | None, cache: UnrollCache) -> tuple[Array, State, Params]:
    """Gradient of `rnn_forward`: dh (T, B, H), dstate_n (dh_n,) or None to (dx, dstate0, grads)."""
    return unroll_backward(rnn_step_backward, dh, dstate_n, cache)
