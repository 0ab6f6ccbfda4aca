"""The plain loss, the count and the last valid state are what the package's layers compute."""

import numpy as np
import pytest

from rnncourse.exercises import layer
from rnncourse.reference import rnn
from rnncourse.reference.params import Params, init_params
from rnncourse.reference.readout import softmax_cross_entropy
from tests.tolerances import assert_close

T, B, D, H, K = 7, 3, 4, 5, 6


def test_the_plain_loss_is_the_readouts():
    rng = np.random.default_rng(0)
    logits, targets = 30 * rng.normal(size=(T, B, K)), rng.integers(0, K, size=(T, B))
    mask = np.arange(T)[:, None] < np.array([7, 3, 1])
    loss, _ = softmax_cross_entropy(logits, targets, mask=mask)
    assert_close(layer.softmax_cross_entropy(logits, targets, mask), loss)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_count_is_that_of_the_parameters(cell):
    params = init_params(cell, D, H, rng=np.random.default_rng(0))
    assert layer.count_parameters(cell, D, H, 1) == sum(p.size for p in params if p is not None)
    above = init_params(cell, H, H, rng=np.random.default_rng(0))
    assert layer.count_parameters(cell, D, H, 3) == sum(
        p.size for one in (params, above, above) for p in one if p is not None
    )


def test_the_last_valid_state_is_the_state_that_the_layer_returns():
    rng = np.random.default_rng(0)
    params = Params(*(rng.normal(size=size) for size in ((H, D), (H, H), (H,), (H,))))
    x, h0 = rng.normal(size=(T, B, D)), rng.uniform(-0.9, 0.9, size=(B, H))
    lengths = np.array([4, 7, 1])
    h, (h_n,), _ = rnn.rnn_forward(x, (h0,), params, lengths=lengths)
    assert_close(layer.last_valid(h, lengths), h_n)
