"""Is this result that result? How far off it may be, entry by entry, and when two are the same."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.checks.plain import Other, leaves

FLOAT32_TOLERANCE = 1e-4
# Where all of an array is smaller than this, nothing but rounding may be left: 1 + 1e-16 - 1 for 0.
ROUNDING = {"single": 1e-7, "double": 1e-15}


@dataclass(frozen=True)
class Tolerance:
    """How far a result may be off: `relative` to the largest magnitude expected; 0.0 where nothing is computed.

    each_step : to the largest of its own step instead, so that what has vanished over 120 steps still counts. The steps
        are the entries of a list, or those along an array's axis T (or T + 1); without one every entry is a step.
    absolute : at least so much, where the numbers have a size of their own, states between -1 and 1 say.
    """

    relative: float
    each_step: bool = False
    absolute: float = 0.0
    one_step: bool = False  # the array is one step of a list

    def allowed(self, expected: np.ndarray, axes: tuple[str, ...] | None = None) -> np.ndarray:
        """For the entries of one array."""
        if self.relative == self.absolute == 0.0:
            return np.zeros(())
        single = self.relative >= FLOAT32_TOLERANCE
        size = np.where(np.isfinite(expected), np.abs(expected), 0.0)
        if not self.each_step:
            rounding = ROUNDING["single" if single else "double"]
            return np.maximum(self.relative * size.max(initial=0.0), max(rounding, self.absolute))
        time = [k for k, letter in enumerate(axes or ()) if letter.startswith("T")]
        if self.one_step:
            size = size.max(initial=0.0)
        elif axes and len(axes) == size.ndim and time:
            size = size.max(axis=tuple(k for k in range(size.ndim) if k != time[0]), keepdims=True, initial=0.0)
        return self.relative * size + np.finfo(np.float32 if single else np.float64).tiny  # below, digits are lost


def close(
    got: np.ndarray, expected: np.ndarray, tolerance: Tolerance | float, axes: tuple[str, ...] | None = None
) -> np.ndarray:
    """Entry by entry; infinity equals itself only, NaN only where NaN is expected."""
    if not isinstance(tolerance, Tolerance):
        tolerance = Tolerance(tolerance)
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= tolerance.allowed(expected, axes)
        return near & np.isfinite(expected) | (got == expected) | np.isnan(got) & np.isnan(expected)


def same(a: Any, b: Any, tolerance: Tolerance | float) -> bool:
    """Whether two plain results are the same thing: used to recognise a known mistake."""
    if isinstance(a, Other) or isinstance(b, Other):
        return bool(a == b) if isinstance(a, Other) and isinstance(b, Other) else False
    if isinstance(b, (tuple, list)):
        return (
            isinstance(a, (tuple, list))
            and len(a) == len(b)
            and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
        )
    if isinstance(b, dict):
        return isinstance(a, dict) and same([*a], [*b], tolerance) and same([*a.values()], [*b.values()], tolerance)
    if any(array.size > np.size(b) for array in leaves(a)):  # a view that claims any size must not be filled
        return False
    try:
        x, y = np.asarray(a), np.asarray(b)
        if x.dtype.kind in "biuf" and y.dtype.kind in "biuf" and "f" in x.dtype.kind + y.dtype.kind:
            return x.shape == y.shape and bool(close(x.astype(float), y.astype(float), tolerance).all())
        return x.shape == y.shape and bool((x == y).all())
    except Exception:
        return False


def same_type(a: Any, b: Any) -> bool:
    """A list for an array, single for double precision: equal numbers of another type are another mistake."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype.kind == b.dtype.kind and (a.dtype.kind != "f" or a.dtype == b.dtype)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same_type(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, np.ndarray) == isinstance(b, np.ndarray) and isinstance(a, Integral) == isinstance(b, Integral)


def equal(a: Any, b: Any, tolerance: Tolerance | float) -> bool:
    """The same result, of the same type."""
    return same_type(a, b) and same(a, b, tolerance)
