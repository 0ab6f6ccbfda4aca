"""How gradients travel: products of Jacobians, their norms, and the error surface with a cliff (chapter 6)."""

import numpy as np

from rnncourse.reference._validation import as_array, check_count, check_is_array, described

Array = np.ndarray


def jacobian_product(h: Array, R: Array) -> list[Array]:
    """The derivatives of the last state with respect to each state before it, for one sequence of a tanh layer.

    J_0 = I and J_{k+1} = J_k diag(1 − h_{T−k}²) R, since ∂h_t/∂h_{t−1} = diag(1 − h_t²) R.

    h : (T, H), the states h_1 … h_T.  R : (H, H).

    Returns a list of T + 1 matrices (H, H): entry k is ∂h_T/∂h_{T−k}; the last is the derivative with respect to h_0.
    Raises ValueError: shapes that disagree.
    Source: Pascanu et al. 2013, equation 5.
    """
    _check(h, R, rank=2)
    products = [np.eye(len(R), dtype=h.dtype)]
    for h_t in h[::-1]:
        products.append(products[-1] @ ((1 - h_t * h_t)[:, None] * R))
    return products


def gradient_norms_by_distance(dh_last: Array, h: Array, R: Array) -> Array:
    """The length of the blame after k steps back: |∂L/∂h_{T−k}| for a loss that sees the last state only.

    dh_{T−k−1} = Rᵀ ((1 − h_{T−k}²) ⊙ dh_{T−k}), for a tanh layer.

    dh_last : (B, H), ∂L/∂h_T.  h : (T, B, H), the states h_1 … h_T.  R : (H, H).

    Returns (T + 1, B): row k is the Euclidean norm at distance k, the last row that of h_0's gradient.
    Raises ValueError: shapes that disagree.
    Source: Bengio et al. 1994; Pascanu et al. 2013, section 2.1.
    """
    _check(h, R, rank=3)
    if getattr(dh_last, "shape", None) != h.shape[1:]:
        raise ValueError(f"dh_last: got {described(dh_last)}, expected (B, H) = {h.shape[1:]}")
    dh, norms = dh_last, [np.linalg.norm(dh_last, axis=-1)]
    for h_t in h[::-1]:
        dh = (dh * (1 - h_t * h_t)) @ R
        norms.append(np.linalg.norm(dh, axis=-1))
    return np.stack(norms)


def spectral_radius_and_norm(R: Array) -> tuple[float, float]:
    """The largest absolute eigenvalue ρ and the largest singular value σ of R (H, H); always ρ ≤ σ.

    ρ rules what Rᵏ does in the end, σ what one product with R can do at most (Horn and Johnson 2013, section 5.6).
    Raises ValueError: R is not square.
    """
    if getattr(R, "ndim", None) != 2 or R.shape[0] != R.shape[1]:
        raise ValueError(f"R: got {described(R)}, expected (H, H)")
    return float(np.abs(np.linalg.eigvals(R)).max()), float(np.linalg.svd(R, compute_uv=False)[0])


def cliff(w: Array, b: Array, steps: int = 50) -> tuple[Array, Array, Array]:
    """The error surface of one logistic neuron without input, and its gradient by backpropagation through time.

    x_0 = 0.5, x_t = w σ(x_{t−1}) + b, E = (σ(x_steps) − 0.7)². w and b: numbers or arrays of one shape.

    Returns (E, ∂E/∂w, ∂E/∂b), each of w's and b's common shape.
    Source: Doya 1993; Pascanu et al. 2013, section 2.3 and figure 6.
    """
    check_count("steps", steps)
    w, b = as_array("w", w, "numbers"), as_array("b", b, "numbers")
    if w.dtype.kind not in "fiu" or b.dtype.kind not in "fiu":
        raise TypeError(f"w and b: {w.dtype} and {b.dtype}, expected real numbers")
    if w.shape != b.shape and w.ndim and b.ndim:
        raise ValueError(f"w and b: shapes {w.shape} and {b.shape}, expected one shape, or a number")
    w, b = np.broadcast_arrays(w.astype(np.float64), b.astype(np.float64))
    x, s = np.full(w.shape, 0.5), []
    for _ in range(steps):
        s.append(1 / (1 + np.exp(-x)))
        x = w * s[-1] + b
    out = 1 / (1 + np.exp(-x))
    dx = 2 * (out - 0.7) * out * (1 - out)
    dw, db = np.zeros(w.shape), np.zeros(w.shape)
    for s_t in reversed(s):
        dw, db = dw + dx * s_t, db + dx
        dx = dx * w * s_t * (1 - s_t)
    return (out - 0.7) ** 2, dw, db


def _check(h: Array, R: Array, rank: int) -> None:
    wanted = "(T, H)" if rank == 2 else "(T, B, H)"
    check_is_array("h", h, wanted)
    check_is_array("R", R, "(H, H)")
    if h.ndim != rank:
        raise ValueError(f"h: shape {h.shape}, expected {wanted}")
    if R.shape != (h.shape[-1], h.shape[-1]):
        raise ValueError(f"R: shape {R.shape}, expected (H, H) = {(h.shape[-1],) * 2}, since h has H = {h.shape[-1]}")
