"""A Sphinx extension that draws which chapter builds on which, where a page says `<!-- chapter map -->`.

On a wide screen it is a drawing with links, on a narrow one and for screen readers there a list. Each box says in words
what it builds on; an arrow stands only between neighbours, so none runs through a box or a word. A chapter that is not
yet in the table of contents is drawn without a link and marked as planned.
"""

from html import escape
from itertools import pairwise
from typing import NamedTuple

from sphinx.application import Sphinx

MARKER = "<!-- chapter map -->"


class Chapter(NamedTuple):
    number: int
    topic: str  # the file is notebooks/NN_topic
    question: str
    needs: tuple[int, ...]  # chapters that it builds on directly


PARTS = {
    "I · The recurrent network": (
        Chapter(1, "sequences", "Why is a window not enough?", ()),
        Chapter(2, "neuron", "What can one number remember?", (1,)),
        Chapter(3, "unfolding", "Is a loop a deep network?", (2,)),
        Chapter(4, "layer", "What does a layer of recurrent neurons compute?", (3,)),
    ),
    "II · Learning through time": (
        Chapter(5, "bptt", "How does blame travel backwards?", (4,)),
        Chapter(6, "gradients", "Why do gradients vanish or explode?", (5,)),
        Chapter(7, "remedies", "What can be done about it?", (6,)),
        Chapter(8, "truncation", "How far back must we look?", (5,)),
    ),
    "III · Gates": (
        Chapter(9, "lstm", "How can a cell hold on?", (6,)),
        Chapter(10, "gru", "Can it be simpler?", (9,)),
        Chapter(11, "bidirectional", "What if the future is known?", (9,)),
    ),
    "IV · Systems": (
        Chapter(12, "language", "What is learned by predicting the next character?", (8, 9)),
        Chapter(13, "seq2seq", "How do lengths change?", (11, 12)),
        Chapter(14, "captioning", "How does a picture become a sentence?", (13,)),
        Chapter(15, "glimpses", "Must a network look at everything?", (10,)),
        Chapter(16, "handwriting", "How is a pen read, and how does one write?", (11,)),
        Chapter(17, "forecasting", "Can tomorrow be read from today?", (10,)),
        Chapter(18, "music", "What comes after one note?", (12,)),
        Chapter(19, "control", "What if you cannot see how fast it moves?", (10,)),
    ),
    "V · Fast, far, now": (
        Chapter(20, "speed", "Where does the time go?", (9,)),
        Chapter(21, "scale", "When one machine is not enough?", (8, 20)),
        Chapter(22, "now", "What became of recurrence?", (10, 20)),
        Chapter(23, "evidence", "What of the literature can you reproduce?", (7, 14)),
    ),
}
IN_A_ROW = 4
BOX_W, BOX_H, GAP_X, GAP_Y = 172, 104, 20, 40


def rows() -> list[tuple[Chapter, ...]]:
    """The boxes row by row; a part with many chapters has several rows."""
    return [part[k : k + IN_A_ROW] for part in PARTS.values() for k in range(0, len(part), IN_A_ROW)]


def places() -> dict[int, tuple[float, float]]:
    """The upper left corner of every chapter's box."""
    corners: dict[int, tuple[float, float]] = {}
    for row, chapters in enumerate(rows()):
        indent = (IN_A_ROW - len(chapters)) * (BOX_W + GAP_X) / 2
        for column, chapter in enumerate(chapters):
            corners[chapter.number] = (indent + column * (BOX_W + GAP_X), 22 + row * (BOX_H + GAP_Y))
    return corners


def lines_of(words: str, most: int = 23) -> list[str]:
    """The question in lines of at most so many letters."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + 1 + len(word) > most and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def arrow(corner: tuple[float, float]) -> str:
    """From the box on the left to the box at this corner."""
    a, b, y = corner[0] - GAP_X, corner[0] - 1, corner[1] + BOX_H / 2
    return f'<path class="arrow" d="M{a:g} {y:g}H{b - 5:g}"/><path class="head" d="M{b:g} {y:g}l-7 -4v8z"/>'


def neighbours() -> set[int]:
    """Chapters that build on the one at their left."""
    return {b.number for row in rows() for a, b in pairwise(row) if a.number in b.needs}


def builds_on(chapter: Chapter) -> str:
    if not chapter.needs:
        return "begin here"
    return f"builds on {' and '.join(map(str, chapter.needs))}"


def drawing(links: dict[int, str]) -> str:
    """The map as SVG; `links` has the address of each chapter that exists."""
    corners = places()
    every = [chapter for chapters in PARTS.values() for chapter in chapters]
    width = IN_A_ROW * (BOX_W + GAP_X) - GAP_X + 4
    height = 22 + len(rows()) * (BOX_H + GAP_Y) - GAP_Y + 6
    out = [f'<svg class="chapter-map-wide" viewBox="-2 0 {width} {height}" font-family="inherit">']
    out.append('<g aria-hidden="true">')
    out += [arrow(corners[number]) for number in sorted(neighbours())]
    for name, chapters in PARTS.items():
        x, y = corners[chapters[0].number]
        out.append(f'<text class="part" x="{x:g}" y="{y - 8:g}">{escape(name)}</text>')
    out.append("</g>")
    for chapter in every:
        x, y = corners[chapter.number]
        inner = f'<rect class="box" x="{x:g}" y="{y:g}" width="{BOX_W}" height="{BOX_H}" rx="8"/>'
        head = f"{chapter.number} {chapter.topic}"
        inner += f'<text class="name" x="{x + 11:g}" y="{y + 22:g}" font-size="15">{head}</text>'
        for k, line in enumerate(lines_of(chapter.question)):
            inner += f'<text class="asks" x="{x + 11:g}" y="{y + 43 + 15 * k:g}" font-size="12">{escape(line)}</text>'
        foot = builds_on(chapter).replace(" and ", ", ") + ("" if chapter.number in links else " · planned")
        inner += f'<text class="foot" x="{x + 11:g}" y="{y + BOX_H - 9:g}" font-size="11">{foot}</text>'
        name = f"Chapter {chapter.number}, {chapter.topic}: {chapter.question} ({builds_on(chapter)})"
        if chapter.number in links:
            out.append(f'<a href="{links[chapter.number]}" aria-label="{escape(name)}">{inner}</a>')
        else:
            out.append(f'<g class="later" role="img" aria-label="{escape(name)}; not yet here">{inner}</g>')
    return "".join(out) + "</svg>"


def listing(links: dict[int, str]) -> str:
    """The same as a list, for narrow screens."""
    out = []
    for name, chapters in PARTS.items():
        items = []
        for c in chapters:
            head = f"{c.number} {c.topic}"
            head = f'<a href="{links[c.number]}">{head}</a>' if c.number in links else f"<b>{head}</b>"
            items.append(f"<li>{head} <span>{escape(c.question)} <i>{builds_on(c)}</i></span></li>")
        out.append(f"<p>{escape(name)}</p><ul>{''.join(items)}</ul>")
    return f'<div class="chapter-map-tall">{"".join(out)}</div>'


def insert(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the map where the marker stands."""
    if MARKER not in source[0]:
        return
    up = "../" * docname.count("/")
    every = [chapter for chapters in PARTS.values() for chapter in chapters]
    names = {c.number: f"notebooks/{c.number:02}_{c.topic}" for c in every}
    links = {number: f"{up}{name}.html" for number, name in names.items() if name in app.env.found_docs}
    markup = f'<nav class="chapter-map" aria-label="Map of the chapters">{drawing(links)}{listing(links)}</nav>'
    source[0] = source[0].replace(MARKER, f"```{{raw}} html\n{markup}\n```")


def always_again(app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The landing page follows the table of contents."""
    return [app.config.root_doc] if app.config.root_doc in app.env.found_docs else []


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", insert)
    app.connect("env-get-outdated", always_again)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
