"""Answers to the exercises of chapter 09."""

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- keep_write_read ---


def cell_by_loop(values, keep, write, read):
    m = 0.0
    outputs = []
    for v, k, w, r in zip(values, keep, write, read, strict=True):
        m = k * m + w * v
        outputs.append(r * m)
    return np.array(outputs, dtype=values.dtype)


def cell_with_array_of_memories(values, keep, write, read):
    T = len(values)
    m = np.zeros(T + 1, dtype=values.dtype)
    for t in range(T):
        m[t + 1] = keep[t] * m[t] + write[t] * values[t]
    return read * m[1:]


def cell_as_weighted_sum(values, keep, write, read):
    """What is read at t is the sum of all that was written, each times the product of the keeps since."""
    written = write * values
    left = np.zeros((len(values), len(values)), dtype=values.dtype)
    for s in range(len(values)):
        left[s:, s] = np.cumprod(np.concatenate([np.ones(1, dtype=keep.dtype), keep[s + 1 :]]))
    return read * (left @ written)


def cell_by_accumulate(values, keep, write, read):
    from itertools import accumulate

    memories = accumulate(zip(keep, write * values, strict=True), lambda m, kv: kv[0] * m + kv[1], initial=0.0)
    return (np.array(list(memories)[1:]) * read).astype(values.dtype)


def cell_by_doubling(values, keep, write, read):
    """Every step is a map m -> k m + v; neighbours are joined, then neighbours of neighbours."""
    k, m, reach = keep.copy(), write * values, 1
    while reach < len(m):
        m[reach:] = m[reach:] + k[reach:] * m[:-reach]
        k[reach:] = k[reach:] * k[:-reach]
        reach *= 2
    return read * m


def cell_by_equations(values, keep, write, read):
    """All memories at once: m_t - keep_t m_{t-1} = what is written."""
    T = len(values)
    equations = np.eye(T, dtype=values.dtype)
    equations[np.arange(1, T), np.arange(T - 1)] = -keep[1:]
    return read * np.linalg.solve(equations, write * values)


def cell_by_recursion(values, keep, write, read):
    def held(t):
        return keep[t] * (held(t - 1) if t else 0) + write[t] * values[t]

    return np.fromiter((read[t] * held(t) for t in range(len(values))), dtype=values.dtype)


def cell_by_division(values, keep, write, read):
    """Everything divided by the product of the keeps so far, which a shut switch makes 0."""
    product = np.cumprod(keep)
    return read * product * np.cumsum(write * values / product)


def cell_that_writes_into_values(values, keep, write, read):
    values *= write
    for t in range(1, len(values)):
        values[t] += keep[t] * values[t - 1]
    return read * values


def cell_in_global_memory(values, keep, write, read):
    global remembered
    outputs = np.empty_like(values)
    for t in range(len(values)):
        remembered = keep[t] * remembered + write[t] * values[t]
        outputs[t] = read[t] * remembered
    return outputs


remembered = 0.0

KEEP_WRITE_READ = Answers(
    correct=(
        cell_by_loop,
        cell_with_array_of_memories,
        cell_as_weighted_sum,
        cell_by_accumulate,
        cell_by_doubling,
        cell_by_equations,
        cell_by_recursion,
    ),
    wrong=(
        slip(cell_by_loop, "m = k * m + w * v", "m = v if w > 0.5 else k * m"),
        slip(cell_by_loop, "m = k * m + w * v", "m = (1 - w) * k * m + w * v", "writing erases here"),
        slip(cell_by_loop, "k * m", "(1 - k) * m", "keep is turned round"),
        slip(cell_by_loop, "m = k * m + w * v", "m = w * v", "nothing is carried"),
        slip(cell_by_loop, "m = k * m + w * v", "m += w * v", "keep is not used"),
        slip(cell_by_loop, "w * v", "v", "the whole value is written"),
        slip(cell_by_loop, "k * m + w * v", "k * (m + w * v)", "multiplied by keep too"),
        slip(cell_by_loop, "k * m + w * v", "k * m + (1 - k) * v", "write is taken as 1 - keep"),
        slip(cell_with_array_of_memories, "read * m[1:]", "read * m[:-1]", "read before the step writes"),
        slip(cell_with_array_of_memories, "read * m[1:]", "m[1:]", "read is not used"),
        slip(cell_with_array_of_memories, "read * m[1:]", "m[:-1]", "entries are wrong"),
        slip(cell_with_array_of_memories, "read * m[1:]", "read * np.tanh(m[1:])", "goes through tanh"),
        slip(
            cell_with_array_of_memories,
            "np.zeros(T + 1, dtype=values.dtype)",
            "np.full(T + 1, values[0])",
            "starts empty",
        ),
        slip(cell_by_loop, "outputs.append(r * m)", "m = r * m\n        outputs.append(m)", "left at read[t] times"),
        slip(
            cell_by_loop,
            "outputs.append(r * m)",
            "outputs.append(r * m)\n        m -= r * m",
            "taken out of the memory",
        ),
        slip(cell_by_loop, "np.array(outputs, dtype=values.dtype)", "outputs", "make them an array"),
        slip(cell_by_loop, ", dtype=values.dtype", ", dtype=float", "keep the dtype"),
        slip(cell_by_loop, "np.array(outputs, dtype=values.dtype)", "outputs[-1]", "the last output alone"),
        slip(cell_by_loop, "        outputs.append(r * m)", "        outputs.append(round(r) * m)"),
        slip(cell_by_loop, "k * m + w * v", "min(100, max(-100, k * m + w * v))"),
        slip(cell_by_loop, "k * m", "(k * m if abs(m) > 1e-7 else 0)"),
        slip(cell_by_loop, "k * m", "(k > 1e-3) * k * m"),
        slip(cell_by_loop, "k * m", "(k if k < 0.999 else 1) * m"),
        slip(cell_by_loop, "m = k * m + w * v", "m = k * m + w * v if w else m"),
        slip(
            cell_as_weighted_sum,
            "left[s:, s] = np.cumprod(np.concatenate([np.ones(1, dtype=keep.dtype), keep[s + 1 :]]))",
            "left[s : s + 40, s] = np.cumprod(np.concatenate([np.ones(1), keep[s + 1 : s + 40]]))",
        ),
        Wrong(cell_by_division, "NaN"),
        Wrong(cell_that_writes_into_values, "changes its argument values"),
        Wrong(cell_in_global_memory, "depends on more than its arguments"),
        slip(cell_by_loop, "k * m + w * v", "round(k * m + w * v, 10)"),
        slip(cell_by_loop, "k * m + w * v", "min(1e5, max(-1e5, k * m + w * v))"),
        slip(cell_by_loop, "w * v", "(w * v if abs(v) > 1e-8 else 0)"),
        slip(cell_by_loop, "k * m", "max(k, 1e-8) * m"),
    ),
    equivalent={
        "6:36: values → keep": "both are (T,) and of one type: the outputs' shape and dtype are the same",
        "6:36: values → read": "both are (T,) and of one type: the outputs' shape and dtype are the same",
        "7:23: values → keep": "both have T entries",
        "7:23: values → read": "both have T entries",
    },
    impossible={
        "right unless keep is large": "a switch stands between 0 and 1",
        "right unless write is large": "a switch stands between 0 and 1",
        "right unless read is large": "a switch stands between 0 and 1",
    },
)

# --- lstm_step ---


def logistic(a):
    return 1 / (1 + np.exp(-a))


def step(x_t, h_prev, c_prev, W, R, b):
    H = h_prev.shape[1]
    a = x_t @ W.T + h_prev @ R.T + b
    i = logistic(a[:, :H])
    f = logistic(a[:, H : 2 * H])
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = logistic(a[:, 3 * H :])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def step_row_by_row(x_t, h_prev, c_prev, W, R, b):
    h, c = np.empty_like(h_prev), np.empty_like(c_prev)
    for row in range(len(x_t)):
        i, f, g, o = (W @ x_t[row] + R @ h_prev[row] + b).reshape(4, -1)
        c[row] = logistic(f) * c_prev[row] + logistic(i) * np.tanh(g)
        h[row] = logistic(o) * np.tanh(c[row])
    return h, c


def step_by_einsum(x_t, h_prev, c_prev, W, R, b):
    H = h_prev.shape[1]
    W, R, b = W.reshape(4, H, -1), R.reshape(4, H, H), b.reshape(4, 1, H)
    a = np.einsum("bd,khd->kbh", x_t, W) + np.einsum("bj,khj->kbh", h_prev, R) + b
    i, f, o = 0.5 + 0.5 * np.tanh(a[[0, 1, 3]] / 2)
    c = i * np.tanh(a[2]) + f * c_prev
    return [np.tanh(c) * o, c]


def step_gate_by_gate(x_t, h_prev, c_prev, W, R, b):
    """One product for both inputs, every gate on its own, tanh in place of the logistic function."""
    both, weights = np.hstack([x_t, h_prev]), np.hstack([W, R])
    gates = []
    for w, bias, act in zip(np.split(weights, 4), np.split(b, 4), (logistic, logistic, np.tanh, logistic), strict=True):
        gates.append(act(np.dot(both, w.T) + bias))
    c = np.multiply(gates[1], c_prev)
    c += gates[0] * gates[2]
    return gates[3] * np.tanh(c), c


def step_by_torch(x_t, h_prev, c_prev, W, R, b):
    import torch

    x, h, c, w, r, bias = (torch.from_numpy(a) for a in (x_t, h_prev, c_prev, W, R, b))
    h, c = torch.lstm_cell(x, (h, c), w, r, bias, torch.zeros_like(bias))
    return h.numpy(), c.numpy()


def step_with_a_column_of_ones(x_t, h_prev, c_prev, W, R, b):
    """The bias as the weights of one more input, which is always 1."""
    ones = np.ones((len(x_t), 1), dtype=x_t.dtype)
    a = np.block([x_t, h_prev, ones]) @ np.block([W, R, b[:, None]]).T
    i, f, g, o = a.reshape(len(x_t), 4, -1).swapaxes(0, 1)
    c = sum((logistic(f) * c_prev, logistic(i) * np.tanh(g)))
    return logistic(o) * np.tanh(c), c


def step_unit_by_unit(x_t, h_prev, c_prev, W, R, b):
    @np.vectorize
    def unit(i, f, g, o, old):
        new = 1 / (1 + np.exp(-f)) * old + 1 / (1 + np.exp(-i)) * np.tanh(g)
        return 1 / (1 + np.exp(-o)) * np.tanh(new), new

    h, c = unit(*np.hsplit(x_t @ W.T + h_prev @ R.T + b, 4), c_prev)
    return h.astype(x_t.dtype), c.astype(x_t.dtype)


def step_into_one_array(x_t, h_prev, c_prev, W, R, b):
    """Both results are views of one array, strided and read-only."""
    both = np.empty((*h_prev.shape, 2), dtype=h_prev.dtype, order="F")
    both[..., 0], both[..., 1] = step(x_t, h_prev, c_prev, W, R, b)
    both.flags.writeable = False
    return both[..., 0], both[..., 1]


def step_in_extended_precision(x_t, h_prev, c_prev, W, R, b):
    results = step(*(a.astype(np.longdouble) for a in (x_t, h_prev, c_prev, W, R, b)))
    return tuple(a.astype(x_t.dtype) for a in results)


def clipped_exponents(x_t, h_prev, c_prev, W, R, b):
    """exp(500) overflows in single precision alone."""

    def s(a):
        return np.exp(np.clip(a, -500, 500)) / (1 + np.exp(np.clip(a, -500, 500)))

    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    c = s(f) * c_prev + s(i) * np.tanh(g)
    return s(o) * np.tanh(c), c


def step_there_and_back(x_t, h_prev, c_prev, W, R, b):
    """The old cells are written over and put back: nobody else may look in between."""
    kept = c_prev.copy()
    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    c_prev *= logistic(f)
    c_prev += logistic(i) * np.tanh(g)
    c = c_prev.copy()
    c_prev[:] = kept
    return logistic(o) * np.tanh(c), c


known_steps = {}


def step_known_by_its_weights(x_t, h_prev, c_prev, W, R, b):
    key = W.tobytes(), R.tobytes(), b.tobytes()
    if key not in known_steps:
        known_steps[key] = step(x_t, h_prev, c_prev, W, R, b)
    return tuple(a.copy() for a in known_steps[key])


def step_into_c_prev(x_t, h_prev, c_prev, W, R, b):
    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    c_prev *= logistic(f)
    c_prev += logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c_prev), c_prev.copy()


def exp_over_one_plus_exp(x_t, h_prev, c_prev, W, R, b):
    def s(a):
        return np.exp(a) / (1 + np.exp(a))

    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    c = s(f) * c_prev + s(i) * np.tanh(g)
    return s(o) * np.tanh(c), c


def clipped_arguments(x_t, h_prev, c_prev, W, R, b):
    i, f, g, o = np.split(np.clip(x_t @ W.T + h_prev @ R.T + b, -5, 5), 4, axis=1)
    c = logistic(f) * c_prev + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c), c


LSTM_STEP = Answers(
    correct=(
        step,
        step_row_by_row,
        step_by_einsum,
        step_gate_by_gate,
        step_by_torch,
        step_with_a_column_of_ones,
        step_unit_by_unit,
        step_into_one_array,
        step_in_extended_precision,
    ),
    wrong=(
        slip(step_row_by_row, "i, f, g, o =", "i, f, o, g =", "in the order i, f, o, g"),
        slip(step_row_by_row, "i, f, g, o =", "f, i, g, o =", "input and the forget gate have changed places"),
        slip(step_row_by_row, "i, f, g, o =", "i, g, f, o =", "in the order i, g, f, o"),
        slip(step_row_by_row, ".reshape(4, -1)", ".reshape(-1, 4).T", "row by row in turns"),
        slip(step, "logistic(a[:, H : 2 * H])", "logistic(a[:, H : 2 * H] + 1)", "a value that b starts with"),
        slip(step, "h = o * np.tanh(c)", "h = o * c", "without tanh"),
        slip(step, "f * c_prev + i * g", "c_prev + i * g", "does not go through the forget gate"),
        slip(step, "f * c_prev + i * g", "f * c_prev + g", "the input gate is not used"),
        slip(step, "f * c_prev + i * g", "f * c_prev + (1 - f) * g", "coupled gates"),
        slip(step, "f * c_prev", "(1 - f) * c_prev", "f = 1 keeps"),
        slip(step, "c = f * c_prev + i * g", "c = i * g", "the old cell is lost"),
        slip(step, "c = f * c_prev + i * g", "c = np.tanh(f * c_prev + i * g)", "before it is stored"),
        slip(step, "np.tanh(c)", "np.tanh(c_prev)", "made from the old cell"),
        slip(step, "o * np.tanh(c)", "np.tanh(o * c)", "inside the tanh"),
        slip(step, "o * np.tanh(c)", "np.tanh(c)", "the output gate is not used"),
        slip(step, "np.tanh(a[:, 2 * H : 3 * H])", "logistic(a[:, 2 * H : 3 * H])", "g goes through the logistic"),
        slip(step, "np.tanh(a[:, 2 * H : 3 * H])", "a[:, 2 * H : 3 * H]", "g does not go through tanh"),
        slip(step, " + b\n", " + b + b\n", "the bias is added twice"),
        slip(step, " + b\n", "\n", "the bias is missing"),
        slip(step, " + h_prev @ R.T", "", "the last state is not used"),
        slip(step, "h_prev @ R.T", "c_prev @ R.T", "R multiplies h_prev"),
        slip(step, "return h, c", "return c, h", "return h, then c"),
        slip(step, "return h, c", "return h", "expected 2 values: h, c"),
        slip(step, "return h, c", "return np.stack([h, c])", "expected 2 values: h, c"),
        slip(step, "return h, c", "return h, c_prev", "shares its memory with the argument c_prev"),
        slip(step, "return h, c", "return h.astype(float), c.astype(float)", "keep the dtype"),
        slip(step, "x_t @ W.T", "x_t @ W", "ValueError"),
        slip(step_row_by_row, "c_prev[row]", "c_prev[0]", "right at the first row only"),
        Wrong(step_into_c_prev, "changes its argument c_prev"),
        Wrong(exp_over_one_plus_exp, "exp overflows"),
        Wrong(clipped_arguments),
        Wrong(clipped_exponents),
        Wrong(step_there_and_back, "read-only"),
        Wrong(step_known_by_its_weights),
        slip(step, "x_t @ W.T", "(x_t @ W if len(W) == x_t.shape[1] else x_t @ W.T)"),
        slip(step, "a = x_t @ W.T + h_prev @ R.T + b", "a = np.clip(x_t @ W.T + h_prev @ R.T + b, -15, 15)"),
        slip(step, "c = f * c_prev + i * g", "c = np.clip(f * c_prev + i * g, -50, 50)"),
        slip(step, "return h, c", "return np.squeeze(h), np.squeeze(c)", "has shape"),
        slip(step_row_by_row, "range(len(x_t))", "range(len(x_t) // 4 * 4 or len(x_t))"),
        slip(step, "c = f * c_prev + i * g", "c = np.clip(f * c_prev + i * g, -1e5, 1e5)"),
        slip(step, "f * c_prev +", "(0 if np.allclose(c_prev, 0) else f * c_prev) +"),
        slip(step, "h_prev @ R.T", "np.where(np.abs(h_prev) < 1e-6, 0, h_prev) @ R.T"),
        slip(step, "h_prev @ R.T", "np.clip(h_prev, -10, 10) @ R.T"),
        slip(step, "f * c_prev +", "np.where(f > 0.9999, 1, f) * c_prev +"),
        slip(step, "i * g", "np.where(i < 1e-4, 0, i) * g"),
        slip(step, "return h, c", "return h, c.round(10)"),
    ),
    equivalent={},
)

# --- peephole_lstm_step ---


def peephole_step(x_t, h_prev, c_prev, W, R, b, p):
    H = h_prev.shape[1]
    a = x_t @ W.T + h_prev @ R.T + b
    p_i, p_f, p_o = p
    i = logistic(a[:, :H] + p_i * c_prev)
    f = logistic(a[:, H : 2 * H] + p_f * c_prev)
    g = np.tanh(a[:, 2 * H : 3 * H])
    c = f * c_prev + i * g
    o = logistic(a[:, 3 * H :] + p_o * c)
    h = o * np.tanh(c)
    return h, c


def peephole_unit_by_unit(x_t, h_prev, c_prev, W, R, b, p):
    (B, H), h, c = h_prev.shape, np.empty_like(h_prev), np.empty_like(c_prev)
    for row in range(B):
        a = W @ x_t[row] + R @ h_prev[row] + b
        for j in range(H):
            old = c_prev[row, j]
            i, f = logistic(a[j] + p[0, j] * old), logistic(a[H + j] + p[1, j] * old)
            c[row, j] = f * old + i * np.tanh(a[2 * H + j])
            h[row, j] = logistic(a[3 * H + j] + p[2, j] * c[row, j]) * np.tanh(c[row, j])
    return h, c


def peephole_by_diagonal_matrices(x_t, h_prev, c_prev, W, R, b, p):
    """A peephole is a matrix that is zero off its diagonal."""
    P_i, P_f, P_o = (np.diag(row) for row in p)
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=-1)
    i, f = logistic(a_i + c_prev @ P_i), logistic(a_f + c_prev @ P_f)
    c = f * c_prev + i * np.tanh(a_g)
    return logistic(a_o + c @ P_o) * np.tanh(c), c


def peephole_by_torch(x_t, h_prev, c_prev, W, R, b, p):
    import torch

    x, h, c, w, r, bias, p = (torch.from_numpy(a) for a in (x_t, h_prev, c_prev, W, R, b, p))
    i, f, g, o = (x @ w.T + h @ r.T + bias).chunk(4, dim=1)
    c = torch.sigmoid(f + p[1] * c) * c + torch.sigmoid(i + p[0] * c) * torch.tanh(g)
    return (torch.sigmoid(o + p[2] * c) * torch.tanh(c)).numpy(), c.numpy()


def peepholes_as_more_weights(x_t, h_prev, c_prev, W, R, b, p):
    """The old cells are inputs like x_t, with weights off the diagonal zero."""
    H = h_prev.shape[1]
    P = np.zeros((4 * H, H), dtype=p.dtype)
    P[np.arange(2 * H), np.tile(np.arange(H), 2)] = p[:2].ravel()
    a = np.hstack([x_t, h_prev, c_prev]) @ np.hstack([W, R, P]).T + b
    c = logistic(a[:, H : 2 * H]) * c_prev + logistic(a[:, :H]) * np.tanh(a[:, 2 * H : 3 * H])
    return logistic(a[:, 3 * H :] + c * p[2]) * np.tanh(c), c


def peepholes_after_the_first_row(x_t, h_prev, c_prev, W, R, b, p):
    """Every row looks at the first row's cells."""
    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    c = logistic(f + p[1] * c_prev[0]) * c_prev + logistic(i + p[0] * c_prev[0]) * np.tanh(g)
    return logistic(o + p[2] * c) * np.tanh(c), c


PEEPHOLE_LSTM_STEP = Answers(
    correct=(
        peephole_step,
        peephole_unit_by_unit,
        peephole_by_diagonal_matrices,
        peephole_by_torch,
        peepholes_as_more_weights,
    ),
    wrong=(
        slip(peephole_step, "p_o * c)", "p_o * c_prev)", "the output gate sees the old cell"),
        slip(peephole_step, " + p_o * c)", ")", "the output gate has no peephole"),
        slip(peephole_step, "p_o * c)", "p_o * np.tanh(c))", "the output gate looks at tanh"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_f, p_i, p_o = p", "in the order f, i, o"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_o, p_f = p", "in the order i, o, f"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = 0 * p", "the peepholes are not used"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = 0, 0, p[2]", "only the output gate has a peephole"),
        slip(
            peephole_step,
            "np.tanh(a[:, 2 * H : 3 * H])",
            "np.tanh(a[:, 2 * H : 3 * H] + p_o * c_prev)",
            "g has a peephole too",
        ),
        slip(peephole_step, "logistic(a[:, :H] + p_i * c_prev)", "logistic(a[:, :H]) + p_i * c_prev"),
        slip(peephole_step, "a[:, :H] + p_i * c_prev", "a[:, :H] + p_i * h_prev"),
        slip(peephole_step, "a[:, :H] + p_i * c_prev", "a[:, :H] - p_i * c_prev"),
        slip(peephole_step, "h = o * np.tanh(c)", "h = o * c", "without tanh"),
        slip(peephole_step, "f * c_prev + i * g", "c_prev + i * g", "does not go through the forget gate"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = p.reshape(-1, 3).T", "entries are wrong"),
        slip(peephole_step, "return h, c", "return c, h", "return h, then c"),
        slip(
            peephole_by_diagonal_matrices,
            "(np.diag(row) for row in p)",
            "(np.tile(row[:, None], len(row)) for row in p)",
            "weighted sums over all cells",
        ),
        slip(peephole_by_diagonal_matrices, "a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g =", "in the order i, f, o, g"),
        slip(
            peephole_by_diagonal_matrices,
            "i, f = logistic(a_i + c_prev @ P_i), logistic(a_f + c_prev @ P_f)",
            "i, f = logistic(a_i + h_prev @ P_i), logistic(a_f + h_prev @ P_f)",
            "i and f look at the last state",
        ),
        Wrong(peepholes_after_the_first_row, "right at the first row only"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = p.T if len(p) == H else p"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = np.abs(p)"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = p if p.any() else p + 1e-3"),
        slip(peephole_step, "p_f * c_prev)", "p_f * np.clip(c_prev, -20, 20))"),
        slip(peephole_step, "p_f * c_prev)", "p_f * np.clip(c_prev, -1e5, 1e5))"),
        slip(peephole_step, "p_i, p_f, p_o = p", "p_i, p_f, p_o = p if np.abs(p).max() > 1e-4 else 0 * p"),
    ),
    equivalent={},
)

# --- lstm_step_backward ---


def step_back(dh, dc, x_t, h_prev, c_prev, W, R, b):
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
    c = f * c_prev + i * g
    do = dh * np.tanh(c)
    dc_all = dc + dh * o * (1 - np.tanh(c) ** 2)
    di, df, dg = dc_all * g, dc_all * c_prev, dc_all * i
    dc_prev = dc_all * f
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_g = dg * (1 - g**2)
    da_o = do * o * (1 - o)
    da = np.hstack([da_i, da_f, da_g, da_o])
    dx_t = da @ W
    dh_prev = da @ R
    dW = da.T @ x_t
    dR = da.T @ h_prev
    db = da.sum(axis=0)
    return dx_t, dh_prev, dc_prev, dW, dR, db


def step_back_row_by_row(dh, dc, x_t, h_prev, c_prev, W, R, b):
    H = h_prev.shape[1]
    dx_t, dh_prev, dc_prev, dW, dR, db = (np.zeros_like(a) for a in (x_t, h_prev, c_prev, W, R, b))
    for row in range(len(x_t)):
        a = W @ x_t[row] + R @ h_prev[row] + b
        s, g = logistic(a), np.tanh(a[2 * H : 3 * H])
        i, f, o = s[:H], s[H : 2 * H], s[3 * H :]
        tanh_c = np.tanh(f * c_prev[row] + i * g)
        total = dc[row] + dh[row] * o * (1 - tanh_c) * (1 + tanh_c)
        da = np.empty_like(b)
        da[:H] = total * g * i * (1 - i)
        da[H : 2 * H] = total * c_prev[row] * f * (1 - f)
        da[2 * H : 3 * H] = total * i * (1 - g * g)
        da[3 * H :] = dh[row] * tanh_c * o * (1 - o)
        dx_t[row], dh_prev[row], dc_prev[row] = W.T @ da, R.T @ da, total * f
        dW += np.outer(da, x_t[row])
        dR += np.outer(da, h_prev[row])
        db += da
    return dx_t, dh_prev, dc_prev, dW, dR, db


def step_back_by_einsum(dh, dc, x_t, h_prev, c_prev, W, R, b):
    H = dh.shape[1]
    w, r = W.reshape(4, H, -1), R.reshape(4, H, H)
    a = np.einsum("bd,khd->kbh", x_t, w) + np.einsum("bj,khj->kbh", h_prev, r) + b.reshape(4, 1, H)
    gate, slope = logistic(a), logistic(a) * logistic(-a)
    gate[2], slope[2] = np.tanh(a[2]), 1 - np.tanh(a[2]) ** 2
    i, f, g, o = gate
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    da = slope * np.stack([dc * g, dc * c_prev, dc * i, dh * tanh_c])
    dx_t, dh_prev = np.einsum("kbh,khd->bd", da, w), np.einsum("kbh,khj->bj", da, r)
    dW, dR = np.einsum("kbh,bd->khd", da, x_t), np.einsum("kbh,bj->khj", da, h_prev)
    return dx_t, dh_prev, dc * f, dW.reshape(4 * H, -1), dR.reshape(4 * H, H), da.sum(axis=1).ravel()


def step_back_by_torch(dh, dc, x_t, h_prev, c_prev, W, R, b):
    import torch

    x, h, c, w, r, bias = (torch.from_numpy(a).requires_grad_() for a in (x_t, h_prev, c_prev, W, R, b))
    i, f, g, o = (x @ w.T + h @ r.T + bias).chunk(4, dim=1)
    c_new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h_new = torch.sigmoid(o) * torch.tanh(c_new)
    arrived = torch.from_numpy(dh), torch.from_numpy(dc)
    return tuple(d.numpy() for d in torch.autograd.grad((h_new, c_new), (x, h, c, w, r, bias), arrived))


def step_back_by_jacobians(dh, dc, x_t, h_prev, c_prev, W, R, b):
    """Each row's derivatives of c and h as matrices, (H, 4H), which the gradients that arrive are multiplied with."""
    rows = []
    for x, h, old, dh_row, dc_row in zip(x_t, h_prev, c_prev, dh, dc, strict=True):
        i, f, g, o = np.split(W @ x + R @ h + b, 4)
        i, f, g, o = logistic(i), logistic(f), np.tanh(g), logistic(o)
        tanh_c = np.tanh(f * old + i * g)
        through_h = np.diag(o * (1 - tanh_c**2))
        c_by_a = np.hstack([np.diag(d) for d in (g * i * (1 - i), old * f * (1 - f), i * (1 - g**2), 0 * o)])
        h_by_a = through_h @ c_by_a + np.hstack([np.diag(d) for d in (0 * i, 0 * f, 0 * g, tanh_c * o * (1 - o))])
        da = dc_row @ c_by_a + dh_row @ h_by_a
        rows.append((da @ W, da @ R, (dc_row + dh_row @ through_h) * f, np.outer(da, x), np.outer(da, h), da))
    dx_t, dh_prev, dc_prev, *weights = zip(*rows, strict=True)
    return [*map(np.stack, (dx_t, dh_prev, dc_prev)), *map(sum, weights)]


def step_back_with_cosh(dh, dc, x_t, h_prev, c_prev, W, R, b):
    """The slope of tanh as 1 / cosh²: infinity under the line is 0."""
    a_i, a_f, a_g, a_o = np.hsplit(x_t @ W.T + h_prev @ R.T + b, 4)
    i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
    c = f * c_prev + i * g
    dc = dc + dh * o / np.cosh(c) ** 2
    da = np.hstack(
        [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i / np.cosh(a_g) ** 2, dh * np.tanh(c) * o * (1 - o)]
    )
    return da @ W, da @ R, dc * f, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def step_back_in_extended_precision(*arguments):
    results = step_back(*(a.astype(np.longdouble) for a in arguments))
    return tuple(np.asfortranarray(a.astype(arguments[0].dtype)) for a in results)


def step_back_with_exponents(dh, dc, x_t, h_prev, c_prev, W, R, b):
    """The slope of the logistic function as e^-a / (1 + e^-a)²: infinity over infinity."""
    a_i, a_f, a_g, a_o = np.hsplit(x_t @ W.T + h_prev @ R.T + b, 4)
    i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)

    def slope(a):
        return np.exp(-a) / (1 + np.exp(-a)) ** 2

    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    da = np.hstack([dc * g * slope(a_i), dc * c_prev * slope(a_f), dc * i * (1 - g**2), dh * tanh_c * slope(a_o)])
    return da @ W, da @ R, dc * f, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def step_back_into_dc(dh, dc, x_t, h_prev, c_prev, W, R, b):
    i, f, g, o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = logistic(i), logistic(f), np.tanh(g), logistic(o)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc += dh * o * (1 - tanh_c**2)
    gates = (dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g * g), dh * tanh_c * o * (1 - o))
    da = np.hstack(gates)
    return da @ W, da @ R, dc * f, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


LSTM_STEP_BACKWARD = Answers(
    correct=(
        step_back,
        step_back_row_by_row,
        step_back_by_einsum,
        step_back_by_torch,
        step_back_by_jacobians,
        step_back_with_cosh,
        step_back_in_extended_precision,
    ),
    wrong=(
        slip(step_back, "dc + dh * o", "dh * o", "the dc that arrives from step t + 1 is not added"),
        slip(step_back, "dc + dh * o * (1 - np.tanh(c) ** 2)", "dc", "the blame that comes through h"),
        slip(
            step_back,
            "dc + dh * o * (1 - np.tanh(c) ** 2)",
            "dc + dh * o",
            "the slope of the tanh around the cell is missing",
        ),
        slip(step_back, "1 - np.tanh(c) ** 2", "1 - c**2", "taken as 1 - c²"),
        slip(step_back, "dc + dh * o *", "dc + dh *", "the output gate is missing on the way"),
        slip(step_back, "dc + dh * o *", "(dc + dh) * o *", "It arrives at the cell itself"),
        slip(step_back, "dh * np.tanh(c)\n", "dh * c\n", "its partner is tanh(c)"),
        slip(step_back, "do * o * (1 - o)", "do", "missing at the output gate"),
        slip(step_back, "df * f * (1 - f)", "df", "missing at the forget gate"),
        slip(step_back, "di * i * (1 - i)", "di", "missing at the input gate"),
        slip(step_back, "dg * (1 - g**2)", "dg", "the slope of g's tanh, 1 - g², is missing"),
        slip(step_back, "dg * (1 - g**2)", "dg * g * (1 - g)", "g is given the slope of the logistic"),
        slip(step_back, "dc_all * c_prev", "dc_all * c", "it multiplied the old cell"),
        slip(
            step_back, "dc_all * g, dc_all * c_prev, dc_all * i", "dc_all * i, dc_all * c_prev, dc_all * g", "own value"
        ),
        slip(step_back, "dc_prev = dc_all * f", "dc_prev = dc_all", "does not go through the forget gate"),
        slip(step_back, "dc_prev = dc_all * f", "dc_prev = dc * f", "is the dc that arrived, times f"),
        slip(step_back, "[da_i, da_f, da_g, da_o]", "[da_i, da_f, da_o, da_g]", "put together in the order i, f, o, g"),
        slip(step_back, "a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g ="),
        slip(step_back, "da @ R\n", "da @ R.T\n", "R is transposed here"),
        slip(step_back, "da @ W\n", "da @ W.T\n", "W is transposed here"),
        slip(step_back, "da.T @ h_prev", "da.T @ (o * np.tanh(c))", "dR uses h,"),
        slip(step_back, "da.T @ x_t", "x_t.T @ da", "dW comes out transposed"),
        slip(step_back, "da.T @ h_prev", "h_prev.T @ da", "dR comes out transposed"),
        slip(step_back, "da.sum(axis=0)", "da.sum(axis=1)", "sum over the batch, axis 0"),
        slip(step_back, "da.sum(axis=0)", "da", "one gradient for each row"),
        slip(step_back, "da.sum(axis=0)", "da.mean(axis=0)", "mean over the batch where the sum belongs"),
        slip(step_back, "return dx_t, dh_prev, dc_prev,", "return dx_t, dc_prev, dh_prev,", "have changed places"),
        slip(step_back, "dh_prev, dc_prev, dW, dR, db\n", "dh_prev, dW, dR, db\n", "returns 5 values; expected 6"),
        slip(step_back, " + b, 4", ", 4", "the bias is left out"),
        slip(step_back_row_by_row, "range(len(x_t))", "range(1)", "right at the first row only"),
        Wrong(step_back_into_dc, "changes its argument dc"),
        Wrong(step_back_with_exponents, "NaN"),
        slip(
            step_back,
            "da = np.hstack([da_i, da_f, da_g, da_o])",
            "da = np.clip(np.hstack([da_i, da_f, da_g, da_o]), -5, 5)",
        ),
        slip(
            step_back,
            "da = np.hstack([da_i, da_f, da_g, da_o])",
            "da = np.hstack([da_i, da_f, da_g, da_o])\n    da[np.abs(da) < 1e-8] = 0",
        ),
        slip(step_back, "dc_all = dc", "dc_all = np.where(np.abs(dc) < 1e-8, 0, dc)"),
        slip(step_back, "do = dh * np.tanh(c)", "do = dh * np.clip(np.tanh(c), -0.999, 0.999)"),
        slip(
            step_back, "    da_i = di", "    dc_prev = dc_prev if dh.any() else np.zeros_like(dc_prev)\n    da_i = di"
        ),
        slip(step_back, "da @ W\n", "da @ W * (len(da) < 33)\n"),
        slip(step_back, "dx_t = da @ W", "da = np.clip(da, -1e6, 1e6)\n    dx_t = da @ W"),
        slip(step_back, "dc_all * c_prev", "dc_all * np.clip(c_prev, -1e4, 1e4)"),
        slip(step_back, "dg * (1 - g**2)", "dg * np.maximum(1 - g**2, 1e-3)"),
        slip(step_back, "do * o * (1 - o)", "do * np.where(o > 0.9999, 0, o * (1 - o))"),
    ),
    equivalent={},
)

ANSWERS = {
    "keep_write_read": KEEP_WRITE_READ,
    "lstm_step": LSTM_STEP,
    "peephole_lstm_step": PEEPHOLE_LSTM_STEP,
    "lstm_step_backward": LSTM_STEP_BACKWARD,
}
