"""book/claims.md is what the notebooks say; every chapter claims something, in sentences."""

import nbformat
import pytest

from tools.claims import PAGE, claims_of, table
from tools.project import NOTEBOOKS


def test_claims_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == table(), "book/claims.md is out of date: run `make notebooks`"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_chapter_claims_something_and_nothing_twice(path):
    statements = [statement for statement, *_ in claims_of(nbformat.read(path, as_version=4))]
    assert statements, f"{path.name} makes no claim"
    assert len(set(statements)) == len(statements), f"{path.name} makes a claim twice"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_measured_claims_are_sentences(path):
    rows = claims_of(nbformat.read(path, as_version=4))
    for statement, *_ in rows:
        assert not statement[0].islower(), f"{path.name}: a sentence begins with a capital: {statement}"
        assert statement.endswith("."), f"{path.name}: a sentence ends with a full stop: {statement}"
