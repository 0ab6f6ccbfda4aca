"""Training: numbers drawn once from the seed, batches from seed and epoch: an interrupted run goes on exactly."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import pendigits
from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.systems.handwriting.reader import Reader, reading_loss
from rnncourse.systems.handwriting.reading import padded
from rnncourse.systems.handwriting.reading_scoring import Known
from rnncourse.systems.handwriting.strokes import numbers, strokes_of, way
from rnncourse.torch.training import History, fit, mean_loss

PARTS = {"train": 0, "validation": 1, "test": 2}
HELD_OUT = 750  # digits of "train" that no network learns from; whose they are is not in the data
POOL = 20  # batches that are sorted by length together, so that little of them is padding
VALIDATED = 500


def known(
    part: str,
    count: int,
    *,
    seed: int = 0,
    lengths: tuple[int, int] = (3, 8),
    jumps: str = "filled",
    pen: bool = False,
) -> list[Known]:
    """Numbers of one part with what was written: "train" and "validation" of the thirty people, "test" of the others.

    Raises
    ------
    ValueError : another part.
    """
    points, labels = digits(part)
    rng = np.random.default_rng([PARTS[part], seed])
    drawn = numbers(points, labels, count, rng, lengths=lengths)
    return [Known(way(strokes_of(one), jumps=jumps, pen=pen), one.labels) for one in drawn]


def digits(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The digits (N, 8, 2) and (N,) of which a part's numbers are made; no digit is in two parts."""
    check_choice("part", part, tuple(PARTS))
    points, labels = pendigits.load("test" if part == "test" else "train")
    if part == "test":
        return points, labels
    order = np.random.default_rng(16).permutation(len(labels))
    kept = order[HELD_OUT:] if part == "train" else order[:HELD_OUT]
    return points[kept], labels[kept]


def train(
    *,
    hidden: int = 96,
    layers: int = 2,
    bidirectional: bool = True,
    pen: bool = False,
    jumps: str = "filled",
    examples: int = 20_000,
    epochs: int = 10,
    updates: int = 60,
    batch: int = 32,
    lr: float = 4e-3,
    seed: int = 0,
    device: str | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> tuple[Reader, History]:
    """Train one network on numbers of three to eight digits, watching the loss on other digits of the same people.

    Parameters
    ----------
    hidden … jumps : the network's, see `Reader`; `pen` and `jumps` also say how its ways are made.
    examples : how many numbers are drawn, once.
    epochs, updates : so many times so many updates; the learning rate falls to 0 in a straight line.
    checkpoint : a file, written after every epoch; a run that finds it goes on from there.

    Returns
    -------
    model, in eval mode; the history
    """
    counts = {"examples": examples, "epochs": epochs, "updates": updates, "batch": batch}
    for name, count in counts.items():
        check_count(name, count)
    check_number("lr", lr, 0)
    torch.manual_seed(seed)
    model = Reader(hidden=hidden, layers=layers, bidirectional=bidirectional, pen=pen, jumps=jumps)
    drawn = known("train", examples, seed=seed, jumps=jumps, pen=pen)
    watched = known("validation", min(VALIDATED, examples), jumps=jumps, pen=pen)
    watch = list(Batches(watched, batch, updates, seed).still())
    steps = epochs * updates
    history = fit(
        model,
        Batches(drawn, batch, updates, seed),
        loss=reading_loss,
        epochs=epochs,
        lr=lr,
        schedule=lambda update: 1 - update / steps,
        max_norm=1.0,
        validate=lambda _: mean_loss(model, watch, reading_loss),
        device=device,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), history


class Batches:
    """batches(epoch) gives that epoch's (features, lengths, targets, sizes), of about equal lengths."""

    def __init__(self, drawn: Sequence[Known], size: int, updates: int, seed: int) -> None:
        self.drawn, self.size, self.updates, self.seed = drawn, size, updates, seed

    def __len__(self) -> int:
        return self.updates

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, ...]]:
        rng = np.random.default_rng([self.seed, epoch])
        lengths = np.array([len(one.way.features) for one in self.drawn])
        for first in range(0, self.updates, POOL):
            number = min(POOL, self.updates - first)
            which = rng.integers(0, len(self.drawn), number * self.size)
            which = which[np.argsort(lengths[which], kind="stable")]
            for k in rng.permutation(number):
                yield self.batch(which[k * self.size : (k + 1) * self.size].tolist())

    def still(self) -> Iterator[tuple[Tensor, ...]]:
        """All numbers in their order."""
        for start in range(0, len(self.drawn), self.size):
            yield self.batch(list(range(len(self.drawn)))[start : start + self.size])

    def batch(self, which: list[int]) -> tuple[Tensor, ...]:
        """Features (T, B, 3), lengths (B,), digits + 1 (B, S), how many there are (B,)."""
        some = [self.drawn[k] for k in which]
        features, lengths = padded([one.way.features for one in some])
        sizes = [len(one.labels) for one in some]
        targets = np.zeros((len(some), max(sizes)), np.int64)
        for b, one in enumerate(some):
            targets[b, : sizes[b]] = one.labels + 1
        return features, lengths, torch.from_numpy(targets), torch.tensor(sizes)


def weighed(model: nn.Module) -> int:
    """How many numbers a network has learnt."""
    return sum(parameter.numel() for parameter in model.parameters())
