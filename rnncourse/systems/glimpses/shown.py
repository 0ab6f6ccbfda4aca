"""The test pictures that a page shows: kept in a file, since the page's Python has no scikit-learn.

The digits are those of `rnncourse.data.clutter` (Alpaydin and Kaynak 1998, UCI, doi 10.24432/C50P49, CC BY 4.0); each
is the first of its kind that was drawn, whether a network reads it or not. `python tools/live/shown.py` draws them anew
and writes the file.
"""

from pathlib import Path

import numpy as np

from rnncourse.data import clutter

FILE = Path(__file__).with_name("shown.npz")
LEVELS = 16  # of a pixel, above 0
DRAWN, SEED = 200, 15
MORE = (0, 16)  # pieces in the two pictures after the ten


def load() -> clutter.Pictures:
    """Twelve pictures: of each digit one among 4 pieces of others, then one alone and one among 16 pieces."""
    with np.load(FILE, allow_pickle=False) as kept:
        images = kept["images"].astype(np.float32) / LEVELS
        return clutter.Pictures(images, kept["labels"].astype(np.int64), kept["centres"].astype(np.float32))


def made() -> clutter.Pictures:
    """The same pictures, drawn from scikit-learn's digits."""
    usual = clutter.load("test", DRAWN, seed=SEED)
    first = [int(np.argmax(usual.labels == digit)) for digit in range(10)]
    order = np.random.default_rng(SEED).permutation(10)  # or the number of a picture would tell its digit
    kept = [clutter.Pictures(*(field[first][order] for field in usual))]
    kept += [clutter.load("test", 1, pieces=pieces, seed=SEED + pieces) for pieces in MORE]
    return clutter.Pictures(*(np.concatenate(parts) for parts in zip(*kept, strict=True)))


def write(pictures: clutter.Pictures, path: Path) -> None:
    """Write pictures to a file; the same bytes each time."""
    images = np.round(pictures.images * LEVELS).astype(np.uint8)
    np.savez_compressed(path, images=images, labels=pictures.labels.astype(np.uint8), centres=pictures.centres)
