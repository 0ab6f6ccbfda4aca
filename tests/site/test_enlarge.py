"""A picture that is shown smaller than it was drawn opens at its own size, by touch, by mouse and by keyboard."""

import pytest

from tests.site import browsing

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]
PAGE = "notebooks/09_lstm.html"


@pytest.fixture(scope="module", params=["light", "dark"])
def reader(readers, request):
    return readers(request.param)


@pytest.fixture
def visitor(reader):
    """The reader, with the page opened anew."""
    reader.open(PAGE, "phone")
    return reader


def pictures(visitor):
    return visitor.page.locator(".bd-article .cell_output img:visible")


def test_each_small_picture_of_a_phone_has_its_button(visitor):
    assert pictures(visitor).count() > 1
    assert visitor.small_faults() == []
    names = visitor.page.locator(".enlarge").evaluate_all("(all) => all.map((b) => b.ariaLabel)")
    assert len(names) == len(set(names)), "two buttons have the same name"


def test_the_picture_opens_at_its_own_size_and_scrolls_and_escape_leads_back(visitor):
    page = visitor.page
    opens = page.locator(".enlarge:visible").first
    opens.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="The figure at its full size")
    size = dialog.locator("img").evaluate("(img) => [img.getBoundingClientRect().width, img.naturalWidth]")
    assert size[0] == size[1] > browsing.WIDTHS["phone"][0]
    box = dialog.locator(".enlarged-box")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.enlarged-box').scrollLeft > 0")
    assert visitor.axe_faults(colours=True) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert opens.evaluate("(button) => button === document.activeElement")


def test_a_click_on_the_picture_opens_it_and_the_button_closes_it(visitor):
    page = visitor.page
    pictures(visitor).first.click()
    dialog = page.get_by_role("dialog", name="The figure at its full size")
    close = dialog.get_by_role("button", name="Close")
    box = close.bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= browsing.WIDTHS["phone"][0]
    close.click()
    dialog.wait_for(state="detached")
    assert visitor.complaints == []


def test_where_a_picture_has_room_it_has_no_button(visitor):
    visitor.page.set_viewport_size({"width": 2400, "height": 1200})
    visitor.page.wait_for_function("[...document.querySelectorAll('.enlarge')].every((button) => button.hidden)")
    visitor.resize("phone")
    visitor.page.wait_for_function("[...document.querySelectorAll('.enlarge')].some((button) => !button.hidden)")
