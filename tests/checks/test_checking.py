"""What a check does with answers of every kind: it never raises, never hangs, and says the same thing twice."""

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from rnncourse.checks import check, exercises, hint, progress, solution
from rnncourse.checks.registry import all_exercises
from rnncourse.checks.tolerance import same
from rnncourse.exercises.bptt import rnn_step_backward
from rnncourse.exercises.unfolding import rnn_forward, rnn_step
from tests.checks.toy import checked

NAMES = list(all_exercises())


def stub_that_raises(*args):
    raise NotImplementedError


def stub_of_dots(*args): ...


def stub_with_pass(*args):
    """A docstring."""


def returns_dots(*args):
    return ...


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stub", [stub_that_raises, stub_of_dots, stub_with_pass, returns_dots, None, ...])
def test_a_stub_is_not_attempted(name, stub):
    result = checked(name, stub)
    assert result.passed is None
    assert not result
    assert result.text() == f'○ {name}: not attempted yet\n  hint("{name}") gives a hint.'


def test_a_forgotten_return_is_mentioned():
    def step(x_t, h_prev, W, R, b):
        h = np.tanh(x_t @ W.T + h_prev @ R.T + b)  # noqa: F841 - the missing return is the point

    result = check("rnn_step", step)
    assert result.passed is None
    assert "is its return missing?" in str(result)


@pytest.mark.parametrize("name", NAMES)
def test_a_pass_reads_the_same_on_every_run(name):
    reference = all_exercises()[name].reference
    first, second = checked(name, reference, seed=1), checked(name, reference, seed=2)
    assert first.passed is True
    assert first.text() == second.text() == repr(first)
    assert first.html() == second.html()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "error", [ValueError, KeyError, RecursionError, MemoryError, SystemExit, StopIteration, ZeroDivisionError]
)
def test_an_exception_becomes_a_message(name, error):
    def answer(*args):
        raise error("the reason")

    result = checked(name, answer)
    assert result.passed is False
    assert error.__name__ in result.message
    assert 'raise error("the reason")' in result.message
    assert "in line 2 of your function" in result.message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        0,
        1.5,
        True,
        "a word",
        [],
        [[]],
        {},
        (1, 2),
        np.zeros(3),
        np.zeros((0, 2)),
        np.array("a"),
        object(),
        np.nan,
        [None] * 5,
        iter([]),
    ],
)
def test_any_value_is_judged(name, value):
    result = checked(name, lambda *args: value)
    assert result.passed is False
    assert "stumbled" not in result.message


@pytest.mark.parametrize("answer", [3, [1], np.zeros(2)])
def test_a_result_instead_of_the_function(answer):
    assert "without brackets" in check("rnn_step", answer).message
    assert "without quotation marks" in check("rnn_step", "rnn_step").message


def test_a_wrong_number_of_arguments():
    result = check("rnn_step", lambda x_t, h_prev, W, R: h_prev)
    assert result.passed is False
    assert "must take 5 arguments, rnn_step(x_t, h_prev, W, R, b) -> h" in result.message


def test_an_unknown_name_suggests_the_nearest():
    assert "Did you mean 'rnn_step'?" in check("rnn_stepp", rnn_step).message
    assert "no exercise" in str(hint("nothing"))
    assert "no exercise" in str(solution("nothing"))


def test_an_endless_loop_is_stopped():
    def answer(x_t, h_prev, W, R, b):
        while True:
            pass

    started = time.monotonic()
    result = check("rnn_step", answer, seconds=0.5)
    assert result.passed is False
    assert "a loop that never ends" in result.message
    assert time.monotonic() - started < 15  # half a second on a quiet machine


def test_an_endless_loop_with_except_is_stopped():
    def answer(x_t, h_prev, W, R, b):
        while True:
            try:
                x_t = x_t + 1
            except Exception:  # catches everything a learner's except would
                continue

    assert "a loop that never ends" in check("rnn_step", answer, seconds=0.5).message


def test_an_endless_loop_is_stopped_in_another_thread():
    """Where no signal can be sent: as in a browser."""

    def answer(x_t, h_prev, W, R, b):
        while True:
            pass

    results = []
    thread = threading.Thread(target=lambda: results.append(check("rnn_step", answer, seconds=0.5)))
    thread.start()
    thread.join(timeout=20)
    assert "a loop that never ends" in results[0].message


def test_without_timer_signals_checks_still_work(monkeypatch):
    monkeypatch.delattr("signal.setitimer")
    assert check("rnn_forward", rnn_forward).passed


def test_the_timer_of_somebody_else_goes_on():
    import signal

    rang = []
    old = signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    before = signal.setitimer(signal.ITIMER_REAL, 5.0)
    check("rnn_step", rnn_step)
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, *before)
    signal.signal(signal.SIGALRM, old)
    assert 3.0 < left <= 5.0
    assert not rang


def test_the_learners_own_stop_goes_through():
    def answer(*args):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("rnn_step", answer)


def test_printing_is_held_back_and_is_no_mistake(capsys):
    def answer(x_t, h_prev, W, R, b):
        print("here", x_t.shape)
        return rnn_step(x_t, h_prev, W, R, b)

    result = check("rnn_step", answer)
    assert result.passed
    assert not result.notes
    assert capsys.readouterr().out == ""


def test_printing_is_shown_when_the_answer_is_wrong(capsys):
    def answer(x_t, h_prev, W, R, b):
        print("the state is", h_prev.shape)
        return h_prev * 2

    result = check("rnn_step", answer)
    assert "the state is (" in str(result)
    assert capsys.readouterr().out == ""


def test_the_global_generator_is_refused_even_where_the_result_is_right():
    def answer(x_t, h_prev, W, R, b):
        np.random.seed(0)  # noqa: NPY002 - this is the point
        return rnn_step(x_t, h_prev, W, R, b)

    assert "np.random" in check("rnn_step", answer).message


def test_a_notebooks_array_read_by_mistake_is_named():
    space = {"np": np, "W_trained": np.ones((3, 4))}
    exec("def answer(x_t, h_prev, W, R, b): return np.tanh(x_t @ W_trained.T + h_prev @ R.T + b)", space)
    assert "the notebook's array W_trained" in str(check("rnn_step", space["answer"], seed=1))


def test_warnings_of_an_answer_stay_inside():
    def answer(logits, targets, mask):
        return np.log(np.exp(logits).sum() * 0.0)

    assert check("softmax_cross_entropy", answer).passed is False  # a RuntimeWarning would fail this test


def test_the_check_changes_no_global_state():
    np.random.seed(3)  # noqa: NPY002
    before, errors = np.random.get_state()[1].copy(), np.geterr()  # noqa: NPY002

    def answer(x_t, h_prev, W, R, b):
        np.seterr(all="raise")
        return rnn_step(x_t, h_prev, W, R, b)

    check("rnn_step", answer)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert np.geterr() == errors


def test_a_seed_repeats_the_cases():
    def answer(x_t, h_prev, W, R, b):
        return np.tanh(x_t @ W.T + h_prev @ R.T)

    first, again, other = (check("rnn_step", answer, seed=seed) for seed in (5, 5, 6))
    assert first.text() == again.text()
    assert first.text() != other.text()
    assert "seed=5" in first.text()


def test_two_checks_draw_different_cases():
    seen = []

    def answer(x_t, h_prev, W, R, b):
        seen.append(x_t.copy())
        return rnn_step(x_t, h_prev, W, R, b)

    check("rnn_step", answer)
    n = len(seen)
    check("rnn_step", answer)
    assert not any(a.shape == b.shape and (a == b).all() for a in seen[:n] for b in seen[n:])


def test_callable_objects_and_partial_functions_are_answers():
    import functools

    class Step:
        def __call__(self, x_t, h_prev, W, R, b):
            return rnn_step(x_t, h_prev, W, R, b)

    assert check("rnn_step", Step()).passed
    assert check("rnn_step", functools.partial(rnn_step)).passed
    assert check("rnn_step", lambda *args: rnn_step(*args)).passed


def test_a_backward_pass_against_the_learners_own_forward():
    def forward_without_bias(x_t, h_prev, W, R, b):
        return np.tanh(x_t @ W.T + h_prev @ R.T + 0 * b)

    def logistic(x_t, h_prev, W, R, b):
        return 1 / (1 + np.exp(-(x_t @ W.T + h_prev @ R.T + b)))

    def logistic_backward(dh, x_t, h_prev, h, W, R):
        da = dh * h * (1 - h)
        return da @ W, da @ R, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)

    def shown(answer, forward):
        return str(check("rnn_step_backward", answer, forward=forward, seed=1))

    assert check("rnn_step_backward", rnn_step_backward, forward=rnn_step).passed
    assert "db is not its gradient: so the forward pass differs" in shown(rnn_step_backward, forward_without_bias)
    assert "both are wrong in the same way" in shown(logistic_backward, logistic)
    assert "are not its gradient." in shown(logistic_backward, rnn_step)
    assert "could not be used" in shown(rnn_step_backward, stub_that_raises)


def test_hints_come_in_steps_then_point_to_the_solution():
    count = len(all_exercises()["tied_gradient"].hints)
    shown = [str(hint("tied_gradient")) for _ in range(count + 1)]
    assert len(set(shown)) == count + 1
    assert shown[0].startswith("tied_gradient: hint 1 of")
    assert "solution(" in shown[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_runs_where_it_is_pasted_and_passes(name):
    space: dict = {}
    exec(all_exercises()[name].solution, space)
    assert checked(name, space[name]).passed


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_has_the_signature_and_runs(name):
    import inspect

    exercise = all_exercises()[name]
    space: dict = {}
    assert max(map(len, exercise.stub.splitlines())) <= 80, "wider than the page"
    exec(exercise.stub, space)
    parameters = list(inspect.signature(space[name]).parameters)
    assert parameters == list(inspect.signature(exercise.reference).parameters)
    assert checked(name, space[name]).passed is None


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_is_complete(name):
    exercise = all_exercises()[name]
    assert exercise.difficulty in ("predict", "complete", "extend")
    assert len(exercise.hints) >= 2
    assert len(exercise.misconceptions) >= 6
    assert exercise.statement.endswith(".")
    assert exercise.signature.startswith(name + "(")


def test_every_chapter_has_an_exercise_of_its_core():
    chapters = {e.chapter for e in all_exercises().values()}
    for chapter in sorted(chapters):
        assert sum(e.chapter == chapter for e in all_exercises().values()) >= 3, chapter


def test_tables_show_as_text_and_html():
    table = exercises("03")
    assert [row[0] for row in table] == ["rnn_step", "rnn_forward", "tied_gradient"]
    assert "<table>" in table._repr_html_()
    assert "rnn_forward(x, h0, W, R, b) -> h" in repr(table)
    check("rnn_step", rnn_step)
    check("rnn_forward", lambda *args: 0)
    rows = {row[0]: row for row in progress()}
    assert rows["rnn_step"][2] == "passed"


def test_html_escapes_what_the_answer_says():
    def answer(*args):
        raise ValueError("<script>alert(1)</script>")

    html = check("rnn_step", answer)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_html_sets_no_text_colour_of_its_own():
    for result in (check("rnn_step", rnn_step), check("rnn_step", None), check("rnn_step", lambda *a: a[1] * 2)):
        html = result._repr_html_()
        assert "background:#" not in html
        assert "color:#" not in html.replace("border", "")


def test_checks_need_neither_torch_nor_matplotlib():
    """A browser has neither; importing everything and checking everything must not load them."""
    code = (
        "import sys, json\n"
        "sys.modules['torch'] = sys.modules['matplotlib'] = None\n"
        "from rnncourse.checks import check, exercises\n"
        "from rnncourse.checks.registry import all_exercises\n"
        "every = all_exercises()\n"
        "forward = {n: every[e.partner].reference for n, e in every.items() if e.partner}\n"
        "failed = [n for n in every if not check(n, every[n].reference, forward=forward.get(n)).passed]\n"
        "print(json.dumps(failed))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    failed = json.loads(done.stdout)
    assert not [n for n in failed if not getattr(all_exercises()[n], "needs_torch", False)]


def test_equal_arrays_of_text_are_recognised_as_equal():
    letters = np.array([["a", "b"], ["c", "d"]])
    assert same(letters, letters.copy(), 1e-9)
    assert not same(letters, letters[::-1], 1e-9)
    assert not same(letters, letters[:1], 1e-9)
