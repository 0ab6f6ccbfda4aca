"""N-grams with Kneser and Ney's smoothing: what counting alone can say of the next character."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference._validation import check_count, check_integers

Integers = NDArray[np.int64]


class Level(NamedTuple):
    """What is counted of one length n: each gram's count and discount, and the sums of both over each history."""

    grams: Integers
    N_hc: Integers
    D_hc: NDArray[np.float64]
    histories: Integers
    N_h: Integers
    D_h: NDArray[np.float64]


def kneser_ney(train: Integers, text: Integers, order: int, K: int) -> NDArray[np.float64]:
    """The probability of each symbol of a text given at most order − 1 symbols before it, as counted in train.

    p_n(c | h) = (N(hc) − D(N(hc)) + Σ_s D(N(hs)) p_{n−1}(c | h')) / Σ_s N(hs),  p_0 = 1/K,  h' is h without its first
    symbol. At the longest n, N(hc) is how often hc occurs; below it, how many different symbols stand before hc: a
    symbol that follows one history alone is no good guess after another. Where h never occurs, p_n = p_{n−1}.

    train, text : (M,) and (N,), whole numbers 0 … K − 1
    Returns p (N,); the first symbols of the text have fewer before them.
    Raises ValueError: order or K is no whole number of at least 1, K**order does not fit in 63 bits, a symbol is out of
    range; TypeError: the symbols are not integers.
    Source: Kneser and Ney 1995; interpolated, with a discount D for counts of 1, 2 and more: Chen and Goodman 1999.
    """
    return probabilities(levels(train, order, K), text, K)


def levels(train: Integers, order: int, K: int) -> list[Level]:
    """All that `kneser_ney` counts in train, for n = 1 … order; `probabilities` may ask it about many texts."""
    check_count("order", order)
    check_count("K", K)
    if K**order >= 2**63:
        raise ValueError(f"K**order: {K}**{order} does not fit in 63 bits")
    train, found = check_integers("train", train, 0, K - 1, M=None), []
    longest = min(order, len(train))
    for n in range(1, longest + 1):
        grams, N_hc = counted(train, n, K) if n == longest else left_neighbours(train, n, K)
        D_hc = discounts(N_hc)[np.minimum(N_hc, 3) - 1]
        histories, first = np.unique(grams // K, return_index=True)
        found.append(
            Level(grams, N_hc, D_hc, histories, np.add.reduceat(N_hc, first), np.add.reduceat(D_hc, first)),
        )
    return found


def probabilities(levels: Sequence[Level], text: Integers, K: int) -> NDArray[np.float64]:
    """The probability of each symbol of a text, (N,), from what was counted."""
    text = check_integers("text", text, 0, K - 1, N=None)
    p = np.full(len(text), 1 / K)
    for n, level in enumerate(levels[: len(text)], start=1):
        asked = grams_of(text, n, K)
        N_hc, D_hc = (look_up(level.grams, values, asked) for values in (level.N_hc, level.D_hc))
        N_h, D_h = (look_up(level.histories, values, asked // K) for values in (level.N_h, level.D_h))
        shorter = p[n - 1 :]
        p[n - 1 :] = np.where(N_h > 0, (N_hc - D_hc + D_h * shorter) / np.maximum(N_h, 1), shorter)
    return p


def grams_of(text: Integers, n: int, K: int) -> Integers:
    """Each n symbols in a row as one number in base K, (len(text) − n + 1,)."""
    codes = np.zeros(max(0, len(text) - n + 1), dtype=np.int64)
    for j in range(n):
        codes = K * codes + text[j : j + len(codes)]
    return codes


def counted(text: Integers, n: int, K: int) -> tuple[Integers, Integers]:
    """The different n-grams of a text, sorted, and how often each occurs."""
    return np.unique(grams_of(text, n, K), return_counts=True)


def left_neighbours(text: Integers, n: int, K: int) -> tuple[Integers, Integers]:
    """The different n-grams of a text, sorted, and how many different symbols stand before each somewhere."""
    longer, _ = counted(text, n + 1, K)
    return np.unique(longer % K**n, return_counts=True)


def discounts(count: Integers) -> NDArray[np.float64]:
    """What is taken from a count of 1, of 2, of 3 and more, (3,): n_k is how many n-grams have the count k.

    D_k = k − (k + 1) Y n_{k+1} / n_k with Y = n_1 / (n_1 + 2 n_2); where some n_k is 0, D_k = Y (or ½) for all three.
    """
    n_1, n_2, n_3, n_4 = (float((count == k).sum()) for k in (1, 2, 3, 4))
    Y = n_1 / (n_1 + 2 * n_2) if n_1 else 0.5
    if 0 in (n_1, n_2, n_3, n_4):
        return np.full(3, Y)
    D = np.array([1 - 2 * Y * n_2 / n_1, 2 - 3 * Y * n_3 / n_2, 3 - 4 * Y * n_4 / n_3])
    return D if (D > 0).all() else np.full(3, Y)


def look_up(keys: Integers, values: NDArray, asked: Integers) -> NDArray:
    """The value of each key that is asked for, 0 where there is no such key; keys are sorted."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)
