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

from rnncourse.checks import numpy_identity, surroundings
from rnncourse.checks.arguments import form
from rnncourse.checks.attempt import LATER_CALL, Tried, again_in_place, attempt, to_report, truth
from rnncourse.checks.cases import Case
from rnncourse.checks.causes import likely_causes
from rnncourse.checks.compare import Difference
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, quietly
from rnncourse.checks.learners_code import does_nothing
from rnncourse.checks.limit import Limit
from rnncourse.checks.own_forward import against_own_forward, by_own_forward, cases_from_forward
from rnncourse.checks.plain import plain
from rnncourse.checks.result import CaseResult, CheckResult
from rnncourse.checks.tolerance import same
from rnncourse.checks.words import kind, short

SECONDS = 10.0  # for the answer, all cases together
SLOW = 2.0  # seconds of the processor's
MANY_TIMES = "is something done again and again that could be done once?"
NOT_UNDONE = "once {partner} is written, check({name!r}, {name}, forward={partner}) also tries whether it undoes this."
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
        problem, before = numpy_identity.problem(), surroundings.now()
        if problem:
            return CheckResult(name, None, problem)
        try:
            return _judge(exercise, answer, forward, seed, seconds)
        finally:
            surroundings.restore(before)


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
    name, started = exercise.name, time.process_time()
    cases = exercise.draw(seed)
    if exercise.from_forward is not None:
        cases, problem = cases_from_forward(exercise, cases, forward, seconds)
        if problem:
            return CheckResult(name, None, problem)
    problem = _wrong_signature(exercise, answer, cases[0])
    if problem:
        return CheckResult(name, False, problem)

    known, limit, tried = with_truth(exercise, cases), Limit(seconds), list[Tried]()
    for one in _one_by_one(exercise, answer, known, limit, forward):
        if not tried and _is_stub(one):
            return CheckResult(name, None, notes=_about_stub(answer, one.outcome))
        tried.append(one)
    result = _verdict(exercise, answer, forward, seed, tried, limit)
    worked = time.process_time() - started
    if result.passed and worked > SLOW:
        result = replace(
            result, notes=(*result.notes, f"{worked:.1f} s of work for {len(tried)} small cases: {MANY_TIMES}")
        )
    return result


def with_truth(exercise: Exercise, cases: list[Case]) -> list[tuple[Case, Any]]:
    """Each case with what the solution gives: all of it known before the answer runs for the first time."""
    return [(case, truth(exercise, case)) for case in cases]


def passes(
    exercise: Exercise, answer: Callable[..., Any], cases: list[tuple[Case, Any]], seconds: float, forward: Any = None
) -> bool:
    """The verdict alone, reached at the first case that refuses the answer: for those who try many answers.

    cases : exercise.draw(seed), for a partner's answer by `cases_from_forward`, by `with_truth`; the same ones serve
        for every answer.
    """
    with _one_at_a_time, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if numpy_identity.problem() or _wrong_signature(exercise, answer, cases[0][0]):
            return False
        tried = _one_by_one(exercise, answer, cases, Limit(seconds), forward)
        return not any(one.problems for one in tried)


def _one_by_one(
    exercise: Exercise, answer: Callable[..., Any], cases: list[tuple[Case, Any]], limit: Limit, forward: Any
) -> Iterator[Tried]:
    """The answer on one case after the other, until its time is over; what it has returned must stay as it was."""
    earlier: list[tuple[Any, Any]] = []  # values, and copies made when they were new
    alike = _alike([case for case, _ in cases]) if exercise.calls is None else None
    for k, (case, expected) in enumerate(cases):
        left = max(0.05, limit.left())
        one = attempt(exercise, answer, case, expected, left, first=k == 0)
        if not one.problems:
            problems = [Difference("", LATER_CALL)] if any(not same(now, new, 0.0) for now, new in earlier) else []
            if alike is not None and alike[1] == k:
                problems += again_in_place(exercise, answer, cases[alike[0]][0], case, expected, left)
            one = replace(one, problems=problems)
            earlier.append((one.outcome.value, copy.deepcopy(one.outcome.value)))
        if one.outcome.kind == "time" and left < limit.seconds / 2:
            slow = f"The cases before took {limit.seconds - left:.1f} of the {limit.seconds:.1f} seconds for all."
            one = replace(one, problems=[Difference("", f"{one.outcome.message} {slow}")])
        elif exercise.by_forward and callable(forward) and one.outcome.kind == "value" and not one.problems:
            wrong, note = by_own_forward(exercise, forward, case, one.outcome.value, max(0.05, limit.left()))
            one = replace(one, problems=wrong, notes=(note,) if note else ())
        yield one
        if one.outcome.kind == "time":
            return


def _alike(cases: list[Case]) -> tuple[int, int] | None:
    """The first two cases of which one's numbers can be written into the arrays, or lists, of the other."""
    forms = [form(case.args) if case.layout == "C" else None for case in cases]
    found = ((forms.index(one), k) for k, one in enumerate(forms) if one is not None and forms.index(one) < k)
    return next(found, None)


def _verdict(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, seed: int, tried: list[Tried], limit: Limit
) -> CheckResult:
    results = tuple(CaseResult(t.case.label, not t.problems, _report(t)) for t in tried)
    right = not any(t.problems for t in tried)
    remarks: list[str] = []
    if exercise.by_forward is not None:
        remarks = [*dict.fromkeys(note for t in tried for note in t.notes)]
        remarks += [] if callable(forward) else [NOT_UNDONE.format(name=exercise.name, partner=exercise.partner)]
    elif forward is not None and exercise.from_forward is None:
        remarks = against_own_forward(exercise, answer, forward, tried[0].case, right, limit.left())
    if right:
        remarks += _formal(exercise, tried)
        return CheckResult(exercise.name, True, cases=results, notes=tuple(remarks), seed=seed)
    printed = next((t.outcome.printed for t in tried if t.outcome.printed), "")
    if printed:
        remarks.append(f"Your function prints while it runs; here is the beginning:\n{printed[:300].rstrip()}")
    reported = to_report(tried)
    remarks += [] if exercise.copies else _formal(exercise, [reported])
    causes = tuple(likely_causes(exercise, answer, tried, limit))
    return CheckResult(exercise.name, False, _report(reported), results, causes, tuple(remarks), seed)


def _formal(exercise: Exercise, tried: list[Tried]) -> list[str]:
    """What is worth a word and makes no answer wrong: an argument's own memory, a tensor for an array."""
    aliases = [] if exercise.may_alias else [f"{sentence} A copy is safer." for t in tried for sentence in t.aliases]
    tensors = ["Your function returns a torch tensor; .detach().numpy() makes an array of it, as was done here."]
    return [*dict.fromkeys(aliases), *(tensors if any(t.outcome.tensor for t in tried) else [])]


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
    if issubclass(type(answer), type) and quietly(lambda: answer.__new__ is object.__new__, True):
        name = quietly(lambda: str(answer.__name__), "This")
        return f"{name} is a class: called, it makes an object of that class. Give a function."

    def error() -> str:
        try:
            inspect.signature(answer).bind(*case.args)
        except TypeError as error:
            return str(error)
        return ""

    wrong = quietly(error, "")  # some built-in functions have no signature to look at
    takes = f"The function must take {len(case.args)} arguments, {exercise.signature}; yours does not"
    return f"{takes}: {wrong}." if wrong else ""


def _report(tried: Tried) -> str:
    """The case, its wrong results (two at most), then bad manners: they may be the reason for the rest."""
    results = [p.message for p in tried.problems if not p.manners]
    manners = [p.message for p in tried.problems if p.manners]
    more = [f"… and {len(results) - 2} more of the results are wrong."] if len(results) > 2 else []
    return "\n".join([f"Case {tried.case.label}", *results[:2], *more, *manners[:2]]) if tried.problems else ""
