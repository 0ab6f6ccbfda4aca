"""Attention: a query asks all steps of a sequence and gets a weighted mean of what they hold (chapter 14).

Both scores share the same three lines: scores e_t, weights α = softmax(e), context Σ_t α_t v_t. Chapter 13
attends from one sequence to another.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_is_array


class AdditiveParams(NamedTuple):
    """The score vᵀ tanh(W q + U k_t): W (A, Q), U (A, D), v (A,); gradients have the same type."""

    W: np.ndarray
    U: np.ndarray
    v: np.ndarray


def dot_attention_forward(
    query: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    mask: np.ndarray | None = None,
    *,
    scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Attend with the score e_t = scale · qᵀ k_t.

    query : (B, D).  keys : (T, B, D).  values : (T, B, E).
    mask : (T, B) bool, True at valid steps; None means all are. Steps outside get weight zero, whatever they hold.
    scale : 1 for Luong's score, 1/√D for the transformer's.

    Returns (context (B, E), weights (T, B), cache).
    Raises ValueError: shapes disagree, or a column of the mask has no valid step; TypeError: the mask is not boolean.
    Source: Luong et al. 2015, equation 8 (dot); Vaswani et al. 2017, equation 1 (scale).
    """
    _check_arrays(query, keys, values, mask)
    if query.ndim != 2 or keys.ndim != 3 or keys.shape[1:] != query.shape:
        raise ValueError(f"query and keys: expected (B, D) and (T, B, D), got {query.shape} and {keys.shape}")
    _check_values_and_mask(keys, values, mask)
    keys, values = _within(keys, mask), _within(values, mask)
    e = scale * np.einsum("bd,tbd->tb", query, keys)
    α, context = _weigh(e, values, mask)
    return context, α, (query, keys, values, α, scale)


def dot_attention_backward(
    dcontext: np.ndarray, cache: tuple, dweights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From ∂L/∂context (B, E), and ∂L/∂weights (T, B) if there is one, to (dquery, dkeys, dvalues)."""
    query, keys, values, α, scale = cache
    de, dvalues = _weigh_backward(dcontext, dweights, values, α)
    return scale * np.einsum("tb,tbd->bd", de, keys), scale * de[..., None] * query, dvalues


def additive_attention_forward(
    query: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    params: AdditiveParams,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Attend with the score e_t = vᵀ tanh(W q + U k_t).

    query : (B, Q).  keys : (T, B, D).  values : (T, B, E).  params : AdditiveParams.  mask : as for the dot product.

    Returns (context (B, E), weights (T, B), cache).
    Raises ValueError, TypeError: as `dot_attention_forward`.
    Source: Bahdanau et al. 2015, equations 5 and 6 and appendix A.1.2.
    """
    W, U, v = params
    _check_arrays(query, keys, values, mask)
    if query.ndim != 2 or keys.ndim != 3 or keys.shape[1] != query.shape[0]:
        raise ValueError(f"query and keys: expected (B, Q) and (T, B, D), got {query.shape} and {keys.shape}")
    wanted = AdditiveParams((v.size, query.shape[1]), (v.size, keys.shape[2]), (v.size,))  # type: ignore[arg-type]
    for name, shape in wanted._asdict().items():
        if getattr(params, name).shape != shape:
            raise ValueError(f"params.{name}: expected shape {shape}, got {getattr(params, name).shape}")
    _check_values_and_mask(keys, values, mask)
    keys, values = _within(keys, mask), _within(values, mask)
    u = np.tanh(query @ W.T + keys @ U.T)
    α, context = _weigh(u @ v, values, mask)
    return context, α, (query, keys, values, α, params, u)


def additive_attention_backward(
    dcontext: np.ndarray, cache: tuple, dweights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, AdditiveParams]:
    """From ∂L/∂context (B, E), and ∂L/∂weights (T, B) if there is one, to (dquery, dkeys, dvalues, dparams)."""
    query, keys, values, α, (W, U, v), u = cache
    de, dvalues = _weigh_backward(dcontext, dweights, values, α)
    da = de[..., None] * v * (1 - u * u)  # a is what tanh was applied to
    dq = da.sum(axis=0)  # W q is added at every step
    grads = AdditiveParams(dq.T @ query, np.einsum("tba,tbd->ad", da, keys), np.einsum("tb,tba->a", de, u))
    return dq @ W, da @ U, dvalues, grads


def _within(a: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Zeros outside the mask: 0 · NaN would be NaN."""
    return a if mask is None else np.where(mask[..., None], a, 0)


def _weigh(e: np.ndarray, values: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Softmax over the valid steps, and the mean of the values with these weights."""
    e = e if mask is None else np.where(mask, e, -np.inf)
    exp = np.exp(e - e.max(axis=0))
    α = exp / exp.sum(axis=0)
    return α, np.einsum("tb,tbe->be", α, values)


def _weigh_backward(
    dcontext: np.ndarray, dweights: np.ndarray | None, values: np.ndarray, α: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if dcontext.shape != values.shape[1:]:
        raise ValueError(f"dcontext: expected shape {values.shape[1:]}, got {dcontext.shape}")
    dα: Any = np.einsum("be,tbe->tb", dcontext, values)
    dα = dα if dweights is None else dα + dweights
    return α * (dα - (α * dα).sum(axis=0)), α[..., None] * dcontext  # softmax: de = α (dα − Σ α dα)


def _check_arrays(query: Any, keys: Any, values: Any, mask: Any) -> None:
    check_is_array("query", query, "(B, D)")
    check_is_array("keys", keys, "(T, B, D)")
    check_is_array("values", values, "(T, B, E)")
    if mask is not None:
        check_is_array("mask", mask, "(T, B)")


def _check_values_and_mask(keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None) -> None:
    if values.ndim != 3 or values.shape[:2] != keys.shape[:2]:
        raise ValueError(f"values: expected shape (T, B, E) with (T, B) = {keys.shape[:2]}, got {values.shape}")
    if mask is None:
        return
    if mask.dtype != bool:
        raise TypeError(f"mask: expected bool, got {mask.dtype}")
    if mask.shape != keys.shape[:2]:
        raise ValueError(f"mask: expected shape {keys.shape[:2]}, got {mask.shape}")
    if not mask.any(axis=0).all():
        raise ValueError("mask: a column has no valid step, so it has no weights")
