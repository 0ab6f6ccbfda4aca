"""Exercises of chapter 02: one recurrent neuron, its run, and the states in which it can rest."""

from collections.abc import Iterator

import numpy as np

from rnncourse.checks.cases import LARGE, LONG, Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._runs import forgotten_step
from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step, tangency

CHAPTER = "02_neuron"


def _numbers(rng: np.random.Generator) -> Iterator[Case]:
    for label, scale in (("random numbers", 1.0), ("other random numbers", 0.5), ("large values", LARGE)):
        x_t, w, r, b = (float(v) for v in scale * rng.normal(size=4))
        yield Case((x_t, float(rng.uniform(-0.9, 0.9)), w, r, b), f"{label}: w={w:.3f}, r={r:.3f}, b={b:.3f}")
    for x_t in (LARGE, -LARGE):
        yield Case((x_t, 0.3, LARGE, 2.0, 0.5), f"large input: x_t={x_t:.0f}, w={LARGE:.0f}, r=2, b=0.5")
    yield Case((0.0, 0.5, 1.0, 5.0, 0.0), "no input: w=1, r=5, b=0")


SUM = "w * x_t + r * h_prev + b"
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
        Slip(
            "each part went through its own tanh: add the three first; tanh comes once, on the sum.",
            (f"np.tanh({SUM})", "np.tanh(w * x_t) + np.tanh(r * h_prev) + np.tanh(b)"),
        ),
        Slip("the bias b is missing.", ("* h_prev + b", "* h_prev")),
        Slip("b is added after the tanh; it belongs inside.", ("* h_prev + b)", "* h_prev) + b")),
        Slip("the bias b is added twice.", ("* h_prev + b", "* h_prev + 2 * b")),
        Slip("the tanh is missing.", (f"np.tanh({SUM})", SUM)),
        Slip(
            "w and r have changed places: w belongs to the input, r to the state.",
            ("w * x_t + r * h_prev", "r * x_t + w * h_prev"),
        ),
        Slip("the state h_prev is not used.", (" + r * h_prev", "")),
        Slip("the input x_t is not used.", ("w * x_t + ", "")),
        Slip("this is the logistic function, not tanh.", (f"np.tanh({SUM})", f"1 / (1 + np.exp(-({SUM})))")),
        Slip(
            "the old state is added on top of the new one; the neuron's next state is the tanh alone.",
            ("np.tanh", "h_prev + np.tanh"),
        ),
        Slip("the state enters without its weight r.", ("r * h_prev", "h_prev")),
    ),
)


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


NEURON_RUN = Exercise(
    reference=neuron_run,
    difficulty="complete",
    statement="Run the neuron over the inputs x: h[t] is the state after x[t], and the state before x[0] is h0.",
    inputs=("x (T)", "h0", "w", "r", "b"),
    outputs=("h (T)",),
    cases=_runs,
    causal=("x",),
    explain=forgotten_step(neuron_step),
    hints=(
        "Keep the state in a variable that starts as h0, and replace it at every step.",
        "for t in range(len(x)): compute the new state from x[t] and the variable, store it in h[t].",
        "h = np.zeros(len(x)) gives T places; h[0] is already a new state, h0 itself is not in the result.",
    ),
    slips=(
        Slip("the state is not carried: every step starts from h0.", ("state = h[t] =", "h[t] =")),
        Slip("the state is not used at all: this neuron is feed-forward.", ("x[t], state", "x[t], 0.0")),
        Slip("h0 is not used: the run starts from 0.", ("Array = h0", "Array = 0.0")),
        Slip(
            "h is one step late: h[t] holds the state before step t.",
            ("state = h[t] =", "h[t] = state\n        state ="),
        ),
        Slip(
            "h holds T + 1 states: h0 is an argument, leave it out of the result.",
            ("return h", "return np.array([h0, *h])"),
        ),
        Slip("only the last state is returned; all T are asked for.", ("return h", "return h[-1]")),
        Slip("the tanh is missing.", ("neuron_step(x[t], state, w, r, b)", "w * x[t] + r * state + b")),
        Slip("the bias b is missing.", ("state, w, r, b)", "state, w, r, 0.0)")),
        Slip(
            "w and r have changed places: w belongs to the input, r to the state.",
            ("state, w, r, b)", "state, r, w, b)"),
        ),
        Slip(
            "each part went through its own tanh: add the three first; tanh comes once.",
            ("neuron_step(x[t], state, w, r, b)", "np.tanh(w * x[t]) + np.tanh(r * state) + np.tanh(b)"),
        ),
        Slip("the sequence is read from its end to its beginning.", ("range(len(x))", "reversed(range(len(x)))")),
        Slip("the states are in a list; make it an array.", ("return h", "return list(h)")),
    ),
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


FIXED_POINTS = Exercise(
    reference=fixed_points,
    difficulty="extend",
    statement="All h with h = tanh(r h + b), in ascending order, each to at least eight digits: where the neuron stays "
    "when no input comes, whether it returns there after a push or not.",
    inputs=("r", "b"),
    outputs=("points (number of points,)",),
    cases=_weights,
    tolerance=1e-8,
    hints=(
        (
            "A fixed point is a zero of g(h) = tanh(r h + b) - h. All of them lie between -1 and 1; there are one or "
            "three."
        ),
        "Running the neuron finds only those that attract. Look for changes of sign of g instead: on a fine grid, or "
        "between the two places where g turns.",
        "Halve each interval with a change of sign until it is tiny: keep the half in which g still changes its sign.",
        (
            "g turns where its slope r (1 - tanh²) - 1 is 0, that is, where tanh(r h + b) = ±√(1 - 1/r); for r ≤ 1 it "
            "never turns."
        ),
    ),
    slips=(
        Slip(
            "the middle one is missing. It is a fixed point too, though an unstable one: an iteration runs away from "
            "it.",
            ("np.array(roots)", "[roots[0], roots[-1]]"),
        ),
        Slip(
            "only one point is found, the one that a run from 0 reaches.",
            ("np.unique(np.array(roots))", "neuron_run(np.zeros(2000), 0.0, 1.0, r, b)[-1:]"),
        ),
        Slip(
            "the points are right to the grid's spacing only; refine each one, by halving its interval.",
            ("[-1.0, *turning, 1.0]", "np.linspace(-1, 1, 2001)"),
            ("range(100)", "range(0)"),
            ("roots.append(0.5 * (low + high))", "roots.append(low)"),
        ),
        Slip("the points are in descending order; ascending is asked for.", ("(roots))", "(roots))[::-1]")),
        Slip("the bias b is not used.", ("turning = []", "turning, b = [], 0.0")),
        Slip("b has the wrong sign.", ("turning = []", "turning, b = [], -b")),
        Slip("r has the wrong sign.", ("turning = []", "turning, r = [], -r")),
        Slip("these are points of the map without its r: tanh(h + b).", ("turning = []", "turning, r = [], 1.0")),
        Slip("only the smallest point is returned.", ("(roots))", "(roots))[:1]")),
        Slip("these are the sums r h + b at the fixed points; h is their tanh.", ("np.array(", "np.arctanh(")),
        Slip("the points are in a list; make it an array.", ("np.unique(np.array(roots))", "roots")),
    ),
)
