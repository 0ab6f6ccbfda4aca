"""A pen's strokes as the numbers that a network reads: the same way for training and for a reader's own hand.

The data does not say where a pen was lifted within a digit, so a network that sees the lifts in training learns them as
the ends of digits. A reader lifts the pen within a 4 or a 5 too: who reads such strokes is better not told of lifts.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse.data.pendigits import JUMPS, Line, join
from rnncourse.reference._validation import check_choice, check_flag

Array = np.ndarray
STEP = 0.12  # how far two points are apart, in heights of the line
FINE = 0.04  # so far in training's lines, before they are measured as a reader's are
FEATURES = 3
LARGEST = 5000  # points of one reading; a line of eight digits has about 200
NARROWEST = {1: 0.0}  # a digit's least share of the square's width; a 1 may be one straight line
NARROW = 0.5


class Way(NamedTuple):
    """What is read, T points."""

    features: Array  # (T, 3): Δx and Δy in steps, 1 where the pen came through the air
    points: Array  # (T, 2) x to the right, y upwards, the line's height 1
    stroke: Array  # (T,) int64, to which stroke a point belongs; in the air, the one to come


def way(strokes: Sequence[Any], *, jumps: str = "filled", pen: bool = True) -> Way:
    """Strokes to features: the line's height becomes 1, the points are about STEP apart.

    Parameters
    ----------
    strokes : [[[x, y], …], …] in the order of writing; x to the right, y upwards, any unit; a stroke has a point or
        more.
    jumps : "filled", between strokes the pen goes in steps of the same size; "kept", in one.
    pen : whether it is said where the pen was in the air; otherwise the third feature is 0.

    Raises
    ------
    TypeError, ValueError : no strokes, an empty one, what is no finite number, all points in one place, too many.
    """
    check_choice("jumps", jumps, JUMPS)
    check_flag("pen", pen)
    drawn = checked(strokes)
    every = np.concatenate(drawn)
    low, high = every.min(axis=0), every.max(axis=0)
    height = (high - low)[1] or (high - low)[0]  # a single dash has no height
    if not height:
        raise ValueError("strokes: all points lie in one place, expected a way")
    if (_length(drawn) / height) / STEP > LARGEST:
        raise ValueError(f"strokes: more than {LARGEST} points, {STEP} heights apart, expected a line of digits")
    ways: list[Array] = []
    air: list[Array] = []
    which: list[Array] = []
    for s, one in enumerate(drawn):
        even = evenly((one - low) / height, STEP)
        before = np.zeros((0, 2))
        if s and jumps == "filled":
            before = evenly(np.stack([ways[-1][-1], even[0]]), STEP)[1:-1]
        ways += [before, even]
        air += [np.full(len(before), True), np.arange(len(even)) < (s > 0)]
        which += [np.full(len(before) + len(even), s)]
    points = np.concatenate(ways)
    features = np.zeros((len(points), FEATURES))
    features[1:, :2] = np.diff(points, axis=0) / STEP
    features[:, 2] = np.concatenate(air) & pen
    return Way(features, points, np.concatenate(which))


def checked(strokes: Sequence[Any]) -> list[Array]:
    """The strokes as arrays (P, 2); raises as `way` does."""
    if isinstance(strokes, str) or not isinstance(strokes, list | tuple) or not len(strokes):
        raise ValueError("strokes: expected a list of strokes, [[[x, y], …], …]")
    drawn = []
    for s, stroke in enumerate(strokes):
        try:
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"strokes[{s}]: expected points [x, y], two numbers each") from None
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"strokes[{s}]: shape {points.shape}, expected (points, 2), a point at least")
        if not np.isfinite(points).all() or np.abs(points).max() > 1e9:
            raise ValueError(f"strokes[{s}]: a number that is not finite or beyond 10⁹")
        drawn.append(points)
    return drawn


def strokes_of(line: Line) -> list[Array]:
    """A number's digits as one stroke each."""
    return [line.points[(line.digit == s) & _written(line)] for s in range(len(line.labels))]


def numbers(
    points: Array, labels: Array, count: int, rng: np.random.Generator, *, lengths: tuple[int, int] = (3, 8)
) -> list[Line]:
    """Draw numbers as `pendigits.lines` does, digits slimmer by chance: the data has stretched each to a square."""
    made = []
    for _ in range(count):
        chosen = rng.integers(0, len(points), rng.integers(lengths[0], lengths[1] + 1))
        made.append(join(slimmer(points[chosen], labels[chosen], rng), labels[chosen], rng, step=FINE))
    return made


def slimmer(points: Array, labels: Array, rng: np.random.Generator) -> Array:
    """Each digit's width times a number drawn between its least share and 1."""
    least = np.array([NARROWEST.get(int(label), NARROW) for label in labels])
    narrower = points.copy()
    narrower[:, :, 0] *= rng.uniform(least, 1)[:, None]
    return narrower


def evenly(through: Array, step: float) -> Array:
    """A way through points (P, 2) as points that are about `step` apart on it, both ends kept; a dot stays one."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(through, axis=0).T).cumsum()])
    n = max(2, round(along[-1] / step) + 1) if along[-1] else 1
    at = np.linspace(0, along[-1], n)
    return np.stack([np.interp(at, along, through[:, 0]), np.interp(at, along, through[:, 1])], axis=-1)


def _written(line: Line) -> Array:
    """True from a digit's first point on: the last one of those in the air is where the pen comes down."""
    return ~line.air | np.append(~line.air[1:], True)


def _length(drawn: list[Array]) -> float:
    """How far the pen goes, jumps too."""
    return float(np.hypot(*np.diff(np.concatenate(drawn), axis=0).T).sum())
