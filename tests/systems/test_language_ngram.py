"""Laws of Kneser and Ney's n-grams: they sum to one, and are what counting by hand gives."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from rnncourse.reference import witten_bell
from rnncourse.systems.language.ngram import counted, discounts, kneser_ney, left_neighbours

K = 4
TRAIN = np.random.default_rng(0).integers(0, K - 1, 60)  # the last symbol never occurs
TEN = np.array([0, 0, 1, 0, 2, 0, 0, 1, 2, 0])  # a a b a c a a b c a: aa 2, ab 2, ba 1, ac 1, ca 2, bc 1


def by_hand(train, history, symbol, order):
    """The same by recursion and dictionaries: symbols are characters, counts are dictionaries of dictionaries."""

    def table(n):
        follow = defaultdict(Counter)
        if n == order:
            for t in range(len(train) - n + 1):
                follow[train[t : t + n - 1]][train[t + n - 1]] += 1
        else:
            for gram in {train[t : t + n + 1] for t in range(len(train) - n)}:
                follow[gram[1:-1]][gram[-1]] += 1
        return follow

    p = 1 / K
    for n in range(1, min(order, len(history) + 1) + 1):
        follow, h = table(n), history[len(history) - n + 1 :]
        counts = [count for after in follow.values() for count in after.values()]
        D = discounts(np.array(counts))
        if after := follow.get(h):
            taken = {c: D[min(count, 3) - 1] for c, count in after.items()}
            p = (after[symbol] - taken.get(symbol, 0) + sum(taken.values()) * p) / after.total()
    return p


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("history", [(), (0,), (2, 1, 0, 0, 1), (3, 3, 3, 3, 3), (0, 1, 3, 0, 1)], ids=str)
def test_over_all_symbols_the_probabilities_sum_to_one(order, history):
    p = [kneser_ney(TRAIN, np.array([*history, c]), order, K)[-1] for c in range(K)]
    assert min(p) > 0, "what was never seen is possible"
    assert sum(p) == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_it_is_what_dictionaries_give(order):
    text = np.random.default_rng(1).integers(0, K, 40)
    train, letters = ("".join("abcd"[c] for c in codes) for codes in (TRAIN, text))
    wanted = [by_hand(train, letters[:t], letters[t], order) for t in range(len(letters))]
    np.testing.assert_allclose(kneser_ney(TRAIN, text, order, K), wanted, rtol=1e-12)


def test_ten_letters_by_hand():
    grams, count = counted(TEN, 2, K)
    assert dict(zip(grams.tolist(), count.tolist(), strict=True)) == {0: 2, 1: 2, 2: 1, 4: 1, 6: 1, 8: 2}
    grams, before = left_neighbours(TEN, 1, K)  # a stands after a, b and c; b after a; c after a and b
    assert dict(zip(grams.tolist(), before.tolist(), strict=True)) == {0: 3, 1: 1, 2: 2}
    # D = 3 / (3 + 2 · 3) for pairs, 1 / (1 + 2 · 1) for letters, both 1/3
    p_a, p_b, p_d = (3 - 1 / 3) / 6 + 1 / 6 / 4, (1 - 1 / 3) / 6 + 1 / 6 / 4, 1 / 6 / 4
    assert kneser_ney(TEN, np.array([0, 0]), 2, K)[1] == pytest.approx((2 - 1 / 3) / 5 + (3 / 3) / 5 * p_a)
    assert kneser_ney(TEN, np.array([1, 1]), 2, K)[1] == pytest.approx(0 + (2 / 3) / 2 * p_b)
    assert kneser_ney(TEN, np.array([0, 3]), 2, K)[1] == pytest.approx(1 / 5 * p_d)
    assert kneser_ney(TEN, np.array([3, 3]), 2, K)[1] == pytest.approx(p_d), "d was never a history"


def test_three_discounts_by_hand():
    # n_1 … n_4 are 4, 2, 1, 1: Y = 1/2; 1 − 2 · ½ · 2/4, 2 − 3 · ½ · 1/2, 3 − 4 · ½ · 1/1
    assert discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4, 9])) == pytest.approx([0.5, 1.25, 1.0])
    assert discounts(np.array([1, 1, 1, 1, 2, 2, 3, 9])) == pytest.approx([0.5, 0.5, 0.5]), "n_4 is 0: one for all"
    assert discounts(np.array([7])) == pytest.approx([0.5, 0.5, 0.5])


def test_a_symbol_that_follows_one_history_alone_is_no_guess_after_another():
    train = np.array([2, 1, 2, 1, 2, 1, 2, 1, 0, 0, 2, 0, 1, 0, 3])  # b follows c four times of five, a all others
    assert (train == 1).sum() == (train == 0).sum() + 1
    b, a = (kneser_ney(train, np.array([3, symbol]), 2, K)[-1] for symbol in (1, 0))  # nothing ever followed d
    assert a > b, "it is counted how many symbols a letter follows, not how often it occurs"
    b, a = (witten_bell(train, np.array([3, symbol]), 2, K)[-1] for symbol in (1, 0))
    assert b > a


def test_a_short_train_or_text_is_no_fault():
    assert kneser_ney(np.array([1, 1, 1, 0]), np.array([1, 1]), 9, 2) == pytest.approx([0.5, 0.5])
    assert kneser_ney(np.array([1]), np.array([1, 1, 1]), 3, 2) == pytest.approx([0.5, 0.5, 0.5]), "n_2 is 0: D is 1"
    assert kneser_ney(TRAIN, np.array([], dtype=int), 3, K).shape == (0,)
    assert kneser_ney(np.array([], dtype=int), np.array([1, 1]), 3, K) == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize(("order", "symbols", "name"), [(0, 4, "order"), (2, 0, "K"), (40, 4, "63 bits")])
def test_bad_numbers_are_named(order, symbols, name):
    with pytest.raises(ValueError, match=name):
        kneser_ney(TRAIN, TRAIN, order, symbols)


@pytest.mark.parametrize(("text", "error"), [(np.array([0, 4]), ValueError), (np.array([0.5]), TypeError)], ids=str)
def test_what_is_no_symbol_is_named(text, error):
    with pytest.raises(error, match="text"):
        kneser_ney(TRAIN, text, 2, K)
    with pytest.raises(error, match="train"):
        kneser_ney(text, TRAIN, 2, K)
