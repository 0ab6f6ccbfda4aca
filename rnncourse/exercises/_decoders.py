"""Small decoders for the exercises that search: step(state, symbol) -> (log_probs, state), pure, of several kinds."""

from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.reference.ops import log_softmax

Array = np.ndarray
FORMS = ("an array", "a pair", "a dict", "all symbols so far", "None at first")


class Network:
    """h' = tanh(A h + E[symbol]), logits V h' + b: what comes next depends on all symbols that came before.

    form : what its state is, one of FORMS. "all symbols so far" begins with (), which counts as false.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        K: int,
        form: str = FORMS[0],
        *,
        sharpness: float = 2.0,
        dtype: str = "float64",
    ) -> None:
        H = 6
        self.A, self.E = 1.2 * rng.normal(size=(H, H)) / np.sqrt(H), 1.5 * rng.normal(size=(K, H))
        self.V, self.b = sharpness * rng.normal(size=(K, H)) / np.sqrt(H), 0.3 * sharpness * rng.normal(size=K)
        self.form, self.dtype = form, dtype

    @property
    def first(self) -> Any:
        """The state before the first symbol."""
        h = np.zeros(len(self.A), self.dtype)
        return {"an array": h, "a pair": (h, 0), "a dict": {"h": h}, "all symbols so far": ()}.get(self.form)

    def __call__(self, state: Any, symbol: int) -> tuple[Array, Any]:
        symbol = one_symbol(symbol)
        if self.form == "all symbols so far":
            after: Any = (*state, symbol)
            h = np.zeros(len(self.A), self.dtype)
            for one in after:
                h = np.tanh(self.A @ h + self.E[one])
        else:
            before = {"a pair": lambda: state[0], "a dict": lambda: state["h"]}.get(self.form, lambda: state)()
            h = np.tanh(self.A @ (np.zeros(len(self.A)) if before is None else before) + self.E[symbol])
            h = h.astype(self.dtype)
            after = {"a pair": lambda: (h, state[1] + 1), "a dict": lambda: {"h": h}}.get(self.form, lambda: h)()
        return log_softmax(self.V @ h + self.b).astype(self.dtype), after


class Table:
    """log p of the next symbol by the step and by the symbol before: rows (steps, K, K), the last step's for ever.

    Its state is the number of steps, 0 at first, which counts as false.
    """

    first = 0

    def __init__(self, rows: Array) -> None:
        self.rows = rows

    def __call__(self, state: int, symbol: int) -> tuple[Array, int]:
        return self.rows[min(state, len(self.rows) - 1), one_symbol(symbol)].copy(), state + 1


def random_table(
    rng: np.random.Generator, K: int, end: int, *, steps: int = 7, ends: float = 0.0, sharpness: float = 1.5
) -> Table:
    """A table whose end is likelier by `ends`."""
    logits = sharpness * rng.normal(size=(steps, K, K))
    logits[..., end] += ends
    return Table(log_softmax(logits))


def one_symbol(symbol: Any) -> int:
    """A symbol as a whole number; TypeError says how step is called."""
    scalar = symbol.item() if isinstance(symbol, np.ndarray) and symbol.ndim == 0 else symbol
    if isinstance(scalar, bool) or not isinstance(scalar, Integral):
        raise TypeError(f"step takes a state and one symbol, a whole number, got {type(symbol).__name__}")
    return int(scalar)


def by_table(K: int, rows: dict[tuple[int, ...], dict[int, float]]) -> "Told":
    """A decoder told row by row: symbols before → symbol → log p; the rest of each row's probability is shared out."""
    full = {}
    for before, said in rows.items():
        left = 1 - sum(np.exp(p) for p in said.values())
        others = [k for k in range(K) if k not in said]
        each = np.log(left / len(others)) if others and left > 1e-12 else -np.inf
        full[before] = np.array([said.get(k, each) for k in range(K)])
    return Told(full, np.full(K, -np.log(K)))


class Told:
    """log p of the next symbol by all symbols before, the start left out; its state is these symbols."""

    first = None

    def __init__(self, rows: dict[tuple[int, ...], Array], otherwise: Array) -> None:
        self.rows, self.otherwise = rows, otherwise

    def __call__(self, state: tuple[int, ...] | None, symbol: int) -> tuple[Array, tuple[int, ...]]:
        after = () if state is None else (*state, one_symbol(symbol))
        return self.rows.get(after, self.otherwise).copy(), after


class Shaken:
    """A decoder whose log-probabilities are off by a part in a million: a search that depends on rounding shows it."""

    def __init__(self, step: Callable[[Any, int], tuple[Array, Any]], seed: int, size: float) -> None:
        self.step, self.seed, self.size = step, seed, size

    def __call__(self, state: Any, symbol: int) -> tuple[Array, Any]:
        log_probs, after = self.step(state, symbol)
        place = (np.arange(len(log_probs)) * 7 + 13 * int(symbol) + self.seed) % 11 - 5
        return log_probs * (1 + self.size * place), after


def searches(
    step: Any, state: Any, start: int, end: int, width: int, limit: int, *, shaken: float
) -> Iterator[list[int]]:
    """What every reading of the statement finds: freed places filled at once or later, the end counted in ties or not.

    shaken : by how much log-probabilities may be off as well; 0 where equal ones are wanted.
    """
    for fill in ("later", "with open ones", "with all that end besides"):
        for with_end in (True, False):
            yield _search(step, state, start, end, width, limit, fill, with_end)
    for seed in range(3 if shaken else 0):
        yield _search(Shaken(step, seed, shaken), state, start, end, width, limit, "later", True)


def _search(
    step: Any, state: Any, start: int, end: int, width: int, limit: int, fill: str, with_end: bool
) -> list[int]:
    def order(one: tuple[float, list[int], Any]) -> tuple[float, list[int]]:
        return one[0], one[1] if with_end or one[1][-1] != end else one[1][:-1]

    finished: list[tuple[float, list[int]]] = []
    beginnings: list[tuple[float, list[int], Any]] = [(0.0, [], state)]
    for _ in range(limit):
        continued = []
        for cost, symbols, before in beginnings:
            log_probs, after = step(before, symbols[-1] if symbols else start)
            continued += [(cost - float(p), [*symbols, k], after) for k, p in enumerate(log_probs)]
        ordered = sorted(continued, key=order)
        ordered = ordered[:width] if fill == "later" else ordered
        places = [place for place, one in enumerate(ordered) if one[1][-1] != end][:width]
        beginnings = [ordered[place] for place in places]
        if fill == "with open ones" and len(places) == width:
            ordered = ordered[: places[-1] + 1]
        finished += [(cost, symbols[:-1]) for cost, symbols, _ in ordered if symbols[-1] == end]
        if not beginnings:
            break
    return min([*finished, *(one[:2] for one in beginnings)])[1]
