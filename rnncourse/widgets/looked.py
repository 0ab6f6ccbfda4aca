"""Where a decoder looked: a row for each sign that it wrote, with all letters of the text, shaded by weight.

A letter stands on its own shade, so that a long text may wrap: no row needs to be wider than a phone. Every row has the
same letters, so that the rows form a map. The shade's colour here is for pages without a style sheet;
`static/figures.css` has one for dark pages too.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

SHADE = "90 168 214"  # of weight 1; half of it is half as dense
FAINT = 0.005  # what rounds to less is not drawn
END = "end"
LOOK = "background:var(--rnn-paper,#fbfaf7);color:var(--rnn-ink,#1f2937)"  # ink and paper go together


def letter(sign: str, weight: float) -> str:
    """One letter on its shade."""
    shade = f' style="background:rgb(var(--rnn-look,{SHADE})/{weight:.2f})"' if weight >= FAINT else ""
    return f"<span{shade}>{escape(sign)}</span>"


def row(sign: str, letters: Sequence[str], weights: Sequence[float], p: float) -> str:
    """The row of one written sign, "" for the end: its letters (T,), their weights (T,), the sign's probability."""
    cells = "".join(letter(one, weight) for one, weight in zip(letters, weights, strict=True))
    return (
        f'<div class="rnn-look"><b>{escape(sign or END)}</b><code style="{LOOK}">{cells}</code>'
        f"<small>{percent(p)}</small></div>"
    )


def percent(p: float) -> str:
    """A probability in per cent; what is nearly sure is not called sure."""
    return "> 99 %" if p > 0.99 else "< 1 %" if p < 0.01 else f"{100 * p:.0f} %"


def half(letters: Sequence[str], weights: Sequence[float]) -> list[tuple[str, int, int]]:
    """The fewest letters that hold half of the weight, neighbours joined: (letters, first, last), counted from 1."""
    w = np.asarray(weights, dtype=float)
    order = np.argsort(-w, kind="stable")
    count = int(np.searchsorted(np.cumsum(w[order]), w.sum() / 2)) + 1
    runs: list[tuple[str, int, int]] = []
    for t in sorted(order[:count].tolist()):
        if runs and runs[-1][2] == t:
            text, first, _ = runs.pop()
            runs.append((text + letters[t], first, t + 1))
        else:
            runs.append((letters[t], t + 1, t + 1))
    return runs


def said(sign: str, letters: Sequence[str], weights: Sequence[float]) -> str:
    """What one written sign looked at most, in words: "0: “mar” (letters 3 to 5)"."""
    seen = [
        f"{_named(text)} ({f'letter {first}' if first == last else f'letters {first} to {last}'})"
        for text, first, last in half(letters, weights)
    ]
    return f"{sign or END}: {' and '.join(seen)}"


def listed(lines: Iterable[str]) -> str:
    """Those words as a list that a reader may open."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>The same in words: where half of each look fell</summary><ul>{items}</ul></details>"


def legend() -> list[tuple[str, str]]:
    """Samples of three weights."""
    weights: NDArray[np.float64] = np.array([0.2, 0.5, 1.0])
    names = ("a fifth of a look", "half", "all of it")
    return [
        (f'<code style="{LOOK}">{letter("a", weight)}</code>', name)
        for weight, name in zip(weights.tolist(), names, strict=True)
    ]


def _named(text: str) -> str:
    return "a space" if text == " " else f"“{text}”"
