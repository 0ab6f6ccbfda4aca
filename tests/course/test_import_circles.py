"""No module of the package needs, by any road, a module that needs it: who reads one can read downwards to the end.

Every import counts, whether it runs when the module is loaded, inside a function, or only for a type checker: a reader
follows them all. So does import_module with a name that is written out; a name that is computed, as the registry of
exercises does, is nobody's to follow. A package's __init__ counts where a name is taken from it, not because Python
loads it on the way to a module inside.
"""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.course.repository import ROOT


def imported(tree, package):
    """Dotted names that may be modules: for `from a.b import c` both a.b.c and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ([alias.name] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, node.module] if node.module else above)
            yield from ([f"{source}.{alias.name}", source] for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield [ast.literal_eval(a) for a in node.args[:1] if isinstance(a, ast.Constant)]


def import_graph(root):
    """Module → the modules of the package in `root` that it imports."""
    files = {}
    for path in sorted((root / "rnncourse").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph = {}
    for module, path in files.items():
        package = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
        wanted = imported(ast.parse(path.read_text(encoding="utf-8")), package)
        graph[module] = {next((n for n in names if n in files), module) for names in wanted} - {module}
    return graph


def circle(graph):
    """A circle in words, "" where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " imports ".join(reversed(error.args[1]))
    return ""


def test_no_import_runs_in_a_circle():
    found = circle(import_graph(ROOT))
    assert not found, f"imports run in a circle: {found}"


@pytest.mark.parametrize(
    "back",
    [
        "from .one import first",
        "import rnncourse.parts.one",
        "def second():\n    from rnncourse.parts import one\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from rnncourse.parts.one import first\n",
        "from . import first",
        "import importlib\nfirst = importlib.import_module('rnncourse.parts.one')",
    ],
    ids=["load", "plain", "function", "type", "package", "called"],
)
def test_a_planted_circle_is_found_and_named(tmp_path, back):
    files = {
        "__init__.py": "",
        "parts/__init__.py": "from rnncourse.parts.one import first\n",
        "parts/one.py": "from rnncourse.parts import two\n",
        "parts/two.py": "x = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / "rnncourse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert circle(import_graph(tmp_path)) == ""
    (tmp_path / "rnncourse/parts/two.py").write_text(back)
    found = circle(import_graph(tmp_path))
    assert {"rnncourse.parts.one", "rnncourse.parts.two"} <= set(found.split(" imports "))
