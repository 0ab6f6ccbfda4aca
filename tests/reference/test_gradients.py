"""Jacobian products agree with differences and with backpropagation; the cliff stands where it was measured."""

import numpy as np
import pytest

from rnncourse import reference as ref
from rnncourse.reference import gradients
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close


def states(T=5, B=3, H=4, seed=0):
    rng = np.random.default_rng(seed)
    params = ref.init_params("rnn", 2, H, rng=rng, scheme="orthogonal")
    x, h0 = rng.normal(size=(T, B, 2)), rng.normal(size=(B, H)) / 2
    h, _, cache = ref.rnn_forward(x, (h0,), params)
    return rng, params, x, h0, h, cache


def test_the_jacobian_product_is_the_derivative_of_the_last_state_by_the_first():
    _, params, x, h0, h, _ = states(B=1)
    products = gradients.jacobian_product(h[:, 0], params.R)
    assert len(products) == 6
    assert_close(products[0], np.eye(4))
    for j in range(4):
        step = 1e-6 * np.eye(4)[j]
        up, down = (ref.rnn_forward(x, (h0 + sign * step,), params)[0][-1, 0] for sign in (1, -1))
        assert_close(products[-1][:, j], (up - down) / 2e-6, tolerance=NUMERICAL_DIFFERENCES)


def test_norms_by_distance_are_those_of_backpropagation_and_of_the_products():
    rng, params, _x, _, h, cache = states()
    dh_last = rng.normal(size=h.shape[1:])
    norms = gradients.gradient_norms_by_distance(dh_last, h, params.R)
    dh = np.zeros_like(h)
    dh[-1] = dh_last
    _, (dh0,), _ = ref.rnn_backward(dh, None, cache)
    assert norms.shape == (6, 3)
    assert_close(norms[-1], np.linalg.norm(dh0, axis=1))
    for b in range(3):
        products = gradients.jacobian_product(h[:, b], params.R)
        assert_close(norms[:, b], [np.linalg.norm(dh_last[b] @ J) for J in products])


def test_the_spectral_radius_never_exceeds_the_norm_and_a_rotation_has_both_equal():
    rng = np.random.default_rng(1)
    for H in (1, 2, 7):
        rho, sigma = gradients.spectral_radius_and_norm(rng.normal(size=(H, H)))
        assert rho <= sigma * (1 + 1e-12)
    assert_close(gradients.spectral_radius_and_norm(0.9 * ref.orthogonal(5, rng)), [0.9, 0.9])
    assert_close(gradients.spectral_radius_and_norm(np.array([[0.5, 3.0], [0.0, 0.5]]))[0], 0.5, tolerance=1e-6)


def test_the_cliff_has_the_gradient_of_its_surface():
    w, b, eps = np.array([4.2, 5.0, 6.5]), np.array([-2.9, -2.5, -1.7]), 1e-6
    _, dw, db = gradients.cliff(w, b)
    dw_numerical = (gradients.cliff(w + eps, b)[0] - gradients.cliff(w - eps, b)[0]) / (2 * eps)
    db_numerical = (gradients.cliff(w, b + eps)[0] - gradients.cliff(w, b - eps)[0]) / (2 * eps)
    assert_close(dw, dw_numerical, tolerance=NUMERICAL_DIFFERENCES)
    assert_close(db, db_numerical, tolerance=NUMERICAL_DIFFERENCES)


def test_the_cliff_stands_where_pascanu_drew_it():
    w, b = np.meshgrid(np.linspace(4, 7, 601), np.linspace(-3, -1.5, 601))
    _, dw, db = gradients.cliff(w, b)
    norm = np.hypot(dw, db)
    at = np.unravel_index(norm.argmax(), norm.shape)
    assert norm.max() == pytest.approx(3.32e3, rel=2e-3)
    assert (w[at], b[at]) == pytest.approx((4.94, -2.575))
    assert np.hypot(*gradients.cliff(5.0, -2.5)[1:]) == pytest.approx(0.133, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: gradients.jacobian_product(np.zeros((3, 2, 4)), np.eye(4)), r"h: shape \(3, 2, 4\)"),
        (lambda: gradients.jacobian_product(np.zeros((3, 4)), np.eye(5)), r"R: shape \(5, 5\)"),
        (lambda: gradients.gradient_norms_by_distance(np.zeros(4), np.zeros((3, 2, 4)), np.eye(4)), "dh_last: got"),
        (lambda: gradients.spectral_radius_and_norm(np.zeros((2, 3))), r"R: got ndarray of shape \(2, 3\)"),
        (lambda: gradients.cliff(5.0, -2.5, steps=0), "steps must be"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
