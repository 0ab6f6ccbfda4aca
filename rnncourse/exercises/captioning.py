"""Exercises of chapter 14: the loss of a caption, the greedy sentence, and BLEU."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.reference.captioning import CaptionParams, bleu, caption_greedy, caption_loss
from rnncourse.reference.gru import gru_forward, gru_step
from rnncourse.reference.params import init_params
from rnncourse.reference.readout import softmax_cross_entropy

CHAPTER = "14_captioning"
Array = np.ndarray
Sentences = Sequence[Sequence[str]]


def _decoder(rng: np.random.Generator, F: int, D: int, H: int, K: int, dtype: str) -> CaptionParams:
    """A decoder with biases everywhere, whose words depend on picture, past and input."""

    def normal(*shape: int, scale: float = 1.0) -> Array:
        return (scale * rng.normal(size=shape)).astype(dtype)

    cell = init_params("gru", D, H, rng=rng, scale=1.5, dtype=dtype)
    P, E = normal(H, F, scale=F**-0.5), normal(K, D, scale=1.5)
    return CaptionParams(P, normal(H, scale=0.5), E, cell, normal(K, H), normal(K, scale=0.5))


def _sizes(rng: np.random.Generator) -> tuple[int, ...]:
    """B, F, D, H and K, all different."""
    B, F, D, H = (int(n) for n in rng.choice(np.arange(3, 10), size=4, replace=False))
    return B, F, D, H, int(rng.integers(11, 15))


def _captions(rng: np.random.Generator, lengths: Sequence[int], K: int) -> Array:
    table = np.zeros((max(lengths) + 2, len(lengths)), dtype=np.int64)
    for b, n in enumerate(lengths):
        table[: n + 2, b] = [1, *rng.integers(3, K, n), 2]
    return table


def _loss_cases(rng: np.random.Generator) -> Iterator[Case]:
    for label, words, scale, dtype in (
        ("random sizes", (2, 8), 1.0, "float64"),
        ("other random sizes", (1, 12), 1.0, "float64"),
        ("one word each", (1, 2), 1.0, "float64"),
        ("no padding", (5, 6), 1.0, "float64"),
        ("long captions", (30, 80), 1.0, "float64"),
        ("large features", (2, 8), 30.0, "float64"),
        ("float32", (2, 8), 1.0, "float32"),
    ):
        B, F, D, H, K = _sizes(rng)
        lengths = rng.integers(*words, size=B)
        if label == "random sizes":
            lengths[:2] = 2, 7  # padding is there in any case
        features = (scale * rng.normal(size=(B, F))).astype(dtype)
        captions = _captions(rng, [int(n) for n in lengths], K)
        sizes = f"T={len(captions)}, B={B}, F={F}, D={D}, H={H}, K={K}"
        yield Case((features, captions, _decoder(rng, F, D, H, K, dtype)), f"{label}: {sizes}", dtype)
    features, captions = rng.normal(size=(1, 4)), _captions(rng, [4], 9)
    yield Case((features, captions, _decoder(rng, 4, 3, 5, 9, "float64")), "one row: T=6, B=1, F=4, D=3, H=5, K=9")


def _loss(
    features: Array,
    captions: Array,
    params: CaptionParams,
    *,
    start: Callable[[Array], Array] = lambda h: h,
    given: Callable[[Array], Array] = lambda c: c[:-1],
    wanted: Callable[[Array], Array] = lambda c: c[1:],
    counts: Callable[[Array], Array] = lambda w: w != 0,
    late: bool = False,
    picture: Callable[[Array, CaptionParams], Array] = lambda f, p: f @ p.P.T + p.b_P,
) -> float:
    """caption_loss with one of its steps changed."""
    h_0 = start(picture(features, params))
    h, _, _ = gru_forward(params.E[given(captions)], (h_0,), params.cell)
    h = np.concatenate([h_0[None], h[:-1]]) if late else h
    target = wanted(captions)
    return softmax_cross_entropy(h @ params.V.T + params.b_V, target, mask=counts(target))[0]


def _words(captions: Array) -> int:
    return int((captions[1:] != 0).sum())


def _states_forgotten(features: Array, captions: Array, params: CaptionParams) -> float:
    h_0 = features @ params.P.T + params.b_P
    h = np.stack([gru_step(params.E[words], (h_0,), params.cell)[0][0] for words in captions[:-1]])
    return softmax_cross_entropy(h @ params.V.T + params.b_V, captions[1:], mask=captions[1:] != 0)[0]


CAPTION_LOSS = Exercise(
    reference=caption_loss,
    difficulty="complete",
    statement="The loss of a caption decoder, teacher forced. The first state is P v + b_P, with no nonlinearity. "
    "The GRU reads all words of captions but the last and must say, at each step, the word that follows. Words: 1 "
    "starts, 2 ends, 0 is padding and does not count. Cross-entropy, summed over the words, divided by B. "
    "reference.gru_forward and reference.softmax_cross_entropy may be used. params has P, b_P, E, cell, V, b_V.",
    inputs=("features (B, F)", "captions (T, B) whole numbers", "params"),
    outputs=("loss",),
    cases=_loss_cases,
    hints=(
        "Two slices of captions: what the decoder is given and what is wanted of it, one step later.",
        "given = captions[:-1] and wanted = captions[1:]. The first given word is 1 (start), the last wanted one is 2 "
        "(end) or padding.",
        "params.E[given] is (T - 1, B, D): the x of gru_forward(x, (h_0,), params.cell), which returns three things.",
        "logits = h @ params.V.T + params.b_V, and softmax_cross_entropy(logits, wanted, mask=wanted != 0) gives the "
        "loss and a gradient.",
    ),
    slips=(
        Misconception(
            "the first state went through tanh. It is P v + b_P itself, with nothing around it.",
            lambda f, c, p: _loss(f, c, p, start=np.tanh),
        ),
        Misconception(
            "the first state is zero: the decoder never sees the picture. It starts from P v + b_P.",
            lambda f, c, p: _loss(f, c, p, start=np.zeros_like),
        ),
        Misconception(
            "padding counts in your loss: mask the steps where the wanted word is 0.",
            lambda f, c, p: _loss(f, c, p, counts=lambda w: np.ones(w.shape, bool)),
        ),
        Misconception(
            "padding counts, except where it is also given: mask by the wanted word, not by the given one.",
            lambda f, c, p: _loss(f, c, p, counts=lambda w: c[:-1] != 0),
        ),
        Misconception(
            "the end, 2, does not count in your loss. A decoder must learn when to stop.",
            lambda f, c, p: _loss(f, c, p, counts=lambda w: w > 2),
        ),
        Misconception(
            "the decoder is asked for the word that it was given. What is wanted stands one step later, captions[1:].",
            lambda f, c, p: _loss(f, c, p, wanted=lambda c: c[:-1]),
        ),
        Misconception(
            "given and wanted have changed places: the decoder reads captions[:-1] and says captions[1:].",
            lambda f, c, p: _loss(f, c, p, given=lambda c: c[1:], wanted=lambda c: c[:-1]),
        ),
        Misconception(
            "the decoder is given the very words that are wanted, captions[1:]: it would only have to repeat them.",
            lambda f, c, p: _loss(f, c, p, given=lambda c: c[1:]),
        ),
        Misconception(
            "the start, 1, is given at every step. Teacher forcing gives the true word before, captions[:-1].",
            lambda f, c, p: _loss(f, c, p, given=lambda c: np.ones_like(c[:-1])),
        ),
        Misconception(
            "the loss is divided by the number of words. Each caption's loss is a sum; only the batch is averaged.",
            lambda f, c, p: caption_loss(f, c, p) * c.shape[1] / _words(c),
        ),
        Misconception(
            "nothing is divided: the batch is averaged, divide by B.",
            lambda f, c, p: caption_loss(f, c, p) * c.shape[1],
        ),
        Misconception(
            "the loss is divided by T - 1 as well. Each caption's loss is a sum over its words.",
            lambda f, c, p: caption_loss(f, c, p) / (len(c) - 1),
        ),
        Misconception(
            "the bias b_P of the first state is missing.",
            lambda f, c, p: _loss(f, c, p, picture=lambda f, p: f @ p.P.T),
        ),
        Misconception(
            "the bias b_V of the readout is missing.",
            lambda f, c, p: caption_loss(f, c, p._replace(b_V=0 * p.b_V)),
        ),
        Misconception(
            "each word is read out from the state before it was given its input: use h_t, not h_{t-1}.",
            lambda f, c, p: _loss(f, c, p, late=True),
        ),
        Misconception(
            "every step starts again from the picture's state. The state of one step goes into the next.",
            _states_forgotten,
        ),
        Misconception(
            "this is all that softmax_cross_entropy returns, a loss and a gradient; the loss alone is asked for.",
            lambda f, c, p: (caption_loss(f, c, p), np.zeros((len(c) - 1, c.shape[1], len(p.E)), f.dtype)),
        ),
    ),
)


def _greedy_cases(rng: np.random.Generator) -> Iterator[Case]:
    for label, length, dtype, wanted in (
        ("random sizes", 9, "float64", "some end"),
        ("other random sizes", 12, "float64", "some end"),
        ("all end early", 12, "float64", "all end"),
        ("none ends", 5, "float64", "none ends"),
        ("one word", 1, "float64", ""),
        ("long", 60, "float64", "some end"),
        ("float32", 8, "float32", "some end"),
    ):
        B, F, D, H, K = _sizes(rng)
        sizes = f"length={length}, B={B}, F={F}, D={D}, H={H}, K={K}"
        yield Case(_speaking(rng, (B, F, D, H, K), length, dtype, wanted), f"{label}: {sizes}", dtype)
    args = _speaking(rng, (1, 4, 3, 5, 11), 7, "float64", "none ends")
    yield Case(args, "one row: length=7, B=1, F=4, D=3, H=5, K=11")


def _speaking(
    rng: np.random.Generator, sizes: tuple[int, ...], length: int, dtype: str, wanted: str
) -> tuple[Array, CaptionParams, int]:
    """Features and a decoder that says different things, never 0 or 1, and ends as wanted (tried up to 200 times)."""
    B, F, D, H, K = sizes
    end = {"all end": 1.0, "none ends": -30.0}.get(wanted, 0.0)
    for _ in range(200):
        features = (2 * rng.normal(size=(B, F))).astype(dtype)
        params = _decoder(rng, F, D, H, K, dtype)
        b_V = params.b_V.copy()
        b_V[:2] = -40
        b_V[2] += end
        params = params._replace(V=3 * params.V, b_V=b_V)
        words = caption_greedy(features, params, length)
        ended = (words[: length - 2] == 2).any(axis=0)
        steps = set((words == 2).argmax(axis=0)[ended])  # when captions end: not all at once, none without a word
        some = len(steps) > 1 and 0 not in steps and not (words == 2).any(axis=0).all()
        fits = {"some end": some, "all end": ended.all() and 0 not in steps}
        varied = len(np.unique(words)) > 3 and len(np.unique(words[0])) > 1
        if B == 1 and len(np.unique(words)) > 2:
            break
        if fits.get(wanted, True) and (varied or length == 1):
            break
    return features, params, length


def _sentence(
    features: Array,
    params: CaptionParams,
    length: int,
    *,
    start: Callable[[Array], Array] = lambda h: h,
    fed: Callable[[Array, Array], Array] = lambda word, best: word,
    carried: bool = True,
    silent: bool = True,
    late: bool = False,
    ends: int = 2,
    choose: Callable[[Array], Array] = lambda y: y.argmax(axis=1),
) -> Array:
    """caption_greedy with one of its steps changed."""
    h_0 = start(features @ params.P.T + params.b_P)
    h, word, ended, words = h_0, np.ones(len(features), int), np.zeros(len(features), bool), []
    for _ in range(length):
        before = h
        h = gru_step(params.E[word], (h if carried else h_0,), params.cell)[0][0]
        best = choose((before if late else h) @ params.V.T + params.b_V)
        said = np.where(ended, 0, best) if silent else best
        ended = ended | (said == ends)
        words.append(said)
        word = fed(said, word)
    return np.stack(words)


def _until(stop: Callable[[Array], Any]) -> Callable[..., Array]:
    def spoken(features: Array, params: CaptionParams, length: int) -> Array:
        words = caption_greedy(features, params, length)
        ended = np.cumsum(words == 2, axis=0) > 0
        last = next((t for t in range(length) if stop(ended[t])), length - 1)
        return words[: last + 1]

    return spoken


def _no_end(features: Array, params: CaptionParams, length: int) -> Array:
    words = caption_greedy(features, params, length)
    return np.where(words == 2, 0, words)


def _with_start(features: Array, params: CaptionParams, length: int) -> Array:
    words = caption_greedy(features, params, length)
    return np.concatenate([np.ones_like(words[:1]), words[:-1]])


def _without_input(features: Array, params: CaptionParams, length: int) -> Array:
    return _sentence(features, params._replace(E=0 * params.E), length)


CAPTION_GREEDY = Exercise(
    reference=caption_greedy,
    difficulty="complete",
    statement="Say a caption of at most length words for each picture. The first state is P v + b_P, the first word "
    "fed in is 1. Each time the word with the largest logit is taken and fed in next. After the end, 2, a caption's "
    "words are 0. The 2 is returned, the starting 1 is not. reference.gru_step(x_t, state, params.cell) returns "
    "(state, cache).",
    inputs=("features (B, F)", "params", "length"),
    outputs=("words (T, B)",),
    cases=_greedy_cases,
    hints=(
        "Before the loop: state = (P v + b_P,), word = 1 for every row, ended = False for every row.",
        "In the loop: one gru_step, the logits of its state, their argmax over the words, axis 1.",
        "A row that has ended says 0 whatever its logits are: np.where(ended, 0, best). Then look which rows have just "
        "said 2.",
        "Always make length steps, so that the result is (length, B) even when all rows have ended.",
    ),
    slips=(
        Misconception(
            "the start is fed in at every step. Feed the word that was just chosen.",
            lambda f, p, n: _sentence(f, p, n, fed=lambda said, word: word),
        ),
        Misconception(
            "every step starts again from the picture's state: the state is not carried.",
            lambda f, p, n: _sentence(f, p, n, carried=False),
        ),
        Misconception(
            "the first state is zero: all pictures get the same caption. Start from P v + b_P.",
            lambda f, p, n: _sentence(f, p, n, start=np.zeros_like),
        ),
        Misconception(
            "the first state went through tanh; it is P v + b_P itself.",
            lambda f, p, n: _sentence(f, p, n, start=np.tanh),
        ),
        Misconception(
            "words go on after the end. From the step after a 2 on, a caption is 0.",
            lambda f, p, n: _sentence(f, p, n, silent=False),
        ),
        Misconception("the end itself, 2, is missing: it belongs to the result, the zeros come after it.", _no_end),
        Misconception("the starting 1 is returned. It is fed in, and the first word is what comes out.", _with_start),
        Misconception(
            "the loop stops when all captions have ended; the result must still have length rows, filled with 0.",
            _until(np.all),
        ),
        Misconception(
            "the loop stops when the first caption ends. The others have more to say.",
            _until(np.any),
        ),
        Misconception(
            "the batch stands first. Time does: (length, B).",
            lambda f, p, n: caption_greedy(f, p, n).T.copy(),
        ),
        Misconception(
            "the word is read out before the step has been made: use the new state.",
            lambda f, p, n: _sentence(f, p, n, late=True),
        ),
        Misconception(
            "this is the least probable word at each step: argmax, not argmin.",
            lambda f, p, n: _sentence(f, p, n, choose=lambda y: y.argmin(axis=1)),
        ),
        Misconception(
            "the bias b_V of the readout is missing.",
            lambda f, p, n: _sentence(f, p._replace(b_V=0 * p.b_V), n),
        ),
        Misconception(
            "the bias b_P of the first state is missing.",
            lambda f, p, n: _sentence(f, p._replace(b_P=0 * p.b_P), n),
        ),
        Misconception(
            "the step gets no word: its input is the row of E for the word just chosen.",
            _without_input,
        ),
        Misconception(
            "the words are floating-point numbers; they are indices, whole numbers.",
            lambda f, p, n: caption_greedy(f, p, n).astype(float),
        ),
    ),
)


def _bleu_cases(rng: np.random.Generator) -> Iterator[Case]:
    names = [str(word) for word in rng.permutation(["man", "dog", "red", "ball", "on", "with", "runs", "big", "sky"])]

    def say(letters: str) -> list[str]:
        return [names["abcdefghi".index(letter)] for letter in letters]

    for label, candidate, references, n in (
        ("a word three times, too short", "aaabcd", ("abcdefg", "bcgaefghi"), 2),
        ("right, but half of it by each reference", "abcde", ("abfgh", "ficde"), 1),
        ("a word twice in one reference", "aab", ("abc", "ade"), 1),
        ("as near to a longer reference as to a shorter one", "abcde", ("abcdfg", "abce"), 2),
        ("nearer to the longer reference", "abcde", ("abcdef", "ab"), 2),
        ("longer than the reference", "abcdeab", ("abcde",), 3),
        ("all right", "abcdef", ("abcdef", "fed"), 4),
        ("no four words right in a row", "abcxdef".replace("x", "i"), ("abcgdef",), 4),
        ("no word right", "abc", ("def", "ghi"), 2),
        ("fewer words than n", "ab", ("ab", "abc"), 3),
        ("nothing said", "", ("abc",), 2),
        ("one word", "a", ("abcd",), 1),
    ):
        yield Case((say(candidate), [say(r) for r in references], n), f"{label}: n={n}")
    for number in range(8):
        n = 1 + number % 4
        for _ in range(100):
            drawn = ["".join(rng.choice(list("abcdef"), rng.integers(4, 12))) for _ in range(rng.integers(1, 4))]
            first = drawn[0]
            cut = rng.integers(0, 3)
            candidate = first[cut:] + "".join(rng.choice(list("abc"), rng.integers(0, 3)))
            if 0.05 < bleu(say(candidate), [say(r) for r in drawn], n) < 0.95:
                break
        yield Case((say(candidate), [say(r) for r in drawn], n), f"random sentences: n={n}")


def _grams(words: Sequence[str], k: int) -> Counter:
    return Counter(tuple(words[j : j + k]) for j in range(len(words) - k + 1))


def _bleu(
    candidate: Sequence[str],
    references: Sentences,
    n: int,
    *,
    orders: Callable[[int], Sequence[int]] = lambda n: range(1, n + 1),
    allowed: Callable[[list[Counter]], Counter] | None = None,
    matched: Callable[[Counter, Counter], float] = lambda found, allowed: float((found & allowed).total()),
    whole: Callable[[Counter, Counter], float] = lambda found, allowed: float(found.total()),
    mean: Callable[[list[float]], float] = lambda p: math.prod(p) ** (1 / len(p)),
    length: Callable[[Sequence[str], Sentences], float] | None = None,
    penalty: Callable[[float, float], float] = lambda c, r: math.exp(min(0.0, 1 - r / c)) if c else 0.0,
) -> float:
    """BLEU with one of its parts changed."""

    def closest(candidate: Sequence[str], references: Sentences) -> float:
        return min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]

    def largest(counts: list[Counter]) -> Counter:
        total: Counter = Counter()
        for one in counts:
            total |= one
        return total

    precisions = []
    for k in orders(n):
        found, bound = _grams(candidate, k), (allowed or largest)([_grams(r, k) for r in references])
        parts = whole(found, bound)
        precisions.append(matched(found, bound) / parts if parts else 0.0)
    return penalty(len(candidate), (length or closest)(candidate, references)) * mean(precisions)


def _summed(counts: list[Counter]) -> Counter:
    return sum(counts, Counter())


def _log_of_zero(candidate: Sequence[str], references: Sentences, n: int) -> float:
    return _bleu(candidate, references, n, mean=lambda p: math.exp(sum(math.log(v) for v in p) / len(p)))


BLEU = Exercise(
    reference=bleu,
    difficulty="extend",
    statement="BLEU-n of one sentence, between 0 and 1. candidate is a list of words, references a list of such lists. "
    "Clipped precisions of 1-grams to n-grams, their geometric mean, times the brevity penalty "
    "exp(min(0, 1 - r / c)): c is the candidate's length, r that of the reference closest in length, the shorter one "
    "of two equally close. No match of some order, or no such n-gram: 0.",
    inputs=("candidate", "references", "n"),
    outputs=("score",),
    cases=_bleu_cases,
    hints=(
        "collections.Counter counts; the k-grams of words are tuple(words[j : j + k]) for j from 0 to len(words) - k.",
        "Clipping: an n-gram counts at most as often as in the one reference that has it most often. For two Counters "
        "a | b takes the larger count and a & b the smaller.",
        "The geometric mean of p_1 … p_n is exp((log p_1 + … + log p_n) / n): return 0 before log 0 is taken.",
        "min((abs(len(r) - c), len(r)) for r in references)[1] is the closest length, the shorter one of two.",
    ),
    slips=(
        Misconception(
            "counts are not clipped: a word said three times counts three times though the references have it once.",
            lambda c, r, n: _bleu(c, r, n, matched=lambda f, a: float(sum(v for g, v in f.items() if g in a))),
        ),
        Misconception(
            "the penalty takes the shortest reference; it takes the one closest in length.",
            lambda c, r, n: _bleu(c, r, n, length=lambda c, r: min(map(len, r))),
        ),
        Misconception(
            "the brevity penalty is missing: one sure word would be a perfect caption.",
            lambda c, r, n: _bleu(c, r, n, penalty=lambda c, r: 1.0),
        ),
        Misconception(
            "a sentence longer than the reference gets a bonus: the penalty is never above 1, exp(min(0, 1 - r / c)).",
            lambda c, r, n: _bleu(c, r, n, penalty=lambda c, r: math.exp(1 - r / c) if c else 0.0),
        ),
        Misconception(
            "the penalty is c / r; it should be exp(1 - r / c).",
            lambda c, r, n: _bleu(c, r, n, penalty=lambda c, r: min(1.0, c / r)),
        ),
        Misconception(
            "the precisions are averaged; BLEU takes their geometric mean.",
            lambda c, r, n: _bleu(c, r, n, mean=lambda p: sum(p) / len(p)),
        ),
        Misconception(
            "the precisions are multiplied, and the n-th root is missing.",
            lambda c, r, n: _bleu(c, r, n, mean=math.prod),
        ),
        Misconception(
            "only n-grams of length n are counted; all lengths from 1 to n are.",
            lambda c, r, n: _bleu(c, r, n, orders=lambda n: [n]),
        ),
        Misconception(
            "n is not used: this is BLEU-4.",
            lambda c, r, n: _bleu(c, r, 4),
        ),
        Misconception(
            "the references' counts are added up. An n-gram may count as often as in one reference, the best for it.",
            lambda c, r, n: _bleu(c, r, n, allowed=_summed),
        ),
        Misconception(
            "only the first reference is used.",
            lambda c, r, n: _bleu(c, r[:1], n),
        ),
        Misconception(
            "matches are divided by the references' n-grams. That is recall; precision divides by the candidate's.",
            lambda c, r, n: _bleu(c, r, n, whole=lambda f, a: float(a.total())),
        ),
        Misconception(
            "of two references equally close in length the longer one was taken; take the shorter.",
            lambda c, r, n: _bleu(c, r, n, length=lambda c, r: -min((abs(len(x) - len(c)), -len(x)) for x in r)[1]),
        ),
        Misconception(
            "the penalty takes the longest reference; it takes the one closest in length.",
            lambda c, r, n: _bleu(c, r, n, length=lambda c, r: max(map(len, r))),
        ),
        Misconception(
            "each n-gram counts once, as in a set; count how often it occurs.",
            lambda c, r, n: _bleu(
                c, r, n, matched=lambda f, a: float(len(set(f) & set(a))), whole=lambda f, a: float(len(f))
            ),
        ),
        Misconception(
            "one is added to each count (smoothing); here an order without a match makes the score 0.",
            lambda c, r, n: _bleu(
                c, r, n, matched=lambda f, a: (f & a).total() + 1.0, whole=lambda f, a: f.total() + 1.0
            ),
        ),
        Misconception(
            "the score is in per cent; here it lies between 0 and 1.",
            lambda c, r, n: 100 * bleu(c, r, n),
        ),
        Misconception(
            "this is the best score against any one reference. All references bound the counts together.",
            lambda c, r, n: max(bleu(c, [one], n) for one in r),
        ),
        Misconception("the logarithm of 0 is taken: return 0 where an order has no match.", _log_of_zero),
    ),
)
