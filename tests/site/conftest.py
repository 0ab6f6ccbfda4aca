"""The built site, brought up to date before the first test that reads it."""

from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

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
