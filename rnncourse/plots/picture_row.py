"""Pictures side by side, each with words under it."""

import textwrap
from collections.abc import Sequence

import numpy as np

from .colours import COLOURS


def picture_row(
    images: np.ndarray, words: Sequence[str], *, columns: int = 6, colours: Sequence[str] | None = None, title: str = ""
) -> None:
    """Draw pictures (N, S, S, 3) with one text each, `columns` in a row.

    words : a text for each picture; a line break in it stays.
    colours : names in COLOURS, one for each text.
    """
    import matplotlib.pyplot as plt

    rows = -(-len(images) // columns)
    lines = [[piece for line in text.split("\n") for piece in textwrap.wrap(line, 17)] for text in words]
    deepest = max(map(len, lines))
    figure, axes = plt.subplots(rows, columns, figsize=(7.2, rows * (1.15 + 0.13 * deepest)), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for k, (axis, image, text) in enumerate(zip(axes.flat, images, lines, strict=False)):
        axis.imshow(image)
        colour = COLOURS[colours[k]] if colours else COLOURS["target"]
        padded = "\n".join(text + [" "] * (deepest - len(text)))
        axis.text(0.5, -0.06, padded, transform=axis.transAxes, ha="center", va="top", fontsize=7, color=colour)
    if title:
        figure.suptitle(title, x=0.02, ha="left", fontsize=11)
