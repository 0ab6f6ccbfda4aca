"""What every system's command does with a record and with several checkpoints, whatever the system."""

import argparse
import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.systems.program import checkpoint, record_of, score_each

MODELS = {"good": 0.9, "poor": 0.4, "damaged": None}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"data": "x"}', '{"data": "x", "score": 3}'])
def test_what_is_no_record_is_named(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ValueError, match=r"^not the record of a checkpoint: .*model\.json$"):
        record_of(tmp_path / "model.safetensors", "score")


@pytest.mark.parametrize("content", [{}, {"seed": 1}, {"data": None}, {"data": "x", "score": {"test": 0.5}}])
def test_a_record_is_read_with_a_byte_order_mark_and_without(tmp_path, content):
    assert record_of(tmp_path / "model.safetensors", "score") == {}
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "model.json").write_text(json.dumps(content), encoding=encoding)
        assert record_of(tmp_path / "model.safetensors", "score") == content


def test_a_stored_name_goes_before_a_path(tmp_path):
    (tmp_path / "plain.safetensors").touch()

    def stored(name):
        return tmp_path / f"{name}.safetensors"

    assert checkpoint("plain", stored) == stored("plain")
    assert checkpoint("folder/other", stored) == Path("folder/other")


def scored(path):
    if MODELS[path.stem] is None:
        raise ValueError(f"not a checkpoint: {path}")
    return {"model": "small", "seed": 1, "checkpoint": "", "seconds": 2, "scores": {"exact": MODELS[path.stem]}}


def below_record(path, run):
    return [f"{path} fell short"] * (run["scores"]["exact"] < 0.5)


def evaluate(names, out, scored=scored):
    options = argparse.Namespace(command="evaluate", device="cpu", out=out)
    given = ["evaluate", *names]
    asked = {"scored": scored, "below_record": below_record, "report": str}
    return score_each(map(Path, names), "program", options, given, **asked)


@pytest.mark.parametrize(
    ("names", "status", "said"),
    [
        ([], 0, []),
        (["good"], 0, []),
        (["poor", "good"], 1, ["poor fell short"]),
        (["damaged", "poor", "good"], 2, ["program evaluate: not a checkpoint: damaged", "poor fell short"]),
    ],
)
def test_the_status_is_that_of_the_worst_and_the_others_are_scored(tmp_path, capsys, names, status, said):
    out = tmp_path / "new" / "results.json"
    assert evaluate(names, out) == status
    shown = capsys.readouterr()
    assert shown.err.splitlines() == said
    whole = [name for name in names if MODELS[name] is not None]
    assert [line.partition(":")[0] for line in shown.out.splitlines() if "seed 1" in line] == whole
    if whole:
        table = json.loads(out.read_text())
        assert table["command"] == " ".join(["program", "evaluate", *names])
        assert [run["scores"]["exact"] for run in table["runs"]] == [MODELS[name] for name in whole]


def test_what_was_scored_is_kept_where_the_rest_is_stopped(tmp_path):
    def stopped(path):
        if path.stem == "poor":
            raise KeyboardInterrupt
        return scored(path)

    with pytest.raises(KeyboardInterrupt):
        evaluate(["good", "poor"], tmp_path / "results.json", stopped)
    assert len(json.loads((tmp_path / "results.json").read_text())["runs"]) == 1
