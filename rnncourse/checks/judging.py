"""How an answer becomes a verdict: call it on every case, compare, and look for the likely cause."""

import copy
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any

from rnncourse.checks.cases import Case
from rnncourse.checks.causes import NOT_ITS_ARGUMENTS, Tried, likely_causes
from rnncourse.checks.compare import Difference, differences, parts, same, shares, unchanged
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, call, does_nothing
from rnncourse.checks.own_forward import against_own_forward
from rnncourse.checks.result import CaseResult, CheckResult

SECONDS = 10.0  # for the whole check


def judge(exercise: Exercise, answer: Any, forward: Any, seed: int, seconds: float) -> CheckResult:
    """Try the answer on every case of this seed."""
    name = exercise.name
    if answer is None or answer is ...:
        return CheckResult(name, None)
    if not callable(answer):
        return CheckResult(name, False, f"Give the function itself, without brackets: check({name!r}, {name}).")
    cases = exercise.draw(seed)
    problem = _wrong_signature(exercise, answer, cases[0])
    if problem:
        return CheckResult(name, False, problem)

    tried: list[Tried] = []
    end = time.monotonic() + seconds
    for case in cases:
        outcome, problems = _try(exercise, answer, case, max(0.05, end - time.monotonic()), twice=not tried)
        if not tried and _is_stub(exercise, case, outcome):
            hollow = outcome.kind == "stub" or outcome.value is ... or does_nothing(inspect.unwrap(answer))
            notes = () if hollow else ("Your function returns None: is its return missing?",)
            return CheckResult(name, None, notes=notes)
        tried.append(Tried(case, outcome, problems))
        if outcome.kind == "time":
            break
    results = tuple(CaseResult(t.case.label, not t.problems, _report(t)) for t in tried)
    wrong = [t for t in tried if t.problems]
    remarks = against_own_forward(exercise, answer, forward, cases[0], not wrong) if forward is not None else []
    if not wrong:
        return CheckResult(name, True, cases=results, notes=tuple(remarks), seed=seed)
    printed = next((t.outcome.printed for t in tried if t.outcome.printed), "")
    if printed:
        remarks.append(f"Your function prints while it runs; here is the beginning:\n{printed[:300].rstrip()}")
    causes = tuple(likely_causes(exercise, answer, tried))
    return CheckResult(name, False, _report(wrong[0]), results, causes, tuple(remarks), seed)


def _is_stub(exercise: Exercise, case: Case, outcome: Outcome) -> bool:
    if outcome.kind == "value" and (outcome.value is None or outcome.value is ...):
        return exercise.expected(case) is not None
    return outcome.kind == "stub"


def _wrong_signature(exercise: Exercise, answer: Callable[..., Any], case: Case) -> str:
    try:
        inspect.signature(answer).bind(*case.args)
    except TypeError as error:
        return f"The function must take {len(case.args)} arguments, {exercise.signature}; yours does not: {error}."
    except ValueError:  # some built-in functions have no signature to look at
        pass
    return ""


def _try(
    exercise: Exercise, answer: Callable[..., Any], case: Case, seconds: float, twice: bool
) -> tuple[Outcome, list[Difference]]:
    """One case: call, laws that every answer obeys, comparison. `twice` also calls again and expects the same."""
    args = case.fresh()
    run = exercise.viewed(answer)
    outcome = call(run, args, seconds)
    if outcome.kind != "value":
        message = outcome.message or "Your function raises NotImplementedError here, though not in the cases before."
        return outcome, [Difference("", message)]
    value = outcome.value
    expected = exercise.expected(case)
    if exercise.judge:
        message = exercise.judge(case, value, expected)
        wrong = [Difference(exercise.output_specs[0].name, message)] if message else []
    else:
        wrong = differences(value, expected, exercise.output_specs, exercise.tolerance_on(case))
    wrong += list(_bad_manners(exercise, case, args, value, outcome))
    if twice and not wrong:
        kept = copy.deepcopy(value)
        again = call(run, case.fresh(), seconds)
        if again.kind != "value" or not same(again.value, kept, 1e-12):
            wrong.append(Difference("", NOT_ITS_ARGUMENTS.capitalize()))
        elif not same(value, kept, 0.0) or shares(value, again.value):
            wrong.append(
                Difference(
                    "", "The second call changed what the first one had returned: make a new array in every call."
                )
            )
    return outcome, wrong


def _bad_manners(
    exercise: Exercise, case: Case, args: tuple[Any, ...], value: Any, outcome: Outcome
) -> Iterator[Difference]:
    """Changed arguments, shared memory, the global generator."""
    names = [spec.name for spec in exercise.input_specs]
    for name, now, before in zip(names, args, case.args, strict=False):
        if not unchanged(now, before):
            yield Difference(
                "", f"Your function changes its argument {name}. The caller may still need it: work on a copy."
            )
    if not exercise.may_alias:
        for name, arg in zip(names, args, strict=False):
            for spec, part in zip(exercise.output_specs, parts(value, exercise.output_specs), strict=False):
                if shares(part, arg):
                    yield Difference(
                        "",
                        f"{spec.name} shares its memory with the argument {name}: changing one would change the other. "
                        "Return a new array.",
                    )
    if outcome.touched_random:
        yield Difference(
            "",
            (
                "Your function uses np.random, a generator that all code shares. Its result must depend "
                "on its arguments alone."
            ),
        )


def _report(tried: Tried) -> str:
    """The case, its wrong results (two at most), and bad manners always: they may be the reason for the rest."""
    manners = [p.message for p in tried.problems if not p.output]
    results = [p.message for p in tried.problems if p.output]
    more = [f"… and {len(results) - 2} more of the results are wrong."] if len(results) > 2 else []
    return "\n".join([f"Case {tried.case.label}", *manners[:2], *results[:2], *more]) if tried.problems else ""
