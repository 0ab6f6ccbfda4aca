"""A trained model of text in NumPy alone: what a page runs where there is no PyTorch."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference import Params, lstm_step
from rnncourse.systems import weights

MISSING = "\N{REPLACEMENT CHARACTER}"
State = tuple[np.ndarray, ...]
LSTM = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
NAMES = ("embedding.weight", *(f"lstm.{name}_l0" for name in LSTM), "readout.weight", "readout.bias")


class Model(NamedTuple):
    """The characters that it knows, their embedding (K, E), the LSTM, and the readout V (K, H), b_V (K,)."""

    characters: str
    embedding: np.ndarray
    lstm: Params
    V: np.ndarray
    b_V: np.ndarray

    def code(self, character: str) -> int:
        """A character's number; one number, the last, is any character that the model does not know."""
        place = self.characters.find(character)
        return len(self.characters) if place < 0 else place

    def character(self, code: int) -> str:
        """The character of a number; the unknown one is shown as U+FFFD."""
        return MISSING if code == len(self.characters) else self.characters[code]


def load(source: str | Path | Mapping[str, np.ndarray]) -> Model:
    """A model from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    The weights, half precision in a file, are used in single precision.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no model of text: the file is broken, or an array is missing.
    """
    arrays = weights.arrays_of(source, "a model of text")
    weights.wanted(arrays, ("alphabet", *NAMES), "a model of text")
    embedding, W, R, b_W, b_R, V, b_V = (np.asarray(arrays[name], dtype=np.float32) for name in NAMES)
    characters = weights.text_of(arrays["alphabet"])
    if len(embedding) != len(characters) + 1:
        raise ValueError(f"not a model of text: {len(characters)} characters and embeddings for {len(embedding) - 1}")
    return Model(characters, embedding, Params(W, R, b_W, b_R), V, b_V)


def step(model: Model, code: int, state: State | None = None) -> tuple[np.ndarray, State]:
    """One character on: its code and the state -> logits (K,) of the next one, and the state after it."""
    H = model.lstm.R.shape[1]
    if state is None:
        state = (np.zeros((1, H), np.float32), np.zeros((1, H), np.float32))
    state, _ = lstm_step(model.embedding[code][None], state, model.lstm)
    return model.V @ state[0][0] + model.b_V, state


def sample(logits: NDArray, temperature: float, rng: np.random.Generator) -> int:
    """Draw a symbol from softmax(logits / temperature), (K,); temperature 0: the likeliest, the first on ties."""
    if temperature == 0:
        return int(np.argmax(logits))
    p = np.exp((logits.astype(float) - logits.max()) / temperature)
    return int(np.searchsorted(np.cumsum(p), rng.random() * p.sum(), side="right").clip(max=len(p) - 1))


def surprises(model: Model, text: str) -> tuple[NDArray[np.float64], np.ndarray, State]:
    """What each character of a text costs in bits, (N,); the logits after the last one, and the state.

    A text begins after a line's end, from a state of zeros. An unknown character costs what "unknown" does.
    """
    logits, state = step(model, model.code("\n"))
    bits = np.zeros(len(text))
    for t, character in enumerate(text):
        bits[t] = _bits(logits, model.code(character))
        logits, state = step(model, model.code(character), state)
    return bits, logits, state


def generate(
    model: Model, start: str, length: int, temperature: float, rng: np.random.Generator
) -> Iterator[tuple[str, float]]:
    """Go on after `start`: `length` times a character and its surprise in bits (at temperature 1).

    The unknown character is never drawn.
    """
    _, logits, state = surprises(model, start)
    for _ in range(length):
        code = sample(logits[:-1], temperature, rng)
        yield model.character(code), _bits(logits, code)
        logits, state = step(model, code, state)


def _bits(logits: np.ndarray, code: int) -> float:
    """−log2 softmax(logits)[code]."""
    highest = float(logits.max())
    return (highest - float(logits[code]) + math.log(np.exp(logits - highest).sum(dtype=float))) / math.log(2)
