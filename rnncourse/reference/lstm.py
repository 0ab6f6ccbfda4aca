"""Long short-term memory with a forget gate, with or without peepholes, and its gradient (chapter 9)."""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_layer, check_state, check_step
from rnncourse.reference.bptt import State, UnrollCache, unroll, unroll_backward
from rnncourse.reference.cells import LSTM
from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid
from rnncourse.reference.params import Params

Array = np.ndarray


class LSTMCache(NamedTuple):
    """What one step's backward needs; the gates are (B, H) each, good to look at."""

    x_t: Array
    h_prev: Array
    c_prev: Array
    i: Array
    f: Array
    g: Array
    o: Array
    c: Array
    params: Params


def lstm_step(x_t: Array, state: State | None, params: Params) -> tuple[State, LSTMCache]:
    """One step of the LSTM.

    x_t : (B, D).  state : (h_prev, c_prev), each (B, H); None means zeros.
    params : W (4H, D), R (4H, H), b_W and b_R (4H,), gates stacked i f g o; p (3, H) or None.
        Peepholes let i and f see c_{t-1}, and o the new c_t.

    Returns ((h, c), cache), h and c (B, H).
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000; peepholes: Gers et al. 2002;
    the equations as in Greff et al. 2017, section II-A.
    """
    h_prev, c_prev = check_step(x_t, state, params, LSTM)
    W, R, b_W, b_R, p = params
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + b_W + h_prev @ R.T + b_R, 4, axis=1)
    if p is not None:
        a_i, a_f = a_i + p[0] * c_prev, a_f + p[1] * c_prev
    i = sigmoid(a_i)
    f = sigmoid(a_f)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    if p is not None:
        a_o = a_o + p[2] * c
    o = sigmoid(a_o)
    h = o * np.tanh(c)
    return (h, c), LSTMCache(x_t, h_prev, c_prev, i, f, g, o, c, params)


def lstm_step_backward(dstate: State, cache: LSTMCache) -> tuple[Array, State, Params]:
    """Gradient of `lstm_step`: dstate (dh, dc), each (B, H), to (dx_t (B, D), (dh_prev, dc_prev), grads).

    Source: Greff et al. 2017, section II-B.
    """
    x_t, h_prev, c_prev, i, f, g, o, c, params = cache
    W, R, _, _, p = params
    dh, dc = check_state("dstate", dstate, len(LSTM.state), c.shape, c.dtype)
    tanh_c = np.tanh(c)
    da_o = dh * tanh_c * dsigmoid(o)
    dc = dc + dh * o * dtanh(tanh_c)
    if p is not None:
        dc = dc + da_o * p[2]
    da_g = dc * i * dtanh(g)
    da_f = dc * c_prev * dsigmoid(f)
    da_i = dc * g * dsigmoid(i)
    dc_prev = dc * f
    dp = None
    if p is not None:
        dc_prev = dc_prev + da_i * p[0] + da_f * p[1]
        dp = np.stack([(da_i * c_prev).sum(axis=0), (da_f * c_prev).sum(axis=0), (da_o * c).sum(axis=0)])
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    db = da.sum(axis=0)
    return da @ W, (da @ R, dc_prev), Params(da.T @ x_t, da.T @ h_prev, db, db.copy(), dp)


def lstm_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None
) -> tuple[Array, State, UnrollCache]:
    """The LSTM over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n, c_n), cache). See `unroll`."""
    check_layer(x, state0, params, LSTM)
    return unroll(lstm_step, x, state0, params, lengths=lengths)


def lstm_backward(dh: Array, dstate_n: State | None, cache: UnrollCache) -> tuple[Array, State, Params]:
    """Gradient of `lstm_forward`: dh (T, B, H), dstate_n (dh_n, dc_n) or None to (dx, dstate0, grads)."""
    return unroll_backward(lstm_step_backward, dh, dstate_n, cache)
