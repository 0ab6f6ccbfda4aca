"""What the fast layers share: the column layout, checked arguments, memory, and weight gradients from one product.

A step works on columns, (G·H, B) instead of the page's rows (B, G·H): each gate is then one contiguous block, and R @ h
takes 20 % less time in OpenBLAS than h @ Rᵀ with a contiguous Rᵀ, 30 to 45 % less than h @ R.T. A single sequence
(B = 1) drops the last axis: vectors are cheaper to call with than matrices of one column. Gains named in comments were
measured in float32 on one thread with (T, B, D, H) = (100, 32, 64, 128), or (1000, 1, 64, 128) where B = 1 is said, or
(100, 64, 256, 512) where H = 512 is said; benchmarks/README.md has the tables.
"""

import weakref
from collections import deque
from typing import Any

import numpy as np

from rnncourse.reference._validation import check_array, check_finite, check_layer, check_sequence, check_state
from rnncourse.reference.cells import Cell
from rnncourse.reference.params import Params

Array = np.ndarray
State = tuple[Array, ...]
BLOCK = 1 << 17  # elements that backward prepares at once; half or twice as many cost 7 % more


def check_arguments(x: Any, state0: Any, params: Any, lengths: Any, cell: Cell) -> tuple[Array, State, Array | None]:
    """x (T, B, D) with zeros for padding, state0 with zeros for None, and (T, B) who has ended, None if nobody has."""
    check_layer(x, state0, params, cell)
    x, valid = check_sequence(x, state0, params, lengths)
    state = check_state("state0", state0, len(cell.state), (x.shape[1], params.R.shape[1]), x.dtype)
    return x, state, None if valid is None or valid.all() else ~valid[..., 0]


def check_gradients(dh: Any, dstate_n: Any, h: Array, ended: Array | None, cell: Cell) -> tuple[Array, State]:
    """dh (T, B, H) with zeros for padding as columns, and dstate_n as columns of its own memory.

    h : (T + 1, H, B), or (T + 1, H) for a single sequence, is what forward made.
    """
    T, H = len(h) - 1, h.shape[1]
    B = h[0].size // H
    check_array("dh", dh, dtype=h.dtype, T=T, B=B, H=H)
    dh = dh if ended is None else np.where(ended[..., None], 0, dh)
    check_finite("dh", dh)
    state = check_state("dstate_n", dstate_n, len(cell.state), (B, H), h.dtype)
    for k, part in enumerate(state):
        check_finite(f"dstate_n[{k}]", part)
    cols = dh[:, 0] if h.ndim == 2 else np.ascontiguousarray(dh.transpose(0, 2, 1))
    return cols, tuple(part.T.reshape(h.shape[1:]).copy() for part in state)


def buffers(dtype: Any, *shapes: tuple[int, ...]) -> list[Array]:
    """Uninitialised arrays cut from one allocation, which is used again once the last of them is gone.

    Fresh memory of this size comes from the system at each pass, zeroed page by page at its first touch: used again it
    saves 9 % of forward at H = 512, more where memory is scarce. At most four allocations are kept.
    """
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends = np.cumsum(sizes)
    memory = _memory(np.dtype(dtype), int(ends[-1]))
    return [memory[end - size : end].reshape(shape) for size, end, shape in zip(sizes, ends, shapes, strict=True)]


_SPARE: deque[memoryview] = deque(maxlen=4)


def _memory(dtype: np.dtype, size: int) -> Array:
    """An array over spare memory that fits, or over new memory; what it lies on becomes spare when it dies."""
    wanted, unfit, found = size * dtype.itemsize, [], None
    while found is None and _SPARE:
        try:
            candidate = _SPARE.pop()
        except IndexError:  # another thread was faster
            break
        if wanted <= candidate.nbytes <= 2 * wanted:
            found = candidate
        else:
            unfit.append(candidate)
    _SPARE.extendleft(unfit)
    found = np.empty(wanted, np.uint8).data if found is None else found
    memory = np.frombuffer(found, dtype, size)
    weakref.finalize(memory, _SPARE.append, found).atexit = False  # views refer to `memory`, so they keep it alive
    return memory


def fill_inputs(xh: Array, x: Array, h0: Array) -> None:
    """Let xh (T + 1, D + H + 1, B) hold [x_t; h_{t−1}; 1] at t; the loop writes each h_t into the place at t + 1.

    One product [W | R | b] @ [x; h; 1] a step then adds input, state and bias at once (−17 % against two products).
    """
    D, H = x.shape[2], h0.shape[1]
    xh[:-1, :D] = x.transpose(0, 2, 1)
    xh[-1, :D] = 0
    xh[0, D : D + H] = h0.T
    xh[:, -1] = 1


def input_products(x: Array, W: Array, b: Array) -> Array:
    """W x_t + b of a single sequence for all steps in one product: x (T, 1, D) to (T, G·H)."""
    (pre,) = buffers(x.dtype, (len(x), len(W)))
    np.matmul(x[:, 0], W.T, out=pre)
    pre += b
    return pre


def rows(cols: Array, ended: Array | None = None) -> Array:
    """(T, H, B) as a new contiguous (T, B, H), zero where a sequence has ended; (T, H) as (T, 1, H)."""
    if cols.ndim == 2:
        return cols[:, None].copy()
    copy = np.array(cols.transpose(0, 2, 1), order="C")
    if ended is not None:
        copy[ended] = 0
    return copy


def as_state(*parts: Array) -> State:
    """Columns (H, B) or (H,) as new arrays (B, H)."""
    return tuple(np.array(part.reshape(len(part), -1).T, order="C") for part in parts)


def flat_steps(cols: Array) -> Array:
    """(T, G, B) as (G, T·B), so that a sum over steps and batch is one product; a single sequence moves nothing."""
    if cols.ndim == 2:
        return cols.T
    T, G, B = cols.shape
    return np.ascontiguousarray(cols.transpose(1, 0, 2)).reshape(G, T * B)


def empty_flat(like: Array, G: int, T: int) -> tuple[Array, Array]:
    """Memory for da over all steps, (G, T·B) for the products, and the same memory step by step, (T, G, B).

    A block of steps is written straight to its place, so that no array of all gates has to be turned around later.
    """
    if like.ndim == 1:
        (steps,) = buffers(like.dtype, (T, G))
        return steps.T, steps
    (memory,) = buffers(like.dtype, (G, T, like.shape[1]))
    return memory.reshape(G, -1), memory.transpose(1, 0, 2)


def blocks(T: int, size: int) -> list[slice]:
    """Runs of steps from the last to the first, of about BLOCK elements where a step has `size`.

    The factors of backward that need no dh are computed for a whole run: few calls where steps are small (at B = 1
    backward takes 9 ms instead of 24), memory that stays in cache where they are large.
    """
    n = max(1, BLOCK // size)
    return [slice(max(0, stop - n), stop) for stop in range(T, 0, -n)]


def reorder(params: Params, order: list[int]) -> tuple[Array, Array, Array, Array]:
    """W, R, b_W, b_R with the gates' blocks in another order."""
    H = len(params.b_R) // len(order)
    index = np.concatenate([np.arange(k * H, (k + 1) * H) for k in order])
    return params.W[index], params.R[index], params.b_W[index], params.b_R[index]
