"""python -m rnncourse.systems.handwriting: what it writes, how it ends, and one line for what the reader can mend."""

import json
from xml.etree import ElementTree

import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.systems.handwriting import storage, writing_command, writing_training  # noqa: E402
from rnncourse.systems.handwriting.command import main  # noqa: E402

TINY = ["--hidden", "6", "--components", "2", "--epochs", "1", "--updates", "2", "--batch", "4", "--device", "cpu"]


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """A small network, trained by the command."""
    out = tmp_path_factory.mktemp("pen") / "w.safetensors"
    assert main(["train", "--network", "writer", "--out", str(out), *TINY]) == 0
    return out


def test_training_writes_a_network_and_its_record_and_leaves_nothing_else(writer):
    assert {path.name for path in writer.parent.iterdir()} == {"w.safetensors", "w.json"}
    record = json.loads(writer.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["nats"].keys() == {"place", "pen"}
    assert record["command"].startswith("python -m rnncourse.systems.handwriting train --network writer --out")


def test_evaluate_ends_with_0_and_with_1_where_the_record_is_better(writer, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(writing_command.writing_scoring, "SAMPLES", 2)
    monkeypatch.setattr(writing_command.writing_scoring.scores, "__kwdefaults__", {"seed": 0, "each": 2})
    out = tmp_path / "results.json"
    assert main(["evaluate", str(writer), "--device", "cpu", "--out", str(out)]) == 0
    (run,) = json.loads(out.read_text(encoding="utf-8"))["runs"]
    assert run["model"] == "digits, LSTM"
    assert run["scores"]["real"]["the same people"]["read as meant"] > 90
    record = writer.with_suffix(".json")
    kept = record.read_text(encoding="utf-8")
    better = json.loads(kept)
    better["nats"]["place"] -= 0.1
    record.write_text(json.dumps(better), encoding="utf-8")
    capsys.readouterr()
    assert main(["evaluate", str(writer), "--device", "cpu"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    record.write_text(kept, encoding="utf-8")


@pytest.mark.parametrize("still", [[], ["--still"]])
def test_write_puts_digits_into_a_picture_that_says_what_they_are(writer, tmp_path, still):
    out = tmp_path / "new" / "digits.svg"
    given = ["write", "2026", "--out", str(out), "--checkpoint", str(writer), "--seed", "4"]
    assert main([*given, *still]) == 0
    first = out.read_text(encoding="utf-8")
    assert ElementTree.fromstring(first).get("aria-label") == "The digits 2 0 2 6, written by a network"
    assert first.count("<path") == 4
    assert ("animation" in first) is not bool(still)
    assert main([*given, *still]) == 0
    assert out.read_text(encoding="utf-8") == first
    assert main([*given[:-1], "5", *still]) == 0
    assert out.read_text(encoding="utf-8") != first


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["write", "12x", "--out", "OUT"], "only the digits 0 to 9 can be written, not 'x'"),
        (["write", "1" * 13, "--out", "OUT"], "13 digits to write, expected 1 to 12"),
        (["write", "1", "--out", "OUT", "--bias", "-1"], "--bias: a number, at least 0"),
        (["write", "1"], "--out"),
        (["write", "1", "--out", "OUT", "--checkpoint", "none.safetensors"], "no such checkpoint: none.safetensors"),
        (["invent", "--out", "OUT", "--checkpoint", "WRITER"], "it does not write characters"),
        (["invent", "--out", "OUT", "--number", "0"], "--number: 1 to 60"),
        (["train", "--network", "painter"], "invalid choice: 'painter'"),
        (["train", "--components", "0"], "--components: 1 to 100"),
    ],
)
def test_what_the_reader_can_mend_is_one_line(given, said, writer, tmp_path, capsys):
    places = {"OUT": str(tmp_path / "o.svg"), "WRITER": str(writer)}
    assert main([places.get(word, word) for word in given]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert not (tmp_path / "o.svg").exists()


def test_without_the_characters_the_inventor_is_not_trained_and_a_line_says_why(tmp_path, monkeypatch, capsys):
    def missing(part, number=None):
        raise ModuleNotFoundError("characters need the package kanjivg")

    monkeypatch.setattr(writing_training, "characters", missing)
    assert main(["train", "--network", "inventor", "--out", str(tmp_path / "i.safetensors"), *TINY]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "kanjivg" in error


@pytest.mark.skipif(not storage.stored("inventor").is_file(), reason="no inventor is stored")
def test_invent_draws_so_many_characters_with_what_is_stored(tmp_path):
    out = tmp_path / "i.svg"
    assert main(["invent", "--out", str(out), "--number", "2", "--seed", "1"]) == 0
    root = ElementTree.fromstring(out.read_text(encoding="utf-8"))
    assert root.get("aria-label").startswith("2 characters of ")
