"""Numbers that only move, nothing being computed: NaN, infinities and whole numbers of many digits stay as they are."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.plain import leaves

Array = np.ndarray
STRANGE, MANY_DIGITS = "NaN and infinities", "whole numbers of many digits"
NAN_TIMES_ZERO = (
    "NaN times 0 is NaN, and so is infinity times 0. Numbers only change their places here: choose them or copy them, "
    "do not multiply by a mask."
)
ROUNDED = "floating point rounds whole numbers beyond 2⁵³. Numbers only change their places here: keep their dtype."


def strange(rng: np.random.Generator, *shapes: tuple[int, ...]) -> Iterator[tuple[str, list[Array]]]:
    """A label and arrays of these shapes: a third of the numbers NaN, ∞ or -∞, the first one NaN; then int64."""
    found = [
        np.where(rng.random(s) < 1 / 3, rng.choice([np.nan, np.inf, -np.inf], s), rng.normal(size=s)) for s in shapes
    ]
    found[0].flat[0] = np.nan
    yield STRANGE, found
    yield MANY_DIGITS, [rng.integers(-(2**62), 2**62, size=s) for s in shapes]


def of_other_types(rng: np.random.Generator, *shapes: tuple[int, ...]) -> Iterator[tuple[str, list[Array]]]:
    """A label and arrays of these shapes, of a type that somebody chose: it is kept."""
    for dtype in ("float16", "int32", "uint8", "bool"):
        below = 2 if dtype == "bool" else 100
        yield f"numbers of type {dtype}", [rng.integers(0, below, s).astype(dtype) for s in shapes]


def spoilt(case: Case, value: Any, expected: Any) -> str | None:
    """An exercise's `explain`: the numbers were put through a product, or through floating point."""
    pairs = [(a, e) for a, e in zip(leaves(value), leaves(expected), strict=True) if a.shape == e.shape]
    if case.label.startswith(STRANGE):
        return NAN_TIMES_ZERO if any((np.isnan(a) & ~np.isnan(e)).any() for a, e in pairs) else None
    if case.label.startswith(MANY_DIGITS) and any((a != e).any() for a, e in pairs):
        return ROUNDED if all(np.allclose(a.astype(float), e.astype(float)) for a, e in pairs) else None
    return None
