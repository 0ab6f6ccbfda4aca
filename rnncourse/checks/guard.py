"""Runs a learner's function and survives it: exceptions, endless loops, printing, a changed global generator."""

import contextlib
import inspect
import io
import linecache
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


class OutOfTime(BaseException):
    """Raised inside the answer when its time is over. Not an Exception, so that `except Exception` lets it through."""


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the reason that there is none."""

    kind: str  # "value", "stub", "error", "time"
    value: Any = None
    message: str = ""
    error: BaseException | None = None
    printed: str = ""
    touched_random: bool = False


class _FirstLines(io.StringIO):
    """Keeps the first 2,000 characters; an endless print must not fill the memory."""

    def write(self, text: str) -> int:
        if self.tell() < 2000:
            super().write(text)
        return len(text)


def call(answer: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Outcome:
    """Call the answer once. Only KeyboardInterrupt, the learner's own stop, passes through."""
    printed = _FirstLines()
    before: Any = np.random.get_state()  # noqa: NPY002 - looked at, never used
    kind, value, message, error = "value", None, "", None
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(), np.errstate(), time_limit(seconds):
            warnings.simplefilter("ignore")
            value = answer(*args)
    except NotImplementedError:
        kind = "stub"
    except OutOfTime:
        kind, message = (
            "time",
            f"Your function did not return within {seconds:.0f} seconds: is there a loop that never ends?",
        )
    except KeyboardInterrupt:
        raise
    except BaseException as caught:
        kind, message, error = "error", _describe(caught, answer), caught
    after: Any = np.random.get_state()  # noqa: NPY002
    touched = before[2] != after[2] or not np.array_equal(before[1], after[1])
    return Outcome(kind, value, message, error, printed.getvalue(), touched)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block after `seconds`, by a timer signal, else by tracing lines, else not at all."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit: contextlib.AbstractContextManager[None] = _by_signal(seconds)
    elif sys.gettrace() is None:
        limit = _by_trace(seconds)
    else:  # a debugger is at work: leave it alone
        limit = contextlib.nullcontext()
    with limit:
        yield


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def stop(signum: int, frame: Any) -> None:
        raise OutOfTime

    started = time.monotonic()
    old_handler = signal.signal(signal.SIGALRM, stop)
    old_left, old_interval = signal.setitimer(
        signal.ITIMER_REAL, seconds, 0.5
    )  # again and again: a bare except may eat one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old_handler)
        if old_left:  # somebody else's timer was running: set it back
            signal.setitimer(signal.ITIMER_REAL, max(0.01, old_left - (time.monotonic() - started)), old_interval)


@contextlib.contextmanager
def _by_trace(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds

    def trace(frame: Any, event: str, arg: Any) -> Any:
        if time.monotonic() > end:
            raise OutOfTime
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


def _describe(error: BaseException, answer: Callable[..., Any]) -> str:
    """The exception, and the line of the learner's own code that raised it."""
    what = f"Your function raised {type(error).__name__}: {error}"
    code = getattr(inspect.unwrap(answer) if callable(answer) else answer, "__code__", None)
    own = [f for f in traceback.extract_tb(error.__traceback__) if code is not None and f.filename == code.co_filename]
    if not own or code is None:
        return what
    line = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip() or (own[-1].line or "")
    number = (own[-1].lineno or 0) - code.co_firstlineno + 1
    inside = f" (in {own[-1].name})" if own[-1].name != code.co_name else ""
    return (
        f"{what}\nin line {number} of your function{inside}:  {line}"
        if number > 0
        else f"{what}\nin {own[-1].name}:  {line}"
    )


def does_nothing(answer: Callable[..., Any]) -> bool:
    """Whether the function's body is only `pass`, `...` or a docstring, so that its None is a stub and not a slip."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return True
    parameters = code.co_argcount + code.co_kwonlyargcount + sum(bool(code.co_flags & flag) for flag in (4, 8))  # *, **
    return not code.co_names and code.co_nlocals == parameters and len(code.co_code) <= 8


def global_arrays(answer: Callable[..., Any]) -> list[str]:
    """Names of the notebook's own arrays that the function reads."""
    code, names = getattr(answer, "__code__", None), getattr(answer, "__globals__", {})
    return [n for n in code.co_names if isinstance(names.get(n), np.ndarray)] if code is not None else []
