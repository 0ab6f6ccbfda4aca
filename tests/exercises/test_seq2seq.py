"""The cases of chapter 13 decide what the statements say, and nothing that they leave open."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises._decoders import Network, searches
from rnncourse.exercises.seq2seq import BEAM_SLIPS, TELLING, beam_search
from rnncourse.reference import decoding

SEEDS = (1, 2, 3)


def cases(name, seed):
    return all_exercises()[name].draw(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_reading_of_the_statement_finds_the_same_on_every_case(seed):
    for case in cases("beam_search", seed):
        right = beam_search(*case.args)[0]
        assert all(found == right for found in searches(*case.args, shaken=0)), case.label


def test_a_reading_is_another_search_where_nothing_is_settled():
    """The three ways to fill a place differ on some decoders; else the test above shows nothing."""
    found = set()
    for seed in range(60):
        step = Network(np.random.default_rng(seed), 5, sharpness=1.0)
        results = [tuple(one) for one in searches(step, step.first, 1, 0, 2, 6, shaken=0)]
        found.add(len(set(results)))
    assert max(found) > 1


@pytest.mark.parametrize("seed", SEEDS)
def test_each_rule_has_a_case_that_turns_on_it(seed):
    drawn = cases("beam_search", seed)
    for label, (name, _) in TELLING.items():
        (case,) = (case for case in drawn if case.label.startswith(f"{label}:"))
        assert BEAM_SLIPS[name].made_in(beam_search)(*case.args)[0] != beam_search(*case.args)[0], label


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_search_is_the_sheet_s(seed):
    for case in cases("beam_search", seed):
        (symbols, log_p), (expected, sum_) = decoding.beam_search(*case.args), beam_search(*case.args)
        assert (symbols, log_p) == (expected, pytest.approx(sum_)), case.label


@pytest.mark.parametrize("seed", SEEDS)
def test_a_case_of_greedy_decoding_is_what_its_label_says(seed):
    for case in cases("greedy_decode", seed):
        step, state, start, end, limit = case.args
        found = decoding.greedy_decode(step, state, start, end, limit)
        label = case.label.partition(":")[0]
        assert end not in found
        holds = {
            "the end at once": not found,
            "the end never comes": len(found) == limit,
            "the start is said": start in found,
            "the symbol 0 is said": 0 in found,
            "equal ones, close ones, impossible ones": found == [1, 4, 3],
            "the end is as good as another": found == [],
            "another is as good as the end": found == [0, 1],
        }
        assert holds.get(label, True), case.label


@pytest.mark.parametrize("name", ["greedy_decode", "beam_search"])
def test_states_are_of_every_kind_some_of_them_false(name):
    states = [case.args[1] for case in cases(name, 1)]
    assert {type(state) for state in states} >= {np.ndarray, tuple, dict, type(None)}
    assert () in [state for state in states if isinstance(state, tuple)]


@pytest.mark.parametrize("seed", SEEDS)
def test_attention_is_asked_with_every_kind_of_mask_and_with_scores_of_a_thousand(seed):
    drawn = cases("attention", seed)
    masks = [case.args[3] for case in drawn]
    assert all(mask.any(axis=0).all() for mask in masks)
    assert any(mask.all() and mask.size > 1 for mask in masks)
    assert any((mask.sum(axis=0) == 1).all() and len(mask) > 1 for mask in masks)
    scores = [np.einsum("bd,tbd->tb", case.args[0], np.nan_to_num(case.args[1])) for case in drawn]
    assert any(900 < np.abs(s).max() < 1100 and s.min() < -900 and s.max() > 900 for s in scores)
    assert sum(np.isnan(case.args[2]).any() for case in drawn) == 2


@pytest.mark.parametrize("least", [1e-300, 1e-20, 1e-12])
def test_a_masked_weight_that_is_only_small_is_told_from_zero(least):
    solution = all_exercises()["attention"].reference

    def almost(query, keys, values, mask):
        context, weights = solution(query, keys, values, mask)
        return context, np.where(mask, weights, np.asarray(least, weights.dtype))

    result = check("attention", almost, seed=0)
    assert result.passed is False
    assert "expected exactly 0" in str(result)


def test_what_step_is_given_must_be_one_symbol():
    def listed(step, state, start, end, limit):
        return decoding.greedy_decode(lambda s, k: step(s, [k]), state, start, end, limit)

    result = check("greedy_decode", listed, seed=0)
    assert result.passed is False
    assert "step takes a state and one symbol, a whole number, got list" in str(result)
