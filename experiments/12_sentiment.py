"""Is a sentence for or against its film? Recurrent networks against counts of words that know no order.

Question: on 8,530 sentences, does reading in order find more than Naive Bayes, which adds up what each word speaks for?
Literature: on short sentences Naive Bayes is a strong baseline, better than support vectors, and pairs of words help
(Wang and Manning 2012). From these sentences alone a network knows a word only from the few in which it occurs.
If order tells much here, networks lie above the counts, and shuffling each sentence's words costs them what they
gained; if they have too few sentences to learn the words from, they lie at or below, and shuffling costs little. If
pairs of words count order, and are not only more to count, shuffling takes away what they gain. Equal care: Naive Bayes
tunes what is added to each count, networks the learning rate and the number of passes, all on the same 1,000 further
sentences; five splits. The mean of the words' vectors is the network without recurrence.
"""

import sys
from collections import Counter
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, dropout

from _run import Best, Experiment
from rnncourse.data import reviews
from rnncourse.torch import GRU, LSTM

TRAINED, VALIDATED = 6500, 1000  # sentences; the other 1,030 are reported
BATCH, SIZE, DROPPED, LEAST = 50, 64, 0.5, 2  # LEAST: words of fewer training sentences are unknown
UNKNOWN = 1
Split = tuple[np.ndarray, np.ndarray, np.ndarray]


def split(seed: int, sentences: int) -> Split:
    """Places of the sentences to train on, to validate on and to report."""
    order, part = np.random.default_rng([12, seed]).permutation(len(reviews.load().labels)), sentences / 8530
    parts = np.split(order, [TRAINED, TRAINED + VALIDATED])
    return tuple(some[: max(20, int(part * len(some)))] for some in parts)  # type: ignore[return-value]


def bayes(seed: int, parts: Split, *, pairs: bool, shuffled: bool, added: float) -> dict[str, float]:
    """Multinomial Naive Bayes on the words (and pairs of neighbours) that a sentence has, each once."""
    words, labels = reviews.load()
    if shuffled:
        rng = np.random.default_rng(seed)
        words = [rng.permutation(sentence).tolist() for sentence in words]

    def features(n: int) -> set[str]:
        return {*words[n], *(map(" ".join, zip(words[n], words[n][1:], strict=False)) if pairs else ())}

    count: list[Counter[str]] = [Counter(), Counter()]
    for n in parts[0]:
        count[labels[n]].update(features(n))
    known = count[0].keys() | count[1].keys()
    total = [counts.total() + added * len(known) for counts in count]

    def says(n: int) -> int:
        seen = [word for word in features(n) if word in known]
        against, favour = (sum(np.log((count[k][w] + added) / total[k]) for w in seen) for k in (0, 1))
        return int(favour > against)

    right = [float(np.mean([says(n) == labels[n] for n in some])) for some in parts[1:]]
    return {"validated": right[0], "right": right[1]}


class Reader(nn.Module):
    """Embedding, a recurrent layer or none, one number a sentence: from the last state, or from the largest h."""

    def __init__(self, words: int, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.embedding = nn.Embedding(words, SIZE)
        nn.init.normal_(self.embedding.weight, std=0.1)
        both = kind == "LSTM, two directions"
        self.layer = None if kind == "mean" else (GRU if kind == "GRU" else LSTM)(SIZE, SIZE, bidirectional=both)
        self.readout = nn.Linear(SIZE * (1 + both), 1)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """Words (T, B), lengths (B,) to logits (B,)."""
        x = dropout(self.embedding(words), DROPPED, self.training)
        valid = (torch.arange(len(words))[:, None] < lengths)[..., None]
        if self.layer is None:
            h = (x * valid).sum(0) / lengths[:, None]
        elif self.kind == "LSTM, last state":
            h = self.layer(x, lengths=lengths)[1][0]
        else:
            h = self.layer(x, lengths=lengths)[0].masked_fill(~valid, -2.0).amax(0)
        return self.readout(dropout(h, DROPPED, self.training))[:, 0]


class Encoded:
    """The sentences as numbers: words of the training part, the rest unknown; shuffled where time is to be undone."""

    def __init__(self, train: np.ndarray, *, shuffled: bool, rng: np.random.Generator) -> None:
        words, self.labels = reviews.load()
        count = Counter(word for n in train for word in set(words[n]))
        place = {word: 2 + k for k, word in enumerate(word for word, c in count.items() if c >= LEAST)}
        self.size = 2 + len(place)
        self.codes = [np.array([place.get(word, UNKNOWN) for word in sentence]) for sentence in words]
        if shuffled:
            self.codes = [rng.permutation(sentence) for sentence in self.codes]

    def batch(self, places: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Words (T, B), lengths (B,), labels (B,)."""
        lengths = np.array([len(self.codes[n]) for n in places])
        words = np.zeros((lengths.max(), len(places)), dtype=np.int64)
        for column, n in enumerate(places):
            words[: lengths[column], column] = self.codes[n]
        return torch.from_numpy(words), torch.from_numpy(lengths), torch.from_numpy(self.labels[places]).float()


def right(model: Reader, data: Encoded, places: np.ndarray) -> float:
    model.eval()
    found = []
    with torch.no_grad():
        for some in np.array_split(places, max(1, len(places) // 200)):
            words, lengths, labels = data.batch(some)
            found.append(((model(words, lengths) > 0) == (labels > 0)).numpy())
    model.train()
    return float(np.concatenate(found).mean())


def learned(seed: int, parts: Split, *, kind: str, shuffled: bool, rate: float, passes: int) -> dict[str, float]:
    """A network after the pass that is best on the validation part."""
    rng = np.random.default_rng(seed)
    data = Encoded(parts[0], shuffled=shuffled, rng=rng)
    model = Reader(data.size, kind)
    optimiser, best = torch.optim.Adam(model.parameters(), lr=rate), (0.0, 0.0)
    for _ in range(passes):
        for some in np.array_split(rng.permutation(parts[0]), max(1, len(parts[0]) // BATCH)):
            words, lengths, labels = data.batch(some)
            optimiser.zero_grad()
            binary_cross_entropy_with_logits(model(words, lengths), labels).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        validated = right(model, data, parts[1])
        if validated > best[0]:
            best = validated, right(model, data, parts[2])
    return {"validated": best[0], "right": best[1]}


def run(seed: int, *, model: str, tuned: float, sentences: int, passes: int) -> Mapping[str, float]:
    """The share of sentences named rightly; tuned: what Naive Bayes adds to a count, or the learning rate."""
    parts = split(seed, sentences)
    if model.startswith("Naive Bayes"):
        return bayes(seed, parts, pairs="pairs" in model, shuffled="shuffled" in model, added=tuned)
    kind = model.removesuffix(", shuffled")
    return learned(seed, parts, kind=kind, shuffled=kind != model, rate=tuned, passes=passes)


ADDED = Best((0.3, 1.0, 3.0, 10.0, 30.0), by="validated", seeds=5, largest=True)
RATE = Best((1e-3, 3e-3), by="validated", seeds=2, largest=True)
PAIRS = ("words and pairs", "words and pairs, shuffled")
NETWORKS = ("mean", "LSTM, last state", "GRU", "LSTM, two directions")
EXPERIMENT = Experiment(
    run,
    settings=[
        *({"model": f"Naive Bayes, {what}", "tuned": ADDED} for what in ("words", *PAIRS)),
        *({"model": name, "tuned": RATE} for name in (*NETWORKS, "LSTM, two directions, shuffled")),
    ],
    seeds=5,
    options={"sentences": 8530, "passes": 8},
    small={"sentences": 200, "passes": 1},
    constants={"size": SIZE, "batch": BATCH, "dropout": DROPPED, "split": (TRAINED, VALIDATED), "optimiser": "Adam"},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
