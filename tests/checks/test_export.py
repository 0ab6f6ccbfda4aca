"""Assignments for Otter-Grader, graded by Otter-Grader itself in an environment of its own."""

import ast
import hashlib
import json
import re
import subprocess
import sys
import types
import venv
from pathlib import Path

import nbformat
import pytest

from rnncourse.checks.__main__ import main
from rnncourse.checks.export import HIDDEN_POINTS, PUBLIC_POINTS, export_otter
from rnncourse.checks.registry import all_exercises
from tests.course.repository import ROOT

CHAPTER = "03_unfolding"
NAMES = [name for name, exercise in all_exercises().items() if exercise.chapter == CHAPTER]
FULL = (PUBLIC_POINTS + HIDDEN_POINTS) * len(NAMES)
PACKAGES = ("otter-grader>=6,<8", "ipykernel>=6.29", "numpy>=1.26")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assignments")
    export_otter(folder, seed=0)
    return folder


def test_every_chapter_has_its_two_folders(exported):
    for exercise in all_exercises().values():
        student, instructor = exported / exercise.chapter / "student", exported / exercise.chapter / "instructor"
        public, hidden = (f / "tests" / f"{exercise.name}.py" for f in (student, instructor))
        ast.parse(hidden.read_text(encoding="utf-8"))
        assert "hidden=True" not in public.read_text(encoding="utf-8")
        assert "hidden=True" in hidden.read_text(encoding="utf-8")


def test_notebooks_are_valid_and_only_the_instructors_hold_solutions(exported):
    for path in exported.glob("*/*/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        answers = [c.source for c in notebook.cells if c.id.endswith("-answer")]
        assert answers
        assert all(("raise NotImplementedError" in a) == (path.parent.name == "student") for a in answers), path


def test_hidden_seeds_are_new_in_every_export(tmp_path):
    name = f"{CHAPTER}/instructor/tests/{NAMES[0]}.py"
    for folder in ("first", "second"):
        export_otter(tmp_path / folder, CHAPTER)
    assert (tmp_path / "first" / name).read_text() != (tmp_path / "second" / name).read_text()


def test_the_command_writes_one_chapter(tmp_path, capsys):
    assert main(["export", "--format", "otter", str(tmp_path), "--chapter", CHAPTER]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [CHAPTER, "README.md"]
    assert "README.md" in capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name, exercise in all_exercises().items() if exercise.from_forward])
def test_a_test_takes_the_function_that_an_exercise_works_with(exported, name, monkeypatch):
    """As Otter does it: what a test's arguments are called is looked up among the notebook's names."""
    otter = types.ModuleType("otter.test_files")
    otter.test_case = lambda **options: lambda test: test
    monkeypatch.setitem(sys.modules, "otter.test_files", otter)
    exercise, space = all_exercises()[name], {}
    path = exported / exercise.chapter / "instructor" / "tests" / f"{name}.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    functions = {n: all_exercises()[n].reference for n in (name, exercise.partner)}
    space["test_public"](**functions)
    with pytest.raises(AssertionError, match=r"not right|not judged"):
        space["test_hidden"](**{name: functions[name], exercise.partner: lambda *args: []})


def test_an_unknown_chapter_is_refused(tmp_path):
    with pytest.raises(ValueError, match="99"):
        export_otter(tmp_path, "99")


def test_the_command_lists_exercises_and_prints_stubs(capsys):
    assert main(["list"]) == 0
    assert main(["stub", "rnn_step"]) == 0
    shown = capsys.readouterr().out
    assert "05_bptt" in shown
    assert 'check("rnn_step", rnn_step)' in shown


@pytest.fixture(scope="module")
def otter():
    """Otter's command in an environment that is made once and kept in _build."""
    key = hashlib.sha256(" ".join((*PACKAGES, sys.version)).encode()).hexdigest()[:12]
    folder = ROOT / "_build" / "otter" / key
    done = folder / "complete"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *PACKAGES]
        result = subprocess.run(install, capture_output=True, text=True)
        if result.returncode:
            pytest.skip(f"otter-grader could not be installed: {result.stderr.strip().splitlines()[-1]}")
        (site,) = folder.glob("lib/python3*/site-packages")
        (site / "rnncourse.pth").write_text(f"{ROOT}\n")  # this working copy, as it is
        done.touch()
    return folder / "bin" / "otter"


def grade(otter, instructor: Path, submission: Path, folder: Path) -> dict[str, float]:
    """Points of each test file, as Otter gives them."""
    archive = folder / "autograder.zip"
    generate = [
        otter,
        "generate",
        "-t",
        "tests",
        "-r",
        "requirements.txt",
        "-o",
        archive,
        "--no-config",
        "--no-environment",
    ]
    subprocess.run(generate, cwd=instructor, check=True, capture_output=True, text=True)
    run = [otter, "run", "-a", archive, "-o", folder, "--no-logo", submission]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    points: dict[str, float] = {}
    for test in results["tests"]:
        if "max_score" in test and test["name"] != "Public Tests":
            name = test["name"].split(" - ")[0]
            points[name] = points.get(name, 0.0) + test["score"]
    return points


def with_answer(path: Path, target: Path, name: str, source: str) -> Path:
    """A copy of a notebook with one answer replaced."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (c for c in notebook.cells if c.id == f"{name.replace('_', '-')}-answer")
    cell.source = source
    nbformat.write(notebook, target)
    return target


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_solved_notebook_gets_full_marks(otter, exported, tmp_path):
    instructor = exported / CHAPTER / "instructor"
    points = grade(otter, instructor, instructor / f"{CHAPTER}.ipynb", tmp_path)
    assert points == dict.fromkeys(NAMES, float(PUBLIC_POINTS + HIDDEN_POINTS))
    assert sum(points.values()) == FULL


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_wrong_answer_loses_its_points_and_no_others(otter, exported, tmp_path):
    instructor = exported / CHAPTER / "instructor"
    wrong = "def rnn_step(x_t, h_prev, W, R, b):\n    return np.tanh(x_t @ W.T) + np.tanh(h_prev @ R.T) + np.tanh(b)\n"
    submission = with_answer(instructor / f"{CHAPTER}.ipynb", tmp_path / f"{CHAPTER}.ipynb", "rnn_step", wrong)
    points = grade(otter, instructor, submission, tmp_path)
    assert points["rnn_step"] == 0
    assert 0 < sum(points.values()) == FULL - PUBLIC_POINTS - HIDDEN_POINTS


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_answer_fitted_to_the_public_cases_loses_the_hidden_points(otter, exported, tmp_path):
    instructor = exported / CHAPTER / "instructor"
    test = (instructor / "tests" / "tied_gradient.py").read_text(encoding="utf-8")
    public_seed = int(re.search(r"passes\(tied_gradient, (\d+)\)", test)[1])
    fitted = (
        "from rnncourse.checks.registry import all_exercises\n\n"
        "def tied_gradient(dR_per_step):\n"
        '    exercise = all_exercises()["tied_gradient"]\n'
        f"    for case in exercise.draw({public_seed}):\n"
        "        if np.array_equal(case.args[0], dR_per_step):\n"
        "            return exercise.expected(case)\n"
        "    return dR_per_step.mean(axis=0)\n"
    )
    submission = with_answer(instructor / f"{CHAPTER}.ipynb", tmp_path / f"{CHAPTER}.ipynb", "tied_gradient", fitted)
    points = grade(otter, instructor, submission, tmp_path)
    assert points["tied_gradient"] == PUBLIC_POINTS
    assert sum(points.values()) == FULL - HIDDEN_POINTS


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_untouched_notebook_gets_nothing(otter, exported, tmp_path):
    folder = exported / CHAPTER
    points = grade(otter, folder / "instructor", folder / "student" / f"{CHAPTER}.ipynb", tmp_path)
    assert sum(points.values()) == 0
