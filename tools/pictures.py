"""Whether two pictures of a notebook show the same: what was drawn, seen from some way off.

The measure is ink that moved. Both pictures are turned grey, the second is brought to the size of the first, and both
are blurred (a Gaussian of 8 pixels), so that a line may lie a pixel higher. Ink is what differs from the background,
the commonest grey; the sum of the differences between the two is divided by the ink of the first. So 0 is the same
picture, an empty one gives 1 or more, and one that shows its ink elsewhere up to 2.
"""

import base64
import io

import numpy as np
from PIL import Image

REDUCED = 4  # pixels to one, before
KERNEL = np.exp(-((np.arange(-6, 7) / 2) ** 2) / 2)
SIZE = 0.03  # a tick label that is wider by a digit makes a figure larger by some pixels


def moved_ink(stored: str, fresh: str) -> float:
    """The share of ink that moved from one base64 PNG to the other; infinite if their sizes are not about equal."""
    before, after = _grey(stored), _grey(fresh)
    if any(abs(a - b) > SIZE * a for a, b in zip(before.size, after.size, strict=True)):
        return float("inf")
    a, b = _blurred(before), _blurred(after.resize(before.size))
    ink = float(np.abs(a - np.median(a)).sum())
    return float(np.abs(a - b).sum()) / ink if ink else float("inf")


def is_blank(picture: str) -> bool:
    """Whether nothing is drawn: the same grey everywhere."""
    return float(np.ptp(_blurred(_grey(picture)))) < 0.005


def _grey(picture: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    return paper.convert("L")


def _blurred(image: Image.Image) -> np.ndarray:
    """Greys between 0 (black) and 1, one for 4 × 4 pixels."""
    x = np.asarray(image.reduce(REDUCED), dtype=np.float64) / 255
    half, kernel = len(KERNEL) // 2, KERNEL / KERNEL.sum()
    for axis in (0, 1):
        padded = np.pad(x, [(half, half) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
        x = sum(w * np.take(padded, range(k, k + x.shape[axis]), axis) for k, w in enumerate(kernel))
    return x
