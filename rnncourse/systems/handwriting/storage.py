"""A trained reader as one small file, and the one that comes with the package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.data.pendigits import JUMPS
from rnncourse.reference._validation import check_choice
from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.handwriting.model import Reader
from rnncourse.systems.records import record

__all__ = ["STORED", "load", "record", "results", "save", "stored"]

STORED = Path(__file__).parent / "stored"


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


def stored(name: str = "reader") -> Path:
    """The path of a network that comes with the package: "reader"."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.handwriting evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
