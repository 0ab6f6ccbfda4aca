"""The checks see what they are meant to see: each doctored copy of a page is found out."""

import itertools
import re
import shutil
from pathlib import Path

import pytest

from tests.site import browsing

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]
COUNT = itertools.count()
TABLE = '<table class="table"><tr>' + "<td>unbreakable_name_of_a_column</td>" * 9 + "</tr></table>"


@pytest.fixture(scope="module")
def copy(tmp_path_factory, request):
    """A copy of the site whose pages may be spoilt, and the first page with a figure and a picture."""
    folder = tmp_path_factory.mktemp("doctored") / "html"
    site = Path(browsing.ELSEWHERE) if browsing.ELSEWHERE else request.getfixturevalue("site")
    shutil.copytree(site, folder, ignore=shutil.ignore_patterns("_modules", "_sources", "api"))
    pages = [p for p in sorted(folder.rglob("*.html")) if "_static" not in p.parts]
    texts = {p: p.read_text(encoding="utf-8") for p in pages}
    whole = [p for p, t in texts.items() if "data-figure=" in t and re.search(r'<img[^>]*alt="', t)]
    if not whole:
        pytest.skip("no built page has both a figure and a picture")
    return folder, min(whole, key=lambda p: len(texts[p]))


@pytest.fixture(scope="module")
def visitors(chromium, copy):
    folder, _ = copy
    with browsing.served(folder) as address:
        yield {theme: browsing.Visitor(chromium, address, folder, theme) for theme in ("light", "dark")}


def spoilt(copy, visitors, change, *, theme="light", width="desk"):
    """Open a page after a change to its text."""
    folder, page = copy
    before = page.read_text(encoding="utf-8")
    after = change(before)
    assert after != before or change is same, "the change changed nothing"
    other = page.with_name(f"spoilt_{next(COUNT)}.html")  # a name that no cache knows
    other.write_text(after, encoding="utf-8")
    visitor = visitors[theme]
    visitor.open(other.relative_to(folder).as_posix(), width)
    return visitor


def same(text):
    return text


def into_article(markup):
    """Put something at the beginning of the article."""
    return lambda text: re.sub(r'(<article class="bd-article[^>]*>)', lambda m: m[1] + markup, text, count=1)


def with_alt(words):
    """Give every picture these words."""
    alt = f'alt="{words}"'
    return lambda text: re.sub(r"<img[^>]*_images[^>]*>", lambda m: re.sub(r'alt="[^"]*"', alt, m[0]), text)


def test_the_copy_itself_is_well(copy, visitors):
    visitor = spoilt(copy, visitors, same)
    faults = visitor.network_faults() + visitor.alt_faults() + visitor.figure_faults() + visitor.width_faults()
    assert faults + visitor.weight_faults() + visitor.axe_faults(colours=True) == []


@pytest.mark.parametrize("words", ["", "_images/0a1b2c.png", "figure.png"])
def test_a_lost_alt_text_is_found(copy, visitors, words):
    visitor = spoilt(copy, visitors, with_alt(words))
    assert visitor.alt_faults()


def test_a_lost_description_of_a_figure_is_found(copy, visitors):
    visitor = spoilt(copy, visitors, lambda t: re.sub(r'role="img" aria-label="[^"]*"', 'role="img"', t))
    assert visitor.alt_faults()
    assert visitor.axe_faults(colours=False)


def test_a_slider_that_moves_nothing_is_found(copy, visitors):
    visitor = spoilt(copy, visitors, lambda t: t.replace('type="range"', 'type="range" disabled'))
    assert any("does not answer the mouse" in fault or "keyboard" in fault for fault in quick(visitor))


def test_a_deaf_script_is_found(copy, visitors):
    deaf = "<script>const kind = EventTarget.prototype, add = kind.addEventListener; kind.addEventListener = function"
    deaf += ' (name, ...rest) { if (name !== "input") add.call(this, name, ...rest); };</script><head>'
    visitor = spoilt(copy, visitors, lambda t: t.replace("<head>", deaf, 1))
    assert any("keyboard" in fault for fault in quick(visitor))


def test_a_script_that_does_not_start_is_found(copy, visitors):
    visitor = spoilt(copy, visitors, lambda t: re.sub(r"<script[^>]*figures\.js[^>]*></script>", "", t))
    assert any("did not start" in fault for fault in visitor.figure_faults())


def quick(visitor):
    """The figure's faults; a control that cannot be used fails at once."""
    visitor.page.set_default_timeout(1500)
    try:
        return visitor.figure_faults()
    except Exception as error:
        return [f"a control does not answer the keyboard or the mouse: {type(error).__name__}"]
    finally:
        visitor.page.set_default_timeout(30000)


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://example.org/a.png" alt="a picture from elsewhere">',
        '<script src="https://example.org/a.js"></script>',
        '<style>@import url("https://example.org/a.css");</style>',
    ],
)
def test_a_call_to_another_host_is_found(copy, visitors, markup):
    visitor = spoilt(copy, visitors, into_article(markup))
    assert any("another host" in fault for fault in visitor.network_faults())


def test_a_script_error_is_found(copy, visitors):
    assert spoilt(copy, visitors, into_article("<script>nothing.here()</script>")).network_faults()


def test_a_file_that_is_missing_is_found(copy, visitors):
    assert spoilt(copy, visitors, into_article('<img src="gone.png" alt="a picture that is gone">')).network_faults()


def test_a_heavy_page_is_found(copy, visitors):
    _, page = copy
    (page.parent / "heavy.js").write_text("/*" + " " * 2_600_000 + "*/")
    assert spoilt(copy, visitors, into_article('<script src="heavy.js"></script>')).weight_faults()


def test_a_table_that_sticks_out_is_found(copy, visitors):
    assert spoilt(copy, visitors, into_article(TABLE), width="phone").width_faults()


def test_a_box_that_no_key_scrolls_is_found(copy, visitors):
    box = f'<div style="overflow-x:auto">{TABLE}</div>'
    assert any("no key" in f for f in spoilt(copy, visitors, into_article(box), width="phone").width_faults())


def test_a_button_without_a_name_is_found(copy, visitors):
    assert spoilt(copy, visitors, into_article("<button></button>")).axe_faults(colours=False)


def test_pale_words_are_found(copy, visitors):
    pale = '<p style="color:#ccc;background:#fff">pale words</p>'
    assert spoilt(copy, visitors, into_article(pale)).axe_faults(colours=True)


def test_a_figure_that_is_dark_on_dark_is_found(copy, visitors):
    style = "<style>html[data-theme=dark] .rnn-figure { --rnn-ink: #222 !important; }</style>"
    assert spoilt(copy, visitors, into_article(style), theme="dark").dark_faults()


def test_a_see_through_picture_in_the_dark_is_found(copy, visitors):
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    picture = f'<div class="cell_output"><img style="background:#000 !important" src="{dot}" alt="nothing"></div>'
    assert spoilt(copy, visitors, into_article(picture), theme="dark").dark_faults()


def test_a_small_picture_that_nothing_enlarges_is_found(copy, visitors):
    assert not spoilt(copy, visitors, same, width="phone").small_faults()
    visitor = spoilt(
        copy, visitors, into_article("<style>.enlarge { display: none !important }</style>"), width="phone"
    )
    assert visitor.small_faults()


LONG_LINE = f'<div class="highlight"><pre><span></span>{"x = 1; " * 40}</pre></div>'


@pytest.mark.parametrize(
    "markup",
    [
        LONG_LINE,
        f'<div class="pst-scrollable-table-container">{TABLE}</div>',
        '<div class="math notranslate"><span style="display: inline-block; width: 2000px">x</span></div>',
        f"<details><summary>folded</summary>{LONG_LINE}</details>",
    ],
)
def test_a_box_that_is_too_narrow_at_a_desk_is_found(copy, visitors, markup):
    as_it_is = len(spoilt(copy, visitors, same).wide_boxes())
    visitor = spoilt(copy, visitors, into_article(markup))
    assert len(visitor.wide_boxes()) == as_it_is + 1
    assert any("too narrow" in fault for fault in visitor.overflow_faults("a page that WIDE does not name"))


@pytest.mark.parametrize(
    ("style", "fault"),
    [("mask-image: none", "nothing shows"), ("overflow-x: hidden", "cannot be scrolled")],
)
def test_a_box_that_is_cut_without_a_sign_is_found(copy, visitors, style, fault):
    visitor = spoilt(copy, visitors, into_article(LONG_LINE), width="phone")
    assert not visitor.overflow_faults("this page")
    markup = f"<style>.highlight pre {{ {style} !important }}</style>{LONG_LINE}"
    visitor = spoilt(copy, visitors, into_article(markup), width="phone")
    assert any(fault in f for f in visitor.overflow_faults("this page"))
