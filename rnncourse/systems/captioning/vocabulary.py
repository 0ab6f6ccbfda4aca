"""Words to numbers and back; four numbers are kept for what is not a word."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PAD, START, END, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>")


class Vocabulary:
    """A list of words, the four special ones first."""

    def __init__(self, words: Sequence[str]) -> None:
        text = isinstance(words, tuple | list) and all(isinstance(word, str) for word in words)
        if not text or tuple(words[:4]) != SPECIAL or len(set(words)) != len(words):
            raise ValueError(f"words: a list of text, all different, the first four {SPECIAL}")
        self.words = list(words)
        self.index = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def of(cls, captions: Sequence[str], minimum_count: int = 1) -> "Vocabulary":
        """The words that occur at least so often, the frequent ones first.

        Raises ValueError where no word does: every caption would be unknown words.
        """
        count = Counter(word for caption in captions for word in caption.split())
        most = max(count.values(), default=1)
        if not 1 <= minimum_count <= most:
            raise ValueError(f"minimum_count: 1 to {most}, the count of the commonest word here, got {minimum_count}")
        common = sorted((word for word, n in count.items() if n >= minimum_count), key=lambda w: (-count[w], w))
        return cls([*SPECIAL, *common])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, captions: Sequence[str]) -> NDArray[np.int64]:
        """Captions as (T, B) numbers, time first: <start>, the words, <end>, then <pad>."""
        rows = [[START, *(self.index.get(word, UNKNOWN) for word in c.split()), END] for c in captions]
        table = np.full((max(map(len, rows)), len(rows)), PAD, dtype=np.int64)
        for column, row in enumerate(rows):
            table[: len(row), column] = row
        return table

    def word(self, number: int) -> str:
        """The word of a number; ValueError where there is none."""
        if not 0 <= number < len(self.words):
            raise ValueError(f"numbers: got {number}, expected 0 … {len(self.words) - 1}, the {len(self.words)} words")
        return self.words[number]

    def decode(self, numbers: Sequence[int]) -> str:
        """The words up to <end>; <start> and <pad> are left out."""
        out = []
        for number in numbers:
            if number == END:
                break
            if number not in (PAD, START):
                out.append(self.word(number))
        return " ".join(out)

    def decode_all(self, numbers: Sequence[int]) -> str:
        """Every word, an <end> in the middle too; only <pad> and a last <end> are left out."""
        kept = [number for number in numbers if number != PAD]
        if kept and kept[-1] == END:
            kept.pop()
        return " ".join(map(self.word, kept))
