"""RNN, LSTM and GRU under one budget of parameters and updates, on three tasks.

Question: with the same number of parameters and updates, which cell is better, and where? Tasks: pronouns 30 words from
their subject, adding over 50 steps, vowels of nine speakers. Two more rows: an LSTM whose biases start near 0, and a
GRU whose update gate keeps from the start.
Literature: on speech the gated cells beat the plain one and neither gated one beats the other, on music all three are
close (Chung et al. 2014); the GRU is ahead on most of many tasks, and a forget bias of 1 closes the gap (Jozefowicz et
al. 2015).
If gates help where something must be held, the plain network fails at adding and pronouns and not on the vowels, which
need no memory (the control). If one gated cell is better, all its seeds lie on one side of the other's. One learning
rate serves all rows. Always answering the mean gives 1/6 on adding; guessing is wrong in 2/3 of the pronouns.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from _run import Experiment
from rnncourse.data import japanese_vowels, pronouns, tasks
from rnncourse.reference import pad_batch
from rnncourse.torch import GRU, LSTM, RNN, Classifier, fit

BUDGET, BATCH, LEARNING_RATE = 3000, 32, 5e-3  # parameters of the layer and the readout together
UPDATES = {"pronouns": 400, "adding": 800, "vowels": 360}
SEEDS = {"pronouns": 8, "adding": 4, "vowels": 4}  # more where one seed solves the task and the next does not
DISTANCE, LENGTH = 30, 50  # of the pronoun from its subject; of the sequences whose marked numbers are added
VARIANTS = ("RNN", "LSTM", "GRU", "LSTM, biases near 0", "GRU, update bias 1")
Batch = tuple[Tensor, ...]


def largest_layer(variant: str, D: int, K: int) -> RNN | LSTM | GRU:
    """The layer with the most units whose parameters, with those of its readout, stay within the budget."""
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[variant.split(",")[0]]
    H = max(H for H in range(1, BUDGET) if gates * H * (D + H + 2) + K * (H + 1) <= BUDGET)
    if gates == 1:
        return RNN(D, H)
    if gates == 4:
        return LSTM(D, H, forget_bias=1.0 if variant == "LSTM" else None)
    layer = GRU(D, H)
    if variant != "GRU":
        with torch.no_grad():
            layer.weights().b_W[H : 2 * H], layer.weights().b_R[H : 2 * H] = 1.0, 0.0
    return layer


class Task:
    """What a network is trained on and judged by: `sizes` (D, K), `batch(rng)`, `loss` and `score`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sizes = {"pronouns": (len(pronouns.VOCABULARY), 3), "adding": (2, 1), "vowels": (12, 9)}[name]
        if name == "vowels":
            train, test = japanese_vowels.load("train"), japanese_vowels.load("test")
            frames = np.concatenate(train[0])
            self.pools = [self._vowels(*split, frames.mean(axis=0), frames.std(axis=0)) for split in (train, test)]
        elif name == "pronouns":
            self.pools = [self._sentences(number, seed) for number, seed in ((2000, 0), (500, 1))]
        else:
            self.pools = [(), self._sums(LENGTH, 1000, np.random.default_rng(1))]

    def _vowels(self, utterances: list, speakers: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> Batch:
        x, lengths = pad_batch([(u - mean) / deviation for u in utterances])
        return torch.tensor(x, dtype=torch.float32), torch.tensor(lengths), torch.tensor(speakers)

    def _sentences(self, number: int, seed: int) -> Batch:
        words, target = pronouns.sentences(DISTANCE, number, np.random.default_rng(seed))
        x = torch.tensor(pronouns.one_hot(words), dtype=torch.float32)
        return x, torch.full((number,), DISTANCE), torch.tensor(target)

    def _sums(self, T: int, B: int, rng: np.random.Generator) -> Batch:
        x, target = (torch.tensor(a, dtype=torch.float32) for a in tasks.adding(T, B, rng))
        return x, torch.full((B,), T), target

    def batches(self, rng: np.random.Generator, updates: int) -> Iterator[Batch]:
        """Draw `updates` batches; the adding problem's lengths are mixed, so that short ones teach first."""
        for _ in range(updates):
            if self.name == "adding":
                yield self._sums(int(rng.integers(10, LENGTH + 1)), BATCH, rng)
            else:
                x, lengths, target = self.pools[0]
                i = torch.tensor(rng.integers(len(target), size=BATCH))
                noise = 0.3 * torch.tensor(rng.normal(size=(len(x), BATCH, 12)), dtype=torch.float32)
                yield x[:, i] + noise if self.name == "vowels" else x[:, i], lengths[i], target[i]

    def loss(self, model: nn.Module, x: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Squared error where numbers are added, cross-entropy elsewhere."""
        y = model(x, lengths if self.name == "vowels" else None)
        return torch.mean((y[:, 0] - target) ** 2) if self.name == "adding" else cross_entropy(y, target)

    def score(self, model: nn.Module) -> float:
        """Squared error, or share of wrong answers, on examples that were not trained on: lower is better."""
        x, lengths, target = self.pools[1]
        with torch.no_grad():
            if self.name == "adding":
                return float(self.loss(model, x, lengths, target))
            return float((model(x, lengths).argmax(dim=1) != target).double().mean())


@cache
def task_of(name: str) -> Task:
    return Task(name)


def run(seed: int, *, task: str, variant: str, share: float) -> Mapping[str, float]:
    """Train one network; its error, its units and its parameters."""
    data, updates = task_of(task), max(1, round(share * UPDATES[task]))
    D, K = data.sizes
    layer = largest_layer(variant, D, K)
    model = Classifier(layer, K)
    batches = data.batches(np.random.default_rng(seed), updates)
    fit(model, lambda epoch: batches, loss=data.loss, lr=LEARNING_RATE, max_norm=1.0, seed=seed, progress=False)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"error": data.score(model), "units": layer.hidden_size, "parameters": parameters}


EXPERIMENT = Experiment(
    run,
    settings=[{"task": task, "variant": variant} for task in UPDATES for variant in VARIANTS],
    seeds=lambda setting: SEEDS[setting["task"]],
    options={"share": 1.0},  # of the updates
    small={"share": 0.005},
    constants={
        **{"parameters at most": BUDGET, "batch": BATCH, "learning rate": LEARNING_RATE, "optimiser": "Adam"},
        **{"updates": UPDATES, "distance": DISTANCE, "length": LENGTH},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
