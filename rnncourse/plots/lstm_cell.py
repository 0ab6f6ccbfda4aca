"""The LSTM's cell as a drawing: one circle holds the number, three gates stand at its lines."""

from typing import TYPE_CHECKING

from .colours import COLOURS, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _box(axis: "Axes", x: float, y: float, words: str, colour: str) -> None:
    style = {"boxstyle": "round,pad=0.35", "fc": PAPER, "ec": colour, "lw": 1.8}
    axis.text(x, y, words, ha="center", va="center", fontsize=11, color=colour, bbox=style, zorder=3)


def _arrow(axis: "Axes", start: tuple[float, float], end: tuple[float, float], colour: str, **style: object) -> None:
    line = {"arrowstyle": "-|>", "color": colour, "lw": 1.6, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12, **style}
    axis.annotate("", end, start, arrowprops=line)


def lstm_cell() -> None:
    """Draw one cell on a new figure: c_{t−1} enters at the left, c_t leaves at the right and h_t at the top.

    A gate is a circle with a dot on the line that it multiplies, in its own colour; all four read x_t and h_{t−1}.
    """
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.6))
    ink = COLOURS["c"]
    _arrow(axis, (0.2, 3), (7.6, 3), ink, lw=2.4)
    axis.text(0.1, 3, "$c_{t-1}$", ha="right", va="center", fontsize=13, color=ink)
    axis.text(7.7, 3, "$c_t$", ha="left", va="center", fontsize=13, color=ink)
    gates = {"f": (1.6, 3.0), "i": (3.2, 1.9), "o": (6.4, 4.2)}
    for name, (x, y) in gates.items():
        ring = {"boxstyle": "circle,pad=0.12", "fc": PAPER, "ec": COLOURS[name], "lw": 1.8}
        axis.text(x, y, r"$\odot$", ha="center", va="center", fontsize=16, zorder=4, bbox=ring)
    ring = {"boxstyle": "circle,pad=0.16", "fc": PAPER, "ec": ink, "lw": 1.8}
    axis.text(4.4, 3, "+", ha="center", va="center", fontsize=15, zorder=4, bbox=ring)
    for name, x, words in (("f", 1.6, "$f_t$ keep?"), ("i", 3.2, "$i_t$ write?"), ("o", 6.4, "$o_t$ read?")):
        _box(axis, x, 0.6, words, COLOURS[name])
        _arrow(axis, (x, 0.95), (x, gates[name][1] - 0.25), COLOURS[name])
    _box(axis, 4.75, 0.6, "$g_t$ what?", COLOURS["g"])
    axis.plot([4.75, 4.75], [0.95, 1.9], color=COLOURS["g"], lw=1.6)
    _arrow(axis, (4.75, 1.9), (3.45, 1.9), COLOURS["g"])
    _arrow(axis, (3.35, 2.12), (4.25, 2.82), ink)
    axis.plot([5.4, 5.4], [3, 4.2], color=ink, lw=1.6)
    _box(axis, 5.4, 3.62, r"$\tanh$", ink)
    _arrow(axis, (5.4, 4.2), (6.15, 4.2), ink)
    _arrow(axis, (6.65, 4.2), (7.6, 4.2), COLOURS["h"], lw=2.4)
    axis.text(7.7, 4.2, "$h_t$", ha="left", va="center", fontsize=13, color=COLOURS["h"])
    axis.plot([1.0, 7.0], [-0.35, -0.35], color=COLOURS["x"], lw=1.6)
    for x in (1.6, 3.2, 4.75, 6.4):
        _arrow(axis, (x, -0.35), (x, 0.22), COLOURS["x"])
    axis.text(0.9, -0.35, "$x_t,\\ h_{t-1}$", ha="right", va="center", fontsize=12, color=COLOURS["x"])
    axis.set(xlim=(-0.6, 8.4), ylim=(-0.75, 4.75))
    axis.axis("off")
    plt.show()
