"""How well is a pen read? Edits over all digits that were written, numbers wholly right, and when a digit is said."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference.metrics import edit_distance
from rnncourse.systems.handwriting.reader import BLANK, Reader
from rnncourse.systems.handwriting.reading import WIDTH, beams, best_paths, log_probabilities
from rnncourse.systems.handwriting.strokes import Way

Array = np.ndarray


class Known(NamedTuple):
    """A pen's way and the digits that were written."""

    way: Way
    labels: Array  # (S,)


def scores(found: Sequence[Sequence[int]], true: Sequence[Array]) -> dict[str, float]:
    """{"errors": edits ÷ digits written, "right": the share of numbers without an error}."""
    if len(found) != len(true):
        raise ValueError(f"found: {len(found)} answers to {len(true)} numbers")
    edits = [edit_distance(list(a), b.tolist()) for a, b in zip(found, true, strict=True)]
    digits = sum(len(b) for b in true)
    return {"errors": sum(edits) / max(1, digits), "right": float(np.mean([e == 0 for e in edits]))}


def spikes(said: Sequence[Array], known: Sequence[Known]) -> Array:
    """Where a digit is first said, in points after its last one (negative: before it ends), of numbers read rightly."""
    after: list[int] = []
    for log_p, one in zip(said, known, strict=True):
        path = log_p.argmax(axis=1)
        starts = np.flatnonzero((path != BLANK) & (path != np.append(BLANK, path[:-1])))
        if np.array_equal(path[starts] - 1, one.labels):
            last = [int(np.flatnonzero(one.way.stroke == s)[-1]) for s in range(len(one.labels))]
            after += (starts - np.array(last)).tolist()
    return np.array(after)


def evaluate(model: Reader, known: Sequence[Known], *, beamed: int = 200, width: int = WIDTH) -> dict[str, Any]:
    """{"count", "best path": {…}, "beam 10": {…}}; the beam on the first `beamed` only, beside the best path there."""
    said, true = log_probabilities(model, [one.way for one in known]), [one.labels for one in known]
    best = best_paths(said)
    table: dict[str, Any] = {"count": len(known), "best path": scores(best, true)}
    if beamed:
        few = min(beamed, len(known))
        table[f"best path, first {few}"] = scores(best[:few], true[:few])
        table[f"beam {width}"] = scores(beams(said[:few], width), true[:few]) | {"count": few}
    return table
