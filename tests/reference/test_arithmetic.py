"""What was coded comes back, and is as short as its probability allows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference import arithmetic_decode, arithmetic_encode
from rnncourse.reference.arithmetic import Decoder, Encoder, cumulative_frequencies


def ideal_bits(symbols, probabilities):
    return -np.log2(probabilities[np.arange(len(symbols)), symbols]).sum()


def drawn(rng, probabilities):
    """A message of these probabilities."""
    edges = probabilities.cumsum(axis=1)
    return np.minimum((rng.random((len(edges), 1)) * edges[:, -1:] >= edges).sum(axis=1), edges.shape[1] - 1)


def comes_back(symbols, probabilities):
    data = arithmetic_encode(symbols, probabilities)
    assert np.array_equal(arithmetic_decode(data, probabilities), symbols)
    assert len(data) <= ideal_bits(symbols, probabilities) / 8 + 1 + len(symbols) * 1e-6
    return data


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 120), st.integers(1, 9), st.sampled_from([0.02, 0.3, 1.0, 30.0]))
def test_every_message_comes_back_and_is_as_short_as_its_probability_allows(seed, T, K, evenness):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(K, evenness), size=T)
    comes_back(drawn(rng, probabilities), probabilities)


@pytest.mark.parametrize("rare", [1e-3, 1e-12, 1e-15])
def test_ten_thousand_symbols_of_skewed_rows_come_back(rare):
    rng, T = np.random.default_rng(0), 10_000
    probabilities = np.tile([1 - 2 * rare, rare, rare, 0.0], (T, 1))
    symbols = np.zeros(T, dtype=np.int64)
    assert len(comes_back(symbols, probabilities)) <= ideal_bits(symbols, probabilities) / 8 + 1
    symbols[rng.choice(T, size=50, replace=False)] = 1 + rng.integers(2, size=50)
    comes_back(symbols, probabilities)


def test_ten_thousand_unlikely_symbols_come_back():
    """Each is as unlikely as 1e-12 and costs 40 bits: what rounding adds must stay below 8e-4 bits."""
    probabilities = np.tile([1 - 1e-12, 1e-12], (10_000, 1))
    comes_back(np.ones(10_000, dtype=np.int64), probabilities)


def test_a_carry_runs_through_all_that_was_written():
    """The middle third's middle never leaves 1/2: every digit waits for the last symbol."""
    probabilities = np.tile([0.25, 0.5, 0.25], (5_000, 1))
    for last in range(3):
        symbols = np.ones(5_000, dtype=np.int64)
        symbols[-1] = last
        comes_back(symbols, probabilities)


def test_no_symbols_are_no_bytes():
    assert arithmetic_encode(np.zeros(0, dtype=np.int64), np.zeros((0, 4))) == b""
    assert arithmetic_decode(b"", np.zeros((0, 4))).shape == (0,)


def test_a_code_is_a_number_inside_the_interval_of_its_message():
    """Found once more with fractions: three symbols of probabilities that need no rounding."""
    probabilities = np.array([[0.5, 0.25, 0.25]] * 3)
    codes = set()
    for message in np.ndindex(3, 3, 3):
        low, width = Fraction(0), Fraction(1)
        for symbol in message:
            low, width = low + width * Fraction([0, 2, 3][symbol], 4), width * Fraction([2, 1, 1][symbol], 4)
        data = arithmetic_encode(np.array(message), probabilities)
        assert low <= Fraction(int.from_bytes(data, "big"), 256 ** len(data)) < low + width
        codes.add(data)
    assert len(codes) == 27


def test_frequencies_keep_every_symbol_that_can_occur_and_no_other():
    ends = cumulative_frequencies(np.array([[0.0, 1.0, 1e-300, 0.0], [0.5, 0.0, 0.25, 0.25]]), scale=1000)
    assert ends.tolist() == [[0, 0, 1000, 1001, 1001], [0, 500, 500, 750, 1000]]


def test_probabilities_that_are_none_are_refused_by_name():
    for bad in (np.array([[0.5, -0.5]]), np.array([[np.nan, 1.0]]), np.zeros((2, 3))):
        with pytest.raises(ValueError, match="probabilities"):
            cumulative_frequencies(bad)
    with pytest.raises(TypeError, match="probabilities"):
        cumulative_frequencies(np.array([1, 2]))
    with pytest.raises(ValueError, match="probabilities: shape"):
        arithmetic_encode(np.array([0, 1]), np.full((3, 2), 0.5))
    with pytest.raises(ValueError, match="symbols: values"):
        arithmetic_encode(np.array([2]), np.full((1, 2), 0.5))


def test_a_symbol_that_cannot_occur_is_refused():
    for symbol in (1, 3, -1):
        with pytest.raises(ValueError, match=f"symbol {symbol} cannot be coded"):
            Encoder().encode(symbol, [0, 3, 3, 4])


def test_any_bytes_decode_to_symbols_in_range():
    decoder = Decoder(bytes(range(250, 256)) * 3)
    assert all(0 <= decoder.decode([0, 1, 1, 7]) < 3 for _ in range(200))
