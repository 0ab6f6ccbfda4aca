"""The two commands and what stands around them: one clear line where something is missing, and nothing said twice."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from tests.course.repository import ROOT, tracked
from tools import environment

TARGETS = re.search(r"(?m)^\.PHONY: (.+)$", (ROOT / "Makefile").read_text())[1].split()


def test_help_names_every_target():
    shown = subprocess.check_output(["make", "-s", "help"], cwd=ROOT, text=True)
    missing = [target for target in TARGETS if not re.search(rf"make {target}\s", shown)]
    assert not missing, f"make help does not show {missing}"


def test_tests_run_everything_that_there_is():
    makefile = (ROOT / "Makefile").read_text()
    settings = (ROOT / "pyproject.toml").read_text()
    assert re.search(r"(?m)^test: .*\blint\b.*\bbook\b", makefile)
    assert '"tests", "notebooks"' in settings
    assert "--nbval " in settings
    assert "--nbval-cell-timeout=" in settings
    assert "--dist loadfile" in makefile, "one notebook would be split between two kernels"


@pytest.mark.parametrize("name", [name for name in tracked() if name.startswith(".github/workflows/")])
def test_workflow_calls_make_and_nothing_else(name):
    jobs = yaml.safe_load((ROOT / name).read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        assert re.fullmatch(r"make [a-z]+( [A-Z]+=\S+)*", command.strip()), f"{name} runs {command!r}"


def test_continuous_integration_calls_make_test_and_then_make_book():
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make test", "make book"]
    assert (ROOT / ".ci/run").stat().st_mode & 0o111, ".ci/run cannot be executed"


def one_line(capsys):
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    assert said.count("\n") == 0, said
    assert said.startswith("error: "), said
    return said


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    """A machine without .venv."""
    monkeypatch.setattr(environment, "VENV", str(tmp_path / "venv"))
    monkeypatch.setattr(environment, "STAMP", str(tmp_path / "venv/.installed"))
    monkeypatch.setattr(environment, "PYTHON", str(tmp_path / "venv/bin/python"))
    return tmp_path


def test_unsupported_python_gives_one_line(nothing_installed, monkeypatch, capsys):
    monkeypatch.setattr(environment, "sys", SimpleNamespace(version_info=(3, 9, 2), stderr=sys.stderr, executable="x"))
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert environment.main() == 1
    assert "3.11, 3.12 or 3.13 and this is 3.9" in one_line(capsys)


def test_missing_venv_gives_one_line(nothing_installed, monkeypatch, capsys):
    python = nothing_installed / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(environment, "find_python", lambda: str(python))
    assert environment.main() == 1
    assert "apt-get install python3-venv" in one_line(capsys)


def fake_pip(folder, complaint):
    """An interpreter whose version is fine and whose pip fails."""
    python = folder / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then echo 3 12; exit 0; fi\necho "{complaint}" >&2\nexit 1\n')
    python.chmod(0o755)


@pytest.mark.parametrize("complaint", ["Temporary failure in name resolution", "Network is unreachable"])
def test_no_network_gives_one_line(nothing_installed, capsys, complaint):
    fake_pip(nothing_installed, complaint)
    assert environment.main() == 1
    assert "connect this machine to the network" in one_line(capsys)


def test_another_fault_of_the_installation_is_shown(nothing_installed, capsys):
    fake_pip(nothing_installed, "No space left on device")
    assert environment.main() == 1
    said = capsys.readouterr().err
    assert "No space left" in said
    assert "the installation failed" in said


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "ERROR: Ignored the following versions\nERROR: No matching distribution found for nothing==1.0\n[notice]",
            "No matching distribution found for nothing==1.0",
        ),
        (
            "  error: subprocess-exited-with-error\n  error: can't find Rust\nerror: metadata-generation-failed",
            "can't find Rust",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\nWARNING: x",
            "Could not install packages due to an OSError: [Errno 28] No space left on device",
        ),
        (
            "Traceback\n  File\nPermissionError: [Errno 13] Permission denied: '/x'",
            "PermissionError: [Errno 13] Permission",
        ),
        ("it broke\n", "it broke"),
        ("", "it said nothing"),
    ],
)
def test_the_reason_of_a_failed_installation_is_its_last_error(said, reason):
    assert environment.reason(said.splitlines(keepends=True)).startswith(reason)


def test_a_folder_that_cannot_be_made_tells_the_reason(nothing_installed, monkeypatch, capsys):
    (nothing_installed / "venv").write_text("a file where the folder should be")
    monkeypatch.setattr(environment, "find_python", lambda: sys.executable)
    assert environment.main() == 1
    said = one_line(capsys)
    assert "could not be made" in said
    assert "not a directory" in said.lower()


@pytest.mark.parametrize(
    ("torch", "made", "installs"),
    [("no", "", False), ("", "without PyTorch", False), ("", "", True), ("yes", "", True)],
)
def test_pytorch_is_left_out_on_request_and_stays_out(nothing_installed, monkeypatch, torch, made, installs):
    (nothing_installed / "venv").mkdir()
    (nothing_installed / "venv/.installed").write_text(f"0123 {made}\n")
    monkeypatch.setenv("TORCH", torch)
    assert ("torch" in environment.extras().split(",")) == installs


def test_another_value_of_torch_gives_one_line(nothing_installed, monkeypatch, capsys):
    monkeypatch.setenv("TORCH", "maybe")
    assert environment.main() == 1
    assert "TORCH is yes or no, not maybe" in one_line(capsys)


def test_a_second_run_installs_nothing(nothing_installed, capsys):
    fake_pip(nothing_installed, "must not be called")
    (nothing_installed / "venv/.installed").write_text(environment.fingerprint() + "\n")
    assert environment.main() == 0
    assert capsys.readouterr().err == ""


def test_unknown_chapter_gives_one_line():
    command = [sys.executable, "tools/notebooks.py", "make", "99_nowhere"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("no such chapter: 99_nowhere")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["tools/look.py clipping", "tools/pdf.py"])
def test_a_machine_without_chromium_is_told_so_in_one_line(command, tmp_path):
    result = subprocess.run(
        [sys.executable, *command.split()],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr == "error: no chromium here; on Debian: apt-get install chromium\n"


def test_types_are_checked_unless_pytorch_was_left_out(tmp_path):
    """Without it mypy finds faults in all that uses torch, and make test TORCH=no would end there."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    recipe = subprocess.check_output(["make", "-n", "lint", "PYTHON=true"], cwd=ROOT, text=True, env=outside)
    mypy = recipe[recipe.index("if .venv/bin/python") :]
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    for has_torch, said in ((0, "-m mypy"), (1, "types were not checked: that needs PyTorch, which was left out")):
        python.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exit {has_torch}; fi\necho "$@"\n')
        python.chmod(0o755)
        assert subprocess.check_output(mypy, shell=True, cwd=tmp_path, text=True).strip() == said
