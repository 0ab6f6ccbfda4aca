"""Days, years and languages never seen: a decoder that may look back against one that has the last state alone.

Question: two networks with the same weights read a date in one of 42 languages and write it as year-month-day. One asks
the encoder's states at every step, the other sees the last state at every step. What do they make of days that they
have not seen, of years (2030 to 2069; training has 1970 to 2029), and of the Romance languages?
Literature: without attention long sources lose most (Bahdanau et al. 2015, figure 2). On unseen years we know of none.
The digits of a year can be copied from the text; months in words cannot. If attention copies, it reads years that it
has not seen, and the other, which could learn sixty years by heart, does not. If both read them, looking back is not
what it takes; if neither does, attention does not copy. Controls: new days of known years and languages ("test"), on
which a network that has not learned the task fails as well; the year, the month and the day apart. Equal care: equal
weights, data and updates, the learning rate chosen for each on the validation days. The cause is asked in 13_years.
"""

import sys
from collections.abc import Mapping

import numpy as np

from _dates import answers, rights
from _run import Best, Experiment
from _seq2seq import trained
from rnncourse.data import dates
from rnncourse.systems import seq2seq

FAMILY = dates.FAMILIES[dates.HELD_OUT]
PARTS = ("test", "years", "family")
NETWORK = {"embedding": 32, "hidden": 128, "batch": 64}


def run(seed: int, *, attention: bool, lr: float, updates: int, examples: int, scored: int) -> Mapping[str, float]:
    """The share of each part that is read rightly, as a whole and by its parts; of the family by language too."""
    data = seq2seq.pairs("dates", "train", examples, seed=seed), seq2seq.pairs("dates", "validation", 1000)
    network, loss = trained("dates", seed, data=data, attention=attention, lr=lr, updates=updates, **NETWORK)
    measured = {"loss on validation": loss}
    for part in PARTS:
        asked = seq2seq.pairs("dates", part, scored)
        found = answers(network, asked)
        measured |= {f"{part}{name}": share for name, share in rights(found, asked).items()}
        if part == "family":
            right = np.array([a == b[0] for a, b in zip(found, asked.answers, strict=True)])
            measured |= {f"family, {one}": float(right[np.array(asked.groups) == one].mean()) for one in FAMILY}
    return measured


EXPERIMENT = Experiment(
    run,
    settings=[
        {"attention": attention, "lr": Best((1.5e-3, 3e-3, 6e-3, 1.2e-2), by="loss on validation")}
        for attention in (True, False)
    ],
    seeds=5,
    options={"updates": 4000, "examples": 40_000, "scored": 2000},
    small={"updates": 2, "examples": 100, "scored": 300},
    constants=NETWORK | {"held out": dates.HELD_OUT},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
