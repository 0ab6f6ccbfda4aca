"""Training of the two networks that write: digits that are asked for, and characters that do not exist.

Batches are drawn from the seed and the epoch alone, so that an interrupted run goes on exactly. Places are whole
numbers, and a Gaussian narrow enough on a whole number would claim any density: each gets a uniform offset within its
unit, in training anew each time. A density per unit is then never more than the probability of the whole number.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rnncourse.data import kanji, pendigits
from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.systems.handwriting.writing import NOWHERE, Pen, drawing_loss
from rnncourse.torch.training import History, fit, mean_loss

Array = np.ndarray
WHAT = ("digits", "characters")
GO_ON, END = 0, 1  # what the pen does in a digit
DRAW, LIFT, LAST = 0, 1, 2  # and in a character
POOL = 20  # batches that are sorted by length together, so that little of them is padding
WATCHED = 2000  # digits of training that are only watched: the people of the test stay unseen
STRETCH = 0.1  # a character's width and height are changed by up to so much, another way each time


class Drawings(NamedTuple):
    """N drawings."""

    places: list[Array]  # (T, 2) whole numbers
    pens: list[Array]  # (T,) int64, what the pen does after each
    classes: Array | None  # (N,) int64, what was meant; None for characters

    @property
    def labels(self) -> Array:
        """The classes; ValueError where there are none."""
        if self.classes is None:
            raise ValueError("these drawings have no classes")
        return self.classes


def digits(part: str) -> Drawings:
    """Digits of PenDigits on a square of 100 units: "train" and "validation" by thirty people, "test" by the others.

    Raises
    ------
    ValueError : another part.
    """
    check_choice("part", part, kanji.PARTS)
    points, labels = pendigits.load("test" if part == "test" else "train")
    mixed = np.random.default_rng(0).permutation(len(points)) if part != "test" else np.arange(len(points))
    chosen = {"test": mixed, "validation": mixed[:WATCHED], "train": mixed[WATCHED:]}[part]
    places = (100 * points[chosen]).round()
    pens = np.full(places.shape[:2], GO_ON)
    pens[:, -1] = END
    return Drawings(list(places), list(pens), labels[chosen])


def characters(part: str, number: int | None = None) -> Drawings:
    """Characters of `rnncourse.data.kanji`; raises what its `load` raises."""
    return from_strokes(kanji.load(part, number).strokes)


def from_strokes(drawings: Sequence[Sequence[Array]]) -> Drawings:
    """Strokes as points, after which the pen draws on, is lifted or has finished."""
    places, pens = [], []
    for strokes in drawings:
        places.append(np.concatenate(strokes).astype(float))
        did = np.full(len(places[-1]), DRAW)
        did[np.cumsum([len(stroke) for stroke in strokes]) - 1] = LIFT
        did[-1] = LAST
        pens.append(did)
    return Drawings(places, pens, None)


def settings_for(what: str) -> dict[str, Any]:
    """What data decide of a network: classes, what the pen can do, the square."""
    check_choice("what", what, WHAT)
    if what == "digits":
        return {"classes": 10, "pens": 2, "span": 100.0, "scale": 50.0, "steps": 8}
    return {"classes": 0, "pens": 3, "span": float(kanji.SIDE), "scale": 22.0, "steps": 1}


def data(what: str, part: str) -> Drawings:
    """The drawings of one part; raises what `digits` and `characters` raise."""
    check_choice("what", what, WHAT)
    return digits(part) if what == "digits" else characters(part)


def train(
    what: str,
    *,
    hidden: int = 128,
    components: int = 10,
    memory: str = "lstm",
    epochs: int = 10,
    updates: int = 300,
    batch: int = 64,
    lr: float = 5e-3,
    dropout: float = 0.0,
    seed: int = 0,
    device: str | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    drawings: tuple[Drawings, Drawings] | None = None,
) -> tuple[Pen, History]:
    """Train one network on the part "train", watching nats per point on "validation".

    Parameters
    ----------
    what : "digits" or "characters".
    epochs, updates : so many times so many updates; the learning rate falls to 0 in a straight line.
    checkpoint : a file, written after every epoch; a run that finds it goes on from there.
    drawings : training and validation drawings to use in place of the package's.

    Returns
    -------
    model, in eval mode; the history
    """
    for name, count in {"epochs": epochs, "updates": updates, "batch": batch}.items():
        check_count(name, count)
    check_number("lr", lr, 0)
    fixed = settings_for(what)
    known, watched = drawings or (data(what, "train"), data(what, "validation"))
    torch.manual_seed(seed)
    model = Pen(hidden=hidden, components=components, memory=memory, dropout=dropout, **fixed)
    stretch = STRETCH if what == "characters" else 0.0
    draw = Batches(known, batch, updates, seed, stretch=stretch, span=fixed["span"])
    watch = list(Batches(watched, 200, updates, seed, span=fixed["span"]).still())
    steps = epochs * updates
    history = fit(
        model,
        draw,
        loss=drawing_loss,
        epochs=epochs,
        lr=lr,
        schedule=lambda update: 1 - update / steps,
        max_norm=1.0,
        validate=lambda _: mean_loss(model, watch, drawing_loss),
        device=device,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), history


class Batches:
    """batches(epoch) gives that epoch's (places, pens) or (places, pens, classes); the same on every call."""

    def __init__(
        self, drawings: Drawings, size: int, updates: int, seed: int, *, stretch: float = 0.0, span: float = 100.0
    ) -> None:
        self.drawings, self.size, self.updates, self.seed = drawings, size, updates, seed
        self.stretch, self.span = stretch, span

    def __len__(self) -> int:
        return self.updates

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, ...]]:
        rng = np.random.default_rng([self.seed, epoch])
        lengths = np.array([len(one) for one in self.drawings.places])
        for first in range(0, self.updates, POOL):
            number = min(POOL, self.updates - first)
            drawn = rng.integers(0, len(lengths), number * self.size)
            drawn = drawn[np.argsort(lengths[drawn], kind="stable")]
            for k in rng.permutation(number):
                yield self.batch(drawn[k * self.size : (k + 1) * self.size], rng)

    def still(self) -> Iterator[tuple[Tensor, ...]]:
        """All drawings in their order, not stretched, always with the same offsets within a unit."""
        rng = np.random.default_rng(0)
        for start in range(0, len(self.drawings.places), self.size):
            yield self.batch(np.arange(start, min(start + self.size, len(self.drawings.places))), rng, stretched=False)

    def batch(self, which: Array, rng: np.random.Generator, *, stretched: bool = True) -> tuple[Tensor, ...]:
        """Places (T, B, 2) with their offsets within a unit, pens (T, B), `NOWHERE` past an end, and classes (B,)."""
        T, B = max(len(self.drawings.places[k]) for k in which), len(which)
        places, pens = np.full((T, B, 2), self.span / 2), np.full((T, B), NOWHERE)
        for b, k in enumerate(which):
            length = len(self.drawings.places[k])
            places[:length, b], pens[:length, b] = self.drawings.places[k], self.drawings.pens[k]
        if stretched and self.stretch:
            middle = self.span / 2
            places = middle + (places - middle) * rng.uniform(1 - self.stretch, 1 + self.stretch, (B, 2))
        places += rng.uniform(-0.5, 0.5, places.shape)
        tensors = (torch.from_numpy(places).float(), torch.from_numpy(pens))
        classes = self.drawings.classes
        return tensors if classes is None else (*tensors, torch.from_numpy(classes[which]))
