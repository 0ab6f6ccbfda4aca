"""A network that writes, as one small file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.reference._validation import check_choice
from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.handwriting.writing import Pen
from rnncourse.systems.handwriting.writing_training import WHAT

NAME = "rnncourse pen 1"


def _build(content: Mapping[str, Any]) -> tuple[Pen, str]:
    check_choice("what", content.get("what"), WHAT)
    return Pen(**content["settings"]), content["what"]


KIND = Kind(NAME, "a network that writes", _build)


def save(model: Pen, what: str, path: str | Path) -> None:
    """Write weights, settings and what it writes, "digits" or "characters"; see `Kind.save`."""
    KIND.save(path, model, what=what)


def load(path: str | Path, device: str | torch.device = "cpu") -> tuple[Pen, str]:
    """Read what `save` wrote: the network, and what it writes; see `Kind.load`."""
    return KIND.load(path, device)


def is_one(path: str | Path) -> bool:
    """Whether a file says that it holds a network that writes."""
    from rnncourse.systems import weights

    return Path(path).is_file() and weights.read(path)[1].get("kind") == NAME
