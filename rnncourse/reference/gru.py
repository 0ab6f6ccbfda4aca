"""The gated recurrent unit with its reset gate after or before the recurrent product, and its gradient (chapter 10)."""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_choice, check_layer, check_state, check_step
from rnncourse.reference.bptt import State, UnrollCache, unroll, unroll_backward
from rnncourse.reference.cells import GRU, RESETS
from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid
from rnncourse.reference.params import Params

Array = np.ndarray


class GRUCache(NamedTuple):
    """What one step's backward needs; the gates are (B, H) each, good to look at."""

    x_t: Array
    h_prev: Array
    r: Array
    z: Array
    n: Array
    m: Array  # R_n h_{t-1} + b_Rn where the reset comes after, r * h_{t-1} where it comes before
    params: Params
    reset: str


def gru_step(x_t: Array, state: State | None, params: Params, *, reset: str = "after") -> tuple[State, GRUCache]:
    """One step of the GRU.

    x_t : (B, D).  state : (h_prev,) with h_prev (B, H); None means zeros.
    params : W (3H, D), R (3H, H), b_W and b_R (3H,), gates stacked r z n.
    reset : "after" scales the product R_n h_{t-1} + b_Rn (torch, cuDNN); "before" scales h_{t-1} itself.

    Returns ((h,), cache) with h (B, H); z = 1 keeps the old state.
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Cho et al. 2014, equations 5 to 8 ("before"); the cuDNN manual ("after").
    """
    check_choice("reset", reset, RESETS)
    (h_prev,) = check_step(x_t, state, params, GRU)
    H = h_prev.shape[1]
    (R_r, R_z, R_n), (b_r, b_z, b_n) = params.R.reshape(3, H, H), params.b_R.reshape(3, H)
    x_r, x_z, x_n = np.split(x_t @ params.W.T + params.b_W, 3, axis=1)
    r = sigmoid(x_r + h_prev @ R_r.T + b_r)
    z = sigmoid(x_z + h_prev @ R_z.T + b_z)
    if reset == "after":
        m = h_prev @ R_n.T + b_n
        n = np.tanh(x_n + r * m)
    else:
        m = r * h_prev
        n = np.tanh(x_n + m @ R_n.T + b_n)
    h = (1 - z) * n + z * h_prev
    return (h,), GRUCache(x_t, h_prev, r, z, n, m, params, reset)


def gru_step_backward(dstate: State, cache: GRUCache) -> tuple[Array, State, Params]:
    """Gradient of `gru_step`: dstate (dh,) with dh (B, H) to (dx_t (B, D), (dh_prev,), grads).

    da_x is the gradient of W x_t + b_W, da_h that of the recurrent products, each (B, 3H): the two differ in
    n's part, and only where the reset comes after.
    """
    x_t, h_prev, r, z, n, m, params, reset = cache
    (dh,) = check_state("dstate", dstate, len(GRU.state), n.shape, n.dtype)
    H = n.shape[1]
    R_r, R_z, R_n = params.R.reshape(3, H, H)
    da_n = dh * (1 - z) * dtanh(n)
    da_z = dh * (h_prev - n) * dsigmoid(z)
    if reset == "after":
        dm = da_n * r
        da_r = da_n * m * dsigmoid(r)
        dh_prev = dm @ R_n
        dR_n = dm.T @ h_prev
    else:
        dm = da_n @ R_n
        da_r = dm * h_prev * dsigmoid(r)
        dh_prev = dm * r
        dR_n = da_n.T @ m
    dh_prev = dh_prev + dh * z + da_z @ R_z + da_r @ R_r
    da_x = np.concatenate([da_r, da_z, da_n], axis=1)
    da_h = np.concatenate([da_r, da_z, dm if reset == "after" else da_n], axis=1)
    dR = np.concatenate([da_r.T @ h_prev, da_z.T @ h_prev, dR_n])
    return da_x @ params.W, (dh_prev,), Params(da_x.T @ x_t, dR, da_x.sum(axis=0), da_h.sum(axis=0))


def gru_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None, reset: str = "after"
) -> tuple[Array, State, UnrollCache]:
    """The GRU over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n,), cache). See `unroll`."""
    check_layer(x, state0, params, GRU)
    return unroll(gru_step, x, state0, params, lengths=lengths, reset=reset)


def gru_backward(dh: Array, dstate_n: State | None, cache: UnrollCache) -> tuple[Array, State, Params]:
    """Gradient of `gru_forward`: dh (T, B, H), dstate_n (dh_n,) or None to (dx, dstate0, grads)."""
    return unroll_backward(gru_step_backward, dh, dstate_n, cache)
