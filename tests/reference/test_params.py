"""Laws of the starting weights: shapes, ranges, orthogonality, sparsity, and where the forget bias goes."""

import numpy as np
import pytest

from rnncourse.reference import Params, init_params, orthogonal
from rnncourse.reference.cells import CELLS
from rnncourse.reference.params import SCHEMES
from tests.tolerances import assert_close

D, H = 30, 40


def made(cell="lstm", seed=0, D=D, H=H, **options):
    return init_params(cell, D, H, rng=np.random.default_rng(seed), **options)


def gates(weights):
    return weights.reshape(-1, H, weights.shape[1])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shapes_and_dtype(cell, scheme, dtype):
    G = len(CELLS[cell].gates)
    params = made(cell, scheme=scheme, dtype=dtype)
    assert isinstance(params, Params)
    assert [a.shape for a in params[:4]] == [(G * H, D), (G * H, H), (G * H,), (G * H,)]
    assert params.p is None
    assert {a.dtype for a in params[:4]} == {np.dtype(dtype)}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_seed_gives_one_set_of_weights_and_another_seed_another(cell, scheme):
    a, b, other = made(cell, scheme=scheme), made(cell, scheme=scheme), made(cell, seed=1, scheme=scheme)
    for name in ("W", "R", "b_W", "b_R"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.W != other.W).any()


def test_torch_scheme_fills_the_range_of_one_over_root_h():
    params = made()
    for a in params[:4]:
        assert np.abs(a).max() <= 1 / np.sqrt(H)
        assert np.abs(a).max() > 0.9 / np.sqrt(H)
        assert abs(a.mean()) < 0.2 / np.sqrt(H)
    assert (params.b_W != params.b_R).any()


def test_glorot_scheme_fills_its_range_and_starts_biases_at_zero():
    params = made(scheme="glorot")
    for a, fan in ((params.W, D + H), (params.R, H + H)):
        assert 0.95 * np.sqrt(6 / fan) < np.abs(a).max() <= np.sqrt(6 / fan)
    assert not params.b_W.any()
    assert not params.b_R.any()


@pytest.mark.parametrize("cell", CELLS)
def test_orthogonal_scheme_keeps_the_length_of_every_state_gate_by_gate(cell):
    params = made(cell, scheme="orthogonal", scale=1.5)
    for R in gates(params.R):
        assert_close(R @ R.T, 1.5**2 * np.eye(H))
    assert np.abs(params.W).max() <= np.sqrt(6 / (D + H))
    assert not params.b_W.any()


def test_orthogonal_is_orthogonal_and_turns_either_way():
    rng = np.random.default_rng(0)
    drawn = [orthogonal(3, rng) for _ in range(200)]
    for Q in drawn:
        assert_close(Q.T @ Q, np.eye(3))
    assert {round(float(np.linalg.det(Q))) for Q in drawn} == {-1, 1}
    # Evenly drawn: no entry prefers a sign. The standard error is 0.041; QR alone has a mean of -0.5 at Q[0, 0].
    assert np.abs(np.mean(drawn, axis=0)).max() < 0.17


def test_identity_scheme_carries_the_state_over():
    params = made("rnn", scheme="identity", scale=0.9)
    np.testing.assert_array_equal(params.R, 0.9 * np.eye(H))
    assert params.W.std() == pytest.approx(0.001, rel=0.1)
    assert not params.b_W.any()
    assert not params.b_R.any()


def test_sparse_scheme_gives_each_unit_fifteen_incoming_connections():
    params = made(scheme="sparse", scale=2.0)
    for a, size in ((params.W, 1), (params.R, 2)):
        np.testing.assert_array_equal((a != 0).sum(axis=1), 15)
        assert (a != 0).any(axis=0).all()
        assert a[a != 0].std() == pytest.approx(size, rel=0.1)


def test_sparse_scheme_takes_all_connections_where_there_are_fewer():
    assert (made(D=7, scheme="sparse").W != 0).all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_forget_bias_goes_into_one_bias_of_one_gate(scheme):
    plain, biased = made(scheme=scheme), made(scheme=scheme, forget_bias=1.25)
    i, f, rest = slice(0, H), slice(H, 2 * H), slice(2 * H, None)
    np.testing.assert_array_equal(biased.b_W[f], 1.25)
    np.testing.assert_array_equal(biased.b_R[f], 0)
    for part in (i, rest):
        np.testing.assert_array_equal(biased.b_W[part], plain.b_W[part])
        np.testing.assert_array_equal(biased.b_R[part], plain.b_R[part])
    np.testing.assert_array_equal(biased.W, plain.W)
    np.testing.assert_array_equal(biased.R, plain.R)


def test_peepholes_are_drawn_on_request_alone():
    p = made(peephole=True, dtype="float32").p
    assert p.shape == (3, H)
    assert p.dtype == np.float32
    assert 0.9 / np.sqrt(H) < np.abs(p).max() <= np.float32(1 / np.sqrt(H))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_two_biases_are_two_arrays(scheme):
    params = made(scheme=scheme)
    assert not np.shares_memory(params.b_W, params.b_R)


@pytest.mark.parametrize("cell", CELLS)
def test_smallest_size(cell):
    for scheme in SCHEMES:
        assert made(cell, D=1, H=1, scheme=scheme).R.shape == (len(CELLS[cell].gates), 1)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("elman", 2, 3), {}, ValueError, "cell: got 'elman', expected one of 'rnn', 'lstm', 'gru'"),
        (("rnn", 2, 3), {"scheme": "he"}, ValueError, "scheme: got 'he', expected one of 'torch'"),
        (("rnn", 0, 3), {}, ValueError, "input_size must be a whole number of at least 1, got 0"),
        (("rnn", 2, -3), {}, ValueError, "hidden_size must be .*, got -3"),
        (("rnn", 2, 1.5), {}, ValueError, "hidden_size must be .*, got 1.5"),
        (("gru", 2, 3), {"peephole": True}, ValueError, "peephole: only the LSTM has it, the cell is 'gru'"),
        (("rnn", 2, 3), {"forget_bias": 1.0}, ValueError, "forget_bias: only the LSTM has it, the cell is 'rnn'"),
        (("rnn", 2, 3), {"rng": 7}, TypeError, r"rng: got int, expected np.random.default_rng\(seed\)"),
        (("rnn", 2, 3), {"dtype": int}, TypeError, "dtype: got int64, expected float32 or float64"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        init_params(*arguments, **{"rng": np.random.default_rng(0), **options})
