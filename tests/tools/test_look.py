"""Pictures of a figure without a site: one for each way of looking, and the right words for a wrong name."""

import pytest

from tests.site import browsing
from tools import look


@pytest.mark.browser
@pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip()))
@pytest.mark.parametrize("name", ["clipping", "continued"])
def test_a_figure_is_seen_in_every_way_and_each_looks_different(name, tmp_path):
    files = list(look.pictures([name], tmp_path))
    assert len(files) == len(look.LOOKS) == 5
    seen = {file.read_bytes() for file in files}
    assert len(seen) == 5, "light and dark, wide and narrow, with and without controls"


def test_figures_and_players_are_found():
    assert {"clipping", "attention_map", "continued", "read_dates"} <= look.known().keys()
    assert "player" not in look.known(), "it needs an example"


@pytest.mark.parametrize(("given", "said"), [([], "which figure?"), (["no_such"], "no such figure: no_such")])
def test_a_wrong_name_lists_those_that_there_are(given, said, capsys):
    assert look.main(given) == 2
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert "clipping" in error
    assert error.count("\n") == 1
