"""The cases reach as far as the statements: states beyond ±1, tiny states that grow, r far from 1 and close to it."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.neuron import _weights
from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step

CLIPPED = {  # exercise -> which of its arguments is a state that may lie beyond ±1
    **dict.fromkeys(["rnn_step", "rnn_forward", "gru_step", "gru_step_reset_before"], 1),
    **dict.fromkeys(["lstm_step", "peephole_lstm_step"], 1),
    **dict.fromkeys(["rnn_step_backward", "bptt", "gru_step_backward"], 2),
    "lstm_step_backward": 3,
}


@pytest.mark.parametrize("name", CLIPPED)
def test_a_state_must_not_be_clipped(name):
    k, exercise = CLIPPED[name], all_exercises()[name]

    def answer(*args):
        return exercise.reference(*args[:k], np.clip(args[k], -1, 1), *args[k + 1 :])

    assert check(name, answer, seed=0).passed is False


@pytest.mark.parametrize("least", [1e-12, 1e-30])
def test_a_tiny_state_must_not_be_set_to_zero(least):
    def run(x, h0, w, r, b):
        h, state = np.zeros(len(x)), h0
        for t in range(len(x)):
            state = float(neuron_step(x[t], state, w, r, b))
            h[t] = state = state if abs(state) > least else 0.0
        return h

    result = check("neuron_run", run, seed=0)
    assert result.passed is False
    assert {case.kind for case in result.cases if not case.passed} <= {"a tiny state that grows", "a pulse that fades"}


def test_a_tiny_sum_must_not_be_set_to_zero():
    def step(x_t, h_prev, w, r, b):
        h = neuron_step(x_t, h_prev, w, r, b)
        return h if abs(h) > 1e-9 else 0.0

    assert check("neuron_step", step, seed=0).passed is False


def test_a_tiny_state_grows_to_where_tanh_bends_it():
    cases = [case for case in all_exercises()["neuron_run"].draw(0) if case.label.startswith("a tiny state")]
    assert all(np.abs(neuron_run(*case.args)).max() > 0.8 for case in cases)


@pytest.mark.parametrize("seed", range(3))
def test_every_point_is_one_and_none_is_missing(seed):
    """On a grid of steps of 1e-5: between neighbours where the sign changes, or where the difference is 0."""
    h = np.linspace(-1, 1, 200_001)
    for case in _weights(np.random.default_rng(seed)):
        r, b = case.args
        points, difference = fixed_points(r, b), np.tanh(r * h + b) - h
        sign = np.sign(difference)
        sign = sign[sign != 0]
        changes, ends = int((sign[:-1] != sign[1:]).sum()), int((difference[[0, -1]] == 0).sum())
        assert len(points) == changes + ends, case.label
        assert np.abs(np.tanh(r * points + b) - points).max() < 1e-12 * max(1, abs(r)), case.label


def test_points_are_asked_for_beyond_20_and_just_above_1():
    r = [case.args[0] for case in all_exercises()["fixed_points"].draw(0)]
    assert max(r) > 20
    assert any(1 < value < 1.01 for value in r)

    def only_to_20(r, b):
        return fixed_points(r, b)[:1] if abs(r) > 20.5 and abs(r) != 30 else fixed_points(r, b)

    def only_from_1_01(r, b):
        return fixed_points(1.0, b) if 1 < r < 1.009 else fixed_points(r, b)

    assert check("fixed_points", only_to_20, seed=0).passed is False
    assert check("fixed_points", only_from_1_01, seed=0).passed is False
