"""Texts and their first lines: what is taken of a docstring, what is passed over, and how the pairs are split."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnncourse.data import docstrings

LONG = "This says at length what the function does, in more than twelve words that are all here."
FILE = f'''
"""A module's docstring is no pair."""
add_newdoc("module", "name", """
    name(x, /)

    Compiled things have theirs given.

    {LONG}
    """)
both = _add_docstr(name, r"""both(x) -> y

Of two things the second one.
""")


class Public:
    """What a class is for."""

    def method(self):
        """What a method does."""
        def inner():
            """Inside too."""

    def _hidden(self):
        """Not this."""


def silent():
    return None
'''


@pytest.fixture(scope="module")
def data():
    try:
        return docstrings.load()
    except ModuleNotFoundError as error:
        pytest.skip(str(error))


def test_public_docstrings_come_in_the_order_of_lines_and_those_of_compiled_code_with_them():
    found = [text.split("\n")[0] for text in docstrings.docstrings(FILE.encode())]
    given = ["module", "name", "name(x, /)", "both(x) -> y"]
    assert found == [*given, "What a class is for.", "What a method does.", "Inside too."]


@pytest.mark.parametrize("source", [b"def f(:\n", b'x = "\xff"\n', b"\x00"])
def test_a_file_that_is_no_python_is_passed_over(source):
    assert list(docstrings.docstrings(source)) == []


def test_the_first_line_is_the_summary_and_the_paragraphs_up_to_a_section_the_text():
    more = ".. math:: y = x\n\n    set in\n\n- a list\n\nAnd `this` still."
    for heading in ("Parameters\n----------\nx : int", "Args:\n    x: a number", ">>> 1 + 1\n2", "x : int"):
        text, summary = docstrings.pair_of(f"Say *what* :func:`~a.b` does.\n\n{LONG}\n\n{more}\n\n{heading}\n\nLost.")
        assert summary == ["say", "what", "a", ".", "b", "does"]
        assert text == [*docstrings.tokens(LONG), "and", "this", "still", "."]


@pytest.mark.parametrize("signature", ["f(x, *, y=1)\n\n", "f(x) -> Tensor\n\n", "f(a,\n  b)\n\n", "f(x)\n"])
def test_a_signature_is_no_summary(signature):
    assert docstrings.pair_of(f"{signature}What it does here.\n\n{LONG}")[1] == ["what", "it", "does", "here"]


@pytest.mark.parametrize(
    "docstring",
    [
        "",
        "One line alone is here.",
        f"Two words.\n\n{LONG}",
        f"{'word ' * 21}\n\n{LONG}",
        "What it does.\n\nToo short.",
    ],
)
def test_what_is_too_short_or_too_long_is_left_out(docstring):
    assert docstrings.pair_of(docstring) is None


def test_a_long_text_is_cut():
    assert len(docstrings.pair_of(f"What it does.\n\n{LONG * 9}")[0]) == docstrings.TEXT[1]


def test_words_keep_their_underscores_and_lose_their_marks():
    tokens = docstrings.tokens("The ``n_jobs`` isn't :class:`Name <a.Name>`, **or** `x`[0].")
    assert tokens == ["the", "n_jobs", "isn't", "name", ",", "or", "x", "[", "0", "]", "."]


def test_no_summary_is_in_two_parts_and_all_pairs_are_in_one():
    summaries = [[f"w{n // 2}", "x", "y"] for n in range(100)]
    split = docstrings.split(summaries, 8, np.random.default_rng(0))
    assert sorted(np.concatenate(split)) == list(range(100))
    assert [len(part) for part in split] == [52, 16, 32], "two pairs have each summary"
    parts = [{summaries[n][0] for n in part} for part in split]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 50
    again = docstrings.split(summaries, 8, np.random.default_rng(0))
    assert all((one == other).all() for one, other in zip(split, again, strict=True))
    assert set(docstrings.split(summaries, 8, np.random.default_rng(1)).test) != set(split.test)


@pytest.mark.parametrize("number", [0, 17, 1.5])
def test_a_number_that_leaves_nothing_is_refused(number):
    with pytest.raises((ValueError, TypeError), match="number"):
        docstrings.split([[f"w{n}"] for n in range(50)], number, np.random.default_rng(0))


def test_every_package_gives_pairs_and_no_text_comes_twice(data):
    assert set(data.packages) == set(docstrings.FOLDERS)
    assert len(data.packages) == len(data.texts) == len(data.summaries) > 3000
    assert len({tuple(text) for text in data.texts}) == len(data.texts)
    (shortest, longest), (least, most) = docstrings.SUMMARY, docstrings.TEXT
    assert all(shortest <= len(summary) <= longest for summary in data.summaries)
    assert all(least <= len(text) <= most for text in data.texts)


def test_with_the_versions_of_constraints_it_is_the_data_of_the_stored_results(data):
    lines = (Path(__file__).parents[2] / "constraints.txt").read_text().splitlines()
    pinned = dict(re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups() for line in lines if "==" in line)
    installed = {name: version.split("+")[0] for name, version in docstrings.versions().items()}
    if other := {name: version for name, version in installed.items() if pinned[name] != version}:
        pytest.skip(f"other versions than those in constraints.txt: {other}")
    assert data.fingerprint == docstrings.PINNED


def test_reading_imports_none_of_the_packages():
    code = "import sys; from rnncourse.data import docstrings as d; d._files('sympy'); d._files('torch')\n"
    code += "sys.exit(' '.join({*d.FOLDERS} - {'numpy'} & {*sys.modules}) or 0)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_missing_package_is_named(monkeypatch):
    docstrings.load.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"docstrings of matplotlib .*\[torch,test,extra-data\]"):
        docstrings.load()
