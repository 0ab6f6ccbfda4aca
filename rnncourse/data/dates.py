"""Dates as people write them in 49 languages, and the same days as numbers: "7. März 2024" and "2024-03-07".

They are written by Babel from the Unicode Consortium's locale data. Languages differ in words, in signs and in order:
English has the month first or the day, Hungarian, Basque, Japanese the year. Three ways to hold something out:

- "test": days that are in no training text, in any language; "validation": other such days;
- "years": 2030 to 2069, of which no day was seen (training has 1970 to 2029);
- "family": the test days in the languages of one family, none of which was seen.
"""

import datetime
import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import check_choice, check_count

SOURCE = "Unicode CLDR, by the package Babel (format_date)"
LICENCE = "Babel: BSD; locale data: Unicode License"

FAMILIES: dict[str, tuple[str, ...]] = {
    "Germanic": ("en_US", "en_GB", "de", "nl", "af", "lb", "sv", "da", "nb", "is", "fo"),
    "Romance": ("fr", "es", "it", "pt_BR", "ro", "ca", "gl"),
    "Slavic": ("cs", "sk", "pl", "sl", "hr", "bs", "sr_Latn", "ru", "uk", "be", "bg", "mk"),
    "Baltic": ("lt", "lv"),
    "Celtic": ("ga", "gd", "cy", "br"),
    "Uralic": ("fi", "et", "hu"),
    "Turkic": ("tr", "az", "kk"),
    "others": ("el", "sq", "eu", "id", "vi", "sw", "ja"),
}
HELD_OUT = "Romance"  # most of its months sound like those of Germanic languages, which are seen
FORMATS = ("short", "medium", "long", "full")
READABLE = FORMATS[1:]  # "3/4/21" is a day in March or in April, by the language: the short ones name no day alone
PARTS = ("train", "validation", "test", "years", "family")
SEEN, UNSEEN = (1970, 2029), (2030, 2069)  # years, both ends included
SHARES = {"validation": 0.05, "test": 0.1}  # of the days of SEEN; the rest is "train"


class Dates(NamedTuple):
    """N dates."""

    texts: list[str]  # as Babel writes them
    days: list[str]  # "2024-03-07" (ISO 8601)
    languages: list[str]
    formats: list[str]


def load(
    part: str = "train",
    number: int = 10_000,
    *,
    seed: int = 0,
    formats: tuple[str, ...] = READABLE,
    held_out: str = HELD_OUT,
) -> Dates:
    """Draw dates of one part: a day, a language and a format, each evenly and apart from the others.

    Parameters
    ----------
    part : "train", "validation", "test", "years" or "family".
    number : how many; the same day may come again.
    formats : some of "short", "medium", "long", "full".
    held_out : the family of FAMILIES that only "family" has.

    Raises
    ------
    ModuleNotFoundError : the package Babel is missing; the message says how to install it.
    ValueError : an unknown part, format or family, or a number below 1.
    """
    check_choice("part", part, PARTS)
    check_choice("held_out", held_out, tuple(FAMILIES))
    check_count("number", number)
    for one in formats:
        check_choice("formats", one, FORMATS)
    rng = np.random.default_rng([seed, PARTS.index(part)])
    ordinals = rng.choice(days_of(part), number)
    languages = rng.choice(languages_of(part, held_out), number).tolist()
    chosen = rng.choice(formats, number).tolist()
    days = [datetime.date.fromordinal(int(ordinal)) for ordinal in ordinals]
    texts = [write(day, language, one) for day, language, one in zip(days, languages, chosen, strict=True)]
    return Dates(texts, [day.isoformat() for day in days], languages, chosen)


@cache
def days_of(part: str) -> np.ndarray:
    """The days of a part as numbers (date.toordinal), int64: those of SEEN are split at random, the same way always."""
    if part == "years":
        return _days(UNSEEN)
    days = np.random.default_rng(0).permutation(_days(SEEN))
    first, second = np.cumsum([int(share * len(days)) for share in SHARES.values()])
    split = {"validation": days[:first], "test": days[first:second], "train": days[second:]}
    return np.sort(split["test" if part == "family" else part])


def languages_of(part: str, held_out: str = HELD_OUT) -> list[str]:
    """The languages of a part: one family's, or all others."""
    return [one for family, of in FAMILIES.items() for one in of if (family == held_out) == (part == "family")]


def write(day: datetime.date, language: str, form: str) -> str:
    """One day as one language writes it."""
    try:
        from babel.dates import format_date
    except ModuleNotFoundError:
        message = 'dates come with the package Babel: pip install "rnncourse[systems]"'
        raise ModuleNotFoundError(message) from None
    return format_date(day, form, locale=language)


def plain(text: str) -> str:
    """A text without what a reader does not see: small letters, one kind of space, no marks of direction."""
    signs = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(sign for sign in signs if unicodedata.category(sign) != "Cf")
    return " ".join(kept.split())


def _days(years: tuple[int, int]) -> np.ndarray:
    first, last = datetime.date(years[0], 1, 1), datetime.date(years[1], 12, 31)
    return np.arange(first.toordinal(), last.toordinal() + 1)
