"""A trained network's weights for NumPy: the equations of `rnncourse.reference.seq2seq` with these numbers."""

from typing import Any

import numpy as np
from torch import Tensor

from rnncourse.reference.params import Params
from rnncourse.reference.seq2seq import DecoderParams, Seq2SeqParams
from rnncourse.systems.seq2seq.model import Translator


def numpy_params(model: Translator, dtype: Any = np.float64) -> Seq2SeqParams:
    """The weights as arrays of this type; the network's cell and attention are in `model.settings`."""

    def array(tensor: Tensor) -> np.ndarray:
        return tensor.detach().cpu().numpy().astype(dtype)

    def cell(layer: Any, direction: int = 0) -> Params:
        w = layer.weights(direction)
        return Params(*(array(part) for part in (w.W, w.R, w.b_W, w.b_R)))

    def linear(layer: Any) -> tuple[np.ndarray, np.ndarray]:
        return array(layer.weight), array(layer.bias)

    encoder: Any = cell(model.encoder)
    if model.encoder.bidirectional:
        encoder = (encoder, cell(model.encoder, 1))
    C, b_C = linear(model.join)
    V, b_V = linear(model.readout)
    decoder = DecoderParams(array(model.target.weight), cell(model.decoder), C, b_C, V, b_V)
    return Seq2SeqParams(array(model.source.weight), encoder, *linear(model.first_state), decoder)
