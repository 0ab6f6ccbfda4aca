"""Does a notebook still give the outputs that it stores? nbval says, with the settings of the tests, pictures included.

The tests leave pictures out, for another machine may draw them with other bytes. Here they count, so that no notebook
keeps a figure that its code no longer draws; those of cells tagged `shows-times` alone come out differently each time.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from tools.project import KERNEL_ENVIRONMENT, ROOT

SHOWS_TIMES = "shows-times"  # the tag of a cell whose figure shows measured times or memory
PICTURES = ("image/png", "image/jpeg")


def differences(file: Path) -> list[str]:
    """Execute a notebook and compare its outputs with the stored ones, as the tests do; what differs, cell by cell."""
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", f"--rootdir={ROOT}", "-p", __name__]
    command += ["-p", "no:cacheprovider", "-q", "--color=no"]
    environment = {**os.environ, **KERNEL_ENVIRONMENT}
    result = subprocess.run([*command, str(file)], cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode == 0:
        return []
    cells = [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
    reasons = {int(number): why for number, why in re.findall(r"(?m)^\W*Cell (\d+): (.+)", result.stdout)}
    found = [f"code cell {n} ({cells[n].source.partition(chr(10))[0]!r}): {why}" for n, why in sorted(reasons.items())]
    return found or [f"the run ended with status {result.returncode}: {(result.stdout + result.stderr)[-500:]}"]


def pytest_runtest_setup(item: Any) -> None:
    """This module is a plugin of the run above: it takes pictures off the list of what nbval does not compare."""
    left_out = [kind for kind in item.parent.skip_compare if kind not in PICTURES]
    shows_times = SHOWS_TIMES in item.cell.metadata.get("tags", [])
    item.parent.skip_compare = (*left_out, *(PICTURES if shows_times else ()))
