"""A picture's vector in, words out: the decoder of chapter 14, its loss and gradient, its greedy sentence, its score.

Words are numbers; 0 is padding, 1 starts a caption, 2 ends it. Captions stand time first, (T, B).
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_array, check_choice, check_integers, described
from rnncourse.reference.cells import CELLS as FACTS
from rnncourse.reference.gru import gru_backward, gru_forward, gru_step
from rnncourse.reference.lstm import lstm_backward, lstm_forward, lstm_step
from rnncourse.reference.params import Params
from rnncourse.reference.readout import (
    embedding_backward,
    embedding_forward,
    linear_backward,
    linear_forward,
    softmax_cross_entropy,
)

Array = np.ndarray
PAD, START, END = 0, 1, 2
CELLS: dict[str, Any] = {
    "gru": (gru_forward, gru_backward, gru_step),
    "lstm": (lstm_forward, lstm_backward, lstm_step),
}


class CaptionParams(NamedTuple):
    """The decoder's weights; gradients have the same type."""

    P: Array  # (H, F) the picture's vector to the first state
    b_P: Array  # (H,)
    E: Array  # (K, D) a row for each word
    cell: Params  # GRU or LSTM, D inputs and H units
    V: Array  # (K, H) readout
    b_V: Array  # (K,)


def caption_loss(features: Array, captions: Array, params: CaptionParams) -> float:
    """Cross-entropy of each next word, summed over the words of a caption, mean over the batch; GRU decoder.

    features : (B, F), the encoder's vectors.
    captions : (T, B) whole numbers: 1, the words, 2, then 0.
    params : the decoder's weights.

    Source: Vinyals et al. 2015, equations 2 and 13; the vector is the first state instead of the first input.
    """
    if getattr(captions, "ndim", None) != 2 or not 0 <= captions.min() <= captions.max() < len(params.E):
        raise ValueError(f"captions: got {described(captions)}, expected words 0 … {len(params.E) - 1} of shape (T, B)")
    given, wanted = captions[:-1], captions[1:]
    h_0 = features @ params.P.T + params.b_P
    h, _, _ = gru_forward(params.E[given], (h_0,), params.cell)
    logits = h @ params.V.T + params.b_V
    loss, _ = softmax_cross_entropy(logits, wanted, mask=wanted != 0)
    return loss


def caption_greedy(features: Array, params: CaptionParams, length: int) -> Array:
    """Word by word, the most probable next word is taken and fed back; GRU decoder.

    features : (B, F).
    length : how many words at most.

    Returns words (length, B): up to and with 2 (end), then 0. The start, 1, is fed in and not returned.
    """
    state: tuple[Array, ...] = (features @ params.P.T + params.b_P,)
    word = np.full(len(features), 1)
    ended = np.zeros(len(features), dtype=bool)
    words = []
    for _ in range(length):
        state, _ = gru_step(params.E[word], state, params.cell)
        best = (state[0] @ params.V.T + params.b_V).argmax(axis=1)
        word = np.where(ended, 0, best)
        ended = ended | (word == 2)
        words.append(word)
    return np.stack(words)


def bleu(candidate: Sequence[str], references: Sequence[Sequence[str]], n: int) -> float:
    """BLEU-n of one sentence in [0, 1]; candidate and references are lists of words.

    Brevity penalty times the geometric mean of the clipped precisions of 1-grams to n-grams (Papineni et al. 2002).
    Equal to `metrics.bleu`, which adds counts over a whole corpus; here one sentence is spelled out.
    """

    def count(words: Sequence[str], k: int) -> Counter:
        return Counter(tuple(words[j : j + k]) for j in range(len(words) - k + 1))

    log_precision = 0.0
    for k in range(1, n + 1):
        found = count(candidate, k)
        allowed: Counter = Counter()
        for reference in references:
            allowed |= count(reference, k)  # the largest count in any one reference
        matches = (found & allowed).total()
        if matches == 0:
            return 0.0
        log_precision += math.log(matches / found.total()) / n
    closest = min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]
    return math.exp(min(0.0, 1 - closest / len(candidate)) + log_precision)


class CaptionCache(NamedTuple):
    """What the backward pass needs."""

    projection: Any
    embedding: Any
    cell: Any
    readout: Any
    dlogits: Array
    kind: str


def caption_forward(
    features: Array, captions: Array, params: CaptionParams, *, cell: str = "gru"
) -> tuple[float, CaptionCache]:
    """`caption_loss` with either cell, and what its gradient needs; an LSTM's c_0 is zero.

    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    """
    check_choice("cell", cell, tuple(CELLS))
    check_array("params.P", params.P, H=None, F=None)
    check_array("features", features, dtype=params.P.dtype, B=None, F=params.P.shape[1])
    captions = check_integers("captions", captions, 0, len(params.E) - 1, T=None, B=len(features))
    forward, _, _ = CELLS[cell]
    h_0, projection = linear_forward(features, params.P, params.b_P)
    x, embedding = embedding_forward(captions[:-1], params.E)
    state = (h_0, *(np.zeros_like(h_0) for _ in FACTS[cell].state[1:]))
    h, _, cell_cache = forward(x, state, params.cell)
    logits, readout = linear_forward(h, params.V, params.b_V)
    loss, dlogits = softmax_cross_entropy(logits, captions[1:], mask=captions[1:] != PAD)
    return loss, CaptionCache(projection, embedding, cell_cache, readout, dlogits, cell)


def caption_backward(dloss: float, cache: CaptionCache) -> tuple[Array, CaptionParams]:
    """Gradient of `caption_forward`: dloss to (dfeatures (B, F), grads)."""
    _, backward, _ = CELLS[cache.kind]
    dh, dV, db_V = linear_backward(dloss * cache.dlogits, cache.readout)
    dx, dstate, dcell = backward(dh, None, cache.cell)
    dE = embedding_backward(dx, cache.embedding)
    dfeatures, dP, db_P = linear_backward(dstate[0], cache.projection)
    return dfeatures, CaptionParams(dP, db_P, dE, dcell, dV, db_V)
