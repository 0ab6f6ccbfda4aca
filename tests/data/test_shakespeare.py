"""The plays arrive as plain text, and a missing package or an unknown play is named in one line."""

import importlib.util

import numpy as np
import pytest

from rnncourse.data import shakespeare


def test_all_the_plays_are_there_and_one_can_be_chosen():
    assert len(shakespeare.titles()) == 38
    hamlet = shakespeare.load("hamlet")
    assert hamlet.startswith("Hamlet\n")
    assert "To be, or not to be: that is the question" in hamlet
    assert shakespeare.load("hamlet", "macbeth") == hamlet + "\n" + shakespeare.load("macbeth")


def test_no_mark_of_markdown_is_left():
    text = shakespeare.load("hamlet", "macbeth", "the-tempest")
    assert not set("#*_\\") & set(text)
    assert " \n" not in text
    assert "\n\n\n" not in text
    assert "\nBERNARDO\nWho's there?" in text


def test_codes_give_the_text_back():
    text = shakespeare.load("macbeth")[:5000]
    codes, alphabet = shakespeare.encode(text)
    assert codes.dtype == np.int64
    assert codes.max() == len(alphabet) - 1
    assert "".join(alphabet[code] for code in codes) == text
    again, same = shakespeare.encode(text[:10], alphabet)
    assert same == alphabet
    assert (again == codes[:10]).all()


def test_bad_input_is_named(monkeypatch):
    with pytest.raises(ValueError, match="no play 'faust', expected one of "):
        shakespeare.load("faust")
    with pytest.raises(ValueError, match="'x' is not in the alphabet of 2 characters"):
        shakespeare.encode("abx", "ab")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        shakespeare.load("hamlet")
