"""What a live cell does with a reader's code; in the browser it is the same Python file."""

import importlib.util
import sys

import pytest

from rnncourse.checks import registry
from tools.project import ROOT


@pytest.fixture
def cells():
    """The page's runner with a namespace of its own."""
    spec = importlib.util.spec_from_file_location("live_cells_page", ROOT / "tools" / "live" / "page" / "cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_prints_come_before_the_last_value(cells):
    assert cells.run("print('a')\n1 + 1") == {"text": "a\n2", "html": None, "error": None}


def test_one_namespace_for_all_cells(cells):
    cells.run("x = 3")
    assert cells.run("x + 1")["text"] == "4"


def test_a_semicolon_silences_the_last_value(cells):
    assert cells.run("1 + 1;")["text"] == ""


def test_the_traceback_begins_at_the_learners_line_and_shows_it(cells):
    error = cells.run("def f(x):\n    return 1 / x\n\nf(0)", "rnn_step")["error"]
    assert '"<rnn_step>", line 4' in error
    assert "return 1 / x" in error
    assert "cells.py" not in error
    assert error.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("source", "end"), [("x = (", "never closed"), ("raise SystemExit(3)", "SystemExit: 3"), ("\0", "null bytes")]
)
def test_whatever_a_cell_does_an_error_is_an_answer(cells, source, end):
    assert end in cells.run(source)["error"]


def test_rich_values_bring_their_html(cells):
    answer = cells.run(
        "class R:\n    def _repr_html_(self): return '<b>r</b>'\n    def __repr__(self): return 'r'\nR()"
    )
    assert (answer["text"], answer["html"]) == ("r", "<b>r</b>")


def test_a_verdict_shows_its_card(cells, monkeypatch):
    monkeypatch.setattr(registry, "tried", {})
    source = "def neuron_step(x_t, h_prev, w, r, b):\n    raise NotImplementedError\ncheck('neuron_step', neuron_step)"
    answer = cells.run(source, above=["from rnncourse.checks import check, question"])
    assert "not attempted yet" in answer["html"]
    assert cells.verdicts()["neuron_step"] == [None]


def test_figures_become_pictures(cells):
    answer = cells.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert answer["html"].count("data:image/png;base64,") == 1
    assert cells.run("1")["html"] is None


def test_output_has_an_end(cells):
    text = cells.run("for k in range(10**6):\n    print(k)")["text"]
    assert len(text) < cells.LONGEST + 100
    assert text.endswith("is not shown)\n")


ABOVE = ["import numpy as np\nfrom rnncourse import plots, reference as ref", "R = np.eye(2)\n\ndef f():\n    return R"]


def test_imports_above_are_made_as_they_are_needed_and_no_others(cells):
    assert cells.prelude("np.ones(2)", ABOVE) == "import numpy as np"
    assert "2.0" in cells.run("np.ones(2).sum()", above=ABOVE)["text"]
    assert "plots" not in cells.NAMESPACE


def test_what_a_browser_lacks_is_missed_where_it_is_used(cells):
    above = ["import numpy as np\nimport no_such_package as lib\nfrom no_such_package.nn import Layer"]
    answer = cells.run("x = np.ones(2)\ny = lib.tensor(x)", above=above)
    assert answer["error"].endswith("ModuleNotFoundError: No module named 'no_such_package'")
    assert cells.run("x.sum()", above=above)["error"] is None
    assert "No module named" in cells.run("Layer(3)", above=above)["error"]


def test_what_cells_above_make_is_named_if_it_is_missing(cells):
    assert cells.missing("R @ R", ABOVE) == ["R"]
    assert cells.missing("def g(R):\n    return R", ABOVE) == []
    assert cells.missing("def g():\n    return f()", ABOVE) == ["f"]
    cells.run(ABOVE[1], above=ABOVE[:1])
    assert cells.missing("R @ R", ABOVE) == []


def test_matplotlib_is_asked_for_where_it_is_drawn_with(cells, monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    assert cells.plan("plots.use_style()", ABOVE)["plotting"]
    assert cells.plan("import matplotlib.pyplot as plt", [])["plotting"]
    assert not cells.plan("np.ones(2)", ABOVE)["plotting"]


def test_verdicts_of_other_pages_count_in_progress(cells, monkeypatch):
    monkeypatch.setattr(registry, "tried", {})
    cells.remember({"rnn_step": [False, True]})
    assert cells.verdicts()["rnn_step"] == [False, True]
    assert "passed" in cells.run("progress()", above=["from rnncourse.checks import progress"])["text"]


@pytest.mark.parametrize(
    "body",
    [
        "def _repr_html_(self): return 3",
        "def _repr_html_(self): return None",
        "def _repr_mimebundle_(self, include, exclude): return {}",
        "def _repr_mimebundle_(self, **options): return None",
        "def __getattr__(self, name): return lambda *given: 7",
    ],
)
def test_a_value_that_offers_no_words_shows_its_repr(cells, body):
    answer = cells.run(f"class A:\n    {body}\n    def __repr__(self): return 'an A'\nA()")
    assert answer == {"text": "an A", "html": None, "error": None}
    assert cells.run("A")["error"] is None


def test_half_a_surrogate_pair_is_printed_as_a_sign(cells):
    assert cells.run("print('\\ud800')")["text"] == "?\n"


def test_what_is_only_changed_must_have_been_made(cells):
    assert cells.missing("R += 1", ABOVE) == ["R"]
