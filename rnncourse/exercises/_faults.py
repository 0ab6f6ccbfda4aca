"""Mistakes that any step of a gated cell can make, made from the right step; and the cases of such a step."""

from collections.abc import Callable, Iterable
from typing import Any

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


def careless_sigmoid(a: Array) -> Array:
    """The logistic function as e^a / (1 + e^a): infinity over infinity where a is large."""
    return np.exp(a) / (1 + np.exp(a))


def every_nth_row(a: Array, gates: int) -> list[Array]:
    """The gates' arguments (B, H) each, taken from a (B, gates * H) as if the gates took turns row by row."""
    return [a[:, k::gates] for k in range(gates)]


def replaced(right: Callable[..., Any], which: int, change: Callable[..., Any]) -> Callable[..., Any]:
    """The right function with one of its results changed: change(result, *arguments)."""

    def wrong(*args: Any) -> tuple[Any, ...]:
        results = list(right(*args))
        results[which] = change(results[which], *args)
        return tuple(results)

    return wrong


def reordered(right: Callable[..., Any], *order: int) -> Callable[..., Any]:
    """The right function with its results in another order."""

    def wrong(*args: Any) -> tuple[Any, ...]:
        results = right(*args)
        return tuple(results[k] for k in order)

    return wrong


def transposed(right: Callable[..., Any], which: int) -> Callable[..., Any]:
    """The right function with one of its results transposed."""
    return replaced(right, which, lambda result, *_: np.ascontiguousarray(result.T))


def in_double(right: Callable[..., Any]) -> Callable[..., Any]:
    """The right function, always in double precision."""

    def wrong(*args: Any) -> Any:
        results = right(*args)
        return tuple(r.astype(np.float64) for r in results) if isinstance(results, tuple) else results.astype(float)

    return wrong


def averaged(right: Callable[..., Any], first: int) -> Callable[..., Any]:
    """The right backward pass, its results from `first` on divided by the number of rows."""

    def wrong(*args: Any) -> tuple[Any, ...]:
        results = right(*args)
        return (*results[:first], *(r / len(args[0]) for r in results[first:]))

    return wrong


IN_DOUBLE = "np.zeros, np.empty and np.array make float64 unless told otherwise: keep the dtype of the arguments."
OVERFLOW = (
    "exp overflows: e^a / (1 + e^a) is infinity over infinity for a large a. Write the logistic function as "
    "1 / (1 + e^-a), which stays finite."
)
MEAN_FOR_SUM = (
    "this is the mean over the batch where the sum belongs. Every row uses the weights, so every row's gradient "
    "counts in full; if a mean is wanted, the loss divides, and the gradient that arrives carries it already."
)
