"""Answers to the exercises of chapter 08."""

import itertools

import numpy as np

from rnncourse.reference.truncation import truncated_windows
from tests.exercises.harness import Answers, Wrong, slip

CHECKED, SAME = "a check of the arguments alone", "the same array"

# --- truncated_windows ---


def windows_in_a_loop(T, k1, k2):
    windows = []
    start = 0
    while start < T:
        stop = min(start + k1, T)
        windows.append((start, stop, max(0, stop - k2)))
        start = stop
    return windows


def windows_from_arrays(T, k1, k2):
    start = np.arange(0, T, k1)
    stop = np.minimum(start + k1, T)
    return list(zip(start, stop, np.maximum(stop - k2, 0), strict=True))


def windows_step_by_step(T, k1, k2):
    windows, since = [], 0
    for t in range(1, T + 1):
        if t % k1 == 0 or t == T:
            windows.append([since, t, t - k2 if t > k2 else 0])
            since = t
    return windows


def windows_yielded(T, k1, k2):
    for start in range(0, T, k1):
        stop = start + k1 if start + k1 < T else T
        yield start, stop, max(stop - k2, 0)


def windows_by_recursion(T, k1, k2, start=0):
    if start >= T:
        return []
    stop = min(start + k1, T)
    return [(start, stop, max(0, stop - k2)), *windows_by_recursion(T, k1, k2, start + k1)]


def windows_as_a_table(T, k1, k2):
    start = np.r_[0:T:k1]
    stop = np.clip(start + k1, None, T)
    return np.c_[start, stop, np.clip(stop - k2, 0, None)].tolist()


def windows_in_batches(T, k1, k2):
    steps = iter(range(T))
    while batch := list(itertools.islice(steps, k1)):
        stop = batch[-1] + 1
        yield batch[0], stop, (stop - k2) * (stop > k2)


def windows_that_join_the_rest(T, k1, k2):
    """One step alone at the end is joined to the window before."""
    windows = windows_in_a_loop(T, k1, k2)
    if len(windows) > 1 and windows[-1][1] - windows[-1][0] == 1:
        windows[-2:] = [(windows[-2][0], T, max(0, T - k2))]
    return windows


def windows_or_all_of_it(T, k1, k2):
    return [(0, T, 0)] if k1 >= T else windows_in_a_loop(T, k1, k2)


def windows_without_gaps(T, k1, k2):
    return windows_in_a_loop(T, k1, max(k1, k2))


def windows_of_the_first_thousand(T, k1, k2):
    return windows_in_a_loop(min(T, 1000), k1, k2)


def windows_by_rounding(T, k1, k2):
    count = round(T / k1 + 0.5)
    return [(k * k1, min((k + 1) * k1, T), max(0, min((k + 1) * k1, T) - k2)) for k in range(count)]


TRUNCATED_WINDOWS = Answers(
    correct=(
        windows_in_a_loop,
        windows_from_arrays,
        windows_step_by_step,
        windows_yielded,
        windows_by_recursion,
        windows_as_a_table,
        windows_in_batches,
    ),
    wrong=(
        slip(windows_in_a_loop, "stop - k2", "start - k2", "counted back from start"),
        slip(windows_in_a_loop, "max(0, stop - k2)", "stop - k2", "falls below 0"),
        slip(windows_in_a_loop, "max(0, stop - k2)", "start", "k2 is not used"),
        slip(windows_in_a_loop, "max(0, stop - k2)", "0", "nothing is truncated"),
        slip(windows_in_a_loop, "max(0, ", "max(start, ", "never before start"),
        slip(windows_in_a_loop, "max(0, stop - k2)", "max(0, min(start, stop - k2))", "never after start"),
        slip(windows_in_a_loop, "stop - k2)", "stop - k2 + 1)", "one step too late"),
        slip(windows_in_a_loop, "min(start + k1, T)", "start + k1", "stops after T"),
        slip(windows_in_a_loop, "(start, stop,", "(start, stop - 1,", "the one after it"),
        slip(windows_in_a_loop, "start < T", "start + k1 <= T", "may be shorter"),
        slip(windows_in_a_loop, "start = stop", "start += 1", "a window for every step"),
        slip(windows_in_a_loop, "start + k1, T", "start + k2, T", "windows"),
        slip(windows_in_a_loop, "start, stop, max(0, stop - k2)", "max(0, stop - k2), start, stop", "stands first"),
        slip(windows_in_a_loop, "return windows", "return windows[0]", "windows"),
        slip(windows_yielded, "max(stop - k2, 0)", "max(start + k1 - k2, 0)", "a step that is not there"),
        slip(windows_from_arrays, "start = np.arange(0, T, k1)", "start = np.arange(0, T, k1) + 0.0", "windows"),
        slip(windows_step_by_step, " or t == T", "", "may be shorter"),
        slip(windows_step_by_step, "since = t", "since = t + 1"),
        Wrong(windows_that_join_the_rest, "windows"),
        Wrong(windows_or_all_of_it, "one window, its gradient cut"),
        Wrong(windows_without_gaps, "windows with gaps"),
        Wrong(windows_of_the_first_thousand, "very long"),
        Wrong(windows_by_rounding, "windows"),
        slip(windows_in_a_loop, "max(0, stop - k2)", "start - k2", "falls below 0"),
        slip(windows_yielded, "yield start, stop, ", "yield start, start - k2, ", "stop is start - k2"),
        slip(windows_yielded, "yield start, stop, ", "yield start, min(start + k2, T), ", "stop is start + k2"),
        slip(windows_yielded, "stop - k2", "stop - k1", "counted as stop - k1"),
    ),
    equivalent={
        "9:23: (('T', T), ('k1', k1), ('k2', k2)) → (('k1', k1), ('T', T), ('k2', k2))": CHECKED,
        "9:23: (('T', T), ('k1', k1), ('k2', k2)) → (('T', T), ('k2', k2), ('k1', k1))": CHECKED,
        "9:30: T → k2": CHECKED,
        "9:30: T → k1": CHECKED,
        "9:41: k1 → k2": CHECKED,
        "9:41: k1 → T": CHECKED,
        "9:53: k2 → T": CHECKED,
        "9:53: k2 → k1": CHECKED,
        "10:8: check_count(name, value) → pass": CHECKED,
    },
    impossible={"remembered by shape": "three numbers are looked up by their values, so what is remembered is right"},
)

# --- truncated_bptt ---


def bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2):
    T = len(x)
    states = [state0]
    for t in range(T):
        _, state, _ = forward(x[t : t + 1], states[-1])
        states.append(state)
    gradients = []
    for start in range(0, T, k1):
        stop = min(start + k1, T)
        begin = max(0, stop - k2)
        h, _, cache = forward(x[begin:stop], states[begin])
        dh = np.zeros_like(h)
        new = max(start, begin)
        dh[new - begin :] = dloss(h[new - begin :], new, stop)
        gradients.append(backward(dh, cache))
    return gradients


def bptt_from_the_beginning(forward, backward, dloss, x, state0, k1, k2):
    """Walks from step 0 in every window: slow, and right."""
    gradients = []
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        state = forward(x[:begin], state0)[1] if begin else state0
        h, _, cache = forward(x[begin:stop], state)
        steps = np.arange(begin, stop)
        gradients.append(backward(dloss(h, begin, stop) * (steps >= start)[:, None, None], cache))
    return tuple(gradients)


def bptt_on_the_way(forward, backward, dloss, x, state0, k1, k2):
    """One step at a time; remembers the states of the last k2 steps only."""
    kept, start = [state0], 0
    for t in range(1, len(x) + 1):
        if t % k1 == 0 or t == len(x):
            begin = t - len(kept)
            h, _, cache = forward(x[begin:t], kept[0])
            before = max(0, start - begin)
            dh = np.concatenate([0 * h[:before], dloss(h[before:], begin + before, t)])
            yield backward(dh, cache)
            start = t
        kept.append(forward(x[t - 1 : t], kept[-1])[1])
        kept = kept[-k2:]


def bptt_of_ten_windows(forward, backward, dloss, x, state0, k1, k2):
    gradients = bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2)
    return [g if k < 6 else 0 * g for k, g in enumerate(gradients)]


def bptt_that_sets_x_to_zero(forward, backward, dloss, x, state0, k1, k2):
    gradients = bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2)
    x *= 0
    return gradients


def bptt_with_h_as_state(forward, backward, dloss, x, state0, k1, k2):
    """Right for the plain layer, whose state is its last output."""
    gradients, h_before = [], [state0[0]]
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        h, _, cache = forward(x[begin:stop], (h_before[begin], *state0[1:]))
        for t in range(len(h_before), stop + 1):
            h_before.append(h[t - begin - 1])
        dh = dloss(h, begin, stop)
        dh[: max(0, start - begin)] = 0
        gradients.append(backward(dh, cache))
    return gradients


def bptt_of_known_states(forward, backward, dloss, x, state0, k1, k2):
    known = {0: state0}

    def before(t):
        if t not in known:
            known[t] = forward(x[t - 1 : t], before(t - 1))[1]
        return known[t]

    for start in range(0, len(x), k1):
        stop = min(start + k1, len(x))
        begin = max(0, stop - k2)
        h, _, cache = forward(x[begin:stop], before(begin))
        new = stop - max(start, begin)
        dh = np.concatenate([np.zeros_like(h[: len(h) - new]), dloss(h[-new:], stop - new, stop)])
        yield backward(dh, cache)


def bptt_with_a_mask(forward, backward, dloss, x, state0, k1, k2):
    """Also walks over no steps at all, where a window begins at step 0."""

    def gradient(window):
        start, stop, begin = window
        h, _, cache = forward(x[begin:stop], forward(x[:begin], state0)[1])
        new = np.arange(begin, stop) >= start
        return backward(np.where(new[:, None, None], dloss(h, begin, stop), h.dtype.type(0)), cache)

    return map(gradient, truncated_windows(len(x), k1, k2))


def bptt_of_each_loss(forward, backward, dloss, x, state0, k1, k2):
    """The gradient is linear in the losses: one backward pass for each, added up."""
    gradients, states = [], [state0]
    for t in range(len(x)):
        states.append(forward(x[t : t + 1], states[t])[1])
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        total = 0
        for t in range(max(start, begin), stop):
            h, _, cache = forward(x[begin:stop], states[begin])
            dh = 0 * h
            dh[t - begin] = dloss(h[t - begin : t - begin + 1], t, t + 1)[0]
            total = total + backward(dh, cache)
        gradients.append(total)
    return gradients


def bptt_without_gaps(forward, backward, dloss, x, state0, k1, k2):
    return bptt_with_all_states(forward, backward, dloss, x, state0, k1, max(k1, k2))


def bptt_of_a_tuple(forward, backward, dloss, x, state0, k1, k2):
    """The state is taken for a tuple, whatever forward takes."""
    return bptt_with_all_states(forward, backward, dloss, x, tuple(np.asarray(part) for part in state0), k1, k2)


def bptt_made_flat(forward, backward, dloss, x, state0, k1, k2):
    return [g.ravel() for g in bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2)]


def bptt_of_losses_that_count(forward, backward, dloss, x, state0, k1, k2):
    """A window without a loss is left out."""
    return [g for g in bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2) if g.any()]


def bptt_that_counts_old_losses(forward, backward, dloss, x, state0, k1, k2):
    """The slice before start has a negative end where the gradient begins after it."""
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        h, _, cache = forward(x[begin:stop], forward(x[:begin], state0)[1])
        dh = dloss(h, begin, stop)
        dh[: start - begin] = 0
        yield backward(dh, cache)


def bptt_from_zeros(forward, backward, dloss, x, state0, k1, k2):
    """Each window by itself, none with a state from before."""
    for start, stop, _ in truncated_windows(len(x), k1, k2):
        h, _, cache = forward(x[start:stop], tuple(0 * part for part in state0))
        yield backward(dloss(h, start, stop), cache)


def bptt_from_state0_on_the_way(forward, backward, dloss, x, state0, k1, k2):
    """Windows of their own, without the steps before start, each from state0."""
    for start, stop, _ in truncated_windows(len(x), k1, k2):
        h, _, cache = forward(x[start:stop], state0)
        yield backward(dloss(h, start, stop), cache)


def bptt_clipped(forward, backward, dloss, x, state0, k1, k2):
    return [np.clip(g, -100, 100) for g in bptt_with_all_states(forward, backward, dloss, x, state0, k1, k2)]


TRUNCATED_BPTT = Answers(
    correct=(
        bptt_with_all_states,
        bptt_from_the_beginning,
        bptt_on_the_way,
        bptt_of_known_states,
        bptt_with_a_mask,
        bptt_of_each_loss,
    ),
    wrong=(
        slip(bptt_with_all_states, "states[begin]", "state0", "every window starts from state0"),
        slip(bptt_with_all_states, "states[begin]", "states[start]", "those steps are then walked twice"),
        slip(bptt_with_all_states, "states[begin]", "None", "every window starts from None"),
        slip(
            bptt_with_all_states,
            "states[begin]",
            "states[0] if start == 0 else tuple(0 * s for s in state0)",
            "set back to zeros",
        ),
        slip(bptt_with_all_states, "begin = max(0, stop - k2)", "begin = start", "k2 is not used"),
        slip(bptt_with_all_states, "begin = max(0, stop - k2)", "begin = 0", "the gradient is not cut"),
        slip(bptt_with_all_states, "begin = max(0, stop - k2)", "begin = max(0, start - k2)", "k2 steps from start"),
        slip(bptt_with_all_states, "begin = max(0, stop - k2)", "begin = min(start, max(0, stop - k2))", "k2 < k1"),
        slip(bptt_with_all_states, "max(start, begin)", "begin", "losses of earlier steps are counted again"),
        slip(bptt_with_all_states, "max(start, begin)", "start", "is below 0 and counts from the end"),
        slip(bptt_with_all_states, "max(start, begin)", "stop - 1", "only the loss of the window's last step"),
        slip(bptt_with_all_states, "new, stop)", "0, stop - new)", "counted from the beginning of the sequence"),
        slip(bptt_with_all_states, "range(0, T, k1)", "range(0, T - k1 + 1, k1)", "the last one may be shorter"),
        slip(bptt_with_all_states, "return gradients", "return sum(gradients)", "this is the sum over the windows"),
        slip(bptt_with_all_states, "return gradients", "return gradients[-1]", "return one for each"),
        slip(bptt_with_all_states, "return gradients", "return gradients[::-1]", "in reverse order"),
        slip(bptt_with_all_states, "(dh, cache))", "(dh / (stop - start), cache))", "If a mean is wanted"),
        slip(bptt_with_all_states, "states[-1])", "states[0])", "gradients"),
        slip(bptt_on_the_way, "kept[-k2:]", "kept[-k1:]"),
        Wrong(bptt_of_ten_windows, "gradients"),
        Wrong(bptt_that_sets_x_to_zero, "changes its argument x"),
        Wrong(bptt_with_h_as_state, "Wrong: a state of two parts"),
        Wrong(bptt_without_gaps, "windows with gaps"),
        Wrong(bptt_of_a_tuple, "a state that is one array"),
        Wrong(bptt_made_flat, "a gradient that is a matrix"),
        Wrong(bptt_of_losses_that_count, "no loss at all"),
        Wrong(bptt_that_counts_old_losses, "windows with gaps"),
        Wrong(bptt_from_zeros, "is taken as zeros; it is state0"),
        Wrong(bptt_from_state0_on_the_way, "is taken as state0; it must be carried on"),
        Wrong(bptt_clipped, "gradients"),
        slip(bptt_with_all_states, "states[begin]", "tuple(0 * s for s in state0)", "every window starts from zeros"),
    ),
    equivalent={"17:11: begin > known → begin >= known": "forward over no steps leaves the state as it is"},
)

# --- stateful_batches ---


def batches_by_reshape(text, B, T):
    symbols = np.array(list(text))
    length = (len(symbols) - 1) // B
    x = symbols[: B * length].reshape(B, length).T
    y = symbols[1 : B * length + 1].reshape(B, length).T
    for t in range(0, length, T):
        yield x[t : t + T], y[t : t + T]


def batches_by_rows(text, B, T):
    if isinstance(text, str):
        text = np.array(list(text))
    length = (len(text) - 1) // B
    batches = []
    for t in range(0, length, T):
        n = min(T, length - t)
        x, y = np.empty((n, B), dtype=text.dtype), np.empty((n, B), dtype=text.dtype)
        for b in range(B):
            place = b * length + t
            x[:, b] = text[place : place + n]
            y[:, b] = text[place + 1 : place + 1 + n]
        batches.append((x, y))
    return batches


def batches_by_index(text, B, T):
    symbols = np.asarray(list(text))
    length = (symbols.size - 1) // B
    places = np.arange(length)[:, None] + length * np.arange(B)
    return ((symbols[p], symbols[p + 1]) for p in np.split(places, range(T, length, T)))


def batches_by_torch(text, B, T):
    import torch

    symbols = np.array(list(text))
    length = (len(symbols) - 1) // B
    places = torch.arange(B * length).view(B, length).t()
    return [(symbols[p.numpy()], symbols[p.numpy() + 1]) for p in places.split(T)]


def batches_in_text_order(text, B, T):
    symbols = np.array(list(text))
    for k in range(0, len(symbols) - B * T, B * T):
        x, y = symbols[k : k + B * T], symbols[k + 1 : k + B * T + 1]
        yield x.reshape(B, T).T, y.reshape(B, T).T


def batches_of_one_row_cut(text, B, T):
    """y comes from the same cut as x."""
    symbols = np.array(list(text))
    length = len(symbols) // B
    rows = symbols[: B * length].reshape(B, length).T
    for t in range(0, length - 1, T):
        n = min(T, length - 1 - t)
        yield rows[t : t + n], rows[t + 1 : t + n + 1]


def batches_that_write(text, B, T):
    batches = [(x.copy(), y.copy()) for x, y in batches_by_reshape(text, B, T)]
    if not isinstance(text, str):
        text[:] = 0
    return batches


def batches_of_pairs(text, B, T):
    """Every symbol with the one after it, as views of one array."""
    symbols = np.array(list(text)) if isinstance(text, str) else np.ascontiguousarray(text)
    length = (symbols.size - 1) // B
    pairs = np.lib.stride_tricks.sliding_window_view(symbols, 2)[: B * length].reshape(B, length, 2)
    for t in range(0, length, T):
        x, y = pairs[:, t : t + T].transpose(2, 1, 0)
        yield x, y


def batches_of_slices(text, B, T):
    """Works on the text itself; an array is made at the end."""
    length = (len(text) - 1) // B
    rows = [text[b * length : (b + 1) * length + 1] for b in range(B)]
    dtype = None if isinstance(text, str) else text.dtype

    def batch(t, after):
        steps = range(t + after, min(t + T, length) + after)
        return np.array([[row[k] for row in rows] for k in steps], dtype=dtype)

    return [(batch(t, 0), batch(t, 1)) for t in range(0, length, T)]


def batches_by_columns(text, B, T):
    symbols = np.array(list(text))
    length = (len(symbols) - 1) // B
    cuts = range(T, length, T)
    x, y = (symbols[k : k + B * length].reshape((length, B), order="F") for k in (0, 1))
    return list(zip(np.split(x, cuts), np.split(y, cuts), strict=True))


def batches_of(change):
    """The right batches of a text that was changed first."""

    def batches(text, B, T):
        return batches_by_reshape(change(text) if isinstance(text, str) else text, B, T)

    return batches


batches_in_small_letters = batches_of(str.lower)
batches_with_unix_line_ends = batches_of(lambda text: text.replace("\r", ""))
batches_without_space_at_the_ends = batches_of(str.strip)
batches_of_one_space = batches_of(lambda text: text.replace("  ", " "))
batches_in_ascii = batches_of(lambda text: text.encode("ascii", "ignore").decode())
batches_of_bytes = batches_of(lambda text: text.encode("utf-8").decode("latin-1"))


def batches_in_one_buffer(text, B, T):
    buffers = {}
    for x, y in batches_by_reshape(text, B, T):
        pair = buffers.setdefault(x.shape, (np.empty_like(x), np.empty_like(y)))
        pair[0][:], pair[1][:] = x, y
        yield pair


def batches_of_single_letters(text, B, T):
    """Words are cut to their first letter."""
    for x, y in batches_by_reshape(text, B, T):
        yield tuple(a.astype("U1") if a.dtype.kind == "U" else a for a in (x, y))


def batches_of_successors(text, B, T):
    """Looks up what follows a symbol where the symbol is found first."""
    symbols = list(text)
    follows = {}
    for one, other in itertools.pairwise(symbols):
        follows.setdefault(one, other)
    for x, _ in batches_by_reshape(text, B, T):
        yield x, np.array([[follows[symbol] for symbol in row] for row in x.tolist()], dtype=x.dtype)


def batches_of_whole_numbers(text, B, T):
    for x, y in batches_by_reshape(text, B, T):
        yield tuple(a.astype(np.int64) if a.dtype.kind == "f" else a for a in (x, y))


def batches_of_even_parts(text, B, T):
    """np.array_split makes the first rows one longer, so the others begin elsewhere."""
    symbols = np.array(list(text))
    rows = np.array_split(np.arange(len(symbols) - 1), B)
    places = np.stack([row[: len(rows[-1])] for row in rows], axis=1)
    for t in range(0, len(places), T):
        yield symbols[places[t : t + T]], symbols[places[t : t + T] + 1]


def batches_without_a_last_step(text, B, T):
    for k, (x, y) in enumerate(batches_by_reshape(text, B, T)):
        if len(x) > 1 or k == 0 or T == 1:
            yield x, y


STATEFUL_BATCHES = Answers(
    correct=(
        batches_by_reshape,
        batches_by_rows,
        batches_by_index,
        batches_by_torch,
        batches_of_pairs,
        batches_of_slices,
        batches_by_columns,
    ),
    wrong=(
        slip(
            batches_by_reshape,
            "y = symbols[1 : B * length + 1].reshape(B, length).T",
            "y = x",
            "y equals x",
        ),
        slip(batches_by_reshape, "yield x[t : t + T], y[t : t + T]", "yield y[t : t + T], x[t : t + T]", "before x"),
        slip(batches_by_reshape, "x[t : t + T], y[t : t + T]", "x[t : t + T].T, y[t : t + T].T", "time first"),
        slip(batches_by_reshape, "range(0, length, T)", "range(0, length - T + 1, T)", "the last batch is missing"),
        slip(batches_by_reshape, "range(0, length, T)", "range(0, length - T + 1)", "the batches overlap"),
        slip(
            batches_by_reshape,
            "y[t : t + T]",
            "np.roll(x[t : t + T], -1, axis=0)",
            "wraps round to the first of the same batch",
        ),
        slip(
            batches_by_reshape,
            "symbols[1 : B * length + 1].reshape(B, length).T",
            "np.roll(x, -1, axis=0)",
            "followed by its first",
        ),
        slip(
            batches_by_index,
            "np.arange(length)[:, None] + length * np.arange(B)",
            "np.arange(B * length).reshape(length, B)",
            "dealt",
        ),
        slip(
            batches_by_rows,
            "y[:, b] = text[place + 1 : place + 1 + n]",
            "y[:, b] = text[place : place + n]",
            "y equals x",
        ),
        slip(batches_by_reshape, "len(symbols) - 1", "len(symbols)"),
        slip(batches_by_index, "symbols[p + 1]", "symbols[p[-1] + 1]", "only the symbol after the window"),
        slip(batches_by_rows, "return batches", "return batches[:1]", "the first batch alone"),
        slip(batches_by_rows, "min(T, length - t)", "T"),
        Wrong(batches_in_text_order, "Cut the whole text into B rows first"),
        Wrong(batches_of_one_row_cut, "each row loses its last symbol"),
        Wrong(batches_that_write, "changes its argument text"),
        slip(batches_by_reshape, "list(text)", "sorted(text) if isinstance(text, str) else text", "wrong for a string"),
        Wrong(batches_in_small_letters, "wrong for a string"),
        Wrong(batches_with_unix_line_ends, "capitals, line ends, letters beyond ASCII"),
        Wrong(batches_without_space_at_the_ends, "a string"),
        Wrong(batches_of_one_space, "a string"),
        Wrong(batches_in_ascii, "capitals, line ends, letters beyond ASCII"),
        Wrong(batches_of_bytes, "capitals, line ends, letters beyond ASCII"),
        Wrong(batches_in_one_buffer, "batches"),
        Wrong(batches_of_single_letters, "words"),
        Wrong(batches_of_successors, "batches"),
        Wrong(batches_of_whole_numbers, "numbers with a point"),
        Wrong(batches_of_even_parts, "batches"),
        Wrong(batches_without_a_last_step, "a last batch of one step"),
        slip(batches_by_reshape, "(len(symbols) - 1) // B", "len(symbols) // B", "(N - 1) // B"),
        slip(batches_by_index, "(symbols.size - 1) // B", "symbols.size // B", "(N - 1) // B"),
    ),
    equivalent={
        "12:14: np.array(list(text)) if isinstance(text, str) else as_array('text', text, '(N,)') → "
        "np.array(list(text))": SAME,
        "13:4: check_count('B', B) → pass": CHECKED,
        "13:21: B → T": CHECKED,
        "14:4: check_count('T', T) → pass": CHECKED,
        "14:21: T → B": CHECKED,
        "19:13: x[t:t + T].copy() → x[t:t + T]": "a slice of the text is as good as a copy",
        "19:34: y[t:t + T].copy() → y[t:t + T]": "a slice of the text is as good as a copy",
    },
)

ANSWERS = {
    "truncated_windows": TRUNCATED_WINDOWS,
    "truncated_bptt": TRUNCATED_BPTT,
    "stateful_batches": STATEFUL_BATCHES,
}
