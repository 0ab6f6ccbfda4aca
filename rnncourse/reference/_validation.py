"""What every function of the reference asks of its arguments, so that the equations stay clean.

Each error names the argument, the shape (or type) that it had and the shape that it should have.
"""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from rnncourse.reference.cells import Cell

Array = np.ndarray
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def check_array(name: str, a: Any, *, dtype: np.dtype | None = None, **sizes: int | None) -> None:
    """Is `a` a float array with these axes? `sizes` maps each axis's letter to its size, None where any size is right.

    Raises TypeError (no array, not float32 or float64, not `dtype`) and ValueError (rank, a size, an empty axis).
    """
    check_is_array(name, a, _wanted(sizes))
    if a.dtype not in FLOATS or (dtype is not None and a.dtype != dtype):
        wanted = "float32 or float64" if dtype is None else f"{dtype}, the type of the other arguments"
        raise TypeError(f"{name}: {a.dtype} array of shape {a.shape}, expected {wanted} of shape {_wanted(sizes)}")
    if not _fits(a.shape, sizes):
        raise ValueError(f"{name}: shape {a.shape}, expected {_wanted(sizes)}")
    if a.size == 0:
        raise ValueError(f"{name}: shape {a.shape} has an empty axis, expected {_wanted(sizes)} with none")


def check_is_array(name: str, a: Any, wanted: str) -> None:
    """Raise TypeError where `a` is no NumPy array, or one with entries that are masked."""
    if not isinstance(a, np.ndarray) or isinstance(a, np.ma.MaskedArray):
        raise TypeError(f"{name}: got {type(a).__name__}, expected a NumPy array of shape {wanted}")


def as_array(name: str, a: Any, wanted: str) -> Array:
    """Return `a`, an array, a number or lists, as an array; TypeError where its rows are of several lengths."""
    try:
        return np.asarray(a)
    except ValueError:
        raise TypeError(f"{name}: got {type(a).__name__} of unequal rows, expected {wanted}") from None


def check_finite(name: str, a: Array) -> None:
    """Raise ValueError where `a` holds a NaN or an infinity."""
    if not np.isfinite(a).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(a))[0])
        raise ValueError(f"{name}: {a[where]} at {where} of shape {a.shape}, expected finite numbers")


def check_integers(name: str, a: Any, low: int, high: int, **sizes: int | None) -> Array:
    """`a` as an integer array with these axes and values low … high; TypeError or ValueError otherwise."""
    a = as_array(name, a, f"integers of shape {_wanted(sizes)}")
    if a.dtype.kind not in "iu":
        raise TypeError(f"{name}: {a.dtype} array of shape {a.shape}, expected integers of shape {_wanted(sizes)}")
    if not _fits(a.shape, sizes):
        raise ValueError(f"{name}: shape {a.shape}, expected {_wanted(sizes)}")
    if a.size and not low <= a.min() <= a.max() <= high:
        raise ValueError(f"{name}: values {a.min()} … {a.max()} in shape {a.shape}, expected {low} … {high}")
    return a


def check_lengths(lengths: Any, T: int, B: int) -> Array | None:
    """Lengths (B,) as integers in 1 … T, in any order; None where there are none."""
    return None if lengths is None else check_integers("lengths", lengths, 1, T, B=B)


def check_state(name: str, state: Any, parts: int, shape: tuple[int, ...], dtype: np.dtype) -> tuple[Array, ...]:
    """`state` as a tuple of `parts` arrays of shape (B, H); zeros where it is None."""
    B, H = shape
    if state is None:
        return tuple(np.zeros((B, H), dtype) for _ in range(parts))
    check_state_form(name, state, parts, shape)
    for k, part in enumerate(state):
        check_array(f"{name}[{k}]", part, dtype=dtype, B=B, H=H)
    return tuple(state)


def check_state_form(name: str, state: Any, parts: int, shape: tuple[int, ...]) -> None:
    """Is `state` a tuple of `parts` entries (B, H), arrays or tensors? torch.nn's forms are named with what to give.

    Raises TypeError (no tuple, another number of parts) and ValueError (a part of another shape).
    """
    B, H = shape
    wanted = "(h,)" if parts == 1 else "(h, c)"
    if not isinstance(state, tuple | list) or len(state) != parts:
        instead = "; torch.nn takes h alone, here give (h,)" if parts == 1 and hasattr(state, "shape") else ""
        message = f"expected a tuple {wanted} of arrays of shape (B={B}, H={H}){instead}"
        raise TypeError(f"{name}: got {described(state)}, {message}")
    for k, part in enumerate(state):
        found = tuple(getattr(part, "shape", (B, H)))  # what has no shape is refused by its type
        if len(found) == 3 and found[1:] == (B, H):
            instead = f"torch.nn puts layers and directions in front, here give one's own: {'hc'[k]}[0]"
            raise ValueError(f"{name}[{k}]: shape {found}, expected (B={B}, H={H}); {instead}")
        if found != (B, H):
            raise ValueError(f"{name}[{k}]: shape {found}, expected (B={B}, H={H})")


def check_params(params: Any, cell: Cell, D: int | None, dtype: np.dtype | None = None) -> None:
    """Do the weights fit each other, the cell's gates and inputs of size D?"""
    if not hasattr(params, "_fields"):
        raise TypeError(f"params: got {type(params).__name__}, expected Params(W, R, b_W, b_R, p)")
    check_array("params.R", params.R, dtype=dtype, GH=None, H=None)
    H, G, dtype = params.R.shape[1], len(cell.gates), params.R.dtype
    check_array("params.R", params.R, **{f"{G}H": G * H, "H": H})
    check_array("params.W", params.W, dtype=dtype, **{f"{G}H": G * H, "D": D})
    check_array("params.b_W", params.b_W, dtype=dtype, **{f"{G}H": G * H})
    check_array("params.b_R", params.b_R, dtype=dtype, **{f"{G}H": G * H})
    if params.p is not None and not cell.peepholes:
        raise ValueError(f"params.p: shape {np.shape(params.p)}, expected None: only the LSTM has peepholes")
    if params.p is not None:
        P = len(cell.peepholes)
        check_array("params.p", params.p, dtype=dtype, **{f"{P}": P, "H": H})


def check_step(x_t: Any, state: Any, params: Any, cell: Cell) -> tuple[Array, ...]:
    """Check one step's arguments; return its state, zeros where it is None."""
    check_array("x_t", x_t, B=None, D=None)
    check_params(params, cell, x_t.shape[1], x_t.dtype)
    return check_state("state", state, len(cell.state), (x_t.shape[0], params.R.shape[1]), x_t.dtype)


def check_layer(x: Any, state0: Any, params: Any, cell: Cell) -> None:
    """Check the shapes and types of what a whole layer is given, before its first step."""
    check_array("x", x, T=None, B=None, D=None)
    check_params(params, cell, x.shape[2], x.dtype)
    check_state("state0", state0, len(cell.state), (x.shape[1], params.R.shape[1]), x.dtype)


def check_sequence(x: Any, state0: Any, params: Any, lengths: Any) -> tuple[Array, Array | None]:
    """Check what an unrolled cell is given; return x with zeros for padding, and valid (T, B, 1), None without lengths.

    Padding may hold anything, even NaN: it is replaced before anything is computed. Shapes of state and
    weights are the step's business.
    """
    check_array("x", x, T=None, B=None, D=None)
    T, B, _ = x.shape
    lengths = check_lengths(lengths, T, B)
    valid = None if lengths is None else np.arange(T)[:, None, None] < lengths[None, :, None]
    x = x if valid is None else np.where(valid, x, x.dtype.type(0))
    check_finite("x", x)
    for k, part in enumerate(() if state0 is None else state0):
        check_finite(f"state0[{k}]", np.asarray(part))
    for name in getattr(params, "_fields", ()):
        weight = getattr(params, name)
        if isinstance(weight, np.ndarray):
            check_finite(f"params.{name}", weight)
    return x, valid


def check_count(name: str, value: Any, low: int = 1, high: float = math.inf) -> None:
    """Raise ValueError where `value` is no whole number, or outside low … high."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        within = f"of at least {low}" if math.isinf(high) else f"from {low} to {high}"
        raise ValueError(f"{name} must be a whole number {within}, got {value!r}")


def check_number(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> None:
    """Raise ValueError where `value` is no finite real number, or outside low … high."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or not low <= float(value) <= high:
        within = "" if math.isinf(low) else f" of at least {low}" if math.isinf(high) else f" from {low} to {high}"
        raise ValueError(f"{name} must be a finite number{within}, got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """Raise ValueError where `value` is neither True nor False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise ValueError where `value` is none of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(map(repr, choices))}")


def described(value: Any) -> str:
    """Say what a value is: its type and shape; of several, the parts' shapes."""
    if isinstance(value, tuple | list):
        return f"{len(value)} part(s) of shapes {[_shape(part) for part in value]}"
    return f"{type(value).__name__} of shape {_shape(value)}" if hasattr(value, "shape") else type(value).__name__


def _fits(shape: tuple[int, ...], sizes: dict[str, int | None]) -> bool:
    return len(shape) == len(sizes) and all(size in (None, n) for n, size in zip(shape, sizes.values(), strict=True))


def _wanted(sizes: dict[str, int | None]) -> str:
    axes = [letter if size is None or letter == str(size) else f"{letter}={size}" for letter, size in sizes.items()]
    return f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"


def _shape(value: Any) -> Any:
    return tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
