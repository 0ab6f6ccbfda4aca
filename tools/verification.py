"""Does a notebook still give the outputs that it stores? nbval says, with the settings of the tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat

from tools.project import KERNEL_ENVIRONMENT, ROOT


def differences(file: Path) -> list[str]:
    """Execute a notebook and compare its outputs with the stored ones, as the tests do; what differs, cell by cell."""
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", f"--rootdir={ROOT}", "-p", "tools.comparison"]
    command += ["-p", "no:cacheprovider", "-q", "--color=no"]
    environment = {**os.environ, **KERNEL_ENVIRONMENT}
    result = subprocess.run([*command, str(file)], cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode == 0:
        return []
    cells = [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
    reasons = {int(number): why for number, why in re.findall(r"(?m)^\W*Cell (\d+): (.+)", result.stdout)}
    found = [f"code cell {n} ({cells[n].source.partition(chr(10))[0]!r}): {why}" for n, why in sorted(reasons.items())]
    return found or [f"the run ended with status {result.returncode}: {(result.stdout + result.stderr)[-500:]}"]
