"""A trained model of characters as one small file, and those that come with the package."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems.checkpoint import Kind
from rnncourse.systems.language.alphabet import Alphabet
from rnncourse.systems.language.model import CharacterModel
from rnncourse.systems.records import record

__all__ = ["STORED", "checksum", "load", "record", "results", "save", "stored"]

STORED = Path(__file__).parent / "stored"


def _build(content: Mapping[str, Any]) -> tuple[CharacterModel, Alphabet]:
    model, alphabet = CharacterModel(**content["settings"]), Alphabet(content.get("alphabet", ""))
    if len(alphabet) != model.settings["characters"]:
        raise ValueError(f"alphabet: {len(alphabet)} symbols in the file, {model.settings['characters']} in the model")
    return model, alphabet


KIND = Kind("rnncourse characters 1", "a model of text", _build)


def save(model: CharacterModel, alphabet: Alphabet, path: str | Path) -> None:
    """Write weights, settings and alphabet; see `Kind.save`."""
    KIND.save(path, model, alphabet=alphabet.characters)


def load(path: str | Path, device: str | torch.device = "cpu") -> tuple[CharacterModel, Alphabet]:
    """Read what `save` wrote; see `Kind.load`."""
    return KIND.load(path, device)


def checksum(model: CharacterModel, alphabet: Alphabet) -> bytes:
    """SHA-256 of the alphabet and of every weight, 32 bytes: equal only where the same text costs the same bits."""
    digest = hashlib.sha256(alphabet.characters.encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.digest()


def stored(name: str = "plays") -> Path:
    """The path of the checkpoint that comes with the package."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.language evaluate --out` wrote."""
    return json.loads((STORED / "results.json").read_bytes())
