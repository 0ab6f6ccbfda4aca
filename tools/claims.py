"""Collect the claims that the notebooks show and assert into book/claims.md: the claim and what was measured.

python tools/claims.py            write book/claims.md
python tools/claims.py check      only say whether it is up to date
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import nbformat
from nbformat import NotebookNode

from rnncourse.claims import MIME, Claim
from rnncourse.systems.options import Parser
from tools.pages import pages
from tools.project import NOTEBOOKS, ROOT

PAGE = ROOT / "book" / "claims.md"
HEAD = """# Claims

Each sentence below is said in a chapter, shown there by the value beside it, and asserted in the cell that shows it:
if it stopped being true, the tests would fail. Where several seeds were trained, the value is the mean or the median,
and behind it stand the lowest and the highest. On another processor the last digits differ and training may take
another path: the last column says how far each number may lie from the one shown here before the tests fail (0: not at
all). The table is collected from the notebooks by `make notebooks`."""
COLUMNS = "| Claim | Measured | Within |\n| --- | --- | --- |"


def title(notebook: NotebookNode) -> str:
    """The chapter's first heading."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.search(r"(?m)^# +(.+)$", cell.source)):
            return match[1].strip()
    raise ValueError("no heading of the first level")


def claims_of(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    """Statement, value and tolerance of each claim, in the order of the page."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    found = (output.get("data", {}).get(MIME) for output in outputs)
    return [_row(claim) for claim in found if claim]


def _row(data: dict[str, Any]) -> tuple[str, str, str]:
    claim = Claim.from_stored(data)
    widths = {row.label: f"{row.tolerance:g}" for row in claim.rows}
    same = len(set(widths.values())) == 1
    within = next(iter(widths.values())) if same else "; ".join(f"{label}: {width}" for label, width in widths.items())
    return claim.statement, claim.value, within


def table(folder: Path = NOTEBOOKS) -> str:
    """The whole page: the chapters of the table of contents, in its order."""
    parts = [HEAD]
    chapters = (folder / f"{Path(page).name}.ipynb" for page in pages() if page.startswith("notebooks/"))
    for path in filter(Path.exists, chapters):
        notebook = nbformat.read(path, as_version=4)
        rows = claims_of(notebook)
        if rows:
            parts.append(f"\n## [{title(notebook)}](../notebooks/{path.name})\n\n{COLUMNS}")
            parts += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(parts).rstrip() + "\n"


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def write() -> None:
    """Write the page if it changed."""
    text = table()
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["check"])
    if parser.parse_args().what == "check":
        up_to_date = PAGE.exists() and PAGE.read_text(encoding="utf-8") == table()
        sys.exit(None if up_to_date else "book/claims.md is out of date: run `make notebooks`")
    write()
