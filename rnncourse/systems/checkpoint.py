"""A trained model as one small file (safetensors, half precision) that says itself what it is, and which kind it is.

Each system's storage.py names its kind and says how a model is built of what the file says.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.torch.advice import as_device
from rnncourse.torch.matching import check_tensors


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    name : "rnncourse characters 1"; the file carries it.
    what : for people, "a model of text".
    build : from the file's description, whose "settings" are the model's, to an untrained model and what belongs to it,
        a vocabulary for example; ValueError where the two do not fit.
    """

    name: str
    what: str
    build: Callable[[Mapping[str, Any]], tuple[Any, Any]]

    def save(self, path: str | Path, model: nn.Module, **belongs: Any) -> None:
        """Write weights (rounded to half precision), `model.settings` and what belongs to the model, in JSON's types.

        Raises
        ------
        ValueError : what `load` would refuse, such as a weight that half precision cannot hold.
        """
        from safetensors.torch import save_file

        content = {"settings": model.settings, **belongs}
        wanted, _ = self._skeleton(content)
        weights = {name: _half(tensor).contiguous().cpu() for name, tensor in model.state_dict().items()}
        check_tensors(weights, {name: _half(tensor) for name, tensor in wanted.items()}, finite=True)
        save_file(weights, path, metadata={"kind": self.name, "model": json.dumps(content)})

    def load(self, path: str | Path, device: str | torch.device = "cpu") -> tuple[Any, Any]:
        """Read what `save` wrote, in single precision: the model in eval mode, and what belongs to it.

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
                if metadata.get("kind") != self.name:
                    raise ValueError(f"a safetensors file, but of another kind ({metadata.get('kind', 'none given')})")
                content = json.loads(metadata.get("model", "null"))
                weights = {name: _full(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
            if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
                raise ValueError("it has no settings of a model")
            wanted, _ = self._skeleton(content)
            check_tensors(weights, wanted, finite=True)
            model, rest = self.build(content)
            model.load_state_dict(weights)
        except (SafetensorError, ValueError, TypeError, RuntimeError, OverflowError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ValueError(f"not a checkpoint of {self.what}: {path}: {reason}") from error
        return model.to(device).eval(), rest

    def _skeleton(self, content: Mapping[str, Any]) -> tuple[dict[str, Tensor], Any]:
        """The tensors that such a model has, without memory: settings may ask for any size."""
        with torch.device("meta"):
            model, rest = self.build(content)
        return model.state_dict(), rest


def _half(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _full(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
