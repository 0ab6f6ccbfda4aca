"""Nothing that a notebook or an answer does to NumPy reaches the verdict, and it is said who did what."""

import math
import subprocess
import sys

import numpy as np
import pytest

from rnncourse.checks import check, numpy_identity
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.unfolding import rnn_step
from tests.checks.toy import checked, judged, toy


@pytest.fixture
def numpy_put_back():
    yield
    numpy_identity.restore()


def zeros(x_t, h_prev, W, R, b):
    return np.zeros_like(h_prev)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (np, "tanh"),
        (np, "matmul"),
        (np, "ndarray"),
        (np, "float64"),
        (np.linalg, "norm"),
        (np.random, "default_rng"),
        (np.lib.stride_tricks, "sliding_window_view"),
    ],
)
def test_what_the_notebook_has_replaced_is_named_and_nothing_is_judged(module, name, monkeypatch):
    monkeypatch.setattr(module, name, lambda *args, **kwargs: 0)
    for answer in (zeros, rnn_step):
        result = check("rnn_step", answer, seed=1)
        assert result.passed is None
        assert f"{module.__name__.replace('numpy', 'np')}.{name}" in result.message
        assert "restore()" in result.message
        assert result.headline == "○ rnn_step: not judged"
    monkeypatch.undo()
    assert check("rnn_step", rnn_step, seed=1).passed


def test_a_function_taken_away_is_noticed(monkeypatch):
    monkeypatch.delattr(np, "einsum")
    assert "np.einsum" in check("rnn_step", rnn_step, seed=1).message


def test_every_public_function_and_class_is_watched():
    watched = {name for names in numpy_identity._OWN.values() for name in names}
    assert {"tanh", "exp", "dot", "array", "eigvals", "svd", "normal", "default_rng", "ndarray", "seterr"} <= watched
    assert not numpy_identity.replaced()


def test_restore_puts_back_and_says_what(numpy_put_back):
    own = np.tanh
    np.tanh = np.sin
    assert numpy_identity.restore() == ["np.tanh"]
    assert np.tanh is own


def test_what_was_replaced_before_the_checks_were_imported_is_noticed_too():
    code = (
        "import numpy as np\nnp.tanh = lambda a: a * 0\nfrom rnncourse.checks import check\n"
        "result = check('rnn_step', lambda x, h, W, R, b: np.zeros(h.shape, h.dtype), seed=1)\n"
        "print(result.passed, result.message)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("None np.tanh")
    assert "Restart the kernel" in said


def test_an_answer_that_replaces_a_function_while_it_runs_is_found_out(numpy_put_back):
    own = np.tanh

    def answer(x_t, h_prev, W, R, b):
        np.tanh = np.exp = lambda a: a * 0
        return np.tanh(h_prev)

    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "np.tanh" in result.message
    assert "put back" in result.message
    assert np.tanh is own
    assert check("rnn_step", rnn_step, seed=1).passed


def test_a_right_answer_that_replaces_one_is_told():
    def answer(x_t, h_prev, W, R, b):
        h = rnn_step(x_t, h_prev, W, R, b)
        np.sinh = np.cosh
        return h

    assert "in the place of np.sinh" in check("rnn_step", answer, seed=1).message


def test_the_truth_is_computed_before_the_answer_runs():
    order = []

    def solution(x):
        order.append("truth")
        return 2.0 * x

    def answer(x):
        order.append("answer")
        return 2.0 * x

    assert judged(toy(solution, (1.0,), (2.0,), (3.0,)), answer).passed
    assert order[:4] == ["truth", "truth", "truth", "answer"]
    assert "truth" not in order[3:]


def test_an_answer_cannot_reach_the_truth_through_what_the_solution_uses():
    """It changes a list of the solution's module while it runs."""
    factors = [2.0]

    def solution(x):
        return factors[0] * x

    def answer(x):
        factors[0] = 0.0
        return 0.0

    assert judged(toy(solution, (1.0,), (2.0,)), answer).passed is False


@pytest.mark.parametrize("state", ["raise", "ignore", "warn", "print"])
def test_the_notebooks_handling_of_errors_does_not_matter(state, capsys):
    for name, exercise in all_exercises().items():
        with np.errstate(all=state):
            if not checked(name, exercise.reference, seed=2).passed:
                pytest.fail(name)
    assert "overflow" not in capsys.readouterr().out


def test_the_answer_runs_under_numpys_own_settings():
    seen = []

    def answer(x_t, h_prev, W, R, b):
        seen.append(np.geterr())
        np.seterr(all="raise")
        return rnn_step(x_t, h_prev, W, R, b)

    with np.errstate(all="raise"):
        assert check("rnn_step", answer, seed=1).passed
        assert np.geterr()["over"] == "raise"
    assert seen[0] == seen[-1] == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


def test_the_global_generator_is_left_as_it_was():
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check("rnn_step", lambda *args: rnn_step(*args) + np.random.rand(), seed=1)  # noqa: NPY002
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_a_number_of_numpys_is_noticed_too():
    def answer(*args):
        np.pi, np.nan = 3.0, 0.0
        return rnn_step(*args)

    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "np.nan, np.pi" in result.message
    assert np.pi > 3.14
    assert np.isnan(np.nan)


def test_an_equal_number_is_as_good(monkeypatch):
    monkeypatch.setattr(np, "pi", math.pi)
    monkeypatch.setattr(np, "nan", float("nan"))
    assert check("rnn_step", rnn_step, seed=1).passed
