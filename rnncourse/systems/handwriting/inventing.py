"""How good are characters that do not exist? There is no right answer; five measures stand beside real characters.

What real characters, held out, cost in nats a point. How many of the invented ones are a known character after all,
stroke by stroke. How far the nearest known one is, as a picture. How many strokes there are. And whether three strokes
in a row look like three strokes of a known character; a control puts strokes of different characters together, each
where it was.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncourse.systems.handwriting import writing_live as live
from rnncourse.systems.handwriting.writing import Pen
from rnncourse.systems.handwriting.writing_scoring import nats, played, uniform
from rnncourse.systems.handwriting.writing_training import Drawings, characters

Array = np.ndarray
Strokes = Sequence[Array]
CELLS = 24  # a picture's cells along a side
RUN = 3  # strokes in a row
TIPS = 5  # places of a stroke that are compared
BIASES = (0.0, 0.5, 1.0)
SAMPLES = 300
SAME = 8.0  # units: a real character, stretched as in training, is as near to itself


def invented(model: live.Model, number: int, seed: int, bias: float) -> tuple[list[list[Array]], float]:
    """Characters as strokes, and the share that came to an end; the others are cut after 120 points."""
    found = live.drawn(live.draw(model, number, np.random.default_rng(seed), bias=bias))
    ended = [pens[-1] == model.settings["pens"] - 1 for _, pens in found]
    return [live.strokes(*one) for one in found], float(np.mean(ended))


def evenly(stroke: Array, number: int) -> Array:
    """A stroke (P, 2) as so many places, equally far apart along it."""
    stroke = np.asarray(stroke, float)
    along = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    at = np.linspace(0, along[-1], number)
    return np.stack([np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])], axis=-1)


def picture(strokes: Strokes) -> Array:
    """A character as a blurred picture (24·24,) of length 1, wherever it stands and however large it is."""
    ink = np.concatenate([evenly(stroke, 24) for stroke in strokes])
    weight = np.concatenate([np.full(24, np.hypot(*np.diff(stroke, axis=0).T).sum() + 1.0) for stroke in strokes])
    low, high = ink.min(axis=0), ink.max(axis=0)
    at = (ink - (low + high) / 2) / max(float((high - low).max()), 1.0) * (CELLS - 5) + (CELLS - 1) / 2
    cells = np.arange(CELLS)
    near = np.exp(-((at[:, :, None] - cells) ** 2) / 2)  # (ink, axis, cell)
    image = np.einsum("n,ny,nx->yx", weight, near[:, 1], near[:, 0]).ravel()
    return (image / np.linalg.norm(image)).astype(np.float32)


def runs(strokes: Strokes) -> Array:
    """All runs of three strokes, (R, 3·5·2), wherever they stand and however large they are."""
    if len(strokes) < RUN:
        return np.zeros((0, RUN * TIPS * 2), np.float32)
    tips = np.stack([evenly(stroke, TIPS) for stroke in strokes])
    some = np.stack([tips[k : k + RUN].reshape(-1, 2) for k in range(len(tips) - RUN + 1)])
    low, high = some.min(axis=1, keepdims=True), some.max(axis=1, keepdims=True)
    some = (some - (low + high) / 2) / np.maximum((high - low).max(axis=2, keepdims=True), 1.0)
    return some.reshape(len(some), -1).astype(np.float32)


def nearest(some: Array, known: Array, chunk: int = 200) -> Array:
    """The distance of each row to the nearest known row, (N,)."""
    squares, found = (known**2).sum(axis=1), []
    for start in range(0, len(some), chunk):
        part = some[start : start + chunk]
        found.append(((part**2).sum(axis=1)[:, None] + squares - 2 * part @ known.T).min(axis=1))
    return np.sqrt(np.concatenate(found).clip(min=0)) if found else np.zeros(0)


def mixed(drawings: Sequence[Strokes], rng: np.random.Generator) -> list[list[Array]]:
    """As many characters with as many strokes, the k-th stroke of each from another character's k-th, in its place."""
    most = max(map(len, drawings), default=0)
    made: list[list[Array]] = [[] for _ in drawings]
    for k in range(most):
        have = [n for n, strokes in enumerate(drawings) if len(strokes) > k]
        for n, other in zip(have, np.roll(rng.permutation(have), 1).tolist(), strict=True):
            made[n].append(drawings[other][k])
    return made


def strokes_of(drawings: Drawings) -> list[list[Array]]:
    """The strokes of each drawing."""
    return [live.strokes(places, pens) for places, pens in zip(drawings.places, drawings.pens, strict=True)]


class Judges:
    """What is known of real characters: their pictures and their runs of strokes."""

    def __init__(self, known: Sequence[Strokes]) -> None:
        self.pictures = np.stack([picture(strokes) for strokes in known])
        self.runs = np.concatenate([runs(strokes) for strokes in known])
        self.whole: dict[int, list[Array]] = {}
        for strokes in known:
            self.whole.setdefault(len(strokes), []).append(whole(strokes))

    def of(self, drawings: Sequence[Strokes]) -> dict[str, float]:
        """Medians over characters and over runs, the share that is a known real character (%), numbers of strokes."""
        counts = np.array([len(strokes) for strokes in drawings])
        pictures = np.array([picture(strokes) for strokes in drawings]).reshape(-1, CELLS**2)
        some = np.concatenate([np.zeros((0, RUN * TIPS * 2), np.float32), *map(runs, drawings)])
        return {
            "distance": _median(nearest(pictures, self.pictures)),
            "runs": _median(nearest(some, self.runs)),
            "real": 100 * float(np.mean([self.away(strokes) < SAME for strokes in drawings])) if drawings else math.nan,
            "strokes": float(counts.mean()) if len(counts) else math.nan,
            "deviation of strokes": float(counts.std()) if len(counts) else math.nan,
        }

    def away(self, strokes: Strokes) -> float:
        """How far the nearest real character with as many strokes is: root mean square over all tips, in units."""
        known = self.whole.get(len(strokes))
        if known is None:
            return math.inf
        count = TIPS * len(strokes)
        return float(nearest(whole(strokes)[None], np.stack(known))[0] / math.sqrt(count))


def whole(strokes: Strokes) -> Array:
    """All strokes of a character in their order, where they stand: 5 tips each, (S·5·2,)."""
    return np.stack([evenly(stroke, TIPS) for stroke in strokes]).astype(np.float32).ravel()


def _median(numbers: Array) -> float:
    return float(np.median(numbers)) if len(numbers) else math.nan


def scores(model: Pen, *, seed: int = 0, number: int = SAMPLES) -> dict[str, Any]:
    """What a network that invents characters is worth, with real characters held out and controls beside it."""
    known, asked = characters("train"), characters("test")
    cost, real, player = nats(model, asked), strokes_of(asked), played(model)
    judges, rng = Judges(strokes_of(known)), np.random.default_rng(seed)
    table: dict[str, Any] = {
        "nats": {"places": cost.place, "pen": cost.pen},
        "baselines": {"uniform": uniform("characters"), "pen": pen_alone(known, asked)},
        "real": judges.of(real),
        "real, mixed": judges.of(mixed(real, rng)),
    }
    for bias in BIASES:
        made, share = invented(player, number, seed, bias)
        table[f"bias {bias:g}"] = judges.of(made) | {"ended": 100 * share}
        table[f"bias {bias:g}, mixed"] = judges.of(mixed(made, rng))
    return table


def pen_alone(known: Drawings, asked: Drawings) -> float:
    """Nats per point for what the pen does, where only is known how often it does what."""
    ours, theirs = (np.bincount(np.concatenate(some.pens), minlength=3) for some in (known, asked))
    return float(-(theirs * np.log(ours / ours.sum())).sum() / theirs.sum())
