"""The checker itself: right gradients pass, each kind of wrong one is found and placed."""

import numpy as np
import pytest

from rnncourse.reference import as_loss, check_gradients, check_gradients_by_entry
from rnncourse.reference.gradcheck import leaves
from tests.reference.cells import problem
from tests.tolerances import NUMERICAL_DIFFERENCES


def cubic(a, pair):
    """Σ a³ + Σ b c, with its gradients."""
    b, c = pair
    return float((a**3).sum() + (b * c).sum()), {"a": 3 * a**2, "pair": (c.copy(), b.copy())}


def arguments(seed=0):
    rng = np.random.default_rng(seed)
    return {"a": rng.standard_normal((3, 2)), "pair": tuple(rng.standard_normal((2, 4)))}


def both_checks(function, given):
    return (
        check_gradients(function, given, rng=np.random.default_rng(1)),
        check_gradients_by_entry(function, given),
    )


def test_right_gradients_pass_and_every_argument_is_named():
    for report in both_checks(cubic, arguments()):
        assert list(report.errors) == ["a", "pair[0]", "pair[1]"]
        assert report.largest < NUMERICAL_DIFFERENCES


@pytest.mark.parametrize("seed", range(10))
def test_a_missing_factor_is_found_in_the_argument_that_has_it(seed):
    def wrong(a, pair):
        loss, gradients = cubic(a, pair)
        return loss, {**gradients, "pair": (1.01 * gradients["pair"][0], gradients["pair"][1])}

    for report in both_checks(wrong, arguments(seed)):
        assert report.errors["pair[0]"] > 1e-5  # a direction may hide most of the fault, never all of it
        assert report.errors["a"] < NUMERICAL_DIFFERENCES
        assert report.errors["pair[1]"] < NUMERICAL_DIFFERENCES
        assert report.largest == report.errors["pair[0]"]


def test_the_size_of_an_argument_does_not_hide_a_fault():
    def wrong(a):
        return float(a.sum()), {"a": np.full_like(a, 1.01)}

    a = np.random.default_rng(0).standard_normal((20, 20))
    for report in both_checks(wrong, {"a": a}):
        assert 1e-3 < report.errors["a"] < 2e-2


def test_one_wrong_entry_is_placed():
    def wrong(a, pair):
        loss, gradients = cubic(a, pair)
        gradients["a"][2, 1] += 0.01
        return loss, gradients

    random, by_entry = both_checks(wrong, arguments())
    assert random.errors["a"] > 1e-5
    assert by_entry.errors["a"] > 1e-4
    assert by_entry.where["a"] == (2, 1)
    assert random.where == {}


def test_a_gradient_of_zero_in_place_of_a_real_one_is_wholly_wrong():
    for report in both_checks(lambda a: (float(a.sum()), {"a": np.zeros_like(a)}), {"a": np.ones((2, 2))}):
        assert report.errors["a"] == pytest.approx(1)


def test_a_gradient_of_zero_that_should_be_zero_passes():
    for report in both_checks(lambda a: (7.0, {"a": np.zeros_like(a)}), {"a": np.ones(3)}):
        assert report.errors["a"] == 0


def test_rounding_of_a_large_loss_is_not_taken_for_an_error():
    def function(a):
        return float(1e6 + (a**2).sum()), {"a": 2 * a}

    for report in both_checks(function, {"a": np.array([0.3, -0.2])}):
        assert report.largest < NUMERICAL_DIFFERENCES


def test_arguments_without_a_gradient_are_passed_on_unchecked():
    def function(a, times, nothing):
        assert nothing is None
        return float((a**2).sum() * times), {"a": 2 * a * times}

    for report in both_checks(function, {"a": np.array([1.0, 2.0]), "times": 3, "nothing": None}):
        assert list(report.errors) == ["a"]
        assert report.largest < NUMERICAL_DIFFERENCES


def test_a_pair_of_forward_and_backward_is_a_function_with_gradients():
    q = problem("gru")

    def forward(x, state0):
        return q.forward(x, state0, q.params)

    def backward(dh, dstate_n, cache):
        return q.backward(dh, dstate_n, cache)[:2]

    function = as_loss(forward, backward, (q.dh, q.dstate_n))
    h, (h_n,), _ = q.forward(q.x, q.state0, q.params)
    loss, gradients = function(x=q.x, state0=q.state0)
    assert loss == pytest.approx((q.dh * h).sum() + (q.dstate_n[0] * h_n).sum())
    assert list(gradients) == ["x", "state0"]


def test_a_backward_with_one_gradient_too_few_is_refused():
    def backward(dy, cache):
        return dy, dy

    function = as_loss(lambda a, b, c: (a + b + c, None), backward, (np.ones(2),))
    with pytest.raises(ValueError, match="zip"):
        function(a=np.ones(2), b=np.ones(2), c=np.ones(2))


def test_report_shows_names_errors_and_places():
    _, by_entry = both_checks(cubic, arguments())
    lines = repr(by_entry).splitlines()
    assert [line.split()[0] for line in lines] == ["a", "pair[0]", "pair[1]"]
    assert all(" at (" in line for line in lines)


def test_the_same_rng_gives_the_same_report_and_arguments_are_not_changed():
    given = arguments()
    before = {path: a.copy() for path, a in leaves(given).items()}
    first = check_gradients(cubic, given, rng=np.random.default_rng(3))
    assert first == check_gradients(cubic, given, rng=np.random.default_rng(3))
    check_gradients_by_entry(cubic, given)
    for path, a in leaves(given).items():
        np.testing.assert_array_equal(a, before[path])


def test_leaves_are_named_by_their_path():
    params = problem("lstm-peephole").params
    tree = {"params": params, "states": [(np.ones(1), None)], "x": np.ones(2)}
    letters = ["params.W", "params.R", "params.b_W", "params.b_R", "params.p"]
    assert list(leaves(tree)) == [*letters, "states[0][0]", "x"]
    assert next(iter(leaves((params._replace(p=None),)))) == "[0].W"
    assert len(leaves(params._replace(p=None))) == 4


def test_float32_is_refused():
    with pytest.raises(TypeError, match=r"a: float32 array of shape \(2,\), expected float64"):
        check_gradients(lambda a: (a.sum(), {"a": a}), {"a": np.ones(2, "f4")}, rng=np.random.default_rng(0))


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"gradient of a: shape \(1, 2\), expected \(2,\)"):
        check_gradients_by_entry(lambda a: (a.sum(), {"a": a[None]}), {"a": np.ones(2)})


def test_a_pair_with_one_argument_gives_its_gradient_bare():
    def forward(a):
        return 3 * a, None

    function = as_loss(forward, lambda dy, cache: 3 * dy, (np.array([1.0, -2.0]),))
    loss, gradients = function(a=np.array([0.5, 1.0]))
    assert loss == pytest.approx(3 * 0.5 - 6 * 1.0)
    np.testing.assert_array_equal(gradients["a"], [3.0, -6.0])
