"""The built site, brought up to date before the first test that reads it, and readers who open it in Chromium."""

from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.site import browsing
from tools import pages


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder with the built pages."""
    with pages.locked():
        status = pages.build()
    assert status == 0, "the site was not built: run make book to see why"
    return pages.SITE


@cache
def _parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


@pytest.fixture(scope="session")
def parse(site):
    """A page of the site by its path, parsed once."""
    return lambda page: _parsed(site / page)


@pytest.fixture(scope="module")
def chromium():
    with browsing.browser() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def readers(request, chromium):
    """Makes a reader with a theme, "light" or "dark"; of the built copy that RNNCOURSE_SITE names, where it does."""
    folder = Path(browsing.ELSEWHERE) if browsing.ELSEWHERE else request.getfixturevalue("site")
    with browsing.served(folder) as address:
        yield lambda theme: browsing.Visitor(chromium, address, folder, theme)


@pytest.fixture(scope="module")
def live_site(site):
    """A site with live cells: the built one, unless a module has its own `site`."""
    if not (site / "_static" / "live").is_dir():
        pytest.skip("the site has no live cells: no source of the page's Python answers here")
    return site


@pytest.fixture(scope="module")
def isolated(live_site):
    """Its address as `make serve` serves it."""
    with browsing.served(live_site, pages.Handler) as address:
        yield address


@pytest.fixture(scope="module")
def plain(live_site):
    """Its address as any host serves it, without the headers that isolate a page."""
    with browsing.served(live_site) as address:
        yield address
