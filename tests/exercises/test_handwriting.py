"""The cases of chapter 16 decide what the statements say, and nothing that they leave open."""

import itertools

import numpy as np
import pytest

from rnncourse.checks.registry import all_exercises
from rnncourse.exercises._alignments import narrowest_lead
from rnncourse.exercises.handwriting import BEAM_SLIPS, TELLING, ctc_beam_search, ctc_collapse, ctc_forward, ctc_loss
from rnncourse.reference import ctc, ctc_decoding, mixture

SEEDS = (1, 2, 3)
TIES = ("all equal", "two labels are equal")


def cases(name, seed):
    return all_exercises()[name].draw(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_collapses_and_sums_as_the_sheet_does(seed):
    for case in cases("ctc_collapse", seed):
        assert ctc.ctc_collapse(*case.args) == ctc_collapse(*case.args), case.label
    for case in cases("ctc_forward", seed):
        alpha, expected = ctc.ctc_forward(*case.args), ctc_forward(*case.args)
        np.testing.assert_allclose(alpha, expected, rtol=1e-5 if case.dtype == "float32" else 1e-12, err_msg=case.label)
        assert alpha.dtype == expected.dtype


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_loss_is_the_sheet_s(seed):
    for case in cases("ctc_loss", seed):
        log_probs, target, blank = case.args
        losses, _ = ctc.ctc_loss(log_probs[:, None], target[None], [len(log_probs)], [len(target)], blank)
        assert losses[0] == pytest.approx(ctc_loss(*case.args), rel=1e-5 if case.dtype == "float32" else 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_mixture_is_the_sheet_s(seed):
    exercise = all_exercises()["mixture_nll"]
    for case in exercise.draw(seed):
        params, target = case.args
        loss, _ = mixture.mixture_nll(params[:, None], target[:, None])
        expected = exercise.reference(params, target)
        assert loss == pytest.approx(expected, rel=1e-4 if case.dtype == "float32" else 1e-9), case.label


@pytest.mark.parametrize("seed", SEEDS)
def test_losses_are_asked_for_that_are_impossible_and_that_have_one_alignment(seed):
    drawn = cases("ctc_loss", seed)
    impossible = [case for case in drawn if np.isinf(ctc_loss(*case.args))]
    assert {"one step too few", "one step, two labels"} <= {case.label.partition(":")[0] for case in impossible}
    for case in drawn:
        log_probs, target, blank = case.args
        needed = len(target) + sum(a == b for a, b in itertools.pairwise(target.tolist()))
        assert np.isinf(ctc_loss(*case.args)) == (needed > len(log_probs)), case.label
        assert blank not in target
    assert min(len(case.args[1]) for case in drawn) == 0
    assert max(len(case.args[0]) for case in drawn) >= 60


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_search_is_the_sheet_s(seed):
    for case in cases("ctc_beam_search", seed):
        (labels, log_p), (expected, sum_) = ctc_decoding.ctc_beam_search(*case.args), ctc_beam_search(*case.args)
        assert (labels, log_p) == (expected, pytest.approx(sum_)), case.label


@pytest.mark.parametrize("seed", SEEDS)
def test_no_search_turns_on_rounding(seed):
    for case in cases("ctc_beam_search", seed):
        if case.label.startswith(TIES):
            continue
        assert narrowest_lead(*case.args) > (1e-3 if case.dtype == "float32" else 1e-6), case.label
        log_probs, width, blank = case.args
        noise = 1 + 1e-9 * np.random.default_rng(0).normal(size=log_probs.shape)
        labels, log_p = ctc_beam_search((log_probs * noise).astype(log_probs.dtype), width, blank)
        expected, sum_ = ctc_beam_search(*case.args)
        assert (labels, log_p) == (expected, pytest.approx(sum_, rel=1e-6)), case.label


def test_a_narrow_lead_is_found():
    """Two labels that differ by a millionth where one is kept; else the test above shows nothing."""
    row = np.log([0.2, 0.4, 0.4 * (1 - 1e-7)])
    assert narrowest_lead(row[None], 1, 0) < 1e-6
    assert narrowest_lead(row[None], 2, 0) < 1e-6
    assert narrowest_lead(np.log([[0.2, 0.3, 0.5]]), 1, 0) > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_each_rule_has_a_case_that_turns_on_it(seed):
    drawn = cases("ctc_beam_search", seed)
    for label, name in TELLING.items():
        (case,) = (case for case in drawn if case.label.startswith(f"{label}:"))
        assert BEAM_SLIPS[name].made_in(ctc_beam_search)(*case.args)[0] != ctc_beam_search(*case.args)[0], label


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_that_keeps_all_finds_the_best_of_all_labellings(seed):
    found = [case for case in cases("ctc_beam_search", seed) if case.label.startswith("all labellings are kept")]
    assert len(found) == 2
    for case in found:
        log_probs, _, blank = case.args
        sums = {}
        for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
            labels = tuple(ctc_collapse(path, blank))
            sums[labels] = np.logaddexp(sums.get(labels, -np.inf), sum(log_probs[t, k] for t, k in enumerate(path)))
        best = max(sums, key=sums.get)
        assert ctc_beam_search(*case.args) == (list(best), pytest.approx(sums[best]))


@pytest.mark.parametrize("seed", SEEDS)
def test_points_are_far_away_correlations_strong_and_some_results_below_zero(seed):
    exercise = all_exercises()["mixture_nll"]
    drawn = exercise.draw(seed)
    assert max(np.abs(case.args[0][..., 5]).max() for case in drawn) == 5
    assert max(np.abs(case.args[1]).max() for case in drawn) > 1e4
    assert max(np.abs(case.args[0][..., 0]).max() for case in drawn) > 900
    values = [exercise.reference(*case.args) for case in drawn]
    assert np.isfinite(values).all()
    assert min(values) < 0
