"""N-grams: the next symbol guessed by counting what followed the last few: the baseline of chapter 8's networks."""

import numpy as np

from rnncourse.reference._validation import check_count, check_integers


def witten_bell(train: np.ndarray, text: np.ndarray, order: int, K: int) -> np.ndarray:
    """The probability of each symbol of a text given those before it, at most order − 1, as counted in train.

    p_n(c | h) = (N(hc) + D(h) p_{n−1}(c | h')) / (N(h) + D(h)), p_0 = 1/K: N counts in train, D(h) is the number of
    different symbols that follow h there, h' is h without its first symbol. Where h never occurs, p_n = p_{n−1}.
    train (M,), text (N,): integers 0 … K − 1 -> (N,).  The first symbols of the text have fewer before them.
    Raises ValueError: order or K is no whole number of at least 1, K**order does not fit in 63 bits, a symbol is out of
    range; TypeError: the symbols are not integers.
    Source: Witten and Bell 1991 (their method C); interpolated as in Chen and Goodman 1999.
    """
    check_count("order", order)
    check_count("K", K)
    if K**order >= 2**63:
        raise ValueError(f"K**order: {K}**{order} does not fit in 63 bits")
    train, text = check_integers("train", train, 0, K - 1, M=None), check_integers("text", text, 0, K - 1, N=None)
    p = np.full(len(text), 1 / K)
    for n in range(1, min(order, len(train), len(text)) + 1):
        grams, count = np.unique(_grams(train, n, K), return_counts=True)
        histories, first = np.unique(grams // K, return_index=True)
        N, D = np.add.reduceat(count, first), np.diff(first, append=len(grams))
        asked = _grams(text, n, K)
        N_hc, N_h, D_h = _look_up(grams, count, asked), *(_look_up(histories, a, asked // K) for a in (N, D))
        shorter = p[n - 1 :]
        p[n - 1 :] = np.where(N_h > 0, (N_hc + D_h * shorter) / np.maximum(N_h + D_h, 1), shorter)
    return p


def _grams(text: np.ndarray, n: int, K: int) -> np.ndarray:
    """Each n symbols in a row as one number in base K, (len(text) − n + 1,)."""
    codes = np.zeros(max(0, len(text) - n + 1), dtype=np.int64)
    for j in range(n):
        codes = K * codes + text[j : j + len(codes)]
    return codes


def _look_up(keys: np.ndarray, values: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The value of each key that is asked for, 0 where there is no such key; keys are sorted."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)
