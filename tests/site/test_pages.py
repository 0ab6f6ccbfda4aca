"""Every page of the table of contents is there and has what a reader needs to go on."""

import copy
import json
import re

import pytest

from tools.pages import pages
from tools.project import address, branch

PAGES = pages()
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
pytestmark = pytest.mark.site
each_page = pytest.mark.parametrize("page", PAGES)
each_chapter = pytest.mark.parametrize("page", CHAPTERS)


def test_the_front_door_leads_to_the_first_page(site):
    assert f"{PAGES[0]}.html" in (site / "index.html").read_text(encoding="utf-8")


@each_page
def test_page_is_there_with_language_title_and_one_main_heading(parse, page):
    html = parse(f"{page}.html")
    assert html.html.get("lang") == "en", page
    assert html.title.get_text(strip=True), page
    headings = html.select("article h1")
    assert len(headings) == 1, f"{page} has {len(headings)} main headings"


@each_page
def test_page_leads_on_and_back(parse, page):
    """Previous and next are the neighbours in the table of contents."""
    html = parse(f"{page}.html")
    place = PAGES.index(page)
    for role, neighbour in (("left-prev", place - 1), ("right-next", place + 1)):
        link = html.select_one(f"a.{role}")
        if 0 <= neighbour < len(PAGES):
            assert link is not None, f"{page}: no link to {PAGES[neighbour]}"
            assert link["href"].split("/")[-1] == PAGES[neighbour].split("/")[-1] + ".html", page


@each_page
def test_page_switches_between_light_and_dark_and_can_be_searched(parse, page):
    html = parse(f"{page}.html")
    assert html.select_one("button.theme-switch-button, .theme-switch-button"), f"{page}: no light/dark switch"
    assert html.select_one("form.bd-search, .search-button"), f"{page}: no search"


@each_page
def test_pictures_have_a_description(parse, page):
    for picture in parse(f"{page}.html").select("article img"):
        alt = picture.get("alt", "")
        assert alt, f"{page}: {picture.get('src')} has no alt text"
        assert "_images/" not in alt, f"{page}: {picture.get('src')} is described by its file name"


@each_page
def test_no_traceback_and_no_unrendered_markup(parse, page):
    html = copy.copy(parse(f"{page}.html"))
    for code in html.select("article pre, article code, article script, article .math"):
        code.extract()
    text = html.select_one("article").get_text(" ")
    assert "Traceback (most recent call last)" not in text, page
    for left in (r"\{cite\}", r"\{ref\}", r"\{term\}", r":::\{", r"```\{"):
        assert not re.search(left, text), f"{page}: {left} was not understood"


@each_chapter
def test_chapter_can_be_launched(parse, page):
    links = " ".join(link["href"] for link in parse(f"{page}.html").select("a[href]"))
    path, name = address().split("://")[1].partition("/")[2], page.split("/")[-1]
    assert f"colab.research.google.com/github/{path}/blob/{branch()}/{page}.ipynb" in links, f"{page}: no Colab button"
    assert re.search(rf"mybinder\.org/v2/gh/{path}/{branch()}\S*{name}\.ipynb", links), f"{page}: no Binder button"


@each_chapter
def test_chapter_cites_its_sources(parse, page):
    cited = parse(f"{page}.html").select("article a[href*='references.html#']")
    assert cited, f"{page} cites nothing"


def test_search_knows_the_words_of_the_course(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\);?\s*", index, re.S)[1])
    assert {f"{page}" for page in PAGES} <= set(index["docnames"])
    for word in ("recurr", "peephol", "perplex"):
        assert any(term.startswith(word) for term in index["terms"]), f"search does not find {word}"


def test_every_reference_is_listed(parse):
    from tools.project import ROOT

    keys = re.findall(r"(?m)^@\w+\{([^,]+),", (ROOT / "book/references.bib").read_text(encoding="utf-8"))
    assert len(set(keys)) == len(keys), "book/references.bib has a key twice"
    entries = parse("book/references.html").select("div.citation, dl.citation > dt")
    assert len(entries) == len(keys), f"{len(entries)} of {len(keys)} references are shown"
