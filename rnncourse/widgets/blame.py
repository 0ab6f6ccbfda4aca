"""Chapter 5: twelve steps forward, the loss, twelve steps back, one update."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Slider, Steps
from .svg import diagram, dots, rects, segments, text
from .values import Values

T = 12
X = np.array([1.0, 0.0, -0.4, 0.0, 0.6, 0.0, 0.0, -0.3, 0.0, 0.4, 0.0, 0.2])
INPUT_WEIGHT, BIAS, TARGET, RATE = 0.8, 0.05, 0.9, 0.4
COLUMN = [26 + 30 * k for k in range(T)]


def loss_and_gradient(r: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """States h_1 … h_T, blame dL/dh_t, the factors between neighbours, the loss and its total derivative by r."""
    h = [0.0]
    for x_t in X:
        h.append(float(np.tanh(INPUT_WEIGHT * x_t + r * h[-1] + BIAS)))
    states = np.array(h)
    slope = 1 - states[1:] ** 2
    dh = np.zeros(T)
    dh[-1] = states[-1] - TARGET
    for t in range(T - 2, -1, -1):
        dh[t] = dh[t + 1] * slope[t + 1] * r
    return states, dh, slope[1:] * r, 0.5 * (states[-1] - TARGET) ** 2, float(dh @ (slope * states[:-1]))


def blame(r: float, t: int) -> Values:
    """Frame t: 1 … 12 forward, 13 the loss, 14 … 25 backward, 26 the update."""
    h, dh, factors, loss, dr = loss_and_gradient(r)
    seen = np.arange(T) < t
    reached = np.arange(T) >= T + 13 - t if t > 13 else np.zeros(T, bool)
    k = min(max(T + 13 - t, 0), T - 1)  # the step that blame has just reached
    if t == 0:
        words = "Nothing has been computed yet."
    elif t <= T:
        words = f"Forward: step {t} reads x = {X[t - 1]:.1f} and keeps h = {h[t]:.2f} for later."
    elif t == 13:
        words = f"The loss compares h = {h[-1]:.2f} with the target {TARGET:.1f}: L = {loss:.3f}."
    elif t < 26:
        shown = [f"{f:.2f}" for f in factors[k:][::-1]]
        product = " × ".join(shown if len(shown) <= 4 else [*shown[:3], "…", shown[-1]])
        words = f"Backward: dL/dh at step {k + 1} is {dh[k]:.4f}" + (f" = {dh[-1]:.2f} × {product}." if shown else ".")
    else:
        after = loss_and_gradient(r - RATE * dr)[3]
        words = f"One update with dL/dr = {dr:.3f}: r goes from {r:.2f} to {r - RATE * dr:.2f}, "
        words += f"L from {loss:.3f} to {after:.3f}."
    bar = 62 * np.abs(dh) / np.abs(dh).max()
    return {
        "h": h[1:],
        "seen": 0.12 + 0.88 * seen,
        "links": 0.12 + 0.88 * seen[1:],
        "bar": -bar,
        "reached": reached.astype(float),
        "back_links": reached[:-1].astype(float),
        "factors": [f"{f:.2f}" for f in factors],
        "loss_on": [float(t >= 13)],
        "update_on": [float(t == 26)],
        "words": words.replace("-", "−"),
    }


def blame_travels_back() -> InteractiveFigure:
    """Play the forward pass, the backward pass and the update; the slider r changes every factor of the product."""
    gaps = [c + 15 for c in COLUMN[:-1]]
    return InteractiveFigure(
        name="blame_travels_back",
        function=blame,
        parameters=(Slider("r", "recurrent weight *r*", 0.4, 2, 0.2, 0.8), Steps("t", "moment of the pass", 26, 19)),
        panels=(
            diagram(
                [
                    text(8, 14, "forward: states", "h", size=11, weight=600),
                    text([COLUMN[-1]], 14, "L", "gradient", anchor="middle", weight=700, opacity="$loss_on", size=14),
                    segments([COLUMN[-1]], 40, [COLUMN[-1]], 20, "gradient", arrow=True, opacity="$loss_on"),
                    segments(
                        [c + 11 for c in COLUMN[:-1]],
                        52,
                        [c - 12 for c in COLUMN[1:]],
                        52,
                        "h",
                        arrow=True,
                        opacity="$links",
                    ),
                    segments(COLUMN, 84, COLUMN, 66, "muted", arrow=True, opacity="$seen"),
                    dots(COLUMN, 52, "paper", r=10, stroke="h", opacity="$seen"),
                    dots(COLUMN, 52, value="$h", r=10, opacity="$seen"),
                    dots(COLUMN, 92, "paper", r=6, stroke="x", opacity="$seen"),
                    dots(COLUMN, 92, value=X.tolist(), r=6, opacity="$seen"),
                    text(8, 122, "backward: factor r (1 − h²) on each link", "gradient", size=11, weight=600),
                    segments(
                        [c - 4 for c in COLUMN[1:]],
                        148,
                        [c + 4 for c in COLUMN[:-1]],
                        148,
                        "gradient",
                        arrow=True,
                        opacity="$back_links",
                    ),
                    text(gaps, 142, "$factors", "ink", anchor="middle", size=9.5, opacity="$back_links"),
                    text(8, 168, "size of dL/dh", "gradient", size=11, weight=600),
                    rects([c - 9 for c in COLUMN], 244, 18, "$bar", "gradient", opacity="$reached"),
                    segments(8, 244, 376, 244, "rule"),
                    text(COLUMN, 258, [str(k + 1) for k in range(T)], "muted", anchor="middle", size=10),
                    text([300], 178, "r is moved", "good", anchor="middle", weight=700, opacity="$update_on"),
                ],
                width=382,
                height=264,
            ),
        ),
        legend=(("h", "forward"), ("gradient", "backward: blame")),
        caption="Blame for the error at step 12 travels back through every copy. Each link multiplies it by "
        "*r*(1 − *h*²); a product of numbers below one soon vanishes.",
        alt="Twelve nodes in a row joined by arrows to the right, a loss above the last. Below, arrows to the left "
        "carry factors below one, and bars for the size of the blame shrink from step 12 back to step 7.",
        readout="{words}",
        interval=650,
    )
