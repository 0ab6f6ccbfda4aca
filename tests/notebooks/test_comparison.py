"""What counts as the same when a notebook is run again: claims by their numbers, figures by their ink."""

import json

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from rnncourse.claims import MIME, Claim, claim
from tests.notebooks import drawn
from tools.comparison import MOVED, MOVED_BY_TRAINING, TIMED, TRAINED, differences, misquoted
from tools.pictures import is_blank, moved_ink


def shown(**changes):
    """The output of a claim, as a notebook stores it."""
    options = {"measured": {"three": [3.0, 4.0, 2.0], "two": 2.0}, "tolerance": 0.2, "holds": True} | changes
    statement = options.pop("statement", "Three is more than two.")
    data = claim(statement, **options)._repr_mimebundle_()
    return nbformat.v4.new_output("execute_result", data=json.loads(json.dumps(data)))


SAME = [
    {},
    {"measured": {"three": [3.1, 4.1, 2.1], "two": 1.81}},
    {"measured": {"three": [2.0, 3.0, 4.0], "two": 2.0}},  # the seeds in another order
]
OTHER = [
    ("two 2.0 stored, 2.21 now: more than 0.2 apart", {"measured": {"three": [3.0, 4.0, 2.0], "two": 2.21}}),
    ("three highest 4.0 stored, 4.3 now", {"measured": {"three": [2.7, 4.3, 2.0], "two": 2.0}}),
    ("three lowest 2.0 stored, 1.7 now", {"measured": {"three": [3.3, 4.0, 1.7], "two": 2.0}}),
    ("three mean 3.0 stored, 3.3", {"measured": {"three": [3.9, 4.0, 2.0], "two": 2.0}}),
    ("the rows", {"measured": {"three": [4.0, 2.0], "two": 2.0}}),
    ("the rows", {"measured": {"three": [3.0, 4.0, 2.0], "one": 2.0}}),
    ("the rows", {"measured": {"three": [3.0, 4.0, 2.0]}}),
    ("the rows", {"tolerance": {"three": 0.2, "two": 0.3}}),
    ("statement is 'Three.' now", {"statement": "Three."}),
    ("centre is 'median' now", {"centre": "median"}),
    ("unit is 'bits' now", {"unit": "bits"}),
    ("shown is '.1f' now", {"shown": ".1f"}),
]


@pytest.mark.parametrize("changes", SAME)
def test_a_claim_within_its_tolerance_is_the_same(changes):
    assert differences([shown()], [shown(**changes)]) == []


@pytest.mark.parametrize(("said", "changes"), OTHER)
def test_another_claim_is_noticed(said, changes):
    assert any(said in text for text in differences([shown()], [shown(**changes)]))


def test_tolerance_is_in_the_claims_unit():
    tiny = {"measured": 3e-16, "tolerance": 1e-12}
    assert not differences([shown(**tiny)], [shown(**tiny | {"measured": 9e-13})])
    assert differences([shown(**tiny)], [shown(**tiny | {"measured": 2e-12})])
    counted = {"measured": 7, "tolerance": 0}
    assert not differences([shown(**counted)], [shown(**counted)])
    assert differences([shown(**counted)], [shown(**counted | {"measured": 8})])


def test_a_claim_that_is_missing_is_noticed():
    text = nbformat.v4.new_output("execute_result", data={"text/plain": "2"})
    assert not differences([shown()], [shown()])
    assert differences([shown()], [])
    assert differences([], [shown()])
    assert differences([shown()], [text])


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_stored_words_that_are_not_the_numbers_are_noticed(kind):
    output = shown()
    assert misquoted([output]) == []
    output.data[kind] = output.data[kind].replace("mean 3", "mean 4")
    assert misquoted([output]) == [f"claim 'Three is more than two.': the stored {kind} is not what its numbers give"]
    output.data[MIME]["rows"][0]["numbers"] = [4.0, 5.0, 3.0]
    assert Claim.from_stored(output.data[MIME]).value.startswith("three: mean 4")


def figure(y, size=(6.4, 4.8)):
    """A line, drawn in the course's size and encoded."""
    with matplotlib.rc_context():
        canvas = FigureCanvasAgg(Figure(figsize=size, dpi=100, facecolor="#fbfaf7"))
        axis = canvas.figure.subplots()
        axis.set(title="A title", xlabel="step", ylabel="error", ylim=(0, 4))
        axis.plot(y, linewidth=2)
        canvas.draw()
        return drawn.encoded(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))


def outputs(picture):
    return [nbformat.v4.new_output("display_data", data={"image/png": picture, "text/plain": "<Figure>"})]


LINE = [0, 3, 1, 2]


@pytest.mark.parametrize("change", [lambda image: image, drawn.a_pixel_lower, drawn.a_digit_wider])
def test_a_picture_that_shows_the_same_is_the_same(change):
    stored = figure(LINE)
    assert differences(outputs(stored), outputs(drawn.encoded(change(drawn.decoded(stored))))) == []


@pytest.mark.parametrize(
    "change", [drawn.white, drawn.background, drawn.without_its_line, drawn.turned, drawn.half_as_high]
)
def test_a_picture_that_shows_something_else_is_noticed(change):
    stored = figure(LINE)
    said = differences(outputs(stored), outputs(drawn.encoded(change(drawn.decoded(stored)))))
    assert len(said) == 1
    assert "of its ink moved" in said[0]


def test_a_curve_that_goes_elsewhere_is_noticed():
    assert moved_ink(figure(LINE), figure([0, 3.05, 1.05, 2])) < MOVED
    assert moved_ink(figure(LINE), figure([0, 1, 3, 2])) > MOVED


def test_the_measure_is_0_for_the_same_1_for_none_and_2_for_another():
    line, empty = figure(LINE), drawn.encoded(drawn.background(drawn.decoded(figure(LINE))))
    assert moved_ink(line, line) == 0
    assert moved_ink(line, empty) == pytest.approx(1, abs=0.02)
    low, high = (Image.new("RGB", (640, 480), "white") for _ in range(2))
    low.paste("black", (0, 350, 640, 370))
    high.paste("black", (0, 100, 640, 120))
    assert moved_ink(drawn.encoded(low), drawn.encoded(high)) == pytest.approx(2, abs=0.01)


def test_a_figure_of_times_only_may_not_be_blank():
    one, other = figure(LINE), figure([0, 1, 3, 2])
    empty = drawn.encoded(drawn.background(drawn.decoded(one)))
    assert differences(outputs(one), outputs(other), [TIMED]) == []
    assert differences(outputs(one), outputs(empty), [TIMED]) == ["a figure is blank"]
    assert differences(outputs(empty), outputs(one), [TIMED]) == ["a figure is blank"]
    assert differences(outputs(one), [], [TIMED])


def test_more_may_move_in_a_figure_of_a_trained_network_but_not_all():
    one, other = figure(LINE), figure([0, 1, 3, 2])
    empty = drawn.encoded(drawn.background(drawn.decoded(one)))
    assert MOVED < moved_ink(one, other) < MOVED_BY_TRAINING
    assert differences(outputs(one), outputs(other), [TRAINED]) == []
    assert len(differences(outputs(one), outputs(empty), [TRAINED])) == 1


def test_a_blank_picture_has_nothing_drawn():
    line = drawn.decoded(figure(LINE))
    assert not is_blank(figure(LINE))
    assert not is_blank(figure([5, 5]))  # axes alone
    assert is_blank(drawn.encoded(drawn.white(line)))
    assert is_blank(drawn.encoded(drawn.background(line)))


def test_texts_are_compared_kind_by_kind():
    stream, result = nbformat.v4.new_output("stream", text="1\n"), nbformat.v4.new_output("execute_result")
    result.data = {"text/plain": "2"}
    other = nbformat.v4.new_output("stream", text="2\n")
    assert differences([stream, result], [stream, result]) == []
    assert differences([stream, result], [other, result]) == ["stdout: '1\\n' stored, '2\\n' now"]
    assert len(differences([stream, result], [stream])) == 1


def test_a_long_text_is_quoted_where_it_differs():
    before, after = ("a" * 5000 + word + "b" * 5000 for word in ("left", "right"))
    outputs = [[nbformat.v4.new_output("stream", text=text)] for text in (before, after)]
    (said,) = differences(*outputs)
    assert "aaleftbb" in said
    assert "aarightbb" in said
    assert len(said) < 400
