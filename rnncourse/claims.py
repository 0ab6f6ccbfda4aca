"""Claims: a sentence of a chapter, the numbers that show it, and the test that it holds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from math import isfinite
from numbers import Integral, Real
from statistics import fmean, median
from typing import Any, Literal

MIME = "application/vnd.rnncourse.claim+json"
IN_LINE = 3  # more values than that stand below one another
CENTRES: dict[str, Callable[..., float]] = {"mean": fmean, "median": median}


@dataclass(frozen=True)
class Row:
    """One measured quantity: a number, or one a seed, and how far it may lie from this on another processor."""

    label: str
    numbers: tuple[int | float, ...]
    tolerance: float
    seeds: int | None


@dataclass(frozen=True)
class Claim:
    """One claim that held when its cell ran; as the last value of a cell it shows itself."""

    statement: str
    rows: tuple[Row, ...]
    unit: str = ""
    shown: str = ".3g"
    centre: Literal["mean", "median"] = "mean"

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> "Claim":
        """The claim of a notebook's output."""
        rows = (Row(**(row | {"numbers": tuple(row["numbers"])})) for row in data["rows"])
        return cls(data["statement"], tuple(rows), data["unit"], data["shown"], data["centre"])

    def summary(self, row: Row) -> dict[str, int | float]:
        """What the page shows of a row: its number; of several, the centre and both ends of the range."""
        if len(row.numbers) == 1:
            return {"": row.numbers[0]}
        centre = CENTRES[self.centre](row.numbers)
        return {self.centre: centre, "lowest": min(row.numbers), "highest": max(row.numbers)}

    @property
    def value(self) -> str:
        """The measured values in words: `k = 9: mean 0.0051 (0.002 to 0.01); k = 8: …; 3 seeds each`."""
        return "; ".join(self.values)

    @property
    def values(self) -> list[str]:
        """The same, one row after the other, and last how many seeds they have in common."""
        seeds = {row.seeds for row in self.rows}
        common = seeds.pop() if len(seeds) == 1 else None
        parts = [self._in_words(row) + ("" if common else _seeds(row.seeds, " from ")) for row in self.rows]
        if len(parts) == 1:
            return [parts[0] + _seeds(common, ", ")]
        return [*parts, _seeds(common, "") + " each"] if common else parts

    def _in_words(self, row: Row) -> str:
        texts = [f"{n:,}" if isinstance(n, int) else format(n, self.shown) for n in self.summary(row).values()]
        unit = f" {self.unit}" if self.unit else ""
        label = f"{row.label}: " if row.label else ""
        if len(texts) == 1:
            return f"{label}{texts[0]}{unit}"
        return f"{label}{self.centre} {texts[0]}{unit} ({texts[1]} to {texts[2]})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return _bundle(self.statement, self.values, asdict(self))

    def __repr__(self) -> str:
        return f"Claim holds: {self.statement} [{self.value}]"


Numbers = Real | Iterable[Real]


def claim(
    statement: str,
    *,
    measured: Numbers | Mapping[str, Numbers],
    holds: bool,
    tolerance: float | Mapping[str, float],
    unit: str = "",
    shown: str = ".3g",
    seeds: int | None = None,
    centre: Literal["mean", "median"] = "mean",
) -> Claim:
    """State a claim and assert it; the book's table of claims is collected from these cells.

    Parameters
    ----------
    statement : one sentence, as the page says it, with the bound that `holds` tests.
    measured : a finite number, or a sequence of them, one a seed; or, where two things are compared, a mapping from a
        label to either: {"k = 8": [0.99, 0.98, 1.0], "k = 9": [0.01, 0.0, 0.0], "always the mean": 0.17}.
        What is exact is a count or a difference: 0 steps out of place, 3e-16 from PyTorch.
    holds : the test, with a margin where the number is random.
    tolerance : how far the same code may come out on another processor, in the unit of the claim (absolute; 0 for
        what is counted); a number for all rows, or a mapping with the labels of `measured`.
    unit : written after the number.
    shown : the format of the numbers on the page; whole numbers are shown whole.
    seeds : how many seeds a single number sums up; a sequence has as many as it is long.
    centre : "mean" or "median", shown with the range.

    When the chapter is tested, what the page shows of each row is compared with what is stored: the number, or the
    centre, the lowest and the highest of several, each to within the tolerance. Several numbers are not compared entry
    by entry, since training is chaotic: a last digit of another processor makes of each seed another draw, and the
    claim is about what all draws have in common. Whoever states a tolerance says how well that is known.

    Raises
    ------
    AssertionError : the claim does not hold; the message carries the statement and the value.
    TypeError : `holds` is not a truth value (an array, say, whose meaning would be unclear); `measured` is not numbers.
    ValueError : nothing was measured, a number is not finite, a tolerance is negative or missing for a label, `shown`
        is not a format of numbers, `seeds` is not the length of the sequence.
    """
    if getattr(holds, "shape", ()) != () or not hasattr(holds, "__bool__"):
        raise TypeError(f"claim: holds must be one truth value, got {type(holds).__name__}")
    stated = _measured(statement, measured, tolerance, unit, shown, seeds, centre)
    if not holds:
        raise AssertionError(f"claim does not hold: {statement} [{stated.value}]")
    return stated


def _measured(
    statement: str, measured: Any, tolerance: Any, unit: str, shown: str, seeds: int | None, centre: Any
) -> Claim:
    """The claim, its arguments tested."""
    if centre not in CENTRES:
        raise ValueError(f"claim: centre must be 'mean' or 'median', got {centre!r}")
    try:
        format(0.5, shown)
    except (ValueError, TypeError):
        raise ValueError(f"claim: shown must be a format of numbers, such as '.2f', got {shown!r}") from None
    table = measured if isinstance(measured, Mapping) else {"": measured}
    if not table:
        raise ValueError("claim: measured is empty")
    allowed = tolerance if isinstance(tolerance, Mapping) else dict.fromkeys(table, tolerance)
    if set(allowed) != set(table):
        raise ValueError(f"claim: tolerance has the labels {list(allowed)}, measured has {list(table)}")
    if not all(isinstance(label, str) for label in table):
        raise TypeError(f"claim: the labels of measured are words for the page, got {list(table)}")
    rows = tuple(_row(label, content, allowed[label], seeds) for label, content in table.items())
    return Claim(statement, rows, unit, shown, centre)


def _row(label: str, content: Any, tolerance: Any, seeds: int | None) -> Row:
    where = f"measured[{label!r}]" if label else "measured"
    width = _number(tolerance, "tolerance")
    if width < 0:
        raise ValueError(f"claim: tolerance must not be negative, got {width}")
    if isinstance(content, str) or not (hasattr(content, "__iter__") and getattr(content, "shape", None) != ()):
        return Row(label, (_number(content, where),), width, seeds)
    numbers = tuple(_number(entry, where) for entry in content)
    if not numbers:
        raise ValueError(f"claim: {where} is empty")
    if seeds not in (None, len(numbers)):
        raise ValueError(f"claim: {where} has {len(numbers)} numbers, one a seed, but seeds is {seeds}")
    return Row(label, numbers, width, len(numbers))


def _number(entry: Any, where: str) -> int | float:
    """A Python number from one of NumPy's or PyTorch's as well."""
    if getattr(entry, "shape", None) == ():
        entry = entry.item()
    if isinstance(entry, bool):
        raise TypeError(f"claim: {where} must be numbers, got a truth value: give what it was made from, or a count")
    if not isinstance(entry, Real):
        raise TypeError(f"claim: {where} must be numbers, got {type(entry).__name__}")
    number = int(entry) if isinstance(entry, Integral) else float(entry)
    if not isfinite(number):
        raise ValueError(f"claim: {where} must be finite, got {number}")
    return number


def _seeds(seeds: int | None, before: str) -> str:
    return "" if seeds is None else f"{before}{seeds} seed{'' if seeds == 1 else 's'}"


def _bundle(statement: str, values: list[str], data: dict[str, Any]) -> dict[str, object]:
    text = "; ".join(values)
    shown = "<br>".join(map(escape, values)) if len(values) > IN_LINE else escape(text)
    return {
        "text/plain": f"Claim holds: {statement} [{text}]",
        "text/html": f'<p class="claim"><strong>Claim.</strong> {escape(statement)} '
        f'<span class="claim-value">{shown}</span></p>',
        MIME: data,
    }
