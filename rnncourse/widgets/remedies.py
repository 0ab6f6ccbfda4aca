"""Chapter 7: the same gradient clipped by norm and clipped by value."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Slider
from .svg import axes, line, rects, segments, text
from .values import Values

REACH = 5


def clipped(gx: float, gy: float, limit: float) -> Values:
    """The gradient (gx, gy) shortened to the length `limit`, and with each entry cut at ±limit."""
    g = np.array([gx, gy])
    norm = float(np.hypot(gx, gy))
    by_norm = g * (min(1.0, limit / norm) if norm > 0 else 1.0)
    by_value = np.clip(g, -limit, limit)
    angle = abs(float(np.degrees(np.arctan2(gy, gx) - np.arctan2(by_value[1], by_value[0]))))
    angle = min(angle, 360 - angle)
    turn = 2 * np.pi * np.arange(49) / 48
    return {
        "g": [gx, gy],
        "norm": norm,
        "by_norm": by_norm,
        "by_value": by_value,
        "length_norm": float(np.hypot(*by_norm)),
        "length_value": float(np.hypot(*by_value)),
        "angle": angle,
        "gx": [gx],
        "gy": [gy],
        "nx": [by_norm[0]],
        "ny": [by_norm[1]],
        "vx": [by_value[0]],
        "vy": [by_value[1]],
        "circle_x": limit * np.cos(turn),
        "circle_y": limit * np.sin(turn),
        "corner": -limit,
        "side": 2 * limit,
    }


PORT = """
const norm = Math.hypot(p.gx, p.gy), s = norm > 0 ? Math.min(1, p.limit / norm) : 1;
const cut = (v) => Math.min(Math.max(v, -p.limit), p.limit);
const n = [p.gx * s, p.gy * s], v = [cut(p.gx), cut(p.gy)];
let angle = Math.abs(Math.atan2(p.gy, p.gx) - Math.atan2(v[1], v[0])) * 180 / Math.PI;
angle = Math.min(angle, 360 - angle);
const turn = Array.from({ length: 49 }, (_, k) => 2 * Math.PI * k / 48);
return {
  g: [p.gx, p.gy], norm, by_norm: n, by_value: v, length_norm: Math.hypot(...n), length_value: Math.hypot(...v), angle,
  gx: [p.gx], gy: [p.gy], nx: [n[0]], ny: [n[1]], vx: [v[0]], vy: [v[1]],
  circle_x: turn.map((a) => p.limit * Math.cos(a)), circle_y: turn.map((a) => p.limit * Math.sin(a)),
  corner: -p.limit, side: 2 * p.limit,
};
"""


def clipping() -> InteractiveFigure:
    """Sliders (or pointing) set the gradient and the threshold; two arrows show what each clipping leaves of it."""
    ticks = (-4, -2, 0, 2, 4)
    return InteractiveFigure(
        name="clipping",
        function=clipped,
        parameters=(
            Slider("gx", "gradient, first entry", -5, 5, 0.1, 4),
            Slider("gy", "gradient, second entry", -5, 5, 0.1, 1.5),
            Slider("limit", "threshold", 0.5, 4, 0.1, 2),
        ),
        panels=(
            axes(
                [
                    line("$circle_x", "$circle_y", "good", width=1.2, dash="4 3"),
                    rects("$corner", "$corner", "$side", "$side", "none", stroke="bad", width=1.2, dash="4 3"),
                    segments([0], [0], "$gx", "$gy", "x", arrow=True, width=2),
                    segments([0], [0], "$vx", "$vy", "bad", arrow=True, width=3),
                    segments([0], [0], "$nx", "$ny", "good", arrow=True, width=3),
                    text("$gx", "$gy", ["gradient"], "muted", anchor="middle", dy=-8, size=11),
                ],
                x=(-REACH, REACH),
                y=(-REACH, REACH),
                title="What clipping leaves of a gradient",
                xlabel="first entry",
                ylabel="second entry",
                xticks=ticks,
                yticks=ticks,
                width=360,
                height=370,
            ),
        ),
        legend=(("x", "gradient"), ("good", "clipped by norm"), ("bad", "clipped by value")),
        caption="Clipping by norm shortens the gradient and keeps its direction. Clipping by value cuts each entry and "
        "turns it. Point into the picture to choose the gradient.",
        alt="A long grey arrow to the right and slightly up. The arrow clipped by norm ends on a circle in the same "
        "direction; the one clipped by value ends on a square and points more steeply.",
        readout="Norm {norm:2}. By norm: length {length_norm:2}, same direction. "
        "By value: length {length_value:2}, turned by {angle:1} degrees.",
        port=PORT,
        pick={"panel": 0, "x": "gx", "y": "gy"},
    )
