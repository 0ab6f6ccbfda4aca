"""A network that writes in NumPy alone: what a page runs where there is no PyTorch, and what draws all samples.

The mixture is that of `rnncourse.reference.mixture`; the layer is that of `rnncourse.reference.lstm`.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference import Params, lstm_step
from rnncourse.reference._validation import check_count, check_integers, check_number
from rnncourse.reference.mixture import Components, components, mixture_sample
from rnncourse.systems import weights

KIND = "a network that writes"
CELL = tuple(f"layer.{name}_l0" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
LAYERS = ("layer.0", "layer.2")
READOUT = ("readout.weight", "readout.bias")
NOWHERE = -1
LIMIT = 120  # points of a drawing; the longest real one has 73
Array = NDArray[Any]


class Model(NamedTuple):
    """Its settings (`Pen` says what they are), its layer, and the readout V (6M + P, H), b_V."""

    settings: dict[str, Any]
    layer: Any  # Params of an LSTM, or the weights and biases of the controls' two layers
    V: Array
    b_V: Array


class Now(NamedTuple):
    """What is known of B drawings after some points."""

    place: Array  # (B, 2) of the last point
    moved: Array  # (B, 2) from the one before
    did: Array  # (B,) what the pen did after it, NOWHERE before the first point
    number: int  # of points so far
    state: Any


class Point(NamedTuple):
    """One point more of B drawings."""

    place: Array  # (B, 2)
    did: Array  # (B,) what the pen does after it; NOWHERE where the drawing had ended before
    params: Array  # (B, M, 6) the mixture that its offset was drawn from, before the bias
    origin: Array  # (B, 2) where the pen came from


def load(source: str | Path | Mapping[str, Array]) -> Model:
    """A network from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    The weights, half precision in a file, are used in double precision.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no network that writes: the file is broken, or an array is missing.
    """
    arrays = weights.arrays_of(source, KIND)
    weights.wanted(arrays, ("settings", *READOUT), KIND)
    settings = json.loads(np.asarray(arrays["settings"]).item())
    if "components" not in settings:
        raise ValueError(f"not {KIND}: its settings name no components")
    names = CELL if settings["memory"] == "lstm" else [f"{one}.{part}" for one in LAYERS for part in ("weight", "bias")]
    weights.wanted(arrays, names, KIND)
    layer, (V, b_V) = ([np.asarray(arrays[name]).astype(float) for name in some] for some in (names, READOUT))
    return Model(settings, Params(*layer) if settings["memory"] == "lstm" else layer, V, b_V)


def begin(model: Model, count: int) -> Now:
    """Nothing is drawn yet: the pen is in the middle of the square."""
    still, span = np.zeros((count, 2)), model.settings["span"]
    return Now(still + span / 2, still, np.full(count, NOWHERE), 0, None)


def step(model: Model, now: Now, classes: Array | None = None) -> tuple[Array, Array, Any]:
    """The mixtures (B, M, 6) of the next offsets, logits (B, P) of what the pen does there, and the layer's state."""
    x = _inputs(model, now, classes)
    state = None
    if model.settings["memory"] == "lstm":
        state, _ = lstm_step(x, now.state, model.layer)
        h = state[0]
    else:
        counted = np.eye(model.settings["steps"])[min(now.number, model.settings["steps"] - 1)]
        W_1, b_1, W_2, b_2 = model.layer
        h = np.concatenate([x, np.broadcast_to(counted, (len(x), len(counted)))], axis=1)
        h = np.tanh(np.tanh(h @ W_1.T + b_1) @ W_2.T + b_2)
    y, M = h @ model.V.T + model.b_V, model.settings["components"]
    return y[:, : 6 * M].reshape(-1, M, 6), y[:, 6 * M :], state


def _inputs(model: Model, now: Now, classes: Array | None) -> Array:
    about = model.settings
    did = now.did[:, None] == np.arange(about["pens"])
    known = np.concatenate([now.moved / about["scale"], now.place / (about["span"] / 2) - 1, did], axis=1)
    if about["memory"] == "none":
        known = np.zeros_like(known)
    if about["classes"]:
        if classes is None:
            raise ValueError(f"classes: None, expected (B,) numbers from 0 to {about['classes'] - 1}")
        known = np.concatenate([known, np.eye(about["classes"])[classes]], axis=1)
    return known


def draw(
    model: Model,
    count: int,
    rng: np.random.Generator,
    *,
    classes: Array | None = None,
    bias: float = 0.0,
    limit: int = LIMIT,
) -> Iterator[Point]:
    """Draw `count` things point by point, until all have ended or have `limit` points.

    classes : (B,) what is asked for, where the network was trained with classes.
    bias : b ≥ 0 makes the likely likelier, as for `mixture_sample`; what the pen does is drawn from logits times 1 + b.

    Raises
    ------
    TypeError, ValueError : an argument's type, shape or value.
    """
    check_count("count", count)
    check_count("limit", limit)
    check_number("bias", bias, 0)
    if classes is not None:
        classes = check_integers("classes", classes, 0, model.settings["classes"] - 1, B=count)
    now = begin(model, count)
    last = model.settings["pens"] - 1
    ended = np.zeros(count, bool)
    for _ in range(limit):
        params, logits, state = step(model, now, classes)
        moved = model.settings["scale"] * mixture_sample(params, rng, bias=bias)
        place = np.where(ended[:, None], now.place, now.place + moved)
        did = ((1 + bias) * logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
        yield Point(place, np.where(ended, NOWHERE, did), params, now.place)
        ended |= did == last
        if ended.all():
            return
        now = Now(place, place - now.place, did, now.number + 1, state)


def drawn(points: Iterator[Point]) -> list[tuple[Array, Array]]:
    """All points of each drawing, (T, 2), and what the pen did after each, (T,)."""
    every = list(points)
    places, pens = np.stack([one.place for one in every]), np.stack([one.did for one in every])
    return [(places[pens[:, b] != NOWHERE, b], pens[pens[:, b] != NOWHERE, b]) for b in range(pens.shape[1])]


def strokes(places: Array, pens: Array) -> list[Array]:
    """A drawing's points (T, 2) as strokes, each (P, 2): the pen draws on after a point where pens is 0."""
    ends = np.flatnonzero(pens != 0) + 1
    return [stroke for stroke in np.split(places, ends) if len(stroke)]


def costs(model: Model, places: Array, pens: Array, label: int | None = None) -> tuple[Array, Array]:
    """What each point of one drawing (T, 2) costs in nats: its place, a density per square unit, and the pen, (T,)."""
    from rnncourse.reference.mixture import mixture_log_density
    from rnncourse.reference.ops import log_softmax

    now, found = begin(model, 1), []
    classes = None if label is None else np.array([label])
    for place, did in zip(np.asarray(places, float)[:, None], pens, strict=True):
        params, logits, state = step(model, now, classes)
        moved = place - now.place
        density = mixture_log_density(params, moved / model.settings["scale"])[0]
        found.append((2 * math.log(model.settings["scale"]) - density, -log_softmax(logits[0])[did]))
        now = Now(place, moved, np.array([did]), now.number + 1, state)
    each = np.array(found).reshape(-1, 2)
    return each[:, 0], each[:, 1]


def ellipses(model: Model, point: Point, b: int = 0, bias: float = 0.0) -> list[tuple[float, Array, Array]]:
    """Each Gaussian that drawing b's point was drawn from: its weight, its centre (2,) and its covariance (2, 2)."""
    params = point.params[b].copy()
    params[:, 0] *= 1 + bias
    params[:, 3:5] -= bias
    scale, c = model.settings["scale"], Components(*components(params))
    found = []
    for m in range(len(params)):
        σ = scale * np.exp([c.log_σ_x[m], c.log_σ_y[m]])
        covariance = np.outer(σ, σ) * np.array([[1, c.ρ[m]], [c.ρ[m], 1]])
        found.append((float(np.exp(c.log_π[m])), point.origin[b] + scale * params[m, 1:3], covariance))
    return found
