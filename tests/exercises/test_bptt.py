"""Plain backpropagation through time is the layer's backward pass with nothing around it."""

import numpy as np
import pytest

from rnncourse.exercises import bptt, unfolding
from rnncourse.reference import rnn
from rnncourse.reference.params import Params
from tests.tolerances import assert_close

T, B, D, H = 7, 3, 4, 5


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    W, R, b = rng.normal(size=(H, D)), rng.normal(size=(H, H)) / 2, rng.normal(size=H)
    return rng, rng.normal(size=(T, B, D)), rng.uniform(-0.9, 0.9, size=(B, H)), W, R, b


def test_plain_backpropagation_through_time_is_the_layers(drawn):
    rng, x, h0, W, R, b = drawn
    dh = rng.normal(size=(T, B, H))
    h, _, cache = rnn.rnn_forward(x, (h0,), Params(W, R, b, np.zeros(H)))
    dx, (dh0,), grads = rnn.rnn_backward(dh, None, cache)
    plain = bptt.bptt(dh, x, h0, h, W, R)
    for name, ours, theirs in zip(
        ("dx", "dh0", "dW", "dR", "db"), plain, (dx, dh0, grads.W, grads.R, grads.b_W), strict=True
    ):
        assert_close(ours, theirs, name=name)


def test_one_step_back_is_bptt_of_one_step(drawn):
    rng, x, h0, W, R, b = drawn
    dh, h = rng.normal(size=(B, H)), unfolding.rnn_step(x[0], h0, W, R, b)
    one = bptt.rnn_step_backward(dh, x[0], h0, h, W, R)
    many = bptt.bptt(dh[None], x[:1], h0, h[None], W, R)
    assert_close(one[0], many[0][0])
    for ours, theirs in zip(one[1:], many[1:], strict=True):
        assert_close(ours, theirs)


def test_bptt_is_the_numerical_gradient_of_the_forward_pass(drawn):
    rng, x, h0, W, R, b = drawn
    dh = rng.normal(size=(T, B, H))
    grads = bptt.bptt(dh, x, h0, unfolding.rnn_forward(x, h0, W, R, b), W, R)
    arguments = [x, h0, W, R, b]
    for k, grad in enumerate(grads):

        def loss(value, k=k):
            return float((unfolding.rnn_forward(*arguments[:k], value, *arguments[k + 1 :]) * dh).sum())

        assert_close(grad, bptt.numerical_gradient(loss, arguments[k], 1e-6), tolerance=1e-7)
