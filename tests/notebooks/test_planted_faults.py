"""Proof that the comparison compares: a fault planted in a copy of a notebook makes the run fail and names the file."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from rnncourse.claims import MIME, Claim
from tests.notebooks.drawn import a_pixel_lower, decoded, encoded, turned, white, without_its_line
from tools.project import NOTEBOOKS, ROOT
from tools.without_torch import INSTALLED, uses_torch

SMALL = [
    "import numpy as np\nfrom rnncourse.claims import claim",
    "print(1 + 1)",
    "np.arange(3)",
    'claim("Two is even.", measured=2, tolerance=0, holds=2 % 2 == 0)',
    'claim("Three is more than two.", measured={"three": [3.0, 4.0, 2.0], "two": 2.0}, holds=3 > 2, tolerance=0.2)',
    "import matplotlib.pyplot as plt\n_ = plt.plot([0, 3, 1, 2]), plt.ylim(0, 4)",
    "_ = plt.bar([0, 1], [2, 3])",
]
TIMED_CELL = 6


def run(folder):
    """nbval with the settings of pyproject.toml and conftest.py, on the notebooks of a folder."""
    shutil.copy(ROOT / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    command += ["-c", str(ROOT / "pyproject.toml"), "-o", "testpaths=", "--color=no", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=250)
    return result.returncode, result.stdout + result.stderr


def as_stored(notebook):
    pass


def wrong_stream(notebook):
    notebook.cells[1].outputs[0].text = "3\n"


def wrong_value(notebook):
    notebook.cells[2].outputs[0].data["text/plain"] = "array([0, 1, 3])"


def deleted_output(notebook):
    notebook.cells[2].outputs = []


def counted_otherwise(notebook):
    measured(notebook, lambda claim: claim["rows"][0].update(numbers=[3]), cell=3)


def broken_claim(notebook):
    notebook.cells[3].source = notebook.cells[3].source.replace("== 0", "== 1")


def measured(notebook, change, cell=4):
    """A claim's data changed, and its text and HTML as these data give them."""
    data = notebook.cells[cell].outputs[0].data
    change(data[MIME])
    data.update(Claim.from_stored(data[MIME])._repr_mimebundle_())


def number_off_by_more(notebook):
    measured(notebook, lambda claim: claim["rows"][1].update(numbers=[2.21]))


def changed_statement(notebook):
    measured(notebook, lambda claim: claim.update(statement="Three is more than four."))


def claim_not_stored(notebook):
    notebook.cells[4].outputs = []


def claim_not_made(notebook):
    notebook.cells[4].source += "\nNone"


def another_claim_made(notebook):
    notebook.cells[4].source = notebook.cells[3].source


def text_that_is_not_the_numbers(notebook):
    html = notebook.cells[4].outputs[0].data["text/html"]
    notebook.cells[4].outputs[0].data["text/html"] = html.replace("mean 3", "mean 4")


def picture(notebook, change, cell=5):
    data = notebook.cells[cell].outputs[0].data
    data["image/png"] = encoded(change(decoded(data["image/png"])))


def white_picture(notebook):
    picture(notebook, white)


def picture_without_its_line(notebook):
    picture(notebook, without_its_line)


def picture_not_stored(notebook):
    del notebook.cells[5].outputs[0].data["image/png"]


def picture_not_drawn(notebook):
    words = notebook.cells[5].outputs[0].data["text/plain"]
    notebook.cells[5].source = f"import matplotlib.pyplot as plt\ndisplay({{'text/plain': {words!r}}}, raw=True)"


def white_picture_of_times(notebook):
    picture(notebook, white, TIMED_CELL)


def small_changes(notebook):
    """A number within its tolerance, a drawing a pixel lower, other times."""
    measured(notebook, lambda claim: claim["rows"][1].update(numbers=[2.19]))
    picture(notebook, a_pixel_lower)
    picture(notebook, turned, TIMED_CELL)


SOUND = [as_stored, small_changes]
FAULTS = [wrong_stream, wrong_value, deleted_output, counted_otherwise, broken_claim]
FAULTS += [number_off_by_more, changed_statement, text_that_is_not_the_numbers]
FAULTS += [claim_not_stored, claim_not_made, another_claim_made]
FAULTS += [white_picture, picture_without_its_line, picture_not_stored, picture_not_drawn, white_picture_of_times]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What nbval says of a small notebook, executed as the pipeline would, and of copies with one fault each."""
    folder = tmp_path_factory.mktemp("planted")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SMALL])
    notebook.cells[TIMED_CELL].metadata.tags = ["measures-time"]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for fault in SOUND + FAULTS:
        copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
        fault(copy)
        nbformat.write(copy, folder / f"{fault.__name__}.ipynb")
    status, text = run(folder)
    assert status == 1, text
    return text


def test_the_notebook_as_stored_and_within_tolerance_passes(report):
    assert not [change for change in SOUND if f"FAILED {change.__name__}.ipynb" in report], report
    passing = len(SMALL) * (len(SOUND) + len(FAULTS)) - len(FAULTS)
    assert f"{len(FAULTS)} failed, {passing} passed" in report, report


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found_and_its_file_named(report, fault):
    assert f"FAILED {fault.__name__}.ipynb::Cell" in report, report


def fastest():
    """The stored chapter that takes least time, of those that can run here."""
    can = [path for path in NOTEBOOKS.glob("*.ipynb") if INSTALLED or not uses_torch(path)]
    timed = [(nbformat.read(path, as_version=4).metadata.rnncourse.seconds, path) for path in can]
    return min(timed)[1] if timed else None


@pytest.mark.slow
@pytest.mark.skipif(fastest() is None, reason="no chapter is stored that can run here")
def test_fault_planted_in_a_chapter_is_found(tmp_path):
    notebook = nbformat.read(fastest(), as_version=4)
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if "text/plain" in output.get("data", {}) and "nbval-ignore-output" not in cell.metadata.get("tags", []):
                output.data["text/plain"] += " and more"
                notebook.cells = notebook.cells[: index + 1]
                nbformat.write(notebook, tmp_path / fastest().name)
                status, text = run(tmp_path)
                assert status == 1, text
                assert "1 failed" in text, text
                assert fastest().name in text, text
                return
    pytest.fail(f"{fastest().name} shows no value at all")
