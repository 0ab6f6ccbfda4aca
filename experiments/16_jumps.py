"""A pen's jumps, its lifts, the future: what does a reader of numbers lean on, and how far beyond training's lengths?

Question: a network reads a number of three to eight digits from the way of a pen, with CTC and no digit's place told.
Between digits the pen jumps: in one long step ("kept"), or in steps of the usual size ("filled"); a flag says where it
was in the air, or is taken away. How many digits are wrong, with two directions and with one?
If jumps give the places of the digits away, errors rise where they are filled and the flag is taken away; if not, they
stay. If the digits to come help, two directions make fewer errors than one; if not, as many. CTC may say a digit late:
when a digit is said is measured, of numbers that were read rightly, in points after its last one.
Controls: the same digits cut at their true places and read by the nearest of training's digits, which knows no time:
what reading costs when places are known. Numbers longer than any in training. Equal care: equal updates and data, the
learning rate chosen for each on validation numbers. The people of "test" are others; validation digits are by the
people of training, whose digits are not told apart in the data. Two directions and one have the same units in all, so
that one direction has more weights.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np

from _run import Best, Experiment
from rnncourse.data import pendigits
from rnncourse.systems import handwriting
from rnncourse.systems.handwriting.strokes import evenly

EPOCH = 50  # updates between two looks at the validation numbers
LENGTHS = (3, 4, 5, 6, 7, 8, 12, 16)
RATES = (3e-3, 6e-3, 1.2e-2)
NETWORK = {"hidden": 96, "layers": 2, "batch": 32}
POINTS = 16  # of a digit that the nearest neighbour compares


def run(
    seed: int,
    *,
    bidirectional: bool,
    jumps: str,
    pen: bool,
    lr: float,
    updates: int,
    examples: int,
    scored: int,
    beamed: int,
    apiece: int,
) -> Mapping[str, float]:
    """Digits wrong of numbers by other people, best path and beam, by length, and when a digit is said."""
    seen = {"jumps": jumps, "pen": pen}
    model, history = handwriting.train(
        bidirectional=bidirectional,
        lr=lr,
        seed=seed,
        examples=examples,
        epochs=max(1, updates // EPOCH),
        updates=min(EPOCH, updates),
        device="cpu",
        progress=False,
        **seen,
        **NETWORK,
    )
    asked = handwriting.known("test", scored, **seen)
    measured = {"loss on validation": history.validation[-1]}
    for way, row in handwriting.evaluate(model, asked, beamed=beamed).items():
        if way != "count":
            measured |= {f"{name}, {way}": row[name] for name in ("errors", "right")}
    late = handwriting.spikes(handwriting.log_probabilities(model, [one.way for one in asked]), asked)
    if len(late):
        low, middle, high = np.percentile(late, (5, 50, 95))
        measured |= {"said, 5 %": float(low), "said, median": float(middle), "said, 95 %": float(high)}
    for length in LENGTHS:
        few = handwriting.known("test", apiece, seed=length, lengths=(length, length), **seen)
        table = handwriting.evaluate(model, few, beamed=0)
        measured[f"errors, {length} digits"] = table["best path"]["errors"]
    return measured | {"errors, cut and nearest": nearest(scored)}


@cache
def nearest(scored: int) -> float:
    """The share of the test numbers' digits, cut at their true places, whose nearest training digit is another one."""
    wrong = [found != label for found, label in _compared(scored)]
    return float(np.mean(wrong))


def _compared(scored: int) -> list[tuple[int, int]]:
    """The label of the nearest training digit, and the true one."""
    points, labels = pendigits.load("train")
    rows = np.array([_shape(one) for one in points])
    pairs = []
    for number in handwriting.known("test", scored, pen=True):  # with the flag: it says where each digit begins
        for s, label in enumerate(number.labels.tolist()):
            shape = _shape(number.way.points[_digit(number.way, s)])
            pairs.append((int(labels[np.square(rows - shape).sum(axis=1).argmin()]), label))
    return pairs


def _digit(way: handwriting.Way, s: int) -> np.ndarray:
    """Where a digit's points are: from the last one that is flagged, at which the pen comes down."""
    own = np.flatnonzero(way.stroke == s)
    flagged = own[way.features[own, 2] > 0]
    return own if not len(flagged) else own[own >= flagged[-1]]


def _shape(points: np.ndarray) -> np.ndarray:
    """A digit as so many points evenly on its way, stretched to a square as the data is."""
    way = evenly(points, 1e-3)
    even = way[np.linspace(0, len(way) - 1, POINTS).round().astype(int)]
    return ((even - even.min(axis=0)) / np.maximum(np.ptp(even, axis=0), 1e-9)).ravel()


EXPERIMENT = Experiment(
    run,
    settings=[
        {"bidirectional": both, "jumps": jumps, "pen": pen, "lr": Best(RATES, by="loss on validation")}
        for both, jumps, pen in (
            (True, "filled", True),
            (True, "filled", False),
            (True, "kept", True),
            (False, "filled", True),
            (False, "kept", True),
            (False, "filled", False),
            (True, "kept", False),
        )
    ],
    seeds=5,
    options={"updates": 500, "examples": 20_000, "scored": 1000, "beamed": 200, "apiece": 200},
    small={"updates": 2, "examples": 40, "scored": 4, "beamed": 1, "apiece": 2},
    constants=NETWORK | {"epoch": EPOCH, "lengths": list(LENGTHS), "points": POINTS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
