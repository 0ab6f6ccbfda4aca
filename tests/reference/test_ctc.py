"""Laws of CTC: the recursion equals the sum over all paths, and torch's loss and gradients."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference.ctc import ctc_collapse, ctc_extend, ctc_forward, ctc_log_likelihood, ctc_loss
from rnncourse.reference.gradcheck import check_gradients_by_entry
from rnncourse.reference.ops import log_softmax
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close


def problem(seed=0, T=7, B=4, K=5, S=3, blank=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, K - 1, (B, S))
    targets += targets >= blank  # every class but the blank
    y = rng.normal(size=(T, B, K)).astype(dtype)
    return log_softmax(y), targets, rng.integers(1, T + 1, B), rng.integers(0, S + 1, B)


def test_the_papers_example_collapses():
    """Graves et al. 2006, section 3.1: B(a-ab-) = B(-aa--abb) = aab."""
    assert ctc_collapse([1, 0, 1, 2, 0]) == ctc_collapse([0, 1, 1, 0, 0, 1, 2, 2]) == [1, 1, 2]
    assert ctc_collapse([]) == ctc_collapse([0, 0]) == []
    assert ctc_collapse([0, 0, 3, 1], blank=3) == [0, 1]


def test_blanks_stand_around_every_label():
    np.testing.assert_array_equal(ctc_extend([4, 5], blank=2), [2, 4, 2, 5, 2])
    np.testing.assert_array_equal(ctc_extend([], blank=2), [2])
    np.testing.assert_array_equal(ctc_extend([3]), [0, 3, 0])


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(1, 2), max_size=3), st.integers(0, 99))
def test_likelihood_is_the_sum_over_all_paths_that_collapse_to_the_target(T, target, seed):
    log_p = log_softmax(np.random.default_rng(seed).normal(size=(T, 3)))
    paths = [path for path in product(range(3), repeat=T) if ctc_collapse(path) == target]
    total = sum(np.exp(sum(log_p[t, k] for t, k in enumerate(path))) for path in paths)
    likelihood = np.exp(ctc_log_likelihood(ctc_forward(log_p, np.array(target, int))))
    assert likelihood == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("blank", [0, 2, 4])
def test_equals_torchs_loss_and_its_gradient_through_log_softmax(blank):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(blank)
    y = torch.tensor(rng.normal(size=(9, 6, 5)), requires_grad=True)
    _, targets, _, target_lengths = problem(blank, T=9, B=6, blank=blank)
    targets[0] = targets[0, 0]  # repeated labels need blanks between them
    input_lengths = np.array([9, 8, 7, 9, 6, 7])
    log_probs = torch.log_softmax(y, -1)
    theirs = torch.nn.functional.ctc_loss(
        log_probs,
        torch.tensor(targets),
        torch.tensor(input_lengths),
        torch.tensor(target_lengths),
        blank=blank,
        reduction="none",
    )
    theirs.sum().backward()
    losses, dlog_probs = ctc_loss(log_probs.detach().numpy(), targets, input_lengths, target_lengths, blank)
    assert_close(losses, theirs.detach().numpy())
    p = np.exp(log_probs.detach().numpy())
    assert_close(dlog_probs - p * dlog_probs.sum(axis=-1, keepdims=True), y.grad.numpy())


def test_gradient_is_that_of_differences():
    log_probs, targets, _, target_lengths = problem(T=6, B=3)

    def function(log_probs):
        losses, dlog_probs = ctc_loss(log_probs, targets, np.array([6, 5, 6]), target_lengths[:3])
        return losses.sum(), {"log_probs": dlog_probs}

    report = check_gradients_by_entry(function, {"log_probs": log_probs})
    assert report.largest < 10 * NUMERICAL_DIFFERENCES, report


def test_each_step_of_the_posterior_sums_to_one():
    log_probs, targets, _, target_lengths = problem()
    _, dlog_probs = ctc_loss(log_probs, targets, np.full(4, 7), target_lengths)
    assert_close(dlog_probs.sum(axis=-1), -np.ones((7, 4)))


def test_padding_never_matters():
    log_probs, targets, input_lengths, target_lengths = problem()
    input_lengths[:] = [3, 7, 5, 4]
    target_lengths[:] = [2, 3, 0, 1]
    losses, dlog_probs = ctc_loss(log_probs, targets, input_lengths, target_lengths)
    other, wild = log_probs.copy(), targets.copy()
    for b in range(4):
        other[input_lengths[b] :, b], wild[b, target_lengths[b] :] = 7.0, -99
        assert not dlog_probs[input_lengths[b] :, b].any()
    for a, b in zip(ctc_loss(other, wild, input_lengths, target_lengths), (losses, dlog_probs), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_target_too_long_for_its_input_has_infinite_loss_and_no_gradient():
    log_probs, _, _, _ = problem(B=2)
    targets = np.array([[1, 1], [1, 2]])  # 1 1 needs a blank between: three steps
    losses, dlog_probs = ctc_loss(log_probs, targets, np.array([2, 2]), np.array([2, 2]))
    assert np.isinf(losses[0])
    assert np.isfinite(losses[1])
    assert not dlog_probs[:, 0].any()


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_no_magnitude_overflows(scale):
    y = scale * np.random.default_rng(0).normal(size=(7, 2, 5))
    losses, dlog_probs = ctc_loss(log_softmax(y), np.array([[1, 2], [3, 3]]), np.array([7, 6]), np.array([2, 2]))
    assert np.isfinite(losses).all()
    assert np.isfinite(dlog_probs).all()


def test_impossible_classes_are_allowed():
    log_probs = problem()[0]
    log_probs[:, :, 0] = -np.inf  # no blanks: still finite where labels can fill the time
    losses, dlog_probs = ctc_loss(log_probs, np.array([[1, 2, 3]] * 4), np.full(4, 7), np.full(4, 3))
    assert np.isfinite(losses).all()
    assert np.isfinite(dlog_probs).all()
    assert not dlog_probs[:, :, 0].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_nothing_changed(dtype):
    log_probs, targets, input_lengths, target_lengths = problem(dtype=dtype)
    input_lengths[:] = 7
    before = log_probs.copy(), targets.copy()
    losses, dlog_probs = ctc_loss(log_probs, targets, input_lengths, target_lengths)
    assert losses.dtype == dlog_probs.dtype == dtype
    np.testing.assert_array_equal(log_probs, before[0])
    np.testing.assert_array_equal(targets, before[1])


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"log_probs": np.zeros((7, 4))}, ValueError, "log_probs"),
        ({"log_probs": np.zeros((7, 4, 5), int)}, TypeError, "log_probs"),
        ({"targets": np.ones(4, int)}, ValueError, "targets"),
        ({"targets": np.ones((3, 2), int)}, ValueError, "targets"),
        ({"targets": np.ones((4, 3))}, TypeError, "targets"),
        ({"targets": np.zeros((4, 3), int)}, ValueError, "blank"),
        ({"targets": np.full((4, 3), 5)}, ValueError, "targets"),
        ({"input_lengths": np.full(4, 8)}, ValueError, "input_lengths"),
        ({"input_lengths": np.zeros(4, int)}, ValueError, "input_lengths"),
        ({"target_lengths": np.full(4, 4)}, ValueError, "target_lengths"),
        ({"target_lengths": np.full(3, 1)}, ValueError, "target_lengths"),
        ({"blank": 5}, ValueError, "blank"),
    ],
)
def test_bad_input_is_refused(change, error, name):
    arguments = {
        "log_probs": np.zeros((7, 4, 5)),
        "targets": np.ones((4, 3), int),
        "input_lengths": np.full(4, 7),
        "target_lengths": np.full(4, 3),
    }
    with pytest.raises(error, match=name):
        ctc_loss(**(arguments | change))


def test_bad_input_of_one_sequence_is_refused():
    with pytest.raises(ValueError, match="log_probs"):
        ctc_forward(np.zeros((7, 4, 5)), [1])
    with pytest.raises(TypeError, match="log_probs"):
        ctc_forward([[0.0, 0.0]], [1])
    with pytest.raises(ValueError, match="blank"):
        ctc_forward(np.zeros((7, 5)), [1, 0])
    with pytest.raises(TypeError, match="target"):
        ctc_forward(np.zeros((7, 5)), [1.5])
