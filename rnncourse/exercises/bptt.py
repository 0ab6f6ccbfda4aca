"""Exercises of chapter 05: one step back, backpropagation through time, and the numerical gradient that checks them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import BEYOND, Case, Draw, draws
from rnncourse.checks.exercise import Exercise, OwnForward
from rnncourse.checks.slip import Slip
from rnncourse.exercises._distance import FAR, SIZES, scaled_to, states_for
from rnncourse.exercises._faults import (
    CHANGED_PLACES,
    DB_OVER_UNITS,
    DB_PER_ROW,
    DR_OF_NEW_STATE,
    LOGISTIC_SLOPE,
    MEAN_FOR_SUM,
    R_TRANSPOSED,
    SLOPE_WITHOUT_SQUARE,
)
from rnncourse.exercises._repeats import with_repeats
from rnncourse.exercises.unfolding import rnn_forward, rnn_step

CHAPTER = "05_bptt"
Array = np.ndarray

# --- rnn_step_backward ---


def rnn_step_backward(
    dh: Array, x_t: Array, h_prev: Array, h: Array, W: Array, R: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """One step back: dh (B, H) is all the gradient that reaches h_t -> (dx_t, dh_prev, dW, dR, db)

    The slope of tanh at a_t is 1 - h_t². The weights see every row of the batch, so their gradients are sums over it.
    """
    da = dh * (1 - h * h)
    dx_t, dh_prev = da @ W, da @ R
    dW, dR, db = da.T @ x_t, da.T @ h_prev, da.sum(axis=0)
    return dx_t, dh_prev, dW, dR, db


FAINT, LOUD = "a faint gradient", "a large gradient"


def _steps_back(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; one unit, one input, rows that repeat; a gradient a million times smaller, or larger.

    Once the state before lies beyond -1 and 1. Large values give states of exactly ±1. The check adds a gradient,
    an input and states of zero, and zero rows.
    """
    cases = [_step_back_case(draw) for draw in (*draws(rng, "BDH"), *_narrow_and_faint(rng))]
    yield from cases
    for axes in (("BH", "BD", "BH", "BH"), ("BH", "", "", ""), ("", "BD", "", "")):
        yield from with_repeats(cases[0], *axes, "", "")


def _narrow_and_faint(rng: np.random.Generator) -> Iterator[Draw]:
    for kind, D, H in (("one unit", 3, 1), ("one input", 1, 5), (FAINT, 3, 4), (LOUD, 3, 4), (BEYOND, 4, 3)):
        yield Draw(rng, kind, {"T": 6, "B": 2, "D": D, "H": H})


def _inputs(draw: Draw, axes: str) -> Array:
    """Inputs of the case's scale; the first row stays ordinary: where all is flat, a gradient is rounding alone."""
    x = draw.array(axes)
    x[..., 0, :] /= draw.scale
    return x


def _arriving(draw: Draw, axes: str) -> Array:
    """The gradient that arrives: of the case's scale, once very small and once very large."""
    return draw.array(axes) * {FAINT: 1e-6, LOUD: 1e6}.get(draw.kind, 1)


def _step_back_case(draw: Draw) -> Case:
    x_t, h_prev, b = _inputs(draw, "BD"), draw.states("BH"), draw.weights("H")
    W, R = draw.weights("HD"), draw.weights("HH")
    h = rnn_step(x_t, h_prev, W, R, b)
    return draw.case(_arriving(draw, "BH"), x_t, h_prev, h, W, R, forward=(x_t, h_prev, W, R, b))


RNN_STEP_BACKWARD = Exercise(
    reference=rnn_step_backward,
    package=reference.rnn_step_backward,
    difficulty="complete",
    statement=(
        "Take the whole gradient dh = ∂L/∂h_t one step back through h_t = tanh(W x_t + R h_{t-1} + b); h is the h_t "
        "that the forward pass gave."
    ),
    inputs=("dh (B, H)", "x_t (B, D)", "h_prev (B, H)", "h (B, H)", "W (H, D)", "R (H, H)"),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dW (H, D)", "dR (H, H)", "db (H)"),
    cases=_steps_back,
    own_forward=OwnForward(
        arguments=lambda case: case.extra["forward"],
        backward=lambda case, h: (case.args[0], *case.args[1:3], h, *case.args[4:]),
        cotangent=lambda case: case.args[0],
    ),
    one_array=("h", "dh", "h_prev"),
    hints=(
        (
            "Go through the forward lines in reverse. First the tanh: with a_t for what stands inside it, da = dh "
            "times the slope of tanh at a_t."
        ),
        (
            "The slope of tanh(a) is 1 - tanh(a)², and tanh(a) is h, which you are given: da = dh * (1 - h * h), shape "
            "(B, H)."
        ),
        "a = x_t @ W.T + h_prev @ R.T + b. So dx_t = da @ W and dh_prev = da @ R: the shapes allow nothing else for W.",
        (
            "dW must have W's shape (H, D) and sums over the rows of the batch: da.T @ x_t. dR is alike; db sums da "
            "over the batch."
        ),
    ),
    slips=(
        Slip(
            "the slope of tanh is missing: da = dh * (1 - h * h) comes before everything else.",
            ("dh * (1 - h * h)", "dh"),
        ),
        Slip(SLOPE_WITHOUT_SQUARE, ("1 - h * h", "1 - h")),
        Slip(LOGISTIC_SLOPE, ("1 - h * h", "h * (1 - h)")),
        Slip(
            "tanh is applied to h once more: h already is tanh(a), so the slope is 1 - h², not 1 - tanh(h)².",
            ("h * h", "np.tanh(h) ** 2"),
        ),
        Slip(
            R_TRANSPOSED,
            ("da @ R", "da @ R.T"),
        ),
        Slip(
            "dR comes out transposed: its rows belong to the units that receive, its columns to the units that send "
            "(da.T @ h_prev).",
            ("da.T @ h_prev", "h_prev.T @ da"),
        ),
        Slip("dW comes out transposed: it must have the shape of W, (H, D).", ("da.T @ x_t", "x_t.T @ da")),
        Slip(DR_OF_NEW_STATE, ("da.T @ h_prev", "da.T @ h")),
        Slip(
            "dh_prev uses dh where da belongs: the gradient goes through the tanh before it reaches R.",
            ("da @ R", "dh @ R"),
        ),
        Slip(
            MEAN_FOR_SUM,
            ("return dx_t, dh_prev, dW, dR, db", "return dx_t, dh_prev, *(d / len(h) for d in (dW, dR, db))"),
        ),
        Slip(
            DB_PER_ROW,
            ("da.sum(axis=0)", "da"),
        ),
        Slip("db uses dh where da belongs: b stands inside the tanh.", ("da.sum(axis=0)", "dh.sum(axis=0)")),
        Slip(DB_OVER_UNITS, ("da.sum(axis=0)", "da.sum(axis=1)")),
        Slip(CHANGED_PLACES, ("return dx_t, dh_prev", "return dh_prev, dx_t")),
    ),
)

# --- bptt ---


def bptt(dh: Array, x: Array, h0: Array, h: Array, W: Array, R: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Backpropagation through time.   dh (T, B, H) is what each step's own loss sends -> (dx, dh0, dW, dR, db)

    At step t two gradients meet: dh[t], and what step t + 1 sends back through R.
    Source: Werbos 1990; the equations are those of `rnn_step_backward`, added up over the steps.
    """
    dx, dW, dR = np.empty_like(x), np.zeros_like(W), np.zeros_like(R)
    db = np.zeros_like(R[0])
    from_next = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        da = (dh[t] + from_next) * (1 - h[t] * h[t])
        dx[t], from_next = da @ W, da @ R
        dW, dR, db = dW + da.T @ x[t], dR + da.T @ h_prev, db + da.sum(axis=0)
    return dx, from_next, dW, dR, db


ROWS_ALIKE, STEPS_ALIKE, INPUTS_ALIKE = "two rows alike", "all steps alike", "inputs alike"
REPEATED, FIRST_STEP = (ROWS_ALIKE, STEPS_ALIKE, INPUTS_ALIKE), "a loss at the first step only"


def _runs_back(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; one unit, one input; rows and steps that repeat; a faint gradient, a large one.

    A loss at one end only: from the last step the gradient goes 120 steps back, where about 1e-9 of it is left, or it
    has grown to about 1e9, or it is 1 again after it was 1e-24. The check adds a gradient, inputs and states of zero,
    zero rows, and on another case a loss at the last step only.
    """
    more = [Draw(rng, kind, {"T": 6, "B": 3, "D": 2, "H": 4}) for kind in (*REPEATED, FIRST_STEP)]
    cases = [_bptt_case(draw) for draw in (*draws(rng, "TBDH"), *_narrow_and_faint(rng), *more)]
    yield from cases
    yield from with_repeats(cases[0], "TBH", "", "", "", "", "")
    yield from (_far_back(Draw(rng, kind, {"T": FAR, "B": 2, "D": 4, "H": 4}), size) for kind, size in SIZES.items())


def _bptt_case(draw: Draw) -> Case:
    dh, x, h0, b = _arriving(draw, "TBH"), _inputs(draw, "TBD"), draw.states("BH"), draw.weights("H")
    W, R = draw.weights("HD"), draw.weights("HH")
    if draw.kind == ROWS_ALIKE:
        dh[:, 1], x[:, 1], h0[1] = dh[:, 0], x[:, 0], h0[0]
    elif draw.kind == STEPS_ALIKE:
        dh[1:], x[1:] = dh[0], x[0]
    elif draw.kind == INPUTS_ALIKE:
        x[:] = x[0, 0]
    elif draw.kind == FIRST_STEP:
        dh[1:] = 0
    return draw.case(dh, x, h0, rnn_forward(x, h0, W, R, b), W, R, forward=(x, h0, W, R, b))


def _far_back(draw: Draw, size: float) -> Case:
    """The loss sees the last step alone, and ∂h_T/∂h_0 has about this size.   D = H

    The states are chosen first, then the inputs that lead from each to the next: no large R drives them to ±1.
    """
    h0, h, W = draw.states("BH"), states_for(draw.kind, draw.states("TBH")), draw.weights("HD") + 2 * np.eye(draw.H)
    R, b = scaled_to(size, draw.weights("HH"), h[:, 0]), draw.weights("H")
    x = (np.arctanh(h) - np.concatenate([h0[None], h[:-1]]) @ R.T - b) @ np.linalg.inv(W).T
    dh = np.zeros_like(h)
    dh[-1] = draw.array("BH")
    return draw.case(dh, x, h0, h, W, R)


def _last_step_only(case: Case, value: Any, expected: Any) -> str | None:
    """The sign of a backward pass without the gradient that arrives from the step after."""
    dx, right = np.asarray(value[0]), expected[0]
    if dx.shape != right.shape or len(dx) < 2:
        return None
    good = np.abs(dx - right).max(axis=(1, 2)) <= 1e-6 * np.abs(right).max()
    if good[-1] and not good[:-1].any():
        return "right at the last step only: something is wrong with the gradient that arrives from step t+1."
    return None


BPTT = Exercise(
    reference=bptt,
    package=reference.rnn_backward,
    difficulty="complete",
    statement=(
        "Backpropagation through time. dh[t] is what the loss at step t itself sends to h_t; h is what the forward "
        "pass gave."
    ),
    inputs=("dh (T, B, H)", "x (T, B, D)", "h0 (B, H)", "h (T, B, H)", "W (H, D)", "R (H, H)"),
    outputs=("dx (T, B, D)", "dh0 (B, H)", "dW (H, D)", "dR (H, H)", "db (H)"),
    cases=_runs_back,
    explain=_last_step_only,
    own_forward=OwnForward(
        arguments=lambda case: case.extra["forward"],
        backward=lambda case, h: (*case.args[:3], h, *case.args[4:]),
        cotangent=lambda case: case.args[0],
    ),
    one_array=("h", "dh"),
    hints=(
        (
            "Go from the last step to the first. At step t two gradients meet: dh[t], and the one that step t + 1 "
            "sends back through R. Add them."
        ),
        (
            "Keep the second one in a variable, zeros at first; after each step it is da @ R. What it holds after "
            "step 0 is dh0."
        ),
        (
            "Each step adds its share to dW, dR and db: these three are sums over the steps, as the weights are the "
            "same at every step."
        ),
        "The state before step t is h[t - 1], and h0 where t is 0. Beware of h[-1], which Python takes for the last.",
    ),
    slips=(
        Slip(
            "right at the last step only: the gradient arriving from step t+1 is missing. Add da @ R of step t+1 to "
            "dh[t].",
            ("(dh[t] + from_next)", "dh[t]"),
        ),
        Slip(
            "right at the last step only: the gradient arriving from step t+1 is missing, and so is the one that "
            "reaches h0.",
            ("dx[t], from_next = da @ W, da @ R", "dx[t] = da @ W"),
        ),
        Slip(
            "the gradient from step t+1 goes through R.T; forward multiplies by R.T, so backward multiplies by R.",
            ("da @ R", "da @ R.T"),
        ),
        Slip("the gradient from step t+1 is passed on without R: it must be da @ R.", ("da @ R", "da")),
        Slip(
            "the gradient from step t+1 is added after the slope of tanh: it reaches h_t, so it goes through the tanh "
            "as dh[t] does.",
            ("(dh[t] + from_next) * (1 - h[t] * h[t])", "dh[t] * (1 - h[t] * h[t]) + from_next"),
        ),
        Slip("the slope of tanh, 1 - h², is missing.", (" * (1 - h[t] * h[t])", "")),
        Slip(LOGISTIC_SLOPE, ("1 - h[t] * h[t]", "h[t] * (1 - h[t])")),
        Slip(
            "the gradients of the weights are those of step 0 alone: each step must add its share, `+=` where `=` "
            "stands.",
            ("dW + ", ""),
            ("dR + ", ""),
            ("db + ", ""),
        ),
        Slip(
            "at step 0 the state before it is h[-1], which Python reads as the last state. It is h0.",
            ("h[t - 1] if t > 0 else h0", "h[t - 1]"),
        ),
        Slip("at step 0 the state before it is taken as zeros. It is h0.", ("else h0", "else np.zeros_like(h0)")),
        Slip(
            "dR uses h[t]; R multiplied the state before it, h[t-1].",
            ("h[t - 1] if t > 0 else h0", "h[t]"),
        ),
        Slip(
            "step 0 is left out: the loop must reach t = 0.",
            ("np.empty_like(x)", "np.zeros_like(x)"),
            ("range(len(x))", "range(1, len(x))"),
        ),
        Slip(MEAN_FOR_SUM, ("from_next, dW, dR, db", "from_next, *(d / len(h0) for d in (dW, dR, db))")),
        Slip(
            "dR comes out transposed: its rows belong to the units that receive (da.T @ h_prev).",
            ("da.T @ h_prev", "h_prev.T @ da"),
        ),
        Slip(
            "dh0 is the gradient before it went through R: it must be da @ R of step 0.",
            ("return dx, from_next", "return dx, da"),
        ),
        Slip(
            "dh0 is zeros: the gradient flows on to the initial state.",
            ("return dx, from_next", "return dx, np.zeros_like(h0)"),
        ),
        Slip("dx stands in reverse order: dx[t] belongs to x[t].", ("dx[t]", "dx[-1 - t]")),
        Slip(
            "the weights' gradients are averaged over the steps; they are sums.",
            ("from_next, dW, dR, db", "from_next, *(d / len(x) for d in (dW, dR, db))"),
        ),
    ),
)

# --- numerical_gradient ---


def numerical_gradient(f: Callable[[Array], float], x: Array, eps: float) -> Array:
    """Central differences, one entry at a time: (f(x + eps) - f(x - eps)) / (2 eps).   x of any shape -> same shape"""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += eps
        below[index] -= eps
        gradient[index] = (f(above) - f(below)) / (2 * eps)
    return gradient


def _functions(rng: np.random.Generator) -> Iterator[Case]:
    """Arrays of none to four axes, by columns and strided too; numbers that repeat; an eps that shows in the result.

    The functions are a cubic, one in which entries work together, one that some entries do not change, one that none
    changes, one with an edge, and NumPy's own; eps is 1e-9 to 3.
    """
    for label, shape, eps in (
        ("a matrix", (3, 4), 0.1), ("a vector", (5,), 0.5), ("the same shape again", (3, 4), 0.1),
        ("three axes", (2, 3, 2), 1e-2), ("four axes", (2, 1, 3, 2), 0.3), ("one entry", (1,), 0.2),
        ("no axes", (), 0.1), ("one row", (1, 4), 0.4), ("one column", (5, 1), 0.4), ("square", (3, 3), 0.2),
        ("many entries", (6, 40), 0.1), ("a small eps", (2, 3), 1e-5), ("a large eps", (4,), 3.0),
        ("large values", (4,), 0.25), ("numbers that repeat", (2, 3), 0.2), ("no number below zero", (2, 3), 0.2),
        ("by columns", (3, 4), 0.1), ("strided", (2, 4), 0.1),
    ):  # fmt: skip
        x = np.array((30 if label == "large values" else 1) * rng.normal(size=shape))
        if label == "numbers that repeat":
            x[:] = x[0, 0]
        elif label == "no number below zero":
            x = np.abs(x)
        layout = label if label in ("by columns", "strided") else "C"
        yield Case((_cubic(rng.normal(size=shape)), x, eps), f"{label}: x {shape}, eps={eps}", layout=layout)
    x = rng.normal(size=(3, 4))
    some = rng.normal(size=x.shape) * (rng.random(x.shape) < 0.5)
    for label, f in (
        ("some entries do not count", lambda z: float((some * z * z).sum())),
        ("no entry counts", lambda z: 3.0),
        ("an edge", lambda z: float(np.abs(z).max() + np.abs(z).sum())),
        ("a tanh", lambda z: np.tanh(z @ z.T).sum()),
        ("NumPy's own", np.std),
        ("a faint gradient", lambda z: 1e-6 * float((z**3).sum())),
    ):
        yield Case((f, x, 0.2), f"{label}: x {x.shape}, eps=0.2")
    for eps in (1e-5, 1e-9):  # so close to an edge that any other eps shows
        f, near = (lambda z: float(np.abs(z).sum())), 0.5 * eps * rng.uniform(-1, 1, x.shape)
        yield Case((f, near, eps), f"near an edge: x {x.shape}, eps={eps}")


def _cubic(weights: Array) -> Callable[[Array], float]:
    """A cubic of each entry, and the square of their sum."""

    def f(z: Array) -> float:
        if np.shape(z) != weights.shape:
            raise ValueError(f"f was given an array of shape {np.shape(z)}, expected one like x, {weights.shape}")
        return float((weights * z * z * z).sum() + z.sum() ** 2)

    return f


NUMERICAL_GRADIENT = Exercise(
    reference=numerical_gradient,
    difficulty="extend",
    statement=(
        "For each entry of x in turn: (f(x + eps there) - f(x - eps there)) / (2 eps). f gets an array of the shape "
        "and the dtype of x and returns a number; f leaves its argument alone. x may have any shape, has one entry or "
        "more, and must be left as it was."
    ),
    inputs=("f", "x (any shape) in double precision", "eps above 0"),
    outputs=("gradient (shape of x)",),
    cases=_functions,
    hints=(
        (
            "np.ndindex(x.shape) goes through all indices of an array of any shape; gradient[index] and x[index] are "
            "then single numbers."
        ),
        (
            "Only one entry moves at a time: work on two copies of x, one with eps added at that index, one with eps "
            "taken away."
        ),
        "Subtract the two values of f and divide by the distance between the two points, which is 2 eps.",
    ),
    slips=(
        Slip(
            "this is the one-sided difference (f(x + eps) - f(x)) / eps: its error shrinks with eps, that of the "
            "central one with eps².",
            ("(f(above) - f(below)) / (2 * eps)", "(f(above) - f(x)) / eps"),
        ),
        Slip(
            "this is the one-sided difference to the left, (f(x) - f(x - eps)) / eps; take both sides.",
            ("(f(above) - f(below)) / (2 * eps)", "(f(x) - f(below)) / eps"),
        ),
        Slip("divided by eps: the two points are 2 eps apart.", ("(2 * eps)", "eps")),
        Slip("the division by 2 eps is missing.", (" / (2 * eps)", "")),
        Slip(
            "the sign is turned: f(x + eps) - f(x - eps), in this order.",
            ("f(above) - f(below)", "f(below) - f(above)"),
        ),
        Slip(
            "all entries move at once: this is the slope along one direction, not the gradient.",
            ("above[index] +=", "above +="),
            ("below[index] -=", "below -="),
        ),
        Slip(
            "the argument eps is not used: this is what a fixed, tiny one gives.",
            ("gradient = np.zeros_like(x)", "gradient, eps = np.zeros_like(x), 1e-6"),
        ),
        Slip(
            "only the first axis is walked through: whole rows move at once. Every entry needs its own difference.",
            ("np.ndindex(x.shape)", "range(len(x))"),
        ),
        Slip("the result is flat; it must have the shape of x.", ("return gradient", "return gradient.ravel()")),
        Slip(
            "entries that moved are not set back before the next one moves.",
            ("x.copy(), x.copy()", "x.copy(), x"),
        ),
    ),
)
