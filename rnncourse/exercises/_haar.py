"""Are these orthogonal matrices drawn evenly from all of them? Laws that an even draw obeys, for any number of units.

The limits are so wide that luck does not reach them in thousands of checks, and the laws so many that a rule of one's
own breaks one: half of the determinants are -1; each entry is a coordinate of an evenly drawn direction, and its
fourth power is 3 / (n (n + 2)) on average; no two entries go together, nor two squares, but for what rows and columns
of length 1 ask for (Collins and Śniady 2006).
"""

import numpy as np

Array = np.ndarray
LIMIT = 7.0  # standard errors of a mean
LIMIT_OF_SQUARES = 10.0  # the same, where a few large numbers count most
LIMIT_OF_TRACE = 5.0  # whose mean has hardly more of a tail than a normal number
LIMIT_OF_STEPS = 3.2  # times 1/√N: the distance between two distribution functions (Kolmogorov 1933)
FEW_UNITS = 8  # pairs of entries are looked at below it


def uneven(Q: Array) -> str:
    """What shows that the matrices Q (N, n, n) are not drawn evenly; "" where nothing does."""
    N, n = Q.shape[:2]
    turned = float((np.linalg.det(Q) < 0).mean())
    if abs(turned - 0.5) * 2 * np.sqrt(N) > LIMIT:
        return f"its determinant is -1 in {turned:.0%} of the calls; expected half"
    if n == 1:
        return ""
    entries = Q.reshape(N, n * n)
    if len(np.unique(entries.round(9), axis=0)) < N:
        return f"among {N} matrices some are the same; expected no two alike"
    means = entries.mean(axis=0)
    at = int(np.abs(means).argmax())
    if abs(means[at]) * np.sqrt(n * N) > LIMIT:
        return f"over {N} calls the mean of {_entry(at, n)} is {means[at]:.3f}; expected a number near 0"
    powers, expected = (entries**4).sum(axis=1), 3 * n / (n + 2)
    if abs(powers.mean() - expected) * np.sqrt(N) > LIMIT * powers.std():
        return (
            f"over {N} calls the fourth powers of its entries add up to {powers.mean():.3f}; expected {expected:.3f}: "
            "some directions come more often than others"
        )
    if found := _diagonals(Q):
        return found
    if n < FEW_UNITS and (found := _pairs(entries, n)):
        return found
    steps = _steps(entries, n)
    at = int(steps.argmax())
    if steps[at] * np.sqrt(N) > LIMIT_OF_STEPS:
        return f"over {N} calls some values of {_entry(at, n)} come more often than they do on a sphere"
    return ""


def _diagonals(Q: Array) -> str:
    """The trace (mean 0, variance 1), its square (1, 2), and the sum of the diagonal's squares (1, 2 / (n + 2))."""
    diagonals = np.diagonal(Q, axis1=1, axis2=2)
    trace, squares = diagonals.sum(axis=1), (diagonals**2).sum(axis=1)
    for what, values, expected, variance, limit in (
        ("the trace", trace, 0, 1.0, LIMIT_OF_TRACE),
        ("the square of the trace", trace**2, 1, 2.0, LIMIT),
        ("the sum of the diagonal's squares", squares, 1, 2 / (Q.shape[1] + 2), LIMIT),
    ):
        if abs(values.mean() - expected) * np.sqrt(len(Q) / variance) > limit:
            return f"over {len(Q)} calls the mean of {what} is {values.mean():.3f}; expected {expected}"
    return ""


def _pairs(entries: Array, n: int) -> str:
    """The mean of the product of two entries, and of their squares; a pair may be one entry twice."""
    N, row, column = len(entries), *np.divmod(np.arange(n * n), n)
    kind = (row[:, None] == row) + 1 * (column[:, None] == column)  # 2: one entry twice, 1: in one row or column
    second = np.eye(n * n) / n
    fourth = np.array([(n + 1) / (n - 1), 1, 3])[kind] / (n * (n + 2))
    eighth = np.array([9 * (1 + 4 / n**2) * (n + 4) * (n + 6) / (n * (n + 2)), 9, 105])[kind]  # the first one nearly
    eighth /= n * (n + 2) * (n + 4) * (n + 6)
    for power, expected, square, limit in ((1, second, fourth, LIMIT), (2, fourth, eighth, LIMIT_OF_SQUARES)):
        means = (entries**power).T @ entries**power / N
        off = np.abs(means - expected) * np.sqrt(N / (square - expected**2))
        a, b = (int(k) for k in np.unravel_index(int(off.argmax()), off.shape))
        if off[a, b] > limit:
            pair = " ".join(_entry(k, n) + "²" * (power == 2) for k in (a, b))
            return f"over {N} calls the mean of {pair} is {means[a, b]:.3f}; expected {expected[a, b]:.3f}"
    return ""


def _steps(entries: Array, n: int) -> Array:
    """For each entry, how far its distribution is from that of one coordinate of a direction in n dimensions.

    The coordinate is the cosine of an angle whose density is sin(angle)^(n - 2).
    """
    angle = np.linspace(0, np.pi, 4001)
    density = np.sin(angle) ** (n - 2)
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    ranks = np.sort(np.interp(np.arccos(np.clip(entries, -1, 1)), angle, below / below[-1]), axis=0)
    N = len(entries)
    return np.maximum(ranks - np.arange(N)[:, None] / N, np.arange(1, N + 1)[:, None] / N - ranks).max(axis=0)


def _entry(at: int, n: int) -> str:
    return f"Q[{at // n}, {at % n}]"
