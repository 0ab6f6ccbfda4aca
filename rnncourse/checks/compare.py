"""Is this array that array? If not: which entry, which step, how far off."""

import re
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.checks.plain import Other
from rnncourse.checks.words import first, kind, place, plural, shape, short, where

FLOAT32_TOLERANCE = 1e-4
# Where all of an array is smaller than this, nothing but rounding may be left: 1 + 1e-16 - 1 for 0.
ROUNDING = {"single": 1e-7, "double": 1e-15}


@dataclass(frozen=True)
class Spec:
    """The name of an argument or a result and the letters of its axes, as in "dx (T, B, D)"."""

    name: str
    axes: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, text: str) -> "Spec":
        name, _, rest = text.partition(" ")
        inside = re.match(r"\(([^)]*)\)", rest)
        return cls(name, tuple(a.strip() for a in inside[1].split(",") if a.strip()) if inside else None)


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


@dataclass(frozen=True)
class Difference:
    """One thing that is wrong: with one result, or (manners) with what the answer did besides."""

    output: str
    message: str
    manners: bool = False


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
    try:
        x, y = np.asarray(a), np.asarray(b)
        if x.dtype.kind in "biuf" and y.dtype.kind in "biuf":
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


def parts(value: Any, specs: tuple[Spec, ...]) -> list[Any]:
    """The results one by one."""
    return list(value) if len(specs) > 1 and isinstance(value, (tuple, list)) else [value]


def differences(got: Any, expected: Any, specs: tuple[Spec, ...], tolerance: Tolerance | float) -> list[Difference]:
    """Everything that is wrong with a result, in the order of its parts."""
    if len(specs) == 1:
        return compare(got, expected, specs[0], tolerance)
    names = ", ".join(spec.name for spec in specs)
    if not isinstance(got, (tuple, list)):
        what = f"Your function returns {kind(got)}; expected {len(specs)} values: {names}.{_advice(got)}"
        return [Difference(specs[0].name, what)]
    if len(got) != len(specs):
        what = f"Your function returns {plural(len(got), 'value')}; expected {len(specs)}: {names}."
        return [Difference(specs[0].name, what)]
    return [d for g, e, spec in zip(got, expected, specs, strict=True) for d in compare(g, e, spec, tolerance)]


def compare(got: Any, expected: Any, spec: Spec, tolerance: Tolerance | float) -> list[Difference]:
    """What is wrong with one named result; at most one difference for an array."""
    name = spec.name
    if isinstance(expected, np.ndarray) and expected.ndim:
        message = array_difference(got, expected, spec, tolerance)
    elif isinstance(expected, (tuple, list)):
        if not isinstance(got, (tuple, list)):
            return [Difference(name, _another_kind(name, got, expected))]
        if len(got) != len(expected):
            return [Difference(name, f"{name} has {plural(len(got), 'entry')}; expected {len(expected)}.")]
        axes = spec.axes[1:] if spec.axes else None
        if isinstance(tolerance, Tolerance):
            tolerance = replace(tolerance, one_step=True)
        found = (
            compare(g, e, Spec(f"{name}[{k}]", axes), tolerance)
            for k, (g, e) in enumerate(zip(got, expected, strict=True))
        )
        return [Difference(name, d.message) for some in found for d in some][:1]
    else:
        message = scalar_difference(got, expected, name, tolerance)
    return [Difference(name, message)] if message else []


def scalar_difference(got: Any, expected: Any, name: str, tolerance: Tolerance | float) -> str:
    """Numbers, truth values, words: a NumPy scalar, or an array without axes, is as good as Python's own."""
    value, wanted = _python(got), _python(expected)
    if isinstance(wanted, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, int) and abs(value) > 2**1000:
            return f"{name} is {kind(value)}; expected {wanted:.6g}."
        if np.isnan(value) and not np.isnan(wanted):
            return f"{name} is NaN, not a number; expected {wanted:.6g}."
        if close(np.array(float(value)), np.array(wanted), tolerance):
            return ""
        off = f", off by {abs(value - wanted):.3g}" if not np.isnan(wanted) else ""
        return f"{name} is {value:.6g}; expected {wanted:.6g}{off}."
    if type(value) is not type(wanted):
        return _another_kind(name, got, expected)
    return "" if value == wanted else f"{name} is {short(value)}; expected {short(wanted)}."


def _python(value: Any) -> Any:
    """Python's own number or word for NumPy's."""
    if not isinstance(value, np.generic) and not (isinstance(value, np.ndarray) and not value.ndim):
        return value
    return float(value) if value.dtype.kind == "f" else value.item()  # a long double's item() is a long double


def array_difference(got: Any, expected: np.ndarray, spec: Spec, tolerance: Tolerance | float) -> str:
    """Type, shape, dtype, NaN, then the values."""
    name = spec.name
    if not isinstance(got, np.ndarray):
        return _another_kind(name, got, expected)
    if got.shape != expected.shape:
        letters = f"({', '.join(spec.axes)}) = " if spec.axes else ""
        return f"{name} has shape {shape(got)}; expected {letters}{shape(expected)}."
    if got.dtype.kind != expected.dtype.kind or (expected.dtype.kind == "f" and got.dtype != expected.dtype):
        from_arguments = ", the dtype of the arguments" if expected.dtype.kind == "f" else ""
        return f"{name} has dtype {got.dtype}; expected {expected.dtype}{from_arguments}."
    if expected.dtype.kind not in "fiub":
        return "" if np.array_equal(got, expected) else f"{name} differs from what is expected."
    g, e = got.astype(np.float64), expected.astype(np.float64)
    bad = ~np.isfinite(g) & np.isfinite(e)
    if bad.any():
        many = f"{plural(int(bad.sum()), 'entry')} that {'is' if bad.sum() == 1 else 'are'}"
        return f"{name} holds {many} NaN or infinite, the first at {place(first(bad), name, spec.axes)}."
    wrong = ~close(g, e, tolerance, spec.axes)
    return _wrong_entries(wrong, g, e, spec) if wrong.any() else ""


def _wrong_entries(wrong: np.ndarray, g: np.ndarray, e: np.ndarray, spec: Spec) -> str:
    """How many, the first of them, the largest error, and the pattern of the right steps and rows."""
    name, at = spec.name, first(wrong)
    count = f"{int(wrong.sum())} of {wrong.size} entries {'is' if wrong.sum() == 1 else 'are'} wrong. "
    with np.errstate(all="ignore"):
        off = np.abs(np.where(wrong, g - e, 0.0)).max()
    largest = f"; the largest error is {off:.3g}" if np.isfinite(off) else ""
    return "\n".join(
        [
            f"{name}: {count if wrong.size > 1 else ''}{place(at, name, spec.axes)} is {g[at]:.6g}, "
            f"expected {e[at]:.6g}{largest}.",
            *where(wrong, name, spec.axes),
        ]
    )


def _another_kind(name: str, got: Any, expected: Any) -> str:
    return f"{name} is {kind(got)}; expected {kind(expected)}.{_advice(got)}"


def _advice(got: Any) -> str:
    return f" {got.advice}" if isinstance(got, Other) and got.advice else ""
