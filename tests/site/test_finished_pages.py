"""What the pages owe to the last step of the build: formulas set, light files, a true map of the chapters."""

import re
import sys

import pytest

from tools.pages import pages
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import chapter_map
import static_pages

needs_node = pytest.mark.skipif(static_pages.find_node() is None, reason="no node here: pages load MathJax instead")
CHAPTERS = [chapter for part in chapter_map.PARTS.values() for chapter in part]
NAMES = {f"notebooks/{c.number:02}_{c.topic}" for c in CHAPTERS}


def luminance(colour):
    colour = colour if len(colour) == 7 else "#" + "".join(2 * letter for letter in colour[1:])
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.site
@needs_node
@pytest.mark.parametrize("name", pages())
def test_formulas_are_set_and_readable_aloud(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "mathjax/" not in text, "the page still loads MathJax"
    drawn = text.count("<mjx-container ")
    assert text.count('<span class="math-read"><math ') == drawn
    for kind in (r'class="math notranslate[^>]*>\\\(', r'class="math notranslate[^>]*>\s*\\\['):
        assert not re.search(kind, text), "a formula was left as TeX"


@pytest.mark.site
def test_nothing_needless_travels_with_the_site(site):
    static = site / "_static"
    assert not list(static.rglob("*.map"))
    assert not (static / "scripts" / "fontawesome.js").exists()
    if static_pages.find_node():
        assert {p.suffix for p in (static / "mathjax").rglob("*") if p.is_file()} == {".woff"}
        clicked = {"live", "models"}  # live cells and stored models bring their own, after a click
        files = [p for p in static.rglob("*") if p.is_file() and not clicked & set(p.relative_to(static).parts)]
        assert sum(p.stat().st_size for p in files) < 3_000_000
        assert all(p.stat().st_size < 5_100_000 for p in (static / "models").glob("*"))


@pytest.mark.site
@pytest.mark.parametrize(("theme", "paper"), [("light", "#f3f0e8"), ("dark", "#1c2129")])
def test_colours_of_code_stand_out(site, theme, paper):
    css = (site / "_static" / "pygments.css").read_text(encoding="utf-8")
    rules = re.findall(rf'html\[data-theme="{theme}"\] \.highlight (\.\w+) \{{ color: (#\w+)', css)
    assert len(rules) > 20
    for name, colour in rules:
        high, low = sorted((luminance(colour), luminance(paper)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{theme} {name} {colour}"


@needs_node
def test_a_formula_that_cannot_be_set_stops_the_build():
    for wrong in (r"\frac{1", r"\notacommand x"):
        with pytest.raises(static_pages.ExtensionError, match="cannot be set"):
            static_pages.set_formulas([(wrong, False)])


@needs_node
def test_formulas_inside_questions_are_set_and_prices_are_not():
    page = '<div class="rnncourse-check"><p>Is $a &lt; b$?</p></div><p>It costs $5 or $6.</p>'
    found = static_pages.formulas_of(page)
    assert found == [("a < b", False)]
    drawn, _ = static_pages.set_formulas(found)
    finished = static_pages.with_formulas(page, drawn)
    assert "<mjx-container" in finished
    assert "It costs $5 or $6." in finished


def test_the_map_names_every_chapter_of_the_book():
    chapters = {name for name in pages() if name.startswith("notebooks/")}
    assert chapters <= NAMES, f"not on the map: {sorted(chapters - NAMES)}"
    assert [c.number for c in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))


def test_a_chapter_builds_on_earlier_ones_only():
    for chapter in CHAPTERS:
        assert all(need < chapter.number for need in chapter.needs), chapter.topic
        assert chapter.needs or chapter.number == 1, f"nothing leads to {chapter.topic}"


def test_boxes_of_the_map_do_not_overlap_and_hold_their_words():
    corners = chapter_map.places()
    for a, (x, y) in corners.items():
        for b, (u, v) in corners.items():
            apart = abs(x - u) >= chapter_map.BOX_W or abs(y - v) >= chapter_map.BOX_H
            assert a == b or apart, (a, b)
    for chapter in CHAPTERS:
        assert len(chapter_map.lines_of(chapter.question)) <= 3, chapter.question


def test_no_arrow_of_the_map_leaves_the_gap_between_two_boxes():
    drawing = chapter_map.drawing({})
    edges = {x + chapter_map.BOX_W for x, _ in chapter_map.places().values()}
    arrows = re.findall(r'class="arrow" d="M([\d.]+) [\d.]+H([\d.]+)"', drawing)
    assert len(arrows) == drawing.count('class="arrow"') == len(chapter_map.neighbours()) > 5
    for start, end in arrows:
        assert float(start) in edges
        assert 0 < float(end) - float(start) < chapter_map.GAP_X


@pytest.mark.site
def test_the_landing_page_links_every_chapter_of_the_book(site):
    text = (site / f"{pages()[0]}.html").read_text(encoding="utf-8")
    for name in pages():
        if name.startswith("notebooks/"):
            assert text.count(f'href="../{name}.html"') >= 3, name
