"""Docstrings: one style in the reference, and what the API pages make of it."""

import ast

import pytest

from tests.course.repository import ROOT, tracked
from tools.book_extension.docstrings import to_rst

REFERENCE = [name for name in tracked() if name.startswith("rnncourse/reference/") and name.endswith(".py")]


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_has_no_headings_in_docstrings(name):
    for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            assert "----" not in text, f"{name}, {getattr(node, 'name', 'module')}: arguments stand without a heading"


def rst(text):
    return [line for line in to_rst(text.strip().splitlines()) if line]


def test_arguments_results_and_errors_are_paragraphs_of_their_own():
    text = """
Run a cell over time.

step : the cell, which
    may be your own.
x : (T, B, D).  state0 : (B, H) or None.  k1, k2 : two numbers.

Returns (h, state_n), where h
is (T, B, H).
Raises ValueError: `lengths` out of range.
Source: Werbos 1990.
"""
    assert rst(text) == [
        "Run a cell over time.",
        *("``step``", "   the cell, which may be your own."),
        *("``x``", "   (T, B, D)."),
        *("``state0``", "   (B, H) or None."),
        *("``k1, k2``", "   two numbers."),
        "Returns (h, state\\_n), where h is (T, B, H).",
        "Raises ValueError: \\ ``lengths``\\  out of range.",
        "Source: Werbos 1990.",
    ]


def test_sentences_and_headings_stay_what_they_are():
    assert rst("It returns: nothing.\nTwo  spaces, a : colon") == ["It returns: nothing. Two  spaces, a : colon"]
    headed = rst("Raises\n------\nValueError : it is wrong.")
    assert headed == [".. rubric:: Raises", "``ValueError``", "   it is wrong."]
