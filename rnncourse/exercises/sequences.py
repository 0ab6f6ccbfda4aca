"""Exercises of chapter 01: windows of a series, sequences of unequal length in one array, the mask of the padding."""

from collections.abc import Iterator

import numpy as np

from rnncourse.checks.cases import LARGE, LONG, Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import IN_DOUBLE
from rnncourse.exercises._moved import of_other_types, spoilt, strange
from rnncourse.reference.sequences import mask_from_lengths, pad_batch, sliding_windows

CHAPTER = "01_sequences"


def _series(rng: np.random.Generator) -> Iterator[Case]:
    """n from 2 to 257 and k from 1 to n - 1: one window, two, as many as k, fewer than k; the same sizes twice.

    Values small beside large ones, each of one sign, rising, equal, repeated, zero at both ends; NaN and infinities;
    whole numbers, also of many digits, truth values; half and single precision, strided and read-only memory. The
    check adds zeros.
    """
    n, k = int(rng.integers(12, 18)), int(rng.integers(3, 6))
    some = rng.normal(size=n)
    pulses = np.resize([0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0], n)
    pulses[-2:] = 0
    for label, series, width in (
        ("random sizes", some, k),
        ("the same sizes again", rng.normal(size=n), k),
        ("another window", rng.normal(size=n), k + 2),
        ("window of one", rng.normal(size=int(rng.integers(6, 9))), 1),
        ("two values", rng.normal(size=2), 1),
        ("one window", rng.normal(size=k + 1), k),
        ("two windows", rng.normal(size=k + 2), k),
        ("as many windows as values in one", rng.normal(size=2 * k), k),
        ("fewer windows than values in one", rng.normal(size=3 * k), 2 * k + 1),
        ("long", rng.normal(size=LONG), 30),
        ("long windows", rng.normal(size=LONG), 200),
        ("large values", LARGE * rng.normal(size=n), k),
        ("small values beside large ones", some * 10.0 ** rng.integers(-30, 4, size=n), k),
        ("no value below zero", np.abs(some), k),
        ("no value above zero", -np.abs(some), k),
        ("rising values", np.sort(some), k),
        ("equal values", np.full(n, some[0]), k),
        ("values that come back", np.resize(some[:4], n), k),
        ("zeros and ones", pulses, k),
        ("whole numbers", rng.integers(-9, 10, size=n), k),
    ):
        yield Case((series, width), f"{label}: n={len(series)}, k={width}")
    for label, (series,) in (*strange(rng, (n,)), *of_other_types(rng, (n,))):
        yield Case((series, k), f"{label}: n={n}, k={k}")
    yield Case((some.astype("float32"), k), f"float32: n={n}, k={k}", "float32")
    for layout in ("strided", "read-only"):
        yield Case((rng.normal(size=n), k), f"{layout}: n={n}, k={k}", layout=layout)


SLIDING_WINDOWS = Exercise(
    reference=sliding_windows,
    copies=True,
    difficulty="complete",
    statement="Every window of k values, oldest first, and the value that follows it: X[j] holds series[j] to "
    "series[j + k - 1], y[j] is series[j + k]. Both are new arrays of the series' dtype.",
    inputs=("series (n,)", "k from 1 to n - 1"),
    outputs=("X (n - k, k)", "y (n - k,)"),
    cases=_series,
    explain=spoilt,
    tolerance=0.0,  # nothing is computed
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
            IN_DOUBLE,
            ("return X, y", "return X.astype(float), y.astype(float)"),
        ),
    ),
)


def _sequences(rng: np.random.Generator) -> Iterator[Case]:
    """Lengths in any order, equal, one, up to 257; one sequence and 40; D from 1 to 33, below and above T.

    The same sizes twice; sequences that begin and end with zeros, that are zero throughout, of one sign, large,
    small beside large, with NaN and infinities, whole numbers, also of many digits, truth values; one array given
    twice; half and single precision and arrays as they may lie in memory.
    """
    lengths = rng.choice(np.arange(2, 9), size=4, replace=False)
    for label, sizes, D in (
        ("random sizes", lengths, 3),
        ("the same sizes again", lengths, 3),
        ("the same sizes in another order", np.roll(lengths, 1), 3),
        ("longest last", np.sort(lengths), 2),
        ("longest first", np.sort(lengths)[::-1], 5),
        ("two longest ones", np.array([3, 6, 2, 6]), 4),
        ("one sequence", lengths[:1], 3),
        ("equal lengths", np.array([4, 4, 4]), 2),
        ("equal sizes", np.array([3, 3, 3]), 3),
        ("length one", np.array([1, 5, 1]), 4),
        ("all lengths one", np.array([1, 1, 1]), 2),
        ("one number", np.array([1]), 1),
        ("wide", lengths, 33),
        ("many sequences", rng.integers(1, 20, size=40), 2),
        ("long", np.array([LONG, 9]), 1),
    ):
        yield _padded(label, [rng.normal(size=(n, D)) for n in sizes])
    some = [rng.normal(size=(n, 3)) for n in lengths]
    at_ends, nothing = [array.copy() for array in some], [array.copy() for array in some]
    for array in at_ends:
        array[[0, -1]] = 0
    nothing[1][:] = 0
    for label, arrays in (
        ("zeros at both ends", at_ends),
        ("one sequence all zero", nothing),
        ("all zero", [0 * array for array in some]),
        ("one array twice", [some[0], some[1], some[0]]),
        ("no value below zero", [np.abs(array) for array in some]),
        ("no value above zero", [-np.abs(array) for array in some]),
        ("large values", [LARGE * array for array in some]),
        ("equal values", [np.ones_like(array) for array in some]),
        ("small values beside large ones", [array * 10.0 ** rng.integers(-30, 4, size=array.shape) for array in some]),
        ("whole numbers", [rng.integers(-9, 10, size=array.shape) for array in some]),
    ):
        yield _padded(label, arrays)
    shapes = [(n, 3) for n in lengths]
    for label, arrays in (*strange(rng, *shapes), *of_other_types(rng, *shapes)):
        yield _padded(label, arrays)
    yield _padded("float32", [array.astype("float32") for array in some], dtype="float32")
    for layout in ("by columns", "strided", "read-only"):
        yield _padded(layout, some, layout=layout)


def _padded(label: str, arrays: list[np.ndarray], dtype: str = "float64", layout: str = "C") -> Case:
    lengths = ", ".join(str(len(array)) for array in arrays)
    return Case((arrays,), f"{label}: lengths {lengths}, D={arrays[0].shape[1]}", dtype, layout=layout)


PAD_BATCH = Exercise(
    reference=pad_batch,
    difficulty="complete",
    statement="Put B arrays of shape (T_b, D) into one array, time first, with T = max T_b: x[:T_b, b] is the b-th "
    "sequence, after it come zeros. x has the dtype that all of them have; lengths holds the T_b as integers.",
    inputs=("sequences one or more, of at least one step each",),
    outputs=("x (T, B, D)", "lengths (B)"),
    cases=_sequences,
    explain=spoilt,
    tolerance=0.0,  # nothing is computed
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
            IN_DOUBLE,
            (", dtype=arrays[0].dtype)", ")"),
        ),
        Slip(
            "the last step of each sequence is lost: x[:T_b, b] is the whole sequence.",
            ("x[: len(array), b] = array", "x[: len(array) - 1, b] = array[:-1]"),
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
    """Lengths from 0 to T in any order: all equal, all one, all none, the longest below T or T itself.

    B from 1 to 40, below T, equal to it and above; T from 1 to 257; the same sizes twice; lengths of 32 bits; strided
    and read-only memory.
    """
    some = rng.permutation(rng.choice(np.arange(2, 9), size=4, replace=False))
    for label, lengths, T in (
        ("random sizes", some, 9),
        ("the same sizes again", np.roll(some, 1) - 1, 9),
        ("longest fills T", np.array([3, 7, 5]), 7),
        ("all below T", np.array([3, 1, 2]), 11),
        ("rising lengths", np.sort(some), 9),
        ("falling lengths", np.sort(some)[::-1].copy(), 9),
        ("one row", np.array([3]), 6),
        ("one step", np.array([1, 1, 1]), 1),
        ("one step, or none", np.array([0, 1, 0]), 1),
        ("one number", np.array([1]), 1),
        ("all lengths one", np.array([1, 1, 1]), 5),
        ("equal lengths", np.array([4, 4, 4]), 6),
        ("all full", np.array([6, 6]), 6),
        ("one length is one", np.array([5, 1, 4]), 6),
        ("an empty row", np.array([0, 4, 2]), 5),
        ("all rows empty", np.array([0, 0, 0]), 4),
        ("as many rows as steps", np.array([2, 4, 1, 3]), 4),
        ("more rows than steps", rng.integers(0, 4, size=40), 3),
        ("many rows", rng.integers(0, 34, size=40), 33),
        ("long", np.array([LONG, *rng.integers(1, LONG, size=5)]), LONG),
        ("int32", some.astype("int32"), 9),
    ):
        yield Case((lengths, T), f"{label}: {_listed(lengths)}, T={T}")
    for layout in ("strided", "read-only"):
        yield Case((some, 10), f"{layout}: {_listed(some)}, T=10", layout=layout)


def _listed(lengths: np.ndarray) -> str:
    return f"lengths {', '.join(map(str, lengths))}" if len(lengths) < 10 else f"{len(lengths)} lengths"


COMPARED = "np.arange(T)[:, None] < lengths[None, :]"
MASK_FROM_LENGTHS = Exercise(
    reference=mask_from_lengths,
    difficulty="predict",
    statement=(
        "Tell data from padding: mask[t, b] is True where step t belongs to sequence b, that is, where t < lengths[b]."
    ),
    inputs=("lengths (B,) whole numbers, 0 to T", "T at least 1"),
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
