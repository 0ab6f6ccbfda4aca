"""The plain functions of chapters 03 to 05 are the layer of the package with nothing around it."""

import numpy as np
import pytest

from rnncourse.exercises import bptt, layer, unfolding
from rnncourse.reference import rnn
from rnncourse.reference.params import Params, init_params
from rnncourse.reference.readout import softmax_cross_entropy
from tests.tolerances import assert_close

T, B, D, H, K = 7, 3, 4, 5, 6


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    W, R, b = rng.normal(size=(H, D)), rng.normal(size=(H, H)) / 2, rng.normal(size=H)
    return rng, rng.normal(size=(T, B, D)), rng.uniform(-0.9, 0.9, size=(B, H)), W, R, b


def test_the_plain_forward_pass_is_the_layers(drawn):
    rng, x, h0, W, R, b = drawn
    share = rng.normal(size=H)
    h, _, _ = rnn.rnn_forward(x, (h0,), Params(W, R, share, b - share))
    assert_close(unfolding.rnn_forward(x, h0, W, R, b), h)
    (h1,), _ = rnn.rnn_step(x[0], (h0,), Params(W, R, share, b - share))
    assert_close(unfolding.rnn_step(x[0], h0, W, R, b), h1)


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


def test_the_plain_loss_is_the_readouts(drawn):
    rng = drawn[0]
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
        p.size for layer in (params, above, above) for p in layer if p is not None
    )


def test_the_last_valid_state_is_the_state_that_the_layer_returns(drawn):
    _, x, h0, W, R, b = drawn
    lengths = np.array([4, 7, 1])
    h, (h_n,), _ = rnn.rnn_forward(x, (h0,), Params(W, R, b, np.zeros(H)), lengths=lengths)
    assert_close(layer.last_valid(h, lengths), h_n)
