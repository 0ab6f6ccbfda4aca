"""One neuron: its fixed points, and the closed forms of chapter 2."""

import numpy as np
import pytest

from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step, tangency


def test_a_run_is_the_step_repeated_and_two_halves_with_the_carried_state_equal_the_whole():
    x = np.random.default_rng(0).normal(size=9)
    h = neuron_run(x, 0.3, 1.2, -0.7, 0.1)
    assert h[0] == neuron_step(x[0], 0.3, 1.2, -0.7, 0.1)
    np.testing.assert_array_equal(h[4:], neuron_run(x[4:], h[3], 1.2, -0.7, 0.1))


@pytest.mark.parametrize("r", [-6.0, -1.0, 0.0, 0.5, 1.0, 1.2, 5.0, 40.0])
@pytest.mark.parametrize("b", [-30.0, -3.0, -0.2, 0.0, 0.01, 3.02, 30.0])
def test_fixed_points_are_fixed_sorted_and_all_of_them(r, b):
    found = fixed_points(r, b)
    np.testing.assert_allclose(np.tanh(r * found + b), found, atol=1e-12)
    assert (np.diff(found) > 0).all()
    a = np.linspace(-80, 80, 1_000_003)  # counted where tanh's ends are not squeezed together: a = r h + b
    sign = np.sign(r * np.tanh(a) + b - a)
    crossings = np.count_nonzero(np.diff(sign[sign != 0]))
    assert len(found) == crossings


def test_three_resting_states_exactly_inside_the_closed_form():
    h, b = tangency(5)
    assert (round(h, 7), round(b, 7)) == (0.8944272, 3.0285005)
    for sign in (-1, 1):
        assert len(fixed_points(5, sign * (b - 1e-9))) == 3
        assert len(fixed_points(5, sign * (b + 1e-9))) == 1


def test_the_logistic_neuron_of_chapter_6_is_a_tanh_neuron_with_a_quarter_of_the_weight():
    b = tangency(5 / 4)[1]
    assert np.round([-2.5 - 2 * b, -2.5 + 2 * b], 5).tolist() == [-2.65561, -2.34439]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="r = 1"):
        tangency(1)
    with pytest.raises(ValueError, match="finite"):
        fixed_points(np.nan, 0)
    with pytest.raises(ValueError, match=r"x has shape \(2, 2\)"):
        neuron_run(np.zeros((2, 2)), 0, 1, 1, 0)
