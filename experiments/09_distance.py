"""How long an LSTM takes to learn a sentence whose last word depends on the first, by distance and forget bias.

Question: over how many words can a dependency be learned within 3,000 updates, and how much of that is the forget
gate's bias at the start? Task: the pronoun of chapter 6, guessed rightly in one third. Learned means at least 95 % of
500 new sentences; what is measured is the number of updates until then.
Literature: a forget bias of 1 helps (Gers et al. 2000; Jozefowicz et al. 2015); where the distance is known, a bias of
about ln(distance) fits it (Tallec & Ollivier 2018).
If the bias sets the reach, time to learn grows with the distance, the more steeply the smaller the bias, and a bias
near ln(distance) is enough; if any LSTM reaches far, all biases learn 100 words. The plain network is the control: it
has no cell. Every setting gets the best of three learning rates, judged by the same measure over three seeds.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from _run import Best, Experiment
from rnncourse.data import pronouns

HIDDEN, EMBEDDING, BATCH, POOL, TESTS, EVERY, LEARNED = 32, 16, 32, 4000, 500, 25, 0.95
DISTANCES, BIASES = (10, 20, 50, 100), (0, 1, 2, 3, 5)


class Reader(nn.Module):
    """Embedding, recurrent layer, readout of the last state."""

    def __init__(self, cell: str, bias: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(pronouns.VOCABULARY), EMBEDDING)
        self.cell: nn.RNNBase = (nn.LSTM if cell == "LSTM" else nn.RNN)(EMBEDDING, HIDDEN)
        self.readout = nn.Linear(HIDDEN, pronouns.CLASSES)
        if cell == "LSTM":
            with torch.no_grad():
                for name, value in (("bias_ih_l0", bias), ("bias_hh_l0", 0.0)):
                    dict(self.cell.named_parameters())[name][HIDDEN : 2 * HIDDEN] = value

    def forward(self, words: Tensor) -> Tensor:
        return self.readout(self.cell(self.embedding(words))[0][-1])


@cache
def sentences(distance: int, number: int, seed: int) -> tuple[Tensor, Tensor]:
    words, target = pronouns.sentences(distance, number, np.random.default_rng(seed))
    return torch.tensor(words), torch.tensor(target)


def accuracy(model: Reader, distance: int) -> float:
    words, target = sentences(distance, TESTS, 10_000)
    with torch.no_grad():
        return float((model(words).argmax(dim=1) == target).double().mean())


def run(seed: int, *, cell: str, bias: float, distance: int, rate: float, updates: int) -> Mapping[str, float]:
    """Train until learned: updates used, accuracy on new sentences, and the cost by which the rate is chosen."""
    model, rng = Reader(cell, bias), np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    words, target = sentences(distance, POOL, 0)
    for update in range(1, updates + 1):
        chosen = torch.tensor(rng.integers(POOL, size=BATCH))
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(words[:, chosen]), target[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if update % EVERY == 0 and (right := accuracy(model, distance)) >= LEARNED:
            return {"updates": update, "accuracy": right, "learned": 1, "cost": update}
    right = accuracy(model, distance)
    return {"updates": updates, "accuracy": right, "learned": 0, "cost": updates * (2 - right)}


RATE = Best((1e-3, 3e-3, 1e-2), by="cost", seeds=3)

EXPERIMENT = Experiment(
    run,
    settings=[
        {"cell": cell, "bias": bias, "distance": distance, "rate": RATE}
        for distance in DISTANCES
        for cell, bias in (*(("LSTM", bias) for bias in BIASES), ("RNN", 0))
    ],
    seeds=5,
    options={"updates": 3000},
    small={"updates": 2},
    constants={
        **{"H": HIDDEN, "embedding": EMBEDDING, "batch": BATCH, "pool": POOL, "tests": TESTS, "optimiser": "Adam"},
        **{"tested every": EVERY, "learned at": LEARNED},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
