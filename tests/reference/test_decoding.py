"""Greedy and beam search: laws that hold for every decoder, drawn as small random tables."""

import itertools
import math

import numpy as np
import pytest

from rnncourse.reference import beam_search, greedy_decode
from rnncourse.reference.ops import log_softmax

END, START = 0, 1


class Table:
    """log p of the next symbol after these ones, drawn from them: no two ways give the same. The state is the past."""

    def __init__(self, K=4, seed=0, sharpness=2.0, end=0.0):
        self.K, self.seed, self.sharpness, self.end, self.calls = K, seed, sharpness, end, 0

    def __call__(self, state, symbol):
        self.calls += 1
        state = (*state, symbol)
        logits = self.sharpness * np.random.default_rng([self.seed, *state]).standard_normal(self.K)
        logits[END] += self.end
        return log_softmax(logits), state


def log_p(step, symbols, limit):
    """The sum over the symbols, and over the end where there is room for it."""
    total, state, before = 0.0, (), START
    for symbol in [*symbols, END][:limit]:
        log_probs, state = step(state, before)
        total, before = total + log_probs[symbol], symbol
    return total


@pytest.mark.parametrize("seed", range(10))
def test_a_beam_of_one_is_greedy_and_its_number_is_the_sum(seed):
    step = Table(seed=seed)
    greedy = greedy_decode(step, (), START, END, 7)
    symbols, total = beam_search(step, (), START, END, 1, 7)
    assert symbols == greedy
    assert math.isclose(total, log_p(step, symbols, 7), rel_tol=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_a_beam_of_everything_finds_the_best_of_all_sequences(seed, alpha):
    step, limit = Table(seed=seed), 4
    every = [list(s) for n in range(limit + 1) for s in itertools.product(range(1, 4), repeat=n)]

    def score(symbols):
        return log_p(step, symbols, limit) / ((5 + len([*symbols, END][:limit])) / 6) ** alpha

    best = max(every, key=score)
    symbols, total = beam_search(step, (), START, END, 4**limit, limit, alpha=alpha)
    assert symbols == best
    assert math.isclose(total, log_p(step, best, limit), rel_tol=1e-12)


def test_kept_greedy_is_never_beaten_by_itself_and_without_it_sometimes_is():
    below = 0
    for seed in range(300):
        step = Table(K=5, seed=seed, sharpness=1.0, end=-1.0)
        greedy = log_p(step, greedy_decode(step, (), START, END, 8), 8)
        below += beam_search(step, (), START, END, 2, 8)[1] < greedy - 1e-12
        assert beam_search(step, (), START, END, 2, 8, keep_greedy=True)[1] >= greedy - 1e-12
    assert below > 0, "a beam of two drops greedy's path somewhere among so many, or this test shows nothing"


def test_normalisation_chooses_longer_sequences_and_none_the_most_probable():
    lengths = {}
    for alpha in (0.0, 1.0, 2.0):
        found = [beam_search(Table(seed=s, end=1.0), (), START, END, 6, 8, alpha=alpha)[0] for s in range(60)]
        lengths[alpha] = np.mean([len(symbols) for symbols in found])
    assert lengths[0.0] < lengths[1.0] < lengths[2.0]


def test_the_search_stops_when_no_open_one_can_win_and_not_before():
    """After the best one ends, a step more would be asked only for what may still be better."""

    def step(state, symbol):  # "end" has p = 0.6 at once; the rest shares 0.4, and goes on for ever
        return np.log([0.6, 0.3, 0.1]), state

    asked = []

    def counted(state, symbol):
        asked.append(symbol)
        return step(state, symbol)

    assert beam_search(counted, (), START, END, 3, 1000) == ([], math.log(0.6))
    assert len(asked) == 1

    def late(state, symbol):  # two that end early are worse than one that ends late and surely
        state = (*state, symbol)
        return np.log({1: [0.3, 0.69, 0.01], 2: [0.3, 0.69, 0.01]}.get(len(state), [0.98, 0.01, 0.01])), state

    symbols, total = beam_search(late, (), START, END, 2, 10)
    assert (symbols, math.exp(total)) == ([1, 1], pytest.approx(0.69 * 0.69 * 0.98))


def test_equal_ones_go_by_the_order_of_their_symbols():
    uniform = np.full(4, math.log(0.25))

    def step(state, symbol):
        return uniform, None

    assert greedy_decode(step, None, START, 3, 4) == [0, 0, 0, 0]
    assert beam_search(lambda s, k: (np.array([-2.0, -1.0, -1.0, -9.0]), s), None, 0, 3, 5, 3)[0] == [1, 1, 1]


def test_the_limit_cuts_and_what_is_cut_competes():
    def step(state, symbol):
        return np.log([0.01, 0.9, 0.09]), state

    assert greedy_decode(step, None, START, END, 3) == [1, 1, 1]
    symbols, total = beam_search(step, None, START, END, 2, 3)
    assert (symbols, total) == ([1, 1, 1], pytest.approx(3 * math.log(0.9)))
    assert greedy_decode(step, None, START, END, 0) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [({"width": 0}, "width"), ({"limit": 0}, "limit"), ({"alpha": -1}, "alpha"), ({"keep_greedy": 1}, "keep_greedy")],
)
def test_settings_that_cannot_be_meant_are_named(options, words):
    given = {"width": 2, "limit": 3, **options}
    with pytest.raises(ValueError, match=words):
        beam_search(Table(), (), START, END, **given)
