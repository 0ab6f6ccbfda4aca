"""Answers to the exercises of chapter 11."""

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- reverse_within_lengths ---


def reverse_by_column(x, lengths):
    y = x.copy()
    for b, n in enumerate(lengths):
        y[:n, b] = x[:n, b][::-1]
    return y


def reverse_step_by_step(x, lengths):
    T, B = x.shape[:2]
    y = np.empty_like(x)
    for b in range(B):
        for t in range(T):
            y[t, b] = x[lengths[b] - 1 - t, b] if t < lengths[b] else x[t, b]
    return y


def reverse_by_take_along_axis(x, lengths):
    t = np.arange(len(x))[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t)
    return np.take_along_axis(x, source.reshape(source.shape + (1,) * (x.ndim - 2)), axis=0)


def reverse_by_sorting(x, lengths):
    """A stable order of the steps: those of the sequence by falling time, the padding behind them."""
    t = np.arange(len(x))[:, None]
    order = np.argsort(np.where(t < lengths, -t, t), axis=0, kind="stable")
    return x[order, np.arange(x.shape[1])]


def reverse_by_exchange(x, lengths):
    y = np.array(x)
    for b in range(y.shape[1]):
        first, last = 0, lengths[b] - 1
        while first < last:
            y[[first, last], b] = y[[last, first], b]
            first, last = first + 1, last - 1
    return y


def reverse_by_torch(x, lengths):
    import torch

    columns = [torch.cat([c[:n].flip(0), c[n:]]) for c, n in zip(torch.from_numpy(x).unbind(1), lengths, strict=True)]
    return torch.stack(columns, dim=1).numpy()


def reverse_by_rolling(x, lengths):
    """Everything turned round, then each column moved up by its padding; the padding itself comes from x."""
    T = len(x)
    turned = np.stack([np.roll(x[::-1, b], n - T, axis=0) for b, n in enumerate(lengths)], axis=1)
    inside = np.arange(T)[:, None] < lengths
    return np.where(inside.reshape(inside.shape + (1,) * (x.ndim - 2)), turned, x)


def reverse_by_length(x, lengths):
    y = np.array(x, order="F")
    for n in set(lengths.tolist()):
        y[:n, lengths == n] = np.flip(x[:n, lengths == n], axis=0)
    return y


def reverse_by_halves(x, lengths):
    """The batch is halved until one sequence is left."""
    half = x.shape[1] // 2
    if half:
        parts = (reverse_by_halves(x[:, k], lengths[k]) for k in (slice(half), slice(half, None)))
        return np.concatenate(list(parts), axis=1)
    return np.concatenate([x[: lengths[0]][::-1], x[lengths[0] :]])


def reverse_in_one_axis(x, lengths):
    """Time and batch as one axis, and one list of indices into it."""
    (T, B), t = x.shape[:2], np.arange(len(x))[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t) * B + np.arange(B)
    return x.reshape(T * B, -1)[source.ravel()].reshape(x.shape)


def reverse_by_values(x, lengths):
    """Each step is looked up where it first occurs."""
    y = x.copy()
    for b, n in enumerate(lengths):
        steps = [tuple(np.ravel(step)) for step in x[:n, b]]
        for t in range(n):
            y[t, b] = x[n - 1 - steps.index(steps[t]), b]
    return y


def reverse_by_sums(x, lengths):
    """Exchanged without a third place: a + b, then b, then a."""
    y = x.copy()
    for b, n in enumerate(lengths):
        for t in range(n // 2):
            y[t, b] = y[t, b] + y[n - 1 - t, b]
            y[n - 1 - t, b] = y[t, b] - y[n - 1 - t, b]
            y[t, b] = y[t, b] - y[n - 1 - t, b]
    return y


def reverse_up_to_the_last_number(x, lengths):
    """The end is looked for: zeros at the end must be padding."""
    y = x.copy()
    for b, n in enumerate(lengths):
        while n > 1 and not x[n - 1, b].any():
            n -= 1
        y[:n, b] = x[:n, b][::-1]
    return y


def reverse_in_place(x, lengths):
    for b, n in enumerate(lengths):
        x[:n, b] = x[:n, b][::-1].copy()
    return x.copy()


def reverse_views(x, lengths):
    y = x.copy()
    for b, n in enumerate(lengths):
        for t in range(n // 2):
            y[t, b], y[n - 1 - t, b] = y[n - 1 - t, b], y[t, b]
    return y


def reverse_whole_numbers_of_64_bits(x, lengths):
    y = reverse_by_column(x, lengths)
    return y.astype(np.int64) if y.dtype.kind in "iu" else y


def reverse_without_tiny_numbers(x, lengths):
    y = reverse_by_column(x, lengths)
    return np.where(np.abs(y) < 1e-12, 0, y).astype(y.dtype) if y.dtype == np.float64 else y


REVERSE_WITHIN_LENGTHS = Answers(
    correct=(
        reverse_by_column,
        reverse_step_by_step,
        reverse_by_take_along_axis,
        reverse_by_sorting,
        reverse_by_exchange,
        reverse_by_torch,
        reverse_by_rolling,
        reverse_by_length,
        reverse_by_halves,
        reverse_in_one_axis,
    ),
    wrong=(
        slip(reverse_by_column, "y[:n, b] = x[:n, b][::-1]", "y[:, b] = x[::-1, b]", "the padding comes first"),
        slip(reverse_by_column, "y = x.copy()", "y = np.zeros_like(x)", "the padding is set to zero"),
        slip(reverse_by_column, "y = x.copy()", "y = np.zeros(x.shape)"),
        slip(
            reverse_by_column, "y[:n, b] = x[:n, b][::-1]", "y[: n - 1, b] = x[: n - 1, b][::-1]", "the last step stays"
        ),
        slip(reverse_by_column, "y[:n, b] = x[:n, b][::-1]", "y[:n, b] = x[n:0:-1, b]", "ValueError"),
        slip(reverse_by_column, "x[:n, b][::-1]", "x[:n, b]", "nothing is reversed"),
        slip(
            reverse_by_column,
            "y[:n, b] = x[:n, b][::-1]",
            "y[:n, b] = x[:n, b][::-1]\n        y[n:, b] = x[n:, b][::-1]",
            "the padding is reversed as well",
        ),
        slip(
            reverse_by_column,
            "y[:n, b] = x[:n, b][::-1]",
            "y[len(x) - n :, b], y[: len(x) - n, b] = x[:n, b][::-1], x[n:, b][::-1]",
            "the padding comes first",
        ),
        slip(
            reverse_by_column,
            "y[:n, b] = x[:n, b][::-1]",
            "y[len(x) - n :, b], y[: len(x) - n, b] = x[:n, b], x[n:, b]",
            "the sequences are not reversed",
        ),
        slip(reverse_by_column, "enumerate(lengths)", "enumerate(lengths * 0 + lengths[0])", "within the first one's"),
        slip(reverse_by_column, "enumerate(lengths)", "enumerate(lengths * 0 + lengths.min())", "within the shortest"),
        slip(reverse_by_column, "return y", "return y[::-1]", "entries are wrong"),
        slip(reverse_by_take_along_axis, "lengths - 1 - t, t)", "lengths - t, t)", "IndexError"),
        slip(
            reverse_by_take_along_axis,
            "np.where(t < lengths, lengths - 1 - t, t)",
            "lengths - 1 - t",
            "the padding is reversed as well",
        ),
        slip(
            reverse_by_take_along_axis,
            "np.where(t < lengths, lengths - 1 - t, t)",
            "np.maximum(lengths - 1 - t, 0)",
            "a copy of the sequence's first step",
        ),
        slip(reverse_by_sorting, "x[order, np.arange(x.shape[1])]", "x[:, ::-1]", "rows of the batch are reversed"),
        slip(reverse_by_sorting, "return x[order, np.arange(x.shape[1])]", "return x", "shares its memory"),
        Wrong(reverse_in_place, "changes its argument x"),
        Wrong(reverse_views, "exchanged through views"),
        Wrong(reverse_by_values),
        Wrong(reverse_by_sums),
        Wrong(reverse_up_to_the_last_number),
        slip(reverse_by_column, "y = x.copy()", "y = x.astype(float)", "dtype"),
        slip(reverse_by_column, "y = x.copy()", "y = x.copy() if x.ndim < 5 else x[::-1].copy()"),
        slip(
            reverse_by_column, "y = x.copy()", "y = x.T.copy().T if len(x) != len(lengths) else x.swapaxes(0, 1).copy()"
        ),
        Wrong(reverse_whole_numbers_of_64_bits),
        Wrong(reverse_without_tiny_numbers),
    ),
    equivalent={
        "10:4: lengths = check_lengths(lengths, T, B) → pass": "an argument check; these lengths are right",
        "11:7: lengths → x": "neither is None here",
        "12:15: x[::-1].copy() → x[::-1]": "only without lengths, which an exercise always gives",
        "12:15: x → lengths": "only without lengths, which an exercise always gives",
        "12:19: -1 → 1": "only without lengths, which an exercise always gives",
        "12:20: 1 → 2": "only without lengths, which an exercise always gives",
        "12:20: 1 → 0": "only without lengths, which an exercise always gives",
    },
)

# --- bidirectional_forward ---


def both_by_loops(x, lengths, params_fwd, params_bwd):
    T, B = x.shape[:2]
    H = len(params_fwd[2])
    h = np.zeros((T, B, 2 * H), dtype=x.dtype)
    for b in range(B):
        n = lengths[b]
        for half, steps, (W, R, bias) in ((0, range(n), params_fwd), (1, reversed(range(n)), params_bwd)):
            state = np.zeros(H, dtype=x.dtype)
            for t in steps:
                state = np.tanh(W @ x[t, b] + R @ state + bias)
                h[t, b, half * H : (half + 1) * H] = state
    return h


def both_with_a_mask(x, lengths, params_fwd, params_bwd):
    """The backward direction walks down from the end of the array; its state stays zero until the sequence begins."""
    T, B = x.shape[:2]
    halves = []
    for (W, R, b), steps in ((params_fwd, range(T)), (params_bwd, range(T - 1, -1, -1))):
        h, state = np.zeros((T, B, len(b)), dtype=x.dtype), np.zeros((B, len(b)), dtype=x.dtype)
        for t in steps:
            inside = (t < lengths)[:, None]
            state = np.where(inside, np.tanh(x[t] @ W.T + state @ R.T + b), 0)
            h[t] = state
        halves.append(h)
    return np.concatenate(halves, axis=2)


def both_with_reversal(x, lengths, params_fwd, params_bwd):
    T, B = x.shape[:2]
    t = np.arange(T)[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t)

    def turn(a):
        return a[source, np.arange(B)]

    def run(a, W, R, b):
        states = [np.zeros((B, len(R)), dtype=a.dtype)]
        for row in a @ W.T + b:
            states.append(np.tanh(row + states[-1] @ R.T))
        return np.stack(states[1:])

    h_fwd = run(x, *params_fwd)
    h_bwd = turn(run(turn(x), *params_bwd))
    h = np.concatenate([h_fwd, h_bwd], axis=2)
    h[t[:, 0][:, None] >= lengths] = 0
    return h


def both_by_torch(x, lengths, params_fwd, params_bwd):
    import torch

    x, lengths = torch.from_numpy(x), torch.from_numpy(lengths)
    layer = torch.nn.RNN(x.shape[2], len(params_fwd[2]), bidirectional=True, dtype=x.dtype)
    with torch.no_grad():
        for suffix, weights in (("", params_fwd), ("_reverse", params_bwd)):
            for name, value in zip(("weight_ih", "weight_hh", "bias_ih"), weights, strict=True):
                getattr(layer, f"{name}_l0{suffix}").copy_(torch.from_numpy(value))
            getattr(layer, f"bias_hh_l0{suffix}").zero_()
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(layer(packed)[0], total_length=len(x))
    return h.numpy()


def both_by_packing(x, lengths, params_fwd, params_bwd):
    """Rows in the order of their lengths, and at each step only those that are running."""
    order = np.argsort(-lengths, kind="stable")
    running = [int((lengths > t).sum()) for t in range(len(x))]
    h = np.zeros((*x.shape[:2], 2 * len(params_fwd[2])), dtype=x.dtype)
    for half, (W, R, b), steps in ((0, params_fwd, range(len(x))), (1, params_bwd, reversed(range(len(x))))):
        state = np.zeros((x.shape[1], len(b)), dtype=x.dtype)
        for t in steps:
            rows = order[: running[t]]
            state[rows] = np.tanh(x[t, rows] @ W.T + state[rows] @ R.T + b)
            h[t, rows, half * len(b) : (half + 1) * len(b)] = state[rows]
    return h


def both_as_one_layer(x, lengths, params_fwd, params_bwd):
    """One layer of 2H units, its weights in two blocks, that reads both orders side by side."""
    T, B, D = x.shape
    (W, R, b), (V, Q, d) = params_fwd, params_bwd
    H = len(b)
    inside = np.arange(T)[:, None] < lengths
    x = np.where(inside[..., None], x, x.dtype.type(0))
    inputs = np.concatenate([x, reverse_by_column(x, lengths)], axis=2)
    weights = np.zeros((2 * H, 2 * D + 2 * H), dtype=x.dtype)
    weights[:H, :D], weights[H:, D : 2 * D], weights[:H, 2 * D : 2 * D + H], weights[H:, 2 * D + H :] = W, V, R, Q
    state, h = np.zeros((B, 2 * H), dtype=x.dtype), []
    for x_t in inputs:
        state = np.tanh(np.hstack([x_t, state]) @ weights.T + np.concatenate([b, d]))
        h.append(state)
    h = np.stack(h)
    return np.concatenate([h[..., :H], reverse_by_column(h[..., H:], lengths)], axis=2) * inside[..., None]


def both_by_accumulate(x, lengths, params_fwd, params_bwd):
    from itertools import accumulate

    def states(steps, W, R, b):
        zero = np.zeros(len(b), dtype=x.dtype)
        return list(accumulate(steps, lambda h, x_t: np.tanh(W @ x_t + R @ h + b), initial=zero))[1:]

    h = np.zeros((*x.shape[:2], 2 * len(params_fwd[2])), dtype=x.dtype)
    for b, n in enumerate(lengths):
        h[:n, b] = np.hstack([states(x[:n, b], *params_fwd), states(x[:n, b][::-1], *params_bwd)[::-1]])
    return h


def both_over_zeros(x, lengths, params_fwd, params_bwd):
    """Padding is set to zero, but the state that comes back has run over it: tanh(b) is not zero."""
    inside = (np.arange(len(x))[:, None] < lengths)[..., None]
    h = both_by_loops(np.where(inside, x, 0), np.full_like(lengths, len(x)), params_fwd, params_bwd)
    return np.where(inside, h, 0)


def both_unpacked_by_torch(x, lengths, params_fwd, params_bwd):
    """As many write it: the padded batch goes straight into the layer."""
    return both_by_torch(x, np.full_like(lengths, len(x)), params_fwd, params_bwd)


def both_that_zeroes_x(x, lengths, params_fwd, params_bwd):
    x[np.arange(len(x))[:, None] >= lengths] = 0
    return both_by_loops(x, lengths, params_fwd, params_bwd)


BIDIRECTIONAL_FORWARD = Answers(
    correct=(
        both_by_loops,
        both_with_a_mask,
        both_with_reversal,
        both_by_torch,
        both_by_packing,
        both_as_one_layer,
        both_by_accumulate,
    ),
    wrong=(
        Wrong(both_unpacked_by_torch, "the lengths are not used at all"),
        Wrong(both_that_zeroes_x, "changes its argument x"),
        Wrong(both_over_zeros),
        slip(both_by_loops, "            state = np.zeros(H", "            if b == 0: state = np.zeros(H"),
        slip(both_by_loops, "reversed(range(n))", "reversed(range(min(n, 200)))"),
        slip(
            both_by_loops, "n = lengths[b]", "n = max([1, *np.flatnonzero((x[: lengths[b], b] != 0).any(axis=1)) + 1])"
        ),
        slip(both_by_loops, "return h", "return h + 0 * x.sum()", "NaN"),
        slip(
            both_by_loops,
            "(1, reversed(range(n)), params_bwd)",
            "(1, reversed(range(n)), (params_bwd[0], params_fwd[1], params_bwd[2]))",
        ),
        slip(
            both_by_loops,
            "(1, reversed(range(n)), params_bwd)",
            "(1, reversed(range(n)), (*params_bwd[:2], params_fwd[2]))",
        ),
        slip(
            both_with_reversal,
            "h_fwd = run(x, *params_fwd)",
            "h_fwd = run(x[: lengths.max()], *params_fwd)",
            "ValueError",
        ),
        slip(
            both_with_a_mask,
            "np.where(inside, np.tanh(x[t] @ W.T + state @ R.T + b), 0)",
            "np.tanh(x[t] @ W.T + state @ R.T + b)",
            "the lengths are not used at all",
        ),
        slip(
            both_with_a_mask,
            "np.where(inside, np.tanh(x[t] @ W.T + state @ R.T + b), 0)",
            "np.tanh(x[t] @ W.T + state @ R.T + b) * inside",
            "NaN times 0 is NaN",
        ),
        slip(both_with_a_mask, "range(T - 1, -1, -1)", "range(T)", "the backward direction reads x forward"),
        slip(both_with_a_mask, "range(T - 1, -1, -1)", "range(T - 1, 0, -1)"),
        slip(both_with_a_mask, "np.concatenate(halves, axis=2)", "halves[0] + halves[1]", "the halves are added"),
        slip(both_with_a_mask, "np.concatenate(halves, axis=2)", "np.concatenate(halves, axis=1)", "has shape"),
        slip(
            both_with_a_mask, "np.concatenate(halves, axis=2)", "np.concatenate(halves[::-1], axis=2)", "changed places"
        ),
        slip(both_with_a_mask, "np.concatenate(halves, axis=2)", "(halves[0], halves[1])", "expected an array"),
        slip(both_with_a_mask, "state @ R.T", "state @ R", "entries are wrong"),
        slip(
            both_with_a_mask,
            "np.concatenate(halves, axis=2)",
            "np.stack(halves, axis=3).reshape(T, B, -1)",
            "the units of the halves take turns",
        ),
        slip(both_with_reversal, "turn(run(turn(x), *params_bwd))", "run(turn(x), *params_bwd)", "not reversed back"),
        slip(both_with_reversal, "turn(run(turn(x), *params_bwd))", "turn(run(x, *params_bwd))", "are then reversed"),
        slip(
            both_with_reversal,
            "turn(run(turn(x), *params_bwd))",
            "run(turn(x), *params_bwd)[::-1]",
            "the backward states are reversed back as a whole",
        ),
        slip(
            both_with_reversal,
            "turn(run(turn(x), *params_bwd))",
            "turn(run(x[::-1], *params_bwd))",
            "x is reversed as a whole",
        ),
        slip(
            both_with_reversal,
            "turn(run(turn(x), *params_bwd))",
            "run(x[::-1], *params_bwd)[::-1]",
            "it reads the padding first",
        ),
        slip(
            both_with_reversal, "turn(run(turn(x), *params_bwd))", "turn(run(turn(x), *params_fwd))", "forward weights"
        ),
        slip(both_with_reversal, "run(x, *params_fwd)", "run(x, *params_bwd)", "backward weights"),
        slip(both_with_reversal, "    h[t[:, 0][:, None] >= lengths] = 0\n", "", "past a sequence's end h is not zero"),
        slip(both_with_reversal, "[:, None] >= lengths]", "[:, None] >= lengths - 1]", "last step is zero too"),
        slip(both_with_reversal, "[:, None] >= lengths]", "[:, None] > lengths]", "one step too many"),
        slip(
            both_with_reversal,
            "states.append(np.tanh(row + states[-1] @ R.T))",
            "states.append(np.tanh(row))",
            "no state",
        ),
        slip(both_with_reversal, "a @ W.T + b", "a @ W.T", "the biases are missing"),
        slip(both_with_reversal, "np.stack(states[1:])", "np.stack(states[:-1])", "entries are wrong"),
        slip(both_by_loops, ", dtype=x.dtype)\n    for b", ")\n    for b", "keep the dtype"),
    ),
    equivalent={
        "7:38: params_fwd → params_bwd": "both directions have H units",
        "7:49: 1 → 2": "W, R and b all have H rows",
        "7:49: 1 → 0": "W, R and b all have H rows",
        "7:61: x → lengths": "zero is zero in whole numbers too, and the states are stored in x's type",
    },
)

# --- leaks_future ---


def leaks_step_by_step(layer):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 3, 3))
    h = layer(x)
    for t in range(len(x)):
        other = x.copy()
        other[t] += rng.normal(size=x[t].shape)
        if not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9):
            return True
    return False


def leaks_all_later_steps_at_once(layer):
    """Everything from step t on is changed: nothing before it may move."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 12, 4, 3))
    h = layer(a)
    return any(np.abs(layer(np.concatenate([a[:t], b[t:]]))[:t] - h[:t]).max() > 1e-9 for t in range(1, 12))


def leaks_by_sizes(layer):
    """The largest difference at each step, from the last step down."""
    x = np.random.default_rng().uniform(-2, 2, size=(13, 2, 3))
    moved = []
    for t in range(12, 0, -1):
        changed = np.array(x)
        changed[t] = -0.5 * changed[t] + np.random.default_rng(t).normal(size=(2, 3))
        moved.append(float(np.abs(layer(changed) - layer(x))[:t].max()))
    return np.bool_(max(moved) > 1e-8)


def leaks_by_derivatives(layer):
    """The Jacobian by differences, (t of the output, s of the input): nothing may stand above its diagonal."""
    T, rng = 12, np.random.default_rng(3)
    x = rng.normal(size=(T, 2, 3))
    h, above = layer(x), False
    for s in range(T):
        direction = np.zeros_like(x)
        direction[s] = rng.normal(size=(2, 3))
        column = np.abs(layer(x + direction) - h).max(axis=(1, 2)) > 1e-9
        above |= bool(column[:s].any())
    return above


def leaks_in_place_and_back(layer):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(12, 2, 3))
    h = layer(x).copy()
    for t in range(1, 12):
        kept = x[t].copy()
        x[t] = rng.normal(size=(2, 3))
        early = layer(x)[:t].copy()
        x[t] = kept
        if np.max(np.abs(early - h[:t])) > 1e-9:
            return True
    return False


def leaks_as_a_table(layer):
    """Which output sees which input, (12, 12): nothing may stand above the diagonal."""
    x = np.random.default_rng(5).normal(size=(12, 3, 3))
    sees = np.zeros((12, 12), dtype=bool)
    for s in range(12):
        changed = x.copy()
        changed[s] = np.random.default_rng(s).normal(size=(3, 3))
        sees[:, s] = np.abs(layer(changed) - layer(x)).max(axis=(1, 2)) > 1e-9
    return np.triu(sees, 1).any()


def leaks_number_by_number(layer):
    """One number of one row at a time."""
    x = np.random.default_rng(6).normal(size=(12, 2, 3))
    h = np.array(layer(x))
    for place in np.ndindex(x.shape):
        changed = x.copy()
        changed[place] = 0.1 - 1.5 * x[place]
        if (abs(layer(changed) - h)[: place[0]] > 1e-9).any():
            return True
    return False


def leaks_lazily(layer):
    rng = np.random.default_rng(7)
    x, other = rng.normal(size=(2, 14, 4, 3))

    def moves():
        for t in range(13, 0, -1):
            mixed = np.where((np.arange(14) == t)[:, None, None], other, x)
            yield from np.ravel(layer(mixed)[:t] - layer(x)[:t])

    return any(abs(move) > 1e-9 for move in moves())


def leaks_side_by_side(layer):
    """All changes at once, each in a row of its own; but a layer may treat rows differently."""
    rng = np.random.default_rng(8)
    x = np.repeat(rng.normal(size=(12, 1, 3)), 12, axis=1)
    for t in range(1, 12):
        x[t, t] = rng.normal(size=3)
    h = layer(x)
    return any(np.abs(h[:t, t] - h[:t, 0]).max() > 1e-9 for t in range(1, 12))


def leaks_by_poison(layer):
    """NaN spreads to whatever is computed with it, also to what does not depend on it but for rounding."""
    x = np.random.default_rng(9).normal(size=(12, 2, 3))
    for t in range(1, 12):
        changed = x.copy()
        changed[t] = np.nan
        if np.isnan(layer(changed)[:t]).any():
            return True
    return False


def leaks_by_exchange(layer):
    """A later step and the one behind it are exchanged: a mean over all steps does not move."""
    x = np.random.default_rng(10).normal(size=(12, 2, 3))
    for t in range(1, 11):
        changed = x.copy()
        changed[[t, t + 1]] = x[[t + 1, t]]
        if np.abs(layer(changed) - layer(x))[:t].max() > 1e-9:
            return True
    return False


def leaks_beyond_a_dozen(layer):
    """Cut in the middle: the first dozen steps, alone and with another dozen behind them."""
    x = np.random.default_rng(11).normal(size=(24, 2, 3))
    return bool(np.abs(layer(x[:12]) - layer(x)[:12]).max() > 1e-9)


def leaks_as_the_chapter_shows(layer):
    """One row, one step, one more everywhere."""
    x = np.random.default_rng(0).normal(size=(6, 1, 3))
    changed = x.copy()
    changed[4] += 1.0
    return bool(np.abs(layer(changed) - layer(x))[:4].max() > 1e-12)


def leaks_with_fixed_shape(layer):
    x = np.random.default_rng(0).normal(size=(12, 2, 5))
    return bool((layer(x) != layer(x)).any())


def leaks_right_before_a_new_rest(layer):
    """All steps from t on are new: then the output right before them may not move, whatever it sees of them."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=(12, 3, 3))
    for t in range(1, 12):
        other = np.concatenate([x[:t], rng.normal(size=(12 - t, 3, 3))])
        if np.abs(layer(other)[t - 1] - layer(x)[t - 1]).max() > 1e-9:
            return True
    return False


def leaks_right_before_a_new_step(layer):
    """One step is new, and only the output right before it is looked at."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=(12, 3, 3))
    for t in range(1, 12):
        other = x.copy()
        other[t] = rng.normal(size=(3, 3))
        if np.abs(layer(other)[t - 1] - layer(x)[t - 1]).max() > 1e-9:
            return True
    return False


LEAKS_FUTURE = Answers(
    correct=(
        leaks_right_before_a_new_rest,
        leaks_step_by_step,
        leaks_all_later_steps_at_once,
        leaks_by_sizes,
        leaks_by_derivatives,
        leaks_in_place_and_back,
        leaks_as_a_table,
        leaks_number_by_number,
        leaks_lazily,
    ),
    wrong=(
        Wrong(leaks_right_before_a_new_step, "moves when x["),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other), h", "True for every layer"),
        slip(
            leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[: t + 1], h[: t + 1]", "step t is compared too"
        ),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[t + 1 :], h[t + 1 :]", "that finds memory"),
        slip(leaks_by_sizes, "np.array(x)", "x", "False for every layer"),
        slip(leaks_step_by_step, "range(len(x))", "range(11, 12)", "only the last step is changed"),
        slip(leaks_step_by_step, "range(len(x))", "[1]", "moves when x["),
        slip(leaks_step_by_step, "range(len(x))", "[6]", "moves when x["),
        slip(leaks_step_by_step, "range(len(x))", "range(len(x) - 1)", "the last step is never changed"),
        slip(leaks_step_by_step, "range(len(x))", "range(2, len(x))", "step 1 is never changed"),
        slip(leaks_step_by_step, "    return False", "        return False", "False for every layer"),
        slip(leaks_step_by_step, "rng.normal(size=x[t].shape)", "1.0", "the same number is added"),
        slip(
            leaks_step_by_step, "x = rng.normal(size=(12, 3, 3))", "x = np.zeros((12, 3, 3))", "zero before the change"
        ),
        slip(leaks_step_by_step, "atol=1e-9", "atol=1e-2", "moves when x["),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "(layer(other)[:t] - h[:t]).max(initial=0) > 1e-9",
            "an output that falls has moved too",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "(layer(other)[:t] != h[:t]).any()",
            "bit by bit",
        ),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[t - 1], h[t - 1]"),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[:t, 0], h[:t, 0]", "only the first row"),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[:t, :, 0], h[:t, :, 0]", "the first unit"),
        slip(leaks_step_by_step, "return True", "return t", "whole number"),
        slip(leaks_all_later_steps_at_once, "[:t] - h[:t]).max()", "[0] - h[0]).max()"),
        slip(
            leaks_in_place_and_back,
            "early = layer(x)[:t].copy()\n        x[t] = kept",
            "x[t] = kept\n        early = layer(x)[:t].copy()",
            "False for every layer",
        ),
        slip(leaks_in_place_and_back, "return True", "return False", "False for every layer"),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "not np.allclose(layer(other)[:t], h[:t])",
            "np.allclose forgives",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "abs(layer(other)[:t].sum() - h[:t].sum()) > 1e-9",
            "only sums are compared",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs(layer(other)[:t].mean(axis=1) - h[:t].mean(axis=1)).max(initial=0) > 1e-9",
            "moves when x[",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs(layer(other)[:t].sum(axis=0) - h[:t].sum(axis=0)).max() > 1e-9",
            "moves when x[",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs((layer(other)[:t] ** 2).sum(2) - (h[:t] ** 2).sum(2)).max(initial=0) > 1e-9",
            "only norms are compared",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs(np.abs(layer(other)[:t]) - np.abs(h[:t])).max(initial=0) > 1e-9",
            "only sizes are compared",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs(np.sort(layer(other)[:t]) - np.sort(h[:t])).max(initial=0) > 1e-9",
            "moves when x[",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.abs(layer(other)[max(0, t - 8) : t] - h[max(0, t - 8) : t]).max(initial=0) > 1e-9",
            "moves when x[",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "t > 1 and np.abs(layer(other)[: t - 1] - h[: t - 1]).max() > 1e-9",
            "moves when x[",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "np.median(np.abs(layer(other)[: t or 1] - h[: t or 1])) > 1e-9",
            "",
        ),
        slip(
            leaks_step_by_step,
            "not np.allclose(layer(other)[:t], h[:t], rtol=0, atol=1e-9)",
            "t and np.abs(layer(x[:t]) - h[:t]).max() > 1e-9",
            "the rest is cut off",
        ),
        slip(
            leaks_step_by_step,
            "x = rng.normal(size=(12, 3, 3))",
            "x = rng.normal(size=(12, 1, 3))",
            "tried on a single row",
        ),
        slip(
            leaks_step_by_step,
            "x = rng.normal(size=(12, 3, 3))",
            "x = rng.normal(size=(6, 3, 3))",
            "tried on six steps",
        ),
        slip(
            leaks_step_by_step,
            "other[t] += rng.normal(size=x[t].shape)",
            "other[t] += 1e-6 * rng.normal(size=x[t].shape)",
            "moves when x[",
        ),
        slip(leaks_step_by_step, "other[t] += rng.normal(size=x[t].shape)", "other[t] *= 2", "moves when x["),
        slip(leaks_step_by_step, "other[t] += rng.normal(size=x[t].shape)", "other[t] *= -1", "moves when x["),
        slip(
            leaks_step_by_step,
            "other[t] += rng.normal(size=x[t].shape)",
            "other[t, :, 0] += rng.normal(size=3)",
            "moves when x[",
        ),
        slip(leaks_step_by_step, "range(len(x))", "range(0, len(x), 2)", "moves when x["),
        slip(leaks_step_by_step, "range(len(x))", "range(len(x) - 2)", "moves when x["),
        Wrong(leaks_side_by_side, "No output of this layer moves"),
        Wrong(leaks_by_poison, "No output of this layer moves"),
        Wrong(leaks_by_exchange),
        Wrong(leaks_beyond_a_dozen),
        Wrong(leaks_as_the_chapter_shows),
        Wrong(leaks_with_fixed_shape, "ValueError"),
    ),
    equivalent={
        "6:32: 0 → 1": "other random numbers",
        "7:14: 12 → 13": "a step more",
        "7:18: 2 → 3": "a row more",
        "13:11: np.abs(layer(changed)[:t] - h[:t]).max() > 1e-09 → "
        "np.abs(layer(changed)[:t] - h[:t]).max() >= 1e-09": "no difference is exactly 1e-9",
    },
)

ANSWERS = {
    "reverse_within_lengths": REVERSE_WITHIN_LENGTHS,
    "bidirectional_forward": BIDIRECTIONAL_FORWARD,
    "leaks_future": LEAKS_FUTURE,
}
