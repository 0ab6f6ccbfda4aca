"""Which reflexive comes next? "They wanted more for … themselves", "he … himself": what the characters' model carries.

Question: does the stored network, which has read plays only, carry the subject to a reflexive that depends on it, and
from how far? Sentences of chapter 6's grammar (they, he, she; all between fits each), the reflexive 2 to 12 words after
the subject: which of the three costs fewest bits? And in three held-out plays, wherever one of eight reflexives stands:
is it the cheapest of the eight, given the last 8, 20 or 300 characters?
Literature: LSTM language models agree a verb with its subject in most sentences, the fewer the more nouns stand between
(Linzen et al. 2016). We know of no figure for models of plays.
If the subject is carried, the network is right in more than a third of the sentences, and more often than the 7-gram,
whose seven characters do not reach the subject; if it forgets, both fall to a third as the distance grows. In the plays
300 characters are better than 8 if more than the last word or two is used. Baselines: a third; the reflexive that is
most frequent in the 34 plays; the 7-gram.
"""

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from _run import Experiment
from rnncourse.data import plays, pronouns
from rnncourse.systems import language, records
from rnncourse.systems.language.ngram import Level, levels, probabilities

ORDER, BEFORE = 7, "\n\nFirst Lord\n"
DISTANCES, CONTEXTS = (2, 3, 5, 8, 12), (8, 20, 300)
WORDS = ("himself", "herself", "themselves", "myself", "thyself", "yourself", "itself", "ourselves")


@cache
def counted(learned: int) -> tuple[language.Alphabet, list[Level]]:
    """What the n-gram has counted in the 34 plays or their beginning."""
    train = "\n".join(plays.load().train.values())[: learned or None]
    alphabet = language.Alphabet.of([train])
    return alphabet, levels(alphabet.encode(train), ORDER, len(alphabet))


def costs(model: str, texts: Sequence[str], learned: int) -> list[np.ndarray]:
    """Bits of each character of each text."""
    if model == "LSTM":
        return language.costs(*language.load(language.stored()), texts)
    alphabet, counts = counted(learned)
    p = probabilities(counts, alphabet.encode("".join(texts)), len(alphabet))
    return np.split(-np.log2(p), np.cumsum([len(text) for text in texts])[:-1])


def cheapest(model: str, before: Sequence[str], words: Sequence[str], learned: int) -> np.ndarray:
    """For each beginning the place of the word, with a space after it, that costs fewest bits, (N,)."""
    found = costs(model, [start + word + " " for start in before for word in words], learned)
    bits = np.array([cost[-len(word) - 1 :].sum() for cost, word in zip(found, list(words) * len(before), strict=True)])
    return bits.reshape(len(before), len(words)).argmin(axis=1)


def run(seed: int, *, model: str, words: int, characters: int, sentences: int, learned: int) -> Mapping[str, float]:
    """The share in which the right reflexive is the cheapest: in sentences of the grammar, or in the plays."""
    if words:
        rng = np.random.default_rng(seed)
        drawn, target = pronouns.sentences(words, sentences, rng)
        texts = [pronouns.to_text(drawn[:, n], target[n]) for n in range(sentences)]
        before = [BEFORE + text[:1].upper() + text[1 : text.rindex(" ") + 1] for text in texts]
        return {"right": float((cheapest(model, before, pronouns.REFLEXIVES, learned) == target).mean())}
    data = plays.load()
    text = "\n".join((data.choice | data.unseen).values())
    places = [m for m in re.finditer(rf"\b({'|'.join(WORDS)})\b", text) if m.start() >= max(CONTEXTS)][:sentences]
    right = np.array([WORDS.index(m.group()) for m in places])
    if model == "most frequent":
        count = Counter(re.findall(rf"\b({'|'.join(WORDS)})\b", "\n".join(data.train.values())))
        given = np.full(len(right), WORDS.index(count.most_common(1)[0][0]))
    else:
        given = cheapest(model, [text[m.start() - characters : m.start()] for m in places], WORDS, learned)
    return {"right": float((given == right).mean()), "places": float(len(places))}


MODELS = ("LSTM", "7-gram")
EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": model, "words": words, "characters": 0} for model in MODELS for words in DISTANCES),
        *({"model": model, "words": 0, "characters": n} for model in MODELS for n in CONTEXTS),
        {"model": "most frequent", "words": 0, "characters": 0},
    ],
    seeds=lambda setting: 5 if setting["words"] else 1,
    options={"sentences": 400, "learned": 0},  # learned: characters that the n-gram counts, 0: all
    small={"sentences": 4, "learned": 30_000},
    constants={"checkpoint": records.mark(language.stored()), "order": ORDER, "before": BEFORE},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
