"""How often does an answer call np.tanh? The answer gets another `np`, which counts; NumPy itself is not touched."""

import builtins
import contextlib
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np


def counted(answer: Callable[..., Any]) -> tuple[Callable[..., Any], Counter[str]]:
    """The same function with a count of what it calls of NumPy, by name ("tanh"), in it and in the helpers it calls.

    A copy: the code is the learner's, the names that it looks up are its own again. An answer that is not written in
    Python (a partial function, an object) is returned as it is and counts nothing.
    """
    counter: Counter[str] = Counter()
    copies: dict[int, Any] = {}

    def seen(value: Any) -> Any:
        """What stands behind a name, made to count."""
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] == "numpy":
            return _Module(value, seen)
        if isinstance(value, np.ufunc) or (_from_numpy(value) and callable(value) and not isinstance(value, type)):
            return _Function(value, counter)
        if isinstance(value, types.FunctionType) and not _from_numpy(value):
            return copies[id(value)] if id(value) in copies else copy_of(value)
        return value

    def copy_of(function: types.FunctionType) -> types.FunctionType:
        names: dict[str, Any] = {"__builtins__": builtins}
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        copy = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells or None)
        copy.__kwdefaults__ = function.__kwdefaults__
        copies[id(function)] = copy  # before its names are read: it may call itself
        wanted = _names(function.__code__)
        names |= {name: seen(value) for name, value in function.__globals__.items() if name in wanted}
        for new, old in zip(cells, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # a name that has no value yet
                new.cell_contents = seen(old.cell_contents)
        return copy

    return (copy_of(answer) if isinstance(answer, types.FunctionType) else answer), counter


def _from_numpy(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).partition(".")[0] == "numpy"


def _names(code: types.CodeType) -> set[str]:
    """Every name that the code, or a function written inside it, looks up."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_names(constant) for constant in inner))


class _Module:
    """A module of NumPy whose functions count."""

    def __init__(self, module: types.ModuleType, seen: Callable[[Any], Any]) -> None:
        self._module, self._seen = module, seen

    def __getattr__(self, name: str) -> Any:
        return self._seen(getattr(self._module, name))


class _Function:
    """A function of NumPy that counts its calls; np.add.reduce and the like go through uncounted."""

    def __init__(self, function: Callable[..., Any], counter: Counter[str]) -> None:
        self._function, self._counter = function, counter

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._counter[self._function.__name__] += 1
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)
