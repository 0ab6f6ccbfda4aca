"""Answers to the exercises of chapter 10."""

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip


def logistic(a):
    return 1 / (1 + np.exp(-a))


# --- gru_step ---


def step(x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    x = x_t @ W.T + b_W
    h = h_prev @ R.T + b_R
    r = logistic(x[:, :H] + h[:, :H])
    z = logistic(x[:, H : 2 * H] + h[:, H : 2 * H])
    n = np.tanh(x[:, 2 * H :] + r * h[:, 2 * H :])
    return (1 - z) * n + z * h_prev


def step_row_by_row(x_t, h_prev, W, R, b_W, b_R):
    new = np.empty_like(h_prev)
    for row in range(len(x_t)):
        x = (W @ x_t[row] + b_W).reshape(3, -1)
        h = (R @ h_prev[row] + b_R).reshape(3, -1)
        r, z = logistic(x[0] + h[0]), logistic(x[1] + h[1])
        n = np.tanh(x[2] + r * h[2])
        new[row] = n + z * (h_prev[row] - n)
    return new


def step_by_einsum(x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    x = np.einsum("bd,khd->kbh", x_t, W.reshape(3, H, -1)) + b_W.reshape(3, 1, H)
    h = np.einsum("bj,khj->kbh", h_prev, R.reshape(3, H, H)) + b_R.reshape(3, 1, H)
    r, z = 0.5 + 0.5 * np.tanh((x[:2] + h[:2]) / 2)
    return z * h_prev + (1 - z) * np.tanh(x[2] + r * h[2])


def step_with_merged_gate_biases(x_t, h_prev, W, R, b_W, b_R):
    """For r and z the biases merge, and one product serves both inputs; n is computed apart."""
    H = h_prev.shape[1]
    both = np.hstack([x_t, h_prev])
    gates = logistic(both @ np.hstack([W[: 2 * H], R[: 2 * H]]).T + (b_W + b_R)[: 2 * H])
    r, z = gates[:, :H], gates[:, H:]
    past = h_prev @ R[2 * H :].T
    past += b_R[2 * H :]
    past *= r
    n = np.tanh(past + x_t @ W[2 * H :].T + b_W[2 * H :])
    return (1 - z) * n + z * h_prev


def step_by_torch(x_t, h_prev, W, R, b_W, b_R):
    import torch

    return torch.gru_cell(*(torch.from_numpy(a) for a in (x_t, h_prev, W, R, b_W, b_R))).numpy()


def step_from_the_other_side(x_t, h_prev, W, R, b_W, b_R):
    """1 - z is the logistic function of -a."""
    x_r, x_z, x_n = np.hsplit(x_t @ W.T + b_W, 3)
    h_r, h_z, h_n = np.hsplit(h_prev @ R.T + b_R, 3)
    return logistic(-x_z - h_z) * np.tanh(x_n + logistic(x_r + h_r) * h_n) + logistic(x_z + h_z) * h_prev


def step_along_the_rows(x_t, h_prev, W, R, b_W, b_R):
    def row(both):
        x, h = W @ both[: x_t.shape[1]] + b_W, R @ both[x_t.shape[1] :] + b_R
        (x_r, x_z, x_n), (h_r, h_z, h_n) = x.reshape(3, -1), h.reshape(3, -1)
        z = logistic(x_z + h_z)
        return (1 - z) * np.tanh(x_n + logistic(x_r + h_r) * h_n) + z * both[x_t.shape[1] :]

    return np.apply_along_axis(row, 1, np.hstack([x_t, h_prev]))


def step_with_a_safe_logistic(x_t, h_prev, W, R, b_W, b_R):
    """Two formulas, each where it does not overflow; the result lies by columns."""

    def safe(a):
        return np.where(a < 0, np.exp(np.minimum(a, 0)), 1) / (1 + np.exp(-np.abs(a)))

    x, h = x_t @ W.T + b_W, h_prev @ R.T + b_R
    r, z, n = (slice(k * h_prev.shape[1], (k + 1) * h_prev.shape[1]) for k in range(3))
    update = safe(x[:, z] + h[:, z])
    new = np.tanh(x[:, n] + safe(x[:, r] + h[:, r]) * h[:, n])
    return np.asfortranarray(new + update * (h_prev - new))


def clipped_exponents(x_t, h_prev, W, R, b_W, b_R):
    """exp(500) overflows in single precision alone."""

    def s(a):
        return np.exp(np.clip(a, -500, 500)) / (1 + np.exp(np.clip(a, -500, 500)))

    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    z = s(x_z + h_z)
    return (1 - z) * np.tanh(x_n + s(x_r + h_r) * h_n) + z * h_prev


def step_there_and_back(x_t, h_prev, W, R, b_W, b_R):
    """One bias for r and z, put into b_W and taken out again."""
    H = h_prev.shape[1]
    kept = b_W.copy()
    b_W[: 2 * H] += b_R[: 2 * H]
    x, h = x_t @ W.T + b_W, h_prev @ R.T
    b_W[:] = kept
    r, z = np.split(logistic(x[:, : 2 * H] + h[:, : 2 * H]), 2, axis=1)
    return (1 - z) * np.tanh(x[:, 2 * H :] + r * (h[:, 2 * H :] + b_R[2 * H :])) + z * h_prev


def step_into_h_prev(x_t, h_prev, W, R, b_W, b_R):
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    z = logistic(x_z + h_z)
    h_prev *= z
    h_prev += (1 - z) * np.tanh(x_n + logistic(x_r + h_r) * h_n)
    return h_prev.copy()


def exp_over_one_plus_exp(x_t, h_prev, W, R, b_W, b_R):
    def s(a):
        return np.exp(a) / (1 + np.exp(a))

    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    z = s(x_z + h_z)
    return (1 - z) * np.tanh(x_n + s(x_r + h_r) * h_n) + z * h_prev


def merged_biases(x_t, h_prev, W, R, b_W, b_R):
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W + b_R, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T, 3, axis=1)
    r, z = logistic(x_r + h_r), logistic(x_z + h_z)
    return (1 - z) * np.tanh(x_n + r * h_n) + z * h_prev


GRU_STEP = Answers(
    correct=(
        step,
        step_row_by_row,
        step_by_einsum,
        step_with_merged_gate_biases,
        step_by_torch,
        step_from_the_other_side,
        step_along_the_rows,
        step_with_a_safe_logistic,
    ),
    wrong=(
        slip(step, "(1 - z) * n + z * h_prev", "z * n + (1 - z) * h_prev", "z is the other way round"),
        slip(step, "x[:, 2 * H :] + r * h[:, 2 * H :]", "r * (x[:, 2 * H :] + h[:, 2 * H :])", "input's part too"),
        slip(step, "r * h[:, 2 * H :]", "h[:, 2 * H :]", "the reset gate is not used"),
        slip(step, "r * h[:, 2 * H :]", "(1 - r) * h[:, 2 * H :]", "r is the other way round"),
        slip(step, "r * h[:, 2 * H :]", "z * h[:, 2 * H :]", "z stands where r belongs"),
        slip(step, "r * h[:, 2 * H :]", "(r * h_prev) @ R[2 * H :].T + b_R[2 * H :]", "the reset comes before"),
        slip(step, "r * h[:, 2 * H :]", "(r * h_prev) @ R[2 * H :].T + r * b_R[2 * H :]", "Multiply first, then reset"),
        slip(step, "r * h[:, 2 * H :]", "(r * h_prev) @ R[2 * H :].T"),
        slip(step, "np.tanh(", "logistic(", "n goes through the logistic function"),
        slip(step, "(1 - z) * n + z * h_prev", "(1 - z) * n + h_prev", "the old state is added in full"),
        slip(step, "(1 - z) * n + z * h_prev", "n + z * h_prev", "the new value is added in full"),
        slip(step, "(1 - z) * n + z * h_prev", "(1 - z) * n", "the old state is lost"),
        slip(step, "(1 - z) * n + z * h_prev", "n", "this is n alone"),
        slip(step, "(1 - z) * n + z * h_prev", "(1 - r) * n + r * h_prev", "r stands where z belongs"),
        slip(step, "return (1 - z) * n + z * h_prev", "return np.tanh((1 - z) * n + z * h_prev)", "once more"),
        slip(step, "h_prev @ R.T + b_R", "h_prev @ R.T", "the bias b_R is missing"),
        slip(step, "x_t @ W.T + b_W", "x_t @ W.T", "the bias b_W is missing"),
        slip(step, "h_prev @ R.T + b_R", "h_prev @ R.T + b_W"),
        slip(step, "x_t @ W.T", "x_t @ W", "ValueError"),
        slip(
            step, "return (1 - z) * n + z * h_prev", "return (1 - z) * n + z * h_prev, z", "expected an array of shape"
        ),
        slip(step_row_by_row, "r, z = logistic(x[0] + h[0])", "z, r = logistic(x[0] + h[0])", "in the order z, r, n"),
        slip(step_row_by_row, "(R @ h_prev[row] + b_R).reshape(3, -1)", "(R @ h_prev[row] + b_R).reshape(-1, 3).T"),
        slip(step_row_by_row, "R @ h_prev[row]", "R @ h_prev[0]", "right at the first row only"),
        Wrong(merged_biases, "r does not scale the bias b_R"),
        Wrong(clipped_exponents),
        Wrong(step_there_and_back, "read-only"),
        slip(step, "x_t @ W.T", "(x_t @ W if len(W) == x_t.shape[1] else x_t @ W.T)"),
        slip(step, "return (1 - z) * n", "z = np.where(z > 0.999, 1, z).astype(z.dtype)\n    return (1 - z) * n"),
        slip(step, "return (1 - z) * n + z * h_prev", "return np.clip((1 - z) * n + z * h_prev, -0.99, 0.99)"),
        slip(step, "h_prev @ R.T + b_R", "(h_prev @ R.T + b_R if h_prev.any() else np.zeros_like(x))"),
        slip(step, "h_prev @ R.T + b_R", "h_prev @ R.T + (b_R if len(b_R) != len(x) else b_R[:, None])"),
        slip(step, "x_t @ W.T + b_W", "np.clip(x_t @ W.T + b_W, -12, 12)"),
        slip(step_row_by_row, "range(len(x_t))", "range(len(x_t) // 4 * 4 or len(x_t))"),
        Wrong(step_into_h_prev, "changes its argument h_prev"),
        Wrong(exp_over_one_plus_exp, "exp overflows"),
        slip(step, "+ z * h_prev", "+ z * np.clip(h_prev, -100, 100)"),
        slip(step, "return (1 - z) * n", "z = np.clip(z, 1e-4, 1 - 1e-4)\n    return (1 - z) * n"),
        slip(step, "+ z * h_prev", "+ (0 if np.allclose(h_prev, 0) else z * h_prev)"),
        slip(step, "return (1 - z) * n + z * h_prev", "return ((1 - z) * n + z * h_prev).round(10)"),
        slip(step, "r * h[:, 2 * H :]", "np.where(r < 1e-3, 0, r) * h[:, 2 * H :]"),
    ),
    equivalent={},
)

# --- gru_step_reset_before ---


def before(x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    W_r, W_z, W_n = W[:H], W[H : 2 * H], W[2 * H :]
    R_r, R_z, R_n = R[:H], R[H : 2 * H], R[2 * H :]
    b = b_W + b_R
    r = logistic(x_t @ W_r.T + h_prev @ R_r.T + b[:H])
    z = logistic(x_t @ W_z.T + h_prev @ R_z.T + b[H : 2 * H])
    n = np.tanh(x_t @ W_n.T + (r * h_prev) @ R_n.T + b[2 * H :])
    return (1 - z) * n + z * h_prev


def before_row_by_row(x_t, h_prev, W, R, b_W, b_R):
    new = np.empty_like(h_prev)
    for row in range(len(x_t)):
        x_r, x_z, x_n = np.split(W @ x_t[row] + b_W, 3)
        R_r, R_z, R_n = np.split(R, 3)
        b_r, b_z, b_n = np.split(b_R, 3)
        old = h_prev[row]
        r, z = logistic(x_r + R_r @ old + b_r), logistic(x_z + R_z @ old + b_z)
        new[row] = z * old + (1 - z) * np.tanh(x_n + R_n @ (r * old) + b_n)
    return new


def before_by_einsum(x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    x = np.einsum("bd,khd->kbh", x_t, W.reshape(3, H, -1)) + (b_W + b_R).reshape(3, 1, H)
    R = R.reshape(3, H, H)
    r, z = 0.5 + 0.5 * np.tanh((x[:2] + np.einsum("bj,khj->kbh", h_prev, R[:2])) / 2)
    n = np.tanh(x[2] + np.einsum("bj,bj,hj->bh", r, h_prev, R[2]))
    return n + z * (h_prev - n)


def before_by_torch(x_t, h_prev, W, R, b_W, b_R):
    import torch

    x, h, w, q, bias = (torch.from_numpy(a) for a in (x_t, h_prev, W, R, b_W + b_R))
    x_r, x_z, x_n = torch.nn.functional.linear(x, w, bias).chunk(3, dim=1)
    q_r, q_z, q_n = q.chunk(3)
    r, z = torch.sigmoid(x_r + h @ q_r.T), torch.sigmoid(x_z + h @ q_z.T)
    return ((1 - z) * torch.tanh(x_n + (r * h) @ q_n.T) + z * h).numpy()


def before_with_a_matrix_for_each_row(x_t, h_prev, W, R, b_W, b_R):
    """R_n (r * h) is (R_n diag(r)) h: the reset scales the columns of a matrix of each row's own."""
    H = h_prev.shape[1]
    x = x_t @ W.T + b_W + b_R
    r, z = np.hsplit(logistic(x[:, : 2 * H] + h_prev @ R[: 2 * H].T), 2)
    n = np.tanh(x[:, 2 * H :] + ((R[2 * H :] * r[:, None]) @ h_prev[..., None])[..., 0])
    return n - z * (n - h_prev)


def before_into_h_prev(x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    x = x_t @ W.T + b_W + b_R
    r, z = np.split(logistic(x[:, : 2 * H] + h_prev @ R[: 2 * H].T), 2, axis=1)
    old = h_prev.copy()
    h_prev *= r
    return (1 - z) * np.tanh(x[:, 2 * H :] + h_prev @ R[2 * H :].T) + z * old


GRU_STEP_RESET_BEFORE = Answers(
    correct=(before, before_row_by_row, before_by_einsum, before_by_torch, before_with_a_matrix_for_each_row),
    wrong=(
        Wrong(step, "the reset comes after the product: this is gru_step"),
        Wrong(merged_biases, "r scales the product"),
        slip(before, "(1 - z) * n + z * h_prev", "z * n + (1 - z) * h_prev", "z is the other way round"),
        slip(before, "(r * h_prev) @ R_n.T", "(r * h_prev) @ R_n", "R_n is transposed here"),
        slip(before, "(r * h_prev) @ R_n.T", "h_prev @ R_n.T", "the reset gate is not used"),
        slip(before, "(r * h_prev) @ R_n.T", "(z * h_prev) @ R_n.T", "z stands where r belongs"),
        slip(before, "(r * h_prev) @ R_n.T", "((1 - r) * h_prev) @ R_n.T", "r is the other way round"),
        slip(before, "(r * h_prev) @ R_n.T", "r * (h_prev @ R_n.T)", "r scales the product"),
        slip(before, "(r * h_prev) @ R_n.T", "r * h_prev", "entries are wrong"),
        slip(before, "(1 - z) * n + z * h_prev", "(1 - z) * n + z * (r * h_prev)", "r acts inside n alone"),
        slip(before, "b = b_W + b_R", "b = b_W", "the bias b_R is missing everywhere"),
        slip(before, "b = b_W + b_R", "b = b_R", "the bias b_W is missing everywhere"),
        slip(before, "W_r, W_z, W_n = W[:H]", "W_z, W_r, W_n = W[:H]"),
        slip(before, "np.tanh(", "(", "n does not go through tanh"),
        slip(before, "return (1 - z) * n + z * h_prev", "return n", "this is n alone"),
        slip(
            before_row_by_row, "np.tanh(x_n + R_n @ (r * old) + b_n)", "np.tanh(x_n + R_n @ (r * old))", "missing in n"
        ),
        slip(
            before_row_by_row,
            "np.tanh(x_n + R_n @ (r * old) + b_n)",
            "np.tanh(x_n + R_n @ (r * old) + r * b_n)",
            "r scales the bias b_R",
        ),
        slip(
            before_row_by_row,
            "np.tanh(x_n + R_n @ (r * old) + b_n)",
            "np.tanh(x_n + r * (R_n @ (r * old) + b_n))",
            "r acts twice",
        ),
        slip(before_row_by_row, "z * old + (1 - z)", "old + (1 - z)", "the old state is added in full"),
        Wrong(before_into_h_prev, "changes its argument h_prev"),
        slip(before, "(r * h_prev) @ R_n.T", "((r * h_prev) @ R_n.T if H > 1 else h_prev @ R_n.T)"),
        slip(before, "(r * h_prev) @ R_n.T", "((r * h_prev) @ R_n.T if len(x_t) > 1 else r * (h_prev @ R_n.T))"),
        slip(before, "(r * h_prev) @ R_n.T", "((r * h_prev) @ R_n.T if b_R.any() else r * (h_prev @ R_n.T))"),
        slip(before, "(r * h_prev)", "(np.where(r < 1e-3, 0, r) * h_prev)"),
        slip(before, "(r * h_prev)", "np.where(np.abs(h_prev) < 1e-7, 0, r * h_prev)"),
    ),
    equivalent={},
)

# --- gru_step_backward ---


def step_back(dh, x_t, h_prev, W, R, b_W, b_R):
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = logistic(x_r + h_r), logistic(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    dn = dh * (1 - z)
    dz = dh * (h_prev - n)
    da_n = dn * (1 - n**2)
    dr = da_n * h_n
    dh_n = da_n * r
    da_z = dz * z * (1 - z)
    da_r = dr * r * (1 - r)
    da_x = np.hstack([da_r, da_z, da_n])
    da_h = np.hstack([da_r, da_z, dh_n])
    dx_t = da_x @ W
    dh_prev = da_h @ R + dh * z
    dW = da_x.T @ x_t
    dR = da_h.T @ h_prev
    db_W = da_x.sum(axis=0)
    db_R = da_h.sum(axis=0)
    return dx_t, dh_prev, dW, dR, db_W, db_R


def step_back_row_by_row(dh, x_t, h_prev, W, R, b_W, b_R):
    H = h_prev.shape[1]
    dx_t, dh_prev, dW, dR, db_W, db_R = (np.zeros_like(a) for a in (x_t, h_prev, W, R, b_W, b_R))
    for row in range(len(x_t)):
        x, h = W @ x_t[row] + b_W, R @ h_prev[row] + b_R
        gates = logistic(x[: 2 * H] + h[: 2 * H])
        r, z = gates[:H], gates[H:]
        n = np.tanh(x[2 * H :] + r * h[2 * H :])
        da_n = dh[row] * (1 - z) * (1 - n) * (1 + n)
        da_r = da_n * h[2 * H :] * r * (1 - r)
        da_z = dh[row] * (h_prev[row] - n) * z * (1 - z)
        to_x, to_h = np.concatenate([da_r, da_z, da_n]), np.concatenate([da_r, da_z, r * da_n])
        dx_t[row] = W.T @ to_x
        dh_prev[row] = R.T @ to_h + z * dh[row]
        dW += np.outer(to_x, x_t[row])
        dR += np.outer(to_h, h_prev[row])
        db_W += to_x
        db_R += to_h
    return dx_t, dh_prev, dW, dR, db_W, db_R


def step_back_by_einsum(dh, x_t, h_prev, W, R, b_W, b_R):
    B, H = dh.shape
    w, q = W.reshape(3, H, -1), R.reshape(3, H, H)
    x = np.einsum("bd,khd->kbh", x_t, w) + b_W.reshape(3, 1, H)
    h = np.einsum("bj,khj->kbh", h_prev, q) + b_R.reshape(3, 1, H)
    r, z = logistic(x[:2] + h[:2])
    n = np.tanh(x[2] + r * h[2])
    da = np.empty((3, B, H), dtype=dh.dtype)
    da[2] = dh * (1 - z) * (1 - n * n)
    da[1] = dh * (h_prev - n) * z * (1 - z)
    da[0] = da[2] * h[2] * r * (1 - r)
    scaled = da * np.stack([np.ones_like(r), np.ones_like(r), r])
    dx_t, dh_prev = np.einsum("kbh,khd->bd", da, w), dh * z + np.einsum("kbh,khj->bj", scaled, q)
    dW, dR = np.einsum("kbh,bd->khd", da, x_t), np.einsum("kbh,bj->khj", scaled, h_prev)
    return dx_t, dh_prev, dW.reshape(W.shape), dR.reshape(R.shape), da.sum(1).ravel(), scaled.sum(1).ravel()


def step_back_by_torch(dh, x_t, h_prev, W, R, b_W, b_R):
    import torch

    given = [torch.from_numpy(a).requires_grad_() for a in (x_t, h_prev, W, R, b_W, b_R)]
    x, h, w, q, c, d = given
    x_r, x_z, x_n = (x @ w.T + c).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ q.T + d).chunk(3, dim=1)
    z = torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n)
    return tuple(g.numpy() for g in torch.autograd.grad((1 - z) * n + z * h, given, torch.from_numpy(dh)))


def step_back_unit_by_unit(dh, x_t, h_prev, W, R, b_W, b_R):
    """What goes back is linear in what arrives: one unit's part after the other, added up."""
    total = None
    for j in range(dh.shape[1]):
        part = step_back(np.where(np.arange(dh.shape[1]) == j, dh, 0), x_t, h_prev, W, R, b_W, b_R)
        total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
    return total


def step_back_in_extended_precision(*arguments):
    results = step_back(*(a.astype(np.longdouble) for a in arguments))
    return tuple(np.asfortranarray(a.astype(arguments[0].dtype)) for a in results)


sums = {}


def step_back_that_adds_up(dh, x_t, h_prev, W, R, b_W, b_R):
    """dW is added to what earlier calls of this size have left."""
    dx_t, dh_prev, dW, dR, db_W, db_R = step_back(dh, x_t, h_prev, W, R, b_W, b_R)
    sums[W.shape] = sums.get(W.shape, 0) + dW
    return dx_t, dh_prev, sums[W.shape].copy(), dR, db_W, db_R


def step_back_into_dh(dh, x_t, h_prev, W, R, b_W, b_R):
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = logistic(x_r + h_r), logistic(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    da_n, da_z = dh * (1 - z) * (1 - n * n), dh * (h_prev - n) * z * (1 - z)
    da_r = da_n * h_n * r * (1 - r)
    da_x, da_h = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r])
    dh *= z
    dh += da_h @ R
    return da_x @ W, dh.copy(), da_x.T @ x_t, da_h.T @ h_prev, da_x.sum(axis=0), da_h.sum(axis=0)


GRU_STEP_BACKWARD = Answers(
    correct=(
        step_back,
        step_back_row_by_row,
        step_back_by_einsum,
        step_back_by_torch,
        step_back_unit_by_unit,
        step_back_in_extended_precision,
    ),
    wrong=(
        slip(step_back, "da_h @ R + dh * z", "da_h @ R", "the direct way is missing"),
        slip(step_back, "da_h @ R + dh * z", "dh * z", "only the direct way is there"),
        slip(step_back, "da_h @ R + dh * z", "da_h @ R + dh * (1 - z)", "weighted with 1 - z"),
        slip(step_back, "da_h @ R + dh * z", "da_h @ R + dh", "the direct way is not weighted"),
        slip(step_back, "da_h @ R + dh * z", "da_x @ R + dh * z", "with the input's side"),
        slip(step_back, "h_prev - n)", "n - h_prev)", "z has the wrong sign"),
        slip(step_back, "dh * (h_prev - n)", "dh * h_prev", "It also stands in (1 - z) * n"),
        slip(step_back, "dn = dh * (1 - z)", "dn = dh * z", "n gets dh * z"),
        slip(step_back, "dn = dh * (1 - z)", "dn = dh", "n gets the whole dh"),
        slip(step_back, "dn * (1 - n**2)", "dn", "the slope of n's tanh"),
        slip(step_back, "dn * (1 - n**2)", "dn * n * (1 - n)", "n is given the slope of the logistic"),
        slip(step_back, "dr * r * (1 - r)", "dr", "missing at the reset gate"),
        slip(step_back, "dz * z * (1 - z)", "dz", "missing at the update gate"),
        slip(step_back, "dr = da_n * h_n", "dr = da_n * h_prev", "r gets da_n * h_prev"),
        slip(step_back, "dr = da_n * h_n", "dr = da_n * (h_n - b_R[-h_n.shape[1] :])", "without its bias"),
        slip(step_back, "dr = da_n * h_n", "dr = dn * h_n", "the blame before n's tanh"),
        slip(step_back, "dh_n = da_n * r", "dh_n = da_n", "r multiplied that part"),
        slip(step_back, "[da_r, da_z, da_n]", "[da_r, da_z, dh_n]", "r scaled only the state's part"),
        slip(step_back, "db_R = da_h.sum(axis=0)", "db_R = db_W.copy()", "db_R is a copy of db_W"),
        slip(step_back, "db_R = da_h.sum(axis=0)", "db_R = db_W", "db_R is a copy of db_W"),
        slip(step_back, "da_h.T @ h_prev", "da_x.T @ h_prev", "dR is made from the input's side"),
        slip(step_back, "da_h.T @ h_prev", "h_prev.T @ da_h", "dR comes out transposed"),
        slip(step_back, "da_x.T @ x_t", "x_t.T @ da_x", "dW comes out transposed"),
        slip(step_back, "da_x @ W\n", "da_x @ W.T\n", "W is transposed here"),
        slip(step_back, "da_h @ R +", "da_h @ R.T +", "ValueError"),
        slip(step_back, "return dx_t, dh_prev,", "return dh_prev, dx_t,", "changed places"),
        slip(step_back, "db_W, db_R\n", "db_W\n", "returns 5 values; expected 6"),
        slip(step_back_row_by_row, "range(len(x_t))", "range(1)", "right at the first row only"),
        slip(step_back_row_by_row, "dW += ", "dW = ", "dW"),
        Wrong(step_back_into_dh, "changes its argument dh"),
        Wrong(step_back_that_adds_up, "two results"),
        slip(step_back, "dn = dh * (1 - z)", "dh = np.clip(dh, -20, 20)\n    dn = dh * (1 - z)"),
        slip(step_back, "dn = dh * (1 - z)", "dn = np.where(np.abs(dh) < 1e-8, 0, dh) * (1 - z)"),
        slip(step_back, "db_R = da_h.sum(axis=0)", "db_R = (da_h if len(da_h) > 1 else da_x).sum(axis=0)"),
        slip(step_back, "da_x.T @ x_t", "(da_x.T @ x_t if x_t.shape[1] > 1 else np.outer(da_x[0], x_t[0]))"),
        slip(step_back, "da_h @ R + dh * z", "da_h @ R + dh * z * (np.abs(h_prev) < 0.999)"),
        slip(step_back, "dh_prev = da_h @ R", "dh_prev = np.clip(da_h @ R, -1e6, 1e6)"),
        slip(step_back, "dh * z\n", "np.where(np.abs(dh) < 1e-10, 0, dh) * z\n"),
        slip(step_back, "dr * r * (1 - r)", "dr * np.where(r > 1 - 1e-4, 0, r * (1 - r))"),
        slip(step_back, "dr = da_n * h_n", "dr = da_n * (h_n if b_R.any() or h_prev.any() else h_n + 1)"),
    ),
    equivalent={},
)

ANSWERS = {
    "gru_step": GRU_STEP,
    "gru_step_reset_before": GRU_STEP_RESET_BEFORE,
    "gru_step_backward": GRU_STEP_BACKWARD,
}
