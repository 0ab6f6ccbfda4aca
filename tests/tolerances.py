"""One table of tolerances for all tests, by dtype and device, and the one function that uses it."""

import numpy as np

# Largest accepted error, relative to the largest magnitude of the expected array (absolute below 1).
TOLERANCE = {
    ("float64", "cpu"): 1e-10,
    ("float32", "cpu"): 2e-5,
    ("float64", "cuda"): 1e-10,
    ("float32", "cuda"): 2e-4,
    ("bfloat16", "cpu"): 4e-2,
    ("bfloat16", "cuda"): 4e-2,
    ("float16", "cuda"): 5e-3,
}
NUMERICAL_DIFFERENCES = 1e-7  # central differences in float64, eps 1e-6: truncation and rounding together


def assert_close(actual, expected, *, dtype="float64", device="cpu", tolerance=None, name="array"):
    """Fail with the array's name, the worst entry and how far off it is."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{name}: shape {actual.shape}, expected {expected.shape}"
    limit = TOLERANCE[dtype, device] if tolerance is None else tolerance
    difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    worst = np.unravel_index(int(difference.argmax()), difference.shape) if difference.size else ()
    assert np.isfinite(actual).all(), f"{name}: not finite"
    assert difference.max(initial=0.0) <= limit * scale, (
        f"{name}{list(map(int, worst))}: {actual[worst]} instead of {expected[worst]}, "
        f"off by {difference.max():.3g}, accepted {limit * scale:.3g}"
    )
