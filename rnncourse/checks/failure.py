"""An exception of the learner's code, in words: its kind, its text, and the learner's own line that raised it."""

import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnncourse.checks.insisting import OutOfTime
from rnncourse.checks.learners_code import code_of

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
