"""One word leads everywhere: chapter, notebook, equations, exercises and tests of a topic name one another."""

import ast
import importlib
import inspect
import re
import sys

import pytest

from rnncourse import reference
from rnncourse.checks.registry import all_exercises, sheets, solution
from tests.course.repository import ROOT
from tools.checks_report import in_package
from tools.project import chapters

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import chapter_map

SHARED = {"05_bptt": ["rnn"], "07_remedies": ["params"]}  # chapters that go on with a module of another chapter
LAYERS = ["rnn", "lstm", "gru"]
EXERCISES = sorted(all_exercises())
CHAPTERS = [path.stem for path in chapters()]
PLANNED = {f"{c.number:02}_{c.topic}" for part in chapter_map.PARTS.values() for c in part} - set(CHAPTERS)


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def docstring(path):
    return ast.get_docstring(ast.parse(text(path))) or ""


def derived():
    """Chapter → the modules of rnncourse/reference that it derives: those whose docstring names it."""
    found = {chapter: [] for chapter in CHAPTERS}
    for path in sorted(ROOT.glob("rnncourse/reference/[a-z]*.py")):
        for number in re.findall(r"[Cc]hapter (\d+)\b", docstring(path)):
            for chapter in CHAPTERS:
                if int(chapter[:2]) == int(number):
                    found[chapter].append(path.stem)
    return found


DERIVED = derived()
PAIRS = [(chapter, module) for table in (DERIVED, SHARED) for chapter in table for module in table[chapter]]


def test_every_chapter_has_its_notebook_and_its_sheet():
    names = [path.stem for path in chapters()]
    unmade = [name for name in names if not (ROOT / f"notebooks/{name}.ipynb").is_file()]
    assert not unmade, f"run `make notebooks NAMES='{' '.join(unmade)}'`"
    assert {sheet.CHAPTER for sheet in sheets()} <= set(names) | PLANNED
    lonely = [chapter for chapter, modules in DERIVED.items() if not modules]
    assert not lonely, f"let the docstring of a module of rnncourse/reference, which has the equations, name {lonely}"


def test_a_sheet_is_called_as_its_chapter():
    for sheet in sheets():
        assert sheet.CHAPTER.partition("_")[2] == sheet.__name__.rpartition(".")[2]


@pytest.mark.parametrize(("chapter", "module"), PAIRS)
def test_chapter_links_the_equations_that_name_it(chapter, module):
    link = f"](../book/api/reference.md#{module})"
    assert link in text(f"book/chapters/{chapter}.md"), f"{chapter} has no link {link[1:]} to the module that names it"
    assert any(module in modules for modules in DERIVED.values()), f"{module}.py names no chapter"


@pytest.mark.parametrize("module", LAYERS)
@pytest.mark.parametrize("folder", ["fast", "torch"])
def test_the_other_forms_of_a_layer_name_the_same_chapter(folder, module):
    number = re.search(r"chapter (\d+)", docstring(f"rnncourse/reference/{module}.py"))[1]
    assert f"chapter {number}" in docstring(f"rnncourse/{folder}/{module}.py").lower()


@pytest.mark.parametrize("module", sorted({module for _, module in PAIRS}))
def test_equations_have_their_tests(module):
    tests = [ROOT / "tests" / "reference" / f"test_{module}.py"]
    assert any(path.is_file() for path in tests), f"no tests/reference/test_{module}.py"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_page_and_the_solution_say_what_the_same_thing_in_the_package_is(name):
    exercise = all_exercises()[name]
    said = solution(name).body
    assert exercise.in_package in said if exercise.in_package else "In the package" not in said
    if exercise.chapter in PLANNED:
        return  # the sheet was there before its page
    page = text(f"book/chapters/{exercise.chapter}.md")
    assert f'check("{name}"' in page, f"{exercise.chapter} has no cell that checks {name}"
    cell = page.rindex("```{code-cell}", 0, page.index(f'check("{name}"'))
    before = page[page.rindex("\n#", 0, cell) : cell]
    if exercise.in_package:
        sentence = in_package(exercise, "../book/api").strip()
        assert sentence in before, f"above the cell of {name}, below its heading, stands: {sentence}"


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
