"""Characters to numbers and back; one more number stands for every character that the alphabet lacks."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

MISSING = "\N{REPLACEMENT CHARACTER}"  # how an unknown character is shown


class Alphabet:
    """K numbers: 0 … K − 2 are the characters, in their order; the last, `unknown`, is any other character.

    Parameters
    ----------
    characters : all different; "\\n" is among them, for a text begins as if a line had just ended.

    Raises
    ------
    ValueError : no text, a character twice, or no "\\n".
    """

    def __init__(self, characters: str) -> None:
        if not isinstance(characters, str) or len(set(characters)) != len(characters) or "\n" not in characters:
            raise ValueError(r"characters: a text of different characters, \n among them")
        self.characters = characters
        self.places = {character: place for place, character in enumerate(characters)}
        self.unknown = len(characters)
        self.start = self.places["\n"]  # what comes before the first character of a text

    @classmethod
    def of(cls, texts: Iterable[str], minimum_count: int = 10) -> "Alphabet":
        """The characters that occur at least so often, sorted: the rarer ones teach the network what `unknown` costs.

        A text of Windows, with "\\r\\n", keeps its "\\r" where it is frequent. "\\n" is always there.
        """
        count = Counter[str]()
        for text in texts:
            count.update(text)
        return cls("".join(sorted({"\n", *(character for character, n in count.items() if n >= minimum_count)})))

    def __len__(self) -> int:
        return len(self.characters) + 1

    def encode(self, text: str) -> NDArray[np.int64]:
        """A text as numbers, (N,)."""
        return np.array([self.places.get(character, self.unknown) for character in text], dtype=np.int64)

    def decode(self, codes: Iterable[int]) -> str:
        """Numbers as a text; `unknown` is shown as U+FFFD."""
        return "".join(MISSING if code == self.unknown else self.characters[code] for code in codes)
