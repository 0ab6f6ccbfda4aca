"""How far must the network look back? Bits of a character given the last 1, 3, 7 … 120 characters, against n-grams.

Question: read from its start, an unseen play costs the stored network over a tenth of a bit less than the best n-gram,
which sees seven characters (12_language). Is it ahead on the same seven, or only with what stands before them?
Literature: LSTM language models of words use about 200 words of context, and the order of the words in the nearest 50
(Khandelwal et al. 2018); of characters of plays we know of no figure.
If its strength is to find histories alike, it is ahead of the n-gram of equal reach (order = reach + 1) too; if it is
its reach, it lies at or above it there, and passes it as the reach grows. If reach alone were enough, n-grams of longer
reach would gain as well: orders up to 10 are counted. Control: a state of zeros may be an odd beginning. So the
network also begins with its state at another place of the play, and then reads the last characters. All are asked at
the same places, where each play has 120 characters before. The weights were trained with long histories: what a network
would do that was trained for seven characters, this does not measure.
"""

import itertools
import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from _run import Experiment
from rnncourse.data import plays
from rnncourse.systems import language, records
from rnncourse.systems.language.model import State
from rnncourse.systems.language.ngram import levels, probabilities

REACHES, ALL, BATCH = (1, 3, 5, 7, 9, 15, 30, 60, 120), 0, 250  # ALL: from the play's start
SHORT = (3, 7, 15, 30, 60)  # with the state of another place
COUNTED = (1, 3, 5, 7, 9)
BEST = 7  # the reach of the n-gram that 12_language chose


@cache
def asked(play: str, places: int, characters: int) -> tuple[str, np.ndarray]:
    """A play, or its beginning, and the places whose characters are asked about, drawn once and sorted."""
    text = plays.load().unseen[play][: characters or None]
    drawn = np.random.default_rng(12).choice(np.arange(max(REACHES), len(text)), size=places, replace=False)
    return text, np.sort(drawn)


@cache
def states(play: str, places: int, characters: int) -> State:
    """The network's state before each place that is asked about, read from the play's start: h and c, (places, H)."""
    model, alphabet = language.load(language.stored())
    text, where = asked(play, places, characters)
    codes, state, kept = torch.from_numpy(np.append(alphabet.start, alphabet.encode(text)))[:, None], None, []
    with torch.no_grad():
        for start, stop in itertools.pairwise([0, *(where + 1)]):
            _, state = model(codes[start:stop], state)
            kept.append(state)
    h, c = (torch.cat(parts) for parts in zip(*kept, strict=True))
    return h, c


def by_network(play: str, reach: int, places: int, characters: int, *, elsewhere: bool) -> np.ndarray:
    """Bits of each character that is asked about, (places,): from zeros, or from the state of another place."""
    model, alphabet = language.load(language.stored())
    text, where = asked(play, places, characters)
    if reach == ALL:
        return language.costs(model, alphabet, [text])[0][where]
    codes = torch.from_numpy(alphabet.encode(text)[where[:, None] + np.arange(-reach, 1)])
    others = torch.arange(places).roll(places // 2)
    bits = []
    with torch.no_grad():
        for some in torch.arange(places).split(BATCH):
            state = tuple(part[others[some]] for part in states(play, places, characters)) if elsewhere else None
            logits, _ = model(codes[some, :-1].T, state)
            bits.append(cross_entropy(logits[-1], codes[some, -1], reduction="none") / np.log(2))
    return torch.cat(bits).numpy()


@cache
def by_counting(reach: int, places: int, characters: int, learned: int) -> dict[str, np.ndarray]:
    """The same for the n-gram of this reach, counted in the 34 plays or their beginning; of both plays, by name."""
    train, costs = "\n".join(plays.load().train.values())[: learned or None], {}
    alphabet = language.Alphabet.of([train])
    counts = levels(alphabet.encode(train), reach + 1, len(alphabet))
    for play in plays.UNSEEN:
        text, where = asked(play, places, characters)
        costs[play] = -np.log2(probabilities(counts, alphabet.encode(text), len(alphabet)))[where]
    return costs


def run(seed: int, *, model: str, reach: int, places: int, characters: int, learned: int) -> Mapping[str, float]:
    """Mean bits of each play; and how much more than the best n-gram's in both, with its standard error."""
    best = by_counting(BEST, places, characters, learned)
    if model == "Kneser-Ney":
        costs = by_counting(reach, places, characters, learned)
    else:
        elsewhere = model != "LSTM"
        costs = {play: by_network(play, reach, places, characters, elsewhere=elsewhere) for play in plays.UNSEEN}
    above = np.concatenate([costs[play] - best[play] for play in plays.UNSEEN])
    error = above.std(ddof=1) / np.sqrt(len(above))
    return {play: bits.mean() for play, bits in costs.items()} | {"above the best n-gram": above.mean(), "error": error}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": "Kneser-Ney", "reach": reach} for reach in COUNTED),
        *({"model": "LSTM", "reach": reach} for reach in (*REACHES, ALL)),
        *({"model": "LSTM, from another place", "reach": reach} for reach in SHORT),
    ],
    seeds=1,
    options={"places": 1_500, "characters": 0, "learned": 0},  # of a play, and of what is counted; 0: all
    small={"places": 20, "characters": 2_000, "learned": 30_000},
    constants={"checkpoint": records.mark(language.stored()), "best": BEST},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
