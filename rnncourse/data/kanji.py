"""Chinese characters as they are written in Japan, stroke by stroke, in the order of the strokes.

They are read from the installed package kanjivg, where each stroke is a chain of Bézier curves on a square of 109
units. Here a stroke is the few points that hold its shape: the curve as a fine polyline, thinned by Douglas and
Peucker (1973), rounded to whole units.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import check_array, check_choice, check_count, check_number

SOURCE = "U. Apel and contributors: KanjiVG, kanjivg.tagaini.net; read from the package kanjivg"
LICENCE = "CC BY-SA 3.0"
SIDE = 109  # units of the square that a character stands in
TOLERANCE = 1.5  # units by which a thinned stroke may miss its curve
PARTS = ("train", "validation", "test")
SIZES = {"validation": 300, "test": 300}  # characters; the rest is "train"
PIECES = 8  # straight pieces in place of one curve
UNIFIED = range(0x4E00, 0xA000)  # the block of characters; kana, letters and signs are left out
_NUMBER = re.compile(r"[MmCcSsLl]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PATH = re.compile(r'<path[^>]*\sd="([^"]+)"')
Array = np.ndarray


class Characters(NamedTuple):
    """N characters."""

    signs: list[str]
    strokes: list[list[Array]]  # for each its strokes, (P, 2) whole numbers: x to the right, y downwards


def load(part: str = "train", number: int | None = None) -> Characters:
    """Read the characters of one part in a random order, always the same.

    Parameters
    ----------
    part : "train", "validation" or "test"; a character is in one of them.
    number : the first so many; None means all.

    Raises
    ------
    ModuleNotFoundError : the package kanjivg is missing; the message says how to install it.
    ValueError : an unknown part, a number below 1, or more characters than the part has.
    """
    check_choice("part", part, PARTS)
    signs = _split()[part]
    number = len(signs) if number is None else number
    check_count("number", number, 1, len(signs))
    return Characters(signs[:number], [[stroke.copy() for stroke in _strokes(sign)] for sign in signs[:number]])


def polyline(path: str, pieces: int = PIECES) -> Array:
    """A stroke (P, 2) of an SVG path of curves and lines: each Bézier curve as so many straight pieces.

    Raises
    ------
    ValueError : the path has another command than M, C, S and L, or ends too early.
    """
    check_count("pieces", pieces)
    words = _NUMBER.findall(path)
    if not words or words[0] not in "Mm" or _NUMBER.sub("", path).strip(", \n\t"):
        raise ValueError(f"path: expected the commands M, C, S and L of SVG and numbers, got {path[:40]!r}")
    shares = [k / pieces for k in range(1, pieces + 1)]
    bends = [((1 - u) ** 3, 3 * (1 - u) ** 2 * u, 3 * (1 - u) * u**2, u**3) for u in shares]
    points, control, place, command, at = list[complex](), 0j, 0j, "", 0  # x + iy
    while at < len(words):
        if words[at].isalpha():
            command, at = words[at], at + 1
        count = {"m": 2, "l": 2, "s": 4, "c": 6}[command.lower()]
        taken, at = words[at : at + count], at + count
        if len(taken) < count or any(map(str.isalpha, taken)):
            raise ValueError(f"path: {command} has fewer than {count} numbers in {path[:40]!r}")
        origin = place if command.islower() else 0j
        given = [origin + complex(float(x), float(y)) for x, y in zip(taken[::2], taken[1::2], strict=True)]
        if count == 2:
            control = place = given[0]
            points.append(place)
            command = {"m": "l", "M": "L"}.get(command, command)  # SVG: further pairs after M are lines
            continue
        first, second, end = (2 * place - control, *given) if count == 4 else given
        points += [a * place + b * first + c * second + d * end for a, b, c, d in bends]
        control, place = second, end
    return np.array([(z.real, z.imag) for z in points])


def thinned(points: Array, tolerance: float) -> Array:
    """The few points (P, 2) that Douglas and Peucker's rule keeps: none left out is farther off than the tolerance.

    The farthest point from the straight line between the ends stays where it is too far away, and so on on both sides.

    Raises
    ------
    TypeError, ValueError : points of another shape, a tolerance below 0.
    """
    check_array("points", points, dtype=None, P=None, **{"2": 2})
    check_number("tolerance", tolerance, 0)
    places = [complex(x, y) for x, y in points.tolist()]
    return points[sorted({0, len(points) - 1, *_kept(places, tolerance, 0, len(points) - 1)})]


def _kept(places: list[complex], tolerance: float, first: int, last: int) -> Iterator[int]:
    start, along = places[first], places[last] - places[first]
    length, farthest, which = abs(along) ** 2, 0.0, first
    for k in range(first + 1, last):
        off = places[k] - start
        share = min(1.0, max(0.0, (off * along.conjugate()).real / length)) if length else 0.0
        if (distance := abs(off - share * along)) > farthest:
            farthest, which = distance, k
    if farthest > tolerance:
        yield from _kept(places, tolerance, first, which)
        yield which
        yield from _kept(places, tolerance, which, last)


def _folder() -> Path:
    try:
        return Path(str(distribution("kanjivg").locate_file("kanji")))
    except PackageNotFoundError:
        raise ModuleNotFoundError(
            "characters need the package kanjivg: python -m pip install 'rnncourse[extra-data]'"
        ) from None


@cache
def _strokes(sign: str) -> tuple[Array, ...]:
    """A character's strokes; each has two points at least, and neighbours differ."""
    text = (_folder() / f"{ord(sign):05x}.svg").read_text(encoding="utf-8")
    return tuple(_stroke(path) for path in _PATH.findall(text))


def _stroke(path: str) -> Array:
    points = thinned(polyline(path), TOLERANCE).round().astype(int)
    moves = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    return points[moves] if moves.sum() > 1 else points[[0, -1]]


@cache
def _split() -> dict[str, list[str]]:
    names = (file.stem for file in _folder().glob("*.svg") if re.fullmatch(r"[0-9a-f]{5}", file.stem))  # no variants
    signs = sorted(chr(int(name, 16)) for name in names if int(name, 16) in UNIFIED)
    mixed = [signs[k] for k in np.random.default_rng(0).permutation(len(signs))]
    first, second = np.cumsum(list(SIZES.values()))
    return {"validation": mixed[:first], "test": mixed[first:second], "train": mixed[second:]}
