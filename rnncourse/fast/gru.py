"""The GRU over whole sequences, made fast: same signatures, same results as rnncourse.reference.gru (chapter 10).

Rows are kept in the order m r z n, where m is R_n h_{t−1} + b_Rn, or r · h_{t−1} where the reset comes before the
product: r z become logistic in one pass, m r z are one recurrent product's rows, r z n those of the inputs' product.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.fast.columns import (
    Array,
    State,
    as_state,
    blocks,
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
from rnncourse.reference.cells import GRU, RESETS
from rnncourse.reference.params import Params


class GRUCache(NamedTuple):
    """What backward needs, as columns (…, H, B), or (…, H) for a single sequence."""

    x: Array  # (T, B, D)
    xh: Array | None  # (T + 1, D + H + 1, B): [x_t; h_{t−1}; 1]
    h: Array  # (T + 1, H, B), h0 first
    gates: Array  # (T, 4, H, B): m r z n
    params: Params
    ended: Array | None  # (T, B)
    reset: str


def gru_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None, reset: str = "after"
) -> tuple[Array, State, GRUCache]:
    """The GRU over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n,), cache).

    Arguments, results and errors are those of `rnncourse.reference.gru_forward`, both resets and lengths included.
    """
    check_choice("reset", reset, RESETS)
    x, (h0,), ended = check_arguments(x, state0, params, lengths, GRU)
    (T, B, D), H = x.shape, params.R.shape[1]
    if B == 1 and ended is None:
        xh, (h, gates) = None, buffers(x.dtype, (T + 1, H), (T, 4, H))
        h[0] = h0[0]
    else:
        xh, gates = buffers(x.dtype, (T + 1, D + H + 1, B), (T, 4, H, B))
        fill_inputs(xh, x, h0)
        h = xh[:, D : D + H]
    cache = GRUCache(x, xh, h, gates, params, ended, reset)
    loop = _single_loop if xh is None else _batch_loop
    loop(cache) if reset == "after" else _before_loop(cache)
    return rows(h[1:], ended), as_state(h[-1]), cache


def _halved(params: Params) -> tuple[Array, Array, Array, Array]:
    """W, R, b_W, b_R with the ½ of σ(z) = ½ tanh(½ z) + ½ folded into the rows of r and z."""
    W, R, b_W, b_R, _ = params
    H = R.shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1], W.dtype), H)
    return half[:, None] * W, half[:, None] * R, half * b_W, half * b_R


def _batch_loop(cache: GRUCache) -> None:
    """Fill h and gates: r and z from one product [W | R | b] @ [x; h; 1], m from [R_n | b_Rn] @ [h; 1]."""
    x, xh, h, gates, params, ended, _ = cache
    assert xh is not None
    (T, B, D), H = x.shape, params.R.shape[1]
    W, R, b_W, b_R = _halved(params)
    rz_weights = np.concatenate([W[: 2 * H], R[: 2 * H], (b_W + b_R)[: 2 * H, None]], axis=1)
    m_weights = np.concatenate([R[2 * H :], b_R[2 * H :, None]], axis=1)
    np.matmul(W[2 * H :], xh[:-1, :D], out=gates[:, 3])  # the part of n that waits for no state
    gates[:, 3] += b_W[2 * H :, None]
    scratch = np.empty((H, B), x.dtype)
    logistic = gates.reshape(T, 4 * H, B)[:, H : 3 * H]
    views = zip(xh, xh[:, D:], logistic, *(gates[:, k] for k in range(4)), h, h[1:], strict=False)
    for t, (xh_t, h1, rz, m, r, z, n, h_prev, h_t) in enumerate(views):
        np.dot(rz_weights, xh_t, out=rz)
        np.dot(m_weights, h1, out=m)
        _gates_to_state(rz, m, r, z, n, h_prev, h_t, scratch)
        if ended is not None and ended[t].any():
            h_t[:, ended[t]] = h_prev[:, ended[t]]


def _single_loop(cache: GRUCache) -> None:
    """As _batch_loop for one sequence: all input products at once, one product m r z a step."""
    x, _, h, gates, params, _, _ = cache
    T, H = len(x), params.R.shape[1]
    W, R, b_W, b_R = _halved(params)
    R_mrz = np.concatenate([R[2 * H :], R[: 2 * H]])
    pre = input_products(
        x, np.concatenate([W[2 * H :], W[: 2 * H]]), np.concatenate([b_W[2 * H :], (b_W + b_R)[: 2 * H]])
    )
    gates[:, 3] = pre[:, :H]
    pre[:, :H] = b_R[2 * H :]
    scratch = np.empty(H, x.dtype)
    mrz = gates.reshape(T, 4 * H)[:, : 3 * H]
    views = zip(pre, mrz, mrz[:, H:], *(gates[:, k] for k in range(4)), h, h[1:], strict=False)
    for pre_t, mrz_t, rz, m, r, z, n, h_prev, h_t in views:
        np.dot(R_mrz, h_prev, out=mrz_t)
        mrz_t += pre_t
        _gates_to_state(rz, m, r, z, n, h_prev, h_t, scratch)


def _gates_to_state(
    rz: Array, m: Array, r: Array, z: Array, n: Array, h_prev: Array, h_t: Array, scratch: Array
) -> None:
    """From what r, z and n add up to, to h_t; each into its own place. n holds W_n x + b_Wn."""
    np.tanh(rz, out=rz)
    rz *= _HALF[rz.dtype.char]
    rz += _HALF[rz.dtype.char]
    np.multiply(r, m, out=scratch)
    n += scratch
    np.tanh(n, out=n)
    np.subtract(h_prev, n, out=scratch)
    scratch *= z
    np.add(n, scratch, out=h_t)  # (1 − z) n + z h


_HALF = {"f": np.array(0.5, np.float32), "d": np.array(0.5)}  # a Python number costs 0.2 µs more a call


def _before_loop(cache: GRUCache) -> None:
    """Fill h and gates where the reset scales h_{t−1} itself: n needs a second product after r is known."""
    x, _, h, gates, params, ended, _ = cache
    T, H = len(x), params.R.shape[1]
    W, R, b_W, b_R = _halved(params)
    rest = gates.shape[3:]
    pre = np.matmul(W, x.transpose(0, 2, 1)) + (b_W + b_R)[:, None]
    pre = pre.reshape(T, 3 * H, *rest)
    R_rz, R_n = np.ascontiguousarray(R[: 2 * H]), np.ascontiguousarray(R[2 * H :])
    for t in range(T):
        (m, r, z, n), rz = gates[t], gates[t].reshape(4 * H, *rest)[H : 3 * H]
        np.dot(R_rz, np.ascontiguousarray(h[t]), out=rz)
        rz += pre[t, : 2 * H]
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        np.multiply(r, h[t], out=m)
        np.dot(R_n, m, out=n)
        n += pre[t, 2 * H :]
        np.tanh(n, out=n)
        np.add(n, z * (h[t] - n), out=h[t + 1])
        if ended is not None and ended[t].any():
            h[t + 1][:, ended[t]] = h[t][:, ended[t]]


def gru_backward(dh: Array, dstate_n: State | None, cache: GRUCache) -> tuple[Array, State, Params]:
    """Gradient of `gru_forward`: dh (T, B, H), dstate_n (dh_n,) or None to (dx, dstate0, grads)."""
    x, _, h, gates, params, ended, reset = cache
    (T, B, D), H = x.shape, params.R.shape[1]
    dh, (dh_n,) = check_gradients(dh, dstate_n, h, ended, GRU)
    loop = _backward_loop if reset == "after" else _before_backward_loop
    flat, dh0 = loop(dh, dh_n, cache)  # da of all steps, (4H, T·B): m r z n, m being what R_n's product gets
    da_x = flat[H:]
    dx = (da_x.T @ params.W).reshape(T, B, D)
    db_W = da_x.sum(axis=1)
    dW = da_x @ x.reshape(T * B, D)
    before = flat_steps(h[:-1])  # (H, T·B)
    if reset == "after":
        dR = flat[: 3 * H] @ before.T
        dR = np.concatenate([dR[H:], dR[:H]])
        db_R = np.concatenate([db_W[: 2 * H], flat[:H].sum(axis=1)])
    else:
        dR = np.concatenate([flat[H : 3 * H] @ before.T, flat[3 * H :] @ flat_steps(gates[:, 0]).T])
        db_R = db_W.copy()
    return dx, as_state(dh0), Params(dW, dR, db_W, db_R)


def _local_derivatives(gates: Array, h_prev: Array, reset: str) -> Array:
    """(n, 5, H, B): z | what dh_t is multiplied with to give da of m, r, z, n.

    Where the reset comes before the product, dm has to come back through R_n first: m's row is then left empty and r's
    is what dm is multiplied with.
    """
    local = np.empty((len(gates), 5, *gates.shape[2:]), gates.dtype)
    m, r, z, n = (gates[:, k] for k in range(4))
    local[:, 0] = z
    np.multiply(gates[:, 1:3], gates[:, 1:3], out=local[:, 2:4])
    np.subtract(gates[:, 1:3], local[:, 2:4], out=local[:, 2:4])  # σ′ = σ − σ²
    da_n, da_r, da_z = local[:, 4], local[:, 2], local[:, 3]
    np.multiply(n, n, out=da_n)
    np.subtract(1, da_n, out=da_n)  # tanh′ = 1 − tanh²
    scratch = 1 - z
    da_n *= scratch
    np.subtract(h_prev, n, out=scratch)
    da_z *= scratch
    if reset == "after":
        np.multiply(da_n, r, out=local[:, 1])
        da_r *= m
        da_r *= da_n
    else:
        da_r *= h_prev
    return local


def _backward_loop(dh: Array, dh_next: Array, cache: GRUCache) -> tuple[Array, Array]:
    """da of all steps and dh0. All of a step is linear in dh_t alone: one call multiplies its five rows."""
    _, _, h, gates, params, ended, _ = cache
    T, H, rest = len(gates), gates.shape[2], gates.shape[3:]
    flat, flat_step = empty_flat(gates[0, 0], 4 * H, T)
    R_T = np.ascontiguousarray(np.concatenate([params.R[2 * H :], params.R[: 2 * H]]).T)
    recurrent = np.empty_like(dh_next)
    for block in blocks(T, 5 * dh_next.size):
        local = _local_derivatives(gates[block], h[block], "after")
        merged = local.reshape(len(local), 5 * H, *rest)
        views = reversed(list(zip(range(block.start, block.stop), dh[block], local, merged[:, H : 4 * H], strict=True)))
        for t, dh_t, local_t, da_mrz in views:
            dh_next += dh_t
            over = None if ended is None or not ended[t].any() else ended[t]
            if over is not None:  # the gradient passes by this step
                held = dh_next[:, over]
                dh_next[:, over] = 0
            local_t *= dh_next
            np.dot(R_T, da_mrz, out=recurrent)
            np.add(recurrent, local_t[0], out=dh_next)
            if over is not None:
                dh_next[:, over] = held
        flat_step[block] = merged[:, H:]
    return flat, dh_next


def _before_backward_loop(dh: Array, dh_next: Array, cache: GRUCache) -> tuple[Array, Array]:
    """As _backward_loop for the other reset: da_r needs dm, which comes back through R_n."""
    _, _, h, gates, params, ended, _ = cache
    T, H, rest = len(gates), gates.shape[2], gates.shape[3:]
    flat, flat_step = empty_flat(gates[0, 0], 4 * H, T)
    R_rz, R_n = (np.ascontiguousarray(R.T) for R in (params.R[: 2 * H], params.R[2 * H :]))
    for t in range(T - 1, -1, -1):
        local = _local_derivatives(gates[t : t + 1], h[t : t + 1], "before")[0]
        dh_next += dh[t]
        over = np.zeros(1, bool) if ended is None else ended[t]
        held = dh_next[:, over] if over.any() else None
        if held is not None:
            dh_next[:, over] = 0
        local[0] *= dh_next
        local[3:] *= dh_next
        dm = np.dot(R_n, local[4])
        local[2] *= dm
        dh_next = local[0] + dm * gates[t, 1] + np.dot(R_rz, local[2:4].reshape(2 * H, *rest))
        if held is not None:
            dh_next[:, over] = held
        local[1] = 0
        flat_step[t] = local[1:].reshape(4 * H, *rest)
    return flat, dh_next
