"""Sequences of class probabilities and labels to align them with, for the exercises on CTC."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.reference import ctc_decoding
from rnncourse.reference.ops import log_softmax

Array = np.ndarray
Search = Callable[..., tuple[list[int], float]]
LONG, FAR = 110, 300.0


def log_probabilities(rng: np.random.Generator, T: int, K: int, sharpness: float = 1.5) -> Array:
    return log_softmax(sharpness * rng.normal(size=(T, K)))


def labels_for(rng: np.random.Generator, S: int, K: int, blank: int) -> Array:
    """S labels of the K - 1 that are not the blank, two neighbours of them equal and two not, where there is room."""
    others = np.delete(np.arange(K), blank)
    labels = rng.choice(others, S)
    if S > 2 and K > 2:
        labels[1] = labels[0]
        labels[2] = rng.choice(others[others != labels[1]])
    return labels


def sequences(rng: np.random.Generator) -> Iterator[Case]:
    """One sequence and its labels: none, one, as many as fit, more than fit; equal neighbours; the blank at any place.

    One step to LONG; 1 class to 30; probabilities that are even, sharp, of 1 and e^-1000, far below 1, not
    normalised; labels of 32 bits; single precision and arrays as they may lie in memory.
    """

    def case(text: str, log_probs: Array, labels: Array, blank: int, layout: str = "C") -> Case:
        (T, K), S = log_probs.shape, len(labels)
        label = f"{text}: T={T}, K={K}, S={S}, blank={blank}"
        return Case((log_probs, labels, blank), label, log_probs.dtype.name, layout=layout)

    def drawn(text: str, T: int, K: int, S: int, blank: int, sharpness: float = 1.5) -> Case:
        return case(text, log_probabilities(rng, T, K, sharpness), labels_for(rng, S, K, blank), blank)

    def told(text: str, T: int, K: int, labels: list[int], blank: int) -> Case:
        return case(text, log_probabilities(rng, T, K), np.array(labels, "int64"), blank)

    T = int(rng.integers(10, 14))
    yield drawn("random sizes", T, 6, 4, 0)
    yield drawn("the same sizes again", T, 6, 4, 0)
    yield drawn("the blank is the last class", int(rng.integers(14, 19)), 9, 3, 8)
    yield drawn("the blank is in the middle", 15, 7, 5, 3)
    yield told("the label 0", 12, 5, [0, 0, 3, 0], 2)
    yield told("no labels", 8, 5, [], 0)
    yield told("no labels, the blank is not 0", 9, 4, [], 3)
    yield told("only the blank", 6, 1, [], 0)
    yield told("one label", 7, 4, [2], 0)
    yield told("one step, one label", 1, 5, [3], 0)
    yield told("one step, no labels", 1, 4, [], 1)
    yield told("one step, two labels: impossible", 1, 4, [2, 3], 0)
    yield told("two steps, one label", 2, 4, [1], 2)
    yield told("two steps, two labels", 2, 6, [4, 2], 0)
    yield told("two steps, the same label twice: impossible", 2, 6, [4, 4], 0)
    yield told("only one alignment", 4, 6, [4, 2, 5, 1], 0)
    yield told("only one alignment, with blanks", 7, 3, [1, 1, 1, 1], 2)
    yield told("one step too few", 6, 3, [1, 1, 1, 1], 2)
    yield drawn("far too few steps", 4, 5, 9, 0)
    yield told("two classes", 9, 2, [1, 1, 1], 0)
    yield told("two classes, the blank is 1", 11, 2, [0, 0], 1)
    yield told("the same label again and again", 14, 4, [3] * 5, 0)
    yield told("two labels in turn", 10, 4, [2, 1] * 3, 0)
    yield told("two labels in turn, the blank is not 0", 13, 5, [0, 4] * 3, 2)
    yield drawn("equal sizes", 6, 6, 6, 1)
    yield drawn("more classes than steps", 9, 12, 3, 5)
    yield drawn("sixty steps", 60, 5, 20, 0)
    yield drawn("many labels", 50, 30, 18, 25)
    yield drawn("long", LONG, 4, 12, 0)
    yield drawn("even probabilities", 12, 5, 3, 0, 0.01)
    yield drawn("sharp probabilities", 12, 5, 3, 4, 30.0)
    one = drawn("from 1 to e^-1000", 10, 5, 3, 0)
    yield replace(one, args=(-1000 * rng.uniform(0, 1, (10, 5)), *one.args[1:]))
    one = drawn("far below 1", 30, 5, 4, 1)
    yield replace(one, args=(one.args[0] - FAR, *one.args[1:]))
    one = drawn("not normalised, all above 1", 12, 5, 4, 0)
    yield replace(one, args=(rng.uniform(0, 3, (12, 5)), *one.args[1:]))
    one = drawn("labels of 32 bits", 11, 5, 3, 0)
    yield replace(one, args=(one.args[0], one.args[1].astype("int32"), 0))
    yield case("single precision", log_probabilities(rng, 9, 6).astype("float32"), labels_for(rng, 4, 6, 2), 2)
    for layout in ("by columns", "strided", "read-only"):
        yield case(layout, log_probabilities(rng, 10, 5), labels_for(rng, 3, 5, 0), 0, layout)


def narrowest_lead(log_probs: Array, width: int, blank: int) -> float:
    """By how much a beam search decides, at least: at each step's last place, and between the two best at the end.

    Infinite where nothing was to be decided. A search on which this is large finds the same however it rounds.
    """
    kept: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    lead = np.inf
    for row in log_probs.tolist():
        found = ctc_decoding._continued(kept, row, blank)
        kept = ctc_decoding._best(found, len(found))
        totals = [ctc_decoding._total(ends) for ends in kept.values()]
        if width < len(totals) and np.isfinite(totals[width]):
            lead = min(lead, totals[width - 1] - totals[width])
        kept = dict(list(kept.items())[:width])
    return min(lead, totals[0] - totals[1]) if len(totals) > 1 and width > 1 else lead
