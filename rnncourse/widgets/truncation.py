"""Chapter 8: how often (k1) and how far (k2) truncated backpropagation through time looks back."""

from .figure import InteractiveFigure
from .parameters import Slider, Steps
from .svg import diagram, dots, rects, segments, text
from .values import Values

T = 12
COLUMN = [24 + 30 * k for k in range(T)]


def windows(k1: int, k2: int, t: int) -> Values:
    """The state after t steps; an update after every k1 steps whose gradient goes back k2 steps."""
    k1, k2 = int(k1), int(k2)
    stops = [s for s in range(1, T + 1) if s % k1 == 0 and s <= t]
    starts = [max(0, s - k2) for s in stops]
    gap = min(24, 132 / (T // k1))
    rows = [92 + gap * k for k in range(len(stops))]
    covered = [any(a <= k < z for a, z in zip(starts, stops, strict=True)) for k in range(T)]
    work = sum(z - a for a, z in zip(starts, stops, strict=True))
    if t == 0:
        words = f"An update after every {k1} steps, its gradient goes back {min(k2, T)} steps."
    elif stops and stops[-1] == t:
        words = (
            f"Step {t}, update {len(stops)}: the gradient goes back over steps {t} to {starts[-1] + 1} and stops there."
        )
    else:
        words = f"Step {t}: the state is carried on; no update yet."
    return {
        "seen": [0.9 if k < t else 0.12 for k in range(T)],
        "links": [0.9 if k < t else 0.12 for k in range(1, T)],
        "bar_x": [COLUMN[a] - 11 for a in starts],
        "bar_y": rows,
        "bar_w": [30 * (z - a) - 8 for a, z in zip(starts, stops, strict=True)],
        "bar_opacity": [0.45] * (len(stops) - 1) + [0.95] * bool(stops),
        "tip_x": [COLUMN[z - 1] + 14 for z in stops],
        "marks": ["✓"] * len(stops),
        "blind": [0.0 if seen or k >= t else 0.9 for k, seen in enumerate(covered)],
        "words": f"{words} Backward steps so far: {work}, updates: {len(stops)}.",
    }


PORT = """
const C = (k) => 24 + 30 * k, T = 12, stops = [];
for (let s = 1; s <= p.t; s++) if (s % p.k1 === 0) stops.push(s);
const starts = stops.map((s) => Math.max(0, s - p.k2)), steps = Array.from({ length: T }, (_, k) => k);
const work = stops.reduce((sum, z, k) => sum + z - starts[k], 0), last = stops.length - 1;
const covered = steps.map((k) => stops.some((z, n) => starts[n] <= k && k < z));
const words = p.t === 0 ? `An update after every ${p.k1} steps, its gradient goes back ${Math.min(p.k2, T)} steps.`
  : stops[last] === p.t
  ? `Step ${p.t}, update ${last + 1}: the gradient goes back over steps ${p.t} to ${starts[last] + 1} and stops there.`
  : `Step ${p.t}: the state is carried on; no update yet.`;
return {
  seen: steps.map((k) => (k < p.t ? 0.9 : 0.12)), links: steps.slice(1).map((k) => (k < p.t ? 0.9 : 0.12)),
  bar_x: starts.map((a) => C(a) - 11), bar_y: stops.map((_, k) => 92 + Math.min(24, 132 / Math.floor(T / p.k1)) * k),
  bar_w: stops.map((z, k) => 30 * (z - starts[k]) - 8), bar_opacity: stops.map((_, k) => (k === last ? 0.95 : 0.45)),
  tip_x: stops.map((z) => C(z - 1) + 14), marks: stops.map(() => "✓"),
  blind: steps.map((k) => (covered[k] || k >= p.t ? 0 : 0.9)),
  words: `${words} Backward steps so far: ${work}, updates: ${stops.length}.`,
};
"""


def truncation_windows() -> InteractiveFigure:
    """Sliders k1 (an update every k1 steps) and k2 (the gradient's reach); the twelve steps can be played."""
    return InteractiveFigure(
        name="truncation_windows",
        function=windows,
        parameters=(
            Slider("k1", "an update every *k*₁ steps", 1, 12, 1, 4),
            Slider("k2", "gradient goes back *k*₂ steps", 1, 12, 1, 4),
            Steps("t", "step *t*", T, T),
        ),
        panels=(
            diagram(
                [
                    text(8, 14, "the state is carried on without a break", "h", size=11, weight=600),
                    segments(
                        [c + 11 for c in COLUMN[:-1]],
                        38,
                        [c - 12 for c in COLUMN[1:]],
                        38,
                        "h",
                        arrow=True,
                        opacity="$links",
                    ),
                    dots(COLUMN, 38, "paper", r=10, stroke="h"),
                    dots(COLUMN, 38, "h", r=10, opacity="$seen"),
                    text(COLUMN, 62, [str(k + 1) for k in range(T)], "muted", anchor="middle", size=10),
                    text(8, 82, "each update's gradient, from right to left", "gradient", size=11, weight=600),
                    rects("$bar_x", "$bar_y", "$bar_w", 8, "gradient", opacity="$bar_opacity", round=4),
                    text(COLUMN, 234, ["×"] * T, "bad", anchor="middle", size=13, weight=700, opacity="$blind"),
                ],
                width=378,
                height=240,
            ),
        ),
        legend=(("h", "steps read"), ("gradient", "steps that an update reaches"), ("bad", "× reached by no update")),
        caption="Twelve steps with *k*₁ = *k*₂ = 4 become three updates of four steps each: the state crosses the "
        "borders, the gradient does not.",
        alt="Twelve filled circles joined by arrows. Below them three bars, one an update, each four steps long "
        "and none overlapping the next.",
        readout="{words}",
        port=PORT,
        interval=700,
    )
