"""Stop a training anywhere and go on as if nothing had happened: what must be kept, and how it is written safely."""

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch


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
    """Put back what `random_states` returned."""
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])
    name, keys, position, has_gauss, cached = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))  # noqa: NPY002
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))


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


def load(path: str | os.PathLike[str], settings: dict[str, Any]) -> dict[str, Any]:
    """Read a checkpoint; it must come from a run with the same settings.

    Raises
    ------
    ValueError : the file is no checkpoint of `fit`, or a setting differs, named.
    """
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True)  # tensors and plain types: runs no code
        kept = contents["settings"]
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of fit ({error}); delete it to start afresh") from error
    for name, value in settings.items():
        if kept.get(name) != value:
            raise ValueError(
                f"the checkpoint {path} was made with {name}={kept.get(name)!r}, this run has {name}={value!r}; "
                "use the same, or another file to start afresh"
            )
    return contents
