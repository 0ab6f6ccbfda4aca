"""Answers to the exercises of chapter 05."""

import itertools

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


def step_back_in_two_products(dh, x_t, h_prev, h, W, R):
    """Everything that multiplied the weights side by side; the results are parts of two arrays."""
    D = x_t.shape[1]
    da = np.multiply(dh, 1 - np.square(h))
    before = np.hstack([x_t, h_prev, np.ones_like(h[:, :1])])
    weights, inputs = da.T @ before, da @ np.hstack([W, R])
    return inputs[:, :D], inputs[:, D:], weights[:, :D], weights[:, D:-1], weights[:, -1]


def step_back_through_artanh(dh, x_t, h_prev, h, W, R):
    """The slope as 1 / cosh², which is 0 where the artanh is infinite."""
    with np.errstate(divide="ignore", over="ignore"):
        da = dh / np.cosh(np.arctanh(h)) ** 2
    return da @ W, da @ R, (x_t.T @ da).T, (h_prev.T @ da).T, np.ones(len(da), dtype=da.dtype) @ da


def step_back_number_by_number(dh, x_t, h_prev, h, W, R):
    da = np.vectorize(lambda d, s: d * (1 - s * s), otypes=[h.dtype])(dh, h)
    return np.dot(da, W), np.dot(da, R), np.tensordot(da, x_t, (0, 0)), np.tensordot(da, h_prev, (0, 0)), sum(da)


def step_back_clipped(dh, x_t, h_prev, h, W, R):
    return tuple(np.clip(g, -1e3, 1e3) for g in step_back(dh, x_t, h_prev, h, W, R))


def step_back_without_small_numbers(dh, x_t, h_prev, h, W, R):
    return step_back(np.where(abs(dh) < 1e-5, 0, dh).astype(dh.dtype), x_t, h_prev, h, W, R)


def step_back_from_its_own_state(dh, x_t, h_prev, h, W, R):
    """The state computed anew, without the bias that is not given."""
    return step_back(dh, x_t, h_prev, np.tanh(x_t @ W.T + h_prev @ R.T), W, R)


def step_back_with_a_least_slope(dh, x_t, h_prev, h, W, R):
    """No unit ever saturates."""
    da = dh * np.maximum(1 - h * h, 1e-3)
    return da @ W, da @ R, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def step_back_by_looking_up_rows(dh, x_t, h_prev, h, W, R):
    """Rows of equal inputs are taken for the same row."""
    dx_t, *others = step_back(dh, x_t, h_prev, h, W, R)
    rows = x_t.tolist()
    return dx_t[[rows.index(row) for row in rows]], *others


RNN_STEP_BACKWARD = Answers(
    correct=(
        step_back,
        step_back_row_by_row,
        step_back_by_einsum,
        step_back_by_torch,
        step_back_in_two_products,
        step_back_through_artanh,
        step_back_number_by_number,
    ),
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
        Wrong(step_back_clipped, "a large gradient"),
        Wrong(step_back_without_small_numbers, "a faint gradient"),
        Wrong(step_back_from_its_own_state),
        Wrong(step_back_with_a_least_slope),
        Wrong(step_back_by_looking_up_rows, "dx_t"),
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


def by_recursion(dh, x, h0, h, W, R):
    def back_from(t):
        if t == len(x):
            return [], np.zeros_like(h0)
        later, back = back_from(t + 1)
        da = (dh[t] + back) * (1 - h[t]) * (1 + h[t])
        return [da, *later], da @ R

    steps, dh0 = back_from(0)
    da, before = np.stack(steps), np.concatenate([h0[None], h[:-1]])
    axes = ((0, 1), (0, 1))
    return da @ W, dh0, np.tensordot(da, x, axes), np.tensordot(da, before, axes), da.sum((0, 1))


def by_accumulate(dh, x, h0, h, W, R):
    slope, H = 1 - h * h, len(R)
    steps = zip(dh[::-1], slope[::-1], strict=True)
    back = list(itertools.accumulate(steps, lambda b, own: ((own[0] + b) * own[1]) @ R, initial=np.zeros_like(h0)))
    da = (dh + np.stack(back[:-1])[::-1]) * slope
    flat, before = da.reshape(-1, H), np.vstack([h0[None], h[:-1]]).reshape(-1, H)
    return [da @ W, back[-1], flat.T @ x.reshape(len(flat), -1), flat.T @ before, np.add.reduce(flat)]


def row_by_row_as_one_system(dh, x, h0, h, W, R):
    """All steps of a row at once: the gradients of its states solve a triangular system."""
    T, B, H = h.shape
    da, dh0 = np.empty_like(h), np.empty_like(h0)
    for b in range(B):
        total = np.array(dh[:, b])
        if T * H <= 300:
            system = np.eye(T * H, dtype=h.dtype)
            for t in range(T - 1):
                system[t * H : (t + 1) * H, (t + 1) * H : (t + 2) * H] = -R.T * (1 - h[t + 1, b] ** 2)
            total = np.linalg.solve(system, total.ravel()).reshape(T, H)
        else:
            for t in range(T - 2, -1, -1):
                total[t] += R.T @ (total[t + 1] * (1 - h[t + 1, b] ** 2))
        da[:, b] = total * (1 - h[:, b] ** 2)
        dh0[b] = R.T @ da[0, b]
    before = np.concatenate([h0[None], h[:-1]])
    return da @ W, dh0, np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before), da.sum((0, 1))


def _with_back_changed(change, dh, x, h0, h, W, R):
    """Backpropagation in which what arrives from the step after is changed first: change(back, t)."""
    da, back = np.empty_like(h), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        da[t] = (dh[t] + change(back, t)) * (1 - h[t] * h[t])
        back = da[t] @ R
    before = np.concatenate([h0[None], h[:-1]])
    return da @ W, back, np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before), da.sum((0, 1))


def that_drops_small_numbers(dh, x, h0, h, W, R):
    return _with_back_changed(lambda back, t: np.where(abs(back) < 1e-8, 0, back), dh, x, h0, h, W, R)


def that_clips(dh, x, h0, h, W, R):
    return _with_back_changed(lambda back, t: np.clip(back, -100, 100), dh, x, h0, h, W, R)


def that_forgets_after_a_hundred_steps(dh, x, h0, h, W, R):
    return _with_back_changed(lambda back, t: back if len(x) - t <= 100 else 0 * back, dh, x, h0, h, W, R)


def that_takes_steps_without_loss_for_padding(dh, x, h0, h, W, R):
    return _with_back_changed(lambda back, t: back if dh[t].any() else 0 * back, dh, x, h0, h, W, R)


def by_looking_up_steps(dh, x, h0, h, W, R):
    """Steps of equal inputs are taken for the same step."""
    dx, *others = through_time(dh, x, h0, h, W, R)
    steps = x.tolist()
    return dx[[steps.index(step) for step in steps]], *others


BPTT = Answers(
    correct=(
        through_time,
        products_after_the_loop,
        by_recursion_over_steps,
        by_torch,
        by_recursion,
        by_accumulate,
        row_by_row_as_one_system,
    ),
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
        Wrong(that_drops_small_numbers),
        Wrong(that_clips),
        Wrong(that_forgets_after_a_hundred_steps),
        Wrong(that_takes_steps_without_loss_for_padding),
        Wrong(by_looking_up_steps, "dx"),
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


def mean_of_both_sides(f, x, eps):
    gradient, here = np.zeros_like(x), f(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += eps
        below[index] -= eps
        gradient[index] = ((f(above) - here) / eps + (here - f(below)) / eps) / 2
    return gradient


def axis_by_axis(f, x, eps):
    """A list of lists, one for each axis."""

    def below(index):
        if len(index) == x.ndim:
            step = np.zeros_like(x)
            step[index] = eps
            return (f(x + step) - f(x - step)) / (2 * eps)
        return [below((*index, k)) for k in range(x.shape[len(index)])]

    return np.array(below(()), dtype=x.dtype)


def where_the_number_is(f, x, eps):
    numbers = np.arange(x.size).reshape(x.shape)

    def slope(k):
        step = np.where(numbers == k, eps, 0.0)
        return 0.5 * (f(x + step) - f(x - step)) / eps

    return np.vectorize(slope, otypes=[x.dtype])(numbers)


def with_five_points(f, x, eps):
    """More exact than what is asked for."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = eps
        near, far = f(x + step) - f(x - step), f(x + 2 * step) - f(x - 2 * step)
        gradient[index] = (8 * near - far) / (12 * eps)
    return gradient


def with_a_step_for_each_size(f, x, eps):
    """The step grows with the entry, as optimisers do it."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = eps * max(1.0, abs(x[index]))
        gradient[index] = (f(x + step) - f(x - step)) / (2 * step[index])
    return gradient


def of_equal_entries_at_once(f, x, eps):
    gradient = np.zeros_like(x)
    for value in np.unique(x):
        step = eps * (x == value)
        gradient[x == value] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def of_entries_that_are_not_zero(f, x, eps):
    gradient = np.zeros_like(x)
    for index in zip(*np.nonzero(np.atleast_1d(x)), strict=True):
        step = np.zeros_like(x)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def with_a_least_eps(f, x, eps):
    return entry_by_entry(f, x, max(eps, 1e-6))


def that_remembers_values_by_sum(f, x, eps):
    values = {}

    def known(z):
        return values.setdefault(round(float(z.sum()), 9), f(z))

    return entry_by_entry(known, x, eps)


def for_two_axes_at_most(f, x, eps):
    """Right for a vector and for a matrix; with more axes whole rows move at once."""
    gradient = np.zeros_like(x)
    table = np.atleast_2d(gradient)
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            step = np.zeros_like(table)
            step[i, j] = eps
            step = step.reshape(x.shape)
            table[i, j] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def gradient_of_a_copy_as_it_lies(f, x, eps):
    """ravel is a view of the copy only where that lies row by row."""
    moved = x.copy(order="K")
    flat, gradient = moved.ravel(), np.zeros(x.size)
    for k in range(x.size):
        kept = flat[k]
        sides = []
        for flat[k] in (kept + eps, kept - eps):
            sides.append(f(moved))
        flat[k] = kept
        gradient[k] = (sides[0] - sides[1]) / (2 * eps)
    return gradient.reshape(x.shape)


def gradient_from_the_identity(f, x, eps):
    steps = eps * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + step) - f(x - step)) / (2 * eps) for step in steps], x.shape)


NUMERICAL_GRADIENT = Answers(
    correct=(
        gradient_from_the_identity,
        entry_by_entry,
        with_unit_vectors,
        in_place_and_set_back,
        mean_of_both_sides,
        axis_by_axis,
        where_the_number_is,
    ),
    wrong=(
        Wrong(gradient_of_a_copy_as_it_lies, "Wrong: by columns"),
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
        Wrong(through_a_flat_copy, "Wrong: by columns"),
        Wrong(with_five_points, "gradient"),
        Wrong(with_a_step_for_each_size, "gradient"),
        Wrong(of_equal_entries_at_once, "numbers that repeat"),
        Wrong(of_entries_that_are_not_zero),
        Wrong(with_a_least_eps, "near an edge"),
        Wrong(that_remembers_values_by_sum, "gradient"),
        Wrong(for_two_axes_at_most, "Wrong: three axes"),
    ),
    equivalent={
        "3:15: np.zeros_like(x) → np.ones_like(x)": "every entry is written",
        "5:23: (x.copy(), x.copy()) → (x.copy(), x.copy())": "the same twice",
    },
    impossible={
        "right unless eps is negative": "eps is above 0",
        "right unless eps is zero": "eps is above 0",
        "right unless in single precision": "x is in double precision",
        "right unless read-only": "x must be left as it was, so an entry of x itself may move if it is set back",
    },
)

ANSWERS = {"rnn_step_backward": RNN_STEP_BACKWARD, "bptt": BPTT, "numerical_gradient": NUMERICAL_GRADIENT}
