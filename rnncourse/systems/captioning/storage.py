"""A trained captioner as one small file, and those that come with the package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems.captioning.model import Captioner
from rnncourse.systems.captioning.vocabulary import Vocabulary
from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.records import record

__all__ = ["STORED", "load", "record", "results", "save", "stored"]

STORED = Path(__file__).parent / "stored"


def _build(content: Mapping[str, Any]) -> tuple[Captioner, Vocabulary]:
    model, vocabulary = Captioner(**content["settings"]), Vocabulary(content.get("vocabulary", ()))
    words = model.settings["words"]
    if len(vocabulary) != words:
        raise ValueError(f"vocabulary: {len(vocabulary)} words in the file, {words} in the model")
    return model, vocabulary


KIND = Kind("rnncourse captioner 1", "this captioner", _build)


def save(model: Captioner, vocabulary: Vocabulary, path: str | Path) -> None:
    """Write weights, settings and vocabulary; see `Kind.save`."""
    KIND.save(path, model, vocabulary=vocabulary.words)


def load(path: str | Path, device: str | torch.device = "cpu") -> tuple[Captioner, Vocabulary]:
    """Read what `save` wrote; see `Kind.load`."""
    return KIND.load(path, device)


def stored(name: str = "plain") -> Path:
    """The path of a checkpoint that comes with the package: "plain" or "attention"."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores of several seeds that `python -m rnncourse.systems.captioning evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
