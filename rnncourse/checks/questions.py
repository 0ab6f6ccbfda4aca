"""Questions with fixed answers, shown so that they answer on the page, without a kernel."""

import json
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any

from rnncourse.checks.result import Shown, box
from rnncourse.checks.terminal import printable

LETTERS = "abcdefgh"


@dataclass(frozen=True, repr=False)
class Question(Shown):
    """A question and its options; each option opens to say whether it is right and why."""

    question: str
    kind: str
    options: tuple[dict[str, Any], ...]

    def text(self) -> str:
        lines = [f"{letter}) {option['text']}" for letter, option in zip(LETTERS, self.options, strict=False)]
        return "\n  ".join([self._headline, *lines])

    @property
    def _headline(self) -> str:
        return ("Predict first: " if self.kind == "predict" else "Question: ") + self.question

    def html(self) -> str:
        options = ""
        for letter, option in zip(LETTERS, self.options, strict=False):
            verdict = "✓ Right." if option["right"] else "✗ No."
            options += (
                f"<details style='margin:.2em 0'><summary>{letter}) {escape(option['text'])}</summary>"
                f"<p style='margin:.2em 1.2em'><strong>{verdict}</strong> {escape(option['why'])}</p></details>"
            )
        return box(f"<p><strong>{escape(self._headline)}</strong></p>{options}", "#4a7fb5")

    def answer(self, letter: str) -> str:
        """What opening this option says: for terminals."""
        option = self.options[LETTERS.index(letter.strip().lower())]
        return printable(f"{'Right' if option['right'] else 'No'}: {option['why']}")


def all_questions(chapter: str) -> dict[str, Any]:
    """The questions of one chapter, as stored in rnncourse/checks/questions/."""
    return json.loads(
        resources.files("rnncourse.checks").joinpath("questions", f"{chapter}.json").read_text(encoding="utf-8")
    )


def question(chapter: str, key: str) -> Question:
    """Show a question of a chapter: `question("05_bptt", "meeting_gradients")`.

    Raises
    ------
    KeyError : the chapter has no such question; the message lists those that it has.
    """
    stored = all_questions(chapter)
    if key not in stored:
        raise KeyError(f"{chapter} has no question {key!r}; it has {', '.join(stored)}")
    return Question(stored[key]["question"], stored[key]["kind"], tuple(stored[key]["options"]))
