"""What a cut gradient does to an echo over nine steps, and which part of the cell it ruins: chapter 8's controls.

Question: with k1 = 4 and k2 = 8 a layer of 24 neurons finds the echo of the input eight steps ago and loses it again.
Is it lost because the gradient is cut one step before the writing, and is it the length of W that is lost? Task: inputs
of ±1, eight sequences of 6,000 steps, 1,500 updates by Adam. Always answering 0 has a squared error of 1. What is
measured is the mean error of the last 200 windows, the least mean of 50 windows on the way, and W's length at the end,
compared with the start.
Literature: what lies before the cut gets no blame (Williams & Peng 1990); nobody known to us describes the relapse.
If the cut is the cause, k2 = 9 and 12 keep the echo, from the default start and from an orthogonal one, which holds it
before any training. If W's length is what is lost, k2 = 8 keeps the echo once W is put back to its first length after
each update, though its direction goes on training; if the direction is to blame, this changes nothing. Controls: W held
altogether, and the whole cell frozen, its readout trained alone.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from _run import Experiment
from rnncourse import reference as ref
from rnncourse.data import tasks

HIDDEN, ROWS, DELAY, K1, RATE = 24, 8, 8, 4, 3e-3
TRAINED = {"all": (), "not W": ("W",), "W's direction": (), "the readout": ("W", "R", "b_W", "b_R")}  # else: held


def forward(x: np.ndarray, state: Any, weights: Any) -> tuple[np.ndarray, Any, Any]:
    h, state, cache = ref.rnn_forward(x, state, weights[0])
    return h @ weights[1].T, state, (h, cache, weights[1])


def backward(dy: np.ndarray, _: Any, saved: Any) -> tuple[None, None, Any]:
    h, cache, V = saved
    return None, None, (ref.rnn_backward(dy @ V, None, cache)[2], np.einsum("tbk,tbh->kh", dy, h))


def mean_squares(y: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    return np.mean((y - target) ** 2), 2 * (y - target) / y.size


def learner(trained: str, length: float) -> Callable[[Any, Any], Any]:
    """An update by Adam of (cell, V) that leaves alone what is not trained, and W's length where only it turns."""
    adam: list[Any] = [None]

    def update(weights: Any, grads: Any) -> Any:
        grads, _ = ref.clip_by_global_norm(grads, 1.0)
        (cell, V), adam[0] = ref.adam(weights, grads, adam[0], learning_rate=RATE)
        cell = cell._replace(**{name: getattr(weights[0], name) for name in TRAINED[trained]})
        if trained == "W's direction":
            cell = cell._replace(W=cell.W * length / np.linalg.norm(cell.W))
        return cell, V

    return update


def run(seed: int, *, start: str, k2: int, trained: str, steps: int) -> Mapping[str, float]:
    rng = np.random.default_rng(seed)
    x, target = tasks.delayed_echo(steps, ROWS, rng, delay=DELAY)
    cell = ref.init_params("rnn", 1, HIDDEN, rng=rng, scheme=start)
    V, length = rng.normal(size=(1, HIDDEN)) / np.sqrt(HIDDEN), float(np.linalg.norm(cell.W))
    cut: dict[str, Any] = {"k1": K1, "k2": k2, "update": learner(trained, length)}
    pairs = zip(x, target, strict=True)
    windows = ref.truncated_bptt(forward, backward, mean_squares, pairs, None, (cell, V), **cut)
    found = [(window.loss, float(np.linalg.norm(window.params[0].W))) for window in windows]
    losses = np.array([loss for loss, _ in found])
    means = losses[: len(losses) // 50 * 50].reshape(-1, 50).mean(axis=-1)
    lowest = means.min() if means.size else losses.min()
    return {"error": losses[-200:].mean(), "lowest": lowest, "length of W": found[-1][1] / length}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"start": "torch", "k2": k2, "trained": "all"} for k2 in (4, 8, 9, 12)),
        *({"start": "torch", "k2": 8, "trained": trained} for trained in ("not W", "W's direction", "the readout")),
        *({"start": "orthogonal", "k2": k2, "trained": "all"} for k2 in (8, 12)),
        *({"start": "orthogonal", "k2": 8, "trained": trained} for trained in ("W's direction", "the readout")),
    ],
    seeds=5,
    options={"steps": 6000},
    small={"steps": 40},
    constants={"H": HIDDEN, "rows": ROWS, "delay": DELAY, "k1": K1, "optimiser": "Adam", "rate": RATE, "clip": 1.0},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
