"""What sees everything at once, and what is learnt from rewards in three times as many updates.

Question: a digit anywhere in a picture, among pieces of others, as in 15_ways. What do convolutions read that see all
60 × 60 pixels, and the same on 20 × 20 averages? And does REINFORCE find the digit if it has more time?
Literature: Mnih et al. (2014, table 2): convolutions on all pixels made more errors than glimpses learnt from rewards.
If looking at a few places is worth its while, convolutions read no more than the glimpses of 15_ways. If rewards only
need time, three times as many updates bring REINFORCE to what the differentiable glimpses have after one third of them.
Equal care: the same pictures and updates; the rates of the convolutions are chosen on validation, REINFORCE has
the rate that was best in 15_ways.
"""

import sys
from collections.abc import Mapping

from _glimpses import BATCH, measured
from _run import Best, Experiment
from rnncourse.systems import glimpses

CHANNELS = 8
RATE = 4e-3  # of REINFORCE in 15_ways


def run(
    seed: int, *, way: str, lr: float, epochs: int, updates: int, scored: int, longer: int = 1, shrink: int = 1
) -> Mapping[str, float]:
    """What is read on test pictures, after each glimpse where there are several."""
    own = {"shrink": shrink, "channels": CHANNELS} if way == "convolutions" else {}
    budget = {"epochs": epochs * longer, "updates": updates, "batch": BATCH}
    network, history = glimpses.train(way, lr=lr, seed=seed, progress=False, **budget, **own)
    return {"loss on validation": history.validation[-1], **measured(network, number=scored)}


EXPERIMENT = Experiment(
    run,
    settings=[
        *(
            {"way": "convolutions", "shrink": shrink, "lr": Best((1e-3, 2e-3, 4e-3, 8e-3), by="loss on validation")}
            for shrink in (3, 1)
        ),
        {"way": "reinforce", "longer": 3, "lr": RATE},
    ],
    seeds=3,
    options={"epochs": 20, "updates": 200, "scored": 2000},
    small={"epochs": 1, "updates": 2, "scored": 50},
    constants={"batch": BATCH, "channels": CHANNELS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
