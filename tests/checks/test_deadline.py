"""A check ends, whatever the answer does, wherever it runs; and the clock decides, not the exception."""

import contextlib
import itertools
import signal
import sys
import threading
import time

import pytest

from rnncourse.checks import check
from rnncourse.checks.deadline import within
from rnncourse.checks.insisting import OutOfTime
from rnncourse.exercises.bptt import rnn_step_backward
from rnncourse.exercises.unfolding import rnn_step

PLACES = ["main thread", "another thread", "no timer", "no threads"]


@pytest.fixture(params=PLACES)
def place(request, monkeypatch):
    """Where a check may run: a kernel, a thread, Windows, a browser. Calls a function there."""

    def elsewhere(function):
        got = []
        thread = threading.Thread(target=lambda: got.append(function()))
        thread.start()
        thread.join(timeout=60)
        return got[0]

    if request.param in ("no timer", "no threads"):
        monkeypatch.delattr(signal, "setitimer")
    if request.param == "no threads":

        def refuse(thread):
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", refuse)
    yield elsewhere if request.param == "another thread" else lambda function: function()
    assert sys.gettrace() is None or "coverage" in sys.modules
    assert sys.getprofile() is None or "coverage" in sys.modules


exec("def on_one_line(x_t, h_prev, W, R, b):\n    while True: pass")  # as no formatter would leave it


def endless_comprehension(x_t, h_prev, W, R, b):
    return [0 for _ in iter(int, 1)]


def generator_in_a_sum(x_t, h_prev, W, R, b):
    return sum(1 for _ in itertools.count())


def never_lets_go(x_t, h_prev, W, R, b):
    while True:
        try:
            rnn_step(x_t, h_prev, W, R, b)
        except:  # noqa: E722
            continue


def sleeps_and_never_lets_go(x_t, h_prev, W, R, b):
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            x_t = x_t + 1


def goes_on_in_the_end(x_t, h_prev, W, R, b):
    while True:
        try:
            rnn_step(x_t, h_prev, W, R, b)
        finally:
            continue  # noqa: B012


def swallows_and_returns_the_right_result(x_t, h_prev, W, R, b):
    try:
        while True:
            time.sleep(0.001)
    except BaseException:
        return rnn_step(x_t, h_prev, W, R, b)


def swallows_and_raises(x_t, h_prev, W, R, b):
    try:
        while True:
            rnn_step(x_t, h_prev, W, R, b)
    except BaseException:
        raise ValueError("something else") from None


class Raises(Exception):
    def __str__(self):
        while True:
            time.sleep(0.001)


def raises_what_cannot_be_printed(x_t, h_prev, W, R, b):
    raise Raises


ENDLESS = [
    on_one_line,  # noqa: F821
    endless_comprehension,
    generator_in_a_sum,
    never_lets_go,
    sleeps_and_never_lets_go,
    goes_on_in_the_end,
    swallows_and_returns_the_right_result,
    swallows_and_raises,
    raises_what_cannot_be_printed,
]


@pytest.mark.timeout(90)
@pytest.mark.parametrize("answer", ENDLESS, ids=lambda answer: answer.__name__)
def test_it_is_stopped_and_counts_as_late(place, answer):
    started = time.monotonic()
    result = place(lambda: check("rnn_step", answer, seed=1, seconds=0.3))
    assert result.passed is False
    assert "a loop that never ends" in result.message
    assert "something else" not in str(result)
    assert time.monotonic() - started < 15  # on a busy machine; some hundredths above the limit on a quiet one


def test_a_right_answer_passes_everywhere(place):
    result = place(lambda: check("rnn_step", rnn_step, seed=1))
    assert result.passed
    assert result.text().startswith("✓ rnn_step: passed")


def test_what_comes_back_late_is_late_though_nothing_stopped_it(monkeypatch):
    """As with a long call into compiled code."""
    monkeypatch.setattr("rnncourse.checks.guard.within", lambda seconds, run, *_: (time.sleep(0.2), run()))
    result = check("rnn_step", rnn_step, seed=1, seconds=0.1)
    assert result.passed is False
    assert "did not return within" in result.message


def test_nothing_arrives_afterwards():
    """Attempts that come too late would break off somebody else's code."""
    for _ in range(300):
        with contextlib.suppress(OutOfTime):
            within(0.0005, lambda: sum(range(3000)))
    ended = time.monotonic() + 0.2
    while time.monotonic() < ended:
        pass


def test_nothing_arrives_afterwards_in_another_thread():
    ended = []

    def run():
        test_nothing_arrives_afterwards()
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=60)
    assert ended


def test_a_slow_answer_is_told_where_its_time_went():
    def answer(x_t, h_prev, W, R, b):
        time.sleep(0.15)
        return rnn_step(x_t, h_prev, W, R, b)

    result = check("rnn_step", answer, seed=1, seconds=0.5)
    assert result.passed is False
    assert "The cases before took" in result.message


def test_an_endless_forward_of_the_learners_own_is_stopped():
    result = check(
        "rnn_step_backward",
        rnn_step_backward,
        forward=on_one_line,  # noqa: F821
        seed=1,
        seconds=1.0,
    )
    assert "could not be used" in str(result)


def test_a_debugger_is_left_alone(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    traced = []

    def trace(frame, event, arg):
        traced.append(event)
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        assert check("tied_gradient", lambda d: d.sum(axis=0), seed=1).passed
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert traced


def turns_the_timer_off(x_t, h_prev, W, R, b):
    signal.setitimer(signal.ITIMER_REAL, 0)
    return rnn_step(x_t, h_prev, W, R, b)


def sets_another_alarm(x_t, h_prev, W, R, b):
    signal.alarm(1000)
    return rnn_step(x_t, h_prev, W, R, b)


def ignores_the_signal(x_t, h_prev, W, R, b):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    return rnn_step(x_t, h_prev, W, R, b)


ALARMS = [turns_the_timer_off, sets_another_alarm, ignores_the_signal]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a system without this timer")
@pytest.mark.parametrize("answer", ALARMS, ids=lambda answer: answer.__name__)
def test_the_alarm_is_another_ones(answer):
    before, somebodys = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0
    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "sets the alarm of the process" in result.message
    assert signal.getsignal(signal.SIGALRM) is before
    assert (signal.getitimer(signal.ITIMER_REAL)[0] > 0) is somebodys


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a system without this timer")
@pytest.mark.parametrize("quiet", ALARMS, ids=lambda answer: answer.__name__)
@pytest.mark.parametrize("loop", [never_lets_go, sleeps_and_never_lets_go], ids=lambda answer: answer.__name__)
def test_time_is_kept_without_the_alarm(quiet, loop):
    def answer(*args):
        quiet(*args)
        return loop(*args)

    started = time.monotonic()
    result = check("rnn_step", answer, seed=1, seconds=0.3)
    assert time.monotonic() - started < 15
    assert result.passed is False
    assert "a loop that never ends" in result.message
    assert "sets the alarm of the process" in result.message


SLOW_MODULE = """
import time
until, count = time.monotonic() + 1.5, 0
while time.monotonic() < until:
    count += 1
loaded = True
"""


def test_a_module_that_is_being_loaded_is_not_broken_off(place, tmp_path, monkeypatch):
    """PyTorch's, loaded by halves and then again, ends the whole process."""
    (tmp_path / "a_slow_module.py").write_text(SLOW_MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "a_slow_module", raising=False)

    def answer(x_t, h_prev, W, R, b):
        import a_slow_module

        assert a_slow_module.loaded
        return rnn_step(x_t, h_prev, W, R, b)

    result = place(lambda: check("rnn_step", answer, seconds=0.5))
    assert result.passed is False
    assert "did not return within" in result.message
    assert sys.modules["a_slow_module"].loaded
    assert place(lambda: check("rnn_step", answer, seconds=20)).passed
    monkeypatch.delitem(sys.modules, "a_slow_module")
