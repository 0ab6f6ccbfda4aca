"""Where things stand, and the settings that are read from one place: the address, the extras, the chapters."""

import atexit
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "book" / "chapters"
NOTEBOOKS = ROOT / "notebooks"
EXPERIMENTS = ROOT / "experiments"
CHAPTER_NAME = re.compile(r"\d\d_[a-z0-9_]+")

# What every kernel of the course gets, so that outputs are the same wherever a chapter is executed.
KERNEL_ENVIRONMENT = {
    "RNNCOURSE_RENDER": "static",  # interactive figures show their form for pages
    "OMP_NUM_THREADS": "1",  # sums in one order; two chapters at once share two cores
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "IPYTHON_SUPPRESS_CONFIG_ERRORS": "1",
}


@cache
def kernel_home() -> dict[str, str]:
    """A folder for what IPython and matplotlib keep, so that nothing of the person who runs this counts or must exist.

    No history, start-up files or matplotlibrc, and a home that cannot be written is no matter. The fonts are looked for
    here once: a kernel that had to do it may say so, and would show that in its first cell.
    """
    folder = tempfile.mkdtemp(prefix="rnncourse-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = {"IPYTHONDIR": folder, "MPLCONFIGDIR": folder}
    find = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(find, env=os.environ | home, check=True, capture_output=True)
    return home


@cache
def configuration() -> dict[str, Any]:
    """The content of _config.yml."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


@cache
def metadata() -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def address() -> str:
    """The repository's address, without a slash at its end."""
    return str(configuration()["repository"]["url"]).rstrip("/")


def branch() -> str:
    """The branch that Colab and Binder open."""
    return str(configuration()["repository"].get("branch", "main"))


def distribution(requirement: str) -> str:
    """The normalised name in a requirement: "NumPy>=1.26" → "numpy"."""
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def chapters(folder: Path = CHAPTERS) -> list[Path]:
    """Sources of the chapters that are written, in order."""
    return sorted(path for path in folder.glob("*.md") if CHAPTER_NAME.fullmatch(path.stem))


def experiment(name: str) -> ModuleType:
    """Import experiments/NAME.py; `import 07_remedies` is no Python, and the scripts import what is beside them."""
    if str(EXPERIMENTS) not in sys.path:
        sys.path.append(str(EXPERIMENTS))
    return importlib.import_module(name)
