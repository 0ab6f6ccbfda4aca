"""What a training loop does to batches: draw them, move them, cut them into windows."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Batches = Iterable[Any] | Callable[[int], Iterable[Any]]


def detach(state: Any) -> Any:
    """Return the state cut off from its past: same numbers, no gradient; any nesting of tuples, lists and dicts."""
    return map_tensors(lambda tensor: tensor.detach(), state)


def map_tensors(function: Callable[[Tensor], Tensor], value: Any) -> Any:
    """Apply a function to every tensor of a nested value."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, dict):
        return {key: map_tensors(function, item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(function, item) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(map_tensors(function, item) for item in value)
    return value


def to_device(value: Any, device: torch.device) -> Any:
    """Return a nested value with its tensors on the device."""
    return map_tensors(lambda tensor: tensor.to(device, non_blocking=True), value)


def move(batch: Any, device: torch.device) -> tuple[Any, ...]:
    """Return a batch as a tuple, its arrays as tensors, on the device; a lone tensor is a batch of one."""
    items = batch if isinstance(batch, tuple | list) else (batch,)
    return tuple(to_device(torch.from_numpy(item) if isinstance(item, np.ndarray) else item, device) for item in items)


def open_batches(batches: Batches, epoch: int) -> Iterable[Any]:
    """Return this epoch's batches."""
    source = batches if isinstance(batches, Iterable) else batches(epoch) if callable(batches) else None
    if not isinstance(source, Iterable):
        got = type(batches).__name__
        raise TypeError(f"batches must be an iterable of tuples or a function of the epoch that returns one, got {got}")
    return source


def windows(batch: tuple[Any, ...], window: int | None, first: int = 0) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield (stop, piece) from step `first` on: windows of a time-first batch; without a window the batch itself."""
    if window is None:
        if first == 0:
            yield 1, batch
        return
    steps = {item.shape[0] if isinstance(item, Tensor) and item.dim() else -1 for item in batch}
    if len(steps) != 1 or -1 in steps:
        shapes = [tuple(item.shape) if isinstance(item, Tensor) else type(item).__name__ for item in batch]
        raise ValueError(f"window: a batch's items must be tensors with the same number of steps first, got {shapes}")
    (T,) = steps
    for start in range(first, T, window):
        stop = min(start + window, T)
        yield stop, tuple(item[start:stop] for item in batch)


def bar(source: Iterable[Any], text: str, quiet: bool) -> Iterable[Any]:
    """Return the batches, with a progress bar unless it is to be quiet."""
    if quiet:
        return source
    from tqdm.auto import tqdm  # here, for in a kernel without ipywidgets the import itself writes a warning

    return tqdm(source, desc=text, leave=False)


def device_of(model: nn.Module) -> torch.device:
    """Return where a model is."""
    parameter = next(model.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device
