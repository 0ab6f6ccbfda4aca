"""The plain RNN as functions of plain arrays, one idea a function: the forms that chapters 03 to 05 build.

`rnncourse.reference.rnn` is the layer with all its options (lengths, nonlinearities, caches). These functions
are the same equations with nothing around them; tests hold the two equal.
Shapes: T time, B batch, D input, H hidden, K classes. One bias b stands for the sum b_W + b_R.
"""

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def rnn_step(x_t: Array, h_prev: Array, W: Array, R: Array, b: Array) -> Array:
    """h_t = tanh(W x_t + R h_{t-1} + b).   x_t (B, D), h_prev (B, H), W (H, D), R (H, H), b (H,) -> h (B, H)"""
    return np.tanh(x_t @ W.T + h_prev @ R.T + b)


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


def rnn_forward(x: Array, h0: Array, W: Array, R: Array, b: Array) -> Array:
    """Every state of the layer.   x (T, B, D), h0 (B, H), W (H, D), R (H, H), b (H,) -> h (T, B, H)"""
    h = np.empty((*x.shape[:2], R.shape[0]), dtype=x.dtype)
    h_prev = h0
    for t in range(len(x)):
        h[t] = h_prev = np.tanh(x[t] @ W.T + h_prev @ R.T + b)
    return h


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


def softmax_cross_entropy(logits: Array, targets: Array, mask: Array) -> float:
    """Sum over the unmasked steps, mean over the batch.   logits (T, B, K), targets (T, B) int, mask (T, B) bool

    The largest logit is taken off first: exp then never overflows, and the probabilities stay the same.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_normaliser = np.log(np.exp(shifted).sum(axis=-1))
    right = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]
    return float(((log_normaliser - right) * mask).sum() / logits.shape[1])


def count_parameters(cell: str, D: int, H: int, layers: int) -> int:
    """Numbers in W (G·H, D), R (G·H, H), b_W and b_R (G·H,) of every layer; layers after the first read H inputs."""
    G = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    return sum(G * H * (inputs + H + 2) for inputs in [D] + [H] * (layers - 1))


def last_valid(h: Array, lengths: Array) -> Array:
    """The state at each sequence's own last step.   h (T, B, H), lengths (B,) int, 1 to T -> (B, H)"""
    return h[lengths - 1, np.arange(len(lengths))]
