"""A text whose characters show how much each surprised a model, in bits.

Five steps, each a paper and a line: a colour alone would be lost on many readers and in print. The colours of the paper
stand here for pages without a style sheet; `static/figures.css` has them for dark pages too.
"""

from collections.abc import Sequence
from html import escape

STEPS = (1.0, 2.0, 4.0, 6.0)  # bits: where the next step begins
NAMES = ("under 1 bit", "1 to 2", "2 to 4", "4 to 6", "6 and more")
PAPERS = ("#fbfaf7", "#fbe8d6", "#f8cfaa", "#f2ab72", "#e98a45")
LINES = ("", "", "", "text-decoration:underline", "text-decoration:underline double")
INK = "#1f2937"
SPECIAL = {"\n": "↵", "\t": "⇥"}
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def step(bits: float) -> int:
    """The step, 0 to 4, of a surprise in bits."""
    return sum(bits >= limit for limit in STEPS)


def character(text: str, bits: float, *, given: bool = False) -> str:
    """One character as HTML.

    given : it stood in the reader's own start, and is bold.
    """
    k = step(bits)
    seen = SPECIAL.get(text, text)
    title = f' title="{escape(named(text))}: {bits:.1f} bits"'
    style = f' class="rnn-s{k}" style="{_look(k)}"' if k else ""
    bold = ("<b>", "</b>") if given else ("", "")
    return f"{bold[0]}<span{style}{title}>{escape(seen)}</span>{bold[1]}" + ("<br>" if text == "\n" else "")


def named(text: str) -> str:
    """A character as words have it."""
    return {"\n": "line end", "\t": "tab", " ": "space", UNKNOWN: "unknown character"}.get(text, f"“{text}”")


def legend() -> list[tuple[str, str]]:
    """Samples and words of the five steps, and of what is bold."""
    samples = [f'<span class="rnn-s{k}" style="{_look(k)}">abc</span>' for k in range(len(NAMES))]
    return [*zip(samples, NAMES, strict=True), ("<b>abc</b>", "what was given")]


def greatest(text: str, bits: Sequence[float], count: int = 5) -> list[tuple[str, str, float]]:
    """The most surprising characters: (what stood before, character, bits), the most surprising first."""
    order = sorted(range(len(text)), key=lambda t: (-bits[t], t))[:count]
    return [(text[max(0, t - 12) : t], text[t], bits[t]) for t in order]


def listed(text: str, bits: Sequence[float], count: int = 5) -> str:
    """The most surprising characters as an HTML list."""
    items = [
        f"<li>{escape(named(one))} after {_before(before)}: {much:.1f} bits</li>"
        for before, one, much in greatest(text, bits, count)
    ]
    return f"<ol>{''.join(items)}</ol>"


def _before(text: str) -> str:
    return f"“…{escape(text.replace(chr(10), '↵'))}”" if text else "nothing"


def _look(k: int) -> str:
    """Ink and paper of a step; a dark page's style sheet says both anew."""
    look = f"background:var(--rnn-s{k},{PAPERS[k]});color:var(--rnn-s-ink,{INK})"
    return f"{look};{LINES[k]}" if LINES[k] else look
