"""Answers to the exercises of chapter 01."""

import itertools

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- sliding_windows ---


def windows_by_loop(series, k):
    n = len(series)
    X = np.zeros((n - k, k), dtype=series.dtype)
    y = np.zeros(n - k, dtype=series.dtype)
    for j in range(n - k):
        for i in range(k):
            X[j, i] = series[j + i]
        y[j] = series[j + k]
    return X, y


def windows_by_indices(series, k):
    rows = np.arange(len(series) - k)
    return series[rows[:, None] + np.arange(k)], series[rows + k]


def windows_by_view(series, k):
    X = np.lib.stride_tricks.sliding_window_view(series, k)[:-1]
    return X.copy(), np.array(series[k:])


def windows_from_lists(series, k):
    X, y = [], []
    for j in range(k, len(series)):
        X.append(series[j - k : j])
        y.append(series[j])
    return np.array(X), np.array(y)


def windows_by_hankel(series, k):
    from scipy.linalg import hankel

    return hankel(series[:-k], series[-k - 1 : -1]), np.fromiter(series[k:], dtype=series.dtype)


def windows_by_a_longer_row(series, k):
    """Rows one longer than the series, filled with it again and again: each begins one value later."""
    n = len(series)
    table = np.resize(series, (n, n + 1))
    return table[: n - k, :k].copy(), table[: n - k, k].copy()


def windows_from_the_last(series, k):
    if len(series) == k + 1:
        return series[None, :k].copy(), series[k:].copy()
    X, y = windows_from_the_last(series[:-1], k)
    return np.vstack([X, series[-k - 1 : -1]]), np.append(y, series[-1])


def windows_that_share(series, k):
    return np.lib.stride_tricks.sliding_window_view(series, k)[:-1], series[k:].copy()


def windows_that_normalise(series, k):
    series -= series.mean()
    return windows_from_lists(series, k)


def windows_found_by_their_value(series, k):
    X, _ = windows_by_view(series, k)
    values = series.tolist()
    return X, np.array([values[values.index(row[-1]) + 1] for row in X], dtype=series.dtype)


def windows_each_once(series, k):
    X, y = windows_by_view(series, k)
    firsts = np.sort(np.unique(X, axis=0, return_index=True)[1])
    return X[firsts], y[firsts]


def windows_without_zeros_at_the_ends(series, k):
    inner = np.trim_zeros(series)
    return windows_by_view(inner if len(inner) > k else series, k)


def windows_with_targets_from_running_sums(series, k):
    X, _ = windows_by_view(series, k)
    return X, np.diff(np.cumsum(series))[k - 1 :].astype(series.dtype)


def windows_remembered_by_their_sum(series, k, known={}):  # noqa: B006 - what it remembers is the point
    key = len(series), k, series.dtype, round(float(series.sum()), 6)
    if key not in known:
        known[key] = windows_by_view(series, k)
    return tuple(array.copy() for array in known[key])


def windows_of_numbers_with_a_point(series, k):
    X, y = windows_by_view(series, k)
    kept = series.dtype if series.dtype == np.float32 else float
    return X.astype(kept), y.astype(kept)


def windows_of_half_the_series_at_most(series, k):
    X, y = windows_by_view(series, k)
    X[:, len(series) // 2 + 1 :] = 0
    return X, y


def windows_with_nine_digits(series, k):
    X, y = windows_by_view(series, k)
    return X.round(9), y.round(9)


def windows_by_item_size(series, k):
    """The next number is taken to lie right behind this one in memory."""
    view = np.lib.stride_tricks.as_strided(series, (len(series) - k, k), (series.itemsize, series.itemsize))
    return view.copy(), series[k:].copy()


SLIDING_WINDOWS = Answers(
    correct=(
        windows_by_loop,
        windows_by_indices,
        windows_by_view,
        windows_from_lists,
        windows_by_hankel,
        windows_by_a_longer_row,
        windows_from_the_last,
    ),
    wrong=(
        Wrong(windows_by_item_size, "Wrong: strided"),
        slip(windows_by_view, "[:-1]", "", "n - k windows, not n - k + 1"),
        slip(windows_by_view, "[:-1]", "[1:]", "starts one step late"),
        slip(windows_by_view, "series[k:]", "series[k - 1 : -1]", "the window's own last value"),
        slip(windows_by_view, "series[k:]", "series[k + 1 :]", "one step too late"),
        slip(windows_by_view, "series[k:]", "series[:-k]", "y[0] must be series[k]"),
        slip(windows_by_view, "X.copy()", "X[:, ::-1].copy()", "newest first"),
        slip(windows_by_view, "X.copy()", "X.T.copy()", "transposed"),
        slip(windows_by_view, "X.copy(), np.array(series[k:])", "np.array(series[k:]), X.copy()", "changed places"),
        slip(windows_by_view, "np.array(series[k:])", "series[k:]", "shares its memory"),
        slip(windows_by_loop, "X = np.zeros((n - k, k), dtype=series.dtype)", "X = np.zeros((n - k, k))", "float64"),
        slip(windows_by_loop, "for j in range(n - k):", "for j in range(n - k - 1):", "y: 1 of"),
        slip(windows_from_lists, "range(k, len(series))", "range(k, len(series), k)", "do not overlap"),
        slip(windows_from_lists, "range(k, len(series))", "range(k, len(series) - 1)", "one window is missing"),
        slip(windows_from_lists, "np.array(X), np.array(y)", "X, y", "a list of"),
        slip(windows_from_lists, "return np.array(X), np.array(y)", "return np.array(X)", "expected 2 values"),
        Wrong(windows_that_share, "X shares its memory with the argument series"),
        Wrong(windows_that_normalise, "changes its argument series"),
        Wrong(windows_found_by_their_value, "zeros and ones"),
        Wrong(windows_each_once, "equal values"),
        Wrong(windows_without_zeros_at_the_ends, "zeros and ones"),
        Wrong(windows_with_targets_from_running_sums),
        Wrong(windows_remembered_by_their_sum, "rising values"),
        Wrong(windows_of_numbers_with_a_point, "expected int64"),
        Wrong(windows_of_half_the_series_at_most, "one window"),
        Wrong(windows_with_nine_digits),
        slip(windows_by_loop, "return X, y", "return X + 0, y + 0"),
        slip(
            windows_by_loop, "return X, y", "return [a.astype(np.int64) if a.dtype.kind in 'iu' else a for a in (X, y)]"
        ),
        slip(windows_by_loop, "return X, y", "return [a.astype(np.float32) if a.itemsize == 2 else a for a in (X, y)]"),
    ),
    equivalent={"10:4: series = as_array('series', series, 'shape (n,)') → pass": "the argument is an array already"},
    impossible={"right unless n = 1": "1 ≤ k < n: a window of one value and the value after it are two"},
)

# --- pad_batch ---


def pad_by_loop(sequences):
    lengths = np.array([len(sequence) for sequence in sequences])
    x = np.zeros((max(lengths), len(sequences), sequences[0].shape[1]), dtype=sequences[0].dtype)
    for b, sequence in enumerate(sequences):
        x[: len(sequence), b, :] = sequence
    return x, lengths


def pad_by_np_pad(sequences):
    T = max(len(s) for s in sequences)
    padded = [np.pad(s, ((0, T - len(s)), (0, 0))) for s in sequences]
    return np.stack(padded, axis=1), np.asarray([s.shape[0] for s in sequences])


def pad_entry_by_entry(sequences):
    lengths = np.fromiter(map(len, sequences), dtype=np.int32)
    x = np.empty((lengths.max(), len(sequences), sequences[0].shape[1]), dtype=sequences[0].dtype)
    for t in range(x.shape[0]):
        for b, sequence in enumerate(sequences):
            x[t, b] = sequence[t] if t < len(sequence) else 0
    return x, lengths


def pad_by_torch(sequences):
    import torch

    x = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(s) for s in sequences])
    return x.numpy(), np.array([len(s) for s in sequences])


def pad_by_zip_longest(sequences):
    nothing = np.zeros(sequences[0].shape[1], dtype=sequences[0].dtype)
    steps = itertools.zip_longest(*sequences, fillvalue=nothing)
    return np.array([np.vstack(rows) for rows in steps]), np.vectorize(len, signature="()->()")(_boxed(sequences))


def _boxed(sequences):
    """An array of objects, one for each sequence."""
    boxes = np.empty(len(sequences), dtype=object)
    for b, sequence in enumerate(sequences):
        boxes[b] = sequence
    return boxes


def pad_all_steps_at_once(sequences):
    """Every step of every sequence is written in one go, to its own place in a flat array."""
    lengths = np.array([*map(len, sequences)])
    rows = np.repeat(np.arange(len(sequences)), lengths)
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    x = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]), dtype=sequences[0].dtype)
    x[steps, rows] = np.concatenate(sequences)
    return x, lengths


def pad_one_by_one(sequences):
    """The batch so far, and one sequence more: whichever is shorter grows."""
    x, lengths = sequences[0][:, None].copy(), [len(sequences[0])]
    for sequence in sequences[1:]:
        T = max(len(x), len(sequence))
        x = np.concatenate([np.pad(a, ((0, T - len(a)), (0, 0), (0, 0))) for a in (x, sequence[:, None])], axis=1)
        lengths.append(len(sequence))
    return x, np.array(lengths)


def pad_that_empties_the_list(sequences):
    x, lengths = pad_by_loop(sequences)
    del sequences[1:]
    return x, lengths


def pad_that_ends_where_zeros_begin(sequences):
    x, _ = pad_by_loop(sequences)
    return x, ((x != 0).any(axis=-1) * np.arange(1, len(x) + 1)[:, None]).max(axis=0)


def pad_by_length(sequences):
    by_length = {len(sequence): sequence for sequence in sequences}
    return pad_by_loop([by_length[len(sequence)] for sequence in sequences])


def pad_in_uninitialised_memory(sequences):
    x, lengths = pad_by_loop(sequences)
    memory = np.empty_like(x)
    for b, n in enumerate(lengths):
        memory[:n, b] = x[:n, b]
    return memory, lengths


def pad_with_nearly_nothing(sequences):
    x, lengths = pad_by_loop(sequences)
    padding = np.arange(len(x))[:, None] >= lengths
    if x.dtype.kind == "f":
        x[padding] = np.finfo(x.dtype).eps
    return x, lengths


def pad_in_order_of_order(sequences):
    order = np.argsort([len(sequence) for sequence in sequences], kind="stable")
    x, lengths = pad_by_loop([sequences[k] for k in order])
    return x[:, order], lengths[order]


def pad_two_hundred_steps_at_most(sequences):
    x, lengths = pad_by_loop(sequences)
    return x[:200], np.minimum(lengths, 200)


def pad_with_the_sequence_where_it_never_changes(sequences):
    x, lengths = pad_by_loop(sequences)
    for b, sequence in enumerate(sequences):
        if (sequence == sequence[0]).all():
            x[:, b] = sequence[0]
    return x, lengths


def pad_that_sorts_the_list(sequences):
    x, lengths = pad_by_loop(sequences)
    sequences.sort(key=len)
    return x, lengths


def pad_whole_numbers_of_64_bits(sequences):
    x, lengths = pad_by_loop(sequences)
    return x if x.dtype.kind == "f" else x.astype(np.int64), lengths


PAD_BATCH = Answers(
    correct=(
        pad_by_loop,
        pad_by_np_pad,
        pad_entry_by_entry,
        pad_by_torch,
        pad_by_zip_longest,
        pad_all_steps_at_once,
        pad_one_by_one,
    ),
    wrong=(
        slip(pad_by_np_pad, "(0, T - len(s))", "(T - len(s), 0)", "the zeros come before"),
        slip(pad_by_np_pad, "axis=1", "axis=0", "this course puts time first".capitalize()),
        slip(pad_by_np_pad, "(0, 0)))", '(0, 0)), mode="edge")', "repeats each sequence's last step"),
        slip(pad_by_np_pad, "max(len(s)", "1 + max(len(s)", "one step too many"),
        slip(pad_by_np_pad, "s.shape[0] for", "s.size for", "must count its steps"),
        slip(pad_by_np_pad, "s.shape[0] for", "T for", "each has its own length"),
        slip(pad_by_np_pad, "s.shape[0] for", "float(len(s)) for", "they are integers"),
        slip(pad_by_loop, ", dtype=sequences[0].dtype", "", "float64"),
        slip(pad_by_loop, "max(lengths)", "min(lengths)", "could not broadcast"),
        slip(pad_by_loop, "len(sequence), b", "len(sequence) - 1, b", "could not broadcast"),
        slip(pad_by_loop, "x, lengths", "x", "expected 2 values"),
        slip(pad_by_loop, "    lengths =", "    sequences = sorted(sequences, key=len)[::-1]\n    lengths =", "sorted"),
        slip(pad_entry_by_entry, "else 0", "else np.nan", "padding is NaN"),
        slip(pad_entry_by_entry, "t < len(sequence)", "t < len(sequence) - 1", "last step of each sequence is lost"),
        Wrong(pad_that_empties_the_list, "changes its argument sequences"),
        Wrong(pad_that_ends_where_zeros_begin, "zeros at both ends"),
        Wrong(pad_by_length, "two longest ones"),
        Wrong(pad_in_uninitialised_memory),
        Wrong(pad_with_nearly_nothing, "expected 0"),
        Wrong(pad_in_order_of_order),
        Wrong(pad_two_hundred_steps_at_most, "long"),
        Wrong(pad_with_the_sequence_where_it_never_changes, "equal values"),
        Wrong(pad_that_sorts_the_list, "changes its argument sequences"),
        Wrong(pad_whole_numbers_of_64_bits),
    ),
    equivalent={
        "20:58: 0 → -1": "all sequences have the same D",
        "20:85: 0 → -1": "all sequences have the same dtype",
    },
)

# --- mask_from_lengths ---


def mask_by_loop(lengths, T):
    mask = np.zeros((T, len(lengths)), dtype=bool)
    for b, n in enumerate(lengths):
        mask[:n, b] = True
    return mask


def mask_by_outer(lengths, T):
    return np.greater.outer(lengths, np.arange(T)).T.copy()


def mask_by_count(lengths, T):
    return np.cumsum(np.ones((T, len(lengths)), dtype=int), axis=0) <= lengths


def mask_by_list(lengths, T):
    return np.array([[t < n for n in lengths] for t in range(T)])


def mask_from_a_table(lengths, T):
    """Row n of the table is the mask of a sequence of length n."""
    return np.tri(T + 1, T, -1, dtype=bool)[lengths].T


def mask_by_search(lengths, T):
    return np.stack([np.searchsorted([n], np.arange(T), side="right") == 0 for n in lengths], axis=1)


def mask_by_torch(lengths, T):
    import torch

    return (torch.arange(T)[:, None] < torch.from_numpy(np.array(lengths))).numpy()


def mask_of_one_step_at_least(lengths, T):
    return np.arange(T)[:, None] < np.maximum(lengths, 1)


def mask_from_bits(lengths, T):
    ones = (np.int64(1) << np.minimum(lengths, 62).astype(np.int64)) - 1
    return (ones >> np.minimum(np.arange(T), 62)[:, None]) & 1 == 1


def mask_from_small_integers(lengths, T):
    return np.arange(T)[:, None] < lengths.astype(np.int8)


def mask_from_a_table_without_a_row_of_zeros(lengths, T):
    return np.tri(T, T, dtype=bool)[lengths - 1].T


def mask_remembered_by_its_sum(lengths, T, known={}):  # noqa: B006
    key = len(lengths), T, int(lengths.sum())
    if key not in known:
        known[key] = mask_by_loop(lengths, T)
    return known[key].copy()


def mask_by_fractions_of_the_longest(lengths, T):
    return np.arange(T)[:, None] / T < lengths / max(1, lengths.max())


def mask_from_lengths_of_one_byte(lengths, T):
    return np.arange(T)[:, None] < lengths.astype(np.uint8)


MASK_FROM_LENGTHS = Answers(
    correct=(
        mask_by_loop,
        mask_by_outer,
        mask_by_count,
        mask_by_list,
        mask_from_a_table,
        mask_by_search,
        mask_by_torch,
    ),
    wrong=(
        slip(mask_by_list, "t < n", "t <= n", "one step too many"),
        slip(mask_by_list, "t < n", "t < n - 1", "one step too few"),
        slip(mask_by_list, "t < n", "t >= n", "True and False are exchanged"),
        slip(mask_by_list, "t < n", "t >= T - n", "stands at the end of each column"),
        slip(mask_by_list, "t < n", "t == n - 1", "only one step"),
        slip(mask_by_list, "t < n", "int(t < n)", "truth values"),
        slip(mask_by_list, "t < n", "1.0 * (t < n)", "truth values"),
        slip(mask_by_list, "range(T)", "range(max(lengths))", "T is not used"),
        slip(mask_by_outer, ".T.copy()", "", "the batch stands first"),
        slip(mask_by_count, "<= lengths", "< lengths", "one step too few"),
        slip(mask_by_loop, "True", "lengths[b] > 0 and b > 0", "row 0"),
        slip(
            mask_by_list,
            "np.array([[t < n for n in lengths] for t in range(T)])",
            "[[t < n for n in lengths] for t in range(T)]",
            "a list of",
        ),
        Wrong(mask_of_one_step_at_least, "empty"),
        Wrong(mask_from_bits, "long"),
        Wrong(mask_from_small_integers, "long"),
        Wrong(mask_from_a_table_without_a_row_of_zeros, "empty"),
        Wrong(mask_remembered_by_its_sum, "rising lengths"),
        Wrong(mask_by_fractions_of_the_longest),
        Wrong(mask_from_lengths_of_one_byte),
    ),
    equivalent={
        "9:4: lengths = as_array('lengths', lengths, 'integers of shape (B,)') → pass": "it is an array already"
    },
)

ANSWERS = {"sliding_windows": SLIDING_WINDOWS, "pad_batch": PAD_BATCH, "mask_from_lengths": MASK_FROM_LENGTHS}
