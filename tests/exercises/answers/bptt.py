"""Answers to the exercises of chapter 05."""

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- rnn_step_backward ---


def step_back(dh, x_t, h_prev, h, W, R):
    da = dh * (1 - h**2)
    dx_t = da @ W
    dh_prev = da @ R
    dW = da.T @ x_t
    dR = da.T @ h_prev
    db = da.sum(axis=0)
    return dx_t, dh_prev, dW, dR, db


def step_back_row_by_row(dh, x_t, h_prev, h, W, R):
    dx_t, dh_prev = np.zeros_like(x_t), np.zeros_like(h_prev)
    dW, dR, db = np.zeros_like(W), np.zeros_like(R), np.zeros_like(R[0])
    for row in range(len(dh)):
        da = (1 - h[row]) * (1 + h[row]) * dh[row]
        dx_t[row] = W.T @ da
        dh_prev[row] = R.T @ da
        dW += np.outer(da, x_t[row])
        dR += np.outer(da, h_prev[row])
        db += da
    return [dx_t, dh_prev, dW, dR, db]


def step_back_by_einsum(dh, x_t, h_prev, h, W, R):
    da = np.einsum("bh,bh->bh", dh, 1 - h * h)
    return (
        np.einsum("bh,hd->bd", da, W),
        np.einsum("bh,hk->bk", da, R),
        np.einsum("bh,bd->hd", da, x_t),
        np.einsum("bh,bk->hk", da, h_prev),
        np.einsum("bh->h", da),
    )


def step_back_by_torch(dh, x_t, h_prev, h, W, R):
    """The bias is not given, so it is found from h: artanh(h) - the rest is only safe away from ±1; use the slope."""
    import torch

    x, s, w, r = (torch.from_numpy(a).requires_grad_() for a in (x_t, h_prev, W, R))
    b = torch.zeros(len(R), dtype=x.dtype, requires_grad=True)
    a = x @ w.T + s @ r.T + b
    da = torch.from_numpy(dh) * (1 - torch.from_numpy(h) ** 2)
    return tuple(g.numpy() for g in torch.autograd.grad(a, (x, s, w, r, b), da))


def step_back_into_dh(dh, x_t, h_prev, h, W, R):
    dh *= 1 - h * h
    return dh @ W, dh @ R, dh.T @ x_t, dh.T @ h_prev, dh.sum(axis=0)


RNN_STEP_BACKWARD = Answers(
    correct=(step_back, step_back_row_by_row, step_back_by_einsum, step_back_by_torch),
    wrong=(
        slip(step_back, "dh * (1 - h**2)", "dh", "the slope of tanh is missing"),
        slip(step_back, "1 - h**2", "1 - h", "taken as 1 - h;"),
        slip(step_back, "(1 - h**2)", "h * (1 - h)", "slope of the logistic function"),
        slip(step_back, "1 - h**2", "1 - np.tanh(h) ** 2", "once more"),
        slip(step_back, "da @ R", "da @ R.T", "R is transposed here"),
        slip(step_back, "da.T @ h_prev", "h_prev.T @ da", "dR comes out transposed"),
        slip(step_back, "da.T @ x_t", "x_t.T @ da", "dW comes out transposed"),
        slip(step_back, "da.T @ h_prev", "da.T @ h", "dR uses h, the new state"),
        slip(step_back, "dh_prev = da @ R", "dh_prev = dh @ R", "uses dh where da belongs"),
        slip(step_back, "da.sum(axis=0)", "da.mean(axis=0)", "mean over the batch where the sum belongs"),
        slip(
            step_back,
            "dx_t, dh_prev, dW, dR, db\n",
            "dx_t, dh_prev, dW / len(dh), dR / len(dh), db / len(dh)\n",
            "mean over the batch where the sum belongs",
        ),
        slip(step_back, "da.sum(axis=0)", "dh.sum(axis=0)", "b stands inside the tanh"),
        slip(step_back, "da.sum(axis=0)", "da", "one gradient for each row"),
        slip(step_back, "da.sum(axis=0)", "da.sum(axis=1)", "sum over the batch, axis 0"),
        slip(step_back, "return dx_t, dh_prev,", "return dh_prev, dx_t,", "changed places"),
        slip(step_back, ", dR, db\n", ", dR\n", "returns 4 values; expected 5"),
        slip(step_back_row_by_row, "dR += ", "dR = ", "dR"),
        slip(step_back_row_by_row, "range(len(dh))", "range(1)", "right at the first row only"),
        Wrong(step_back_into_dh, "changes its argument dh"),
    ),
    equivalent={},
)

# --- bptt ---


def through_time(dh, x, h0, h, W, R):
    T = len(x)
    dx = np.zeros_like(x)
    dW, dR, db = np.zeros_like(W), np.zeros_like(R), np.zeros(len(R), dtype=R.dtype)
    dh_next = np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        h_prev = h0 if t == 0 else h[t - 1]
        total = dh[t] + dh_next
        da = total * (1 - h[t] ** 2)
        dx[t] = da @ W
        dW += da.T @ x[t]
        dR += da.T @ h_prev
        db += da.sum(axis=0)
        dh_next = da @ R
    return dx, dh_next, dW, dR, db


def products_after_the_loop(dh, x, h0, h, W, R):
    da = np.empty_like(h)
    back = 0 * h0
    for t in reversed(range(len(x))):
        da[t] = (dh[t] + back) * (1 - h[t] * h[t])
        back = da[t] @ R
    before = np.concatenate([h0[None], h[:-1]])
    return da @ W, back, np.tensordot(da, x, ((0, 1), (0, 1))), np.einsum("tbh,tbk->hk", da, before), da.sum((0, 1))


def by_recursion_over_steps(dh, x, h0, h, W, R):
    grads = [np.zeros_like(x), None, np.zeros_like(W), np.zeros_like(R), np.zeros_like(W[:, 0])]
    steps = [(x[t], h[t - 1] if t else h0, h[t], dh[t]) for t in range(len(x))]
    back = np.zeros_like(h0)
    while steps:
        x_t, h_prev, h_t, own = steps.pop()
        da = (own + back) * (1 - h_t) * (1 + h_t)
        grads[0][len(steps)] = np.einsum("bh,hd->bd", da, W)
        grads[2] = grads[2] + np.einsum("bh,bd->hd", da, x_t)
        grads[3] = grads[3] + np.einsum("bh,bk->hk", da, h_prev)
        grads[4] = grads[4] + np.einsum("bh->h", da)
        back = np.einsum("bh,hk->bk", da, R)
    grads[1] = back
    return tuple(grads)


def by_torch(dh, x, h0, h, W, R):
    """Autograd through the steps, with the slope taken from the given states."""
    import torch

    xs, s, w, r = (torch.from_numpy(a).requires_grad_() for a in (x, h0, W, R))
    b = torch.zeros(len(R), dtype=xs.dtype, requires_grad=True)
    loss, state = 0.0, s
    for t in range(len(x)):
        a = xs[t] @ w.T + state @ r.T + b
        known = torch.from_numpy(h[t])
        state = known + (1 - known**2) * (a - a.detach())
        loss = loss + (state * torch.from_numpy(dh[t])).sum()
    return tuple(g.numpy() for g in torch.autograd.grad(loss, (xs, s, w, r, b)))


def truncated_after_twenty_steps(dh, x, h0, h, W, R):
    da = np.empty_like(h)
    back = 0 * h0
    for t in reversed(range(len(x))):
        if t % 20 == 19:
            back = 0 * h0
        da[t] = (dh[t] + back) * (1 - h[t] * h[t])
        back = da[t] @ R
    before = np.concatenate([h0[None], h[:-1]])
    return da @ W, back, np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before), da.sum((0, 1))


def that_writes_into_dh(dh, x, h0, h, W, R):
    for t in range(len(x) - 1, 0, -1):
        dh[t - 1] += (dh[t] * (1 - h[t] ** 2)) @ R
    da = dh * (1 - h * h)
    before = np.concatenate([h0[None], h[:-1]])
    return da @ W, da[0] @ R, np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before), da.sum((0, 1))


BPTT = Answers(
    correct=(through_time, products_after_the_loop, by_recursion_over_steps, by_torch),
    wrong=(
        slip(
            through_time,
            "dh[t] + dh_next",
            "dh[t]",
            "right at the last step only: the gradient arriving from step t+1 is missing",
        ),
        slip(
            through_time,
            "        dh_next = da @ R\n",
            "",
            "right at the last step only: the gradient arriving from step t+1 is missing",
        ),
        slip(through_time, "dh_next = da @ R", "dh_next = da @ R.T", "backward multiplies by R"),
        slip(through_time, "dh_next = da @ R", "dh_next = da", "passed on without R"),
        slip(through_time, "dh_next = da @ R", "dh_next = total @ R", "right at the last step only"),
        slip(through_time, "total * (1 - h[t] ** 2)", "dh[t] * (1 - h[t] ** 2) + dh_next", "after the slope of tanh"),
        slip(through_time, "total * (1 - h[t] ** 2)", "total", "the slope of tanh, 1 - h², is missing"),
        slip(through_time, "(1 - h[t] ** 2)", "h[t] * (1 - h[t])", "logistic"),
        slip(through_time, "h0 if t == 0 else h[t - 1]", "h[t - 1]", "reads as the last state"),
        slip(through_time, "h0 if t == 0", "0 * h0 if t == 0", "taken as zeros"),
        slip(through_time, "h0 if t == 0 else h[t - 1]", "h[t]", "the state before it"),
        slip(through_time, "T - 1, -1, -1", "T - 1, 0, -1", "the loop must reach t = 0"),
        slip(through_time, "dR += da.T @ h_prev", "dR = da.T @ h_prev", "each step must add its share"),
        slip(through_time, "dR += da.T @ h_prev", "dR += h_prev.T @ da", "dR comes out transposed"),
        slip(
            through_time, "db += da.sum(axis=0)", "db += da.mean(axis=0)", "mean over the batch where the sum belongs"
        ),
        slip(
            through_time,
            "return dx, dh_next, dW, dR, db",
            "return dx, dh_next, dW / T, dR / T, db / T",
            "they are sums",
        ),
        slip(through_time, "return dx, dh_next,", "return dx, np.zeros_like(h0),", "dh0 is zeros"),
        slip(through_time, "return dx, dh_next,", "return dx, da,", "before it went through R"),
        slip(through_time, "range(T - 1, -1, -1)", "range(T)"),
        slip(through_time, "return dx,", "return dx[::-1].copy(),", "dx stands in reverse order"),
        Wrong(truncated_after_twenty_steps, "Wrong: long"),
        Wrong(that_writes_into_dh, "changes its argument dh"),
    ),
    equivalent={
        "8:25: 0 → -1": "R is square: every row has H entries",
        "10:32: x → dh": "both have T steps",
    },
)

# --- numerical_gradient ---


def entry_by_entry(f, x, eps):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] = x[index] + eps
        above = f(moved)
        moved[index] = x[index] - eps
        gradient[index] = (above - f(moved)) / (2 * eps)
    return gradient


def with_unit_vectors(f, x, eps):
    steps = eps * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + step) - f(x - step)) / (2 * eps) for step in steps]).reshape(x.shape)


def in_place_and_set_back(f, x, eps):
    gradient = np.empty_like(x)
    walk = np.nditer(x, flags=["multi_index"])
    for value in walk:
        old = float(value)
        sides = []
        for sign in (1.0, -1.0):
            x[walk.multi_index] = old + sign * eps
            sides.append(f(x))
        x[walk.multi_index] = old
        gradient[walk.multi_index] = (sides[0] - sides[1]) / (2 * eps)
    return gradient


def in_place_by_adding(f, x, eps):
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        gradient[index] = (above - f(x)) / (2 * eps)
        x[index] += eps
    return gradient


def for_vectors_only(f, x, eps):
    gradient = np.zeros_like(x)
    for k in range(len(x)):
        step = np.zeros_like(x)
        step[k] = eps
        gradient[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def through_a_flat_copy(f, x, eps):
    """Right only where ravel gives a view: not for an array that is stored column by column."""
    gradient, moved = np.zeros_like(x), x.copy(order="K")
    flat, slope = moved.ravel(), gradient.ravel()
    for k in range(flat.size):
        old = flat[k]
        flat[k] = old + eps
        above = f(moved)
        flat[k] = old - eps
        slope[k] = (above - f(moved)) / (2 * eps)
        flat[k] = old
    return gradient


NUMERICAL_GRADIENT = Answers(
    correct=(entry_by_entry, with_unit_vectors, in_place_and_set_back),
    wrong=(
        slip(
            with_unit_vectors,
            "(f(x + step) - f(x - step)) / (2 * eps)",
            "(f(x + step) - f(x)) / eps",
            "one-sided difference (f(x + eps) - f(x))",
        ),
        slip(with_unit_vectors, "(f(x + step) - f(x - step)) / (2 * eps)", "(f(x) - f(x - step)) / eps", "to the left"),
        slip(with_unit_vectors, "/ (2 * eps)", "/ eps", "2 eps apart"),
        slip(with_unit_vectors, " / (2 * eps)", "", "the division by 2 eps is missing"),
        slip(with_unit_vectors, "/ (2 * eps)", "/ 2 * eps"),
        slip(with_unit_vectors, "f(x + step) - f(x - step)", "f(x - step) - f(x + step)", "the sign is turned"),
        slip(with_unit_vectors, ".reshape(x.shape)", "", "the result is flat"),
        slip(entry_by_entry, "    gradient = ", "    eps = 1e-7\n    gradient = "),
        slip(entry_by_entry, "    gradient = ", "    eps = 1e-6\n    gradient = ", "the argument eps is not used"),
        slip(entry_by_entry, "moved[index] = x[index] + eps", "moved = x + eps"),
        slip(in_place_and_set_back, "        x[walk.multi_index] = old\n", "", "changes its argument x"),
        slip(in_place_by_adding, "        x[index] += eps\n    return", "    return", "not set back"),
        slip(in_place_by_adding, "x[index] -= 2 * eps", "x[index] -= eps"),
        Wrong(in_place_by_adding, "changes its argument x"),
        Wrong(for_vectors_only, "whole rows move at once"),
        Wrong(through_a_flat_copy, "stored column by column"),
    ),
    equivalent={
        "3:15: np.zeros_like(x) → np.ones_like(x)": "every entry is written",
        "5:23: (x.copy(), x.copy()) → (x.copy(), x.copy())": "the same twice",
    },
)

ANSWERS = {"rnn_step_backward": RNN_STEP_BACKWARD, "bptt": BPTT, "numerical_gradient": NUMERICAL_GRADIENT}
