"""Backpropagation through time: the loop forward, the loop back. It knows time and no cell (chapter 5)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_array, check_finite, check_sequence, check_state
from rnncourse.reference.params import Params

Array = np.ndarray
State = tuple[Array, ...]


class UnrollCache(NamedTuple):
    """What `unroll_backward` needs: each step's own cache, and which steps were real."""

    steps: list[Any]  # one cache a step, made and read by the cell: cache.steps[t].f is an LSTM's forget gate at t
    valid: Array | None  # (T, B, 1) bool, True where a sequence has not ended; None where all have length T
    state_n: State


def unroll(
    step: Callable[..., tuple[State, Any]],
    x: Array,
    state0: State | None,
    params: Any,
    *,
    lengths: Any = None,
    **options: Any,
) -> tuple[Array, State, UnrollCache]:
    """Run a cell over time: state_t = step(x_t, state_{t-1}).

    step : rnn_step, lstm_step, gru_step, or your own with `step(x_t, state, params, **options) -> (state, cache)`.
    x : (T, B, D).  state0 : tuple of arrays (B, H), h first; None means zeros.
    lengths : (B,) integers in 1 … T, in any order; None means T for all. Past a sequence's end the state is
        frozen and h is zero; what x holds there does not matter.

    Returns (h (T, B, H), state_n: the state after each sequence's last real step, cache).
    The cache refers to x and params: leave them unchanged until the backward pass is done.
    Raises TypeError, ValueError: an argument's type, shape or a value that is not finite, named.
    """
    x, valid = check_sequence(x, state0, params, lengths)
    state, steps, h = state0, [], []
    for t in range(len(x)):
        new_state, cache = step(x[t], state, params, **options)
        if valid is None or state is None:
            state, h_t = new_state, new_state[0]
        else:
            state = tuple(np.where(valid[t], new, old) for new, old in zip(new_state, state, strict=True))
            h_t = np.where(valid[t], new_state[0], 0)
        steps.append(cache)
        h.append(h_t)
    state_n = tuple(np.copy(part) for part in state or ())
    return np.stack(h), state_n, UnrollCache(steps, valid, state_n)


def unroll_backward(
    step_backward: Callable[[State, Any], tuple[Array, State, Params]],
    dh: Array,
    dstate_n: State | None,
    cache: UnrollCache,
) -> tuple[Array, State, Params]:
    """Gradient of `unroll`, from the last step to the first.

    step_backward : the gradient of the step, `step_backward(dstate, cache) -> (dx_t, dstate_prev, grads)`.
    dh : (T, B, H), the gradient of the loss with respect to each h_t.
    dstate_n : the same for state_n, a tuple like it; None means zeros.

    Returns (dx (T, B, D), dstate0: like the state, grads: the sum of all steps' gradients, like params).
    Source: Werbos 1990; Rumelhart et al. 1986.
    """
    steps, valid, _ = cache
    dh, dstate = _check_gradients(dh, dstate_n, cache)
    dx: list[Array] = []
    grads: Any = None
    for t in reversed(range(len(steps))):
        dstate = (dstate[0] + dh[t], *dstate[1:])
        if valid is None:
            dx_t, dstate, grads_t = step_backward(dstate, steps[t])
        else:  # where the sequence had ended the state was carried over, and so is its gradient
            dreal = tuple(np.where(valid[t], part, 0) for part in dstate)
            dx_t, dprev, grads_t = step_backward(dreal, steps[t])
            dstate = tuple(np.where(valid[t], prev, part) for prev, part in zip(dprev, dstate, strict=True))
        grads = grads_t if grads is None else add(grads, grads_t)
        dx.append(dx_t)
    return np.stack(dx[::-1]), dstate, grads


def add(grads: Any, more: Any) -> Any:
    """The sum of two gradients of one NamedTuple type, part by part; None where the part is None."""
    return type(grads)(*(None if a is None else a + b for a, b in zip(grads, more, strict=True)))


def _check_gradients(dh: Array, dstate_n: State | None, cache: UnrollCache) -> tuple[Array, State]:
    """dh with zeros for padding, and dstate_n with zeros for None."""
    h_n = cache.state_n[0]
    check_array("dh", dh, dtype=h_n.dtype, T=len(cache.steps), B=h_n.shape[0], H=h_n.shape[1])
    dh = dh if cache.valid is None else np.where(cache.valid, dh, 0)
    check_finite("dh", dh)
    dstate = check_state("dstate_n", dstate_n, len(cache.state_n), h_n.shape, h_n.dtype)
    for k, part in enumerate(dstate):
        check_finite(f"dstate_n[{k}]", part)
    return dh, dstate
