"""A trained network that looks, in NumPy alone: what a page runs where there is no PyTorch.

The windows are those of `rnncourse.reference.glimpses`, the steps those of `rnncourse.reference.gru`. What it does is
seen look by look: where, what was seen there, how probable each digit is then.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference._validation import check_array, check_count
from rnncourse.reference.glimpses import block_means, glimpse_forward
from rnncourse.reference.gru import gru_step
from rnncourse.reference.ops import relu, softmax
from rnncourse.reference.params import Params
from rnncourse.systems import weights

Array = NDArray[Any]

KIND = "a network that looks"
WAYS = ("gradient", "reinforce", "centre", "whole")  # a picture is seen alike each time; "random" is not among them
CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
LAYERS = ("what.0", "what.2", "where.0", "where.2", "next", "readout")
NAMES = (
    *(f"core.{name}_l0" for name in CELL),
    *(f"{layer}.{name}" for layer in LAYERS for name in ("weight", "bias")),
)


class Model(NamedTuple):
    """How it looks, and its weights."""

    way: str
    side: int  # of the pictures it was trained with
    size: int
    scales: int
    glimpses: int  # that it was trained with
    divided: bool
    core: Params
    layers: Mapping[str, tuple[Array, Array]]  # of LAYERS: (weight, bias)


class Look(NamedTuple):
    """One look at a picture."""

    centre: Array  # (2,), row and column in pixels
    patches: Array  # (J, S, S), what was seen; of "whole" (1, Y / 2^(J − 1), X / 2^(J − 1))
    p: Array  # (10,), how probable each digit is after it


def load(source: str | Path | Mapping[str, Array]) -> Model:
    """A network from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    The weights, half precision in a file, are used in double precision.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no such network: the file is broken, an array is missing, it looks at random or at all at once.
    """
    arrays = weights.arrays_of(source, KIND)
    weights.wanted(arrays, ("settings",), KIND)
    settings = json.loads(arrays["settings"].item())
    if (way := settings.get("way")) not in WAYS:
        raise ValueError(f"its way is {way!r}, expected one of {', '.join(WAYS)}")
    weights.wanted(arrays, NAMES, KIND)

    def array(name: str) -> Array:
        return np.asarray(arrays[name]).astype(np.float64)

    core = Params(*(array(f"core.{name}_l0") for name in CELL))
    layers = {layer: (array(f"{layer}.weight"), array(f"{layer}.bias")) for layer in LAYERS}
    side, size, scales, glimpses = (int(settings[name]) for name in ("side", "size", "scales", "glimpses"))
    return Model(way, side, size, scales, glimpses, settings.get("divided", True), core, layers)


def look(model: Model, image: Array, glimpses: int | None = None, *, held: bool = False) -> Iterator[Look]:
    """Look at a picture (side, side), 0 to 1, `glimpses` times: by default as often as in training.

    held : it is kept at the middle, wherever it wants to look.

    Raises
    ------
    ValueError : a picture of another shape, a number of glimpses below 1.
    """
    image = np.asarray(image, np.float64)
    check_array("image", image, Y=model.side, X=model.side)
    check_count("glimpses", count := model.glimpses if glimpses is None else glimpses)
    place, state = np.zeros(2), None
    for _ in range(count):
        centre = (place + 1) / 2 * model.side - 0.5
        patches = _seen(model, image, centre)
        features = relu(_two(model, "what", patches.ravel()) + _two(model, "where", place))
        state, _ = gru_step(features[None], state, model.core)
        h = state[0][0]
        yield Look(centre, patches, softmax(_affine(model, "readout", h)))
        if model.way in ("gradient", "reinforce") and not held:
            place = np.tanh(_affine(model, "next", h) / (len(h) ** 0.5 if model.divided else 1))


def _seen(model: Model, image: Array, centre: Array) -> Array:
    if model.way == "whole":
        return block_means(image, 2 ** (model.scales - 1))[None]
    return glimpse_forward(image, centre, model.size, model.scales)[0]


def _affine(model: Model, layer: str, x: Array) -> Array:
    W, b = model.layers[layer]
    return W @ x + b


def _two(model: Model, name: str, x: Array) -> Array:
    """Two layers with a ReLU between them."""
    return _affine(model, f"{name}.2", relu(_affine(model, f"{name}.0", x)))
