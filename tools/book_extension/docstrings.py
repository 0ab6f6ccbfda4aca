"""Docstrings for the API pages: plain text, turned into reStructuredText that is always valid.

Docstrings are written to be read in an editor: sentences, `code` between single backticks, a line or several for each
argument ("name : what it is", short ones side by side with two spaces between them), and lines that begin with Returns,
Yields, Raises or Source. Numpydoc's headings are read too. Nothing else has a meaning, so nothing can be garbled.
"""

import re

ENTRY = re.compile(r"(\*{0,2}\w[\w.*]*(?:, \*{0,2}\w[\w.*]*)*) : +(.*)")
BESIDE = re.compile(r" {2,}(?=\*{0,2}\w[\w.*]*(?:, \*{0,2}\w[\w.*]*)* : )")  # between two arguments on one line
STATEMENT = re.compile(r"(?:Returns|Yields|Raises|Source)\b")
UNDERLINE = re.compile(r"-{3,}|={3,}")


def inline(text: str) -> str:
    """A sentence: `code` becomes literal, every other character stands for itself."""
    parts = re.split(r"(``.+?``|`[^`]+`)", text)
    return "".join(_literal(part.strip("`")) if i % 2 else _escape(part) for i, part in enumerate(parts))


def _literal(code: str) -> str:
    return f"\\ ``{code.strip()}``\\ " if code.strip() else ""


def _escape(text: str) -> str:
    return re.sub(r"([\\*`|_<>\[\]])", r"\\\1", text)


def to_rst(lines: list[str]) -> list[str]:
    """The whole docstring, given and returned as lines."""
    out: list[str] = []
    paragraph: list[str] = []
    indent = ""  # of the entry that is being read

    def flush() -> None:
        nonlocal indent
        if paragraph:
            out.extend([indent + inline(" ".join(paragraph)), ""])
            paragraph.clear()
        indent = ""

    lines = [part for line in lines for part in (BESIDE.split(line) if ENTRY.fullmatch(line.rstrip()) else [line])]
    i = 0
    while i < len(lines):
        line, following = lines[i].rstrip(), lines[i + 1].strip() if i + 1 < len(lines) else ""
        if line.strip() and not line.startswith(" ") and UNDERLINE.fullmatch(following):
            flush()
            out += [f".. rubric:: {_escape(line)}", ""]
            i += 2
            continue
        entry = ENTRY.fullmatch(line)
        if not line or entry or STATEMENT.match(line):
            flush()
        if entry:
            out += [_literal(entry[1]).replace("\\ ", "")]
            indent = "   "
            paragraph.append(entry[2])
        elif line.startswith("    ") and not paragraph:  # a block set off by its indentation: as typed
            block = []
            while i < len(lines) and (lines[i].startswith("    ") or not lines[i].strip()):
                block.append(lines[i].rstrip())
                i += 1
            out += ["::", "", *("   " + text[4:] for text in block), ""]
            continue
        elif line:
            paragraph.append(line.strip())
        i += 1
    flush()
    return out
