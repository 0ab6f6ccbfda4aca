"""A mixture of Gaussians in two dimensions: where a pen goes next that may go several ways (chapter 16, planned).

Six numbers a component, as a network's readout gives them, stand on the last axis in this order: the weight's logit,
μ_x, μ_y, log σ_x, log σ_y, and r with ρ = tanh r. The components stand on the axis before.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import FLOATS, as_array, check_array, check_finite, check_is_array, check_number
from rnncourse.reference.ops import log_softmax

Array = np.ndarray


class Components(NamedTuple):
    """What the six numbers mean, each (…, M)."""

    log_π: Array
    μ_x: Array
    μ_y: Array
    log_σ_x: Array
    log_σ_y: Array
    ρ: Array
    log_C: Array  # C = 1 / (1 − ρ²) = cosh² r, which stays exact where ρ comes close to 1


def components(params: Array) -> Components:
    """The readout's numbers, params (…, M, 6), as weights, means, deviations and correlations.

    Source: Graves 2013, equations 19 to 22.
    """
    logit, μ_x, μ_y, log_σ_x, log_σ_y, r = np.moveaxis(params, -1, 0)
    log_C = 2 * (np.logaddexp(r, -r) - math.log(2))
    return Components(log_softmax(logit), μ_x, μ_y, log_σ_x, log_σ_y, np.tanh(r), log_C)


def mixture_log_density(params: Array, target: Array) -> Array:
    """log Σ_m π_m N_m(target), in nats.

    params : (…, M, 6).  target : (…, 2), x and y; the leading axes are broadcast.

    Returns (…).
    Raises TypeError, ValueError: params or target of another type, their last axis of another size.
    Source: Graves 2013, equations 23 to 25.
    """
    for name, a, size in (("params", params, 6), ("target", target, 2)):
        check_is_array(name, a, f"(…, {size})")
        if a.dtype not in FLOATS or a.ndim == 0 or a.shape[-1] != size:
            raise ValueError(f"{name}: {a.dtype} array of shape {a.shape}, expected floats of shape (…, {size})")
    return _densities(components(params), target).log_density


class Densities(NamedTuple):
    """The steps from components to the density, each (…, M); only the last is (…)."""

    z_x: Array
    z_y: Array
    Z: Array
    log_N: Array
    log_density: Array


def _densities(c: Components, target: Array) -> Densities:
    z_x = (target[..., 0, None] - c.μ_x) * np.exp(-c.log_σ_x)
    z_y = (target[..., 1, None] - c.μ_y) * np.exp(-c.log_σ_y)
    Z = z_x**2 + z_y**2 - 2 * c.ρ * z_x * z_y
    log_N = -math.log(2 * math.pi) - c.log_σ_x - c.log_σ_y + c.log_C / 2 - np.exp(c.log_C) * Z / 2
    return Densities(z_x, z_y, Z, log_N, np.logaddexp.reduce(c.log_π + log_N, axis=-1))


def mixture_nll(params: Array, target: Array, *, mask: Any = None) -> tuple[float, Array]:
    """−log density of the targets, in nats, summed over unmasked steps and divided by the batch size B.

    params : (T, B, M, 6).  target : (T, B, 2), x and y; it may hold anything where masked.
    mask : bool (T, B), True where a step counts; None counts all.

    Returns (loss, dparams): the number, and its gradient, like params and zero where masked. γ is the share of each
    component in the target's density.
    Raises TypeError, ValueError: shapes or types disagree, numbers that are not finite.
    Source: Graves 2013, equation 26 and the derivatives after it, without the end of stroke.
    """
    params, target, mask = _check(params, target, mask)
    B = params.shape[1]
    c = components(params)
    z_x, z_y, Z, log_N, log_density = _densities(c, target)
    loss = -(log_density * mask).sum() / B

    γ = np.exp(c.log_π + log_N - log_density[..., None])
    C = np.exp(c.log_C)
    u_x, u_y = C * (z_x - c.ρ * z_y), C * (z_y - c.ρ * z_x)  # −∂ log N/∂z
    dlogit = np.exp(c.log_π) - γ
    dμ_x, dμ_y = -γ * u_x * np.exp(-c.log_σ_x), -γ * u_y * np.exp(-c.log_σ_y)
    dlog_σ_x, dlog_σ_y = -γ * (u_x * z_x - 1), -γ * (u_y * z_y - 1)
    dr = -γ * (z_x * z_y + c.ρ * (1 - C * Z))
    dparams = np.stack([dlogit, dμ_x, dμ_y, dlog_σ_x, dlog_σ_y, dr], axis=-1)
    return float(loss), dparams * mask[..., None, None] / B


def mixture_sample(params: Array, rng: np.random.Generator, *, bias: float = 0.0) -> Array:
    """Draw one point from each mixture, params (B, M, 6): a component by its weight, then a point of it.

    bias : b ≥ 0 makes the likely likelier: logits times 1 + b, deviations times e^{-b}. 0 is the mixture itself.

    Returns (B, 2), of the type of params.
    Raises TypeError, ValueError: params of another shape or type or not finite, a bias below 0.
    Source: Graves 2013, section 5.4, equations 61 and 62.
    """
    check_array("params", params, dtype=None, B=None, M=None, **{"6": 6})
    check_finite("params", params)
    check_number("bias", bias, 0)
    B = len(params)
    biased = params.copy()
    biased[..., 0] *= 1 + bias
    biased[..., 3:5] -= bias
    c = components(biased)
    chosen = (c.log_π + rng.gumbel(size=c.log_π.shape)).argmax(axis=-1)  # m with probability π_m
    _, μ_x, μ_y, log_σ_x, log_σ_y, ρ, log_C = (a[np.arange(B), chosen] for a in c)
    e_x, e_y = rng.standard_normal((2, B))
    x = μ_x + np.exp(log_σ_x) * e_x
    y = μ_y + np.exp(log_σ_y) * (ρ * e_x + np.exp(-log_C / 2) * e_y)
    return np.stack([x, y], axis=-1).astype(params.dtype)


def _check(params: Array, target: Array, mask: Any) -> tuple[Array, Array, Array]:
    """The arguments with zeros where masked, and the mask as an array of bool."""
    check_array("params", params, dtype=None, T=None, B=None, M=None, **{"6": 6})
    T, B = params.shape[:2]
    check_array("target", target, dtype=params.dtype, T=T, B=B, **{"2": 2})
    mask = np.ones((T, B), bool) if mask is None else as_array("mask", mask, f"bool of shape (T={T}, B={B})")
    if mask.dtype != bool or mask.shape != (T, B):
        raise ValueError(f"mask: {mask.dtype} array of shape {mask.shape}, expected bool of shape (T={T}, B={B})")
    zero = params.dtype.type(0)
    params, target = np.where(mask[..., None, None], params, zero), np.where(mask[..., None], target, zero)
    check_finite("params", params)
    check_finite("target", target)
    return params, target, mask
