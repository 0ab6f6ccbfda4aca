"""How an answer becomes a verdict: call it on every case, compare, and look for the likely cause."""

import copy
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import FLOAT32_TOLERANCE, Difference, Spec, close, differences, pattern, plain, same
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.guard import Outcome, call, does_nothing, global_arrays
from rnncourse.checks.result import CaseResult, CheckResult

SECONDS = 10.0  # for the whole check
NOT_ITS_ARGUMENTS = (
    "called twice with the same arguments, your function gives two results: it depends on more than its arguments."
)


def judge(exercise: Exercise, answer: Any, forward: Any, seed: int, seconds: float) -> CheckResult:
    """Try the answer on every case of this seed."""
    name = exercise.name
    if answer is None or answer is ...:
        return CheckResult(name, None)
    if not callable(answer):
        return CheckResult(name, False, f"Give the function itself, without brackets: check({name!r}, {name}).")
    cases = list(exercise.cases(np.random.default_rng(seed)))
    problem = _wrong_signature(exercise, answer, cases[0])
    if problem:
        return CheckResult(name, False, problem)

    end = time.monotonic() + seconds
    results: list[CaseResult] = []
    found: tuple[str, tuple[str, ...]] | None = None
    printed = ""
    for number, case in enumerate(cases):
        outcome, problems = _try(exercise, answer, case, max(0.05, end - time.monotonic()), twice=number == 0)
        printed = printed or outcome.printed
        if number == 0 and _is_stub(exercise, case, outcome):
            hollow = outcome.kind == "stub" or outcome.value is ... or does_nothing(inspect.unwrap(answer))
            return CheckResult(
                name, None, notes=() if hollow else ("Your function returns None: is its return missing?",)
            )
        if problems and found is None:
            found = _report(case, problems), tuple(_causes(exercise, answer, case, outcome, problems))
        results.append(CaseResult(case.label, not problems, problems[0].message if problems else ""))
        if outcome.kind == "time":
            break
    notes = (
        [f"Your function prints while it runs; here is the beginning:\n{printed[:300].rstrip()}"]
        if printed and found
        else []
    )
    if forward is not None:
        notes += _against_own_forward(exercise, answer, forward, cases[0], found is None)
    if found is None:
        return CheckResult(name, True, cases=tuple(results), notes=tuple(notes), seed=seed)
    return CheckResult(name, False, found[0], tuple(results), found[1], tuple(notes), seed)


def _is_stub(exercise: Exercise, case: Case, outcome: Outcome) -> bool:
    if outcome.kind == "value" and (outcome.value is None or outcome.value is ...):
        return _expected(exercise, case) is not None
    return outcome.kind == "stub"


def _wrong_signature(exercise: Exercise, answer: Callable[..., Any], case: Case) -> str:
    try:
        inspect.signature(answer).bind(*case.args)
    except TypeError as error:
        return f"The function must take {len(case.args)} arguments, {exercise.signature}; yours does not: {error}."
    except ValueError:  # some built-in functions have no signature to look at
        pass
    return ""


def _expected(exercise: Exercise, case: Case) -> Any:
    value = exercise.reference(*copy.deepcopy(case.args))
    return exercise.view(value) if exercise.view else value


def _viewed(exercise: Exercise, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The answer with its view, so that an iterator is run through inside the guard."""
    view = exercise.view
    if view is None:
        return answer

    def viewed(*args: Any) -> Any:
        value = answer(*args)
        return value if value is None or value is ... else view(value)

    viewed.__wrapped__ = answer  # type: ignore[attr-defined]
    return viewed


def sizes_of(exercise: Exercise, case: Case) -> dict[str, int]:
    """The size of every axis letter, read from the arguments."""
    pairs = zip(exercise.input_specs, case.args, strict=False)
    return {
        letter: size
        for spec, arg in pairs
        if spec.axes and np.ndim(plain_array(arg)) == len(spec.axes)
        for letter, size in zip(spec.axes, np.shape(plain_array(arg)), strict=True)
    }


def plain_array(value: Any) -> Any:
    value = plain(value)
    return value if isinstance(value, np.ndarray) else None


def _tolerance(exercise: Exercise, case: Case) -> float:
    return exercise.tolerance if case.dtype == "float64" else max(exercise.tolerance, FLOAT32_TOLERANCE)


def _try(
    exercise: Exercise, answer: Callable[..., Any], case: Case, seconds: float, twice: bool
) -> tuple[Outcome, list[Difference]]:
    """One case: call, laws that every answer obeys, comparison. `twice` also calls again and expects the same."""
    args = copy.deepcopy(case.args)
    run = _viewed(exercise, answer)
    outcome = call(run, args, seconds)
    if outcome.kind != "value":
        message = outcome.message or "Your function raises NotImplementedError here, though not in the cases before."
        return outcome, [Difference("", message)]
    value, sizes = outcome.value, sizes_of(exercise, case)
    expected = _expected(exercise, case)
    if exercise.judge:
        message = exercise.judge(case, value, expected)
        wrong = [Difference(exercise.output_specs[0].name, message)] if message else []
    else:
        wrong = differences(value, expected, exercise.output_specs, _tolerance(exercise, case), sizes)
    wrong += list(_bad_manners(exercise, case, args, value, outcome))
    if twice and not wrong:
        kept = copy.deepcopy(value)
        again = call(run, copy.deepcopy(case.args), seconds)
        if again.kind != "value" or not same(again.value, kept, 1e-12):
            wrong.append(Difference("", NOT_ITS_ARGUMENTS.capitalize()))
        elif not same(value, kept, 0.0) or _shares(value, again.value):
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
        if not _unchanged(now, before):
            yield Difference(
                "", f"Your function changes its argument {name}. The caller may still need it: work on a copy."
            )
    if not exercise.may_alias:
        for name, arg in zip(names, args, strict=False):
            for spec, part in zip(
                exercise.output_specs, value if len(exercise.output_specs) > 1 else [value], strict=False
            ):
                if _shares(part, arg):
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


def _leaves(value: Any) -> Iterator[np.ndarray]:
    value = plain(value)
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from (leaf for item in value.values() for leaf in _leaves(item))
    elif isinstance(value, (tuple, list)):
        yield from (leaf for item in value for leaf in _leaves(item))


def _unchanged(now: Any, before: Any) -> bool:
    a, b = list(_leaves(now)), list(_leaves(before))
    return len(a) == len(b) and all(
        x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True)
    )


def _shares(a: Any, b: Any) -> bool:
    return any(np.may_share_memory(x, y) for x in _leaves(a) for y in _leaves(b) if x.size and y.size)


def _report(case: Case, problems: list[Difference]) -> str:
    return "\n".join(
        [f"Case {case.label}", *(p.message for p in problems[:2])]
        + ([f"… and {len(problems) - 2} more results are wrong."] if len(problems) > 2 else [])
    )


def _causes(
    exercise: Exercise, answer: Callable[..., Any], case: Case, outcome: Outcome, problems: list[Difference]
) -> list[str]:
    """Likely causes, each one computed: the answer does what a known mistake does."""
    causes = _known_mistakes(exercise, case, outcome, problems)
    if not causes and outcome.kind == "value" and exercise.explain:
        try:
            causes += [exercise.explain(case, outcome.value, _expected(exercise, case)) or ""]
        except Exception:  # a value of an unexpected shape cannot be explained further
            causes += []
    if not any(causes) and outcome.kind == "value":
        causes += list(_broken_laws(exercise, answer, case, outcome))
    if not any(causes):
        names = global_arrays(inspect.unwrap(answer))
        causes += [f"your function reads the notebook's array {names[0]} besides its own arguments."] if names else []
    return list(dict.fromkeys(cause for cause in causes if cause))[:2]


def _known_mistakes(exercise: Exercise, case: Case, outcome: Outcome, problems: list[Difference]) -> list[str]:
    """The misconceptions whose result (or exception) is the answer's, looking at the results that are wrong."""
    causes = []
    tolerance, specs = _tolerance(exercise, case), exercise.output_specs
    expected = _expected(exercise, case)
    failing = {p.output for p in problems}
    for mistake in exercise.misconceptions:
        theirs = call(_viewed(exercise, mistake.wrong), copy.deepcopy(case.args), 2.0)
        if outcome.kind == "error" and theirs.kind == "error":
            if type(outcome.error) is type(theirs.error) and str(outcome.error) == str(theirs.error):
                causes.append(mistake.because)
        elif outcome.kind == "value" and theirs.kind == "value":
            if (
                _same_type(outcome.value, theirs.value)
                and same(outcome.value, theirs.value, tolerance)
                and not _equal(theirs.value, expected, tolerance)
            ):
                return [mistake.because]  # all of it: nothing explains it better
            parts = _parts(outcome.value, specs), _parts(theirs.value, specs), _parts(expected, specs)
            for spec, a, b, e in zip(specs, *parts, strict=False):
                if spec.name in failing and len(specs) > 1 and same(a, b, tolerance) and not _equal(b, e, tolerance):
                    causes.append(mistake.because)
    return causes


def _same_type(a: Any, b: Any) -> bool:
    """A list for an array, single for double precision: equal numbers of another type are another mistake."""
    a, b = plain(a), plain(b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype
    return isinstance(a, np.ndarray) == isinstance(b, np.ndarray) and isinstance(a, int) == isinstance(b, int)


def _equal(a: Any, b: Any, tolerance: float) -> bool:
    return _same_type(a, b) and same(a, b, tolerance)


def _parts(value: Any, specs: tuple[Spec, ...]) -> list[Any]:
    return list(value) if len(specs) > 1 and isinstance(value, (tuple, list)) else [value]


def _broken_laws(exercise: Exercise, answer: Callable[..., Any], case: Case, outcome: Outcome) -> Iterator[str]:
    """Does a row of the batch depend on the other rows? Does the result look at the future?"""
    run = _viewed(exercise, answer)
    again = call(run, copy.deepcopy(case.args), 2.0)
    if again.kind != "value" or not same(again.value, outcome.value, 1e-12):
        yield NOT_ITS_ARGUMENTS
        return
    for letter, names, sentence in (
        (
            "B",
            tuple(s.name for s in exercise.input_specs),
            "a row of {out} changes when only another row of the batch is changed: rows must not see one another.",
        ),
        (
            "T",
            exercise.causal,
            "{out} changes at early steps when only later steps of the input are changed: it looks at the future.",
        ),
    ):
        args = [
            _changed_at_end(arg, spec, letter) if spec.name in names else arg
            for arg, spec in zip(copy.deepcopy(case.args), exercise.input_specs, strict=False)
        ]
        if all(arg is None or _unchanged(a, arg) for a, arg in zip(args, case.args, strict=False)):
            continue
        other = call(run, tuple(args), 2.0)
        if other.kind != "value":
            continue
        specs = exercise.output_specs
        for spec, a, b in zip(specs, _parts(outcome.value, specs), _parts(other.value, specs), strict=False):
            a, b = plain(a), plain(b)
            if not (
                isinstance(a, np.ndarray)
                and isinstance(b, np.ndarray)
                and spec.axes
                and letter in spec.axes
                and a.shape == b.shape
                and a.ndim == len(spec.axes)
            ):
                continue
            axis = spec.axes.index(letter)
            if a.shape[axis] > 1 and not close(a, b, 1e-9).take(range(a.shape[axis] - 1), axis=axis).all():
                yield sentence.format(out=spec.name)
                break


def _changed_at_end(arg: Any, spec: Spec, letter: str) -> Any:
    """A copy whose last entry along this axis is different."""
    if not (
        isinstance(arg, np.ndarray)
        and arg.dtype.kind == "f"
        and spec.axes
        and letter in spec.axes
        and arg.ndim == len(spec.axes)
    ):
        return arg
    changed = arg.copy()
    np.moveaxis(changed, spec.axes.index(letter), 0)[-1] *= -0.5
    return changed


def _against_own_forward(
    exercise: Exercise, answer: Callable[..., Any], forward: Any, case: Case, right: bool
) -> list[str]:
    """Notes on whether backward is the gradient of the learner's own forward, by central differences."""
    plan = exercise.own_forward
    if plan is None:
        return ["forward= is for exercises that write a backward pass; it was not used here."]
    arguments, cotangent = plan.arguments(case), np.asarray(plan.cotangent(case))

    def loss(*args: Any) -> float:
        return float((np.asarray(forward(*args)) * cotangent).sum())

    def both() -> tuple[Any, list[np.ndarray]]:
        values = answer(*plan.backward(case, forward(*copy.deepcopy(arguments))))
        return values, [_numerical(loss, arguments, k) for k in range(len(arguments))]

    outcome = call(both, (), 5.0)
    if outcome.kind != "value":
        return [f"Your own forward could not be used: {outcome.message or 'it is not written yet.'}"]
    values, numerical = outcome.value
    pairs = zip(exercise.output_specs, _parts(values, exercise.output_specs), numerical, strict=False)
    off = [spec.name for spec, a, n in pairs if not same(a, n, 1e-6)]
    if not off:
        return [
            "Backward is the gradient of your own forward, by numerical differences."
            + ("" if right else " So look at the forward pass: both are wrong in the same way.")
        ]
    names = f"{', '.join(off)} {'is' if len(off) == 1 else 'are'}"
    end = ": so the forward pass differs from ours." if right else "."
    return [f"By numerical differences of your own forward, {names} not its gradient{end}"]


def _numerical(loss: Callable[..., float], arguments: tuple[Any, ...], k: int, eps: float = 1e-6) -> np.ndarray:
    gradient = np.zeros_like(arguments[k])
    for index in np.ndindex(gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = copy.deepcopy(arguments)
            moved[k][index] += sign * eps
            sides.append(loss(*moved))
        gradient[index] = (sides[0] - sides[1]) / (2 * eps)
    return gradient


__all__ = ["SECONDS", "judge", "pattern", "sizes_of"]
