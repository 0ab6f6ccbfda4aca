"""Exercises of chapter 03: one step of a recurrent layer, its run over a sequence, the gradient of a tied matrix."""

from collections.abc import Iterator

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import BEYOND, LARGE, LONG, Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import (
    BIAS_MISSING,
    BIAS_TWICE,
    IN_DOUBLE,
    INPUT_NOT_USED,
    LAST_STATE_ONLY,
    READ_BACKWARDS,
    STATE_NOT_USED,
    TANH_MISSING,
    TANH_OF_EACH_PART,
)
from rnncourse.exercises._repeats import with_repeats
from rnncourse.exercises._runs import forgotten_step
from rnncourse.reference.unfolding import tied_gradient

CHAPTER = "03_unfolding"
Array = np.ndarray


def rnn_step(x_t: Array, h_prev: Array, W: Array, R: Array, b: Array) -> Array:
    """h_t = tanh(W x_t + R h_{t-1} + b).   x_t (B, D), h_prev (B, H), W (H, D), R (H, H), b (H,) -> h (B, H)"""
    return np.tanh(x_t @ W.T + h_prev @ R.T + b)


def _steps(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw, states beyond -1 and 1; sizes above 32; one large input, one large bias; a row twice."""
    cases = [_step_case(draw) for draw in draws(rng, "BDH")]
    cases.append(_step_case(Draw(rng, "sizes above 32", {"B": 33, "D": 40, "H": 37})))
    cases.append(_step_case(Draw(rng, BEYOND, {"B": 3, "D": 4, "H": 5})))
    yield from cases
    for kind, k in (("one large input", 0), ("one large bias", 4)):
        large = _step_case(Draw(rng, kind, {"B": 3, "D": 4, "H": 5}))
        large.args[k].flat[0] = LARGE
        yield large
    yield from with_repeats(cases[0], "BD", "BH", "HD", "HH", "H")


def _step_case(draw: Draw) -> Case:
    x_t, h_prev = draw.array("BD"), draw.states("BH")
    return draw.case(x_t, h_prev, draw.weights("HD"), draw.weights("HH"), draw.array("H"))


SUM = "x_t @ W.T + h_prev @ R.T + b"
RNN_STEP = Exercise(
    reference=rnn_step,
    package=reference.rnn_step,
    difficulty="complete",
    statement="One step of the recurrent layer: h_t = tanh(W x_t + R h_{t-1} + b), for all rows of a batch at once. "
    "h_prev may hold any numbers, also beyond -1 and 1.",
    inputs=("x_t (B, D)", "h_prev (B, H)", "W (H, D)", "R (H, H)", "b (H)"),
    outputs=("h (B, H)",),
    cases=_steps,
    hints=(
        "The page writes one example as a column, W x_t. In code the batch is stacked as rows, so W stands on the "
        "right, transposed: x_t @ W.T has shape (B, H).",
        (
            "The state enters the same way: h_prev @ R.T. Both products and b have H entries per row; NumPy adds b to "
            "every row."
        ),
        "Add the three first, then apply np.tanh once to the sum.",
    ),
    slips=(
        Slip(
            TANH_OF_EACH_PART,
            (f"np.tanh({SUM})", "np.tanh(x_t @ W.T) + np.tanh(h_prev @ R.T) + np.tanh(b)"),
        ),
        Slip("tanh does not cover the whole sum: b is added after it.", ("R.T + b)", "R.T) + b")),
        Slip(BIAS_MISSING, ("R.T + b", "R.T")),
        Slip(BIAS_TWICE, ("R.T + b", "R.T + 2 * b")),
        Slip(TANH_MISSING, (f"np.tanh({SUM})", SUM)),
        Slip(
            "R is not transposed. A batch of rows needs h_prev @ R.T; R is square, so the shapes do not give this "
            "away.",
            ("R.T", "R"),
        ),
        Slip(STATE_NOT_USED, (" + h_prev @ R.T", "")),
        Slip("the state enters with the wrong sign: R h_{t-1} is added.", ("+ h_prev @ R.T", "- h_prev @ R.T")),
        Slip("the bias enters with the wrong sign: b is added.", ("R.T + b", "R.T - b")),
        Slip(INPUT_NOT_USED, ("x_t @ W.T + ", "")),
        Slip(
            "this is the logistic function 1 / (1 + exp(-a)), not tanh.",
            (f"np.tanh({SUM})", f"1 / (1 + np.exp(-({SUM})))"),
        ),
        Slip(
            "the batch is stacked as rows: W belongs on the right, transposed, as in x_t @ W.T.",
            ("W.T", "W"),
            ("R.T", "R"),
        ),
        Slip(
            "W @ x_t is the formula for one column. Here the batch is stacked as rows: x_t @ W.T.",
            ("x_t @ W.T + h_prev @ R.T", "W @ x_t + R @ h_prev"),
        ),
        Slip(
            "the result is float64 whatever came in: make new arrays with dtype=x_t.dtype.",
            ("R.T + b)", "R.T + b).astype(float)"),
        ),
        Slip(
            "the result is averaged over the batch: every row has a state of its own.",
            ("R.T + b)", "R.T + b).mean(axis=0)"),
        ),
    ),
)


def rnn_forward(x: Array, h0: Array, W: Array, R: Array, b: Array) -> Array:
    """Every state of the layer.   x (T, B, D), h0 (B, H), W (H, D), R (H, H), b (H,) -> h (T, B, H)"""
    h = np.empty((*x.shape[:2], R.shape[0]), dtype=x.dtype)
    h_prev = h0
    for t in range(len(x)):
        h[t] = h_prev = np.tanh(x[t] @ W.T + h_prev @ R.T + b)
    return h


def _runs(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw, once with h0 beyond -1 and 1; a row, a step twice, all steps alike.

    Sizes above 32; a long pause in the input, in which the state settles; and two runs in which the first input, or
    h0, decides the state at every later step: each unit hands its state to the next one with weight 1.5, which keeps
    the sign for ever.
    """
    cases = [_forward_case(draw) for draw in draws(rng, "TBDH")]
    cases.append(_forward_case(Draw(rng, "sizes above 32", {"T": 35, "B": 33, "D": 40, "H": 37})))
    cases.append(_forward_case(Draw(rng, BEYOND, {"T": 6, "B": 3, "D": 4, "H": 5})))
    yield from cases
    yield from with_repeats(cases[0], "TBD", "BH", "HD", "HH", "H")
    sizes = {"T": LONG, "B": 3, "D": 2, "H": 4}
    draw = Draw(rng, "a pause", sizes)
    x, h0, W, R, b = _forward_case(draw).args
    x[5:-5] = 0
    yield draw.case(x, h0, W, 0.6 / np.linalg.norm(R, 2) * R, b)  # any two states come closer, by 0.6 at each step
    handed_on = 1.5 * np.roll(np.eye(4), 1, axis=0)
    for kind, first, start in (("a pulse that is kept", 2.0, 0.0), ("a first state that is kept", 0.0, 0.5)):
        draw = Draw(rng, kind, sizes)
        x, h0, W, _, b = _forward_case(draw).args
        x[0] *= first
        x[1:] = 0
        yield draw.case(x, start * np.sign(h0), W, handed_on, 0 * b)


def _forward_case(draw: Draw) -> Case:
    x, h0 = draw.array("TBD"), draw.states("BH")
    return draw.case(x, h0, draw.weights("HD"), draw.weights("HH"), draw.weights("H"))


SUM_AT_T = "x[t] @ W.T + h_prev @ R.T + b"
RNN_FORWARD = Exercise(
    reference=rnn_forward,
    package=reference.rnn_forward,
    difficulty="complete",
    statement=(
        "Run the layer over a sequence: the state after step t is the state that step t + 1 starts from, and the first "
        "step starts from h0, any numbers. Return every state."
    ),
    inputs=("x (T, B, D)", "h0 (B, H)", "W (H, D)", "R (H, H)", "b (H)"),
    outputs=("h (T, B, H)",),
    cases=_runs,
    causal=("x",),
    explain=forgotten_step(rnn_step),
    hints=(
        "x[t] is the page's x_t, a (B, D) array: one step for the whole batch.",
        (
            "Keep the state in a variable that starts as h0. In a loop over t, compute the new state from x[t] and "
            "that variable, store it in h[t], and go on with it."
        ),
        "h = np.empty((T, B, H), dtype=x.dtype) gives a place for all states; T, B = x.shape[:2] and H = R.shape[0].",
    ),
    slips=(
        Slip(
            "the state is not carried: every step starts from h0. After each step the new state must become the "
            "previous one.",
            ("h[t] = h_prev =", "h[t] ="),
        ),
        Slip(
            "every step starts from zeros: the state is not carried.",
            ("h_prev = h0", "h_prev = np.zeros_like(h0)"),
            ("h[t] = h_prev =", "h[t] ="),
        ),
        Slip("h0 is not used: the run starts from zeros.", ("h_prev = h0", "h_prev = np.zeros_like(h0)")),
        Slip(
            TANH_OF_EACH_PART,
            (f"np.tanh({SUM_AT_T})", "np.tanh(x[t] @ W.T) + np.tanh(h_prev @ R.T) + np.tanh(b)"),
        ),
        Slip("R is not transposed: rows need h @ R.T.", ("R.T", "R")),
        Slip(BIAS_MISSING, ("R.T + b", "R.T")),
        Slip(BIAS_TWICE, ("R.T + b", "R.T + 2 * b")),
        Slip(TANH_MISSING, (f"np.tanh({SUM_AT_T})", SUM_AT_T)),
        Slip(READ_BACKWARDS, ("range(len(x))", "reversed(range(len(x)))")),
        Slip("the states come out in reverse order.", ("return h", "return h[::-1]")),
        Slip(
            "h is one step late: h[t] holds the state before step t. h[0] must be the state after x[0].",
            ("h[t] = h_prev =", "h[t] = h_prev\n        h_prev ="),
        ),
        Slip(
            "h holds T + 1 states. h0 is an argument, not a result: leave it out.",
            ("return h", "return np.concatenate([h0[None], h])"),
        ),
        Slip(LAST_STATE_ONLY, ("return h", "return h[-1]")),
        Slip(
            "the first axis is taken for the batch. Time comes first: x[t] is step t of every row.",
            ("range(len(x))", "range(x.shape[1])"),
            ("h[t]", "h[:, t]"),
            ("x[t]", "x[:, t]"),
        ),
        Slip("the states are in a list; stack them into one array (T, B, H).", ("return h", "return list(h)")),
        Slip(
            IN_DOUBLE,
            (", dtype=x.dtype", ""),
        ),
    ),
)


def _copies(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; a step twice, all steps alike; tiny, huge gradients, some that shrink, some that cancel."""
    cases = [draw.case(draw.array("THH")) for draw in draws(rng, "TH")]
    yield from cases
    yield from with_repeats(cases[0], "THH")
    draw = Draw(rng, "gradients that shrink", {"T": 40, "H": 3})
    yield draw.case(draw.array("THH") * 0.7 ** np.arange(40.0)[::-1, None, None])
    draw = Draw(rng, "tiny gradients", {"T": 7, "H": 4}, scale=1e-9)
    yield draw.case(draw.array("THH"))
    draw = Draw(rng, "huge gradients", {"T": 5, "H": 3}, scale=1e9)
    yield draw.case(draw.array("THH"))
    draw = Draw(rng, "copies that cancel", {"T": 6, "H": 3})
    dR = draw.array("THH")
    dR[1] = -dR[0]
    yield draw.case(dR)


TIED_GRADIENT = Exercise(
    reference=tied_gradient,
    difficulty="predict",
    statement=(
        "The unfolded network has one copy of R for each step, with one gradient each. Give the gradient of the one "
        "matrix that all copies are."
    ),
    inputs=("dR_per_step (T, H, H)",),
    outputs=("dR (H, H)",),
    cases=_copies,
    hints=(
        "Change R a little: every copy changes with it, and each one changes the loss by its own gradient.",
        "Small changes add up. Which axis of the array counts the copies?",
    ),
    slips=(
        Slip(
            "this is the mean over the steps. The changes of all copies add up; nothing divides them.",
            (".sum", ".mean"),
        ),
        Slip(
            "this is the last step's gradient alone: the other copies are the same matrix and count too.",
            (".sum(axis=0)", "[-1].copy()"),
        ),
        Slip(
            "this is the first step's gradient alone: the other copies are the same matrix and count too.",
            (".sum(axis=0)", "[0].copy()"),
        ),
        Slip(
            "the sum runs over a row of the matrix; it must run over the steps, the first axis.", ("axis=0", "axis=1")
        ),
        Slip(
            "the sum runs over a column of the matrix; it must run over the steps, the first axis.",
            ("axis=0", "axis=2"),
        ),
        Slip("the sum runs over everything; only the steps, the first axis, are summed.", ("axis=0", "")),
        Slip(
            "this is a product of the steps' gradients. Products belong to the chain through the states; copies of one "
            "matrix add.",
            (".sum", ".prod"),
        ),
        Slip("the matrix comes out transposed.", (".sum(axis=0)", ".sum(axis=0).T")),
        Slip("the first step is left out of the sum.", (".sum", "[1:].sum")),
        Slip("the last step is left out of the sum.", (".sum", "[:-1].sum")),
        Slip("these are running sums, one for each step; the last of them is the answer.", (".sum", ".cumsum")),
    ),
)
