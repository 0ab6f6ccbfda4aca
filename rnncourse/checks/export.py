"""Assignments for a class, in Otter-Grader's format: notebooks with stubs for students, tests with hidden cases."""

import json
import pprint
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.registry import all_exercises

PUBLIC_POINTS, HIDDEN_POINTS, HIDDEN_SEEDS = 1, 2, 3

README = """\
# Assignments made from rnncourse's exercises

One folder for each chapter:

- `student/`: the notebook with the stubs, and the public tests. Give this folder out.
- `instructor/`: the notebook with the solutions, and the tests with hidden cases. Keep this folder.

Both the students' and the grading environment need rnncourse and otter-grader.

    cd 03_unfolding/instructor
    otter generate -t tests -r requirements.txt -o autograder.zip --no-config
    otter run -a autograder.zip SUBMISSION.ipynb

Each exercise gives {public} point for its public test and {hidden} for the hidden one, which draws {seeds} other
sets of random cases. The seeds were drawn when this folder was written. The checks were made for learning: whoever
reads the package can see how they work.
"""

TEST = '''\
"""Tests of {name}, written by `python -m rnncourse.checks export`."""

from otter.test_files import test_case

from rnncourse.checks import check

OK_FORMAT = False
name = "{name}"
points = None


def passes({functions}, seed):
    result = {check_call}, seed=seed)
    assert result.passed, str(result)


@test_case(points={public_points})
def test_public({functions}):
    passes({functions}, {public_seed})
'''

HIDDEN = """

@test_case(points={hidden_points}, hidden=True)
def test_hidden({functions}):
    for seed in {hidden_seeds}:
        passes({functions}, seed)
"""


def export_otter(
    folder: Path, chapter: str = "", requirement: str = "rnncourse", seed: int | None = None
) -> list[Path]:
    """Write one assignment for each chapter whose name contains `chapter`.

    Parameters
    ----------
    folder : where to; made if it is not there. Files of an earlier export are replaced.
    requirement : what pip is to install for this package in the grading environment, a git address say.
    seed : of the hidden seeds; None draws new ones.

    Returns the files written.

    Raises
    ------
    ValueError : no chapter's name contains `chapter`.
    """
    rng = np.random.default_rng(seed)
    chapters: dict[str, list[Exercise]] = {}
    for exercise in all_exercises().values():
        if chapter in exercise.chapter:
            chapters.setdefault(exercise.chapter, []).append(exercise)
    if not chapters:
        raise ValueError(f"no chapter's name contains {chapter!r}")
    files = {"README.md": README.format(public=PUBLIC_POINTS, hidden=HIDDEN_POINTS, seeds=HIDDEN_SEEDS)}
    for name, members in chapters.items():
        files[f"{name}/student/{name}.ipynb"] = _notebook(name, members, solved=False)
        files[f"{name}/instructor/{name}.ipynb"] = _notebook(name, members, solved=True)
        files[f"{name}/instructor/requirements.txt"] = f"numpy\n{requirement}\n"
        for exercise in members:
            public, hidden = _tests(exercise, rng)
            files[f"{name}/student/tests/{exercise.name}.py"] = public
            files[f"{name}/instructor/tests/{exercise.name}.py"] = public + hidden
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return [folder / path for path in files]


def _tests(exercise: Exercise, rng: np.random.Generator) -> tuple[str, str]:
    """The public test file, and what the hidden one adds."""
    public_seed, *hidden_seeds = (int(s) for s in rng.integers(1_000_000, size=1 + HIDDEN_SEEDS))
    functions = ", ".join([exercise.name, exercise.partner] if exercise.from_forward else [exercise.name])
    start = exercise.check_call.rstrip(")")
    public = {"name": exercise.name, "check_call": start, "public_points": PUBLIC_POINTS, "public_seed": public_seed}
    hidden = {"hidden_points": HIDDEN_POINTS, "hidden_seeds": pprint.pformat(tuple(hidden_seeds))}
    return TEST.format(functions=functions, **public), HIDDEN.format(functions=functions, **hidden)


def _notebook(chapter: str, members: list[Exercise], *, solved: bool) -> str:
    """The assignment as a notebook: a statement, a cell to write in and a test for each exercise."""
    number, _, topic = chapter.partition("_")
    cells = [
        _cell("markdown", "title", f"# Exercises of chapter {number}, {topic}"),
        _cell("code", "start", f'import otter\n\ngrader = otter.Notebook("{chapter}.ipynb")'),
        _cell("code", "imports", "import numpy as np\n\nfrom rnncourse.checks import check, hint"),
    ]
    for exercise in members:
        shapes = f"{', '.join(exercise.inputs)} → {', '.join(exercise.outputs)}"
        text = f"## `{exercise.signature}`\n\n{textwrap.fill(exercise.statement, 100)}\n\nShapes: {shapes}."
        code = exercise.solution if solved else exercise.stub
        cells += [
            _cell("markdown", f"{exercise.name}-text", text),
            _cell("code", f"{exercise.name}-answer", code.rstrip()),
            _cell("code", f"{exercise.name}-check", exercise.check_call),
            _cell("code", f"{exercise.name}-test", f'grader.check("{exercise.name}")'),
        ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, identity: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": identity.replace("_", "-")[:64], "metadata": {}, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
