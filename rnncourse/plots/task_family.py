"""The five shapes of sequence tasks, as small diagrams of input, state and output nodes."""

from typing import TYPE_CHECKING

from .colours import COLOURS, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Name → (steps, steps with an input, steps with an output, words under it).
SHAPES: dict[str, tuple[int, tuple[int, ...], tuple[int, ...], str]] = {
    "one-to-one": (1, (0,), (0,), "picture → digit"),
    "one-to-many": (4, (0,), (0, 1, 2, 3), "picture → caption"),
    "many-to-one": (4, (0, 1, 2, 3), (3,), "recording → speaker"),
    "many-to-many, aligned": (4, (0, 1, 2, 3), (0, 1, 2, 3), "year → next year"),
    "encoder–decoder": (6, (0, 1, 2), (3, 4, 5), "spelling → sounds"),
}


def _shape(axis: "Axes", name: str) -> None:
    steps, inputs, outputs, example = SHAPES[name]
    arrow = {"arrowstyle": "-|>", "shrinkA": 8, "shrinkB": 8, "linewidth": 1.2}
    for t in range(steps):
        if t > 0:
            axis.annotate("", (t, 1), (t - 1, 1), arrowprops={**arrow, "color": COLOURS["h"]})
        if t in inputs:
            axis.annotate("", (t, 1), (t, 0), arrowprops={**arrow, "color": COLOURS["x"]})
            axis.plot(t, 0, "s", ms=11, color=PAPER, mec=COLOURS["x"], mew=1.8)
        if t in outputs:
            axis.annotate("", (t, 2), (t, 1), arrowprops={**arrow, "color": COLOURS["y"]})
            axis.plot(t, 2, "o", ms=11, color=PAPER, mec=COLOURS["y"], mew=1.8)
        axis.plot(t, 1, "o", ms=12, color=COLOURS["h"])
    middle = (steps - 1) / 2
    axis.set(xlim=(middle - 3, middle + 3), ylim=(-0.9, 2.5), xticks=[], yticks=[])
    axis.set_title(name, loc="center")
    axis.text(middle, -0.7, example, ha="center", fontsize=9)
    axis.grid(False)
    axis.spines[:].set_visible(False)


def task_family() -> None:
    """Draw the five shapes on a new figure: squares are inputs, filled circles states, open circles outputs."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(7, 4.4))
    axes = figure.subplot_mosaic([["a", "a", "b", "b", "c", "c"], [".", "d", "d", "e", "e", "."]])
    for axis, name in zip(axes.values(), SHAPES, strict=True):
        _shape(axis, name)
    labels = (("s", "x", "input"), ("o", "h", "state"), ("o", "y", "output"))
    handles = [
        plt.Line2D([], [], marker=m, ls="", ms=9, mec=COLOURS[c], mfc=COLOURS[c] if c == "h" else PAPER, label=words)
        for m, c, words in labels
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
