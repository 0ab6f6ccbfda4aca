"""Laws of embedding, readout and losses: gradients, masks, and the reduction that is promised."""

import math

import numpy as np
import pytest

from rnncourse.reference import (
    as_loss,
    check_gradients_by_entry,
    embedding_backward,
    embedding_forward,
    linear_backward,
    linear_forward,
    softmax_cross_entropy,
    squared_error,
)
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

T, B, H, K = 4, 3, 5, 6


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def masked(rng):
    mask = rng.random((T, B)) < 0.6
    assert mask.any()
    assert not mask.all()
    return mask


@pytest.mark.parametrize("leading", [(), (B,), (T, B), (2, T, B)])
def test_linear_backward_agrees_with_differences(rng, leading):
    arguments = {
        "x": rng.standard_normal((*leading, H)),
        "V": rng.standard_normal((K, H)),
        "b_V": rng.standard_normal(K),
    }
    function = as_loss(linear_forward, linear_backward, (rng.standard_normal((*leading, K)),))
    assert check_gradients_by_entry(function, arguments).largest < NUMERICAL_DIFFERENCES


def test_linear_is_the_equation_unit_by_unit(rng):
    x, V, b_V = rng.standard_normal((T, B, H)), rng.standard_normal((K, H)), rng.standard_normal(K)
    y, _ = linear_forward(x, V, b_V)
    assert y[2, 1, 3] == pytest.approx(sum(V[3, j] * x[2, 1, j] for j in range(H)) + b_V[3])


def test_embedding_picks_rows_and_sums_the_gradients_of_a_repeated_word(rng):
    E = rng.standard_normal((K, H))
    indices = np.array([[0, 2, 2], [5, 2, 0]])
    x, cache = embedding_forward(indices, E)
    assert x.shape == (2, 3, H)
    np.testing.assert_array_equal(x[1, 0], E[5])
    dx = rng.standard_normal(x.shape)
    dE = embedding_backward(dx, cache)
    assert_close(dE[2], dx[0, 1] + dx[0, 2] + dx[1, 1])
    assert_close(dE[5], dx[1, 0])
    assert not dE[[1, 3, 4]].any()


def test_embedding_is_a_linear_layer_on_one_hot_vectors(rng):
    E, indices = rng.standard_normal((K, H)), rng.integers(0, K, (T, B))
    x, _ = embedding_forward(indices, E)
    assert_close(x, np.eye(K)[indices] @ E)


def test_cross_entropy_of_even_chances_is_log_k_a_step():
    loss, _ = softmax_cross_entropy(np.full((T, B, K), 0.3), np.zeros((T, B), int))
    assert loss == pytest.approx(T * math.log(K))


@pytest.mark.parametrize("leading", [(B,), (T, B)])
@pytest.mark.parametrize("with_mask", [False, True])
def test_cross_entropy_is_its_formula_and_its_gradient_agrees_with_differences(rng, leading, with_mask):
    logits, targets = rng.standard_normal((*leading, K)), rng.integers(0, K, leading)
    mask = rng.random(leading) < 0.7 if with_mask else None
    expected = 0.0
    for at in np.ndindex(*leading):
        if mask is None or mask[at]:
            total = sum(math.exp(y) for y in logits[at])
            expected -= math.log(math.exp(logits[at][targets[at]]) / total) / B

    def function(logits):
        loss, dlogits = softmax_cross_entropy(logits, targets, mask=mask)
        return loss, {"logits": dlogits}

    assert function(logits)[0] == pytest.approx(expected)
    assert check_gradients_by_entry(function, {"logits": logits}).largest < NUMERICAL_DIFFERENCES


def test_cross_entropy_is_that_of_torch(rng):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    logits, targets = 3 * rng.standard_normal((T, B, K)), rng.integers(0, K, (T, B))
    loss, dlogits = softmax_cross_entropy(logits, targets)
    y = torch.tensor(logits, requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(y.reshape(-1, K), torch.tensor(targets).reshape(-1), reduction="sum") / B
    theirs.backward()
    assert_close(loss, theirs.detach().numpy())
    assert_close(dlogits, y.grad.numpy())


def test_cross_entropy_knows_no_overflow():
    logits = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]])
    loss, dlogits = softmax_cross_entropy(logits, np.array([0, 0]))
    assert loss == 1e4
    np.testing.assert_array_equal(dlogits, [[0, 0, 0], [-0.5, 0.5, 0]])


def test_gradient_of_cross_entropy_sums_to_zero_at_every_step(rng):
    _, dlogits = softmax_cross_entropy(rng.standard_normal((T, B, K)), rng.integers(0, K, (T, B)))
    assert_close(dlogits.sum(axis=-1), np.zeros((T, B)))


@pytest.mark.parametrize("leading", [(B,), (T, B)])
@pytest.mark.parametrize("with_mask", [False, True])
def test_squared_error_is_its_formula_and_its_gradient_agrees_with_differences(rng, leading, with_mask):
    prediction, target = rng.standard_normal((2, *leading, K))
    mask = rng.random(leading) < 0.7 if with_mask else None
    counts = np.ones(leading) if mask is None else mask
    expected = sum(counts[at] * ((prediction[at] - target[at]) ** 2).sum() for at in np.ndindex(*leading)) / B

    def function(prediction):
        loss, dprediction = squared_error(prediction, target, mask=mask)
        return loss, {"prediction": dprediction}

    assert function(prediction)[0] == pytest.approx(expected)
    assert check_gradients_by_entry(function, {"prediction": prediction}).largest < NUMERICAL_DIFFERENCES


@pytest.mark.parametrize("filling", [1e4, np.nan, np.inf])
def test_masked_steps_change_nothing_whatever_they_hold(rng, filling):
    y, other, mask = rng.standard_normal((T, B, K)), rng.standard_normal((T, B, K)), masked(rng)
    targets = rng.integers(0, K, (T, B))
    filled, filled_other, unknown = y.copy(), other.copy(), targets.copy()
    filled[~mask] = filled_other[~mask] = filling
    unknown[~mask] = -100
    for (loss, dy), (loss_filled, dy_filled) in (
        (softmax_cross_entropy(y, targets, mask=mask), softmax_cross_entropy(filled, unknown, mask=mask)),
        (squared_error(y, other, mask=mask), squared_error(filled, filled_other, mask=mask)),
    ):
        assert loss_filled == loss
        np.testing.assert_array_equal(dy_filled, dy)
        assert not dy[~mask].any()
        assert dy[mask].any(axis=-1).all()


def test_a_mask_of_true_is_no_mask(rng):
    y, target, everything = rng.standard_normal((T, B, K)), rng.standard_normal((T, B, K)), np.ones((T, B), bool)
    assert squared_error(y, target, mask=everything)[0] == squared_error(y, target)[0]
    targets = rng.integers(0, K, (T, B))
    assert softmax_cross_entropy(y, targets, mask=everything)[0] == softmax_cross_entropy(y, targets)[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_nothing_is_changed_and_nothing_aliases(rng, dtype):
    x, other = rng.standard_normal((2, T, B, H)).astype(dtype)
    V, b_V, E = (rng.standard_normal(shape).astype(dtype) for shape in ((K, H), (K,), (K, H)))
    indices, mask = rng.integers(0, H, (T, B)), masked(rng)
    given = [x, other, V, b_V, E, indices, mask]
    before = [a.copy() for a in given]
    y, linear_cache = linear_forward(x, V, b_V)
    embedded, embedding_cache = embedding_forward(indices, E)
    cross_entropy, dlogits = softmax_cross_entropy(x, indices, mask=mask)
    error, dprediction = squared_error(x, other, mask=mask)
    results = [y, *linear_backward(y, linear_cache), embedded, embedding_backward(x, embedding_cache)]
    results += [dlogits, dprediction]
    assert isinstance(cross_entropy, float)
    assert isinstance(error, float)
    assert [a.dtype for a in results] == [np.dtype(dtype)] * len(results)
    for a, b in zip(given, before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not any(np.shares_memory(a, b) for a in results for b in given)


Y, TARGETS = np.zeros((T, B, K)), np.zeros((T, B), int)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: linear_forward(Y, np.zeros((K, H)), np.zeros(K)), ValueError, r"x: shape \(4, 3, 6\), expected .*H=5"),
        (lambda: linear_forward(Y, np.zeros(K), np.zeros(K)), ValueError, r"V: shape \(6,\), expected \(K, H\)"),
        (lambda: linear_forward(Y, np.zeros((2, K)), np.zeros(3)), ValueError, r"b_V: shape \(3,\), expected \(K=2,\)"),
        (lambda: linear_forward(Y, np.zeros((2, K), "f4"), np.zeros(2)), TypeError, "b_V: float64 .* expected float32"),
        (
            lambda: linear_backward(np.zeros((T, B, 3)), (Y, np.zeros((2, K)))),
            ValueError,
            r"dy: shape \(4, 3, 3\), expected \(T=4, B=3, K=2\)",
        ),
        (
            lambda: embedding_forward(np.array([0, 6]), Y[0, :1].T),
            ValueError,
            "indices: values 0 … 6 .* expected 0 … 5",
        ),
        (lambda: embedding_forward(np.array([0.0]), Y[0]), TypeError, "indices: float64 .* expected integers"),
        (lambda: embedding_forward(np.array([-1]), Y[0]), ValueError, "indices: values -1 … -1"),
        (
            lambda: embedding_backward(Y, (TARGETS, np.zeros((9, 2)))),
            ValueError,
            r"dx: shape \(4, 3, 6\), expected \(T=4, B=3, D=2\)",
        ),
        (lambda: softmax_cross_entropy(Y[0, 0], 3), ValueError, r"logits: shape \(6,\), expected"),
        (lambda: softmax_cross_entropy(Y, TARGETS[0]), ValueError, r"targets: shape \(3,\), expected \(T=4, B=3\)"),
        (lambda: softmax_cross_entropy(Y, TARGETS + 6), ValueError, "targets: values 6 … 6 .* expected 0 … 5"),
        (lambda: softmax_cross_entropy(Y, TARGETS - 1), ValueError, "targets: values -1 … -1"),
        (lambda: softmax_cross_entropy(Y, Y[:, :, 0]), TypeError, "targets: float64 .* expected integers"),
        (
            lambda: softmax_cross_entropy(Y.astype(int), TARGETS),
            TypeError,
            "logits: int64 .* expected float32 or float64",
        ),
        (
            lambda: softmax_cross_entropy(Y * np.nan, TARGETS),
            ValueError,
            r"logits: nan at \(0, 0, 0\) .* expected finite",
        ),
        (lambda: softmax_cross_entropy(Y, TARGETS, mask=TARGETS), TypeError, r"mask: int64 .* expected bool of shape"),
        (
            lambda: softmax_cross_entropy(Y, TARGETS, mask=np.ones(T, bool)),
            ValueError,
            r"mask: shape \(4,\), expected \(4, 3\)",
        ),
        (lambda: squared_error(Y, Y[0]), ValueError, r"target: shape \(3, 6\), expected \(T=4, B=3, K=6\)"),
        (lambda: squared_error(Y, Y.astype("f4")), TypeError, "target: float32 .* expected float64"),
        (lambda: squared_error(Y, Y + np.inf), ValueError, "target: .* expected finite"),
        (lambda: squared_error(Y[0, 0], Y[0, 0]), ValueError, r"prediction: shape \(6,\), expected"),
        (lambda: squared_error([1.0], [2.0]), TypeError, "prediction: got list, expected a NumPy array"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
