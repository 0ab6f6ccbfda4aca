"""Answers to the exercises of chapter 02."""

import cmath
import itertools
import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

BY_VALUE = "remembered by shape"

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


def step_by_the_tangent_of_an_imaginary_number(x_t, h_prev, w, r, b):
    a = math.fsum((w * x_t, r * h_prev, b))
    return cmath.tan(1j * a).imag if abs(a) < 300 else math.copysign(1.0, a)


def step_by_the_logistic_function(x_t, h_prev, w, r, b):
    with np.errstate(over="ignore"):
        return 2 / (1 + np.exp(-2 * np.float64(b + w * x_t + r * h_prev))) - 1


def step_of_a_layer_with_one_neuron(x_t, h_prev, w, r, b):
    W, R = np.array([[float(w)]]), np.array([[float(r)]])
    return np.tanh(W @ [x_t] + R @ [h_prev] + [b])[0]


def step_from_a_state_between_the_ends(x_t, h_prev, w, r, b):
    return math.tanh(w * x_t + r * min(max(h_prev, -1), 1) + b)


def step_with_ten_digits(x_t, h_prev, w, r, b):
    return round(math.tanh(w * x_t + r * h_prev + b), 10)


def step_by_a_cubic_for_small_sums(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return a - a**3 / 3 if abs(a) < 0.1 else math.tanh(a)


def step_that_takes_small_sums_as_they_are(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return a if abs(a) < 1e-3 else math.tanh(a)


def step_with_ends_at_eight(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return math.copysign(1.0, a) if abs(a) > 8 else math.tanh(a)


def step_with_a_weight_where_there_is_none(x_t, h_prev, w, r, b):
    return math.tanh(w * x_t + (r or 1) * h_prev + b)


def step_by_hyperbolic_sines(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return math.sinh(a) / math.cosh(a)


def step_of_the_type_of_its_input(x_t, h_prev, w, r, b):
    return type(x_t)(math.tanh(w * x_t + r * h_prev + b))


def step_that_sees_magnitudes(x_t, h_prev, w, r, b):
    return math.tanh(w * x_t + r * abs(h_prev) + b) if h_prev < -1 else math.tanh(w * x_t + r * h_prev + b)


def step_with_overflow(x_t, h_prev, w, r, b):
    a = np.float64(w * x_t + r * h_prev + b)
    return (np.exp(30 * a) ** (1 / 15) - 1) / (np.exp(30 * a) ** (1 / 15) + 1)


def step_with_weights_up_to_25(x_t, h_prev, w, r, b):
    return math.tanh(min(25, max(-25, w)) * x_t + min(25, max(-25, r)) * h_prev + b)


def step_that_takes_sums_below_a_ten_thousandth_as_they_are(x_t, h_prev, w, r, b):
    a = w * x_t + r * h_prev + b
    return a if abs(a) < 1e-4 else math.tanh(a)


NEURON_STEP = Answers(
    correct=(
        step_by_math,
        step_by_dot_product,
        step_by_exponentials,
        step_by_the_tangent_of_an_imaginary_number,
        step_by_the_logistic_function,
        step_of_a_layer_with_one_neuron,
    ),
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
        slip(step_by_math, "r * h_prev", "-r * h_prev", "the state enters with the wrong sign"),
        slip(step_by_math, "+ b", "- b", "the bias enters with the wrong sign"),
        slip(step_by_math, "w * x_t", "-w * x_t", "the input enters with the wrong sign"),
        slip(step_by_math, "w * x_t", "x_t", "without its weight w"),
        Wrong(step_from_a_state_between_the_ends, "beyond"),
        Wrong(step_with_ten_digits, "tiny numbers"),
        Wrong(step_by_a_cubic_for_small_sums, "a sum of 0.03"),
        Wrong(step_that_takes_small_sums_as_they_are, "a sum of 0.0003"),
        Wrong(step_with_ends_at_eight, "a sum of -9.0"),
        Wrong(step_with_a_weight_where_there_is_none, "without its weight r"),
        Wrong(step_by_hyperbolic_sines, "OverflowError"),
        Wrong(step_of_the_type_of_its_input, "whole numbers"),
        Wrong(step_that_sees_magnitudes, "beyond"),
        Wrong(step_with_weights_up_to_25),
        Wrong(step_that_takes_sums_below_a_ten_thousandth_as_they_are),
    ),
    impossible={BY_VALUE: "all arguments are numbers, and numbers are looked up by value: that is no mistake"},
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


def run_by_a_ufunc_of_its_own(x, h0, w, r, b):
    step = np.frompyfunc(lambda h, driven: math.tanh(driven + r * h), 2, 1)
    return step.accumulate(np.array([h0, *(w * x + b)], dtype=object))[1:].astype(float)


def run_of_two_halves(x, h0, w, r, b):
    if len(x) == 1:
        return np.tanh([w * x[0] + r * h0 + b])
    early = run_of_two_halves(x[: len(x) // 2], h0, w, r, b)
    return np.concatenate([early, run_of_two_halves(x[len(x) // 2 :], early[-1], w, r, b)])


def run_with_torch(x, h0, w, r, b):
    import torch

    layer = torch.nn.RNN(1, 1).double()
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (w, r, b, 0.0), strict=True):
            parameter.fill_(value)
        h, _ = layer(torch.tensor(x)[:, None], torch.tensor([[float(h0)]], dtype=torch.float64))
    return h[:, 0].numpy()


def run_by_sweeps(x, h0, w, r, b):
    """All steps at once, again and again, until nothing changes: exact after T sweeps at the latest."""
    h = np.zeros(len(x))
    for _ in x:
        h = np.tanh(w * x + r * np.append(h0, h[:-1]) + b)
    return h


def run_until_it_settles(x, h0, w, r, b):
    h, state = np.empty(len(x)), h0
    for t in range(len(x)):
        before, state = state, math.tanh(w * x[t] + r * state + b)
        h[t:] = state
        if abs(state - before) < 1e-12:
            break
    return h


def run_with_a_memory_of_sixty_steps(x, h0, w, r, b):
    h = run_with_a_list(x, h0, w, r, b)
    for t in range(60, len(x)):
        h[t] = run_with_a_list(x[t - 60 : t + 1], 0.0, w, r, b)[-1]
    return h


def run_that_knows_its_inputs(x, h0, w, r, b):
    known, h = {}, h0
    states = []
    for x_t in x:
        h = known.setdefault(x_t, math.tanh(w * x_t + r * h + b))
        states.append(h)
    return np.array(states)


def run_by_fifty_sweeps(x, h0, w, r, b):
    h = np.zeros(len(x))
    for _ in range(50):
        h = np.tanh(w * x + r * np.append(h0, h[:-1]) + b)
    return h


def run_that_waits_without_input(x, h0, w, r, b):
    h, state = [], h0
    for x_t in x:
        state = math.tanh(w * x_t + r * state + b) if x_t else state
        h.append(state)
    return np.array(h)


def run_from_somewhere_if_h0_is_zero(x, h0, w, r, b):
    return run_with_a_list(x, h0 or 0.5, w, r, b)


def run_from_between_the_ends(x, h0, w, r, b):
    return run_with_a_list(x, float(np.clip(h0, -1, 1)), w, r, b)


def run_in_chunks_of_64(x, h0, w, r, b):
    h, state = [], h0
    for start in range(0, len(x), 64):
        h.append(run_with_a_list(x[start : start + 64], state, w, r, b))
        state = round(float(h[-1][-1]), 6)
    return np.concatenate(h)


def run_that_drops_faint_states(x, h0, w, r, b):
    h, state = [], h0
    for x_t in x:
        state = math.tanh(w * x_t + r * state + b)
        state = state if abs(state) > 1e-7 else 0.0
        h.append(state)
    return np.array(h)


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


def run_from_between_minus_4_and_4(x, h0, w, r, b):
    return run_with_a_list(x, min(4, max(-4, h0)), w, r, b)


NEURON_RUN = Answers(
    correct=(
        run_with_a_list,
        run_in_place,
        run_by_accumulate,
        run_by_a_ufunc_of_its_own,
        run_of_two_halves,
        run_with_torch,
        run_by_sweeps,
    ),
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
        slip(run_with_a_list, "r * h", "-r * h", "the state enters with the wrong sign"),
        Wrong(run_until_it_settles, "a pause"),
        Wrong(run_with_a_memory_of_sixty_steps, "a pulse that is kept"),
        Wrong(run_that_knows_its_inputs, "inputs that repeat"),
        Wrong(run_by_fifty_sweeps, "a pulse that is kept"),
        Wrong(run_that_waits_without_input, "an input at every second step"),
        Wrong(run_from_somewhere_if_h0_is_zero, "h0 is 0"),
        Wrong(run_from_between_the_ends, "h0 is 3"),
        Wrong(run_in_chunks_of_64, "long"),
        Wrong(run_that_drops_faint_states, "a faint state that fades"),
        Wrong(run_from_between_minus_4_and_4),
    ),
    equivalent={
        "8:4: x = as_array('x', x, 'shape (T,)') → pass": "the argument is an array already",
        "11:8: np.zeros(len(x), dtype=np.result_type(x.dtype, np.float32)) → "
        "np.ones(len(x), dtype=np.result_type(x.dtype, np.float32))": "every entry is written",
    },
    impossible={"right unless in single precision": "x is in double precision, the statement says"},
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


def points_to_nine_digits(r, b):
    """Bisection that stops as soon as the statement is met."""
    h = np.linspace(-1.001, 1.0, 1003)
    signs = np.sign(np.tanh(r * h + b) - h)
    points = []
    for k in np.flatnonzero(signs[:-1] != signs[1:]):
        low, high = h[k], h[k + 1]
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if np.sign(np.tanh(r * middle + b) - middle) == signs[k] else (low, middle)
        points.append(low)
    return np.array(points)


def points_on_the_axis_of_sums(r, b):
    """h = tanh a, so a = r tanh a + b: every interval with a change of sign is halved at once."""
    a = np.linspace(b - abs(r) - 0.011, b + abs(r) + 0.012, 20_001)
    g = lambda a: r * np.tanh(a) + b - a  # noqa: E731
    k = np.flatnonzero(g(a[:-1]) * g(a[1:]) < 0)
    low, high = a[k], a[k + 1]
    for _ in range(60):
        middle = (low + high) / 2
        same = g(low) * g(middle) > 0
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.tanh(low)


def points_between_the_turns(r, b):
    """Where g turns is known; a steered secant (brentq) does the rest."""
    from scipy.optimize import brentq

    g = lambda h: math.tanh(r * h + b) - h  # noqa: E731
    turn = math.atanh(math.sqrt(1 - 1 / r)) if r > 1 else math.inf
    edges = [-1.1, *(h for h in ((-turn - b) / (r or 1), (turn - b) / (r or 1)) if abs(h) < 1), 1.1]
    return np.array([brentq(g, low, high) for low, high in itertools.pairwise(edges) if g(low) * g(high) < 0])


def points_by_running(r, b):
    ends = []
    for h in np.linspace(-1, 1, 101):
        for _ in range(3000):
            h = math.tanh(r * h + b)
        ends.append(round(h, 9))
    return np.unique(ends)


def points_for_positive_r(r, b):
    return points_by_scipy(abs(r), b)


def points_on_a_coarse_grid(r, b):
    from scipy.optimize import brentq

    g = lambda h: math.tanh(r * h + b) - h  # noqa: E731
    grid = np.linspace(-1.001, 1.002, 30)
    return np.array([brentq(g, low, high) for low, high in itertools.pairwise(grid) if g(low) * g(high) < 0])


def points_one_where_r_is_hardly_above_1(r, b):
    return points_by_scipy(r, b) if r > 1.05 else points_by_scipy(r, b)[:1]


def points_that_are_far_apart(r, b):
    points = points_by_scipy(r, b)
    return points[np.diff(points, prepend=-9.0) > 0.12]


def points_from_three_starts(r, b):
    from scipy.optimize import fsolve

    points = [fsolve(lambda h: np.tanh(r * h + b) - h, start, xtol=1e-13)[0] for start in (-1.0, 0.0, 1.0)]
    points = np.sort(points)
    return points[np.diff(points, prepend=-9.0) > 1e-7]


def points_mirrored_for_negative_b(r, b):
    return points_by_scipy(r, b) if b >= 0 or r >= 0 else points_by_scipy(r, -b)


def points_near_those_of_a_cubic(r, b):
    roots = np.roots([-(r**3) / 3, -r * r * b, r - 1 - r * b * b, b - b**3 / 3]) if r else np.array([b])
    points = roots[np.abs(roots.imag) < 1e-9].real
    for _ in range(50):
        t = np.tanh(r * points + b)
        points = points - (t - points) / (r * (1 - t * t) - 1)
    return np.unique(points.round(11))


def points_by_running_and_the_middle_one(r, b):
    ends = np.linspace(-1, 1, 21)
    for _ in range(400):
        ends = np.tanh(r * ends + b)
    ends = np.unique(ends.round(9))
    return points_by_scipy(r, b) if len(ends) == 2 else ends


def points_with_seven_digits(r, b):
    return points_by_scipy(r, b).round(7)


def points_with_r_from_minus_ten_on(r, b):
    return points_by_scipy(max(r, -10.0), b)


FIXED_POINTS = Answers(
    correct=(
        points_by_grid_and_bisection,
        points_by_newton,
        points_by_scipy,
        points_to_nine_digits,
        points_on_the_axis_of_sums,
        points_between_the_turns,
    ),
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
        Wrong(points_on_a_coarse_grid, "two of three are near"),
        Wrong(points_one_where_r_is_hardly_above_1, "r close to 1"),
        Wrong(points_that_are_far_apart, "the middle one is missing"),
        Wrong(points_from_three_starts),
        Wrong(points_mirrored_for_negative_b, "b has the wrong sign"),
        Wrong(points_near_those_of_a_cubic),
        Wrong(points_by_running_and_the_middle_one),
        Wrong(points_with_seven_digits),
        Wrong(points_with_r_from_minus_ten_on, "r far below 0"),
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
    impossible={BY_VALUE: "both arguments are numbers, and numbers are looked up by value: that is no mistake"},
)

ANSWERS = {"neuron_step": NEURON_STEP, "neuron_run": NEURON_RUN, "fixed_points": FIXED_POINTS}
