"""Print the built site as one file, _build/rnncourse.pdf: every page of the table of contents, links kept inside.

    python tools/pdf.py          chapters and the pages around them
    python tools/pdf.py --all    the pages on the package too

The pages are joined into one document, which Chromium prints with the site's print style.
"""

import argparse
import posixpath
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bs4 import BeautifulSoup, Tag

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser
from tools.chromium import executable
from tools.pages import BUILD, SITE, missing_pages, pages

TARGET = BUILD / "rnncourse.pdf"
ABROAD = ("http:", "https:", "mailto:", "data:")
STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-center { content: counter(page); font: 9pt sans-serif; } }
body { margin: 0; background: #fff; }
article { break-before: page; }
article:first-of-type { break-before: auto; }
"""


def anchor(page: str, fragment: str = "") -> str:
    """The name of a place in the joined document."""
    return f"{page.replace('/', '-')}--{fragment}" if fragment else page.replace("/", "-")


def moved(page: str, address: str, kept: set[str]) -> str:
    """A link or source of a page, as it must read in the joined document, which lies beside the site's folder."""
    if address.startswith(ABROAD):
        return address
    path, _, fragment = address.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path))) if path else f"{page}.html"
    name = target.removesuffix(".html")
    return f"#{anchor(name, fragment)}" if target.endswith(".html") and name in kept else f"html/{target}"


def article(page: str, kept: set[str]) -> Tag:
    """The article of a built page with its names and links changed for the joined document."""
    soup = BeautifulSoup((SITE / f"{page}.html").read_text(encoding="utf-8"), "lxml")
    found = soup.select_one("article.bd-article")
    assert found is not None, f"{page} has no article"
    for gone in found.select("script, button, .headerlink, .rnn-controls, .rnn-form, .rnn-still, .chapter-map-tall"):
        gone.decompose()
    for place in found.select("[id]"):
        place["id"] = anchor(page, str(place["id"]))
    for attribute in ("href", "src"):
        for element in found.select(f"a[{attribute}], img[{attribute}]"):
            element[attribute] = moved(page, str(element[attribute]), kept)
    for answer in found.select("details"):
        answer["open"] = ""
    found["id"] = anchor(page)
    return found


def join(names: list[str]) -> Path:
    """All articles as one HTML document; its path."""
    first = BeautifulSoup((SITE / f"{names[0]}.html").read_text(encoding="utf-8"), "lxml")
    files = ["styles/theme.css", "styles/pydata-sphinx-theme.css", "pygments.css", "styles/sphinx-book-theme.css"]
    files += sorted(p.name for p in (SITE / "_static").glob("*.css") if p.name not in ("pygments.css", "basic.css"))
    files.append(files.pop(files.index("course.css")))  # the course's own look has the last word
    links = "".join(f'<link rel="stylesheet" href="html/_static/{name}">' for name in files)
    kept = set(names)
    body = "\n".join(str(article(name, kept)) for name in names)
    title = first.title.get_text() if first.title else ""
    document = BUILD / "print.html"
    document.write_text(
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>'
        f"{links}<style>{STYLE}</style></head><body>{body}</body></html>",
        encoding="utf-8",
    )
    return document


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="print the pages on the package too")
    options = parser.parse_args()
    chromium = executable()
    if missing_pages():
        print("error: there is no complete site yet: run make book", file=sys.stderr)
        return 1
    names = [name for name in pages() if options.all or not name.startswith("book/api/")]
    TARGET.unlink(missing_ok=True)
    command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--allow-file-access-from-files", "--no-pdf-header-footer", f"--print-to-pdf={TARGET}"]
    done = subprocess.run([*command, join(names).as_uri()], capture_output=True, text=True, timeout=540)
    if not TARGET.is_file():
        print(f"error: nothing was printed: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return 1
    print(f"{len(names)} pages of the site in {TARGET} ({TARGET.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
