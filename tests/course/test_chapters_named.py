"""Whoever names a chapter names one that exists, or says that it is planned, and not longer than it is."""

import re
import sys

import pytest

from tests.course.repository import ROOT
from tools.project import chapters

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import chapter_map
from chapter_links import NAMED

PLANNED = {chapter.number: chapter.topic for part in chapter_map.PARTS.values() for chapter in part}
WRITTEN = {int(path.stem[:2]): path.stem[3:] for path in chapters()}
TEXTS = [*chapters(), *sorted((ROOT / "book").glob("*.md")), *sorted((ROOT / "rnncourse").rglob("*.json"))]
TEXTS += [
    path for folder in ("exercises", "widgets", "reference") for path in (ROOT / "rnncourse" / folder).glob("*.py")
]


def misnamed(text, written=WRITTEN, planned=PLANNED):
    """Where a text names a chapter as if it were there and it is not, or calls one planned that is written."""
    found = []
    for match in NAMED.finditer(text):
        numbers = {int(number) for number in re.findall(r"\d+", match[1])}
        later = bool(numbers - set(written))
        if numbers - set(planned) or later != bool(match[2]):
            found.append(match[0])
    return found


def test_written_chapters_have_the_numbers_of_the_map():
    other = [f"{number:02}_{topic}" for number, topic in WRITTEN.items() if PLANNED.get(number) != topic]
    assert not other, f"not in PARTS of tools/book_extension/chapter_map.py under this number and topic: {other}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_chapters_that_are_named_are_there_or_planned(path):
    if "results" not in path.parts:
        found = misnamed(path.read_text(encoding="utf-8"))
        assert not found, f"{path.name}: “(planned)” belongs after a chapter that is not written, and no other: {found}"


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("see chapter 5", []),
        ("chapters 5 and 6", []),
        ("chapter 20 (planned)", []),
        ("(chapter 13, planned)", []),
        ("chapters 5 and 20 (planned)", []),
        ("see chapter 20", ["chapter 20"]),
        ("chapters 5 and 13", ["chapters 5 and 13"]),
        ("chapter 99 (planned)", ["chapter 99 (planned)"]),
        ("chapter 5 (planned)", ["chapter 5 (planned)"]),
        ("chapters 5 and 6, planned", ["chapters 5 and 6, planned"]),
    ],
)
def test_a_chapter_that_is_not_there_is_found_and_one_that_is_no_longer_planned(text, bad):
    assert misnamed(text, written={5, 6}, planned={5, 6, 13, 20}) == bad
