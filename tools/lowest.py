"""Make the virtual environment .venv-lower: the lowest versions that pyproject.toml allows, on the lowest Python.

    python3 tools/lowest.py            what make test-lower runs its tests in; TORCH as for tools/environment.py

A range that begins too low fails there, and not at a reader who has an old NumPy. Every lower end is a release that
exists. What the course does not name itself is as new as those versions allow. PyTorch stays at the version of
constraints.txt: other builds take gigabytes.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tools import environment

FOLDER = os.path.join(environment.ROOT, ".venv-lower")
FILE = os.path.join(environment.ROOT, "_build", "lowest.txt")
STAYS = ("torch",)
LOWEST = os.path.realpath(sys.prefix) == os.path.realpath(FOLDER)  # whether this Python is that environment's


def lowest(pyproject, constraints):  # type: (str, str) -> list[str]
    """The lines of a constraints file: the lower end of each range of the package and its extras."""
    ranges = re.findall(r'"([\w.-]+)>=([\w.]+)[^"]*"', pyproject.split("[project]")[1].split("[tool.")[0])
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)$", constraints))
    return sorted(f"{name}=={pinned[name] if name in STAYS else version}" for name, version in set(ranges))


def main():  # type: () -> int
    lines = lowest(
        *(environment.open_text(os.path.join(environment.ROOT, n)) for n in ("pyproject.toml", "constraints.txt"))
    )
    os.makedirs(os.path.dirname(FILE), exist_ok=True)
    with open(FILE, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    environment.SUPPORTED = environment.SUPPORTED[-1:]
    environment.VENV, environment.PINS = FOLDER, FILE
    environment.STAMP = os.path.join(FOLDER, ".installed")
    environment.PYTHON = os.path.join(FOLDER, "bin", "python")
    return environment.main()


if __name__ == "__main__":
    sys.exit(main())
