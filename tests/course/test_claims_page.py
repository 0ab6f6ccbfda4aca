"""book/claims.md is what the notebooks say; every chapter claims something, in sentences, more and more by numbers."""

import re

import nbformat
import pytest

from tools.claims import PAGE, claims_of, table
from tools.project import NOTEBOOKS, chapters

# Claims whose value is a text (`value=`), a chapter. These numbers may only fall; with the last of them `value=` goes.
IN_WORDS = {
    "04_layer": 5,
    "06_gradients": 8,
    "07_remedies": 13,
    "10_gru": 10,
    "11_bidirectional": 6,
    "14_captioning": 14,
}


def test_claims_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == table(), "book/claims.md is out of date: run `make notebooks`"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_chapter_claims_something_and_nothing_twice(path):
    statements = [statement for statement, *_ in claims_of(nbformat.read(path, as_version=4))]
    assert statements, f"{path.name} makes no claim"
    assert len(set(statements)) == len(statements), f"{path.name} makes a claim twice"


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_claims_in_words_become_fewer(path):
    text = path.read_text(encoding="utf-8")
    calls = [text[match.end() :].partition("```")[0] for match in re.finditer(r"(?m)^claim\(", text)]
    in_words = sum("value=" in call for call in calls)
    allowed = IN_WORDS.get(path.stem, 0)
    assert in_words <= allowed, f"{path.name}: {in_words} claims by value=; state them by measured= and tolerance="
    assert in_words == allowed, f"{path.name}: only {in_words} claims by value= are left: say so in IN_WORDS"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_measured_claims_are_sentences(path):
    rows = claims_of(nbformat.read(path, as_version=4))
    for statement in (statement for statement, _, within in rows if within != "–"):
        assert not statement[0].islower(), f"{path.name}: a sentence begins with a capital: {statement}"
        assert statement.endswith("."), f"{path.name}: a sentence ends with a full stop: {statement}"
