"""RNN, LSTM and GRU under one budget of parameters and updates, on three tasks; chapter 10 shows the stored result.

    python benchmarks/cells.py                 four or eight seeds a task, writes rnncourse/data/results/cells.json
    python benchmarks/cells.py --seeds 1 --share 0.1 --output FILE     a quick look
"""

import argparse
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from rnncourse.data import japanese_vowels, pronouns, results, tasks
from rnncourse.reference import pad_batch
from rnncourse.torch import GRU, LSTM, RNN, Classifier, fit

RESULTS = results.FOLDER / "cells.json"
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


def run(variant: str, task: Task, seed: int, updates: int) -> float:
    """Train one network and return its score."""
    torch.manual_seed(seed)
    D, K = task.sizes
    model = Classifier(largest_layer(variant, D, K), K)
    batches = task.batches(np.random.default_rng(seed), updates)
    fit(model, lambda epoch: batches, loss=task.loss, lr=LEARNING_RATE, max_norm=1.0, seed=seed, progress=False)
    return task.score(model)


def describe(options: argparse.Namespace, seconds: float, processor: float) -> dict[str, object]:
    """Say what made the result: command, time and machine."""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    setting = {"parameters at most": BUDGET, "batch": BATCH, "learning rate": LEARNING_RATE, "optimiser": "Adam"}
    return {
        "command": f"python benchmarks/cells.py --seeds {options.seeds} --share {options.share:g}",
        "seconds": round(seconds),
        "processor_seconds": round(processor),
        "machine": f"{platform.machine()}, one thread, {versions}",
        "setting": {**setting, "updates": UPDATES, "distance": DISTANCE, "length": LENGTH},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8, help="at most so many seeds a task (default 8)")
    parser.add_argument("--share", type=float, default=1.0, help="share of the updates to make (default 1, all)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    start, start_cpu = time.perf_counter(), time.process_time()
    errors: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, dict[str, dict[str, int]]] = {}
    for name, variant in tqdm([(name, variant) for name in UPDATES for variant in VARIANTS], unit="variant"):
        task, updates = Task(name), max(1, round(options.share * UPDATES[name]))
        runs = [run(variant, task, seed, updates) for seed in range(min(options.seeds, SEEDS[name]))]
        errors.setdefault(name, {})[variant] = [round(score, 5) for score in runs]
        layer = largest_layer(variant, *task.sizes)
        count = sum(parameter.numel() for parameter in Classifier(layer, task.sizes[1]).parameters())
        sizes.setdefault(name, {})[variant] = {"units": layer.hidden_size, "parameters": count}
        about = describe(options, time.perf_counter() - start, time.process_time() - start_cpu)
        options.output.write_text(json.dumps({"about": about, "sizes": sizes, "errors": errors}, indent=1) + "\n")


if __name__ == "__main__":
    main()
