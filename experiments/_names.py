"""Speakers' names that the 34 plays have, and a play with new ones exchanged for them: for 12_names and 12_learning."""

from collections import Counter
from functools import cache

from rnncourse.data import plays


@cache
def known_names() -> Counter[str]:
    """How often each name stands before a speech of the 34 plays."""
    return Counter(name for text in plays.load().train.values() for _, name in plays.speakers(text))


def exchanged(text: str) -> str:
    """The text with each new name before a speech exchanged for a known one that the play lacks, the same each time."""
    count = Counter(name for _, name in plays.speakers(text))
    new = [name for name, _ in count.most_common() if name not in known_names()]
    free = [name for name, _ in known_names().most_common() if name not in count]
    instead = dict(zip(new, free, strict=False))
    for place, name in reversed(plays.speakers(text)):
        text = text[:place] + instead.get(name, name) + text[place + len(name) :]
    return text
