"""Tests where PyTorch was left out (make test TORCH=no): what needs it is skipped, and says so."""

import re
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbCell

WHY = "Skipped: needs PyTorch, which is not installed here"
MISSING = "ModuleNotFoundError: No module named 'torch"
INSTALLED = find_spec("torch") is not None


def skipped(report: Any, path: Path, line: int = 0) -> None:
    """Make a failed report one of a skipped test."""
    report.outcome = "skipped"
    report.longrepr = (str(path), line, WHY)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A test module that imports torch is skipped as a whole."""
    report = yield
    if not INSTALLED and report.failed and MISSING in str(report.longrepr):
        skipped(report, collector.path)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """So is a test that imports it on its way, itself or in a process that it started."""
    report = yield
    if not INSTALLED and report.failed and call.excinfo and MISSING in f"{report.longrepr}{call.excinfo.value}":
        skipped(report, item.path, item.location[1] or 0)
    return report


def pytest_itemcollected(item: pytest.Item) -> None:
    """A notebook that uses torch is one story: not one of its cells runs."""
    if not INSTALLED and isinstance(item, IPyNbCell) and uses_torch(item.path):
        item.add_marker(pytest.mark.skip(reason=WHY.removeprefix("Skipped: ")))


def uses_torch(notebook: Path) -> bool:
    """Whether a notebook imports torch, or the parts of the course that do."""
    return bool(re.search(r"(import|from) (torch|rnncourse\.(torch|systems))\b", notebook.read_text(encoding="utf-8")))
