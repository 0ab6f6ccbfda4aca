"""An answer leaves its arguments as they were, however deep they lie; what lies in their memory is said."""

import collections

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.arguments import shares, unchanged
from rnncourse.exercises.unfolding import rnn_step
from rnncourse.reference.captioning import bleu
from rnncourse.reference.unfolding import tied_gradient
from tests.checks.toy import judged, toy

SENTENCES = [[["a", "dog", "runs"], ["dogs", "run"]], [["a", "cat"]]]
Pair = collections.namedtuple("Pair", "a b")


def count_words(sentences):
    return float(sum(len(words) for group in sentences for words in group))


def test_words_in_lists_of_lists_are_arguments_too():
    def lowered(sentences):
        total = count_words(sentences)
        for group in sentences:
            for words in group:
                words[:] = [word.upper() for word in words]
        return total

    def emptied(sentences):
        total = 0.0
        for group in sentences:
            while group:
                total += len(group.pop())
        return total

    exercise = toy(count_words, (SENTENCES,), inputs=("sentences",))
    assert judged(exercise, count_words).passed
    for answer in (lowered, emptied):
        assert "changes its argument sentences" in judged(exercise, answer).message


def test_the_captions_of_a_real_exercise_are_held():
    """The answer is right, and turns one of the references round on its way."""

    def answer(candidate, references, n):
        score = bleu(candidate, references, n)
        references[-1].reverse()
        return score

    assert "changes its argument references" in check("bleu", answer, seed=1).message


X = np.arange(6.0).reshape(2, 3)
CHANGED = [
    ({"a": [1, 2]}, {"a": [1, 3]}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([1, [2, "word"]], [1, [2, "Word"]]),
    ([1, 2], (1, 2)),
    ([1], [1.0]),
    ([True], [1]),
    ([X], [X + 1e-12]),
    (Pair(X, 1), Pair(X, 2)),
    (X, X.astype("float32")),
    (X, X.T),
    (np.array([0.0]), np.array([-0.0])),
    ({1, 2}, {1, 3}),
    (b"ab", b"ac"),
    (np.array(["a", "b"]), np.array(["a", "c"])),
]


@pytest.mark.parametrize(("now", "before"), CHANGED)
def test_every_difference_is_a_change(now, before):
    assert not unchanged(now, before)
    assert unchanged(now, now)


def test_the_same_again_is_no_change():
    x, nan = np.array([1.0, np.nan]), float("nan")
    assert unchanged([x, {"a": (nan, "b", None)}], [x.copy(), {"a": (float("nan"), "b", None)}])
    assert unchanged(x[::1], np.array([x[0], 0, x[1], 0])[::2]), "how it lies in memory does not matter"


def test_an_object_put_into_an_argument_is_not_asked():
    class Agrees:
        def __eq__(self, other):
            raise SystemExit

        __hash__ = None

    def answer(sentences):
        sentences[0][0][0] = Agrees()
        return 7.0

    assert "changes its argument" in judged(toy(count_words, (SENTENCES,), inputs=("sentences",)), answer).message


def test_drawing_from_the_generator_is_no_change():
    exercise = toy(lambda rng: rng.random(), (np.random.default_rng(0),), inputs=("rng",))
    assert judged(exercise, lambda rng: float(rng.random())).passed


def first_step(x):
    return x[0].copy()


def test_a_right_result_in_an_arguments_memory_passes_with_a_note():
    x = np.arange(6.0).reshape(3, 2)
    result = judged(toy(first_step, (x,), inputs=("x (T, D)",), outputs=("y (D)",)), lambda x: x[0])
    assert result.passed
    assert "y shares its memory with the argument x" in result.notes[0]
    assert judged(toy(first_step, (x,)), first_step).notes == ()
    assert judged(toy(first_step, (x,), may_alias=True), lambda x: x[0]).notes == ()


def test_where_the_statement_asks_for_new_arrays_it_is_wrong():
    def shared(series, k):
        return np.lib.stride_tricks.sliding_window_view(series, k)[:-1], series[k:]

    result = check("sliding_windows", shared, seed=1)
    assert result.passed is False
    assert "X shares its memory with the argument series" in result.message
    assert "y shares its memory" in result.message


def test_a_wrong_result_is_named_before_its_memory():
    lines = check("last_valid", lambda h, lengths: h[0], seed=1).text().splitlines()
    wrong = next(k for k, line in enumerate(lines) if "entries are wrong" in line)
    shared = next(k for k, line in enumerate(lines) if "shares its memory" in line)
    assert wrong < shared
    assert lines[shared].strip().startswith("Note: ")


def test_a_case_with_wrong_results_is_reported_before_one_with_bad_manners():
    def answer(x):
        if x.size == 1:
            x *= 2
            return tied_gradient(x) / 2
        return 2 * tied_gradient(x)

    exercise = toy(tied_gradient, (np.ones((1, 1, 1)),), (np.ones((2, 3, 3)),), inputs=("x (T, H, H)",))
    assert judged(exercise, answer).message.startswith("Case a case: 1")


def test_shared_memory_is_found_in_lists():
    x = np.arange(4.0)
    assert shares([x[1:]], (x, 1))
    assert not shares([x.copy()], (x, 1))


def test_memory_that_nobody_has_written_is_never_right_by_chance():
    def last_valid(h, lengths):
        return np.empty(h.shape[1:], h.dtype)

    results = [check("last_valid", last_valid, seed=seed) for seed in range(8)]
    assert not any(case.passed for result in results for case in result.cases)


@pytest.mark.parametrize("locked", [True, False])
def test_to_lock_an_argument_or_to_open_it_is_a_change(locked):
    def answer(x_t, h_prev, W, R, b):
        for array in (x_t, W):
            array.flags.writeable = not locked
        return rnn_step(x_t, h_prev, W, R, b)

    result = check("rnn_step", answer, seed=1)
    assert result.passed is False
    assert "changes flags.writeable of its argument x_t" in result.message
