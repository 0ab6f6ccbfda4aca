"""What each part of the LSTM is worth: six variants on two tasks, several seeds; chapter 9 shows the stored result.

    python benchmarks/lstm_ablation.py                 five seeds, writes rnncourse/data/results/lstm_ablation.json
    python benchmarks/lstm_ablation.py --seeds 1 --updates 20 --output FILE     a quick look
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from rnncourse.data import results, tasks
from rnncourse.torch import LSTM

RESULTS = results.FOLDER / "lstm_ablation.json"
HIDDEN, LENGTH, BATCH, LEARNING_RATE = 24, 50, 32, 5e-3
SHUT = {"no input gate": 0, "no forget gate": 1, "no output gate": 3}  # place of the gate in the stack i f g o
VARIANTS = ("plain", "forget bias 0", "peepholes", *SHUT)
OPEN = 20.0  # a bias that holds a gate open: 1 − σ(20) is 2e-9


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


def make(variant: str) -> LSTM:
    """Build one variant; a gate that is taken away is held open, and its weights get no gradient."""
    layer = LSTM(2, HIDDEN, peephole=variant == "peepholes", forget_bias=0.0 if variant == "forget bias 0" else 1.0)
    if variant in SHUT:
        rows = torch.arange(SHUT[variant] * HIDDEN, (SHUT[variant] + 1) * HIDDEN)
        with torch.no_grad():
            for name, parameter in layer.named_parameters():
                parameter[rows] = OPEN if name == "bias_ih_l0" else 0.0
        for parameter in layer.parameters():
            parameter.register_hook(lambda gradient: gradient.index_fill(0, rows, 0.0))
    return layer


def run(variant: str, task: str, seed: int, updates: int) -> float:
    """Train one network and return its mean squared error on 1,000 new sequences."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    layer, readout = make(variant), nn.Linear(HIDDEN, 1)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    draw = tasks.adding if task == "adding" else sum_since_mark

    def loss(T: int, B: int, rng: np.random.Generator) -> torch.Tensor:
        x, target = (torch.tensor(a, dtype=torch.float32) for a in draw(T, B, rng))
        y = readout(layer(x)[0])[..., 0]
        return torch.mean(((y[-1] if task == "adding" else y) - target) ** 2)

    for _ in range(updates):
        optimiser.zero_grad()
        loss(int(rng.integers(10, LENGTH + 1)), BATCH, rng).backward()  # lengths mixed: short ones teach first
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    with torch.no_grad():
        return float(loss(LENGTH, 1000, np.random.default_rng(10_000)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds for each variant (default 5)")
    parser.add_argument("--updates", type=int, default=800, help="updates of each training (default 800)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    errors: dict[str, dict[str, list[float]]] = {}
    jobs = [(task, variant) for task in ("adding", "sum since mark") for variant in VARIANTS]
    for task, variant in tqdm(jobs, unit="variant"):
        runs = [round(run(variant, task, seed, options.updates), 5) for seed in range(options.seeds)]
        errors.setdefault(task, {})[variant] = runs
    about = {
        "command": f"python benchmarks/lstm_ablation.py --seeds {options.seeds} --updates {options.updates}",
        "seconds": round(time.perf_counter() - start),
        "machine": f"{platform.machine()}, one thread, Python {platform.python_version()}, torch {torch.__version__}",
        "setting": {"H": HIDDEN, "T": LENGTH, "batch": BATCH, "learning rate": LEARNING_RATE, "optimiser": "Adam"},
    }
    options.output.write_text(json.dumps({"about": about, "errors": errors}, indent=1) + "\n")


if __name__ == "__main__":
    main()
