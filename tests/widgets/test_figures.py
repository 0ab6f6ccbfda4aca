"""Laws of every interactive figure: the page's script shows what the NumPy function computes."""

import itertools
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnncourse import widgets
from rnncourse.plots import COLOURS
from rnncourse.widgets import Choice, InteractiveFigure, Slider, Steps
from rnncourse.widgets.svg import PALETTE, diagram, dots, render_panels
from rnncourse.widgets.values import fill_template, tidy
from tests.widgets import javascript

CSS = Path("rnncourse/widgets/static/figures.css")
NAMES = [name for name in widgets.__all__ if name[0].islower()]
needs_node = pytest.mark.skipif(javascript.node() is None, reason="no node here to run the page's script")


@pytest.fixture(scope="module")
def figures():
    return {name: getattr(widgets, name)() for name in NAMES}


def settings_of(figure, most=60):
    """Combinations of low, first, high and some middle values of every parameter."""
    several = []
    for p in figure.parameters:
        values = p.values
        picked = [values[0], p.value, values[len(values) // 3], values[-1]]
        several.append(list(dict.fromkeys(values if len(values) <= 4 else picked)))
    names = [p.name for p in figure.parameters]
    every = [dict(zip(names, point, strict=True)) for point in itertools.product(*several)]
    return every[:: max(1, len(every) // most)]


def close(page, python, where):
    """The page's value equals the function's: words exactly, numbers to four digits."""
    if isinstance(python, (list, tuple)):
        assert len(page) == len(python), where
        for k, (a, b) in enumerate(zip(page, python, strict=True)):
            close(a, b, f"{where}[{k}]")
    elif isinstance(python, str) or python is None:
        assert page == python, where
    else:
        assert abs(page - python) <= 6e-4 * max(1e-6, abs(python)) + 1e-9, f"{where}: {page} instead of {python}"


@pytest.mark.parametrize("name", NAMES)
def test_html_is_small_described_and_the_same_each_time(name, figures):
    html = figures[name].html()
    assert html == getattr(widgets, name)().html()
    size = len(html.encode())
    assert size <= 150_000, f"{name}: {size:,} bytes, 150,000 at most: wider steps, or a port to JavaScript (figure.py)"
    assert re.search(r'role="img" aria-label="[^"]{40,}"', html), "alt text"
    assert " id=" not in html, "ids would have to be unique on a page"
    assert not re.search(r"https?://", html)
    assert f'data-figure="{name}"' in html
    spec = json.loads(re.search(r'class="rnn-spec">(.*?)</script>', html, re.DOTALL)[1])
    assert spec == json.loads(json.dumps(figures[name].specification()))


@pytest.mark.parametrize("name", NAMES)
def test_marks_refer_to_values_and_colours_that_there_are(name, figures):
    figure = figures[name]
    values = figure.values()
    said = [value for panel in figure.panels for mark in panel["marks"] for value in mark.values()]
    missing = {word for word in said if isinstance(word, str) and word[:1] == "$" and word[1:] not in values}
    missing |= {f"{{{key}}}" for key in re.findall(r"{(\w+)", figure.readout) if key not in values}
    assert not missing, f"{name}: the function returns no value for {sorted(missing)}, only {sorted(values)}"
    used = {colour for colour, _ in figure.legend}
    for said in (mark.get(key) for panel in figure.panels for mark in panel["marks"] for key in ("colour", "stroke")):
        colours = values[said[1:]] if isinstance(said, str) and said[:1] == "$" else said
        used |= set(colours if isinstance(colours, list) else [colours])
    unknown = used - {*PALETTE, "white", "none", None}  # white: on a picture, which has no dark form
    assert not unknown, f"{name}: no colours of the palette: {unknown}; there are {', '.join(PALETTE)}"


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_page_shows_what_the_function_computes(name, figures):
    figure = figures[name]
    settings = settings_of(figure)
    for where, shown in zip(settings, javascript.answers(figure.specification(), settings), strict=True):
        expected = figure.values(**where)
        assert shown["values"].keys() == expected.keys()
        for key, value in expected.items():
            close(shown["values"][key], value, f"{name}{where} {key}")


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_page_draws_what_python_draws(name, figures):
    figure = figures[name]
    settings = settings_of(figure, most=12)
    for where, shown in zip(settings, javascript.answers(figure.specification(), settings), strict=True):
        assert shown["svg"] == render_panels(figure.panels, shown["values"]), f"{name}{where}"
        assert shown["words"] == fill_template(figure.readout, shown["values"])


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_changes_what_is_seen(name, figures):
    figure = figures[name]
    for p in figure.parameters:
        others = settings_of(figure, most=200)
        ends = (p.values[0], p.values[len(p.values) // 2], p.values[-1])
        moved = (len({figure.svg(**{**s, p.name: v}) for v in ends}) > 1 for s in others)
        assert any(moved), f"{name}: {p.name} moves nothing"


@pytest.mark.parametrize("name", NAMES)
def test_sliders_of_a_running_kernel_redraw_the_picture(name, figures):
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")
    figure = figures[name]
    box = figure.widget()
    picture = box.children[-1]
    before = picture.value
    assert figure.svg() in before
    first = box.children[0]
    slider = first.children[1] if hasattr(first, "children") else first
    p = figure.parameters[0]
    slider.value = p.values[0] if p.value != p.values[0] else p.values[-1]
    assert picture.value != before
    assert figure.svg(**{p.name: slider.value}) in picture.value


def test_a_cell_without_a_kernel_stores_the_static_figure(monkeypatch, figures):
    monkeypatch.setenv("RNNCOURSE_RENDER", "static")
    bundle = figures["neuron_map"]._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"].startswith("Interactive figure neuron_map: One neuron")


@pytest.fixture
def kernel(monkeypatch):
    """A notebook's kernel, as far as a figure looks."""
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")
    IPython = pytest.importorskip("IPython", reason="no IPython here")
    monkeypatch.delenv("RNNCOURSE_RENDER", raising=False)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))


@pytest.mark.parametrize("name", NAMES)
def test_a_front_end_without_widgets_gets_the_static_figure_beside_the_sliders(name, figures, kernel):
    bundle = figures[name]._repr_mimebundle_()
    assert bundle["text/html"] == figures[name].html()
    assert bundle["text/plain"] == repr(figures[name])
    assert "model_id" in bundle["application/vnd.jupyter.widget-view+json"]


def test_with_ipywidgets_7_a_figure_shows_its_static_form(figures, kernel, monkeypatch):
    """There a widget has no _repr_mimebundle_, and another set of arguments."""
    import ipywidgets

    monkeypatch.delattr(ipywidgets.Widget, "_repr_mimebundle_")
    assert set(figures["neuron_map"]._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.parametrize("given", [None, ({"a/b": 1, "text/plain": "VBox"}, {"a/b": {}})])
def test_a_widgets_bundle_of_another_form_is_taken(figures, kernel, monkeypatch, given):
    import ipywidgets

    monkeypatch.setattr(ipywidgets.Widget, "_repr_mimebundle_", lambda self: given)
    bundle = figures["neuron_map"]._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Interactive figure")
    assert set(bundle) == {"text/html", "text/plain", *(["a/b"] if given else [])}


def every_widget(box):
    yield box
    for child in getattr(box, "children", ()):
        yield from every_widget(child)


@pytest.mark.parametrize("name", NAMES)
def test_every_widget_has_a_tooltip_since_a_missing_one_is_shown_as_null(name, figures):
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")
    for widget in every_widget(figures[name].widget()):
        assert isinstance(widget.tooltip, str), f'{type(widget).__name__} would get title="null"'
        if getattr(widget, "description", ""):
            assert widget.tooltip, f"{widget.description}: its label has no tooltip"


def test_style_sheet_and_palette_name_the_same_colours():
    css = CSS.read_text()
    light, dark = css.split("@media screen", 1)
    light = dict(re.findall(r"--rnn-([a-z]+): (#[0-9a-f]{6})", light))
    dark = dict(re.findall(r"--rnn-([a-z]+): (#[0-9a-f]{6})", dark))
    assert light == {name: colour.lower() for name, colour in PALETTE.items()}
    assert dark.keys() == light.keys()
    assert COLOURS.items() <= PALETTE.items()


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_is_told_from_the_paper(theme):
    css = CSS.read_text().split("@media screen", 1)[theme == "dark"]
    colours = dict(re.findall(r"--rnn-([a-z]+): (#[0-9a-f]{6})", css))
    for name, colour in colours.items():
        if name in ("paper", "rule"):
            continue
        least = 4.5 if name in ("ink", "muted", "h", "y", "good", "bad") else 3
        assert contrast(colour, colours["paper"]) >= least, f"{theme} {name}: {contrast(colour, colours['paper']):.2f}"


def test_values_are_rounded_to_plain_data():
    values = tidy({"a": np.array([1.0, 1 / 3, np.nan]), "b": np.float64(2), "c": ["x", np.int64(3)]})
    assert values == {"a": [1, 0.3333, None], "b": 2, "c": ["x", 3]}
    assert json.dumps(values["b"]) == "2"


def test_a_grid_leaves_out_parameters_that_a_value_does_not_depend_on():
    figure = InteractiveFigure(
        name="made",
        function=lambda a, t: {"both": a * t, "one": [t], "none": "word"},
        parameters=(Slider("a", "a", 0, 2, 1, 1), Steps("t", "t", 3)),
        panels=(diagram([dots("$one", "$both")]),),
        caption="made",
        alt="made for a test",
    )
    grid = figure.specification()["grid"]
    assert {key: entry["axes"] for key, entry in grid.items()} == {"both": ["a", "t"], "one": ["t"], "none": []}
    assert grid["both"]["data"] == [0, 0, 0, 0, 0, 1, 2, 3, 0, 2, 4, 6]


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="alt text"):
        InteractiveFigure("made", dict, (Choice("a", "a", ((1, "one"),), 1),), (), caption="made", alt="")


def test_words_from_data_cannot_leave_their_place():
    panel = diagram([{"mark": "text", "x": 1, "y": 1, "text": '<b>"&', "colour": "ink"}])
    assert "&lt;b&gt;&quot;&amp;" in render_panels([panel], {})
    figure = widgets.attention_spelling([("a<b", ["</script>"], np.ones((1, 3)) / 3)])
    assert figure.html().count("</script>") == 1
