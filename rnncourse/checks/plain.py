"""What an answer returned, made plain while it is still guarded: after that no code of the learner's runs any more.

Numbers, words, plain arrays, and tuples, lists and dicts of them stay what they are; torch's tensors become arrays.
Anything else becomes an `Other`, its name in words: a masked array equals whatever it hides, a subclass of float or
list may bring its own `__eq__` or `__iter__`, a generator has computed nothing yet. None is what an exercise asks for.
"""

import contextlib
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_ENTRIES, MOST_BYTES = 10_000, 64_000_000  # taken from an iterator, which may never end
DEEPEST = 20  # a list may hold itself
SIMPLE = (type(None), type(...), bool, int, float, complex, str, bytes, range)
NUMPY_SCALARS = frozenset(np.sctypeDict.values()) - {np.object_, np.void}


@dataclass(frozen=True)
class Other:
    """What no exercise asks for: `kind` says what it is, `advice` what to do about it. Two of one kind are equal."""

    kind: str
    advice: str = ""


def plain(value: Any, depth: int = 0) -> Any:
    """The value with everything in it that is not plain replaced by its name. Plain arrays stay the same objects."""
    if type(value) in SIMPLE or type(value) in NUMPY_SCALARS or type(value) is Other:
        return value
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return value
    if depth < DEEPEST:  # a named tuple too; each is read by the built-in type's own methods
        if issubclass(type(value), tuple):
            return tuple(plain(item, depth + 1) for item in tuple.__iter__(value))
        if issubclass(type(value), list):
            return [plain(item, depth + 1) for item in list.__iter__(value)]
        if issubclass(type(value), dict):
            return {_key(key, depth + 1): plain(item, depth + 1) for key, item in dict.items(value)}
    if is_tensor(value):
        with contextlib.suppress(TypeError, RuntimeError):  # of a kind that NumPy has not
            return plain(value.detach().cpu().numpy(), DEEPEST)
        return Other("a torch tensor", "It cannot be made an array.")
    return other(value)


def _key(value: Any, depth: int) -> Any:
    """A key made plain: a tensor can be one, and the array made of it cannot."""
    key = plain(value, depth)
    try:
        hash(key)
    except TypeError:
        return Other(f"a key of a dict, {type(value).__name__}"[:80])
    return key


def is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def holds_tensor(value: Any) -> bool:
    """Whether a result, or one of its parts, is a tensor."""
    return is_tensor(value) or (type(value) in (tuple, list) and any(is_tensor(part) for part in value))


def other(value: Any) -> Other:
    """Its name, and how to make of it what was asked for."""
    name = str(type(value).__name__)[:60]
    if isinstance(value, np.ndarray):
        size = tuple(int(n) for n in np.shape(value))
        if type(value) is np.ndarray:
            return Other(f"an array of objects (dtype {value.dtype}) of shape {size}", "An array of numbers is needed.")
        if isinstance(value, np.ma.MaskedArray):
            return Other(f"a masked array of shape {size}", "What a mask hides equals nothing: return a plain array.")
        return Other(f"a {name} of shape {size}", "np.asarray makes a plain array of it.")
    if isinstance(value, types.GeneratorType):
        value.close()
        return Other("a generator", "A function with yield in it only makes a generator when it is called: use return.")
    if isinstance(value, (types.CoroutineType, types.AsyncGeneratorType)):
        if isinstance(value, types.CoroutineType):
            value.close()  # else Python warns that it was never awaited
        return Other("a coroutine", "A function written with async def gives no result when it is called: write def.")
    if isinstance(value, types.FunctionType):
        return Other("a function", "Return its result.")
    if isinstance(value, Iterator):
        return Other(f"a {name}, which has not run yet", "list(…) runs through it.")
    if isinstance(value, (set, frozenset)):
        return Other(f"a {name} of {len(value)}")
    return Other(f"a {name}" if type(value).__module__ in ("builtins", "collections") else f"an object of class {name}")


def collected(iterator: Iterator[Any]) -> Any:
    """The list of what an iterator gives, or, where that is too much, its name."""
    taken: list[Any] = []
    size = 0
    for item in iterator:
        taken.append(item)
        size += sum(part.nbytes for part in leaves(item))
        if len(taken) > MOST_ENTRIES or size > MOST_BYTES:
            with contextlib.suppress(AttributeError):
                iterator.close()  # type: ignore[attr-defined]
            return Other(f"an iterator that had not ended after {len(taken):,} entries", "Does it ever?")
    return taken


def leaves(value: Any, depth: int = 0) -> Iterator[np.ndarray]:
    """Every array in a value, however deep."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list, dict)) and depth < DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item, depth + 1)


def others(value: Any) -> Iterator[Other]:
    """Everything in a plain value that is not what an exercise asks for."""
    if isinstance(value, Other):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from others(item)
