"""Every page in Chromium, light, at the width of a phone and of a desk."""

import pytest

from tests.site import browsing

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]


@pytest.fixture(scope="module")
def visitor():
    with browsing.browser() as chromium, browsing.served(browsing.SITE) as address:
        yield browsing.Visitor(chromium, address, browsing.SITE, "light")


@pytest.mark.parametrize("name", browsing.page_names() if browsing.SITE.is_dir() else [])
def test_page_is_whole_light_and_readable_by_everyone(visitor, name):
    faults = browsing.all_faults(visitor, name)
    assert not faults, "\n".join(faults)
