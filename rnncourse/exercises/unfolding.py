"""Exercises of chapter 03: one step of a recurrent layer, its run over a sequence, the gradient of a tied matrix."""

from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw, from_draws
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.reference.unfolding import tied_gradient

CHAPTER = "03_unfolding"
Array = np.ndarray


def rnn_step(x_t: Array, h_prev: Array, W: Array, R: Array, b: Array) -> Array:
    """h_t = tanh(W x_t + R h_{t-1} + b).   x_t (B, D), h_prev (B, H), W (H, D), R (H, H), b (H,) -> h (B, H)"""
    return np.tanh(x_t @ W.T + h_prev @ R.T + b)


def rnn_forward(x: Array, h0: Array, W: Array, R: Array, b: Array) -> Array:
    """Every state of the layer.   x (T, B, D), h0 (B, H), W (H, D), R (H, H), b (H,) -> h (T, B, H)"""
    h = np.empty((*x.shape[:2], R.shape[0]), dtype=x.dtype)
    h_prev = h0
    for t in range(len(x)):
        h[t] = h_prev = np.tanh(x[t] @ W.T + h_prev @ R.T + b)
    return h


def _step_case(draw: Draw) -> Case:
    return draw.case(draw.array("BD"), draw.states("BH"), draw.weights("HD"), draw.weights("HH"), draw.array("H"))


def _forward_case(draw: Draw) -> Case:
    return draw.case(draw.array("TBD"), draw.states("BH"), draw.weights("HD"), draw.weights("HH"), draw.weights("H"))


def _run(step: Any) -> Any:
    """A forward pass that uses this step."""

    def forward(x: Array, h0: Array, W: Array, R: Array, b: Array) -> Array:
        h = [h0]
        for x_t in x:
            h.append(step(x_t, h[-1], W, R, b))
        return np.stack(h[1:])

    return forward


def _sum_of_tanhs(x_t: Array, h_prev: Array, W: Array, R: Array, b: Array) -> Array:
    return np.tanh(x_t @ W.T) + np.tanh(h_prev @ R.T) + np.tanh(b)


def _forgotten_step(case: Case, value: Array, expected: Array) -> str | None:
    """Recompute each step from the answer's own state before it: the first step that disagrees is where the slip is."""
    x, h0, W, R, b = case.args
    if getattr(value, "shape", None) != expected.shape:
        return None
    before = np.concatenate([h0[None], value[:-1]])
    right = np.abs(rnn_step(x, before, W, R, b) - value).max(axis=(1, 2)) < 1e-6
    if right.all() or not right[0]:
        return None
    t = int((~right).argmin()) if not right[0] else int((~right).argmax())
    for state, name in ((np.zeros_like(h0), "zeros"), (h0, "h0")):
        if np.abs(rnn_step(x[t], state, W, R, b) - value[t]).max() < 1e-6 and not np.allclose(before[t], state):
            return f"at step {t} the state is forgotten: that step starts from {name} instead of h[{t - 1}]."
    return f"every step before {t} follows from the state before it; step {t} does not follow from your own h[{t - 1}]."


RNN_STEP = Exercise(
    reference=rnn_step,
    difficulty="complete",
    statement="One step of the recurrent layer: h_t = tanh(W x_t + R h_{t-1} + b), for all rows of a batch at once.",
    inputs=("x_t (B, D)", "h_prev (B, H)", "W (H, D)", "R (H, H)", "b (H)"),
    outputs=("h (B, H)",),
    cases=from_draws("BDH", _step_case),
    hints=(
        "The page writes one example as a column, W x_t. In code the batch is stacked as rows, so W "
        "stands on the right, transposed: "
        "x_t @ W.T has shape (B, H).",
        (
            "The state enters the same way: h_prev @ R.T. Both products and b have H entries per row; "
            "NumPy adds b to every row."
        ),
        "Add the three first, then apply np.tanh once to the sum.",
    ),
    slips=(
        Misconception(
            (
                "each part went through its own tanh, tanh(Wx) + tanh(Rh) + tanh(b). Add the three first;"
                " tanh comes once, on the sum."
            ),
            _sum_of_tanhs,
        ),
        Misconception(
            "tanh does not cover the whole sum: b is added after it.",
            lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + h_prev @ R.T) + b,
        ),
        Misconception("the bias b is missing.", lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + h_prev @ R.T)),
        Misconception(
            "the bias b is added twice.", lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + h_prev @ R.T + 2 * b)
        ),
        Misconception(
            "the tanh is missing: this is the sum before it.", lambda x_t, h_prev, W, R, b: x_t @ W.T + h_prev @ R.T + b
        ),
        Misconception(
            (
                "R is not transposed. A batch of rows needs h_prev @ R.T; R is square, so the shapes do "
                "not give this away."
            ),
            lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + h_prev @ R + b),
        ),
        Misconception("the state h_prev is not used.", lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + b)),
        Misconception("the input x_t is not used.", lambda x_t, h_prev, W, R, b: np.tanh(h_prev @ R.T + b)),
        Misconception(
            "this is the logistic function 1 / (1 + exp(-a)), not tanh.",
            lambda x_t, h_prev, W, R, b: 1 / (1 + np.exp(-(x_t @ W.T + h_prev @ R.T + b))),
        ),
        Misconception(
            "the batch is stacked as rows: W belongs on the right, transposed, as in x_t @ W.T.",
            lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W + h_prev @ R + b),
        ),
        Misconception(
            "W @ x_t is the formula for one column. Here the batch is stacked as rows: x_t @ W.T.",
            lambda x_t, h_prev, W, R, b: np.tanh(W @ x_t + R @ h_prev + b),
        ),
        Misconception(
            "the result is float64 whatever came in: make new arrays with dtype=x_t.dtype.",
            lambda x_t, h_prev, W, R, b: rnn_step(x_t, h_prev, W, R, b).astype(np.float64),
        ),
        Misconception(
            "the result is averaged over the batch: every row has a state of its own.",
            lambda x_t, h_prev, W, R, b: np.tanh(x_t @ W.T + h_prev @ R.T + b).mean(axis=0),
        ),
    ),
)

RNN_FORWARD = Exercise(
    reference=rnn_forward,
    difficulty="complete",
    statement=(
        "Run the layer over a sequence: the state after step t is the state that step t + 1 starts from. "
        "Return every state."
    ),
    inputs=("x (T, B, D)", "h0 (B, H)", "W (H, D)", "R (H, H)", "b (H)"),
    outputs=("h (T, B, H)",),
    cases=from_draws("TBDH", _forward_case),
    causal=("x",),
    explain=_forgotten_step,
    hints=(
        "x[t] is the page's x_t, a (B, D) array: one step for the whole batch.",
        (
            "Keep the state in a variable that starts as h0. In a loop over t, compute the new state from"
            " x[t] and that variable, store it in h[t], and go on with it."
        ),
        "h = np.empty((T, B, H), dtype=x.dtype) gives a place for all states; T, B = x.shape[:2] and H = R.shape[0].",
    ),
    slips=(
        Misconception(
            (
                "the state is not carried: every step starts from h0. After each step the new state must "
                "become the previous one."
            ),
            lambda x, h0, W, R, b: np.stack([rnn_step(x_t, h0, W, R, b) for x_t in x]),
        ),
        Misconception(
            "every step starts from zeros: the state is not carried.",
            lambda x, h0, W, R, b: np.stack([rnn_step(x_t, np.zeros_like(h0), W, R, b) for x_t in x]),
        ),
        Misconception(
            "h0 is not used: the run starts from zeros.",
            lambda x, h0, W, R, b: rnn_forward(x, np.zeros_like(h0), W, R, b),
        ),
        Misconception(
            "each part went through its own tanh: add the three first, tanh comes once.", _run(_sum_of_tanhs)
        ),
        Misconception("R is not transposed: rows need h @ R.T.", lambda x, h0, W, R, b: rnn_forward(x, h0, W, R.T, b)),
        Misconception("the bias b is missing.", lambda x, h0, W, R, b: rnn_forward(x, h0, W, R, np.zeros_like(b))),
        Misconception("the bias b is added twice.", lambda x, h0, W, R, b: rnn_forward(x, h0, W, R, 2 * b)),
        Misconception("the tanh is missing.", _run(lambda x_t, h_prev, W, R, b: x_t @ W.T + h_prev @ R.T + b)),
        Misconception(
            "the sequence is read from its end to its beginning.",
            lambda x, h0, W, R, b: rnn_forward(x[::-1], h0, W, R, b)[::-1],
        ),
        Misconception(
            "the states come out in reverse order.",
            lambda x, h0, W, R, b: np.ascontiguousarray(rnn_forward(x, h0, W, R, b)[::-1]),
        ),
        Misconception(
            "h is one step late: h[t] holds the state before step t. h[0] must be the state after x[0].",
            lambda x, h0, W, R, b: np.concatenate([h0[None], rnn_forward(x, h0, W, R, b)])[:-1],
        ),
        Misconception(
            "h holds T + 1 states. h0 is an argument, not a result: leave it out.",
            lambda x, h0, W, R, b: np.concatenate([h0[None], rnn_forward(x, h0, W, R, b)]),
        ),
        Misconception(
            "only the last state is returned; all T are asked for.",
            lambda x, h0, W, R, b: rnn_forward(x, h0, W, R, b)[-1],
        ),
        Misconception(
            "the first axis is taken for the batch. Time comes first: x[t] is step t of every row.",
            lambda x, h0, W, R, b: np.stack([rnn_step(x[:, t], h0, W, R, b) for t in range(x.shape[1])], axis=1),
        ),
        Misconception(
            "the states are in a list; stack them into one array (T, B, H).",
            lambda x, h0, W, R, b: list(rnn_forward(x, h0, W, R, b)),
        ),
        Misconception(
            "np.zeros and np.empty make float64 unless told otherwise: give them dtype=x.dtype.",
            lambda x, h0, W, R, b: rnn_forward(x, h0, W, R, b).astype(np.float64),
        ),
    ),
)

TIED_GRADIENT = Exercise(
    reference=tied_gradient,
    difficulty="predict",
    statement=(
        "The unfolded network has one copy of R for each step, with one gradient each. Give the gradient "
        "of the one matrix that all copies are."
    ),
    inputs=("dR_per_step (T, H, H)",),
    outputs=("dR (H, H)",),
    cases=from_draws("TH", lambda draw: draw.case(draw.array("THH"))),
    hints=(
        "Change R a little: every copy changes with it, and each one changes the loss by its own gradient.",
        "Small changes add up. Which axis of the array counts the copies?",
    ),
    slips=(
        Misconception(
            "this is the mean over the steps. The changes of all copies add up; nothing divides them.",
            lambda d: d.mean(axis=0),
        ),
        Misconception(
            "this is the last step's gradient alone: the other copies are the same matrix and count too.",
            lambda d: d[-1].copy(),
        ),
        Misconception(
            "this is the first step's gradient alone: the other copies are the same matrix and count too.",
            lambda d: d[0].copy(),
        ),
        Misconception(
            "the sum runs over a row of the matrix; it must run over the steps, the first axis.",
            lambda d: d.sum(axis=1),
        ),
        Misconception(
            "the sum runs over a column of the matrix; it must run over the steps, the first axis.",
            lambda d: d.sum(axis=2),
        ),
        Misconception("the sum runs over everything; only the steps, the first axis, are summed.", lambda d: d.sum()),
        Misconception(
            (
                "this is a product of the steps' gradients. Products belong to the chain through the "
                "states; copies of one matrix add."
            ),
            lambda d: np.prod(d, axis=0),
        ),
        Misconception("the matrix comes out transposed.", lambda d: np.ascontiguousarray(d.sum(axis=0).T)),
        Misconception("the first step is left out of the sum.", lambda d: d[1:].sum(axis=0)),
        Misconception("the last step is left out of the sum.", lambda d: d[:-1].sum(axis=0)),
        Misconception(
            "these are running sums, one for each step; the last of them is the answer.", lambda d: np.cumsum(d, axis=0)
        ),
    ),
)
