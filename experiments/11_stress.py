"""The stress of English vowels: one direction, two, and one direction that may answer a few steps late.

Question: does a network that reads a word from both ends name the stress of its vowels better than one that reads it
from the left, and how much of the difference does a delay buy: the answer for a phoneme is due d steps after it?
Literature: on frames of speech two directions label better than one with a delayed target, and the delay helps one
direction up to a few frames (Graves and Schmidhuber 2005).
If what comes after a vowel decides, two directions are better where much is still to come and equal at the last
phoneme; a delay of d recovers the vowels with at most d phonemes to come. If the second direction only brings more
room, reading from the left with more parameters is as good everywhere. One direction has more parameters than two; all
have the same data and updates, and the best of the same learning rates, chosen on 2,000 further words. Baselines, on
the page: the most frequent mark of each phoneme, and of each phoneme at its distance from the word's end.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from _run import Best, Experiment
from rnncourse.data import stress
from rnncourse.reference import pad_batch
from rnncourse.torch import GRU, Tagger, fit

BATCH, EMBEDDING, LONGEST = 128, 32, 8  # what is further from the end than LONGEST counts as LONGEST
TRAINED, TESTED, VALIDATED = (0, 110_000), (110_000, 115_000), (115_000, 117_000)  # places in stress.load()
TWO, LEFT = "two directions", "left to right"
DELAYS, UPDATES = (1, 3, 5), 500
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@cache
def words() -> stress.Words:
    return stress.load()


def batch_of(numbers: range | np.ndarray, delay: int) -> Batch:
    """Phonemes with `delay` end signs after them, phonemes still to come, lengths, marks `delay` steps late."""
    end, phonemes, marks = len(stress.phoneme_names()), words().phonemes, words().marks
    rows = []
    for n in numbers:
        rest = np.arange(len(marks[n]) - 1, -1, -1).clip(max=LONGEST)
        row = np.stack([phonemes[n], rest, marks[n]], axis=1)
        row = np.pad(row, ((0, delay), (0, 0)), constant_values=end)
        row[delay:, 1:] = row[: len(row) - delay, 1:]
        row[:delay, 2] = -1
        row[:, 2] += 1  # pad_batch fills with 0, which then means no vowel
        rows.append(row)
    x, lengths = pad_batch(rows)
    columns = torch.tensor(x)
    return columns[..., 0], columns[..., 1].clamp(max=LONGEST), torch.tensor(lengths), columns[..., 2] - 1


class Stress(nn.Module):
    """Embedding, GRU, readout."""

    def __init__(self, H: int, *, bidirectional: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(stress.phoneme_names()) + 1, EMBEDDING)
        self.tagger = Tagger(GRU(EMBEDDING, H, bidirectional=bidirectional), 3)

    def forward(self, phonemes: Tensor, lengths: Tensor) -> Tensor:
        """Logits (T, B, 3)."""
        return self.tagger(self.embedding(phonemes), lengths)


def loss(model: nn.Module, phonemes: Tensor, rest: Tensor, lengths: Tensor, marks: Tensor) -> Tensor:
    """Mean cross-entropy over the vowels."""
    return cross_entropy(model(phonemes, lengths).flatten(0, 1), marks.flatten(), ignore_index=-1)


def right_by_rest(model: nn.Module, place: tuple[int, int], delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Vowels named rightly, and vowels, by how many phonemes are still to come."""
    right, vowels = np.zeros(LONGEST + 1), np.zeros(LONGEST + 1)
    for start in range(*place, 1000):
        phonemes, rest, lengths, marks = batch_of(range(start, start + 1000), delay)
        with torch.no_grad():
            given = model(phonemes, lengths).argmax(dim=-1)
        vowel = marks >= 0
        vowels += np.bincount(rest[vowel], minlength=LONGEST + 1)
        right += np.bincount(rest[vowel & (given == marks)], minlength=LONGEST + 1)
    return right, vowels


def run(seed: int, *, reads: str, delay: int, updates: int, rate: float, share: float) -> Mapping[str, object]:
    """Train one network; the share of vowels of unseen words that it names rightly, whole and by phonemes to come."""
    two, updates = reads == TWO, max(1, round(share * updates))
    model = Stress(64 if two else 128, bidirectional=two)
    rng = np.random.default_rng(seed)

    def batches(epoch: int) -> Iterator[Batch]:
        for _ in range(updates):
            yield batch_of(rng.integers(*TRAINED, size=BATCH), delay)

    def falling(update: int) -> float:
        return 1 - update / updates

    fit(model, batches, loss=loss, lr=rate, schedule=falling, max_norm=1.0, seed=seed, progress=False)
    known, of = right_by_rest(model, VALIDATED, delay)
    right, vowels = right_by_rest(model, TESTED, delay)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {
        **{"validated": known.sum() / of.sum(), "right": right.sum() / vowels.sum()},
        **{"right_by_rest": right / vowels, "parameters": parameters},
    }


RATE = Best((4e-3, 2e-3, 8e-3), by="validated", largest=True)

CONTESTANTS = [(TWO, 0), *((LEFT, delay) for delay in (0, *DELAYS))]
EXPERIMENT = Experiment(
    run,
    settings=[{"reads": reads, "delay": delay, "updates": UPDATES, "rate": RATE} for reads, delay in CONTESTANTS],
    seeds=5,
    options={"share": 1.0},  # of the updates
    small={"share": 0.002},
    constants={
        **{"batch": BATCH, "embedding": EMBEDDING, "H": {TWO: 64, "one direction": 128}, "max norm": 1.0},
        **{"trained on": TRAINED, "tested on": TESTED, "validated on": VALIDATED, "optimiser": "Adam, rate falls to 0"},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
