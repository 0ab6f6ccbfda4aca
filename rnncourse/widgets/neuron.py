"""Chapter 2: the map of one recurrent neuron, and what it remembers of a pulse."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Slider
from .svg import axes, dots, line, rects
from .values import Values

STEPS, PULSE = 24, (4, 5, 6)  # the input is 1 at these steps, 0 elsewhere


def fixed_points(r: float, b: float) -> list[float]:
    """Where h = tanh(r h + b): sign changes on a grid of 400 pieces, each halved 40 times."""

    def gap(h: float) -> float:
        return float(np.tanh(r * h + b)) - h

    roots = []
    for k in range(400):
        low, high = -1 + 0.005 * k, -1 + 0.005 * (k + 1)
        if gap(low) == 0:
            roots.append(low)
        elif gap(low) * gap(high) < 0:
            for _ in range(40):
                middle = (low + high) / 2
                low, high = (middle, high) if gap(low) * gap(middle) > 0 else (low, middle)
            roots.append((low + high) / 2)
    return roots


def run(w: float, r: float, b: float) -> Values:
    """The neuron's map without input, its fixed points, and its states while a pulse passes."""
    grid = -1 + 0.025 * np.arange(81)
    h = [0.0]
    for t in range(1, STEPS + 1):
        h.append(float(np.tanh(w * (t in PULSE) + r * h[-1] + b)))
    roots = fixed_points(r, b)
    stable = [abs(r * (1 - root * root)) < 1 for root in roots]
    after = h[PULSE[-1] :][:12]
    words = [f"{root:.2f}".replace("-0.00", "0.00").replace("-", "−") for root in roots]
    return {
        "grid": grid,
        "map": np.tanh(r * grid + b),
        "h": h,
        "cobweb_x": [after[k // 2] for k in range(2 * len(after) - 1)],
        "cobweb_y": [after[0]] + [after[(k + 1) // 2] for k in range(1, 2 * len(after) - 1)],
        "roots": roots,
        "fill": ["good" if s else "paper" for s in stable],
        "root_words": ", ".join(f"{v} ({'stable' if s else 'not stable'})" for v, s in zip(words, stable, strict=True)),
        "last": h[-1],
    }


PORT = """
const tanh = Math.tanh, gap = (h) => tanh(p.r * h + p.b) - h;
const roots = [];
for (let k = 0; k < 400; k++) {
  let low = -1 + 0.005 * k, high = -1 + 0.005 * (k + 1);
  if (gap(low) === 0) roots.push(low);
  else if (gap(low) * gap(high) < 0) {
    for (let n = 0; n < 40; n++) {
      const middle = (low + high) / 2;
      if (gap(low) * gap(middle) > 0) low = middle; else high = middle;
    }
    roots.push((low + high) / 2);
  }
}
const grid = Array.from({ length: 81 }, (_, k) => -1 + 0.025 * k);
const h = [0];
for (let t = 1; t <= 24; t++) h.push(tanh((t >= 4 && t <= 6 ? p.w : 0) + p.r * h[t - 1] + p.b));
const stable = roots.map((v) => Math.abs(p.r * (1 - v * v)) < 1);
const after = h.slice(6, 18), m = 2 * after.length - 1;
return {
  grid, map: grid.map((v) => tanh(p.r * v + p.b)), h,
  cobweb_x: Array.from({ length: m }, (_, k) => after[Math.floor(k / 2)]),
  cobweb_y: Array.from({ length: m }, (_, k) => after[k === 0 ? 0 : Math.floor((k + 1) / 2)]),
  roots, fill: stable.map((s) => (s ? "good" : "paper")),
  root_words: roots.map((v, k) => v.toFixed(2).replace("-0.00", "0.00").replace("-", "−") +
    (stable[k] ? " (stable)" : " (not stable)")).join(", "),
  last: h[24],
};
"""


def neuron_map() -> InteractiveFigure:
    """Sliders w, r, b; left the map h ← tanh(r h + b) with its fixed points, right the states after a pulse."""
    steps = list(range(STEPS + 1))
    return InteractiveFigure(
        name="neuron_map",
        function=run,
        parameters=(
            Slider("w", "input weight *w*", -3, 3, 0.1, 2),
            Slider("r", "recurrent weight *r*", -4, 4, 0.1, 1.3),
            Slider("b", "bias *b*", -2, 2, 0.05, 0),
        ),
        panels=(
            axes(
                [
                    line([-1, 1], [-1, 1], "muted", width=1, dash="4 3"),
                    line("$grid", "$map", "h"),
                    line("$cobweb_x", "$cobweb_y", "y", width=1.4),
                    dots("$roots", "$roots", "$fill", r=5, stroke="good"),
                ],
                x=(-1.05, 1.05),
                y=(-1.05, 1.05),
                title="The map without input",
                xlabel="state before, h",
                ylabel="state after",
                xticks=(-1, -0.5, 0, 0.5, 1),
                yticks=(-1, -0.5, 0, 0.5, 1),
                height=300,
            ),
            axes(
                [
                    rects(PULSE[0] - 0.5, -1.1, 3, 2.2, "x", opacity=0.18),
                    line(steps, "$h", "h", width=1.5),
                    dots(steps, "$h", "h", r=3),
                ],
                x=(0, STEPS),
                y=(-1.1, 1.1),
                title="A pulse passes (grey), what stays?",
                xlabel="step t",
                ylabel="state h",
                yticks=(-1, -0.5, 0, 0.5, 1),
                height=300,
            ),
        ),
        legend=(("h", "map and state"), ("y", "steps after the pulse"), ("good", "fixed point, filled if stable")),
        caption="One neuron with one recurrent weight keeps, forgets or flips what it was shown. Where the curve "
        "crosses the dashed diagonal the state repeats itself.",
        alt="Left: an S-shaped curve of the next state against the present one crosses the diagonal at three fixed "
        "points; a staircase leads to the upper one. Right: the state jumps up during a short pulse and stays up.",
        readout="Fixed points: {root_words}. State at step 24: {last:2}.",
        port=PORT,
    )
