"""The cases of one step of a gated cell: every kind of sizes and values, and those that gates alone need.

Beyond what `draws` gives:

- gates shut and open to the last digit, forward in single precision too, so that a careless exp overflows;
- D and B as large as all gates together, so that nothing can be told from a shape; one input or unit only; 37 rows;
- cells that hold large numbers while the gates are neither shut nor open;
- for a step back, gradients that are very large, and gradients that have all but vanished on their way.
"""

from collections.abc import Callable, Iterable

import numpy as np

from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.reference.cells import LSTM, Cell

Array = np.ndarray
VERY_LARGE = 1e4  # exp of it overflows, in double precision too
OVERFLOWING = "very large values"
LARGE_CELLS = "large cells"
CELL_SCALE = {LARGE_CELLS: 400.0}
ARRIVING = {"a large gradient arrives": 1e4, "a faint gradient arrives": 1e-9}


def gate_cases(
    make: Callable[[Draw], Case], cell: Cell, *, backward: bool = False
) -> Callable[[np.random.Generator], Iterable[Case]]:
    """For one of reference.cells; `make` turns the sizes B, D and H into a case."""
    gates = len(cell.gates)

    def cases(rng: np.random.Generator) -> Iterable[Case]:
        small = {"B": 3, "D": 4, "H": 5}
        more = [
            Draw(rng, OVERFLOWING, small),
            Draw(rng, f"B and D are {gates} H", {"B": 2 * gates, "D": 2 * gates, "H": 2}),
            Draw(rng, "one input", {**small, "D": 1}),
            Draw(rng, "one unit", {**small, "H": 1}),
            Draw(rng, "many rows", {"B": 37, "D": 4, "H": 3}),
            Draw(rng, LARGE_CELLS, small),
        ]
        if backward:
            more += [Draw(rng, kind, small) for kind in ARRIVING]
        else:  # the slope of a shut gate is nothing but rounding in single precision
            more += [Draw(rng, OVERFLOWING, small, dtype="float32")]
        return [make(draw) for draw in (*draws(rng, "BDH"), *more)]

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


def cells(draw: Draw) -> Array:
    """c_prev (B, H): a cell may hold any number; once large ones where the gates are neither shut nor open."""
    return (CELL_SCALE.get(draw.kind, 1.0) * draw.array("BH")).astype(draw.dtype)


def peepholes(draw: Draw) -> Array:
    """p (3, H), small where the cells are large."""
    p = np.stack([draw.array("H") for _ in LSTM.peepholes])
    return (p / CELL_SCALE.get(draw.kind, 1.0)).astype(draw.dtype)


def arriving(draw: Draw) -> Array:
    """A gradient (B, H) of ordinary size, also where the values are large: what comes out is proportional to it."""
    return (ARRIVING.get(draw.kind, 1.0) * draw.rng.normal(size=draw.shape("BH"))).astype(draw.dtype)


def stacked(draw: Draw, cell: Cell, axes: str) -> Array:
    """Weights of all gates of a cell, one block of H rows below the other."""
    return np.concatenate([draw.weights(axes) for _ in cell.gates])
