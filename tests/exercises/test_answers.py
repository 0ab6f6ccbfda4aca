"""The checks are tested like code that matters: every wrong answer fails and is told why, no correct one is refused."""

import functools
import re

import pytest

from rnncourse.checks.registry import all_exercises
from tests.course.repository import ROOT
from tests.exercises.harness import all_answers, measure
from tools import checks_report

NAMES = sorted(all_exercises())


@functools.cache
def measured(name):
    assert name in all_answers(), f"tests/exercises/answers has no answers to {name}"
    return measure(name, all_answers()[name])


def test_every_exercise_has_answers():
    assert set(all_answers()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_correct_answer_passes(name):
    assert not measured(name).refused, "\n\n".join(measured(name).refused)
    assert measured(name).correct >= 4, "the reference and three others"


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_answer_fails(name, record_property):
    record_property("checks_row", (NAMES.index(name), measured(name).line))
    assert not measured(name).accepted, "\n\n".join(measured(name).accepted)
    assert measured(name).wrong >= 10, "ten wrong answers, the exercise's own slips counted"


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_answer_is_told_why(name):
    assert not measured(name).unexplained, "\n\n".join(measured(name).unexplained)
    assert measured(name).realistic >= 6, "six of the wrong answers give the words that must be said"


@pytest.mark.parametrize("name", NAMES)
def test_mutants_called_equivalent_exist(name):
    row = measured(name)
    assert row.equivalent == len(all_answers()[name].equivalent), "a line of the reference changed: look again"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_impossible_is_in_the_second_set(name):
    assert measured(name).impossible == len(all_answers()[name].impossible), "the second set changed: look again"


@pytest.mark.parametrize("chapter", sorted({e.chapter for e in all_exercises().values()}))
def test_a_second_set_of_at_least_forty_is_tried_for_each_chapter(chapter):
    drawn = sum(measured(n).second for n in NAMES if all_exercises()[n].chapter == chapter)
    assert drawn >= 40, f"{drawn} are drawn for {chapter}: another exercise, or one that takes arrays, brings more"


def test_the_page_shows_what_was_measured():
    rows = [measured(name) for name in all_exercises() if name in NAMES]
    page = (ROOT / "book" / "checks.md").read_text(encoding="utf-8")
    seeds = int(re.search(r"cases of (\d+) seeds", page)[1])
    assert page == checks_report.table(rows, seeds), "run: python tools/checks_report.py"


def test_the_exercise_index_is_up_to_date():
    page = ROOT / "book" / "exercises.md"
    assert page.read_text(encoding="utf-8") == checks_report.index(), "run: python tools/checks_report.py index"
