"""Who may import whom: read from the source of every module, so that a lazy import cannot hide."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rnncourse

PACKAGE = Path(rnncourse.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# Which packages outside the standard library a part may import when it is imported (always its own modules too).
AT_IMPORT = {
    "": set(),  # modules directly in rnncourse/
    "reference": {"numpy"},
    "fast": {"numpy", "rnncourse.reference"},
    "checks": {"numpy", "rnncourse.reference"},
    "plots": {"numpy", "matplotlib", "rnncourse.reference"},
    "widgets": {"numpy", "matplotlib", "rnncourse.reference", "rnncourse.plots"},
    "data": {"numpy", "tqdm"},
    "torch": {"torch", "numpy", "rnncourse.reference.params", "tqdm", "safetensors"},
}
# What it may import beyond that, inside the function that needs it.
LAZILY = {
    "checks": {"torch", "IPython"},
    "widgets": {"ipywidgets", "IPython"},
    "torch": {"triton"},
}
# An application on top of the layers, not a layer: it joins models and data, and data never imports torch.
APPLICATIONS = {"rnncourse.torch.captioning": {"rnncourse.data"}}
ANY_LAZILY = {"data"}  # the packages that ship a data set


def part_of(path):
    return path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else ""


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source, module, is_package=False):
    """Pairs (imported module, is it lazy: inside a function) of a module's source; `from a import b` counts as a.b."""
    found = []

    def visit(node, lazy):
        if isinstance(node, ast.Import):
            found.extend((alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: None if is_package and node.level == 1 else -node.level + is_package]
                base = ".".join([*package, *filter(None, [base])])
            found.extend((f"{base}.{alias.name}", lazy) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(ast.parse(source), False)
    return found


def allowed(name, lazy, part, module=""):
    """May this module, of this part, import the module `name`?"""

    def within(package):
        return name == package or name.startswith(f"{package}.")

    if name.split(".")[0] in sys.stdlib_module_names or within("rnncourse.claims"):
        return True
    if part and within(f"rnncourse.{part}"):
        return True
    if any(map(within, AT_IMPORT[part])):
        return True
    if any(map(within, set().union(*(more for top, more in APPLICATIONS.items() if module.startswith(top))))):
        return True
    if not lazy:
        return False
    outside = name.split(".")[0] != "rnncourse" and name.split(".")[0] != "torch"
    return any(map(within, LAZILY.get(part, ()))) or (part in ANY_LAZILY and outside)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_part_may(path):
    part = part_of(path)
    assert part in AT_IMPORT, f"{name_of(path)}: no import rule for rnncourse/{part}"
    module = name_of(path)
    found = imports_of(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    wrong = [f"{name}{' (lazily)' if lazy else ''}" for name, lazy in found if not allowed(name, lazy, part, module)]
    assert not wrong, f"{module} may not import {', '.join(wrong)}"


@pytest.mark.parametrize(
    ("source", "part", "fine"),
    [
        ("import numpy as np", "reference", True),
        ("from rnncourse.reference.ops import sigmoid", "reference", True),
        ("import torch", "reference", False),
        ("def f():\n    import torch", "reference", False),
        ("from rnncourse.fast import lstm_forward", "reference", False),
        ("from rnncourse import fast", "reference", False),
        ("from ..fast import lstm", "reference", False),
        ("from .ops import sigmoid", "reference", True),
        ("import scipy", "fast", False),
        ("def f():\n    import torch", "checks", True),
        ("import torch", "checks", False),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", "checks", False),
        ("from rnncourse.reference.params import Params", "torch", True),
        ("from rnncourse.reference import Params", "torch", False),
        ("from rnncourse.reference.lstm import lstm_step", "torch", False),
        ("import ipywidgets", "widgets", False),
        ("def f():\n    import ipywidgets", "widgets", True),
        ("def f():\n    import emoji", "data", True),
        ("def f():\n    from rnncourse.torch import fit", "data", False),
        ("import json, pathlib", "", True),
        ("import numpy", "", False),
    ],
)
def test_the_rule_itself_sees_what_it_should(source, part, fine):
    found = imports_of(source, f"rnncourse.{part}.module".replace("..", "."))
    assert all(allowed(name, lazy, part) for name, lazy in found) is fine


@pytest.mark.parametrize(
    "statement", ["import rnncourse", "import rnncourse.reference, rnncourse.fast, rnncourse.checks"]
)
def test_importing_the_package_imports_no_torch(statement):
    code = f"{statement}; import sys; raise SystemExit('torch imported' if 'torch' in sys.modules else 0)"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_importing_the_package_imports_nothing_that_has_to_be_installed():
    code = (
        "import sys; before = set(sys.modules); import rnncourse; "
        "print(*{m.split('.')[0] for m in set(sys.modules) - before} - sys.stdlib_module_names - {'rnncourse'})"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.split() == []
