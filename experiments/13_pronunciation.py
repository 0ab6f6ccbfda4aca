"""From letters to sounds, with and without attention: what goes wrong, and where?

Question: two networks with the same weights read an English word and write its phonemes. One asks the encoder's states
at every step, the other has the last state alone. How far does attention help, and does it with length: in long words,
and in two words written together, longer than nearly all of training? How much do beam search, stems that training has,
and the network's own wrong signs matter?
Literature: without attention long sources lose most (Bahdanau et al. 2015, figure 2). An encoder and a decoder without
attention rivalled n-grams at this task, two directions with alignments passed them (Yao and Zweig 2015). That trained
on true signs a network runs on its own is said to let errors accumulate (Ranzato et al. 2016).
If the last state is a bottleneck, the gap grows with length, and in glued words the second half is worse than the
first; if not, it is the same for all lengths. Controls: the same words alone; letter windows, which know no length and
lose in glued words by the seam alone. If the network's own wrong signs spoil what follows, a slip put into a right word
spoils its rest; if not, nearly all rests stay right, and words with many wrong signs are hard words. Equal care: the
learning rate (for windows the width) is tuned for each on validation words; networks with a third of the updates.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from _exposure import Answer, exposure, ratio
from _letters import answers as by_windows
from _run import After, Best, Experiment
from _seq2seq import trained
from rnncourse.reference import decoding
from rnncourse.reference import seq2seq as reference
from rnncourse.reference.metrics import edit_distance
from rnncourse.systems import seq2seq
from rnncourse.systems.seq2seq.exchange import numpy_params
from rnncourse.systems.seq2seq.scoring import first

NETWORK = {"embedding": 64, "hidden": 256, "batch": 64}
WIDTH = 5  # of beam search
TRIED = 3  # a learning rate is tried with so much fewer updates
LIMIT = seq2seq.TASKS["pronunciation"].limit
LENGTHS = {"up to 4": (1, 4)} | {str(n): (n, n) for n in range(5, 12)} | {"12 or more": (12, 99)}
GLUED = ((6, 8), (9, 11), (12, 14), (15, 17), (18, 20), (21, 24))
ENDINGS = ("ing", "ed", "es", "s", "e")


def stem(word: str) -> str:
    """A word without -ing, -ed, -es, -s or -e and without the second of two equal last letters: "hopping" is "hop"."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def nearest(found: Answer, several: Sequence[Answer]) -> tuple[int, int]:
    """(edits, signs) to the right answer that is nearest."""
    return min((edit_distance(found, one), len(one)) for one in several)


def halves(found: Answer, one: Sequence[Answer], two: Sequence[Answer]) -> tuple[float, float]:
    """Edits in the first and in the second of two words said together, by the cut that needs fewest; equal ones: mean.

    >>> halves(("K", "AE", "T", "AH"), [("K", "AE", "T")], [("D", "AH")])
    (0.0, 1.0)
    """
    cuts = [(nearest(found[:k], one)[0], nearest(found[k:], two)[0]) for k in range(len(found) + 1)]
    least = min(map(sum, cuts))
    a, b = np.mean([cut for cut in cuts if sum(cut) == least], axis=0)
    return float(a), float(b)


def pairs_of(words: Sequence[str], span: tuple[int, int], number: int) -> list[tuple[int, int]]:
    """Places of two words whose letters together are as many as the span says, always the same ones."""
    some = np.random.default_rng([13, *span]).integers(len(words), size=(100 * number, 2))
    letters = np.array(list(map(len, words)))[some].sum(axis=1)
    return [(int(a), int(b)) for a, b in some[(span[0] <= letters) & (letters <= span[1])][:number]]


def alone(found: Sequence[Answer], data: seq2seq.Pairs, known: set[str]) -> dict[str, float]:
    """Words right and edits, by the number of letters and by whether training has the stem."""
    scores = np.array([nearest(*both) for both in zip(found, data.answers, strict=True)])
    letters = np.array(list(map(len, data.sources)))
    new = np.array([stem(word) not in known for word in data.sources])
    groups = {f", {name} letters": (letters >= a) & (letters <= b) for name, (a, b) in LENGTHS.items()}
    measured = {}
    for name, which in {"": letters > 0, ", new stem": new, ", known stem": ~new, **groups}.items():
        edits, signs = scores[which].T
        measured[f"right{name}"] = ratio((edits == 0).sum(), len(edits))
        measured[f"edits{name}"] = ratio(edits.sum(), signs.sum())
        measured[f"words{name}"] = float(len(edits))
    return measured


def glued(said: Sequence[Answer], found: Sequence[Answer], pairs: list, data: seq2seq.Pairs) -> dict[str, float]:
    """Pairs said together against their words said alone; found: all words' answers alone."""
    several = data.answers
    edits = [halves(one, several[a], several[b]) for one, (a, b) in zip(said, pairs, strict=True)]
    apart = [nearest(found[n], several[n]) for pair in pairs for n in pair]
    together, scores = np.array(edits, dtype=float).reshape(-1, 2), np.array(apart, dtype=float).reshape(-1, 2, 2)
    single, true = scores[..., 0], scores[..., 1]
    return {
        "right": ratio((together.sum(axis=1) == 0).sum(), len(pairs)),
        "both right alone": ratio((single.sum(axis=1) == 0).sum(), len(pairs)),
        "edits, first half": ratio(together[:, 0].sum(), true[:, 0].sum()),
        "edits, second half": ratio(together[:, 1].sum(), true[:, 1].sum()),
        "edits alone": ratio(single.sum(), true.sum()),
        "length": ratio(sum(map(len, said)), true.sum()),
    }


def searched(model: seq2seq.Translator, source: seq2seq.Symbols, target: seq2seq.Symbols, data: seq2seq.Pairs) -> dict:
    """Greedy against beam search on the same words, with greedy's path competing ("kept") and without."""
    params, kind = numpy_params(model), {"attention": model.attention}
    found: dict[str, list] = {"greedy": [], "beam": [], "kept": []}
    for text in data.sources:
        step, state = reference.reader(np.array(source.numbers(text)), params, **kind)
        for name, rows in found.items():
            width = 1 if name == "greedy" else WIDTH
            kept = {"keep_greedy": name == "kept"}
            rows.append(decoding.beam_search(step, state, seq2seq.START, seq2seq.END, width, LIMIT, **kept))
    measured, log_p = {}, {name: np.array([one[1] for one in rows]) for name, rows in found.items()}
    for name, rows in found.items():
        edits, signs = np.transpose(
            [nearest(target.decode(symbols), several) for (symbols, _), several in zip(rows, data.answers, strict=True)]
        )
        measured[f"{name}, right"] = ratio((edits == 0).sum(), len(edits))
        measured[f"{name}, edits"] = ratio(edits.sum(), signs.sum())
        measured[f"{name}, log p"] = float(log_p[name].mean())
        measured[f"{name}, below greedy"] = float((log_p[name] < log_p["greedy"] - 1e-9).mean())
    differ = [a[0] != b[0] for a, b in zip(found["greedy"], found["beam"], strict=True)]
    measured["beam, another answer"] = float(np.mean(differ))
    return {f"searched: {name}": number for name, number in measured.items()}


def common(answer: Callable[[list[str]], list[Answer]], data: seq2seq.Pairs, known: set[str], number: int) -> tuple:
    """What networks and windows are both asked; the answers to the words alone, and what was measured."""
    pairs = {span: pairs_of(data.sources, span, number) for span in GLUED}
    together = [data.sources[a] + data.sources[b] for some in pairs.values() for a, b in some]
    said = answer(data.sources + together)
    found, said = said[: len(data.sources)], said[len(data.sources) :]
    measured = alone(found, data, known)
    for (least, most), some in pairs.items():
        row = glued(said[: len(some)], found, some, data)
        measured |= {f"glued, {least} to {most} letters: {name}": number for name, number in row.items()}
        said = said[len(some) :]
    return found, measured


def run(
    seed: int,
    *,
    model: str,
    trial: bool,
    lr: float = 0.0,
    width: int = 0,
    updates: int,
    examples: int,
    tested: int,
    searches: int,
    glues: int,
) -> Mapping[str, float]:
    """What is measured of one network, or of letter windows of one width; of a trial little more than what chooses."""
    data = seq2seq.pairs("pronunciation", "test", tested)
    known = {stem(word) for word in seq2seq.pairs("pronunciation", "train", examples).sources}
    if model == "letter windows":
        if trial:
            held_out = seq2seq.pairs("pronunciation", "validation", 1000)
            found = by_windows(held_out.sources, examples, width)
            return {"edits on validation": seq2seq.scores(found, held_out)["edits"]}
        return common(lambda texts: by_windows(texts, examples, width), data, known, glues)[1]
    number = max(1, updates // TRIED) if trial else updates
    network, loss = trained(
        "pronunciation", seed, attention=model == "attention", examples=examples, lr=lr, updates=number, **NETWORK
    )
    watched = {"loss on validation": loss}
    if trial:
        found = seq2seq.greedy(*network, data.sources, LIMIT)
        return watched | {"right": seq2seq.scores(found, data)["exact"]}
    found, measured = common(lambda texts: seq2seq.greedy(*network, texts, LIMIT), data, known, glues)
    measured |= searched(*network, first(data, searches))
    return watched | measured | exposure(*network, data, found, LIMIT)


RATES = {"lr": Best((1e-3, 3e-3, 6e-3), by="loss on validation")}
WIDTHS = {"width": Best((1, 2, 3, 4, 5, 6, 7), by="edits on validation")}
TUNED = {"attention": RATES, "last state": RATES, "letter windows": WIDTHS}


def tried_and_measured(name: str) -> list[dict[str, Any]]:
    """A reader's trial, and the measurement with what was best in it."""
    trial = {"model": name, "trial": True, **TUNED[name]}
    return [trial, {"model": name, "trial": False, **{what: After(what, trial) for what in TUNED[name]}}]


EXPERIMENT = Experiment(
    run,
    settings=[setting for name in TUNED for setting in tried_and_measured(name)],
    seeds=3,
    options={"updates": 6000, "examples": 200_000, "tested": 5000, "searches": 500, "glues": 400},
    small={"updates": 3, "examples": 100, "tested": 60, "searches": 2, "glues": 4},
    constants=NETWORK | {"beam": WIDTH, "tried with": 1 / TRIED},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
