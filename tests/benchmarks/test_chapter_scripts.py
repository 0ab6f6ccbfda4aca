"""The scripts behind the chapters' stored results, each in small: it runs to its end and writes what the page reads."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from rnncourse.data import results

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def threads_put_back():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def run_script(monkeypatch, tmp_path):
    """Run benchmarks/NAME.py with options and return the JSON it wrote."""

    def run(name, *options):
        spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        output = tmp_path / f"{name}.json"
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *options, "--output", str(output)])
        spec.loader.exec_module(module)
        module.main()
        return module, json.loads(output.read_text(encoding="utf-8"))

    return run


def same_shape(made, stored):
    """Whether two results have the same keys at every level above the numbers."""
    if isinstance(made, dict) and isinstance(stored, dict):
        return made.keys() == stored.keys() and all(same_shape(made[key], stored[key]) for key in made)
    return isinstance(made, list) == isinstance(stored, list)


def test_remedies_writes_one_error_a_seed_for_every_row_and_task(run_script):
    module, made = run_script("remedies", "--seeds", "1", "--updates", "2")
    assert set(made["rows"]) == {"adding", "temporal order"}
    for rows in made["rows"].values():
        assert set(rows) == set(module.ROWS)
        for name, row in rows.items():
            assert len(row["errors"]) == 1
            assert np.isfinite(row["errors"]).all()
            assert row["rate"] in module.RATES[module.ROWS[name].optimiser]
            assert row["seconds"] >= 0


def test_lstm_ablation_writes_one_error_a_seed_for_every_variant(run_script):
    _, made = run_script("lstm_ablation", "--seeds", "1", "--updates", "2")
    assert same_shape(made["errors"], results.load("lstm_ablation")["errors"])
    assert all(len(errors) == 1 for task in made["errors"].values() for errors in task.values())


def test_truncation_writes_bits_for_every_window_and_reach(run_script):
    _, made = run_script("truncation", "--seeds", "1", "--characters", "6700")
    assert same_shape(made["bits per character"], results.load("truncation")["bits per character"])
    bits = [
        value for protocol in made["bits per character"].values() for values in protocol.values() for value in values
    ]
    assert all(0 < value < 8 for value in bits)


def test_cells_writes_scores_and_sizes_for_every_cell(run_script):
    module, made = run_script("cells", "--seeds", "1", "--share", "0.005")
    assert same_shape(made, {**results.load("cells"), "about": made["about"]})
    assert all(size["parameters"] <= module.BUDGET for task in made["sizes"].values() for size in task.values())


@pytest.mark.parametrize("name", ["remedies", "lstm_ablation", "truncation", "cells"])
def test_stored_result_names_its_command_time_and_machine(name):
    about = results.load(name)["about"]
    assert about["command"].startswith(f"python benchmarks/{name}.py")
    assert about["seconds"] > 0
    assert about["machine"]
