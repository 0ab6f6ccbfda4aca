"""Whatever is given to a check, the message names what is really the matter, and nothing is raised at the learner."""

import functools
import subprocess
import sys
import time

import numpy as np
import pytest

from rnncourse.checks import check, exercises, hint, progress, solution
from rnncourse.exercises.bptt import rnn_step_backward
from rnncourse.exercises.unfolding import rnn_forward, rnn_step
from rnncourse.reference.captioning import caption_loss
from rnncourse.reference.gradients import jacobian_product

NOT_NAMES = [None, 3, ["rnn_step"], {"rnn_step"}, {"a": 1}, np.zeros(3), np.array("rnn_step"), object(), b"rnn_step"]


@pytest.mark.parametrize("name", ["rnn_step", "RNN_Step", " rnn_step ", "rnn step", "rnn-step", "RnnStep", "rnnstep\n"])
def test_a_name_is_known_however_it_is_spelt(name):
    result = check(name, rnn_step, seed=1)
    assert result.passed
    assert result.name == "rnn_step"
    assert "rnn_step" in str(solution(name))
    assert str(hint(name)).startswith("rnn_step: ")


@pytest.mark.parametrize("name", NOT_NAMES)
def test_what_is_no_name_is_said(name):
    for shown in (check(name, rnn_step), hint(name), solution(name)):
        assert "word in quotation marks" in str(shown)
    assert check(name, rnn_step).passed is None


def test_swapped_arguments_are_understood_and_mentioned():
    result = check(rnn_step, "rnn_step", seed=1)
    assert result.passed
    assert result.notes == ('The name comes first: check("rnn_step", rnn_step).',)
    assert check(lambda *args: args[1] * 2, "RNN step", seed=1).passed is False
    assert 'check("rnn_step", rnn_step)' in check(rnn_step, rnn_step).message


def test_an_unknown_name_is_no_verdict_on_the_answer():
    result = check("rnn_stepp", rnn_step)
    assert result.passed is None
    assert "Did you mean 'rnn_step'?" in result.message
    assert len(str(check("x" * 100_000, rnn_step))) < 400


@pytest.mark.parametrize("seed", [-1, 1.5, "1", [1], np.zeros(2), object(), float("nan")])
def test_a_bad_seed_is_named(seed):
    result = check("rnn_step", rnn_step, seed=seed)
    assert result.passed is None
    assert result.message.startswith("seed must be a whole number")


@pytest.mark.parametrize("seconds", [0, -1, "10", None, float("nan"), float("inf"), [1], 1j])
def test_bad_seconds_are_named(seconds):
    result = check("rnn_step", rnn_step, seconds=seconds)
    assert result.passed is None
    assert result.message.startswith("seconds must be a number above 0")


def test_good_settings_of_other_types_are_taken():
    assert check("rnn_step", rnn_step, seed=np.int64(3), seconds=np.float32(5)).seed == 3


def test_a_chapter_may_be_a_number():
    assert exercises(3) == exercises("03")
    assert len(progress()) >= 1


class Exits(Exception):
    def __str__(self):
        sys.exit(3)


class Fails(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize("error", [Exits, Fails])
def test_an_exception_whose_text_raises_is_named(error):
    def answer(*args):
        raise error

    result = check("rnn_step", answer, seed=1)
    assert f"Your function raised {error.__name__}" in result.message
    assert "cannot be shown" in result.message
    assert "in line 2 of your function" in result.message


def test_a_generator_function_is_named():
    def answer(x_t, h_prev, W, R, b):
        yield rnn_step(x_t, h_prev, W, R, b)

    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "yield" in result.message
    assert "two results" not in str(result)


@pytest.mark.filterwarnings("error")
def test_an_async_function_is_named():
    async def answer(x_t, h_prev, W, R, b):
        return rnn_step(x_t, h_prev, W, R, b)

    async def yields(x_t, h_prev, W, R, b):
        yield rnn_step(x_t, h_prev, W, R, b)

    for one in (answer, yields):
        result = check("rnn_step", one, seed=1)
        assert result.passed is False
        assert "async def" in result.message
        assert "two results" not in str(result)


def test_a_class_is_named():
    class Step:
        def __init__(self, x_t, h_prev, W, R, b):
            self.h = rnn_step(x_t, h_prev, W, R, b)

    class Wrong:
        """Takes nothing."""

    for one in (Step, Wrong):
        assert f"{one.__name__} is a class" in check("rnn_step", one, seed=1).message


class Unhelpful:
    """Every look at it ends the program."""

    def __getattr__(self, name):
        sys.exit(4)

    def __call__(self, x_t, h_prev, W, R, b):
        return rnn_step(x_t, h_prev, W, R, b)


class WrongUnhelpful(Unhelpful):
    def __call__(self, x_t, h_prev, W, R, b):
        return x_t @ W


def test_an_object_that_cannot_be_looked_at_is_judged_by_what_it_returns():
    assert check("rnn_step", Unhelpful(), seed=1).passed
    result = check("rnn_step", WrongUnhelpful(), seed=1)
    assert result.passed is False
    assert "Your function raised ValueError" in result.message


def test_the_line_is_found_in_objects_and_partial_functions():
    class Step:
        def __call__(self, x_t, h_prev, W, R, b):
            return np.tanh(x_t @ W.T) / nothing  # noqa: F821

    def step(extra, x_t, h_prev, W, R, b):
        return np.tanh(x_t @ W.T) / nothing  # noqa: F821

    for answer in (Step(), Step().__call__, functools.partial(step, 1)):
        assert "in line 2 of your function" in check("rnn_step", answer, seed=1).message


def test_a_stub_that_the_answer_calls_is_named():
    def step(*args):
        raise NotImplementedError

    def answer(x, h0, W, R, b):
        return np.stack([step(x_t, h0, W, R, b) for x_t in x])

    result = check("rnn_forward", answer, seed=1)
    assert result.passed is None
    assert "step, which your function calls, raises NotImplementedError" in str(result)


@pytest.mark.timeout(240)
def test_a_right_answer_that_prints_a_million_lines_passes(capsys):
    def answer(dR_per_step):
        if len(dR_per_step) > 1:
            for k in range(125_000):  # in eight calls
                print(k)
        return dR_per_step.sum(axis=0)

    result = check("tied_gradient", answer, seed=1, seconds=120)
    assert result.passed, str(result)
    assert capsys.readouterr().out == ""


def test_printing_is_named_where_it_takes_the_time():
    def answer(x_t, h_prev, W, R, b):
        while True:
            print("here")

    result = check("rnn_step", answer, seed=1, seconds=2.0)
    assert "lines, which takes time" in result.message
    assert len(str(result)) < 1500


def test_the_output_of_other_threads_is_not_swallowed(capsys):
    import threading

    go, said = threading.Event(), threading.Event()

    def other():
        go.wait(10)
        print("from elsewhere")
        said.set()

    def answer(dR_per_step):
        print("from the answer")
        go.set()
        said.wait(10)
        return dR_per_step.sum(axis=0)

    thread = threading.Thread(target=other)
    thread.start()
    assert check("tied_gradient", answer, seed=1, seconds=60).passed
    thread.join()
    assert capsys.readouterr().out == "from elsewhere\n"
    time.sleep(0)
    print("afterwards")
    assert capsys.readouterr().out == "afterwards\n"


def test_checks_in_two_threads_leave_everything_as_it_was(capsys):
    import threading
    import warnings

    filters, stdout, results = list(warnings.filters), sys.stdout, []

    def judged():
        results.append(check("rnn_forward", rnn_forward, seed=1, seconds=60).passed)

    threads = [threading.Thread(target=judged) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 3
    assert sys.stdout is stdout
    assert list(warnings.filters) == filters


def test_an_error_in_the_learners_own_forward_is_told_in_its_lines():
    def forward(x_t, h_prev, W, R, b):
        return x_t @ W

    said = str(check("rnn_step_backward", rnn_step_backward, forward=forward, seed=1))
    assert "return x_t @ W" in said
    assert "without brackets" in str(check("rnn_step_backward", rnn_step_backward, forward=3, seed=1))


def test_a_second_call_that_fails_is_not_called_slow_and_the_other_way_round():
    calls = []

    def slow_the_second_time(x_t, h_prev, W, R, b):
        calls.append(1)
        if len(calls) == 2:
            time.sleep(30)
        return rnn_step(x_t, h_prev, W, R, b)

    result = check("rnn_step", slow_the_second_time, seed=1, seconds=0.5)
    assert "did not return within" in result.message
    assert "two results" not in str(result)


def test_what_swallows_everything_is_asked_nothing():
    """A value whose every method ends the program."""

    class Ends:
        def __getattribute__(self, name):
            sys.exit(5)

        __eq__ = __iter__ = __len__ = __array__ = __float__ = __str__ = lambda *args: sys.exit(6)
        __hash__ = None

    for name in ("rnn_step", "neuron_step", "truncated_windows", "bptt", "orthogonal", "leaks_future"):
        result = check(name, lambda *args: Ends(), seed=1)
        assert result.passed is False
        assert "stumbled" not in result.message


def test_threads_that_print_meanwhile_do_no_harm():
    """A print in another thread holds sys.stdout without owning it: what stands in for it must outlive the check."""
    code = """
import sys, threading, time
from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
step, stop = all_exercises()["rnn_step"].reference, False
def background():
    while not stop:
        print("progress", 1, 2, 3, 4, 5, 6, 7, 8)
for _ in range(3):
    threading.Thread(target=background, daemon=True).start()
end = time.process_time() + 4
while time.process_time() < end:
    result = check("rnn_step", step)
stop = True
time.sleep(0.2)
print("verdict", result.passed, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]
    assert "verdict True" in done.stderr


def test_a_class_of_exceptions_with_a_metaclass_of_its_own_is_only_named():
    class Meta(type):
        @property
        def __name__(cls):
            raise SystemExit(3)

    class Odd(Exception, metaclass=Meta):
        pass

    def rnn_step(x_t, h_prev, W, R, b):
        raise Odd("no")

    result = check("rnn_step", rnn_step, seed=1)
    assert result.passed is False
    assert "Odd: no" in str(result)


@pytest.mark.parametrize("settings", [{"seconds": 10**400}, {"seconds": 1e10}, {"seconds": 1e300}, {"seed": 10**5000}])
def test_settings_beyond_all_use_are_named(settings):
    result = check("rnn_step", lambda x_t, h_prev, W, R, b: x_t, **settings)
    assert result.passed is None
    assert f"{next(iter(settings))} must be a" in str(result)


def test_a_stack_of_tensors_is_as_good_as_one_of_arrays():
    torch = pytest.importorskip("torch")

    def products(h, R):
        return torch.from_numpy(np.stack(jacobian_product(h, R)))

    assert check("jacobian_product", products, seed=1).passed


T, B, H = 5, 3, 4  # as a notebook has them
V = np.ones(3)


def test_sizes_taken_from_the_notebook_are_named():
    def answer(x_t, h_prev, W, R, b):
        h = np.zeros((B, H))
        for k in range(B):
            h[k] = np.tanh(x_t[k] @ W.T + h_prev[k] @ R.T + b)
        return h

    result = check("rnn_step", answer, seed=1)
    assert result.causes[0].startswith("your function reads B = 3 from the notebook.")


def test_an_array_of_the_notebook_is_named_also_inside_a_comprehension():
    def answer(x_t, h_prev, W, R, b):
        return np.stack([np.tanh(x @ W.T + h @ R.T + b + V[0]) for x, h in zip(x_t, h_prev, strict=True)])

    result = check("rnn_step", answer, seed=1)
    assert result.causes == ("your function reads the notebook's array V besides its own arguments.",)


def test_an_attribute_is_not_taken_for_a_name_of_the_notebook():
    def answer(features, captions, params):
        return 1.7 * caption_loss(features, captions, params._replace(V=params.V.T.T))

    assert "notebook" not in str(check("caption_loss", answer, seed=1))


def test_who_waits_is_asked_for_what():
    def answer(*args):
        time.sleep(60)

    assert "It waits (input, sleep, a debugger?)" in check("rnn_step", answer, seed=1, seconds=0.3).message


class ExitsWhenLookedAt(type):
    def __getattribute__(cls, name):
        raise SystemExit(name)


class NameExits(type):
    @property
    def __name__(cls):
        raise SystemExit("no name")


@pytest.mark.parametrize("kind", ["ExitsWhenLookedAt", "NameExits"])  # pytest looks at what it is given
def test_a_class_whose_own_class_runs_code_when_it_is_looked_at(kind):
    from rnncourse.checks import check

    answer = globals()[kind]("A", (), {})
    assert "is a class: called, it makes an object" in check("rnn_step", answer).message
