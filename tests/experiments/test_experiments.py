"""The experiments themselves, each in small: it runs to its end, goes on where it was stopped, has what is stored."""

import pytest

from rnncourse.data import results
from tools.project import EXPERIMENTS, experiment
from tools.results import state_of_experiment

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
NAMES = sorted(path.stem for path in EXPERIMENTS.glob("[0-9]*.py"))
each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def threads_put_back():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def small(name, output):
    """Make the small run of an experiment, or go on with it; its exit status."""
    try:
        return experiment(name).EXPERIMENT.main(["--small", "--output", str(output)])
    except ModuleNotFoundError as error:
        pytest.skip(f"{name}: {error}")


@each
def test_the_small_run_measures_what_is_stored_and_may_be_stopped_on_its_way(name, tmp_path, monkeypatch):
    read, skeleton = experiment("_record").read, experiment("_run")
    assert small(name, tmp_path / "whole.json") == 0
    whole, made, begin = read(tmp_path / "whole.json"), [], skeleton._begin_torch
    total = whole["about"]["of"]

    def stopping(seed):
        made.append(seed)
        if len(made) == total // 2:
            raise KeyboardInterrupt
        begin(seed)

    monkeypatch.setattr(skeleton, "_begin_torch", stopping)
    assert small(name, tmp_path / "stopped.json") == 130
    half = read(tmp_path / "stopped.json")["about"]
    assert (half["done"], half["complete"]) == (total // 2 - 1, False)
    assert small(name, tmp_path / "stopped.json") == 0
    assert len(made) == total + 1, "a finished run was made again"
    stopped = read(tmp_path / "stopped.json")
    for content in (whole, stopped):
        assert content["about"]["complete"] is True
        for timed in (content["about"], content["about"], *content["runs"].values()):
            assert timed.pop("processor_seconds" if "processor_seconds" in timed else "seconds") >= 0
    assert stopped == whole

    if state_of_experiment(name) == "current":
        stored = results.load(name)["runs"]
        assert whole["runs"].keys() == stored.keys()
        for key, record in whole["runs"].items():
            assert record["setting"] == stored[key]["setting"]
            assert record["measured"].keys() == stored[key]["measured"].keys(), key
            assert {len(numbers) for numbers in record["measured"].values()} == {1}


def test_every_network_of_the_race_keeps_to_the_budget():
    parameters = results.table(results.load("10_cells"), "parameters", "task", "variant")
    most = experiment("10_cells").BUDGET
    assert all(0.9 * most < size <= most for task in parameters.values() for sizes in task.values() for size in sizes)
