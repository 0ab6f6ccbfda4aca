"""The gated recurrent unit in PyTorch, with its reset after or before the recurrent product (chapter 10)."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnncourse.reference._validation import check_choice
from rnncourse.reference.cells import CELLS, RESETS
from rnncourse.torch import hoisted
from rnncourse.torch.advice import with_advice
from rnncourse.torch.layer import Layer, Weights
from rnncourse.torch.loop import State


def gru_step(x_t: Tensor, state: State, weights: Weights, *, reset: str = "after") -> State:
    """Compute one step of the GRU; x_t (B, D), state (h,) of (B, H), gates stacked r z n.

    reset "after" scales R_n h_{t−1} + b_Rn (torch, cuDNN); "before" scales h_{t−1} itself (Cho et al. 2014).
    z = 1 keeps the old state.
    """
    W, R, b_W, b_R, _ = weights
    (h,) = state
    H = h.shape[-1]
    x_r, x_z, x_n = linear(x_t, W, b_W).chunk(3, dim=-1)
    h_r, h_z = linear(h, R[: 2 * H], b_R[: 2 * H]).chunk(2, dim=-1)
    r = torch.sigmoid(x_r + h_r)
    z = torch.sigmoid(x_z + h_z)
    if reset == "after":
        n = torch.tanh(x_n + r * linear(h, R[2 * H :], b_R[2 * H :]))
    else:
        n = torch.tanh(x_n + linear(r * h, R[2 * H :], b_R[2 * H :]))
    h = (1 - z) * n + z * h
    return (h,)


class GRU(Layer):
    """A layer of gated recurrent units, in one direction or two.

    Parameters
    ----------
    input_size, hidden_size : D and H
    reset : "after" the recurrent product (torch, cuDNN) or "before" it (Cho et al. 2014)
    learn_state : the initial state is a parameter, h0_l0 (H,), that starts at zero
    backend : "auto", "loop", "native" or "graph"; see `Layer.backend_used`

    Raises
    ------
    ValueError : an unknown reset, or a backend that cannot run it (torch.nn has only the reset "after").
    """

    facts = CELLS["gru"]

    @with_advice
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bidirectional: bool = False,
        reset: str = "after",
        learn_state: bool = False,
        backend: str = "auto",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        check_choice("reset", reset, RESETS)
        super().__init__(
            input_size,
            hidden_size,
            bidirectional=bidirectional,
            peephole=False,
            learn_state=learn_state,
            device=device,
            dtype=dtype,
        )
        self.reset = reset
        self.backend = backend

    def cell_step(self, x_t: Tensor, state: State, weights: Weights) -> State:
        """Compute one step; see `gru_step`."""
        return gru_step(x_t, state, weights, reset=self.reset)

    @property
    def native_mode(self) -> str | None:
        """torch.nn knows the reset after the product."""
        return "GRU" if self.reset == "after" else None

    def hoisted(self) -> hoisted.Hoisted:
        """Return the pair of functions for the graph backend."""
        return hoisted.GRUS[self.reset]

    def _options(self) -> dict[str, Any]:
        return {"reset": self.reset}
