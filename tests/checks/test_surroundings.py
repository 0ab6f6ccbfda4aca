"""What belongs to the whole process is as it was when a check has ended, and no result may come from it."""

import locale
import os
import random
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.exercises.unfolding import rnn_step
from rnncourse.reference.params import orthogonal


def seeds_python(*args):
    random.seed(0)


def seeds_numpy(*args):
    np.random.seed(0)  # noqa: NPY002


def prints_short(*args):
    np.set_printoptions(precision=2, suppress=True)


def raises_on_all(*args):
    np.seterr(all="raise")


def speaks_another_language(*args):
    locale.setlocale(locale.LC_ALL, "C")


def warns_of_nothing(*args):
    warnings.simplefilter("ignore")
    warnings.filters.clear()


def goes_deep(*args):
    sys.setrecursionlimit(5000)


def takes_another_generator(*args):
    np.random.set_bit_generator(np.random.PCG64(1))


def goes_elsewhere(*args):
    os.chdir(tempfile.gettempdir())


def changes_the_environment(*args):
    os.environ["OF_AN_ANSWER"] = "1"


def all_of_it():
    return (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        np.random.get_state()[2],  # noqa: NPY002
        np.get_printoptions(),
        np.geterr(),
        locale.setlocale(locale.LC_ALL),
        list(warnings.filters),
        sys.getrecursionlimit(),
        os.getcwd(),
        dict(os.environ),
    )


SHARED = [seeds_python, seeds_numpy, takes_another_generator]
CHANGES = [
    *(*SHARED, prints_short, raises_on_all, speaks_another_language, warns_of_nothing, goes_deep),
    *(goes_elsewhere, changes_the_environment),
]


@pytest.fixture
def unusual_locale():
    before = locale.setlocale(locale.LC_ALL)
    for name in ("C.UTF-8", "en_US.UTF-8", "POSIX"):
        try:
            locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            continue
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_it_is_set_back(change, unusual_locale):
    def answer(*args):
        change(*args)
        return rnn_step(*args)

    before = all_of_it()
    result = check("rnn_step", answer, seed=1)
    assert all_of_it() == before
    assert result.passed is (change not in SHARED)
    assert "stumbled" not in result.message


@pytest.mark.parametrize("name", ["random", "np.random"])
def test_a_shared_generator_is_named(name):
    draw = {"random": random.random, "np.random": np.random.rand}[name]
    message = check("rnn_step", lambda *args: rnn_step(*args) + 0 * draw(), seed=1).message
    assert f"uses {name}, a generator that all code shares. Its result must depend on its arguments alone." in message


@pytest.mark.parametrize("name", ["random", "np.random"])
def test_where_a_generator_is_given_the_answer_is_sent_to_it(name):
    def answer(n, rng):
        A = np.random.randn(n, n)  # noqa: NPY002
        if name == "random":
            A = np.array([[random.gauss(0, 1) for _ in range(n)] for _ in range(n)])
        Q, U = np.linalg.qr(A)
        return Q * np.sign(np.diag(U))

    message = check("orthogonal", answer, seed=1).message
    assert f"uses {name}, a generator that all code shares. Draw from rng." in message


def test_a_generator_of_its_own_is_not_the_one_given():
    """Even draws, but none that the caller can repeat."""
    result = check("orthogonal", lambda n, rng: orthogonal(n, np.random.default_rng()), seed=1)
    assert result.passed is False
    assert "generators in the same state" in result.message


def draws_first_weights(torch):
    torch.nn.Linear(3, 4)


def seeds_torch(torch):
    torch.manual_seed(0)


def counts_in_double(torch):
    torch.set_default_dtype(torch.float64)


def keeps_no_gradients(torch):
    torch.set_grad_enabled(False)


def is_deterministic(torch):
    torch.use_deterministic_algorithms(True)


def of_torch(torch):
    return (
        torch.default_generator.get_state().tolist(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    )


@pytest.mark.parametrize(
    "change",
    [draws_first_weights, seeds_torch, counts_in_double, keeps_no_gradients, is_deterministic],
    ids=lambda change: change.__name__,
)
def test_torch_is_set_back_and_the_answer_is_right(change):
    torch = pytest.importorskip("torch")

    def answer(*args):
        change(torch)
        return rnn_step(*args)

    before = of_torch(torch)
    assert check("rnn_step", answer, seed=1).passed
    assert of_torch(torch) == before


def test_what_comes_from_torchs_generator_is_not_the_arguments():
    torch = pytest.importorskip("torch")
    result = check("rnn_step", lambda *args: rnn_step(*args) + 1e-11 * torch.rand(1).numpy(), seed=1)
    assert result.passed is False


def test_torch_that_an_answer_has_loaded_is_as_new():
    """Its first numbers are then others in every process."""
    pytest.importorskip("torch")
    code = """
import sys
from rnncourse.checks import check
from rnncourse.exercises.unfolding import rnn_step
assert check("rnn_step", rnn_step, seed=1).passed
assert "torch" not in sys.modules
def answer(*args):
    import torch
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float64)
    return rnn_step(*args)
assert check("rnn_step", answer, seed=1, seconds=60).passed
import torch
drawn = torch.rand(2)
assert drawn.dtype == torch.float32
assert not torch.equal(drawn, torch.rand(2, generator=torch.Generator().manual_seed(3)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
