"""What each part of the LSTM is worth: eight variants and a plain network on two tasks, ten seeds.

Question: which part does the work, and does it hold on sequences longer than those of training? Each variant lacks one
part (a gate held open, the output's tanh), couples the input gate to the forget gate (CIFG), has peepholes, or starts
with a forget bias of 0 instead of 1. Tasks: adding, and "sum since mark", where the sum starts anew at every mark; both
are trained at 10 to 50 steps, short ones among them, and tested at 50, 200 and (the sum) 1,000 steps.
Literature: of eight variants none beats the plain LSTM by much, the forget gate and the output activation matter most
(Greff et al. 2017, three real tasks); a search over ten thousand cells finds the forget gate the most and the output
gate the least important, and a forget bias of 1 closes the gap to the GRU (Jozefowicz et al. 2015).
If a part is worth something, taking it away raises the error of a task that has a use for it: the forget gate where
something must be forgotten, the input gate where most of the input must be ignored. If the usual summary holds for
every task, no forget gate is worst on both. Always answering the mean of the targets gives "baseline" (1/6 on adding).
The plain network has as many parameters as the LSTM. All variants are trained at the same learning rate.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from _abreast import clip_each
from _run import Experiment
from rnncourse.data import tasks

HIDDEN, PLAIN, LENGTH, BATCH, SEEDS = 24, 48, 50, 32, 10
LENGTHS = {"sum since mark": (50, 200, 1000), "adding": (50, 200)}
RATES = (5e-3,)  # more may be added: each is a setting of its own
GATELESS = {"no input gate": "i", "no forget gate": "f", "no output gate": "o"}
VARIANTS = ("LSTM", *GATELESS, "coupled gates", "no output tanh", "peepholes", "forget bias 0", "plain RNN")


def sum_since_mark(T: int, B: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Add up the numbers since the last mark: what was before must be forgotten.

    Returns x (T, B, 2), numbers in [0, 0.2) and marks with probability 0.1, and the target (T, B), the running sum.
    """
    x = np.stack([0.2 * rng.random((T, B)), (rng.random((T, B)) < 0.1).astype(float)], axis=-1)
    target, total = np.empty((T, B)), np.zeros(B)
    for t in range(T):
        total = total * (1 - x[t, :, 1]) + x[t, :, 0]
        target[t] = total
    return x, target


class Networks(nn.Module):
    """Networks of one variant side by side, one a seed, drawn as torch draws its cells; every state has a readout."""

    def __init__(self, variant: str, seeds: int) -> None:
        super().__init__()
        self.variant, self.H = variant, PLAIN if variant == "plain RNN" else HIDDEN
        drawn = [self._drawn(seed) for seed in range(seeds)]
        self.WR, self.b, self.V, self.b_V = (nn.Parameter(torch.stack(parts)) for parts in zip(*drawn, strict=True))
        self.p = nn.Parameter(torch.zeros(seeds, 3, 1, self.H))

    def _drawn(self, seed: int) -> tuple[Tensor, ...]:
        torch.manual_seed(seed)
        cell = (nn.RNN if self.variant == "plain RNN" else nn.LSTM)(2, self.H)
        readout = nn.Linear(self.H, 1)
        weights = {name.removesuffix("_l0"): weight.detach() for name, weight in cell.named_parameters()}
        b = weights["bias_ih"] + weights["bias_hh"]
        if self.variant != "plain RNN":
            b[self.H : 2 * self.H] = 0.0 if self.variant == "forget bias 0" else 1.0
        both = torch.cat([weights["weight_ih"], weights["weight_hh"]], dim=1).T
        return both, b[None], readout.weight.detach().T, readout.bias.detach()[None]

    def step(self, a: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """h and c from the sums a (seeds, B, 4 H) and the old c."""
        a_i, a_f, a_g, a_o = a.chunk(4, dim=2)
        peeps, gateless = self.variant == "peepholes", GATELESS.get(self.variant)
        one = torch.ones_like(c)
        f = one if gateless == "f" else torch.sigmoid(a_f + self.p[:, 1] * c if peeps else a_f)
        i = one if gateless == "i" else torch.sigmoid(a_i + self.p[:, 0] * c if peeps else a_i)
        i = 1 - f if self.variant == "coupled gates" else i
        c = f * c + i * torch.tanh(a_g)
        o = one if gateless == "o" else torch.sigmoid(a_o + self.p[:, 2] * c if peeps else a_o)
        return o * (c if self.variant == "no output tanh" else torch.tanh(c)), c

    def forward(self, x: Tensor) -> Tensor:
        """x (T, seeds, B, 2) -> y (T, seeds, B)"""
        h = c = x.new_zeros(*x.shape[1:3], self.H)
        ys = []
        for x_t in x:
            a = torch.baddbmm(self.b, torch.cat([x_t, h], dim=2), self.WR)
            h, c = (torch.tanh(a), c) if self.variant == "plain RNN" else self.step(a, c)
            ys.append(torch.baddbmm(self.b_V, h, self.V)[..., 0])
        return torch.stack(ys)


def draw(task: str, T: int, B: int, rngs: list[np.random.Generator]) -> tuple[Tensor, Tensor]:
    """A batch for each seed: x (T, seeds, B, 2) and the targets (T, seeds, B) or (seeds, B)."""
    batches = [(tasks.adding if task == "adding" else sum_since_mark)(T, B, rng) for rng in rngs]
    x, target = (np.stack(parts, axis=-3 if k == 0 else -2) for k, parts in enumerate(zip(*batches, strict=True)))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(target, dtype=torch.float32)


def losses(models: Networks, task: str, x: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of each network."""
    y = models(x)
    return (((y[-1] if task == "adding" else y) - target) ** 2).movedim(-2, 0).flatten(1).mean(dim=1)


@cache
def trained(task: str, variant: str, rate: float, updates: int, tests: int, seeds: int) -> dict[str, list[float]]:
    """Train all seeds side by side (each as it would be alone): their errors on new sequences of each length."""
    models, lengths = Networks(variant, seeds), np.random.default_rng(0)
    rngs = [np.random.default_rng(seed) for seed in range(seeds)]
    optimiser = torch.optim.Adam(models.parameters(), lr=rate)
    for _ in range(updates):
        optimiser.zero_grad()
        losses(models, task, *draw(task, int(lengths.integers(10, LENGTH + 1)), BATCH, rngs)).sum().backward()
        clip_each(models)
        optimiser.step()
    found = {}
    with torch.no_grad():
        for T in LENGTHS[task]:
            x, target = draw(task, T, tests, [np.random.default_rng(10_000)])
            found[f"error at {T}"] = losses(models, task, x.expand(-1, seeds, -1, -1), target).tolist()
            found[f"baseline at {T}"] = [float(torch.var(target, correction=0))] * seeds
    return found


def run(seed: int, *, task: str, variant: str, rate: float, updates: int, tests: int) -> Mapping[str, float]:
    """One seed's mean squared errors on new sequences of each length, and those of the mean."""
    found = trained(task, variant, rate, updates, tests, max(SEEDS, seed + 1))
    return {name: values[seed] for name, values in found.items()}


EXPERIMENT = Experiment(
    run,
    settings=[
        {"task": task, "variant": variant, "rate": rate} for rate in RATES for task in LENGTHS for variant in VARIANTS
    ],
    seeds=SEEDS,
    options={"updates": 4000, "tests": 500},
    small={"updates": 2, "tests": 4},
    constants={
        **{"H": HIDDEN, "H of the plain RNN": PLAIN, "T": LENGTH, "batch": BATCH},
        **{"lengths": LENGTHS, "optimiser": "Adam"},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
