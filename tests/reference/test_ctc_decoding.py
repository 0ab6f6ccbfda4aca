"""Laws of decoding CTC: a beam of everything is the sum over all alignments, and what the best path misses."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference.ctc import ctc_collapse, ctc_forward, ctc_log_likelihood
from rnncourse.reference.ctc_decoding import ctc_beam_search, ctc_best_path
from rnncourse.reference.ops import log_softmax

EVERYTHING = 10**6


def random_log_probs(seed, T, K, sharpness=1.0):
    return log_softmax(sharpness * np.random.default_rng(seed).normal(size=(T, K)))


def all_labellings(log_probs, blank):
    """Labelling → its probability, the sum over every one of the K^T alignments."""
    T, K = log_probs.shape
    found = {}
    for path in product(range(K), repeat=T):
        labels = tuple(ctc_collapse(path, blank))
        found[labels] = found.get(labels, 0.0) + np.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
    return found


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(2, 3), st.integers(0, 999), st.sampled_from([0.1, 1.0, 3.0]))
def test_a_beam_of_everything_finds_the_best_of_all_labellings_and_its_probability(T, K, seed, sharpness):
    log_probs, blank = random_log_probs(seed, T, K, sharpness), seed % K
    every = all_labellings(log_probs, blank)
    labels, log_p = ctc_beam_search(log_probs, EVERYTHING, blank)
    assert log_p == pytest.approx(np.log(max(every.values())), abs=1e-12)
    assert every[tuple(labels)] == pytest.approx(max(every.values()))


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_beam_never_claims_more_than_its_labelling_has(seed):
    log_probs = random_log_probs(seed, T=7, K=4)
    for width in (1, 2, 3, 5, 9):
        labels, log_p = ctc_beam_search(log_probs, width)
        assert log_p <= ctc_log_likelihood(ctc_forward(log_probs, np.array(labels, int))) + 1e-12


def test_the_best_path_is_one_alignment_and_its_labelling_need_not_be_the_best():
    """Two steps, at both the blank has 0.6: the path of blanks has 0.36, the label's three paths have 0.64."""
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])
    labels, log_p = ctc_best_path(log_probs)
    assert (labels, log_p) == ([], pytest.approx(np.log(0.36)))
    labels, log_p = ctc_beam_search(log_probs, 2)
    assert (labels, log_p) == ([1], pytest.approx(np.log(0.64)))


@pytest.mark.parametrize("seed", range(10))
def test_sure_steps_leave_both_the_same(seed):
    log_probs = random_log_probs(seed, T=12, K=5, sharpness=40.0)
    assert ctc_beam_search(log_probs, 4)[0] == ctc_best_path(log_probs)[0]


def test_a_label_twice_needs_a_blank_between():
    sure = np.log(np.full((3, 2), 1e-9))
    sure[[0, 1, 2], [1, 1, 1]] = np.log(1 - 1e-9)
    assert ctc_beam_search(sure, 5)[0] == ctc_best_path(sure)[0] == [1]
    sure[1] = sure[1, ::-1]
    assert ctc_beam_search(sure, 5)[0] == ctc_best_path(sure)[0] == [1, 1]


@pytest.mark.parametrize("blank", [0, 1, 3])
def test_another_blank_is_another_name(blank):
    log_probs = random_log_probs(3, T=8, K=4)
    order = [blank, *(k for k in range(4) if k != blank)]  # blank first
    labels, log_p = ctc_beam_search(log_probs, 6, blank)
    renamed, same = ctc_beam_search(log_probs[:, order], 6, 0)
    assert [order[k] for k in renamed] == labels
    assert same == pytest.approx(log_p)


def test_equally_probable_ones_go_by_their_labels():
    assert ctc_beam_search(np.full((1, 4), -np.log(4)), 9) == ([], pytest.approx(-np.log(4)))
    assert ctc_beam_search(np.full((1, 4), -np.log(4)), 1, blank=2) == ([], pytest.approx(-np.log(4)))
    assert ctc_beam_search(np.log([[0.1, 0.45, 0.45]]), 1)[0] == [1]
    assert ctc_best_path(np.log([[0.1, 0.45, 0.45]]))[0] == [1]


def test_sixty_steps_of_small_numbers_do_not_underflow():
    log_probs = random_log_probs(0, T=60, K=5) - 300
    labels, log_p = ctc_beam_search(log_probs, 4)
    expected, of_ordinary = ctc_beam_search(log_probs + 300, 4)
    assert (labels, log_p) == (expected, pytest.approx(of_ordinary - 60 * 300, abs=1e-8))


def test_single_precision_is_taken():
    log_probs = random_log_probs(5, T=9, K=4)
    labels, log_p = ctc_beam_search(log_probs.astype(np.float32), 5)
    assert (labels, log_p) == (ctc_beam_search(log_probs, 5)[0], pytest.approx(ctc_beam_search(log_probs, 5)[1], 1e-5))


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ((np.zeros((3, 2, 2)), 1), ValueError, "log_probs"),
        ((np.zeros((3, 2), int), 1), TypeError, "log_probs"),
        (([[0.0, 0.0]], 1), TypeError, "log_probs"),
        ((np.full((3, 2), np.nan), 1), ValueError, "log_probs"),
        ((np.zeros((3, 2)), 0), ValueError, "width"),
        ((np.zeros((3, 2)), 1.5), ValueError, "width"),
        ((np.zeros((3, 2)), 1, 2), ValueError, "blank"),
        ((np.zeros((3, 2)), 1, -1), ValueError, "blank"),
    ],
)
def test_bad_input_is_refused(arguments, error, name):
    with pytest.raises(error, match=name):
        ctc_beam_search(*arguments)


def test_bad_input_of_the_best_path_is_refused():
    with pytest.raises(ValueError, match="log_probs"):
        ctc_best_path(np.zeros(3))
    with pytest.raises(ValueError, match="blank"):
        ctc_best_path(np.zeros((3, 2)), 2)
