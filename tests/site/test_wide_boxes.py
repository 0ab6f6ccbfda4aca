"""What scrolls on a narrow screen shows that there is more; what no longer scrolls shows nothing."""

import pytest

from tests.site import browsing

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]
PAGE = "notebooks/05_bptt.html"
MARKED = "[data-more], [data-reach]"
SETTLED = "(wide) => document.querySelectorAll(wide).length === 0"


@pytest.fixture(scope="module")
def page(readers):
    visitor = readers("light")
    visitor.open(PAGE, "phone")
    return visitor.page


def test_a_formula_that_scrolled_is_whole_again_on_a_wider_screen(page):
    page.set_viewport_size({"width": 150, "height": 800})
    page.wait_for_function("document.querySelector('span.math[data-more]')")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function(SETTLED, arg=MARKED)


def test_code_that_scrolls_can_be_reached_and_is_marked_and_at_a_desk_is_not(page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('pre[data-more=right][tabindex=\"0\"]')")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function(SETTLED, arg=MARKED)
