"""What does a network read that sees every pixel at once?

Question: a digit anywhere in a picture, among pieces of others, as in 15_ways. What do convolutions read that see all
60 × 60 pixels, and the same on 20 × 20 averages?
Literature: Mnih et al. (2014, table 2): convolutions on all pixels made more errors than glimpses learnt from rewards.
If looking at a few places is worth its while, convolutions read no more than the glimpses of 15_ways do. Equal care:
the same pictures and updates, the rates chosen on validation pictures.
"""

import sys
from collections.abc import Mapping

from _glimpses import BATCH
from _run import Best, Experiment
from rnncourse.systems import glimpses

CHANNELS = 8


def run(seed: int, *, shrink: int, lr: float, epochs: int, updates: int, scored: int) -> Mapping[str, float]:
    """The share of test pictures that is read."""
    own = {"shrink": shrink, "channels": CHANNELS}
    budget = {"epochs": epochs, "updates": updates, "batch": BATCH}
    network, history = glimpses.train("convolutions", lr=lr, seed=seed, progress=False, **budget, **own)
    return {
        "loss on validation": history.validation[-1],
        "right": glimpses.evaluate(network, number=scored)["right"],
    }


EXPERIMENT = Experiment(
    run,
    settings=[{"shrink": shrink, "lr": Best((1e-3, 2e-3, 4e-3), by="loss on validation")} for shrink in (3, 1)],
    seeds=3,
    options={"epochs": 20, "updates": 200, "scored": 2000},
    small={"epochs": 1, "updates": 2, "scored": 50},
    constants={"batch": BATCH, "channels": CHANNELS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
