"""Echo state networks: recurrent weights that are drawn once and never trained, and a readout that is solved for.

Chapter 7.
"""

import numpy as np

from rnncourse.reference._validation import check_count, check_is_array, check_number, check_params, described
from rnncourse.reference.cells import CELLS
from rnncourse.reference.params import Params


def reservoir_params(
    input_size: int,
    hidden_size: int,
    *,
    rng: np.random.Generator,
    spectral_radius: float = 0.95,
    input_scale: float = 1.0,
    bias_scale: float = 0.0,
    density: float = 1.0,
) -> Params:
    """Draw a reservoir: W and b uniform, R sparse and scaled so that its largest |eigenvalue| is spectral_radius.

    input_size, hidden_size : D and H.
    spectral_radius : near 1 for a long memory; below 1 the echo of the start usually fades (the echo state property).
    input_scale, bias_scale : W is uniform in ±input_scale, b_W in ±bias_scale; b_R is zero.
    density : the fraction of recurrent weights that are not zero, in (0, 1].

    Returns Params with W (H, D), R (H, H), b_W (H,), b_R (H,), float64.
    Raises ValueError: a size below 1, a negative scale or radius, a density outside (0, 1], or an R without a cycle
    (all its eigenvalues are zero, so it cannot be scaled: use more units or a higher density).
    Source: Jaeger 2001; Lukoševičius 2012, section 3.2.
    """
    check_count("input_size", input_size)
    check_count("hidden_size", hidden_size)
    if min(spectral_radius, input_scale, bias_scale) < 0:
        raise ValueError("spectral_radius, input_scale, bias_scale: expected numbers of at least 0")
    if not 0 < density <= 1:
        raise ValueError(f"density: expected a number in (0, 1], got {density}")
    W = rng.uniform(-input_scale, input_scale, (hidden_size, input_size))
    b_W = rng.uniform(-bias_scale, bias_scale, hidden_size)
    R = rng.uniform(-1, 1, (hidden_size, hidden_size)) * (rng.random((hidden_size, hidden_size)) < density)
    return Params(W, scale_to_spectral_radius(R, spectral_radius), b_W, np.zeros(hidden_size))


def scale_to_spectral_radius(R: np.ndarray, spectral_radius: float) -> np.ndarray:
    """R (H, H) times the number that makes its largest |eigenvalue| equal to spectral_radius."""
    if getattr(R, "ndim", None) != 2 or R.shape[0] != R.shape[1]:
        raise ValueError(f"R: got {described(R)}, expected (H, H)")
    check_number("spectral_radius", spectral_radius, 0)
    radius = float(np.abs(np.linalg.eigvals(R)).max())
    if radius < 1e-12:
        raise ValueError("R: all its eigenvalues are zero, so no factor gives it another spectral radius")
    return R * (spectral_radius / radius)


def reservoir_states(
    x: np.ndarray, params: Params, *, leak: float = 1.0, washout: int = 0, h0: np.ndarray | None = None
) -> np.ndarray:
    """Run a leaky reservoir: h_t = (1 − leak) h_{t−1} + leak tanh(W x_t + R h_{t−1} + b_W + b_R).

    x : (T, B, D).
    leak : in (0, 1]; at 1 this is the plain recurrent layer, small values make slow units.
    washout : the first steps to leave out, in which the states still depend on where the run began.
    h0 : (B, H) the state to begin with, zeros if None.

    Returns h (T − washout, B, H).
    Raises ValueError: shapes disagree, leak outside (0, 1], washout outside 0 … T − 1.
    Source: Jaeger et al. 2007, equation 2; Lukoševičius 2012, equations 2 and 3.
    """
    check_params(params, CELLS["rnn"], None)
    check_is_array("x", x, "(T, B, D)")
    H, D = params.W.shape
    if x.ndim != 3 or x.shape[2] != D:
        raise ValueError(f"x: expected shape (T, B, {D}), got {x.shape}")
    T, B, _ = x.shape
    check_number("leak", leak, 0, 1)
    if leak == 0:
        raise ValueError("leak: expected a number in (0, 1], got 0: the state would never change")
    check_count("washout", washout, 0, T - 1)
    h = np.zeros((B, H), x.dtype) if h0 is None else h0
    check_is_array("h0", h, "(B, H)")
    if h.shape != (B, H):
        raise ValueError(f"h0: expected shape {(B, H)}, got {h.shape}")
    states = np.empty((T, B, H), x.dtype)
    for t in range(T):
        h = (1 - leak) * h + leak * np.tanh(x[t] @ params.W.T + h @ params.R.T + params.b_W + params.b_R)
        states[t] = h
    return states[washout:]


def echo_state_fit(states: np.ndarray, targets: np.ndarray, ridge: float) -> np.ndarray:
    """Solve for the readout: V that minimises ‖S Vᵀ − Y‖² + ridge ‖V‖², by the normal equations.

    states : (…, H), for instance (T, B, H) after the washout; append a column of ones for a bias.
    targets : (…, K) with the same leading axes.
    ridge : at least 0; with 0 the states must have full rank.

    Returns V (K, H), so that a prediction is states @ V.T.
    Raises ValueError: leading axes differ, ridge is negative, or with ridge = 0 the states do not determine V.
    Source: Lukoševičius 2012, equation 9 (ridge, or Tikhonov, regression).
    """
    if min(getattr(a, "ndim", 0) for a in (states, targets)) < 2 or states.shape[:-1] != targets.shape[:-1]:
        both = f"{described(states)} and {described(targets)}"
        raise ValueError(f"states and targets: got {both}, expected (…, H) and (…, K)")
    if not ridge >= 0:
        raise ValueError(f"ridge: expected a number of at least 0, got {ridge}")
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    H = S.shape[1]
    if ridge == 0 and np.linalg.matrix_rank(S) < H:
        raise ValueError(f"states: rank below H = {H}, so ridge = 0 has no unique solution; use ridge > 0")
    return np.linalg.solve(S.T @ S + ridge * np.eye(H, dtype=S.dtype), S.T @ Y).T
