"""The elementwise functions of every cell and of the readout, safe at any magnitude.

Each derivative is written as a function of the value, as the backward passes need it.
"""

import numpy as np

Array = np.ndarray


def sigmoid(a: Array) -> Array:
    """σ(a) = 1 / (1 + e^{-a}), any shape, without overflow: only e^{-|a|} ≤ 1 is ever computed."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


def dsigmoid(s: Array) -> Array:
    """dσ/da where s = σ(a)."""
    return s * (1 - s)


def dtanh(h: Array) -> Array:
    """d tanh/da where h = tanh(a)."""
    return 1 - h * h


def relu(a: Array) -> Array:
    """max(a, 0), any shape; a NaN stays a NaN."""
    return np.maximum(a, 0)


def drelu(h: Array) -> Array:
    """d relu/da where h = relu(a); 0 at the kink, as torch has it."""
    return (h > 0).astype(h.dtype)


def log_softmax(y: Array) -> Array:
    """log softmax over the last axis, y (…, K), by log Σ e^{y_k} = m + log Σ e^{y_k - m} with m the largest."""
    y = y - y.max(axis=-1, keepdims=True)
    return y - np.log(np.exp(y).sum(axis=-1, keepdims=True))


def softmax(y: Array) -> Array:
    """Softmax over the last axis, y (…, K), without overflow."""
    e = np.exp(y - y.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
