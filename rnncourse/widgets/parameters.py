"""What a reader may set in a figure: a number on a slider, a step to play, one of a few options."""

from dataclasses import dataclass
from typing import Any

from .values import plain


@dataclass(frozen=True)
class Slider:
    """A number between `low` and `high` in steps of `step`."""

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float

    @property
    def values(self) -> list[Any]:
        count = round((self.high - self.low) / self.step)
        return [plain(round(self.low + k * self.step, 9)) for k in range(count + 1)]

    @property
    def digits(self) -> int:
        return len(f"{self.step:g}".partition(".")[2])


@dataclass(frozen=True)
class Steps:
    """A whole number that can be played: `first` … `last`, one step after the other."""

    name: str
    label: str
    last: int
    value: int = 0
    first: int = 0

    @property
    def values(self) -> list[Any]:
        return list(range(self.first, self.last + 1))


@dataclass(frozen=True)
class Choice:
    """One of a few named options: pairs (value, words)."""

    name: str
    label: str
    options: tuple[tuple[Any, str], ...]
    value: Any

    @property
    def values(self) -> list[Any]:
        return [value for value, _ in self.options]


Parameter = Slider | Steps | Choice
