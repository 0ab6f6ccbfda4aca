"""Chapter 6: the gradient's size against distance, and the error surface with its cliff."""

import numpy as np

from ..plots.colours import COLOURS
from .figure import InteractiveFigure
from .parameters import Choice, Slider, Steps
from .pixels import tint
from .svg import axes, dots, line, picture, segments
from .values import Values

UNITS, FAR = 16, 50
LOWEST, HIGHEST = -12, 8  # powers of ten


def recurrent_matrix(kind: str) -> np.ndarray:
    """A (16, 16) matrix whose largest singular value is 1: orthogonal, random, or far from normal."""
    rng = np.random.default_rng(6)
    random = rng.standard_normal((UNITS, UNITS))
    if kind == "orthogonal":
        return np.linalg.qr(random)[0]
    if kind == "shear":  # small eigenvalues, large entries above the diagonal
        random = 0.55 * np.eye(UNITS) + np.diag(np.full(UNITS - 1, 1.0), 1)
    return random / np.linalg.norm(random, 2)


def norms_by_distance(sigma: float, matrix: str, nonlinearity: str) -> Values:
    """log10 of ‖∂L/∂h_{T−k}‖ / ‖∂L/∂h_T‖ for k = 0 … 50, and of the bound σ^k."""
    rng = np.random.default_rng(7)
    R = sigma * recurrent_matrix(matrix)
    h, slopes = np.zeros(UNITS), []
    for x_t in 0.3 * rng.standard_normal((FAR + 1, UNITS)):
        h = R @ h + x_t if nonlinearity == "linear" else np.tanh(R @ h + x_t)
        slopes.append(np.ones(UNITS) if nonlinearity == "linear" else 1 - h * h)
    blame, norms = np.ones(UNITS) / 4, [1.0]
    for slope in slopes[:0:-1]:
        blame = R.T @ (slope * blame)
        norms.append(float(np.linalg.norm(blame)))
    rho = float(np.abs(np.linalg.eigvals(R)).max())
    return {
        "norms": _inside(np.log10(np.maximum(norms, 1e-30))),
        "bound": _inside(np.arange(FAR + 1) * np.log10(sigma)),
        "rho": round(rho, 2),
        "sigma_now": sigma,
        "times": f"{norms[-1]:.0e}".replace("e-0", "e-").replace("e+0", "e+").replace("-", "−"),
    }


def _inside(exponents: np.ndarray) -> np.ndarray:
    """Two decimals; what leaves the panel is not drawn."""
    return np.where((exponents < LOWEST) | (exponents > HIGHEST), np.nan, np.round(exponents, 2))


def gradient_by_distance() -> InteractiveFigure:
    """Slider: the largest singular value; choices: the matrix and the nonlinearity."""
    return InteractiveFigure(
        name="gradient_by_distance",
        function=norms_by_distance,
        parameters=(
            Slider("sigma", "largest singular value *σ*", 0.6, 1.6, 0.05, 0.9),
            Choice(
                "matrix",
                "recurrent matrix",
                (("orthogonal", "orthogonal"), ("random", "random"), ("shear", "non-normal")),
                "random",
            ),
            Choice("nonlinearity", "nonlinearity", (("tanh", "tanh"), ("linear", "none")), "tanh"),
        ),
        panels=(
            axes(
                [
                    line([0, FAR], [0, 0], "muted", width=1, dash="4 3"),
                    line("$distance", "$bound", "x", dash="6 4"),
                    line("$distance", "$norms", "gradient", width=2.5),
                ],
                x=(0, FAR),
                y=(LOWEST, HIGHEST),
                title="The gradient, k steps back",
                xlabel="distance k",
                ylabel="size compared with step T",
                yticks=[(-12, "10⁻¹²"), (-8, "10⁻⁸"), (-4, "10⁻⁴"), (0, "1"), (4, "10⁴"), (8, "10⁸")],
                width=420,
                height=280,
            ),
        ),
        constants={"distance": np.arange(FAR + 1)},
        legend=(("gradient", "measured, 16 units"), ("x", "bound σᵏ")),
        caption="With tanh, *σ* < 1 is enough for the gradient to vanish; *σ* > 1 is needed for it to explode, and is "
        "not enough.",
        alt="On a logarithmic axis the measured gradient falls along an almost straight line far below the dashed "
        "bound, to less than a billionth after thirty steps.",
        readout="σ = {sigma_now:2}, largest eigenvalue {rho:2} in size. "
        "Fifty steps back the gradient is {times} times as large.",
    )


# The error surface: E(w, b) = (σ(x_50) − 0.7)², x_t = w σ(x_{t−1}) + b, x_0 = 0.5 (Pascanu et al. 2013, figure 6).
LENGTH, AIM, MOVES = 50, 0.7, 30
W_RANGE, B_RANGE = (4.0, 7.0), (-3.0, -1.5)


def surface(w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """E, ∂E/∂w and ∂E/∂b; the derivatives of x_t are carried forward with it."""
    x, x_w, x_b = np.full_like(w, 0.5), np.zeros_like(w), np.zeros_like(w)
    for _ in range(LENGTH):
        s = 0.5 + 0.5 * np.tanh(x / 2)
        slope = s * (1 - s)
        x, x_w, x_b = w * s + b, s + w * slope * x_w, 1 + w * slope * x_b
    s = 0.5 + 0.5 * np.tanh(x / 2)
    outer = 2 * (s - AIM) * s * (1 - s)
    return (s - AIM) ** 2, outer * x_w, outer * x_b


def descent(w: float, b: float, rate: float, clip: str, t: int) -> Values:
    """Gradient descent from (w, b), with or without clipping by norm, up to move t."""
    ws, bs, errors, sizes = [], [], [], []
    at = np.array([w, b])
    for _ in range(MOVES + 1):
        E, E_w, E_b = (v.item() for v in surface(at[:1], at[1:]))
        size = (E_w * E_w + E_b * E_b) ** 0.5
        ws.append(float(at[0]))
        bs.append(float(at[1]))
        errors.append(E)
        sizes.append(size)
        scale = 1.0 if clip == "none" or size <= 1 else 1 / size
        at = at - rate * scale * np.array([E_w, E_b])
    shown = list(range(t + 1))
    return {
        "path_w": ws[: t + 1],
        "path_b": bs[: t + 1],
        "moves": shown,
        "errors": errors[: t + 1],
        "start_w": [w],
        "start_b": [b],
        "error": errors[t],
        "size": sizes[t],
        "largest": max(sizes[: t + 1]),
    }


DESCENT_PORT = """
const surface = (w, b) => {
  let x = 0.5, xw = 0, xb = 0;
  for (let n = 0; n < 50; n++) {
    const s = 0.5 + 0.5 * Math.tanh(x / 2), slope = s * (1 - s);
    x = w * s + b; xw = s + w * slope * xw; xb = 1 + w * slope * xb;
  }
  const s = 0.5 + 0.5 * Math.tanh(x / 2), outer = 2 * (s - 0.7) * s * (1 - s);
  return [(s - 0.7) * (s - 0.7), outer * xw, outer * xb];
};
let w = p.w, b = p.b;
const ws = [], bs = [], errors = [], sizes = [];
for (let n = 0; n <= p.t; n++) {
  const [E, Ew, Eb] = surface(w, b), size = Math.sqrt(Ew * Ew + Eb * Eb);
  ws.push(w); bs.push(b); errors.push(E); sizes.push(size);
  const scale = p.clip === "none" || size <= 1 ? 1 : 1 / size;
  w -= p.rate * scale * Ew; b -= p.rate * scale * Eb;
}
return {
  path_w: ws, path_b: bs, moves: ws.map((_, k) => k), errors, start_w: [p.w], start_b: [p.b],
  error: errors[p.t], size: sizes[p.t], largest: Math.max(...sizes),
};
"""


def error_surface() -> InteractiveFigure:
    """Sliders (or pointing) set where the descent starts; its moves can be played, with and without clipping."""
    w, b = np.meshgrid(np.linspace(*W_RANGE, 121), np.linspace(B_RANGE[1], B_RANGE[0], 91))
    height = surface(w.ravel(), b.ravel())[0].reshape(w.shape) / 0.49
    return InteractiveFigure(
        name="error_surface",
        function=descent,
        parameters=(
            Slider("w", "start *w*", *W_RANGE, 0.02, 4.3),
            Slider("b", "start *b*", *B_RANGE, 0.01, -2.2),
            Choice("rate", "learning rate", ((0.1, "0.1"), (0.5, "0.5"), (2.0, "2")), 0.5),
            Choice("clip", "clipping by norm", (("none", "none"), ("norm", "at 1")), "none"),
            Steps("t", "moves", MOVES, 14),
        ),
        panels=(
            axes(
                [
                    picture("$relief", W_RANGE[0], B_RANGE[0], 3.0, 1.5),
                    line("$path_w", "$path_b", "gradient", width=1.6),
                    dots("$path_w", "$path_b", "gradient", r=2.6),
                    dots("$start_w", "$start_b", "paper", r=5, stroke="gradient"),
                ],
                x=W_RANGE,
                y=B_RANGE,
                title="Error E (stronger blue is higher)",
                xlabel="weight w",
                ylabel="bias b",
                yticks=(-3, -2.5, -2, -1.5),
                xticks=(4, 5, 6, 7),
                height=290,
            ),
            axes(
                [
                    line("$moves", "$errors", "h", width=1.5),
                    dots("$moves", "$errors", "h", r=3),
                    segments([0], 0, [MOVES], 0, "rule"),
                ],
                x=(0, MOVES),
                y=(-0.02, 0.5),
                title="Error along the descent",
                xlabel="move",
                ylabel="E",
                yticks=(0, 0.1, 0.2, 0.3, 0.4, 0.5),
                height=290,
            ),
        ),
        constants={"relief": tint(height, COLOURS["h"])},
        legend=(("h", "error"), ("gradient", "descent, from the open circle")),
        caption="The error of *x* ← *w* σ(*x*) + *b* after fifty steps has a cliff. At its foot the gradient is so "
        "long that one move throws the descent far away; clipping keeps the move short. Point into the picture to "
        "choose the start.",
        alt="Left: the error over weight and bias, a flat light plain and a flat dark plateau divided by a sharp "
        "edge; a path of gradient steps starts on the plateau. Right: the error along this path.",
        readout="Error {error:3}, gradient norm {size:3} here, {largest:2} at most along the way.",
        port=DESCENT_PORT,
        pick={"panel": 0, "x": "w", "y": "b"},
        interval=350,
    )
