"""Sentences whose last word depends on the first: they … themselves, he … himself, she … herself.

All that stands between is drawn independently of the first word and fits each of the three, so that a model can do no
better than one in three unless it carries the first word to the end. The distance is yours to choose.
"""

import numpy as np

from rnncourse.reference._validation import check_count

SOURCE = "generated from a grammar written for this course"
LICENCE = "MIT, like all code of this course"

SUBJECTS = ("they", "he", "she")
REFLEXIVES = ("themselves", "himself", "herself")
CLASSES = len(SUBJECTS)
_DIRECT = ("saw", "helped", "amused", "praised", "surprised")  # he saw himself
_VERBS = ("wanted more", "worked", "cooked", "sang", "built a house", "waited")  # he sang … for himself
_ADVERBS = ("again", "slowly", "often", "gladly")
_PREPOSITIONS = ("in", "near", "behind", "after", "without", "under")
_ADJECTIVES = ("old", "long", "quiet", "green", "cold", "second")
_NOUNS = ("garden", "winter", "river", "market", "journey", "bridge", "concert", "house")
_BETWEEN = (*_DIRECT, *" ".join(_VERBS).split(), *_ADVERBS, *_PREPOSITIONS, "the", *_ADJECTIVES, *_NOUNS, "for")
VOCABULARY: tuple[str, ...] = tuple(dict.fromkeys((*SUBJECTS, *REFLEXIVES, *_BETWEEN)))  # each word once
_INDEX = {word: index for index, word in enumerate(VOCABULARY)}


def _middle(words: int, rng: np.random.Generator) -> list[str]:
    """Draw `words` words: a verb, phrases such as "near the old bridge" or "after winter", and "for" at the end."""
    if words == 1:
        return [str(rng.choice(_DIRECT))]
    text = str(rng.choice([verb for verb in _VERBS if len(verb.split()) < words])).split()
    while (room := words - 1 - len(text)) > 0:
        if room < 3:
            text.append(str(rng.choice(_ADVERBS)))
            continue
        phrase = [str(rng.choice(_PREPOSITIONS)), "the", str(rng.choice(_ADJECTIVES)), str(rng.choice(_NOUNS))]
        if room == 3 or rng.random() < 0.5:
            phrase.pop(2)
        text += phrase
    return [*text, "for"]


def sentences(distance: int, B: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw B sentences in which the last word stands `distance` words after the first.

    Returns
    -------
    words : (distance, B) int64, indices into VOCABULARY: the sentence without its last word.
    target : (B,) int64 in 0 … 2, which of REFLEXIVES completes it; SUBJECTS[target] is its first word.

    Raises
    ------
    ValueError : distance below 2 or B below 1.
    """
    check_count("distance", distance, 2)
    check_count("B", B)
    target = rng.integers(0, CLASSES, B)
    columns = [[SUBJECTS[subject], *_middle(distance - 1, rng)] for subject in target]
    words = np.array([[_INDEX[word] for word in column] for column in columns], dtype=np.int64).T
    return words, target


def one_hot(words: np.ndarray) -> np.ndarray:
    """Turn word indices of any shape into float64 rows with a single one: (…,) -> (…, len(VOCABULARY))."""
    return np.eye(len(VOCABULARY))[words]


def to_text(words: np.ndarray, target: int) -> str:
    """Write one sentence out: words (distance,) indices, target the class of its last word."""
    return " ".join([*(VOCABULARY[index] for index in words), REFLEXIVES[target]]) + "."
