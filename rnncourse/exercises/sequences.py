"""Exercises of chapter 01: windows of a series, sequences of unequal length in one array, the mask of the padding."""

from collections.abc import Iterator

import numpy as np

from rnncourse.checks.cases import LONG, Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.reference.sequences import mask_from_lengths, pad_batch, sliding_windows

CHAPTER = "01_sequences"


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


SLIDING_WINDOWS = Exercise(
    reference=sliding_windows,
    copies=True,
    difficulty="complete",
    statement="Every window of k values, oldest first, and the value that follows it: X[j] holds series[j] to "
    "series[j + k - 1], y[j] is series[j + k]. Both are new arrays.",
    inputs=("series (n,)", "k"),
    outputs=("X (n - k, k)", "y (n - k,)"),
    cases=_series,
    hints=(
        (
            "Write the first window and its target down for a series of six values and k = 2. How many windows have a "
            "value after them?"
        ),
        (
            "Window j is series[j : j + k]; its target is series[j + k]. The last j is n - k - 1, so there are n - k "
            "windows."
        ),
        "np.stack puts windows of a list into one array. A slice shares memory with the series: y needs .copy().",
    ),
    slips=(
        Slip(
            "the last window has no value after it: there are n - k windows, not n - k + 1.",
            ("range(len(series) - k)", "range(len(series) - k + 1)"),
        ),
        Slip(
            "one window is missing: j runs up to n - k - 1, so there are n - k of them.",
            ("range(len(series) - k)", "range(len(series) - k - 1)"),
            ("series[k:]", "series[k:-1]"),
        ),
        Slip(
            "y is the window's own last value. The answer already stands in the window; the target comes after it.",
            ("series[k:]", "series[k - 1 : -1]"),
        ),
        Slip(
            "y is one step too late: the target is the value right after the window, series[j + k].",
            ("series[k:]", "series[k + 1 :]"),
        ),
        Slip("the windows are turned round, newest first.", ("series[j : j + k]", "series[j : j + k][::-1]")),
        Slip("X is transposed: one row for each window.", ("- k)])", "- k)], axis=1)")),
        Slip(
            "the windows do not overlap: the next one begins one step later, not k steps.",
            ("range(len(series) - k)", "range(0, len(series) - k, k)"),
            ("series[k:]", "series[k::k]"),
        ),
        Slip("y is the series from its beginning: y[0] must be series[k].", ("series[k:]", "series[:-k]")),
        Slip(
            "every window starts one step late: X[0] must begin with series[0].",
            ("range(len(series) - k)", "range(1, len(series) - k + 1)"),
        ),
        Slip("y is a column (n - k, 1); it must have one axis.", ("series[k:]", "series[k:, None]")),
        Slip("X and y have changed places.", ("X, y", "y, X")),
        Slip(
            "np.zeros and np.empty make float64 unless told otherwise: give them dtype=series.dtype.",
            ("return X, y", "return X.astype(float), y.astype(float)"),
        ),
    ),
)


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
            "lengths first: len(sequence) of each. T is the largest of them, B is how many there are, D is "
            "sequences[0].shape[1]."
        ),
        "Begin with zeros of shape (T, B, D), then write each sequence into its column: x[:n, b] = sequence.",
        "The dtype of the result is that of the sequences: np.zeros(..., dtype=sequences[0].dtype).",
    ),
    slips=(
        Slip(
            "the batch stands first. This course puts time first: x has shape (T, B, D).",
            ("(int(lengths.max()), len(arrays)", "(len(arrays), int(lengths.max())"),
            ("x[: len(array), b]", "x[b, : len(array)]"),
        ),
        Slip("the zeros come before the sequences; they belong after.", ("x[: len(array), b]", "x[-len(array) :, b]")),
        Slip(
            "the padding repeats each sequence's last step; it must be zeros.",
            ("x[: len(array), b] = array", "x[:, b] = array[-1]\n        x[: len(array), b] = array"),
        ),
        Slip(
            "the sequences are cut to the shortest; T is the longest length, and nothing is lost.",
            ("lengths.max()", "lengths.min()"),
            ("x[: len(array), b] = array", "x[:, b] = array[: len(x)]"),
        ),
        Slip("lengths are float; they count steps, so they are integers.", ("dtype=np.int64", "dtype=float")),
        Slip(
            "lengths holds T for every sequence; each has its own length.",
            ("return x, lengths", "return x, np.full(len(arrays), len(x))"),
        ),
        Slip(
            "the sequences are sorted by length; the batch keeps the order that it was given in.",
            ("in sequences]", "in sorted(sequences, key=len, reverse=True)]"),
        ),
        Slip(
            "np.zeros makes float64 unless told otherwise: give it dtype=sequences[0].dtype.",
            (", dtype=arrays[0].dtype)", ")"),
        ),
        Slip("the padding is NaN; it must be zeros.", ("x = np.zeros(", "x = np.nan + np.zeros(")),
        Slip(
            "lengths counts the numbers of a sequence, T_b times D; it must count its steps.",
            ("return x, lengths", "return x, np.array([array.size for array in arrays])"),
        ),
        Slip(
            "x has one step too many at the end: T is the longest length itself.",
            ("int(lengths.max())", "int(lengths.max()) + 1"),
        ),
        Slip("lengths is a list; make it an array.", ("return x, lengths", "return x, lengths.tolist()")),
    ),
)


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


COMPARED = "np.arange(T)[:, None] < lengths[None, :]"
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
            "np.arange(T) holds the steps. Made a column, [:, None], and compared with lengths, it gives all T times B "
            "answers at once."
        ),
    ),
    slips=(
        Slip(
            "one step too many is True: a sequence of length n has the steps 0 to n - 1.",
            ("< lengths[None, :]", "<= lengths[None, :]"),
        ),
        Slip(
            "one step too few is True: counted from 0, a sequence has the steps 0 to n - 1.",
            ("lengths[None, :]", "lengths[None, :] - 1"),
        ),
        Slip("True and False are exchanged: True is data.", ("< lengths[None, :]", ">= lengths[None, :]")),
        Slip("the batch stands first; time does: (T, B).", (COMPARED, "np.arange(T) < lengths[:, None]")),
        Slip("the mask holds numbers; it must hold truth values, dtype bool.", (COMPARED, f"1.0 * ({COMPARED})")),
        Slip("the mask holds whole numbers; it must hold truth values, dtype bool.", (COMPARED, f"1 * ({COMPARED})")),
        Slip(
            "the data stands at the end of each column; it comes first, and the padding after it.",
            ("< lengths[None, :]", ">= T - lengths[None, :]"),
        ),
        Slip("T is not used: the mask is as long as the longest sequence.", ("arange(T)", "arange(lengths.max())")),
        Slip(
            "only one step of each sequence is True; all steps before its end are.",
            ("< lengths[None, :]", "== lengths[None, :] - 1"),
        ),
        Slip("every step is True: the lengths are not used.", (COMPARED, "np.ones((T, len(lengths)), dtype=bool)")),
    ),
)
