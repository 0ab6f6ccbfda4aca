"""Do the tensors of a file fit a module? Asked before anything is written into it."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from rnncourse.reference._validation import check_finite


def check_tensors(found: Mapping[str, Any], wanted: Mapping[str, Any], *, finite: bool = False) -> None:
    """Raise ValueError where a file's tensors are not a module's: the first one that differs, and both forms.

    Parameters
    ----------
    found, wanted : name → tensor, as `state_dict` gives them
    finite : a NaN or an infinity is refused too
    """
    for name in [*wanted, *found]:
        there, here = tensor_form(found.get(name)), tensor_form(wanted.get(name))
        if there != here:
            raise ValueError(f"{name}: {there} in the file, {here} in the model")
    for name, tensor in found.items():
        if finite and isinstance(tensor, Tensor) and tensor.is_floating_point():
            check_finite(name, tensor.detach().double().cpu().numpy())


def tensor_form(value: Any) -> str:
    """Say what a tensor is, "float32 of shape (20, 3)"; "nothing" for None."""
    if value is None:
        return "nothing"
    if not isinstance(value, Tensor):
        return type(value).__name__
    return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}"
