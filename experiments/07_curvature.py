"""Adding over 30 steps from 150 sequences: Hessian-free against descent and Adam at the same cost.

Question: does a step that divides by the curvature learn to add where as many gradients, spent one by one, do not? A
plain network of 24 neurons, all 150 sequences at once, judged along the way on 1,000 new ones: with so few sequences it
is possible to learn the answers by heart. Always answering the mean gives a squared error of 1/6.
Cost: 30 steps of Hessian-free, each with 20 iterations of conjugate gradients, are at the very most 1,200 gradients;
the others get 1,200 updates, clipped at 1.
Literature: Hessian-free solves adding and other tasks with long dependencies where descent failed (Martens & Sutskever
2011); well tuned descent with momentum comes near to it (Sutskever et al. 2013).
If curvature is what is needed, Hessian-free errs far less on new sequences than any rate of the others. If it is that
the sequences are few, Adam with 150 new ones at every update does as well: that is the control. No rate is chosen: all
that were tried are shown.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from _run import Experiment
from rnncourse import reference as ref
from rnncourse.data import tasks

LENGTH, TRAINED, NEW, HIDDEN, CG = 30, 150, 1000, 24, 20
GRADIENTS = 1 + (CG + 2) * 3 // 2 + 6  # a step of Hessian-free: a gradient, CG + 2 products, at most 11 losses


def adding_problem(seed: int, B: int = TRAINED) -> tuple[ref.Theta, ref.Problem]:
    rng = np.random.default_rng(seed)
    x, answer = tasks.adding(LENGTH, B, rng)
    target, last = np.zeros((LENGTH, B, 1)), np.zeros((LENGTH, B), dtype=bool)
    target[-1, :, 0], last[-1] = answer, True
    params = ref.init_params("rnn", 2, HIDDEN, rng=rng)
    theta = ref.Theta(params, rng.normal(size=(1, HIDDEN)) / np.sqrt(HIDDEN), np.zeros(1))
    return theta, ref.Problem(x, target, "squared", last)


def run(
    seed: int, *, method: str, steps: int, rate: float = 0.0, sequences: str = "the same"
) -> Mapping[str, list[float]]:
    """One training: its errors on what it trains on and on new sequences, after each step or as many gradients."""
    theta, problem = adding_problem(seed)
    test, state, trained, new = adding_problem(100, NEW)[1], None, list[float](), list[float]()
    optimiser: Any = {"descent": ref.sgd, "Adam": ref.adam}.get(method)
    for step in range(steps):
        if optimiser is None:
            theta, state = ref.hessian_free_step(theta, problem, state, iterations=CG)
        else:
            for k in range(step * GRADIENTS, (step + 1) * GRADIENTS):
                if sequences == "always new":
                    problem = adding_problem(10_000 * (seed + 1) + k)[1]
                grads = ref.clip_by_global_norm(ref.network_gradient(theta, problem)[1], 1.0)[0]
                theta, state = optimiser(theta, grads, state, learning_rate=rate)
        trained.append(ref.network_loss(theta, problem))
        new.append(ref.network_loss(theta, test))
    return {"trained": trained, "new": new}


EXPERIMENT = Experiment(
    run,
    settings=[
        {"method": "Hessian-free"},
        {"method": "descent", "rate": 0.3},
        *({"method": "Adam", "rate": rate} for rate in (1e-3, 3e-3, 1e-2)),
        {"method": "Adam", "rate": 3e-3, "sequences": "always new"},
    ],
    seeds=8,
    options={"steps": 30},
    small={"steps": 1},
    constants={"H": HIDDEN, "T": LENGTH, "trained on": TRAINED, "judged by": NEW, "iterations": CG, "clipped at": 1.0},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
