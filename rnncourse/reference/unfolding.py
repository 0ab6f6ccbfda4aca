"""The unfolded network: a deep feed-forward network with one weight matrix for each step (chapter 3).

Its backward pass gives one gradient for each copy. When the copies are tied, that is, when they are one and the same
matrix, the gradient of that matrix is the sum of the gradients of its copies.
"""

import numpy as np

from rnncourse.reference._validation import as_array, check_is_array

Array = np.ndarray


def untied_forward(x: Array, h0: Array, W: Array, R: Array, b: Array) -> Array:
    """Run a feed-forward network of T layers whose layer t has weights W[t], R[t] and bias b[t].

    x : (T, B, D).  h0 : (B, H).  W : (T, H, D).  R : (T, H, H).  b : (T, H).

    Returns h (T, B, H), the output of every layer.
    Raises ValueError: shapes that disagree.
    """
    for name, value, wanted in (
        ("x", x, "(T, B, D)"), ("h0", h0, "(B, H)"), ("W", W, "(T, H, D)"), ("R", R, "(T, H, H)"), ("b", b, "(T, H)"),
    ):  # fmt: skip
        check_is_array(name, value, wanted)
    T, H = len(x), h0.shape[-1]
    if W.shape != (T, H, x.shape[-1]) or R.shape != (T, H, H) or b.shape != (T, H):
        raise ValueError(
            f"untied_forward: W {W.shape}, R {R.shape}, b {b.shape}; "
            f"expected {(T, H, x.shape[-1])}, {(T, H, H)}, {(T, H)}"
        )
    h, below = [], h0
    for t in range(T):
        below = np.tanh(x[t] @ W[t].T + below @ R[t].T + b[t])
        h.append(below)
    return np.stack(h)


def untied_backward(dh: Array, x: Array, h0: Array, h: Array, R: Array) -> tuple[Array, Array, Array]:
    """Take the gradient of every layer's output back to the weights of each layer.

    dh : (T, B, H) ∂L/∂h_t as far as the loss looks at h_t directly.
    x, h0, R : as given to `untied_forward`.  h : its result.

    Returns (dW (T, H, D), dR (T, H, H), db (T, H)): one gradient for each layer.
    """
    T, B, H = h.shape
    dW, dR, db = np.zeros((T, H, x.shape[-1])), np.zeros((T, H, H)), np.zeros((T, H))
    from_above = np.zeros((B, H))
    for t in reversed(range(T)):
        below = h[t - 1] if t > 0 else h0
        da = (dh[t] + from_above) * (1 - h[t] ** 2)
        dW[t], dR[t], db[t] = da.T @ x[t], da.T @ below, da.sum(axis=0)
        from_above = da @ R[t]
    return dW, dR, db


def tied_gradient(dR_per_step: Array) -> Array:
    """Give the gradient (H, H) of a matrix used at every step from the gradients (T, H, H) of its copies: their sum."""
    dR_per_step = as_array("dR_per_step", dR_per_step, "shape (T, H, H)")
    if dR_per_step.ndim != 3:
        raise ValueError(f"tied_gradient: dR_per_step has shape {dR_per_step.shape}, expected (T, H, H)")
    return dR_per_step.sum(axis=0)
