"""For those who come from torch.nn: what is called otherwise here is refused with what to use instead."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

Init = TypeVar("Init", bound=Callable[..., None])
INSTEAD = {
    "num_layers": "Stack(LSTM(D, H), LSTM(H, H)) puts layers above one another, from_native takes over a module",
    "batch_first": "x is time first, (T, B, D): give x.transpose(0, 1)",
    "dropout": "Stack(LSTM(D, H), LSTM(H, H), dropout=p) drops between its layers",
    "bias": "a layer has both biases; from_native takes over a module without them, as zeros",
    "proj_size": "put nn.Linear(H, P) behind the layer",
}


def with_advice(init: Init) -> Init:
    """Return a layer's constructor that answers torch.nn's options with what to use instead.

    Raises
    ------
    TypeError : an option of torch.nn that is no parameter of `init`, or more values by position than it takes.
    """
    known = inspect.signature(init).parameters
    by_position = [name for name, one in known.items() if one.kind is one.POSITIONAL_OR_KEYWORD]

    @functools.wraps(init)
    def checked(self: Any, *values: Any, **options: Any) -> None:
        kind = type(self).__name__
        if len(values) >= len(by_position):
            sizes, third = " and ".join(by_position[1:]), INSTEAD["num_layers"]
            raise TypeError(
                f"{kind} takes {sizes}, then options by name, got {len(values)} values; "
                f"the third of torch.nn is num_layers: {third}"
            )
        for name in options:
            if name in INSTEAD and name not in known:
                raise TypeError(f"{kind} has no {name}: {INSTEAD[name]}")
        init(self, *values, **options)

    return cast(Init, checked)


def check_tensor(name: str, value: Any) -> None:
    """Raise TypeError where a layer's input is no tensor, with the way to make it one."""
    if isinstance(value, PackedSequence):
        raise TypeError(
            f"{name}: got a PackedSequence, expected a tensor, time first; "
            f"{name}, lengths = pad_packed_sequence(…), then call with lengths=lengths"
        )
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch tensor, got {describe(value)}; torch.from_numpy turns an array into one"
        )


def check_tokens(name: str, tokens: Tensor, kinds: int) -> None:
    """Raise ValueError where a token is no whole number of 0 … kinds − 1.

    Only on a CPU and outside a compiled graph: to look at values on a GPU means to wait for it.
    """
    if tokens.device.type != "cpu" or torch.compiler.is_compiling() or not tokens.numel():
        return
    low, high = int(tokens.min()), int(tokens.max())
    if low < 0 or high >= kinds:
        shape = tuple(tokens.shape)
        raise ValueError(f"{name}: values {low} … {high} in shape {shape}, expected 0 … {kinds - 1}, the {kinds} kinds")


def as_device(device: torch.device | str) -> torch.device:
    """Return a device by its name; ValueError where torch knows none of that name, or has none here."""
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device: got {device!r}, expected cpu, cuda or cuda:N (the GPU's number, from 0)") from None
    try:
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"device: torch cannot use {str(found)!r} here ({reason}); leave it out for the CPU") from None
    return found


def describe(value: object) -> str:
    """Name a value's type, and its shape where it has one."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    size = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return f"{type(value).__name__}{size}"
