"""Exercises of chapter 05: one step back, backpropagation through time, and the numerical gradient that checks them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw, from_draws
from rnncourse.checks.exercise import Exercise, Misconception, OwnForward
from rnncourse.exercises.unfolding import rnn_forward, rnn_step

CHAPTER = "05_bptt"
Array = np.ndarray


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


def numerical_gradient(f: Callable[[Array], float], x: Array, eps: float) -> Array:
    """Central differences, one entry at a time: (f(x + eps) - f(x - eps)) / (2 eps).   x of any shape -> same shape"""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += eps
        below[index] -= eps
        gradient[index] = (f(above) - f(below)) / (2 * eps)
    return gradient


GRADIENTS = ("dx", "dh0", "dW", "dR", "db")


def _step_back_case(draw: Draw) -> Case:
    x_t, h_prev, b = draw.array("BD"), draw.states("BH"), draw.array("H")
    W, R = draw.weights("HD"), draw.weights("HH")
    h = rnn_step(x_t, h_prev, W, R, b)
    return draw.case(draw.array("BH"), x_t, h_prev, h, W, R, forward=(x_t, h_prev, W, R, b))


def _bptt_case(draw: Draw) -> Case:
    x, h0, b = draw.array("TBD"), draw.states("BH"), draw.weights("H")
    W, R = draw.weights("HD"), draw.weights("HH")
    h = rnn_forward(x, h0, W, R, b)
    return draw.case(draw.array("TBH"), x, h0, h, W, R, forward=(x, h0, W, R, b))


def _replace(backward: Callable[..., Any], which: int, change: Callable[..., Array]) -> Callable[..., Any]:
    """The right backward pass with one result changed: change(result, *arguments)."""

    def wrong(*args: Array) -> tuple[Array, ...]:
        results = list(backward(*args))
        results[which] = change(results[which], *args)
        return tuple(results)

    return wrong


def _step_with_slope(slope: Callable[[Array], Array]) -> Callable[..., Any]:
    """One step back with another slope in place of 1 - h²."""

    def wrong(dh: Array, x_t: Array, h_prev: Array, h: Array, W: Array, R: Array) -> tuple[Array, ...]:
        da = dh * slope(h)
        return da @ W, da @ R, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)

    return wrong


def _bptt_with(
    *,
    carry: Callable[[Array, Array], Array] = lambda da, R: da @ R,
    slope: Callable[[Array], Array] = lambda h: 1 - h * h,
    outside: bool = False,
    accumulate: bool = True,
    previous: Callable[[int, Array, Array], Array] = lambda t, h, h0: h[t - 1] if t > 0 else h0,
    stop: int = 0,
) -> Callable[..., Any]:
    """Backpropagation through time with one of its lines changed."""

    def wrong(dh: Array, x: Array, h0: Array, h: Array, W: Array, R: Array) -> tuple[Array, ...]:
        dx, dW, dR, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(R), np.zeros_like(R[0])
        back = np.zeros_like(h0)
        for t in range(len(x) - 1, stop - 1, -1):
            da = dh[t] * slope(h[t]) + back if outside else (dh[t] + back) * slope(h[t])
            dx[t], back = da @ W, carry(da, R)
            keep = 1 if accumulate else 0
            dW, dR, db = keep * dW + da.T @ x[t], keep * dR + da.T @ previous(t, h, h0), keep * db + da.sum(axis=0)
        return dx, back, dW, dR, db

    return wrong


def _mean_over_batch(backward: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(dh: Array, x: Array, *rest: Array) -> tuple[Array, ...]:
        first, second, *weights = backward(dh, x, *rest)
        return (first, second, *(w / x.shape[-2] for w in weights))

    return wrong


MEAN_FOR_SUM = (
    "this is the mean over the batch where the sum belongs. Every row uses the weights, so every "
    "row's gradient counts in full; "
    "if a mean is wanted, the loss divides, and dh then carries it already."
)

RNN_STEP_BACKWARD = Exercise(
    reference=rnn_step_backward,
    difficulty="complete",
    statement=(
        "Take the whole gradient dh = ∂L/∂h_t one step back through h_t = tanh(W x_t + R h_{t-1} + b); h "
        "is the h_t that the forward pass gave."
    ),
    inputs=("dh (B, H)", "x_t (B, D)", "h_prev (B, H)", "h (B, H)", "W (H, D)", "R (H, H)"),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dW (H, D)", "dR (H, H)", "db (H)"),
    cases=from_draws("BDH", _step_back_case),
    own_forward=OwnForward(
        arguments=lambda case: case.extra["forward"],
        backward=lambda case, h: (case.args[0], *case.args[1:3], h, *case.args[4:]),
        cotangent=lambda case: case.args[0],
    ),
    hints=(
        (
            "Go through the forward lines in reverse. First the tanh: with a_t for what stands inside it,"
            " da = dh times the slope of tanh at a_t."
        ),
        (
            "The slope of tanh(a) is 1 - tanh(a)², and tanh(a) is h, which you are given: da = dh * (1 - "
            "h * h), shape (B, H)."
        ),
        "a = x_t @ W.T + h_prev @ R.T + b. So dx_t = da @ W and dh_prev = da @ R: the shapes allow nothing else for W.",
        (
            "dW must have W's shape (H, D) and sums over the rows of the batch: da.T @ x_t. dR is alike; "
            "db sums da over the batch."
        ),
    ),
    slips=(
        Misconception(
            "the slope of tanh is missing: da = dh * (1 - h * h) comes before everything else.",
            _step_with_slope(np.ones_like),
        ),
        Misconception("the slope is taken as 1 - h; the slope of tanh is 1 - h².", _step_with_slope(lambda h: 1 - h)),
        Misconception(
            "h (1 - h) is the slope of the logistic function. For tanh it is 1 - h².",
            _step_with_slope(lambda h: h * (1 - h)),
        ),
        Misconception(
            "tanh is applied to h once more: h already is tanh(a), so the slope is 1 - h², not 1 - tanh(h)².",
            _step_with_slope(lambda h: 1 - np.tanh(h) ** 2),
        ),
        Misconception(
            "R is transposed here and must not be: forward multiplies by R.T, so backward multiplies by R.",
            _replace(rnn_step_backward, 1, lambda _, dh, x_t, h_prev, h, W, R: (dh * (1 - h * h)) @ R.T),
        ),
        Misconception(
            (
                "dR comes out transposed: its rows belong to the units that receive, its columns to the "
                "units that send (da.T @ h_prev)."
            ),
            _replace(rnn_step_backward, 3, lambda dR, *_: np.ascontiguousarray(dR.T)),
        ),
        Misconception(
            "dW comes out transposed: it must have the shape of W, (H, D).",
            _replace(rnn_step_backward, 2, lambda dW, *_: np.ascontiguousarray(dW.T)),
        ),
        Misconception(
            "dR uses h, the new state; R multiplied h_prev, the old one.",
            _replace(rnn_step_backward, 3, lambda _, dh, x_t, h_prev, h, W, R: (dh * (1 - h * h)).T @ h),
        ),
        Misconception(
            "dh_prev uses dh where da belongs: the gradient goes through the tanh before it reaches R.",
            _replace(rnn_step_backward, 1, lambda _, dh, x_t, h_prev, h, W, R: dh @ R),
        ),
        Misconception(MEAN_FOR_SUM, _mean_over_batch(rnn_step_backward)),
        Misconception(
            "db keeps one gradient for each row; b is shared by the rows, so sum over them.",
            _replace(rnn_step_backward, 4, lambda _, dh, x_t, h_prev, h, W, R: dh * (1 - h * h)),
        ),
        Misconception(
            "db uses dh where da belongs: b stands inside the tanh.",
            _replace(rnn_step_backward, 4, lambda _, dh, *rest: dh.sum(axis=0)),
        ),
        Misconception(
            "db is summed over the units; sum over the batch, axis 0.",
            _replace(rnn_step_backward, 4, lambda _, dh, x_t, h_prev, h, W, R: (dh * (1 - h * h)).sum(axis=1)),
        ),
        Misconception(
            "dx_t and dh_prev have changed places.",
            lambda *args: (lambda r: (r[1], r[0], *r[2:]))(rnn_step_backward(*args)),
        ),
    ),
)


def _each_step_alone(dh: Array, x: Array, h0: Array, h: Array, W: Array, R: Array) -> tuple[Array, ...]:
    """All steps at once, as if none received a gradient from the step after it."""
    da = dh * (1 - h * h)
    before = np.concatenate([h0[None], h[:-1]])
    dW, dR = np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before)
    return da @ W, da[0] @ R, dW, dR, da.sum(axis=(0, 1))


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
    difficulty="complete",
    statement=(
        "Backpropagation through time. dh[t] is what the loss at step t itself sends to h_t; h is what "
        "the forward pass gave."
    ),
    inputs=("dh (T, B, H)", "x (T, B, D)", "h0 (B, H)", "h (T, B, H)", "W (H, D)", "R (H, H)"),
    outputs=("dx (T, B, D)", "dh0 (B, H)", "dW (H, D)", "dR (H, H)", "db (H)"),
    cases=from_draws("TBDH", _bptt_case),
    explain=_last_step_only,
    own_forward=OwnForward(
        arguments=lambda case: case.extra["forward"],
        backward=lambda case, h: (*case.args[:3], h, *case.args[4:]),
        cotangent=lambda case: case.args[0],
    ),
    hints=(
        (
            "Go from the last step to the first. At step t two gradients meet: dh[t], and the one that "
            "step t + 1 sends back through R. Add them."
        ),
        (
            "Keep the second one in a variable, zeros at first; after each step it is da @ R. What it "
            "holds after step 0 is dh0."
        ),
        (
            "Each step adds its share to dW, dR and db: these three are sums over the steps, as the "
            "weights are the same at every step."
        ),
        "The state before step t is h[t - 1], and h0 where t is 0. Beware of h[-1], which Python takes for the last.",
    ),
    slips=(
        Misconception(
            (
                "right at the last step only: the gradient arriving from step t+1 is missing. Add da @ R "
                "of step t+1 to dh[t]."
            ),
            _each_step_alone,
        ),
        Misconception(
            (
                "right at the last step only: the gradient arriving from step t+1 is missing, and so is "
                "the one that reaches h0."
            ),
            _bptt_with(carry=lambda da, R: np.zeros_like(da)),
        ),
        Misconception(
            "the gradient from step t+1 goes through R.T; forward multiplies by R.T, so backward multiplies by R.",
            _bptt_with(carry=lambda da, R: da @ R.T),
        ),
        Misconception(
            "the gradient from step t+1 is passed on without R: it must be da @ R.", _bptt_with(carry=lambda da, R: da)
        ),
        Misconception(
            (
                "the gradient from step t+1 is added after the slope of tanh: it reaches h_t, so it goes "
                "through the tanh as dh[t] does."
            ),
            _bptt_with(outside=True),
        ),
        Misconception("the slope of tanh, 1 - h², is missing.", _bptt_with(slope=np.ones_like)),
        Misconception(
            "h (1 - h) is the slope of the logistic function. For tanh it is 1 - h².",
            _bptt_with(slope=lambda h: h * (1 - h)),
        ),
        Misconception(
            (
                "the gradients of the weights are those of step 0 alone: each step must add its share, "
                "`+=` where `=` stands."
            ),
            _bptt_with(accumulate=False),
        ),
        Misconception(
            "at step 0 the state before it is h[-1], which Python reads as the last state. It is h0.",
            _bptt_with(previous=lambda t, h, h0: h[t - 1]),
        ),
        Misconception(
            "at step 0 the state before it is taken as zeros. It is h0.",
            _bptt_with(previous=lambda t, h, h0: h[t - 1] if t > 0 else np.zeros_like(h0)),
        ),
        Misconception(
            "dR uses h[t]; R multiplied the state before it, h[t-1].", _bptt_with(previous=lambda t, h, h0: h[t])
        ),
        Misconception("step 0 is left out: the loop must reach t = 0.", _bptt_with(stop=1)),
        Misconception(MEAN_FOR_SUM, _mean_over_batch(bptt)),
        Misconception(
            "dR comes out transposed: its rows belong to the units that receive (da.T @ h_prev).",
            _replace(bptt, 3, lambda dR, *_: np.ascontiguousarray(dR.T)),
        ),
        Misconception(
            "dh0 is the gradient before it went through R: it must be da @ R of step 0.",
            lambda *args: _replace(bptt, 1, lambda *_: _da_of_step_0(*args))(*args),
        ),
        Misconception(
            "dh0 is zeros: the gradient flows on to the initial state.",
            _replace(bptt, 1, lambda dh0, *_: np.zeros_like(dh0)),
        ),
        Misconception(
            "dx stands in reverse order: dx[t] belongs to x[t].",
            _replace(bptt, 0, lambda dx, *_: np.ascontiguousarray(dx[::-1])),
        ),
        Misconception(
            "the weights' gradients are averaged over the steps; they are sums.",
            lambda *args: (lambda r: (r[0], r[1], *(g / len(args[1]) for g in r[2:])))(bptt(*args)),
        ),
    ),
)


def _da_of_step_0(dh: Array, x: Array, h0: Array, h: Array, W: Array, R: Array) -> Array:
    back = np.zeros_like(h0)
    for t in range(len(x) - 1, 0, -1):
        back = ((dh[t] + back) * (1 - h[t] * h[t])) @ R
    return (dh[0] + back) * (1 - h[0] * h[0])


def _functions(rng: np.random.Generator) -> Iterator[Case]:
    """Functions of arrays of several shapes, with an eps so large that its formula shows in the result."""
    for label, shape, eps in (
        ("a matrix", (3, 4), 0.1), ("a vector", (5,), 0.5), ("three axes", (2, 3, 2), 1e-2),
        ("one entry", (1,), 0.2), ("a small eps", (2, 3), 1e-4), ("large values", (4,), 0.25),
    ):  # fmt: skip
        x = rng.normal(size=shape) * (30 if label == "large values" else 1)
        weights = rng.normal(size=shape)

        def f(z: Array, weights: Array = weights) -> float:
            return float((weights * z * z * z).sum() + z.sum() ** 2)

        yield Case((f, x, eps), f"{label}: x {shape}, eps={eps}")
    x = np.asfortranarray(rng.normal(size=(3, 4)))
    weights = rng.normal(size=(3, 4))
    yield Case((lambda z: float((weights * z**3).sum()), x, 0.1), "stored column by column: x (3, 4), eps=0.1")


def _each_entry(difference: Callable[[Callable[[Array], float], Array, Array, float], float]) -> Callable[..., Array]:
    """A numerical gradient from f, x, the step (eps at one entry, zero elsewhere) and eps."""

    def gradient(f: Callable[[Array], float], x: Array, eps: float) -> Array:
        result = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[index] = eps
            result[index] = difference(f, x, step, eps)
        return result

    return gradient


NUMERICAL_GRADIENT = Exercise(
    reference=numerical_gradient,
    difficulty="extend",
    statement=(
        "For each entry of x in turn: (f(x + eps there) - f(x - eps there)) / (2 eps). f takes an array "
        "like x and returns a number; x may have any shape and must be left as it was."
    ),
    inputs=("f", "x (any shape)", "eps"),
    outputs=("gradient (shape of x)",),
    cases=_functions,
    hints=(
        (
            "np.ndindex(x.shape) goes through all indices of an array of any shape; gradient[index] and "
            "x[index] are then single numbers."
        ),
        (
            "Only one entry moves at a time: work on two copies of x, one with eps added at that index, "
            "one with eps taken away."
        ),
        "Subtract the two values of f and divide by the distance between the two points, which is 2 eps.",
    ),
    slips=(
        Misconception(
            (
                "this is the one-sided difference (f(x + eps) - f(x)) / eps: its error shrinks with eps, "
                "that of the central one with eps²."
            ),
            _each_entry(lambda f, x, step, eps: (f(x + step) - f(x)) / eps),
        ),
        Misconception(
            "this is the one-sided difference to the left, (f(x) - f(x - eps)) / eps; take both sides.",
            _each_entry(lambda f, x, step, eps: (f(x) - f(x - step)) / eps),
        ),
        Misconception(
            "divided by eps: the two points are 2 eps apart.",
            _each_entry(lambda f, x, step, eps: (f(x + step) - f(x - step)) / eps),
        ),
        Misconception(
            "the division by 2 eps is missing.", _each_entry(lambda f, x, step, eps: f(x + step) - f(x - step))
        ),
        Misconception(
            "the sign is turned: f(x + eps) - f(x - eps), in this order.",
            _each_entry(lambda f, x, step, eps: (f(x - step) - f(x + step)) / (2 * eps)),
        ),
        Misconception(
            "all entries move at once: this is the slope along one direction, not the gradient.",
            lambda f, x, eps: np.full_like(x, (f(x + eps) - f(x - eps)) / (2 * eps)),
        ),
        Misconception(
            "the argument eps is not used: this is what a fixed, tiny one gives.",
            lambda f, x, eps: numerical_gradient(f, x, 1e-6),
        ),
        Misconception(
            "only the first axis is walked through: whole rows move at once. Every entry needs its own difference.",
            lambda f, x, eps: _rows_at_once(f, x, eps),
        ),
        Misconception(
            "the result is flat; it must have the shape of x.", lambda f, x, eps: numerical_gradient(f, x, eps).ravel()
        ),
        Misconception(
            "entries that moved are not set back before the next one moves.",
            lambda f, x, eps: _never_set_back(f, x, eps),
        ),
    ),
)


def _rows_at_once(f: Callable[[Array], float], x: Array, eps: float) -> Array:
    gradient = np.zeros_like(x)
    for k in range(len(x)):
        step = np.zeros_like(x)
        step[k] = eps
        gradient[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def _never_set_back(f: Callable[[Array], float], x: Array, eps: float) -> Array:
    gradient, moved = np.zeros_like(x), x.copy()
    for index in np.ndindex(x.shape):
        moved[index] += eps
        above = f(moved)
        moved[index] -= 2 * eps
        gradient[index] = (above - f(moved)) / (2 * eps)
    return gradient
