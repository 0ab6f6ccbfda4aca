"""The GPU benchmark on a CPU: every contestant is checked, a tiny size is timed, and a wrong contestant is caught."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


@pytest.fixture(scope="module")
def gpu():
    spec = importlib.util.spec_from_file_location("benchmark_gpu", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(autouse=True)
def flags_put_back():
    matmul, cudnn = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = matmul, cudnn


def test_a_tiny_run_checks_everything_and_writes_its_result(gpu, tmp_path, capsys):
    file = tmp_path / "results" / "gpu.json"
    assert gpu.main(["--device", "cpu", "--tiny", "--json", str(file)]) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert len(result["rows"]) == len(gpu.CASES) * len(gpu.DTYPES)
    assert not any(row["wrong"] for row in result["rows"])
    for row in result["rows"]:
        alone = "peephole" in row["case"] or row["dtype"] == "fp16"  # no such kernel in torch.nn on a CPU
        expected = {"loop", "graph"} if alone else {"loop", "graph", "native", "torch.nn"}
        assert set(row["errors"]) == set(row["median_ms"]) == expected
        assert all(ms > 0 for ms in row["median_ms"].values())
    assert [row["target"] for row in result["ratios"]] == [0.1, 0.5, 1.0, 0.5, 0.5, 1.05, 0.5]
    assert [row["ratio"] is None for row in result["ratios"]] == [False, False, True, False, False, False, False]
    assert result["machine"]["device"].startswith("CPU")
    assert result["counts"] is False
    out = capsys.readouterr().out
    assert "the times say nothing" in out
    assert "reached" not in out
    assert "FlashRNN" in out


def test_float32_contestants_agree_with_float64_far_better_than_accepted(gpu):
    for case in gpu.CASES:
        errors = gpu.errors(gpu.tiny(case), "fp32", 5, torch.device("cpu"))
        assert all(error < 2e-6 for error in errors.values()), (case.name, errors)


def test_a_wrong_contestant_is_named_and_not_timed(gpu, monkeypatch, capsys):
    right = gpu.step_of_theirs

    def wrong(module, given):
        step = right(module, given)
        return lambda: [step()[0], *(2 * gradient for gradient in step()[1:])]

    monkeypatch.setattr(gpu, "step_of_theirs", wrong)
    assert gpu.main(["--device", "cpu", "--tiny", "--only", "GRU B16", "--dtypes", "fp32"]) == 1
    assert "torch.nn WRONG" in capsys.readouterr().out


def test_a_contestant_that_yields_nan_is_wrong(gpu, monkeypatch, capsys):
    right = gpu.step_of_theirs

    def spoiled(module, given):
        step = right(module, given)
        return lambda: [*step()[:-1], torch.full_like(step()[-1], torch.nan)]

    monkeypatch.setattr(gpu, "step_of_theirs", spoiled)
    assert gpu.main(["--device", "cpu", "--tiny", "--only", "LSTM B128", "--dtypes", "fp32"]) == 1
    assert "torch.nn WRONG (nan)" in capsys.readouterr().out


def test_both_tf32_flags_always_agree(gpu):
    for allowed in (True, False):
        gpu.set_tf32(allowed)
        assert torch.backends.cuda.matmul.allow_tf32 == torch.backends.cudnn.allow_tf32 == allowed


def test_the_targets_name_cases_that_are_run(gpu):
    names = {case.name for case in gpu.CASES}
    assert len(names) == len(gpu.CASES)
    assert {side[0] for ratio in gpu.RATIOS for side in (ratio.ours, ratio.theirs)} <= names


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens where there is no CUDA device")
def test_without_a_gpu_it_says_so_and_measures_nothing(gpu, capsys):
    assert gpu.main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--device cpu --tiny" in captured.err


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none")
def test_a_tiny_run_on_a_gpu(gpu):
    assert gpu.main(["--tiny"]) == 0
