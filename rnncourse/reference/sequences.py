"""Series cut into windows, sequences of unequal length in one array, and the mask that tells data from padding.

Chapter 1.
"""

from collections.abc import Sequence

import numpy as np

from rnncourse.reference._validation import as_array


def sliding_windows(series: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a series into all windows of k values, each with the value that follows it.

    series : (n,) values in the order of time.  k : length of a window, 1 ≤ k < n.

    Returns X (n - k, k), a new array, and y (n - k,): row j holds series[j], …, series[j + k - 1], oldest first, and
    y[j] is the value right after it, series[j + k].
    Raises ValueError: series is not one-dimensional, or k leaves no window with a value after it.
    """
    series = as_array("series", series, "shape (n,)")
    if series.ndim != 1:
        raise ValueError(f"sliding_windows: series has shape {series.shape}, expected (n,)")
    if not 1 <= k < len(series):
        raise ValueError(f"sliding_windows: k = {k}, expected 1 ≤ k < {len(series)}, the length of the series")
    X = np.stack([series[j : j + k] for j in range(len(series) - k)])
    y = series[k:].copy()
    return X, y


def pad_batch(sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Put B sequences of unequal length into one array, time first, with zeros after each one's end.

    sequences : B arrays, the b-th of shape (T_b, D) with T_b ≥ 1; D and dtype are the same for all.

    Returns (x, lengths). x (T, B, D) with T = max T_b: x[:T_b, b] is the b-th sequence, x[T_b:, b] is zero.
    lengths (B,) int64: the T_b.
    Raises ValueError: no sequence, an empty one, or shapes that disagree; TypeError: dtypes that disagree.
    """
    arrays = [as_array("sequences", one, "arrays of shape (T_b, D)") for one in sequences]
    if not arrays:
        raise ValueError("pad_batch: sequences is empty, expected at least one array (T_b, D)")
    for b, array in enumerate(arrays):
        D = arrays[0].shape[1] if arrays[0].ndim == 2 else "D"
        if array.ndim != 2 or array.shape[0] == 0 or array.shape[1] != D:
            raise ValueError(f"pad_batch: sequences[{b}] has shape {array.shape}, expected (T_b, {D}) with T_b ≥ 1")
        if array.dtype != arrays[0].dtype:
            raise TypeError(f"pad_batch: sequences[{b}] is {array.dtype}, sequences[0] is {arrays[0].dtype}")
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    x = np.zeros((int(lengths.max()), len(arrays), arrays[0].shape[1]), dtype=arrays[0].dtype)
    for b, array in enumerate(arrays):
        x[: len(array), b] = array
    return x, lengths


def mask_from_lengths(lengths: np.ndarray, T: int) -> np.ndarray:
    """Tell which entries of a padded (T, B, …) array are data.

    lengths : (B,) integers with 0 ≤ lengths[b] ≤ T.  T : number of steps of the padded array.

    Returns mask (T, B) bool: mask[t, b] is True where t < lengths[b].
    Raises TypeError: lengths are not integers; ValueError: they are not one-dimensional, or one lies outside 0 … T.
    """
    lengths = as_array("lengths", lengths, "integers of shape (B,)")
    if not np.issubdtype(lengths.dtype, np.integer):
        raise TypeError(f"mask_from_lengths: lengths are {lengths.dtype}, expected integers")
    if lengths.ndim != 1:
        raise ValueError(f"mask_from_lengths: lengths has shape {lengths.shape}, expected (B,)")
    if lengths.size and (lengths.min() < 0 or lengths.max() > T):
        raise ValueError(f"mask_from_lengths: lengths go from {lengths.min()} to {lengths.max()}, expected 0 … {T}")
    return np.arange(T)[:, None] < lengths[None, :]
