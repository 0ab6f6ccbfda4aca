"""What each part of the LSTM is worth: six variants on two tasks, several seeds.

Question: which gate does the work? Each variant lacks one gate (it is held open), or has peepholes, or a forget bias of
0 instead of 1. Tasks: adding at 50 steps, and "sum since mark", where the sum starts again at every mark.
Literature: of eight variants none beats the plain LSTM by much, the forget gate and the output activation matter most
(Greff et al. 2017, three real tasks); a forget bias of 1 closes the gap between LSTM and GRU (Jozefowicz et al. 2015).
If a gate is worth something, taking it away raises the error of a task that needs it: the forget gate where something
must be forgotten, the input gate where most of the input must be ignored. If the usual summary holds for every task, no
forget gate is worst on both. Always answering the mean gives 1/6 on adding. One learning rate serves all variants.
"""

import sys
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from _run import Experiment
from rnncourse.data import tasks
from rnncourse.torch import LSTM

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


def run(seed: int, *, task: str, variant: str, updates: int) -> Mapping[str, float]:
    """Train one network; its mean squared error on 1,000 new sequences."""
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
        return {"error": float(loss(LENGTH, 1000, np.random.default_rng(10_000)))}


EXPERIMENT = Experiment(
    run,
    settings=[{"task": task, "variant": variant} for task in ("adding", "sum since mark") for variant in VARIANTS],
    seeds=5,
    options={"updates": 800},
    small={"updates": 2},
    constants={"H": HIDDEN, "T": LENGTH, "batch": BATCH, "learning rate": LEARNING_RATE, "optimiser": "Adam"},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
