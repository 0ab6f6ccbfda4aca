"""A trained reader as one small file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.data.pendigits import JUMPS
from rnncourse.reference._validation import check_choice
from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.handwriting.reader import Reader


def _build(content: Mapping[str, Any]) -> tuple[Reader, None]:
    check_choice("jumps", content["settings"].get("jumps"), JUMPS)
    return Reader(**content["settings"]), None


KIND = Kind("rnncourse pen reader 1", "this reader of a pen", _build)


def save(model: Reader, path: str | Path) -> None:
    """Write weights and settings; see `Kind.save`."""
    KIND.save(path, model)


def load(path: str | Path, device: str | torch.device = "cpu") -> Reader:
    """Read what `save` wrote; see `Kind.load`."""
    return KIND.load(path, device)[0]
