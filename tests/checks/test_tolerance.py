"""How exact an answer must be: by the largest magnitude expected, whatever that is, or step by step."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.compare import Spec, compare
from rnncourse.checks.tolerance import Tolerance
from rnncourse.exercises.bptt import bptt
from rnncourse.reference.gradients import jacobian_product
from tests.checks.toy import judged, toy

DX = Spec.parse("dx (T, B, D)")


def wrong(got, expected, tolerance=1e-9, spec=DX):
    return bool(compare(got, expected, spec, tolerance))


@pytest.mark.parametrize("size", [1e3, 1.0, 1e-3, 1e-6, 1e-9, 1e-12])
def test_small_gradients_are_not_zero(size):
    dx = size * np.random.default_rng(0).normal(size=(4, 3, 2))
    assert wrong(np.zeros_like(dx), dx)
    assert wrong(dx * 1.01, dx)
    assert not wrong(dx * (1 + 1e-12), dx)


def test_rounding_is_forgiven_where_nothing_is_left():
    zero = np.zeros((4, 3, 2))
    assert not wrong(zero + 2e-16, zero)
    assert wrong(zero + 1e-12, zero)
    assert not wrong(zero.astype("float32") + np.float32(5e-8), zero.astype("float32"), 1e-4)
    assert not wrong(-1e-17, 0.0, spec=Spec("loss"))
    assert wrong(1e-9, 0.0, spec=Spec("loss"))


def test_where_nothing_is_computed_nothing_is_forgiven():
    zero = np.zeros((4, 3, 2))
    assert not wrong(zero, zero, 0.0)
    assert wrong(zero + 2e-16, zero, 0.0)
    assert wrong(zero.astype("float32") + np.float32(1e-7), zero.astype("float32"), 0.0)


def test_numbers_with_a_size_of_their_own_may_be_off_by_so_much_also_at_zero():
    zero, tolerance = np.zeros((4, 3, 2)), Tolerance(0.0, absolute=1e-8)
    assert not wrong(zero + 9e-9, zero, tolerance)
    assert wrong(zero + 2e-8, zero, tolerance)
    assert wrong(np.full_like(zero, 1000 + 2e-8), zero + 1000, tolerance)


def test_a_backward_pass_whose_gradient_is_cut_off_when_it_is_small_fails():
    def cut(dh, x, h0, h, W, R):
        return tuple(np.where(np.abs(g) < 1e-9, 0, g).astype(g.dtype) for g in bptt(dh, x, h0, h, W, R))

    def case(dh_size):
        rng = np.random.default_rng(1)
        x, h0, W, R = (rng.normal(size=s) for s in ((3, 2, 4), (2, 5), (5, 4), (5, 5)))
        return dh_size * rng.normal(size=(3, 2, 5)), x, h0, np.tanh(rng.normal(size=(3, 2, 5))), W, R

    exercise = toy(
        bptt,
        case(1e-12),
        inputs=("dh (T, B, H)", "x (T, B, D)", "h0 (B, H)", "h (T, B, H)", "W (H, D)", "R (H, H)"),
        outputs=("dx (T, B, D)", "dh0 (B, H)", "dW (H, D)", "dR (H, H)", "db (H)"),
    )
    assert judged(exercise, bptt).passed
    assert judged(exercise, cut).passed is False


VANISHING = 0.8 ** np.arange(200, 0, -1)[:, None, None] * np.random.default_rng(2).normal(size=(200, 3, 2))


def test_each_step_counts_by_its_own_size_where_the_exercise_is_about_vanishing():
    cut = np.where(np.abs(VANISHING) < 1e-15, 0, VANISHING)
    exact, rounded = Tolerance(1e-9, each_step=True), VANISHING * (1 + 1e-12)
    assert not wrong(cut, VANISHING)  # relative to the largest of all steps, nothing is missing
    assert wrong(cut, VANISHING, exact)
    assert not wrong(rounded, VANISHING, exact)
    assert not wrong(VANISHING, VANISHING, exact)


def test_an_entry_that_cancels_within_its_step_is_not_held_to_its_own_size():
    dx = VANISHING.copy()
    dx[:, 0, 0] = 1e-14 * dx[:, 1, 1]
    other = dx.copy()
    other[:, 0, 0] *= 1.01
    assert not wrong(other, dx, Tolerance(1e-9, each_step=True))


def test_without_an_axis_of_time_each_entry_counts_by_itself():
    norms, exact = 0.5 ** np.arange(300.0), Tolerance(1e-9, each_step=True)
    cut = np.where(norms < 1e-60, 0, norms)
    assert wrong(cut, norms, exact, Spec.parse("norms (n)"))
    assert not wrong(norms * (1 + 1e-12), norms, exact, Spec.parse("norms (n)"))
    assert not wrong(np.array([0.0, 5e-324]), np.array([0.0, 0.0]), exact, Spec.parse("norms (n)"))


def test_each_entry_of_a_list_is_a_step():
    spec, exact = Spec.parse("products (T + 1, H, H) list of matrices"), Tolerance(1e-9, each_step=True)
    products = [0.5**k * np.random.default_rng(k).normal(size=(3, 3)) for k in range(150)]
    products[140][0, 0] = 1e-14 * products[140][1, 1]
    cut = [np.where(np.abs(p) < 1e-20, 0, p) for p in products]
    cancelled = [p.copy() for p in products]
    cancelled[140][0, 0] *= 1.01
    assert not wrong(cut, products, spec=spec)
    assert wrong(cut, products, exact, spec)
    assert not wrong(cancelled, products, exact, spec)


def test_the_exercises_on_vanishing_gradients_see_the_last_of_them():
    def cut(h, R):
        return [np.where(np.abs(p) < 1e-9, 0, p).astype(p.dtype) for p in jacobian_product(h, R)]

    assert check("jacobian_product", jacobian_product, seed=1).passed
    assert check("jacobian_product", cut, seed=1).passed is False


def test_the_exercise_says_that_each_step_counts():
    def solution(x):
        return 0.5 ** np.arange(100.0) * x

    def cut(x):
        return np.where(solution(x) < 1e-12, 0, solution(x))

    loose = toy(solution, (1.0,), outputs=("norms (T)",))
    strict = toy(solution, (1.0,), outputs=("norms (T)",), each_step=True)
    assert judged(loose, cut).passed
    assert not judged(strict, cut).passed
    assert judged(strict, solution).passed


def test_nan_and_infinity_are_right_where_they_are_expected_and_only_there():
    some = np.array([1.0, np.nan, np.inf, -np.inf])
    assert not wrong(some, some, spec=Spec("a"))
    for k in range(4):
        other = some.copy()
        other[k] = 2.0
        assert wrong(other, some, spec=Spec("a"))
    assert wrong(np.array([np.nan, np.nan, np.inf, -np.inf]), some, spec=Spec("a"))
    assert not wrong(float("nan"), float("nan"), spec=Spec("a"))
    assert wrong(1.0, float("nan"), spec=Spec("a"))
    assert "NaN" in compare(float("nan"), 1.0, Spec("a"), 1e-9)[0].message
