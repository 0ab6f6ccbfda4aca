"""Training: new pictures every epoch, drawn from the seed and the epoch alone, so that it goes on exactly."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import clutter
from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.systems.glimpses.convnet import ConvNet
from rnncourse.systems.glimpses.model import WAYS, Looker, looking_loss
from rnncourse.torch.training import History, fit, mean_loss

EVERY_WAY = (*WAYS, "convolutions")
VALIDATED = 1000
AT_ONCE = 20  # batches that are drawn together


def build(way: str, **settings: Any) -> Looker | ConvNet:
    """An untrained network: a Looker, or with "convolutions" a ConvNet."""
    check_choice("way", way, EVERY_WAY)
    return ConvNet(**settings) if way == "convolutions" else Looker(way=way, **settings)


def train(
    way: str = "gradient",
    *,
    epochs: int = 20,
    updates: int = 200,
    batch: int = 128,
    lr: float = 2e-3,
    seed: int = 0,
    pieces: int = 4,
    place: str = "anywhere",
    every: bool = True,
    device: str | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    **settings: Any,
) -> tuple[Looker | ConvNet, History]:
    """Train one network on digits in clutter, watching the loss on validation pictures.

    Parameters
    ----------
    way : one of EVERY_WAY.
    epochs, updates : so many times so many updates; the learning rate falls to 0 in a straight line.
    pieces, place : of other digits in a picture; where the digit is, as `clutter.load` has it.
    every : the loss counts after every glimpse; False: after the last alone.
    checkpoint : a file, written after every epoch; a run that finds it goes on from there.
    settings : the network's own: side, size, scales, …

    Returns
    -------
    model, in eval mode; the history
    """
    for name, count in {"epochs": epochs, "updates": updates, "batch": batch}.items():
        check_count(name, count)
    check_number("lr", lr, 0)
    torch.manual_seed(seed)
    model = build(way, **settings)
    side = model.settings["side"]
    watched = list(batches_of("validation", VALIDATED, batch, side=side, pieces=pieces, place=place))
    steps, loss = epochs * updates, partial(looking_loss, every=every)
    history = fit(
        model,
        Batches(batch, updates, seed, side=side, pieces=pieces, place=place),
        loss=loss,
        epochs=epochs,
        lr=lr,
        schedule=lambda update: 1 - update / steps,
        max_norm=5.0,
        validate=lambda _: mean_loss(model, watched, loss),
        device=device,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), history


class Batches:
    """batches(epoch) gives that epoch's (images, labels); the same on every call."""

    def __init__(self, size: int, updates: int, seed: int, **pictures: Any) -> None:
        self.size, self.updates, self.seed, self.pictures = size, updates, seed, pictures

    def __len__(self) -> int:
        return self.updates

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self.seed, epoch])
        for first in range(0, self.updates, AT_ONCE):
            number = min(AT_ONCE, self.updates - first) * self.size
            yield from batches_of("train", number, self.size, seed=int(rng.integers(2**62)), **self.pictures)


def batches_of(part: str, number: int, size: int, **pictures: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """`number` pictures of one part, `size` of them at a time: images (B, Y, X), labels (B,)."""
    images, labels, _ = clutter.load(part, number, **pictures)
    for start in range(0, number, size):
        yield torch.from_numpy(images[start : start + size]), torch.from_numpy(labels[start : start + size])


def weighed(model: nn.Module) -> int:
    """How many numbers a network has learnt."""
    return sum(parameter.numel() for parameter in model.parameters())
