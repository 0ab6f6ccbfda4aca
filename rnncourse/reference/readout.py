"""Into and out of the network: embedding, linear readout, and the two losses with masks (chapter 4)."""

from typing import Any

import numpy as np

from rnncourse.reference._validation import as_array, check_array, check_finite, check_integers
from rnncourse.reference.ops import log_softmax

Array = np.ndarray


def linear_forward(x: Array, V: Array, b_V: Array) -> tuple[Array, tuple[Array, Array]]:
    """y = V x + b_V at every position: x (…, H), V (K, H), b_V (K,) to (y (…, K), cache)."""
    check_array("V", V, K=None, H=None)
    check_array("b_V", b_V, dtype=V.dtype, K=V.shape[0])
    check_array("x", x, dtype=V.dtype, **_axes(getattr(x, "shape", ())[:-1]), H=V.shape[1])
    return x @ V.T + b_V, (x, V)


def linear_backward(dy: Array, cache: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """Gradient of `linear_forward`: dy (…, K) to (dx (…, H), dV (K, H), db_V (K,))."""
    x, V = cache
    K, H = V.shape
    check_array("dy", dy, dtype=V.dtype, **_axes(x.shape[:-1]), K=K)
    flat = dy.reshape(-1, K)
    return dy @ V, flat.T @ x.reshape(-1, H), flat.sum(axis=0)


def embedding_forward(indices: Array, E: Array) -> tuple[Array, tuple[Array, Array]]:
    """x = E[index], a row for each word: integers (…) in 0 … K-1 and E (K, D) to (x (…, D), cache)."""
    check_array("E", E, K=None, D=None)
    indices = as_array("indices", indices, "integers")
    check_integers("indices", indices, 0, len(E) - 1, **_axes(indices.shape))
    return E[indices], (indices, E)


def embedding_backward(dx: Array, cache: tuple[Array, Array]) -> Array:
    """Gradient of `embedding_forward`: dx (…, D) to dE (K, D); a word used twice gets both gradients."""
    indices, E = cache
    check_array("dx", dx, dtype=E.dtype, **_axes(indices.shape), D=E.shape[1])
    dE = np.zeros_like(E)
    np.add.at(dE, indices, dx)
    return dE


def softmax_cross_entropy(logits: Array, targets: Any, *, mask: Any = None) -> tuple[float, Array]:
    """Cross-entropy -log softmax(y_t)[target], summed over unmasked steps and divided by the batch size B.

    logits : y (T, B, K), or (B, K) for one step.
    targets : integers (T, B) or (B,) in 0 … K-1; anything where the mask is False.
    mask : bool like targets, True where a step counts; None counts all.

    Returns (loss, dlogits): the number, and its gradient, like logits and zero where masked.
    Source: Bridle 1990; the gradient is (softmax(y) - one-hot(target)) / B.
    """
    logits, mask = _check_masked("logits", logits, mask)
    targets = as_array("targets", targets, f"integers of shape {mask.shape}")
    if targets.shape == mask.shape and targets.dtype.kind in "iu":
        targets = np.where(mask, targets, 0)
    targets = check_integers("targets", targets, 0, logits.shape[-1] - 1, **_axes(mask.shape))
    B = logits.shape[-2]
    log_p = log_softmax(logits)
    at_target = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    loss = -(at_target * mask).sum() / B
    one_hot = np.arange(logits.shape[-1]) == targets[..., None]
    dlogits = (np.exp(log_p) - one_hot) * mask[..., None] / B
    return float(loss), dlogits


def squared_error(prediction: Array, target: Array, *, mask: Any = None) -> tuple[float, Array]:
    """(prediction - target)², summed over outputs and unmasked steps and divided by the batch size B (no ½).

    prediction, target : (T, B, K), or (B, K) for one step; the target may hold anything where masked.
    mask : bool (T, B) or (B,), True where a step counts; None counts all.

    Returns (loss, dprediction): the number, and its gradient, like prediction and zero where masked.
    """
    prediction, counts = _check_masked("prediction", prediction, mask)
    check_array("target", target, dtype=prediction.dtype, **_axes(prediction.shape[:-1]), K=prediction.shape[-1])
    difference = prediction - np.where(counts[..., None], target, 0)
    check_finite("target", difference)
    B = prediction.shape[-2]
    return float((difference**2).sum() / B), 2 * difference / B


def _check_masked(name: str, y: Array, mask: Any) -> tuple[Array, Array]:
    """y with zeros where masked, and the mask as an array of bool."""
    one_step = getattr(y, "ndim", 3) == 2
    check_array(name, y, **({"B": None, "K": None} if one_step else {"T": None, "B": None, "K": None}))
    mask = np.ones(y.shape[:-1], bool) if mask is None else as_array("mask", mask, f"bool of shape {y.shape[:-1]}")
    if mask.dtype != bool:
        raise TypeError(f"mask: {mask.dtype} array of shape {mask.shape}, expected bool of shape {y.shape[:-1]}")
    if mask.shape != y.shape[:-1]:
        raise ValueError(f"mask: shape {mask.shape}, expected {y.shape[:-1]}, that of {name} without its last axis")
    y = np.where(mask[..., None], y, y.dtype.type(0))
    check_finite(name, y)
    return y, mask


def _axes(shape: tuple[int, ...]) -> dict[str, int]:
    """Letters for leading axes of any number: B, or T and B, or N0, N1, …"""
    letters = ("T", "B")[-len(shape) :] if len(shape) <= 2 else [f"N{k}" for k in range(len(shape))]
    return dict(zip(letters, shape, strict=False))
