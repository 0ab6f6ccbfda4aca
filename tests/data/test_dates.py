"""Dates: no part sees another's days, every text names its day, and a missing package is one line."""

import datetime
import sys
from collections import defaultdict

import pytest

from rnncourse.data import dates

pytest.importorskip("babel", reason="the extra [systems] is not installed")


def test_every_part_is_drawn_from_days_of_its_own_and_they_fill_the_years():
    parts = {part: set(dates.days_of(part).tolist()) for part in dates.PARTS}
    train, validation, test = parts["train"], parts["validation"], parts["test"]
    assert len(train) + len(validation) + len(test) == len(train | validation | test)
    assert len(train | validation | test) == (datetime.date(2030, 1, 1) - datetime.date(1970, 1, 1)).days
    assert parts["family"] == test
    assert min(parts["years"]) > max(train | validation | test)
    for part in dates.PARTS:
        drawn = dates.load(part, 300)
        assert {datetime.date.fromisoformat(day).toordinal() for day in drawn.days} <= parts[part]
        assert len(drawn.texts) == len(drawn.days) == len(drawn.languages) == len(drawn.formats) == 300


def test_a_family_is_in_no_other_part_and_there_are_thirty_languages_without_it():
    seen, held = dates.languages_of("train"), dates.languages_of("family")
    assert not set(seen) & set(held)
    assert len(seen) >= 30
    assert (
        len(set(seen) | set(held))
        == sum(map(len, dates.FAMILIES.values()))
        == int(dates.__doc__.split(" lang")[0].split()[-1])
    )
    assert set(dates.load("family", 200, held_out="Celtic").languages) == set(dates.FAMILIES["Celtic"])
    assert set(dates.load("years", 2000).languages) == set(seen)


def days_named(formats):
    """Text, as a reader sees it → the days that it names in some language, of a year of every fifth day."""
    named, first = defaultdict(set), datetime.date(2021, 1, 1)
    for k in range(0, 365, 5):
        day = first + datetime.timedelta(k)
        for part in ("train", "family"):
            for language in dates.languages_of(part):
                for form in formats:
                    named[dates.plain(dates.write(day, language, form))].add(day)
    return named


def test_a_text_names_one_day_in_whatever_language_but_the_short_ones_do_not():
    assert max(map(len, days_named(dates.READABLE).values())) == 1
    assert max(map(len, days_named(["short"]).values())) > 1


def test_the_order_differs_between_languages():
    day = datetime.date(2024, 3, 7)
    assert dates.write(day, "de", "long") == "7. März 2024"
    assert dates.write(day, "en_US", "long") == "March 7, 2024"
    assert dates.write(day, "hu", "long").startswith("2024. m")


def test_what_is_drawn_is_the_seed_s():
    assert dates.load("test", 50) == dates.load("test", 50)
    assert dates.load("test", 50) != dates.load("test", 50, seed=1)
    assert set(dates.load("train", 100, formats=("full",)).formats) == {"full"}


def test_a_plain_text_has_small_letters_and_one_kind_of_space():
    assert dates.plain("\u200f7\u00a0 MARZO\u202f2024 ") == "7 marzo 2024"


def test_bad_input_is_named(monkeypatch):
    for words, options in (
        ("part: got 'dev'", {"part": "dev"}),
        ("number must be", {"number": 0}),
        ("formats: got 'tiny'", {"formats": ("tiny",)}),
        ("held_out: got 'Martian'", {"held_out": "Martian"}),
    ):
        with pytest.raises(ValueError, match=words):
            dates.load(**options)
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[systems\]"):
        dates.load("test", 1)
