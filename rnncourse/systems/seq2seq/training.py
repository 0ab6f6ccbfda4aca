"""Training: batches drawn from the seed and the epoch alone, so that an interrupted run goes on exactly."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_count, check_number
from rnncourse.systems.seq2seq.model import Translator, translation_loss
from rnncourse.systems.seq2seq.symbols import Symbols, padded
from rnncourse.systems.seq2seq.tasks import Pairs, every_answer, pairs
from rnncourse.torch.training import History, fit, mean_loss

POOL = 20  # batches that are sorted by length together, so that little of them is padding
VALIDATED = 1000


def train(
    task: str,
    *,
    cell: str = "gru",
    attention: bool = True,
    bidirectional: bool = True,
    examples: int = 40_000,
    epochs: int = 10,
    updates: int = 500,
    batch: int = 64,
    lr: float = 3e-3,
    seed: int = 0,
    embedding: int = 64,
    hidden: int = 128,
    dropout: float = 0.1,
    device: str | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    data: tuple[Pairs, Pairs] | None = None,
) -> tuple[Translator, Symbols, Symbols, History]:
    """Train one network on the part "train" of a task, watching the loss on "validation".

    Parameters
    ----------
    examples : how many training pairs are drawn, once.
    epochs, updates : so many times so many updates; the learning rate falls to 0 in a straight line.
    checkpoint : a file, written after every epoch; a run that finds it goes on from there.
    data : training and validation pairs to use in place of the task's.

    Returns
    -------
    model, in eval mode; the symbols of sources and of targets; the history
    """
    counts = {"examples": examples, "epochs": epochs, "updates": updates, "batch": batch}
    for name, count in counts.items():
        check_count(name, count)
    check_number("lr", lr, 0)
    known, watched = data or (pairs(task, "train", examples, seed=seed), pairs(task, "validation", VALIDATED))
    sources, targets = every_answer(known)
    source, target = Symbols.of(sources), Symbols.of(targets)
    torch.manual_seed(seed)
    model = Translator(
        len(source),
        len(target),
        cell=cell,
        attention=attention,
        bidirectional=bidirectional,
        embedding=embedding,
        hidden=hidden,
        dropout=dropout,
    )
    draw = Batches(source, target, known, batch, updates, seed)
    watch = list(Batches(source, target, watched, batch, updates, seed).still())
    steps = epochs * updates
    history = fit(
        model,
        draw,
        loss=translation_loss,
        epochs=epochs,
        lr=lr,
        schedule=lambda update: 1 - update / steps,
        max_norm=5.0,
        validate=lambda _: mean_loss(model, watch, translation_loss),
        device=device,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), source, target, history


class Batches:
    """batches(epoch) gives that epoch's (sources, targets), of about equal lengths; the same on every call."""

    def __init__(self, source: Symbols, target: Symbols, data: Pairs, size: int, updates: int, seed: int) -> None:
        sources, targets = every_answer(data)
        self.sources = [source.numbers(one) for one in sources]
        self.targets = [target.numbers(one, ends=True) for one in targets]
        self.size, self.updates, self.seed = size, updates, seed

    def __len__(self) -> int:
        return self.updates

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self.seed, epoch])
        lengths = np.array([len(one) for one in self.sources])
        for first in range(0, self.updates, POOL):
            number = min(POOL, self.updates - first)
            drawn = rng.integers(0, len(self.sources), number * self.size)
            drawn = drawn[np.argsort(lengths[drawn], kind="stable")]
            for k in rng.permutation(number):
                yield self.batch(drawn[k * self.size : (k + 1) * self.size].tolist())

    def still(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All pairs in their order."""
        for start in range(0, len(self.sources), self.size):
            yield self.batch(list(range(len(self.sources)))[start : start + self.size])

    def batch(self, which: list[int]) -> tuple[Tensor, Tensor]:
        """Sources (T, B) and targets (U, B)."""
        sources, targets = ([rows[k] for k in which] for rows in (self.sources, self.targets))
        return torch.from_numpy(padded(sources)), torch.from_numpy(padded(targets))


def weighed(model: nn.Module) -> int:
    """How many numbers a network has learnt."""
    return sum(parameter.numel() for parameter in model.parameters())
