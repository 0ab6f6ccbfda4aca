"""A trained translator as one small file, and those that come with the package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from rnncourse.reference._validation import check_choice
from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.records import record
from rnncourse.systems.seq2seq.model import Translator
from rnncourse.systems.seq2seq.symbols import Symbols
from rnncourse.systems.seq2seq.tasks import TASKS

__all__ = ["STORED", "Trained", "load", "record", "results", "save", "stored"]

STORED = Path(__file__).parent / "stored"


class Trained(NamedTuple):
    """What a file holds."""

    task: str
    model: Translator
    source: Symbols
    target: Symbols


def _build(content: Mapping[str, Any]) -> tuple[Translator, Trained]:
    check_choice("task", content.get("task"), tuple(TASKS))
    both = {"sources": Symbols(content.get("source", ())), "targets": Symbols(content.get("target", ()))}
    model = Translator(**content["settings"])
    for name, signs in both.items():
        number = model.settings[name]
        if len(signs) != number:
            raise ValueError(f"{name}: {len(signs)} signs in the file, {number} in the model")
    return model, Trained(content["task"], model, *both.values())


KIND = Kind("rnncourse translator 1", "this translator", _build)


def save(trained: Trained, path: str | Path) -> None:
    """Write weights, settings, task and signs; see `Kind.save`."""
    task, model, source, target = trained
    KIND.save(path, model, task=task, source=source.signs, target=target.signs)


def load(path: str | Path, device: str | torch.device = "cpu") -> Trained:
    """Read what `save` wrote; see `Kind.load`."""
    return KIND.load(path, device)[1]


def stored(name: str) -> Path:
    """The path of a network that comes with the package: "dates", "dates-plain" or "pronunciation"."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.seq2seq evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
