"""Makes a link of every "chapter 5" that a piece of HTML names; with the standard library alone.

The build uses it for the pages (chapter_names.py), and the page's own Python for what a live cell shows: the file
travels with the site. A chapter that is not written stays plain text.
"""

import re
from collections.abc import Callable, Iterable, Mapping

PAGE = re.compile(r"notebooks/(\d\d)_\w+")
NAMED = re.compile(r"\b[Cc]hapters?\s+(\d+(?:(?:,\s+|\s+and\s+|,\s+and\s+|\s+to\s+)\d+)*)(\s*\(planned\)|, planned)?")
TOKEN = re.compile(r"(<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>|<[^>]*>)", re.DOTALL)
# Where a link would be wrong, or is one already; inside a summary it would fight with what a click opens.
NO_LINKS = {
    "a",
    "code",
    "pre",
    "svg",
    "summary",
    "button",
    "label",
    "option",
    "mjx-container",
    *(f"h{k}" for k in range(1, 7)),
}


def number_of(page: str) -> int | None:
    """The chapter's number, None for any other page."""
    found = PAGE.fullmatch(page)
    return int(found[1]) if found else None


def addresses(pages: Iterable[str], page: str) -> dict[int, str]:
    """Number → address of every chapter among the pages, as seen from one page, which has no links to itself."""
    up = "../" * page.count("/")
    return {n: f"{up}{target}.html" for target in pages if target != page and (n := number_of(target)) is not None}


def linked(text: str, links: Mapping[int, str]) -> str:
    """A piece of text with a link on each chapter that it names; `links` has the address of each that is there."""

    def link(match: re.Match[str]) -> str:
        numbers = re.findall(r"\d+", match[1])
        if len(numbers) == 1:
            address = links.get(int(numbers[0]))
            return f'<a class="chapter" href="{address}">{match[0]}</a>' if address and not match[2] else match[0]
        head, rest = match[0][: match.start(1) - match.start()], match[0][match.start(1) - match.start() :]
        return head + re.sub(r"\d+", lambda n: linked_number(n[0]), rest)

    def linked_number(digits: str) -> str:
        address = links.get(int(digits))
        return f'<a class="chapter" href="{address}">{digits}</a>' if address else digits

    return NAMED.sub(link, text)


def changed(html: str, change: Callable[[str], str]) -> str:
    """The HTML with its text changed where links may stand, and nowhere else."""
    inside: list[str] = []  # elements without links that are open
    out = []
    for token in TOKEN.split(html):
        if not token.startswith("<"):
            out.append(token if inside else change(token))
            continue
        name = re.match(r"</?([\w-]+)", token)
        if name and name[1] in NO_LINKS and not token.endswith("/>"):
            if not token.startswith("</"):
                inside.append(name[1])
            elif name[1] in inside:
                inside.remove(name[1])
        out.append(token)
    return "".join(out)


def in_html(html: str, links: Mapping[int, str]) -> str:
    """The HTML with a link on each chapter that it names."""
    return changed(html, lambda text: linked(text, links))
