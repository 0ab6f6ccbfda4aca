"""A trained reader in NumPy alone: what a page runs where there is no PyTorch.

Besides the digits it gives what Graves's demonstration showed: the cells at every point, and the gradient of what is
said at one point with respect to all that was read.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference.bidirectional import BidirectionalCache, bidirectional_backward, bidirectional_forward
from rnncourse.reference.bptt import UnrollCache
from rnncourse.reference.ctc_decoding import ctc_beam_search, ctc_best_path
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.ops import log_softmax
from rnncourse.reference.params import Params
from rnncourse.systems import weights
from rnncourse.systems.handwriting.strokes import Way, way

KIND = "a reader of a pen"
CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
BLANK = 0
Array = np.ndarray
Cache = UnrollCache | BidirectionalCache


class Model(NamedTuple):
    """A reader's layers, the lowest first, its readout, and how the ways it reads are made."""

    layers: list[Any]  # Params, or a pair (forward, backward) with two directions
    V: Array  # (11, H)
    b_V: Array  # (11,)
    pen: bool
    jumps: str


class Said(NamedTuple):
    """What a reader makes of a way of T points."""

    log_p: Array  # (T, 11) the blank, then 0 … 9
    h: Array  # (T, H) the top layer's output
    caches: list[Cache]


def load(source: str | Path | Mapping[str, Array]) -> Model:
    """A reader from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    The weights, half precision in a file, are used in double precision.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no reader: the file is broken or an array is missing.
    """
    arrays = weights.arrays_of(source, KIND)
    weights.wanted(arrays, ("settings", "readout.weight", "readout.bias"), KIND)
    settings = json.loads(arrays["settings"].item())
    ends = ("_l0", "_l0_reverse") if settings["bidirectional"] else ("_l0",)
    names = [[[f"layers.layers.{k}.{name}{end}" for name in CELL] for end in ends] for k in range(settings["layers"])]
    weights.wanted(arrays, (name for layer in names for cell in layer for name in cell), KIND)

    def array(name: str) -> Array:
        return np.asarray(arrays[name]).astype(np.float64)

    cells = [tuple(Params(*map(array, cell)) for cell in layer) for layer in names]
    layers = [cell if settings["bidirectional"] else cell[0] for cell in cells]
    return Model(layers, array("readout.weight"), array("readout.bias"), settings["pen"], settings["jumps"])


def say(model: Model, features: Array) -> Said:
    """Features (T, 3) to log-probabilities at every point, with what `blame` needs."""
    x, caches = features[:, None], []
    for params in model.layers:
        cache: Cache
        if isinstance(params, Params):
            x, _, cache = lstm_forward(x, None, params)
        else:
            x, _, cache = bidirectional_forward("lstm", x, None, params)
        caches.append(cache)
    return Said(log_softmax(x[:, 0] @ model.V.T + model.b_V), x[:, 0], caches)


def blame(model: Model, said: Said, t: int, k: int) -> Array:
    """The gradient of class k's log-probability at point t with respect to all features, (T, 3).

    log p = a_k − log Σ exp a, so its gradient with respect to the scores a is 1 at k, minus all probabilities.
    """
    da = -np.exp(said.log_p[t])
    da[k] += 1
    dx = np.zeros((len(said.h), 1, said.h.shape[1]))
    dx[t, 0] = da @ model.V
    for cache in reversed(said.caches):
        if isinstance(cache, BidirectionalCache):
            dx = bidirectional_backward(dx, None, cache)[0]
        else:
            dx = lstm_backward(dx, None, cache)[0]
    return dx[:, 0]


def read(model: Model, strokes: Sequence[Any], *, width: int = 1) -> tuple[str, Way, Said]:
    """The digits of a reader's strokes, as `strokes.way` takes them, the way that was read, and what was said at it.

    width : labellings that the search keeps; 1 takes the best path.
    """
    read_of = way(strokes, jumps=model.jumps, pen=model.pen)
    said = say(model, read_of.features)
    labels, _ = ctc_best_path(said.log_p, BLANK) if width == 1 else ctc_beam_search(said.log_p, width, BLANK)
    return "".join(str(k - 1) for k in labels), read_of, said
