"""The plain-array steps of the GRU are the layer's equations, with the reset after and before, and one step back."""

import numpy as np
import pytest

from rnncourse import reference as ref
from rnncourse.exercises import gru
from tests.tolerances import assert_close

B, D, H = 3, 2, 4


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    params = ref.Params(*(rng.normal(size=s) for s in ((3 * H, D), (3 * H, H), (3 * H,), (3 * H,))))
    return rng, params, rng.normal(size=(B, D)), rng.normal(size=(B, H))


def test_each_step_is_the_layers_and_the_two_differ(drawn):
    _, params, x_t, h_prev = drawn
    (after,), _ = ref.gru_step(x_t, (h_prev,), params)
    (before,), _ = ref.gru_step(x_t, (h_prev,), params, reset="before")
    weights = params.W, params.R, params.b_W, params.b_R
    assert_close(gru.gru_step(x_t, h_prev, *weights), after)
    assert_close(gru.gru_step_reset_before(x_t, h_prev, *weights), before)
    assert np.abs(before - after).max() > 0.01


def test_the_gradient_is_the_layers(drawn):
    rng, params, x_t, h_prev = drawn
    _, cache = ref.gru_step(x_t, (h_prev,), params)
    dh = rng.normal(size=(B, H))
    dx, (dh_prev,), grads = ref.gru_step_backward((dh,), cache)
    actual = gru.gru_step_backward(dh, x_t, h_prev, params.W, params.R, params.b_W, params.b_R)
    for ours, theirs in zip(actual, (dx, dh_prev, grads.W, grads.R, grads.b_W, grads.b_R), strict=True):
        assert_close(ours, theirs)
