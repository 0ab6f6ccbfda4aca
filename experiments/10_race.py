"""RNN, LSTM and GRU race on one task: each with four learning rates and three starting biases, twenty seeds a setting.

Question: under one budget of parameters, which cell learns a dependency over 30 words in more seeds, and in fewer
updates, if each is tuned with the same care? Task: the pronoun of chapter 6, guessed rightly in one third. Learned
means at least 95 % of 500 new sentences, tested every 25 of at most 3,000 updates.
Literature: the GRU is ahead of the LSTM on most of many tasks, and a forget bias of 1 closes the gap (Jozefowicz et al.
2015); on music all three are close, on speech each gated cell is ahead once (Chung et al. 2014). Where the distance is
known, a bias near its logarithm fits, ln 30 = 3.4 (Tallec & Ollivier 2018).
The bias is that of the gate that keeps: the LSTM's forget gate, the GRU's update gate. If the GRU is the better cell,
it is ahead at the best setting of each; if it was ahead for its learning rate, its start or the end of the budget, the
LSTM comes up to it at another setting. The plain network, which has no gate to set, is the control.
"blame at 0" and "at 100" are the shares of the gradient that reach the first word, against the last, after so many
updates: if the start decides who learns, the first tells the seeds and settings that learn from the others.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from _abreast import clip_each
from _run import Experiment
from rnncourse.data import pronouns

BUDGET, DISTANCE, BATCH, POOL, EVERY, LEARNED, SEEDS = 3000, 30, 32, 2000, 25, 0.95, 20
GATES, KEEPS = {"RNN": 1, "LSTM": 4, "GRU": 3}, {"LSTM": 1, "GRU": 1}  # blocks of rows, and which of them keeps
UNITS = {"RNN": 35, "LSTM": 12, "GRU": 15}  # the most whose layer and readout stay within the budget
WORDS, CLASSES = len(pronouns.VOCABULARY), pronouns.CLASSES
RATES = (3e-3, 1e-2, 1e-3, 3e-2)
CONTESTANTS = [("GRU", 1), ("LSTM", 1), ("RNN", 0), ("GRU", 3), ("LSTM", 3), ("GRU", 5), ("LSTM", 5)]


class Networks(nn.Module):
    """Networks of one kind side by side, one a seed, drawn as torch draws its layers; the last state has a readout."""

    def __init__(self, cell: str, bias: float, seeds: int) -> None:
        super().__init__()
        self.cell, self.H, self.bias = cell, UNITS[cell], bias
        drawn = zip(*(self._drawn(seed) for seed in range(seeds)), strict=True)
        self.W, self.R, self.b_W, self.b_R, self.V, self.b_V = (nn.Parameter(torch.stack(parts)) for parts in drawn)

    def _drawn(self, seed: int) -> tuple[Tensor, ...]:
        torch.manual_seed(seed)
        layer = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[self.cell](WORDS, self.H)
        readout = nn.Linear(self.H, CLASSES)
        W, R, b_W, b_R, V, b_V = (p.detach().clone() for part in (layer, readout) for p in part.parameters())
        if self.cell in KEEPS:
            rows = slice(KEEPS[self.cell] * self.H, (KEEPS[self.cell] + 1) * self.H)
            b_W[rows], b_R[rows] = self.bias, 0.0
        return W.T, R.T, b_W[None], b_R[None], V.T, b_V[None]

    def step(self, a_x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """h and c from the input's sums a_x (seeds, B, G H) and the old h and c."""
        a_h = torch.baddbmm(self.b_R, h, self.R)
        if self.cell == "RNN":
            return torch.tanh(a_x + a_h), c
        if self.cell == "LSTM":
            a_i, a_f, a_g, a_o = (a_x + a_h).chunk(4, dim=2)
            c = torch.sigmoid(a_f) * c + torch.sigmoid(a_i) * torch.tanh(a_g)
            return torch.sigmoid(a_o) * torch.tanh(c), c
        x_r, x_z, x_n = a_x.chunk(3, dim=2)
        h_r, h_z, h_n = a_h.chunk(3, dim=2)
        n = torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n)
        return n + torch.sigmoid(x_z + h_z) * (h - n), c

    def last(self, x: Tensor) -> Tensor:
        """x (seeds, B, T, WORDS) -> the last state (seeds, B, H)"""
        seeds, B, T, _ = x.shape
        a = torch.baddbmm(self.b_W, x.flatten(1, 2), self.W).view(seeds, B, T, -1)
        h = c = x.new_zeros(seeds, B, self.H)
        for a_x in a.unbind(dim=2):
            h, c = self.step(a_x, h, c)
        return h

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.b_V, self.last(x), self.V)


@cache
def sentences(number: int, seed: int) -> tuple[Tensor, Tensor]:
    """x (number, T, WORDS), one-hot, and the targets (number,)."""
    words, target = pronouns.sentences(DISTANCE, number, np.random.default_rng(seed))
    return torch.tensor(pronouns.one_hot(words.T), dtype=torch.float32), torch.tensor(target)


def accuracies(models: Networks, tests: int) -> Tensor:
    """The share of new sentences that each network completes rightly."""
    x, target = sentences(tests, 10_000)
    with torch.no_grad():
        answers = models(x.expand(len(models.W), -1, -1, -1)).argmax(dim=2)
    return (answers == target).double().mean(dim=1)


def blame_left(models: Networks) -> list[float]:
    """For each network the gradient of a random sum of its last state: its size at the first word, against the last."""
    x = sentences(20, 10_000)[0].expand(len(models.W), -1, -1, -1).clone().requires_grad_()
    direction = torch.randn(20, models.H, generator=torch.Generator().manual_seed(9))
    (dx,) = torch.autograd.grad((models.last(x) * direction).sum(), x)
    size = dx.norm(dim=3).mean(dim=1)
    return (size[:, 0] / size[:, -1]).tolist()


@cache
def trained(cell: str, bias: float, rate: float, updates: int, tests: int, seeds: int) -> dict[str, list[float]]:
    """Train all seeds side by side, each as it would be alone, until all have learned."""
    models, (x, target) = Networks(cell, bias, seeds), sentences(POOL, 0)
    rngs = [np.random.default_rng(seed) for seed in range(seeds)]
    optimiser = torch.optim.Adam(models.parameters(), lr=rate)
    took, right = torch.full((seeds,), updates), torch.zeros(seeds, dtype=torch.double)
    learned = torch.zeros(seeds, dtype=torch.bool)
    blame = {"blame at 0": blame_left(models)}
    for update in range(1, updates + 1):
        chosen = torch.tensor(np.stack([rng.integers(POOL, size=BATCH) for rng in rngs]))
        optimiser.zero_grad()
        y = models(x[chosen]).flatten(0, 1)
        (nn.functional.cross_entropy(y, target[chosen].flatten(), reduction="sum") / BATCH).backward()
        clip_each(models)
        optimiser.step()
        if update == min(100, updates):
            blame["blame at 100"] = blame_left(models)
        if update % EVERY == 0 or update == updates:
            now = accuracies(models, tests)
            right = torch.where(learned, right, now)
            took = torch.where(~learned & (now >= LEARNED), update, took)
            learned |= now >= LEARNED
            if learned.all() and update >= 100:
                break
    return {"updates": took.tolist(), "accuracy": right.tolist(), "learned": learned.int().tolist(), **blame}


def run(seed: int, *, cell: str, bias: float, rate: float, updates: int, tests: int) -> Mapping[str, float]:
    """One seed: updates until learned (all, if it is not), accuracy then, and its blame at the start and after 100."""
    found = trained(cell, bias, rate, updates, tests, max(SEEDS, seed + 1))
    return {name: values[seed] for name, values in found.items()}


EXPERIMENT = Experiment(
    run,
    settings=[{"cell": cell, "bias": bias, "rate": rate} for rate in RATES for cell, bias in CONTESTANTS],
    seeds=SEEDS,
    options={"updates": 3000, "tests": 500},
    small={"updates": 2, "tests": 8},
    constants={
        **{"parameters at most": BUDGET, "units": UNITS, "distance": DISTANCE, "batch": BATCH, "pool": POOL},
        **{"optimiser": "Adam", "tested every": EVERY, "learned at": LEARNED},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
