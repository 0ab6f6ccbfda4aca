"""The plain step and the plain forward pass are the layer's."""

import numpy as np

from rnncourse.exercises import unfolding
from rnncourse.reference import rnn
from rnncourse.reference.params import Params
from tests.tolerances import assert_close

T, B, D, H = 7, 3, 4, 5


def test_the_plain_forward_pass_is_the_layers():
    rng = np.random.default_rng(0)
    W, R, b, share = rng.normal(size=(H, D)), rng.normal(size=(H, H)) / 2, rng.normal(size=H), rng.normal(size=H)
    x, h0 = rng.normal(size=(T, B, D)), rng.uniform(-0.9, 0.9, size=(B, H))
    h, _, _ = rnn.rnn_forward(x, (h0,), Params(W, R, share, b - share))
    assert_close(unfolding.rnn_forward(x, h0, W, R, b), h)
    (h1,), _ = rnn.rnn_step(x[0], (h0,), Params(W, R, share, b - share))
    assert_close(unfolding.rnn_step(x[0], h0, W, R, b), h1)
