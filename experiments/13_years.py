"""When does a network copy, and when does it learn by heart? The number of different years in training decides.

Question: in 13_dates a network without attention fails on years that it has not seen. Is that its bottleneck, or that
sixty years could be learned by heart? Here the days of training, in five languages, lie in 6, 60, 300 or 1,400 of the
years 1000 to 2999, drawn at random, or in the sixty years 1970 to 2029, and 600 other years are asked for, always the
same ones.
Literature: none known to us. That variety in training decides between rules and lists is an old idea.
If memorising is what the data allows, more different years mend the network without attention; if the bottleneck is the
cause, it stays behind however many there are. If attention copies for its own sake, six years are enough for it; if it
needs variety too, it fails with few. Baseline: a decoder that has learned which years occur writes one of those in
place of each other and gets none right. "seen" are other days in the years of training: the task itself. Equal care:
the same number of texts and updates, the learning rate chosen for each network and set of years on validation days.
"""

import datetime
import sys
from collections.abc import Mapping

import numpy as np

from _dates import answers, rights
from _run import Best, Experiment
from _seq2seq import trained
from rnncourse.data import dates
from rnncourse.systems import seq2seq

FIRST, LAST, UNSEEN = 1000, 2999, 600  # so many of these years are in no training text
LANGUAGES = ("en_US", "de", "fi", "hu", "tr")
NETWORK = {"embedding": 32, "hidden": 96, "batch": 32}
RATES = Best((3e-3, 6e-3, 1.2e-2, 2.4e-2), by="loss on validation")


def drawn(years: np.ndarray, number: int, seed: list[int]) -> seq2seq.Pairs:
    """Days of some years, each in one of the languages."""
    rng = np.random.default_rng(seed)
    chosen, passed = rng.choice(years, number).tolist(), rng.integers(0, 365, number).tolist()
    languages, forms = rng.choice(LANGUAGES, number).tolist(), rng.choice(dates.READABLE, number).tolist()
    days = [datetime.date(y, 1, 1) + datetime.timedelta(n) for y, n in zip(chosen, passed, strict=True)]
    texts = [dates.plain(dates.write(*one)) for one in zip(days, languages, forms, strict=True)]
    return seq2seq.Pairs(texts, [[tuple(day.isoformat())] for day in days], languages)


def parts(years: int, at_random: bool, examples: int, scored: int, seed: int) -> dict[str, seq2seq.Pairs]:
    """Training, validation, other days of the same years, and days of the years held out."""
    every = np.random.default_rng(13).permutation(np.arange(FIRST, LAST + 1))
    held_out, known = every[:UNSEEN], np.random.default_rng([13, seed]).permutation(every[UNSEEN:])[:years]
    if not at_random:
        known = np.arange(dates.SEEN[0], dates.SEEN[0] + years)
        held_out = np.setdiff1d(held_out, known)
    asked = {"train": (known, examples), "validation": (known, 500), "seen": (known, scored)}
    asked["years"] = (held_out, scored)
    return {name: drawn(some, n, [seed, k]) for k, (name, (some, n)) in enumerate(asked.items())}


def run(
    seed: int, *, attention: bool, years: int, at_random: bool, lr: float, updates: int, examples: int, scored: int
) -> Mapping[str, float]:
    """The share of days that are read rightly, as a whole and by their parts, in years seen and not seen."""
    data = parts(years, at_random, examples, scored, seed)
    watched = data.pop("train"), data.pop("validation")
    network, loss = trained("dates", seed, data=watched, attention=attention, lr=lr, updates=updates, **NETWORK)
    measured = {"loss on validation": loss}
    for part, asked in data.items():
        measured |= {f"{part}{name}": share for name, share in rights(answers(network, asked), asked).items()}
    return measured


EXPERIMENT = Experiment(
    run,
    settings=[
        {"attention": attention, "years": years, "at_random": at_random, "lr": RATES}
        for years, at_random in ((6, True), (60, True), (300, True), (1400, True), (60, False))
        for attention in (True, False)
    ],
    seeds=5,
    options={"updates": 1500, "examples": 10_000, "scored": 1000},
    small={"updates": 2, "examples": 50, "scored": 50},
    constants=NETWORK | {"languages": LANGUAGES, "unseen": UNSEEN},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
