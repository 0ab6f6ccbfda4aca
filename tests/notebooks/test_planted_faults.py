"""Proof that the comparison compares: a fault planted in a copy of a notebook makes the run fail and names the file."""

import json
import subprocess
import sys

import nbformat
import pytest

from rnncourse.claims import MIME
from tools.project import NOTEBOOKS, ROOT

SMALL = [
    "import numpy as np\nfrom rnncourse.claims import claim",
    "print(1 + 1)",
    "np.arange(3)",
    'claim("Two is even.", value="2", holds=2 % 2 == 0)',
]


def run(notebook, path):
    """nbval with the settings of pyproject.toml, on one notebook."""
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={path.parent}"]
    command += ["-c", str(ROOT / "pyproject.toml"), "-o", "testpaths=", "--color=no", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=path.parent, timeout=250)
    return result.returncode, result.stdout + result.stderr


@pytest.fixture(scope="module")
def small():
    """A small notebook, executed as the pipeline would."""
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SMALL])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def copy_of(notebook):
    return nbformat.from_dict(json.loads(json.dumps(notebook)))


def test_the_notebook_as_stored_passes(small, tmp_path):
    status, text = run(copy_of(small), tmp_path / "as_stored.ipynb")
    assert status == 0, text
    assert "4 passed" in text


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


@pytest.mark.parametrize("fault", [wrong_stream, wrong_value, deleted_output, wrong_claim_value, broken_claim])
def test_planted_fault_is_found(small, tmp_path, fault):
    notebook = copy_of(small)
    fault(notebook)
    status, text = run(notebook, tmp_path / "planted.ipynb")
    assert status == 1, text
    assert "1 failed" in text, text
    assert "planted.ipynb" in text, text


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
                status, text = run(notebook, tmp_path / fastest().name)
                assert status == 1, text
                assert "1 failed" in text, text
                assert fastest().name in text, text
                return
    pytest.fail(f"{fastest().name} shows no value at all")
