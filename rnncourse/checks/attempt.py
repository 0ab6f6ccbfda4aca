"""One case: what the solution gives, what the answer gives, what is wrong with it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.checks.arguments import refilled, same_list, shares, writeable
from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Difference, differences
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import ERRORS, Outcome, call
from rnncourse.checks.laws import NOT_ITS_ARGUMENTS
from rnncourse.checks.limit import Limit
from rnncourse.checks.manners import SILENCED, aliases_of, bad_manners
from rnncourse.checks.plain import leaves, others, plain
from rnncourse.checks.tolerance import same
from rnncourse.checks.words import kind

QUICK, SHARE = 0.02, 1 / 40  # seconds of work; of what is left of the time, where a busy machine makes all wait
SECOND_CALL = "The second call changed what the first one had returned: make a new array, or list, in every call."
LATER_CALL = "A later call changed what an earlier one had returned: make a new array in every call."
SAME_OBJECTS = (
    "Called again with the same arrays and other numbers in them, as after an update in place, your function goes "
    "wrong: it remembers arrays by which object they are. Its result must depend on the numbers in them."
)
NOT_RNG_ALONE = (
    "called twice with generators in the same state, your function gives two results: it depends on more than its "
    "arguments, so draw from the one given alone."
)


@dataclass(frozen=True)
class Raised:
    """The truth of a case that the solution refuses with an exception."""

    kind: str


@dataclass(frozen=True)
class Tried:
    """One case, what the solution gives (a plain value, or Raised), what the answer gave, what was wrong with it."""

    case: Case
    expected: Any
    outcome: Outcome
    problems: list[Difference]
    aliases: tuple[str, ...] = ()  # sentences on results that lie in the memory of an argument
    notes: tuple[str, ...] = ()

    @property
    def really_wrong(self) -> bool:
        """In its results, not in its manners alone."""
        return any(not p.manners for p in self.problems)


def to_report(tried: list[Tried]) -> Tried:
    """The first case with a real error; where all are formal, the first of those."""
    return next((t for t in tried if t.really_wrong), None) or next(t for t in tried if t.problems)


def truth(exercise: Exercise, case: Case) -> Any:
    """What the solution gives, as a plain value; Raised where it refuses the case with an exception it may raise."""
    with np.errstate(**ERRORS):
        try:
            return plain(exercise.expected(case))
        except exercise.raises as error:
            return Raised(type(error).__name__)


def attempt(
    exercise: Exercise, answer: Callable[..., Any], case: Case, expected: Any, seconds: float, first: bool
) -> Tried:
    """One case: call, comparison, laws that every answer obeys; where all is well, the same call again.

    A slow answer is called again on the first case only: a right one must not run out of its time.
    """
    returned: list[Any] = []
    args, run = case.fresh(), exercise.viewed(_kept(answer, returned))
    locks = [writeable(arg) for arg in args]
    _spoil_free_memory(expected)
    limit = Limit(seconds)
    outcome = call(run, args, seconds)
    again_too = first or (limit.worked() < QUICK and limit.spent() < SHARE * seconds)
    if isinstance(expected, Raised):
        return Tried(case, expected, outcome, _not_raised(exercise, expected, outcome))
    if outcome.kind != "value":
        message = outcome.message or "Your function raises NotImplementedError here, though not in the cases before."
        message += f"\n{SILENCED}" if outcome.silenced else ""
        written = outcome.error is not None and "read-only" in outcome.error.text and not _all_writeable(args)
        message += "\nAn argument is read-only here. The caller may still need it: work on a copy." if written else ""
        return Tried(case, expected, outcome, [Difference("", message, manners=written)])
    value, aliases = outcome.value, list(aliases_of(exercise, args, outcome.value))
    wrong = _wrong_results(exercise, case, value, expected)
    wrong += bad_manners(exercise, case, args, locks, outcome)
    if exercise.copies:
        wrong += [Difference("", f"{sentence} Return a new array.", manners=True) for sentence in aliases]
    if not wrong and again_too:
        once, one = exercise.viewed_once(_kept(answer, returned)), value if exercise.calls is None else value[0]
        kept = copy.deepcopy(one)
        _spoil_free_memory(expected)
        again = call(once, case.fresh(), seconds)
        if again.kind == "time":  # it has returned once: too slow, and no worse
            return Tried(case, expected, again, [Difference("", again.message)])
        if again.kind != "value" or not same(again.value, kept, 1e-12):
            random = any(type(arg) is np.random.Generator for arg in args)
            wrong.append(Difference("", (NOT_RNG_ALONE if random else NOT_ITS_ARGUMENTS).capitalize()))
        elif not same(one, kept, 0.0) or shares(value, again.value) or same_list(returned[0], returned[-1]):
            wrong.append(Difference("", SECOND_CALL))
    return Tried(case, expected, outcome, wrong, tuple(aliases))


def again_in_place(
    exercise: Exercise, answer: Callable[..., Any], before: Case, case: Case, expected: Any, seconds: float
) -> list[Difference]:
    """Two calls with the very same arrays, filled with one case's numbers, then with another's of the same sizes."""
    args = before.fresh()
    run = exercise.viewed_once(answer)
    if call(run, args, seconds).kind != "value":
        return []
    args = refilled(args, case.fresh())
    outcome = call(run, args, seconds)
    wrong = outcome.kind == "value" and _wrong_results(exercise, case, outcome.value, expected)
    return [Difference("", SAME_OBJECTS)] if wrong else []


def _kept(answer: Callable[..., Any], into: list[Any]) -> Callable[..., Any]:
    """The answer, and the very objects that it returns, before they are made plain."""

    def run(*args: Any) -> Any:
        into.append(answer(*args))
        return into[-1]

    run.__wrapped__ = answer  # type: ignore[attr-defined]
    return run


def _spoil_free_memory(expected: Any) -> None:
    """Leave NaN in the memory that np.empty hands out next: it may hold the right result of an earlier call."""
    for array in leaves(expected):
        if array.dtype.kind in "fi":
            spoilt = [np.full(array.shape, np.nan if array.dtype.kind == "f" else -1, array.dtype) for _ in range(8)]
            del spoilt


def _all_writeable(args: tuple[Any, ...]) -> bool:
    return all(all(writeable(arg)) for arg in args)


def _wrong_results(exercise: Exercise, case: Case, value: Any, expected: Any) -> list[Difference]:
    if exercise.judge is None:
        return differences(value, expected, exercise.output_specs, exercise.tolerance_on(case))
    name = exercise.output_specs[0].name
    for strange in others(value):
        return [Difference(name, f"{name} is {strange.kind}. {strange.advice}".rstrip())]
    try:
        message = exercise.judge(case, value, expected)
    except Exception:  # of a kind that the judge could not even look at
        message = f"{name} is {kind(value)}; expected {', '.join(exercise.outputs)}."
    return [Difference(name, message)] if message else []


def _not_raised(exercise: Exercise, expected: Raised, outcome: Outcome) -> list[Difference]:
    """Whether the answer refuses, with the same exception, what the solution refuses."""
    if outcome.kind == "error" and outcome.error is not None and expected.kind in outcome.error.kinds:
        return []
    if outcome.kind == "value":
        message = f"Your function returns {kind(outcome.value)}; these arguments must raise {expected.kind}."
        return [Difference(exercise.output_specs[0].name, message)]
    message = outcome.message or "Your function raises NotImplementedError"
    return [Difference("", f"{message}; expected {expected.kind}.")]
