"""The sentences of reviews: as many of each kind, and a missing package is named in one line."""

import importlib.util

import pytest

from rnncourse.data import reviews


def test_there_are_as_many_sentences_for_a_film_as_against_one():
    words, labels = reviews.load()
    assert (len(words), labels.sum()) == (8530, 4265)
    assert words[0][:6] == ["the", "rock", "is", "destined", "to", "be"]
    assert len({" ".join(sentence) for sentence in words}) > 8500
    assert all(words)


def test_a_missing_package_is_named(monkeypatch):
    reviews.load.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="extra-data"):
        reviews.load()
