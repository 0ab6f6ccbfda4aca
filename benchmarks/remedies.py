"""Remedies against vanishing and exploding gradients, one table: the same tasks, budget and seeds; for chapter 7.

    python benchmarks/remedies.py              three seeds, writes rnncourse/data/results/remedies.json
    python benchmarks/remedies.py --seeds 1 --updates 20 --output FILE     a quick look

Tasks: the adding problem (solved: squared error below 0.04; always answering the mean gives 1/6) and temporal order
(solved: fewer than 1 % errors), both at 50 steps. The network is a plain recurrent layer of 64 neurons; Adam unless
a row says otherwise. The learning rate of each row is the better of two for its first seed.
"""

import argparse
import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from rnncourse.data import results, tasks

RESULTS = results.FOLDER / "remedies.json"
HIDDEN, LENGTH, BATCH = 64, 50, 32


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


def error(model: Network, task: str, rng: np.random.Generator) -> float:
    """Squared error of adding, share of wrong answers of temporal order, on 2,000 new sequences."""
    x, y = draw(task, 2000, rng)
    with torch.no_grad():
        answer = model(x)
    return float(((answer[:, 0] - y) ** 2).mean() if task == "adding" else (answer.argmax(dim=1) != y).float().mean())


def run(remedy: Remedy, task: str, seed: int, rate: float, updates: int) -> float:
    """Train one network and return its error on sequences that it has not seen."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Network(2 if task == "adding" else 6, 1 if task == "adding" else 4, remedy)
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "momentum": torch.optim.SGD}
    options = {"momentum": 0.9} if remedy.optimiser == "momentum" else {}
    optimiser = kinds[remedy.optimiser](model.parameters(), lr=rate, **options)
    for _ in range(updates):
        x, y = draw(task, BATCH, rng)
        answer = model(x)
        loss = ((answer[:, 0] - y) ** 2).mean() if task == "adding" else nn.functional.cross_entropy(answer, y)
        optimiser.zero_grad()
        loss.backward()
        if remedy.clip == "norm":
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        elif remedy.clip == "value":
            nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimiser.step()
    return error(model, task, np.random.default_rng(10_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="seeds for each row (default 3)")
    parser.add_argument("--updates", type=int, default=1000, help="updates of each training (default 1000)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    rows: dict[str, dict[str, dict]] = {"adding": {}, "temporal order": {}}
    for task, name in tqdm([(task, name) for task in rows for name in ROWS], unit="row"):
        began, remedy = time.process_time(), ROWS[name]
        trials = {rate: run(remedy, task, 0, rate, options.updates) for rate in RATES[remedy.optimiser]}
        rate = min(trials, key=lambda r: trials[r] if np.isfinite(trials[r]) else np.inf)
        errors = [trials[rate], *(run(remedy, task, seed, rate, options.updates) for seed in range(1, options.seeds))]
        seconds = (time.process_time() - began) / (len(errors) + len(trials) - 1)
        rows[task][name] = {"errors": [round(e, 4) for e in errors], "rate": rate, "seconds": round(seconds, 1)}
    about = {
        "command": f"python benchmarks/remedies.py --seeds {options.seeds} --updates {options.updates}",
        "seconds": round(time.perf_counter() - start),
        "machine": f"{platform.machine()}, one thread, Python {platform.python_version()}, torch {torch.__version__}",
        "seconds of a run": "processor time",
        "setting": {"H": HIDDEN, "T": LENGTH, "batch": BATCH, "clip": "norm 1.0, value 0.1"},
    }
    options.output.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
