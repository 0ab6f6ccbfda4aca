"""Laws of clipping: the norm alone changes, or the entries alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse.reference import Params, clip_by_global_norm, clip_by_value, init_params
from tests.reference.cells import arrays
from tests.tolerances import assert_close


def gradients(seed=0, scale=1.0, dtype=np.float64, peephole=True):
    rng = np.random.default_rng(seed)
    params = init_params("lstm", 3, 5, rng=rng, peephole=peephole)
    params = Params(*(None if a is None else (scale * a).astype(dtype) for a in params))
    return {"cell": params, "readout": (rng.standard_normal((2, 5)).astype(dtype),)}


def norm_of(tree):
    return math.sqrt(sum(float((a.astype(float) ** 2).sum()) for a in arrays(tree).values()))


@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3), max_norm=st.floats(1e-3, 1e3))
def test_norm_is_reported_and_never_above_the_threshold(seed, scale, max_norm):
    grads = gradients(seed, scale)
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == pytest.approx(norm_of(grads))
    assert norm_of(clipped) == pytest.approx(min(norm, max_norm))


def test_direction_stays():
    grads = gradients()
    clipped, norm = clip_by_global_norm(grads, norm_of(grads) / 4)
    for path, a in arrays(grads).items():
        assert_close(arrays(clipped)[path], a / 4, name=path)
    assert norm > 0


def test_small_gradients_are_copied_unchanged():
    grads = gradients()
    clipped, _ = clip_by_global_norm(grads, 1e6)
    for path, a in arrays(grads).items():
        np.testing.assert_array_equal(arrays(clipped)[path], a)
        assert not np.shares_memory(arrays(clipped)[path], a)


def test_gradients_of_zero_stay_zero():
    clipped, norm = clip_by_global_norm(np.zeros((2, 3)), 1.0)
    assert norm == 0
    np.testing.assert_array_equal(clipped, np.zeros((2, 3)))


def test_one_norm_for_all_arrays_as_torch_has_it():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    grads = gradients()
    parameters = [torch.zeros(a.shape, dtype=torch.float64, requires_grad=True) for a in arrays(grads).values()]
    for parameter, a in zip(parameters, arrays(grads).values(), strict=True):
        parameter.grad = torch.tensor(a)
    theirs = torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    clipped, norm = clip_by_global_norm(grads, 0.5)
    assert norm == pytest.approx(float(theirs))
    for a, parameter in zip(arrays(clipped).values(), parameters, strict=True):
        assert_close(a, parameter.grad.numpy(), tolerance=1e-6)  # torch divides by the norm + 1e-6


def test_no_gradients_have_no_norm():
    assert clip_by_global_norm((), 1.0) == ((), 0)
    assert clip_by_global_norm((None, np.zeros(0)), 1.0)[1] == 0


@pytest.mark.parametrize(
    ("dtype", "size"), [("float32", 1e-30), ("float32", 1e30), ("float64", 1e-200), ("float64", 1e200)]
)
def test_no_square_overflows_or_vanishes(dtype, size):
    grads = np.full((2, 2), size, dtype)
    clipped, norm = clip_by_global_norm(grads, size)
    assert norm == pytest.approx(2 * size)
    np.testing.assert_allclose(clipped, grads / 2, rtol=1e-6)


@given(seed=st.integers(0, 1000), max_value=st.floats(1e-3, 10))
def test_value_clipping_limits_each_entry_and_leaves_the_others(seed, max_value):
    grads = gradients(seed)
    clipped = arrays(clip_by_value(grads, max_value))
    for path, a in arrays(grads).items():
        inside = np.abs(a) <= max_value
        np.testing.assert_array_equal(clipped[path][inside], a[inside])
        np.testing.assert_array_equal(clipped[path][~inside], max_value * np.sign(a[~inside]))


def test_value_clipping_turns_the_gradient_and_norm_clipping_does_not():
    g = np.array([10.0, 0.1])
    by_norm, _ = clip_by_global_norm(g, 1.0)
    by_value = clip_by_value(g, 1.0)
    assert by_norm[0] / by_norm[1] == pytest.approx(100)
    assert by_value[0] / by_value[1] == pytest.approx(10)


@pytest.mark.parametrize("clip", [lambda g: clip_by_global_norm(g, 0.1)[0], lambda g: clip_by_value(g, 0.1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_and_nesting_are_kept_nothing_is_changed_and_nothing_aliases(clip, dtype):
    grads = gradients(dtype=dtype, peephole=False)
    before = {path: a.copy() for path, a in arrays(grads).items()}
    clipped = clip(grads)
    assert isinstance(clipped["cell"], Params)
    assert clipped["cell"].p is None
    assert isinstance(clipped["readout"], tuple)
    for path, a in arrays(grads).items():
        np.testing.assert_array_equal(a, before[path])
        assert arrays(clipped)[path].dtype == np.dtype(dtype)
        assert not np.shares_memory(arrays(clipped)[path], a)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_a_threshold_that_is_not_above_zero_is_refused(bad):
    with pytest.raises(ValueError, match=r"max_norm: got .*, expected a number above 0"):
        clip_by_global_norm(np.ones(2), bad)
    with pytest.raises(ValueError, match=r"max_value: got .*, expected a number above 0"):
        clip_by_value(np.ones(2), bad)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="grads: hold a NaN or an infinity"):
        clip_by_global_norm({"a": np.ones(2), "b": np.array([1.0, bad])}, 1.0)
