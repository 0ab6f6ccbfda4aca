"""Layers above one another: the h of one is the x of the next."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from rnncourse.reference._validation import check_number
from rnncourse.torch.advice import describe
from rnncourse.torch.layer import Layer


class Stack(nn.Module):
    """Recurrent layers above one another, of any kinds, with dropout between them.

    Parameters
    ----------
    layers : RNN, LSTM or GRU; each takes what the one below gives (H, or 2H where that is bidirectional)
    dropout : the probability with which an h is set to 0 between two layers while training; never through time

    Raises
    ------
    TypeError : what is no layer of the course, with the way to make it one.
    ValueError : no layer, sizes that do not follow one another, a dropout outside 0 … 1: named.
    """

    def __init__(self, *layers: Layer, dropout: float = 0.0) -> None:
        super().__init__()
        if not layers:
            raise ValueError("Stack needs at least one layer")
        for k, layer in enumerate(layers):
            check_layer(f"layer {k}", layer)
        check_number("dropout", dropout, 0, 1)
        for k, (below, above) in enumerate(pairwise(layers)):
            if above.input_size != below.output_size:
                raise ValueError(
                    f"layer {k + 1} takes input of size {above.input_size}, layer {k} gives {below.output_size}"
                )
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)
        self.input_size, self.output_size = layers[0].input_size, layers[-1].output_size

    def forward(
        self, x: Tensor, states: Sequence[Any] | None = None, lengths: Any = None
    ) -> tuple[Tensor, tuple[Any, ...]]:
        """Run all layers: x (T, B, D), one state a layer or None -> the top's h, one state a layer."""
        if states is not None and not isinstance(states, tuple | list):
            raise TypeError(f"states: got {describe(states)}, expected a tuple, one state a layer: {len(self.layers)}")
        if states is not None and len(states) != len(self.layers):
            raise ValueError(f"states has {len(states)} entries, expected one a layer: {len(self.layers)}")
        h, states_n = x, []
        for k, layer in enumerate(self.layers):
            if k > 0:
                h = self.dropout(h)
            h, state_n = layer(h, None if states is None else states[k], lengths)
            states_n.append(state_n)
        return h, tuple(states_n)


def check_layer(name: str, layer: Any) -> None:
    """Raise TypeError where `layer` is no layer of the course nor a Stack, with the way to make it one."""
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
        raise TypeError(
            f"{name}: got torch.nn's {type(layer).__name__}, expected one of the course: from_native makes it one"
        )
    if isinstance(layer, tuple | list):
        raise TypeError(f"{name}: got {describe(layer)}, expected layers one by one: Stack(*layers)")
    if not isinstance(layer, Layer | Stack):
        raise TypeError(f"{name}: got {describe(layer)}, expected an RNN, LSTM, GRU or a Stack of them")
