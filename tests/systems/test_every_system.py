"""What holds for each folder of rnncourse/systems, none named here: its files, its stored models, its command."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys

import pytest

from rnncourse.systems import records
from tests.course.repository import ROOT
from tools.results import state_of_system

FOLDERS = sorted(path.parent for path in ROOT.glob("rnncourse/systems/*/__init__.py"))
MODELS = sorted(ROOT.glob("rnncourse/systems/*/stored/*.safetensors"))
FILES = ("__init__.py", "__main__.py", "model.py", "training.py", "storage.py", "command.py")
each_system = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_model = pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")


def command_of(folder):
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    return importlib.import_module(f"rnncourse.systems.{folder.name}.command")


def chapter_of(folder):
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    return int(re.match(r"Chapter (\d+): ", said)[1])


def status(command, given):
    """The exit status of a command, whether it returns it or ends with it."""
    try:
        return command.main(given)
    except SystemExit as ended:
        return ended.code


def test_there_are_systems():
    assert FOLDERS


@each_system
def test_it_has_its_files_and_names_its_chapter(folder):
    missing = [name for name in FILES if not (folder / name).is_file()]
    assert not missing, f"{folder.name} has no {', '.join(missing)}; rnncourse/systems/__init__.py says what they are"
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert re.match(r"Chapter \d+: ", said), f"{folder.name}: its docstring begins with “Chapter N: ”"


@each_system
def test_every_name_that_it_lists_is_there(folder):
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    system = importlib.import_module(f"rnncourse.systems.{folder.name}")
    missing = [name for name in dir(system) if not hasattr(system, name)]
    assert not missing, f"{folder.name} lists names that its modules do not have: {missing}"
    assert set(system.__all__) == set(system.MODULES)


@each_system
def test_its_stored_models_are_scored(folder):
    if not (folder / "stored").is_dir() and not any(ROOT.glob(f"notebooks/{chapter_of(folder):02}_*.ipynb")):
        return  # a system may stand before its page, which is what its models are trained for
    state = state_of_system(folder)
    assert state == "current", f"{folder.name}: {state}; `evaluate --out` writes stored/results.json"


@each_model
def test_a_stored_model_is_small_and_has_its_record(path):
    assert path.stat().st_size <= 5_000_000, f"{path.name}: {path.stat().st_size:,} bytes, 5,000,000 at most"
    file = path.with_suffix(".json")
    assert file.is_file(), f"{path.name}: `train` wrote a record beside it: copy it too"
    missing = [key for key in records.RECORD if key not in json.loads(file.read_text(encoding="utf-8"))]
    assert not missing, f"{file.name} does not say {missing}: see rnncourse/systems/records.py"


@each_system
@pytest.mark.parametrize(
    ("command", "options"),
    [("train", ["--out", "--seed", "--device", "--resume"]), ("evaluate", ["--out", "--device"])],
)
def test_its_command_takes_what_every_system_takes(folder, command, options, capsys):
    assert status(command_of(folder), [command, "--help"]) == 0
    shown = capsys.readouterr().out
    missing = [option for option in options if option not in shown]
    assert not missing, f"{folder.name} {command} has no {' '.join(missing)}"


@each_system
def test_a_model_that_is_not_there_is_one_line(folder, tmp_path, capsys):
    status = command_of(folder).main(["evaluate", str(tmp_path / "none.safetensors"), "--device", "cpu"])
    said = capsys.readouterr().err
    assert (status, said.count("\n")) == (2, 1), f"{folder.name}: ended with {status} and said {said!r}"


@each_system
def test_without_torch_its_program_says_so_in_one_line(folder, tmp_path):
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\")\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT), *sys.path])
    command = [sys.executable, "-m", f"rnncourse.systems.{folder.name}", "evaluate"]
    found = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
    assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
    assert "torch" in found.stderr
    assert "pip install" in found.stderr
