"""Answers to the exercises of chapter 02."""

import itertools
import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- neuron_step ---


def step_by_math(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return math.tanh(a)


def step_by_dot_product(x_t, h_prev, w, r, b):
    return np.tanh(np.dot([w, r, b], [x_t, h_prev, 1.0]))


def step_by_exponentials(x_t, h_prev, w, r, b):
    a = b + r * h_prev + w * x_t
    small = math.exp(-2 * abs(a))
    return math.copysign((1 - small) / (1 + small), a)


def step_with_overflow(x_t, h_prev, w, r, b):
    a = np.float64(w * x_t + r * h_prev + b)
    return (np.exp(30 * a) ** (1 / 15) - 1) / (np.exp(30 * a) ** (1 / 15) + 1)


NEURON_STEP = Answers(
    correct=(step_by_math, step_by_dot_product, step_by_exponentials),
    wrong=(
        slip(
            step_by_math, "math.tanh(a)", "math.tanh(w * x_t) + math.tanh(r * h_prev) + math.tanh(b)", "tanh comes once"
        ),
        slip(step_by_math, "math.tanh(a)", "math.tanh(a - b) + b", "it belongs inside"),
        slip(step_by_math, " + b", "", "the bias b is missing"),
        slip(step_by_math, "w * x_t + r * h_prev", "r * x_t + w * h_prev", "have changed places"),
        slip(step_by_math, "w * x_t + ", "", "x_t is not used"),
        slip(step_by_math, " + r * h_prev", "", "h_prev is not used"),
        slip(step_by_math, "r * h_prev", "h_prev", "without its weight r"),
        slip(step_by_math, "math.tanh(a)", "a", "the tanh is missing"),
        slip(step_by_math, "math.tanh(a)", "1 / (1 + np.exp(-a))", "logistic"),
        slip(step_by_math, "math.tanh(a)", "math.tan(a)"),
        slip(step_by_math, "math.tanh(a)", "[math.tanh(a)]", "a list of 1"),
        slip(step_by_math, "math.tanh(a)", "math.tanh(a) / 0", "ZeroDivisionError"),
        slip(step_by_math, "math.tanh(a)", "round(math.tanh(a), 6)"),
        Wrong(step_with_overflow, "NaN"),
    ),
)

# --- neuron_run ---


def run_with_a_list(x, h0, w, r, b):
    states, h = [], h0
    for x_t in x:
        h = np.tanh(w * x_t + r * h + b)
        states.append(h)
    return np.array(states)


def run_in_place(x, h0, w, r, b):
    h = w * x + b
    for t in range(len(h)):
        h[t] = np.tanh(h[t] + r * (h[t - 1] if t > 0 else h0))
    return h


def run_by_accumulate(x, h0, w, r, b):

    states = itertools.accumulate(x, lambda h, x_t: math.tanh(w * x_t + r * h + b), initial=h0)
    return np.fromiter(states, dtype=float)[1:]


def run_that_forgets_at_step_200(x, h0, w, r, b):
    h = np.zeros(len(x))
    state = h0
    for t in range(len(x)):
        if t == 200:
            state = 0.0
        h[t] = state = np.tanh(w * x[t] + r * state + b)
    return h


def run_that_sees_the_last_input(x, h0, w, r, b):
    return run_with_a_list(x - x[-1], h0, w, r, b)


NEURON_RUN = Answers(
    correct=(run_with_a_list, run_in_place, run_by_accumulate),
    wrong=(
        slip(
            run_with_a_list,
            "h = np.tanh(w * x_t + r * h + b)\n        states.append(h)",
            "states.append(np.tanh(w * x_t + r * h + b))",
            "the state is not carried",
        ),
        slip(run_with_a_list, "[], h0", "[], 0.0", "h0 is not used"),
        slip(run_with_a_list, "[], h0", "[h0], h0", "T + 1 states"),
        slip(run_with_a_list, "np.array(states)", "np.array([h0, *states[:-1]])", "one step late"),
        slip(run_with_a_list, "np.array(states)", "states[-1]", "all T are asked for"),
        slip(run_with_a_list, "np.array(states)", "states", "make it an array"),
        slip(run_with_a_list, "w * x_t + r * h", "r * x_t + w * h", "have changed places"),
        slip(run_with_a_list, " + b", "", "the bias b is missing"),
        slip(run_with_a_list, "np.tanh(w * x_t + r * h + b)", "w * x_t + r * h + b", "the tanh is missing"),
        slip(run_with_a_list, "for x_t in x", "for x_t in x[::-1]"),
        slip(run_in_place, "if t > 0 else h0", "if t > 0 else h[-1]", "looks at the future"),
        slip(run_in_place, "if t > 0", "if t > 1", "at step 1 the state is forgotten: that step starts from h0"),
        slip(run_in_place, "h = w * x + b", "x *= w\n    h = x + b", "changes its argument x"),
        Wrong(run_that_forgets_at_step_200, "at step 200 the state is forgotten: that step starts from 0"),
        Wrong(run_that_sees_the_last_input, "looks at the future"),
    ),
    equivalent={
        "8:4: x = np.asarray(x) → pass": "the argument is an array already",
        "11:8: np.zeros(len(x), dtype=np.result_type(x.dtype, np.float32)) → "
        "np.ones(len(x), dtype=np.result_type(x.dtype, np.float32))": "every entry is written",
    },
)

# --- fixed_points ---


def points_by_grid_and_bisection(r, b):
    g = lambda h: np.tanh(r * h + b) - h  # noqa: E731
    grid = np.linspace(-1.0000001, 1.0000002, 5000)
    points = []
    for low, high in itertools.pairwise(grid):
        if g(low) * g(high) < 0:
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if g(low) * g(middle) > 0 else (low, middle)
            points.append((low + high) / 2)
    return np.array(points)


def points_by_newton(r, b):
    h = np.linspace(-1, 1, 4001)
    near = np.flatnonzero(np.diff(np.sign(np.tanh(r * h + b) - h)) != 0)
    points = h[near] + 0.00025
    for _ in range(30):
        t = np.tanh(r * points + b)
        points = points - (t - points) / (r * (1 - t * t) - 1)
    return np.unique(points.round(12))


def points_by_scipy(r, b):
    from scipy.optimize import brentq

    grid = np.linspace(-1.001, 1.002, 3001)
    g = np.tanh(r * grid + b) - grid
    return np.array(
        [
            brentq(lambda h: math.tanh(r * h + b) - h, grid[k], grid[k + 1], xtol=1e-14)
            for k in np.flatnonzero(g[:-1] * g[1:] < 0)
        ]
    )


def points_by_running(r, b):
    ends = []
    for h in np.linspace(-1, 1, 101):
        for _ in range(3000):
            h = math.tanh(r * h + b)
        ends.append(round(h, 9))
    return np.unique(ends)


def points_for_positive_r(r, b):
    return points_by_scipy(abs(r), b)


FIXED_POINTS = Answers(
    correct=(points_by_grid_and_bisection, points_by_newton, points_by_scipy),
    wrong=(
        slip(points_by_newton, "range(30)", "range(0)"),
        slip(points_by_newton, "np.unique(points.round(12))", "np.unique(points.round(12))[::-1].copy()", "descending"),
        slip(
            points_by_newton,
            "np.unique(points.round(12))",
            "np.unique(points.round(12))[:1].copy()",
            "only the smallest",
        ),
        slip(points_by_newton, "np.unique(points.round(12))", "list(np.unique(points.round(12)))", "make it an array"),
        slip(
            points_by_newton,
            "np.unique(points.round(12))",
            "np.arctanh(np.unique(points.round(12)))",
            "h is their tanh",
        ),
        slip(points_by_newton, "np.unique(points.round(12))", "np.unique(points.round(4))"),
        slip(points_by_newton, "np.unique(points.round(12))", "np.sort(points)[[0, -1]]", "the middle one is missing"),
        slip(
            points_by_newton,
            "    h = np.linspace(-1, 1, 4001)",
            "    b = -b\n    h = np.linspace(-1, 1, 4001)",
            "wrong sign",
        ),
        slip(
            points_by_newton,
            "    h = np.linspace(-1, 1, 4001)",
            "    b = 0.0\n    h = np.linspace(-1, 1, 4001) + 1e-5",
            "b is not used",
        ),
        slip(points_by_newton, "np.linspace(-1, 1, 4001)", "np.linspace(0, 1, 4001)"),
        slip(points_by_newton, "np.linspace(-1, 1, 4001)", "np.linspace(-0.5, 0.5, 4001)"),
        Wrong(points_by_running, "the middle one is missing"),
        Wrong(points_for_positive_r, "the state flips"),
    ),
    equivalent={
        "14:7: r > 1 → r >= 1": "at r = 1 both turning points are one, at the root itself",
        "14:11: 1 → 0": "for 0 < r < 1 the square root is NaN, which is not between -1 and 1",
        "16:62: 1 → 2": "a turning point beyond -1 brackets the same roots",
        "16:70: 1 → 2": "a turning point beyond 1 brackets the same roots",
        "20:11: at_low * at_high > 0 → at_low * at_high >= 0": "differs only where a root is an edge to the last bit",
        "22:23: 100 → 101": "the interval is as small as it gets",
        "22:23: 100 → 99": "the interval is as small as it gets",
        "24:16: difference(middle) > 0 → difference(middle) >= 0": "differs only where a root is hit to the last bit",
        "24:44: at_low > 0 → at_low >= 0": "differs only where a root is an edge to the last bit",
        "24:53: 0 → 1": "the other half of the condition decides",
        "24:58: at_high < 0 → at_high <= 0": "differs only where a root is an edge to the last bit",
        "24:68: 0 → -1": "the other half of the condition decides",
    },
)

ANSWERS = {"neuron_step": NEURON_STEP, "neuron_run": NEURON_RUN, "fixed_points": FIXED_POINTS}
