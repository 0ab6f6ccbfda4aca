"""Answers to the exercises of chapter 14."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from rnncourse.reference import gru_forward, gru_step, log_softmax, softmax_cross_entropy
from tests.exercises.harness import Answers, Wrong, slip

FIRST = "features @ params.P.T + params.b_P"

# --- caption_loss ---


def loss_with_a_mask(features, captions, params):
    words_in, words_out = captions[:-1], captions[1:]
    h0 = features @ params.P.T + params.b_P
    h, _, _ = gru_forward(params.E[words_in], (h0,), params.cell)
    y = h @ params.V.T + params.b_V
    log_p = log_softmax(y)
    mask = words_out != 0
    picked = np.take_along_axis(log_p, words_out[..., None], axis=-1)[..., 0]
    return float(-(picked * mask).sum() / captions.shape[1])


def loss_step_by_step(features, captions, params):
    state = (np.einsum("bf,hf->bh", features, params.P) + params.b_P,)
    total = 0.0
    for t in range(len(captions) - 1):
        state, _ = gru_step(params.E[captions[t]], state, params.cell)
        y = state[0] @ params.V.T + params.b_V
        y = y - y.max(axis=1, keepdims=True)
        log_p = y - np.log(np.exp(y).sum(axis=1, keepdims=True))
        for b, word in enumerate(captions[t + 1]):
            if word != 0:
                total -= log_p[b, word]
    return total / len(features)


def loss_row_by_row(features, captions, params):
    losses = []
    for b in range(len(features)):
        words = captions[captions[:, b] != 0, b : b + 1]
        h0 = features[b : b + 1] @ params.P.T + params.b_P
        h, _, _ = gru_forward(params.E[words[:-1]], (h0,), params.cell)
        losses.append(softmax_cross_entropy(h @ params.V.T + params.b_V, words[1:])[0])
    return np.mean(losses)


def loss_by_torch(features, captions, params):
    import torch

    D, H = params.E.shape[1], len(params.b_P)
    cell = torch.nn.GRU(D, H).to(torch.from_numpy(features).dtype)
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), params.cell[:4], strict=True):
            parameter.copy_(torch.from_numpy(value))
        h0 = torch.from_numpy(features @ params.P.T + params.b_P)[None]
        h, _ = cell(torch.from_numpy(params.E[captions[:-1]]), h0)
        y = (h @ torch.from_numpy(params.V).T + torch.from_numpy(params.b_V)).flatten(0, 1)
        wanted = torch.from_numpy(captions[1:]).flatten()
        loss = torch.nn.functional.cross_entropy(y, wanted, ignore_index=0, reduction="sum")
    return loss.item() / captions.shape[1]


def loss_with_one_hot_words(features, captions, params):
    h, _, _ = gru_forward(params.E[captions[:-1]], (features @ params.P.T + params.b_P,), params.cell)
    wanted = np.eye(len(params.E))[captions[1:]] * (captions[1:] > 0)[..., None]
    return -np.einsum("tbk,tbk", wanted, log_softmax(h @ params.V.T + params.b_V)) / len(features)


def loss_with_a_gru_of_its_own(features, captions, params):
    """No function of the package's; the words that count are looked up one by one."""
    W, R, b_W, b_R = params.cell[:4]
    h, losses = features @ params.P.T + params.b_P, []
    for given, wanted in pairwise(captions):
        x_r, x_z, x_n = np.hsplit(params.E[given] @ W.T + b_W, 3)
        h_r, h_z, h_n = np.hsplit(h @ R.T + b_R, 3)
        z = 0.5 + 0.5 * np.tanh((x_z + h_z) / 2)
        h = z * h + (1 - z) * np.tanh(x_n + (0.5 + 0.5 * np.tanh((x_r + h_r) / 2)) * h_n)
        y = h @ params.V.T + params.b_V
        losses += [np.logaddexp.reduce(y[b]) - y[b, wanted[b]] for b in np.flatnonzero(wanted)]
    return math.fsum(losses) / len(features)


def loss_in_another_order(features, captions, params):
    """Short captions first, and no step after the last word."""
    order = np.argsort(np.count_nonzero(captions, axis=0))
    used = captions.any(axis=1)
    return loss_with_a_mask(features[order], captions[used][:, order], params)


def loss_that_zeroes_the_features(features, captions, params):
    loss = loss_with_a_mask(features, captions, params)
    features[:] = 0
    return loss


CAPTION_LOSS = Answers(
    correct=(
        loss_with_a_mask,
        loss_step_by_step,
        loss_row_by_row,
        loss_by_torch,
        loss_with_one_hot_words,
        loss_with_a_gru_of_its_own,
        loss_in_another_order,
    ),
    wrong=(
        slip(loss_with_a_mask, FIRST, f"np.tanh({FIRST})", "through tanh"),
        slip(loss_with_a_mask, "words_out != 0", "words_in != 0", "by the wanted word"),
        slip(loss_with_a_mask, "words_out != 0", "words_out > 2", "when to stop"),
        slip(loss_with_a_mask, "(picked * mask)", "picked", "padding counts"),
        slip(loss_with_a_mask, "captions[:-1], captions[1:]", "captions[1:], captions[:-1]", "changed places"),
        slip(loss_with_a_mask, "captions[:-1], captions[1:]", "captions[1:], captions[1:]", "only have to repeat"),
        slip(loss_with_a_mask, "captions[:-1], captions[1:]", "captions[:-1], captions[:-1]", "one step later"),
        slip(loss_with_a_mask, ".sum() / captions.shape[1]", ".sum() / mask.sum()", "divided by the number of words"),
        slip(loss_with_a_mask, ".sum() / captions.shape[1]", ".sum()", "divide by B"),
        slip(loss_with_a_mask, ".sum() / captions.shape[1]", ".mean()"),
        slip(loss_with_a_mask, "float(-", "float("),
        slip(loss_with_a_mask, " + params.b_P", "", "b_P"),
        slip(loss_step_by_step, "params.E[captions[t]]", "params.E[np.ones_like(captions[t])]", "given at every step"),
        slip(loss_step_by_step, "state, _ = gru", "new, _ = gru"),
        slip(loss_step_by_step, "range(len(captions) - 1)", "range(len(captions) - 2)"),
        slip(loss_step_by_step, "np.exp(y).sum(axis=1, keepdims=True)", "np.exp(y).sum()"),
        slip(loss_row_by_row, "np.mean(losses)", "losses", "a list of"),
        Wrong(loss_that_zeroes_the_features, "changes its argument features"),
        slip(
            loss_with_a_mask,
            "log_p = log_softmax(y)",
            "log_p = np.log(np.exp(y) / np.exp(y).sum(axis=-1, keepdims=True))",
            "NaN",
        ),
        slip(loss_with_a_mask, "log_p = log_softmax(y)", "log_p = np.log(np.exp(log_softmax(y)) + 1e-12)"),
        slip(loss_with_a_mask, "log_p = log_softmax(y)", "log_p = np.maximum(log_softmax(y), -50)"),
        slip(loss_with_a_mask, "captions[:-1], captions[1:]", "captions[:60], captions[1:61]"),
        slip(loss_with_a_mask, "/ captions.shape[1]", "/ max(1, (captions > 2).any(axis=0).sum())"),
        slip(loss_with_a_mask, "/ captions.shape[1]", "/ len(np.unique(features, axis=0))"),
        slip(loss_with_a_mask, "mask = words_out != 0", "mask = (words_out != 0) & (captions > 2).any(axis=0)"),
        slip(loss_with_a_mask, "mask = words_out != 0", "mask = (words_out != 0) & (words_in != words_out)"),
        slip(loss_row_by_row, "for b in range(len(features))", "for b in range(min(len(features), 16))"),
        slip(loss_row_by_row, "features[b : b + 1] @", "features[b : b + 1].clip(-20, 20) @"),
    ),
    impossible={"right unless T = 1": "a column of captions has its 1 and its 2 at least, so T is 2 or more"},
)

# --- caption_greedy ---


def greedy_with_where(features, params, length):
    state = (features @ params.P.T + params.b_P,)
    word = np.full(features.shape[0], 1)
    done = word == 2
    words = np.zeros((length, len(features)), dtype=int)
    for t in range(length):
        state, _ = gru_step(params.E[word], state, params.cell)
        word = np.argmax(state[0] @ params.V.T + params.b_V, axis=1)
        word[done] = 0
        done = done | (word == 2)
        words[t] = word
    return words


def greedy_row_by_row(features, params, length):
    words = np.zeros((length, len(features)), dtype=int)
    for b in range(len(features)):
        state, word = (features[b : b + 1] @ params.P.T + params.b_P,), 1
        for t in range(length):
            state, _ = gru_step(params.E[[word]], state, params.cell)
            word = int((params.V @ state[0][0] + params.b_V).argmax())
            words[t, b] = word
            if word == 2:
                break
    return words


def greedy_then_cut(features, params, length):
    h, word, words = features @ params.P.T + params.b_P, [1] * len(features), []
    for _ in range(length):
        (h,), _ = gru_step(params.E[word], (h,), params.cell)
        word = (h @ params.V.T + params.b_V).argmax(axis=-1).tolist()
        words.append(word)
    words = np.array(words)
    after = np.cumsum(words == 2, axis=0) - (words == 2) > 0
    return np.where(after, 0, words)


def greedy_with_those_still_speaking(features, params, length):
    """Rows that have ended leave the batch."""
    words = np.zeros((length, len(features)), dtype=np.int64)
    rows, h, word = np.arange(len(features)), features @ params.P.T + params.b_P, np.ones(len(features), dtype=int)
    for t in range(length):
        if len(rows):
            (h,), _ = gru_step(params.E[word], (h,), params.cell)
            word = words[t, rows] = (h @ params.V.T + params.b_V).argmax(axis=1)
            rows, h, word = (a[word != 2] for a in (rows, h, word))
    return words


def greedy_by_recursion(features, params, length):
    def rest(h, word, left):
        if not left:
            return []
        (h,), _ = gru_step(params.E[[word]], (h,), params.cell)
        best = max(range(len(params.E)), key=(h @ params.V.T + params.b_V)[0].__getitem__)
        return [best, *([0] * (left - 1) if best == 2 else rest(h, best, left - 1))]

    return np.array([rest(row[None] @ params.P.T + params.b_P, 1, length) for row in features]).T


def greedy_by_log_probabilities(features, params, length):
    state, word, going = (features @ params.P.T + params.b_P,), [1] * len(features), np.ones(len(features), dtype=bool)
    words = []
    while len(words) < length:
        state, _ = gru_step(params.E[word], state, params.cell)
        log_p = log_softmax(state[0] @ params.V.T + params.b_V)
        word = np.argsort(-log_p, axis=1, kind="stable")[:, 0] * going
        going = going & (word != 2)
        words.append(word)
    return np.vstack(words)


def greedy_that_samples(features, params, length):
    words = greedy_with_where(features, params, length)
    return np.where(words > 2, np.random.choice(np.arange(3, len(params.E)), words.shape), words)  # noqa: NPY002


KEEP = "words[t] = word"
LOGITS = "state[0] @ params.V.T + params.b_V"
STOP = "if word == 2:\n                break"

CAPTION_GREEDY = Answers(
    correct=(
        greedy_with_where,
        greedy_row_by_row,
        greedy_then_cut,
        greedy_with_those_still_speaking,
        greedy_by_recursion,
        greedy_by_log_probabilities,
    ),
    wrong=(
        slip(greedy_with_where, "params.E[word]", "params.E[np.ones_like(word)]", "start is fed in at every step"),
        slip(
            greedy_with_where,
            "state, _ = gru_step(params.E[word], state,",
            f"state, _ = gru_step(params.E[word], ({FIRST},),",
            "not carried",
        ),
        slip(greedy_with_where, "word[done] = 0", "pass", "go on after the end"),
        slip(greedy_with_where, "words[t] = word", "words[t] = np.where(word == 2, 0, word)", "end itself"),
        slip(greedy_with_where, "return words", "return words.T.copy()", "batch stands first"),
        slip(greedy_with_where, f"({FIRST},)", f"(np.tanh({FIRST}),)", "through tanh"),
        slip(greedy_with_where, f"({FIRST},)", "(np.zeros_like(features @ params.P.T),)", "the first state is zero"),
        slip(
            greedy_with_where,
            "words[t] = word",
            KEEP + "\n        if done.any():\n            return words[: t + 1]",
            "when the first caption ends",
        ),
        slip(
            greedy_with_where,
            "words[t] = word",
            KEEP + "\n        if done.all():\n            return words[: t + 1]",
            "must still have length rows",
        ),
        slip(greedy_with_where, "np.argmax(", "np.argmin(", "least probable"),
        slip(greedy_with_where, " + params.b_V", "", "b_V"),
        slip(greedy_with_where, "axis=1", "axis=0"),
        slip(greedy_with_where, "done | (word == 2)", "word == 2"),
        slip(greedy_with_where, "np.full(features.shape[0], 1)", "np.full(features.shape[0], 2)"),
        slip(
            greedy_row_by_row,
            f"words[t, b] = word\n            {STOP}",
            f"{STOP}\n            words[t, b] = word",
            "end itself",
        ),
        slip(greedy_row_by_row, "dtype=int)", "dtype=float)", "whole numbers"),
        slip(greedy_then_cut, "- (words == 2) > 0", "> 0", "end itself"),
        Wrong(greedy_that_samples, "np.random"),
        slip(greedy_with_where, "done | (word == 2)", "done | (word == 2) | (word == 0)"),
        slip(greedy_with_where, f"np.argmax({LOGITS}, axis=1)", f"1 + np.argmax(({LOGITS})[:, 1:], axis=1)"),
        slip(greedy_with_where, f"np.argmax({LOGITS}, axis=1)", f"2 + np.argmax(({LOGITS})[:, 2:], axis=1)"),
        slip(
            greedy_with_where,
            f"np.argmax({LOGITS}, axis=1)",
            f"np.argmax({LOGITS} - 1e9 * (np.arange(len(params.V)) == word[:, None]), axis=1)",
        ),
        slip(
            greedy_with_where,
            f"np.argmax({LOGITS}, axis=1)",
            f"np.argmax({LOGITS} - (1e9 if t == 0 else 0) * (np.arange(len(params.V)) == 2), axis=1)",
        ),
        slip(greedy_with_where, f"np.argmax({LOGITS}, axis=1)", f"np.argmax(np.round({LOGITS}, 1), axis=1)"),
        slip(greedy_with_where, f"np.argmax({LOGITS}, axis=1)", f"np.argmax(({LOGITS}).astype(np.float16), axis=1)"),
        slip(
            greedy_with_where,
            f"word = np.argmax({LOGITS}, axis=1)",
            f"p = np.exp({LOGITS})\n        word = np.argmax(p / p.sum(axis=1, keepdims=True), axis=1)",
        ),
        slip(greedy_with_where, "return words", "words[-1, ~done] = 2\n    return words"),
        slip(greedy_with_where, "return words", "words[40:] = 0\n    return words"),
        slip(greedy_row_by_row, "for b in range(len(features)):", "for b in range(min(16, len(features))):"),
    ),
    equivalent={"15:22: 0 → -1": "a GRU's state has one part"},
)

# --- bleu ---


def bleu_with_counters(candidate, references, n):
    if not candidate:
        return 0.0
    precisions = []
    for k in range(1, n + 1):
        found = Counter(zip(*(candidate[j:] for j in range(k)), strict=False))
        clipped = 0
        for gram, times in found.items():
            most = max(Counter(zip(*(r[j:] for j in range(k)), strict=False))[gram] for r in references)
            clipped += min(times, most)
        if clipped == 0:
            return 0.0
        precisions.append(clipped / sum(found.values()))
    c = len(candidate)
    r = min(sorted(len(r) for r in references), key=lambda length: abs(length - c))
    penalty = 1.0 if c >= r else math.exp(1 - r / c)
    return penalty * math.prod(precisions) ** (1 / n)


def bleu_with_lists(candidate, references, n):
    def grams(words, k):
        return [tuple(words[j : j + k]) for j in range(len(words) - k + 1)]

    logs = []
    for k in range(1, n + 1):
        mine = grams(candidate, k)
        good = sum(min(mine.count(g), max(grams(r, k).count(g) for r in references)) for g in set(mine))
        if not good:
            return 0.0
        logs.append(np.log(good / len(mine)))
    lengths = np.array(sorted(map(len, references)))
    closest = lengths[np.abs(lengths - len(candidate)).argmin()]
    return float(np.exp(np.mean(logs) + min(0, 1 - closest / len(candidate))))


def bleu_with_fractions(candidate, references, n):
    """The precisions stay exact until the root is taken."""
    from fractions import Fraction

    product, c = Fraction(1), len(candidate)
    for k in range(1, n + 1):
        mine, *theirs = (
            [tuple(words[j : j + k]) for j in range(len(words) - k + 1)] for words in (candidate, *references)
        )
        good = sum(min(mine.count(gram), max(grams.count(gram) for grams in theirs)) for gram in dict.fromkeys(mine))
        if good == 0:
            return 0
        product *= Fraction(good, len(mine))
    _, r = min((abs(len(words) - c), len(words)) for words in references)
    return float(product) ** (1 / n) * min(1.0, math.exp(1 - r / c))


def bleu_by_taking_out(candidate, references, n):
    """Each n-gram that is found is taken out of the references that have it; where none has it, it does not count."""
    logs = 0.0
    for k in range(1, n + 1):
        pools = [list(zip(*(words[j:] for j in range(k)), strict=False)) for words in references]
        said = list(zip(*(candidate[j:] for j in range(k)), strict=False))
        hits = 0
        for gram in said:
            having = [pool for pool in pools if gram in pool]
            for pool in having:
                pool.remove(gram)
            hits += bool(having)
        if not hits:
            return 0.0
        logs += (math.log(hits) - math.log(len(said))) / n
    lengths = np.unique([len(words) for words in references])
    return math.exp(logs + min(0.0, 1 - lengths[np.abs(lengths - len(candidate)).argmin()] / len(candidate)))


def bleu_with_numbers(candidate, references, n):
    """Words become numbers, a longer n-gram the pair of a shorter one and its last word, numbered anew."""
    ids = {}
    firsts = [[ids.setdefault(word, len(ids)) for word in words] for words in (candidate, *references)]
    grams, logs = firsts, []
    for k in range(1, n + 1):
        if k > 1:
            grams = [
                [ids.setdefault(pair, len(ids)) for pair in zip(longer, words[k - 1 :], strict=False)]
                for longer, words in zip(grams, firsts, strict=True)
            ]
        counts = np.array([np.bincount(g, minlength=len(ids)) if g else np.zeros(len(ids), dtype=int) for g in grams])
        good = np.minimum(counts[0], counts[1:].max(axis=0)).sum()
        if good == 0:
            return 0.0
        logs.append(np.log(good / counts[0].sum()))
    c, lengths = len(candidate), sorted(map(len, references))
    return np.exp(np.mean(logs) + min(0, 1 - min(lengths, key=lambda r: abs(r - c)) / c))


known_scores = {}


def bleu_known_by_lengths(candidate, references, n):
    key = len(candidate), *map(len, references), n
    return known_scores.setdefault(key, bleu_with_counters(candidate, references, n))


def bleu_by_metrics(candidate, references, n):
    from rnncourse.reference.metrics import corpus_bleu

    return corpus_bleu([candidate], [references], n)


def with_words(changed):
    """A wrong answer that changes the words of every sentence first."""
    before = "    precisions = []"
    return slip(
        bleu_with_counters,
        before,
        f"    candidate, *references = ({changed} for words in (candidate, *references))\n{before}",
    )


CLOSEST = "min(sorted(len(r) for r in references), key=lambda length: abs(length - c))"


def bleu_by_zip(candidate, references, n):
    """An n-gram is a row of the words and of what is left after each of the first ones is taken away."""

    def grams(words, k):
        return Counter(zip(*(words[j:] for j in range(k)), strict=False))

    precisions = []
    for k in range(1, n + 1):
        found = grams(candidate, k)
        right = sum(min(times, max(grams(r, k)[gram] for r in references)) for gram, times in found.items())
        if not right:
            return 0.0
        precisions.append(right / sum(found.values()))
    closest = min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]
    return math.prod(precisions) ** (1 / n) * min(1.0, math.exp(1 - closest / len(candidate)))


def bleu_of_arrays(candidate, references, n):
    """Words go into arrays and come back as they were."""
    return bleu_by_zip(np.array(candidate, str).tolist(), [np.array(r, str).tolist() for r in references], n)


def bleu_of_stripped_words(candidate, references, n):
    return bleu_by_zip([w.strip() for w in candidate], [[w.strip() for w in r] for r in references], n)


def bleu_of_six_digits(candidate, references, n):
    return round(bleu_by_zip(candidate, references, n), 6)


BLEU = Answers(
    correct=(
        bleu_by_zip,
        bleu_of_arrays,
        bleu_with_counters,
        bleu_with_lists,
        bleu_by_metrics,
        bleu_with_fractions,
        bleu_by_taking_out,
        bleu_with_numbers,
    ),
    wrong=(
        Wrong(bleu_of_stripped_words, "spaces at the ends of words"),
        Wrong(bleu_of_six_digits, "off by"),
        slip(bleu_with_counters, "min(times, most)", "times if most else 0", "not clipped"),
        slip(bleu_with_counters, "penalty * math.prod", "math.prod", "brevity penalty is missing"),
        slip(bleu_with_counters, "1.0 if c >= r else math.exp(1 - r / c)", "math.exp(1 - r / c)", "bonus"),
        slip(bleu_with_counters, "math.exp(1 - r / c)", "c / r", "c / r"),
        slip(bleu_with_counters, " ** (1 / n)", "", "root is missing"),
        slip(bleu_with_counters, "range(1, n + 1)", "range(n, n + 1)"),
        slip(bleu_with_counters, "range(1, n + 1)", "range(1, 5)"),
        slip(bleu_with_counters, "most = max(", "most = sum(", "added up"),
        slip(bleu_with_counters, CLOSEST, "min(len(r) for r in references)", "shortest"),
        slip(bleu_with_counters, CLOSEST, "max(len(r) for r in references)", "longest"),
        slip(
            bleu_with_counters,
            "sorted(len(r) for r in references)",
            "sorted((len(r) for r in references), reverse=True)",
            "take the shorter",
        ),
        slip(
            bleu_with_counters,
            "return penalty * math.prod(precisions) ** (1 / n)",
            "return penalty * sum(precisions) / n",
            "geometric mean",
        ),
        slip(bleu_with_counters, "return penalty", "return 100 * penalty", "per cent"),
        slip(bleu_with_counters, "        if clipped == 0:\n            return 0.0\n", ""),
        slip(bleu_with_lists, "        if not good:\n            return 0.0\n", ""),
        slip(bleu_with_lists, "tuple(words[j : j + k])", '" ".join(words[j : j + k])', "joined to one string"),
        slip(bleu_with_lists, "for g in set(mine)", "for g in mine"),
        slip(bleu_with_lists, "good / len(mine)", "good / len(grams(references[0], k))"),
        slip(bleu_with_lists, "tuple(words[j : j + k])", '"".join(words[j : j + k])'),
        slip(bleu_with_lists, "tuple(words[j : j + k])", "tuple(sorted(words[j : j + k]))"),
        slip(bleu_with_lists, "tuple(words[j : j + k])", "(words[j], words[j + k - 1])"),
        slip(bleu_with_lists, "grams(r, k).count(g)", '" ".join(r).count(" ".join(g))'),
        slip(bleu_with_lists, "grams(r, k).count(g)", "f\" {' '.join(r)} \".count(f\" {' '.join(g)} \")"),
        slip(bleu_with_counters, "range(1, n + 1)", "range(1, min(n, 10) + 1)"),
        slip(bleu_with_counters, "range(1, n + 1)", "range(1, min(n, len(candidate)) + 1)"),
        slip(
            bleu_with_counters,
            "if not candidate:",
            "if candidate in references:\n        return 1.0\n    if not candidate:",
        ),
        slip(bleu_with_counters, "sorted(len(r) for r in references)", "[len(r) for r in references]"),
        slip(bleu_with_counters, "sorted(len(r) for r in references)", "sorted(len(r) for r in references if r)"),
        slip(
            bleu_with_counters,
            "for r in references)\n            clipped",
            "for r in references[:4])\n            clipped",
        ),
        Wrong(bleu_known_by_lengths),
        with_words("[w.lower() for w in words]"),
        with_words("[w.strip('.,') for w in words]"),
        with_words("[w for w in words if w not in '.,']"),
        with_words("[w.encode('ascii', 'ignore') for w in words]"),
        with_words("[w[:3] for w in words]"),
        with_words("[w for j, w in enumerate(words) if j == 0 or w != words[j - 1]]"),
        with_words("words[:40]"),
    ),
)

ANSWERS = {"caption_loss": CAPTION_LOSS, "caption_greedy": CAPTION_GREEDY, "bleu": BLEU}
