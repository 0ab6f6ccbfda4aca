"""Every exercise cell of every chapter: as shipped not attempted, with the solution in the stub's place passed."""

import ast

import jupytext
import numpy as np
import pytest

from rnncourse.checks import check, hint, solution
from rnncourse.checks.registry import all_exercises
from tests.course.repository import ROOT

FILES = sorted([*ROOT.glob("book/chapters/*.md"), *ROOT.glob("notebooks/*.ipynb")])


def exercise_cells():
    for path in FILES:
        for cell in jupytext.read(path).cells:
            if cell.cell_type == "code" and "exercise" in cell.metadata.get("tags", []):
                yield pytest.param(path, cell.source, id=f"{path.name}-{checked(cell.source)}")


def checked(source):
    """The exercise that the cell's last line checks."""
    last = ast.parse(source).body[-1]
    return last.value.args[0].value


def not_written(*args):
    raise NotImplementedError


def run(source, partners):
    """The value of the cell's last line; partners: what an earlier cell has defined, where this one works with it."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value)
    space = {"np": np, "check": check, "hint": hint, "solution": solution, **partners}
    exec(compile(tree, "<cell>", "exec"), space)
    return eval(compile(last, "<cell>", "eval"), space)


def with_solution(source, name):
    """The cell with the stub's definition replaced by our code, the rest as it is."""
    stub = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name)
    lines = source.splitlines()
    return "\n".join([*lines[: stub.lineno - 1], all_exercises()[name].solution, *lines[stub.end_lineno :]])


CELLS = list(exercise_cells())


def test_there_are_exercise_cells():
    assert CELLS


@pytest.mark.parametrize(("path", "source"), CELLS)
def test_as_shipped_it_is_not_attempted(path, source):
    partner = all_exercises()[checked(source)].partner
    result = run(source, {partner: not_written} if partner else {})
    assert result.passed is None
    assert result.name in all_exercises()


@pytest.mark.parametrize(("path", "source"), CELLS)
def test_with_the_solution_it_passes(path, source):
    partner = all_exercises()[checked(source)].partner
    written = {partner: all_exercises()[partner].reference} if partner else {}
    result = run(with_solution(source, checked(source)), written)
    assert result.passed is True, str(result)


@pytest.mark.parametrize(("path", "source"), CELLS)
def test_the_stub_has_the_exercises_signature_and_a_docstring(path, source):
    exercise = all_exercises()[checked(source)]
    stub = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == exercise.name)
    assert f"{stub.name}({ast.unparse(stub.args)})" == exercise.call_signature
    assert ast.get_docstring(stub)
    assert exercise.chapter == path.stem


def test_every_exercise_sits_in_its_chapter_once():
    written = {path.stem for path in FILES if path.suffix == ".md"}
    asked = [checked(cell.values[1]) for cell in CELLS if cell.values[0].suffix == ".md"]
    expected = [name for name, exercise in all_exercises().items() if exercise.chapter in written]
    assert sorted(asked) == sorted(expected)
