"""The plain RNN: its equation written out unit by unit, torch's own, and what only this cell does."""

import math

import numpy as np
import pytest

from rnncourse.reference import Params, rnn_backward, rnn_forward, rnn_step
from tests.reference.cells import LENGTHS, B, D, H, T, problem
from tests.reference.compare import assert_agrees_with_torch
from tests.tolerances import assert_close

φ = {"rnn": math.tanh, "rnn-relu": lambda a: max(a, 0.0), "rnn-linear": lambda a: a}


@pytest.mark.parametrize("name", φ)
def test_step_is_the_equation_unit_by_unit(name):
    q = problem(name)
    x, h_prev, (W, R, b_W, b_R, _) = q.x[0], q.state0[0], q.params
    expected = np.zeros((B, H))
    for b in range(B):
        for j in range(H):
            a = b_W[j] + b_R[j]
            a += sum(W[j, d] * x[b, d] for d in range(D))
            a += sum(R[j, k] * h_prev[b, k] for k in range(H))
            expected[b, j] = φ[name](a)
    (h,), _ = q.step(x, q.state0, q.params, **q.options)
    assert_close(h, expected)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "packed"])
@pytest.mark.parametrize("name", ["rnn", "rnn-relu"])
def test_values_and_gradients_are_those_of_torch(name, lengths):
    q = problem(name, lengths=lengths)
    assert_agrees_with_torch(q, nonlinearity=q.options.get("nonlinearity", "tanh"))


def test_tanh_is_what_you_get_when_you_ask_for_nothing():
    q = problem("rnn")
    assert_close(q.forward(q.x, q.state0, q.params)[0], rnn_forward(q.x, q.state0, q.params, nonlinearity="tanh")[0])


def test_linear_network_is_a_sum_over_the_past_weighted_by_powers_of_r():
    q = problem("rnn-linear")
    W, R, b_W, b_R, _ = q.params
    h, _, _ = rnn_forward(q.x, q.state0, q.params, nonlinearity="linear")
    drive = q.x @ W.T + b_W + b_R
    expected = q.state0[0] @ np.linalg.matrix_power(R, T).T
    for t in range(T):
        expected = expected + drive[t] @ np.linalg.matrix_power(R, T - 1 - t).T
    assert_close(h[-1], expected)


def test_gradient_through_time_of_a_linear_network_is_a_power_of_r():
    q = problem("rnn-linear")
    _, _, cache = rnn_forward(q.x, q.state0, q.params, nonlinearity="linear")
    _, (dh0,), _ = rnn_backward(np.zeros((T, B, H)), q.dstate_n, cache)
    assert_close(dh0, q.dstate_n[0] @ np.linalg.matrix_power(q.params.R, T))


def test_identity_with_relu_holds_a_positive_state_for_ever():
    params = Params(np.zeros((H, D)), np.eye(H), np.zeros(H), np.zeros(H))
    h0 = np.random.default_rng(0).uniform(0.1, 1, (B, H))
    h, _, _ = rnn_forward(np.ones((200, B, D)), (h0,), params, nonlinearity="relu")
    np.testing.assert_array_equal(h[-1], h0)


def test_step_names_a_nonlinearity_that_it_does_not_know():
    q = problem("rnn")
    with pytest.raises(ValueError, match="nonlinearity: got 'sigmoid', expected one of 'tanh', 'relu', 'linear'"):
        rnn_step(q.x[0], q.state0, q.params, nonlinearity="sigmoid")
