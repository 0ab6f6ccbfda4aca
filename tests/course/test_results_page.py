"""Stored results: what `make results` says of them, and the page that lists them."""

import json
import re
import shutil

import pytest

from rnncourse.data import results
from tests.course.repository import ROOT
from tools import results as tool
from tools.pages import pages

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
STORED = [*results.FOLDER.glob("*.json"), *ROOT.glob("rnncourse/systems/*/stored/results.json")]
LSTM, OTHER, NEW = (f"task=adding, variant={name}, rate=0.005" for name in ("LSTM", "peepholes", "none"))
STORED += [*ROOT.glob("benchmarks/results/*.json")]


def test_the_page_is_up_to_date():
    page = (ROOT / "book" / "results.md").read_text(encoding="utf-8")
    assert page == tool.page(), "book/results.md is out of date: run `make results`"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_page_names_every_stored_result_with_its_command(path):
    (part,) = [part for part in tool.page().split("\n\n") if f"`{path.relative_to(ROOT).as_posix()}`" in part]
    content = json.loads(path.read_text(encoding="utf-8"))
    assert f"`{content.get('about', content)['command']}`" in part
    assert "complete" in part


def test_a_chapter_is_a_link_where_it_exists_and_planned_where_not():
    assert "[chapter 7](../notebooks/07_remedies.ipynb)" in tool.page()
    assert "For chapter 20 (planned)" in tool.page() or "notebooks/20_speed" in pages()
    for target in re.findall(r"\]\(\.\./(notebooks/\w+)\.ipynb\)", tool.page()):
        assert target in pages()


def test_a_result_that_its_written_chapter_does_not_show_is_not_called_planned(monkeypatch):
    stored = next(tool.stored())
    monkeypatch.setattr(tool, "stored", lambda: [stored._replace(shown_by="no chapter has this", chapter=7)])
    assert "For chapter 7.\\" in tool.page()


def test_no_stored_result_is_stale():
    states = dict(tool.states())
    assert set(states) >= {path.stem for path in results.FOLDER.glob("*.json")} | {"systems/captioning"}
    stale = {name: state for name, state in states.items() if state.startswith("stale")}
    assert not stale


@pytest.fixture
def changed(tmp_path):
    """The state of a stored result of which something was changed."""

    def state(change, name="09_ablation"):
        content = json.loads((results.FOLDER / "09_ablation.json").read_text(encoding="utf-8"))
        change(content)
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return tool.state_of_experiment(name, tmp_path)

    return state


def rehashed(content):
    content["about"]["hash"] = tool.experiment("_record").digest(tool.experiment("_record").definition_of(content))


def another_option(content):
    content["about"]["settings"]["updates"] = 400
    rehashed(content)


def a_setting_less(content):
    content["runs"].pop(OTHER)
    rehashed(content)


def a_setting_more(content):
    content["runs"][NEW] = content["runs"][LSTM]
    rehashed(content)


def a_seed_more(content):
    for numbers in content["runs"][LSTM]["measured"].values():
        numbers.append(0.5)


def a_seed_less(content):
    for numbers in content["runs"][LSTM]["measured"].values():
        numbers.pop()


def edited_by_hand(content):
    content["about"]["settings"]["updates"] = 400


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda content: None, "current"),
        (another_option, "stale: updates is 400, here 4000"),
        (a_setting_less, f"stale: {OTHER} is missing"),
        (a_setting_more, f"stale: {NEW} is not of this experiment"),
        (a_seed_more, f"stale: {LSTM} has 11 seeds, here 10"),
        (a_seed_less, "incomplete (179 of 180)"),
        (edited_by_hand, "stale: "),
    ],
)
def test_a_result_is_current_incomplete_or_stale(changed, change, state):
    assert changed(change).startswith(state)


def test_a_result_without_its_script_is_stale_and_a_script_without_its_result_is_not_made(changed, tmp_path):
    assert changed(lambda content: None, name="98_nothing") == "stale: there is no experiments/98_nothing.py"
    assert tool.state_of_experiment("07_remedies", tmp_path) == "not made"


def test_a_stored_model_that_was_not_scored_makes_a_system_stale(tmp_path):
    shutil.copytree(ROOT / "rnncourse/systems/captioning/stored", tmp_path / "stored")
    assert tool.state_of_system(tmp_path) == "current"
    (tmp_path / "stored" / "newer.safetensors").write_bytes(b"weights")
    assert tool.state_of_system(tmp_path) == "stale: newer.safetensors was not scored"


def test_a_table_of_scores_that_lacks_something_says_what(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "rnncourse/systems/captioning/stored", tmp_path / "stored")
    file = tmp_path / "stored" / "results.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["machine"]["torch"], content["runs"][1]["checkpoint"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert tool.state_of_system(tmp_path).startswith("stale: results.json lacks machine.torch, runs[1].checkpoint")
    monkeypatch.setattr(tool, "systems", lambda: [tmp_path])
    assert tool.scored() == [], "the page leaves it out and make results goes on to the others"


@pytest.mark.parametrize(("states", "status"), [(["current", "incomplete (1 of 2)"], 0), (["current", "stale: x"], 1)])
def test_the_exit_status_is_one_where_a_result_is_stale(monkeypatch, tmp_path, capsys, states, status):
    monkeypatch.setattr(tool, "states", lambda: enumerate(states))
    monkeypatch.setattr(tool, "PAGE", tmp_path / "results.md")
    monkeypatch.setattr(tool.sys, "argv", ["results.py"])
    assert tool.main() == status
    assert states[1] in capsys.readouterr().out
    assert (tmp_path / "results.md").read_text() == tool.page()
    monkeypatch.setattr(tool.sys, "argv", ["results.py", "check"])
    assert tool.main() == status
    (tmp_path / "results.md").write_text("old")
    assert tool.main() == 1
    assert (tmp_path / "results.md").read_text() == "old"
