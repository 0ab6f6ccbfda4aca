"""The three tasks: what is read, what is right, and in which parts the data comes."""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rnncourse.data import dates, number_words, pronunciations
from rnncourse.reference._validation import check_choice

Answer = tuple[str, ...]


class Pairs(NamedTuple):
    """N things to read and what is right for each."""

    sources: list[str]
    answers: list[list[Answer]]  # one, or several equally right ones, as signs
    groups: list[str]  # the language of each; "" where there is one only

    @property
    def fingerprint(self) -> str:
        """Another version of a package may write another text: then scores are of other data."""
        return hashlib.sha256(repr((self.sources, self.answers)).encode()).hexdigest()[:16]


class Task(NamedTuple):
    """One of the three."""

    parts: tuple[str, ...]
    load: Callable[[str, int, int], Pairs]  # part, number, seed
    plain: Callable[[str], str]  # a text as the network reads it
    limit: int  # how many signs an answer has at most
    joined_by: str  # the signs of an answer, for people


def _dates(part: str, number: int, seed: int) -> Pairs:
    found = dates.load(part, number, seed=seed)
    return Pairs([dates.plain(text) for text in found.texts], [[tuple(day)] for day in found.days], found.languages)


def _numbers(part: str, number: int, seed: int) -> Pairs:
    found = number_words.load(part, number, seed=seed)
    return Pairs([dates.plain(text) for text in found.words], [[tuple(str(n))] for n in found.numbers], found.languages)


def _pronunciation(part: str, number: int, seed: int) -> Pairs:
    """The first words of the part; their order is always the same, whatever the seed."""
    found = pronunciations.load(part)
    words, sounds = found.words[:number], found.sounds[:number]
    return Pairs(words, [list(several) for several in sounds], [""] * len(words))


TASKS = {
    "dates": Task(dates.PARTS, _dates, dates.plain, 12, ""),
    "numbers": Task(number_words.PARTS, _numbers, dates.plain, 12, ""),
    "pronunciation": Task(pronunciations.PARTS, _pronunciation, dates.plain, 40, " "),
}


def pairs(task: str, part: str = "train", number: int = 10_000, *, seed: int = 0) -> Pairs:
    """`number` pairs of one part of a task, drawn by the seed (of "pronunciation" at most all words).

    Raises
    ------
    ModuleNotFoundError : the package that has the data is missing; the message says how to install it.
    ValueError : an unknown task or part, a number below 1.
    """
    check_choice("task", task, tuple(TASKS))
    check_choice("part", part, TASKS[task].parts)
    return TASKS[task].load(part, number, seed)


def first_answers(data: Pairs) -> list[Answer]:
    """The first right answer of each."""
    return [several[0] for several in data.answers]


def every_answer(data: Pairs) -> tuple[list[str], list[Answer]]:
    """Each source with each of its right answers: what is trained on."""
    both: Sequence[tuple[str, Answer]] = [
        (source, answer) for source, several in zip(data.sources, data.answers, strict=True) for answer in several
    ]
    return [source for source, _ in both], [answer for _, answer in both]
