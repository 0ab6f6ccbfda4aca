"""Answers to the exercises of chapter 01."""

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


def windows_that_share(series, k):
    return np.lib.stride_tricks.sliding_window_view(series, k)[:-1], series[k:].copy()


def windows_that_normalise(series, k):
    series -= series.mean()
    return windows_from_lists(series, k)


SLIDING_WINDOWS = Answers(
    correct=(windows_by_loop, windows_by_indices, windows_by_view, windows_from_lists),
    wrong=(
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
    ),
    equivalent={"10:4: series = np.asarray(series) → pass": "the argument is an array already"},
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


def pad_that_empties_the_list(sequences):
    x, lengths = pad_by_loop(sequences)
    del sequences[1:]
    return x, lengths


PAD_BATCH = Answers(
    correct=(pad_by_loop, pad_by_np_pad, pad_entry_by_entry, pad_by_torch),
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
        slip(pad_entry_by_entry, "t < len(sequence)", "t < len(sequence) - 1", "wrong at step"),
        Wrong(pad_that_empties_the_list, "changes its argument sequences"),
    ),
    equivalent={
        "21:58: 0 → -1": "all sequences have the same D",
        "21:85: 0 → -1": "all sequences have the same dtype",
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


MASK_FROM_LENGTHS = Answers(
    correct=(mask_by_loop, mask_by_outer, mask_by_count, mask_by_list),
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
    ),
    equivalent={"9:4: lengths = np.asarray(lengths) → pass": "the argument is an array already"},
)

ANSWERS = {"sliding_windows": SLIDING_WINDOWS, "pad_batch": PAD_BATCH, "mask_from_lengths": MASK_FROM_LENGTHS}
