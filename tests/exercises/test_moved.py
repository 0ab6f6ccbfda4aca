"""Where numbers only move, NaN, infinities and whole numbers of many digits move too."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises._moved import MANY_DIGITS, NAN_TIMES_ZERO, ROUNDED, STRANGE
from rnncourse.reference.bidirectional import reverse_within_lengths
from rnncourse.reference.sequences import pad_batch, sliding_windows
from rnncourse.reference.truncation import stateful_batches

MOVING = {
    "sliding_windows": sliding_windows,
    "pad_batch": pad_batch,
    "reverse_within_lengths": reverse_within_lengths,
    "stateful_batches": stateful_batches,
}


def by_product(series, k):
    n = len(series) - k
    chosen = np.eye(len(series), dtype=series.dtype)
    return np.stack([chosen[j : j + k] @ series for j in range(n)]), series[k:].copy()


def by_mask(sequences):
    x, lengths = pad_batch(sequences)
    for b, sequence in enumerate(sequences):
        x[:, b] = sequence[np.arange(len(x)) % len(sequence)]
    x *= (np.arange(len(x))[:, None] < lengths).astype(x.dtype)[..., None]
    return x, lengths


def by_sum(x, lengths):
    if x.dtype == bool:
        return reverse_within_lengths(x, lengths)
    inside = (np.arange(len(x))[:, None] < lengths).astype(x.dtype)
    inside = inside.reshape(*inside.shape, *[1] * (x.ndim - 2))
    return reverse_within_lengths(x, lengths) * inside + x * (1 - inside)


def by_one_hot(text, B, T):
    for x, y in stateful_batches(text, B, T):
        if x.dtype.kind != "f":
            yield x, y
        else:
            yield x + 0 * y, y + 0 * x


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("sliding_windows", by_product),
        ("pad_batch", by_mask),
        ("reverse_within_lengths", by_sum),
        ("stateful_batches", by_one_hot),
    ],
)
def test_a_product_with_zeros_is_told(name, answer):
    result = check(name, answer, seed=0)
    assert result.passed is False
    assert NAN_TIMES_ZERO in str(result)
    assert {case.kind for case in result.cases if not case.passed} == {STRANGE}


def through_floats(value):
    if isinstance(value, tuple | list):
        return type(value)(map(through_floats, value))
    return value.astype(float).astype(value.dtype) if value.dtype == np.int64 else value


@pytest.mark.parametrize("name", MOVING)
def test_a_way_through_floating_point_is_told(name):
    def answer(*args):
        value = MOVING[name](*args)
        return through_floats(list(value) if name == "stateful_batches" else value)

    result = check(name, answer, seed=0)
    assert result.passed is False
    assert ROUNDED in str(result)
    assert {case.kind for case in result.cases if not case.passed} == {MANY_DIGITS}


@pytest.mark.parametrize("name", MOVING)
def test_the_cases_hold_what_they_say(name):
    kinds = {case.label.partition(":")[0]: case for case in all_exercises()[name].draw(3)}
    for array in arrays(kinds[STRANGE].args[0])[:1]:
        assert np.isnan(array).any()
        assert not np.isnan(array).all()
    assert any(np.isinf(array).any() for array in arrays(kinds[STRANGE].args[0]))
    assert any(np.abs(array).max() > 2**53 for array in arrays(kinds[MANY_DIGITS].args[0]))


def arrays(value):
    return value if isinstance(value, list) else [value]
