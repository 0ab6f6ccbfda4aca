"""A trained network as one small file (safetensors, half precision) that says itself what it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.glimpses.convnet import ConvNet
from rnncourse.systems.glimpses.model import Looker
from rnncourse.systems.glimpses.training import build
from rnncourse.systems.records import record

__all__ = ["STORED", "load", "record", "results", "save", "stored"]

STORED = Path(__file__).parent / "stored"


def _build(content: Mapping[str, Any]) -> tuple[Looker | ConvNet, None]:
    return build(**content["settings"]), None


KIND = Kind("rnncourse glimpses 1", "this network that looks", _build)


def save(model: Looker | ConvNet, path: str | Path) -> None:
    """Write weights and settings; see `Kind.save`."""
    KIND.save(path, model)


def load(path: str | Path, device: str | torch.device = "cpu") -> Looker | ConvNet:
    """Read what `save` wrote; see `Kind.load`."""
    return KIND.load(path, device)[0]


def stored(name: str) -> Path:
    """The path of a network that comes with the package."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.glimpses evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
