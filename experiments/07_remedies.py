"""Remedies against vanishing and exploding gradients, one table: the same tasks, budget and seeds.

Question: which remedy lets a plain recurrent layer of 64 neurons learn over 50 steps within 1,000 updates? Tasks: the
adding problem (solved: squared error below 0.04; always answering the mean gives 1/6) and temporal order (solved: fewer
than 1 % wrong; guessing is wrong in 75 %). Adam unless a row says otherwise; the learning rate is the better of two.
Literature: identity weights with ReLU solve adding at 150 steps and more (Le et al. 2015); clipping and a regulariser
together solve temporal order far beyond 50 steps (Pascanu et al. 2013); momentum helps if the start is right (Sutskever
et al. 2013); normalisation speeds up trainings that work without it (Ba et al. 2016, Cooijmans et al. 2017).
If what counts is the product of Jacobians at the start, rows that change R solve the tasks and the others do not; if
clipping, momentum or normalisation were enough, their rows would solve them too. The row "nothing" is the baseline.
A row that fails is judged for this start and this budget alone: clipping acts only where gradients are long.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from _run import Best, Experiment
from rnncourse.data import tasks

HIDDEN, LENGTH, BATCH = 64, 50, 32
CLIP = {"norm": 1.0, "value": 0.1}


@dataclass
class Remedy:
    """One row of the table: what differs from the plain network trained by Adam."""

    clip: str = ""  # "norm" or "value"
    R: str = ""  # "orthogonal" or "identity" (with ReLU)
    norm: str = ""  # "layer" or "batch"
    optimiser: str = "adam"  # "adam", "sgd" or "momentum"


ROWS = {
    "nothing": Remedy(),
    "clip by norm": Remedy(clip="norm"),
    "clip by value": Remedy(clip="value"),
    "orthogonal R": Remedy(clip="norm", R="orthogonal"),
    "identity R, ReLU": Remedy(clip="norm", R="identity"),
    "layer normalisation": Remedy(clip="norm", norm="layer"),
    "batch normalisation": Remedy(clip="norm", norm="batch"),
    "SGD": Remedy(clip="norm", optimiser="sgd"),
    "SGD, momentum": Remedy(clip="norm", optimiser="momentum"),
}
RATES = {"adam": (1e-3, 3e-3), "sgd": (0.03, 0.1), "momentum": (0.003, 0.01)}


class Network(nn.Module):
    """A plain recurrent layer with a readout of its last state; what goes into the nonlinearity may be normalised.

    Layer normalisation: over a sequence's neurons (Ba et al. 2016). Batch normalisation: over the batch, with the
    statistics of each step taken from the batch at hand, in training and in test (Cooijmans et al. 2017 keep running
    ones for the test).
    """

    def __init__(self, D: int, K: int, remedy: Remedy) -> None:
        super().__init__()
        self.rnn: nn.RNN = nn.RNN(D, HIDDEN, nonlinearity="relu" if remedy.R == "identity" else "tanh")
        self.readout, self.norm = nn.Linear(HIDDEN, K), remedy.norm
        self.gain = nn.Parameter(torch.ones(HIDDEN))
        with torch.no_grad():
            weights = dict(self.rnn.named_parameters())
            if remedy.R == "orthogonal":
                nn.init.orthogonal_(weights["weight_hh_l0"])
            if remedy.R == "identity":
                nn.init.eye_(weights["weight_hh_l0"])
                nn.init.normal_(weights["weight_ih_l0"], std=0.03)
                weights["bias_ih_l0"].zero_()
                weights["bias_hh_l0"].zero_()

    def forward(self, x: Tensor) -> Tensor:
        if not self.norm:
            return self.readout(self.rnn(x)[0][-1])
        weights = dict(self.rnn.named_parameters())
        W, R, b = (weights[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"))
        h, axis = x.new_zeros(x.shape[1], HIDDEN), 1 if self.norm == "layer" else 0
        for a_x in x @ W.T:
            a = a_x + h @ R.T
            deviation, mean = torch.std_mean(a, dim=axis, keepdim=True, correction=0)
            h = torch.tanh(self.gain * (a - mean) / (deviation + 1e-5) + b)
        return self.readout(h)


def draw(task: str, B: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    x, y = (tasks.adding if task == "adding" else tasks.temporal_order)(LENGTH, B, rng)
    kind = torch.float32 if task == "adding" else torch.long
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=kind)


def error(model: Network, task: str, B: int, rng: np.random.Generator) -> float:
    """Squared error of adding, share of wrong answers of temporal order, on B new sequences."""
    x, y = draw(task, B, rng)
    with torch.no_grad():
        answer = model(x)
    return float(((answer[:, 0] - y) ** 2).mean() if task == "adding" else (answer.argmax(dim=1) != y).float().mean())


def run(seed: int, *, task: str, remedy: str, rate: float, updates: int, tests: int) -> Mapping[str, float]:
    """Train one network; its error on sequences that it has not seen."""
    rng, row = np.random.default_rng(seed), ROWS[remedy]
    model = Network(2 if task == "adding" else 6, 1 if task == "adding" else 4, row)
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "momentum": torch.optim.SGD}
    options = {"momentum": 0.9} if row.optimiser == "momentum" else {}
    optimiser = kinds[row.optimiser](model.parameters(), lr=rate, **options)
    for _ in range(updates):
        x, y = draw(task, BATCH, rng)
        answer = model(x)
        loss = ((answer[:, 0] - y) ** 2).mean() if task == "adding" else nn.functional.cross_entropy(answer, y)
        optimiser.zero_grad()
        loss.backward()
        if row.clip == "norm":
            nn.utils.clip_grad_norm_(model.parameters(), CLIP["norm"])
        elif row.clip == "value":
            nn.utils.clip_grad_value_(model.parameters(), CLIP["value"])
        optimiser.step()
    return {"error": error(model, task, tests, np.random.default_rng(10_000))}


EXPERIMENT = Experiment(
    run,
    settings=[
        {"task": task, "remedy": name, "rate": Best(RATES[row.optimiser], by="error")}
        for task in ("adding", "temporal order")
        for name, row in ROWS.items()
    ],
    seeds=3,
    options={"updates": 1000, "tests": 2000},  # of each training; sequences that it is judged by
    small={"updates": 2, "tests": 20},
    constants={
        **{"H": HIDDEN, "T": LENGTH, "batch": BATCH, "clip": CLIP},
        "rows": {name: {part: what for part, what in asdict(row).items() if what} for name, row in ROWS.items()},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
