"""Does a network that writes summaries beat the first words of the text, near its training texts and far from them?

Question: the text is what a docstring says below its first line, the summary is that line. An encoder and a decoder
with attention that may also copy words (See, Liu and Manning 2017) against baselines that learn nothing or little.
Literature: on news and with 287,226 training pairs, See et al.'s best network has ROUGE-1 39.53 and the first three
sentences 40.34. Allamanis (2019) found scores of models of code inflated by up to 100 % where the test has copies of
training files; LeClair and McMillan (2019), on first sentences of Java methods, saw scores swing by more than 33 % with
the design of the data set alone. Our docstrings have near-copies.
Near and far: the largest cosine of a test text with a training text, of words weighed by tf-idf.
If the network summarises, it beats the first words on texts far from all that it was trained on, and loses little when
training texts near the test's are taken away. If it recalls, its lead is in the near texts and goes with their twins.
Controls: as many training pairs taken away at random, the same test; a network that cannot copy. The summary of the
nearest training text is recall alone.
Equal care: learning rate and number of passes by validation ROUGE-1, and so the number of words of two baselines.
ROUGE is the F1 of Lin's (2004) counts, of words alone, times 100; three splits, each with its own weights.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from _run import After, Best, Experiment
from rnncourse.data import docstrings
from rnncourse.reference.metrics import ngrams
from rnncourse.systems.seq2seq.model import Memory, State, Translator
from rnncourse.systems.seq2seq.symbols import END, PAD, START, UNKNOWN, Symbols, padded

EDGES, NEAR = (0.3, 0.4, 0.5, 0.7, 0.9), 0.5  # of the cosine: six bins, and where a text begins to be near
BATCH, POOL, SIZE, DROPPED, LEAST, LIMIT = 50, 10, 64, 0.3, 4, 20  # LEAST: of a word, to be in the vocabulary
DRAWS = 2000  # of the bootstrap
TRAININGS = ("all", "no near texts", "as few, drawn")
Line = Sequence[str]


class Task(NamedTuple):
    """One split: places of the pairs, and for each test pair the nearest text of `trainings["all"]`."""

    texts: list[list[str]]
    summaries: list[list[str]]
    trainings: dict[str, np.ndarray]
    validation: np.ndarray
    test: np.ndarray
    nearest: dict[str, np.ndarray]  # for each training, the place of the nearest text
    cosine: np.ndarray  # with that of "all"
    fingerprint: str


@lru_cache
def task(seed: int, pairs: int) -> Task:
    """Draw so many pairs, all if there are fewer; a twentieth of their summaries to choose by, a tenth to report."""
    data, rng = docstrings.load(), np.random.default_rng([13, seed])
    drawn = np.sort(rng.permutation(len(data.texts))[:pairs])
    texts, summaries = ([some[n] for n in drawn] for some in (data.texts, data.summaries))
    train, validation, test = docstrings.split(summaries, len(drawn) // 20, rng)
    vectors = tf_idf(texts, train)
    far = (vectors[train] @ vectors[np.append(validation, test)].T).max(axis=1) < NEAR
    fewer = np.sort(rng.choice(train, far.sum(), replace=False))
    trainings = dict(zip(TRAININGS, (train, train[far], fewer), strict=True))
    cosines = vectors[test] @ vectors.T
    closest = {name: known[cosines[:, known].argmax(axis=1)] for name, known in trainings.items()}
    return Task(texts, summaries, trainings, validation, test, closest, cosines[:, train].max(axis=1), data.fingerprint)


def tf_idf(texts: Sequence[Line], known: np.ndarray) -> np.ndarray:
    """Counts of words times log((1 + N) / (1 + n)) + 1, where n of the N known texts have it; length 1."""
    column: dict[str, int] = {}
    for word in (word for text in texts for word in text):
        column.setdefault(word, len(column))
    counts = np.zeros((len(texts), len(column)), dtype=np.float32)
    for row, text in zip(counts, texts, strict=True):
        for word, number in Counter(text).items():
            row[column[word]] = number
    counts *= np.log((1 + len(known)) / (1 + (counts[known] > 0).sum(axis=0))).astype(np.float32) + 1
    counts /= np.linalg.norm(counts, axis=1, keepdims=True)
    return counts[:, (counts > 0).sum(axis=0) > 1]  # what one text alone has tells of its length only


def rouge(found: Line, wanted: Line) -> tuple[float, float, float]:
    """ROUGE-1, -2 and -L, signs left out: 100 × the F1 of common words, pairs of neighbours, longest subsequence.

    Source: Lin (2004), who counts recall in the first two, and several references.
    """
    a, b = words(found), words(wanted)
    row = [0] * (len(b) + 1)  # of the longest common subsequence of what was read of a and the first j of b
    for word in a:
        above = row.copy()
        for j, other in enumerate(b):
            row[j + 1] = above[j] + 1 if word == other else max(above[j + 1], row[j])
    return rouge_n(a, b, 1), rouge_n(a, b, 2), 200 * row[-1] / max(1, len(a) + len(b))


def rouge_n(a: Line, b: Line, n: int) -> float:
    """100 × the F1 of common runs of n words."""
    both = ngrams(a, n), ngrams(b, n)
    return 200 * (both[0] & both[1]).total() / max(1, both[0].total() + both[1].total())


def words(line: Line) -> Line:
    """The line without its signs."""
    return [word for word in line if word[0].isalnum() or word[0] == "_"]


def scores(found: Sequence[Line], data: Task, places: np.ndarray) -> np.ndarray:
    """ROUGE-1, -2 and -L of each, (3, N)."""
    return np.array([rouge(line, data.summaries[n]) for line, n in zip(found, places, strict=True)]).T


def best_length(lines: Sequence[Line], data: Task, most: int) -> int:
    """How many first words of these lines, one for each validation pair, have the best ROUGE-1."""
    wanted = [words(data.summaries[n]) for n in data.validation]
    both = list(zip(lines, wanted, strict=True))
    means = [np.mean([rouge_n(words(a[:k]), b, 1) for a, b in both]) for k in range(1, most + 1)]
    return 1 + int(np.argmax(means))


def first_words(data: Task) -> list[Line]:
    """The best number of the text's first words and signs."""
    k = best_length([data.texts[n] for n in data.validation], data, 40)
    return [data.texts[n][:k] for n in data.test]


def first_sentence(data: Task) -> list[Line]:
    """The text up to its first full stop."""
    texts = [data.texts[n] for n in data.test]
    return [text[: text.index(".", 3)] if "." in text[3:] else text for text in texts]


def constant(data: Task, training: str) -> list[Line]:
    """The most frequent words of summaries, the best number of them, whatever the text."""
    count = Counter(word for n in data.trainings[training] for word in words(data.summaries[n]))
    line = [word for word, _ in count.most_common(12)]
    return [line[: best_length([line] * len(data.validation), data, len(line))]] * len(data.test)


def nearest(data: Task, training: str) -> list[Line]:
    """The summary of the nearest training text."""
    return [data.summaries[n] for n in data.nearest[training]]


class Writer(Translator):
    """Encoder, attention and decoder over words, one table of words for reading, writing and readout.

    Copying (See et al. 2017): a gate g, of the decoder's state, of what it was told and of the word before, gives g to
    the vocabulary and 1 − g to the text's words by their attention. Theirs is additive attention, ours the dot.
    """

    def __init__(self, words: int, copying: bool) -> None:
        super().__init__(words, words, embedding=SIZE, hidden=SIZE, dropout=DROPPED)
        self.target, self.readout.weight = self.source, self.source.weight
        nn.init.normal_(self.source.weight, std=0.1)
        self.gate = nn.Linear(3 * SIZE, 1) if copying else None

    def probabilities(self, symbols: Tensor, state: State, memory: Memory) -> tuple[Tensor, Tensor, State]:
        """Symbols (U, B) to p of the vocabulary (U, B, K), p of each place of the text (U, T, B), and the state."""
        x = self.dropout(self.target(symbols))
        h, state = self.decoder(x, state)
        scores = torch.einsum("ubh,tbh->utb", h, memory.states)
        weights = scores.masked_fill(memory.outside, -torch.inf).softmax(dim=1)
        context = torch.einsum("utb,tbh->ubh", weights, memory.states)
        z = torch.tanh(self.join(torch.cat([h, context], dim=-1)))
        p = self.readout(self.dropout(z)).softmax(dim=-1)
        if self.gate is None:
            return p, torch.zeros_like(weights), state
        g = torch.sigmoid(self.gate(torch.cat([h, context, x], dim=-1)))
        return g * p, (1 - g[..., 0])[:, None] * weights, state


class Encoded:
    """Pairs as numbers: those of the vocabulary, and beyond it, for each text anew, the words that it alone has."""

    def __init__(self, data: Task, train: np.ndarray) -> None:
        count = Counter(word for n in train for word in (*data.texts[n], *data.summaries[n]))
        self.symbols = Symbols.of([[word for word, number in count.items() if number >= LEAST]])
        self.own = [list(dict.fromkeys(self.symbols.unknown(text))) for text in data.texts]
        self.texts = [self._numbers(text, own) for text, own in zip(data.texts, self.own, strict=True)]
        both = zip(data.summaries, self.own, strict=True)
        self.summaries = [[START, *self._numbers(line, own), END] for line, own in both]

    def _numbers(self, line: Line, own: list[str]) -> list[int]:
        beyond = {word: len(self.symbols) + k for k, word in enumerate(own)}
        return [self.symbols.index.get(word, beyond.get(word, UNKNOWN)) for word in line]

    def known(self, numbers: Tensor) -> Tensor:
        """The same with <unknown> for what is beyond the vocabulary: what the network reads."""
        return numbers.masked_fill(numbers >= len(self.symbols), UNKNOWN)

    def batch(self, places: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Texts (T, B) and summaries (U, B)."""
        texts, lines = (padded([some[n] for n in places]) for some in (self.texts, self.summaries))
        return torch.from_numpy(texts), torch.from_numpy(lines)

    def epoch(self, places: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
        """All places in batches, those of a pool sorted by length, in random order."""
        batches: list[np.ndarray] = []
        for pool in np.array_split(rng.permutation(places), max(1, len(places) // (BATCH * POOL))):
            pool = pool[np.argsort([len(self.texts[n]) for n in pool], kind="stable")]
            batches += np.array_split(pool, max(1, len(pool) // BATCH))
        return [batches[k] for k in rng.permutation(len(batches))]


def loss_of(model: Writer, data: Encoded, texts: Tensor, lines: Tensor) -> Tensor:
    """Mean −log p of the next word: p of the vocabulary's, and of all places of the text that have it."""
    memory, target = model.encode(data.known(texts)), lines[1:]
    written, copied, _ = model.probabilities(data.known(lines[:-1]), model.start(memory), memory)
    p = written.gather(-1, data.known(target)[..., None])[..., 0]
    beyond = target >= len(data.symbols)
    p = p.masked_fill(beyond, 0.0) if model.gate is not None else p
    p = p + (copied * (texts == target[:, None])).sum(dim=1)
    return -torch.log(p[target != PAD] + 1e-9).mean()


@torch.no_grad()
def written(model: Writer, data: Encoded, places: np.ndarray) -> list[Line]:
    """A summary for each text, always the most probable word, <unknown> left out."""
    model.eval()
    lines: list[Line] = []
    for some in np.array_split(places, max(1, len(places) // 150)):
        texts, _ = data.batch(some.tolist())
        memory = model.encode(data.known(texts))
        state, last = model.start(memory), torch.full((1, len(some)), START)
        steps, ended, beyond = [], torch.zeros(len(some), dtype=torch.bool), int(texts.max()) + 1
        for _ in range(LIMIT):
            p, copied, state = model.probabilities(data.known(last), state, memory)
            every = torch.zeros(len(some), max(beyond, len(data.symbols)))
            every[:, : len(data.symbols)] = p[0]
            every.scatter_add_(1, texts.T, copied[0].T)
            every[:, [PAD, START, UNKNOWN]] = 0
            last = every.argmax(dim=1)[None].masked_fill(ended, END)
            ended |= last[0] == END
            steps.append(last[0])
        for n, column in zip(some, torch.stack(steps, dim=1).tolist(), strict=True):
            signs = data.symbols.signs + data.own[n]
            lines.append([signs[number] for number in column if number != END])
    model.train()
    return lines


def learned(
    seed: int, data: Task, train: np.ndarray, *, copying: bool, rate: float, passes: int
) -> tuple[list[Line], list[float]]:
    """What the network writes after the pass that is best on the validation part, and ROUGE-1 there after each."""
    rng, encoded = np.random.default_rng(seed), Encoded(data, train)
    model = Writer(len(encoded.symbols), copying)
    optimiser, curve, found = torch.optim.Adam(model.parameters(), lr=rate, fused=True), list[float](), list[Line]()
    for number in range(passes):
        optimiser.param_groups[0]["lr"] = rate * (1 - number / passes)
        for places in encoded.epoch(train, rng):
            optimiser.zero_grad()
            loss_of(model, encoded, *encoded.batch(places.tolist())).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimiser.step()
        curve.append(scores(written(model, encoded, data.validation), data, data.validation)[0].mean())
        if curve[-1] == max(curve):
            found = written(model, encoded, data.test)
    return found, curve


def report(found: Sequence[Line], lead: Sequence[Line], data: Task) -> dict[str, Any]:
    """The scores, by distance, and how far they lie above those of the first words: mean and 95 % of the bootstrap."""
    mine, theirs = (scores(lines, data, data.test) for lines in (found, lead))
    which, rng = np.digitize(data.cosine, EDGES), np.random.default_rng(0)
    bins = [which == k for k in range(len(EDGES) + 1)]
    parts = {"all": np.ones(len(which), dtype=bool), "far": data.cosine < NEAR, "near": data.cosine >= NEAR}
    table: dict[str, Any] = dict(zip(("rouge1", "rouge2", "rougeL"), mine.mean(axis=1), strict=True))
    table |= {"by_distance": [mine[0, part].mean() if part.any() else None for part in bins]}
    table |= {"items": [part.sum() for part in bins], "data": data.fingerprint}
    for name, part in parts.items():
        gain = (mine - theirs)[0, part] if part.any() else np.zeros(1)
        drawn = gain[rng.integers(len(gain), size=(DRAWS, len(gain)))].mean(axis=1)
        table[f"gain_{name}"] = [gain.mean(), *np.quantile(drawn, (0.025, 0.975))]
    return table


def run(seed: int, *, model: str, training: str, rate: float, pairs: int, passes: int) -> Mapping[str, Any]:
    """What one contestant reaches on the test part; rate: that of the networks, 0 for the others."""
    data = task(seed, pairs)
    train = data.trainings[training]
    if model in ("copying", "no copying"):
        copying = model == "copying"
        found, curve = learned(seed, data, train, copying=copying, rate=rate, passes=passes)
    else:
        found, curve = BASELINES[model](data, training), [0.0]
    return {"validated": max(curve), "curve": curve, "trained": len(train), **report(found, first_words(data), data)}


BASELINES = {
    "first words": lambda data, _: first_words(data),
    "first sentence": lambda data, _: first_sentence(data),
    "constant": constant,
    "nearest": nearest,
}
TUNED = {"model": "copying", "training": "all"}
RATES = Best((2e-3, 5e-3, 1e-2, 2e-2, 4e-2), by="validated", largest=True)
EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": model, "training": "all", "rate": 0.0} for model in BASELINES),
        {"model": "nearest", "training": "no near texts", "rate": 0.0},
        {**TUNED, "rate": RATES},
        *({"model": "copying", "training": training, "rate": After("rate", TUNED)} for training in TRAININGS[1:]),
        {"model": "no copying", "training": "all", "rate": RATES},
    ],
    seeds=3,
    options={"pairs": 7000, "passes": 8},
    small={"pairs": 200, "passes": 1},
    constants={
        **{"edges": EDGES, "near": NEAR, "batch": BATCH, "size": SIZE, "dropout": DROPPED, "least": LEAST},
        **{"limit": LIMIT, "draws": DRAWS, "optimiser": "Adam", "summary": docstrings.SUMMARY, "text": docstrings.TEXT},
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
