"""How long a plain network takes to learn a sentence whose last word depends on the first, by their distance.

Question: does a plain recurrent network have a reach that it cannot pass, or does it need more updates the farther
apart the two words stand? And is it the small blame at the start that makes it slow? Task: the pronoun, guessed rightly
in one third. Learned means at least 95 % of 500 new sentences; what is measured is the number of updates until then,
and what share of the last word's blame reaches the first word, before and after training.
Literature: the share of the gradient that comes from far back shrinks exponentially (Bengio et al. 1994).
If it is a matter of updates, the time to learn grows with the distance and a larger budget reaches farther; if it is a
border, some distance is learned by no budget. Control: the same network whose recurrent matrix starts orthogonal, so
that R neither shrinks nor stretches blame. If the small blame is what delays it, this one learns the far distances much
sooner; if not, it is about as slow. The learning rate is the page's; experiment 09_distance tries others.
"""

import sys
from collections.abc import Mapping

import torch
from torch import nn

from _reader import CONSTANTS, Reader, learn, sentences
from _run import Experiment

DISTANCES, STARTS, RATE = (5, 10, 15, 20, 25, 30, 50), ("default", "orthogonal"), 3e-3


def share(model: Reader, distance: int) -> float:
    """How long the blame for the first word is, as a share of that for the last; mean of 100 sentences."""
    words, target = sentences(distance, 100, 20_000)
    vectors = model.embedding(words).detach().requires_grad_()
    loss = nn.functional.cross_entropy(model.readout(model.cell(vectors)[0][-1]), target, reduction="sum")
    norms = torch.autograd.grad(loss, vectors)[0].norm(dim=-1)
    return float((norms[0] / norms[-1]).mean())


def run(seed: int, *, start: str, distance: int, updates: int) -> Mapping[str, float]:
    model = Reader(nn.RNN)
    if start == "orthogonal":
        nn.init.orthogonal_(dict(model.cell.named_parameters())["weight_hh_l0"])
    before, found = share(model, distance), learn(model, seed, distance, RATE, updates)
    del found["cost"]
    return {"share before": before, "share after": share(model, distance), **found}


EXPERIMENT = Experiment(
    run,
    settings=[{"start": start, "distance": distance} for start in STARTS for distance in DISTANCES],
    seeds=5,
    options={"updates": 2500},
    small={"updates": 2},
    constants=CONSTANTS | {"rate": RATE},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
