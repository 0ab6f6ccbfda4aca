"""Search leads to the chapter first and to the glossary next."""

import sys

import pytest

from tests.site import browsing
from tools.project import ROOT, chapters

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import chapter_names

SOUGHT = {
    "GRU": "10_gru",
    "LSTM": "09_lstm",
    "RNN": "04_layer",
    "truncation": "08_truncation",
    "BPTT": "05_bptt",
    "attention": "13_seq2seq",
    "captioning": "14_captioning",
    "vanishing gradient": "06_gradients",
    "teacher forcing": "04_layer",
    "echo state": "07_remedies",
    "padding": "01_sequences",
    "bidirectional": "11_bidirectional",
}


def test_every_written_chapter_is_listed_under_what_is_sought():
    missing = [path.stem for path in chapters() if int(path.stem[:2]) not in chapter_names.SOUGHT]
    assert not missing, f"what will readers search for? SOUGHT in tools/book_extension/chapter_names.py lacks {missing}"
    words = [word.lower() for words in chapter_names.SOUGHT.values() for word in words]
    assert len(set(words)) == len(words)


@pytest.fixture(scope="module")
def visitor(readers):
    return readers("light")


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip()))
@pytest.mark.parametrize("words", SOUGHT)
def test_search_shows_the_chapter_first_and_the_glossary_next(visitor, words):
    visitor.open(f"search.html?q={words.replace(' ', '+')}")
    visitor.page.wait_for_function("document.querySelector('.search-summary')?.innerText.includes('found')")
    links = visitor.page.locator("ul.search > li > a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert links[0].split("#")[0] == f"notebooks/{SOUGHT[words]}.html", links[:5]
    assert links[1].startswith("book/glossary.html"), links[:5]
