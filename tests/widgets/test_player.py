"""A player as it is described: what stands on a page where nothing runs, and the form of a running kernel."""

import asyncio
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnncourse.widgets import looked, surprise
from rnncourse.widgets.parameters import Choice, Slider
from rnncourse.widgets.player import Player, Shown
from rnncourse.widgets.settings import Whole, Words, widget

CSS = Path("rnncourse/widgets/static/figures.css")


def counting(settings):
    """Says what it was given, letter by letter."""
    made = ""
    try:
        for letter in settings["words"] * settings["often"]:
            time.sleep(0.001)
            made += letter
            yield {"add": f"<i>{letter}</i>"}
    except KeyboardInterrupt:
        yield {"words": f"Stopped at {made}."}
        return
    yield {"words": f"All of {made}.", "label": f"The letters {made}"}


@pytest.fixture
def player():
    settings = [
        Words("words", "What <you> say", "a\nb<c", longest=9),
        Slider("heat", "*T*", 0.0, 1.0, 0.1, 0.5),
        Whole("often", "How often", 1, 1000, 2),
        Choice("kind", "Kind", (("x", "first"), ("y", "second")), "x"),
    ]
    example = [{"picture": "<i>ab</i>", "label": "The letters a and b", "words": "Two letters."}, {"add": "<i>c</i>"}]
    return Player("letters", "s/m", "a.b:c", settings, "Say", example, counting, "python -m say", "It *says* letters.")


def test_the_page_holds_the_example_the_form_and_how_to_do_it_elsewhere(player):
    html = player.html()
    assert html == player.html()
    assert 'role="img" aria-label="The letters a and b"><i>ab</i><i>c</i></div>' in html
    assert '<p class="rnn-readout" role="status">Two letters.</p>' in html
    assert re.search(r"<form [^>]*hidden>", html), "without JavaScript there is no form"
    assert "<code>python -m say</code>" in html
    assert "It <em>says</em> letters." in html
    assert " id=" not in html, "ids would have to be unique on a page"
    assert set(re.findall(r'data-param="(\w+)"', html)) == {"words", "heat", "often", "kind"}
    assert ">\na\nb&lt;c</textarea>" in html, "HTML takes a line end that begins a textarea away"
    spec = json.loads(re.search(r'class="rnn-spec">(.*?)</script>', html, re.DOTALL)[1])
    assert spec == {"name": "letters", "model": "s/m", "play": "a.b:c"}


def test_a_line_is_an_input_and_its_offers_are_buttons_in_their_language(player):
    line = Words("day", "A *day*", '"7" & 8', rows=1, longest=60, offers=(("hu", "2024. márc. 7."), ("en", "<7>")))
    html = replace(player, settings=[line]).html()
    assert re.search(r'<input type="text" maxlength="60" [^>]*value="&quot;7&quot; &amp; 8" data-param="day">', html)
    assert "<textarea" not in html
    assert '<button type="button" lang="hu" data-offer="day">2024. márc. 7.</button>' in html
    assert '<button type="button" lang="en" data-offer="day">&lt;7&gt;</button>' in html
    label = re.search("<label.*?</label>", html, re.DOTALL)[0]
    assert "button" not in label, "a button inside a label would be its control"


def test_with_a_kernel_a_line_offers_its_texts():
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")
    shown = widget(Words("day", "A *day*", "7", rows=1, offers=(("hu", "márc. 7."),)))
    assert (shown.value, shown.options, shown.description) == ("7", ("márc. 7.",), "A day")


def test_its_text_is_the_example_and_the_command(player):
    assert repr(player) == "It says letters.\nThe letters a and b\npython -m say"
    assert player._repr_mimebundle_().keys() == {"text/html", "text/plain"}


def test_pieces_are_shown_one_after_the_other():
    now = Shown().after([{"add": "a"}, {"add": "b", "words": "two"}])
    assert (now.picture, now.words) == ("ab", "two")
    assert now.after([{"picture": "c"}, {"add": "d"}]).picture == "cd"
    with pytest.raises(ValueError, match="no kind 'sound', expected some of add, picture"):
        now.after([{"sound": "x"}])


async def clicked(box, *, until=lambda shown: False, most=500):
    """Click the first button; Stop when it is time; what is shown at the end."""
    go, stop = box.children[-3].children
    go.click()
    for _ in range(most):
        await asyncio.sleep(0.005)
        if until(box.children[-2].value) and not stop.disabled:
            stop.click()
        if not go.disabled:
            break
    return box.children[-2].value, go.disabled, stop.disabled


def test_with_a_kernel_the_form_plays_and_stops(player):
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")
    box = player.widget()
    assert "<i>ab</i><i>c</i>" in box.children[-2].value
    shown, going, stopping = asyncio.run(clicked(box))
    assert "All of a\nb&lt;ca\nb&lt;c." in shown
    assert (going, stopping) == (False, True)
    words, _, often, _ = box.children[:4]
    words.value, often.value = "xyz", 1000
    shown, going, stopping = asyncio.run(clicked(box, until=lambda shown: shown.count("<i>") >= 5))
    assert re.search(r"Stopped at (xyz)+x?y?\.", shown)
    assert 5 <= shown.count("<i>") < 3000
    assert (going, stopping) == (False, True)


def test_with_a_kernel_an_error_is_a_line(player):
    pytest.importorskip("ipywidgets", reason="ipywidgets is an extra")

    def broken(settings):
        yield {"add": "a"}
        raise ValueError("heat: too hot")

    object.__setattr__(player, "perform", broken)
    shown, going, _ = asyncio.run(clicked(player.widget()))
    assert "heat: too hot" in shown
    assert not going


# --- a text by its surprise ---------------------------------------------------------------------------------------


def test_a_step_begins_at_its_number_of_bits():
    assert [surprise.step(bits) for bits in (0.0, 0.99, 1.0, 2.0, 3.9, 4.0, 6.0, 20.0)] == [0, 0, 1, 2, 2, 3, 4, 4]


def test_high_steps_have_a_line_as_well_as_a_colour():
    assert "underline" not in surprise.character("a", 2.5)
    assert "text-decoration:underline double" in surprise.character("a", 7)
    assert [("underline" in sample) for sample, _ in surprise.legend()] == [False, False, False, True, True, False]


def test_what_cannot_be_seen_is_marked_and_named():
    assert ">↵</span><br>" in surprise.character("\n", 0)
    assert 'title="space: 3.0 bits"' in surprise.character(" ", 3)


def test_the_most_surprising_come_first_with_what_stood_before():
    assert surprise.greatest("abcd", [1, 3, 2, 3], 3) == [("a", "b", 3), ("abc", "d", 3), ("ab", "c", 2)]
    assert (
        surprise.listed("<b", [2, 9], 2)
        == "<ol><li>“b” after “…&lt;”: 9.0 bits</li><li>“&lt;” after nothing: 2.0 bits</li></ol>"
    )


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_step_is_legible_in_light_and_dark_and_darker_or_lighter_than_the_last():
    css = CSS.read_text(encoding="utf-8")
    inks, papers = (re.findall(rf"--rnn-s{part}: (#\w+);", css) for part in ("-ink", r"\d"))
    assert len(inks) == 2
    assert papers[:5] == list(surprise.PAPERS), "light pages and pages without a style sheet have the same colours"
    assert inks[0] == surprise.INK
    for ink, five in zip(inks, (papers[:5], papers[5:]), strict=True):
        contrasts = []
        for paper in five:
            high, low = sorted((luminance(ink), luminance(paper)), reverse=True)
            contrasts.append((high + 0.05) / (low + 0.05))
        assert min(contrasts) >= 4.5, contrasts
        assert contrasts == sorted(contrasts, reverse=True)


# --- where a decoder looked ---------------------------------------------------------------------------------------


def test_letters_are_legible_on_every_shade_in_light_and_dark_and_more_weight_is_told_from_less():
    css = CSS.read_text(encoding="utf-8")
    shades, papers, inks = (re.findall(rf"--rnn-{name}: ([^;]+);", css) for name in ("look", "paper", "ink"))
    assert shades[0] == looked.SHADE, "light pages and pages without a style sheet have the same colour"
    assert len(shades) == 2
    for shade, paper, ink in zip(shades, papers, inks, strict=True):
        full, empty = np.array(shade.split(), float), np.array([int(paper[k : k + 2], 16) for k in (1, 3, 5)])
        contrasts = []
        for weight in (0.0, 0.2, 0.5, 1.0):
            mixed = np.round(weight * full + (1 - weight) * empty).astype(int)
            high, low = sorted((luminance(ink), luminance("#" + bytes(mixed.tolist()).hex())), reverse=True)
            contrasts.append((high + 0.05) / (low + 0.05))
        assert min(contrasts) >= 4.5, contrasts
        assert contrasts == sorted(contrasts, reverse=True)
        assert contrasts[0] / contrasts[-1] > 1.8, "empty and full are told apart"


def test_a_faint_look_is_not_drawn_and_a_letter_is_text():
    assert looked.letter("<", 0.004) == "<span>&lt;</span>"
    assert "/0.50)" in looked.letter("a", 0.5)
    assert looked.listed(["<"]).endswith("<ul><li>&lt;</li></ul></details>")
