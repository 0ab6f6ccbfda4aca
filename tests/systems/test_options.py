"""Options of every command: what is out of range is one line with the option, its range and what was given."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnncourse.systems.options import Parser, device, like, new_file, new_folder, real, spelt, stem, whole

ROOT = Path(__file__).parents[2]


def refused(kind, *given):
    """The one line with which a command refuses an option of this kind."""
    parser = Parser(prog="program")
    parser.add_argument("--option", type=kind)
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(["--option", *given])
    assert stop.value.code == 2
    return stop.value


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (whole(1, 9), "0", "1 to 9, got '0'"),
        (whole(1, 9), "10", "1 to 9, got '10'"),
        (whole(1, 9), "-1", "1 to 9, got '-1'"),
        (whole(1, 9), "2.5", "a whole number, 1 to 9, got '2.5'"),
        (whole(1, 9), "1e3", "a whole number, 1 to 9, got '1e3'"),
        (whole(1, 9), "", "a whole number, 1 to 9, got ''"),
        (whole(1, 9), "9" * 9000, "a whole number, 1 to 9, got '9999"),
        (whole(1), "0", "at least 1, got '0'"),
        (whole(8, 512, multiple=8), "4", "8 to 512, a multiple of 8, got '4'"),
        (whole(8, 512, multiple=8), "20", "a multiple of 8, 8 to 512, got '20'"),
        (real(above=0, high=1), "0", "a number, above 0, at most 1, got '0'"),
        (real(above=0, high=1), "1.5", "a number, above 0, at most 1, got '1.5'"),
        (real(above=0), "nan", "a number, above 0, got 'nan'"),
        (real(above=0), "inf", "a number, above 0, got 'inf'"),
        (real(0), "-0.5", "a number, at least 0, got '-0.5'"),
        (real(), "word", "a number, got 'word'"),
        (device(), "tpu", "cpu, cuda or cuda:N (the GPU's number, from 0), got 'tpu'"),
        (device(), "mps", "cpu, cuda or cuda:N"),
        (device(), "banana", "cpu, cuda or cuda:N"),
        (device(), "cuda:", "cpu, cuda or cuda:N"),
        (device(), "cuda:-1", "cpu, cuda or cuda:N"),
        (device(), "cuda:²", "cpu, cuda or cuda:N"),
        (device(), "cpu:1", "cpu, cuda or cuda:N"),
        (device(), "", "cpu, cuda or cuda:N"),
        (new_file, ".", "a file to write, got the folder '.'"),
        (new_file, "", "a file to write, got ''"),
        (new_file, f"{__file__}/a.json", "is a file"),
        (new_folder, __file__, "is a file"),
        (stem, "a/b", "a file's name without a folder, got 'a/b'"),
        (stem, "", "a file's name without a folder"),
        (whole(1), "a\nb", "at least 1, got 'a\\nb'"),
    ],
)
def test_out_of_range_is_one_line_with_the_option_and_its_range(kind, given, said, capsys):
    refused(kind, given)
    error = capsys.readouterr().err
    assert error.startswith("program: argument --option: ")
    assert error.count("\n") == 1
    assert said in error
    assert len(error) < 200


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (whole(1, 9), "1", 1),
        (whole(1, 9), "9", 9),
        (whole(0, multiple=8), "16", 16),
        (real(above=0, high=1), "1", 1.0),
        (real(0), "0", 0.0),
        (real(), "-1e3", -1e3),
        (device(), "cpu", "cpu"),
        (device(), "cpu:0", "cpu:0"),
        (new_file, "nowhere/yet/a.json", Path("nowhere/yet/a.json")),
        (new_folder, "nowhere/yet", Path("nowhere/yet")),
        (stem, "cpu", "cpu"),
    ],
)
def test_what_is_in_range_comes_through(kind, given, value):
    found = kind(given)
    assert found == value
    assert type(found) is type(value)


def test_a_gpu_that_is_not_there_is_named_and_what_to_do(monkeypatch):
    torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(argparse.ArgumentTypeError, match="no GPU that torch can use here, got 'cuda'; use the other"):
        device("use the other")("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device()("cuda:1") == "cuda:1"
    with pytest.raises(argparse.ArgumentTypeError, match="cuda:0 to cuda:1 here, got 'cuda:2'"):
        device()("cuda:2")


def test_an_option_like_its_usual_value():
    assert like(800)("7") == 7
    assert like(0)("0") == 0
    assert like(1.0)("0.5") == 0.5
    assert like(0.0)("0") == 0.0
    assert like(-2.0)("-1") == -1.0
    assert like("adam")("sgd") == "sgd"
    for usual, given in ((800, "0"), (1.0, "0"), (0.0, "-1"), (1.0, "nan"), (-2.0, "-3")):
        with pytest.raises(argparse.ArgumentTypeError):
            like(usual)(given)
    with pytest.raises(TypeError, match="switch"):
        like(True)


def test_an_arguments_name_becomes_the_options():
    options = {"minimum_count": 1, "size": 32}
    assert spelt(ValueError("minimum_count: 1 to 3,\n got 9"), options) == "--minimum-count: 1 to 3, got 9"
    assert spelt(ValueError("size must be 8"), options) == "--size must be 8"
    assert spelt(ValueError("sizes: none"), options) == "sizes: none"


PROGRAMS = [
    *["tools/notebooks.py", "tools/processors.py", "tools/pages.py", "tools/results.py", "tools/claims.py"],
    *["tools/processors_page.py", "tools/checks_report.py", "tools/pdf.py", "tools/live/measure.py"],
    *["tools/live/weigh.py", "tools/live/sources.py", "benchmarks/cpu.py", "benchmarks/gpu.py"],
    *[str(path.relative_to(ROOT)) for path in sorted((ROOT / "experiments").glob("[0-9]*.py"))],
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_takes_its_options_from_here(program):
    """An option that there is not ends each of them at once: none goes on as if nothing had been said."""
    path = ROOT / program
    text = path.read_text(encoding="utf-8")
    if program.startswith("experiments/"):
        text = (ROOT / "experiments/_run.py").read_text(encoding="utf-8")
    assert "rnncourse.systems.options" in text, f"{program} reads its options itself"
    assert not re.search(r"argparse\.ArgumentParser\(|type=(int|float)\b|sys\.argv\[1:\] ==", text), program


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["tools/pages.py", "serve", "--port", "70000"], "--port: 0 to 65535, got '70000'"),
        (["tools/checks_report.py", "--seeds", "0"], "--seeds: 1 to "),
        (["tools/results.py", "chekc"], "invalid choice: 'chekc'"),
        (["tools/claims.py", "chekc"], "invalid choice: 'chekc'"),
        (["tools/processors_page.py", "chekc"], "invalid choice: 'chekc'"),
        (["tools/processors.py", "run", "99_nowhere"], "no such chapter: 99_nowhere"),
        (["tools/live/sources.py", "--nothing"], "unrecognized arguments: --nothing"),
        (["experiments/06_distance.py", "--updates", "0", "--output", "a.json"], "--updates: at least 1, got '0'"),
        (["experiments/10_cells.py", "--share", "nan", "--output", "a.json"], "--share: a number, above 0, got 'nan'"),
        (["experiments/06_distance.py", "--seeds", "x"], "--seeds: a whole number, at least 1, got 'x'"),
        (["benchmarks/cpu.py", "--threads", "0"], "--threads: 1 to 1024, got '0'"),
        (["benchmarks/cpu.py", "--rounds", "-3"], "--rounds: 1 to "),
        (["benchmarks/cpu.py", "--name", "a/b"], "--name: a file's name"),
        (["-m", "rnncourse.checks", "stub", "rnn_stp"], "rnn_step"),
        (["-m", "rnncourse.checks", "export", "--format", "otter", "out", "--chapter", "99"], "no chapter's name"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_program_refuses_in_one_line(given, said, tmp_path):
    if given[0].endswith(".py"):
        given = [str(ROOT / given[0]), *given[1:]]
    done = subprocess.run([sys.executable, *given], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--device", "tpu"], "cpu, cuda or cuda:N"),
        (["--steps", "0"], "--steps: 1 to "),
        (["--repeats", "0"], "--repeats: 1 to "),
        (["--warm-up", "-1"], "--warm-up: 0 to "),
        (["--device", "cpu", "--only", "nothing"], "--only: no case's name contains 'nothing'"),
    ],
)
def test_the_gpu_benchmark_refuses_in_one_line(given, said, capsys):
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    import importlib.util

    spec = importlib.util.spec_from_file_location("benchmark_options", ROOT / "benchmarks/gpu.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    assert module.main(given) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
