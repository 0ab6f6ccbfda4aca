"""What is wrong with a result: which entry, which step, how far off. How far it may be off says tolerance.py."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnncourse.checks.dtypes import dtype_problem
from rnncourse.checks.plain import Other
from rnncourse.checks.tolerance import Tolerance, close
from rnncourse.checks.words import digits, first, kind, place, plural, shape, short, where


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
class Difference:
    """One thing that is wrong: with one result, or (manners) with what the answer did besides."""

    output: str
    message: str
    manners: bool = False


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
    another = dtype_problem(name, got.dtype, expected.dtype)
    if another:
        return another
    if expected.dtype.kind not in "fiub":
        return "" if np.array_equal(got, expected) else f"{name} differs from what is expected."
    if expected.dtype.kind != "f":  # to the last digit
        return _wrong_entries(got != expected, got, expected, spec) if (got != expected).any() else ""
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
    pairs = zip(g[wrong].tolist(), e[wrong].tolist(), strict=True)  # Python's own whole numbers do not overflow
    off = max(abs(a - b) for a, b in pairs)
    largest = f"; the largest error is {off:.3g}" if np.isfinite(off) else ""
    return "\n".join(
        [
            f"{name}: {count if wrong.size > 1 else ''}{place(at, name, spec.axes)} is {digits(g[at])}, "
            f"expected {digits(e[at])}{largest}.",
            *where(wrong, name, spec.axes),
        ]
    )


def _another_kind(name: str, got: Any, expected: Any) -> str:
    return f"{name} is {kind(got)}; expected {kind(expected)}.{_advice(got)}"


def _advice(got: Any) -> str:
    return f" {got.advice}" if isinstance(got, Other) and got.advice else ""
