"""The cases of one step of a gated cell: every kind of sizes and values, and one that makes a careless exp overflow."""

from collections.abc import Callable, Iterable

import numpy as np

from rnncourse.checks.cases import Case, Draw, draws

Array = np.ndarray
VERY_LARGE = 1e4  # exp of it overflows, in double precision too
OVERFLOWING = "very large values"


def gate_cases(letters: str, make: Callable[[Draw], Case]) -> Callable[[np.random.Generator], Iterable[Case]]:
    """Every kind of case, and one in which the arguments of some rows' gates are so large that exp overflows."""

    def cases(rng: np.random.Generator) -> Iterable[Case]:
        sizes = dict(zip(letters, range(3, 3 + len(letters)), strict=True))
        return [make(draw) for draw in (*draws(rng, letters), Draw(rng, OVERFLOWING, sizes))]

    return cases


def inputs(draw: Draw) -> Array:
    """x_t (B, D). Where exp is to overflow, two rows are very large with opposite signs, so that every gate meets both.

    The other rows stay as they are: where all gates are shut, a gradient is nothing but rounding.
    """
    x = draw.array("BD")
    if draw.kind == OVERFLOWING:
        x[0] *= VERY_LARGE
        x[1] = -x[0]
    return x


def arriving(draw: Draw) -> Array:
    """A gradient (B, H) of ordinary size, also where the values are large: what comes out is proportional to it."""
    return draw.rng.normal(size=draw.shape("BH")).astype(draw.dtype)


def stacked(draw: Draw, gates: int, axes: str) -> Array:
    """Weights of several gates, one block of H rows below the other."""
    return np.concatenate([draw.weights(axes) for _ in range(gates)])
