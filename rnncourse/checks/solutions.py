"""A function of the package as a notebook can run it: its source, and the imports and helpers that it needs."""

import ast
import builtins
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.slip import source_of


def needed(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """What a notebook needs to run a function: import lines, then sources, what is called first before what calls it.

    A private function of the same module comes along as source: it is nobody's business to import it.
    """
    imports, sources, space = set(), [], inspect.unwrap(function).__globals__
    for name in sorted(_free_names(function)):
        value = space[name]
        if name.startswith("_") and inspect.isfunction(value):
            more, before = needed(value)
            imports |= set(more)
            sources += [source for source in before if source not in sources]
        elif value is np.ndarray:  # the sheet's short name for it
            imports |= {"import numpy as np", f"{name} = np.ndarray"}
        else:
            imports.add(_import_line(name, function))
    return sorted(imports, key=lambda line: (" = " in line, line)), [*sources, source_of(function)]


def _free_names(function: Callable[..., Any]) -> set[str]:
    """Names that the source takes from its module."""
    used = {node.id for node in ast.walk(ast.parse(source_of(function))) if isinstance(node, ast.Name)}
    space = inspect.unwrap(function).__globals__
    return {n for n in used if n in space and n != function.__name__ and not hasattr(builtins, n)}


def _import_line(name: str, function: Callable[..., Any]) -> str:
    value = inspect.unwrap(function).__globals__[name]
    if isinstance(value, types.ModuleType):
        package, _, last = value.__name__.rpartition(".")
        if package and last == name:
            return f"from {package} import {name}"
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    home = getattr(value, "__module__", None)
    named = getattr(value, "__name__", None) == name and isinstance(home, str)
    return f"from {home if named else function.__module__} import {name}"
