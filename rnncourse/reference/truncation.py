"""Truncated backpropagation through time: how often to learn (k1) and how far to look back (k2) (chapter 8)."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import as_array, check_count


def truncated_windows(T: int, k1: int, k2: int) -> list[tuple[int, int, int]]:
    """Cut T steps into windows: an update after every k1 steps, each looking back over k2 steps.

    Returns a list of (start, stop, gradient_start): the losses of steps start … stop − 1 are new in this window (k1 of
    them, fewer in the last), and their gradient travels back to step gradient_start = max(0, stop − k2), no further.
    Raises ValueError: T, k1 or k2 is no whole number of at least 1.
    Source: Williams and Peng 1990, BPTT(h; h') with h = k2 and h' = k1; Sutskever 2013, section 2.8.6.
    """
    for name, value in (("T", T), ("k1", k1), ("k2", k2)):
        check_count(name, value)
    stops = [min(start + k1, T) for start in range(0, T, k1)]
    return [(start, stop, max(0, stop - k2)) for start, stop in zip(range(0, T, k1), stops, strict=True)]


class Window(NamedTuple):
    """What one window of truncated_bptt gives: its place, its loss, its gradients, and the state after it."""

    start: int
    stop: int
    gradient_start: int
    loss: float
    grads: Any  # the type of params
    state: Any
    params: Any  # after the update


def truncated_bptt(
    forward: Callable,
    backward: Callable,
    loss: Callable,
    steps: Iterable[tuple[Any, Any]],
    state0: Any,
    params: Any,
    *,
    k1: int,
    k2: int,
    update: Callable | None = None,
) -> Iterator[Window]:
    """Learn from a sequence of any length in windows: the state is carried over, the gradient is cut.

    forward : (x, state, params) → (y, state_n, cache), for instance lstm_forward; x (k, B, D), y (k, B, …).
    backward : (dy, None, cache) → (dx, dstate0, grads), its pair.
    loss : (y, targets) → (loss, dy) on the steps of one window.
    steps : iterable of (x_t, target_t), for instance zip(x, targets). It is read one step at a time and only the
        last k1 + k2 steps are kept, so a generator over a text of any length is welcome: memory does not grow with it.
    state0 : the state before the first step, None for zeros.
    params : whatever forward takes and backward gives gradients for.
    k1, k2 : how often there is an update, how far its gradient travels (see truncated_windows).
    update : (params, grads) → params, called after each window; None leaves the parameters as they are.

    Yields a Window, whose grads are the exact gradient of this window's loss if the state before step gradient_start
    is held fixed. Losses of steps before gradient_start (only where k2 < k1) cannot be learned from: they are left out.
    Raises ValueError: k1 or k2 is no whole number of at least 1.
    """
    check_count("k1", k1)
    check_count("k2", k2)
    return _windows(forward, backward, loss, steps, state0, params, k1, k2, update)


def _windows(
    forward: Callable,
    backward: Callable,
    loss: Callable,
    steps: Iterable[tuple[Any, Any]],
    state0: Any,
    params: Any,
    k1: int,
    k2: int,
    update: Callable | None,
) -> Iterator[Window]:
    kept: deque = deque(maxlen=k1 + k2)  # (x_t, target_t) of the steps that may still be needed
    tail, state = (0, state0), (0, state0)  # (t, state before step t): where gradients began, and the newest
    for start, stop, new in _blocks(steps, k1):
        kept.extend(new)
        begin = max(0, stop - k2)
        known = state if begin >= state[0] else tail  # the nearest known state that is not after begin
        if begin > known[0]:  # walk it to where this window's gradient begins, without keeping a cache
            known = (begin, forward(_stack(kept, stop, known[0], begin, 0), known[1], params)[1])
        y, state_n, cache = forward(_stack(kept, stop, begin, stop, 0), known[1], params)
        first = max(start, begin) - begin
        value, dy_new = loss(y[first:], _stack(kept, stop, begin + first, stop, 1))
        dy = np.zeros_like(y)
        dy[first:] = dy_new  # only the new steps' losses: those before were counted in earlier windows
        _, _, grads = backward(dy, None, cache)
        params = params if update is None else update(params, grads)
        tail, state = known, (stop, state_n)
        yield Window(start, stop, begin, value, grads, state_n, params)


def stateful_batches(text: Any, B: int, T: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut a long text into B rows that are read side by side, T steps at a time.

    Row b of one batch goes on where row b of the batch before it stopped, so the state can be carried over.

    text : a string, or (N,) array of symbols.  B, T : rows of a batch, steps of a batch.

    Yields (x, y), each (T, B): the symbols and the ones that follow them. The last batch may have fewer steps; the at
    most B symbols that do not fill a column are left out.
    Raises ValueError: B or T is no whole number of at least 1; the text is not one-dimensional or too short for B rows.
    """
    symbols = np.array(list(text)) if isinstance(text, str) else as_array("text", text, "(N,)")
    check_count("B", B)
    check_count("T", T)
    if symbols.ndim != 1 or symbols.size <= B:
        raise ValueError(f"text: expected a string or (N,) array with N > B = {B}, got shape {symbols.shape}")
    length = (symbols.size - 1) // B
    x, y = symbols[: B * length].reshape(B, length).T, symbols[1 : B * length + 1].reshape(B, length).T
    return ((x[t : t + T].copy(), y[t : t + T].copy()) for t in range(0, length, T))


def _blocks(steps: Iterable, k1: int) -> Iterator[tuple[int, int, list]]:
    """Group steps by k1, lazily: (start, stop, the steps)."""
    start, block = 0, []
    for step in steps:
        block.append(step)
        if len(block) == k1:
            yield start, start + k1, block
            start, block = start + k1, []
    if block:
        yield start, start + len(block), block


def _stack(kept: deque, stop: int, first: int, last: int, part: int) -> np.ndarray:
    """Steps first … last − 1 as one array; the newest kept step is stop − 1."""
    offset = stop - len(kept)
    return np.stack([kept[t - offset][part] for t in range(first, last)])
