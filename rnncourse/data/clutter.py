"""One digit somewhere in a picture, among pieces of other digits: where must one look to read it?

The digits are scikit-learn's, 8 × 8 pixels each, here enlarged to 16 × 16. A picture of side × side pixels has one of
them whole, anywhere, and pieces of others, anywhere too; where they meet, the brighter pixel is seen. What is asked for
is the whole one.

Who wrote which digit is not recorded. Its description says that 13 people wrote them, and none of them what the UCI
collection has for training. The labels follow one list of 130 digits fourteen times, with a few left out or put in: a
form filled in each time, it seems. So the parts are cut where a form begins: 1,157 digits to train with (9 forms), 258
to validate (2), 382 to test (3). Since there are 14 forms and 13 people, one of them may be in two parts. No digit is
in two, and a picture's pieces come from digits of its own part.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import check_choice, check_count

SOURCE = "scikit-learn's digits: test set of Optical Recognition of Handwritten Digits, Alpaydin and Kaynak, UCI, 1998"
LICENCE = "CC BY 4.0 (UCI, doi 10.24432/C50P49); the package scikit-learn, which ships them: BSD-3-Clause"
PARTS = ("train", "validation", "test")
PLACES = ("anywhere", "middle")
ENDS = {"train": (0, 1157), "validation": (1157, 1415), "test": (1415, 1797)}  # rows of the file
SIDE = 8  # of a digit, in pixels


class Pictures(NamedTuple):
    """N pictures."""

    images: np.ndarray  # (N, Y, X) float32, 0 to 1
    labels: np.ndarray  # (N,) int64, the whole digit, 0 to 9
    centres: np.ndarray  # (N, 2) float32, row and column of the whole digit's middle, in pixels


def load(
    part: str = "train",
    number: int = 1000,
    *,
    side: int = 60,
    zoom: int = 2,
    pieces: int = 4,
    piece: int = 3,
    place: str = "anywhere",
    seed: int = 0,
) -> Pictures:
    """Draw pictures of one part; the same seed draws the same ones.

    Parameters
    ----------
    part : "train", "validation" or "test".
    number : how many; a digit may come again, elsewhere and among other pieces.
    side : of the picture in pixels, 8 · zoom at least.
    zoom : how many pixels a side each pixel of a digit becomes.
    pieces, piece : how many pieces of other digits, 0 or more, and the side of each in a digit's pixels, 1 to 8.
    place : "anywhere", or "middle": the whole digit is in the picture's middle, the pieces are anywhere all the same.

    Raises
    ------
    ModuleNotFoundError : scikit-learn is missing; the message says how to install it.
    ValueError : an unknown part or place, or a number that is out of range.
    """
    check_choice("part", part, PARTS)
    check_choice("place", place, PLACES)
    check_count("number", number)
    check_count("zoom", zoom)
    check_count("side", side, SIDE * zoom)
    check_count("pieces", pieces, 0)
    check_count("piece", piece, 1, SIDE)
    images, labels = digits(part)
    rng = np.random.default_rng([seed, PARTS.index(part)])
    which, corners = rng.integers(0, len(images), number), rng.integers(0, side - SIDE * zoom + 1, (number, 2))
    if place == "middle":
        corners[:] = (side - SIDE * zoom) // 2
    pictures = np.zeros((number, side, side), np.float32)
    _lay(pictures, _enlarged(images[which], zoom), corners)
    for _ in range(pieces):
        cut = _cut(images[rng.integers(0, len(images), number)], rng.integers(0, SIDE - piece + 1, (number, 2)), piece)
        _lay(pictures, _enlarged(cut, zoom), rng.integers(0, side - piece * zoom + 1, (number, 2)))
    return Pictures(pictures, labels[which], (corners + (SIDE * zoom - 1) / 2).astype(np.float32))


def digits(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The digits of one part, (n, 8, 8) float32 from 0 to 1, and what they are, (n,) int64."""
    images, labels = _all()
    return images[slice(*ENDS[part])], labels[slice(*ENDS[part])]


@lru_cache(maxsize=1)
def _all() -> tuple[np.ndarray, np.ndarray]:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        message = 'the digits come with the package scikit-learn: pip install "rnncourse[systems]"'
        raise ModuleNotFoundError(message) from None
    found = load_digits()
    return (found.images / 16).astype(np.float32), found.target.astype(np.int64)


def _enlarged(images: np.ndarray, zoom: int) -> np.ndarray:
    return images.repeat(zoom, axis=1).repeat(zoom, axis=2)


def _cut(images: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Windows (N, size, size) of N images, each at its own whole corner."""
    n, rows, columns = _places(corners, size)
    return images[n, rows, columns]


def _lay(pictures: np.ndarray, things: np.ndarray, corners: np.ndarray) -> None:
    """Put one thing into each picture, in place; the brighter pixel is seen."""
    at = _places(corners, things.shape[1])
    pictures[at] = np.maximum(pictures[at], things)


def _places(corners: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    k = np.arange(size)
    n = np.arange(len(corners))[:, None, None]
    return n, corners[:, 0, None, None] + k[:, None], corners[:, 1, None, None] + k
