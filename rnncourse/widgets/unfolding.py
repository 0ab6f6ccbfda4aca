"""Chapter 3: the loop and its unfolded copy, with the values of a real run."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Choice, Slider, Steps
from .svg import diagram, dots, line, segments, text
from .values import Values

T, H = 6, 3
W = np.array([1.3, -0.9, 0.6])
R = np.array([[0.2, -0.9, 0.3], [0.8, 0.1, -0.5], [-0.3, 0.6, 0.7]])
b = np.array([0.0, 0.1, -0.1])
INPUTS = {
    "pulse": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "two": (1.0, 0.0, 0.0, -1.0, 0.0, 0.0),
    "wave": (0.9, 0.3, -0.6, -0.9, -0.3, 0.6),
}
COLUMN = [112 + 46 * t for t in range(T)]
ROW = [58, 96, 134]  # the three units


def forward_run(inputs: str, scale: float, t: int) -> Values:
    """States of a layer of three neurons up to step t; later copies are still empty."""
    x, h = np.array(INPUTS[inputs]), [np.zeros(H)]
    for x_t in x:
        h.append(np.tanh(W * x_t + scale * (R @ h[-1]) + b))
    states = np.stack(h[1:])
    alive = (np.arange(T) < t).astype(float)
    now = states[t - 1] if t else np.zeros(H)
    return {
        "x": x * (0.25 + 0.75 * alive),
        "h": (states * alive[:, None]).ravel(),
        "size": (6 + 8 * np.abs(states * alive[:, None])).ravel(),
        "edge": 0.15 + 0.75 * alive,
        "copied": 0.15 + 0.75 * alive[1:],
        "loop_h": now,
        "loop_size": 6 + 8 * np.abs(now),
        "loop_x": [x[t - 1] if t else 0.0],
        "words": "Nothing has been read yet; the initial state is zero."
        if t == 0
        else f"Step {t}: the same weights read x = {x[t - 1]:.1f} and give h = "
        f"({', '.join(f'{v:.2f}' for v in now)}).".replace("-", "−"),
    }


def unfolded_graph() -> InteractiveFigure:
    """The folded graph (left) and its unfolded copies (right), filled step by step."""
    units_x = [c for c in COLUMN for _ in ROW]
    units_y = ROW * T
    turn = np.linspace(-0.42 * np.pi, 0.42 * np.pi, 15)
    return InteractiveFigure(
        name="unfolded_graph",
        function=forward_run,
        parameters=(
            Choice("inputs", "input", (("pulse", "one pulse"), ("two", "two pulses"), ("wave", "a wave")), "pulse"),
            Slider("scale", "recurrent weights times", 0, 1.6, 0.4, 0.8),
            Steps("t", "step *t*", T, 3),
        ),
        panels=(
            diagram(
                [
                    # the loop
                    segments(34, 182, 34, 152, "muted", arrow=True, width=1.5),
                    line(44 + 22 * np.cos(turn), 96 + 42 * np.sin(turn), "ink", width=1.4),
                    segments(54, 60, 46, 56, "ink", arrow=True),
                    dots([34], [196], "paper", r=12, stroke="x"),
                    dots([34], [196], value="$loop_x", r=12),
                    dots(34, ROW, "paper", r="$loop_size", stroke="h"),
                    dots(34, ROW, value="$loop_h", r="$loop_size"),
                    text(34, 30, "loop", "ink", anchor="middle", weight=600),
                    text([34], [226], "x", "muted", anchor="middle"),
                    segments(82, 20, 82, 232, "rule", width=1),
                    # its copies
                    text(226, 30, "the same weights, once a step", "ink", anchor="middle", weight=600),
                    segments(COLUMN, 182, COLUMN, 152, "muted", arrow=True, opacity="$edge"),
                    *(
                        segments(
                            [c + 14 for c in COLUMN[:-1]],
                            a,
                            [c - 15 for c in COLUMN[1:]],
                            z,
                            "ink",
                            opacity="$copied",
                            width=1.1,
                            arrow=True,
                        )
                        for a in ROW
                        for z in ROW
                    ),
                    dots(COLUMN, 196, "paper", r=12, stroke="x"),
                    dots(COLUMN, 196, value="$x", r=12),
                    dots(units_x, units_y, "paper", r="$size", stroke="h"),
                    dots(units_x, units_y, value="$h", r="$size"),
                    text(COLUMN, 226, [f"t = {k + 1}" for k in range(T)], "muted", anchor="middle", size=11),
                ],
                width=364,
                height=240,
            ),
        ),
        legend=(("pos", "value above zero"), ("neg", "value below zero"), ("ink", "recurrent weights, shared by all")),
        caption="A loop is a deep network whose layers share their weights: one copy a step. A node's size and colour "
        "carry its value.",
        alt="Left, three neurons with a loop back to themselves; right, six copies of the same three neurons joined by "
        "arrows from copy to copy. The first three copies are filled with values, the others are still empty.",
        readout="{words}",
    )
