"""Where do the bits go? Speakers' names in plays that were never seen, against names that are known.

Question: what share of the bits that an unseen play costs is paid for names that stand before speeches, and is it their
being new that costs? Each character belongs to one of four parts: a name (with the end of its line) that no speech in
the 34 plays has, when it first speaks and when it speaks again; a name that they have; all else.
Literature: we know of no published figure. Words that were not learned are what language models pay most for.
If newness is the cause, new names cost more at first than again, a name that is known costs little in the same place,
and the play with each new name exchanged for a known one (before the speeches alone) costs as little as a play that
was learned from. If a name's place is what is hard, the exchanged names cost as much. A network that takes the name
from what it has read pays less when it speaks again; the n-gram cannot, and is the control for that. Two plays that
were learned from show the other end.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np

from _names import exchanged, known_names
from _run import Experiment
from rnncourse.data import plays
from rnncourse.systems import language, records
from rnncourse.systems.language.ngram import Level, levels, probabilities

ORDER = 7  # on Twelfth Night 8 is 0.001 bits better (12_language), and takes longer
KNOWN = ("hamlet", "othello")
PARTS = ("new name, first", "new name, again", "known name", "all else")


def parts(text: str, new: set[str]) -> np.ndarray:
    """The part of each character, (N,), as a place in PARTS."""
    part, seen = np.full(len(text), 3), set[str]()
    for place, name in plays.speakers(text):
        part[place : place + len(name) + 1] = (1 if name in seen else 0) if name in new else 2
        seen.add(name)
    return part


def bits(model: str, text: str, learned: int) -> np.ndarray:
    """What each character costs, (N,)."""
    if model == "LSTM":
        return language.costs(*language.load(language.stored()), [text])[0]
    alphabet, counts = counted(learned)
    return -np.log2(probabilities(counts, alphabet.encode(text), len(alphabet)))


@cache
def counted(learned: int) -> tuple[language.Alphabet, list[Level]]:
    """What the n-gram has counted in the 34 plays or their beginning."""
    train = "\n".join(plays.load().train.values())[: learned or None]
    alphabet = language.Alphabet.of([train])
    return alphabet, levels(alphabet.encode(train), ORDER, len(alphabet))


def run(seed: int, *, model: str, play: str, names: str, characters: int, learned: int) -> Mapping[str, float]:
    """How many characters of each part there are, and how many bits they cost together; nothing is drawn."""
    data = plays.load()
    text = (data.train | data.unseen)[play][: characters or None]
    if names == "exchanged":
        text = exchanged(text)
    part, cost = parts(text, {n for _, n in plays.speakers(text)} - known_names().keys()), bits(model, text, learned)
    found = {f"characters: {name}": float((part == k).sum()) for k, name in enumerate(PARTS)}
    return found | {f"bits: {name}": float(cost[part == k].sum()) for k, name in enumerate(PARTS)}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": "LSTM", "play": play, "names": "as written"} for play in (*plays.UNSEEN, *KNOWN)),
        *({"model": "LSTM", "play": play, "names": "exchanged"} for play in plays.UNSEEN),
        *({"model": "7-gram", "play": play, "names": n} for play in plays.UNSEEN for n in ("as written", "exchanged")),
    ],
    seeds=1,
    options={"characters": 0, "learned": 0},  # of the play, and of the plays that the n-gram counts; 0: all
    small={"characters": 3_000, "learned": 30_000},
    constants={"checkpoint": records.mark(language.stored())},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
