"""Numbers that say how good a model is, each with the unit and range that papers use."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from rnncourse.reference._validation import check_count, check_is_array
from rnncourse.reference.ops import log_softmax


def accuracy(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
    """The fraction of (unmasked) positions whose largest logit is the target's, in [0, 1].

    logits : (…, K).  targets : (…,) int.  mask : (…,) bool, True where a position counts.

    Raises ValueError: shapes disagree, a target outside 0 … K − 1, or no position counts; TypeError: targets are not
    integers or the mask is not boolean.
    """
    mask = _checked_mask(logits, targets, mask)
    return float((logits.argmax(axis=-1) == targets)[mask].mean())


def cross_entropy_per_target(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean of −log softmax(logits)[target] over the (unmasked) positions, in nats; arguments as for accuracy."""
    mask = _checked_mask(logits, targets, mask)
    log_p = log_softmax(logits[mask])  # (number of positions that count, K)
    return float(-np.take_along_axis(log_p, targets[mask][:, None], axis=-1).mean())


def perplexity(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
    """exp of the mean cross-entropy: K for a model that knows nothing, 1 for one that is always right and sure.

    Above exp(709), which is nearly the largest number that there is in double precision, it is inf.
    """
    nats = cross_entropy_per_target(logits, targets, mask)
    return math.exp(nats) if nats <= 709 else math.inf


def bits_per_character(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
    """The mean cross-entropy in bits: what an ideal arithmetic coder pays for a character (Shannon 1948)."""
    return cross_entropy_per_target(logits, targets, mask) / math.log(2)


def edit_distance(a: Sequence, b: Sequence) -> int:
    """The fewest insertions, deletions and substitutions that turn sequence a into b (Levenshtein 1966).

    d(i, j) is the distance between the first i symbols of a and the first j of b; only one row of it is kept.
    """
    row = list(range(len(b) + 1))
    for i, symbol in enumerate(a, start=1):
        above_left, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            replace = above_left + (symbol != other)
            above_left, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, replace)
    return row[-1]


def error_rate(hypotheses: Sequence[Sequence], references: Sequence[Sequence]) -> float:
    """All edits over all reference symbols: the word, character or phoneme error rate (it may exceed 1).

    Raises ValueError where the numbers of sequences differ or the references have no symbol.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"hypotheses and references: {len(hypotheses)} sequences and {len(references)}")
    symbols = sum(map(len, references))
    if symbols == 0:
        raise ValueError("references: no symbols to compare with")
    return sum(edit_distance(h, r) for h, r in zip(hypotheses, references, strict=True)) / symbols


def bleu(candidate: Sequence[str], references: Sequence[Sequence[str]], n: int = 4) -> float:
    """BLEU-n of one sentence, in [0, 1]: corpus_bleu of a corpus that has this sentence only."""
    return corpus_bleu([candidate], [references], n)


def corpus_bleu(
    candidates: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]], n: int = 4
) -> float:
    """BLEU-n of a corpus: brevity penalty × the geometric mean of the clipped precisions of 1-grams … n-grams.

    candidates : tokenised sentences, lists of words.
    references : for each candidate its list of tokenised references, at least one.
    n : the longest n-gram, 4 in most papers.

    Returns BLEU in [0, 1]; papers print 100 times it. No smoothing: 0 as soon as some order has no match.
    Raises TypeError: a sentence is a plain string (split it into tokens first); ValueError: numbers of sentences
    differ, a candidate without references, or n below 1.
    Source: Papineni et al. 2002, section 2.3. Counts are added over the corpus before they are divided.
    """
    _check_tokens(candidates, references, n)
    matches, totals, candidate_length, reference_length = [0] * n, [0] * n, 0, 0
    for candidate, several in zip(candidates, references, strict=True):
        candidate_length += len(candidate)
        reference_length += min((abs(len(r) - len(candidate)), len(r)) for r in several)[1]  # closest, then shorter
        for k in range(n):
            found = ngrams(candidate, k + 1)
            allowed: Counter = Counter()
            for reference in several:
                allowed |= ngrams(reference, k + 1)  # the largest count in any one reference
            matches[k] += (found & allowed).total()
            totals[k] += found.total()
    if 0 in matches:
        return 0.0
    brevity = min(0.0, 1 - reference_length / candidate_length)
    return math.exp(brevity + sum(math.log(m / t) for m, t in zip(matches, totals, strict=True)) / n)


def ngrams(tokens: Sequence[str], n: int) -> Counter:
    """How often each run of n tokens occurs."""
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _check_tokens(candidates: Sequence, references: Sequence, n: int) -> None:
    check_count("n", n)
    if len(candidates) != len(references):
        raise ValueError(f"candidates and references: {len(candidates)} sentences and {len(references)}")
    for candidate, several in zip(candidates, references, strict=True):
        if isinstance(candidate, str) or isinstance(several, str) or any(isinstance(r, str) for r in several):
            raise TypeError("candidate, references: expected lists of tokens, got a string; split it first")
        if len(several) == 0:
            raise ValueError("references: a candidate has none")


def _checked_mask(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    check_is_array("logits", logits, "(…, K)")
    check_is_array("targets", targets, "(…,)")
    if logits.ndim < 1 or logits.shape[:-1] != targets.shape:
        raise ValueError(f"targets: expected shape {logits.shape[:-1]} for logits {logits.shape}, got {targets.shape}")
    if not np.issubdtype(targets.dtype, np.integer):
        raise TypeError(f"targets: expected integers, got {targets.dtype}")
    mask = np.ones(targets.shape, bool) if mask is None else mask
    check_is_array("mask", mask, "(…,)")
    if mask.dtype != bool:
        raise TypeError(f"mask: expected bool, got {mask.dtype}")
    if mask.shape != targets.shape:
        raise ValueError(f"mask: expected shape {targets.shape}, got {mask.shape}")
    counted = targets[mask]
    if counted.size == 0:
        raise ValueError("mask: no position counts")
    if counted.min() < 0 or counted.max() >= logits.shape[-1]:
        raise ValueError(f"targets: expected 0 … {logits.shape[-1] - 1}, got {counted.min()} … {counted.max()}")
    return mask
