"""How an answer becomes a verdict: call it on every case, compare, and look for the likely cause.

What the solution gives on all cases is computed first: nothing that the answer does can reach it.
"""

import copy
import inspect
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from rnncourse.checks import numpy_identity
from rnncourse.checks.arguments import shares, unchanged
from rnncourse.checks.cases import Case
from rnncourse.checks.causes import NOT_ITS_ARGUMENTS, Raised, Tried, likely_causes, to_report
from rnncourse.checks.compare import Difference, differences, parts, same
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import ERRORS, Outcome, call, does_nothing, generator_state, quietly
from rnncourse.checks.own_forward import against_own_forward, cases_from_forward
from rnncourse.checks.plain import leaves, others, plain
from rnncourse.checks.result import CaseResult, CheckResult
from rnncourse.checks.words import kind, short

SECONDS = 10.0  # for the whole check
A_DAY = 86_400
_one_at_a_time = threading.RLock()  # warnings, sys.stdout and NumPy belong to all threads


def judge(exercise: Exercise, answer: Any, forward: Any, seed: int, seconds: float) -> CheckResult:
    """Try the answer on every case of this seed."""
    name = exercise.name
    if answer is None or answer is ...:
        return CheckResult(name, None)
    if not callable(answer):
        what = "without quotation marks" if isinstance(answer, str) else "without brackets"
        return CheckResult(name, False, f"Give the function itself, {what}: check({name!r}, {name}).")
    with _one_at_a_time, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        problem, before = numpy_identity.problem(), generator_state()
        if problem:
            return CheckResult(name, None, problem)
        try:
            return _judge(exercise, answer, forward, seed, seconds)
        finally:
            np.random.set_state(before)  # noqa: NPY002 - the notebook may have seeded it


def problem_with(seed: Any, seconds: Any) -> str:
    """What is wrong with these settings of check(), or nothing."""
    if seed is not None and (not isinstance(seed, Integral) or not 0 <= int(seed) < 2**63):
        return f"seed must be a whole number from 0 on, such as one that a failed check has named; got {_shown(seed)}."
    if not isinstance(seconds, Real) or not 0 < seconds <= A_DAY:  # type: ignore[operator]
        return f"seconds must be a number above 0, at most a day, the time for the check; got {_shown(seconds)}."
    return ""


def _shown(value: Any) -> str:
    return short(value) if isinstance(value, (str, Real)) else kind(plain(value))


def _judge(exercise: Exercise, answer: Callable[..., Any], forward: Any, seed: int, seconds: float) -> CheckResult:
    name, end = exercise.name, time.monotonic() + seconds
    cases = exercise.draw(seed)
    if exercise.from_forward is not None:
        cases, problem = cases_from_forward(exercise, cases, forward, seconds)
        if problem:
            return CheckResult(name, None, problem)
    problem = _wrong_signature(exercise, answer, cases[0])
    if problem:
        return CheckResult(name, False, problem)

    tried: list[Tried] = []
    for one in _one_by_one(exercise, answer, with_truth(exercise, cases), seconds, end):
        if not tried and _is_stub(one):
            return CheckResult(name, None, notes=_about_stub(answer, one.outcome))
        tried.append(one)
    return _verdict(exercise, answer, forward, seed, tried, end)


def with_truth(exercise: Exercise, cases: list[Case]) -> list[tuple[Case, Any]]:
    """Each case with what the solution gives: all of it known before the answer runs for the first time."""
    return [(case, truth(exercise, case)) for case in cases]


def passes(exercise: Exercise, answer: Callable[..., Any], cases: list[tuple[Case, Any]], seconds: float) -> bool:
    """The verdict alone, reached at the first case that refuses the answer: for those who try many answers.

    cases : exercise.draw(seed) by `with_truth`; the same ones serve for every answer.
    """
    with _one_at_a_time, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if numpy_identity.problem() or _wrong_signature(exercise, answer, cases[0][0]):
            return False
        attempts = _one_by_one(exercise, answer, cases, seconds, time.monotonic() + seconds)
        return not any(one.problems for one in attempts)


def _one_by_one(
    exercise: Exercise, answer: Callable[..., Any], cases: list[tuple[Case, Any]], seconds: float, end: float
) -> Iterator[Tried]:
    """The answer on one case after the other, until its time is over."""
    for k, (case, expected) in enumerate(cases):
        left = max(0.05, end - time.monotonic())
        one = _try(exercise, answer, case, expected, left, twice=k == 0)
        if one.outcome.kind == "time" and left < seconds / 2:
            slow = f"The cases before took {seconds - left:.1f} of the {seconds:.1f} seconds for all."
            one = replace(one, problems=[Difference("", f"{one.outcome.message} {slow}")])
        yield one
        if one.outcome.kind == "time":
            return


def _verdict(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, seed: int, tried: list[Tried], end: float
) -> CheckResult:
    results = tuple(CaseResult(t.case.label, not t.problems, _report(t)) for t in tried)
    right = not any(t.problems for t in tried)
    remarks: list[str] = []
    if forward is not None and exercise.from_forward is None:
        remarks = against_own_forward(exercise, answer, forward, tried[0].case, right, end)
    if right:
        remarks += _formal(exercise, tried)
        return CheckResult(exercise.name, True, cases=results, notes=tuple(remarks), seed=seed)
    printed = next((t.outcome.printed for t in tried if t.outcome.printed), "")
    if printed:
        remarks.append(f"Your function prints while it runs; here is the beginning:\n{printed[:300].rstrip()}")
    reported = to_report(tried)
    remarks += [] if exercise.copies else _formal(exercise, [reported])
    causes = tuple(likely_causes(exercise, answer, tried, end))
    return CheckResult(exercise.name, False, _report(reported), results, causes, tuple(remarks), seed)


def _formal(exercise: Exercise, tried: list[Tried]) -> list[str]:
    """What is worth a word and makes no answer wrong: an argument's own memory, a tensor for an array."""
    aliases = [] if exercise.may_alias else [f"{sentence} A copy is safer." for t in tried for sentence in t.aliases]
    tensors = ["Your function returns a torch tensor; .detach().numpy() makes an array of it, as was done here."]
    return [*dict.fromkeys(aliases), *(tensors if any(t.outcome.tensor for t in tried) else [])]


def truth(exercise: Exercise, case: Case) -> Any:
    """What the solution gives, as a plain value; Raised where it refuses the case with an exception it may raise."""
    with np.errstate(**ERRORS):
        try:
            return plain(exercise.expected(case))
        except exercise.raises as error:
            return Raised(type(error).__name__)


def _is_stub(tried: Tried) -> bool:
    if tried.outcome.kind == "value" and (tried.outcome.value is None or tried.outcome.value is ...):
        return tried.expected is not None
    return tried.outcome.kind == "stub"


def _about_stub(answer: Any, outcome: Outcome) -> tuple[str, ...]:
    """A forgotten return, or a stub that the answer calls, is worth a word."""
    if outcome.kind == "stub" and outcome.error is not None and outcome.error.function:
        return (f"{outcome.error.function}, which your function calls, raises NotImplementedError: write it first.",)
    hollow = outcome.kind == "stub" or outcome.value is ... or quietly(lambda: does_nothing(answer), True)
    return () if hollow else ("Your function returns None: is its return missing?",)


def _wrong_signature(exercise: Exercise, answer: Callable[..., Any], case: Case) -> str:
    if issubclass(type(answer), type) and answer.__new__ is object.__new__:
        return f"{answer.__name__} is a class: called, it makes an object of that class. Give a function."

    def error() -> str:
        try:
            inspect.signature(answer).bind(*case.args)
        except TypeError as error:
            return str(error)
        return ""

    wrong = quietly(error, "")  # some built-in functions have no signature to look at
    takes = f"The function must take {len(case.args)} arguments, {exercise.signature}; yours does not"
    return f"{takes}: {wrong}." if wrong else ""


def _try(
    exercise: Exercise, answer: Callable[..., Any], case: Case, expected: Any, seconds: float, twice: bool
) -> Tried:
    """One case: call, comparison, laws that every answer obeys. `twice` also calls again and expects the same."""
    args, run = case.fresh(), exercise.viewed(answer)
    _spoil_free_memory(expected)
    outcome = call(run, args, seconds)
    if isinstance(expected, Raised):
        return Tried(case, expected, outcome, _not_raised(exercise, expected, outcome))
    if outcome.kind != "value":
        message = outcome.message or "Your function raises NotImplementedError here, though not in the cases before."
        written = outcome.error is not None and "read-only" in outcome.error.text and not _all_writeable(args)
        message += "\nAn argument is read-only here. The caller may still need it: work on a copy." if written else ""
        return Tried(case, expected, outcome, [Difference("", message, manners=written)])
    value, aliases = outcome.value, list(_aliases(exercise, args, outcome.value))
    wrong = _wrong_results(exercise, case, value, expected)
    wrong += _bad_manners(exercise, case, args, outcome)
    if exercise.copies:
        wrong += [Difference("", f"{sentence} Return a new array.", manners=True) for sentence in aliases]
    if twice and not wrong:
        kept = copy.deepcopy(value)
        _spoil_free_memory(expected)
        again = call(run, case.fresh(), seconds)
        if again.kind == "time":  # it has returned once: too slow, and no worse
            return Tried(case, expected, again, [Difference("", again.message)])
        if again.kind != "value" or not same(again.value, kept, 1e-12):
            wrong.append(Difference("", NOT_ITS_ARGUMENTS.capitalize()))
        elif not same(value, kept, 0.0) or shares(value, again.value):
            second = "The second call changed what the first one had returned: make a new array in every call."
            wrong.append(Difference("", second))
    return Tried(case, expected, outcome, wrong, tuple(aliases))


def _spoil_free_memory(expected: Any) -> None:
    """Leave NaN in the memory that np.empty hands out next: it may hold the right result of an earlier call."""
    for array in leaves(expected):
        if array.dtype.kind in "fi":
            spoilt = [np.full(array.shape, np.nan if array.dtype.kind == "f" else -1, array.dtype) for _ in range(8)]
            del spoilt


def _all_writeable(args: tuple[Any, ...]) -> bool:
    return all(array.flags.writeable for array in leaves(args))


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


def _bad_manners(exercise: Exercise, case: Case, args: tuple[Any, ...], outcome: Outcome) -> Iterator[Difference]:
    """Changed arguments, the global generator, functions of NumPy's replaced."""
    for spec, now, before in zip(exercise.input_specs, args, case.args, strict=False):
        if not unchanged(now, before):
            message = f"Your function changes its argument {spec.name}. The caller may still need it: work on a copy."
            yield Difference("", message, manners=True)
    if outcome.touched_random:
        message = "Your function uses np.random, a generator that all code shares. Its result must depend "
        yield Difference("", f"{message}on its arguments alone.", manners=True)
    if outcome.replaced:
        message = f"Your function puts something else in the place of {', '.join(outcome.replaced[:3])}, for all code "
        yield Difference("", f"{message}that uses NumPy. It has been put back; use a name of your own.", manners=True)


def _aliases(exercise: Exercise, args: tuple[Any, ...], value: Any) -> Iterator[str]:
    for argument, arg in zip(exercise.input_specs, args, strict=False):
        for spec, part in zip(exercise.output_specs, parts(value, exercise.output_specs), strict=False):
            if shares(part, arg):
                yield (
                    f"{spec.name} shares its memory with the argument {argument.name}: "
                    "changing one would change the other."
                )


def _report(tried: Tried) -> str:
    """The case, its wrong results (two at most), then bad manners: they may be the reason for the rest."""
    results = [p.message for p in tried.problems if not p.manners]
    manners = [p.message for p in tried.problems if p.manners]
    more = [f"… and {len(results) - 2} more of the results are wrong."] if len(results) > 2 else []
    return "\n".join([f"Case {tried.case.label}", *results[:2], *more, *manners[:2]]) if tried.problems else ""
