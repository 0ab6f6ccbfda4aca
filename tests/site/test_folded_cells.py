"""What shows its result first: the rule, and the pages that follow it."""

import sys

import pytest

from tools.pages import pages
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import folded_cells
import live_cells

CHAPTERS = [page for page in pages() if page.startswith("notebooks/")]


def cell(source, *tags, **own):
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags), "mystnb": own}}


@pytest.mark.parametrize(
    ("source", "figure", "shows"),
    [
        ('x = 1\nclaim("It is one.", measured=x)', False, "claim"),
        ('question("01_sequences", "first")', False, "question"),
        ("axis.plot(x)\nplt.show()", False, "figure"),
        ("axis.plot(x)\n_ = axis.legend()", True, "figure"),
        ("widgets.neuron_map()", False, "figure"),
        ("page.continued()", False, "figure"),
        ("h = np.tanh(a)", False, None),
        ("h = np.tanh(a)\nprint(h)", False, None),
        ('claim("x", measured=1)\nh = 2', False, None),
        ('def step(x):\n    return x\n\nclaim("x", measured=step(1))', False, None),
        ("class Cell:\n    pass\n\nplt.show()", True, None),
        ("%pip install x", True, None),
        ("", False, None),
    ],
)
def test_a_cell_is_folded_for_what_it_shows_and_never_for_what_it_teaches(source, figure, shows):
    assert folded_cells.what_it_shows(source, figure=figure) == shows


def test_tags_decide_before_the_rule():
    cells = [
        cell("plt.show()"),
        cell("plt.show()", "show-input"),
        cell("plt.show()", "exercise"),
        cell("x = 1", "hide-input"),
        cell("_, axes = plt.subplots(1, 3)\nplt.show()", image={"alt": "three panels"}),
    ]
    made = folded_cells.folded({"cells": cells})["cells"]
    assert ["hide-input" in c["metadata"]["tags"] for c in made] == [True, False, False, True, True]
    assert made[0]["metadata"]["mystnb"]["code_prompt_show"] == "Show the code of this figure"
    assert made[4]["metadata"]["mystnb"]["image"] == {"alt": "three panels"}
    assert "several-panels" in made[4]["metadata"]["tags"]


@pytest.mark.parametrize(
    ("source", "several"),
    [
        ("plt.subplots(1, 2)", True),
        ("plt.subplots(\n    1, 3, figsize=(7, 2))", True),
        ("plt.subplots(1, len(rates), sharey=True)", True),
        ("plots.picture_row(images, words)", True),
        ("plots.unfolded(x, h, R, b)", True),
        ("plt.subplots(2, 1)", False),
        ("plt.subplots(figsize=(7, 2))", False),
        ("plots.task_family()", False),
    ],
)
def test_what_would_be_too_small_on_a_phone_is_marked(source, several):
    (made,) = folded_cells.folded({"cells": [cell(source)]})["cells"]
    assert ("several-panels" in made["metadata"]["tags"]) == several


@pytest.mark.site
@pytest.mark.parametrize("page", CHAPTERS)
def test_the_page_folds_what_the_rule_says_and_shows_every_result(parse, page):
    boxes = parse(f"{page}.html").select("article div.cell")
    cells = live_cells.code_cells(page)
    assert len(boxes) == len(cells)
    for box, source in zip(boxes, cells, strict=True):
        tags, own = source.metadata.get("tags", []), source.metadata.get("mystnb", {})
        shows = folded_cells.what_it_shows(source.source, figure="alt" in own.get("image", {}))
        wanted = "hide-input" in tags or bool(shows and not folded_cells.OPEN & set(tags))
        assert bool(box.select("details.hide > .cell_input")) == wanted, source.source
        assert not box.select("details.hide .cell_output"), source.source
