"""A case again with what normal numbers never give: zeros, and one array for two arguments.

`with_zeros`: each float array all zero, one row zero, and, for a gradient that arrives at every step, zero everywhere
but at the last step. `with_one_array` does what callers do: the same array is handed over for two states, or for two
biases, and both of them are zero, as at the first step.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Spec

Array = np.ndarray


def with_zeros(case: Case, specs: Sequence[Spec], names: Iterable[str]) -> Iterator[Case]:
    """The case again with zeros: each named float array all zero; one row of them all zero; all but the last step."""
    wanted = {
        spec.name: spec.axes or ()
        for spec, arg in zip(specs, case.args, strict=True)
        if spec.name in names and isinstance(arg, np.ndarray) and arg.dtype.kind == "f" and arg.ndim
    }
    sizes = case.label.partition(":")[2]

    def changed(kind: str, change: Callable[[Array, tuple[str, ...]], None], *only: str) -> Case:
        args = list(case.fresh())
        for k, spec in enumerate(specs):
            if spec.name in only:
                change(args[k], wanted[spec.name])
        return replace(case, args=tuple(args), label=f"{kind}:{sizes}")

    for name in wanted:
        yield changed(f"{name} all zero", lambda a, axes: a.fill(0), name)
    by_row = [name for name, axes in wanted.items() if "B" in axes and _size(case, specs, name, "B") > 1]
    if by_row:
        yield changed("a zero row", lambda a, axes: np.moveaxis(a, axes.index("B"), 0)[-1].fill(0), *by_row)
    for name, axes in wanted.items():
        if name.startswith("d") and "T" in axes and _size(case, specs, name, "T") > 1:
            yield changed(
                f"{name} at the last step only", lambda a, axes: np.moveaxis(a, axes.index("T"), 0)[:-1].fill(0), name
            )


def _size(case: Case, specs: Sequence[Spec], name: str, letter: str) -> int:
    k = [spec.name for spec in specs].index(name)
    return int(case.args[k].shape[(specs[k].axes or ()).index(letter)])


def with_one_array(case: Case, specs: Sequence[Spec], names: Sequence[str]) -> Iterator[Case]:
    """The case again with one array for all of these arguments: that of the first, then zeros."""
    if not names:
        return
    places = [[spec.name for spec in specs].index(name) for name in names]
    sizes = case.label.partition(":")[2]
    for kind, factor in (("one array", 1), ("one array of zeros", 0)):
        args = list(case.fresh())
        shared = factor * args[places[0]]
        for k in places:
            args[k] = shared
        yield replace(case, args=tuple(args), label=f"{_listed(names)} {kind}:{sizes}")


def _listed(names: Sequence[str]) -> str:
    """keep, write and read"""
    return f"{', '.join(names[:-1])} and {names[-1]}"
