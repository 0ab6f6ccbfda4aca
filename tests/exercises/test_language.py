"""The coder's exercises: any scheme that is lossless and short passes, what only looks like one does not."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.exercises._coding import LONGEST, bits, cases_of, others
from rnncourse.exercises._draws import unlike
from rnncourse.exercises.language import arithmetic_decode, arithmetic_encode
from tests.exercises.answers.language import (
    PAIRS,
    decode_by_pickle,
    encode_by_hash,
    encode_by_pickle,
    encode_shorter_than_possible,
)


def test_a_decoder_is_judged_with_its_own_encoder_and_without_one_not_at_all():
    assert check("arithmetic_decode", arithmetic_decode).passed is None
    for encoder, decoder in PAIRS.items():
        assert check("arithmetic_decode", arithmetic_decode, forward=encoder, seed=1).passed is False, encoder.__name__
        assert check("arithmetic_decode", decoder, forward=arithmetic_encode, seed=1).passed is False, decoder.__name__


def test_codes_that_are_too_long_make_no_decoder_right():
    result = check("arithmetic_decode", decode_by_pickle, forward=encode_by_pickle, seed=1)
    assert result.passed is None
    assert "are accepted" in result.message


def test_without_a_decoder_a_code_is_judged_by_its_length():
    assert "is so short" in str(check("arithmetic_encode", encode_shorter_than_possible, seed=1))
    assert check("arithmetic_encode", encode_by_pickle, seed=1).passed is False
    result = check("arithmetic_encode", encode_by_hash, seed=1)  # nothing but a decoder can tell
    assert result.passed
    assert "forward=arithmetic_decode" in str(result)


@pytest.mark.parametrize("seed", range(3))
def test_messages_are_of_all_kinds(seed):
    cases = list(cases_of(np.random.default_rng(seed)))
    shapes = [case.args[1].shape for case in cases]
    assert (0, 4) in shapes
    assert max(T for T, _ in shapes) == LONGEST
    assert {1, 2, 256} <= {K for _, K in shapes}
    assert any(T < K for T, K in shapes)
    for case in cases:
        symbols, rows = case.args
        assert np.allclose(rows.sum(axis=1), 1)
        assert np.isfinite(bits(symbols, rows))
        assert all(np.isfinite(bits(other, rows)) and (other != symbols).any() for other in others(symbols, rows))


def test_frequencies_that_are_right_pass_and_those_off_by_a_tenth_do_not():
    p = np.array([0.5, 0.3, 0.2, 0.0])
    off = p + np.array([0.1, 0, -0.1, 0])
    for seed in range(300):
        rng = np.random.default_rng(seed)
        assert unlike(rng.choice(4, size=1000, p=p), p) == ""
        assert unlike(rng.choice(4, size=2000, p=off), p) != ""
    assert unlike(np.array([4] * 9), p) != ""
    assert "twice in a row" in unlike(np.repeat([0, 1, 2], [500, 300, 200]), p)
