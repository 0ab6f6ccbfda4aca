"""Pronunciation without a network: each letter's sounds by the letters around it, as far as training knows them.

Each letter is said by none, one or two phonemes. Which, in a training word, is found by turns: align every word in the
most probable way, count what each letter is said by. A new word's letters are then said as they most often are in the
same window, so many letters to either side; a window that no training word has is narrowed until one has it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from rnncourse.data import pronunciations

Answer = tuple[str, ...]
Chunk = tuple[str, ...]
ROUNDS, MOST, EDGE = 4, 2, "#"


def aligned(word: str, sounds: Answer, log_p: dict[tuple[str, Chunk], float], least: float) -> list[Chunk] | None:
    """The most probable phonemes of each letter; None where the word has more than two phonemes a letter."""
    T, U = len(word), len(sounds)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # after each letter: phonemes said → (log p, of it)
    for t, letter in enumerate(word):
        row: dict[int, tuple[float, int]] = {}
        for said, (before, _) in best[-1].items():
            for more in range(min(MOST, U - said) + 1):
                if U - said - more > MOST * (T - t - 1):
                    continue
                p = before + log_p.get((letter, sounds[said : said + more]), least)
                if said + more not in row or p > row[said + more][0]:
                    row[said + more] = p, more
        best.append(row)
    if U not in best[-1]:
        return None
    chunks, said = [], U
    for row in best[:0:-1]:
        more = row[said][1]
        chunks.append(sounds[said - more : said])
        said -= more
    return chunks[::-1]


def alignments(words: Sequence[tuple[str, Answer]], rounds: int = ROUNDS) -> list[tuple[str, list[Chunk]]]:
    """Every word with what each letter is said by; at first one phoneme a letter is best, and all are as probable."""
    log_p: dict[tuple[str, Chunk], float] = {}
    letters = {letter for word, _ in words for letter in word}
    names = {name for _, sounds in words for name in sounds}
    log_p = {(letter, (name,)): -1.0 for letter in letters for name in names}
    least = -2.0
    for _ in range(rounds):
        found = [(word, chunks) for word, sounds in words if (chunks := aligned(word, sounds, log_p, least))]
        count = Counter((letter, chunk) for word, chunks in found for letter, chunk in zip(word, chunks, strict=True))
        total: Counter[str] = Counter()
        for (letter, _), number in count.items():
            total[letter] += number
        log_p = {(letter, chunk): math.log(number / total[letter]) for (letter, chunk), number in count.items()}
        least = -math.log(2 * max(total.values(), default=1))
    return found


@cache
def _known(examples: int) -> list[tuple[str, list[Chunk]]]:
    words, sounds = pronunciations.load("train")
    return alignments([(w, one) for w, several in zip(words[:examples], sounds, strict=False) for one in several])


def window(word: str, place: int, width: int) -> str:
    """The letter at a place with so many to either side, "#" beyond the ends."""
    edged = EDGE * width + word + EDGE * width
    return edged[place : place + 2 * width + 1]


def read(texts: Sequence[str], known: Sequence[tuple[str, list[Chunk]]], width: int) -> list[Answer]:
    """The answer to each text, by the widest windows that a known word has."""
    asked = {window(text, k, w) for text in texts for k in range(len(text)) for w in range(width + 1)}
    count: dict[str, Counter[Chunk]] = defaultdict(Counter)
    for word, chunks in known:
        for k, chunk in enumerate(chunks):
            for w in range(width + 1):
                if (seen := window(word, k, w)) in asked:
                    count[seen][chunk] += 1

    def said(text: str, place: int) -> Chunk:
        for w in range(width, -1, -1):
            if found := count.get(window(text, place, w)):
                return min(found, key=lambda chunk: (-found[chunk], chunk))
        return ()

    return [tuple(name for k in range(len(text)) for name in said(text, k)) for text in texts]


def answers(texts: Sequence[str], examples: int, width: int) -> list[Answer]:
    """The answer to each text by the first so many training words."""
    return read(texts, _known(examples), width)
