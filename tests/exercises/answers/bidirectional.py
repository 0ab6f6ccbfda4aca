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


REVERSE_WITHIN_LENGTHS = Answers(
    correct=(
        reverse_by_column,
        reverse_step_by_step,
        reverse_by_take_along_axis,
        reverse_by_sorting,
        reverse_by_exchange,
        reverse_by_torch,
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


def both_unpacked_by_torch(x, lengths, params_fwd, params_bwd):
    """As many write it: the padded batch goes straight into the layer."""
    return both_by_torch(x, np.full_like(lengths, len(x)), params_fwd, params_bwd)


def both_that_zeroes_x(x, lengths, params_fwd, params_bwd):
    x[np.arange(len(x))[:, None] >= lengths] = 0
    return both_by_loops(x, lengths, params_fwd, params_bwd)


BIDIRECTIONAL_FORWARD = Answers(
    correct=(both_by_loops, both_with_a_mask, both_with_reversal, both_by_torch),
    wrong=(
        Wrong(both_unpacked_by_torch, "the lengths are not used at all"),
        Wrong(both_that_zeroes_x, "changes its argument x"),
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


def leaks_as_the_chapter_shows(layer):
    """One row, one step, one more everywhere."""
    x = np.random.default_rng(0).normal(size=(6, 1, 3))
    changed = x.copy()
    changed[4] += 1.0
    return bool(np.abs(layer(changed) - layer(x))[:4].max() > 1e-12)


def leaks_with_fixed_shape(layer):
    x = np.random.default_rng(0).normal(size=(12, 2, 5))
    return bool((layer(x) != layer(x)).any())


LEAKS_FUTURE = Answers(
    correct=(
        leaks_step_by_step,
        leaks_all_later_steps_at_once,
        leaks_by_sizes,
        leaks_by_derivatives,
        leaks_in_place_and_back,
    ),
    wrong=(
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other), h", "True for every layer"),
        slip(
            leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[: t + 1], h[: t + 1]", "step t is compared too"
        ),
        slip(leaks_step_by_step, "layer(other)[:t], h[:t]", "layer(other)[t + 1 :], h[t + 1 :]", "that finds memory"),
        slip(leaks_by_sizes, "np.array(x)", "x", "False for every layer"),
        slip(leaks_step_by_step, "range(len(x))", "range(11, 12)", "only the last step is changed"),
        slip(leaks_step_by_step, "range(len(x))", "[1]", "only step 1 is changed"),
        slip(leaks_step_by_step, "range(len(x))", "[6]", "only the middle step"),
        slip(leaks_step_by_step, "range(len(x))", "range(len(x) - 1)", "the last step is never changed"),
        slip(leaks_step_by_step, "range(len(x))", "range(2, len(x))", "step 1 is never changed"),
        slip(leaks_step_by_step, "    return False", "        return False", "False for every layer"),
        slip(leaks_step_by_step, "rng.normal(size=x[t].shape)", "1.0", "the same number is added"),
        slip(
            leaks_step_by_step, "x = rng.normal(size=(12, 3, 3))", "x = np.zeros((12, 3, 3))", "zero before the change"
        ),
        slip(leaks_step_by_step, "atol=1e-9", "atol=1e-2", "the tolerance is too wide"),
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
