"""Every chapter has a source, a notebook and a line in _toc.yml; every page that is listed exists."""

from pathlib import Path

import pytest

from tests.course.repository import ROOT, tracked
from tools.pages import pages
from tools.project import CHAPTER_NAME

WRITTEN = [Path(n).stem for n in tracked() if Path(n).parent.as_posix() == "book/chapters"]  # drafts lie deeper
SOURCES = sorted(name for name in WRITTEN if CHAPTER_NAME.fullmatch(name))
STORED = sorted(Path(n).stem for n in tracked() if n.startswith("notebooks/") and n.endswith(".ipynb"))
LISTED = [page.removeprefix("notebooks/") for page in pages() if page.startswith("notebooks/")]


def test_sources_and_notebooks_are_the_same_chapters():
    assert not set(SOURCES) - set(STORED), f"chapters without a notebook: {sorted(set(SOURCES) - set(STORED))}"
    assert not set(STORED) - set(SOURCES), f"notebooks without a source: {sorted(set(STORED) - set(SOURCES))}"


def test_every_chapter_is_in_the_table_of_contents_in_order():
    assert sorted(LISTED) == STORED, f"_toc.yml lists {LISTED}, notebooks/ holds {STORED}"
    assert sorted(LISTED) == LISTED, f"_toc.yml lists the chapters out of order: {LISTED}"


@pytest.mark.parametrize("page", pages())
def test_listed_page_exists(page):
    files = [ROOT / f"{page}{ending}" for ending in (".md", ".ipynb")]
    assert any(file.is_file() for file in files), f"_toc.yml lists {page}: no such file"


def test_every_page_of_the_book_is_listed():
    written = {n.removesuffix(".md") for n in tracked() if n.startswith("book/") and n.endswith(".md")}
    written = {name for name in written if not name.startswith("book/chapters/")}
    assert written <= set(pages()), f"not in _toc.yml: {sorted(written - set(pages()))}"
