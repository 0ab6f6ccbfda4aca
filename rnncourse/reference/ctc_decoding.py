"""From classes at every step to a labelling: the best path, or the best few labellings (chapter 16, planned).

Many alignments collapse to one labelling, and its probability is their sum (`ctc`). The most probable alignment need
not belong to the most probable labelling: a search that adds up alignments may find a better one.
"""

import numpy as np

from rnncourse.reference._validation import check_array, check_count, check_finite
from rnncourse.reference.ctc import ctc_collapse

Array = np.ndarray
Labels = tuple[int, ...]


def ctc_best_path(log_probs: Array, blank: int = 0) -> tuple[list[int], float]:
    """Take the most probable class of every step, and collapse.

    log_probs : (T, K) logarithms of the classes' probabilities at each step.

    Returns (labels, log p of this one alignment); of equally probable classes the first.
    Raises TypeError, ValueError: log_probs of another shape or type, or not finite; a blank outside 0 … K - 1.
    Source: Graves et al. 2006, section 3.2, "best path decoding".
    """
    _check(log_probs, blank)
    return ctc_collapse(log_probs.argmax(axis=1), blank), float(log_probs.max(axis=1).sum())


def ctc_beam_search(log_probs: Array, width: int, blank: int = 0) -> tuple[list[int], float]:
    """Keep the `width` most probable labellings, step by step; return the best and its log-probability.

    log_probs : (T, K) logarithms of the classes' probabilities at each step.
    width : how many labellings are kept after each step, at least 1.

    Returns (labels, log p: of the sum over the alignments all of whose beginnings were kept). Where width is at least
    the number of labellings, this is the labelling's whole probability, -`ctc_loss`. Equally probable ones go by the
    order of their labels.
    Raises TypeError, ValueError: log_probs of another shape or type, or not finite; a width below 1; a blank outside
    0 … K - 1.
    Source: Hannun et al. 2014, a prefix search for CTC; theirs has a language model besides.
    """
    _check(log_probs, blank)
    check_count("width", width)
    kept: dict[Labels, tuple[float, float]] = {(): (0.0, -np.inf)}
    for row in log_probs.tolist():
        kept = _best(_continued(kept, row, blank), width)
    labels, ends = next(iter(kept.items()))
    return list(labels), _total(ends)


def _continued(
    kept: dict[Labels, tuple[float, float]], row: list[float], blank: int
) -> dict[Labels, tuple[float, float]]:
    """Every labelling one step later: log p of its alignments that end in a blank, and of those that end in its label.

    Where a labelling ends as its label goes on, nothing is added; after a blank the same label is another one.
    """
    found: dict[Labels, tuple[float, float]] = {}

    def add(labels: Labels, in_blank: float, in_label: float) -> None:
        before = found.get(labels, (-np.inf, -np.inf))
        found[labels] = float(np.logaddexp(before[0], in_blank)), float(np.logaddexp(before[1], in_label))

    for labels, (in_blank, in_label) in kept.items():
        both = _total((in_blank, in_label))
        for k, log_p in enumerate(row):
            if k == blank:
                add(labels, both + log_p, -np.inf)
            elif labels and k == labels[-1]:
                add(labels, -np.inf, in_label + log_p)
                add((*labels, k), -np.inf, in_blank + log_p)
            else:
                add((*labels, k), -np.inf, both + log_p)
    return found


def _best(found: dict[Labels, tuple[float, float]], width: int) -> dict[Labels, tuple[float, float]]:
    """The most probable so many, the best one first."""
    ranked = sorted((-_total(ends), labels) for labels, ends in found.items())
    return {labels: found[labels] for _, labels in ranked[:width]}


def _total(ends: tuple[float, float]) -> float:
    return float(np.logaddexp(*ends))


def _check(log_probs: Array, blank: int) -> None:
    check_array("log_probs", log_probs, T=None, K=None)
    check_finite("log_probs", log_probs)
    check_count("blank", blank, 0, log_probs.shape[1] - 1)
