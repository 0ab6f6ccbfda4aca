"""Laws of the echo state network."""

import numpy as np
import pytest

from rnncourse.reference.params import Params
from rnncourse.reference.reservoir import (
    echo_state_fit,
    reservoir_params,
    reservoir_states,
    scale_to_spectral_radius,
)
from rnncourse.reference.rnn import rnn_forward
from tests.tolerances import assert_close


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("radius", [0.0, 0.3, 0.95, 1.5])
def test_spectral_radius_is_the_one_asked_for(radius):
    params = reservoir_params(2, 30, rng=rng(), spectral_radius=radius, density=0.3)
    assert np.abs(np.linalg.eigvals(params.R)).max() == pytest.approx(radius)


def test_density_and_scales_are_kept():
    params = reservoir_params(40, 50, rng=rng(), input_scale=0.5, bias_scale=0.2, density=0.1)
    assert 0.07 < (params.R != 0).mean() < 0.13
    assert 0.45 < np.abs(params.W).max() <= 0.5
    assert 0.15 < np.abs(params.b_W).max() <= 0.2
    assert not params.b_R.any()


def test_without_settings_inputs_weigh_up_to_one_and_there_are_no_biases():
    params = reservoir_params(40, 50, rng=rng())
    assert 0.95 < np.abs(params.W).max() <= 1
    assert params.R.all()
    assert not params.b_W.any()
    assert np.abs(np.linalg.eigvals(params.R)).max() == pytest.approx(0.95)


def test_same_seed_same_reservoir():
    for a, b in zip(reservoir_params(2, 5, rng=rng(3))[:4], reservoir_params(2, 5, rng=rng(3))[:4], strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_leak_it_is_the_plain_network():
    params = reservoir_params(2, 6, rng=rng(), bias_scale=0.5)
    x, h0 = rng(1).normal(size=(7, 3, 2)), rng(2).normal(size=(3, 6))
    assert_close(reservoir_states(x, params, h0=h0), rnn_forward(x, (h0,), params)[0])


def test_washout_leaves_out_the_first_steps_only():
    params, x = reservoir_params(2, 6, rng=rng()), rng(1).normal(size=(7, 3, 2))
    np.testing.assert_array_equal(
        reservoir_states(x, params, leak=0.3, washout=3), reservoir_states(x, params, leak=0.3)[3:]
    )


def test_the_echo_of_the_start_fades():
    params, x = reservoir_params(1, 40, rng=rng(), spectral_radius=0.8), rng(1).normal(size=(200, 2, 1))
    a = reservoir_states(x, params)
    b = reservoir_states(x, params, h0=rng(2).normal(size=(2, 40)))
    assert np.abs(a[0] - b[0]).max() > 0.1
    assert np.abs(a[-1] - b[-1]).max() < 1e-10


def test_a_small_leak_moves_slowly():
    params, x = reservoir_params(1, 20, rng=rng()), np.ones((5, 1, 1))
    fast, slow = (np.abs(reservoir_states(x, params, leak=leak)[0]).max() for leak in (1.0, 0.1))
    assert slow == pytest.approx(0.1 * fast)


def test_readout_is_where_the_gradient_of_the_ridge_objective_vanishes():
    S, Y, ridge = rng(1).normal(size=(9, 4, 5)), rng(2).normal(size=(9, 4, 3)), 0.7
    V = echo_state_fit(S, Y, ridge)
    assert V.shape == (3, 5)
    residual = S @ V.T - Y
    assert_close(np.einsum("tbk,tbh->kh", residual, S) + ridge * V, np.zeros_like(V))


def test_without_ridge_it_is_least_squares_and_finds_a_linear_rule_exactly():
    S, V = rng(1).normal(size=(20, 5)), rng(2).normal(size=(2, 5))
    assert_close(echo_state_fit(S, S @ V.T, 0.0), V)


def test_more_ridge_means_smaller_weights():
    S, Y = rng(1).normal(size=(20, 5)), rng(2).normal(size=(20, 1))
    norms = [np.linalg.norm(echo_state_fit(S, Y, ridge)) for ridge in (0, 1, 10, 1e6)]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < 1e-3


def test_a_reservoir_recalls_its_input_of_some_steps_ago():
    params = reservoir_params(1, 100, rng=rng(), spectral_radius=0.9, input_scale=0.1)
    x = rng(1).uniform(-1, 1, (600, 1, 1))
    S = reservoir_states(x, params, washout=100)
    V = echo_state_fit(S[:400], x[95:495], 1e-8)
    error = ((S[400:] @ V.T - x[495:-5]) ** 2).mean() / (x**2).mean()
    assert error < 0.05


def test_no_argument_is_changed_and_float32_stays():
    params = Params(*(a.astype(np.float32) for a in reservoir_params(1, 5, rng=rng())[:4]))
    x = rng(1).normal(size=(6, 2, 1)).astype(np.float32)
    before = [a.copy() for a in (x, *params[:4])]
    S = reservoir_states(x, params, leak=0.5)
    assert S.dtype == echo_state_fit(S, x, 0.1).dtype == np.float32
    for a, b in zip((x, *params[:4]), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "options",
    [{"input_size": 0}, {"hidden_size": 0}, {"density": 0}, {"density": 1.1}, {"spectral_radius": -1}],
)
def test_bad_settings_of_a_reservoir_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        reservoir_params(**({"input_size": 2, "hidden_size": 3} | options), rng=rng())


def test_a_matrix_that_cannot_be_scaled_is_refused():
    with pytest.raises(ValueError, match="eigenvalues"):
        scale_to_spectral_radius(np.triu(np.ones((3, 3)), 1), 0.9)
    with pytest.raises(ValueError, match="R: "):
        scale_to_spectral_radius(np.ones((3, 2)), 0.9)


@pytest.mark.parametrize(
    ("shape", "options", "name"),
    [
        ((5, 2), {}, "x"),
        ((5, 2, 4), {}, "x"),
        ((5, 2, 3), {"leak": 0}, "leak"),
        ((5, 2, 3), {"leak": 1.5}, "leak"),
        ((5, 2, 3), {"washout": 5}, "washout"),
        ((5, 2, 3), {"washout": -1}, "washout"),
        ((5, 2, 3), {"h0": np.zeros((1, 4))}, "h0"),
    ],
)
def test_bad_input_of_a_run_is_refused(shape, options, name):
    with pytest.raises(ValueError, match=name):
        reservoir_states(np.zeros(shape), reservoir_params(3, 4, rng=rng()), **options)


def test_bad_input_of_the_fit_is_refused():
    with pytest.raises(ValueError, match="states and targets"):
        echo_state_fit(np.zeros((4, 3)), np.zeros((5, 1)), 1.0)
    with pytest.raises(ValueError, match="ridge"):
        echo_state_fit(np.zeros((4, 3)), np.zeros((4, 1)), -1.0)
    with pytest.raises(ValueError, match="rank"):
        echo_state_fit(np.ones((4, 3)), np.zeros((4, 1)), 0.0)
