"""Exercises of chapter 14: the loss of a caption, the greedy sentence, and BLEU."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.reference.captioning import CaptionParams, bleu, caption_greedy, caption_loss
from rnncourse.reference.params import init_params

CHAPTER = "14_captioning"
Array = np.ndarray


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
        Slip(
            "the first state went through tanh. It is P v + b_P itself, with nothing around it.",
            ("features @ params.P.T + params.b_P", "np.tanh(features @ params.P.T + params.b_P)"),
        ),
        Slip(
            "the first state is zero: the decoder never sees the picture. It starts from P v + b_P.",
            ("(h_0,)", "None"),
        ),
        Slip("padding counts in your loss: mask the steps where the wanted word is 0.", (", mask=wanted != 0", "")),
        Slip(
            "padding counts, except where it is also given: mask by the wanted word, not by the given one.",
            ("wanted != 0", "given != 0"),
        ),
        Slip(
            "the end, 2, does not count in your loss. A decoder must learn when to stop.", ("wanted != 0", "wanted > 2")
        ),
        Slip(
            "the decoder is asked for the word that it was given. What is wanted stands one step later, captions[1:].",
            ("captions[1:]", "captions[:-1]"),
        ),
        Slip(
            "given and wanted have changed places: the decoder reads captions[:-1] and says captions[1:].",
            ("captions[:-1], captions[1:]", "captions[1:], captions[:-1]"),
        ),
        Slip(
            "the decoder is given the very words that are wanted, captions[1:]: it would only have to repeat them.",
            ("captions[:-1]", "captions[1:]"),
        ),
        Slip(
            "the start, 1, is given at every step. Teacher forcing gives the true word before, captions[:-1].",
            ("captions[:-1]", "np.ones_like(captions[1:])"),
        ),
        Slip(
            "the loss is divided by the number of words. Each caption's loss is a sum; only the batch is averaged.",
            ("return loss", "return loss * len(features) / np.count_nonzero(wanted)"),
        ),
        Slip("nothing is divided: the batch is averaged, divide by B.", ("return loss", "return loss * len(features)")),
        Slip(
            "the loss is divided by T - 1 as well. Each caption's loss is a sum over its words.",
            ("return loss", "return loss / len(wanted)"),
        ),
        Slip("the bias b_P of the first state is missing.", (" + params.b_P", "")),
        Slip("the bias b_V of the readout is missing.", (" + params.b_V", "")),
        Slip(
            "each word is read out from the state before it was given its input: use h_t, not h_{t-1}.",
            ("h @ params.V", "np.concatenate([h_0[None], h[:-1]]) @ params.V"),
        ),
        Slip(
            "every step starts again from the picture's state. The state of one step goes into the next.",
            (
                "h, _, _ = gru_forward(params.E[given], (h_0,), params.cell)",
                "h = np.stack([gru_step(params.E[word], (h_0,), params.cell)[0][0] for word in given])",
            ),
        ),
        Slip(
            "this is all that softmax_cross_entropy returns, a loss and a gradient; the loss alone is asked for.",
            ("loss, _ =", "loss ="),
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
        Slip(
            "the start is fed in at every step. Feed the word that was just chosen.",
            ("params.E[word]", "params.E[np.ones_like(word)]"),
        ),
        Slip(
            "every step starts again from the picture's state: the state is not carried.",
            ("state, _ = gru_step(params.E[word], state,", "(h, *_), _ = gru_step(params.E[word], state,"),
            ("state[0] @", "h @"),
        ),
        Slip(
            "the first state is zero: all pictures get the same caption. Start from P v + b_P.",
            ("(features @ params.P.T + params.b_P,)", "(np.zeros_like(features @ params.P.T + params.b_P),)"),
        ),
        Slip(
            "the first state went through tanh; it is P v + b_P itself.",
            ("(features @ params.P.T + params.b_P,)", "(np.tanh(features @ params.P.T + params.b_P),)"),
        ),
        Slip(
            "words go on after the end. From the step after a 2 on, a caption is 0.",
            ("np.where(ended, 0, best)", "best"),
        ),
        Slip(
            "the end itself, 2, is missing: it belongs to the result, the zeros come after it.",
            ("words.append(word)", "words.append(np.where(ended, 0, word))"),
        ),
        Slip(
            "the starting 1 is returned. It is fed in, and the first word is what comes out.",
            ("words = []", "words = [word]"),
            ("range(length)", "range(length - 1)"),
        ),
        Slip(
            "the loop stops when all captions have ended; the result must still have length rows, filled with 0.",
            ("words.append(word)", "words.append(word)\n        if ended.all():\n            break"),
        ),
        Slip(
            "the loop stops when the first caption ends. The others have more to say.",
            ("words.append(word)", "words.append(word)\n        if ended.any():\n            break"),
        ),
        Slip("the batch stands first. Time does: (length, B).", ("np.stack(words)", "np.stack(words, axis=1)")),
        Slip(
            "the word is read out before the step has been made: use the new state.",
            (
                "state, _ = gru_step(params.E[word], state, params.cell)",
                "best = (state[0] @ params.V.T + params.b_V).argmax(axis=1)",
            ),
            (
                "best = (state[0] @ params.V.T + params.b_V).argmax(axis=1)",
                "state, _ = gru_step(params.E[word], state, params.cell)",
            ),
        ),
        Slip("this is the least probable word at each step: argmax, not argmin.", ("argmax", "argmin")),
        Slip("the bias b_V of the readout is missing.", (" + params.b_V", "")),
        Slip("the bias b_P of the first state is missing.", (" + params.b_P", "")),
        Slip(
            "the step gets no word: its input is the row of E for the word just chosen.",
            ("params.E[word]", "np.zeros_like(params.E[word])"),
        ),
        Slip(
            "the words are floating-point numbers; they are indices, whole numbers.",
            ("np.stack(words)", "np.stack(words).astype(float)"),
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
        Slip(
            "counts are not clipped: a word said three times counts three times though the references have it once.",
            ("(found & allowed).total()", "sum(times for gram, times in found.items() if gram in allowed)"),
        ),
        Slip(
            "the penalty takes the shortest reference; it takes the one closest in length.",
            ("min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]", "min(map(len, references))"),
        ),
        Slip(
            "the brevity penalty is missing: one sure word would be a perfect caption.",
            ("min(0.0, 1 - closest / len(candidate)) + log_precision", "log_precision"),
        ),
        Slip(
            "a sentence longer than the reference gets a bonus: the penalty is never above 1, exp(min(0, 1 - r / c)).",
            ("min(0.0, 1 - closest / len(candidate))", "1 - closest / len(candidate)"),
        ),
        Slip(
            "the penalty is c / r; it should be exp(1 - r / c).",
            (
                "math.exp(min(0.0, 1 - closest / len(candidate)) + log_precision)",
                "min(1.0, len(candidate) / closest) * math.exp(log_precision)",
            ),
        ),
        Slip(
            "the precisions are averaged; BLEU takes their geometric mean.",
            ("matches == 0", "not candidate"),
            ("math.log(matches / found.total())", "matches / max(1, found.total())"),
            ("len(candidate)) + log_precision)", "len(candidate))) * log_precision"),
        ),
        Slip("the precisions are multiplied, and the n-th root is missing.", ("found.total()) / n", "found.total())")),
        Slip(
            "only n-grams of length n are counted; all lengths from 1 to n are.",
            ("range(1, n + 1)", "[n]"),
            ("found.total()) / n", "found.total())"),
        ),
        Slip(
            "n is not used: this is BLEU-4.",
            ("range(1, n + 1)", "range(1, 5)"),
            ("found.total()) / n", "found.total()) / 4"),
        ),
        Slip(
            "the references' counts are added up. An n-gram may count as often as in one reference, the best for it.",
            ("allowed |=", "allowed +="),
        ),
        Slip(
            "only the first reference is used.",
            ("for reference in references:", "for reference in references[:1]:"),
            ("for r in references)", "for r in references[:1])"),
        ),
        Slip(
            "matches are divided by the references' n-grams. That is recall; precision divides by the candidate's.",
            ("found.total()", "allowed.total()"),
        ),
        Slip(
            "of two references equally close in length the longer one was taken; take the shorter.",
            ("closest = min(", "closest = -min("),
            ("len(candidate)), len(r))", "len(candidate)), -len(r))"),
        ),
        Slip(
            "the penalty takes the longest reference; it takes the one closest in length.",
            ("min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]", "max(map(len, references))"),
        ),
        Slip(
            "each n-gram counts once, as in a set; count how often it occurs.",
            ("(found & allowed).total()", "len(found & allowed)"),
            ("found.total()", "len(found)"),
        ),
        Slip(
            "one is added to each count (smoothing); here an order without a match makes the score 0.",
            ("matches == 0", "not candidate"),
            ("matches / found.total()", "(matches + 1) / (found.total() + 1)"),
        ),
        Slip("the score is in per cent; here it lies between 0 and 1.", ("return math.exp(", "return 100 * math.exp(")),
        Slip(
            "this is the best score against any one reference. All references bound the counts together.",
            (
                "log_precision = 0.0",
                "if len(references) > 1:\n"
                "        return max(bleu(candidate, [one], n) for one in references)\n"
                "    log_precision = 0.0",
            ),
        ),
        Slip(
            "the logarithm of 0 is taken: return 0 where an order has no match.",
            ("        if matches == 0:\n            return 0.0\n", ""),
        ),
    ),
)
