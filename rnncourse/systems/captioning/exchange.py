"""A trained decoder's weights for NumPy, so that the page can run it by its equations."""

import numpy as np
from torch import Tensor

from rnncourse.reference.captioning import CaptionParams
from rnncourse.reference.params import Params
from rnncourse.systems.captioning.model import Captioner


def decoder_params(model: Captioner) -> CaptionParams:
    """The weights behind the encoder in float64, for `reference.captioning`.

    Raises ValueError for a captioner with attention: NumPy's decoder has none.
    """
    if model.attention is not None:
        raise ValueError("model: NumPy's caption decoder has no attention; give a captioner without it")
    w = model.decoder.weights()
    cell = Params(*(_array(part) for part in (w.W, w.R, w.b_W, w.b_R)))
    first, readout = model.first_state, model.readout
    return CaptionParams(
        *(_array(first.weight), _array(first.bias)),
        _array(model.embedding.weight),
        cell,
        *(_array(readout.weight), _array(readout.bias)),
    )


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().cpu().numpy()
