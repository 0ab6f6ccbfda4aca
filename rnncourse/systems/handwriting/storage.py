"""The networks that come with the package, and what was measured of them."""

import json
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems.handwriting import reading_storage, writing_storage
from rnncourse.systems.handwriting.reader import Reader
from rnncourse.systems.handwriting.writing import Pen
from rnncourse.systems.records import record

__all__ = ["STORED", "load", "record", "results", "stored"]

STORED = Path(__file__).parent / "stored"


def load(path: str | Path, device: str | torch.device = "cpu") -> Reader | Pen:
    """Read a network of either kind from its file; see `Kind.load`."""
    return writing_storage.load(path, device)[0] if writing_storage.is_one(path) else reading_storage.load(path, device)


def stored(name: str = "reader") -> Path:
    """The path of a network that comes with the package: "writer" or "inventor"."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.handwriting evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
