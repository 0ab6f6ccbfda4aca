"""May a training go on from this file? All is looked at before anything is changed."""

import random
from dataclasses import fields
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.torch.history import History
from rnncourse.torch.layer import Layer
from rnncourse.torch.matching import check_tensors, tensor_form

PARTS: dict[str, Any] = {
    **{"model": dict, "optimiser": dict, "scaler": dict, "history": dict, "random": dict},
    **{"place": list, "epoch_start": list, "state": object, "seconds": Real, "best": dict | None},
}
SPEED_ONLY = {"params", "lr", "initial_lr", "foreach", "fused", "capturable", "differentiable"}
# One number of state for each number of a parameter: what the others keep has shapes of their own.
BY_ENTRY = ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD")


def plain(value: Any) -> Any:
    """Return a nested value with NumPy's numbers as Python's, which a file may hold."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(plain(item) for item in value)
    return value


def settings_of(model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Return what a file's model and optimiser must have in common with these, one entry a difference that counts."""
    settings: dict[str, Any] = {}
    for name, part in model.named_modules():
        if isinstance(part, Layer):
            settings[f"model.{name}" if name else "model"] = part.form()
        elif isinstance(part, nn.modules.dropout._DropoutNd):
            settings[f"model.{name}.p" if name else "model.p"] = float(part.p)
    settings |= {f"model.{name}": tensor_form(tensor) for name, tensor in model.state_dict().items()}
    groups = optimiser.param_groups
    settings |= {"optimiser": type(optimiser).__name__, "lr": [float(group["initial_lr"]) for group in groups]}
    settings["trained parameters"] = [len(group["params"]) for group in groups]
    for name in sorted({name for group in groups for name in group} - SPEED_ONLY):
        settings[f"optimiser.{name}"] = [plain(group.get(name)) for group in groups]
    return settings


def check_settings(kept: dict[str, Any], settings: dict[str, Any]) -> None:
    """Raise ValueError at the first setting in which a file differs from this run, with both values."""
    of_both = kept.keys() & settings.keys()
    for name in sorted([*settings, *kept], key=lambda name: not str(name).startswith("model")):
        if str(name).startswith("optimiser.") and name not in of_both:
            continue  # an option that another version of torch has
        there, here = kept.get(name, "nothing"), settings.get(name, "nothing")
        if not _same(there, here):
            raise ValueError(f"made with {name}={there!r}, this run has {name}={here!r}")


def check_contents(contents: dict[str, Any], model: nn.Module) -> None:
    """Raise ValueError where a file's parts are not what `fit` wrote for this model."""
    for name, kind in PARTS.items():
        if name not in contents:
            raise ValueError(f"it has no {name!r}")
        if not isinstance(contents[name], kind):
            raise ValueError(f"its {name!r} is of type {type(contents[name]).__name__}")
    check_tensors(contents["model"], model.state_dict())
    if contents["best"] is not None:
        check_tensors(contents["best"], model.state_dict())
    slots = contents["optimiser"].get("state")
    if not isinstance(slots, dict) or not all(isinstance(one, dict) for one in slots.values()):
        raise ValueError("its optimiser's state is no dict of dicts, one a parameter")
    _check_place(contents["place"], contents["epoch_start"])
    _check_history(contents["history"], *contents["place"][:2])
    check_random_states(contents["random"])
    check_random_states(contents["epoch_start"][1])


def check_optimiser(optimiser: torch.optim.Optimizer) -> None:
    """Raise ValueError where an optimiser that has read a file's state has one that fits no parameter."""
    if type(optimiser).__name__ not in BY_ENTRY:
        return
    for parameter, slots in optimiser.state.items():
        for name, value in slots.items():
            if isinstance(value, Tensor) and value.shape not in ((), parameter.shape):
                shape, wanted = tuple(value.shape), tuple(parameter.shape)
                raise ValueError(f"its optimiser's {name} has shape {shape}, its parameter {wanted}")


def check_random_states(states: Any) -> None:
    """Raise ValueError where generators cannot be set to these states; generators of its own are tried."""
    try:
        torch.Generator().set_state(states["torch"])
        if not all(isinstance(state, Tensor) and state.dtype == torch.uint8 for state in states["cuda"]):
            raise TypeError("a GPU's state is no tensor of bytes")
        np.random.RandomState().set_state(numpy_state(states))
        random.Random().setstate(python_state(states))
    except Exception as error:
        raise ValueError(f"its random numbers cannot be gone on with ({error})") from error


def numpy_state(states: dict[str, Any]) -> tuple[Any, ...]:
    """Return NumPy's part of the random states in NumPy's form."""
    name, keys, *rest = states["numpy"]
    return (name, keys.numpy().astype(np.uint32), *rest)


def python_state(states: dict[str, Any]) -> tuple[Any, ...]:
    """Return Python's part of the random states in Python's form."""
    version, numbers, gauss = states["python"]
    return version, tuple(numbers), gauss


def _check_place(place: list[Any], epoch_start: list[Any]) -> None:
    if len(place) != 4 or not all(type(number) is int and number >= 0 for number in place):
        raise ValueError(f"its place is {place!r}, not four whole numbers: epoch, updates, batch, step")
    if len(epoch_start) != 2 or type(epoch_start[0]) is not int or not 0 <= epoch_start[0] <= place[1]:
        raise ValueError("its epoch_start is no number of updates with random states")


def _check_history(history: dict[str, Any], epochs: int, updates: int) -> None:
    names = [one.name for one in fields(History)]
    if set(history) != set(names):
        raise ValueError(f"its history has {', '.join(map(str, history))}, that of this version {', '.join(names)}")
    counts = dict.fromkeys(("step_loss", "norm", "rate"), updates) | dict.fromkeys(("loss", "seconds"), epochs)
    for name in (*counts, "validation"):
        values = history[name]
        if not isinstance(values, list) or not all(isinstance(value, Real) for value in values):
            raise ValueError(f"its history's {name} is no list of numbers")
        if len(values) != counts.get(name, len(values)):
            raise ValueError(f"its history's {name} has {len(values)} entries, its place says {counts[name]}")
    best = history["best_epoch"]
    if best is not None and not (type(best) is int and 0 <= best < len(history["validation"])):
        raise ValueError(f"its history's best_epoch is {best!r}, of {len(history['validation'])} validations")
    if not isinstance(history["stopped"], str):
        raise ValueError(f"its history's stopped is {history['stopped']!r}")


def _same(a: Any, b: Any) -> bool:
    """Whether two settings are one; a tensor or an array, which fit never writes there, is never the same."""
    numbers = all(isinstance(value, int | float) for value in (a, b))
    return bool(a == b) if numbers else repr(a) == repr(b) and type(a) is type(b)
