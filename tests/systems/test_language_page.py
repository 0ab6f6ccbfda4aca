"""What a page shows of the model of text: it draws as `live.generate` does, and its example is the stored model's."""

import json
import re

import numpy as np
import pytest

from rnncourse.systems import weights
from rnncourse.systems.language import live, page
from rnncourse.widgets.player import Shown
from tests.site import player_page

START = "KING.\nThe night"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return player_page.model(player_page.systems(tmp_path_factory.mktemp("systems")))


def shown(model, **changes):
    settings = {"start": START, "temperature": 0.7, "length": 50, "seed": 5} | changes
    return Shown().after(page.play(model, **settings))


@pytest.mark.parametrize("temperature", [0, 0.3, 1.0])
def test_it_draws_and_costs_what_generate_does(model, temperature):
    made = list(page.written(model, START, temperature, 50, seed=5))
    drawn = list(live.generate(model, START, 50, temperature, np.random.default_rng(5)))
    assert [one for one, _ in made] == [*START, *(one for one, _ in drawn)]
    given, _, _ = live.surprises(model, START)
    np.testing.assert_allclose([much for _, much in made], [*given, *(much for _, much in drawn)], atol=1e-5)


def test_the_same_seed_writes_the_same_and_another_does_not(model):
    assert shown(model) == shown(model)
    assert shown(model) != shown(model, seed=6)


def test_every_character_is_shown_with_its_bits_and_the_start_is_bold(model):
    now = shown(model)
    titles = re.findall(r'title="([^"]*): ([\d.]+) bits"', now.picture)
    assert len(titles) == len(START) + 50
    assert now.picture.count("<b>") == len(START)
    bits = np.array([much for _, much in page.written(model, START, 0.7, 50, 5)])
    assert [float(much) for _, much in titles] == [float(f"{much:.1f}") for much in bits]
    assert f"50 characters written, {bits[len(START) :].mean():.2f} bits each" in now.words
    assert f"{len(START)} characters given, {bits[: len(START)].mean():.2f} bits each" in now.words


def test_what_the_model_does_not_know_is_named(model):
    assert shown(model, start="Ein Café für Zé").words.endswith("The model does not know “é”, “ü”.")
    assert "does not know" not in shown(model).words


def test_a_text_is_shown_as_text(model):
    picture = shown(model, start="<b>&\"'", length=1).picture
    assert "&lt;</span>" in picture
    assert 'title="“&quot;”: ' in picture


@pytest.mark.parametrize(("start", "length"), [("", 5), ("K", 1), ("", 0)])
def test_little_is_no_error(model, start, length):
    now = shown(model, start=start, length=length)
    assert ("Nothing is written." in now.words) == (start == "" and length == 0)
    assert now.label


@pytest.mark.parametrize(
    ("wrong", "named"), [({"temperature": float("nan")}, "temperature"), ({"length": -1}, "length")]
)
def test_bad_settings_are_named(model, wrong, named):
    with pytest.raises(ValueError, match=named):
        shown(model, **wrong)


def test_the_example_is_what_the_stored_model_makes_of_the_first_settings():
    if "language/plays" not in weights.of_pages():
        pytest.skip("no stored model of plays yet")
    made = json.loads(page.EXAMPLE.read_text(encoding="utf-8"))
    assert made["settings"] == {setting.name: setting.value for setting in page.SETTINGS}
    assert len(made["text"]) == len(made["bits"]) == len(made["settings"]["start"]) + made["settings"]["length"]
    bits, _, _ = live.surprises(weights.playing("language/plays"), made["text"])
    np.testing.assert_allclose(
        made["bits"], bits, atol=0.02, err_msg="python tools/live/examples.py language renews it"
    )
