"""Training: batches drawn from the seed and the epoch alone, so that an interrupted run goes on exactly."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_count
from rnncourse.systems.captioning.model import Captioner, caption_loss
from rnncourse.systems.captioning.pictures import CaptionData, moved, to_tensor
from rnncourse.systems.captioning.vocabulary import Vocabulary
from rnncourse.torch.training import History, fit, mean_loss


def train(
    data: CaptionData,
    *,
    cell: str = "gru",
    attention: bool = False,
    epochs: int = 25,
    batch: int = 64,
    lr: float = 2e-3,
    seed: int = 0,
    width: int = 32,
    minimum_count: int = 1,
    device: str | None = None,
    precision: str = "fp32",
    checkpoint: str | Path | None = None,
    after_epoch: Callable[[Captioner, Vocabulary], object] | None = None,
    progress: bool = True,
) -> tuple[Captioner, Vocabulary, History]:
    """Train a captioner on the part "train" and watch the loss on "validation".

    The vocabulary comes from the training captions alone. With `checkpoint` the file is written after every epoch,
    and a run that finds it goes on from there to the very weights of an uninterrupted one. `after_epoch` is called with
    the model, in eval mode, and the vocabulary; what it returns is not used.
    """
    for name, value, low in (("epochs", epochs, 1), ("batch", batch, 2), ("width", width, 1)):
        check_count(name, value, low)  # a batch of one has no variance to normalise by
    _, captions = data.pairs("train")
    if len(captions) < 2:
        raise ValueError(f'data: {len(captions)} captions in the part "train", 2 or more are needed')
    vocabulary = Vocabulary.of(captions, minimum_count)
    torch.manual_seed(seed)
    model = Captioner(len(vocabulary), size=data.images.shape[1], cell=cell, attention=attention, width=width)
    draw = Batches(data, vocabulary, batch, seed)
    watch = list(draw.still("validation"))
    steps = epochs * len(draw)

    def validate(_: nn.Module) -> float:
        if after_epoch is not None:
            after_epoch(model, vocabulary)
        return mean_loss(model, watch, caption_loss)

    history = fit(
        model,
        draw,
        loss=caption_loss,
        epochs=epochs,
        optimiser=lambda parameters: torch.optim.AdamW(parameters, lr=lr, weight_decay=0.05),
        schedule=lambda update: rise_and_fall(update, steps),
        max_norm=5.0,
        validate=validate,
        device=device,
        precision=precision,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return model.eval(), vocabulary, history


def rise_and_fall(update: int, steps: int, warm: float = 0.05) -> float:
    """The learning rate's factor: up in the first twentieth, then down half a cosine wave to 0."""
    part = update / max(steps, 1)
    if part < warm:
        return (update + 1) / (warm * steps + 1)
    return (1 + math.cos(math.pi * (part - warm) / (1 - warm))) / 2


class Batches:
    """batches(epoch) gives that epoch's (images, captions), shuffled and moved; the same on every call."""

    def __init__(self, data: CaptionData, vocabulary: Vocabulary, size: int, seed: int) -> None:
        self.data, self.vocabulary, self.size, self.seed = data, vocabulary, size, seed
        self.indices, self.captions = data.pairs("train")

    def __len__(self) -> int:
        return max(1, len(self.indices) // self.size)

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self.seed, epoch])
        order = rng.permutation(len(self.indices))
        for some in np.array_split(order, len(self)):
            images = moved(to_tensor(self.data.images[self.indices[some]]), rng)
            yield images, torch.from_numpy(self.vocabulary.encode([self.captions[k] for k in some]))

    def still(self, split: str, size: int = 128) -> Iterator[tuple[Tensor, Tensor]]:
        """A part's pairs in their order, nothing moved."""
        indices, captions = self.data.pairs(split)
        for start in range(0, len(indices), size):
            images = to_tensor(self.data.images[indices[start : start + size]])
            yield images, torch.from_numpy(self.vocabulary.encode(captions[start : start + size]))
