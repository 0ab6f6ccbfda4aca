"""A trained network's weights for NumPy: the equations of `rnncourse.reference.seq2seq` with these numbers."""

from typing import Any

import numpy as np

from rnncourse.reference.seq2seq import Seq2SeqParams
from rnncourse.systems.seq2seq.live import params_of
from rnncourse.systems.seq2seq.model import Translator


def numpy_params(model: Translator, dtype: Any = np.float64) -> Seq2SeqParams:
    """The weights as arrays of this type; the network's cell and attention are in `model.settings`."""
    return params_of({name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}, dtype)
