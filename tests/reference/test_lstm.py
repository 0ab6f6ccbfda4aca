"""The LSTM: its equations written out unit by unit, torch's own, and what its gates promise."""

import math

import numpy as np
import pytest

from rnncourse.reference import Params, lstm_backward, lstm_forward, lstm_step
from tests.reference.cells import LENGTHS, B, D, H, T, problem, run
from tests.reference.compare import assert_agrees_with_torch
from tests.tolerances import assert_close


def σ(a):
    return 1 / (1 + math.exp(-a))


def gate_params(*, i=0.0, f=0.0, g=0.0, o=0.0, p=None):
    """Weights of zero and the given biases: the gates are what the biases say."""
    b = np.repeat([i, f, g, o], H).astype(float)
    return Params(np.zeros((4 * H, D)), np.zeros((4 * H, H)), b, np.zeros(4 * H), p)


@pytest.mark.parametrize("name", ["lstm", "lstm-peephole"])
def test_step_is_the_equations_unit_by_unit(name):
    q = problem(name)
    x, (h_prev, c_prev), (W, R, b_W, b_R, p) = q.x[0], q.state0, q.params
    p = np.zeros((3, H)) if p is None else p
    h_expected, c_expected = np.zeros((2, B, H))
    for b in range(B):
        for j in range(H):
            a = [W[k] @ x[b] + R[k] @ h_prev[b] + b_W[k] + b_R[k] for k in (j, H + j, 2 * H + j, 3 * H + j)]
            i = σ(a[0] + p[0, j] * c_prev[b, j])
            f = σ(a[1] + p[1, j] * c_prev[b, j])
            c_expected[b, j] = f * c_prev[b, j] + i * math.tanh(a[2])
            o = σ(a[3] + p[2, j] * c_expected[b, j])
            h_expected[b, j] = o * math.tanh(c_expected[b, j])
    (h, c), _ = lstm_step(x, q.state0, q.params)
    assert_close(h, h_expected)
    assert_close(c, c_expected)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "packed"])
def test_values_and_gradients_are_those_of_torch(lengths):
    assert_agrees_with_torch(problem("lstm", lengths=lengths))


def test_open_forget_closed_input_gate_keeps_the_cell():
    q = problem()
    _, (_, c), _ = lstm_forward(q.x, q.state0, gate_params(i=-1e4, f=1e4, g=3.0, o=0.3))
    np.testing.assert_array_equal(c, q.state0[1])


def test_open_forget_closed_input_gate_keeps_the_gradient():
    q = problem()
    _, _, cache = lstm_forward(q.x, q.state0, gate_params(i=-1e4, f=1e4, g=3.0, o=-1e4))
    _, (_, dc0), _ = lstm_backward(np.zeros((T, B, H)), q.dstate_n, cache)
    np.testing.assert_array_equal(dc0, q.dstate_n[1])


def test_closed_forget_gate_erases_the_cell():
    q = problem()
    once, _ = lstm_step(q.x[0], q.state0, gate_params(f=-1e4, g=0.4))
    fresh, _ = lstm_step(q.x[0], None, gate_params(f=-1e4, g=0.4))
    for a, b in zip(once, fresh, strict=True):
        np.testing.assert_array_equal(a, b)


def test_closed_output_gate_hides_the_cell():
    q = problem()
    h, (_, c), _ = lstm_forward(q.x, q.state0, gate_params(o=-1e4, g=1.0))
    assert not h.any()
    assert c.any()


def test_peepholes_of_zero_are_no_peepholes():
    q = problem("lstm")
    with_zeros, without = run(q, params=q.params._replace(p=np.zeros((3, H)))), run(q)
    assert_close(with_zeros["h"], without["h"])
    assert_close(with_zeros["grads"].R, without["grads"].R)
    assert without["grads"].p is None
    assert with_zeros["grads"].p.any(axis=1).all()


def test_input_and_forget_peepholes_see_the_old_cell_and_the_output_peephole_the_new():
    c_prev = np.full((B, H), 2.0)
    x = np.zeros((B, D))
    state = (np.zeros((B, H)), c_prev)
    p = np.zeros((3, 3, H))
    p[0, 0] = p[1, 1] = p[2, 2] = 0.7
    _, seen_i = lstm_step(x, state, gate_params(g=1.0, p=p[0]))
    _, seen_f = lstm_step(x, state, gate_params(g=1.0, p=p[1]))
    _, seen_o = lstm_step(x, state, gate_params(g=1.0, p=p[2]))
    assert_close(seen_i.i, np.full((B, H), σ(0.7 * 2.0)))
    assert_close(seen_f.f, np.full((B, H), σ(0.7 * 2.0)))
    c = 0.5 * 2.0 + 0.5 * math.tanh(1.0)
    assert_close(seen_o.o, np.full((B, H), σ(0.7 * c)))
    assert_close(seen_o.i, np.full((B, H), 0.5))


def test_output_never_leaves_the_interval_of_tanh():
    q = problem(scale=1e4)
    h, _, _ = lstm_forward(q.x, q.state0, q.params)
    assert np.abs(h).max() <= 1


def test_cache_shows_each_gate_at_each_step():
    q = problem()
    _, (_, c_n), cache = lstm_forward(q.x, q.state0, q.params)
    assert len(cache.steps) == T
    last = cache.steps[-1]
    assert_close(last.f * last.c_prev + last.i * last.g, c_n)
