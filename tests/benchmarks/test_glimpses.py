"""The benchmark of glimpses runs in small and writes what it says. Times are no test; what is counted is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra [torch] is not installed")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "glimpses.py"
STORED = SCRIPT.parent / "results" / "glimpses.json"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("glimpses")
    command = [sys.executable, str(SCRIPT), "--quick", "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "glimpses.json").read_text())


def counted(report):
    return {(row["way"], row["side"]): row["seeing"] + row["thinking"] for row in report["rows"]}


def test_every_contestant_has_its_row_with_its_time(run):
    text, report = run
    ways = ["convolutions", "pyramid", "crop", "spanning pyramid", "spanning crop"]
    assert sorted({row["way"] for row in report["rows"]}) == sorted(ways)
    assert all(row["milliseconds"] > 0 for row in report["rows"])
    assert len(text.splitlines()) == len(report["rows"]) + 1
    assert (report["quick"], report["machine"]["threads"]) == (True, 1)


def test_what_is_stored_is_counted_as_the_package_counts_now():
    from rnncourse.systems import glimpses

    stored = json.loads(STORED.read_text(encoding="utf-8"))
    found = counted(stored)
    for side in (40, 400):
        assert found["convolutions", side] == glimpses.cost_of(glimpses.ConvNet(side=side)).all
    for way, crop in (("pyramid", False), ("crop", True)):
        assert found[way, 1600] == glimpses.cost_of(glimpses.Looker(side=1600), crop=crop).all
        assert found[f"spanning {way}", 384] == glimpses.cost_of(glimpses.Looker(side=384, scales=6), crop=crop).all
    assert stored["quick"] is False


def test_cropping_costs_the_same_at_every_side_and_convolutions_grow_with_the_pixels(run):
    for report in (run[1], json.loads(STORED.read_text(encoding="utf-8"))):
        assert len({cost for (way, _), cost in counted(report).items() if way == "crop"}) == 1
    found = counted(report)
    assert found["convolutions", 400] == pytest.approx(100 * found["convolutions", 40], rel=0.01)
