"""The pipeline: stable ids, refusals, and which change makes a chapter stale."""

import ast
import os
import subprocess
import sys

import nbformat
import pytest

from tools import notebooks
from tools.dependencies import Closure
from tools.notebooks import NotebookError, execute, from_source, is_stale, make, problems, target, verify
from tools.project import kernel_home
from tools.syntax import outline

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


def replace(file, old, new):
    """Change a stored notebook by hand."""
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new))


PICTURE = "---\n{tags}mystnb: {{image: {{alt: a line}}}}\n---\nimport matplotlib.pyplot as plt\n_ = plt.plot({y})"
PICTURES = PICTURE.format(tags="", y=[0, 1]), PICTURE.format(tags="tags: [measures-time]\n", y=[1, 0])


@pytest.fixture
def stored(tmp_path):
    """A small chapter and its notebook, whose package has changed since."""
    source = chapter(tmp_path, "print(6 * 7)", "6 * 8", *PICTURES)
    make(source, tmp_path)
    file = target(source, tmp_path)
    digest = nbformat.read(file, as_version=4).metadata.rnncourse.digest
    as_made = file.read_bytes()
    replace(file, digest, "0123456789abcdef0123")
    assert is_stale(source, tmp_path)
    return source, file, as_made


def test_verifying_renews_the_digest_and_no_other_byte(stored):
    source, file, as_made = stored
    assert "same outputs" in verify(source, file.parent)
    assert file.read_bytes() == as_made
    assert not is_stale(source, file.parent)


def test_verifying_refuses_what_the_chapter_no_longer_shows(stored):
    source, file, _ = stored
    replace(file, '"42\\n"', '"43\\n"')
    notebook = nbformat.read(file, as_version=4)
    rising, falling = (cell.outputs[0].data for cell in notebook.cells[-2:])  # the second one shows times, which vary
    rising["image/png"], falling["image/png"] = falling["image/png"], rising["image/png"]
    nbformat.write(notebook, file)
    before = file.read_bytes()
    with pytest.raises(NotebookError, match=r"00_trial.md: shows something else now") as caught:
        verify(source, file.parent)
    named = [(line.partition("(")[0].strip(), line.rpartition(": ")[2]) for line in str(caught.value).splitlines()[1:]]
    assert named == [("code cell 1", "Cell outputs differ"), ("code cell 3", "Cell outputs differ")]
    assert file.read_bytes() == before


def test_verifying_takes_new_text_and_leaves_every_output(stored):
    source, file, as_made = stored
    source.write_text(source.read_text().replace("# A title", "# Another title"))
    assert "new text, same outputs" in verify(source, file.parent)
    now, before = (nbformat.reads(text.decode(), as_version=4) for text in (file.read_bytes(), as_made))
    code = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (now, before)]
    assert code[0] == code[1]
    assert now.metadata == before.metadata
    assert any("# Another title" in cell.source for cell in now.cells)
    assert not is_stale(source, file.parent)


def test_verifying_refuses_a_chapter_with_other_code(stored):
    source, file, _ = stored
    source.write_text(source.read_text().replace("6 * 7", "7 * 6"))
    with pytest.raises(NotebookError, match="not the code that the notebook was made from"):
        verify(source, file.parent)
    file.unlink()
    with pytest.raises(NotebookError, match="not the code that the notebook was made from"):
        verify(source, file.parent)


def test_the_time_kept_is_the_kernels_own_and_a_long_one_is_told(tmp_path, monkeypatch):
    busy = "import time\ntime.sleep(4)\nend = time.process_time() + 1\nwhile time.process_time() < end:\n    pass"
    monkeypatch.setattr(notebooks, "PROCESSOR_SECONDS", 0.5)
    said = make(chapter(tmp_path, busy), tmp_path)
    seconds = nbformat.read(tmp_path / "00_trial.ipynb", as_version=4).metadata.rnncourse.seconds
    assert 1 <= seconds < 4, "a second of work and the kernel's start, not the four seconds of waiting"
    assert "more than the 0.5 s that it may take" in said


def test_kernels_start_in_silence_where_the_home_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("a file: nobody can write into it")
    nowhere = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}
    line = [sys.executable, "-c", "import matplotlib.pyplot"]
    said = subprocess.run(line, env=os.environ | nowhere | kernel_home(), capture_output=True, text=True, check=True)
    assert said.stdout + said.stderr == ""
    plain = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"} | nowhere
    assert "MPLCONFIGDIR" in subprocess.run(line, env=plain, capture_output=True, text=True).stderr, "else: no proof"


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
        "exercises/one.py": 'NAMES = ["first"]\n',
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
    assert "rnncourse.exercises.one" in Closure(package, code).parts


@pytest.mark.parametrize(
    "sheet",
    [
        "from rnncourse.deep import base\nEXERCISES = [Exercise(reference=base)]\n",
        "from rnncourse.deep import base as ours\nEXERCISES = [Exercise(solution=ours)]\n",
        "from rnncourse import deep\nEXERCISES = [Exercise(solution=deep.base)]\n",
        "def base(name):\n    return name\n",
        "EXERCISES = [Exercise(name='base')]\n",
    ],
    ids=["imported", "renamed", "module", "written", "named"],
)
def test_a_sheet_counts_for_the_exercises_that_it_has(package, sheet):
    for name, text in {"__init__": "", "topic": sheet, "other": "NAMES = ['second']\n"}.items():
        path = package / "rnncourse" / "exercises" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    parts = Closure(package, 'from rnncourse.checks import check\ncheck("base", None)\n').parts
    assert "rnncourse.exercises.topic" in parts
    assert "rnncourse.exercises.other" not in parts


@pytest.fixture
def data(package):
    """Stored results with a loader, a system with a stored model, and questions by chapter."""
    files = {
        "results/__init__.py": "def load(name):\n    return f'{name}.json'\n",
        "results/remedies.json": "{}",
        "results/cells.json": "{}",
        "system/__init__.py": "from rnncourse.system.storage import best, scores\n",
        "system/storage.py": "def best(name='plain'):\n    return f'{name}.npz'\n"
        "def scores():\n    return 'results.json'\n",
        "system/stored/plain.npz": "",
        "system/stored/large.npz": "",
        "system/stored/results.json": "{}",
        "second/__init__.py": "from rnncourse.second.storage import scores\n",
        "second/storage.py": "def scores():\n    return 'results.json'\n",
        "lazy/__init__.py": "MODULES = {'best': 'storage'}\n",
        "lazy/storage.py": "def best(name):\n    return f'{name}.npz'\n",
        "lazy/stored/large.npz": "",
        "second/stored/results.json": "{}",
        "checks/__init__.py": "from rnncourse.checks.questions import question\nCHAPTERS = ['remedies', 'cells']\n",
        "checks/questions.py": "def question(chapter, key):\n    return f'{chapter}.json'\n",
        "checks/case.py": "def case(*values):\n    return values\n",
        "sheet.py": "from rnncourse.checks.case import case\nCHAPTER, CASES = '01_first', case(*[1])\n",
        "checks/questions/01_first.json": "{}",
        "checks/questions/02_second.json": "{}",
        "table.py": "",
        "lists.py": 'CHAPTERS = ["remedies", "cells"]\n',
    }
    for name, text in files.items():
        path = package / "rnncourse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("from rnncourse import results\nresults.load('cells')", ["results/cells.json"]),
        ("from rnncourse.results import load\nload('cells')['about']", ["results/cells.json"]),
        ("import rnncourse.results as r\nr.load(name='cells')", ["results/cells.json"]),
        ("import rnncourse.results\nrnncourse.results.load('cells')", ["results/cells.json"]),
        ("from rnncourse import results\nfor n in ['cells', 'other']:\n    results.load(n)", ["results/cells.json"]),
        ("from rnncourse import results\nresults.load('cells')\nprint('remedies')", ["results/cells.json"]),
        ("from rnncourse import parts\nparts.second('cells')", []),
        ("from rnncourse.checks import question\nquestion('01_first', 'a')", ["checks/questions/01_first.json"]),
        ("from rnncourse.checks import CHAPTERS\nprint('cells', CHAPTERS)", []),
        ("from rnncourse import sheet", []),
        ("from rnncourse.lists import CHAPTERS\nprint(CHAPTERS)", []),
        ("from rnncourse import system\nsystem.best('large')", ["system/stored/large.npz"]),
        ("from rnncourse import lazy\nlazy.best('large').double()", ["lazy/stored/large.npz"]),
        ("from rnncourse import table", ["table.csv"]),
        ("print('other.csv')", ["other.csv"]),
        ("print('other')", []),
    ],
)
def test_a_data_file_counts_where_it_is_loaded_and_not_where_its_name_is_said(data, code, loaded):
    files = {path.relative_to(data / "rnncourse").as_posix() for path in Closure(data, code).files}
    also = {"system/stored/plain.npz", "system/stored/results.json"} if "system" in code else set()
    assert files == {*loaded, *also}


def test_data_and_questions_of_a_new_chapter_make_no_other_stale(data):
    code = "from rnncourse import results\nfrom rnncourse.checks import question\n"
    code += "results.load('cells'), question('01_first', 'a')\n"
    before = digest(data, code)
    for name in ("results/new.json", "checks/questions/03_third.json", "checks/third.py", "other.npz"):
        (data / "rnncourse" / name).write_text("")
    assert digest(data, code) == before
    (data / "rnncourse/checks/questions/01_first.json").write_text("[]")
    assert digest(data, code) != before


def test_an_outline_keeps_what_python_reads_and_nothing_else():
    one = outline(ast.parse("def f(x):\n    'what'\n    return f'{x:.2f} and {x!r}'  # why\n"))
    two = outline(ast.parse("def f(\n    x,\n):\n    'what'\n\n    return (f'{x:.2f} a' f'nd {x!r}')\n"))
    assert one == two
    assert one != outline(ast.parse("def f(x):\n    'what else'\n    return f'{x:.2f} and {x!r}'\n"))
    assert one.isascii()
    pieces = [ast.Constant("a{"), ast.Constant(""), ast.Constant("b"), ast.FormattedValue(ast.Name("x"), -1, None)]
    joined = outline(ast.JoinedStr([ast.Constant("a{b"), pieces[-1]]))
    assert outline(ast.JoinedStr(pieces)) == joined, "each Python cuts an f-string into other pieces"
    later = ast.parse("def f(x):\n    pass\n")
    later.body[0].type_params, later.body[0].returns = [], None  # fields that other versions have
    assert outline(later) == outline(ast.parse("def f(x):\n    pass\n"))
