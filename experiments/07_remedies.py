"""Remedies against vanishing and exploding gradients: starts × clipping × optimisers, and six further remedies.

Question: which remedy lets a plain recurrent layer of 64 neurons learn over 50 steps within 1,500 updates? Tasks: the
adding problem (solved: squared error below 0.04; always answering the mean gives 1/6) and temporal order (solved: fewer
than 1 % wrong; guessing is wrong in 75 %). Judged on 2,000 sequences that nobody trained on, five seeds, along the way.
Every row gets the best of three learning rates, by the error of seed 0 on those same 2,000 sequences, of rates that tie
the first listed; momentum is also given SGD's own. The orthogonal start is also trained seven times as long on adding.
The identity start is three things, R = I, ReLU and small inputs: on adding each is taken away, or given to the default.
Literature: identity weights with ReLU solve adding at 150 steps and more (Le et al. 2015); clipping and a regulariser
together solve temporal order far beyond 50 steps (Pascanu et al. 2013); momentum helps if the start is right (Sutskever
et al. 2013); normalisation speeds up trainings that work without it (Ba et al. 2016, Cooijmans et al. 2017); a matrix
that is kept orthogonal carries gradients as far as one likes (Arjovsky et al. 2016); leaky units have longer time
constants (Jaeger et al. 2007).
If what counts is the product of Jacobians at the start, both orthogonal and identity rows solve the tasks with every
optimiser and the default start with none; if clipping is enough, its rows solve what the same rows without it do not.
A remedy can act only where its disease occurs: how often the gradient was longer than the threshold, and how long it
became, is measured in every row, clipped or not. "nothing" (default start, no clipping) is the baseline.
"""

import math
import sys
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from _run import After, Best, Experiment
from rnncourse.data import tasks

HIDDEN, LENGTH, BATCH, THRESHOLD, EVERY = 64, 50, 32, 1.0, 250
STARTS, OPTIMISERS = ("default", "orthogonal", "identity"), ("Adam", "SGD", "momentum")
RATES = {"Adam": (3e-4, 1e-3, 3e-3), "SGD": (0.01, 0.03, 0.1), "momentum": (0.003, 0.01, 0.03)}
LEAK, PULL = 0.1, 2.0  # of the leaky units; weight of the regulariser


class Network(nn.Module):
    """A plain recurrent layer with a readout of its last state.

    `start`: torch's own weights, an orthogonal R, or the identity with ReLU and small inputs (Le et al. 2015).
    `extra`: "layer" or "batch" normalisation of what goes into the nonlinearity (the batch's own statistics, each step
    its own, in training and in test), "leaky" units, or R "kept orthogonal" by its parametrisation. For the parts of
    the identity start: "tanh" or "drawn inputs" (as torch's own) with R = I, "ReLU" or "ReLU, small inputs" elsewhere.
    """

    def __init__(self, D: int, K: int, start: str, extra: str) -> None:
        super().__init__()
        cell = nn.RNN(D, HIDDEN)
        drawn = {name.removesuffix("_l0"): weight.detach() for name, weight in cell.named_parameters()}
        self.W, self.b = nn.Parameter(drawn["weight_ih"]), nn.Parameter(drawn["bias_ih"] + drawn["bias_hh"])
        self.recurrent, self.readout = nn.Linear(HIDDEN, HIDDEN, bias=False), nn.Linear(HIDDEN, K)
        self.gain, self.extra = nn.Parameter(torch.ones(HIDDEN)), extra
        self.bend = torch.relu if extra.startswith("ReLU") or (start == "identity" and extra != "tanh") else torch.tanh
        with torch.no_grad():
            self.recurrent.weight.copy_(drawn["weight_hh"])
            if start == "orthogonal":
                nn.init.orthogonal_(self.recurrent.weight)
            if start == "identity":
                nn.init.eye_(self.recurrent.weight)
            if extra.endswith("small inputs") or (start == "identity" and extra != "drawn inputs"):
                nn.init.normal_(self.W, std=0.03)
                self.b.zero_()
        if extra == "kept orthogonal":
            parametrizations.orthogonal(self.recurrent)

    def states(self, x: Tensor) -> list[Tensor]:
        R, h = self.recurrent.weight, x.new_zeros(x.shape[1], HIDDEN)
        normed, hs = self.extra in ("layer", "batch"), []
        for a_x in x @ self.W.T if normed else x @ self.W.T + self.b:
            a = torch.addmm(a_x, h, R.T)
            if normed:
                deviation, mean = torch.std_mean(a, dim=1 if self.extra == "layer" else 0, keepdim=True, correction=0)
                a = self.gain * (a - mean) / (deviation + 1e-5) + self.b
            new = self.bend(a)
            h = (1 - LEAK) * h + LEAK * new if self.extra == "leaky" else new
            hs.append(h)
        return hs

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.states(x)[-1])

    def pull(self, hs: list[Tensor], loss: Tensor) -> Tensor:
        """Pascanu et al. (2013), equation 9: each step back should keep the gradient's length. States as given."""
        blame = torch.stack(torch.autograd.grad(loss, hs, retain_graph=True))[1:]
        slope = 1 - torch.stack(hs)[1:].detach() ** 2
        before = ((blame * slope) @ self.recurrent.weight).flatten(1).norm(dim=1)
        after = blame.flatten(1).norm(dim=1)
        return ((before / after.clamp_min(1e-30) - 1) ** 2)[after > 0].sum()


def draw(task: str, B: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    x, y = (tasks.adding if task == "adding" else tasks.temporal_order)(LENGTH, B, rng)
    kind = torch.float32 if task == "adding" else torch.long
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=kind)


def loss_of(task: str, answer: Tensor, y: Tensor) -> Tensor:
    return ((answer[:, 0] - y) ** 2).mean() if task == "adding" else nn.functional.cross_entropy(answer, y)


def error(model: Network, task: str, x: Tensor, y: Tensor) -> float:
    """Squared error of adding, share of wrong answers of temporal order; infinite where weights are not finite."""
    with torch.no_grad():
        answer = model(x)
    if not torch.isfinite(answer).all():
        return math.inf
    return float(loss_of(task, answer, y) if task == "adding" else (answer.argmax(dim=1) != y).float().mean())


def run(
    seed: int,
    *,
    task: str,
    start: str,
    clip: bool,
    optimiser: str,
    rate: float,
    updates: int,
    tests: int,
    extra: str = "",
    rule: str = "tuned",
    longer: int = 1,
) -> Mapping[str, float | list[float]]:
    """Train one network: its error at the end and along the way, and how often and how far gradients were too long."""
    rng, held_out = np.random.default_rng(seed), draw(task, tests, np.random.default_rng(10_000))
    model = Network(2 if task == "adding" else 6, 1 if task == "adding" else 4, start, extra)
    steps: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    if optimiser != "Adam":
        steps = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9 if optimiser == "momentum" else 0.0)
    norms, curve, updates = list[float](), list[float](), updates * longer
    for update in range(1, updates + 1):
        x, y = draw(task, BATCH, rng)
        hs = model.states(x)
        loss = loss_of(task, model.readout(hs[-1]), y)
        steps.zero_grad()
        if extra == "regulariser":
            loss = loss + PULL * model.pull(hs, loss)
        loss.backward()
        norms.append(float(nn.utils.clip_grad_norm_(model.parameters(), THRESHOLD if clip else math.inf)))
        if not math.isfinite(norms[-1]):
            curve += [math.inf] * (updates // EVERY - len(curve))
            break
        steps.step()
        if update % EVERY == 0:
            curve.append(error(model, task, *held_out))
    too_long = float(np.mean([norm > THRESHOLD or math.isnan(norm) for norm in norms]))
    final = curve[-1] if curve else error(model, task, *held_out)
    return {"error": final, "curve": curve, "too long": too_long, "largest norm": float(np.nanmax(norms))}


def row(task: str, start: str, clip: bool, optimiser: str, **more: str) -> dict:
    best = Best(RATES[optimiser], by="error")
    return {"task": task, "start": start, "clip": clip, "optimiser": optimiser, **more, "rate": best}


TASKS = ("temporal order", "adding")
TABLE = [row(t, s, c, o) for o in OPTIMISERS for t in TASKS for s in STARTS for c in (False, True)]
EXTRAS = [
    row(task, start, True, "Adam", extra=extra)
    for task in TASKS
    for extra, start in (
        *(("regulariser", "default"), ("layer", "default"), ("layer", "orthogonal"), ("batch", "default")),
        *(("leaky", "default"), ("kept orthogonal", "orthogonal")),
    )
]
SAME_RATE = [
    {
        **{"task": task, "start": start, "clip": True, "optimiser": "momentum", "rule": "as SGD"},
        "rate": After("rate", row(task, start, True, "SGD")),
    }
    for task in TASKS
    for start in STARTS
]

LONG = [
    {
        **{"task": "adding", "start": start, "clip": True, "optimiser": "Adam", "longer": 7},
        "rate": After("rate", row("adding", start, True, "Adam")),
    }
    for start in ("orthogonal",)
]

PARTS = [
    row("adding", start, True, "Adam", rule="parts", extra=extra)
    for start, extra in (
        *(("identity", "tanh"), ("identity", "drawn inputs"), ("default", "ReLU")),
        *(("default", "ReLU, small inputs"),),
    )
]

EXPERIMENT = Experiment(
    run,
    settings=[*TABLE, *EXTRAS, *SAME_RATE, *LONG, *PARTS],
    seeds=5,
    options={"updates": 1500, "tests": 2000},  # of each training; sequences that it is judged by
    small={"updates": 2, "tests": 20},
    constants={
        **{"H": HIDDEN, "T": LENGTH, "batch": BATCH, "threshold": THRESHOLD, "tested every": EVERY},
        **{"leak": LEAK, "regulariser's weight": PULL, "momentum": 0.9},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
