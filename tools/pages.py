"""Build the site from the stored outputs, check that every page is there, serve it, or pack it.

python tools/pages.py build     into _build/html; nothing to do when nothing changed
python tools/pages.py serve     on this machine only
python tools/pages.py zip       the built site as _build/rnncourse-site.zip, to read without a network
"""

import argparse
import contextlib
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml
from filelock import FileLock

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser, whole
from tools.live import sources
from tools.project import ROOT

BUILD = ROOT / "_build"
SITE = BUILD / "html"
STAMP = BUILD / "site.digest"
SOURCES = [
    "_config.yml",
    "_toc.yml",
    "constraints.txt",
    "book",
    "notebooks",
    "rnncourse",
    "tools/book_extension",
    "tools/live",
]
FRONT_DOOR = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}.html">
<title>Recurrent neural networks, exactly</title>
</head>
<body><h1>Recurrent neural networks, exactly</h1><p><a href="{page}.html">Open the course</a></p></body>
</html>
"""
IGNORED = {"__pycache__", ".ipynb_checkpoints", "chapters"}


def pages() -> list[str]:
    """Every page of the table of contents, without ending, the first page first."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def below(node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for item in node:
                yield from below(item)
        elif isinstance(node, dict):
            if "file" in node:
                yield str(node["file"])
            for key in ("parts", "chapters", "sections"):
                yield from below(node.get(key, []))

    return [str(toc["root"]), *below({key: value for key, value in toc.items() if key != "root"})]


def digest() -> str:
    """One number for everything that the pages are made from."""
    total = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if not IGNORED & set(file.relative_to(ROOT).parts):
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def missing_pages() -> list[str]:
    """Pages of the table of contents, and index.html, that the build did not write."""
    wanted = ["index.html", "search.html", *(f"{page}.html" for page in pages())]
    return [page for page in wanted if not (SITE / page).is_file()]


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One build at a time."""
    BUILD.mkdir(exist_ok=True)
    with FileLock(BUILD / ".lock"):
        yield


def live() -> bool:
    """Whether the page's Python is at hand, after an attempt to fetch it; where it is not, one line says why."""
    try:
        sources.obtain()
    except sources.NoSource as reason:
        print(f"the pages are built without live cells ({reason})", file=sys.stderr)
        return False
    return True


def build() -> int:
    """A full build, warnings as errors. Never a partial one: it would not see links that a changed page broke."""
    now = f"{digest()} {'live' if live() else 'still'}"
    if STAMP.exists() and STAMP.read_text().strip() == now and not missing_pages():
        print(f"the site is up to date: open {SITE / 'index.html'} or run make serve")
        return 0
    for stale in (SITE, BUILD / ".doctrees"):
        shutil.rmtree(stale, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    jupyter_book = str(Path(sys.executable).with_name("jupyter-book"))
    command = [jupyter_book, "build", str(ROOT), "-n", "-W", "--keep-going", "-q"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "NO_COLOR": "1"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode:
        lines = (result.stdout + result.stderr).replace(f"{ROOT}/", "").splitlines()
        told = [line for line in lines if "WARNING" in line or "ERROR" in line or "CRITICAL" in line]
        print("\n".join(told or lines[-40:]), file=sys.stderr)
        print("error: the site was not built: each line above names a file and what is wrong in it", file=sys.stderr)
        return 1
    (SITE / "index.html").write_text(FRONT_DOOR.format(page=pages()[0]), encoding="utf-8")
    if missing := missing_pages():
        print(f"error: the build wrote no {', '.join(missing)}: compare _toc.yml with the files", file=sys.stderr)
        return 1
    STAMP.write_text(now + "\n")
    print(f"{len(pages())} pages: open {SITE / 'index.html'} or run make serve")
    return 0


class Handler(http.server.SimpleHTTPRequestHandler):
    """Isolates the pages, so that a live cell can be interrupted and keep what it has made."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


def serve(port: int) -> int:
    """The built site for this machine alone."""
    if missing_pages():
        print("error: there is no complete site yet: run make book", file=sys.stderr)
        return 1
    handler = functools.partial(Handler, directory=str(SITE))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        print(f"error: port {port} cannot be used ({error.strerror}): make serve PORT=8001", file=sys.stderr)
        return 1
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"open http://127.0.0.1:{port}/ (stop with Ctrl-C)", flush=True)
        server.serve_forever()
    return 0


def pack() -> int:
    """The built site as one file."""
    if missing_pages():
        print("error: there is no complete site yet: run make book", file=sys.stderr)
        return 1
    print(shutil.make_archive(str(BUILD / "rnncourse-site"), "zip", root_dir=SITE))
    return 0


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["build", "serve", "zip"])
    parser.add_argument("--port", type=whole(0, 65535), default=8000, help="0 to 65535 (0: any free one)")
    options = parser.parse_args()
    if options.command == "serve":
        return serve(options.port)
    with locked():
        return build() if options.command == "build" else pack()


if __name__ == "__main__":
    sys.exit(main())
