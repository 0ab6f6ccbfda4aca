"""The CPU benchmark runs in small, compares what it should, and writes what chapter 20 reads. Times are no test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "cpu.py"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cpu")
    environment = os.environ | {"OPENBLAS_CORETYPE": "Haswell"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--threads", "1", "--output", str(folder)],
        capture_output=True,
        text=True,
        timeout=200,
        env=environment,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "cpu.json").read_text()), folder


def test_every_cell_of_the_table_is_printed_with_its_target(run):
    text, _, _ = run
    for row in ("LSTM ÷ the page's loop", "LSTM ÷ torch.nn", "GRU ÷ torch.nn"):
        assert row in text
    assert text.count("(≤") == 18  # medians, and ratios of the best times


def test_the_report_says_what_was_measured_and_where(run):
    _, report, _ = run
    assert report["quick"] is True
    assert set(report["races"]) == {f"{cell} {config}" for cell in ("lstm", "gru") for config in "abc"}
    for race in report["races"].values():
        assert set(race["milliseconds"]) == {"fast", "loop", "torch"}
        assert all(value > 0 for value in race["milliseconds"].values())
        assert all(value > 0 for value in race["ratio"].values())
    assert report["machine"]["threads"] == 1
    assert report["machine"]["processor"]
    assert report["machine"]["blas"]
    assert set(report["load_average"]) == {"before", "after"}


def test_memory_is_measured_against_the_texts_length(run):
    _, report, _ = run
    assert [row["steps"] for row in report["text"]] == [100, 200]
    assert all(row["truncated_peak_megabytes"] > 0 for row in report["text"])


def test_the_figure_is_drawn(run):
    assert "<svg" in (run[2] / "cpu.svg").read_text()


@pytest.mark.parametrize("name", ["cpu", "cpu_one_thread"])
def test_stored_results_are_of_a_full_run_in_which_memory_did_not_grow(name):
    report = json.loads((SCRIPT.parent / "results" / f"{name}.json").read_text())
    assert report["quick"] is False
    assert report["machine"]["threads"] == (1 if name == "cpu_one_thread" else 2)
    first, last = report["text"][0], report["text"][-1]
    factor = last["steps"] / first["steps"]
    assert factor >= 8
    assert last["truncated_peak_megabytes"] < 1.2 * first["truncated_peak_megabytes"]
    if name == "cpu_one_thread":  # CPU time: linear in the text
        assert last["truncated_cpu_seconds"] < 1.5 * factor * first["truncated_cpu_seconds"]
