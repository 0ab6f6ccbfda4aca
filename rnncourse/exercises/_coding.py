"""Messages to code, and what can be said of a code whatever its scheme: its length, and that no two are the same."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.plain import Other, plain
from rnncourse.checks.words import kind
from rnncourse.reference.arithmetic import cumulative_frequencies

Array = np.ndarray
MORE, EACH = 2, 1e-4  # bytes that a code may have more than its message holds: of all, and for each symbol
IMPOSSIBLE = 8  # bytes fewer: the chance that a lossless code saves so many is below 2^-50
FEW = 81  # messages that are tried all
LONGEST, LONG = 10_000, 500
RARE = 1e-12
DRAWN, DECIDED = True, False


def bits(symbols: Array, probabilities: Array) -> float:
    """What the message holds: the sum of −log₂ of its symbols' probabilities."""
    return float(-np.log2(probabilities[np.arange(len(symbols)), symbols]).sum()) + 0.0


def messages(rng: np.random.Generator) -> Iterator[tuple[str, Array, Array, bool]]:
    """Kind, symbols (T,), probabilities (T, K), and whether the symbols were drawn with these probabilities.

    K from 1 to 256, T from 0 to 10,000, with T below, equal to and above K; the same sizes twice. Rows that are even,
    uneven, that hardly differ or have nothing in common, with zeros, with one entry 1; rows of 1 - 1e-12, whose likely
    symbol always comes, or whose unlikely one does; a message whose code stays at 1/2 until its last symbol, where
    digits wait and then all of them change.
    """

    def even(T: int, K: int, evenness: float) -> Array:
        return rng.dirichlet(np.full(K, evenness), size=T)

    def with_zeros(T: int, K: int) -> Array:
        rows = even(T, K, 1.0) * (rng.random((T, K)) < 0.5)
        rows[np.arange(T), rng.integers(K, size=T)] += 0.1
        return rows / rows.sum(axis=1, keepdims=True)

    def drawn(rows: Array) -> Array:
        edges = rows.cumsum(axis=1)
        symbols = (rng.random((len(rows), 1)) * edges[:, -1:] >= edges).sum(axis=1)
        return symbols.astype(np.int64)

    T, K = int(rng.integers(24, 40)), int(rng.integers(4, 8))
    for name, rows in (
        ("random rows", even(T, K, 1.0)),
        ("the same sizes again", even(T, K, 1.0)),
        ("other random sizes", even(T + 30, K + 5, 0.5)),
        ("more symbols than steps", even(7, 40, 1.0)),
        ("equal sizes", even(9, 9, 1.0)),
        ("two symbols", even(100, 2, 0.5)),
        ("two steps", even(2, 6, 1.0)),
        ("one step", even(1, 5, 1.0)),
        ("uneven rows", even(300, 80, 0.05)),
        ("rows with zeros", with_zeros(150, 7)),
        ("one symbol", np.ones((60, 1))),
        ("one step of one symbol", np.ones((1, 1))),
        ("bytes, all alike", np.full((64, 256), 1 / 256)),
        ("three symbols, all alike", np.full((200, 3), 1 / 3)),
        ("one row at every step", np.repeat(even(1, 6, 1.0), 120, axis=0)),
        ("the likely symbol changes", np.eye(5)[rng.integers(5, size=400)] * 0.9 + 0.02),
        ("a long message", np.repeat(even(20, 6, 0.3), LONGEST // 20, axis=0)),
    ):
        yield name, drawn(rows), rows, DRAWN
    sure = rng.integers(4, size=500)
    rows = np.full((500, 4), RARE)
    rows[np.arange(500), sure] = 1 - 3 * RARE
    yield "1 - 1e-12 and as foreseen", sure, rows, DECIDED
    unforeseen = np.where(rng.random(500) < 0.1, (sure + 1) % 4, sure)
    yield "1 - 1e-12 and sometimes not as foreseen", unforeseen, rows, DECIDED
    only = np.eye(6)[sure]
    yield "nothing else is possible", sure, only, DECIDED
    for last in (0, 2):
        waiting = np.ones(300, dtype=np.int64)
        waiting[-1] = last
        yield f"digits that wait, then {last}", waiting, np.tile([0.25, 0.5, 0.25], (300, 1)), DECIDED
    for size in (3, 12):
        while True:
            rows = even(size, 5, 1.0)
            symbols = drawn(rows)
            if _fills_its_interval(symbols, rows):
                break
        yield "zeros must follow", symbols, rows, DECIDED
    yield "first symbol only", np.zeros(90, dtype=np.int64), even(90, 3, 3.0), DECIDED
    yield "last symbol only", np.full(90, 2, dtype=np.int64), even(90, 3, 3.0), DECIDED
    short = even(4, 3, 2.0)
    yield "few steps", drawn(short), short, DRAWN
    yield "no steps", np.zeros(0, dtype=np.int64), np.zeros((0, 4)), DRAWN


def _fills_its_interval(symbols: Array, rows: Array) -> bool:
    """Whether the shortest code is no longer inside the message's interval when ones follow it instead of zeros."""
    low, width, whole = 0, 1, 1
    for symbol, ends in zip(symbols.tolist(), cumulative_frequencies(rows).tolist(), strict=True):
        low = low * ends[-1] + width * ends[symbol]
        width, whole = width * (ends[symbol + 1] - ends[symbol]), whole * ends[-1]
    size = 0
    while width * 256**size < whole:
        size += 1
    code = -(-low * 256**size // whole)
    return (code + 1) * whole > (low + width) * 256**size


def cases_of(rng: np.random.Generator) -> Iterator[Case]:
    """A case for each message; once more as its arrays may lie in memory."""
    for name, symbols, rows, was_drawn in messages(rng):
        label = f"{name}: T={rows.shape[0]}, K={rows.shape[1]}"
        case = Case((symbols, rows), label, extra={"drawn": was_drawn})
        yield case
        if name == "other random sizes":
            for layout in ("by columns", "strided", "read-only"):
                yield Case(case.args, f"{layout}:{label.partition(':')[2]}", extra=case.extra, layout=layout)


def others(symbols: Array, probabilities: Array) -> list[Array]:
    """Other messages of these probabilities: all where they are few, else one symbol changed: the first, one, the last.

    In a long one the last symbol alone.
    """
    possible = probabilities > 0
    T, K = possible.shape
    if T <= 4 and possible.sum(axis=1).prod() <= FEW:
        every = (np.array(message, dtype=np.int64) for message in product(range(K), repeat=T))
        return [m for m in every if possible[np.arange(T), m].all() and not np.array_equal(m, symbols)]
    found = []
    for t in dict.fromkeys([T - 1] if T > LONG else [0, T // 2, T - 1]):
        (choices,) = np.nonzero(possible[t])
        another = choices[(np.searchsorted(choices, symbols[t]) + 1) % len(choices)]
        if another != symbols[t]:
            changed = symbols.copy()
            changed[t] = another
            found.append(changed)
    return found


def wrong_code(data: Any, symbols: Array, probabilities: Array, drawn: bool = False) -> str:
    """Why this cannot be the code of this message, or ""."""
    data = plain(data)
    if type(data) is not bytes:
        advice = f" {data.advice}" if isinstance(data, Other) and data.advice else ""
        return f"data is {kind(data)}; expected bytes.{advice}"
    T, holds = len(symbols), bits(symbols, probabilities)
    if T == 0:
        return "" if data == b"" else f"data has {len(data)} bytes where there are no symbols; expected none, b''."
    most = holds / 8 + MORE + T * EACH
    if len(data) > most:
        return (
            f"data has {len(data):,} bytes. The {T:,} symbols hold {holds:,.1f} bits, which is {holds / 8:,.1f} bytes; "
            f"at most {int(most):,} are accepted."
        )
    if drawn and len(data) < holds / 8 - IMPOSSIBLE:
        return (
            f"data has {len(data):,} bytes where the symbols hold {holds / 8:,.1f}: no code that can be undone is so "
            "short. What was lost?"
        )
    return ""


def same_codes(codes: list[bytes], symbols: list[Array]) -> str:
    """Which two messages have the same code, or ""."""
    seen: dict[bytes, Array] = {}
    for code, message in zip(codes, symbols, strict=True):
        if code in seen:
            t = int(np.flatnonzero(seen[code] != message)[0])
            a, b = seen[code][t], message[t]
            return f"two messages have the same code; one has symbol {a} at step {t}, the other {b}."
        seen[code] = message
    return ""
