"""Random cases on which an answer is tried: sizes all different, one step, one row, long, large, single precision."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray
LARGE = 30.0  # where tanh and the logistic function are flat, and a careless exp overflows
LONG = 257


@dataclass(frozen=True)
class Case:
    """The arguments of one call. `extra` carries what the check needs and the answer does not get."""

    args: tuple[Any, ...]
    label: str
    dtype: str = "float64"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draw:
    """One choice of sizes, and the arrays drawn for it. `draw.T` is the size named T."""

    rng: np.random.Generator
    kind: str
    sizes: Mapping[str, int]
    scale: float = 1.0
    dtype: str = "float64"

    def __getattr__(self, letter: str) -> int:
        try:
            return self.__dict__["sizes"][letter]
        except KeyError:
            raise AttributeError(f"this case has no size {letter!r}") from None

    @property
    def label(self) -> str:
        return f"{self.kind}: " + ", ".join(f"{letter}={size}" for letter, size in self.sizes.items())

    def shape(self, axes: str) -> tuple[int, ...]:
        return tuple(self.sizes[letter] for letter in axes)

    def array(self, axes: str) -> Array:
        """Normal numbers times the case's scale: inputs, states, logits, gradients that arrive."""
        return (self.scale * self.rng.normal(size=self.shape(axes))).astype(self.dtype)

    def weights(self, axes: str) -> Array:
        """Normal numbers of variance 1 / (last size): never scaled, so that a long run stays tame."""
        shape = self.shape(axes)
        return (self.rng.normal(size=shape) / np.sqrt(shape[-1])).astype(self.dtype)

    def states(self, axes: str) -> Array:
        """Numbers between -0.9 and 0.9: states that a tanh could have returned."""
        return self.rng.uniform(-0.9, 0.9, size=self.shape(axes)).astype(self.dtype)

    def integers(self, axes: str, high: int) -> Array:
        return self.rng.integers(0, high, size=self.shape(axes))

    def lengths(self) -> Array:
        """B lengths up to T: one sequence is full and, where there is room, one is shorter and none is of one step."""
        lengths = self.rng.integers(min(2, self.T), self.T + 1, size=self.B)
        lengths[0] = self.T
        if self.B > 1:
            lengths[1] = max(1, self.T - 1)
        return self.rng.permutation(lengths)

    def mask(self) -> Array:
        """(T, B) bool, True where the step belongs to the sequence."""
        return np.arange(self.T)[:, None] < self.lengths()

    def case(self, *args: Any, **extra: Any) -> Case:
        return Case(args, self.label, self.dtype, extra)


def draws(rng: np.random.Generator, letters: str) -> Iterator[Draw]:
    """Every kind of case for these size letters; sizes within a case are all different."""

    def sizes(smallest: int = 2, **fixed: int) -> dict[str, int]:
        chosen = rng.choice(np.arange(smallest, 9), size=len(letters), replace=False)
        return {letter: fixed.get(letter, int(size)) for letter, size in zip(letters, chosen, strict=True)}

    yield Draw(rng, "random sizes", sizes(3, T=int(rng.integers(9, 13))))
    yield Draw(rng, "other random sizes", sizes(T=int(rng.integers(13, 20))))
    if "T" in letters:
        yield Draw(rng, "one step", sizes(T=1))
        yield Draw(rng, "two steps", sizes(T=2) if "B" not in letters else sizes(T=2, B=3))
        yield Draw(rng, "long", sizes(T=LONG))
    if "B" in letters:
        yield Draw(rng, "one row", sizes(B=1))
    yield Draw(rng, "all sizes one", dict.fromkeys(letters, 1))
    yield Draw(rng, "large values", sizes(), scale=LARGE)
    yield Draw(rng, "float32", sizes(), dtype="float32")


def from_draws(letters: str, make: Callable[[Draw], Case]) -> Callable[[np.random.Generator], Iterable[Case]]:
    """The `cases` of an exercise whose arguments are made from sizes alone."""
    return lambda rng: [make(draw) for draw in draws(rng, letters)]
