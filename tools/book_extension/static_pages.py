"""A Sphinx extension that finishes the built pages: light, readable by everyone, whole without a network.

- Formulas are set once, here, by MathJax (it comes with sphinx-mathjax-offline) in the node that is installed or that
  Playwright brings; a page then needs no script to show them. Without a node the pages load MathJax, from their own
  host.
- Scripts that a page does not need are left out: the icons' script, thebe, the search index outside the search page.
- Faults of the theme that keep readers out are mended: the name of the colour-mode button, the role of the
  bibliography's list, doubled viewport tags.
- What no page uses of MathJax does not travel with the site.
"""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

HERE = Path(__file__).resolve().parent
FORMULA = re.compile(
    r'<(span|div) class="(math notranslate nohighlight[^"]*)"([^>]*)>(.*?)(\\\(|\\\[)(.+?)(\\\)|\\\])(.*?)</\1>',
    re.DOTALL,
)
DOLLARS = re.compile(r"(?<![\\$])\$([^$\n]+)\$")
QUESTION = re.compile(r'<div class="rnncourse-check".*?</div>', re.DOTALL)  # questions keep their formulas as $…$
FORMULA_SCRIPT = re.compile(r"\s*<script>window\.MathJax = .*?</script>|\s*<script[^>]*mathjax/[^>]*></script>")
NEEDLESS = re.compile(
    r"\s*<script[^>]*fontawesome\.js[^>]*></script>"
    r"|\s*<link[^>]*sphinx-thebe\.css[^>]*/>"
)
COLOUR_MODE = (  # chosen before the page is drawn, so that nothing flashes
    """document.documentElement.dataset.mode = localStorage.getItem("mode") || "";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "";""",
    """const root = document.documentElement.dataset, dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.mode = localStorage.getItem("mode") || "auto";
    root.theme = root.mode === "auto" ? (dark ? "dark" : "light") : root.mode;""",
)
SEARCH = re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')
SIDEBAR = re.compile(r'(<(?:div|dialog)[^>]*class="bd-sidebar-primary bd-sidebar[^"]*")')
ICON_GLYPHS = re.compile(r'(?:\.fa-[\w-]+:before,?)+\{content:"[^"]*"\}|@font-face\{[^}]*Font Awesome[^}]*\}')
# A file that a page loads only if it has what the file is for.
ONLY_FOR = {
    "sphinx-design.min.css": 'class="sd-',
    "design-tabs.js": "sd-tab-set",
    "mystnb": 'class="cell ',  # a function may be called cell_step
    "exercise.css": "exercise",
    "proof.css": 'class="proof',
    "togglebutton.js": "dropdown",
    "togglebutton.css": "dropdown",
    "formulas.css": "mjx-container",
    "figures.js": "rnn-figure",
    "copybutton.js": "highlight",
    "copybutton.css": "highlight",
    "clipboard.min.js": "highlight",
}
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
KEYBOARD = (  # a phone's keyboard takes room from the page and covers nothing of it
    '<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />'
)


def find_node() -> str | None:
    """A node to run MathJax with, or None."""
    if found := shutil.which("node"):
        return found
    try:
        from playwright._impl._driver import compute_driver_executable
    except ImportError:
        return None
    return str(compute_driver_executable()[0])


def mathjax_folder() -> Path:
    """Where the installed package keeps MathJax."""
    import importlib.util

    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("sphinx-mathjax-offline is not installed")
    return Path(spec.origin).parent / "static" / "mathjax"


def set_formulas(formulas: list[tuple[str, bool]]) -> tuple[dict[tuple[str, bool], str], str]:
    """HTML of every formula (TeX, displayed) and their style sheet; a formula that cannot be set stops the build."""
    node = find_node()
    assert node is not None
    asked = json.dumps([{"tex": tex, "display": display} for tex, display in formulas])
    done = subprocess.run(
        [node, str(HERE / "typeset.js"), str(mathjax_folder())], input=asked, capture_output=True, text=True
    )
    if done.returncode:
        raise ExtensionError(f"a formula {done.stderr.strip().splitlines()[-1]}")
    answer = json.loads(done.stdout)
    return dict(zip(formulas, answer["html"], strict=True)), answer["css"]


def formulas_of(page: str) -> list[tuple[str, bool]]:
    """TeX of the page's formulas; True where one stands on its own line."""
    found = [(html.unescape(m[6]).strip(), m[1] == "div") for m in FORMULA.finditer(page)]
    for question in QUESTION.findall(page):
        found += [(html.unescape(tex), False) for tex in DOLLARS.findall(question)]
    return found


def with_formulas(page: str, drawn: dict[tuple[str, bool], str]) -> str:
    """The page with its formulas set and without MathJax."""

    def put(match: re.Match[str]) -> str:
        tag, classes, rest, before, _, tex, _, after = match.groups()
        formula = drawn[html.unescape(tex).strip(), tag == "div"]
        return f'<{tag} class="{classes}"{rest}>{before}{formula}{after}</{tag}>'

    def put_dollars(match: re.Match[str]) -> str:
        return DOLLARS.sub(lambda m: f'<span class="math">{drawn[html.unescape(m[1]), False]}</span>', match[0])

    return FORMULA_SCRIPT.sub("", QUESTION.sub(put_dollars, FORMULA.sub(put, page)))


def mended(page: str, name: str) -> str:
    """The page without what it does not need, and with the theme's faults mended."""
    page = NEEDLESS.sub("", page)
    if name not in ("search.html",):
        page = SEARCH.sub("", page)
    page = page.replace(*COLOUR_MODE)
    page = page.replace('<html lang="en"', '<html lang="en" data-theme="light" data-mode="auto"')
    page = page.replace('aria-label="Color mode"', 'aria-label="Colour mode: light, dark or as the system"')
    page = re.sub(r'(<i class="theme-switch[^>]*?)\s+title="[^"]*"', r'\1 aria-hidden="true"', page)
    page = page.replace('<summary><span class="toctree', '<summary aria-label="Pages below"><span class="toctree')
    page = SIDEBAR.sub(r'\1 role="navigation" aria-label="Course"', page)
    page = page.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    page = page.replace('<th class="head"><p></p></th>', '<td class="head"></td>')  # a corner names nothing
    page = page.replace(' role="doc-biblioentry"', "").replace(' role="doc-backlink"', "")
    body = page.partition("<body")[2]
    for file, sign in ONLY_FOR.items():
        if sign not in body:
            name = re.escape(file)
            loads = rf"\s*<script[^>]*/{name}[^>]*></script>|\s*<link[^>]*stylesheet[^>]*/{name}[^>]*/>"
            page = re.sub(loads, "", page)
    page = page.replace('<summary aria-label="Toggle hidden content">', "<summary>")  # its own words say it
    first = True

    def one_viewport(match: re.Match[str]) -> str:
        nonlocal first
        kept, first = (KEYBOARD if first else ""), False
        return kept

    return VIEWPORT.sub(one_viewport, page)


def finish(app: Sphinx, failure: Exception | None) -> None:
    """After the last page is written: set formulas, mend pages, drop what nothing uses."""
    if failure is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "_static" not in path.relative_to(site).parts}
    if find_node():
        formulas = sorted({formula for text in pages.values() for formula in formulas_of(text)})
        drawn, css = set_formulas(formulas) if formulas else ({}, "")
        pages = {path: with_formulas(text, drawn) for path, text in pages.items()}
        (site / "_static" / "formulas.css").write_text(css + "\n", encoding="utf-8")
        keep_only_fonts(site / "_static" / "mathjax")
    for path, text in pages.items():
        path.write_text(mended(text, path.relative_to(site).as_posix()), encoding="utf-8")
    for needless in ("scripts/fontawesome.js", "sphinx-thebe.js", "sphinx-thebe.css", "locales", "vendor"):
        target = site / "_static" / needless
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    theme = site / "_static" / "styles" / "pydata-sphinx-theme.css"
    theme.write_text(ICON_GLYPHS.sub("", theme.read_text(encoding="utf-8")), encoding="utf-8")
    for listing in (site / "_static").rglob("*.map"):
        listing.unlink()


def keep_only_fonts(folder: Path) -> None:
    """Of MathJax the finished pages need the fonts alone."""
    fonts = folder / "output" / "chtml" / "fonts" / "woff-v2"
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif not path.is_relative_to(fonts):
            path.unlink()


def add_styles(app: Sphinx) -> None:
    """The course's look, the figures' script, and the formulas' style sheet on every page."""
    figures = HERE.parent.parent / "rnncourse" / "widgets" / "static"
    app.config.html_static_path.append(str(figures))
    for css in ("figures.css", "course.css"):
        app.add_css_file(css)
    app.add_js_file("figures.js", loading_method="defer")
    app.add_js_file("course.js", loading_method="defer")


def reserve_formulas(app: Sphinx) -> None:
    """An empty style sheet for the builder to find; `finish` writes it."""
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static"
        target.mkdir(parents=True, exist_ok=True)
        if find_node():
            app.add_css_file("formulas.css")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", lambda app: add_styles(app), priority=100)
    app.connect("builder-inited", lambda app: reserve_formulas(app), priority=110)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
