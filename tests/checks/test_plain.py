"""Only plain values are equal to plain values, and what was returned instead is said."""

import collections
import contextlib
import enum
import sys

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.plain import Other, collected, plain
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.unfolding import rnn_step
from rnncourse.reference.neuron import neuron_step
from tests.checks.toy import checked, judged, toy

with contextlib.suppress(ImportError):
    import torch


class Array(np.ndarray):
    """A subclass of the learner's own."""


KINDS = {
    "a masked array": lambda a: np.ma.array(a, mask=False),
    "a matrix": lambda a: np.asmatrix(a.reshape(len(a), -1)),
    "a recarray": lambda a: a.view(np.recarray),
    "a Array": lambda a: a.view(Array),
    "a memmap": lambda a: a.view(np.memmap),
}


def mapped(value, change, seen):
    """The value with every array in it changed; notes in `seen` that there was one."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub":
        seen.append(value)
        return change(value)
    if isinstance(value, (tuple, list)):
        return type(value)(mapped(v, change, seen) for v in value)
    return value


@pytest.mark.parametrize("name", list(all_exercises()))
@pytest.mark.parametrize("kind", KINDS)
def test_right_numbers_in_an_array_of_another_kind_are_refused_and_named(name, kind):
    seen = []

    def answer(*args):
        value = exercise.viewed_once(exercise.reference)(*args)
        return mapped(tuple(value) if hasattr(value, "_fields") else value, KINDS[kind], seen)

    exercise = all_exercises()[name]
    result = checked(name, answer, seed=1)
    if seen:
        assert result.passed is False
        assert kind in result.message
        assert not [cause for cause in result.causes if "two results" in cause]


def test_a_masked_array_of_zeros_equals_nothing():
    result = check("tied_gradient", lambda d: np.ma.array(np.zeros(d.shape[1:], d.dtype), mask=True), seed=0)
    assert result.passed is False
    assert "dR is a masked array of shape" in result.message
    assert "expected an array of shape" in result.message


@pytest.mark.parametrize("number", [float, np.float64, np.float32, np.array, lambda v: np.asarray(v)[()]])
def test_a_number_may_be_pythons_or_numpys(number):
    assert judged(toy(lambda x: 0.5 * x, (3.0,)), lambda x: number(0.5 * x)).passed


class Number(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __hash__ = float.__hash__


class Step(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda: Number(7), "an object of class Number"),
        (lambda: Step.ONE, "an object of class Step"),
        (lambda: np.ma.masked, "a MaskedConstant"),
        (lambda: np.ma.array(0.1, mask=True), "a masked array of shape ()"),
        (lambda: 1 + 2j, "the complex number 1+2j"),
        (lambda: np.complex64(1 + 2j), "the complex number 1+2j"),
        (lambda: 10**400, "a whole number of 401 digits"),
        (lambda: "0.5", "a str"),
        (lambda: {0.5}, "a set of 1"),
        (lambda: memoryview(b"0.5"), "a memoryview"),
        (lambda: abs, "a builtin_function_or_method"),
        (lambda: lambda: 0.5, "a function"),
    ],
)
def test_what_is_no_plain_number_is_named(value, said):
    result = check("neuron_step", lambda *args: value(), seed=1)
    assert result.passed is False
    assert said in result.message or "masked" in result.message
    assert "stumbled" not in result.message


class Words(list):
    """A list that looks different from outside."""

    def __eq__(self, other):
        return True

    def __len__(self):
        return 5

    def __iter__(self):
        sys.exit(1)

    __hash__ = None


def test_containers_are_read_by_pythons_own_methods():
    assert plain(Words([1, 2])) == [1, 2]
    assert plain(collections.OrderedDict(a=1)) == {"a": 1}
    assert plain(collections.namedtuple("Pair", "a b")(1, 2)) == (1, 2)
    assert not check("truncated_windows", lambda *args: Words([1]), seed=1).passed


def test_a_list_that_holds_itself_is_no_trouble():
    ring = []
    ring.append(ring)
    assert "holds" not in str(check("pad_batch", lambda sequences: ring, seed=1))
    assert check("truncated_windows", lambda *args: ring, seed=1).passed is False


@pytest.mark.parametrize(
    "dtype", [object, "U8", "S8", [("a", float)], "M8[s]", "m8[s]", complex, ">f8", np.longdouble, np.float16, bool]
)
def test_arrays_of_every_dtype_are_named(dtype):
    def answer(*args):
        value = np.zeros(args[1].shape, dtype=dtype)
        return value

    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "dtype" in result.message
    assert "stumbled" not in result.message


def test_an_iterator_is_run_through_and_no_further_than_an_exercise_can_ask():
    def endless():
        while True:
            yield np.zeros(1000)

    taken = collected(endless())
    assert isinstance(taken, Other)
    assert "had not ended after" in taken.kind
    assert collected(iter(range(3))) == [0, 1, 2]


def test_the_memory_that_an_endless_generator_may_take_is_bounded():
    made = []

    def answer(x):
        while True:
            made.append(1)
            yield np.zeros(1_000_000)

    result = judged(toy(lambda x: [1, 2, 3], (3,), view=list), answer)
    assert "had not ended" in result.message
    assert len(made) < 20  # of eight megabytes each


@pytest.mark.skipif("torch" not in sys.modules, reason="torch is not installed")
def test_a_tensor_is_taken_as_an_array_with_a_note():
    def answer(x_t, h_prev, W, R, b):
        weights = torch.tensor(W, requires_grad=True)
        past = torch.tensor(h_prev) @ torch.tensor(R).T
        return torch.tanh(torch.tensor(x_t) @ weights.T + past + torch.tensor(b))

    result = check("rnn_step", answer, seed=1)
    assert result.passed
    assert "a torch tensor" in result.notes[0]
    assert not check("rnn_step", lambda *args: -answer(*args), seed=1).passed


class Duck:
    """Not a tensor, though it has a tensor's methods."""

    def __init__(self, value):
        self.value = value

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.value

    __array__ = numpy


def test_what_only_looks_like_a_tensor_is_none():
    assert "an object of class Duck" in check("rnn_step", lambda *args: Duck(rnn_step(*args)), seed=1).message
    assert "an object of class Duck" in check("neuron_step", lambda *args: Duck(neuron_step(*args)), seed=1).message


def test_a_dict_with_tensors_for_keys_is_a_dict():
    torch = pytest.importorskip("torch")
    result = check("rnn_step", lambda *args: {torch.ones(2): 1}, seed=1)
    assert "raised" not in result.message
    assert "h is a dict" in result.message
