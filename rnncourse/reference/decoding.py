"""From probabilities to a sequence: the best symbol each time, or the best few beginnings (chapter 13).

A decoder is any function `step(state, symbol) -> (log_probs, state)`: the log-probabilities (K,) of the next symbol
after this one. It is pure: states may be used again. What a state is, is its own business.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.reference._validation import check_count, check_flag, check_number

Step = Callable[[Any, int], tuple[np.ndarray, Any]]


def greedy_decode(step: Step, state: Any, start: int, end: int, limit: int) -> list[int]:
    """Take the most probable symbol, feed it back, stop at the end.

    step : step(state, symbol) -> (log_probs (K,), state).  state : the decoder's first.
    start, end : symbols in 0 … K - 1; start is fed in first and may come out like any other.
    limit : how many symbols at most.

    Returns the symbols without start and end; of equally probable ones the first.
    """
    symbols: list[int] = []
    symbol = start
    while len(symbols) < limit:
        log_probs, state = step(state, symbol)
        symbol = int(np.argmax(log_probs))
        if symbol == end:
            break
        symbols.append(symbol)
    return symbols


def beam_search(
    step: Step,
    state: Any,
    start: int,
    end: int,
    width: int,
    limit: int,
    *,
    alpha: float = 0.0,
    keep_greedy: bool = False,
) -> tuple[list[int], float]:
    """Keep the `width` most probable beginnings, step by step; return the best sequence and its log-probability.

    step, state, start, end : as for `greedy_decode`.
    width : of all continuations the best so many are kept; those that end are set aside.
    limit : how many symbols at most; what has so many is not asked for its end, and competes as it is.
    alpha : length normalisation; scores are log p / ((5 + n) / 6)^alpha for n symbols, the end counted. 0 is none.
    keep_greedy : greedy's path competes too, so that the result is never below it.

    Returns (symbols without start and end, log p: the sum over the symbols and the end). Equal scores go by the order
    of the symbols.
    Raises ValueError: a width or limit below 1, an alpha below 0.
    Source: Sutskever et al. 2014, section 3.2; normalisation: Wu et al. 2016, equation 14. The search goes on until no
    open beginning can win, which no log-probability, being at most 0, can change; one that stops when `width` have
    ended returns worse ones.
    """
    for name, count in (("width", width), ("limit", limit)):
        check_count(name, count)
    check_number("alpha", alpha, 0)
    check_flag("keep_greedy", keep_greedy)

    def score(log_p: float, n: int) -> float:
        return log_p / ((5 + n) / 6) ** alpha

    finished: list[tuple[float, list[int], float]] = []  # -score, symbols, log p: the smallest is the best
    beginnings: list[tuple[float, list[int], Any]] = [(0.0, [], state)]
    for n in range(1, limit + 1):
        continued = []
        for log_p, symbols, before in beginnings:
            log_probs, after = step(before, symbols[-1] if symbols else start)
            continued += [(log_p + float(p), [*symbols, k], after) for k, p in enumerate(log_probs)]
        continued.sort(key=lambda one: (-one[0], one[1]))
        kept = continued[:width]
        finished += [(-score(log_p, n), symbols[:-1], log_p) for log_p, symbols, _ in kept if symbols[-1] == end]
        beginnings = [one for one in kept if one[1][-1] != end]
        if not beginnings or (finished and -min(finished)[0] > score(beginnings[0][0], limit)):
            break
    finished += [(-score(log_p, limit), symbols, log_p) for log_p, symbols, _ in beginnings if len(symbols) == limit]
    if keep_greedy and width > 1:
        symbols, log_p = beam_search(step, state, start, end, 1, limit)
        n = len(symbols) + (len(symbols) < limit)
        finished.append((-score(log_p, n), symbols, log_p))
    _, symbols, log_p = min(finished)
    return symbols, log_p
