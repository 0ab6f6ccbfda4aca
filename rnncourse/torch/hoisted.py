"""The layers for a captured graph: all that need not wait for the previous step is taken out of the loop.

Before the loop: the input products of all steps in one product. In the loop: the recurrent product and the gates, in
place. After it: the gradients of the weights, one product each. In the backward loop every local derivative is already
there, computed for all steps at once; what is left is a few products a step.

Each forward takes (x, state, weights, padding) and returns the outputs, each (T, B, H), and a cache; each backward
takes the outputs' gradients and the cache and returns the gradients of (x, *state, *weights). `padding` (T, B, 1) is
True past a sequence's end; outputs there are the caller's business. h[t + 1] belongs to step t, h[0] is the initial
state.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnncourse.reference.cells import NONLINEARITIES

Tensors = tuple[Tensor, ...]


class Hoisted(NamedTuple):
    """A forward and its backward, under a name that tells them from all others."""

    name: str
    forward: Callable[[Tensor, Tensors, Tensors, Tensor | None], tuple[Tensors, Any]]
    backward: Callable[[Tensors, Any], Tensors]


def _with_initial(first: Tensor, T: int) -> Tensor:
    """Return room for T + 1 steps (T + 1, B, H), the first filled."""
    room = first.new_empty(T + 1, *first.shape)
    room[0] = first
    return room


def _before_all(d: Tensor) -> Tensor:
    """Return a copy of the outputs' gradients (T, B, H) with zeros for the initial state in front."""
    return torch.cat([torch.zeros_like(d[:1]), d])


def _rows(tensor: Tensor) -> Tensor:
    """Return (T, B, …) as (T·B, everything else)."""
    return tensor.reshape(tensor.shape[0] * tensor.shape[1], -1)


def rnn(nonlinearity: str) -> Hoisted:
    """Return the plain RNN with "tanh", "relu" or "linear"."""
    act: Callable[[Tensor], Tensor] = {"tanh": Tensor.tanh_, "relu": Tensor.relu_, "linear": lambda a: a}[nonlinearity]

    def forward(x: Tensor, state: Tensors, weights: Tensors, padding: Tensor | None) -> tuple[Tensors, Any]:
        W, R, b_W, b_R = weights
        T = x.shape[0]
        a = linear(x, W, b_W + b_R)
        h = _with_initial(state[0], T)
        for t in range(T):
            a[t].addmm_(h[t], R.t())
            h[t + 1] = act(a[t])
            if padding is not None:  # relu and linear may grow without bound while nobody looks
                h[t + 1].masked_fill_(padding[t], 0)
        return (h[1:],), (x, h, weights, padding)

    def backward(outputs: Tensors, cache: Any) -> Tensors:
        x, h, (W, R, _, _), padding = cache
        slope = {
            "tanh": lambda: 1 - h[1:] ** 2,
            "relu": lambda: (h[1:] > 0).to(h),
            "linear": lambda: torch.ones_like(h[1:]),
        }
        da_dh = slope[nonlinearity]()
        if padding is not None:
            da_dh.masked_fill_(padding, 0)
        dh = _before_all(outputs[0])
        da = torch.empty_like(da_dh)
        for t in reversed(range(x.shape[0])):
            torch.mul(dh[t + 1], da_dh[t], out=da[t])
            dh[t].addmm_(da[t], R)
        db = _rows(da).sum(0)
        return da @ W, dh[0], _rows(da).t() @ _rows(x), _rows(da).t() @ _rows(h[:-1]), db, db.clone()

    return Hoisted(f"rnn-{nonlinearity}", forward, backward)


def lstm_forward(x: Tensor, state: Tensors, weights: Tensors, padding: Tensor | None) -> tuple[Tensors, Any]:
    """Return h and c of every step, gates stacked i f g o; c stays in float32 where x is of half precision."""
    W, R, b_W, b_R, *p = weights
    T, H = x.shape[0], R.shape[1]
    a = linear(x, W, b_W + b_R)  # turns into the gates, step by step, in place
    h = _with_initial(state[0], T)
    c = _with_initial(state[1].to(torch.promote_types(x.dtype, torch.float32)), T)
    tanh_c = torch.empty_like(h[1:])
    for t in range(T):
        a[t].addmm_(h[t], R.t())
        if p:
            a[t].unflatten(-1, (4, H))[:, :2].addcmul_(p[0][:2], c[t].unsqueeze(1))
        a[t, :, : 2 * H].sigmoid_()
        a[t, :, 2 * H : 3 * H].tanh_()
        i, f, g, o = a[t].chunk(4, dim=-1)
        torch.mul(f, c[t], out=c[t + 1])
        c[t + 1].addcmul_(i, g)
        if p:
            o.addcmul_(p[0][2], c[t + 1])
        o.sigmoid_()
        torch.tanh(c[t + 1], out=tanh_c[t])
        torch.mul(o, tanh_c[t], out=h[t + 1])
    return (h[1:], c[1:].to(x.dtype)), (x, a, h, c, tanh_c, weights)


def lstm_backward(outputs: Tensors, cache: Any) -> Tensors:
    """Return the gradients of x, h_0, c_0, W, R, b_W, b_R and, where there are any, the peepholes."""
    x, gates, h, c, tanh_c, (W, R, _, _, *p) = cache
    T, B, H = tanh_c.shape
    i, f, g, o = gates.chunk(4, dim=-1)
    da_o_dh = tanh_c * o * (1 - o)
    dc_dh = o * (1 - tanh_c**2)
    da_dc = torch.stack([g * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - g**2)], dim=2)  # (T, B, 3, H): i f g
    dh, dc = _before_all(outputs[0]), _before_all(outputs[1].to(c.dtype))
    da = gates.new_empty(T, B, 4, H)
    for t in reversed(range(T)):
        torch.mul(dh[t + 1], da_o_dh[t], out=da[t, :, 3])
        dc[t + 1].addcmul_(dh[t + 1], dc_dh[t])
        if p:
            dc[t + 1].addcmul_(da[t, :, 3], p[0][2])
        torch.mul(dc[t + 1].unsqueeze(1), da_dc[t], out=da[t, :, :3])
        dh[t].addmm_(da[t].flatten(1), R)
        dc[t].addcmul_(dc[t + 1], f[t])
        if p:
            dc[t].addcmul_(da[t, :, 0], p[0][0]).addcmul_(da[t, :, 1], p[0][1])
    rows = _rows(da)
    db = rows.sum(0)
    grads = [rows @ W, dh[0], dc[0].to(x.dtype), rows.t() @ _rows(x), rows.t() @ _rows(h[:-1]), db, db.clone()]
    grads[0] = grads[0].view_as(x)
    if p:
        looks = ((0, c[:-1]), (1, c[:-1]), (3, c[1:]))  # i and f see the cell before, o the cell after
        grads.append(torch.stack([(da[:, :, gate] * seen).sum((0, 1)) for gate, seen in looks]).to(x.dtype))
    return tuple(grads)


def gru_forward(x: Tensor, state: Tensors, weights: Tensors, padding: Tensor | None) -> tuple[Tensors, Any]:
    """Return h of every step, gates stacked r z n, the reset after the recurrent product."""
    W, R, b_W, b_R = weights
    T, B, H = *x.shape[:2], R.shape[1]
    a = linear(x, W, b_W)  # turns into the gates, step by step, in place
    m = b_R.expand(T, B, 3 * H).contiguous()  # turns into R h_{t−1} + b_R
    h = _with_initial(state[0], T)
    for t in range(T):
        m[t].addmm_(h[t], R.t())
        rz, n = a[t, :, : 2 * H], a[t, :, 2 * H :]
        rz.add_(m[t, :, : 2 * H]).sigmoid_()
        n.addcmul_(rz[:, :H], m[t, :, 2 * H :]).tanh_()
        torch.lerp(n, h[t], rz[:, H:], out=h[t + 1])  # n + z (h − n)
    return (h[1:],), (x, a, m, h, weights)


def gru_backward(outputs: Tensors, cache: Any) -> Tensors:
    """Return the gradients of x, h_0, W, R, b_W and b_R. Every gate's gradient is dh times a known factor."""
    x, gates, m, h, (W, R, _, _) = cache
    T, _, H = h[1:].shape
    r, z, n = gates.chunk(3, dim=-1)
    n_dh = (1 - z) * (1 - n**2)
    z_dh = (h[:-1] - n) * z * (1 - z)
    r_dh = n_dh * m[..., 2 * H :] * r * (1 - r)
    recurrent = torch.stack([r_dh, z_dh, n_dh * r], dim=2)  # (T, B, 3, H)
    dh = _before_all(outputs[0])
    dm = torch.empty_like(recurrent)
    for t in reversed(range(T)):
        torch.mul(dh[t + 1].unsqueeze(1), recurrent[t], out=dm[t])
        dh[t].addmm_(dm[t].flatten(1), R)
        dh[t].addcmul_(dh[t + 1], z[t])
    da = _rows(dh[1:].unsqueeze(2) * torch.stack([r_dh, z_dh, n_dh], dim=2))
    dm = _rows(dm)
    return (da @ W).view_as(x), dh[0], da.t() @ _rows(x), dm.t() @ _rows(h[:-1]), da.sum(0), dm.sum(0)


def gru_before_forward(x: Tensor, state: Tensors, weights: Tensors, padding: Tensor | None) -> tuple[Tensors, Any]:
    """Return h of every step, gates stacked r z n, the reset before the recurrent product."""
    W, R, b_W, b_R = weights
    T, H = x.shape[0], R.shape[1]
    rz, n = (linear(x, w, b) for w, b in zip(W.split([2 * H, H]), (b_W + b_R).split([2 * H, H]), strict=True))
    R_rz, R_n = R.split([2 * H, H])
    h = _with_initial(state[0], T)
    m = torch.empty_like(h[1:])  # r * h_{t−1}
    for t in range(T):
        rz[t].addmm_(h[t], R_rz.t()).sigmoid_()
        torch.mul(rz[t, :, :H], h[t], out=m[t])
        n[t].addmm_(m[t], R_n.t()).tanh_()
        torch.lerp(n[t], h[t], rz[t, :, H:], out=h[t + 1])
    return (h[1:],), (x, rz, n, m, h, weights)


def gru_before_backward(outputs: Tensors, cache: Any) -> Tensors:
    """Return the gradients of x, h_0, W, R, b_W and b_R."""
    x, rz, n, m, h, (W, R, _, _) = cache
    T, _, H = n.shape
    R_rz, R_n = R.split([2 * H, H])
    r, z = rz.chunk(2, dim=-1)
    n_dh = (1 - z) * (1 - n**2)
    z_dh = (h[:-1] - n) * z * (1 - z)
    r_dm = h[:-1] * r * (1 - r)
    dh = _before_all(outputs[0])
    da_rz, da_n = torch.empty_like(rz), torch.empty_like(n)
    for t in reversed(range(T)):
        torch.mul(dh[t + 1], n_dh[t], out=da_n[t])
        dm = da_n[t] @ R_n
        torch.mul(dm, r_dm[t], out=da_rz[t, :, :H])
        torch.mul(dh[t + 1], z_dh[t], out=da_rz[t, :, H:])
        dh[t].addmm_(da_rz[t], R_rz).addcmul_(dh[t + 1], z[t]).addcmul_(dm, r[t])
    rows_rz, rows_n = _rows(da_rz), _rows(da_n)
    da = torch.cat([rows_rz, rows_n], dim=1)
    dR = torch.cat([rows_rz.t() @ _rows(h[:-1]), rows_n.t() @ _rows(m)])
    db = da.sum(0)
    return (da @ W).view_as(x), dh[0], da.t() @ _rows(x), dR, db, db.clone()


RNNS = {nonlinearity: rnn(nonlinearity) for nonlinearity in NONLINEARITIES}
LSTM = Hoisted("lstm", lstm_forward, lstm_backward)
GRUS = {
    "after": Hoisted("gru-after", gru_forward, gru_backward),
    "before": Hoisted("gru-before", gru_before_forward, gru_before_backward),
}
