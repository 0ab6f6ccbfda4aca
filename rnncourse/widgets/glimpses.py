"""Chapter 15: what windows of three scales see around one place, and what a small move of that place would change."""

import numpy as np

from ..reference.glimpses import block_means, crop_forward, glimpse_forward
from .figure import InteractiveFigure
from .parameters import Slider
from .svg import axes, cells, diagram, dots, line, rects, segments, text
from .values import Values

SIDE, SIZE, SCALES = 28, 7, 3
SHADES = 16  # of a pixel: sixteenths and quarters are exact numbers, so that page and function agree in every digit
COLOURS = ("c", "z", "y")  # of the boxes, the smallest first
EDGE, LEFT, GAP = 14, 8, 12  # of the panel of patches, in pixels of a phone: a cell, the margin, between patches
COLUMNS = [LEFT + j * (SIZE * EDGE + GAP) for j in range(SCALES)]


def scene() -> np.ndarray:
    """A picture (28, 28) of a ring, a bar and a soft spot, in sixteenths."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    ring = 1.6 - np.abs(np.hypot(y - 9, x - 10) - 5)
    bar = np.where((np.abs(y + x - 38) < 12), 1.5 - np.abs(y - x + 6) / 1.5, 0)
    spot = 0.8 * np.exp(-((y - 8) ** 2 + (x - 22) ** 2) / 8)
    return np.floor(np.clip(np.maximum(np.maximum(ring, bar), spot), 0, 1) * SHADES + 0.5) / SHADES


SCENE = scene()


def sensor(row: float, column: float) -> Values:
    """Windows around a centre, the derivatives of the sharp one by it, and its middle sample along the centre's row."""
    centre = np.array([row, column], dtype=float)
    patches, _ = glimpse_forward(SCENE, centre, SIZE, SCALES)
    sharp, (image, R, dR, C, dC) = crop_forward(SCENE, centre, SIZE)
    by_row, by_column = dR @ image @ C.T, R @ image @ dC.T
    middle, left = SIZE // 2, int(np.floor(column))
    along = np.concatenate([[0.0], R[middle] @ image, [0.0]])  # outside the picture is 0
    nearest = _pixels(int(np.floor(row + 0.5)))
    return {
        "row": row,
        "column": column,
        "box_x": [column - SIZE * 2**j / 2 for j in range(SCALES)],
        "box_y": [row - SIZE * 2**j / 2 for j in range(SCALES)],
        **{f"patch_{j}": patch for j, patch in enumerate(patches)},
        "by_row": by_row,
        "by_column": by_column,
        "along": along,
        "steps": np.repeat(nearest, 2),
        "piece_x": [left, left + 1],
        "piece_y": along[left + 1 : left + 3],
        "v": sharp[middle, middle],
        "value": _hundredth(sharp[middle, middle]),
        "d_row": _hundredth(by_row[middle, middle]),
        "d_column": _hundredth(by_column[middle, middle]),
        "pixel": _hundredth(nearest[int(np.floor(column + 0.5)) + 1]),
    }


def _pixels(row: int) -> np.ndarray:
    """The pixels of a row with a 0 on either side."""
    return np.concatenate([[0.0], SCENE[row], [0.0]])


def _hundredth(value: float) -> float:
    """Two decimals, halves up: the same in Python and in JavaScript."""
    return float(np.floor(value * 100 + 0.5) / 100)


PORT = """
const S = 7, J = 3, m = 3, n = K.means[0].length, k = Array.from({ length: S }, (_, s) => s - m);
const pixel = (image, y, x) => (image[y] && image[y][x] !== undefined ? image[y][x] : 0);
const sample = (image, y, x) => {
  const t = Math.floor(y), l = Math.floor(x), u = y - t, w = x - l;
  const a = pixel(image, t, l), b = pixel(image, t, l + 1), c = pixel(image, t + 1, l), d = pixel(image, t + 1, l + 1);
  return { v: (1 - u) * ((1 - w) * a + w * b) + u * ((1 - w) * c + w * d),
    row: (1 - w) * (c - a) + w * (d - b), column: (1 - u) * (b - a) + u * (d - c) };
};
const window = (j) => {
  const inBlocks = (c) => (c + 0.5) / 2 ** j - 0.5;
  return k.map((y) => k.map((x) => sample(K.means[j], inBlocks(p.row) + y, inBlocks(p.column) + x)));
};
const only = (rows, name) => rows.map((line) => line.map((one) => one[name]));
const hundredth = (v) => Math.floor(v * 100 + 0.5) / 100;
const range = (from, to) => Array.from({ length: to - from }, (_, s) => from + s);
const sharp = window(0), along = range(-1, n + 1).map((x) => (x < 0 || x === n ? 0 : sample(K.means[0], p.row, x).v));
const near = Math.floor(p.row + 0.5), nearest = range(-1, n + 1).map((x) => pixel(K.means[0], near, x));
const one = sharp[m][m], scales = range(0, J), left = Math.floor(p.column);
return {
  row: p.row, column: p.column,
  box_x: scales.map((j) => p.column - (S * 2 ** j) / 2), box_y: scales.map((j) => p.row - (S * 2 ** j) / 2),
  patch_0: only(sharp, "v"), patch_1: only(window(1), "v"), patch_2: only(window(2), "v"),
  by_row: only(sharp, "row"), by_column: only(sharp, "column"), along, steps: nearest.flatMap((v) => [v, v]),
  piece_x: [left, left + 1], piece_y: [along[left + 1], along[left + 2]],
  v: one.v, value: hundredth(one.v), d_row: hundredth(one.row), d_column: hundredth(one.column),
  pixel: hundredth(nearest[Math.floor(p.column + 0.5) + 1]),
};
"""


def glimpse_sensor() -> InteractiveFigure:
    """Sliders for row and column of the centre; pointing at the picture sets both."""
    ticks = [0, 9, 18, 27]
    return InteractiveFigure(
        name="glimpse_sensor",
        function=sensor,
        parameters=(
            Slider("row", "row of the centre", 0, SIDE - 1, 0.25, 6.5),
            Slider("column", "column of the centre", 0, SIDE - 1, 0.25, 13.25),
        ),
        panels=(
            axes(
                [
                    cells("$image", -0.5, -0.5, 1, 1),
                    rects("$box_x", "$box_y", "$box_w", "$box_w", "none", stroke=list(COLOURS), width=2),
                    segments(-0.5, "$row", SIDE - 0.5, "$row", "gradient", width=1, dash="3 3"),
                    dots("$column", "$row", "gradient", r=4.5, stroke="paper"),
                ],
                x=(-0.5, SIDE - 0.5),
                y=(SIDE - 0.5, -0.5),
                title="The picture and three windows",
                xlabel="column",
                ylabel="row",
                xticks=ticks,
                yticks=ticks,
                width=330,
                height=340,
            ),
            diagram(
                [
                    *(
                        text(x, 34, words, colour, size=10.5, weight=600)
                        for x, words, colour in zip(
                            COLUMNS, ("each pixel", "2 × 2 means", "4 × 4 means"), COLOURS, strict=True
                        )
                    ),
                    *(cells(f"$patch_{j}", x, 42, EDGE, EDGE, stroke="rule") for j, x in enumerate(COLUMNS)),
                    text(COLUMNS[0], 164, "change by row", "ink", size=10.5, weight=600),
                    text(COLUMNS[1], 164, "by column", "ink", size=10.5, weight=600),
                    cells("$by_row", COLUMNS[0], 172, EDGE, EDGE, stroke="rule"),
                    cells("$by_column", COLUMNS[1], 172, EDGE, EDGE, stroke="rule"),
                    rects(
                        [x + 3 * EDGE for x in COLUMNS[:2]],
                        172 + 3 * EDGE,
                        EDGE,
                        EDGE,
                        "none",
                        stroke="gradient",
                        width=2,
                    ),
                    rects(COLUMNS[0] + 3 * EDGE, 42 + 3 * EDGE, EDGE, EDGE, "none", stroke="gradient", width=2),
                ],
                width=340,
                height=280,
                title="What the windows hold",
            ),
            axes(
                [
                    line("$step_x", "$steps", "x", width=1.2, dash="4 3"),
                    line("$column_x", "$along", "h", width=2),
                    line("$piece_x", "$piece_y", "gradient", width=4),
                    dots("$column", "$v", "gradient", r=5, stroke="paper"),
                ],
                x=(-1, SIDE),
                y=(-0.05, 1.05),
                title="The middle sample along the dashed row",
                xlabel="column of the centre",
                ylabel="value",
                xticks=ticks,
                yticks=[0, 0.5, 1],
                width=420,
                height=240,
            ),
        ),
        constants={
            "image": SCENE,
            "means": [block_means(SCENE, 2**j) for j in range(SCALES)],
            "box_w": [SIZE * 2**j for j in range(SCALES)],
            "column_x": np.arange(-1, SIDE + 1),
            "step_x": np.concatenate([[k - 0.5, k + 0.5] for k in range(-1, SIDE + 1)]),
        },
        legend=(
            ("pos", "a value, or a change upwards"),
            ("neg", "a change downwards"),
            ("x", "dashed: the nearest pixel alone"),
        ),
        caption="A window has 7 × 7 samples, one, two or four pixels apart. Between pixels a sample changes with the "
        "centre, and how much it changes is known: this is what the gradient of a place is made of. The nearest pixel "
        "alone would have slope 0 wherever it has one.",
        alt="A picture of a ring, a bar and a spot with three square windows around a point on the ring. Beside it "
        "what each window holds, sharp and small or wide and coarse, and how the sharp one would change if the centre "
        "moved down or to the right. Below, the value of the middle sample against the column: straight pieces that "
        "join, where the nearest pixel makes steps.",
        readout="Centre at row {row:2}, column {column:2}: the middle sample is {value:2}. It changes by {d_row:2} a "
        "pixel down and by {d_column:2} a pixel to the right. The nearest pixel alone is {pixel:2}.",
        port=PORT,
        pick={"panel": 0, "x": "column", "y": "row"},
    )
