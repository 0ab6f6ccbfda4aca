"""Code lines of chapters that do not fit their page: at 1280 px a line has room for 80 characters.

A chapter that is not yet mended stands in LONG with the number of its long lines. These numbers may only fall; a
chapter that is not in it may have none, and `make notebooks` refuses it.
"""

import re
from pathlib import Path

WIDEST = 80
LONG: dict[str, int] = {}
FENCE = re.compile(r"(`{3,}|~{3,})\s*(.*)")
CODE = re.compile(r"(\{code-cell\}.*|[a-z0-9]*)\s*")  # executed or not; other directives hold no code of their own
OPTION = re.compile(r":[\w-]+:")


def long_lines(text: str) -> list[int]:
    """Numbers of the lines of code, docstrings included, that are too long; a cell's own settings do not count."""
    found, fence, code, settings, yaml = [], "", False, False, False
    for number, line in enumerate(text.splitlines(), 1):
        if not fence:
            if opened := FENCE.fullmatch(line):
                fence, settings, code = opened[1], True, bool(CODE.fullmatch(opened[2]))
        elif line.strip() == fence:
            fence, yaml = "", False
        elif settings and (yaml or line.strip() == "---" or OPTION.match(line)):
            yaml ^= line.strip() == "---"
            settings = yaml or bool(OPTION.match(line))
        else:
            settings = False
            found += [number] if code and len(line) > WIDEST else []
    return found


def complaint(path: Path) -> str:
    """Which lines of a chapter are too long, if they are more than LONG allows; otherwise nothing."""
    found = long_lines(path.read_text(encoding="utf-8"))
    if len(found) <= LONG.get(path.stem, 0):
        return ""
    where = ", ".join(map(str, found))
    return f"{path.name}: code lines of more than {WIDEST} characters are cut off on the page: lines {where}"
