"""Numbers in words, in fourteen languages: what of longer ones than training has, and is the network to blame?

Question: two networks with the same weights read "three hundred and forty-two" and write 342. One asks the encoder's
states at every step, the other has the last state alone. Training has at most six digits. What do they make of numbers
never seen, and of seven to nine digits: how long is the answer, and where is its first wrong digit?
Literature: networks that must say where they end fail on lengths beyond training; the same without an end, told the
length, do far better (Newman et al. 2020, on brackets and commands). We know of no figure for these numbers.
If the length is the limit, answers stop at six digits; if it is not, they have as many as they should. Is it only the
end? Told the length, with the end forbidden before it, they would then be right. Is it the network or its training? The
same networks and updates on numbers of up to nine digits show it: if the network were the limit, they would fail as
well. "Million" is no word of training: if that is the reason, the round millions alone, added to training, mend it.
Numbers asked for are in no training. Equal care: the learning rate is tuned for each network on validation numbers of
six digits.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from _run import After, Best, Experiment
from _seq2seq import trained
from rnncourse.data import dates, number_words
from rnncourse.systems import seq2seq
from rnncourse.systems.seq2seq.symbols import SPECIAL, padded

NETWORK = {"embedding": 32, "hidden": 128, "batch": 64}
LIMIT = seq2seq.TASKS["numbers"].limit
MOST, LONGEST = number_words.DIGITS[1], number_words.LONGER[1]
MILLIONS = 0.1  # of the training texts, where training has round millions
Answer = tuple[str, ...]


def spoken(numbers: Sequence[int], languages: Sequence[str]) -> seq2seq.Pairs:
    """Numbers as the network reads and writes them."""
    texts = [dates.plain(number_words.write(n, one)) for n, one in zip(numbers, languages, strict=True)]
    return seq2seq.Pairs(texts, [[tuple(str(n))] for n in numbers], list(languages))


def added(known: str, part: str, number: int, seed: int, asked: set[int]) -> seq2seq.Pairs:
    """So many numbers of seven to nine digits, to train on or validate: any but those asked for, or round millions."""
    rng, found = np.random.default_rng([13, seed, part == "train"]), list[int]()
    while len(found) < number:
        digits = int(rng.integers(MOST + 1, LONGEST + 1))
        n = int(rng.integers(10 ** (digits - 1), 10**digits))
        n -= n % 10**MOST if known == "round millions" else 0
        found += [n] if n not in asked else []
    return spoken(found, rng.choice(number_words.LANGUAGES, number).tolist())


def trained_on(known: str, part: str, number: int, seed: int, asked: set[int]) -> seq2seq.Pairs:
    """Numbers of up to six digits; with "nine digits" a third of them are longer, as many of each number of digits."""
    share = {"six digits": 0.0, "round millions": MILLIONS, "nine digits": 1 - MOST / LONGEST}[known]
    more = round(share * number)
    few = seq2seq.pairs("numbers", part, number - more, seed=seed)
    if not more:
        return few
    longer = added(known, part, more, seed, asked)
    return seq2seq.Pairs(*(one + two for one, two in zip(few, longer, strict=True)))


def begins(found: Answer, right: Answer) -> int:
    """How many digits are right before the first that is wrong or missing.

    >>> begins(tuple("3470"), tuple("3420"))
    2
    """
    wrong = [k for k, (one, other) in enumerate(zip(found, right, strict=False)) if one != other]
    return min([*wrong, len(found), len(right)])


@torch.no_grad()
def told_length(
    model: seq2seq.Translator, source: seq2seq.Symbols, target: seq2seq.Symbols, data: seq2seq.Pairs
) -> list[Answer]:
    """Greedy answers of as many digits as are right: the end may not be chosen."""
    out, step = list[Answer](), NETWORK["batch"]
    for first in range(0, len(data.sources), step):
        rows = [source.numbers(text) for text in data.sources[first : first + step]]
        lengths = [len(several[0]) for several in data.answers[first : first + step]]
        memory = model.encode(torch.from_numpy(padded(rows)))
        state, symbols = model.start(memory), [torch.full((len(rows),), seq2seq.START)]
        for _ in range(max(lengths)):
            logits, state, _ = model.decode(symbols[-1][None], state, memory)
            logits[..., : len(SPECIAL)] = -torch.inf
            symbols.append(logits[0].argmax(dim=-1))
        columns = torch.stack(symbols[1:]).T.tolist()
        out += [target.decode(column[:n]) for column, n in zip(columns, lengths, strict=True)]
    return out


def scored(found: Sequence[Answer], data: seq2seq.Pairs, digits: Sequence[int]) -> dict[str, float]:
    """Right as a whole, by digits and by language; for each number of digits how long answers are and begin rightly."""
    true = [several[0] for several in data.answers]
    right = np.array([one == other for one, other in zip(found, true, strict=True)])
    length, wanted = (np.array(list(map(len, some))) for some in (found, true))
    start = np.array([begins(*both) for both in zip(found, true, strict=True)])
    languages = np.array(data.groups)
    measured = {"right": float(right.mean())}
    measured |= {one: float(right[languages == one].mean()) for one in number_words.LANGUAGES}
    for n in digits:
        some = wanted == n
        measured |= {
            f"{n} digits, right": float(right[some].mean()),
            f"{n} digits, as long": float((length[some] == n).mean()),
            f"{n} digits, at most six": float((length[some] <= MOST).mean()),
            f"{n} digits, length": float(length[some].mean()),
            f"{n} digits, right before the first wrong": float(start[some].mean()),
        }
    return measured


def run(
    seed: int, *, attention: bool, known: str, lr: float, updates: int, examples: int, asked: int
) -> Mapping[str, float]:
    """What is measured of one network on numbers never seen and on longer ones; known: what training has."""
    parts = {part: seq2seq.pairs("numbers", part, asked) for part in ("test", "longer")}
    held_out = {int("".join(several[0])) for several in parts["longer"].answers}
    data = [trained_on(known, part, n, seed, held_out) for part, n in (("train", examples), ("validation", 1000))]
    network, loss = trained(
        "numbers", seed, data=(data[0], data[1]), attention=attention, lr=lr, updates=updates, **NETWORK
    )
    measured = {"loss on validation": loss}
    for part, digits in (("test", range(3, MOST + 1)), ("longer", range(MOST + 1, LONGEST + 1))):
        found = seq2seq.greedy(*network, parts[part].sources, LIMIT)
        row = scored(found, parts[part], digits)
        measured |= {f"{part}: {name}": number for name, number in row.items()}
        told = seq2seq.scores(told_length(*network, parts[part]), parts[part])["exact"]
        measured[f"{part}: right, told the length"] = told
    return measured


def tuned_and_more(attention: bool) -> list[dict[str, Any]]:
    """One network trained on six digits with the best rate, and with that rate on what else training may have."""
    six = {"attention": attention, "known": "six digits", "lr": Best((2e-3, 6e-3, 1.2e-2), by="loss on validation")}
    more = ("nine digits", "round millions")
    return [six, *({"attention": attention, "known": known, "lr": After("lr", six)} for known in more)]


EXPERIMENT = Experiment(
    run,
    settings=[setting for attention in (True, False) for setting in tuned_and_more(attention)],
    seeds=3,
    options={"updates": 3000, "examples": 40_000, "asked": 2000},
    small={"updates": 2, "examples": 100, "asked": 300},
    constants=NETWORK | {"millions": MILLIONS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
