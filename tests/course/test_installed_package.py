"""On Colab there is the installed package and nothing else of the repository: it must bring its data."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.course.repository import ROOT, tracked


@pytest.mark.slow
def test_wheel_holds_every_file_of_the_package(tmp_path):
    source = tmp_path / "source"
    kept = [name for name in tracked() if name.startswith("rnncourse/")]
    for name in [*kept, "pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w"]
    result = subprocess.run([*command, str(tmp_path), str(source)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    packed = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert not set(kept) - packed, f"not installed with the package: {sorted(set(kept) - packed)}"
