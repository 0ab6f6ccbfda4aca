"""Numbers in words: no part has another's numbers, no two numbers of a language are said alike."""

import sys

import numpy as np
import pytest

from rnncourse.data import number_words

pytest.importorskip("num2words", reason="the extra [systems] is not installed")


def test_every_part_has_numbers_of_its_own():
    parts = {part: number_words.load(part, 400) for part in number_words.PARTS}
    for part, data in parts.items():
        assert {number_words.part_of(n) for n in data.numbers} == {part}
        assert len(data.words) == len(data.numbers) == len(data.languages) == 400
    assert {len(str(n)) for n in parts["train"].numbers} == {1, 2, 3, 4, 5, 6}
    assert {len(str(n)) for n in parts["longer"].numbers} == {7, 8, 9}
    assert min(parts["test"].numbers) >= 100


def test_the_shares_are_those_that_are_said():
    found = [number_words.part_of(n) for n in range(100, 1_000_000, 7)]
    for part, share in number_words.SHARES.items():
        assert abs(found.count(part) / len(found) - share) < 0.005, part


@pytest.mark.parametrize("language", number_words.LANGUAGES)
def test_two_numbers_are_never_said_alike(language):
    rng = np.random.default_rng(0)
    numbers = {*range(200), *(int(n) for k in range(3, 9) for n in rng.integers(10**k, 10 ** (k + 1), 60))}
    assert len({number_words.write(n, language) for n in numbers}) == len(numbers)


def test_known_numbers_and_the_seed():
    assert number_words.write(342, "de") == "dreihundertzweiundvierzig"
    assert number_words.load("test", 30) == number_words.load("test", 30)
    assert number_words.load("test", 30) != number_words.load("test", 30, seed=1)
    assert set(number_words.load("train", 60, languages=("tr", "fi")).languages) == {"tr", "fi"}


def test_bad_input_is_named(monkeypatch):
    for words, options in (
        ("part: got 'years'", {"part": "years"}),
        ("number must be", {"number": 0}),
        ("languages: got 'xx'", {"languages": ("xx",)}),
    ):
        with pytest.raises(ValueError, match=words):
            number_words.load(**options)
    number_words.write.cache_clear()
    monkeypatch.setitem(sys.modules, "num2words", None)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[systems\]"):
        number_words.load("test", 1)
