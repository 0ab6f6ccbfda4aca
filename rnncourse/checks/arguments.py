"""What is handed to an answer, and whether it came back as it was."""

from typing import Any

import numpy as np

from rnncourse.checks.plain import SIMPLE, leaves


def unchanged(now: Any, before: Any) -> bool:
    """Whether two values hold the same, down to the words in lists of lists. No code of a learner's object is run."""
    if type(now) is not type(before):
        return False
    if isinstance(now, np.ndarray):
        return now.shape == before.shape and now.dtype == before.dtype and _same_entries(now, before)
    if isinstance(now, (tuple, list)):
        return len(now) == len(before) and all(unchanged(a, b) for a, b in zip(now, before, strict=True))
    if isinstance(now, dict):  # in the same order
        return unchanged(list(now.items()), list(before.items()))
    if type(now) in SIMPLE or isinstance(now, np.generic):
        return bool(now == before) or bool(now != now and before != before)  # NaN is as it was
    if isinstance(now, (set, frozenset)):
        return all(type(item) in SIMPLE for item in now) and now == before
    if isinstance(now, np.random.Generator):
        return True  # to draw from it is what it is there for
    return now is before or unchanged(getattr(now, "__dict__", None), getattr(before, "__dict__", None))


def _same_entries(now: np.ndarray, before: np.ndarray) -> bool:
    if now.dtype.hasobject:
        return unchanged(now.tolist(), before.tolist())
    return now.tobytes() == before.tobytes()  # NaN for NaN, -0 for -0


def refilled(old: Any, new: Any) -> Any:
    """The new value in the arrays and lists of the old one, wherever these can hold it."""
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            old[...] = new
            return old
    elif type(old) is type(new) is tuple and len(old) == len(new):
        return tuple(refilled(a, b) for a, b in zip(old, new, strict=True))
    elif type(old) is type(new) is list:
        old[:] = [refilled(a, b) for a, b in zip(old, new, strict=False)] + new[len(old) :]
        return old
    return new


def form(value: Any) -> Any:
    """What two values share where one can be written over the other: shapes and dtypes; None where nothing can be."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str
    if isinstance(value, list):
        return "list", *map(form, (item for item in value if isinstance(item, np.ndarray)))
    forms = tuple(map(form, value)) if isinstance(value, tuple) else ()
    return forms if any(forms) else None


def writeable(value: Any) -> list[bool]:
    """Of every array in a value, whether it may be written to."""
    return [bool(array.flags.writeable) for array in leaves(value)]


def shares(a: Any, b: Any) -> bool:
    """Whether some array of one value lies in the memory of some array of the other."""
    return any(np.may_share_memory(x, y) for x in leaves(a) for y in leaves(b) if x.size and y.size)


def same_list(a: Any, b: Any) -> bool:
    """Whether two returned values are, or hold in a tuple, one and the same list or dict. Runs no learner's code."""
    if type(a) is type(b) is tuple:
        return any(same_list(x, y) for x, y in zip(a, b, strict=False))
    return a is b and type(a) in (list, dict)
