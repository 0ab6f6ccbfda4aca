"""A trained model as one small file (safetensors, half precision) that says itself what it is."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnncourse.systems.language.alphabet import Alphabet
from rnncourse.systems.language.model import CharacterModel
from rnncourse.torch.matching import check_tensors

KIND = "rnncourse characters 1"
STORED = Path(__file__).parent / "stored"


def save(model: CharacterModel, alphabet: Alphabet, path: str | Path) -> None:
    """Write weights (rounded to half precision), settings and alphabet.

    Raises
    ------
    ValueError : what `load` would refuse: an alphabet of another size, a weight that half precision cannot hold.
    """
    from safetensors.torch import save_file

    weights = {name: tensor.half().contiguous().cpu() for name, tensor in model.state_dict().items()}
    _check(weights, weights, model, alphabet)
    content = json.dumps({"settings": model.settings, "alphabet": alphabet.characters})
    save_file(weights, path, metadata={"kind": KIND, "model": content})


def load(path: str | Path, device: str | torch.device = "cpu") -> tuple[CharacterModel, Alphabet]:
    """Read what `save` wrote, in single precision; the model comes in eval mode.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : the file is damaged, or was not written by `save`; a tensor that does not fit is named with both
        shapes, or with the place of what is no finite number.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"no such checkpoint: {path}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != KIND:
                raise ValueError(f"a safetensors file, but of another kind ({metadata.get('kind', 'none given')})")
            content = json.loads(metadata.get("model", "null"))
            weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
            raise ValueError("it has no settings of a model")
        alphabet = Alphabet(content.get("alphabet", ""))
        with torch.device("meta"):  # shapes without memory: settings may ask for any size
            skeleton = CharacterModel(**content["settings"])
        _check(weights, skeleton.state_dict(), skeleton, alphabet)
        model = CharacterModel(**content["settings"])
        model.load_state_dict(weights)
    except (SafetensorError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"not a checkpoint of a model of text: {path}: {reason}") from error
    return model.to(device).eval(), alphabet


def checksum(model: CharacterModel, alphabet: Alphabet) -> bytes:
    """SHA-256 of the alphabet and of every weight, 32 bytes: equal only where the same text costs the same bits."""
    digest = hashlib.sha256(alphabet.characters.encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.digest()


def export(path: str | Path, out: str | Path) -> None:
    """Write a checkpoint as the .npz that `live.load` reads: float16 arrays by name, and the alphabet's code points."""
    from safetensors.numpy import load_file

    _, alphabet = load(path)  # refuses what is none
    arrays: dict[str, Any] = load_file(path)
    points = np.array([ord(character) for character in alphabet.characters], dtype=np.int32)
    np.savez_compressed(out, alphabet=points, **arrays)


def stored(name: str = "plays") -> Path:
    """The path of the checkpoint that comes with the package."""
    return STORED / f"{name}.safetensors"


def record(path: str | Path) -> dict[str, Any]:
    """The JSON beside a checkpoint: command, seed, time, machine and score."""
    return json.loads(Path(path).with_suffix(".json").read_bytes())


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.language evaluate --out` wrote."""
    return json.loads((STORED / "results.json").read_bytes())


def _check(weights: dict[str, Any], wanted: dict[str, Any], model: CharacterModel, alphabet: Alphabet) -> None:
    """Raise ValueError where weights are not a model's, one is not finite, or there are not as many symbols."""
    check_tensors(weights, wanted, finite=True)
    if len(alphabet) != model.settings["characters"]:
        raise ValueError(f"alphabet: {len(alphabet)} symbols in the file, {model.settings['characters']} in the model")
