"""What the page's Python does for a player: it loads, plays piece by piece, stops, and says what is wrong in a line."""

import hashlib
import importlib.util
import itertools
import sys
import types

import pytest

from rnncourse.systems import weights
from tests.site import player_page
from tools.live import models
from tools.project import ROOT

SETTINGS = {"start": "KING.", "temperature": 0.7, "length": 40, "seed": 3}
PLAY = "rnncourse.systems.language.page:play"


@pytest.fixture
def players():
    spec = importlib.util.spec_from_file_location("live_players_page", ROOT / "tools" / "live" / "page" / "players.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def systems(tmp_path):
    return player_page.systems(tmp_path)


@pytest.fixture
def loaded(players, systems):
    data = models.packed(weights.for_page(systems / "language" / "stored" / "small.safetensors"))
    assert players.load(player_page.KEY, data, hashlib.sha256(data).hexdigest()) == {"error": None}
    return players


def plays(monkeypatch, function):
    """A function of a module that a player can name."""
    module = types.ModuleType("played_here")
    module.play = function
    monkeypatch.setitem(sys.modules, "played_here", module)
    return "played_here:play"


def test_what_comes_in_pieces_is_what_comes_at_once(loaded, systems):
    assert loaded.has(player_page.KEY)
    assert loaded.begin("one", player_page.KEY, PLAY, SETTINGS) == {"error": None}
    found, done = [], False
    while not done:
        answer = loaded.more("one", 0)
        assert (answer["error"], len(answer["pieces"]) <= 1) == (None, True)
        found, done = found + answer["pieces"], answer["done"]
    from rnncourse.systems.language import page

    assert found == list(page.play(player_page.model(systems), **SETTINGS))


def test_other_bytes_are_refused_in_a_line(players):
    assert "is damaged (4 bytes came)" in players.load("language/x", b"half", "0" * 64)["error"]
    assert not players.has("language/x")


@pytest.mark.parametrize("data", [b"", b"half of it", models.packed({"a": weights.np.zeros(3)})])
def test_a_file_that_is_no_model_is_refused_in_a_line(players, data):
    error = players.load("language/x", data, hashlib.sha256(data).hexdigest())["error"]
    assert error.startswith("the model's file cannot be used: ")
    assert "\n" not in error
    assert not players.has("language/x")


def test_without_its_model_nothing_begins(players):
    assert "begin again" in players.begin("one", "language/x", PLAY, SETTINGS)["error"]
    assert "begin again" in players.more("one", 0)["error"]


def test_settings_that_are_out_of_range_are_named(loaded):
    loaded.begin("one", player_page.KEY, PLAY, SETTINGS | {"temperature": -1.0})
    answer = loaded.more("one", 0)
    assert (answer["done"], answer["pieces"]) == (True, [])
    assert answer["error"] == "temperature: -1.0, expected a number of at least 0"


def test_a_stop_still_says_what_was_made(loaded):
    loaded.begin("one", player_page.KEY, PLAY, SETTINGS | {"length": 100_000})
    for _ in range(8):
        loaded.more("one", 0)
    (last,) = loaded.finish("one")["pieces"]
    assert last["words"].startswith("Stopped. 2 characters written, ")
    assert last["label"].startswith("KING.")
    assert "begin again" in loaded.more("one", 0)["error"]
    assert loaded.finish("one") == {"error": None, "pieces": [], "done": True}


def test_no_memory_is_a_line_and_what_was_made_stays(loaded, monkeypatch):
    def play(model):
        yield {"add": "a"}
        raise MemoryError

    loaded.begin("one", player_page.KEY, plays(monkeypatch, play), {})
    answer = loaded.more("one", 60)
    assert (answer["error"], answer["pieces"], answer["done"]) == (loaded.MEMORY, [{"add": "a"}], True)


def test_an_interrupt_that_is_not_taken_up_ends_the_player(loaded, monkeypatch):
    def play(model):
        yield from ({"add": str(k)} for k in itertools.count() if k < 3 or (_ for _ in ()).throw(KeyboardInterrupt))

    loaded.begin("one", player_page.KEY, plays(monkeypatch, play), {})
    answer = loaded.more("one", 60)
    assert (answer["error"], len(answer["pieces"]), answer["done"]) == ("stopped", 3, True)
