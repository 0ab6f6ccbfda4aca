"""Answers to the exercises of chapter 16 (planned)."""

import functools
import heapq
import itertools
import math
from collections import defaultdict

import numpy as np

from rnncourse.exercises.handwriting import ctc_forward
from rnncourse.reference.ctc import ctc_forward as package_forward
from tests.exercises.harness import Answers, Wrong, slip

# --- ctc_collapse ---


def collapse_by_groups(labels, blank=0):
    return [int(k) for k, _ in itertools.groupby(labels) if k != blank]


def collapse_with_a_memory(labels, blank=0):
    read, last = [], None
    for k in labels:
        if k != last and k != blank:
            read.append(int(k))
        last = k
    return read


def collapse_with_masks(labels, blank=0):
    labels = np.asarray(labels, dtype=int)
    begins = np.append(True, np.diff(labels) != 0)[: len(labels)]
    return labels[begins & (labels != blank)].tolist()


def collapse_by_recursion(labels, blank=0):
    labels = [int(k) for k in labels]
    if not labels:
        return []
    run = next((t for t, k in enumerate(labels) if k != labels[0]), len(labels))
    return labels[: labels[0] != blank] + collapse_by_recursion(labels[run:], blank)


def collapse_in_torch(labels, blank=0):
    import torch

    read = torch.unique_consecutive(torch.tensor(np.array(labels, "int64")))
    return read[read != blank].tolist()


def collapse_of_arrays(labels, blank=0):
    begins = np.append(True, labels[1:] != labels[:-1])[: len(labels)]
    return [int(k) for k, new in zip(labels, begins, strict=True) if new and k != blank]


def collapse_of_the_first_hundred(labels, blank=0):
    return collapse_by_groups(labels[:100], blank)


def collapse_to_an_array(labels, blank=0):
    return np.array(collapse_by_groups(labels, blank), dtype=int)


def collapse_as_text(labels, blank=0):
    return [int(k) for k, _ in itertools.groupby("".join(map(str, labels))) if k != str(blank)]


def collapse_in_place(labels, blank=0):
    read = collapse_by_groups(labels, blank)
    labels[:] = labels[::-1]
    return read


MEMORY = "k != last and k != blank"

CTC_COLLAPSE = Answers(
    correct=(
        collapse_by_groups,
        collapse_with_a_memory,
        collapse_with_masks,
        collapse_by_recursion,
        collapse_in_torch,
    ),
    wrong=(
        slip(
            collapse_by_groups,
            "itertools.groupby(labels)",
            "itertools.groupby(k for k in labels if k != blank)",
            "Merge",
        ),
        slip(collapse_by_groups, " if k != blank", "", "still there"),
        slip(collapse_by_groups, "if k != blank", "if k != 0", "whatever blank says"),
        slip(collapse_by_groups, "if k != blank", "if k", "whatever blank says"),
        slip(collapse_by_groups, "if k != blank", "if k == blank", "only the blanks are left"),
        slip(collapse_by_groups, "int(k) for", "int(k) - 1 for"),
        slip(collapse_by_groups, "[int(k) for", "[float(k) for"),
        slip(collapse_with_a_memory, MEMORY, "k != blank", "nothing is merged"),
        slip(collapse_with_a_memory, MEMORY, "k not in read and k != blank", "came before"),
        slip(collapse_with_a_memory, "        last = k\n", "            last = k\n", "blanks are dropped first"),
        slip(collapse_with_a_memory, "read, last = [], None", "read, last = [], 0"),
        slip(
            collapse_with_a_memory,
            "read, last = [], None",
            "read, last = [], (labels[0] if len(labels) else 0)",
            "first",
        ),
        slip(collapse_with_a_memory, "return read", "return read[::-1]", "turned round"),
        slip(collapse_with_a_memory, "return read", "return tuple(read) and ' '.join(map(str, read))"),
        slip(collapse_with_masks, "np.append(True, ", "np.append(False, "),
        slip(collapse_with_masks, "!= 0)[: len", "== 0)[: len"),
        slip(collapse_with_masks, "begins & (", "begins | ("),
        Wrong(collapse_of_arrays),
        Wrong(collapse_of_the_first_hundred),
        Wrong(collapse_to_an_array),
        Wrong(collapse_as_text),
        Wrong(collapse_in_place, "changes its argument labels"),
    ),
)

# --- ctc_forward ---


def forward_in_loops(log_probs, target, blank=0):
    places = [blank]
    for label in target:
        places += [int(label), blank]
    alpha = np.full((len(log_probs), len(places)), -np.inf, dtype=log_probs.dtype)
    alpha[0, 0] = log_probs[0, blank]
    if len(places) > 1:
        alpha[0, 1] = log_probs[0, places[1]]
    for t in range(1, len(log_probs)):
        for s, k in enumerate(places):
            ways = [alpha[t - 1, s]]
            if s >= 1:
                ways.append(alpha[t - 1, s - 1])
            if s >= 2 and k != blank and k != places[s - 2]:
                ways.append(alpha[t - 1, s - 2])
            alpha[t, s] = log_probs[t, k] + np.logaddexp.reduce(ways)
    return alpha


def forward_by_recursion(log_probs, target, blank=0):
    labels = [int(k) for k in target]

    def symbol(s):
        return labels[s // 2] if s % 2 else blank

    @functools.cache
    def a(t, s):
        if s < 0 or s > 2 * t + 1:
            return -math.inf
        own = float(log_probs[t, symbol(s)])
        if t == 0:
            return own
        ways = [a(t - 1, s), a(t - 1, s - 1)]
        if s % 2 and s > 1 and symbol(s) != symbol(s - 2):
            ways.append(a(t - 1, s - 2))
        top = max(ways)
        if top == -math.inf:
            return top
        return own + top + math.log(math.fsum(math.exp(way - top) for way in ways))

    table = [[a(t, s) for s in range(2 * len(labels) + 1)] for t in range(len(log_probs))]
    return np.array(table, dtype=log_probs.dtype)


def forward_with_a_matrix(log_probs, target, blank=0):
    """From every place to every place: a matrix of 0 and -inf, the same at each step."""
    places = np.array([blank, *itertools.chain.from_iterable((k, blank) for k in target.tolist())])
    s = np.arange(len(places))
    back = s[:, None] - s
    new = (places[:, None] != blank) & (places[:, None] != places)
    allowed = (back == 0) | (back == 1) | ((back == 2) & new)
    ways = np.where(allowed, 0.0, -np.inf).astype(log_probs.dtype)
    own = log_probs[:, places]
    rows = [np.where(s < 2, own[0], -np.inf).astype(log_probs.dtype)]
    for row in own[1:]:
        rows.append(row + np.logaddexp.reduce(ways + rows[-1], axis=1))
    return np.stack(rows)


def forward_in_torch(log_probs, target, blank=0):
    import torch

    p = torch.tensor(np.array(log_probs))
    places = torch.full((2 * len(target) + 1,), blank, dtype=torch.long)
    places[1::2] = torch.tensor(np.array(target, "int64"))
    nothing = torch.full((2,), -torch.inf, dtype=p.dtype)
    skips = torch.zeros(len(places), dtype=torch.bool)
    skips[2:] = (places[2:] != blank) & (places[2:] != places[:-2])
    row = torch.full((len(places),), -torch.inf, dtype=p.dtype)
    row[:2] = p[0, places[:2]]
    rows = [row]
    for t in range(1, len(p)):
        before = torch.cat([nothing, rows[-1]])
        skip = before[:-2].masked_fill(~skips, -torch.inf)
        rows.append(p[t, places] + torch.logsumexp(torch.stack([before[2:], before[1:-1], skip]), dim=0))
    return torch.stack(rows).numpy()


def forward_scaled(log_probs, target, blank=0):
    """Probabilities, each step's divided by their sum: what is e^-750 of the largest is lost."""
    places = np.full(2 * len(target) + 1, blank)
    places[1::2] = target
    p = np.exp(log_probs[:, places] - log_probs.max(axis=1, keepdims=True))
    skips = np.zeros(len(places), dtype=bool)
    skips[3::2] = places[3::2] != places[1:-2:2]
    alpha, log_scale = np.zeros_like(p), 0.0
    alpha[0, :2] = p[0, :2]
    out = np.zeros_like(p)
    for t in range(len(p)):
        if t:
            before = np.concatenate([[0, 0], alpha[t - 1]])
            alpha[t] = p[t] * (before[2:] + before[1:-1] + np.where(skips, before[:-2], 0))
        c = alpha[t].sum()
        alpha[t] /= c
        log_scale += np.log(c) + log_probs[t].max()
        out[t] = np.log(alpha[t]) + log_scale
    return out


def forward_of_the_collapsed(log_probs, target, blank=0):
    return forward_in_loops(log_probs, [k for k, _ in itertools.groupby(target.tolist())], blank)


def forward_without_blanks(log_probs, target, blank=0):
    alpha = np.full((len(log_probs), len(target)), -np.inf)
    for t, s in np.ndindex(alpha.shape):
        ways = [0.0 if s == 0 else -np.inf] if t == 0 else [alpha[t - 1, s], alpha[t - 1, s - 1] if s else -np.inf]
        alpha[t, s] = log_probs[t, target[s]] + np.logaddexp.reduce(ways)
    return alpha


def forward_that_normalises(log_probs, target, blank=0):
    return forward_in_loops(log_probs - np.logaddexp.reduce(log_probs, axis=1, keepdims=True), target, blank)


def forward_that_writes(log_probs, target, blank=0):
    alpha = forward_in_loops(log_probs, target, blank)
    log_probs[0] = 0
    return alpha


def forward_in_double(log_probs, target, blank=0):
    return forward_in_loops(log_probs.astype(float), target, blank)


def forward_with_large_negatives(log_probs, target, blank=0):
    alpha = forward_in_loops(log_probs, target, blank)
    return np.where(np.isinf(alpha), -1e30, alpha).astype(log_probs.dtype)


def forward_pruned(log_probs, target, blank=0):
    alpha = forward_in_loops(log_probs, target, blank)
    T, L = alpha.shape
    for t, s in np.ndindex(T, L):
        if s < L - 2 * (T - t):
            alpha[t, s] = -np.inf
    return alpha


OWN = "log_probs[t, k] + np.logaddexp.reduce(ways)"
MAY = "s >= 2 and k != blank and k != places[s - 2]"

CTC_FORWARD = Answers(
    correct=(forward_in_loops, forward_by_recursion, forward_with_a_matrix, forward_in_torch),
    wrong=(
        slip(forward_in_loops, MAY, "s >= 2 and k != blank", "is read as one a"),
        slip(forward_in_loops, MAY, "False", "no blank is ever skipped"),
        slip(forward_in_loops, MAY, "s >= 2 and (k == blank or k != places[s - 2])", "labels are skipped too"),
        slip(forward_in_loops, MAY, "s >= 2 and k != blank and k != places[s - 1]", "is read as one a"),
        slip(forward_in_loops, "ways = [alpha[t - 1, s]]", "ways = [-np.inf]", "no alignment stays"),
        slip(forward_in_loops, "if s >= 1:", "if s >= 1 and False:", "one place on"),
        slip(forward_in_loops, "np.logaddexp.reduce(ways)", "max(ways)", "the sum of all"),
        slip(forward_in_loops, "np.logaddexp.reduce(ways)", "np.log(sum(np.exp(ways)))", "Stay in logarithms"),
        slip(forward_in_loops, "np.logaddexp.reduce(ways)", "sum(ways)"),
        slip(forward_in_loops, OWN, "np.logaddexp.reduce(ways)", "own probability is missing"),
        slip(forward_in_loops, OWN, "log_probs[t - 1, k] + np.logaddexp.reduce(ways)", "step t - 1"),
        slip(
            forward_in_loops,
            "    if len(places) > 1:\n        alpha[0, 1] = log_probs[0, places[1]]\n",
            "",
            "begins with a blank",
        ),
        slip(forward_in_loops, "alpha[0, 0] = log_probs[0, blank]", "alpha[0, 0] = -np.inf", "may begin with a blank"),
        slip(forward_in_loops, "return alpha", "return np.exp(alpha)", "logarithms are asked for"),
        slip(forward_in_loops, "return alpha", "return alpha[-1]", "all T steps"),
        slip(forward_in_loops, "return alpha", "return alpha.T.copy()", "time stands first"),
        slip(forward_in_loops, "return alpha", "return alpha.tolist()"),
        slip(forward_in_loops, "places = [blank]", "blank = 0\n    places = [blank]", "whatever blank says"),
        slip(forward_in_loops, "range(1, len(log_probs))", "range(1, min(len(log_probs), 100))"),
        slip(forward_with_a_matrix, "(back == 1)", "(back == -1)"),
        slip(forward_with_a_matrix, "np.where(s < 2, own[0], -np.inf)", "own[0]", "begins anywhere"),
        slip(forward_with_a_matrix, "np.where(allowed, 0.0, -np.inf)", "np.log(allowed + 1e-300)"),
        slip(forward_in_torch, "torch.logsumexp", "torch.sum"),
        Wrong(forward_scaled),
        Wrong(forward_of_the_collapsed),
        Wrong(forward_without_blanks),
        Wrong(forward_that_normalises),
        Wrong(forward_that_writes, "changes its argument log_probs"),
        Wrong(forward_in_double, "dtype"),
        Wrong(forward_with_large_negatives),
        Wrong(forward_pruned, "alpha looks back only"),
    ),
    equivalent={
        "10:21: (alpha[t - 1, 2:], alpha[t - 1, 1:-1]) → (alpha[t - 1, 1:-1], alpha[t - 1, 2:])": "both are added up",
    },
)

# --- ctc_loss ---


def loss_by_two_sums(log_probs, target, blank=0):
    """For each number of labels read: what ends in a blank, and what ends in the last of them."""
    S, labels = len(target), target.tolist()
    in_blank, in_label = [0.0] + [-np.inf] * S, [-np.inf] * (S + 1)
    for row in log_probs.astype(float):
        both = np.logaddexp(in_blank, in_label)
        new_blank, new_label = row[blank] + both, np.full(S + 1, -np.inf)
        for n in range(1, S + 1):
            again = n > 1 and labels[n - 1] == labels[n - 2]
            before = in_blank[n - 1] if again else both[n - 1]
            new_label[n] = row[labels[n - 1]] + np.logaddexp(in_label[n], before)
        in_blank, in_label = new_blank, new_label
    return -float(np.logaddexp(in_blank[S], in_label[S]))


def loss_from_the_end(log_probs, target, blank=0):
    """The same sums from the other end: what is still to come from each place."""
    places = np.full(2 * len(target) + 1, blank)
    places[1::2] = target
    L = len(places)
    beta = np.full(L + 2, -np.inf)
    beta[max(L - 2, 0) : L] = log_probs[-1, places[max(L - 2, 0) :]]
    for row in log_probs[-2::-1]:
        new = np.full(L + 2, -np.inf)
        for s in range(L):
            ways = [beta[s], beta[s + 1]]
            if s % 2 and s + 2 < L and places[s] != places[s + 2]:
                ways.append(beta[s + 2])
            new[s] = row[places[s]] + np.logaddexp.reduce(ways)
        beta = new
    return float(-np.logaddexp.reduce(beta[: min(2, L)]))


def loss_in_torch(log_probs, target, blank=0):
    import torch

    p = torch.tensor(np.array(log_probs)).double()[:, None]
    labels = torch.tensor(np.array(target, "int64"))[None]
    sizes = torch.tensor([len(log_probs)]), torch.tensor([len(target)])
    return torch.nn.functional.ctc_loss(p, labels, *sizes, blank=blank, reduction="sum").item()


def loss_of_own_sums(log_probs, target, blank=0):
    last = forward_in_loops(log_probs.astype(float), target, blank)[-1].tolist()
    ends = last[-2:]
    top = max(ends)
    return math.inf if top == -math.inf else -(top + math.log(sum(math.exp(end - top) for end in ends)))


def loss_by_all_paths(log_probs, target, blank=0):
    T, K = log_probs.shape
    total = -np.inf
    for path in itertools.product(range(K), repeat=T):
        if collapse_by_groups(path, blank) == target.tolist():
            total = np.logaddexp(total, sum(log_probs[t, k] for t, k in enumerate(path)))
    return float(-total)


def loss_laid_out_evenly(log_probs, target, blank=0):
    """Each label gets as many steps as any other, as if the segmentation were known."""
    if not len(target):
        return float(-log_probs[:, blank].sum())
    steps = np.arange(len(log_probs)) * len(target) // len(log_probs)
    return float(-log_probs[np.arange(len(log_probs)), target[steps]].sum())


def loss_in_plain_probabilities(log_probs, target, blank=0):
    alpha = np.exp(forward_in_loops(np.array(log_probs, dtype=float), target, blank))
    return float(-np.log(alpha[-1, -2:].sum()))


def loss_that_warns(log_probs, target, blank=0):
    repeats = sum(a == b for a, b in itertools.pairwise(target.tolist()))
    if len(target) + repeats > len(log_probs):
        raise ValueError("the target does not fit")
    return loss_by_two_sums(log_probs, target, blank)


def loss_that_counts_labels_alone(log_probs, target, blank=0):
    return loss_by_two_sums(log_probs, target, blank) if len(target) <= len(log_probs) else np.inf


def loss_zero_where_impossible(log_probs, target, blank=0):
    found = loss_by_two_sums(log_probs, target, blank)
    return found if np.isfinite(found) else 0.0


def loss_of_the_normalised(log_probs, target, blank=0):
    return loss_by_two_sums(log_probs - np.logaddexp.reduce(log_probs, axis=1, keepdims=True), target, blank)


def loss_and_alpha(log_probs, target, blank=0):
    return loss_by_two_sums(log_probs, target, blank), package_forward(np.array(log_probs), target, blank)


BEFORE = "in_blank[n - 1] if again else both[n - 1]"
ENDS = "np.logaddexp(in_blank[S], in_label[S])"

CTC_LOSS = Answers(
    correct=(loss_by_two_sums, loss_from_the_end, loss_in_torch, loss_of_own_sums, loss_that_counts_labels_alone),
    wrong=(
        slip(loss_by_two_sums, f"-float({ENDS})", f"float({ENDS})", "the minus is missing"),
        slip(loss_by_two_sums, ENDS, "in_blank[S]", "last label too"),
        slip(loss_by_two_sums, ENDS, "in_label[S] if S else in_blank[S]", "blank after the last label too"),
        slip(loss_by_two_sums, ENDS, "max(in_blank[S], in_label[S])", "They are added up"),
        slip(loss_by_two_sums, ENDS, "(in_blank[S] + in_label[S])"),
        slip(loss_by_two_sums, BEFORE, "both[n - 1]", "is read as one a"),
        slip(loss_by_two_sums, BEFORE, "in_blank[n - 1]", "no blank is ever skipped"),
        slip(loss_by_two_sums, "np.logaddexp(in_label[n], before)", "before", ""),
        slip(loss_by_two_sums, "np.logaddexp(in_label[n], before)", "max(in_label[n], before)"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"-float({ENDS}) / max(S, 1)", "divided by the number of labels"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"-float({ENDS}) / len(log_probs)", "divided by the number of steps"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"-float({ENDS}) / np.log(2)", "in bits"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"float(np.exp({ENDS}))", "this is the probability"),
        slip(loss_by_two_sums, "row[blank] + both", "row[0] + both", "whatever blank says"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"min(-float({ENDS}), 1e9)", "It is inf"),
        slip(loss_by_two_sums, f"-float({ENDS})", f"np.array([-float({ENDS})])"),
        slip(loss_from_the_end, "beta[: min(2, L)]", "beta[:1]", "may begin with the first label too"),
        slip(loss_from_the_end, "log_probs[-2::-1]", "log_probs[-2:0:-1]"),
        slip(loss_in_torch, 'reduction="sum"', 'reduction="mean"', "divided by the number of labels"),
        slip(loss_in_torch, ", blank=blank", "", ""),
        slip(loss_in_torch, 'reduction="sum")', 'reduction="sum", zero_infinity=True)', "costs nothing"),
        slip(loss_in_torch, ".double()[:, None]", ".float()[:, None]"),
        Wrong(loss_by_all_paths, "did not return within"),
        Wrong(loss_laid_out_evenly),
        Wrong(loss_in_plain_probabilities),
        Wrong(loss_that_warns, "the target does not fit"),
        Wrong(loss_zero_where_impossible, "costs nothing"),
        Wrong(loss_of_the_normalised),
        Wrong(loss_and_alpha),
        Wrong(lambda log_probs, target, blank=0: ctc_forward(log_probs, target, blank)[-1], ""),
    ),
)

# --- ctc_beam_search ---


def logsum(values):
    top = max(values)
    return top if top == -math.inf else top + math.log(math.fsum(math.exp(value - top) for value in values))


def beam_with_two_dicts(log_probs, width, blank=0):
    ends_blank, ends_label = {(): 0.0}, {(): -math.inf}
    for row in log_probs.astype(float):
        blanks, held = defaultdict(list), defaultdict(list)
        for labels in ends_blank:
            total = logsum([ends_blank[labels], ends_label[labels]])
            blanks[labels].append(total + row[blank])
            for k in range(len(row)):
                if k == blank:
                    continue
                repeated = bool(labels) and labels[-1] == k
                if repeated:
                    held[labels].append(ends_label[labels] + row[k])
                held[*labels, k].append((ends_blank[labels] if repeated else total) + row[k])
        every = {*blanks, *held}
        scores = {labels: logsum([*blanks.get(labels, []), *held.get(labels, []), -math.inf]) for labels in every}
        best = heapq.nsmallest(width, every, key=lambda labels: (-scores[labels], labels))
        ends_blank = {labels: logsum([*blanks.get(labels, []), -math.inf]) for labels in best}
        ends_label = {labels: logsum([*held.get(labels, []), -math.inf]) for labels in best}
    return [*best[0]], scores[best[0]]


def beam_as_a_list(log_probs, width, blank=0):
    """Each kept one asks its own beginning, where that is kept too, for what it brings."""
    T, K = log_probs.shape
    beam = [((), 0.0, -np.inf)]
    for t in range(T):
        p = log_probs[t].astype(float)
        sums = {labels: (b, n, np.logaddexp(b, n)) for labels, b, n in beam}
        candidates = {labels for labels in sums} | {(*labels, k) for labels in sums for k in range(K) if k != blank}
        after = []
        for labels in candidates:
            b, n, both = sums.get(labels, (-np.inf, -np.inf, -np.inf))
            in_blank, in_label = both + p[blank], -np.inf
            if labels:
                start = sums.get(labels[:-1], (-np.inf, -np.inf, -np.inf))
                comes = start[0] if labels[-2:-1] == labels[-1:] else start[2]
                in_label = p[labels[-1]] + np.logaddexp(n, comes)
            after.append((labels, in_blank, in_label))
        after.sort(key=lambda one: (-np.logaddexp(one[1], one[2]), one[0]))
        beam = after[:width]
    labels, b, n = beam[0]
    return list(labels), float(np.logaddexp(b, n))


def beam_by_recursion(log_probs, width, blank=0):
    def search(t, beam):
        if t == len(log_probs):
            return min(beam, key=lambda labels: (-logsum(beam[labels]), labels))
        new = {}
        for labels, (b, n) in beam.items():
            for k, p in enumerate(map(float, log_probs[t])):
                same = labels[-1:] == (k,)
                longer = labels if k == blank else (*labels, k)
                old = new.get(longer, (-math.inf, -math.inf))
                if k == blank:
                    new[longer] = logsum([old[0], b + p, n + p]), old[1]
                    continue
                new[longer] = old[0], logsum([old[1], b + p] if same else [old[1], b + p, n + p])
                if same:
                    held = new.get(labels, (-math.inf, -math.inf))
                    new[labels] = held[0], logsum([held[1], n + p])
        order = sorted(new, key=lambda labels: (-logsum(new[labels]), labels))
        final.update(new)
        return search(t + 1, {labels: new[labels] for labels in order[:width]})

    final = {}
    labels = search(0, {(): (0.0, -math.inf)})
    return list(labels), logsum(final[labels])


def beam_that_looks_at_alignments(log_probs, width, blank=0):
    """The best alignments are kept, whatever they collapse to; those of one labelling are added up at the end."""
    beam = [(0.0, ())]
    for row in log_probs.tolist():
        beam = heapq.nlargest(width, [(total + p, (*path, k)) for total, path in beam for k, p in enumerate(row)])
    sums = defaultdict(lambda: -np.inf)
    for total, path in beam:
        sums[tuple(collapse_by_groups(path, blank))] = np.logaddexp(sums[tuple(collapse_by_groups(path, blank))], total)
    best = min(sums, key=lambda labels: (-sums[labels], labels))
    return list(best), float(sums[best])


def beam_of_the_whole(log_probs, width, blank=0):
    """The best labelling is found, and then the probability of all its alignments is given."""
    labels, _ = beam_as_a_list(log_probs, width, blank)
    return labels, -loss_by_two_sums(log_probs, np.array(labels, int), blank)


def beam_without_pruning(log_probs, width, blank=0):
    return beam_as_a_list(log_probs, 10**9, blank)


def beam_of_best_path(log_probs, width, blank=0):
    return collapse_by_groups(log_probs.argmax(axis=1), blank), float(log_probs.max(axis=1).sum())


def beam_in_probabilities(log_probs, width, blank=0):
    beam = {(): (1.0, 0.0)}
    for row in np.exp(log_probs.astype(float)):
        new = defaultdict(lambda: [0.0, 0.0])
        for labels, (b, n) in beam.items():
            for k, p in enumerate(row):
                if k == blank:
                    new[labels][0] += (b + n) * p
                elif labels[-1:] == (k,):
                    new[labels][1] += n * p
                    new[*labels, k][1] += b * p
                else:
                    new[*labels, k][1] += (b + n) * p
        beam = {labels: new[labels] for labels in sorted(new, key=lambda labels: (-sum(new[labels]), labels))[:width]}
    best = next(iter(beam))
    return list(best), float(np.log(sum(beam[best])))


def beam_that_keeps_ten(log_probs, width, blank=0):
    return beam_as_a_list(log_probs, max(width, 10), blank)


def beam_in_single(log_probs, width, blank=0):
    return beam_as_a_list(log_probs.astype("float32").astype(float), width, blank)


def beam_by_length(log_probs, width, blank=0):
    """Equal ones: the shorter first."""
    return beam_as_a_list(log_probs, width, blank) if len(log_probs) > 1 else beam_of_best_path(log_probs, width, blank)


SORTED = "after.sort(key=lambda one: (-np.logaddexp(one[1], one[2]), one[0]))"
COMES = "start[0] if labels[-2:-1] == labels[-1:] else start[2]"

CTC_BEAM_SEARCH = Answers(
    correct=(beam_with_two_dicts, beam_as_a_list, beam_by_recursion),
    wrong=(
        slip(beam_as_a_list, COMES, "start[2]", "needs a blank between"),
        slip(beam_as_a_list, COMES, "start[0]"),
        slip(beam_as_a_list, "np.logaddexp(n, comes)", "np.logaddexp(both, comes)"),
        slip(beam_as_a_list, "np.logaddexp(n, comes)", "comes"),
        slip(beam_as_a_list, "np.logaddexp(n, comes)", "np.maximum(n, comes)"),
        slip(beam_as_a_list, "beam = after[:width]", "beam = after[:1]", "whatever width is"),
        slip(beam_as_a_list, "beam = after[:width]", "beam = after[-width:]", "the worst are kept"),
        slip(beam_as_a_list, "beam = after[:width]", "beam = after[: width + 1]", "one more than width"),
        slip(beam_as_a_list, SORTED, "after.sort(key=lambda one: (-one[2], one[0]))", "end in a blank count too"),
        slip(beam_as_a_list, SORTED, "after.sort(key=lambda one: (-max(one[1:]), one[0]))", "Both together count"),
        slip(
            beam_as_a_list, SORTED, "after.sort(key=lambda one: (-np.logaddexp(one[1], one[2]), [-k for k in one[0]]))"
        ),
        slip(beam_as_a_list, "float(np.logaddexp(b, n))", "float(n)", "end in a blank count too"),
        slip(beam_as_a_list, "float(np.logaddexp(b, n))", "float(b)", "end in a label count too"),
        slip(
            beam_as_a_list, "float(np.logaddexp(b, n))", "float(np.exp(np.logaddexp(b, n)))", "this is the probability"
        ),
        slip(beam_as_a_list, "float(np.logaddexp(b, n))", "-float(np.logaddexp(b, n))", "wrong sign"),
        slip(beam_as_a_list, "float(np.logaddexp(b, n))", "float(np.logaddexp(b, n)) / max(1, len(labels))", "divided"),
        slip(beam_as_a_list, "return list(labels)", "return tuple(map(str, labels))"),
        slip(beam_as_a_list, "T, K = log_probs.shape", "T, K = log_probs.shape\n    blank = 0", "whatever blank says"),
        slip(beam_as_a_list, "range(T)", "range(min(T, 100))"),
        slip(beam_with_two_dicts, "(ends_blank[labels] if repeated else total)", "total", "needs a blank between"),
        slip(beam_with_two_dicts, "if k == blank:", "if k == 0:"),
        slip(beam_with_two_dicts, "[*best[0]], scores[best[0]]", "[*best[0]]"),
        slip(beam_in_probabilities, "(b + n) * p\n                elif", "b * p\n                elif"),
        Wrong(beam_that_looks_at_alignments),
        Wrong(beam_of_the_whole),
        Wrong(beam_without_pruning),
        Wrong(beam_of_best_path, "this is the best path"),
        Wrong(beam_in_probabilities),
        Wrong(beam_that_keeps_ten),
        Wrong(beam_in_single),
        Wrong(beam_by_length),
    ),
    equivalent={
        "3:60: (0.0, -np.inf) → (-np.inf, 0.0)": "nothing is read yet: no class is held, and none comes a second time",
        "16:45: (-np.inf, -np.inf) → (-np.inf, -np.inf)": "the two are the same",
    },
)

# --- mixture_nll ---


def mixture_in_loops(params, target):
    total = 0.0
    for step, (x, y) in zip(params.astype(float), target.astype(float), strict=True):
        top = max(logit for logit, *_ in step)
        log_norm = top + math.log(sum(math.exp(logit - top) for logit, *_ in step))
        terms = []
        for logit, mu_x, mu_y, log_s_x, log_s_y, r in step:
            rho = math.tanh(r)
            z_x, z_y = (x - mu_x) / math.exp(log_s_x), (y - mu_y) / math.exp(log_s_y)
            exponent = -(z_x * z_x + z_y * z_y - 2 * rho * z_x * z_y) / (2 * (1 - rho * rho))
            outside = 2 * math.pi * math.exp(log_s_x + log_s_y) * math.sqrt(1 - rho * rho)
            terms.append(logit - log_norm + exponent - math.log(outside))
        total -= logsum(terms)
    return total


def mixture_by_conditionals(params, target):
    """x by itself, then y given x: its mean moves by rho z_x, its deviation is sqrt(1 - rho^2) of what it was."""
    params, target = params.astype(float), target.astype(float)

    def log_normal(z):
        return -0.5 * z * z - 0.5 * math.log(2 * math.pi)

    z_x = (target[:, None, 0] - params[..., 1]) * np.exp(-params[..., 3])
    z_y = (target[:, None, 1] - params[..., 2]) * np.exp(-params[..., 4])
    log_root = -np.log(np.cosh(params[..., 5]))
    z = (z_y - np.tanh(params[..., 5]) * z_x) * np.exp(-log_root)
    log_n = log_normal(z_x) - params[..., 3] + log_normal(z) - params[..., 4] - log_root
    joint = np.logaddexp.reduce(params[..., 0] + log_n, axis=-1) - np.logaddexp.reduce(params[..., 0], axis=-1)
    return float(-joint.sum())


def mixture_with_matrices(params, target):
    """By the covariance matrices and their inverses."""
    params, target = params.astype(float), target.astype(float)
    s = np.exp(params[..., 3:5])
    e = (target[:, None] - params[..., 1:3]) / s
    rho = np.tanh(params[..., 5])
    R = np.stack([np.stack([np.ones_like(rho), rho], -1), np.stack([rho, np.ones_like(rho)], -1)], -2)
    q = np.einsum("tmi,tmij,tmj->tm", e, np.linalg.inv(R), e)
    log_n = -q / 2 - np.log(2 * np.pi) - np.log(s).sum(-1) - np.linalg.slogdet(R)[1] / 2
    w = params[..., 0] - params[..., 0].max(axis=1, keepdims=True)
    log_w = w - np.log(np.exp(w).sum(axis=1, keepdims=True))
    top = (log_w + log_n).max(axis=1, keepdims=True)
    return -float((np.log(np.exp(log_w + log_n - top).sum(axis=1)) + top[:, 0]).sum())


def mixture_in_torch(params, target):
    import torch

    p, x = torch.tensor(np.array(params, dtype=float)), torch.tensor(np.array(target, dtype=float))
    s, rho = p[..., 3:5].exp(), p[..., 5].tanh()
    root = (1 - rho**2).sqrt()
    rows = [torch.stack([s[..., 0], torch.zeros_like(rho)], -1), torch.stack([rho * s[..., 1], root * s[..., 1]], -1)]
    normal = torch.distributions.MultivariateNormal(p[..., 1:3], scale_tril=torch.stack(rows, -2))
    mixed = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=p[..., 0]), normal)
    return -mixed.log_prob(x).sum().item()


def mixture_each_step(params, target):
    return [mixture_in_loops(params[t : t + 1], target[t : t + 1]) for t in range(len(target))]


def mixture_clipped(params, target):
    return mixture_in_loops(params, np.clip(target, -1e3, 1e3))


def mixture_with_careful_rho(params, target):
    params = params.copy()
    params[..., 5] = np.arctanh(0.98 * np.tanh(params[..., 5]))
    return mixture_in_loops(params, target)


def mixture_with_clipped_deviations(params, target):
    params = params.copy()
    params[..., 3:5] = np.clip(params[..., 3:5], -5, 3)
    return mixture_in_loops(params, target)


def mixture_at_least_zero(params, target):
    return max(0.0, mixture_in_loops(params, target))


def mixture_of_offsets(params, target):
    """The means are taken as offsets from the last point."""
    params = params.astype(float)
    params[1:, :, 1:3] += target[:-1, None]
    return mixture_in_loops(params, target)


def mixture_that_prepares(params, target):
    params[..., 5] = np.tanh(params[..., 5])
    params[..., 5] = np.arctanh(params[..., 5])
    params[..., 0] -= params[..., 0].max()
    return mixture_in_loops(params, target)


def mixture_in_single(params, target):
    return mixture_in_loops(params.astype("float32"), target.astype("float32"))


EXPONENT = "z_x * z_x + z_y * z_y - 2 * rho * z_x * z_y"
OUTSIDE = "2 * math.pi * math.exp(log_s_x + log_s_y) * math.sqrt(1 - rho * rho)"

MIXTURE_NLL = Answers(
    correct=(mixture_in_loops, mixture_by_conditionals, mixture_with_matrices, mixture_in_torch),
    wrong=(
        slip(mixture_in_loops, "return total", "return total / len(target)", "this is the mean"),
        slip(mixture_in_loops, "total -= ", "total += ", "the minus is missing"),
        slip(mixture_in_loops, "- 2 * rho", "+ 2 * rho", "has a minus"),
        slip(mixture_in_loops, "- 2 * rho", "- rho", "factor of 2"),
        slip(mixture_in_loops, "2 * math.pi *", "math.sqrt(2 * math.pi) *", "not by its root"),
        slip(mixture_in_loops, "2 * math.pi *", "", "2 pi is missing"),
        slip(mixture_in_loops, " * math.sqrt(1 - rho * rho)", "", "missing in the denominator"),
        slip(mixture_in_loops, "math.sqrt(1 - rho * rho)", "(1 - rho * rho)", "half its logarithm"),
        slip(mixture_in_loops, " / (2 * (1 - rho * rho))", " / 2", "yours is divided by 2 alone"),
        slip(mixture_in_loops, "(2 * (1 - rho * rho))", "(1 - rho * rho)", "the 2 is missing"),
        slip(mixture_in_loops, " * math.exp(log_s_x + log_s_y)", "", "divided by both deviations"),
        slip(mixture_in_loops, "logit - log_norm + exponent", "logit + exponent", "must add up to 1"),
        slip(mixture_in_loops, "logit - log_norm + exponent", "exponent", "the weights are left out"),
        slip(mixture_in_loops, "logsum(terms)", "max(terms)", "best component"),
        slip(mixture_in_loops, "logsum(terms)", "math.log(sum(map(math.exp, terms)))"),
        slip(mixture_in_loops, "logsum(terms)", "math.log(sum(map(math.exp, terms)) + 1e-12)", "costs too little"),
        slip(mixture_in_loops, "logsum(terms)", "sum(terms)"),
        slip(mixture_in_loops, "return total", "return total / math.log(2)", "in bits"),
        slip(mixture_in_loops, "(x, y)", "(y, x)", "changed places"),
        slip(
            mixture_in_loops, "mu_x, mu_y, log_s_x, log_s_y, r in", "mu_x, log_s_x, mu_y, log_s_y, r in", "the order of"
        ),
        slip(mixture_in_loops, "mu_y, log_s_x, log_s_y, r in", "mu_y, r, log_s_x, log_s_y in", "last of the six"),
        slip(mixture_in_loops, "return total", "return str(total)"),
        slip(mixture_by_conditionals, "np.tanh(params[..., 5]) * z_x", "params[..., 5] * z_x"),
        slip(mixture_by_conditionals, "- params[..., 4] - log_root", "- params[..., 4]"),
        slip(mixture_with_matrices, "np.linalg.inv(R)", "R"),
        slip(mixture_with_matrices, "- params[..., 0].max(axis=1, keepdims=True)", "", ""),
        Wrong(mixture_each_step),
        Wrong(mixture_clipped),
        Wrong(mixture_with_careful_rho),
        Wrong(mixture_with_clipped_deviations),
        Wrong(mixture_at_least_zero),
        Wrong(mixture_of_offsets),
        Wrong(mixture_that_prepares, "changes its argument params"),
        Wrong(mixture_in_single),
    ),
)

ANSWERS = {
    "ctc_collapse": CTC_COLLAPSE,
    "ctc_forward": CTC_FORWARD,
    "ctc_loss": CTC_LOSS,
    "ctc_beam_search": CTC_BEAM_SEARCH,
    "mixture_nll": MIXTURE_NLL,
}
