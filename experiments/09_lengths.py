"""Which sentences teach a network to remember over a hundred words: the short ones, or the mixture?

Question: trained on sentences of 100 words alone, neither the LSTM with forget bias 1 nor the plain network learns the
pronoun (09_distance); trained on 2 to 100 words, both do. Two things differ: there are short sentences, and there are
many lengths. Which of the two is it? Trained on 2 to 100 words or on 50 to 100, for 600 updates, all networks are
tested at 100 words.
Literature: short sequences first help where long ones cannot be learned at once (Bengio et al. 2009 on curricula;
Zaremba and Sutskever 2014, who mix short and long ones, on programs).
If short sentences teach, 50 to 100 words are as hopeless as 100 alone; if the mixture does, 50 to 100 words do as well
as 2 to 100. Every setting gets the best of three learning rates, judged by the same accuracy over three seeds.
"""

import sys
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from _reader import BATCH, EMBEDDING, HIDDEN, TESTS, Reader, accuracy, sentences
from _run import Best, Experiment

POOL, TESTED = 300, 100
LENGTHS = {
    "2 to 100": (2, 4, 6, 8, 12, 16, *range(20, 101, 10)),
    "50 to 100": tuple(range(50, 101, 5)),
}


def run(seed: int, *, cell: str, lengths: str, rate: float, updates: int) -> Mapping[str, float]:
    model = Reader(nn.LSTM if cell == "LSTM" else nn.RNN)
    if cell == "LSTM":
        with torch.no_grad():
            for name, value in (("bias_ih_l0", 1.0), ("bias_hh_l0", 0.0)):
                dict(model.cell.named_parameters())[name][HIDDEN : 2 * HIDDEN] = value
    rng, number = np.random.default_rng(seed), POOL * len(LENGTHS["2 to 100"]) // len(LENGTHS[lengths])
    pools = [sentences(distance, number, distance) for distance in LENGTHS[lengths]]
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(updates):
        words, target = pools[rng.integers(len(pools))]
        chosen = torch.tensor(rng.integers(number, size=BATCH))
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(words[:, chosen]), target[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return {"accuracy": accuracy(model, TESTED)}


RATE = Best((1e-3, 3e-3, 1e-2), by="accuracy", seeds=3, largest=True)

EXPERIMENT = Experiment(
    run,
    settings=[{"cell": cell, "lengths": lengths, "rate": RATE} for lengths in LENGTHS for cell in ("LSTM", "RNN")],
    seeds=5,
    options={"updates": 600},
    small={"updates": 2},
    constants={
        **{"H": HIDDEN, "embedding": EMBEDDING, "batch": BATCH, "pool": POOL, "tests": TESTS, "optimiser": "Adam"},
        **{"forget bias": 1, "tested at": TESTED},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
