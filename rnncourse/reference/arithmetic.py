"""Arithmetic coding: a whole message becomes one number, as long as its probability is small (chapter 12).

Each symbol narrows an interval of [0, 1) in proportion to its probability; any number inside the last one is the
message's code. Rissanen 1976 showed that whole numbers of fixed size are enough, Witten, Neal and Cleary 1987 gave the
form in which it is used: cumulative counts, and digits that leave as soon as they are settled. Digits are bytes here,
as in Martin 1979, and where a later sum carries over, the bytes that have left are raised.
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from rnncourse.reference._validation import check_array, check_integers

SCALE = 2**52  # frequencies of a probability of 1: it keeps 1e-12 to four digits
DIGIT = 8  # bits that leave at once
BITS = 96  # of the interval: its width stays above 2^88, so that SCALE or more parts of it are exact to 2^-36
WHOLE, LEAST = 1 << BITS, 1 << BITS - DIGIT


def cumulative_frequencies(probabilities: np.ndarray, scale: int = SCALE) -> np.ndarray:
    """Whole numbers in proportion to probabilities, added up: symbol k owns what lies from entry k to entry k + 1.

    probabilities : (…, K) ≥ 0.  scale : what a probability of 1 becomes, 1 to 2^60.

    Returns (…, K + 1) int64, the first entry 0, the last the total: scale but for rounding. A symbol of probability
    zero owns nothing; a small one owns 1 at least, so that it can be coded.
    Raises TypeError, ValueError: no float array, an entry that is negative or not finite, a row without a positive one.
    """
    if not isinstance(probabilities, np.ndarray) or probabilities.dtype.kind != "f" or probabilities.ndim == 0:
        raise TypeError("probabilities: expected a float array (…, K)")
    if not (np.isfinite(probabilities) & (probabilities >= 0)).all() or not (probabilities.sum(axis=-1) > 0).all():
        raise ValueError("probabilities: expected finite numbers of at least 0, and one above 0 in each row")
    shares = np.rint(probabilities.astype(np.float64) * scale).astype(np.int64)
    owned = np.maximum(shares, probabilities > 0)
    zero = np.zeros_like(owned[..., :1])
    return np.concatenate([zero, np.cumsum(owned, axis=-1)], axis=-1)


class Encoder:
    """Symbols go in one by one, each with the cumulative frequencies of all; `finish` gives the bytes."""

    def __init__(self) -> None:
        self._low, self._width, self._out = 0, WHOLE, bytearray()

    def encode(self, symbol: int, ends: Sequence[int]) -> None:
        """Narrow the interval to the symbol's part of it.

        ends : (K + 1) integers that never fall, ends[0] = 0, ends[-1] at most 2^60.
        Raises ValueError: the symbol is out of range, or owns nothing.
        """
        if not 0 <= symbol < len(ends) - 1 or ends[symbol] == ends[symbol + 1]:
            raise ValueError(f"symbol {symbol} cannot be coded: its frequency is zero")
        start, end = (self._width * int(edge) // int(ends[-1]) for edge in (ends[symbol], ends[symbol + 1]))
        self._low, self._width = self._low + start, end - start
        self._carry()
        while self._width <= LEAST:  # the first digit is settled, but for a carry
            self._out.append(self._low >> BITS - DIGIT)
            self._low, self._width = (self._low << DIGIT) % WHOLE, self._width << DIGIT

    def finish(self) -> bytes:
        """The code: the interval's first number that needs one digit more, without zeros at its end."""
        digit = -(-self._low // LEAST)
        self._low = digit * LEAST
        self._carry()
        self._out.append(self._low >> BITS - DIGIT)
        return bytes(self._out).rstrip(b"\0")

    def _carry(self) -> None:
        """A sum that reached 1 raises the digits that have left: the last one, and the 255s before it turn to 0."""
        if self._low < WHOLE:
            return
        self._low -= WHOLE
        place = len(self._out) - 1
        while self._out[place] == 255:
            self._out[place] = 0
            place -= 1
        self._out[place] += 1


class Decoder:
    """The symbols of a code one by one, each from the cumulative frequencies that its encoder had at that place."""

    def __init__(self, data: bytes) -> None:
        self._data, self._read, self._value, self._width = data, 0, 0, WHOLE
        for _ in range(BITS // DIGIT):
            self._value = self._value << DIGIT | self._next()

    def decode(self, ends: Sequence[int]) -> int:
        """The next symbol: in whose part of the interval the code lies. Any data decodes to something."""
        total = int(ends[-1])
        place = ((self._value + 1) * total - 1) // self._width
        symbol = bisect_right(ends, place) - 1
        start, end = (self._width * int(edge) // total for edge in (ends[symbol], ends[symbol + 1]))
        self._value, self._width = self._value - start, end - start
        while self._width <= LEAST:
            self._value, self._width = self._value << DIGIT | self._next(), self._width << DIGIT
        return symbol

    def _next(self) -> int:
        """The next byte; past the end the code goes on with zeros."""
        self._read += 1
        return self._data[self._read - 1] if self._read <= len(self._data) else 0


def arithmetic_encode(symbols: np.ndarray, probabilities: np.ndarray) -> bytes:
    """The code of a message whose t-th symbol had the probabilities[t].

    symbols : (T,) int, 0 … K − 1.  probabilities : (T, K), each row with sum 1; a symbol that occurs is above 0.
    Returns at most I / 8 + 1 + T · 2^-32 bytes, I the sum of −log₂ probability: no bytes where T is 0.
    Raises ValueError, TypeError: shapes or types that disagree, a symbol out of range or of probability 0.
    Source: Rissanen 1976; Witten, Neal and Cleary 1987.
    """
    if len(symbols) == 0:
        return b""
    check_array("probabilities", probabilities, T=len(symbols), K=None)
    check_integers("symbols", symbols, 0, probabilities.shape[1] - 1, T=len(probabilities))
    encoder = Encoder()
    for symbol, ends in zip(symbols.tolist(), cumulative_frequencies(probabilities).tolist(), strict=True):
        encoder.encode(symbol, ends)
    return encoder.finish()


def arithmetic_decode(data: bytes, probabilities: np.ndarray) -> np.ndarray:
    """The message (T,) int64 of this code; probabilities (T, K) as they were for `arithmetic_encode`."""
    if len(probabilities) == 0:
        return np.zeros(0, dtype=np.int64)
    check_array("probabilities", probabilities, T=None, K=None)
    decoder = Decoder(data)
    return np.array([decoder.decode(ends) for ends in cumulative_frequencies(probabilities).tolist()], dtype=np.int64)
