"""Runs a learner's function and survives it: exceptions, endless loops, printing, a changed NumPy or generator.

All that is the learner's happens in here and under the time limit: the call, looking at what it returned (plain.py),
the text of its exception.
"""

import functools
import inspect
import linecache
import time
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.checks import numpy_identity
from rnncourse.checks.deadline import OutOfTime, within
from rnncourse.checks.plain import holds_tensor, plain
from rnncourse.checks.printed import Printed

# What NumPy does about 1/0, exp(1000) … when nobody has changed it: the notebook's np.seterr is none of ours.
ERRORS: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
MANY_LINES = 10_000
# Read past a class's own metaclass, whose code is the learner's.
_NAME, _MRO = type.__dict__["__name__"].__get__, type.__dict__["__mro__"].__get__


@dataclass(frozen=True)
class Failure:
    """An exception, in words: the names of its class and of those above it, its text, the learner's line and place."""

    kinds: tuple[str, ...]
    text: str
    line: str = ""
    where: str = ""
    function: str = ""  # that raised it, where it is not the learner's own but one that this one calls

    @property
    def message(self) -> str:
        place = f"\n{self.where}:  {self.line}" if self.where else ""
        return f"Your function raised {self.kinds[0]}: {self.text}{place}"


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the reason that there is none."""

    kind: str  # "value", "stub", "error", "time"
    value: Any = None
    message: str = ""
    error: Failure | None = None
    printed: str = ""
    touched_random: bool = False
    replaced: tuple[str, ...] = ()
    tensor: bool = False  # returned where an array is asked for, and taken as one


def call(
    answer: Callable[..., Any], args: tuple[Any, ...], seconds: float, whose: Callable[..., Any] | None = None
) -> Outcome:
    """Call the answer once. Only KeyboardInterrupt, the learner's own stop, passes through.

    whose : the learner's function, where it is called from inside the answer: exceptions are told in its lines.
    """
    kind, value, error, tensor, before = "time", None, None, False, generator_state()

    def run() -> None:
        nonlocal kind, value, error, tensor
        try:
            returned = answer(*args)
            value, tensor = plain(returned), holds_tensor(returned)
            kind = "value"
        except NotImplementedError as caught:
            error = describe(caught, whose or answer)
            kind = "stub"
        except (OutOfTime, KeyboardInterrupt):
            raise
        except BaseException as caught:
            error = describe(caught, whose or answer)
            kind = "error"

    started = time.monotonic()
    with warnings.catch_warnings(), np.errstate(**ERRORS), Printed() as printed:
        warnings.simplefilter("ignore")
        try:
            within(seconds, run)
        except OutOfTime:
            kind = "time"
    if time.monotonic() - started > seconds:  # however it ended, also where it swallowed the alarm
        kind = "time"
    after = generator_state()
    touched = before[2] != after[2] or not np.array_equal(before[1], after[1])
    message = _late(seconds, printed.lines) if kind == "time" else ""
    message = error.message if kind == "error" and error is not None else message
    return Outcome(
        kind,
        value if kind == "value" else None,
        message,
        error if kind != "time" else None,
        printed.text.encode("utf-8", "replace").decode(),
        touched,
        tuple(numpy_identity.restore()),
        tensor,
    )


def generator_state() -> Any:
    """Of the generator that all code shares."""
    return np.random.get_state()  # noqa: NPY002 - looked at, never used


def _late(seconds: float, lines: int) -> str:
    late = f"Your function did not return within {max(seconds, 0.1):.1f} seconds".replace(".0 ", " ")
    if lines > MANY_LINES:
        return f"{late}. It has printed {lines:,} lines, which takes time: try it without, or look for an endless loop."
    return f"{late}: is there a loop that never ends?"


def quietly(function: Callable[[], Any], default: Any, seconds: float = 1.0) -> Any:
    """What function() gives, or the default: for looks at an answer that run a piece of its code, a property say."""
    found = default

    def run() -> None:
        nonlocal found
        try:
            found = function()
        except (OutOfTime, KeyboardInterrupt):
            raise
        except BaseException:
            found = default

    with warnings.catch_warnings(), Printed():
        warnings.simplefilter("ignore")
        try:
            within(seconds, run)
        except OutOfTime:
            return default
    return found


def describe(error: BaseException, answer: Callable[..., Any]) -> Failure:
    """The exception, and the line of the learner's own code that raised it. Called inside the guard."""
    text, failed = _tried(lambda: str(error)[:2000].encode("utf-8", "replace").decode())
    if failed:
        text = f"(its text cannot be shown: it raises {failed})"
    kinds, (code, _) = tuple(_NAME(kind) for kind in _MRO(type(error))), _tried(lambda: code_of(answer))
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    if not own or code is None:
        return Failure(kinds, text)
    deepest = frames[-1].name
    function = "" if deepest == code.co_name or deepest.startswith("<") else deepest
    last = own[-1]
    line = linecache.getline(last.filename, last.lineno or 0).strip() or (last.line or "")
    number = (last.lineno or 0) - code.co_firstlineno + 1
    inside = f" (in {last.name})" if last.name != code.co_name else ""
    where = f"in line {number} of your function{inside}" if number > 0 else f"in {last.name}"
    return Failure(kinds, text, line, where, function)


def _tried(look: Callable[[], Any]) -> tuple[Any, str]:
    """What a look at something of the learner's gives, or None and the name of the exception: it may do anything."""
    try:
        return look(), ""
    except (OutOfTime, KeyboardInterrupt):
        raise
    except BaseException as error:
        return None, type(error).__name__


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


def global_arrays(answer: Callable[..., Any]) -> list[str]:
    """Names of the notebook's own arrays that the function reads."""
    code, names = code_of(answer), getattr(inspect.unwrap(answer), "__globals__", {})
    return [n for n in code.co_names if isinstance(names.get(n), np.ndarray)] if code is not None else []
