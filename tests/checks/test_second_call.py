"""What an answer has returned stays as it was, whatever the size at which it keeps a buffer and in whatever it returns.

Every case is called twice: an answer may do well at the sizes of the first one. No later call may change what an
earlier one has returned, and the same arrays with other numbers in them are other arguments.
"""

import copy
import itertools

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.attempt import LATER_CALL, SAME_OBJECTS, SECOND_CALL
from rnncourse.checks.judging import passes, with_truth
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.unfolding import rnn_forward
from rnncourse.reference.truncation import truncated_windows
from tests.checks.toy import checked, judged, toy

ARRAYS = [n for n, e in all_exercises().items() if e.calls is None and n != "stateful_batches"]


def arrays(value):
    parts = value if isinstance(value, tuple | list) else [value]
    return [part for part in parts if isinstance(part, np.ndarray) and part.ndim]


def with_buffers(right, only):
    """The right result, in memory that is kept from call to call where `only` says so."""
    kept = {}

    def answer(*args):
        value = right(*args)
        if not only(value):
            return value
        for k, array in enumerate(arrays(value)):
            array[...] = array
            buffer = kept.setdefault((k, array.shape, array.dtype.str), array)
            buffer[...] = array
        parts = [kept[k, a.shape, a.dtype.str] for k, a in enumerate(arrays(value))]
        return type(value)(parts) if isinstance(value, tuple | list) else parts[0]

    return answer


def returns_arrays(name):
    exercise = all_exercises()[name]
    value = exercise.expected(exercise.draw(0)[0])
    return bool(arrays(value)) and len(arrays(value)) == (len(value) if isinstance(value, tuple | list) else 1)


@pytest.mark.parametrize("name", [n for n in ARRAYS if returns_arrays(n)])
def test_a_buffer_that_is_kept_for_some_sizes_only(name):
    exercise = all_exercises()[name]
    first = [a.shape for a in arrays(exercise.expected(exercise.draw(0)[0]))]
    answer = with_buffers(exercise.reference, lambda value: [a.shape for a in arrays(value)] != first)
    result = checked(name, answer, seed=0)
    assert result.passed is False
    assert SECOND_CALL in str(result) or "argument" in str(result)


def judged_alone(exercise, answer):
    """The verdict on ten cases, the same sizes again among them."""
    return passes(exercise, answer, with_truth(exercise, exercise.draw(0)[:10]), 10)


@pytest.mark.parametrize("name", [n for n in ARRAYS if returns_arrays(n)])
@pytest.mark.parametrize("several", [2, 3])
def test_a_few_buffers_in_turns(name, several):
    """Each call leaves the results of the one before it, and not those of all."""
    exercise, kept, calls = all_exercises()[name], {}, itertools.count()

    def answer(*args):
        value = exercise.reference(*args)
        turn, parts = next(calls) % several, []
        for k, array in enumerate(arrays(value)):
            parts.append(kept.setdefault((turn, k, array.shape, array.dtype.str), np.empty_like(array)))
            parts[-1][...] = array
        return type(value)(parts) if isinstance(value, tuple | list) else parts[0]

    assert not judged_alone(exercise, answer)


# Those whose answer is called several times for one case are judged by what the calls have in common.
BY_CASES = [name for name, exercise in all_exercises().items() if exercise.calls is None and name != "stateful_batches"]


def looked_up_by_object(right, which):
    known = {}

    def answer(*args):
        key = tuple(id(arg) for arg in args if which(arg))
        if key not in known:
            known[key] = args, right(*args)  # who keeps the arguments keeps their id
        return copy.deepcopy(known[key][1])

    return answer


@pytest.mark.parametrize("name", BY_CASES)
def test_what_is_looked_up_by_object(name):
    """As an optimiser does that changes its weights in place: the same array holds other numbers at the next call."""
    exercise = all_exercises()[name]
    which = lambda arg: isinstance(arg, np.ndarray | list)  # noqa: E731
    if any(map(which, exercise.draw(0)[0].args)):
        assert not passes(
            exercise, looked_up_by_object(exercise.reference, which), with_truth(exercise, exercise.draw(0)), 10
        )


def test_who_keeps_a_transposed_matrix_or_a_result_is_told_so():
    transposed = {}

    def answer(x_t, h_prev, W, R, b):
        by_object = transposed.setdefault(id(W), (W, W.T.copy()))
        return np.tanh(x_t @ by_object[1] + h_prev @ R.T + b)

    assert SAME_OBJECTS in check("rnn_step", answer, seed=0).message
    two, turns = {}, itertools.count()

    def in_turns(dR_per_step):
        buffer = two.setdefault((next(turns) % 2, dR_per_step.dtype.str, dR_per_step.shape[1]), dR_per_step[0].copy())
        return np.sum(dR_per_step, axis=0, out=buffer)

    assert LATER_CALL in check("tied_gradient", in_turns, seed=0).message


def test_a_buffer_for_short_sequences():
    buffer = np.zeros((2, 9, 9))

    def answer(x, h0, W, R, b):
        h = rnn_forward(x, h0, W, R, b)
        if h.dtype != float or any(n > m for n, m in zip(h.shape, buffer.shape, strict=True)):
            return h
        mine = buffer[: h.shape[0], : h.shape[1], : h.shape[2]]
        mine[...] = h
        return mine

    assert SECOND_CALL in check("rnn_forward", answer, seed=0).message


def test_a_list_that_is_kept():
    windows = []

    def answer(T, k1, k2):
        windows.clear()
        windows.extend(truncated_windows(T, k1, k2))
        return windows

    assert SECOND_CALL in check("truncated_windows", answer, seed=0).message


@pytest.mark.parametrize("kept", [[1, 2], {"a": 1}])
def test_one_list_or_dict_for_every_call(kept):
    exercise = toy(lambda x: type(kept)(kept), (3,))
    assert judged(exercise, lambda x: type(kept)(kept)).passed
    assert SECOND_CALL in judged(exercise, lambda x: kept).message


def test_one_tuple_of_numbers_may_come_again():
    same = (1.0, 2)
    assert judged(toy(lambda x: (1.0, 2), (3,), outputs=("a", "b")), lambda x: same).passed
