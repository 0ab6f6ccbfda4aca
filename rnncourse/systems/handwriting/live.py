"""The networks of this system in NumPy alone, for a page where there is no PyTorch: a reader, and those that write."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rnncourse.systems import weights
from rnncourse.systems.handwriting import reading_live, writing_live

__all__ = ["load"]


def load(source: str | Path | Mapping[str, NDArray[Any]]) -> reading_live.Model | writing_live.Model:
    """A network from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no network of this system.
    """
    arrays = weights.arrays_of(source, "a network of handwriting")
    weights.wanted(arrays, ("settings",), "a network of handwriting")
    reads = "jumps" in json.loads(arrays["settings"].item())
    return reading_live.load(arrays) if reads else writing_live.load(arrays)
