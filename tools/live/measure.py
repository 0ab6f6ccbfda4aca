"""Measure which cells of the chapters run in the page's Python, by running them there: book/live.json.

    python tools/live/measure.py [01_sequences …]      the chapters named, or all; the site must be built

Each chapter's cells are run in order, in one namespace, in Chromium. A cell that ends with an error, or takes longer
than SECONDS, once Python and matplotlib are loaded, keeps its stored output and says why. Exercises are stubs:
NotImplementedError is what they should say. An error in a cell that reads what a cell above was to make, and did not,
is that cell's.
"""

import argparse
import ast
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import nbformat
from tqdm import tqdm

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser
from tools import pages
from tools.chromium import browser, served
from tools.live import sources
from tools.project import NOTEBOOKS, ROOT, chapters

MEASURED = ROOT / "book" / "live.json"
SECONDS, LOADING = 30, 300
ABSENT = ("torch", "rnncourse.torch", "rnncourse.systems")  # left out by tools/live/package.py, for it needs PyTorch
TORCH = "PyTorch does not run in a browser: this cell shows its stored output."
AFTER = "This cell needs what a cell above makes that does not run in a browser."
OTHER = "This cell does not run in a browser"
SLOW = f"This cell takes longer than {SECONDS} seconds in a browser."
LOADED = "import matplotlib.pyplot"  # and with it what the first cell would wait for
RUN = """async ([source, above, seconds]) => {
  const live = window.rnncourse.live;
  const late = setTimeout(() => live.stop(), 1000 * seconds);
  const result = await live.run(source, above);
  clearTimeout(late);
  return { error: result.error, restarted: live.restarted };
}"""


def reason(error: str | None) -> str:
    """Why a cell cannot run, for readers; empty where it can."""
    if error is None:
        return ""
    last = error.strip().splitlines()[-1]
    if last.startswith("NotImplementedError"):
        return ""
    if error.startswith("stopped"):
        return SLOW
    if any(f"No module named '{name}" in last for name in ABSENT) or "safetensors" in last:
        return TORCH
    if last.startswith("NameError"):
        return AFTER
    if last.startswith(("ModuleNotFoundError", "ImportError")):
        return f"This cell needs a package that a browser lacks ({last.partition(': ')[2]})."
    return f"{OTHER} ({last})."


def without_magics(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))


def names(source: str, *, made: bool) -> set[str]:
    """Names that a cell reads or, if made, those that it binds or changes: x = …, x[0] = …, x.append(…)."""
    nodes = list(ast.walk(ast.parse(without_magics(source))))
    if not made:
        return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    parts: list[ast.expr] = [n for n in nodes if isinstance(n, ast.Name | ast.Subscript | ast.Attribute)]
    changed = [part for part in parts if isinstance(getattr(part, "ctx", None), ast.Store)]
    changed += [n.func for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    found = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for part in changed:
        while isinstance(part, ast.Subscript | ast.Attribute):
            part = part.value
        if isinstance(part, ast.Name):
            found.add(part.id)
    return found


def consequences(sources_of: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """The same reasons, but an error that a failed cell above explains is said to be that (cell → source, in order)."""
    lacking, told = set[str](), dict[str, str]()
    for cell, source in sources_of.items():
        why = found[cell]
        if why.startswith(OTHER) and names(source, made=False) & lacking:
            why = AFTER
        told[cell] = why
        # What a cell that runs makes anew is there again; what one that failed was to make is not.
        made = names(source, made=True)
        lacking = lacking | made if why else lacking - {name for name in made if binds(source, name)}
    return told


def binds(source: str, name: str) -> bool:
    """Does the cell give the name a value of its own, at its top level?"""
    for statement in ast.parse(without_magics(source)).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name == name:
            return True
        parts = ast.walk(statement) if isinstance(statement, ast.Assign) else ()
        if any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in parts):
            return True
    return False


def cells_of(chapter: str) -> list[Any]:
    notebook = nbformat.read(NOTEBOOKS / f"{chapter}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if "remove-cell" not in cell.metadata.get("tags", [])]


def measure(page: Any, chapter: str) -> dict[str, str]:
    """Cell → why it cannot run, "" if it can."""
    found: dict[str, str] = {}
    cells, lost, before = cells_of(chapter), 0, list[Any]()
    above = [cell.source for cell in cells]
    page.evaluate(RUN, [LOADED, above, LOADING])
    for cell in tqdm(cells, desc=chapter, unit="cell", leave=False):
        answer = page.evaluate(RUN, [cell.source, above, SECONDS])
        found[cell.id] = reason(answer["error"])
        if answer["restarted"] != lost:  # what stood above is gone: make it again
            lost = answer["restarted"]
            page.evaluate(RUN, [LOADED, above, LOADING])
            for earlier in before:
                page.evaluate(RUN, [earlier.source, above, SECONDS])
        elif not found[cell.id]:
            before.append(cell)
    return consequences({cell.id: cell.source for cell in cells}, found)


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="chapters, all by default")
    known = [path.stem for path in chapters()]
    wanted = parser.parse_args(arguments).names or known
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"no such chapter: {', '.join(unknown)}; there are: {', '.join(known)}")
    stored = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    content = {"python": sources.PINS["pyodide"]["version"], "seconds": SECONDS, "chapters": stored.get("chapters", {})}
    with browser() as chromium, served(pages.SITE, pages.Handler) as address:
        for chapter in tqdm(wanted, unit="chapter"):
            begun, page = time.monotonic(), chromium.new_page()
            page.goto(f"{address}notebooks/{chapter}.html")
            found = content["chapters"][chapter] = measure(page, chapter)
            page.close()
            runs = sum(not why for why in found.values())
            tqdm.write(f"{chapter}: {runs} of {len(found)} cells run, {time.monotonic() - begun:.0f} s")
            content["chapters"] = dict(sorted(content["chapters"].items()))
            MEASURED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
