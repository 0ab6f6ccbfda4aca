"""Laws of the optimisers: torch takes the same path, nothing is changed in place, badly matched trees are refused."""

import numpy as np
import pytest

from rnncourse.reference.optim import adam, momentum, nesterov, rmsprop, sgd, tree_arrays, tree_map
from rnncourse.reference.params import init_params
from tests.tolerances import assert_close

torch = pytest.importorskip("torch")

PAIRS = {
    "sgd": (lambda *a: sgd(*a, learning_rate=0.07), lambda p: torch.optim.SGD(p, lr=0.07)),
    "momentum": (
        lambda *a: momentum(*a, learning_rate=0.05, decay=0.8),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8),
    ),
    "nesterov": (
        lambda *a: nesterov(*a, learning_rate=0.05, decay=0.8),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    ),
    "rmsprop": (
        lambda *a: rmsprop(*a, learning_rate=0.01, decay=0.9, epsilon=1e-6),
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-6),
    ),
    "adam": (
        lambda *a: adam(*a, learning_rate=0.02, decays=(0.8, 0.95), epsilon=1e-7),
        lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-7),
    ),
}
both = pytest.mark.parametrize("name", PAIRS)


def gradient(arrays):
    """Of Σ θ⁴/4 + sin θ: depends on where the parameters are, so that a wrong path cannot be found again."""
    return tree_map(lambda θ: θ**3 + np.cos(θ), arrays)


@both
def test_takes_torchs_path(name):
    ours, theirs = PAIRS[name]
    rng = np.random.default_rng(0)
    params = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    tensors = [torch.tensor(a, requires_grad=True) for a in params]
    optimiser, state = theirs(tensors), None
    for _ in range(12):
        grads = gradient(params)
        for tensor, g in zip(tensors, grads, strict=True):
            tensor.grad = torch.tensor(g)
        optimiser.step()
        params, state = ours(params, grads, state)
        for a, tensor in zip(params, tensors, strict=True):
            assert_close(a, tensor.detach().numpy())


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_keeps_type_and_dtype_and_changes_nothing(name, dtype):
    step = PAIRS[name][0]
    params = init_params("lstm", 2, 3, rng=np.random.default_rng(1), dtype=dtype)
    grads = tree_map(lambda a: a + a.dtype.type(1), params)
    before = [a.copy() for a in tree_arrays((params, grads))]
    new, state = step(params, grads, None)
    state_before = [np.copy(a) for a in tree_arrays(state)]
    newer, _ = step(new, grads, state)
    assert type(newer) is type(params)
    assert newer.p is None
    assert all(a.dtype == dtype for a in tree_arrays(newer))
    for a, b in zip(tree_arrays((params, grads)), before, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(tree_arrays(state), state_before, strict=True):
        np.testing.assert_array_equal(a, b)
    inputs = tree_arrays((params, grads))
    assert not any(np.shares_memory(a, b) for a in tree_arrays((new, state)) for b in inputs)


@both
def test_works_on_any_nesting(name):
    step = PAIRS[name][0]
    rng = np.random.default_rng(2)
    flat = [rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=())]
    nested = {"a": (flat[0], None), "b": [flat[1], {"c": flat[2]}]}
    new, _ = step(nested, gradient(nested), None)
    expected, _ = step(flat, gradient(flat), None)
    assert new["a"][1] is None
    for a, e in zip((new["a"][0], new["b"][0], new["b"][1]["c"]), expected, strict=True):
        np.testing.assert_array_equal(a, e)


@both
def test_finds_the_bottom_of_a_bowl(name):
    step = PAIRS[name][0]
    θ, state = np.array([1.0, -2.0]), None
    for _ in range(500):
        θ, state = step(θ, θ * [1.0, 3.0], state)
    assert np.abs(θ).max() < 0.02


def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_size():
    θ, _ = adam(np.zeros(3), np.array([1e-3, -2.0, 5e4]), learning_rate=0.1)
    assert_close(θ, np.array([-0.1, 0.1, -0.1]), tolerance=1e-5)


@both
def test_trees_that_do_not_match_are_refused(name):
    step, a = PAIRS[name][0], np.zeros(3)
    for params, grads in [(a, np.zeros(1)), ([a, a], [a]), ({"a": a}, {"b": a}), ((a, None), (a, a)), ({"a": a}, [a])]:
        with pytest.raises(ValueError, match="params and grads"):
            step(params, grads, None)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_bad_settings_are_refused(rate):
    for optimiser in (sgd, momentum, nesterov, rmsprop, adam):
        with pytest.raises(ValueError, match="learning_rate"):
            optimiser(np.zeros(1), np.zeros(1), learning_rate=rate)
    for optimiser in (momentum, nesterov, rmsprop):
        with pytest.raises(ValueError, match="decay"):
            optimiser(np.zeros(1), np.zeros(1), learning_rate=1, decay=1.0)
    with pytest.raises(ValueError, match="decays"):
        adam(np.zeros(1), np.zeros(1), decays=(0.9, 1.5))
