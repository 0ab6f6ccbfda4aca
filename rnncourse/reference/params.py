"""A cell's weights in one NamedTuple, and the schemes that they start from (chapter 4)."""

from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import FLOATS, check_choice, check_count, check_flag, check_number
from rnncourse.reference.cells import CELLS

Array = np.ndarray
SCHEMES = ("torch", "glorot", "orthogonal", "identity", "sparse")
INCOMING = 15


class Params(NamedTuple):
    """Weights of one cell with G gates, stacked in the order of `cells.CELLS`. Gradients have the same type."""

    W: Array  # (G·H, D) input weights
    R: Array  # (G·H, H) recurrent weights
    b_W: Array  # (G·H,)
    b_R: Array  # (G·H,)
    p: Array | None = None  # (3, H) peepholes i, f, o; LSTM only


def init_params(
    cell: str,
    input_size: int,
    hidden_size: int,
    *,
    rng: np.random.Generator,
    scheme: str = "torch",
    scale: float = 1.0,
    peephole: bool = False,
    forget_bias: float | None = None,
    dtype: type | np.dtype | str = np.float64,
) -> Params:
    """Starting weights of a cell with D = input_size inputs and H = hidden_size units.

    cell : "rnn", "lstm" or "gru".
    scheme : how each gate's W (H, D) and R (H, H) are drawn; biases are 0 except in "torch".
        "torch": everything uniform in ±1/√H, what torch.nn does.
        "glorot": uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010, equation 16).
        "orthogonal": R orthogonal, W as in "glorot" (Saxe et al. 2014).
        "identity": R the identity, W normal with deviation 0.001, to go with ReLU (Le et al. 2015, IRNN).
        "sparse": fifteen incoming connections a unit, each standard normal (Martens 2010; Sutskever et al. 2013).
    scale : factor on R, whatever the scheme.
    peephole : LSTM only: draw p (3, H), uniform in ±1/√H.
    forget_bias : LSTM only: the forget gate's bias, written into b_W; b_R's forget part becomes 0
        (Gers et al. 2000; Jozefowicz et al. 2015). None leaves what the scheme drew.

    Raises ValueError for an unknown cell or scheme, a size below 1, a scale or bias that is no finite number, and
    LSTM options on another cell.
    """
    check_choice("cell", cell, tuple(CELLS))
    check_choice("scheme", scheme, SCHEMES)
    check_number("scale", scale)
    _check_options(cell, input_size, hidden_size, rng, peephole, forget_bias)
    if np.dtype(dtype) not in FLOATS:
        raise TypeError(f"dtype: got {np.dtype(dtype)}, expected float32 or float64")
    D, H, G = input_size, hidden_size, len(CELLS[cell].gates)
    bound = 1 / np.sqrt(H)
    W = np.concatenate([_input_weights(scheme, H, D, rng) for _ in range(G)])
    R = np.concatenate([_recurrent_weights(scheme, H, rng) for _ in range(G)]) * scale
    b_W, b_R = rng.uniform(-bound, bound, (2, G * H)) if scheme == "torch" else np.zeros((2, G * H))
    p = rng.uniform(-bound, bound, (len(CELLS[cell].peepholes), H)) if peephole else None
    if forget_bias is not None:
        forget = CELLS[cell].rows("f", H)
        b_W[forget], b_R[forget] = forget_bias, 0
    W, R, b_W, b_R = (a.astype(dtype) for a in (W, R, b_W, b_R))
    return Params(W, R, b_W, b_R, None if p is None else p.astype(dtype))


def orthogonal(n: int, rng: np.random.Generator) -> Array:
    """An orthogonal matrix (n, n), drawn evenly from all of them: QR of a normal matrix, signs made unique."""
    Q, U = np.linalg.qr(rng.standard_normal((n, n)))
    return Q * np.sign(np.diag(U))


def _input_weights(scheme: str, H: int, D: int, rng: np.random.Generator) -> Array:
    """One gate's W (H, D)."""
    if scheme == "identity":
        return 0.001 * rng.standard_normal((H, D))
    if scheme == "sparse":
        return _sparse(H, D, rng)
    bound = 1 / np.sqrt(H) if scheme == "torch" else np.sqrt(6 / (H + D))
    return rng.uniform(-bound, bound, (H, D))


def _recurrent_weights(scheme: str, H: int, rng: np.random.Generator) -> Array:
    """One gate's R (H, H)."""
    if scheme == "identity":
        return np.eye(H)
    if scheme == "sparse":
        return _sparse(H, H, rng)
    if scheme == "orthogonal":
        return orthogonal(H, rng)
    bound = 1 / np.sqrt(H) if scheme == "torch" else np.sqrt(6 / (H + H))
    return rng.uniform(-bound, bound, (H, H))


def _sparse(rows: int, columns: int, rng: np.random.Generator) -> Array:
    """Zeros (rows, columns) with min(15, columns) standard normal entries in each row."""
    weights = np.zeros((rows, columns))
    for row in weights:
        incoming = rng.choice(columns, min(INCOMING, columns), replace=False)
        row[incoming] = rng.standard_normal(len(incoming))
    return weights


def _check_options(
    cell: str, D: int, H: int, rng: np.random.Generator, peephole: bool, forget_bias: float | None
) -> None:
    for name, size in (("input_size", D), ("hidden_size", H)):
        check_count(name, size)
    check_flag("peephole", peephole)
    if forget_bias is not None:
        check_number("forget_bias", forget_bias)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: got {type(rng).__name__}, expected np.random.default_rng(seed)")
    facts = CELLS[cell]
    if (peephole and not facts.peepholes) or (forget_bias is not None and "f" not in facts.gates):
        option = "peephole" if peephole else "forget_bias"
        raise ValueError(f"{option}: only the LSTM has it, the cell is {cell!r}")
