"""Measure which cells of the chapters run in the page's Python, by running them there: book/live.json.

    python tools/live/measure.py [01_sequences …]      the chapters named, or all; the site must be built

Each chapter's cells are run in order, in one namespace, in Chromium. A cell that ends with an error, or takes longer
than SECONDS, keeps its stored output and says why. Exercises are stubs: NotImplementedError is what they should say.
"""

import argparse
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
from tools import pages
from tools.chromium import browser, served
from tools.live import sources
from tools.project import NOTEBOOKS, ROOT, chapters

MEASURED = ROOT / "book" / "live.json"
SECONDS = 30
TORCH = "PyTorch does not run in a browser: this cell shows its stored output."
AFTER = "This cell needs what a cell above makes that does not run in a browser."
SLOW = f"This cell takes longer than {SECONDS} seconds in a browser."
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
    if "No module named 'torch" in last or "safetensors" in last:
        return TORCH
    if last.startswith("NameError"):
        return AFTER
    if last.startswith(("ModuleNotFoundError", "ImportError")):
        return f"This cell needs a package that a browser lacks ({last.partition(': ')[2]})."
    return f"This cell does not run in a browser ({last})."


def cells_of(chapter: str) -> list[Any]:
    notebook = nbformat.read(NOTEBOOKS / f"{chapter}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if "remove-cell" not in cell.metadata.get("tags", [])]


def measure(page: Any, chapter: str) -> dict[str, str]:
    """Cell → why it cannot run, "" if it can."""
    found: dict[str, str] = {}
    cells, lost, before = cells_of(chapter), 0, list[Any]()
    above = [cell.source for cell in cells]
    for cell in tqdm(cells, desc=chapter, unit="cell", leave=False):
        answer = page.evaluate(RUN, [cell.source, above, SECONDS])
        found[cell.id] = reason(answer["error"])
        if answer["restarted"] != lost:  # what stood above is gone: make it again
            lost = answer["restarted"]
            for earlier in before:
                page.evaluate(RUN, [earlier.source, above, SECONDS])
        elif not found[cell.id]:
            before.append(cell)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="chapters, all by default")
    wanted = parser.parse_args(arguments).names or [path.stem for path in chapters()]
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
