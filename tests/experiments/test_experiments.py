"""The experiments themselves, each in small: it runs to its end, goes on where it was stopped, has what is stored."""

import pytest

from rnncourse.data import results
from tests.tolerances import assert_close
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
    last = max(1, total // 2)  # the run that is stopped

    def stopping(seed):
        made.append(seed)
        if len(made) == last:
            raise KeyboardInterrupt
        begin(seed)

    monkeypatch.setattr(skeleton, "_begin_torch", stopping)
    assert small(name, tmp_path / "stopped.json") == 130
    half = read(tmp_path / "stopped.json")["about"]
    assert (half["done"], half["complete"]) == (last - 1, False)
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


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_the_race_s_networks_side_by_side_are_torch_s_one_by_one_and_fill_the_budget(cell):
    race = experiment("10_race")
    networks, H = race.Networks(cell, 3.0, 2), race.UNITS[cell]
    x = torch.randn(2, 4, 6, race.WORDS, generator=torch.Generator().manual_seed(0))
    assert sum(p[0].numel() for p in networks.parameters()) <= race.BUDGET
    assert race.GATES[cell] * (H + 1) * (race.WORDS + H + 3) + race.CLASSES * (H + 2) > race.BUDGET
    for seed in (0, 1):
        torch.manual_seed(seed)
        layer, readout = getattr(torch.nn, cell)(race.WORDS, H), torch.nn.Linear(H, race.CLASSES)
        if cell != "RNN":
            with torch.no_grad():
                layer.bias_ih_l0[H : 2 * H], layer.bias_hh_l0[H : 2 * H] = 3.0, 0.0
        alone = readout(layer(x[seed].transpose(0, 1))[0][-1])
        assert_close(networks(x)[seed].detach(), alone.detach(), dtype="float32")


def test_networks_side_by_side_are_clipped_each_by_its_own_norm():
    side_by_side = torch.nn.ParameterList([torch.ones(3, 2, 2), torch.ones(3, 4)])
    alone = [[torch.nn.Parameter(parameter[k].detach().clone()) for parameter in side_by_side] for k in range(3)]
    scale = torch.tensor([0.01, 1.0, 20.0])  # the first stays below the limit
    for j, parameter in enumerate(side_by_side):
        different = 1 + j + torch.arange(parameter.numel()).view_as(parameter) / 9
        parameter.grad = scale.view(-1, *[1] * (parameter.ndim - 1)) * different
        for k in range(3):
            alone[k][j].grad = parameter.grad[k].clone()
    experiment("_abreast").clip_each(side_by_side)
    for k in range(3):
        torch.nn.utils.clip_grad_norm_(alone[k], 1.0)
        for parameter, single in zip(side_by_side, alone[k], strict=True):
            assert_close(parameter.grad[k], single.grad, dtype="float32")
