"""The plain recurrent layer in PyTorch (Elman 1990) (chapter 4)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnncourse.reference._validation import check_choice
from rnncourse.reference.cells import CELLS, NONLINEARITIES
from rnncourse.torch import hoisted
from rnncourse.torch.advice import with_advice
from rnncourse.torch.layer import Layer, Weights
from rnncourse.torch.loop import State

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a}


def rnn_step(x_t: Tensor, state: State, weights: Weights, *, nonlinearity: str = "tanh") -> State:
    """Compute h_t = φ(W x_t + b_W + R h_{t−1} + b_R); x_t (B, D), state (h,) of (B, H)."""
    W, R, b_W, b_R, _ = weights
    (h,) = state
    a = linear(x_t, W, b_W) + linear(h, R, b_R)
    h = FUNCTIONS[nonlinearity](a)
    return (h,)


class RNN(Layer):
    """A plain recurrent layer, in one direction or two.

    Parameters
    ----------
    input_size, hidden_size : D and H
    nonlinearity : "tanh", "relu" or "linear"
    learn_state : the initial state is a parameter, h0_l0 (H,), that starts at zero
    backend : "auto", "loop", "native" or "graph"; see `Layer.backend_used`

    Raises
    ------
    ValueError : an unknown nonlinearity, or a backend that cannot run it (torch.nn has no "linear").
    """

    facts = CELLS["rnn"]

    @with_advice
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bidirectional: bool = False,
        nonlinearity: str = "tanh",
        learn_state: bool = False,
        backend: str = "auto",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        check_choice("nonlinearity", nonlinearity, NONLINEARITIES)
        super().__init__(
            input_size,
            hidden_size,
            bidirectional=bidirectional,
            peephole=False,
            learn_state=learn_state,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity
        self.backend = backend

    def cell_step(self, x_t: Tensor, state: State, weights: Weights) -> State:
        return rnn_step(x_t, state, weights, nonlinearity=self.nonlinearity)

    @property
    def native_mode(self) -> str | None:
        return {"tanh": "RNN_TANH", "relu": "RNN_RELU"}.get(self.nonlinearity)

    def hoisted(self) -> hoisted.Hoisted:
        return hoisted.RNNS[self.nonlinearity]

    def _options(self) -> dict[str, Any]:
        return {"nonlinearity": self.nonlinearity}
