"""How the checks speak: which entry, which steps are right, what kind of thing a value is."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from rnncourse.checks.plain import Other

AXIS_WORDS = {"T": "step", "B": "row", "H": "unit", "D": "input", "K": "class", "G": "gate"}
Axes = tuple[str, ...] | None


def first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(int(wrong.argmax()), wrong.shape))


def place(at: tuple[int, ...], name: str, axes: Axes) -> str:
    """h[3, 0, 1] (step 3, row 0, unit 1)"""
    words = [f"{AXIS_WORDS[a]} {k}" for a, k in zip(axes or (), at, strict=False) if a in AXIS_WORDS]
    return f"{name}[{', '.join(map(str, at))}]" + (f" ({', '.join(words)})" if words else "")


def where(wrong: np.ndarray, name: str, axes: Axes) -> Iterable[str]:
    """Sentences on the steps, then the rows, that are right."""
    for letter, word in (("T", "step"), ("B", "row")):
        if axes and letter in axes and len(axes) == wrong.ndim:
            axis = axes.index(letter)
            right = ~np.any(wrong, axis=tuple(k for k in range(wrong.ndim) if k != axis))
            sentence = pattern(np.asarray(right), word)
            if sentence:
                yield f"{name} is {sentence}."


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
    if isinstance(value, Other):
        return value.kind
    if isinstance(value, np.ndarray):
        return f"an array of shape {shape(value)}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return f"the truth value {value}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int):
        return f"the whole number {value}" if abs(value) < 10**30 else short(value)
    if isinstance(value, (float, np.floating)):  # a long double stays one
        return f"the number {value:.6g}"
    if isinstance(value, (complex, np.complexfloating)):
        return f"the complex number {value:.6g}"
    return "None" if value is None else f"a {type(value).__name__}"


def digits(number: np.generic) -> str:
    """Six digits of a number with a point, all of a whole one."""
    return f"{number:.6g}" if number.dtype.kind == "f" else str(int(number))


def short(value: Any) -> str:
    """As Python writes it, the middle left out where that is long."""
    if isinstance(value, int) and abs(value) >= 10**30:  # thousands of digits are an error to Python
        return f"a whole number of {int(abs(value).bit_length() * 0.30103) + 1} digits"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:50]} … {text[-20:]}"


def shape(array: np.ndarray) -> str:
    return str(tuple(int(n) for n in array.shape))


def plural(n: int, word: str) -> str:
    """1 entry, 2 entries."""
    return f"{n} {word}" if n == 1 else f"{n} {word[:-1] + 'ie' if word.endswith('y') else word}s"
