"""Questions on the page: exactly one right answer, a reason for each option, readable without a kernel."""

import re

import pytest
from bs4 import BeautifulSoup

from rnncourse.checks import question
from rnncourse.checks.questions import all_questions
from tests.course.repository import ROOT

FILES = sorted((ROOT / "rnncourse" / "checks" / "questions").glob("*.json"))
QUESTIONS = [(path.stem, key) for path in FILES for key in all_questions(path.stem)]


def test_there_are_questions():
    assert QUESTIONS


@pytest.mark.parametrize(("chapter", "key"), QUESTIONS)
def test_one_option_is_right_and_each_says_why(chapter, key):
    stored = all_questions(chapter)[key]
    assert set(stored) == {"question", "kind", "options"}
    assert stored["kind"] in ("choice", "predict")
    assert stored["question"].strip()
    options = stored["options"]
    assert 2 <= len(options) <= 6
    assert [option["right"] for option in options].count(True) == 1
    for option in options:
        assert set(option) == {"text", "right", "why"}
        assert isinstance(option["right"], bool)
        assert len(option["why"]) >= 15, option["text"]
    texts = [option["text"].strip() for option in options]
    assert len(set(texts)) == len(texts)
    assert len({option["why"] for option in options}) == len(options), "each option has a reason of its own"


@pytest.mark.parametrize(("chapter", "key"), QUESTIONS)
def test_the_page_answers_without_a_kernel(chapter, key):
    shown = question(chapter, key)
    page = BeautifulSoup(shown._repr_html_(), "html.parser")
    details = page.find_all("details")
    stored = all_questions(chapter)[key]["options"]
    assert len(details) == len(stored)
    for element, option in zip(details, stored, strict=True):
        assert option["text"] in element.summary.get_text()
        assert option["why"] in element.get_text()
        assert ("Right." in element.get_text()) == option["right"]
        assert not element.has_attr("open")
    assert not page.find_all("script")
    for option in stored:
        assert option["why"] not in repr(shown), "the text view must not give the answer away"
    assert shown.answer("a").startswith("Right" if stored[0]["right"] else "No")


@pytest.mark.parametrize(("chapter", "key"), QUESTIONS)
def test_mathematics_is_closed(chapter, key):
    stored = all_questions(chapter)[key]
    for text in (stored["question"], *(o["text"] + o["why"] for o in stored["options"])):
        assert text.count("$") % 2 == 0, text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_stored_question_is_asked_once(path):
    source = ROOT / "book" / "chapters" / f"{path.stem}.md"
    if not source.exists():
        pytest.skip(f"{source.name} is not written yet")
    asked = re.findall(rf'question\("{path.stem}", "([^"]+)"\)', source.read_text(encoding="utf-8"))
    assert sorted(asked) == sorted(all_questions(path.stem))


def test_an_unknown_question_lists_those_that_there_are():
    chapter, key = QUESTIONS[0]
    with pytest.raises(KeyError, match=key):
        question(chapter, "no such question")
