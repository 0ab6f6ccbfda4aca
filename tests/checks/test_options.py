"""What an exercise may ask of the judge besides: exceptions, data from the learner's own forward, calls counted."""

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.counting import counted
from tests.checks.toy import judged, toy


def transpose(piece, semitones):
    moved = np.where(piece < 0, -1, piece + semitones)
    if ((moved < -1) | (moved > 127)).any():
        raise ValueError("a note lies outside 0 to 127")
    return moved


PIECES = ((np.array([[60, -1]]), 3), (np.array([[126, 1]]), 5), (np.array([[60, 64]]), -2))
REFUSING = toy(
    transpose, *PIECES, inputs=("piece (T, V)", "semitones"), outputs=("piece (T, V)",), raises=(ValueError,)
)


def test_an_answer_must_raise_where_the_solution_does():
    assert judged(REFUSING, transpose).passed

    def own_words(piece, semitones):
        moved = np.where(piece < 0, -1, piece + semitones)
        if moved.max() > 127 or moved.min() < -1:
            raise UnicodeError("too high")  # a ValueError too
        return moved

    assert judged(REFUSING, own_words).passed


def test_a_value_or_another_exception_there_is_wrong():
    unchecked = judged(REFUSING, lambda piece, semitones: np.where(piece < 0, -1, piece + semitones))
    assert "Your function returns an array of shape (1, 2); these arguments must raise ValueError." in unchecked.message

    def asserts(piece, semitones):
        moved = np.where(piece < 0, -1, piece + semitones)
        if moved.max() > 127:
            raise AssertionError("too high")
        return moved

    assert "raised AssertionError: too high" in judged(REFUSING, asserts).message
    assert "expected ValueError" in judged(REFUSING, asserts).message


def test_to_raise_everywhere_is_wrong():
    def raises(piece, semitones):
        raise ValueError("no")

    assert judged(REFUSING, raises).passed is False


def test_nan_is_right_where_the_row_says_nan():
    exercise = toy(lambda x: (x, float("nan")), (1.0,), outputs=("near", "away"))
    assert judged(exercise, lambda x: (x, float("nan"))).passed
    assert "away is 0; expected nan." in judged(exercise, lambda x: (x, 0.0)).message
    assert "near is NaN" in judged(exercise, lambda x: (float("nan"), float("nan"))).message


def encode(symbols):
    return bytes(symbols)


def decode(data):
    return list(data)


def with_own_encoder(case, encoder):
    data = encoder(list(case.extra["symbols"]))
    return Case((data,), case.label, extra=case.extra)


def coder():
    return toy(
        decode,
        (b"",),
        (b"",),
        inputs=("data",),
        outputs=("symbols",),
        extra=({"symbols": (1, 2, 3)}, {"symbols": (7,)}),
        from_forward=with_own_encoder,
        judge=lambda case, value, _: "" if value == list(case.extra["symbols"]) else f"symbols are {value}",
    )


def test_data_may_come_from_the_learners_own_forward():
    def backwards(symbols):
        return bytes(reversed(symbols))

    assert judged(coder(), decode, forward=encode).passed
    assert judged(coder(), lambda data: list(reversed(data)), forward=backwards).passed
    assert judged(coder(), decode, forward=backwards).passed is False


def test_without_a_forward_nothing_is_judged():
    for forward in (None, 3):
        result = judged(coder(), decode, forward=forward)
        assert result.passed is None
        assert "forward=" in result.message


def test_a_forward_that_fails_is_named():
    def fails(symbols):
        return symbols.encode()

    def stub(symbols):
        raise NotImplementedError

    assert "return symbols.encode()" in judged(coder(), decode, forward=fails).message
    assert "not written yet" in judged(coder(), decode, forward=stub).message
    assert judged(coder(), decode, forward=fails).passed is None


def test_calls_of_numpy_are_counted_and_numpy_is_left_alone():
    own = np.tanh

    def sigmoid(a):
        return 1 / (1 + np.exp(-np.asarray(a)))

    def gates(a):
        return sigmoid(a[:2]), np.tanh(a[2:]), [np.tanh(x) for x in a], np.linalg.norm(a)

    counting, calls = counted(gates)
    for value, right in zip(counting(np.arange(4.0)), gates(np.arange(4.0)), strict=True):
        assert np.allclose(value, right)
    assert (calls["tanh"], calls["exp"], calls["norm"]) == (5, 1, 1)
    assert np.tanh is own


def test_functions_that_call_themselves_and_functions_in_closures_are_counted():
    def make():
        tanh = np.tanh

        def power(x, n):
            return x if n == 0 else power(tanh(x), n - 1)

        return power

    counting, calls = counted(make())
    assert counting(1.0, 3) == np.tanh(np.tanh(np.tanh(1.0)))
    assert calls["tanh"] == 3


def test_what_is_not_written_in_python_counts_nothing():
    counting, calls = counted(np.tanh)
    assert counting(0.0) == 0.0
    assert not calls


def encode_backwards(symbols):
    return bytes(reversed(symbols))


def undone(case, codes, decoder):
    found = decoder(codes[0])
    return "" if found == case.args[0] else f"it becomes {found}"


def encoder(**options):
    return toy(
        encode,
        ([1, 2],),
        inputs=("symbols",),
        outputs=("data",),
        calls=lambda symbols: [([*symbols, 3],), ([4],)],
        judge=lambda case, codes, _: "" if len(set(codes)) == len(codes) == 3 else "two codes are the same",
        by_forward=undone,
        partner="decode",
        **options,
    )


def test_an_answer_may_be_called_on_other_arguments_too():
    assert judged(encoder(), encode_backwards).passed
    assert "two codes are the same" in judged(encoder(), lambda symbols: bytes(symbols[:1])).message


def test_what_an_answer_makes_may_be_tried_with_the_learners_own_function():
    assert judged(encoder(), encode, forward=decode).passed
    assert "it becomes [2, 1]" in judged(encoder(), encode_backwards, forward=decode).message
    assert "forward=decode) also tries" in str(judged(encoder(), encode_backwards))

    def stub(data):
        raise NotImplementedError

    result = judged(encoder(), encode_backwards, forward=stub)
    assert result.passed
    assert "decode is not written yet" in str(result)
    assert "could not be used" in judged(encoder(), encode, forward=lambda data: data.undo()).message


def test_what_nobody_could_work_with_is_said_and_not_judged():
    def refuse(case, encoder):
        return "data is a list."

    exercise = toy(decode, (b"",), inputs=("data",), outputs=("symbols",), from_forward=refuse)
    result = judged(exercise, decode, forward=encode)
    assert result.passed is None
    assert "data is a list." in result.message


def test_a_case_may_bring_its_own_truth():
    exercise = toy(lambda x: x, (1.0,), extra=({"expected": 2.0},))
    assert judged(exercise, lambda x: 2 * x).passed
    assert judged(exercise, lambda x: x).passed is False
