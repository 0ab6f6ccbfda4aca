"""How does a network write a digit that is asked for, and what is the mixture for, and what the memory?

Question: from a class, 0 to 9, to the eight places of a pen. How many Gaussians are needed, does it take a memory, and
what does the bias, which makes the likely likelier, cost?
Literature: Bishop 1994 joins a network and a mixture, for the average of several right answers need not be a right one;
Schuster 1999 has a recurrent network say the mixtures, with a higher likelihood than a traditional model; Graves 2013
writes whole lines, with a bias that makes them neater. None has digits of these people, so there is no number to meet.
If a mixture is needed, one Gaussian costs more nats a point on other people's digits and is read less often; if not,
all are alike. If the memory is needed, a network of about as many weights that knows the last place and the number of
points before it ("point") costs more than the LSTM, and one that knows the class and that number alone ("none", which
with one Gaussian is a Gaussian a point) costs most. If the bias is free, distance and spread stay those of real digits
while more are read; if it is paid for, they fall.
Baselines: the square alone, and one Gaussian for each class and point, fitted without a network; real digits of the
same and of other people. They are in the stored table of `python -m rnncourse.systems.handwriting evaluate`.
Equal care: the same digits, updates and batches; the learning rate of each setting is chosen on digits of training's
people that training does not see. Judged on the fourteen other people's digits.
"""

import sys
from collections.abc import Mapping
from typing import Any

from _run import Best, Experiment
from rnncourse.systems.handwriting import writing_scoring as scoring
from rnncourse.systems.handwriting.writing_training import train

RATES = Best((4e-3, 1e-2, 2.5e-2), by="validation")
BATCH, HIDDEN = 64, 128
BIASES = (0.0, 0.5, 1.0, 2.0)


def run(seed: int, *, memory: str, components: int, lr: float, updates: int, each: int) -> Mapping[str, float]:
    """Nats per point, and for each bias: read as meant (%), distance to the nearest digit of training, spread."""
    size: dict[str, Any] = {"hidden": HIDDEN, "batch": BATCH, "epochs": 1, "updates": updates}
    model, history = train("digits", memory=memory, components=components, lr=lr, seed=seed, progress=False, **size)
    judges, player = scoring.Judges(), scoring.played(model)
    cost = scoring.nats(model, judges.others)
    measured = {"validation": history.validation[-1], "place": cost.place, "pen": cost.pen}
    for bias in BIASES:
        places, meant, _ = scoring.written(player, bias, seed, each)
        measured |= {f"{name}, bias {bias:g}": value for name, value in judges.of(places, meant).items()}
    return measured


EXPERIMENT = Experiment(
    run,
    settings=[
        {"memory": memory, "components": components, "lr": RATES}
        for memory, components in (
            *(("lstm", count) for count in (10, 1)),
            ("point", 10),
            ("none", 10),
            ("none", 1),
            *(("lstm", count) for count in (2, 5, 20)),
        )
    ],
    seeds=5,
    options={"updates": 800, "each": 100},
    small={"updates": 2, "each": 2},
    constants={"hidden": HIDDEN, "batch": BATCH, "biases": BIASES},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
