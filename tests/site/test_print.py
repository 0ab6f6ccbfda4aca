"""The joined document that is printed: every page, links inside it, nothing that only works on a screen."""

import re

import pytest

from tools import pdf
from tools.pages import pages

NAMES = [name for name in pages() if not name.startswith("book/api/")]


def test_links_between_pages_stay_inside():
    kept = {"book/notation", "notebooks/01_sequences"}
    assert pdf.moved("notebooks/01_sequences", "../book/notation.html#sizes", kept) == "#book-notation--sizes"
    assert pdf.moved("notebooks/01_sequences", "../book/notation.html", kept) == "#book-notation"
    assert pdf.moved("book/notation", "#sizes", kept) == "#book-notation--sizes"


def test_what_is_not_printed_is_looked_up_beside_the_document():
    assert pdf.moved("book/notation", "api/fast.html", {"book/notation"}) == "html/book/api/fast.html"
    assert pdf.moved("notebooks/01_sequences", "../_images/a.png", set()) == "html/_images/a.png"
    assert pdf.moved("book/notation", "https://example.org/", set()) == "https://example.org/"


@pytest.mark.site
def test_the_document_holds_every_page_and_no_control(site):
    text = pdf.join(NAMES).read_text(encoding="utf-8")
    assert text.count("<article ") == len(NAMES)
    assert "<script" not in text
    assert 'type="range"' not in text
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names)), "two places have the same name"
    missing = {target for target in re.findall(r'href="#([^"]+)"', text)} - set(names)
    assert not missing, f"links to nowhere: {sorted(missing)[:5]}"
