"""No link of the site leads nowhere, and no page needs another host."""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tools.pages import pages

pytestmark = pytest.mark.site
PAGES = [f"{page}.html" for page in pages()]
EXTRA = ["index.html", "search.html", "genindex.html"]
each_page = pytest.mark.parametrize("page", PAGES + EXTRA)
# Elements that a browser loads by itself; an <a> is only followed when somebody asks for it.
LOADED = {"link": "href", **dict.fromkeys(["script", "img", "iframe", "source", "video", "audio"], "src")}
LINKS_NOT_LOADED = {"next", "prev", "canonical", "search", "index", "author", "license"}


@cache
def anchors(path, parse):
    return {tag[name] for tag in parse(path).select("[id], [name]") for name in ("id", "name") if tag.get(name)}


def broken_links(site, parse, page):
    """Links of a page that lead to no file or to no heading."""
    broken = []
    for link in parse(page).select("a[href]"):
        href = urlsplit(link["href"])
        if href.scheme or href.netloc:
            continue
        path = ((site / page).parent / unquote(href.path)).resolve() if href.path else site / page
        if path.is_dir():
            path = path / "index.html"
        if not path.is_file():
            broken.append(f"{link['href']} (no such file)")
        elif href.fragment and path.suffix == ".html":
            name = unquote(href.fragment)
            if name not in anchors(str(path.relative_to(site.resolve())), parse):
                broken.append(f"{link['href']} (no such heading)")
    return sorted(set(broken))


@each_page
def test_internal_links_and_anchors_exist(site, parse, page):
    broken = broken_links(site, parse, page)
    assert not broken, f"{page}: {', '.join(broken)}"


def test_a_renamed_heading_and_a_missing_page_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#old">1</a><a href="b.html#kept">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text('<h2 id="new">renamed</h2><h2 id="kept">kept</h2>')

    def parse(page):
        return BeautifulSoup((tmp_path / page).read_text(), "lxml")

    assert broken_links(tmp_path, parse, "a.html") == ["b.html#old (no such heading)", "c.html (no such file)"]


@each_page
def test_page_loads_nothing_from_another_host(parse, page):
    foreign = []
    for name, attribute in LOADED.items():
        for tag in parse(page).find_all(name):
            address = tag.get(attribute, "")
            loaded = name != "link" or not LINKS_NOT_LOADED & set(tag.get("rel", []))
            if loaded and re.match(r"(https?:)?//", address):
                foreign.append(address)
    inline = " ".join(tag.get_text() for tag in parse(page).find_all(["script", "style"]))
    foreign += re.findall(r"""(?:url\(|@import|src\s*=|import\()\s*["']?((?:https?:)?//[^"')\s]+)""", inline)
    assert not foreign, f"{page} asks other hosts for {foreign}"


def test_styles_and_fonts_come_from_the_site_itself(site):
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        foreign = re.findall(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')]+)""", text)
        assert not foreign, f"{sheet.relative_to(site)} asks other hosts for {foreign}"


def test_mathematics_and_its_fonts_come_with_the_site(site, parse):
    scripts = [tag["src"] for tag in parse("book/notation.html").select("script[src]")]
    mathjax = [src for src in scripts if "mathjax" in src.lower()]
    typeset = parse("book/notation.html").select("mjx-container, math, .MathJax")
    assert mathjax or typeset, "nothing on the page typesets mathematics"
    for src in mathjax:
        assert (site / "book" / src.partition("?")[0]).resolve().is_file(), f"{src} is not part of the site"
