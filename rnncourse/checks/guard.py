"""Runs a learner's function and survives it: exceptions, endless loops, printing, a changed NumPy or generator.

All that is the learner's happens in here and under the time limit: the call, looking at what it returned (plain.py),
the text of its exception.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.checks import numpy_identity, surroundings
from rnncourse.checks.deadline import OutOfTime, within
from rnncourse.checks.failure import Failure, describe
from rnncourse.checks.limit import Limit
from rnncourse.checks.plain import holds_tensor, plain
from rnncourse.checks.printed import Printed

# What NumPy does about 1/0, exp(1000) … when nobody has changed it: the notebook's np.seterr is none of ours.
ERRORS: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
MANY_LINES = 10_000


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the reason that there is none."""

    kind: str  # "value", "stub", "error", "time"
    value: Any = None
    message: str = ""
    error: Failure | None = None
    printed: str = ""
    drawn_from: tuple[str, ...] = ()  # generators that all code shares
    silenced: bool = False  # the alarm of the deadline
    replaced: tuple[str, ...] = ()
    tensor: bool = False  # returned where an array is asked for, and taken as one


def call(
    answer: Callable[..., Any], args: tuple[Any, ...], seconds: float, whose: Callable[..., Any] | None = None
) -> Outcome:
    """Call the answer once. Only KeyboardInterrupt, the learner's own stop, passes through.

    whose : the learner's function, where it is called from inside the answer: exceptions are told in its lines.
    """
    kind, value, error, tensor, before = "time", None, None, False, surroundings.generators()
    silenced: list[str] = []

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

    limit = Limit(seconds)
    with warnings.catch_warnings(), np.errstate(**ERRORS), Printed() as printed:
        warnings.simplefilter("ignore")
        try:
            within(seconds, run, silenced)
        except OutOfTime:
            kind = "time"
    if limit.over():  # however it ended, also where it swallowed the alarm
        kind = "time"
    message = _late(seconds, printed.lines, limit.waited()) if kind == "time" else ""
    message = error.message if kind == "error" and error is not None else message
    return Outcome(
        kind,
        value if kind == "value" else None,
        message,
        error if kind != "time" else None,
        printed.text.encode("utf-8", "replace").decode(),
        surroundings.drawn_from(before),
        bool(silenced),
        tuple(numpy_identity.restore()),
        tensor,
    )


def _late(seconds: float, lines: int, waited: bool) -> str:
    late = f"Your function did not return within {max(seconds, 0.1):.1f} seconds".replace(".0 ", " ")
    if lines > MANY_LINES:
        return f"{late}. It has printed {lines:,} lines, which takes time: try it without, or look for an endless loop."
    if waited:
        return f"{late}. It waits (input, sleep, a debugger?), or is there a loop that never ends?"
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
