"""Is this array that array? If not: which entry, which step, how far off."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

AXIS_WORDS = {"T": "step", "B": "row", "H": "unit", "D": "input", "K": "class", "G": "gate"}
FLOAT32_TOLERANCE = 1e-4


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
    """One thing that is wrong with one result."""

    output: str
    message: str


def plain(value: Any) -> Any:
    """Tensors become arrays; everything else stays as it is."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") and hasattr(value, "cpu") else value


def close(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """Entry by entry, relative to the largest magnitude expected; NaN and infinity equal no finite number."""
    finite = expected[np.isfinite(expected)]
    scale = max(1e-3, float(np.abs(finite).max(initial=0.0)))
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= tolerance * scale
    return near | (got == expected)


def same(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two results are the same thing, NaN for NaN: used to recognise a known mistake."""
    a, b = plain(a), plain(b)
    if isinstance(b, (tuple, list)):
        return (
            isinstance(a, (tuple, list))
            and len(a) == len(b)
            and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
        )
    try:
        x, y = np.asarray(a), np.asarray(b)
        if x.dtype.kind in "biuf" and y.dtype.kind in "biuf":
            return x.shape == y.shape and bool(
                (
                    close(x.astype(float), y.astype(float), tolerance)
                    | (np.isnan(x.astype(float)) & np.isnan(y.astype(float)))
                ).all()
            )
        return x.shape == y.shape and bool((x == y).all())
    except Exception:
        return False


def same_type(a: Any, b: Any) -> bool:
    """A list for an array, single for double precision: equal numbers of another type are another mistake."""
    a, b = plain(a), plain(b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype.kind == b.dtype.kind and (a.dtype.kind != "f" or a.dtype == b.dtype)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same_type(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, np.ndarray) == isinstance(b, np.ndarray) and isinstance(a, Integral) == isinstance(b, Integral)


def equal(a: Any, b: Any, tolerance: float) -> bool:
    """The same result, of the same type."""
    return same_type(a, b) and same(a, b, tolerance)


def parts(value: Any, specs: tuple[Spec, ...]) -> list[Any]:
    """The results one by one."""
    return list(value) if len(specs) > 1 and isinstance(value, (tuple, list)) else [value]


def leaves(value: Any) -> Iterator[np.ndarray]:
    """Every array in a value, however deep."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from (leaf for item in value.values() for leaf in leaves(item))
    elif isinstance(value, (tuple, list)):
        yield from (leaf for item in value for leaf in leaves(item))


def unchanged(now: Any, before: Any) -> bool:
    a, b = list(leaves(now)), list(leaves(before))
    return len(a) == len(b) and all(
        x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True)
    )


def shares(a: Any, b: Any) -> bool:
    return any(np.may_share_memory(x, y) for x in leaves(a) for y in leaves(b) if x.size and y.size)


def differences(got: Any, expected: Any, specs: tuple[Spec, ...], tolerance: float) -> list[Difference]:
    """Everything that is wrong with a result, in the order of its parts."""
    if len(specs) == 1:
        return compare(got, expected, specs[0], tolerance)
    names = ", ".join(spec.name for spec in specs)
    got = plain(got)
    if not isinstance(got, (tuple, list)):
        return [Difference(specs[0].name, f"Your function returns {kind(got)}; expected {len(specs)} values: {names}.")]
    if len(got) != len(specs):
        return [
            Difference(
                specs[0].name, f"Your function returns {plural(len(got), 'value')}; expected {len(specs)}: {names}."
            )
        ]
    return [d for g, e, spec in zip(got, expected, specs, strict=True) for d in compare(g, e, spec, tolerance)]


def compare(got: Any, expected: Any, spec: Spec, tolerance: float) -> list[Difference]:
    """What is wrong with one named result; at most one difference for an array."""
    name, got, expected = spec.name, plain(got), plain(expected)
    if isinstance(expected, np.ndarray) and expected.ndim:
        message = array_difference(got, expected, spec, tolerance)
    elif isinstance(expected, (tuple, list)):
        if not isinstance(got, (tuple, list)):
            return [Difference(name, f"{name} is {kind(got)}; expected {kind(expected)}.")]
        if len(got) != len(expected):
            return [Difference(name, f"{name} has {plural(len(got), 'entry')}; expected {len(expected)}.")]
        axes = spec.axes[1:] if spec.axes else None
        found = (
            compare(g, e, Spec(f"{name}[{k}]", axes), tolerance)
            for k, (g, e) in enumerate(zip(got, expected, strict=True))
        )
        return [Difference(name, d.message) for some in found for d in some][:1]
    else:
        message = scalar_difference(got, expected, name, tolerance)
    return [Difference(name, message)] if message else []


def scalar_difference(got: Any, expected: Any, name: str, tolerance: float) -> str:
    """Numbers, truth values, words: a NumPy scalar is as good as Python's own."""
    value = got.item() if isinstance(got, np.generic) or (isinstance(got, np.ndarray) and got.ndim == 0) else got
    wanted = expected.item() if isinstance(expected, (np.generic, np.ndarray)) else expected
    if isinstance(wanted, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if np.isnan(value) and not np.isnan(wanted):
            return f"{name} is NaN, not a number; expected {wanted:.6g}."
        if close(np.array(float(value)), np.array(wanted), tolerance):
            return ""
        return f"{name} is {value:.6g}; expected {wanted:.6g}, off by {abs(value - wanted):.3g}."
    if type(value) is not type(wanted):
        return f"{name} is {kind(got)}; expected {kind(expected)}."
    return "" if value == wanted else f"{name} is {value!r}; expected {wanted!r}."


def array_difference(got: Any, expected: np.ndarray, spec: Spec, tolerance: float) -> str:
    """Type, shape, dtype, NaN, then the values."""
    name = spec.name
    if not isinstance(got, np.ndarray):
        return f"{name} is {kind(got)}; expected {kind(expected)}."
    if got.shape != expected.shape:
        letters = f"({', '.join(spec.axes)}) = " if spec.axes else ""
        return f"{name} has shape {shape(got)}; expected {letters}{shape(expected)}."
    if got.dtype.kind != expected.dtype.kind or (expected.dtype.kind == "f" and got.dtype != expected.dtype):
        return (
            f"{name} has dtype {got.dtype}; expected {expected.dtype}, the dtype of the arguments."
            if expected.dtype.kind == "f"
            else f"{name} has dtype {got.dtype}; expected {expected.dtype}."
        )
    if expected.dtype.kind not in "fiub":
        return "" if np.array_equal(got, expected) else f"{name} differs from what is expected."
    g, e = got.astype(np.float64), expected.astype(np.float64)
    bad = ~np.isfinite(g) & np.isfinite(e)
    if bad.any():
        many = f"{plural(int(bad.sum()), 'entry')} that {'is' if bad.sum() == 1 else 'are'}"
        return f"{name} holds {many} NaN or infinite, the first at {place(first(bad), spec)}."
    wrong = ~close(g, e, tolerance)
    if not wrong.any():
        return ""
    at = first(wrong)
    count = (
        f"{int(wrong.sum())} of {wrong.size} entries {'is' if wrong.sum() == 1 else 'are'} wrong. "
        if wrong.size > 1
        else ""
    )
    off = np.abs(np.where(wrong, g - e, 0.0))
    return (
        f"{name}: {count}{place(at, spec)} is {g[at]:.6g}, expected {e[at]:.6g}; the largest error is {off.max():.3g}."
        + "".join(f"\n{sentence}" for sentence in where(wrong, spec))
    )


def first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(int(wrong.argmax()), wrong.shape))


def place(at: tuple[int, ...], spec: Spec) -> str:
    """h[3, 0, 1] (step 3, row 0, unit 1)"""
    words = [f"{AXIS_WORDS[a]} {k}" for a, k in zip(spec.axes or (), at, strict=False) if a in AXIS_WORDS]
    return f"{spec.name}[{', '.join(map(str, at))}]" + (f" ({', '.join(words)})" if words else "")


def where(wrong: np.ndarray, spec: Spec) -> Iterable[str]:
    """Sentences on the steps, then the rows, that are right."""
    for letter, word in (("T", "step"), ("B", "row")):
        if spec.axes and letter in spec.axes and len(spec.axes) == wrong.ndim:
            axis = spec.axes.index(letter)
            right = ~np.any(wrong, axis=tuple(k for k in range(wrong.ndim) if k != axis))
            sentence = pattern(np.asarray(right), word)
            if sentence:
                yield f"{spec.name} is {sentence}."


def pattern(right: np.ndarray, word: str) -> str:
    """A plain sentence for which indices are right: the pattern is often the diagnosis."""
    n, good = len(right), int(right.sum())
    if n < 2 or good == n or good == 0:
        return ""
    bad = np.flatnonzero(~right)
    if good == 1:
        only = int(right.argmax())
        end = {0: f"first {word}", n - 1: f"last {word}"}
        return f"right at the {end[only]} only" if only in end else f"right at {word} {only} only"
    if len(bad) == 1:
        return f"wrong at {word} {bad[0]} only"
    if right[: bad[0]].all() and not right[bad[0] :].any():
        return f"right up to {word} {bad[0] - 1}, wrong from {word} {bad[0]} on"
    if right[bad[-1] + 1 :].all() and not right[: bad[-1] + 1].any():
        return f"right from {word} {bad[-1] + 1} on, wrong before"
    some = ", ".join(str(k) for k in bad[:6]) + (", …" if len(bad) > 6 else "")
    start = f"right up to {word} {bad[0] - 1}, then " if bad[0] > 0 else ""
    return f"{start}wrong at {word}s {some}"


def kind(value: Any) -> str:
    """A short name of a value's type, with the shape where it has one."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {shape(value)}"
    if isinstance(value, (bool, np.bool_)):
        return f"the truth value {bool(value)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, (int, float, np.number)):
        return (
            f"the {'whole ' if isinstance(value, (int, np.integer)) else ''}number {value:.6g}"
            if isinstance(value, (float, np.floating))
            else f"the whole number {value}"
        )
    return "None" if value is None else f"a {type(value).__name__}"


def shape(array: np.ndarray) -> str:
    return str(tuple(int(n) for n in array.shape))


def plural(n: int, word: str) -> str:
    """1 entry, 2 entries."""
    return f"{n} {word}" if n == 1 else f"{n} {word[:-1] + 'ie' if word.endswith('y') else word}s"
