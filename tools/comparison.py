"""What nbval cannot compare as text: the numbers of a claim, and what a figure shows. A plugin of pytest.

nbval compares each cell's outputs, as stored and as run again, kind by kind and letter by letter, pictures not at all.
Here a claim is taken out of both before it does, with the text and the HTML that show the same numbers, and compared by
its numbers, each within the claim's own tolerance. Figures (image/png) are compared by their ink; more of it may move
where a cell has the tag `shows-training`, and where it has the tag `measures-time`, a figure only may not be blank.
Drawings within HTML (SVG) are text, and nbval compares them as text. With the lowest versions (make test-lower) another
matplotlib draws, which puts titles and legends elsewhere: there too a figure only may not be blank.
"""

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

from rnncourse.claims import MIME, Claim
from tools.lowest import LOWEST
from tools.pictures import is_blank, moved_ink
from tools.project import kernel_home

TIMED = "measures-time"  # a tag: the figure shows seconds, another time and on another machine others
TRAINED = "shows-training"  # a tag: the figure shows a trained network's inside, which training of another kind fills
# Ink that may move (tools/pictures.py). Measured on the 55 figures of chapters 1 to 14 under the processors that
# tools/processors.py simulates: most 0, the largest 0.10, but 0.58 where a trained LSTM's gates are drawn. A white
# picture gives more than 1, another figure of its chapter more than 0.7, axes without their lines about 0.3.
MOVED = 0.15
MOVED_BY_TRAINING = 0.65


def pytest_itemcollected(item: pytest.Item) -> None:
    """Each cell of a notebook compares its outputs by the function below."""
    if isinstance(item, IPyNbCell):
        item.compare_outputs = partial(compare, item, item.compare_outputs)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where a notebook is to run, its kernel gets a home of its own."""
    if any(isinstance(item, IPyNbCell) for item in session.items):
        os.environ.update(kernel_home())


def compare(cell: Any, as_text: Any, fresh: list[NotebookNode], stored: list[NotebookNode]) -> bool:
    """Whether the outputs agree; if not, the cell's comparison_traceback says where."""
    complaints = claims_apart(measured_claims(stored), measured_claims(fresh)) + misquoted(stored)
    complaints += figures_apart(stored, fresh, cell.cell.metadata.get("tags", []))
    agrees = as_text(without_claims(fresh), without_claims(stored))  # sets comparison_traceback
    cell.comparison_traceback += complaints
    return agrees and not complaints


def differences(stored: list[NotebookNode], fresh: list[NotebookNode], tags: Sequence[str] = ()) -> list[str]:
    """All that differs between the outputs of a cell, as stored and as run again, without nbval."""
    found = claims_apart(measured_claims(stored), measured_claims(fresh)) + figures_apart(stored, fresh, tags)
    before, after = (_texts(without_claims(outputs)) for outputs in (stored, fresh))
    for kind in sorted(before.keys() | after.keys()):
        if (old := before.get(kind, "nothing")) != (new := after.get(kind, "nothing")):
            pairs = enumerate(zip(old, new, strict=False))
            start = max(0, next((k for k, (a, b) in pairs if a != b), min(len(old), len(new))) - 40)
            found.append(f"{kind}: {old[start : start + 160]!r} stored, {new[start : start + 160]!r} now")
    return found


def _texts(outputs: list[NotebookNode]) -> dict[str, str]:
    """Kind of output → all of a cell's text of this kind."""
    texts: dict[str, str] = {}
    for output in outputs:
        text = output.get("text", output.get("evalue", ""))
        data = output.get("data", {output.get("name", output.output_type): text})
        for kind, text in data.items():
            if not kind.startswith("image/"):
                texts[kind] = texts.get(kind, "") + str(text)
    return texts


def figures_apart(stored: list[NotebookNode], fresh: list[NotebookNode], tags: Sequence[str]) -> list[str]:
    """What differs between the figures of one cell; of figures that show measured times, only whether one is blank."""
    before, after = (
        [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
        for outputs in (stored, fresh)
    )
    if len(before) != len(after):
        return [f"{len(before)} figures are stored, {len(after)} were drawn now"]
    if TIMED in tags or LOWEST:
        return ["a figure is blank" for figure in before + after if is_blank(figure)]
    moved = (moved_ink(old, new) for old, new in zip(before, after, strict=True))
    may = MOVED_BY_TRAINING if TRAINED in tags else MOVED
    return [f"a figure: {share:.0%} of its ink moved, {may:.0%} may" for share in moved if share > may]


def measured_claims(outputs: list[NotebookNode]) -> list[Claim]:
    """The claims among a cell's outputs."""
    return [Claim.from_stored(output.data[MIME]) for output in outputs if MIME in output.get("data", {})]


def without_claims(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, claims left out."""
    return [output for output in outputs if MIME not in output.get("data", {})]


def misquoted(outputs: list[NotebookNode]) -> list[str]:
    """Stored claims whose text or HTML, which is not compared, is not what their numbers give."""
    found = []
    for data in (output.data for output in outputs if MIME in output.get("data", {})):
        claim = Claim.from_stored(data[MIME])
        given = claim._repr_mimebundle_()
        wrong = [kind for kind in ("text/plain", "text/html") if data.get(kind) != given[kind]]
        found += [f"claim {claim.statement!r}: the stored {kind} is not what its numbers give" for kind in wrong]
    return found


def claims_apart(stored: list[Claim], fresh: list[Claim]) -> list[str]:
    """What differs between the claims of one cell, as stored and as run again; empty if they agree."""
    if len(stored) != len(fresh):
        return [f"{len(stored)} claims are stored, {len(fresh)} were made now"]
    return [
        f"claim {old.statement!r}: {text}" for old, new in zip(stored, fresh, strict=True) for text in apart(old, new)
    ]


def apart(stored: Claim, fresh: Claim) -> list[str]:
    """What differs between a stored claim and a fresh one: a word, or a number by more than the tolerance."""
    words = ("statement", "unit", "shown", "centre")
    found = [f"{w} is {getattr(fresh, w)!r} now" for w in words if getattr(fresh, w) != getattr(stored, w)]
    frames, now = ([(r.label, len(r.numbers), r.seeds, r.tolerance) for r in c.rows] for c in (stored, fresh))
    if frames != now:
        found.append(f"the rows (label, numbers, seeds, tolerance) are {now} now, {frames} stored")
    if found:
        return found
    for row, again in zip(stored.rows, fresh.rows, strict=True):
        new = fresh.summary(again)
        for name, number in stored.summary(row).items():
            if not abs(number - new[name]) <= row.tolerance:
                where = " ".join(filter(None, (row.label, name)))
                found.append(f"{where} {number} stored, {new[name]} now: more than {row.tolerance} apart".lstrip())
    return found
