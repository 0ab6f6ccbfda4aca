"""The plain-array steps of the LSTM are the layer's equations, forward and backward; a cell with switches remembers."""

import numpy as np

from rnncourse import reference as ref
from rnncourse.exercises import lstm
from tests.tolerances import assert_close


def case(peephole=False, B=3, D=2, H=4, seed=0):
    rng = np.random.default_rng(seed)
    params = ref.init_params("lstm", D, H, rng=rng, peephole=peephole)
    params = ref.Params(*(None if a is None else rng.normal(size=a.shape) for a in params))
    return rng, params, rng.normal(size=(B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))


def test_the_memory_holds_what_was_written_until_it_is_cleared():
    values, keep = np.array([4.2, -1.0, 7.0, 3.0, 2.0]), np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    write, read = np.array([1.0, 0.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 0.5, 1.0])
    assert_close(lstm.keep_write_read(values, keep, write, read), [0.0, 0.0, 4.2, 2.1, 0.0])


def test_the_lstm_step_and_its_gradient_are_the_layers():
    rng, params, x_t, h_prev, c_prev = case()
    (h, c), cache = ref.lstm_step(x_t, (h_prev, c_prev), params)
    b = params.b_W + params.b_R
    for actual, expected in zip(lstm.lstm_step(x_t, h_prev, c_prev, params.W, params.R, b), (h, c), strict=True):
        assert_close(actual, expected)
    dh, dc = rng.normal(size=h.shape), rng.normal(size=c.shape)
    dx, (dh_prev, dc_prev), grads = ref.lstm_step_backward((dh, dc), cache)
    actual = lstm.lstm_step_backward(dh, dc, x_t, h_prev, c_prev, params.W, params.R, b)
    for ours, theirs in zip(actual, (dx, dh_prev, dc_prev, grads.W, grads.R, grads.b_W), strict=True):
        assert_close(ours, theirs)


def test_the_peephole_step_is_the_layers():
    _, params, x_t, h_prev, c_prev = case(peephole=True)
    state, _ = ref.lstm_step(x_t, (h_prev, c_prev), params)
    actual = lstm.peephole_lstm_step(x_t, h_prev, c_prev, params.W, params.R, params.b_W + params.b_R, params.p)
    for ours, theirs in zip(actual, state, strict=True):
        assert_close(ours, theirs)
