"""What belongs to the whole process: the shared generators, printing, the locale, the folder, the depth of recursion.

A result may not depend on it, and whoever calls the check finds it as it was. (The warnings' filters and np.seterr are
set for each call, and set back, in guard.py.)

Of PyTorch, only where it is loaded: the generator, the dtype of new tensors, whether gradients are kept. A layer of
torch.nn draws its first weights from that generator, also where they are then replaced, so to draw from it is no fault:
a result that depends on it differs from call to call.
"""

import contextlib
import locale
import os
import random
import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse.checks.arguments import unchanged


class Torch(NamedTuple):
    """PyTorch's part of it."""

    generator: Any
    dtype: Any
    gradients: bool
    deterministic: bool


class Surroundings(NamedTuple):
    """One moment of it."""

    numpy_generator: Any
    numpy_random: Any
    random: Any
    printing: Any
    locale: str
    folder: str
    environment: dict[str, str]
    recursion: int
    streams: tuple[Any, ...]
    torch: Torch | None


def now() -> Surroundings:
    generator, state = _numpy()
    return Surroundings(
        generator,
        state,
        random.getstate(),
        dict(np.get_printoptions()),
        locale.setlocale(locale.LC_ALL),
        _folder(),
        dict(os.environ),
        sys.getrecursionlimit(),
        (sys.stdin, sys.stderr),
        _torch(),
    )


def generators() -> tuple[Any, ...]:
    """The shared generators alone: NumPy's, its state, Python's."""
    return (*_numpy(), random.getstate())


def drawn_from(before: tuple[Any, ...]) -> tuple[str, ...]:
    """The shared generators that are not as they were: as `generators` gave them."""
    generator, state = _numpy()
    moved = {
        "np.random": generator is not before[0] or not unchanged(state, before[1]),
        "random": random.getstate() != before[2],
    }
    return tuple(name for name, does in moved.items() if does)


def restore(before: Surroundings) -> None:
    _restore_numpy(before.numpy_generator, before.numpy_random)  # the notebook may have seeded it
    random.setstate(before.random)
    if np.get_printoptions() != before.printing:
        np.set_printoptions(**before.printing)
    if locale.setlocale(locale.LC_ALL) != before.locale:
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, before.locale)
    if _folder() != before.folder:
        os.chdir(before.folder)
    if os.environ != before.environment:
        os.environ.clear()
        os.environ.update(before.environment)
    if sys.getrecursionlimit() != before.recursion:
        sys.setrecursionlimit(before.recursion)
    sys.stdin, sys.stderr = before.streams  # of sys.stdout printed.py takes care
    _restore_torch(before.torch)


def _numpy() -> tuple[Any, Any]:
    """The generator behind np.random's functions, which can be another one, and its state."""
    return np.random.get_bit_generator(), np.random.get_state(legacy=False)  # type: ignore[attr-defined] # noqa: NPY002


def _restore_numpy(generator: Any, state: Any) -> None:
    if np.random.get_bit_generator() is not generator:  # type: ignore[attr-defined]
        np.random.set_bit_generator(generator)  # type: ignore[attr-defined]
    np.random.set_state(state)  # noqa: NPY002


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _torch() -> Torch | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "default_generator"):  # half of it is loaded
        return None
    return Torch(
        torch.default_generator.get_state(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    )


def _restore_torch(before: Torch | None) -> None:
    torch, after = sys.modules.get("torch"), _torch()
    if torch is None or after is None:
        return
    if before is None:  # the answer has loaded it: as when it is new
        torch.default_generator.seed()
        before = Torch(torch.default_generator.get_state(), torch.float32, True, False)
    torch.default_generator.set_state(before.generator)
    if after.dtype != before.dtype:
        torch.set_default_dtype(before.dtype)
    if after.gradients != before.gradients:
        torch.set_grad_enabled(before.gradients)
    if after.deterministic != before.deterministic:
        torch.use_deterministic_algorithms(before.deterministic)
