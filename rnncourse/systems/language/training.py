"""Training: one pass over all texts is an epoch, read in B rows side by side, in windows that hand on their state."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnncourse.reference._validation import check_count, check_number
from rnncourse.systems.language.alphabet import Alphabet
from rnncourse.systems.language.model import CharacterModel, character_loss
from rnncourse.systems.language.scoring import bits_per_character
from rnncourse.torch.training import History, fit

EVERY = 200  # updates between two checkpoints
WARM = 200  # updates in which the learning rate rises
FALL = 0.5  # the part of the training in which it falls to 0


def train(
    texts: Sequence[str],
    choice: str,
    *,
    hidden: int = 256,
    embedding: int = 64,
    dropout: float = 0.2,
    weight_dropout: float = 0.0,
    epochs: int = 4,
    rows: int = 32,
    window: int = 100,
    lr: float = 2e-3,
    seed: int = 0,
    precision: str = "fp32",
    device: str | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> tuple[CharacterModel, Alphabet, History]:
    """Train on texts; after each pass measure bits per character on `choice`, which settings may be chosen by.

    The alphabet comes from the training texts alone. With `checkpoint` the file is written every 200 updates, and a run
    that finds it goes on from there to the very weights of an uninterrupted one.
    """
    from tqdm.auto import tqdm

    check_number("weight_dropout", weight_dropout, 0, 1)
    for name, value in (("epochs", epochs), ("rows", rows), ("window", window)):
        check_count(name, value)
    alphabet = Alphabet.of(texts)
    torch.manual_seed(seed)
    model = CharacterModel(len(alphabet), embedding=embedding, hidden=hidden, dropout=dropout)
    text = Text([alphabet.encode(one) for one in texts], alphabet.start, rows, seed)
    updates = epochs * -(-text.steps // window)
    held_out = cut(choice, 8)
    with tqdm(total=updates, unit="update", disable=None if progress else True) as bar:

        def factor(update: int) -> float:
            bar.update(update - bar.n)
            return rise_and_fall(update, updates)

        def validate(_: nn.Module) -> float:
            bits = bits_per_character(model, alphabet, held_out)
            bar.set_description(f"{bits:.3f} bits")
            return bits

        history = fit(
            model,
            text,
            loss=partial(character_loss, weight_dropout=weight_dropout),
            epochs=epochs,
            optimiser=lambda parameters: torch.optim.Adam(parameters, lr=lr),
            schedule=factor,
            max_norm=1.0,
            window=window,
            validate=validate,
            device=device,
            precision=precision,
            seed=seed,
            checkpoint=checkpoint,
            checkpoint_every=EVERY if checkpoint else None,
            progress=False,  # its bar counts batches, and here a pass is one batch
        )
        bar.update(bar.total - bar.n)
    return model.eval(), alphabet, history


def rise_and_fall(update: int, updates: int) -> float:
    """The learning rate's factor: up in 200 updates, then 1, in the second half of the training straight down to 0.

    Until it falls, nothing depends on how long the training will be.
    """
    return min((update + 1) / WARM, 1.0, (updates - update) / (FALL * updates))


def cut(text: str, parts: int) -> list[str]:
    """A text in pieces of equal length, which are read side by side; the last one takes the rest."""
    size = max(1, len(text) // parts)
    places = [*range(0, size * parts, size)]
    return [text[a:b] for a, b in zip(places, [*places[1:], len(text)], strict=True)]


class Text:
    """text(epoch) gives one batch: all texts, shuffled, in rows side by side, (n, B) codes and what follows each.

    Raises
    ------
    ValueError : the texts are too short for so many rows.
    """

    def __init__(self, texts: Sequence[NDArray[np.int64]], start: int, rows: int, seed: int) -> None:
        self.texts, self.rows, self.seed = texts, rows, seed
        self.start = np.array([start])
        self.steps = sum(len(text) + 1 for text in texts) // rows
        if self.steps < 1:
            raise ValueError(f"rows: {rows}, more than the texts have characters")

    def __call__(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self.seed, epoch])
        codes = np.concatenate([part for k in rng.permutation(len(self.texts)) for part in (self.start, self.texts[k])])
        codes = np.roll(codes, rng.integers(len(codes)))
        codes = np.append(codes, codes[0])
        places = np.arange(self.steps)[:, None] + self.steps * np.arange(self.rows)
        yield torch.from_numpy(codes[places]), torch.from_numpy(codes[places + 1])
