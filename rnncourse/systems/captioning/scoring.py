"""How good are captions? Four ways to make them, three baselines, the same scores for all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnncourse.data.emoji_pictures import parts
from rnncourse.reference.metrics import corpus_bleu
from rnncourse.systems.captioning.decoding import beam, greedy, teacher_forced
from rnncourse.systems.captioning.model import Captioner
from rnncourse.systems.captioning.pictures import CaptionData, emoji_data, to_tensor
from rnncourse.systems.captioning.vocabulary import Vocabulary

METRICS = ("exact", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "overlap")
METHODS = ("greedy", "beam 3", "beam 5", "teacher forced", "most typical", "nearest pixels", "nearest vector")
BATCH = 128


def word_overlap(candidate: str, reference: str) -> float:
    """Words in both ÷ words in either, each word counted once."""
    a, b = set(candidate.split()), set(reference.split())
    return len(a & b) / max(len(a | b), 1)


def scores(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Exact match and word overlap (mean over pictures, against the closest reference), corpus BLEU-1 … 4."""
    tokens = [c.split() for c in candidates]
    several = [[r.split() for r in group] for group in references]
    result = {"exact": float(np.mean([c in group for c, group in zip(candidates, references, strict=True)]))}
    result |= {f"BLEU-{n}": corpus_bleu(tokens, several, n) for n in range(1, 5)}
    overlaps = [max(word_overlap(c, r) for r in group) for c, group in zip(candidates, references, strict=True)]
    return result | {"overlap": float(np.mean(overlaps))}


def captions(model: Captioner, vocabulary: Vocabulary, images: NDArray[np.uint8], *, width: int = 1) -> list[str]:
    """Free-running captions of pictures (N, S, S, 3): greedy for width 1, else beam search."""
    device, out = next(model.parameters()).device, []
    for start in range(0, len(images), BATCH):
        some = to_tensor(images[start : start + BATCH]).to(device)
        words = greedy(model, some).words if width == 1 else beam(model, some, width)
        out += [vocabulary.decode(column) for column in words.T.tolist()]
    return out


def forced_captions(
    model: Captioner, vocabulary: Vocabulary, images: NDArray[np.uint8], truth: Sequence[str]
) -> list[str]:
    """What teacher forcing "says": at each place the best word after the true ones, cut at the true length.

    It flatters: a mistake is forgotten at the next word, and the length is a gift. Where the true caption ends
    and the network would go on, the sentence gets that word, so an exact match means the same as in a free run.
    """
    device, out = next(model.parameters()).device, []
    for start in range(0, len(images), BATCH):
        some = to_tensor(images[start : start + BATCH]).to(device)
        target = torch.from_numpy(vocabulary.encode(truth[start : start + BATCH])).to(device)
        words = teacher_forced(model, some, target).T.tolist()
        out += [vocabulary.decode_all(column) for column in words]
    return out


def vectors(model: Captioner, images: NDArray[np.uint8]) -> Tensor:
    """The encoder's vectors (N, F)."""
    device, starts = next(model.parameters()).device, range(0, len(images), BATCH)
    with torch.no_grad():
        pieces = [model.encode(to_tensor(images[s : s + BATCH]).to(device)).vector for s in starts]
    return torch.cat(pieces).cpu()


def most_typical(several: Sequence[str]) -> str:
    """The caption with the most words in common with all others: "most frequent" where every caption occurs once."""
    count = {caption: several.count(caption) for caption in several}
    if max(count.values()) > 1:
        return max(count, key=lambda c: count[c])
    sets = [set(c.split()) for c in several]
    sample = sets[:: max(1, len(sets) // 200)]
    overlap = [sum(len(s & other) / len(s | other) for other in sample) for s in sets]
    return several[int(np.argmax(overlap))]


def nearest(queries: Tensor, known: Tensor) -> list[int]:
    """For each query (N, F) the index of the closest known vector (M, F), by Euclidean distance."""
    return torch.cdist(queries, known).argmin(dim=1).tolist()


def subsets(data: CaptionData) -> dict[str, NDArray[np.intp]]:
    """The held-out parts; of "pictures" also those whose activity is in no training caption, which none can name."""
    chosen: dict[str, NDArray[np.intp]] = {}
    chosen |= {name: data.splits[name] for name in ("pictures", "combinations") if name in data.splits}
    if "combinations" in chosen:
        known = {parts(data.captions[i][0]).activity for i in data.splits["train"]}
        is_new = np.array([parts(data.captions[i][0]).activity not in known for i in chosen["pictures"]])
        chosen["pictures, activity seen"] = chosen["pictures"][~is_new]
        chosen["pictures, activity never seen"] = chosen["pictures"][is_new]
    return chosen


def evaluate(model: Captioner, vocabulary: Vocabulary, data: CaptionData, *, others: bool = True) -> dict[str, Any]:
    """{part: {"count": N, method: {metric: value}}} for held-out parts; with `others` for the second artist too."""
    indices, known_captions = data.pairs("train")
    known = {"pixels": _flat(data.images[indices]), "vector": vectors(model, data.images[indices])}
    typical = most_typical(known_captions)
    table = {}
    for part, chosen in subsets(data).items():
        table[part] = _one_part(model, vocabulary, data.images[chosen], [data.captions[i] for i in chosen])
        truth = [data.captions[i] for i in chosen]
        table[part]["most typical"] = scores([typical] * len(chosen), truth)
        for name, queries in (("pixels", _flat(data.images[chosen])), ("vector", vectors(model, data.images[chosen]))):
            found = [known_captions[k] for k in nearest(queries, known[name])]
            table[part][f"nearest {name}"] = scores(found, truth)
    if others:
        second = emoji_data(data.images.shape[1], artist="openmoji")
        seen, held_out = data.splits["train"][::5], data.splits["pictures"]  # a fifth of the names is enough to tell
        for part, chosen in (("second artist, names seen", seen), ("second artist, names held out", held_out)):
            table[part] = _one_part(model, vocabulary, second.images[chosen], [data.captions[i] for i in chosen])
    return table


def _one_part(
    model: Captioner, vocabulary: Vocabulary, images: NDArray[np.uint8], truth: list[list[str]]
) -> dict[str, Any]:
    result: dict[str, Any] = {"count": len(images)}
    for name, width in (("greedy", 1), ("beam 3", 3), ("beam 5", 5)):
        result[name] = scores(captions(model, vocabulary, images, width=width), truth)
    forced = forced_captions(model, vocabulary, images, [group[0] for group in truth])
    result["teacher forced"] = scores(forced, [group[:1] for group in truth])
    return result


def _flat(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)
