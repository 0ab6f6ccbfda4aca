"""Hessian-free optimisation of a recurrent network: products with the Gauss–Newton matrix, and the step that uses them.

Chapter 7.

The network is h = RNN(x), y = V h + b_V; its parameters are θ = (params, V, b_V). J is the Jacobian of all outputs y
with respect to θ, L″ the loss's second derivative with respect to y. G = Jᵀ L″ J is never written down: J v is one pass
forward in time (the R-operator), Jᵀ u one pass of backpropagation through time.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_array, check_choice, check_finite
from rnncourse.reference.cells import NONLINEARITIES
from rnncourse.reference.ops import drelu, dtanh, softmax
from rnncourse.reference.optim import tree_arrays, tree_map
from rnncourse.reference.params import Params
from rnncourse.reference.readout import linear_backward, linear_forward, softmax_cross_entropy, squared_error
from rnncourse.reference.rnn import rnn_backward, rnn_forward

Array = np.ndarray
LOSSES: dict[str, Callable] = {"softmax": softmax_cross_entropy, "squared": squared_error}


class Theta(NamedTuple):
    """A plain network with its readout; gradients, and the vectors that G is multiplied with, have the same type."""

    params: Params
    V: Array  # (K, H)
    b_V: Array  # (K,)


class Problem(NamedTuple):
    """What is learned: inputs, targets, and how they are compared."""

    x: Array  # (T, B, D)
    targets: Array  # (T, B) int for "softmax", (T, B, K) for "squared"
    loss: str = "squared"  # "squared": Σ (y − target)² / B, "softmax": the cross-entropy, Σ over steps / B
    mask: Array | None = None  # (T, B) bool, True where a step counts
    nonlinearity: str = "tanh"


def network_loss(theta: Theta, problem: Problem) -> float:
    """The loss of the network on the problem, from zero initial state."""
    return _run(theta, problem)[0]


def network_gradient(theta: Theta, problem: Problem) -> tuple[float, Theta]:
    """The loss and its gradient, by backpropagation through time."""
    loss, dy, _, h_cache, y_cache = _run(theta, problem)
    return loss, _backward(dy, h_cache, y_cache)


def rnn_jacobian_product(v: Params, params: Params, x: Array, h: Array, *, nonlinearity: str = "tanh") -> Array:
    """R{h}: how the states h (T, B, H) of rnn_forward from zero state move when the parameters move along v.

    It is the chain rule carried forward in time, with ȧ for R{a}:
    ȧ_t = Ẇ x_t + ḃ_W + Ṙ h_{t−1} + R ḣ_{t−1} + ḃ_R,  ḣ_t = φ′(a_t) ȧ_t.

    Source: Pearlmutter 1994, section 3; for recurrent networks Martens and Sutskever 2011, section 2.
    """
    check_choice("nonlinearity", nonlinearity, NONLINEARITIES)
    check_array("v.W", v.W, dtype=params.W.dtype, H=params.W.shape[0], D=params.W.shape[1])
    derivatives: dict[str, Callable] = {"tanh": dtanh, "relu": drelu, "linear": np.ones_like}
    Rh = np.zeros_like(h)
    h_prev, Rh_prev = np.zeros_like(h[0]), np.zeros_like(h[0])
    for t in range(len(x)):
        Ra = x[t] @ v.W.T + v.b_W + h_prev @ v.R.T + Rh_prev @ params.R.T + v.b_R
        Rh[t] = derivatives[nonlinearity](h[t]) * Ra
        h_prev, Rh_prev = h[t], Rh[t]
    return Rh


def gauss_newton_product(v: Theta, theta: Theta, problem: Problem) -> Theta:
    """G v = Jᵀ L″ J v, at the price of two passes forward and one back.

    For "squared" L″ is 2/B times the identity; for "softmax" it is (diag(p) − p pᵀ) / B at every step. Masked steps
    have none. G has no negative curvature, whatever the network.

    Source: Schraudolph 2002, section 3; Martens 2010, section 4.3.
    """
    _, _, y, h_cache, y_cache = _run(theta, problem)
    h = y_cache[0]
    Rh = rnn_jacobian_product(v.params, theta.params, problem.x, h, nonlinearity=problem.nonlinearity)
    Ry = Rh @ theta.V.T + h @ v.V.T + v.b_V  # J v
    B = y.shape[1]
    if problem.loss == "softmax":
        p = softmax(y)
        u = p * (Ry - (p * Ry).sum(axis=-1, keepdims=True)) / B  # L″ J v
    else:
        u = 2 * Ry / B
    u = u if problem.mask is None else u * problem.mask[..., None]
    return _backward(u, h_cache, y_cache)


def conjugate_gradient(
    product: Callable[[Any], Any], b: Any, *, start: Any = None, iterations: int = 50, tolerance: float = 1e-10
) -> Any:
    """Solve A z = b for positive definite A, known only through product(v) = A v.

    b and z are trees of arrays (a Theta, a list, an array). Stops when ‖b − A z‖ ≤ tolerance ‖b‖ or after `iterations`.
    Source: Hestenes and Stiefel 1952.
    """
    z = tree_map(np.zeros_like, b) if start is None else start
    r = tree_map(np.subtract, b, product(z))
    d, rr = r, dot(r, r)
    limit = tolerance**2 * dot(b, b)
    for _ in range(iterations):
        if rr <= limit:
            break
        Ad = product(d)
        α = rr / dot(d, Ad)
        z = tree_map(lambda z, d, α=α: z + α * d, z, d)
        r = tree_map(lambda r, Ad, α=α: r - α * Ad, r, Ad)
        rr, before = dot(r, r), rr
        d = tree_map(lambda r, d, β=rr / before: r + β * d, r, d)
    return z


class HessianFreeState(NamedTuple):
    """What a step hands to the next: the damping λ and the last direction, where conjugate gradients start."""

    damping: float
    direction: Any
    loss: float  # after the step


def hessian_free_step(
    theta: Theta, problem: Problem, state: HessianFreeState | None = None, *, damping: float = 1.0, iterations: int = 50
) -> tuple[Theta, HessianFreeState]:
    """One step: solve (G + λ I) δ = −gradient by conjugate gradients, go there if the loss falls, and adapt λ.

    λ follows Levenberg and Marquardt: with ρ the loss's change over the quadratic model's, it grows by 3/2 where
    ρ < 1/4 and shrinks by 2/3 where ρ > 3/4. A step that raises the loss is halved until it lowers it, at most ten
    times; if none does, theta stays.

    Source: Martens 2010, sections 4.1 to 4.6; Martens and Sutskever 2011.
    """
    λ, start = (damping, None) if state is None else state[:2]
    loss, gradient = network_gradient(theta, problem)
    minus_gradient = tree_map(np.negative, gradient)

    def damped(v: Theta) -> Theta:
        return tree_map(lambda Gv, v: Gv + λ * v, gauss_newton_product(v, theta, problem), v)

    δ = conjugate_gradient(damped, minus_gradient, start=start, iterations=iterations, tolerance=1e-4)
    predicted = dot(gradient, δ) + 0.5 * dot(δ, damped(δ))
    for halving in range(11):
        new = tree_map(lambda θ, d, size=0.5**halving: θ + size * d, theta, δ)
        new_loss = network_loss(new, problem)
        if halving == 0:
            ρ = (new_loss - loss) / predicted if predicted < 0 else 0.0
        if new_loss < loss:
            break
    else:
        new, new_loss, δ = theta, loss, None
    λ = λ * 1.5 if not ρ >= 0.25 else λ / 1.5 if ρ > 0.75 else λ
    return new, HessianFreeState(λ, δ, new_loss)


def dot(a: Any, b: Any) -> float:
    """The inner product of two trees of arrays."""
    return sum(float(np.vdot(x, y)) for x, y in zip(tree_arrays(a), tree_arrays(b), strict=True))


def _run(theta: Theta, problem: Problem) -> tuple[float, Array, Array, Any, Any]:
    check_choice("problem.loss", problem.loss, tuple(LOSSES))
    check_finite("theta.V", theta.V)
    h, _, h_cache = rnn_forward(problem.x, None, theta.params, nonlinearity=problem.nonlinearity)
    y, y_cache = linear_forward(h, theta.V, theta.b_V)
    loss, dy = LOSSES[problem.loss](y, problem.targets, mask=problem.mask)
    return loss, dy, y, h_cache, y_cache


def _backward(dy: Array, h_cache: Any, y_cache: Any) -> Theta:
    """Jᵀ dy."""
    dh, dV, db_V = linear_backward(dy, y_cache)
    return Theta(rnn_backward(dh, None, h_cache)[2], dV, db_V)
