"""Long short-term memory in PyTorch, with or without peepholes (chapter 9)."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnncourse.reference._validation import check_number
from rnncourse.reference.cells import CELLS
from rnncourse.torch import hoisted
from rnncourse.torch.advice import with_advice
from rnncourse.torch.layer import Layer, Weights
from rnncourse.torch.loop import State


def lstm_step(x_t: Tensor, state: State, weights: Weights) -> State:
    """Compute one step of the LSTM; x_t (B, D), state (h, c), each (B, H), gates stacked i f g o.

    Peepholes let i and f see c_{t−1}, and o the new c_t (Gers et al. 2002).
    """
    W, R, b_W, b_R, p = weights
    h, c = state
    a_i, a_f, a_g, a_o = (linear(x_t, W, b_W) + linear(h, R, b_R)).chunk(4, dim=-1)
    if p is not None:
        a_i, a_f = a_i + p[0] * c, a_f + p[1] * c
    i = torch.sigmoid(a_i)
    f = torch.sigmoid(a_f)
    g = torch.tanh(a_g)
    c = f * c + i * g
    if p is not None:
        a_o = a_o + p[2] * c
    o = torch.sigmoid(a_o)
    h = o * torch.tanh(c)
    return h, c


class LSTM(Layer):
    """A layer of long short-term memory, in one direction or two.

    Parameters
    ----------
    input_size, hidden_size : D and H
    peephole : the gates see the cell, through weight_ph_l0 (3, H) in the order i, f, o
    forget_bias : the forget gate's bias at the start, written into bias_ih_l0; its part of bias_hh_l0 becomes 0
    learn_state : the initial state is a pair of parameters, h0_l0 and c0_l0 (H,), that start at zero
    backend : "auto", "loop", "native" or "graph"; see `Layer.backend_used`

    Raises
    ------
    ValueError : a forget_bias that is no finite number, or a backend that cannot run it (torch.nn has no peepholes).
    """

    facts = CELLS["lstm"]

    @with_advice
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bidirectional: bool = False,
        peephole: bool = False,
        forget_bias: float | None = None,
        learn_state: bool = False,
        backend: str = "auto",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if forget_bias is not None:
            check_number("forget_bias", forget_bias)
        self.forget_bias = forget_bias
        super().__init__(
            input_size,
            hidden_size,
            bidirectional=bidirectional,
            peephole=peephole,
            learn_state=learn_state,
            device=device,
            dtype=dtype,
        )
        self.backend = backend

    def reset_parameters(self) -> None:
        """Draw the weights as torch.nn does, then set the forget gate's bias where one was asked for."""
        super().reset_parameters()
        if self.forget_bias is None:
            return
        forget = self.facts.rows("f", self.hidden_size)
        with torch.no_grad():
            for direction in range(1 + self.bidirectional):
                weights = self.weights(direction)
                weights.b_W[forget] = self.forget_bias
                weights.b_R[forget] = 0

    def cell_step(self, x_t: Tensor, state: State, weights: Weights) -> State:
        """Compute one step; see `lstm_step`."""
        return lstm_step(x_t, state, weights)

    @property
    def native_mode(self) -> str | None:
        """torch.nn knows the LSTM without peepholes."""
        return None if self.peephole else "LSTM"

    def hoisted(self) -> hoisted.Hoisted:
        """Return the pair of functions for the graph backend."""
        return hoisted.LSTM

    def _options(self) -> dict[str, Any]:
        return {"peephole": self.peephole}
