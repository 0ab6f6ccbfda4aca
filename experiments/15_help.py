"""What helps a network that learns where to look: the loss after every look, small steps, more looks, more scales.

Question: "gradient" of 15_ways learns its places through the picture. Which parts of how it is built and trained does
it need, and what do more looks, more scales and more clutter change?
Literature: Mnih et al. (2014, table 2 of the arXiv version; 60 × 60 pixels with clutter) have 5.23 % errors with eight
looks learnt by REINFORCE where convolutions have 7.83 %. Numbers for the other questions are not known to us.
If the loss after every look helps, the last look's answer is right more often with it than with the loss after the last
look alone; if the division keeps training whole, the network without it reads less or sends its looks further from the
digit, at each one's own rate; if they do not matter, seeds of both overlap. If the coarse windows find the digit, the
network without them reads less and ends further away. If clutter is what looking sharply is good against, "gradient"
loses less by more of it than convolutions on averages of 3 × 3 pixels.
Equal care: the rate of both ablations and of the convolutions is chosen on validation pictures; other numbers of looks,
scales and pieces take the rate chosen at 4, 3 and 4. All train for half of what 15_ways gives, and 3 seeds make the
curves.
"""

import sys
from collections.abc import Mapping

from _run import After, Best, Experiment
from rnncourse.systems import glimpses

BATCH = 128
RATES = (2.5e-4, 5e-4, 1e-3, 2e-3, 4e-3)
BASE = {"way": "gradient"}


def run(
    seed: int,
    *,
    way: str,
    lr: float,
    epochs: int,
    updates: int,
    scored: int,
    pieces: int = 4,
    loss: str = "every",
    **own: int | bool,
) -> Mapping[str, float]:
    """After each look: the share of test pictures read, and the median distance to the digit in pixels."""
    budget = {"epochs": epochs, "updates": updates, "batch": BATCH}
    given = {"pieces": pieces, "every": loss == "every"}
    network, history = glimpses.train(way, lr=lr, seed=seed, progress=False, **budget, **given, **own)
    found = glimpses.evaluate(network, number=scored, pieces=pieces)
    measured = {"loss on validation": history.validation[-1], "right": found["right"]}
    for name in ("right", "median"):
        measured |= {f"{name} {t + 1}": value for t, value in enumerate(found[f"{name}_by_glimpse"])}
    return measured


def rate(values: tuple[float, ...] = RATES) -> Best:
    return Best(values, by="loss on validation")


EXPERIMENT = Experiment(
    run,
    settings=[
        BASE | {"lr": rate()},
        BASE | {"divided": False, "lr": rate()},
        BASE | {"loss": "last", "lr": rate()},
        *(BASE | {"scales": number, "lr": After("lr", BASE)} for number in (1, 2)),
        *(BASE | {"glimpses": number, "lr": After("lr", BASE)} for number in (1, 2, 6)),
    ],
    seeds=lambda setting: 5 if {*setting} in ({"way", "lr"}, {"way", "lr", "divided"}, {"way", "lr", "loss"}) else 3,
    options={"epochs": 10, "updates": 200, "scored": 2000},
    small={"epochs": 1, "updates": 2, "scored": 50},
    constants={"batch": BATCH},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
