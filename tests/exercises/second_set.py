"""A second set of wrong answers, drawn by script: right almost always.

- special cases: right unless T = 1, unless D = H, unless an input is all zero, lies in memory by columns, …;
- memory: right for the first call only, or remembered by the shapes of the arguments;
- precision: right in single precision only, or computed in it;
- disguise: the right numbers in another type of array;
- pairs: two slips of the exercise at once.

What cannot happen by the exercise's statement, or computes the same after all, is named in the exercise's Answers
(`impossible`) with the reason; everything else must fail.
"""

import copy
import functools
import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip, edited
from tests.exercises.mutants import Mutant

STATES = ("h", "h0", "h_prev")  # what a tanh returns is never large
PAIRS = 24  # of slips, drawn for each exercise
MANY_STEPS, LARGE_SIZE, LARGE_VALUE = 100, 16, 10.0


def second_set(exercise: Exercise) -> list[Mutant]:
    """Every wrong answer of the second set for this exercise; names are unique."""
    return [*special_cases(exercise), *with_memory(exercise), *in_disguise(exercise), *pairs(exercise)]


def off_by_a_little(value: Any) -> Any:
    """A copy of a result in which one number, the last, is wrong by a hundredth of the largest."""
    if isinstance(value, tuple | list):
        items = list(value)
        k = next((k for k in reversed(range(len(items))) if np.size(items[k])), None)
        if k is None:
            return type(value)([*items, 0])
        items[k] = off_by_a_little(items[k])
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, np.ndarray) and value.size:
        changed = value.copy()
        last = np.unravel_index(value.size - 1, value.shape)
        if value.dtype.kind == "f":
            largest = np.abs(value[np.isfinite(value)]).max(initial=0.0)
            changed[last] = changed[last] + (0.01 * largest or 0.01) if np.isfinite(changed[last]) else 0.0
        else:
            changed[last] = not changed[last] if value.dtype.kind == "b" else changed[last] + 1
        return changed
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, int | np.integer):
        return value + 1
    if isinstance(value, float | np.floating):
        return value * 1.01 if value and np.isfinite(value) else type(value)(0.01)
    if isinstance(value, bytes):
        return value + bytes(3)
    return f"{value}?" if isinstance(value, str) else [] if value is None else None


def unless(exercise: Exercise, condition: Callable[..., bool]) -> Callable[..., Any]:
    """The right answer, a little off where the condition holds."""
    right = exercise.viewed_once(exercise.reference)

    @functools.wraps(exercise.reference)
    def wrong(*args: Any) -> Any:
        value = right(*args) if not condition(*args) else off_by_a_little(right(*args))
        return value

    return wrong


def sizes(exercise: Exercise, args: tuple[Any, ...]) -> dict[str, int]:
    """Letter → size, read off the arguments."""
    found: dict[str, int] = {}
    for spec, arg in zip(exercise.input_specs, args, strict=False):
        if isinstance(arg, np.ndarray) and spec.axes and arg.ndim == len(spec.axes):
            found |= {axis: n for axis, n in zip(spec.axes, arg.shape, strict=True) if axis.isalpha()}
    return found


def arrays(args: tuple[Any, ...]) -> Iterator[np.ndarray]:
    """Every array among the arguments, also in lists."""
    for arg in args:
        if isinstance(arg, np.ndarray):
            yield arg
        elif isinstance(arg, list | tuple):
            yield from arrays(tuple(arg))


def has_a_zero_row(axis: int) -> Callable[[np.ndarray], bool]:
    """Whether an array that is not all zero is zero somewhere along this axis."""
    return lambda a: bool(a.any() and (~np.moveaxis(a, axis, 0).reshape(a.shape[axis], -1).any(1)).any())


def special_cases(exercise: Exercise) -> Iterator[Mutant]:
    """Right unless … for everything that a statement about arrays lets happen."""
    specs = exercise.input_specs
    letters = [axis for axis in dict.fromkeys(a for spec in specs for a in spec.axes or ()) if axis.isalpha()]

    def by_size(letter: str, name: str, holds: Callable[[int], bool]) -> Mutant:
        def condition(*args: Any) -> bool:
            n = sizes(exercise, args)
            return letter in n and holds(n[letter])

        return Mutant(f"right unless {letter} {name}", unless(exercise, condition))

    def by_sizes(a: str, name: str, b: str, holds: Callable[[int, int], bool]) -> Mutant:
        def condition(*args: Any) -> bool:
            n = sizes(exercise, args)
            return a in n and b in n and holds(n[a], n[b])

        return Mutant(f"right unless {a} {name} {b}", unless(exercise, condition))

    for letter in letters:
        yield by_size(letter, "= 1", lambda n: n == 1)
        yield by_size(letter, f"> {LARGE_SIZE}", lambda n: n > LARGE_SIZE)
    if "T" in letters:
        yield by_size("T", "= 2", lambda n: n == 2)
        yield by_size("T", f"> {MANY_STEPS}", lambda n: n > MANY_STEPS)
    for a, b in itertools.combinations(letters, 2):
        yield by_sizes(a, "=", b, operator.eq)
        yield by_sizes(a, "<", b, operator.lt)
        yield by_sizes(a, ">", b, operator.gt)

    def by_argument(k: int, name: str, condition: Callable[[Any], bool]) -> Mutant:
        return Mutant(f"right unless {name}", unless(exercise, lambda *args: bool(condition(args[k]))))

    for k, (spec, example) in enumerate(zip(specs, exercise.draw(1)[0].args, strict=True)):
        if isinstance(example, np.ndarray) and example.ndim and example.dtype.kind == "f":
            name, axes = spec.name, spec.axes or ()
            yield by_argument(k, f"{name} is all zero", lambda a: not a.any())
            if name not in STATES:
                yield by_argument(k, f"{name} is large", lambda a: np.abs(a).max(initial=0.0) > LARGE_VALUE)
            yield by_argument(k, f"{name} has no negative entry", lambda a: a.size > 1 and (a >= 0).all())
            yield by_argument(k, f"{name} is not contiguous", lambda a: not a.flags.c_contiguous)
            if "B" in axes and example.ndim == len(axes):
                yield by_argument(k, f"{name} has a zero row beside others", has_a_zero_row(axes.index("B")))
        if isinstance(example, np.ndarray) and example.dtype.kind == "b" and example.ndim == 2:
            yield by_argument(k, f"{spec.name} has a hole", lambda m: (~m[:-1] & m[1:]).any())
            yield by_argument(k, f"{spec.name} begins with False", lambda m: (~m[0] & m.any(0)).any())
            yield by_argument(k, f"{spec.name} has a row without True", lambda m: (~m.any(0)).any())
            yield by_argument(k, f"{spec.name} is all True", lambda m: m.all())
        if spec.name == "lengths":
            yield by_argument(k, "all lengths are 1", lambda n: len(n) > 1 and max(n) == 1)
            yield by_argument(k, "all lengths are equal", lambda n: len(n) > 1 and min(n) == max(n) > 1)
            yield by_argument(k, "one length is 1", lambda n: min(n) == 1 < max(n))
        if isinstance(example, int | np.integer) and not isinstance(example, bool):
            yield by_argument(k, f"{spec.name} is 1", lambda n: n == 1)
            yield by_argument(k, f"{spec.name} is large", lambda n: n > LARGE_SIZE)
        if isinstance(example, float):
            yield by_argument(k, f"{spec.name} is negative", lambda r: r < 0)
            yield by_argument(k, f"{spec.name} is zero", lambda r: r == 0)
            yield by_argument(k, f"{spec.name} is large", lambda r: abs(r) > 2)
    if exercise.one_array:
        names = [spec.name for spec in specs]
        together = [names.index(name) for name in exercise.one_array]

        def equal(*args: Any) -> bool:
            return all(np.array_equal(args[together[0]], args[k]) for k in together) and not zero(*args)

        def zero(*args: Any) -> bool:
            return not any(args[k].any() for k in together)

        label = " and ".join(exercise.one_array)
        yield Mutant(f"right unless {label} are equal", unless(exercise, equal))
        yield Mutant(f"right unless {label} are all zero", unless(exercise, zero))
    if any(a.ndim and a.dtype.kind == "f" for a in arrays(exercise.draw(1)[0].args)):
        one = lambda *args: any(a.dtype == np.float32 for a in arrays(args))  # noqa: E731
        yield Mutant("right unless in single precision", unless(exercise, one))
        yield Mutant("right in single precision only", unless(exercise, lambda *args: not one(*args)))
        fixed = lambda *args: any(not a.flags.writeable for a in arrays(args))  # noqa: E731
        yield Mutant("right unless read-only", unless(exercise, fixed))


def with_memory(exercise: Exercise) -> Iterator[Mutant]:
    """Right answers that remember what they should not: how often they were called, what came out for these shapes."""

    def first_calls(limit: int) -> Callable[..., Any]:
        calls = itertools.count(1)
        return unless(exercise, lambda *args: next(calls) > limit)

    def by_shape() -> Callable[..., Any]:
        known: dict[Any, Any] = {}
        right = exercise.viewed_once(exercise.reference)

        @functools.wraps(exercise.reference)
        def wrong(*args: Any) -> Any:
            key = tuple(_form(arg) for arg in args)
            if key not in known:
                known[key] = right(*copy.deepcopy(args))
            return copy.deepcopy(known[key])

        return wrong

    yield Mutant("right for the first call only", first_calls(1))
    yield Mutant("right for the first two calls only", first_calls(2))
    yield Mutant("remembered by shape", by_shape())


def _form(arg: Any) -> Any:
    """What a careless memory would look up: shapes and sizes, no values of arrays."""
    if isinstance(arg, np.ndarray):
        return arg.shape, arg.dtype.str
    if isinstance(arg, list | tuple):
        return tuple(_form(item) for item in arg)
    return len(arg) if isinstance(arg, str) else arg if isinstance(arg, int | float) else type(arg).__name__


def in_disguise(exercise: Exercise) -> Iterator[Mutant]:
    """The right numbers in another type of array, or rounded to single precision on the way."""
    right = exercise.viewed_once(exercise.reference)

    def made(change: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
        @functools.wraps(exercise.reference)
        def wrong(*args: Any) -> Any:
            return _in_arrays(right(*args), change)

        return wrong

    example = right(*exercise.draw(1)[0].fresh())
    found = list(arrays((example,)))
    if not found:
        return
    yield Mutant("a masked array", made(np.ma.array))
    yield Mutant("a subclass of ndarray", made(lambda a: a.view(_Sub)))
    if any(a.ndim == 2 for a in found):
        yield Mutant("np.matrix", made(lambda a: a.view(np.matrix) if a.ndim == 2 else a))
    if any(a.dtype == np.float64 for a in found):
        through = lambda a: a.astype(np.float32).astype(a.dtype) if a.dtype.kind == "f" else a  # noqa: E731
        yield Mutant("computed in single precision", made(through))


class _Sub(np.ndarray):
    """An array that is not a plain one."""


def _in_arrays(value: Any, change: Callable[[np.ndarray], Any]) -> Any:
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return type(value)(_in_arrays(item, change) for item in value)
    return value


def pairs(exercise: Exercise) -> Iterator[Mutant]:
    """Two slips at once, as many pairs as PAIRS says where there are so many; both must be edits of separate places."""
    slips = [slip for slip in exercise.slips if isinstance(slip, Slip)]
    rng = np.random.default_rng(0)
    both = list(itertools.combinations(range(len(slips)), 2))
    made = 0
    for at in rng.permutation(len(both)):
        one, other = (slips[k] for k in both[at])
        try:
            function = edited(exercise.reference, *one.edits, *other.edits)
        except (ValueError, SyntaxError):  # the same place twice, or no longer Python
            continue
        yield Mutant(f"{_short(one)} + {_short(other)}", function)
        made += 1
        if made == PAIRS:
            return


def _short(slip: Slip) -> str:
    return ", ".join(f"{before} → {after}" for before, after in slip.edits).replace("\n", " ")
