"""Whole systems of Part IV, a folder each: a model, its training, its decoding, a command and a stored model.

The files of a system are called alike: model.py (the network), training.py, decoding.py and scoring.py (what comes out
and how good it is), storage.py (one small file; checkpoint.py has what all of them share), command.py and __main__.py
(python -m rnncourse.systems.NAME; program.py and options.py), live.py (the stored model in NumPy alone), page.py (what
a page shows of it) and stored/ (weights, the record of how they were made, results.json; records.py says what is in the
two, weights.py reads the weights without PyTorch). Of decoding.py, scoring.py, live.py and page.py it has what it
needs. Importing a system imports no PyTorch; using its names does.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__`: each name is imported from its module when first asked for."""

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return get, lambda: sorted(modules)
