"""Lengths of sequences: one check for every form in which they come, in a compiled graph too."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnncourse.reference._validation import check_integers


def check_lengths(lengths: Any, x: Tensor) -> Tensor:
    """Return lengths as (B,) int64 on x's device.

    Parameters
    ----------
    lengths : (B,) whole numbers in 1 … T: a tensor, an array, a list
    x : (T, B, D)

    Raises
    ------
    TypeError, ValueError : no whole numbers, another shape, a value outside 1 … T.
    """
    T, B = x.shape[:2]
    if torch.compiler.is_compiling():
        return _checked_in_a_graph(torch.as_tensor(lengths), T, B).to(x.device)
    return as_lengths(lengths, 1, T, B).to(x.device)


def as_lengths(lengths: Any, low: int, T: int, B: int | None = None) -> Tensor:
    """Return lengths as (B,) int64 where they are; raise where one is no whole number in low … T."""
    values = lengths.detach().cpu() if isinstance(lengths, Tensor) else lengths
    if isinstance(values, Tensor) and values.is_floating_point():
        values = values.double()  # NumPy has no bfloat16
    checked = check_integers("lengths", np.asarray(values) if isinstance(values, Tensor) else values, low, T, B=B)
    if isinstance(lengths, Tensor):
        return lengths.to(torch.int64)
    return torch.from_numpy(checked.astype(np.int64))


@torch.library.custom_op("rnncourse::checked_lengths", mutates_args=())
def _checked_in_a_graph(lengths: Tensor, T: int, B: int) -> Tensor:
    """Check when the graph runs: a call that the compiler does not look into, so that values may be looked at."""
    if lengths.is_cuda and torch.cuda.is_current_stream_capturing():  # nothing can be read while a graph is recorded
        return lengths.to(torch.int64, copy=True)
    return as_lengths(lengths, 1, T, B).clone()


@_checked_in_a_graph.register_fake
def _(lengths: Tensor, T: int, B: int) -> Tensor:
    return lengths.new_empty(B, dtype=torch.int64)
