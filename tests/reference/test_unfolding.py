"""The unfolded network with tied weights is the loop, forward and backward."""

import numpy as np
import pytest

from rnncourse.exercises.bptt import bptt
from rnncourse.exercises.unfolding import rnn_forward
from rnncourse.reference.unfolding import tied_gradient, untied_backward, untied_forward
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

T, B, D, H = 6, 4, 3, 5


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    W, R, b = rng.normal(size=(H, D)), rng.normal(size=(H, H)) / 2, rng.normal(size=H)
    return rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), W, R, b, rng.normal(size=(T, B, H))


def copies(array):
    return np.stack([array] * T)


def test_the_unfolded_network_gives_the_outputs_of_the_loop(drawn):
    x, h0, W, R, b, _ = drawn
    assert_close(untied_forward(x, h0, copies(W), copies(R), copies(b)), rnn_forward(x, h0, W, R, b))


def test_gradients_of_the_copies_sum_to_the_gradient_of_the_loop(drawn):
    x, h0, W, R, b, dh = drawn
    h = rnn_forward(x, h0, W, R, b)
    dW, dR, db = untied_backward(dh, x, h0, h, copies(R))
    _, _, dW_loop, dR_loop, db_loop = bptt(dh, x, h0, h, W, R)
    assert_close(tied_gradient(dR), dR_loop)
    assert_close(dW.sum(axis=0), dW_loop)
    assert_close(db.sum(axis=0), db_loop)


def test_each_copy_has_the_gradient_that_differences_give(drawn):
    x, h0, W, R, b, dh = drawn
    rng, eps = np.random.default_rng(1), 1e-6
    weights = [copies(W), copies(R), copies(b)]
    weights = [w + 0.1 * rng.normal(size=w.shape) for w in weights]
    gradients = untied_backward(dh, x, h0, untied_forward(x, h0, *weights), weights[1])
    for n, gradient in enumerate(gradients):
        direction = rng.normal(size=gradient.shape)
        ahead, behind = list(weights), list(weights)
        ahead[n], behind[n] = weights[n] + eps * direction, weights[n] - eps * direction
        slope = ((untied_forward(x, h0, *ahead) - untied_forward(x, h0, *behind)) * dh).sum() / (2 * eps)
        assert_close((gradient * direction).sum(), slope, tolerance=NUMERICAL_DIFFERENCES)


def test_bad_input_is_named(drawn):
    x, h0, W, R, b, _ = drawn
    with pytest.raises(ValueError, match="untied_forward: W"):
        untied_forward(x, h0, W, R, b)
    with pytest.raises(ValueError, match="expected \\(T, H, H\\)"):
        tied_gradient(R)
