"""Where to look: places learnt through the picture, learnt from rewards, and not chosen at all.

Question: a digit stands anywhere in a picture, among pieces of others. One network looks four times, each time through
windows of 12 × 12 samples at three scales, and says after each look which digit it is. What does it gain by choosing
where it looks, and does it matter how the choice is learnt?
Literature: Mnih et al. (2014, table 2) read digits in clutter by places learnt from rewards (REINFORCE) with fewer
errors than convolutions on all pixels; the same places learnt through the picture: Jaderberg et al. (2015). The first
also has eight random looks in one table.
If choosing helps, "gradient" reads more than the same network that stares at the middle, looks anywhere, or sees the
whole picture at the coarsest scale (15 × 15), and its last look is nearer to the digit than theirs. If only what is
seen coarsely counts, they are alike. Controls: "told", the same network on pictures with the digit in the middle, says
what can be read at best. Equal care: the same pictures and updates, the rate of each chosen on validation pictures.
What REINFORCE learns in three times as many updates is asked in 15_rewards, what convolutions read in 15_convolutions.
"""

import sys
from collections.abc import Mapping

from _glimpses import BATCH, measured
from _run import Best, Experiment
from rnncourse.systems import glimpses

LOW, HIGH, USUAL = (5e-4, 1e-3, 2e-3, 4e-3), (1e-3, 2e-3, 4e-3, 8e-3), (1e-3, 2e-3, 4e-3)
RATES = {"gradient": LOW, "whole": LOW, "reinforce": HIGH, "told": HIGH}  # the best lies inside


def run(seed: int, *, way: str, lr: float, epochs: int, updates: int, scored: int) -> Mapping[str, float]:
    """What is read on test pictures after each glimpse, and how far from the digit each glimpse is, in pixels."""
    place, kind = ("middle", "centre") if way == "told" else ("anywhere", way)
    budget = {"epochs": epochs, "updates": updates, "batch": BATCH}
    network, history = glimpses.train(kind, lr=lr, seed=seed, place=place, progress=False, **budget)
    return {"loss on validation": history.validation[-1], **measured(network, number=scored, place=place)}


EXPERIMENT = Experiment(
    run,
    settings=[
        {"way": way, "lr": Best(RATES.get(way, USUAL), by="loss on validation")}
        for way in ("gradient", "reinforce", "centre", "random", "whole", "told")
    ],
    seeds=5,
    options={"epochs": 20, "updates": 200, "scored": 2000},
    small={"epochs": 1, "updates": 2, "scored": 50},
    constants={"batch": BATCH},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
