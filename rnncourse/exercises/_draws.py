"""Do these numbers come as often as they should? Limits so wide that luck does not reach them in many checks."""

import numpy as np

LIMIT = 6.0  # standard errors of a count
FEW = 6.0  # of what is hardly ever expected, that many may come


def unlike(values: np.ndarray, p: np.ndarray) -> str:
    """What shows that values (N,), 0 … K − 1, were not drawn one by one with the probabilities p (K,); or ""."""
    N, counts = len(values), np.bincount(values.astype(np.intp), minlength=len(p))
    if len(counts) > len(p):
        return f"{values.max()} comes, though the numbers are 0 to {len(p) - 1}"
    limits = LIMIT * np.sqrt(N * p * (1 - p)) + FEW * (p < 1)
    over = np.abs(counts - N * p) - limits
    if (over > 0).any():
        k = int(over.argmax())
        return f"{k} comes in {counts[k] / N:.1%} of {N:,} calls; expected {p[k]:.1%}"
    twice, expected = float((values[1:] == values[:-1]).mean()), float((p**2).sum())
    if abs(twice - expected) > LIMIT * np.sqrt(expected * (1 - min(expected, 1.0)) * 3 / N) + FEW / N:
        return f"the same number comes twice in a row in {twice:.1%} of the calls; expected {expected:.1%}"
    return ""
