"""Which exercise is meant? A name in capitals, with spaces, or given second is understood; any other is answered."""

import difflib
import re
from collections.abc import Iterable
from typing import Any

from rnncourse.checks.plain import plain
from rnncourse.checks.words import kind


def find(name: Any, names: Iterable[str]) -> str | None:
    """The exercise's own name, or None: case, spaces, hyphens and underscores do not matter."""
    if not isinstance(name, str):
        return None
    wanted = _bare(name)
    return next((known for known in names if _bare(known) == wanted), None)


def in_order(name: Any, answer: Any, names: Iterable[str]) -> tuple[Any, Any, str]:
    """The name, the answer, and a remark where they had changed places."""
    known = find(answer, names) if callable(name) else None
    if known is None:
        return name, answer, ""
    return known, name, f'The name comes first: check("{known}", {known}).'


def unknown(name: Any, names: Iterable[str]) -> str:
    """What to say about a name that no exercise has."""
    if callable(name):
        return 'The first argument is the name of the exercise, in quotation marks: check("rnn_step", rnn_step).'
    if not isinstance(name, str):
        return f"The name of an exercise is a word in quotation marks, and this is {kind(plain(name))}."
    near = difflib.get_close_matches(name.strip().lower()[:80], names, n=1)
    return f"There is no exercise called {name[:80]!r}." + (
        f" Did you mean {near[0]!r}?" if near else " exercises() lists them all."
    )


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
