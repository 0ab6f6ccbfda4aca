"""Cobweb diagrams: how a map of one number moves it, step after step."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .colours import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cobweb(
    axis: "Axes",
    function: Callable,
    start: float,
    *,
    steps: int = 20,
    limits: tuple[float, float] = (-1.05, 1.05),
    fixed: np.ndarray | None = None,
    stable: np.ndarray | None = None,
) -> None:
    """Draw the curve of `function`, the diagonal, and the staircase of `steps` steps from `start`.

    From the state on the diagonal go straight up or down to the curve (that is the next state), then sideways to the
    diagonal (the next state becomes the present one), and so on. Fixed points are dots, open where not stable.
    """
    grid = np.linspace(*limits, 201)
    axis.plot(grid, grid, "--", color=COLOURS["target"], linewidth=1)
    axis.plot(grid, function(grid), color=COLOURS["h"])
    across, up, h = [start], [start], start
    for _ in range(steps):
        after = float(function(h))
        across += [h, after]
        up += [after, after]
        h = after
    axis.plot(across, up, color=COLOURS["y"], linewidth=1.1)
    axis.plot(start, start, "s", ms=5, color=COLOURS["y"])
    for n, point in enumerate(() if fixed is None else fixed):
        filled = stable is None or stable[n]
        face = COLOURS["good"] if filled else axis.get_facecolor()
        axis.plot(point, point, "o", ms=8, mec=COLOURS["good"], mew=1.6, mfc=face, zorder=3)
    axis.set(xlim=limits, ylim=limits, aspect="equal", xlabel="state before", ylabel="state after")
