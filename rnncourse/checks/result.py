"""What the checks show: records with a text view for terminals and an HTML view for pages.

The HTML sets no text or background colour of its own, so it reads the same on light and on dark pages;
a coloured bar marks the verdict, and a sign and a word say it again for those who see no colour.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from rnncourse.checks.terminal import printable

VERDICTS = {
    True: ("✓", "passed", "#2a9d5c"),
    False: ("✗", "not right yet", "#d1603d"),
    None: ("○", "not attempted yet", "#888888"),
}
NOT_JUDGED = "not judged"


def box(inner: str, colour: str = "#888888") -> str:
    """An HTML block with a bar at its left."""
    style = f"border-left:4px solid {colour};padding:.2em .8em;margin:.4em 0"
    return f'<div class="rnncourse-check" style="{style}">{inner}</div>'


def code_block(text: str) -> str:
    return f'<pre style="white-space:pre-wrap;margin:.4em 0;color:inherit;background:transparent">{escape(text)}</pre>'


class Shown:
    """Text in a terminal, HTML on a page: subclasses say `text()` and `html()`."""

    def text(self) -> str:
        raise NotImplementedError

    def html(self) -> str:
        return box(code_block(self.text()))

    def __repr__(self) -> str:
        return printable(self.text())

    def _repr_html_(self) -> str:
        return self.html()


@dataclass(frozen=True)
class CaseResult:
    """One random case: its sizes, and whether the answer was right there."""

    label: str
    passed: bool
    message: str = ""

    @property
    def kind(self) -> str:
        return self.label.partition(":")[0]


def _counted(kinds: Iterable[str]) -> str:
    """random sentences ×8, one word"""
    return ", ".join(f"{kind} ×{n}" if n > 1 else kind for kind, n in Counter(kinds).items())


@dataclass(frozen=True, repr=False)
class CheckResult(Shown):
    """The verdict on one answer. `passed` is None for a stub, and where nothing can be judged: the message says why.

    message : what is wrong and where; empty when nothing is.   cases : every case that ran.
    causes : likely reasons, most likely first.   notes : remarks that do not change the verdict.
    seed : repeats the same random cases, `check(name, answer, seed=…)`.
    """

    name: str
    passed: bool | None
    message: str = ""
    cases: tuple[CaseResult, ...] = ()
    causes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int | None = None

    def __bool__(self) -> bool:
        return self.passed is True

    @property
    def headline(self) -> str:
        sign, word, _ = VERDICTS[self.passed]
        word = NOT_JUDGED if self.passed is None and self.message else word
        count = f" ({len(self.cases)} cases)" if self.passed else ""
        return f"{sign} {self.name}: {word}{count}"

    @property
    def right_and_wrong(self) -> str:
        """Which kinds of case were right: often the quickest way to see what is missing."""
        right = _counted(case.kind for case in self.cases if case.passed)
        wrong = _counted(case.kind for case in self.cases if not case.passed)
        return f"Wrong: {wrong}.  Right: {right}." if right and wrong else ""

    @property
    def next_step(self) -> str:
        again = f" Repeat these cases with seed={self.seed}." if self.seed is not None and self.cases else ""
        if self.passed or (self.passed is False and self.seed is None) or (self.passed is None and self.message):
            return ""
        return f'hint("{self.name}") gives a hint.{again}'

    def text(self) -> str:
        lines = [self.headline, *self.message.splitlines()]
        lines += [f"Likely cause: {cause}" for cause in self.causes]
        lines += self.right_and_wrong.splitlines() + [f"Note: {note}" for note in self.notes]
        lines += [self.next_step] if self.next_step else []
        return "\n  ".join(lines)

    def html(self) -> str:
        parts = [f"<strong>{escape(self.headline)}</strong>"]
        parts += [code_block(self.message)] if self.message else []
        parts += [f"<p><strong>Likely cause:</strong> {escape(cause)}</p>" for cause in self.causes]
        if self.right_and_wrong:
            parts.append(f"<details><summary>Which cases?</summary>{code_block(self.right_and_wrong)}</details>")
        parts += [f"<p>Note: {escape(note)}</p>" for note in self.notes]
        parts += [f"<p>{escape(self.next_step)}</p>"] if self.next_step else []
        return box("".join(parts), VERDICTS[self.passed][2])


@dataclass(frozen=True, repr=False)
class Text(Shown):
    """A titled piece of text or code: a hint, a solution."""

    title: str
    body: str
    code: bool = False

    def text(self) -> str:
        return f"{self.title}\n{self.body}"

    def html(self) -> str:
        body = code_block(self.body) if self.code else f"<p>{escape(self.body)}</p>"
        return box(f"<strong>{escape(self.title)}</strong>{body}")


class Table(list[tuple[str, ...]], Shown):
    """A list of rows that shows itself as a table."""

    def __init__(self, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
        super().__init__(rows)
        self.columns = tuple(columns)

    def __repr__(self) -> str:
        return printable(self.text())

    def text(self) -> str:
        rows = [self.columns, *self]
        widths = [max(len(row[k]) for row in rows) for k in range(len(self.columns))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def html(self) -> str:
        head = "".join(f"<th style='text-align:left'>{escape(column)}</th>" for column in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
