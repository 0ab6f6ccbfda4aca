"""Numbers before titles, links on chapters that are named, and on a term's first use."""

import re
import sys

import pytest

from tools.pages import pages
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import chapter_links
import chapter_names

LINKS = {5: "05_bptt.html", 6: "06_gradients.html", 9: "09_lstm.html"}
CHAPTERS = [page for page in pages() if page.startswith("notebooks/")]


def article(inner):
    return f'<nav>chapter 5</nav><article class="bd-article" role="main">{inner}</article>'


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("see Chapter\n5.", 'see <a class="chapter" href="05_bptt.html">Chapter\n5</a>.'),
        ("chapter 20 (planned)", "chapter 20 (planned)"),
        ("chapter 20", "chapter 20"),
        ("subchapter 5", "subchapter 5"),
        (
            "chapters 5, 6 and 12",
            'chapters <a class="chapter" href="05_bptt.html">5</a>, '
            '<a class="chapter" href="06_gradients.html">6</a> and 12',
        ),
    ],
)
def test_a_named_chapter_is_linked_if_it_is_there(text, linked):
    assert chapter_links.linked(text, LINKS) == linked


def test_addresses_are_seen_from_the_page_and_leave_it_out():
    found = {"notebooks/05_bptt", "notebooks/09_lstm", "book/index"}
    assert chapter_links.addresses(found, "notebooks/09_lstm") == {5: "../notebooks/05_bptt.html"}
    assert chapter_links.addresses(found, "index") == {5: "notebooks/05_bptt.html", 9: "notebooks/09_lstm.html"}


@pytest.mark.parametrize("tag", ["a", "code", "pre", "svg", "summary", "h2", "button", "label", "script"])
def test_no_link_where_none_may_stand(tag):
    page = article(f"<p>x</p><{tag} id='a'>chapter 5 <b>chapter 6</b></{tag}>")
    assert chapter_names.with_links(page, lambda text: chapter_links.linked(text, LINKS)) == page


def test_links_stand_in_the_article_alone_and_after_what_has_none():
    page = chapter_names.with_links(
        article("<h1>On chapter 5</h1><!-- <p>chapter 6</p> --><p>chapter 9</p>"),
        lambda text: chapter_links.linked(text, LINKS),
    )
    assert re.findall('href="([^"]*)"', page) == ["09_lstm.html"]


def test_only_the_first_use_of_a_term_is_linked_the_longest_first():
    change = chapter_names.first_uses({"gradient": "g.html", "vanishing gradient": "v.html"})
    text = change("A vanishing gradient. ") + change("Gradients and gradients.")
    first = '<a class="term" href="v.html">vanishing gradient</a>'
    second = '<a class="term" href="g.html">Gradients</a>'
    assert text == f"A {first}. {second} and gradients."


def test_a_name_of_code_is_no_use_of_a_term():
    assert chapter_names.first_uses({"RNN": "r.html"})("torch.nn.RNN(1, 1), RNN_step") == "torch.nn.RNN(1, 1), RNN_step"


@pytest.mark.site
@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_has_its_number_in_title_sidebar_and_buttons(parse, page):
    html, number = parse(f"{page}.html"), int(page.split("/")[1][:2])
    title = html.select_one("article h1").get_text().rstrip("#")
    assert title.startswith(f"{number} · ")
    assert html.title.get_text().startswith(f"{number} · ")
    name = page.split("/")[1]
    links = parse(f"{pages()[0]}.html").select(f'.bd-sidebar-primary a[href$="{name}.html"]')
    assert [link.get_text(strip=True) for link in links] == [title]
    place = CHAPTERS.index(page)
    if place:
        before = parse(f"{CHAPTERS[place - 1]}.html").select_one("a.right-next .prev-next-title")
        assert before.get_text(strip=True) == title


@pytest.mark.site
@pytest.mark.parametrize("page", pages())
def test_every_chapter_that_is_named_in_running_text_is_a_link(parse, page):
    """What stays plain: itself, the planned, and words where no link may stand."""
    import copy

    own = chapter_links.number_of(page)
    written = {chapter_links.number_of(chapter) for chapter in CHAPTERS} - {own}
    html = copy.copy(parse(f"{page}.html").select_one("article"))
    for gone in html.select(", ".join([*chapter_links.NO_LINKS, "script", "style", ".docutils.literal"])):
        gone.replace_with(" ")
    bare = [m[0] for m in chapter_links.NAMED.finditer(html.get_text()) if int(re.findall(r"\d+", m[1])[0]) in written]
    assert not [words for words in bare if "planned" not in words]
