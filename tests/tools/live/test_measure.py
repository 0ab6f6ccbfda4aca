"""Why a cell does not run in the page: its own error, or that of a cell above."""

import json

from tools.live import measure
from tools.live.measure import AFTER, OTHER, TORCH, consequences, reason

BROKEN = f"{OTHER} (KeyError: 3)."


def told(*cells):
    """The reasons after consequences(), for pairs of source and reason."""
    sources = {str(k): source for k, (source, _) in enumerate(cells)}
    return list(consequences(sources, {str(k): why for k, (_, why) in enumerate(cells)}).values())


def test_an_error_in_what_a_failed_cell_was_to_make_is_that_cells():
    for failed in ("losses = train()", "losses[3] = train()", "losses.append(train())", "def losses(): pass"):
        assert told(("losses = {}", ""), (failed, TORCH), ("print(losses[3])", BROKEN)) == ["", TORCH, AFTER]


def test_an_error_of_its_own_stays_its_own():
    assert told(("losses = {}", ""), ("other = train()", TORCH), ("print(losses[3])", BROKEN))[-1] == BROKEN


def test_what_is_made_anew_lacks_no_longer():
    assert told(("a = train()", TORCH), ("a = {}", ""), ("a[3]", BROKEN))[-1] == BROKEN
    assert told(("a = train()", TORCH), ("a[1] = {}", ""), ("a[3]", BROKEN))[-1] == AFTER


def test_a_consequence_has_consequences():
    assert told(("a = train()", TORCH), ("b = a[3]", BROKEN), ("print(b.c)", BROKEN)) == [TORCH, AFTER, AFTER]


def test_pytorch_is_named_where_the_course_needs_it():
    assert reason("ModuleNotFoundError: No module named 'rnncourse.torch'") == TORCH
    assert reason("ModuleNotFoundError: No module named 'torch'") == TORCH
    assert reason("ModuleNotFoundError: No module named 'rnncourse.systems.captioning.model'") == TORCH


def test_no_stored_reason_quotes_an_error():
    stored = json.loads(measure.MEASURED.read_text(encoding="utf-8"))["chapters"]
    assert [why for cells in stored.values() for why in cells.values() if why.startswith(OTHER)] == []
