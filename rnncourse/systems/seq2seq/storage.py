"""A trained network as one small file (safetensors, half precision) that says itself what it is."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch

from rnncourse.reference._validation import check_choice
from rnncourse.systems.seq2seq.model import Translator
from rnncourse.systems.seq2seq.symbols import Symbols
from rnncourse.systems.seq2seq.tasks import TASKS
from rnncourse.torch.matching import check_tensors

KIND = "rnncourse translator 1"
STORED = Path(__file__).parent / "stored"


class Trained(NamedTuple):
    """What a file holds."""

    task: str
    model: Translator
    source: Symbols
    target: Symbols


def save(trained: Trained, path: str | Path) -> None:
    """Write weights (rounded to half precision), settings, task and signs.

    Raises
    ------
    ValueError : what `load` would refuse: signs of another number, a weight that half precision cannot hold.
    """
    from safetensors.torch import save_file

    task, model, source, target = trained
    wanted = {name: tensor.half() for name, tensor in model.state_dict().items()}
    weights = {name: tensor.contiguous().cpu() for name, tensor in wanted.items()}
    _check(weights, wanted, trained)
    content = {"settings": model.settings, "task": task, "source": source.signs, "target": target.signs}
    save_file(weights, path, metadata={"kind": KIND, "model": json.dumps(content)})


def load(path: str | Path, device: str | torch.device = "cpu") -> Trained:
    """Read what `save` wrote; the model comes in eval mode.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : the file is damaged, or was not written by `save`; what does not fit is named.
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
        check_choice("task", content.get("task"), tuple(TASKS))
        source, target = Symbols(content.get("source", ())), Symbols(content.get("target", ()))
        with torch.device("meta"):  # shapes without memory: settings may ask for any size
            skeleton = Translator(**content["settings"])
        _check(weights, skeleton.state_dict(), Trained(content["task"], skeleton, source, target))
        model = Translator(**content["settings"])
        model.load_state_dict(weights)
    except (SafetensorError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"not a checkpoint of this translator: {path}: {reason}") from error
    return Trained(content["task"], model.to(device).eval(), source, target)


def _check(weights: dict[str, Any], wanted: dict[str, Any], trained: Trained) -> None:
    """Raise ValueError where weights are not a model's, one is not finite, or the signs are not as many as it says."""
    check_tensors(weights, wanted, finite=True)
    for name, signs in (("sources", trained.source), ("targets", trained.target)):
        number = trained.model.settings[name]
        if len(signs) != number:
            raise ValueError(f"{name}: {len(signs)} signs in the file, {number} in the model")


def stored(name: str) -> Path:
    """The path of a network that comes with the package: "dates", "numbers", "pronunciation"."""
    return STORED / f"{name}.safetensors"


def record(path: str | Path) -> dict[str, Any]:
    """The JSON beside a checkpoint: command, seed, time, machine and score."""
    return json.loads(Path(path).with_suffix(".json").read_bytes())


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.seq2seq evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
