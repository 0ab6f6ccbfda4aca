"""Windows, padding and masks."""

import numpy as np
import pytest

from rnncourse.reference.sequences import mask_from_lengths, pad_batch, sliding_windows


def test_every_window_is_followed_by_its_own_next_value():
    X, y = sliding_windows(np.arange(10.0), 3)
    assert X.shape == (7, 3)
    np.testing.assert_array_equal(X[:, -1] + 1, y)
    np.testing.assert_array_equal(X[0], [0, 1, 2])


def test_windows_do_not_share_memory_with_the_series():
    series = np.arange(6.0)
    X, y = sliding_windows(series, 2)
    X[:], y[:] = -1, -1
    np.testing.assert_array_equal(series, np.arange(6.0))


def test_what_padding_adds_the_mask_removes():
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(T, 3)) for T in (4, 1, 6, 2)]
    x, lengths = pad_batch(sequences)
    mask = mask_from_lengths(lengths, len(x))
    assert x.shape == (6, 4, 3)
    assert lengths.dtype == np.int64
    for b, sequence in enumerate(sequences):
        np.testing.assert_array_equal(x[mask[:, b], b], sequence)
    assert (x[~mask] == 0).all()


def test_dtype_is_kept():
    x, _ = pad_batch([np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)])
    assert x.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sliding_windows(np.zeros((3, 2)), 1), ValueError, r"series has shape \(3, 2\)"),
        (lambda: sliding_windows(np.zeros(4), 4), ValueError, "k = 4"),
        (lambda: sliding_windows(np.zeros(4), 0), ValueError, "k = 0"),
        (lambda: pad_batch([]), ValueError, "is empty"),
        (lambda: pad_batch([np.zeros((2, 3)), np.zeros((2, 4))]), ValueError, r"sequences\[1\] has shape"),
        (lambda: pad_batch([np.zeros((2, 3)), np.zeros((2, 3), np.float32)]), TypeError, "float32"),
        (lambda: mask_from_lengths(np.array([1.0, 2.0]), 3), TypeError, "expected integers"),
        (lambda: mask_from_lengths(np.array([1, 4]), 3), ValueError, "from 1 to 4"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
