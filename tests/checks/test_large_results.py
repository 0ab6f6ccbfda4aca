"""A result that claims to be huge is named with its shape and never filled; slow and deep answers are told so."""

import tracemalloc

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.judging import MANY_TIMES
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.bptt import rnn_step_backward
from rnncourse.exercises.unfolding import rnn_step
from tests.checks.toy import checked

HUGE = np.broadcast_to(0.5, (10**5, 10**5, 10**5))


@pytest.mark.parametrize("name", all_exercises())
@pytest.mark.parametrize("kind", ["alone", "in each part"])
def test_a_huge_shape_is_said(name, kind):
    exercise = all_exercises()[name]
    parts = len(exercise.output_specs)
    value = HUGE if kind == "alone" else (HUGE,) * parts if parts > 1 else [HUGE]
    tracemalloc.start()
    result = checked(name, lambda *args: value, seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.passed is False
    assert peak < 100_000_000
    assert "stumbled" not in result.message
    assert "return within" not in result.message
    if kind == "alone" or parts > 1:
        assert "(100000, 100000, 100000)" in result.message


def test_a_huge_forward_is_said_too():
    def forward(*args):
        return np.broadcast_to(0.5, (10**5, 10**5, 3, 4))

    result = check("rnn_step_backward", rnn_step_backward, forward=forward, seed=0)
    assert "forward returns shape (100000, 100000, 3, 4), expected" in str(result)


@pytest.mark.parametrize(
    "values",
    [
        [HUGE],
        [[HUGE, HUGE]],
        (HUGE, HUGE),
        [np.zeros((2, 2))] * 1000,
        {"h": HUGE},
        [np.broadcast_to(0.5, (3000, 3000))],
    ],
    ids=["a list", "lists", "a tuple", "a long list", "a dict", "larger than asked"],
)
def test_a_forward_that_gives_huge_arrays_in_a_list_is_not_made_an_array(values):
    tracemalloc.start()
    result = check("rnn_step_backward", rnn_step_backward, forward=lambda *args: values, seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "forward returns a " in str(result)
    assert peak < 50_000_000


def test_a_forward_may_give_its_rows_in_a_list():
    result = check("rnn_step_backward", rnn_step_backward, forward=lambda *args: list(rnn_step(*args)), seed=0)
    assert "Backward is the gradient of your own forward" in str(result)


def test_an_answer_that_calls_itself_without_end_is_told():
    def step(x_t, h_prev, W, R, b):
        return step(x_t, h_prev, W, R, b)

    result = check("rnn_step", step, seed=0)
    assert result.passed is False
    assert "your function calls itself" in str(result)
    assert "RecursionError" in result.message


def test_a_slow_answer_that_is_right_is_told_how_much_it_works(monkeypatch):
    monkeypatch.setattr("rnncourse.checks.judging.SLOW", 0.2)

    def answer(*args):
        for _ in range(5):
            list(range(100_000))
        return rnn_step(*args)

    result = check("rnn_step", answer, seed=0)
    assert result.passed
    assert MANY_TIMES in str(result)
    assert MANY_TIMES not in str(check("tied_gradient", all_exercises()["tied_gradient"].reference, seed=0))
