"""Do rewards teach a network where to look, if it has more time?

Question: in 15_ways REINFORCE reads what random places read. Is that too few updates? Here it has three times as many,
at the rate that was best there.
Literature: Mnih et al. (2014, table 2) read digits in clutter by places learnt from rewards with fewer errors than
convolutions on all pixels; how long they trained is not said in updates.
If rewards only need time, the network reads more than random places do, and its last look comes nearer to the digit
than the 16 pixels of the shorter training. If it reads more and looks no nearer, it has learnt to read from afar. The
last look's distance tells the two apart. The controls, random places and the middle, are those of 15_ways.
"""

import sys
from collections.abc import Mapping

from _glimpses import BATCH, measured
from _run import Experiment
from rnncourse.systems import glimpses


def run(seed: int, *, lr: float, epochs: int, updates: int, scored: int) -> Mapping[str, float]:
    """What is read on test pictures after each glimpse, and how far from the digit each glimpse is, in pixels."""
    budget = {"epochs": epochs, "updates": updates, "batch": BATCH}
    network, history = glimpses.train("reinforce", lr=lr, seed=seed, progress=False, **budget)
    return {"loss on validation": history.validation[-1], **measured(network, number=scored)}


EXPERIMENT = Experiment(
    run,
    settings=[{"lr": 4e-3}],
    seeds=3,
    options={"epochs": 60, "updates": 200, "scored": 2000},
    small={"epochs": 1, "updates": 2, "scored": 50},
    constants={"batch": BATCH},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
