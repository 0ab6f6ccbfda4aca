"""The page "Where these numbers were checked", from the runs that tools/processors.py stored.

python tools/processors_page.py            write book/processors.md
python tools/processors_page.py check      only say whether it is up to date
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import nbformat

from rnncourse.systems.options import Parser
from tools.claims import cell, title
from tools.project import NOTEBOOKS, ROOT

STORED = ROOT / "book" / "processors.json"
PAGE = ROOT / "book" / "processors.md"
HEAD = """# Where these numbers were checked

Training is chaotic. Another processor adds the same numbers in another order, the last digit comes out differently, and
some hundred updates later so does everything. A claim that is true on one machine alone is not true. So each chapter is
run as other processors would run it, by `make processors`, and each of its [claims](claims.md) is judged there.

## How many claims hold
"""
FAIL = """
## Claims that do not hold everywhere
"""
DIFFER = """
## How much looks different

The tests of the notebooks compare what a cell shows with what is stored: a claim's numbers and a figure within a
tolerance, the rest as text. So many of these would complain on such a processor.
"""
SETTINGS = """
## The settings

The libraries choose their instructions by environment variables, which lets one machine stand for several: for matrix
products and all of torch, that is; NumPy's own loops, for tanh or exp, stay those of the machine. The last setting
stands for what cannot be simulated: it changes what is drawn at random, weights above all, in the seventh digit.

| Setting | Stands for | Variables | NumPy, torch |
| --- | --- | --- | --- |"""
OLD = "\n† Run with other code than that which made the chapter as it is shown."
Run = dict[str, Any]


def load() -> dict[str, Any]:
    """The settings, and of each chapter and setting the last run."""
    return json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {"settings": {}, "runs": {}}


def page(folder: Path = NOTEBOOKS) -> str:
    """The whole page; `folder` has the notebooks, whose titles and digests it takes."""
    stored = load()
    settings, runs = stored["settings"], dict(sorted(stored["runs"].items()))
    hold = grid(folder, settings, runs, held)
    parts = [HEAD, *hold, *([OLD] if any("†" in line for line in hold) else []), FAIL]
    failing = [
        f"| {chapter} | {name} | {cell(statement)} | {cell(value)} |"
        for chapter, row in runs.items()
        for name in settings
        for statement, value in failures(row.get(name, {}))
    ]
    columns = "| Chapter | Setting | Claim | Measured there |\n| --- | --- | --- | --- |"
    parts += [columns, *failing] if failing else ["None."]
    parts += [DIFFER, *grid(folder, settings, runs, lambda run: str(len(run.get("apart", [])))), SETTINGS]
    every = [run for row in runs.values() for run in row.values()]
    for name, setting in settings.items():
        variables = " ".join(f"`{key}={value}`" for key, value in setting["variables"].items())
        instructions = sorted({ran(row[name]) for row in runs.values() if "kernel" in row.get(name, {})})
        parts.append(f"| {name} | {setting['words']} | {variables} | {'; '.join(instructions)} |")
    parts.append(f"\nRun on: {'; '.join(sorted({machine(run) for run in every if 'kernel' in run}))}.")
    return "\n".join(parts) + "\n"


def grid(folder: Path, settings: dict[str, Any], runs: dict[str, Any], show: Callable[[Run], str]) -> list[str]:
    """A table of chapters and settings."""
    lines = [f"| Chapter | {' | '.join(settings)} |\n| --- |{' --- |' * len(settings)}"]
    for chapter, row in runs.items():
        notebook = nbformat.read(folder / f"{chapter}.ipynb", as_version=4)
        digest = notebook.metadata.get("rnncourse", {}).get("digest")
        entries = [entry(row.get(name), digest, show) for name in settings]
        lines.append(f"| [{title(notebook)}](../notebooks/{chapter}.ipynb) | {' | '.join(entries)} |")
    return lines


def entry(run: Run | None, digest: str | None, show: Callable[[Run], str]) -> str:
    """One run in a table."""
    if run is None:
        return "not run yet"
    if not run["available"]:
        return "not available here"
    return show(run) + ("" if run["digest"] == digest else " †")


def held(run: Run) -> str:
    """How many claims of a run hold."""
    claims = run.get("claims", [])
    return "stops" if "stops" in run else f"{sum(claim['holds'] for claim in claims)} of {len(claims)}"


def failures(run: Run) -> list[tuple[str, str]]:
    """Statement and value of each claim that did not hold, and what stopped the run."""
    failing = [(claim["statement"], claim["value"]) for claim in run.get("claims", []) if not claim["holds"]]
    return failing + ([("(the chapter stops)", run["stops"])] if "stops" in run else [])


def ran(run: Run) -> str:
    """The instructions that a run used."""
    kernel = run["kernel"]
    return f"{kernel['blas']}, {kernel['torch']}, {kernel['threads']} thread{'s' if kernel['threads'] > 1 else ''}"


def machine(run: Run) -> str:
    """The processor of a run, and the libraries."""
    versions = run["kernel"]["versions"]
    return f"{run['processor']} with {', '.join(f'{name} {version}' for name, version in versions.items())}"


def write() -> None:
    """Write the page if it changed."""
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["check"])
    if parser.parse_args().what == "check":
        up_to_date = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        sys.exit(None if up_to_date else "book/processors.md is out of date: run `make notebooks`")
    write()
