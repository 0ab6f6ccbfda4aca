"""A trained translator in NumPy alone: what a page runs where there is no PyTorch.

The equations are those of `rnncourse.reference.seq2seq`. What is read is seen step by step: a sign, how probable it
was, and where the decoder looked before it was written.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference.ops import log_softmax
from rnncourse.reference.params import Params
from rnncourse.reference.seq2seq import DecoderParams, Seq2SeqParams, decoder_step, encode, first_state
from rnncourse.systems import weights
from rnncourse.systems.seq2seq.symbols import END, START, Symbols
from rnncourse.systems.seq2seq.tasks import TASKS, Task

KIND = "a translator"
ABOUT = ("settings", "task", "source", "target")
CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
BACKWARD = "_l0_reverse"
LAYERS = ("first_state", "join", "readout")
NAMES = (
    *("source.weight", "target.weight"),
    *(f"{layer}.{name}_l0" for layer in ("encoder", "decoder") for name in CELL),
    *(f"{layer}.{name}" for layer in LAYERS for name in ("weight", "bias")),
)


class Model(NamedTuple):
    """What it was trained for, the signs of both sides, and its weights."""

    task: Task
    source: Symbols
    target: Symbols
    params: Seq2SeqParams
    cell: str
    attention: bool


class Sign(NamedTuple):
    """One sign of an answer; the last one is "", the end."""

    sign: str
    log_p: float  # of this sign after those before it
    weights: NDArray[np.float64] | None  # (T,) where the decoder looked; None without attention


def load(source: str | Path | Mapping[str, np.ndarray]) -> Model:
    """A translator from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    The weights, half precision in a file, are used in double precision.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no translator: the file is broken, an array is missing, a task or sign is unknown.
    """
    arrays = weights.arrays_of(source, KIND)
    weights.wanted(arrays, (*ABOUT, *NAMES), KIND)
    task = weights.text_of(arrays["task"])
    if task not in TASKS:
        raise ValueError(f"not {KIND}: its task is {task!r}, expected one of {', '.join(TASKS)}")
    settings = json.loads(arrays["settings"].item())
    read, said = (Symbols(arrays[name].tolist()) for name in ("source", "target"))
    params = params_of(arrays)
    for name, signs, table in (("source", read, params.E), ("target", said, params.decoder.E)):
        if len(signs) != len(table):
            raise ValueError(f"not {KIND}: {name} has {len(signs)} signs and embeddings for {len(table)}")
    return Model(TASKS[task], read, said, params, settings["cell"], settings["attention"])


def params_of(arrays: Mapping[str, NDArray[Any]], dtype: Any = np.float64) -> Seq2SeqParams:
    """The weights under the names of the equations; the arrays have PyTorch's."""

    def array(name: str) -> NDArray[Any]:
        return np.asarray(arrays[name]).astype(dtype)

    def cell(layer: str, end: str = "_l0") -> Params:
        return Params(*(array(f"{layer}.{name}{end}") for name in CELL))

    (P, b_P), (C, b_C), (V, b_V) = ((array(f"{layer}.weight"), array(f"{layer}.bias")) for layer in LAYERS)
    encoder: Any = cell("encoder")
    if f"encoder.{CELL[0]}{BACKWARD}" in arrays:
        encoder = (encoder, cell("encoder", BACKWARD))
    decoder = DecoderParams(array("target.weight"), cell("decoder"), C, b_C, V, b_V)
    return Seq2SeqParams(array("source.weight"), encoder, P, b_P, decoder)


def read(model: Model, text: str) -> Iterator[Sign]:
    """The answer to a text, `model.task.plain` of what a reader typed: always the most probable sign, then the next.

    The end is a sign as well; an answer of `model.task.limit` signs has none.

    Raises
    ------
    ValueError : an empty text.
    """
    if not text:
        raise ValueError("an empty text: there is nothing to read")
    memory, _ = encode(np.array(model.source.numbers(text))[:, None], model.params, cell=model.cell)
    state, symbol = first_state(memory, model.params, model.cell), START
    for _ in range(model.task.limit):
        logits, state, α, _ = decoder_step(
            np.array([symbol]), state, memory, model.params.decoder, cell=model.cell, attention=model.attention
        )
        log_p = log_softmax(logits[0])
        symbol = int(np.argmax(log_p))
        sign = "" if symbol == END else model.target.signs[symbol]
        yield Sign(sign, float(log_p[symbol]), None if α is None else α[:, 0])
        if symbol == END:
            return


def looks(model: Model, text: str) -> tuple[list[str], NDArray[np.float64]]:
    """The signs of an answer, "" for the end, and where the decoder looked for each, (U, T); with attention only."""
    signs = list(read(model, text))
    return [one.sign for one in signs], np.array([one.weights for one in signs])


def is_day(text: str) -> bool:
    """Whether there is such a day: "2024-02-29", and neither "2023-02-29" nor "20240229"."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
