"""Look at interactive figures before they stand in a chapter: pictures of them in _build/look, without a site.

    python tools/look.py clipping …      each at 390 and 1280 pixels, light and dark, and without JavaScript

The page around a figure is empty. How it stands among the text is seen on the built site. A player (read_dates) shows
its form and its example, and does not play.
"""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rnncourse import widgets
from rnncourse.checks.terminal import any_terminal
from rnncourse.systems import weights
from rnncourse.widgets.player import Player
from tools.chromium import browser
from tools.project import ROOT

LOOK = ROOT / "_build" / "look"
STATIC = ROOT / "rnncourse" / "widgets" / "static"
WIDTHS = {"phone": 390, "desk": 1280}
SHOW_FORMS = "document.querySelectorAll('form').forEach((form) => { form.hidden = false; })"
LOOKS = [*((width, theme, True) for width in WIDTHS for theme in ("light", "dark")), ("desk", "light", False)]


def known() -> dict[str, Callable[[], Any]]:
    """Name → what makes it: the figures that the package exports, and the players of the systems' pages."""
    figures = {name: getattr(widgets, name) for name in widgets.__all__ if name[0].islower()}
    return figures | dict(players())


def players() -> Iterator[tuple[str, Callable[[], Player]]]:
    """The functions of each page of a system that make a player of nothing."""
    for path in weights.page_modules().values():
        module = importlib.import_module(path)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            about = inspect.signature(function)
            needed = [one for one in about.parameters.values() if one.default is one.empty]
            if about.return_annotation is Player and not needed:
                yield name, function


def page(name: str, theme: str) -> str:
    """One figure on an empty page with its style sheet and its script."""
    css, js = ((STATIC / f"figures.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    paper = "#14181e" if theme == "dark" else "#ffffff"
    style = f"body {{ background: {paper}; font-family: sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem }}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(name)}</title>'
    body = f"{known()[name]().html()}<script>{js}</script><script>{SHOW_FORMS}</script>"
    head += f"<style>{css}{style}</style>"
    return f'<!doctype html><html lang="en" data-theme="{theme}"><head>{head}</head><body>{body}</body></html>'


def pictures(names: Sequence[str], folder: Path = LOOK) -> Iterator[Path]:
    """Write one picture for each figure and each way of looking at it."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for width, theme, script in LOOKS:
            size = {"width": WIDTHS[width], "height": 800}
            context = chromium.new_context(viewport=size, color_scheme=theme, java_script_enabled=script)
            for name in names:
                tab = context.new_page()
                tab.set_content(page(name, theme), wait_until="load")
                file = folder / f"{name} {width} {theme if script else 'without JavaScript'}.png"
                tab.screenshot(path=str(file), full_page=True)
                tab.close()
                yield file
            context.close()


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    names = list(sys.argv[1:] if arguments is None else arguments)
    unknown = [name for name in names if name not in known()]
    if unknown or not names:
        said = f"no such figure: {', '.join(unknown)}" if unknown else "which figure?"
        print(f"{said}; there are: {', '.join(known())}", file=sys.stderr)
        return 2
    for file in pictures(names):
        print(file.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
