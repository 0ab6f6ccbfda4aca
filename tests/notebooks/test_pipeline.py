"""The pipeline: stable ids, refusals, and which change makes a chapter stale."""

import nbformat
import pytest

from tools.dependencies import Closure
from tools.notebooks import NotebookError, execute, from_source, make, problems, target

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A title

"""


def chapter(tmp_path, *cells):
    path = tmp_path / "00_trial.md"
    path.write_text(HEADER + "\n".join(f"```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells))
    return path


def test_ids_follow_from_content_and_not_from_position(tmp_path):
    before, _ = from_source(chapter(tmp_path, "a = 1", "b = 2", "a = 1"))
    after, _ = from_source(chapter(tmp_path, "new = 0", "a = 1", "b = 2", "a = 1"))
    ids = {cell.id for cell in before.cells}
    assert len(ids) == len(before.cells)
    assert ids < {cell.id for cell in after.cells}


def test_made_twice_gives_the_same_bytes(tmp_path):
    source = chapter(tmp_path, "print(6 * 7)")
    make(source, tmp_path)
    first = target(source, tmp_path).read_bytes()
    assert "same outputs" in make(source, tmp_path, force=True)
    assert target(source, tmp_path).read_bytes() == first
    stored = nbformat.reads(first.decode(), as_version=4)
    assert set(stored.metadata) == {"kernelspec", "language_info", "rnncourse"}
    assert stored.cells[-1].outputs[0].text == "42\n"


def test_new_prose_keeps_the_outputs_and_new_code_does_not(tmp_path):
    source = chapter(tmp_path, "print(6 * 7)")
    make(source, tmp_path)
    source.write_text(source.read_text().replace("# A title", "# Another title"))
    assert "outputs as they were" in make(source, tmp_path)
    assert nbformat.read(target(source, tmp_path), as_version=4).cells[1].source == "# Another title"
    source.write_text(source.read_text().replace("6 * 7", "6 * 8"))
    assert "cells in" in make(source, tmp_path)
    assert nbformat.read(target(source, tmp_path), as_version=4).cells[-1].outputs[0].text == "48\n"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import sys\nprint('x', file=sys.stderr)", "standard error"),
        ("object()", "memory address"),
        ("1 / 0", "a cell failed"),
        ("from pathlib import Path\nprint(Path('/ho' 'me/somebody/file'))", "path of this machine"),
        ("import matplotlib.pyplot as plt\n_ = plt.plot([0, 1])", "without alt text"),
    ],
)
def test_what_may_not_be_stored_is_refused_with_the_chapter_named(tmp_path, cell, said):
    with pytest.raises(NotebookError, match=said) as caught:
        execute(chapter(tmp_path, cell))
    assert "00_trial.md" in str(caught.value)


def test_a_clean_notebook_has_no_problems():
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "1"})])
    assert problems(nbformat.v4.new_notebook(cells=[cell])) == []


@pytest.fixture
def package(tmp_path):
    """A package in small: a folder that re-exports two modules, one of which uses a third and a data file."""
    files = {
        "__init__.py": "",
        "parts/__init__.py": "from rnncourse.parts.one import first\nfrom rnncourse.parts.two import second\n",
        "parts/one.py": "from rnncourse.deep import base\ndef first():\n    return base('table.csv')\n",
        "parts/two.py": "def second():\n    return 2\n",
        "deep.py": "def base(name):\n    return name\n",
        "table.csv": "1,2\n",
        "other.csv": "3,4\n",
        "checks/__init__.py": "def check(name, answer):\n    return name\n",
        "checks/one.py": 'NAMES = ["first"]\n',
    }
    for name, text in files.items():
        path = tmp_path / "rnncourse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def digest(root, code="from rnncourse.parts import first\nfirst()\n"):
    return Closure(root, code).digest()


@pytest.mark.parametrize(
    ("file", "text", "stale"),
    [
        ("parts/one.py", "def first():\n    return 1\n", True),
        ("deep.py", "def base(name):\n    return name.upper()\n", True),
        ("table.csv", "1,3\n", True),
        ("parts/two.py", "def second():\n    return 3\n", False),
        ("other.csv", "5,6\n", False),
        ("parts/new.py", "x = 1\n", False),
        ("deep.py", "# said in other words\ndef base(name):\n    return name\n", False),
    ],
)
def test_only_what_a_chapter_uses_makes_it_stale(package, file, text, stale):
    before = digest(package)
    path = package / "rnncourse" / file
    path.write_text(text)
    assert (digest(package) != before) == stale


def test_names_are_followed_through_an_imported_package(package):
    code = "from rnncourse import parts\nparts.first()\n"
    assert set(Closure(package, code).parts) >= {"rnncourse.parts.one", "rnncourse.deep"}
    assert "rnncourse.parts.two" not in Closure(package, code).parts


def test_an_exercise_counts_by_its_name(package):
    code = 'from rnncourse.checks import check\ncheck("first", None)\n'
    assert "rnncourse.checks.one" in Closure(package, code).parts
