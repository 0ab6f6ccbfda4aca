"""The cases of one step of a gated cell: every kind of sizes and values, and those that gates alone need.

Beyond what `draws` gives:

- gates shut and open to the last digit, forward in single precision too, so that a careless exp overflows;
- D and B as large as all gates together, so that nothing can be told from a shape; one input or unit only; 37 rows;
- inputs, states and cells of a million, or of a billionth, with weights so small or large that the gates are neither
  shut nor open;
- gates nearly shut, and nearly open: from a hundredth to a hundred-millionth;
- the first step: no state yet, and biases of zero;
- states beyond -1 and 1, as a first state may be;
- for a step back, gradients that are very large, and gradients that have all but vanished on their way.
"""

from collections.abc import Callable, Iterable

import numpy as np

from rnncourse.checks.cases import BEYOND, Case, Draw, draws
from rnncourse.reference.cells import LSTM, Cell

Array = np.ndarray
VERY_LARGE = 1e4  # exp of it overflows, in double precision too
OVERFLOWING = "very large values"
# The numbers that come in, whose weights are divided by the same.
SCALES = {"large numbers, small weights": 1e6, "tiny numbers, large weights": 1e-9}
NEARLY = {"gates nearly shut": -1.0, "gates nearly open": 1.0}  # the sign of what stands in the logistic function
FIRST = "the first step, biases of zero"
VALUES = ("g", "n")  # no gates
ARRIVING = {"a large gradient arrives": 1e8, "a faint gradient arrives": 1e-12}


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
            *(Draw(rng, kind, small) for kind in (*SCALES, *NEARLY, FIRST)),
            Draw(rng, BEYOND, small),
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
    x = SCALES.get(draw.kind, 0.2 if draw.kind in NEARLY else 1.0) * draw.array("BD")
    if draw.kind == OVERFLOWING:
        x[0] *= VERY_LARGE
        x[1] = -x[0]
    return x.astype(draw.dtype)


def states(draw: Draw) -> Array:
    """h_prev (B, H), small where the gates are nearly shut or open, so that they stay so."""
    size = 0.0 if draw.kind == FIRST else 0.2 if draw.kind in NEARLY else SCALES.get(draw.kind, 1.0)
    return (size * draw.states("BH")).astype(draw.dtype)


def cells(draw: Draw) -> Array:
    """c_prev (B, H): a cell may hold any number; once large ones where the gates are neither shut nor open."""
    return ((0.0 if draw.kind == FIRST else SCALES.get(draw.kind, 1.0)) * draw.array("BH")).astype(draw.dtype)


def peepholes(draw: Draw) -> Array:
    """p (3, H), small where the cells are large."""
    p = np.stack([draw.array("H") for _ in LSTM.peepholes])
    return (p / SCALES.get(draw.kind, 5.0 if draw.kind in NEARLY else 1.0)).astype(draw.dtype)


def arriving(draw: Draw) -> Array:
    """A gradient (B, H) of ordinary size, also where the values are large: what comes out is proportional to it."""
    return (ARRIVING.get(draw.kind, 1.0) * draw.rng.normal(size=draw.shape("BH"))).astype(draw.dtype)


def stacked(draw: Draw, cell: Cell, axes: str) -> Array:
    """Weights of all gates of a cell, one block of H rows below the other."""
    return np.concatenate([draw.weights(axes) / SCALES.get(draw.kind, 1.0) for _ in cell.gates]).astype(draw.dtype)


def biases(draw: Draw, cell: Cell, share: float = 1.0) -> Array:
    """Biases of all gates; of two that are added each has its share in keeping a gate nearly shut or nearly open."""
    blocks = []
    for gate in cell.gates:
        block = draw.weights("H")
        if draw.kind in NEARLY and gate in VALUES:  # -1 or 1, but for some digits
            block = draw.rng.choice([-1, 1], draw.H) * draw.rng.uniform(3, 6, draw.H)
        elif draw.kind in NEARLY:
            block = NEARLY[draw.kind] * share * draw.rng.permutation(np.linspace(6, 18, draw.H))
        blocks.append(0 * block if draw.kind == FIRST else block)
    return np.concatenate(blocks).astype(draw.dtype)
