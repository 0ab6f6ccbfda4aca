"""Time, which knows no cell: one step after another, frozen past each sequence's end."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from rnncourse.torch.lengths import as_lengths

Lengths = Tensor | np.ndarray | Sequence[int]
State = tuple[Tensor, ...]  # (h,) or (h, c), each (B, H)
Step = Callable[[Tensor, State], State]


def unroll(step: Step, x: Tensor, state: State, lengths: Lengths | None = None) -> tuple[Tensor, State]:
    """Apply `step` to x_1 … x_T; return every h (T, B, H) and the state after the last valid step.

    Parameters
    ----------
    step : (x_t (B, D), state) -> state
    x : (T, B, D)
    state : (h,) or (h, c), each (B, H)
    lengths : (B,) whole numbers in 1 … T; past a sequence's end the state is frozen and h is zero.
    """
    if lengths is None:
        h = []
        for x_t in x:
            state = step(x_t, state)
            h.append(state[0])
        return torch.stack(h), state

    valid = valid_steps(lengths, x.shape[0]).to(x.device).unsqueeze(-1)
    x = torch.where(valid, x, 0)  # so that even a NaN in the padding stays out of the gradients
    h = []
    for x_t, valid_t in zip(x, valid, strict=True):
        state = tuple(torch.where(valid_t, new, old) for new, old in zip(step(x_t, state), state, strict=True))
        h.append(state[0])
    return torch.where(valid, torch.stack(h), 0), state


def valid_steps(lengths: Lengths, T: int) -> Tensor:
    """Return (T, B) bool: True where step t belongs to the sequence, t < lengths[b]."""
    lengths = _tensor(lengths, T)
    return torch.arange(T, device=lengths.device).unsqueeze(1) < lengths


def reverse_within_lengths(x: Tensor, lengths: Lengths | None = None) -> Tensor:
    """Return x (T, B, D) with each sequence reversed in its own length; the padding stays where it is."""
    if lengths is None:
        return x.flip(0)
    lengths = _tensor(lengths, x.shape[0], x.shape[1]).to(x.device)
    t = torch.arange(x.shape[0], device=x.device).unsqueeze(1)
    source = torch.where(t < lengths, lengths - 1 - t, t)
    return x.gather(0, source.unsqueeze(-1).expand_as(x))


def _tensor(lengths: Lengths, T: int, B: int | None = None) -> Tensor:
    """Return lengths as a tensor; one that is a tensor already was checked by the layer, and values are not read."""
    return lengths if isinstance(lengths, Tensor) else as_lengths(lengths, 0, T, B)
