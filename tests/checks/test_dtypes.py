"""Whole numbers: wide enough, with a sign, right to the last digit."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.compare import Spec, compare
from rnncourse.reference.captioning import caption_greedy
from rnncourse.reference.sequences import pad_batch

N = Spec("n")


def message(got, expected):
    return "".join(d.message for d in compare(got, expected, N, 0.0))


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint8", "uint16", "uint32", "uint64"])
def test_counts_and_places_need_a_sign_and_32_bits(dtype):
    assert f"n has dtype {dtype}" in message(np.array([1, 2], dtype=dtype), np.array([1, 2]))


@pytest.mark.parametrize("dtype", ["int32", "int64", "intp"])
def test_the_whole_numbers_of_any_machine_are_as_good_as_ours(dtype):
    assert not message(np.array([1, 2], dtype=dtype), np.array([1, 2]))


@pytest.mark.parametrize("given", ["uint8", "int32", "int16"])
def test_a_dtype_that_was_given_is_kept(given):
    expected = np.array([1, 2], dtype=given)
    assert not message(expected, expected)
    assert f"expected {given}" in message(expected.astype("int64"), expected)


def test_a_reason_is_given():
    assert "ends at 127" in message(np.array([1], dtype="int8"), np.array([1]))
    assert "no number is below 0" in message(np.array([1], dtype="uint64"), np.array([1]))


def test_whole_numbers_are_compared_to_the_last_digit():
    large = np.array([2**62 + 1])
    assert f"n[0] is {2**62}, expected {2**62 + 1}; the largest error is 1." in message(large - 1, large)
    assert "9.22e+18" in message(np.array([-(2**62)]), np.array([2**62]))  # no overflow in the difference


@pytest.mark.parametrize("dtype", ["int8", "uint64"])
def test_narrow_indices_are_refused_in_an_exercise(dtype):
    def lengths(sequences):
        x, n = pad_batch(sequences)
        return x, n.astype(dtype)

    def words(features, params, length):
        return caption_greedy(features, params, length).astype(dtype)

    assert f"lengths has dtype {dtype}" in check("pad_batch", lengths, seed=0).message
    assert f"words has dtype {dtype}" in check("caption_greedy", words, seed=0).message
