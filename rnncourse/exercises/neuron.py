"""Exercises of chapter 02: one recurrent neuron, its run, and the states in which it can rest."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import LARGE, LONG, Case
from rnncourse.checks.compare import Spec, compare
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.checks.tolerance import Tolerance
from rnncourse.exercises._faults import (
    BIAS_MISSING,
    BIAS_TWICE,
    INPUT_NOT_USED,
    LAST_STATE_ONLY,
    READ_BACKWARDS,
    STATE_NOT_USED,
    STATES_IN_A_LIST,
    TANH_MISSING,
    TANH_OF_EACH_PART,
)
from rnncourse.exercises._runs import forgotten_step
from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step, tangency

CHAPTER = "02_neuron"


def _numbers(rng: np.random.Generator) -> Iterator[Case]:
    """Numbers of each sign, large and tiny; each of the five zero, and all; states at ±1 and beyond; whole numbers.

    Sums of every size at which a shortcut for tanh could begin.
    """

    def case(label: str, *numbers: float) -> Case:
        x_t, h_prev, w, r, b = numbers
        return Case(numbers, f"{label}: x_t={x_t:.3g}, h_prev={h_prev:.3g}, w={w:.3g}, r={r:.3g}, b={b:.3g}")

    def some(scale: float = 1.0) -> list[float]:
        x_t, w, r, b = (float(v) for v in scale * rng.normal(size=4))
        return [x_t, float(rng.uniform(-0.9, 0.9)), w, r, b]

    for label, scale in (("random numbers", 1.0), ("other random numbers", 0.5), ("large values", LARGE)):
        yield case(label, *some(scale))
    for label, sign in (("no number below zero", 1), ("no number above zero", -1)):
        yield case(label, *(sign * abs(number) for number in some()))
    for k, name in enumerate(("x_t", "h_prev", "w", "r", "b")):
        numbers = some()
        numbers[k] = 0.0
        yield case(f"{name} is zero", *numbers)
    yield case("all zero", *[0.0] * 5)
    for x_t in (LARGE, -LARGE):
        yield case("large input", x_t, 0.3, LARGE, 2.0, 0.5)
    yield case("no input", 0.0, 0.5, 1.0, 5.0, 0.0)
    for h_prev in (1.0, -1.0, 3.0, -3.0):  # a run may start anywhere
        yield case("state at the end of tanh, or beyond", float(rng.normal()), h_prev, 0.4, float(rng.normal()), 0.1)
    for k, name in ((2, "w"), (3, "r"), (4, "b")):
        for size in (3.0, -3.0):
            numbers = some()
            numbers[k] = size
            yield case(f"{name} is large", *numbers)
    for a in (9e-5, 3e-4, -0.003, 0.03, -0.3, 1.0, -3.0, 6.0, -9.0):
        x_t, h_prev, w, r, _ = some()
        yield case(f"a sum of {a}", x_t, h_prev, w, r, a - w * x_t - r * h_prev)
    yield case("large weights, small numbers", *(1e-6 * v for v in some()[:2]), *(1e6 * v for v in some()[2:4]), 0.1)
    for size in (1e-6, 1e-12):
        yield case("tiny numbers", *(size * number for number in some()[:2]), *some()[2:4], size)
    yield case("whole numbers", 1, 0, 2, -1, -1)


WEIGHTS_CHANGED_PLACES = "w and r have changed places: w belongs to the input, r to the state."
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
            TANH_OF_EACH_PART,
            (f"np.tanh({SUM})", "np.tanh(w * x_t) + np.tanh(r * h_prev) + np.tanh(b)"),
        ),
        Slip(BIAS_MISSING, ("* h_prev + b", "* h_prev")),
        Slip("b is added after the tanh; it belongs inside.", ("* h_prev + b)", "* h_prev) + b")),
        Slip(BIAS_TWICE, ("* h_prev + b", "* h_prev + 2 * b")),
        Slip(TANH_MISSING, (f"np.tanh({SUM})", SUM)),
        Slip(
            WEIGHTS_CHANGED_PLACES,
            ("w * x_t + r * h_prev", "r * x_t + w * h_prev"),
        ),
        Slip(STATE_NOT_USED, (" + r * h_prev", "")),
        Slip(INPUT_NOT_USED, ("w * x_t + ", "")),
        Slip("this is the logistic function, not tanh.", (f"np.tanh({SUM})", f"1 / (1 + np.exp(-({SUM})))")),
        Slip(
            "the old state is added on top of the new one; the neuron's next state is the tanh alone.",
            ("np.tanh", "h_prev + np.tanh"),
        ),
        Slip("the state enters without its weight r.", ("r * h_prev", "h_prev")),
        Slip(
            "the state enters with the wrong sign: r h_{t-1} is added; where it pulls back, r itself is negative.",
            ("+ r * h_prev", "- r * h_prev"),
        ),
        Slip("the bias enters with the wrong sign: it is added.", ("* h_prev + b", "* h_prev - b")),
        Slip("the input enters with the wrong sign: w x_t is added.", ("np.tanh(w * x_t", "np.tanh(-w * x_t")),
        Slip("the input enters without its weight w.", ("w * x_t", "x_t")),
    ),
)


def _runs(rng: np.random.Generator) -> Iterator[Case]:
    """T from 1 to 257; h0, w, r and b of each sign, zero, large; h0 at ±1 and beyond; the same numbers again, other x.

    A pulse that is kept for ever or that fades, a faint state that fades, tiny ones that grow until tanh bends
    them, a pause between two stretches, inputs that repeat; whole numbers for h0 and the weights; strided and
    read-only memory. The check adds a series of zeros.
    """
    n, numbers = int(rng.integers(6, 10)), _start(rng)
    yield _run("random numbers", rng.normal(size=n), *numbers)
    yield _run("the same numbers, another series", rng.normal(size=n), *numbers)
    yield _run("the same T, other numbers", rng.normal(size=n), *_start(rng))
    for label, T, scale in (
        ("other random numbers", int(rng.integers(11, 15)), 0.7),
        ("one step", 1, 1.0),
        ("two steps", 2, 1.0),
        ("long", LONG, 1.0),
        ("large values", 8, LARGE),
    ):
        yield _run(label, scale * rng.normal(size=T), *_start(rng))
    for k, name in enumerate(("h0", "w", "r", "b")):
        for size in (0.0, 3.0, -3.0):
            other = _start(rng)
            other[k] = size
            yield _run(f"{name} is {size:g}", rng.normal(size=n), *other)
    for h0 in (1.0, -1.0):
        yield _run("h0 at the end of tanh", rng.normal(size=n), h0, *_start(rng)[1:])
    for h0 in (40.0, -40.0):
        yield _run("h0 far beyond", rng.normal(size=n), h0, 0.7, 0.03, 0.1)
    yield _run("no input below zero", np.abs(rng.normal(size=n)), *_start(rng))
    yield _run("no input above zero", -np.abs(rng.normal(size=n)), *_start(rng))
    yield _run("inputs that repeat", np.resize(rng.normal(size=3), n), *_start(rng))
    yield _run("an input at every second step", rng.normal(size=n) * (np.arange(n) % 2), *_start(rng))
    for label, sign, r in (("a pulse that is kept", 1, 1.5), ("a pulse that is kept below", -1, 1.5), (FADES, 1, 0.5)):
        yield _run(label, sign * np.eye(1, 120)[0], 0.0, 2.0, r, 0.0)
    yield _run("a faint state that fades", np.zeros(120), 1e-6, 1.0, 0.9, 0.0)
    for h0, r in ((1e-14, 1.5), (-1e-40, 2.5)):
        yield _run("a tiny state that grows", np.zeros(150), h0, 1.0, r, 0.0)
    yield _run("a state that flips for ever", np.zeros(120), 0.1, 1.0, -1.5, 0.0)
    pause = rng.normal(size=LONG)
    pause[5:-5] = 0
    yield _run("a pause", pause, *_start(rng)[:2], 0.6, 0.2)
    yield _run("whole numbers", rng.normal(size=n), 0, 1, -2, 1)
    for layout in ("strided", "read-only"):
        yield _run(layout, rng.normal(size=n), *_start(rng), layout=layout)


FADES = "a pulse that fades"


def _start(rng: np.random.Generator) -> list[float]:
    """h0, w, r, b"""
    return [float(rng.uniform(-0.9, 0.9)), *(float(v) for v in rng.normal(size=3))]


def _run(label: str, x: np.ndarray, *start: float, layout: str = "C") -> Case:
    h0, w, r, b = start
    sizes = f"T={len(x)}, h0={h0:.3g}, w={w:.3f}, r={r:.3f}, b={b:.3f}"
    return Case((x, h0, w, r, b), f"{label}: {sizes}", layout=layout)


NEURON_RUN = Exercise(
    reference=neuron_run,
    difficulty="complete",
    statement="Run the neuron over the inputs x: h[t] is the state after x[t], and the state before x[0] is h0. "
    "h0 may be any number, also beyond -1 and 1.",
    inputs=("x (T) in double precision", "h0", "w", "r", "b"),
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
        Slip(LAST_STATE_ONLY, ("return h", "return h[-1]")),
        Slip(TANH_MISSING, ("neuron_step(x[t], state, w, r, b)", "w * x[t] + r * state + b")),
        Slip(BIAS_MISSING, ("state, w, r, b)", "state, w, r, 0.0)")),
        Slip("the state enters with the wrong sign: r h_{t-1} is added.", ("state, w, r, b)", "state, w, -r, b)")),
        Slip(
            WEIGHTS_CHANGED_PLACES,
            ("state, w, r, b)", "state, r, w, b)"),
        ),
        Slip(
            TANH_OF_EACH_PART,
            ("neuron_step(x[t], state, w, r, b)", "np.tanh(w * x[t]) + np.tanh(r * state) + np.tanh(b)"),
        ),
        Slip(READ_BACKWARDS, ("range(len(x))", "reversed(range(len(x)))")),
        Slip(STATES_IN_A_LIST, ("return h", "return list(h)")),
    ),
)


def _weights(rng: np.random.Generator) -> Iterator[Case]:
    """r from -300 to 300, close to 1 and to -1 from both sides, b of each sign and zero: both sides of the tangency.

    Never at the tangency, where two points become one and rounding decides how many there are; so large, too, that tanh
    is 1 to the last digit.
    """
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
        ("the state flips, b below 0", float(rng.uniform(-4.0, -2.0)), -float(rng.uniform(0.1, 0.8))),
        ("the state flips, no bias", float(rng.uniform(-4.0, -1.0)), 0.0),
        ("r far below 0", -30.0, float(rng.uniform(0.5, 3.0))),
        ("r far below 0, b too", -30.0, -10.0),
        ("no recurrence", 0.0, 0.7),
        ("nothing at all", 0.0, 0.0),
        ("nearly saturated", 8.0, 0.3),
        ("saturated", 12.0, -1.0),
        ("a large bias", 0.5, -6.0),
        ("r just above 1", 1.5, 0.5 * tangency(1.5)[1]),
        ("two of three are near", 5.0, 0.98 * tangency(5.0)[1]),
        ("two of three are near, b below 0", 5.0, -0.998 * tangency(5.0)[1]),
        ("two of three are very near", 5.0, 0.99999 * tangency(5.0)[1]),
        ("two of three are very near, b below 0", 1.5, -0.99999 * tangency(1.5)[1]),
        ("no longer three", 5.0, 1.01 * tangency(5.0)[1]),
        ("no longer three, b below 0", 2.0, -1.01 * tangency(2.0)[1]),
        ("whole numbers", 3, 1),
    ):
        yield Case((r_, b), f"{label}: r={r_:.3f}, b={b:.3f}")
    for r_, b in ((25.0, 0.0), (25.0, -20.0), (40.0, 35.0), (40.0, -60.0), (300.0, 150.0), (300.0, 400.0)):
        yield Case((r_, b), f"r above 20: r={r_}, b={b}")
    for r_, b in ((-60.0, 20.0), (-300.0, 0.0), (-300.0, -200.0), (-40.0, 90.0)):
        yield Case((r_, b), f"r far below 0: r={r_}, b={b}")
    for r_ in (1.0001, 1.002, 1.01, 1.1):
        for part in (0.0, 0.5, -0.5, 3.0):
            yield Case((r_, part * tangency(r_)[1]), f"r close to 1: r={r_}, b={part:g} of the tangency's")
    for r_, b in ((0.99, 0.0), (0.99, 0.01), (0.9, -0.05), (1.0, 0.2), (1.0, -0.2), (-0.99, 0.3), (-1.01, -0.3)):
        yield Case((r_, b), f"|r| close to 1: r={r_}, b={b}")


POINTS = "points (number of points,)"


def _right_to_eight_digits(case: Case, value: Any, expected: np.ndarray) -> str:
    """Digits after the point, also where all points are small: each to within 1e-8."""
    found = compare(value, expected, Spec.parse(POINTS), Tolerance(0.0, absolute=1e-8))
    return found[0].message if found else ""


FIXED_POINTS = Exercise(
    reference=fixed_points,
    difficulty="extend",
    statement="All h with h = tanh(r h + b), in ascending order, each to within 1e-8: where the neuron stays when no "
    "input comes, whether it returns there after a push or not. Right at the edge between one point and three you are "
    "not asked.",
    inputs=("r", "b"),
    outputs=(POINTS,),
    cases=_weights,
    tolerance=1e-8,
    judge=_right_to_eight_digits,
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
