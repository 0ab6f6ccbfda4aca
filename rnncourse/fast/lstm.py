"""The LSTM over whole sequences, made fast: same signatures, same results as rnncourse.reference.lstm (chapter 9).

All four gates take one tanh, σ(z) = ½ tanh(½ z) + ½ with the inner ½ folded into the weights once. Forward keeps the
rows i f o g c_{t−1} side by side: i f o become logistic in one pass, and [i f] · [g c_{t−1}] is one call.
"""

from itertools import repeat
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
    reorder,
    rows,
)
from rnncourse.reference.cells import LSTM
from rnncourse.reference.params import Params

FORWARD = [LSTM.gates.index(gate) for gate in "ifog"]


class LSTMCache(NamedTuple):
    """What backward needs, as columns (…, H, B), or (…, H) for a single sequence."""

    x: Array  # (T, B, D)
    xh: Array | None  # (T + 1, D + H + 1, B): [x_t; h_{t−1}; 1]
    h: Array  # (T + 1, H, B), h0 first
    gates: Array  # (T + 1, 5, H, B): i f o g c_{t−1}; of the last step only c is used
    tanh_c: Array  # (T, H, B)
    params: Params
    ended: Array | None  # (T, B)


def lstm_forward(
    x: Array, state0: State | None, params: Params, *, lengths: Any = None
) -> tuple[Array, State, LSTMCache]:
    """The LSTM over whole sequences: x (T, B, D) to (h (T, B, H), state_n (h_n, c_n), cache).

    Arguments, results and errors are those of `rnncourse.reference.lstm_forward`, peepholes and lengths included.
    """
    x, (h0, c0), ended = check_arguments(x, state0, params, lengths, LSTM)
    (T, B, D), H = x.shape, params.R.shape[1]
    W, R, b_W, b_R = reorder(params, FORWARD)
    half = np.repeat(np.array([0.5, 0.5, 0.5, 1], x.dtype), H)[:, None]
    b = (b_W + b_R)[:, None]
    if (
        B == 1 and ended is None
    ):  # each call's own cost dominates: the input product of all steps at once (−21 % of the products)
        xh, (h, gates, tanh_c) = None, buffers(x.dtype, (T + 1, H), (T + 1, 5, H), (T, H))
        h[0] = h0[0]
        inputs, weights, pre = h, half * R, input_products(x, half * W, (half * b)[:, 0])
    else:  # one product [W | R | b] @ [x; h; 1] instead of two and two sums (−17 %)
        shapes = (T + 1, D + H + 1, B), (T + 1, 5, H, B), (T, H, B)
        xh, gates, tanh_c = buffers(x.dtype, *shapes)
        fill_inputs(xh, x, h0)
        inputs, weights, pre, h = xh, half * np.concatenate([W, R, b], axis=1), None, xh[:, D : D + H]
    gates[0, 4] = c0.T.reshape(gates.shape[2:])
    if params.p is None:
        _loop(weights, inputs, pre, h, gates, tanh_c, ended)
    else:
        _peephole_loop(weights, inputs, pre, h, gates, tanh_c, ended, params.p)
    cache = LSTMCache(x, xh, h, gates, tanh_c, params, ended)
    return rows(h[1:], ended), as_state(h[-1], gates[-1, 4]), cache


def _loop(
    weights: Array, inputs: Array, pre: Array | None, h: Array, gates: Array, tanh_c: Array, ended: Array | None
) -> None:
    """Fill h, gates and tanh_c, step by step. Views are made by zip, for a third of indexing's price."""
    T, H, rest = len(tanh_c), gates.shape[2], gates.shape[3:]
    products = gates[:, :4].reshape(T + 1, 4 * H, *rest) if not rest else _merged(gates, 0, 4)
    half, pair = np.full((3, H, *rest), 0.5, gates.dtype), np.empty((2, H, *rest), gates.dtype)
    first, second = pair
    added = repeat(None) if pre is None else pre
    over = iter(() if ended is None else ended)
    places = products, gates[:, :3], gates[:, :2], gates[:, 3:], gates[:, 2], gates[1:, 4], tanh_c, h, h[1:]
    dot, tanh, add, multiply = np.dot, np.tanh, np.add, np.multiply
    for input_t, pre_t, a, ifo, i_f, g_c, o, c_t, tanh_c_t, h_prev, h_t in zip(inputs, added, *places, strict=False):
        dot(weights, input_t, a)  # outputs by position: 0.05 µs less a call
        if pre_t is not None:
            add(a, pre_t, a)
        tanh(a, a)
        multiply(ifo, half, ifo)  # an array: a Python number would cost 0.3 µs more, as much again
        add(ifo, half, ifo)
        multiply(i_f, g_c, pair)
        add(first, second, c_t)
        tanh(c_t, tanh_c_t)
        multiply(o, tanh_c_t, h_t)
        if ended is not None:
            _freeze(next(over), (h_t, h_prev), (c_t, g_c[1]))


def _peephole_loop(
    weights: Array,
    inputs: Array,
    pre: Array | None,
    h: Array,
    gates: Array,
    tanh_c: Array,
    ended: Array | None,
    p: Array,
) -> None:
    """As _loop; i and f also see c_{t−1}, and o waits for c_t."""
    H, rest = gates.shape[2], gates.shape[3:]
    p = 0.5 * p.reshape(3, H, *(1 for _ in rest))
    for t in range(len(tanh_c)):
        a = gates[t, :4].reshape(4 * H, *rest)  # a view: rows are contiguous
        i_f, o, g, c, c_t = gates[t, :2], gates[t, 2], gates[t, 3], gates[t, 4], gates[t + 1, 4]
        np.dot(weights, inputs[t], out=a)
        if pre is not None:
            a += pre[t]
        i_f += p[:2] * c
        np.tanh(i_f, out=i_f)
        i_f *= 0.5
        i_f += 0.5
        np.tanh(g, out=g)
        np.add(i_f[0] * g, i_f[1] * c, out=c_t)
        o += p[2] * c_t
        np.tanh(o, out=o)
        o *= 0.5
        o += 0.5
        np.tanh(c_t, out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
        if ended is not None:
            _freeze(ended[t], (h[t + 1], h[t]), (c_t, c))


def _freeze(over: Array, *pairs: tuple[Array, Array]) -> None:
    """Where a sequence is over the old state stays."""
    if over.any():
        for new, old in pairs:
            new[:, over] = old[:, over]


def _merged(gates: Array, first: int, last: int) -> Array:
    """Rows first … last − 1 of (T, 5, H, B) as (T, (last − first)·H, B), a view."""
    T, _, H, B = gates.shape
    return gates.reshape(T, 5 * H, B)[:, first * H : last * H]


def lstm_backward(dh: Array, dstate_n: State | None, cache: LSTMCache) -> tuple[Array, State, Params]:
    """Gradient of `lstm_forward`: dh (T, B, H), dstate_n (dh_n, dc_n) or None to (dx, dstate0, grads)."""
    x, xh, h, gates, _, params, ended = cache
    T, B, D = x.shape
    dh, (dh_n, dc_n) = check_gradients(dh, dstate_n, h, ended, LSTM)
    flat, dh0, dc0 = _backward_loop(dh, dh_n, dc_n, cache)  # flat: da of all steps, (4H, T·B), i f g o
    dx = (flat.T @ params.W).reshape(T, B, D)
    if xh is None:
        dW, dR, db = flat @ x[:, 0], flat @ h[:-1], flat.sum(axis=1)  # 1 ms; T outer products and their sum 117 ms
    else:  # dW, dR and db are one product (−23 % at H = 512 against T products and their sum)
        joint = flat @ flat_steps(xh[:-1]).T
        dW, dR, db = joint[:, :D].copy(), joint[:, D:-1].copy(), joint[:, -1].copy()
    dp = None if params.p is None else _peephole_gradients(flat, gates)
    return dx, as_state(dh0, dc0), Params(dW, dR, db, db.copy(), dp)


def _backward_loop(dh: Array, dh_next: Array, dc_next: Array, cache: LSTMCache) -> tuple[Array, Array, Array]:
    """da of all steps (4H, T·B) and what reaches the initial state.

    A step's rows are ∂c_{t−1} | ∂a_i ∂a_f ∂a_g | ∂a_o, ∂c_t from h_t. They come filled with the local derivatives of a
    block of steps, so the first four are multiplied by dc, the last two by dh: two calls.
    """
    _, _, _, gates, tanh_c, params, ended = cache
    T, H, rest = len(tanh_c), gates.shape[2], gates.shape[3:]
    flat, flat_step = empty_flat(gates[0, 0], 4 * H, T)
    R_T = np.ascontiguousarray(params.R.T)
    p = None if params.p is None else params.p.reshape(3, H, *(1 for _ in rest))
    dc = np.empty_like(dc_next)
    for block in blocks(T, 6 * dc.size):
        local = _local_derivatives(gates[block], tanh_c[block])
        da = local.reshape(len(local), 6 * H, *rest)[:, H : 5 * H]
        views = zip(dh[block], local[:, :4], local[:, 4:], local[:, 5], da, local[:, 0], strict=True)
        for t, (dh_t, by_dc, by_dh, dc_from_h, da_t, dc_before) in zip(
            range(block.stop - 1, block.start - 1, -1), reversed(list(views)), strict=True
        ):
            dh_next += dh_t
            over = None if ended is None or not ended[t].any() else ended[t]
            if over is not None:  # the gradient passes by this step
                held = dh_next[:, over], dc_next[:, over]
                dh_next[:, over] = dc_next[:, over] = 0
            by_dh *= dh_next
            np.add(dc_next, dc_from_h, out=dc)
            if p is not None:
                dc += by_dh[0] * p[2]
            by_dc *= dc
            dc_next = dc_before
            if p is not None:
                dc_next += by_dc[1] * p[0] + by_dc[2] * p[1]
            np.dot(R_T, da_t, out=dh_next)
            if over is not None:
                dh_next[:, over], dc_next[:, over] = held
        flat_step[block] = da
    return flat, dh_next, dc_next


def _local_derivatives(gates: Array, tanh_c: Array) -> Array:
    """(n, 6, H, B): f | i′g, f′c, g′i | o′ tanh c | o (1 − tanh² c), the factors that need no gradient from above."""
    local = np.empty((len(gates), 6, *gates.shape[2:]), gates.dtype)
    i, f, o, g = (gates[:, k] for k in range(4))
    local[:, 0] = f
    slope = local[:, 1:3]
    np.multiply(gates[:, :2], gates[:, :2], out=slope)
    np.subtract(gates[:, :2], slope, out=slope)  # σ′ = σ − σ²
    slope *= gates[:, 3:]
    np.multiply(g, g, out=local[:, 3])
    np.subtract(1, local[:, 3], out=local[:, 3])  # tanh′ = 1 − tanh²
    local[:, 3] *= i
    np.multiply(o, o, out=local[:, 4])
    np.subtract(o, local[:, 4], out=local[:, 4])
    local[:, 4] *= tanh_c
    np.multiply(tanh_c, tanh_c, out=local[:, 5])
    np.subtract(1, local[:, 5], out=local[:, 5])
    local[:, 5] *= o
    return local


def _peephole_gradients(flat: Array, gates: Array) -> Array:
    """dp (3, H) in the order i f o: i and f saw c_{t−1}, o saw c_t."""
    H = gates.shape[2]
    before, after = flat_steps(gates[:-1, 4]), flat_steps(gates[1:, 4])
    sees = ((flat[:H], before), (flat[H : 2 * H], before), (flat[3 * H :], after))
    return np.stack([np.einsum("hk,hk->h", da, c) for da, c in sees])
