"""One word leads everywhere: chapter, notebook, equations, exercises and tests of a topic name one another."""

import ast
import importlib
import inspect
import re

import pytest

from rnncourse import reference
from rnncourse.checks.registry import all_exercises, sheets, solution
from tests.course.repository import ROOT
from tools.checks_report import in_package
from tools.project import chapters

# Chapter → the modules of rnncourse/reference that it derives.
DERIVED = {
    "01_sequences": ["sequences"],
    "02_neuron": ["neuron"],
    "03_unfolding": ["unfolding"],
    "04_layer": ["rnn", "readout"],
    "05_bptt": ["bptt", "gradcheck", "rnn"],
    "06_gradients": ["gradients"],
    "07_remedies": ["clipping", "reservoir", "gauss_newton", "optim", "params"],
    "08_truncation": ["truncation"],
    "09_lstm": ["lstm"],
    "10_gru": ["gru"],
    "11_bidirectional": ["bidirectional"],
    "14_captioning": ["captioning", "attention"],
}
HOME = {"rnn": 4, "params": 4}  # where two chapters share a module: the one that its docstring names
LAYERS = ["rnn", "lstm", "gru"]
PAIRS = [(chapter, module) for chapter, modules in DERIVED.items() for module in modules]
EXERCISES = sorted(all_exercises())


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def docstring(path):
    return ast.get_docstring(ast.parse(text(path))) or ""


def test_every_chapter_has_its_notebook_and_its_sheet():
    names = [path.stem for path in chapters()]
    assert [name for name in names if not (ROOT / f"notebooks/{name}.ipynb").is_file()] == []
    assert {sheet.CHAPTER for sheet in sheets()} <= set(names)
    assert set(DERIVED) == set(names), "a chapter derives something: say which modules"


def test_a_sheet_is_called_as_its_chapter():
    for sheet in sheets():
        assert sheet.CHAPTER.partition("_")[2] == sheet.__name__.rpartition(".")[2]


@pytest.mark.parametrize(("chapter", "module"), PAIRS)
def test_chapter_and_equations_name_one_another(chapter, module):
    link = f"](../book/api/reference.md#{module})"
    assert link in text(f"book/chapters/{chapter}.md"), f"{chapter} has no link to the live source of {module}.py"
    number = HOME.get(module, int(chapter[:2]))
    named = re.search(rf"[Cc]hapter {number}\b", docstring(f"rnncourse/reference/{module}.py"))
    assert named, f"{module}.py does not name chapter {number}"


@pytest.mark.parametrize("module", LAYERS)
@pytest.mark.parametrize("folder", ["fast", "torch"])
def test_the_other_forms_of_a_layer_name_the_same_chapter(folder, module):
    number = re.search(r"chapter (\d+)", docstring(f"rnncourse/reference/{module}.py"))[1]
    assert f"chapter {number}" in docstring(f"rnncourse/{folder}/{module}.py").lower()


@pytest.mark.parametrize("module", sorted({module for modules in DERIVED.values() for module in modules}))
def test_equations_have_their_tests(module):
    tests = [ROOT / "tests" / "reference" / f"test_{module}.py"]
    assert any(path.is_file() for path in tests), f"no tests/reference/test_{module}.py"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_page_and_the_solution_say_what_the_same_thing_in_the_package_is(name):
    exercise = all_exercises()[name]
    page = text(f"book/chapters/{exercise.chapter}.md")
    assert f'check("{name}"' in page, f"{exercise.chapter} has no cell that checks {name}"
    cell = page.rindex("```{code-cell}", 0, page.index(f'check("{name}"'))
    before = page[page.rindex("\n#", 0, cell) : cell]
    said = solution(name).body
    if exercise.in_package:
        assert in_package(exercise, "../book/api").strip() in before
        assert exercise.in_package in said
    else:
        assert "In the package" not in said


@pytest.mark.parametrize("name", [name for name in EXERCISES if all_exercises()[name].in_package])
def test_what_is_named_is_public_and_takes_what_is_said(name):
    exercise = all_exercises()[name]
    path, _, arguments = exercise.in_package.rstrip(")").partition("(")
    module, _, called = path.rpartition(".")
    function = getattr(importlib.import_module(module), called)
    if exercise.package:
        assert getattr(reference, called) is function, f"{called} is not public in rnncourse.reference"
    words = [word for word in arguments.split(", ") if not word.startswith("*")]
    named = {word.removesuffix("=…"): None for word in words if word.endswith("=…")}
    inspect.signature(function).bind(*(None for word in words if not word.endswith("=…")), **named)
