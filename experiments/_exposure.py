"""Teacher forced against running free: what does a wrong sign do to the signs after it?

An answer that is right in every sign when teacher forced is right when running free, and the other way round: up to the
first wrong sign the two read the same. They can differ only after it. Three things are measured there. In the words
that go wrong: wrong signs when the truth is fed back all the same, and edits beyond the first when running free. In the
words that go right: edits beyond the slip that is put into them, the most probable wrong sign at a place drawn at
random. Ends count as signs. Words with one right answer only.
"""

from collections.abc import Sequence

import numpy as np
import torch

from rnncourse.reference.metrics import edit_distance
from rnncourse.systems.seq2seq import PAD, START, Pairs, Symbols, Translator
from rnncourse.systems.seq2seq.decoding import BATCH
from rnncourse.systems.seq2seq.symbols import SPECIAL, padded

Answer = tuple[str, ...]


@torch.no_grad()
def continued(
    model: Translator,
    source: Symbols,
    target: Symbols,
    texts: Sequence[Sequence[str]],
    beginnings: Sequence[Sequence[str]],
    limit: int,
) -> list[Answer]:
    """Each text's greedy answer after a beginning, which the network is given as if it had written it."""
    out = []
    for first in range(0, len(texts), BATCH):
        rows = [source.numbers(text) for text in texts[first : first + BATCH]]
        given = torch.from_numpy(padded([target.numbers(some) for some in beginnings[first : first + BATCH]]))
        memory = model.encode(torch.from_numpy(padded(rows)))
        state, symbols = model.start(memory), [torch.full((len(rows),), START)]
        for step in range(limit):
            logits, state, _ = model.decode(symbols[-1][None], state, memory)
            own = logits[0].argmax(dim=-1)
            symbols.append(torch.where(given[step] == PAD, own, given[step]) if step < len(given) else own)
        out += [target.decode(column) for column in torch.stack(symbols[1:]).T.tolist()]
    return out


@torch.no_grad()
def forced(
    model: Translator, source: Symbols, target: Symbols, texts: Sequence[Sequence[str]], answers: Sequence[Answer]
) -> tuple[list[np.ndarray], list[Answer]]:
    """Given the true signs before: is each next sign wrong, the end last, (U + 1,); its most probable wrong sign."""
    wrong, slips = [], []
    for first in range(0, len(texts), BATCH):
        rows = [source.numbers(text) for text in texts[first : first + BATCH]]
        true = [target.numbers(answer, ends=True) for answer in answers[first : first + BATCH]]
        symbols = torch.from_numpy(padded(true))
        logits = model(torch.from_numpy(padded(rows)), symbols[:-1])
        missed = (logits.argmax(dim=-1) != symbols[1:]).numpy()
        logits[..., : len(SPECIAL)] = -torch.inf
        other = logits.scatter(2, symbols[1:, :, None], -torch.inf).argmax(dim=-1).numpy()
        for column, one in enumerate(true):
            wrong.append(missed[: len(one) - 1, column])
            slips.append(tuple(target.signs[number] for number in other[: len(one) - 1, column]))
    return wrong, slips


def ratio(part: float, whole: float) -> float:
    """part / whole, 0 of nothing."""
    return float(part / whole) if whole else 0.0


def exposure(
    model: Translator, source: Symbols, target: Symbols, data: Pairs, found: Sequence[Answer], limit: int
) -> dict[str, float]:
    """What the top of this file says, of the greedy answers that were found; shares of signs, of words, of slips."""
    single = [n for n, several in enumerate(data.answers) if len(several) == 1]
    texts, said = [data.sources[n] for n in single], [found[n] for n in single]
    true = [data.answers[n][0] for n in single]
    wrong, slips = forced(model, source, target, texts, true)
    edits = [edit_distance(*both) for both in zip(said, true, strict=True)]
    signs = sum(map(len, wrong))
    failed = [n for n, one in enumerate(wrong) if one.any()]
    begins = {n: int(wrong[n].argmax()) for n in failed}
    after = sum(len(true[n]) - begins[n] for n in failed)
    measured = {
        "forced, wrong": ratio(sum(map(np.sum, wrong)), signs),
        "free, edits": ratio(sum(edits), signs),
        "forced, words without a wrong sign": ratio(len(single) - len(failed), len(single)),
        "free, words right": ratio(edits.count(0), len(single)),
        "after the first wrong sign: forced, wrong": ratio(sum(wrong[n].sum() - 1 for n in failed), after),
        "after the first wrong sign: free, edits": ratio(sum(edits[n] - 1 for n in failed), after),
    }
    rng = np.random.default_rng(13)
    places = {n: int(rng.integers(len(true[n]))) for n, edit in enumerate(edits) if edit == 0}
    beginnings = [(*true[n][:place], slips[n][place]) for n, place in places.items()]
    rest = continued(model, source, target, [texts[n] for n in places], beginnings, limit)
    more = [edit_distance(one, true[n]) - 1 for n, one in zip(places, rest, strict=True)]
    return measured | {
        "after a slip in a right word: more edits": ratio(sum(more), sum(len(true[n]) - k for n, k in places.items())),
        "after a slip in a right word: no more edits": ratio(more.count(0), len(more)),
    }
