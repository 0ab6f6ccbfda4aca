"""A Sphinx extension that makes cells live: Python in the page, loaded by the first click and never before.

Which cells can run is measured (tools/live/measure.py) and stands in book/live.json. Without the parts of the page's
Python (tools/live/sources.py) the site is built without live cells, and the build says so in one line.
"""

import html
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from chapter_links import addresses
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools.live import models, package, sources
from tools.project import ROOT

PAGE = ROOT / "tools" / "live" / "page"
LINKS = Path(__file__).with_name("chapter_links.py")
MEASURED = ROOT / "book" / "live.json"
CELL = re.compile(r'<div class="cell (?=[^"]*docutils container")')
EXERCISE = re.compile(r'(?m)^check\(\s*"(\w+)"')
HIDDEN = "remove-cell"
PLAYER = re.compile(r'<figure class="rnn-player".*?class="rnn-spec">(.*?)</script>', re.DOTALL)


def lock() -> dict[str, Any]:
    """What Pyodide must know of the packages that the site has."""
    plain = {"install_dir": "site", "package_type": "package", "unvendored_tests": False}
    packages = {name: {"name": name, **plain, **pin} for name, pin in sources.PINS["pyodide"]["packages"].items()}
    return {"info": sources.PINS["pyodide"]["info"], "packages": packages}


def write_parts(parts: Path, target: Path) -> dict[str, Any]:
    """Put everything that live cells need into the site; returns what a page must know: names and bytes."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "pyodide").mkdir(parents=True)
    for path in [*sorted((parts / "editor").iterdir()), *sorted(PAGE.iterdir()), LINKS]:
        if path.is_file():
            shutil.copy(path, target / path.name)
    for name in sources.pyodide_files():
        shutil.copy(parts / "pyodide" / name, target / "pyodide" / name)
    course = package.write(target)
    (target / "pyodide" / "pyodide-lock.json").write_text(json.dumps(lock()), encoding="utf-8")
    size = {path.name: path.stat().st_size for path in target.rglob("*") if path.is_file()}
    packages = sources.PINS["pyodide"]["packages"]
    first = [*sources.PINS["pyodide"]["core"], packages["numpy"]["file_name"], course.name]
    figures = [package["file_name"] for name, package in packages.items() if name != "numpy"]
    return {
        "files": {"course": course.name},
        "bytes": sum(size[name] for name in first),
        "plotting": sum(size[name] for name in figures),
    }


def code_cells(page: str) -> list[Any]:
    """The code cells of a chapter that its page shows, in order."""
    notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if HIDDEN not in cell.metadata.get("tags", [])]


def marked(text: str, cells: list[Any], runs: dict[str, str]) -> str:
    """The page with data-live (empty, or why not) and data-exercise on its cells."""
    left = iter(cells)

    def mark(match: re.Match[str]) -> str:
        cell = next(left)
        if cell.id not in runs:
            return match[0]
        exercise = EXERCISE.search(cell.source)
        name = f' data-exercise="{exercise[1]}"' if exercise else ""
        return f'<div data-live="{html.escape(runs[cell.id])}"{name} class="cell '

    found = CELL.sub(mark, text)
    if next(left, None) is not None:
        raise ValueError("the page shows fewer code cells than its notebook has")
    return found


def played(text: str) -> list[str]:
    """The stored models, "system/model", that play on a page."""
    return [json.loads(specification)["model"] for specification in PLAYER.findall(text)]


def head(page: str, title: str, known: dict[str, Any], *, plays: bool = False) -> str:
    """What a page with live cells loads: some kilobytes; `plays` says whether a stored model plays on it."""
    up = "../" * page.count("/") + "_static/live/"
    modules = {name: f"./{up}{sources.module_file(name)}" for name in sources.PINS["editor"]}
    config = json.dumps({"folder": up, "page": page, "title": title, **known}).replace("<", r"\u003c")
    return (
        f'<link rel="stylesheet" href="{up}live.css">\n'
        f'<script type="importmap">{json.dumps({"imports": modules})}</script>\n'
        f'<script type="application/json" id="live-config">{config}</script>\n'
        f'<script type="module" src="{up}live.js"></script>\n'
        + (f'<script type="module" src="{up}player.js"></script>\n' if plays else "")
        + "</head>"
    )


def finish(app: Sphinx, failure: Exception | None) -> None:
    """After the pages are finished: mark their cells and write the parts."""
    if failure is not None or app.builder.format != "html" or not MEASURED.exists():
        return
    parts = sources.CACHE
    if any(sources.missing(parts / part, files()) for part, (files, _) in sources.PARTS.items()):
        return
    site = Path(app.outdir)
    known = write_parts(parts, site / "_static" / "live")
    paths = {name: site / f"{name}.html" for name in sorted(app.env.found_docs) if name.startswith("notebooks/")}
    texts = {page: path.read_text(encoding="utf-8") for page, path in paths.items()}
    stored = models.write(site / "_static" / "models", (key for text in texts.values() for key in played(text)))
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))["chapters"]
    for page, path in paths.items():
        runs = measured.get(page.removeprefix("notebooks/"), {})
        text = marked(texts[page], code_cells(page), runs)
        title = html.unescape(re.sub("<[^>]*>", "", app.env.titles[page].astext()))
        mine = {key: stored[key] for key in played(text)}
        here = known | {"chapters": addresses(app.env.found_docs, page)} | ({"models": mine} if mine else {})
        path.write_text(text.replace("</head>", head(page, title, here, plays=bool(mine)), 1), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
