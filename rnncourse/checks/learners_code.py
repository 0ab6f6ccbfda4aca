"""What can be seen of a learner's function without running it."""

import dis
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any


def code_of(answer: Any) -> types.CodeType | None:
    """The code behind a function, a partial one, a method or an object that can be called."""
    answer = inspect.unwrap(answer) if hasattr(answer, "__wrapped__") else answer
    while isinstance(answer, functools.partial):
        answer = answer.func
    code = getattr(answer, "__code__", None)
    if code is None:
        code = getattr(vars(type(answer)).get("__call__"), "__code__", None)
    return code if isinstance(code, types.CodeType) else None


def does_nothing(answer: Callable[..., Any]) -> bool:
    """Whether the function's body is only `pass`, `...` or a docstring, so that its None is a stub and not a slip."""
    code = code_of(answer)
    if code is None:
        return True
    parameters = code.co_argcount + code.co_kwonlyargcount + sum(bool(code.co_flags & flag) for flag in (4, 8))  # *, **
    return not code.co_names and code.co_nlocals == parameters and len(code.co_code) <= 8


def from_notebook(answer: Callable[..., Any], kind: type) -> dict[str, Any]:
    """Names and values of this type that the function reads from the notebook: not x.T, where T is a name there too."""
    code, names = code_of(answer), getattr(inspect.unwrap(answer), "__globals__", {})
    return {n: names[n] for n in _read(code) if type(names.get(n)) is kind} if code is not None else {}


def _read(code: types.CodeType) -> list[str]:
    """Global names that the code, or a function written inside it, looks up."""
    own = [i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    inner = (_read(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return list(dict.fromkeys([*own, *(name for names in inner for name in names)]))
