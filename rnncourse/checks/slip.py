"""A slip: a mistake with a name, written as an edit of the right function's own source."""

import functools
import inspect
import itertools
import linecache
import textwrap
from collections.abc import Callable
from typing import Any

Edit = tuple[str, str]  # what stands there → what the mistake puts in its place


class Slip:
    """A known mistake: `Slip("the bias is missing.", ("R.T + b", "R.T"))`.

    because : one or two sentences that finish "likely cause: …", ideally with what to look at next.
    edits : pairs before → after, read against the source of the exercise's solution; see `edited`.
    """

    def __init__(self, because: str, *edits: Edit) -> None:
        if not edits:
            raise ValueError(f"a slip is at least one edit (before, after), got none: {because!r}")
        self.because, self.edits = because, edits

    def __repr__(self) -> str:
        return f"Slip({', '.join(map(repr, (self.because, *self.edits)))})"

    def made_in(self, solution: Callable[..., Any]) -> Callable[..., Any]:
        """The solution with this mistake in it."""
        return edited(solution, *self.edits)


@functools.cache
def edited(function: Callable[..., Any], *pairs: Edit) -> Callable[..., Any]:
    """The function made anew from its source with every `before` replaced by its `after`, all at once.

    A `before` is searched in the source as it stands (indentation of the whole removed), so no edit sees another's
    work. The new function lives in a copy of the old one's module; its source can be read like any other.

    Raises
    ------
    ValueError : a `before` is not in the source, is there more than once, or overlaps another; the message names it.
    """
    name, source = function.__name__, source_of(function)
    found = []
    for before, after in pairs:
        count = source.count(before) if before else 0
        if count != 1:
            raise ValueError(f"{name}: {before!r} occurs {count} times in the source, expected once")
        start = source.index(before)
        found.append((start, start + len(before), before, after))
    found.sort()
    for (_, stop, first, _), (start, _, second, _) in itertools.pairwise(found):
        if start < stop:
            raise ValueError(f"{name}: {first!r} and {second!r} overlap, expected edits of separate places")
    pieces, end = [], 0
    for start, stop, _, after in found:
        pieces += [source[end:start], after]
        end = stop
    text = "".join(pieces) + source[end:]
    file = f"<{name}: {'; '.join(f'{before} → {after}' for before, after in pairs)}>"
    space = dict(inspect.unwrap(function).__globals__)
    exec(compile(text, file, "exec"), space)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return space[name]


@functools.cache
def source_of(function: Callable[..., Any]) -> str:
    """A function's source, its common indentation removed."""
    return textwrap.dedent(inspect.getsource(function))
