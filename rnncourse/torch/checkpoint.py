"""Stop a training anywhere and go on as if nothing had happened: what must be kept, and how it is written safely."""

import os
import random
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from rnncourse.torch.resume import check_contents, check_settings, numpy_state, python_state

CUT = "it cannot be read: cut short, or written by something else"


def random_states() -> dict[str, Any]:
    """Return the state of every global random generator (torch, its GPUs, NumPy, Python) in plain types and tensors."""
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)  # noqa: NPY002  kept, not used
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [name, torch.from_numpy(np.asarray(keys).astype(np.int64)), position, has_gauss, cached],
        "python": random.getstate(),
    }


def set_random_states(states: dict[str, Any]) -> None:
    """Put back what `random_states` returned; of the GPUs, those that are here."""
    torch.set_rng_state(states["torch"])
    for number, state in enumerate(states["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(state, number)
    np.random.set_state(numpy_state(states))  # noqa: NPY002
    random.setstate(python_state(states))


def save(contents: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a checkpoint whole or not at all: to a file beside it first, then renamed over it in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            torch.save(contents, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], settings: dict[str, Any], model: nn.Module) -> dict[str, Any]:
    """Read a checkpoint that a run with the same settings wrote for such a model; nothing is changed.

    Raises
    ------
    ValueError : the file is no checkpoint of `fit`, damaged, or of other settings: what differs, with both values.
    """
    contents = _read(path)
    try:
        check_settings(contents["settings"], settings)
    except ValueError as error:
        raise ValueError(f"the checkpoint {path} was {error}; use the same, or another file to start afresh") from None
    with only_for(path):
        check_contents(contents, model)
    return contents


@contextmanager
def only_for(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of an error what file it speaks of."""
    try:
        yield
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"{path} is no checkpoint of fit: {reason}; delete it to start afresh") from None


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a file's contents: tensors, numbers, text. Nothing that would run code is read, and no way to is named."""
    with open(path, "rb") as file, only_for(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, on the form of a pickle that is then refused
        try:
            contents = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            foreign = re.search(r"GLOBAL (\S+)", str(error))
            reason = f"it holds {foreign[1]}, and only tensors, numbers and text are read" if foreign else CUT
            raise ValueError(reason) from None
        if not isinstance(contents, dict) or not isinstance(contents.get("settings"), dict):
            raise ValueError("there are no settings of a training in it")
    return contents
