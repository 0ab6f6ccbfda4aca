"""Laws of the n-grams: they are probabilities, they are what counting by hand gives, and they find what is there."""

from collections import Counter

import numpy as np
import pytest

from rnncourse.reference import witten_bell

K = 4
TRAIN = np.random.default_rng(0).integers(0, K - 1, 60)  # the last symbol never occurs


def by_hand(train, history, symbol, order):
    """The same by recursion and dictionaries."""
    if order == 0:
        return 1 / K
    h = tuple(history[len(history) - order + 1 :]) if order > 1 else ()
    follow = Counter(train[t] for t in range(len(h), len(train)) if tuple(train[t - len(h) : t]) == h)
    shorter = by_hand(train, history, symbol, order - 1)
    return (follow[symbol] + len(follow) * shorter) / (follow.total() + len(follow)) if follow else shorter


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("history", [(), (0,), (2, 1, 0, 0, 1), (3, 3, 3, 3, 3), (0, 1, 3, 0, 1)], ids=str)
def test_over_all_symbols_the_probabilities_sum_to_one(order, history):
    p = [witten_bell(TRAIN, np.array([*history, c]), order, K)[-1] for c in range(K)]
    assert min(p) > 0, "what was never seen is possible"
    assert sum(p) == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_it_is_what_counting_by_hand_gives(order):
    text = np.random.default_rng(1).integers(0, K, 40)
    wanted = [by_hand(TRAIN.tolist(), text[:t].tolist(), text[t], min(order, t + 1)) for t in range(len(text))]
    np.testing.assert_allclose(witten_bell(TRAIN, text, order, K), wanted, rtol=1e-12)


def test_three_symbols_by_hand():
    # train a a b; unigram of a: (2 + 2 · 1/2) / (3 + 2) = 3/5; after a come a and b, once each: (1 + 2 · 3/5) / (2 + 2)
    assert witten_bell(np.array([0, 0, 1]), np.array([0, 0]), 2, 2) == pytest.approx([3 / 5, 2.2 / 4])


def test_a_longer_order_sees_what_a_shorter_one_cannot():
    text = np.tile([0, 0, 1, 1], 200)  # after 0, 0 comes 1, after 0 alone either
    bits = {n: -np.log2(witten_bell(text, text, n, 2)[8:]).mean() for n in (1, 2, 3)}
    assert bits[1] == pytest.approx(1, abs=0.01)
    assert bits[2] == pytest.approx(1, abs=0.01)
    assert bits[3] < 0.05


def test_the_text_that_is_asked_about_is_not_counted():
    whole = np.random.default_rng(2).integers(0, K, 30)
    p = witten_bell(TRAIN, whole, 3, K)
    np.testing.assert_array_equal(p[:20], witten_bell(TRAIN, whole[:20], 3, K))


def test_a_short_train_or_text_is_no_fault():
    assert witten_bell(np.array([1]), np.array([1, 1, 1]), 3, 2) == pytest.approx([0.75, 0.75, 0.75])
    assert witten_bell(TRAIN, np.array([], dtype=int), 3, K).shape == (0,)


@pytest.mark.parametrize(("order", "symbols", "name"), [(0, 4, "order"), (2, 0, "K"), (40, 4, "63 bits")])
def test_bad_numbers_are_named(order, symbols, name):
    with pytest.raises(ValueError, match=name):
        witten_bell(TRAIN, TRAIN, order, symbols)


@pytest.mark.parametrize(("text", "error"), [(np.array([0, 4]), ValueError), (np.array([0.5]), TypeError)], ids=str)
def test_what_is_no_symbol_is_named(text, error):
    with pytest.raises(error, match="text"):
        witten_bell(TRAIN, text, 2, K)
    with pytest.raises(error, match="train"):
        witten_bell(text, TRAIN, 2, K)
