"""The GRU: its equations written out unit by unit, torch's own, and what its gates promise."""

import math

import numpy as np
import pytest

from rnncourse.reference import Params, gru_backward, gru_forward, gru_step
from tests.reference.cells import LENGTHS, B, D, H, T, problem, run
from tests.reference.compare import assert_agrees_with_torch
from tests.tolerances import assert_close


def σ(a):
    return 1 / (1 + math.exp(-a))


def gate_params(*, r=0.0, z=0.0, n=0.0):
    """Weights of zero and the given biases: the gates are what the biases say."""
    b = np.repeat([r, z, n], H).astype(float)
    return Params(np.zeros((3 * H, D)), np.zeros((3 * H, H)), b, np.zeros(3 * H))


@pytest.mark.parametrize("name", ["gru", "gru-before"])
def test_step_is_the_equations_unit_by_unit(name):
    q = problem(name)
    x, h_prev, (W, R, b_W, b_R, _) = q.x[0], q.state0[0], q.params
    expected = np.zeros((B, H))
    for b in range(B):
        r = [σ(W[k] @ x[b] + b_W[k] + R[k] @ h_prev[b] + b_R[k]) for k in range(H)]
        for j in range(H):
            z = σ(W[H + j] @ x[b] + b_W[H + j] + R[H + j] @ h_prev[b] + b_R[H + j])
            k = 2 * H + j
            if name == "gru":
                n = math.tanh(W[k] @ x[b] + b_W[k] + r[j] * (R[k] @ h_prev[b] + b_R[k]))
            else:
                n = math.tanh(W[k] @ x[b] + b_W[k] + R[k] @ (r * h_prev[b]) + b_R[k])
            expected[b, j] = (1 - z) * n + z * h_prev[b, j]
    (h,), _ = q.step(x, q.state0, q.params, **q.options)
    assert_close(h, expected)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "packed"])
def test_values_and_gradients_are_those_of_torch(lengths):
    assert_agrees_with_torch(problem("gru", lengths=lengths))


def test_after_is_what_you_get_when_you_ask_for_nothing():
    q = problem("gru")
    assert_close(gru_forward(q.x, q.state0, q.params)[0], gru_forward(q.x, q.state0, q.params, reset="after")[0])


@pytest.mark.parametrize("reset", ["after", "before"])
def test_open_update_gate_keeps_state_and_gradient(reset):
    q = problem("gru")
    h, _, cache = gru_forward(q.x, q.state0, gate_params(z=1e4, n=0.5), reset=reset)
    np.testing.assert_array_equal(h[-1], q.state0[0])
    _, (dh0,), _ = gru_backward(np.zeros((T, B, H)), q.dstate_n, cache)
    np.testing.assert_array_equal(dh0, q.dstate_n[0])


@pytest.mark.parametrize("reset", ["after", "before"])
def test_closed_update_and_reset_gates_forget_the_state(reset):
    q = problem("gru")
    b = np.concatenate([np.full(2 * H, -1e4), np.zeros(H)])
    params = q.params._replace(b_W=b)
    kept, _ = gru_step(q.x[0], q.state0, params, reset=reset)
    fresh, _ = gru_step(q.x[0], None, params, reset=reset)
    np.testing.assert_array_equal(kept[0], fresh[0])


def test_the_two_resets_agree_where_the_reset_gate_is_open_and_differ_where_it_is_not():
    q = problem("gru")
    open_gate = q.params._replace(b_W=np.concatenate([np.full(H, 1e4), q.params.b_W[H:]]))
    for params, same in ((open_gate, True), (q.params, False)):
        after, before = (run(q, params=params, options={"reset": reset}) for reset in ("after", "before"))
        assert np.allclose(after["h"], before["h"], atol=1e-12) is same
        assert np.allclose(after["grads"].R[H:], before["grads"].R[H:], atol=1e-12) is same


def test_the_biases_differ_in_their_gradient_only_for_the_candidate_and_only_after():
    after, before = run(problem("gru"))["grads"], run(problem("gru-before"))["grads"]
    np.testing.assert_array_equal(after.b_W[: 2 * H], after.b_R[: 2 * H])
    assert (after.b_W[2 * H :] != after.b_R[2 * H :]).all()
    np.testing.assert_array_equal(before.b_W, before.b_R)


@pytest.mark.parametrize("reset", ["after", "before"])
def test_state_stays_between_its_start_and_the_interval_of_tanh(reset):
    q = problem("gru", scale=1e2)
    h, _, _ = gru_forward(q.x, q.state0, q.params, reset=reset)
    assert (np.abs(h) <= np.maximum(1, np.abs(q.state0[0])) + 1e-9).all()


def test_cache_shows_each_gate_at_each_step():
    q = problem("gru")
    _, (h_n,), cache = gru_forward(q.x, q.state0, q.params)
    last = cache.steps[-1]
    assert_close((1 - last.z) * last.n + last.z * last.h_prev, h_n)
    assert ((last.r > 0) & (last.r < 1)).all()


def test_step_names_a_reset_that_it_does_not_know():
    q = problem("gru")
    with pytest.raises(ValueError, match="reset: got 'both', expected one of 'after', 'before'"):
        gru_step(q.x[0], q.state0, q.params, reset="both")
