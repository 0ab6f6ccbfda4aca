"""Laws of the elementwise functions: symmetry, limits, and no overflow anywhere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncourse.reference import dsigmoid, dtanh, log_softmax, relu, sigmoid, softmax
from rnncourse.reference.ops import drelu
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

ANY = arrays(np.float64, st.integers(1, 8), elements=st.floats(-1e4, 1e4))


@given(ANY)
def test_sigmoid_and_its_mirror_image_sum_to_one(a):
    assert_close(sigmoid(a) + sigmoid(-a), np.ones_like(a))


@pytest.mark.parametrize("a", [-700.0, -40.0, -1.5, 0.0, 0.3, 2.0, 40.0])
def test_sigmoid_is_its_formula_to_the_last_digits_even_far_out(a):
    assert sigmoid(np.array([a]))[0] == pytest.approx(1 / (1 + math.exp(-a)), rel=1e-14)


def test_sigmoid_saturates_without_a_warning():
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 1e4, -1e300, 1e300])), [0, 1, 0, 1])


def test_sigmoid_passes_a_nan_on():
    assert np.isnan(sigmoid(np.array([np.nan]))).all()
    assert np.isnan(relu(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("function", "derivative"), [(sigmoid, dsigmoid), (np.tanh, dtanh), (relu, drelu)], ids=["sigmoid", "tanh", "relu"]
)
def test_derivative_from_the_value_is_the_slope(function, derivative):
    a = np.array([-3.0, -0.7, -0.01, 0.02, 0.9, 4.0])
    slope = (function(a + 1e-6) - function(a - 1e-6)) / 2e-6
    assert_close(derivative(function(a)), slope, tolerance=NUMERICAL_DIFFERENCES)


def test_relu_has_no_slope_at_the_kink():
    np.testing.assert_array_equal(drelu(relu(np.array([-1.0, 0.0, 1.0]))), [0, 0, 1])


@given(ANY, st.floats(-1e4, 1e4))
def test_softmax_sums_to_one_and_ignores_a_shift(y, shift):
    p = softmax(y)
    assert p.sum() == pytest.approx(1)
    assert (p >= 0).all()
    assert_close(softmax(y + shift), p)


@given(ANY)
def test_log_softmax_is_the_logarithm_of_softmax(y):
    p = softmax(y)
    seen = p > 1e-300  # below, softmax itself rounds to zero; log_softmax does not
    assert_close(log_softmax(y)[seen], np.log(p[seen]))
    assert np.isfinite(log_softmax(y)).all()


def test_softmax_works_along_the_last_axis():
    y = np.arange(24.0).reshape(2, 3, 4) ** 1.3
    assert_close(softmax(y).sum(axis=-1), np.ones((2, 3)))
    assert_close(softmax(y)[1, 2], softmax(y[1, 2]))
    assert_close(log_softmax(y)[1, 2], log_softmax(y[1, 2]))


@pytest.mark.parametrize("function", [sigmoid, relu, softmax, log_softmax, dsigmoid, dtanh, drelu])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_and_the_argument_unchanged(function, dtype):
    a = np.linspace(-2, 2, 5, dtype=dtype)
    before = a.copy()
    result = function(a)
    assert result.dtype == dtype
    assert not np.shares_memory(result, a)
    np.testing.assert_array_equal(a, before)
