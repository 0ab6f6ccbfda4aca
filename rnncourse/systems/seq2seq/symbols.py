"""Signs to numbers and back; four numbers are kept for what is no sign. A sign is a letter, or a phoneme's name."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

PAD, START, END, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>")


class Symbols:
    """A list of signs, the four special ones first."""

    def __init__(self, signs: Sequence[str]) -> None:
        text = isinstance(signs, tuple | list) and all(isinstance(sign, str) for sign in signs)
        if not text or tuple(signs[:4]) != SPECIAL or len(set(signs)) != len(signs):
            raise ValueError(f"signs: a list of text, all different, the first four {SPECIAL}")
        self.signs = list(signs)
        self.index = {sign: number for number, sign in enumerate(self.signs)}

    @classmethod
    def of(cls, sequences: Iterable[Sequence[str]]) -> "Symbols":
        """All signs of these sequences, in order."""
        return cls([*SPECIAL, *sorted({sign for sequence in sequences for sign in sequence} - {*SPECIAL})])

    def __len__(self) -> int:
        return len(self.signs)

    def numbers(self, sequence: Sequence[str], *, ends: bool = False) -> list[int]:
        """The number of each sign; with `ends` <start> before them and <end> after."""
        found = [self.index.get(sign, UNKNOWN) for sign in sequence]
        return [START, *found, END] if ends else found

    def unknown(self, sequence: Sequence[str]) -> list[str]:
        """The signs that it does not have, each once."""
        return list(dict.fromkeys(sign for sign in sequence if sign not in self.index))

    def decode(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The signs up to <end>; <start> and <pad> are left out."""
        out = []
        for number in numbers:
            if number == END:
                break
            if number not in (PAD, START):
                out.append(self.signs[number])
        return tuple(out)


def padded(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Rows of numbers as (T, B), time first, <pad> after the end."""
    table = np.full((max(map(len, rows)), len(rows)), PAD, dtype=np.int64)
    for column, row in enumerate(rows):
        table[: len(row), column] = row
    return table
