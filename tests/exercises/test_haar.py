"""Matrices drawn evenly pass for every seed; those that one law alone gives away do not."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises._haar import _diagonals, uneven
from rnncourse.reference.params import orthogonal


def drawn(n, times, seed):
    rng = np.random.default_rng(seed)
    return np.stack([orthogonal(n, rng) for _ in range(times)])


@pytest.mark.parametrize("n", [10, 20, 40])
def test_even_draws_of_many_units_pass(n):
    assert [seed for seed in range(40) if uneven(drawn(n, 60, seed))] == []


def the_best_turn(Q):
    """The columns turned round until the diagonal is as large as it can be."""
    return max((np.roll(Q, k, axis=1) for k in range(len(Q))), key=lambda A: (np.diag(A) ** 2).sum())


@pytest.mark.parametrize("n", [10, 30])
@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (lambda Q: Q * np.sign(np.trace(Q)), "the mean of the trace"),
        (the_best_turn, "the sum of the diagonal's squares"),
        (lambda Q: Q * np.sign(np.diag(Q)), "the mean of Q["),
    ],
)
def test_uneven_draws_of_many_units_are_seen(n, chosen, says):
    assert says in uneven(np.stack([chosen(Q) for Q in drawn(n, 60, 1)]))


def test_the_truth_of_what_is_drawn_is_not_drawn_many_times():
    exercise = all_exercises()["orthogonal"]
    assert len(exercise.expected(exercise.draw(0)[0])) == 1
    assert check("orthogonal", orthogonal, seed=0).passed


def test_the_laws_of_the_diagonal_hold_for_every_size():
    """300 draws of any size: what luck alone does stays inside the limits. The second moments are the known ones."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        n = int(rng.integers(2, 41))
        Q = np.stack([orthogonal(n, rng) for _ in range(60)])
        assert _diagonals(Q) == "", n
    Q = np.stack([orthogonal(12, rng) for _ in range(4000)])
    diagonals = np.diagonal(Q, axis1=1, axis2=2)
    assert diagonals.sum(axis=1).var() == pytest.approx(1, rel=0.15)
    assert (diagonals.sum(axis=1) ** 2).var() == pytest.approx(2, rel=0.25)
    assert (diagonals**2).sum(axis=1).var() == pytest.approx(2 / 14, rel=0.15)
