"""Random cases on which an answer is tried: as wide as the exercise's statement, never wider.

What every exercise that draws by sizes is tried on (`draws`), each once in a check, in double precision unless said:

- sizes all different, the same sizes again with other values (an answer remembered by shape fails), other sizes;
- sizes in rising and in falling order (D < H and D > H), all equal, all one, up to 40;
- one step, two steps, 257 steps; one row;
- values of ordinary size, large ones (30 times as large: tanh and the logistic function are flat there), tiny ones
  (inputs, states and biases of 1e-10: what is set to zero, or rounded to so many digits, shows), one large weight,
  single precision; states anywhere between -1 and 1, and once so close to ±1 that the slope is lost;
- lengths: one full and one a step shorter, all of one step, all equal below T, all full, anything between;
- masks: a prefix, then with holes, beginning with False, with rows that have no step at all;
- arrays that lie in memory as they may: by columns, strided, read-only.

What the statement allows and normal numbers never give is added by special_values.py.
A sheet whose arguments have no such sizes draws its own cases and says in its generator what they cover.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray
LARGE = 30.0  # where tanh and the logistic function are flat, and a careless exp overflows
TINY = 1e-10
LARGE_WEIGHT = 12.0
LONG = 257


@dataclass(frozen=True)
class Case:
    """The arguments of one call. `extra` carries what the check needs and the answer does not get.

    layout : how the arrays lie in memory when they are handed over: "C", "by columns", "strided", "read-only".
    """

    args: tuple[Any, ...]
    label: str
    dtype: str = "float64"
    extra: Mapping[str, Any] = field(default_factory=dict)
    layout: str = "C"

    def fresh(self) -> tuple[Any, ...]:
        """A copy of the arguments that an answer may do with what it likes."""
        args = copy.deepcopy(self.args)
        return args if self.layout == "C" else tuple(laid_out(arg, self.layout) for arg in args)


def laid_out(value: Any, layout: str) -> Any:
    """The same numbers with every array, also those inside lists and tuples, in this layout."""
    if isinstance(value, list):
        return [laid_out(item, layout) for item in value]
    if isinstance(value, tuple):
        items = [laid_out(item, layout) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    if layout == "strided":
        wide = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), dtype=value.dtype)
        wide[..., ::2] = value
        return wide[..., ::2]
    other = np.array(value, order="F" if layout == "by columns" else "C")
    other.flags.writeable = layout != "read-only"
    return other


@dataclass(frozen=True)
class Draw:
    """One choice of sizes, and the arrays drawn for it. `draw.T` is the size named T."""

    rng: np.random.Generator
    kind: str
    sizes: Mapping[str, int]
    scale: float = 1.0
    dtype: str = "float64"
    layout: str = "C"

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
        """Normal numbers of variance 1 / (last size), never scaled, so that a long run stays tame; tiny biases."""
        shape = self.shape(axes)
        weights = self.rng.normal(size=shape) / np.sqrt(shape[-1])
        if self.kind == ONE_LARGE_WEIGHT:  # one: where everything is flat, a gradient is rounding alone
            weights.flat[0] = LARGE_WEIGHT
        if self.kind == TINY_VALUES and len(shape) == 1:  # a bias
            weights *= TINY
        return weights.astype(self.dtype)

    def states(self, axes: str) -> Array:
        """Numbers between -1 and 1: states that a tanh could have returned; once all of them close to the ends.

        Where a sheet asks for `BEYOND`, up to 3, in the first row up to 60: a first state may come from anywhere.
        """
        state = self.rng.uniform(-1, 1, size=self.shape(axes))
        if self.kind == SATURATED:
            state = np.sign(state) * (1 - 10.0 ** self.rng.uniform(-6, -2, size=state.shape))
        elif self.kind == TINY_VALUES:
            state *= TINY
        elif self.kind == BEYOND:
            state *= 3
            state[0] *= 20
        return state.astype(self.dtype)

    def integers(self, axes: str, high: int) -> Array:
        return self.rng.integers(0, high, size=self.shape(axes))

    def lengths(self) -> Array:
        """B lengths from 1 to T: on ordinary cases one sequence is full and, where there is room, one is shorter."""
        T, B = self.T, self.B
        if self.kind in EQUAL_LENGTHS:
            return np.full(B, {"one": 1, "shorter": max(1, T - 2), "full": T}[EQUAL_LENGTHS[self.kind]])
        if self.kind in ANY_LENGTHS:
            return self.rng.integers(1, T + 1, size=B)
        lengths = self.rng.integers(min(2, T), T + 1, size=B)
        lengths[0] = T
        if B > 1:
            lengths[1] = max(1, T - 1)
        return self.rng.permutation(lengths)

    def mask(self) -> Array:
        """(T, B) bool, True where the step counts: a prefix of each row on the first case, then with holes.

        A mask with holes begins with False in one row, and in large enough a batch one row has no step at all.
        """
        if self.kind == ORDINARY:
            return np.arange(self.T)[:, None] < self.lengths()
        mask = self.rng.random((self.T, self.B)) < 0.7
        first, last = (int(k) for k in (0, self.B - 1))
        mask[:, first] = True
        if self.T > 1:
            mask[0, first] = False
        if self.B > 2:
            mask[:, last] = False
        return mask

    def case(self, *args: Any, **extra: Any) -> Case:
        return Case(args, self.label, self.dtype, extra, self.layout)


ORDINARY, SATURATED, ONE_LARGE_WEIGHT = "random sizes", "saturated states", "one large weight"
BEYOND, TINY_VALUES = "states beyond -1 and 1", "tiny values"
EQUAL_LENGTHS = {"two steps": "one", "rising sizes": "shorter", "falling sizes": "full", "strided": "one"}
ANY_LENGTHS = ("the same sizes again", "large sizes", "read-only", "equal sizes")


def draws(rng: np.random.Generator, letters: str) -> Iterator[Draw]:
    """Every kind of case for these size letters; where nothing else is said, sizes within a case are all different."""

    def sizes(smallest: int = 2, **fixed: int) -> dict[str, int]:
        chosen = rng.choice(np.arange(smallest, 9), size=len(letters), replace=False)
        return {letter: fixed.get(letter, int(size)) for letter, size in zip(letters, chosen, strict=True)}

    def ordered(step: int) -> dict[str, int]:
        chosen = sorted(sizes(3).values())[::step]
        return dict(zip(letters, chosen, strict=True))

    ordinary = sizes(3, T=int(rng.integers(9, 13)))
    yield Draw(rng, ORDINARY, ordinary)
    yield Draw(rng, "the same sizes again", ordinary)
    yield Draw(rng, "other random sizes", sizes(T=int(rng.integers(13, 20))))
    if "T" in letters:
        yield Draw(rng, "one step", sizes(T=1))
        yield Draw(rng, "two steps", sizes(T=2) if "B" not in letters else sizes(T=2, B=3))
        yield Draw(rng, "long", sizes(T=LONG))
    if "B" in letters:
        yield Draw(rng, "one row", sizes(B=1))
    if len(letters) > 1:
        yield Draw(rng, "rising sizes", ordered(1))
        yield Draw(rng, "falling sizes", ordered(-1))
        yield Draw(rng, "equal sizes", dict.fromkeys(letters, int(rng.integers(2, 7))))
    yield Draw(rng, "all sizes one", dict.fromkeys(letters, 1))
    yield Draw(rng, "large sizes", {letter: int(rng.integers(20, 41)) for letter in letters})
    yield Draw(rng, "large values", sizes(), scale=LARGE)
    yield Draw(rng, TINY_VALUES, sizes(), scale=TINY)
    yield Draw(rng, ONE_LARGE_WEIGHT, sizes())
    yield Draw(rng, SATURATED, sizes())
    yield Draw(rng, "float32", sizes(), dtype="float32")
    for layout in ("by columns", "strided", "read-only"):
        yield Draw(rng, layout, sizes(), layout=layout)
