"""Rows and steps that repeat: an answer that looks up what it has seen, or keeps one of equal things, goes wrong."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncourse.checks.cases import Case


def with_repeats(case: Case, *axes: str) -> Iterator[Case]:
    """The case again, its second row equal to the first, its second step equal to the first, all steps equal.

    axes : the letters of each argument's axes, "TBD"; arrays without the letter stay as they are.
    """
    sizes = case.label.partition(":")[2]
    for letter, kind, which in (
        ("B", "a row twice", 1),
        ("T", "a step twice", 1),
        ("T", "all steps alike", slice(1, None)),
    ):
        args = case.fresh()
        found = [np.moveaxis(a, x.index(letter), 0) for a, x in zip(args, axes, strict=True) if letter in x]
        for array in found:
            array[which] = array[0]
        if found:
            yield replace(case, args=args, label=f"{kind}:{sizes}")
