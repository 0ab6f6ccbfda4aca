"""What the sheets on running a neuron or a layer over a sequence share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case

Array = np.ndarray


def forgotten_step(step: Callable[..., Any]) -> Callable[[Case, Array, Array], str | None]:
    """An exercise's `explain`: the first state that does not follow from the answer's own state before it.

    step : (x_t, h_prev, *weights) -> h, also for all steps at once; a case's arguments are x, h0, *weights.
    """

    def explain(case: Case, value: Array, expected: Array) -> str | None:
        x, h0, *weights = case.args
        if getattr(value, "shape", None) != expected.shape:
            return None
        before = np.concatenate([np.asarray(h0)[None], value[:-1]])
        follows = np.abs(step(x, before, *weights) - value).reshape(len(x), -1).max(axis=1) < 1e-6
        if follows.all() or not follows[0]:
            return None
        t = int(follows.argmin())
        for state, name in ((np.zeros_like(h0), "zeros" if np.ndim(h0) else "0"), (h0, "h0")):
            if np.abs(step(x[t], state, *weights) - value[t]).max() < 1e-6 and not np.allclose(before[t], state):
                return f"at step {t} the state is forgotten: that step starts from {name} instead of h[{t - 1}]."
        return (
            f"every step before {t} follows from the state before it; "
            f"step {t} does not follow from your own h[{t - 1}]."
        )

    return explain
