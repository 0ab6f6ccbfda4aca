"""Every cell with every option, and random problems for it: what the laws of the cells are stated on."""

from types import SimpleNamespace

import numpy as np

from rnncourse import reference
from rnncourse.reference import cells

# name → cell, options of init_params, options of the step
CELLS = {
    "rnn": ("rnn", {}, {}),
    "rnn-relu": ("rnn", {}, {"nonlinearity": "relu"}),
    "rnn-linear": ("rnn", {}, {"nonlinearity": "linear"}),
    "lstm": ("lstm", {}, {}),
    "lstm-peephole": ("lstm", {"peephole": True}, {}),
    "gru": ("gru", {}, {}),
    "gru-before": ("gru", {}, {"reset": "before"}),
}
UNBOUNDED = ("rnn-relu", "rnn-linear")  # their states grow with what comes in
CARRYING = ("gru", "gru-before")  # the old state may go on as it is: no larger than 1 or than where it began
T, B, D, H = 6, 4, 3, 5  # all different
LENGTHS = (3, 6, 1, 4)  # unsorted, the longest is T, one has a single step


def functions(cell):
    """step, step_backward, forward, backward of a cell, by its name."""
    names = ("step", "step_backward", "forward", "backward")
    return SimpleNamespace(**{name: getattr(reference, f"{cell}_{name}") for name in names})


def problem(name="lstm", *, T=T, B=B, D=D, H=H, seed=0, dtype=np.float64, scale=1.0, lengths=None):
    """Random arguments and cotangents for one of CELLS; nothing is zero, no two axes are equal."""
    rng = np.random.default_rng(seed)
    cell, init_options, options = CELLS[name]

    def draw(*shape):
        return (scale * rng.standard_normal(shape)).astype(dtype)

    params = reference.init_params(cell, D, H, rng=rng, dtype=dtype, **init_options)
    return SimpleNamespace(
        cell=cell,
        options=options,
        **vars(functions(cell)),
        x=draw(T, B, D),
        state0=tuple(draw(B, H) for _ in cells.CELLS[cell].state),
        params=params,
        dh=draw(T, B, H),
        dstate_n=tuple(draw(B, H) for _ in cells.CELLS[cell].state),
        lengths=lengths,
        rng=rng,
    )


def largest(name, h0):
    """The largest size that a state can have which began with h0; infinite where nothing bounds it."""
    if name in UNBOUNDED:
        return np.inf
    return max(1.0, float(np.abs(h0).max())) if name in CARRYING else 1.0


def run(q, **changed):
    """Forward and backward of a problem: a dict of all results by path, changed arguments replacing the problem's."""
    q = SimpleNamespace(**{**vars(q), **changed})
    h, state_n, cache = q.forward(q.x, q.state0, q.params, lengths=q.lengths, **q.options)
    dx, dstate0, grads = q.backward(q.dh, q.dstate_n, cache)
    return {"h": h, "state_n": state_n, "dx": dx, "dstate0": dstate0, "grads": grads}


def arrays(tree):
    """All arrays of a result by path."""
    return reference.gradcheck.leaves(tree)
