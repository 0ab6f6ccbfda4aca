"""Proof that the comparison compares: a fault planted in a copy of a notebook makes the run fail and names the file."""

import json
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from rnncourse.claims import MIME
from tools.project import NOTEBOOKS, ROOT

SMALL = [
    "import numpy as np\nfrom rnncourse.claims import claim",
    "print(1 + 1)",
    "np.arange(3)",
    'claim("Two is even.", value="2", holds=2 % 2 == 0)',
]


def run(folder):
    """nbval with the settings of pyproject.toml, on the notebooks of a folder."""
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


def wrong_claim_value(notebook):
    notebook.cells[3].outputs[0].data[MIME]["value"] = "4"


def broken_claim(notebook):
    notebook.cells[3].source = notebook.cells[3].source.replace("== 0", "== 1")


FAULTS = [wrong_stream, wrong_value, deleted_output, wrong_claim_value, broken_claim]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What nbval says of a small notebook, executed as the pipeline would, and of copies with one fault each."""
    folder = tmp_path_factory.mktemp("planted")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SMALL])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for fault in [as_stored, *FAULTS]:
        copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
        fault(copy)
        nbformat.write(copy, folder / f"{fault.__name__}.ipynb")
    status, text = run(folder)
    assert status == 1, text
    return text


def test_the_notebook_as_stored_passes(report):
    assert "FAILED as_stored.ipynb" not in report
    assert f"{len(FAULTS)} failed, {len(SMALL) * (1 + len(FAULTS)) - len(FAULTS)} passed" in report, report


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found_and_its_file_named(report, fault):
    assert f"FAILED {fault.__name__}.ipynb::Cell" in report, report


def fastest():
    """The stored chapter that takes least time, where there is one with a printed number."""
    timed = [(nbformat.read(path, as_version=4).metadata.rnncourse.seconds, path) for path in NOTEBOOKS.glob("*.ipynb")]
    return min(timed)[1] if timed else None


@pytest.mark.slow
@pytest.mark.skipif(fastest() is None, reason="no chapter is stored yet")
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
