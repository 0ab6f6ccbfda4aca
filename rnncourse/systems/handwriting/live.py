"""The networks of this system in NumPy alone, what a page runs where there is no PyTorch: `writing_live` has those that
write.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rnncourse.systems.handwriting import writing_live

__all__ = ["load"]


def load(source: str | Path | Mapping[str, NDArray[Any]]) -> writing_live.Model:
    """A network from a checkpoint (.safetensors), from the .npz that a page gets, or from such arrays.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is no network of this system.
    """
    return writing_live.load(source)
