"""How well does an LSTM predict the next character of plays that it has never seen, and how well does counting?

Question: bits per character on Macbeth and The Tempest, each read from its start, by a network of 512 units (the one
that is stored with the course) and by n-grams of 1 to 8 characters with Kneser and Ney's smoothing, both from the same
34 plays. Orders 1 and 2, the frequency of a character and its frequency after the one before, know no time.
Literature: a recurrent network of 2013 reached 1.42 bits on the characters of the Penn Treebank, news whose rare words
were taken out (Pascanu et al. 2013, table 1): their text is far more uniform than plays, so only the order compares.
If the network learns more than what stands in the last seven characters, it lies below every order; if it only counts,
it ends near the best one. The order, like all settings of the network, is chosen on Twelfth Night alone.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np

from _run import Experiment
from rnncourse.data import plays
from rnncourse.systems import language, records
from rnncourse.systems.language.ngram import kneser_ney

ORDERS = (1, 2, 3, 4, 5, 6, 7, 8)


@cache
def texts(characters: int) -> tuple[str, dict[str, str]]:
    """What is counted, and the three plays that are asked about, of each at most so many characters (0: all)."""
    data, end = plays.load(), characters or None
    return "\n".join(data.train.values())[:end], {k: text[:end] for k, text in (data.choice | data.unseen).items()}


def run(seed: int, *, model: str, order: int, characters: int) -> Mapping[str, float]:
    """Bits per character of one model on each play; nothing here is drawn, so there is one seed."""
    train, asked = texts(characters)
    if model == "LSTM":
        network, alphabet = language.load(language.stored())
        found = dict(zip(asked, language.costs(network, alphabet, list(asked.values())), strict=True))
        return {name: float(bits.mean()) for name, bits in found.items()}
    alphabet = language.Alphabet.of([train])
    codes = alphabet.encode(train)
    p = {name: kneser_ney(codes, alphabet.encode(text), order, len(alphabet)) for name, text in asked.items()}
    return {name: float(-np.log2(one).mean()) for name, one in p.items()}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": "Kneser-Ney", "order": order} for order in ORDERS),
        {"model": "LSTM", "order": 0},
    ],
    seeds=1,
    options={"characters": 0},
    small={"characters": 3_000},
    constants={"checkpoint": records.mark(language.stored())},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
