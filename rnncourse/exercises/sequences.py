"""Exercises of chapter 01: windows of a series, sequences of unequal length in one array, the mask of the padding."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnncourse.checks.cases import LONG, Case
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.reference.sequences import mask_from_lengths, pad_batch, sliding_windows

CHAPTER = "01_sequences"
Array = np.ndarray


def _series(rng: np.random.Generator) -> Iterator[Case]:
    some = int(rng.integers(3, 6))
    for label, n, k in (
        ("random sizes", int(rng.integers(12, 18)), some),
        ("window of one", int(rng.integers(6, 9)), 1),
        ("one window", some + 1, some),
        ("long", LONG, 30),
    ):
        yield Case((rng.normal(size=n), k), f"{label}: n={n}, k={k}")
    yield Case((rng.normal(size=11).astype("float32"), 4), "float32: n=11, k=4", "float32")


def _sequences(rng: np.random.Generator) -> Iterator[Case]:
    lengths = rng.choice(np.arange(2, 9), size=4, replace=False)
    for label, sizes, D in (
        ("random sizes", lengths, 3),
        ("longest last", np.sort(lengths), 2),
        ("longest first", np.sort(lengths)[::-1], 5),
        ("one sequence", lengths[:1], 3),
        ("equal lengths", np.array([4, 4, 4]), 2),
        ("length one", np.array([1, 5, 1]), 4),
        ("long", np.array([LONG, 9]), 1),
    ):
        arrays = [rng.normal(size=(n, D)) for n in sizes]
        yield Case((arrays,), f"{label}: lengths {', '.join(map(str, sizes))}, D={D}")
    single = [rng.normal(size=(n, 3)).astype("float32") for n in lengths]
    yield Case((single,), f"float32: lengths {', '.join(map(str, lengths))}, D=3", "float32")


def _lengths(rng: np.random.Generator) -> Iterator[Case]:
    for label, lengths, T in (
        ("random sizes", rng.permutation(rng.choice(np.arange(2, 9), size=4, replace=False)), 9),
        ("longest fills T", np.array([3, 7, 5]), 7),
        ("one row", np.array([3]), 6),
        ("one step", np.array([1, 1, 1]), 1),
        ("an empty row", np.array([0, 4, 2]), 5),
        ("long", rng.integers(1, LONG, size=6), LONG),
    ):
        yield Case((lengths, T), f"{label}: lengths {', '.join(map(str, lengths))}, T={T}")


SLIDING_WINDOWS = Exercise(
    reference=sliding_windows,
    difficulty="complete",
    statement="Every window of k values, oldest first, and the value that follows it: X[j] holds series[j] to "
    "series[j + k - 1], y[j] is series[j + k]. Both are new arrays.",
    inputs=("series (n,)", "k"),
    outputs=("X (n - k, k)", "y (n - k,)"),
    cases=_series,
    hints=(
        (
            "Write the first window and its target down for a series of six values and k = 2. How many "
            "windows have a value after them?"
        ),
        (
            "Window j is series[j : j + k]; its target is series[j + k]. The last j is n - k - 1, so "
            "there are n - k windows."
        ),
        "np.stack puts windows of a list into one array. A slice shares memory with the series: y needs .copy().",
    ),
    slips=(
        Misconception(
            "the last window has no value after it: there are n - k windows, not n - k + 1.",
            lambda series, k: (np.stack([series[j : j + k] for j in range(len(series) - k + 1)]), series[k:].copy()),
        ),
        Misconception(
            "one window is missing: j runs up to n - k - 1, so there are n - k of them.",
            lambda series, k: (np.stack([series[j : j + k] for j in range(len(series) - k - 1)]), series[k:-1].copy()),
        ),
        Misconception(
            "y is the window's own last value. The answer already stands in the window; the target comes after it.",
            lambda series, k: (sliding_windows(series, k)[0], series[k - 1 : -1].copy()),
        ),
        Misconception(
            "y is one step too late: the target is the value right after the window, series[j + k].",
            lambda series, k: (sliding_windows(series, k)[0], series[k + 1 :].copy()),
        ),
        Misconception(
            "the windows are turned round, newest first.",
            lambda series, k: (sliding_windows(series, k)[0][:, ::-1].copy(), series[k:].copy()),
        ),
        Misconception(
            "X is transposed: one row for each window.",
            lambda series, k: (sliding_windows(series, k)[0].T.copy(), series[k:].copy()),
        ),
        Misconception(
            "the windows do not overlap: the next one begins one step later, not k steps.",
            lambda series, k: (
                np.stack([series[j : j + k] for j in range(0, len(series) - k, k)]),
                np.array([series[j + k] for j in range(0, len(series) - k, k)]),
            ),
        ),
        Misconception(
            "y is the series from its beginning: y[0] must be series[k].",
            lambda series, k: (sliding_windows(series, k)[0], series[: len(series) - k].copy()),
        ),
        Misconception(
            "every window starts one step late: X[0] must begin with series[0].",
            lambda series, k: (np.stack([series[j : j + k] for j in range(1, len(series) - k + 1)]), series[k:].copy()),
        ),
        Misconception(
            "y is a column (n - k, 1); it must have one axis.",
            lambda series, k: (sliding_windows(series, k)[0], series[k:, None].copy()),
        ),
        Misconception("X and y have changed places.", lambda series, k: sliding_windows(series, k)[::-1]),
        Misconception(
            "np.zeros and np.empty make float64 unless told otherwise: give them dtype=series.dtype.",
            lambda series, k: tuple(a.astype(np.float64) for a in sliding_windows(series, k)),
        ),
    ),
)


def _padded(sequences: Sequence[Array], *, at_end: bool = True, repeat: bool = False) -> tuple[Array, Array]:
    """pad_batch with the padding in front, or filled with the last value."""
    x, lengths = pad_batch(sequences)
    for b, n in enumerate(lengths):
        if repeat:
            x[n:, b] = x[n - 1, b]
        if not at_end:
            x[:, b] = np.roll(x[:, b], len(x) - n, axis=0)
    return x, lengths


def _cut(sequences: Sequence[Array]) -> tuple[Array, Array]:
    shortest = min(len(s) for s in sequences)
    return np.stack([s[:shortest] for s in sequences], axis=1), np.array([len(s) for s in sequences])


PAD_BATCH = Exercise(
    reference=pad_batch,
    difficulty="complete",
    statement="Put B arrays of shape (T_b, D) into one array, time first, with T = max T_b: x[:T_b, b] is the b-th "
    "sequence, after it come zeros. lengths holds the T_b as integers.",
    inputs=("sequences",),
    outputs=("x (T, B, D)", "lengths (B)"),
    cases=_sequences,
    hints=(
        (
            "lengths first: len(sequence) of each. T is the largest of them, B is how many there are, D "
            "is sequences[0].shape[1]."
        ),
        "Begin with zeros of shape (T, B, D), then write each sequence into its column: x[:n, b] = sequence.",
        "The dtype of the result is that of the sequences: np.zeros(..., dtype=sequences[0].dtype).",
    ),
    slips=(
        Misconception(
            "the batch stands first. This course puts time first: x has shape (T, B, D).",
            lambda s: (pad_batch(s)[0].swapaxes(0, 1).copy(), pad_batch(s)[1]),
        ),
        Misconception("the zeros come before the sequences; they belong after.", lambda s: _padded(s, at_end=False)),
        Misconception(
            "the padding repeats each sequence's last step; it must be zeros.", lambda s: _padded(s, repeat=True)
        ),
        Misconception("the sequences are cut to the shortest; T is the longest length, and nothing is lost.", _cut),
        Misconception(
            "lengths are float; they count steps, so they are integers.",
            lambda s: (pad_batch(s)[0], pad_batch(s)[1].astype(float)),
        ),
        Misconception(
            "lengths holds T for every sequence; each has its own length.",
            lambda s: (pad_batch(s)[0], np.full(len(s), max(map(len, s)))),
        ),
        Misconception(
            "the sequences are sorted by length; the batch keeps the order that it was given in.",
            lambda s: pad_batch(sorted(s, key=len, reverse=True)),
        ),
        Misconception(
            "np.zeros makes float64 unless told otherwise: give it dtype=sequences[0].dtype.",
            lambda s: (pad_batch(s)[0].astype(np.float64), pad_batch(s)[1]),
        ),
        Misconception("the padding is NaN; it must be zeros.", lambda s: (_nan_padded(s), pad_batch(s)[1])),
        Misconception(
            "lengths counts the numbers of a sequence, T_b times D; it must count its steps.",
            lambda s: (pad_batch(s)[0], np.array([a.size for a in s])),
        ),
        Misconception(
            "x has one step too many at the end: T is the longest length itself.",
            lambda s: (np.concatenate([pad_batch(s)[0], np.zeros((1, len(s), s[0].shape[1]))]), pad_batch(s)[1]),
        ),
        Misconception("lengths is a list; make it an array.", lambda s: (pad_batch(s)[0], [len(a) for a in s])),
    ),
)


def _nan_padded(sequences: Sequence[Array]) -> Array:
    x, lengths = pad_batch(sequences)
    for b, n in enumerate(lengths):
        x[n:, b] = np.nan
    return x


def _steps(T: int) -> Array:
    return np.arange(T)[:, None]


MASK_FROM_LENGTHS = Exercise(
    reference=mask_from_lengths,
    difficulty="predict",
    statement=(
        "Tell data from padding: mask[t, b] is True where step t belongs to sequence b, that is, where t < lengths[b]."
    ),
    inputs=("lengths (B,)", "T"),
    outputs=("mask (T, B)",),
    cases=_lengths,
    hints=(
        "A sequence of length 3 has the steps 0, 1 and 2. Is step 3 one of them?",
        (
            "np.arange(T) holds the steps. Made a column, [:, None], and compared with lengths, it gives "
            "all T times B answers at once."
        ),
    ),
    slips=(
        Misconception(
            "one step too many is True: a sequence of length n has the steps 0 to n - 1.",
            lambda lengths, T: _steps(T) <= lengths,
        ),
        Misconception(
            "one step too few is True: counted from 0, a sequence has the steps 0 to n - 1.",
            lambda lengths, T: _steps(T) < lengths - 1,
        ),
        Misconception("True and False are exchanged: True is data.", lambda lengths, T: _steps(T) >= lengths),
        Misconception("the batch stands first; time does: (T, B).", lambda lengths, T: (_steps(T) < lengths).T.copy()),
        Misconception(
            "the mask holds numbers; it must hold truth values, dtype bool.",
            lambda lengths, T: (_steps(T) < lengths).astype(float),
        ),
        Misconception(
            "the mask holds whole numbers; it must hold truth values, dtype bool.",
            lambda lengths, T: (_steps(T) < lengths).astype(int),
        ),
        Misconception(
            "the data stands at the end of each column; it comes first, and the padding after it.",
            lambda lengths, T: _steps(T) >= T - lengths,
        ),
        Misconception(
            "T is not used: the mask is as long as the longest sequence.",
            lambda lengths, T: _steps(int(lengths.max())) < lengths,
        ),
        Misconception(
            "only one step of each sequence is True; all steps before its end are.",
            lambda lengths, T: _steps(T) == lengths - 1,
        ),
        Misconception(
            "every step is True: the lengths are not used.", lambda lengths, T: np.ones((T, len(lengths)), dtype=bool)
        ),
    ),
)
