"""Every page in Chromium, light, at the width of a phone and of a desk."""

import pytest

from tests.site import browsing

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]


@pytest.fixture(scope="module")
def visitor(readers):
    return readers("light")


@pytest.mark.parametrize("name", browsing.PAGES)
def test_page_is_whole_light_and_readable_by_everyone(visitor, name):
    if name in browsing.LISTINGS:
        name = browsing.listing(visitor.folder, name)
        if name is None:
            pytest.skip("the site lists no source code")
    faults = browsing.all_faults(visitor, name)
    assert not faults, "\n".join(faults)
