"""What an answer does besides: arguments changed, a generator or an alarm of all code's used, memory shared."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse.checks.arguments import shares, unchanged, writeable
from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Difference, parts
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome

SILENCED = (
    "Your function sets the alarm of the process (signal.signal, signal.setitimer or signal.alarm for SIGALRM), which "
    "is another's. Time is kept all the same; leave it alone."
)


def bad_manners(
    exercise: Exercise, case: Case, args: tuple[Any, ...], locks: list[list[bool]], outcome: Outcome
) -> Iterator[Difference]:
    """Changed arguments, the global generator, functions of NumPy's replaced."""
    for spec, now, before, lock in zip(exercise.input_specs, args, case.args, locks, strict=False):
        if not unchanged(now, before):
            message = f"Your function changes its argument {spec.name}. The caller may still need it: work on a copy."
            yield Difference("", message, manners=True)
        elif writeable(now) != lock:
            message = f"Your function changes flags.writeable of its argument {spec.name}: leave it as it was."
            yield Difference("", message, manners=True)
    for name in outcome.drawn_from:
        given = [s.name for s, a in zip(exercise.input_specs, args, strict=False) if type(a) is np.random.Generator]
        instead = f"Draw from {given[0]}." if given else "Its result must depend on its arguments alone."
        message = f"Your function uses {name}, a generator that all code shares. "
        yield Difference("", message + instead, manners=True)
    if outcome.silenced:
        yield Difference("", SILENCED, manners=True)
    if outcome.replaced:
        message = f"Your function puts something else in the place of {', '.join(outcome.replaced[:3])}, for all code "
        yield Difference("", f"{message}that uses NumPy. It has been put back; use a name of your own.", manners=True)


def aliases_of(exercise: Exercise, args: tuple[Any, ...], value: Any) -> Iterator[str]:
    for argument, arg in zip(exercise.input_specs, args, strict=False):
        for spec, part in zip(exercise.output_specs, parts(value, exercise.output_specs), strict=False):
            if shares(part, arg):
                yield (
                    f"{spec.name} shares its memory with the argument {argument.name}: "
                    "changing one would change the other."
                )
