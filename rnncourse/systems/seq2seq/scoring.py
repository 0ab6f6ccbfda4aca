"""How good are answers? Exactly right, and edits in a hundred signs, for every part of a task and every language."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncourse.reference.metrics import edit_distance
from rnncourse.systems.seq2seq.decoding import beam, greedy
from rnncourse.systems.seq2seq.model import Translator
from rnncourse.systems.seq2seq.symbols import Symbols
from rnncourse.systems.seq2seq.tasks import TASKS, Answer, Pairs, pairs

NUMBER, BEAMED, WIDTH = 2000, 200, 5
METHODS = ("greedy", f"beam {WIDTH}")


def scores(found: Sequence[Answer], data: Pairs) -> dict[str, float]:
    """The share that is exactly one of the right answers, and all edits over all signs, to the nearest right one."""
    if len(found) != len(data.answers):
        raise ValueError(f"found: {len(found)} answers to {len(data.answers)} sources")
    right = [answer in several for answer, several in zip(found, data.answers, strict=True)]
    nearest = [
        min((edit_distance(answer, one), len(one)) for one in several)
        for answer, several in zip(found, data.answers, strict=True)
    ]
    edits, signs = np.sum(nearest, axis=0)
    return {"exact": float(np.mean(right)), "edits": float(edits / max(1, signs))}


def by_group(found: Sequence[Answer], data: Pairs) -> dict[str, float]:
    """The share that is exactly right in each language, where there are several."""
    groups = sorted(set(data.groups))
    if len(groups) < 2:
        return {}
    right = np.array([answer in several for answer, several in zip(found, data.answers, strict=True)])
    which = np.array(data.groups)
    return {group: float(right[which == group].mean()) for group in groups}


def first(data: Pairs, number: int) -> Pairs:
    """The first so many pairs."""
    return Pairs(data.sources[:number], data.answers[:number], data.groups[:number])


def asked(task: str, number: int = NUMBER) -> dict[str, Pairs]:
    """What is scored: every part of a task but the two that training sees."""
    return {part: pairs(task, part, number) for part in TASKS[task].parts if part not in ("train", "validation")}


def evaluate(
    model: Translator, source: Symbols, target: Symbols, task: str, data: dict[str, Pairs], *, beamed: int = BEAMED
) -> dict[str, Any]:
    """{part: {"count": N, "greedy": {…}, "beam 5": {…}, "languages": {…}}}; the beam on the first `beamed` only."""
    table: dict[str, Any] = {}
    for part, some in data.items():
        found = greedy(model, source, target, some.sources, TASKS[task].limit)
        table[part] = {"count": len(some.sources), "greedy": scores(found, some)}
        if beamed:
            few = first(some, beamed)
            said = beam(model, source, target, few.sources, TASKS[task].limit, width=WIDTH)
            table[part][f"beam {WIDTH}"] = scores([one.signs for one in said], few) | {"count": len(few.sources)}
        if languages := by_group(found, some):
            table[part]["languages"] = languages
    return table
