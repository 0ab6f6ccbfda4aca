"""The unfolded graph of a real run: a node for every value, its size and colour carrying that value."""

from typing import TYPE_CHECKING

import numpy as np

from .colours import COLOURS, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


def _node(axis: "Axes", x: float, y: float, value: float, edge: str, signs: "Colormap") -> None:
    face = signs(0.5 + 0.45 * float(np.clip(value, -1, 1)))
    size = 420 + 780 * min(abs(float(value)), 1.0)
    axis.scatter(x, y, s=size, color=[face], edgecolors=edge, linewidths=1.5, zorder=3)
    dark = abs(value) > 0.75
    words = f"{value:.1f}".replace("-", "−")
    axis.text(x, y, words, ha="center", va="center", fontsize=8.5, color="white" if dark else "black", zorder=4)


def unfolded(x: np.ndarray, h: np.ndarray, R: np.ndarray, h0: np.ndarray) -> None:
    """Draw one sequence's run on a new figure, time from left to right, one column of nodes a step.

    Parameters
    ----------
    x : (T, D) inputs. h : (T, H) states. R : (H, H) recurrent weights. h0 : (H,) the state before the first input.
        A line's width is the size of what flows along it, |R_ij h_j|: blue where it is positive, orange where negative.
        The arrow from an input goes to the whole column of neurons that read it.
    """
    import matplotlib.pyplot as plt
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import FancyBboxPatch

    # Above zero blue, below zero orange, as in the interactive figures.
    signs = LinearSegmentedColormap.from_list("signs", [COLOURS["gradient"], PAPER, COLOURS["h"]])
    T, D = x.shape
    H = len(h0)
    columns = np.concatenate([h0[None], h])
    rows_h, rows_x = np.arange(H)[::-1] + 2.0, np.arange(D)[::-1] - (D - 1) / 2
    _, axis = plt.subplots(figsize=(7, 1.6 + 0.75 * (H + D - 1)))
    lines, flow = [], []
    for t in range(1, T + 1):
        for i in range(H):
            lines += [((t - 1, rows_h[j]), (t, rows_h[i])) for j in range(H)]
            flow += [R[i, j] * columns[t - 1, j] for j in range(H)]
    width = np.clip(np.abs(flow), 0.05, None) * 5
    colour = [signs(0.95 if f > 0 else 0.05) for f in flow]
    axis.add_collection(LineCollection(lines, linewidths=list(width), colors=colour, alpha=0.55, zorder=1))
    for t in range(T + 1):
        for i in range(H):
            _node(axis, t, rows_h[i], columns[t, i], COLOURS["h"], signs)
        for d in range(D if t else 0):
            _node(axis, t, rows_x[d], x[t - 1, d], COLOURS["x"], signs)
        axis.text(t, rows_h.max() + 0.62, f"$h_{{{t}}}$", ha="center")
        if t:
            corner, box = (t - 0.31, 1.48), "round,pad=0,rounding_size=0.25"
            axis.add_patch(FancyBboxPatch(corner, 0.62, H + 0.04, boxstyle=box, fc="none", ec=COLOURS["x"], alpha=0.5))
            arrow = {"arrowstyle": "-|>", "color": COLOURS["x"], "shrinkA": 17, "shrinkB": 0}
            axis.annotate("", (t, 1.48), (t, rows_x.max()), arrowprops=arrow)
            axis.text(t, rows_x.min() - 0.78, f"$x_{{{t}}}$", ha="center")
    axis.set(xlim=(-0.5, T + 0.5), ylim=(rows_x.min() - 0.95, rows_h.max() + 0.95), xticks=[], yticks=[])
    axis.grid(False)
    axis.spines[:].set_visible(False)
