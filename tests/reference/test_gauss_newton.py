"""Laws of Gauss–Newton products and of the step that uses them."""

from itertools import pairwise

import numpy as np
import pytest

from rnncourse.reference.gauss_newton import (
    Problem,
    Theta,
    conjugate_gradient,
    dot,
    gauss_newton_product,
    hessian_free_step,
    network_gradient,
    network_loss,
    rnn_jacobian_product,
)
from rnncourse.reference.gradcheck import check_gradients
from rnncourse.reference.optim import tree_arrays, tree_map
from rnncourse.reference.params import init_params
from rnncourse.reference.rnn import rnn_forward
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

T, B, D, H, K = 5, 3, 2, 4, 3
EPS = 1e-6
nonlinearities = pytest.mark.parametrize("nonlinearity", ["tanh", "relu", "linear"])
losses = pytest.mark.parametrize("loss", ["squared", "softmax"])


def theta_of(seed=0):
    rng = np.random.default_rng(seed)
    return Theta(init_params("rnn", D, H, rng=rng), rng.normal(size=(K, H)), rng.normal(size=K))


def problem_of(loss, nonlinearity="tanh", masked=True):
    rng = np.random.default_rng(1)
    targets = rng.integers(0, K, (T, B)) if loss == "softmax" else rng.normal(size=(T, B, K))
    mask = rng.random((T, B)) < 0.7 if masked else None
    return Problem(rng.normal(size=(T, B, D)), targets, loss, mask, nonlinearity)


def along(theta, v, size):
    return tree_map(lambda θ, d: θ + size * d, theta, v)


@losses
def test_gradient_is_that_of_differences(loss):
    problem = problem_of(loss)

    def function(theta):
        value, gradient = network_gradient(theta, problem)
        return value, {"theta": gradient}

    report = check_gradients(function, {"theta": theta_of()}, rng=np.random.default_rng(2))
    assert report.largest < 10 * NUMERICAL_DIFFERENCES, report


@nonlinearities
def test_the_r_operator_is_the_states_directional_derivative(nonlinearity):
    theta, v, x = theta_of(), theta_of(3), problem_of("squared").x
    h = rnn_forward(x, None, theta.params, nonlinearity=nonlinearity)[0]
    up, down = (
        rnn_forward(x, None, along(theta.params, v.params, size), nonlinearity=nonlinearity)[0] for size in (EPS, -EPS)
    )
    product = rnn_jacobian_product(v.params, theta.params, x, h, nonlinearity=nonlinearity)
    assert_close(product, (up - down) / (2 * EPS), tolerance=NUMERICAL_DIFFERENCES)


@losses
@nonlinearities
def test_the_product_equals_the_matrix_written_out(loss, nonlinearity):
    """With J from differences of every parameter, and L″ written out, G v = Jᵀ L″ J v."""
    theta, v, problem = theta_of(), theta_of(4), problem_of(loss, nonlinearity)

    def outputs(theta):
        return rnn_forward(problem.x, None, theta.params, nonlinearity=nonlinearity)[0] @ theta.V.T + theta.b_V

    columns = []
    for k, array in enumerate(tree_arrays(theta)):
        for index in np.ndindex(array.shape):
            bumps = [np.zeros_like(a) for a in tree_arrays(theta)]
            bumps[k][index] = EPS
            W, R, b_W, b_R, V, b_V = bumps
            bump = Theta(type(theta.params)(W, R, b_W, b_R), V, b_V)
            columns.append((outputs(along(theta, bump, 1)) - outputs(along(theta, bump, -1))).reshape(-1, K) / 2 / EPS)
    J = np.stack(columns, axis=-1)  # (T·B, K, parameters)
    y = outputs(theta).reshape(-1, K)
    p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    L = np.stack([np.diag(q) - np.outer(q, q) for q in p]) if loss == "softmax" else np.stack([2 * np.eye(K)] * len(y))
    L = L * problem.mask.reshape(-1, 1, 1) / B
    flat = np.concatenate([a.ravel() for a in tree_arrays(v)])
    expected = np.einsum("nkp,nkl,nlq,q->p", J, L, J, flat)
    product = gauss_newton_product(v, theta, problem)
    assert_close(np.concatenate([a.ravel() for a in tree_arrays(product)]), expected, tolerance=1e-6)


@losses
def test_g_is_symmetric_and_has_no_negative_curvature(loss):
    theta, problem = theta_of(), problem_of(loss)
    u, v = theta_of(5), theta_of(6)
    Gu, Gv = gauss_newton_product(u, theta, problem), gauss_newton_product(v, theta, problem)
    assert dot(u, Gv) == pytest.approx(dot(v, Gu))
    assert dot(u, Gu) > 0
    assert dot(v, Gv) > 0


def test_at_a_perfect_fit_g_is_the_hessian():
    theta, v, problem = theta_of(), theta_of(7), problem_of("squared", masked=False)
    y = rnn_forward(problem.x, None, theta.params)[0] @ theta.V.T + theta.b_V
    problem = problem._replace(targets=y)
    up, down = (network_gradient(along(theta, v, size), problem)[1] for size in (EPS, -EPS))
    for Gv, a, b in zip(*map(tree_arrays, (gauss_newton_product(v, theta, problem), up, down)), strict=True):
        assert_close(Gv, (a - b) / (2 * EPS), tolerance=1e-6)


def test_conjugate_gradients_solve_in_as_many_steps_as_there_are_unknowns():
    rng = np.random.default_rng(0)
    M = rng.normal(size=(6, 6))
    A, b = M @ M.T + np.eye(6), rng.normal(size=6)
    z = conjugate_gradient(lambda v: A @ v, b, iterations=6)
    assert_close(z, np.linalg.solve(A, b), tolerance=1e-8)
    again = conjugate_gradient(lambda v: A @ v, b, start=z, iterations=0)
    np.testing.assert_array_equal(again, z)
    np.testing.assert_array_equal(conjugate_gradient(lambda v: A @ v, np.zeros(6)), np.zeros(6))


@losses
def test_steps_never_raise_the_loss_and_soon_fit(loss):
    theta, problem, state = theta_of(), problem_of(loss), None
    history = [network_loss(theta, problem)]
    for _ in range(15):
        theta, state = hessian_free_step(theta, problem, state)
        history.append(state.loss)
        assert state.loss == network_loss(theta, problem)
    assert all(after <= before for before, after in pairwise(history))
    assert history[-1] < 0.1 * history[0]


def test_damping_shrinks_where_the_quadratic_model_is_right():
    """With a linear network and only its readout bias off, the model is nearly exact."""
    theta, problem = theta_of(), problem_of("squared", "linear", masked=False)
    y = rnn_forward(problem.x, None, theta.params, nonlinearity="linear")[0] @ theta.V.T + theta.b_V
    _, state = hessian_free_step(theta, problem._replace(targets=y + 1e-3), damping=0.01)
    assert state.damping == pytest.approx(0.01 / 1.5)


def test_nothing_is_changed():
    theta, problem, v = theta_of(), problem_of("squared"), theta_of(8)
    arrays = [*tree_arrays((theta, v)), problem.x, problem.targets]
    before = [a.copy() for a in arrays]
    gauss_newton_product(v, theta, problem)
    hessian_free_step(theta, problem)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_input_is_refused():
    theta, problem = theta_of(), problem_of("squared")
    with pytest.raises(ValueError, match="loss"):
        network_loss(theta, problem._replace(loss="hinge"))
    with pytest.raises(ValueError, match="nonlinearity"):
        network_loss(theta, problem._replace(nonlinearity="sine"))
    with pytest.raises(ValueError, match="V"):
        network_loss(theta._replace(V=theta.V.T), problem)
    with pytest.raises(ValueError, match=r"v\.W"):
        gauss_newton_product(theta._replace(params=theta.params._replace(W=np.ones((4, 3)))), theta, problem)
