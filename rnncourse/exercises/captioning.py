"""Exercises of chapter 14: the loss of a caption, the greedy sentence, and BLEU."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncourse.checks.cases import ORDINARY, Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.reference.captioning import CaptionParams, bleu, caption_greedy, caption_loss
from rnncourse.reference.gru import gru_step
from rnncourse.reference.params import init_params

CHAPTER = "14_captioning"
FIRST_STATE_WITHOUT_BIAS = "the bias b_P of the first state is missing."
READOUT_WITHOUT_BIAS = "the bias b_V of the readout is missing."
Array = np.ndarray


def _decoder(draw: Draw, K: int) -> CaptionParams:
    """A decoder of K words with biases everywhere, whose words depend on picture, past and input."""

    def normal(*shape: int, scale: float = 1.0) -> Array:
        return (scale * draw.rng.normal(size=shape)).astype(draw.dtype)

    F, D, H = draw.F, draw.D, draw.H
    cell = init_params("gru", D, H, rng=draw.rng, scale=1.5, dtype=draw.dtype)
    P, E = normal(H, F, scale=F**-0.5), normal(K, D, scale=1.5)
    return CaptionParams(P, normal(H, scale=0.5), E, cell, normal(K, H), normal(K, scale=0.5))


def _vocabulary(draw: Draw) -> int:
    """How many words there are: 0, 1, 2 and one more at least; as many as everything else where sizes are equal."""
    largest = max(draw.sizes.values())
    return {"equal sizes": max(4, draw.B), "all sizes one": 4, "large sizes": largest + 1}.get(
        draw.kind, int(draw.rng.integers(11, 15))
    )


def _captions(draw: Draw, K: int) -> Array:
    """(T, B): each column 1, words, 2, then 0. As many words as lengths, the two ends among them, let it have."""
    table = np.zeros((draw.T, draw.B), dtype=np.int64)
    for b, n in enumerate(np.maximum(draw.lengths(), 2)):
        table[:n, b] = [1, *draw.rng.integers(3, K, n - 2), 2]
    return table


def _loss_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Captions with padding and without, of no words, some or all of them, of 255; pictures of one number and of many.

    Logits in the thousands, where a careless exp overflows; weights or biases that are zero; twice the same row.
    """
    for draw in draws(rng, "TBFDH"):
        if draw.T == 1:  # a caption has its 1 and its 2
            draw = replace(draw, sizes={**draw.sizes, "T": 3})
        K = _vocabulary(draw)
        captions = _captions(draw, K)
        yield draw.case(draw.array("BF"), captions, _decoder(draw, K))
        if draw.kind == "other random sizes":
            sizes = draw.label.partition(":")[2]
            features, params = draw.array("BF"), _decoder(draw, K)
            for label, changed in {
                "large logits": params._replace(V=400 * params.V),
                "zero biases": params._replace(b_P=0 * params.b_P, b_V=0 * params.b_V),
                "no way from the picture": params._replace(P=0 * params.P),
            }.items():
                yield Case((features, captions, changed), f"{label}:{sizes}")
            twice = [0, *range(draw.B)]
            yield Case((features[twice], captions[:, twice], params), f"one row twice:{sizes}")
            empty = captions.copy()
            empty[1:, 0] = [2, *[0] * (draw.T - 2)]
            yield Case((features, empty, params), f"no words in one caption:{sizes}")
            yield Case((features[:1], np.array([[1], [2]]), params), "one row, no words: T=2, B=1")


CAPTION_LOSS = Exercise(
    reference=caption_loss,
    difficulty="complete",
    statement="The loss of a caption decoder, teacher forced. The first state is P v + b_P, with no nonlinearity. "
    "The GRU reads all words of captions but the last and must say, at each step, the word that follows. Each column "
    "of captions is 1 (start), its words, 3 and above (there may be none), 2 (end), then 0, which is padding and does "
    "not count. Cross-entropy, summed over the words and the end, divided by B. "
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
        Slip(FIRST_STATE_WITHOUT_BIAS, (" + params.b_P", "")),
        Slip(READOUT_WITHOUT_BIAS, (" + params.b_V", "")),
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
    """Captions that end at different steps or never, at once or with the last word, all of them or some.

    0 and 1 are said like any other word, before the end; pictures of one number and of many; twice the same picture.
    Logits in the thousands, and two that differ by 1e-4, 1e-5 and 1e-9; nowhere are two of them equal.
    """
    for draw in draws(rng, "BFDH"):
        first = draw.kind in (ORDINARY, "the same sizes again")
        length = 9 if first else 20 if draw.kind == "large values" else int(rng.integers(4, 13))
        args = _speaking(draw, length, "some end" if first else "all end" if draw.kind == "one row" else "")
        yield replace(draw.case(*args), label=f"{draw.label}, length={length}")
    sizes = {"B": 5, "F": 4, "D": 3, "H": 6}
    for wanted, length in (
        ("all end", 24),
        ("none ends", 5),
        ("some end at once", 7),
        ("all end at once", 4),
        ("one ends with the last word", 6),
        ("0 and 1 are said", 14),
        ("one word", 1),
        ("some end", 60),
    ):
        draw = Draw(rng, wanted, sizes)
        features, params, _ = _speaking(draw, length, wanted)
        yield Case((features, params, length), f"{draw.label}, length={length}")
    draw = Draw(rng, "more", sizes)
    features, params, length = _speaking(draw, 12, "some end")
    twice = [0, *range(draw.B)]
    yield Case((features[twice], params, length), f"one picture twice: B=6, F=4, D=3, H=6, length={length}")
    louder = params._replace(V=1000 * params.V, b_V=1000 * params.b_V)
    yield Case((features, louder, length), f"large logits: B=5, F=4, D=3, H=6, length={length}")
    for lead in (1e-4, 1e-5, 1e-9, 1e-9):
        text = f"{ALMOST_AS_GOOD}: B=5, F=4, D=3, H=6, length={length}, {lead:g} apart"
        yield Case(_close(draw, length, lead), text)


def _speaking(draw: Draw, length: int, wanted: str) -> tuple[Array, CaptionParams, int]:
    """Features and a decoder whose captions end as wanted, no two words ever being equally good."""
    K = _vocabulary(draw)
    never, gap = -40.0, 1e-3 if draw.dtype == "float32" else 1e-6
    tilt = {  # of the words 0, 1 and 2
        "some end": (never, never, 0.0),
        "all end": (never, never, 1.0),
        "none ends": (never, never, never),
        "some end at once": (0.0, 0.0, 2.0),
        "all end at once": (0.0, 0.0, 12.0),
        "0 and 1 are said": (2.0, 2.0, 0.0),
    }.get(wanted, (0.0, 0.0, 0.0))
    while True:
        features, params = (2 * draw.array("BF")).astype(draw.dtype), _decoder(draw, K)
        b_V = params.b_V.copy()
        b_V[:3] += np.array(tilt, dtype=b_V.dtype)
        params = params._replace(V=3 * params.V, b_V=b_V)
        words = caption_greedy(features, params, length)
        if _as_wanted(words, wanted) and _smallest_lead(features, params, words) > gap:
            return features, params, length


ALMOST_AS_GOOD = "two words almost as good"
ROUNDED_LOGITS = (
    "the logits are rounded, or computed in single precision: the largest leads by a little, and still leads."
)


def _rounded(case: Case, value: Array, expected: Array) -> str | None:
    """Where two words are almost as good, the second has the smaller number: argmax of equal ones takes it."""
    if not case.label.startswith(ALMOST_AS_GOOD) or np.shape(value) != expected.shape:
        return None
    rounded = value[0, 0] != expected[0, 0]  # the first word of the first caption is the close call
    return ROUNDED_LOGITS if rounded and (value[:, 1:] == expected[:, 1:]).all() else None


def _close(draw: Draw, length: int, lead: float) -> tuple[Array, CaptionParams, int]:
    """The first word of the first caption leads by so little, and the next best has a smaller number."""
    while True:
        features, params, _ = _speaking(draw, length, "")
        (h,), _ = gru_step(params.E[np.ones(draw.B, dtype=int)], (features @ params.P.T + params.b_P,), params.cell)
        logits = (h @ params.V.T + params.b_V)[0]
        second, best = np.argsort(logits)[-2:]
        b_V = params.b_V.copy()
        b_V[second] += logits[best] - logits[second] - lead
        params = params._replace(b_V=b_V)
        others_lead = _smallest_lead(features, params, caption_greedy(features, params, length), but_first=True)
        if second < best and others_lead > 1e-6:
            return features, params, length


def _as_wanted(words: Array, wanted: str) -> bool:
    length = len(words)
    ends = np.where((words == 2).any(axis=0), (words == 2).argmax(axis=0), length)  # length: never
    before = np.arange(length)[:, None] < ends
    checks = {
        "some end": lambda: (
            len(set(ends[ends < length])) > 1 and 0 < ends.min() < ends.max() == length and len(np.unique(words)) > 5
        ),
        "all end": lambda: 0 < ends.min() <= ends.max() < length - 2 and (len(ends) == 1 or len(set(ends)) > 1),
        "some end at once": lambda: ends.min() == 0 and ends.max() > 2,
        "all end at once": lambda: ends.max() == 0,
        "one ends with the last word": lambda: (ends == length - 1).any(),
        "0 and 1 are said": lambda: (
            ((words[:-1] == 0) & (words[1:] > 2) & before[1:]).any() and ((words == 1) & before).any()
        ),
    }
    return bool(checks.get(wanted, lambda: True)())


def _smallest_lead(features: Array, params: CaptionParams, words: Array, but_first: bool = False) -> float:
    """By how much the best word's logit leads, at least, while captions go on; once the very first word apart."""
    state: tuple[Array, ...] = (features @ params.P.T + params.b_P,)
    given, lead = np.full(len(features), 1), np.inf
    going = np.ones(len(features), dtype=bool)
    for word in words:
        state, _ = gru_step(params.E[given], state, params.cell)
        best = np.sort(state[0] @ params.V.T + params.b_V, axis=1)
        leads = best[:, -1] - best[:, -2]
        leads[0], but_first = (np.inf if but_first else leads[0]), False
        lead = min(lead, leads[going].min(initial=np.inf))
        going, given = going & (word != 2), word
    return lead


CAPTION_GREEDY = Exercise(
    reference=caption_greedy,
    difficulty="complete",
    statement="Say a caption of at most length words for each picture. The first state is P v + b_P, the first word "
    "fed in is 1. Each time the word with the largest logit is taken, be it 0 or 1, and fed in next. After the end, 2, "
    "a caption's words are 0. The 2 is returned, the starting 1 is not. reference.gru_step(x_t, state, params.cell) "
    "returns (state, cache).",
    inputs=("features (B, F)", "params", "length"),
    outputs=("words (T, B)",),
    cases=_greedy_cases,
    explain=_rounded,
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
        Slip(READOUT_WITHOUT_BIAS, (" + params.b_V", "")),
        Slip(FIRST_STATE_WITHOUT_BIAS, (" + params.b_P", "")),
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
    """Candidates shorter and longer than the references, empty ones, with words said again and again, out of order.

    One reference to six, one of them empty, one of them twice; n from 1 to 20; words with capitals, marks and accents,
    punctuation as words, words that stand inside others or give the same letters when they are joined, by a space or
    another sign too; empty words; letters that look alike and are others.
    """
    names = [str(word) for word in rng.permutation(["man", "dog", "red", "owl", "sun", "with", "runs", "fast", "over"])]

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
        ("no four words right in a row", "abcidef", ("abcgdef",), 4),
        ("no word right", "abc", ("def", "ghi"), 2),
        ("fewer words than n", "ab", ("ab", "abc"), 3),
        ("as many words as n", "abcde", ("abcde",), 5),
        ("nothing said", "", ("abc",), 2),
        ("nothing said, an empty reference", "", ("abc", ""), 1),
        ("an empty reference", "ab", ("abcdef", "", "bcab"), 1),
        ("one word", "a", ("abcd",), 1),
        ("right words in another order", "dcbaef", ("abcdef",), 2),
        ("turned round", "fedcba", ("abcdef",), 1),
        ("pairs again and again", "ababab", ("ababcabd", "abab"), 3),
        ("one word again and again", "aaaaaa", ("aaaa", "aab"), 4),
        ("each pair in another reference", "abcdef", ("abgcdh", "bcidea", "efghab"), 2),
        ("the same reference twice", "abcab", ("abd", "abd", "caba"), 2),
        ("six references", "abcdefgh", ("abcx", "cdex", "efx", "ghax", "abcdx", "defghx"), 3),
        ("much shorter", "ab", ("abcdefghi" * 5,), 2),
        ("much longer", "abcdefghi" * 5, ("abcde", "fgh"), 2),
        ("twenty in a row", "abcdefghi" * 2 + "abcdeaghi", ("abcdefghi" * 3 + "ab", "iabc"), 20),
        ("seven in a row", "abcdefghab", ("abcdefghi", "cdefghab"), 6),
    ):
        yield Case((say(candidate), [say(r.replace("x", "i")) for r in references], n), f"{label}: n={n}")
    for label, sentence, others, n in _spelled():
        yield Case((sentence.split(), [other.split() for other in others], n), f"{label}: n={n}")
    for label, words, known, n in _odd_words():
        yield Case((words, known, n), f"{label}: n={n}")
    for number in range(8):
        n = 1 + number % 4
        letters = "abcde" if number < 4 else "abcdefghi"
        candidate, drawn = _nearly_right(rng, letters, n)
        yield Case((say(candidate), [say(r) for r in drawn], n), f"random sentences: n={n}")
        if number == 1:  # words of three letters alone: every length is the same again
            names[:5] = ["owl", "man", "dog", "sun", "red"]
            turned = "".join(rng.permutation(list(candidate)))
            yield Case((say(candidate), [say(r) for r in drawn], n), f"the same lengths: n={n}")
            yield Case((say(turned), [say(r) for r in drawn], n), f"the same lengths, other words: n={n}")


def _spelled() -> list[tuple[str, str, tuple[str, ...], int]]:
    """Sentences whose words are like and not the same; words are what stands between spaces."""
    return [
        ("capitals", "The dog saw the Dog", ("the dog saw the dog", "The Dog"), 2),
        ("punctuation", "a man , a dog .", ("a man , a red dog .", "a man a dog"), 3),
        ("a mark on a word", "a dog. a dog", ("a dog . a dog", "dog a"), 1),
        ("a word inside another", "man in a cat", ("woman into a cattle", "a man"), 1),
        ("words that join to the same", "no where some body now here", ("now here so mebody no where",), 2),
        ("accents", "ein Hund läuft übers Gras", ("ein Hund lauft ubers Gras", "läuft über Gras", "luft bers"), 1),
        ("another script", "狗 跑 过 草 地", ("狗 跑 草 地", "猫 跑 过 草"), 2),
        ("numbers", "2 dogs 22 22 dogs", ("22 dogs 2 2 dogs",), 2),
    ]


JOINED = "words that hold"
WORDS_JOINED = (
    "words are joined to one string, or split: ['a b', 'c'] and ['a', 'b c'] give the same one. Keep an n-gram as a "
    "tuple of its words."
)


def _odd_words() -> Iterator[tuple[str, list[str], list[list[str]], int]]:
    """Words are any strings: with a sign inside by which a careless answer joins them, empty, of other letters."""
    signs = {" ": "a space", "_": "an underscore", ",": "a comma", "|": "a bar", "-": "a hyphen", "\t": "a tab"}
    for sign, name in signs.items():
        of_two, of_three = f"New{sign}York", f"York{sign}is"
        yield f"{JOINED} {name}", [of_two, "is", "big", "is", "big"], [["New", of_three, "big", "is", "big"]], 2
        yield f"{JOINED} {name}", ["in", of_two, "in", "May"], [["in", "New", "York", "in", "May"], [of_two]], 1
    yield "spaces at the ends of words", [" a", "dog", "a ", "dog\n"], [["a", "dog", "a", "dog"], [" a", "dog"]], 2
    yield "empty words", ["", "a", "", "", "dog"], [["a", "", "dog"], ["", "", "a", "dog"]], 2
    yield "empty words alone", ["", "", ""], [["", ""]], 2
    composed, apart, sign = "caf\u00e9", "cafe\u0301", "\ufb01ne"
    yield "other forms of a letter", [composed, "is", sign], [[apart, "is", "fine"], ["\u212b", "is"]], 1
    yield "the same form of a letter", [apart, "is", "\u212b"], [[apart, "is", "\u00c5"]], 2


def _joined(case: Case, value: float, expected: float) -> str | None:
    return WORDS_JOINED if case.label.startswith(JOINED) and isinstance(value, float) else None


def _nearly_right(rng: np.random.Generator, letters: str, n: int) -> tuple[str, list[str]]:
    """A candidate that begins like the first of one to five references and has a score between."""
    while True:
        drawn = ["".join(rng.choice(list(letters), rng.integers(4, 12))) for _ in range(rng.integers(1, 6))]
        candidate = drawn[0][rng.integers(0, 3) :] + "".join(rng.choice(list(letters[:3]), rng.integers(0, 3)))
        if 0.05 < bleu(list(candidate), [list(r) for r in drawn], n) < 0.95:
            return candidate, drawn


BLEU = Exercise(
    reference=bleu,
    difficulty="extend",
    statement="BLEU-n of one sentence, between 0 and 1. candidate is a list of words, references a list of such lists, "
    "at least one; a word is any string, also an empty one or one with a space in it, words are the same where they "
    "are equal as strings, and a list may be empty. "
    "Clipped precisions of 1-grams to n-grams, their geometric mean, times the brevity penalty "
    "exp(min(0, 1 - r / c)): c is the candidate's length, r that of the reference closest in length; of two equally "
    "close references the shorter counts. No match of some order, or no such n-gram: 0.",
    inputs=("candidate", "references", "n"),
    outputs=("score",),
    cases=_bleu_cases,
    explain=_joined,
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
