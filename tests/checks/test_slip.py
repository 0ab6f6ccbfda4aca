"""A slip is an edit of the solution: located in the source as it stands, all edits at once, wrong ones named."""

import inspect
import traceback

import pytest

from rnncourse.checks import Slip, edited


def poured(full, cup):
    rest = full - cup
    return rest, cup


def test_all_edits_are_read_against_the_source_as_it_stands():
    turned = edited(poured, ("rest, cup", "cup, rest"), ("full - cup", "full + cup"))
    assert turned(5, 2) == (2, 7)
    assert poured(5, 2) == (3, 2)


def test_an_edit_does_not_see_anothers_work():
    again = edited(poured, ("full - cup", "cup - full"), ("rest, cup", "full - cup"))
    assert again(5, 2) == 3


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("spilt", "")], "'spilt' occurs 0 times"),
        ([("rest", "left")], "'rest' occurs 2 times"),
        ([("", "left")], "'' occurs 0 times"),
        ([("rest = full", "rest = cup"), ("full - cup", "cup")], "'rest = full' and 'full - cup' overlap"),
        ([("full - cup", "cup"), ("full - cup", "full")], "overlap"),
    ],
)
def test_an_edit_that_is_missing_repeated_or_overlaps_is_named(pairs, words):
    with pytest.raises(ValueError, match="poured: ") as caught:
        edited(poured, *pairs)
    assert words in str(caught.value)


def test_an_edited_function_can_be_read_and_edited_again():
    once = edited(poured, ("full - cup", "full + cup"))
    assert "full + cup" in inspect.getsource(once)
    assert edited(once, ("rest, cup", "rest"))(5, 2) == 7


def test_a_traceback_shows_the_edited_line():
    with pytest.raises(ZeroDivisionError) as caught:
        edited(poured, ("full - cup", "full / (cup - cup)"))(5, 2)
    assert "full / (cup - cup)" in "".join(traceback.format_exception(caught.value))


def test_a_slip_needs_an_edit():
    with pytest.raises(ValueError, match="at least one edit"):
        Slip("nothing is changed.")
    assert Slip("it grows.", ("full - cup", "full + cup")).made_in(poured)(5, 2) == (7, 2)
