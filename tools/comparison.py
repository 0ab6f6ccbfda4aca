"""What nbval cannot compare as text: the numbers of a claim, each within its own tolerance. A plugin of pytest.

nbval compares each cell's outputs, as stored and as run again, kind by kind and letter by letter. Here a claim is taken
out of both before it does, with the text and the HTML that show the same numbers, and compared by its numbers.
"""

import os
from functools import partial
from typing import Any

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

from rnncourse.claims import MIME, Claim
from tools.project import kernel_home


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
    agrees = as_text(without_claims(fresh), without_claims(stored))  # sets comparison_traceback
    cell.comparison_traceback += complaints
    return agrees and not complaints


def measured_claims(outputs: list[NotebookNode]) -> list[Claim]:
    """The claims among a cell's outputs; one of the old form, which is a text, stays a text."""
    data = (output.get("data", {}).get(MIME, {}) for output in outputs)
    return [Claim.from_stored(claim) for claim in data if "rows" in claim]


def without_claims(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, claims with measured numbers left out."""
    return [output for output in outputs if "rows" not in output.get("data", {}).get(MIME, {})]


def misquoted(outputs: list[NotebookNode]) -> list[str]:
    """Stored claims whose text or HTML, which is not compared, is not what their numbers give."""
    found = []
    for data in (output.data for output in outputs if "rows" in output.get("data", {}).get(MIME, {})):
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
        return [*found, f"the rows (label, numbers, seeds, tolerance) are {now} now, {frames} stored"]
    for row, again in zip(stored.rows, fresh.rows, strict=True):
        new = fresh.summary(again)
        for name, number in stored.summary(row).items():
            if not abs(number - new[name]) <= row.tolerance:
                where = " ".join(filter(None, (row.label, name)))
                found.append(f"{where} {number} stored, {new[name]} now: more than {row.tolerance} apart".lstrip())
    return found
