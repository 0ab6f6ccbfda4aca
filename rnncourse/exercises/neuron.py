"""Exercises of chapter 02: one recurrent neuron, its run, and the states in which it can rest."""

from collections.abc import Callable, Iterator

import numpy as np

from rnncourse.checks.cases import LARGE, LONG, Case
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step, tangency

CHAPTER = "02_neuron"
Array = np.ndarray


def _numbers(rng: np.random.Generator) -> Iterator[Case]:
    for label, scale in (("random numbers", 1.0), ("other random numbers", 0.5), ("large values", LARGE)):
        x_t, w, r, b = (float(v) for v in scale * rng.normal(size=4))
        yield Case((x_t, float(rng.uniform(-0.9, 0.9)), w, r, b), f"{label}: w={w:.3f}, r={r:.3f}, b={b:.3f}")
    for x_t in (LARGE, -LARGE):
        yield Case((x_t, 0.3, LARGE, 2.0, 0.5), f"large input: x_t={x_t:.0f}, w={LARGE:.0f}, r=2, b=0.5")
    yield Case((0.0, 0.5, 1.0, 5.0, 0.0), "no input: w=1, r=5, b=0")


def _runs(rng: np.random.Generator) -> Iterator[Case]:
    for label, T, scale in (
        ("random numbers", int(rng.integers(6, 10)), 1.0),
        ("other random numbers", int(rng.integers(11, 15)), 0.7),
        ("one step", 1, 1.0),
        ("two steps", 2, 1.0),
        ("long", LONG, 1.0),
        ("large values", 8, LARGE),
    ):
        w, r, b = (float(v) for v in rng.normal(size=3))
        h0 = float(rng.uniform(0.2, 0.9))
        yield Case(
            (scale * rng.normal(size=T), h0, w, r, b), f"{label}: T={T}, h0={h0:.3f}, w={w:.3f}, r={r:.3f}, b={b:.3f}"
        )


def _weights(rng: np.random.Generator) -> Iterator[Case]:
    """On both sides of the tangency, never close to it: there the points are hard to tell apart."""
    r = float(rng.uniform(2.0, 4.0))
    inside, outside = 0.5 * tangency(r)[1], 1.6 * tangency(r)[1]
    for label, r_, b in (
        ("three points", r, inside),
        ("three points, b below 0", r, -inside),
        ("one point, above", r, outside),
        ("one point, below", r, -outside),
        ("no bias", 5.0, 0.0),
        ("memory fades", float(rng.uniform(0.2, 0.8)), float(rng.normal())),
        ("the state flips", float(rng.uniform(-4.0, -2.0)), float(rng.uniform(0.1, 0.8))),
        ("no recurrence", 0.0, 0.7),
        ("nearly saturated", 8.0, 0.3),
        ("r just above 1", 1.5, 0.5 * tangency(1.5)[1]),
        ("two of three are near", 5.0, 0.98 * tangency(5.0)[1]),
    ):
        yield Case((r_, float(b)), f"{label}: r={r_:.3f}, b={b:.3f}")


NEURON_STEP = Exercise(
    reference=neuron_step,
    difficulty="predict",
    statement="The recurrent neuron's next state: tanh(w x_t + r h_{t-1} + b). All arguments are numbers.",
    inputs=("x_t", "h_prev", "w", "r", "b"),
    outputs=("h",),
    cases=_numbers,
    hints=(
        "Three things are added: the input times its weight, the state before times its own weight, and the bias.",
        "np.tanh comes once, on the whole sum.",
    ),
    slips=(
        Misconception(
            "each part went through its own tanh: add the three first; tanh comes once, on the sum.",
            lambda x_t, h_prev, w, r, b: np.tanh(w * x_t) + np.tanh(r * h_prev) + np.tanh(b),
        ),
        Misconception("the bias b is missing.", lambda x_t, h_prev, w, r, b: np.tanh(w * x_t + r * h_prev)),
        Misconception(
            "b is added after the tanh; it belongs inside.",
            lambda x_t, h_prev, w, r, b: np.tanh(w * x_t + r * h_prev) + b,
        ),
        Misconception("the bias b is added twice.", lambda x_t, h_prev, w, r, b: np.tanh(w * x_t + r * h_prev + 2 * b)),
        Misconception("the tanh is missing.", lambda x_t, h_prev, w, r, b: w * x_t + r * h_prev + b),
        Misconception(
            "w and r have changed places: w belongs to the input, r to the state.",
            lambda x_t, h_prev, w, r, b: np.tanh(r * x_t + w * h_prev + b),
        ),
        Misconception("the state h_prev is not used.", lambda x_t, h_prev, w, r, b: np.tanh(w * x_t + b)),
        Misconception("the input x_t is not used.", lambda x_t, h_prev, w, r, b: np.tanh(r * h_prev + b)),
        Misconception(
            "this is the logistic function, not tanh.",
            lambda x_t, h_prev, w, r, b: 1 / (1 + np.exp(-(w * x_t + r * h_prev + b))),
        ),
        Misconception(
            "the old state is added on top of the new one; the neuron's next state is the tanh alone.",
            lambda x_t, h_prev, w, r, b: h_prev + np.tanh(w * x_t + r * h_prev + b),
        ),
        Misconception(
            "the state enters without its weight r.", lambda x_t, h_prev, w, r, b: np.tanh(w * x_t + h_prev + b)
        ),
    ),
)


def _run_with(step: Callable[..., float]) -> Callable[..., Array]:
    """A run that uses this step."""

    def run(x: Array, h0: float, w: float, r: float, b: float) -> Array:
        h, state = np.zeros(len(x)), h0
        for t in range(len(x)):
            h[t] = state = step(x[t], state, w, r, b)
        return h

    return run


def _forgotten_step(case: Case, value: Array, expected: Array) -> str | None:
    x, h0, w, r, b = case.args
    if getattr(value, "shape", None) != expected.shape:
        return None
    before = np.concatenate([[h0], value[:-1]])
    wrong = np.abs(neuron_step(x, before, w, r, b) - value) > 1e-6
    if not wrong.any() or wrong[0]:
        return None
    t = int(wrong.argmax())
    for state, name in ((0.0, "0"), (h0, "h0")):
        if abs(neuron_step(x[t], state, w, r, b) - value[t]) < 1e-6:
            return f"at step {t} the state is forgotten: that step starts from {name} instead of h[{t - 1}]."
    return f"every step before {t} follows from the state before it; step {t} does not follow from your own h[{t - 1}]."


NEURON_RUN = Exercise(
    reference=neuron_run,
    difficulty="complete",
    statement="Run the neuron over the inputs x: h[t] is the state after x[t], and the state before x[0] is h0.",
    inputs=("x (T)", "h0", "w", "r", "b"),
    outputs=("h (T)",),
    cases=_runs,
    causal=("x",),
    explain=_forgotten_step,
    hints=(
        "Keep the state in a variable that starts as h0, and replace it at every step.",
        "for t in range(len(x)): compute the new state from x[t] and the variable, store it in h[t].",
        "h = np.zeros(len(x)) gives T places; h[0] is already a new state, h0 itself is not in the result.",
    ),
    slips=(
        Misconception(
            "the state is not carried: every step starts from h0.", lambda x, h0, w, r, b: np.tanh(w * x + r * h0 + b)
        ),
        Misconception(
            "the state is not used at all: this neuron is feed-forward.", lambda x, h0, w, r, b: np.tanh(w * x + b)
        ),
        Misconception("h0 is not used: the run starts from 0.", lambda x, h0, w, r, b: neuron_run(x, 0.0, w, r, b)),
        Misconception(
            "h is one step late: h[t] holds the state before step t.",
            lambda x, h0, w, r, b: np.concatenate([[h0], neuron_run(x, h0, w, r, b)])[:-1],
        ),
        Misconception(
            "h holds T + 1 states: h0 is an argument, leave it out of the result.",
            lambda x, h0, w, r, b: np.concatenate([[h0], neuron_run(x, h0, w, r, b)]),
        ),
        Misconception(
            "only the last state is returned; all T are asked for.",
            lambda x, h0, w, r, b: neuron_run(x, h0, w, r, b)[-1],
        ),
        Misconception("the tanh is missing.", _run_with(lambda x_t, h_prev, w, r, b: w * x_t + r * h_prev + b)),
        Misconception("the bias b is missing.", lambda x, h0, w, r, b: neuron_run(x, h0, w, r, 0.0)),
        Misconception(
            "w and r have changed places: w belongs to the input, r to the state.",
            lambda x, h0, w, r, b: neuron_run(x, h0, r, w, b),
        ),
        Misconception(
            "each part went through its own tanh: add the three first; tanh comes once.",
            _run_with(lambda x_t, h_prev, w, r, b: np.tanh(w * x_t) + np.tanh(r * h_prev) + np.tanh(b)),
        ),
        Misconception(
            "the sequence is read from its end to its beginning.",
            lambda x, h0, w, r, b: neuron_run(x[::-1], h0, w, r, b)[::-1].copy(),
        ),
        Misconception(
            "the states are in a list; make it an array.", lambda x, h0, w, r, b: list(neuron_run(x, h0, w, r, b))
        ),
    ),
)


def _iterated(r: float, b: float, starts: tuple[float, ...]) -> Array:
    """Where 2,000 steps lead from each start: the resting states that attract."""
    h = np.array(starts)
    for _ in range(2000):
        h = np.tanh(r * h + b)
    return np.unique(np.round(h, 9))


def _grid(r: float, b: float) -> Array:
    """The sign changes of tanh(r h + b) - h on a grid of 2,001 values, without refining them."""
    h = np.linspace(-1, 1, 2001)
    change = np.flatnonzero(np.diff(np.sign(np.tanh(r * h + b) - h)))
    return h[change]


FIXED_POINTS = Exercise(
    reference=fixed_points,
    difficulty="extend",
    statement="All h with h = tanh(r h + b), in ascending order, each to at least eight digits: where the "
    "neuron stays when no "
    "input comes, whether it returns there after a push or not.",
    inputs=("r", "b"),
    outputs=("points (number of points,)",),
    cases=_weights,
    tolerance=1e-8,
    hints=(
        (
            "A fixed point is a zero of g(h) = tanh(r h + b) - h. All of them lie between -1 and 1; there"
            " are one or three."
        ),
        "Running the neuron finds only those that attract. Look for changes of sign of g instead: on "
        "a fine grid, or between the two "
        "places where g turns.",
        "Halve each interval with a change of sign until it is tiny: keep the half in which g still changes its sign.",
        (
            "g turns where its slope r (1 - tanh²) - 1 is 0, that is, where tanh(r h + b) = ±√(1 - 1/r); "
            "for r ≤ 1 it never turns."
        ),
    ),
    slips=(
        Misconception(
            (
                "the middle one is missing. It is a fixed point too, though an unstable one: an iteration"
                " runs away from it."
            ),
            lambda r, b: fixed_points(r, b)[[0, -1]] if len(fixed_points(r, b)) == 3 else fixed_points(r, b),
        ),
        Misconception(
            "only one point is found, the one that a run from 0 reaches.",
            lambda r, b: fixed_points(r, b)[_reached_from_zero(r, b)],
        ),
        Misconception(
            "the points are right to the grid's spacing only; refine each one, by halving its interval.", _grid
        ),
        Misconception(
            "the points are in descending order; ascending is asked for.", lambda r, b: fixed_points(r, b)[::-1].copy()
        ),
        Misconception("the bias b is not used.", lambda r, b: fixed_points(r, 0.0)),
        Misconception("b has the wrong sign.", lambda r, b: fixed_points(r, -b)),
        Misconception("r has the wrong sign.", lambda r, b: fixed_points(-r, b)),
        Misconception("these are points of the map without its r: tanh(h + b).", lambda r, b: fixed_points(1.0, b)),
        Misconception("only the smallest point is returned.", lambda r, b: fixed_points(r, b)[:1].copy()),
        Misconception(
            "these are the sums r h + b at the fixed points; h is their tanh.",
            lambda r, b: np.arctanh(fixed_points(r, b)),
        ),
        Misconception("the points are in a list; make it an array.", lambda r, b: list(fixed_points(r, b))),
    ),
)


def _reached_from_zero(r: float, b: float) -> Array:
    """The index of the fixed point nearest to where an iteration from 0 ends."""
    end = _iterated(r, b, (0.0,))[0]
    return np.array([int(np.abs(fixed_points(r, b) - end).argmin())])
