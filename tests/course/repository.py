"""What git keeps: the files that a clone has, and which of them are text."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".bib", ".js", ".css", ".html", ".json", ".csv", ".cff", ""}


@cache
def tracked() -> tuple[str, ...]:
    """Paths of the files in the index that still exist; without git, everything but what is built."""
    try:
        listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, stderr=subprocess.DEVNULL, text=True)
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        built = {".venv", "_build", "__pycache__", ".git"}
        paths = (p.relative_to(ROOT) for p in ROOT.rglob("*"))
        names = [str(p) for p in paths if not built & set(p.parts)]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def texts(*, notebooks: bool = False) -> dict[str, str]:
    """Path and content of each text file; notebooks on request."""
    kept = TEXT | ({".ipynb"} if notebooks else set())
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in tracked() if Path(name).suffix in kept}
