"""A trained captioner as one small file (safetensors, half precision) that says itself what it is."""

import json
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems.captioning.model import Captioner
from rnncourse.systems.captioning.vocabulary import Vocabulary
from rnncourse.torch.advice import as_device
from rnncourse.torch.matching import check_tensors

KIND = "rnncourse captioner 1"
STORED = Path(__file__).parent / "stored"


def save(model: Captioner, vocabulary: Vocabulary, path: str | Path) -> None:
    """Write weights (rounded to half precision), settings and vocabulary.

    Raises
    ------
    ValueError : what `load` would refuse: a vocabulary of another size, a weight that half precision cannot hold.
    """
    from safetensors.torch import save_file

    weights = {name: _half(tensor).contiguous().cpu() for name, tensor in model.state_dict().items()}
    _check(weights, {name: _half(tensor) for name, tensor in model.state_dict().items()}, model, vocabulary)
    settings = json.dumps({"settings": model.settings, "vocabulary": vocabulary.words})
    save_file(weights, path, metadata={"kind": KIND, "model": settings})


def load(path: str | Path, device: str | torch.device = "cpu") -> tuple[Captioner, Vocabulary]:
    """Read what `save` wrote; the model comes in eval mode.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : the device is none that torch has here.
    ValueError : the file is damaged, or was not written by `save`; a tensor that does not fit is named with both
        shapes, or with the place of what is no finite number.
    """
    from safetensors import SafetensorError, safe_open

    device = as_device(device)
    if not Path(path).is_file():
        raise FileNotFoundError(f"no such checkpoint: {path}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != KIND:
                raise ValueError(f"a safetensors file, but of another kind ({metadata.get('kind', 'none given')})")
            content = json.loads(metadata.get("model", "null"))
            weights = {name: _full(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
        if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
            raise ValueError("it has no settings of a model")
        with torch.device("meta"):  # shapes without memory: settings may ask for any size
            skeleton, vocabulary = Captioner(**content["settings"]), Vocabulary(content.get("vocabulary", ()))
        _check(weights, skeleton.state_dict(), skeleton, vocabulary)
        model = Captioner(**content["settings"])
        model.load_state_dict(weights)
    except (SafetensorError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"not a checkpoint of this captioner: {path}: {reason}") from error
    return model.to(device).eval(), vocabulary


def _check(weights: dict[str, Any], wanted: dict[str, Any], model: Captioner, vocabulary: Vocabulary) -> None:
    """Raise ValueError where weights are not a model's, one is not finite, or the words are not as many as it says."""
    check_tensors(weights, wanted, finite=True)
    words = model.settings["words"]
    if len(vocabulary) != words:
        raise ValueError(f"vocabulary: {len(vocabulary)} words in the file, {words} in the model")


def stored(name: str = "plain") -> Path:
    """The path of a checkpoint that comes with the package: "plain" or "attention"."""
    return STORED / f"{name}.safetensors"


def record(path: str | Path) -> dict[str, Any]:
    """The JSON beside a checkpoint: command, seed, time, machine and score."""
    return json.loads(Path(path).with_suffix(".json").read_bytes())


def results() -> dict[str, Any]:
    """The scores of several seeds that `python -m rnncourse.systems.captioning evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _full(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
