"""Answers to the exercises of chapter 13 (planned)."""

import functools
import heapq
import itertools

import numpy as np

from rnncourse.reference.ops import softmax
from tests.exercises.harness import Answers, Wrong, slip

# --- attention ---


def attention_by_loop(query, keys, values, mask):
    T, B, E = values.shape
    context, weights = np.zeros((B, E), dtype=values.dtype), np.zeros((T, B), dtype=values.dtype)
    for b in range(B):
        steps = [t for t in range(T) if mask[t, b]]
        scores = np.array([query[b] @ keys[t, b] for t in steps])
        e = np.exp(scores - scores.max())
        weights[steps, b] = e / e.sum()
        for t in steps:
            context[b] += weights[t, b] * values[t, b]
    return context, weights


def attention_with_matmul(query, keys, values, mask):
    K, V = np.moveaxis(keys, 0, 1), np.moveaxis(np.where(mask[:, :, None], values, 0), 0, 1)
    scores = np.matmul(K, query[:, :, None])[:, :, 0]
    scores = np.where(mask.T, scores, -np.inf)
    weights = softmax(scores)
    return np.matmul(weights[:, None], V)[:, 0], weights.T.copy()


def attention_with_a_masked_array(query, keys, values, mask):
    scores = np.ma.array((query * np.nan_to_num(keys)).sum(axis=-1), mask=~mask)
    e = np.ma.exp(scores - scores.max(axis=0))
    weights = np.asarray((e / e.sum(axis=0)).filled(0), dtype=query.dtype)
    kept = values.copy()
    kept[~mask] = 0
    return (weights[:, :, None] * kept).sum(axis=0), weights


def attention_by_logsumexp(query, keys, values, mask):
    scores = np.full(mask.shape, -np.inf, dtype=query.dtype)
    scores[mask] = np.einsum("nd,nd->n", keys[mask], np.broadcast_to(query, keys.shape)[mask])
    top = scores.max(axis=0)
    weights = np.exp(scores - top - np.log(np.exp(scores - top).sum(axis=0)))
    return sum(np.where(m[:, None], w[:, None] * v, 0) for m, w, v in zip(mask, weights, values, strict=True)), weights


def attention_in_torch(query, keys, values, mask):
    import torch

    q, k, v, m = (torch.tensor(a) for a in (query, keys, values, mask))
    scores = torch.einsum("bd,tbd->tb", q, k).masked_fill(~m, -torch.inf)
    weights = scores.softmax(dim=0)
    context = torch.einsum("tb,tbe->be", weights, v.masked_fill(~m[..., None], 0))
    return context.numpy(), weights.numpy()


def attention_without_a_largest(query, keys, values, mask):
    """Each weight by the differences to all scores: no exp of a large number that matters."""
    scores = np.where(mask, (query * keys).sum(axis=2), -np.inf)
    with np.errstate(over="ignore"):
        weights = np.where(mask, 1 / np.exp(scores[None] - np.where(mask, scores, 0)[:, None]).sum(axis=1), 0)
    return np.einsum("tb,tbe->be", weights, np.where(mask[..., None], values, 0)), weights


def attention_with_small_leftovers(query, keys, values, mask):
    context, weights = attention_by_loop(query, keys, values, mask)
    return context, np.where(mask, weights, 1e-12).astype(weights.dtype)


def attention_that_cleans_its_arguments(query, keys, values, mask):
    values[~mask] = 0
    return attention_by_loop(query, keys, values, mask)


def attention_to_a_prefix(query, keys, values, mask):
    n = mask.sum(axis=0)
    return attention_by_loop(query, keys, values, np.arange(len(mask))[:, None] < n)


def attention_to_the_whole(query, keys, values, mask):
    return attention_by_loop(query, keys, values, np.ones_like(mask))


def attention_clipped(query, keys, values, mask):
    scores = np.where(mask, np.clip((query * keys).sum(axis=2), -500, 500), -np.inf)
    e = np.exp(scores - scores.max(axis=0))
    weights = e / e.sum(axis=0)
    return np.einsum("tb,tbe->be", weights, np.where(mask[..., None], values, 0)), weights


LOOP_SCORE, LOOP_SOFTMAX = "query[b] @ keys[t, b]", "np.exp(scores - scores.max())"
MATMUL_VALUES = "np.where(mask[:, :, None], values, 0)"

ATTENTION = Answers(
    correct=(
        attention_by_loop,
        attention_with_matmul,
        attention_with_a_masked_array,
        attention_by_logsumexp,
        attention_in_torch,
        attention_without_a_largest,
    ),
    wrong=(
        slip(attention_by_loop, LOOP_SOFTMAX, "np.exp(scores)", "overflows"),
        slip(attention_by_loop, LOOP_SCORE, f"{LOOP_SCORE} / np.sqrt(len(query[b]))", "not scaled"),
        slip(attention_by_loop, "if mask[t, b]]", "if not mask[t, b] or mask[:, b].all()]"),
        slip(attention_by_loop, "e / e.sum()", "e", "not normalised"),
        slip(
            attention_with_matmul, "np.where(mask.T, scores, -np.inf)", "np.where(mask.T, scores, 0.0)", "exp(0) is 1"
        ),
        slip(attention_with_matmul, MATMUL_VALUES, "values", "0 times NaN is NaN"),
        slip(attention_with_matmul, "weights.T.copy()", "weights", "time stands first"),
        slip(attention_with_matmul, "softmax(scores)", "softmax(scores.T).T", "NaN"),
        slip(
            attention_with_matmul,
            "np.matmul(weights[:, None], V)[:, 0], weights.T.copy()",
            "weights.T.copy(), np.matmul(weights[:, None], V)[:, 0]",
            "changed places",
        ),
        slip(attention_with_matmul, "np.matmul(weights[:, None], V)[:, 0]", "V.mean(axis=1)"),
        slip(
            attention_with_matmul,
            "np.matmul(weights[:, None], V)[:, 0]",
            "V[range(len(V)), weights.argmax(axis=1)]",
            "best step alone",
        ),
        slip(attention_with_matmul, "np.where(mask.T, scores, -np.inf)", "np.where(mask.T, scores, -30.0)"),
        slip(attention_with_matmul, "return np", "weights = weights.round(6)\n    return np"),
        Wrong(attention_with_small_leftovers, "expected exactly 0"),
        Wrong(attention_that_cleans_its_arguments, "changes its argument values"),
        Wrong(attention_to_a_prefix),
        Wrong(attention_to_the_whole),
        Wrong(attention_clipped),
        slip(attention_by_logsumexp, "weights = np.exp(scores - top -", "weights = np.exp(scores -"),
        slip(attention_in_torch, "v.masked_fill(~m[..., None], 0)", "k", ""),
    ),
    equivalent={
        "6:81: 0 → 1": "its weight is 0, whatever stands for a masked value",
        "6:81: 0 → -1": "its weight is 0, whatever stands for a masked value",
    },
    impossible={
        "right unless mask has a row without True": "every column of mask has a True",
    },
)

# --- greedy_decode ---


def greedy_with_for(step, state, start, end, limit):
    symbols, last = [], start
    for _ in range(limit):
        log_probs, state = step(state, last)
        last = int(log_probs.argmax())
        if last == end:
            return symbols
        symbols.append(last)
    return symbols


def greedy_by_recursion(step, state, start, end, limit):
    if limit == 0:
        return []
    log_probs, state = step(state, start)
    best = max(range(len(log_probs)), key=lambda k: log_probs[k])
    return [] if best == end else [best, *greedy_by_recursion(step, state, best, end, limit - 1)]


def greedy_with_a_generator(step, state, start, end, limit):
    def speak(state, symbol):
        while True:
            log_probs, state = step(state, symbol)
            symbol = log_probs.tolist().index(max(log_probs.tolist()))
            yield symbol

    return list(itertools.takewhile(lambda symbol: symbol != end, itertools.islice(speak(state, start), limit)))


def greedy_that_cuts_afterwards(step, state, start, end, limit):
    said = [start]
    while len(said) <= limit:
        p, state = step(state, said[-1])
        said.append(np.argsort(-np.asarray(p, dtype=float), kind="stable")[0])
    said = [int(k) for k in said[1:]]
    return said[: said.index(end)] if end in said else said


def greedy_that_never_ends(step, state, start, end, limit):
    symbols, last = [], start
    while True:
        log_probs, state = step(state, last)
        last = int(log_probs.argmax())
        if last == end:
            return symbols
        symbols.append(last)


def greedy_that_forgets_after_twenty(step, state, start, end, limit):
    return greedy_with_for(step, state, start, end, min(limit, 20))


def greedy_of_arrays_alone(step, state, start, end, limit):
    return greedy_with_for(step, np.asarray(state), start, end, limit)


def greedy_that_asks_for_true_states(step, state, start, end, limit):
    return greedy_with_for(step, state or 0, start, end, limit)


def greedy_by_rounded(step, state, start, end, limit):
    return greedy_with_for(lambda s, k: (lambda p, after: (p.round(6), after))(*step(s, k)), state, start, end, limit)


FOUND = "last = int(log_probs.argmax())"
KEPT = "        if last == end:\n            return symbols\n        symbols.append(last)"

GREEDY_DECODE = Answers(
    correct=(
        greedy_with_for,
        greedy_by_recursion,
        greedy_with_a_generator,
        greedy_that_cuts_afterwards,
    ),
    wrong=(
        slip(
            greedy_with_for,
            KEPT,
            "        symbols.append(last)\n        if last == end:\n            return symbols",
            "the end is in the list",
        ),
        slip(greedy_with_for, "symbols, last = [], start", "symbols, last = [start], start"),
        slip(greedy_with_for, "step(state, last)", "step(state, start)", "start is fed in at every step"),
        slip(greedy_with_for, "log_probs, state = step", "log_probs, _ = step", "the state is not carried"),
        slip(greedy_with_for, "argmax", "argmin", "least probable"),
        slip(greedy_with_for, "range(limit)", "range(limit + 1)", "one symbol too many"),
        slip(greedy_with_for, "range(limit)", "range(limit - 1)", "one symbol too few"),
        slip(greedy_with_for, KEPT, "        symbols.append(last)", "does not stop it"),
        slip(greedy_with_for, FOUND, "last = int(len(log_probs) - 1 - log_probs[::-1].argmax())", "the last is taken"),
        slip(greedy_with_for, "if last == end", "if last in (start, end)", "Only the end does"),
        slip(
            greedy_with_for,
            FOUND,
            "log_probs[start] = -np.inf\n        last = int(log_probs.argmax())",
            "start is never taken",
        ),
        slip(
            greedy_with_for,
            FOUND,
            "last = int(np.random.choice(len(log_probs), p=np.exp(log_probs) / np.exp(log_probs).sum()))",
            "np.random",
        ),
        slip(greedy_with_for, FOUND, "last = float(log_probs.argmax())"),
        slip(
            greedy_with_for,
            FOUND,
            "last = int((log_probs + log_probs.max() / 1000 * np.arange(len(log_probs))).argmax())",
        ),
        slip(greedy_with_for, "return symbols\n        symbols", "return symbols, state\n        symbols"),
        slip(greedy_by_recursion, "[best, *", "[*"),
        slip(greedy_by_recursion, "limit == 0", "limit == 1"),
        slip(greedy_that_cuts_afterwards, "said[1:]", "said"),
        slip(
            greedy_that_cuts_afterwards,
            "said[: said.index(end)]",
            "said[: said.index(end) + 1]",
            "the end is in the list",
        ),
        Wrong(greedy_that_never_ends, "did not return within"),
        Wrong(greedy_that_forgets_after_twenty),
        Wrong(greedy_of_arrays_alone),
        Wrong(greedy_that_asks_for_true_states),
        Wrong(greedy_by_rounded),
    ),
)

# --- beam_search ---


def beam_with_lists(step, state, start, end, width, limit):
    alive, done = [([], 0.0, state, start)], []
    for _ in range(limit):
        candidates = []
        for symbols, total, s, last in alive:
            log_probs, after = step(s, last)
            for k in range(len(log_probs)):
                candidates.append(([*symbols, k], total + float(log_probs[k]), after, k))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        alive = []
        for candidate in candidates[:width]:
            if candidate[3] == end:
                done.append((candidate[0][:-1], candidate[1]))
            else:
                alive.append(candidate)
        if not alive:
            break
    done += [(symbols, total) for symbols, total, _, _ in alive]
    return min(done, key=lambda d: (-d[1], d[0]))


def beam_with_places_filled_at_once(step, state, start, end, width, limit):
    alive, best = [(0.0, (), state)], None
    for _ in range(limit):
        everything = []
        for total, symbols, s in alive:
            p, after = step(s, symbols[-1] if symbols else start)
            everything += [(-(total + float(p[k])), (*symbols, k), after) for k in range(len(p))]
        alive = []
        for cost, symbols, s in sorted(everything, key=lambda one: one[:2]):
            if len(alive) == width:
                break
            if symbols[-1] == end:
                best = min(best or (cost, symbols[:-1]), (cost, symbols[:-1]))
            else:
                alive.append((-cost, symbols, s))
        if best and (not alive or -best[0] > alive[0][0]):
            return list(best[1]), -best[0]
    cost, symbols = min([(-total, symbols) for total, symbols, _ in alive] + ([best] if best else []))
    return list(symbols), -cost


def beam_with_a_heap(step, state, start, end, width, limit):
    beam, finished = {(): (0.0, state)}, {}
    while beam:
        table = {}
        for symbols, (total, s) in beam.items():
            log_probs, after = step(s, (start, *symbols)[-1])
            table.update({(*symbols, k): (total + lp, after) for k, lp in enumerate(log_probs.tolist())})
        best = heapq.nsmallest(width, table, key=lambda symbols: (-table[symbols][0], symbols))
        beam = {}
        for symbols in best:
            if symbols[-1] == end:
                finished[symbols[:-1]] = table[symbols][0]
            elif len(symbols) == limit:
                finished[symbols] = table[symbols][0]
            else:
                beam[symbols] = table[symbols]
    winner = min(finished, key=lambda symbols: (-finished[symbols], symbols))
    return [*winner], finished[winner]


def beam_with_arrays(step, state, start, end, width, limit):
    """Sums as one array (open ones, symbols); np.lexsort puts equal ones in the order of their symbols."""
    totals, said, states, ended = np.zeros(1), np.zeros((1, 0), dtype=int), [state], []
    for n in range(limit):
        stepped = [step(s, int(row[-1]) if n else start) for s, row in zip(states, said, strict=True)]
        table = totals[:, None] + np.array([p for p, _ in stepped], dtype=float)
        K = table.shape[1]
        rows = np.concatenate([np.repeat(said, K, axis=0), np.tile(np.arange(K), len(said))[:, None]], axis=1)
        order = np.lexsort((*rows.T[::-1], -table.ravel()))[:width]
        for place in order[rows[order, -1] == end]:
            ended.append((-table.ravel()[place], rows[place, :-1].tolist()))
        order = order[rows[order, -1] != end]
        totals, said, states = table.ravel()[order], rows[order], [stepped[place // K][1] for place in order]
        if not len(order):
            break
    ended += [(-total, row.tolist()) for total, row in zip(totals, said, strict=True)]
    cost, symbols = min(ended)
    return symbols, float(-cost)


def beam_that_forgets_after_ten(step, state, start, end, width, limit):
    return beam_with_lists(step, state, start, end, width, min(limit, 10))


def beam_of_four_at_most(step, state, start, end, width, limit):
    return beam_with_lists(step, state, start, end, min(width, 4), limit)


def beam_of_everything(step, state, start, end, width, limit):
    return beam_with_lists(step, state, start, end, 10 * width, limit)


def beam_of_each_alone(step, state, start, end, width, limit):
    """The best few first symbols, each gone on with greedily."""
    log_probs, after = step(state, start)
    found = []
    for k in np.argsort(-log_probs, kind="stable")[:width]:
        symbols, total, s = [], float(log_probs[k]), after
        last = int(k)
        while last != end:
            symbols.append(last)
            if len(symbols) == limit:
                break
            p, s = step(s, last)
            last = int(p.argmax())
            total += float(p[last])
        found.append((-total, symbols))
    cost, symbols = min(found)
    return symbols, -cost


def beam_that_is_greedy(step, state, start, end, width, limit):
    return beam_with_lists(step, state, start, end, 1, limit)


def beam_with_rounded_sums(step, state, start, end, width, limit):
    symbols, total = beam_with_lists(step, state, start, end, width, limit)
    return symbols, round(total, 4)


LATEST = "if not alive:"
TAKEN = "total + float(log_probs[k])"

BEAM_SEARCH = Answers(
    correct=(
        beam_with_lists,
        beam_with_places_filled_at_once,
        beam_with_a_heap,
        beam_with_arrays,
    ),
    wrong=(
        slip(
            beam_with_lists,
            "if not alive:",
            "if not alive or len(done) >= width:\n            alive = [] if done else alive",
            "width of them have ended",
        ),
        slip(
            beam_with_lists,
            "if not alive:",
            "if not alive or done:\n            alive = [] if done else alive",
            "the first one ends",
        ),
        slip(beam_with_lists, "candidates[:width]", "candidates[: width - len(done)]", "keep their places"),
        slip(beam_with_lists, TAKEN, "total + float(log_probs[k]) * (k != end)", "end's own"),
        slip(beam_with_lists, "after, k))", "s, k))", "the state before its last symbol"),
        slip(beam_with_lists, "step(s, last)", "step(s, start)", "start is fed in"),
        slip(beam_with_lists, "candidate[0][:-1]", "candidate[0]", "the end is among the symbols"),
        slip(
            beam_with_lists,
            "for symbols, total, _, _ in alive]",
            "for symbols, total, _, _ in alive if not done]",
            "only where none has ended",
        ),
        slip(beam_with_lists, "candidates[:width]", "candidates[:1]", "one beginning is kept"),
        slip(beam_with_lists, "range(limit)", "range(limit - 1)"),
        slip(beam_with_lists, "range(limit)", "range(limit + 1)", "one symbol too many"),
        slip(beam_with_lists, "(-c[1], c[0])", "(-c[1], [-k for k in c[0]])", "larger symbols are kept"),
        slip(beam_with_lists, "key=lambda d: (-d[1], d[0])", "key=lambda d: -d[1] / max(1, len(d[0]))"),
        slip(
            beam_with_lists,
            "range(len(log_probs))",
            "[k for k in range(len(log_probs)) if k != start]",
            "start is never chosen",
        ),
        slip(beam_with_lists, TAKEN, "total + float(np.exp(log_probs[k]))", "probabilities are added"),
        slip(beam_with_lists, "(-c[1], c[0])", "(c[1], c[0])"),
        slip(beam_with_lists, TAKEN, "float(log_probs[k])"),
        slip(beam_with_a_heap, "finished[symbols[:-1]] =", "finished[symbols[:-1] or (end,)] ="),
        slip(
            beam_with_a_heap, "return [*winner], finished[winner]", "return [*winner], -finished[winner]", "wrong sign"
        ),
        slip(beam_with_a_heap, "return [*winner], finished[winner]", "return [*winner]"),
        slip(beam_with_a_heap, "(start, *symbols)[-1]", "(symbols or (end,))[-1]"),
        Wrong(beam_that_is_greedy, "one beginning is kept"),
        Wrong(beam_that_forgets_after_ten),
        Wrong(beam_of_four_at_most),
        Wrong(beam_of_everything),
        Wrong(beam_of_each_alone),
        Wrong(beam_with_rounded_sums),
    ),
    equivalent={
        "10:54: 2 → 3": "no two have the same symbols, so that states are never compared",
        "12:53: 1 → 0": "what goes on after its end costs no less than it, so that it keeps out nothing that can win",
    },
)

# --- edit_distance ---


def distance_with_a_table(a, b):
    d = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    d[:, 0], d[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            change = 0 if a[i - 1] == b[j - 1] else 1
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + change)
    return int(d[-1, -1])


def distance_by_recursion(a, b):
    @functools.cache
    def d(i, j):
        if not i or not j:
            return i + j
        if a[i - 1] == b[j - 1]:
            return d(i - 1, j - 1)
        return 1 + min(d(i - 1, j), d(i, j - 1), d(i - 1, j - 1))

    return d(len(a), len(b))


def distance_by_diagonals(a, b):
    """Ukkonen: how far along each diagonal k = j - i one gets with e changes."""
    n, m = len(a), len(b)
    far = {0: -1}
    for e in itertools.count():
        reach = {}
        for k in range(-e, e + 1):
            i = max(far.get(k, -2) + 1, far.get(k - 1, -2), far.get(k + 1, -2) + 1) if e else 0
            while 0 <= i < n and 0 <= i + k < m and a[i] == b[i + k]:
                i += 1
            reach[k] = min(i, n, m - k)
        if reach.get(m - n, -1) >= n:
            return e
        far = reach


def distance_by_search(a, b):
    """The cheapest way through a grid, cell by cell (Dijkstra)."""
    heap, seen = [(0, 0, 0)], set()
    while True:
        cost, i, j = heapq.heappop(heap)
        if (i, j) == (len(a), len(b)):
            return cost
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i < len(a):
            heapq.heappush(heap, (cost + 1, i + 1, j))
        if j < len(b):
            heapq.heappush(heap, (cost + 1, i, j + 1))
        if i < len(a) and j < len(b):
            heapq.heappush(heap, (cost + (a[i] != b[j]), i + 1, j + 1))


def distance_a_row_at_once(a, b):
    row = np.arange(len(b) + 1)
    for i, item in enumerate(a, start=1):
        change = np.array([item != other for other in b], dtype=int)
        best = np.minimum(row[1:] + 1, row[:-1] + change)
        new = np.concatenate([[i], best]) - np.arange(len(b) + 1)
        row = np.minimum.accumulate(new) + np.arange(len(b) + 1)
    return int(row[-1])


def distance_without_memory(a, b):
    if not len(a) or not len(b):
        return len(a) + len(b)
    change = distance_without_memory(a[:-1], b[:-1]) + (a[-1] != b[-1])
    return min(change, 1 + distance_without_memory(a[:-1], b), 1 + distance_without_memory(a, b[:-1]))


def distance_by_difflib(a, b):
    import difflib

    parts = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in parts if tag != "equal")


def distance_of_joined(a, b):
    return distance_with_a_table("".join(map(str, a)), "".join(map(str, b)))


def distance_from_common_ends(a, b):
    while len(a) and len(b) and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while len(a) and len(b) and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b))


def distance_of_fifty(a, b):
    return distance_with_a_table(a[:60], b[:60])


def distance_of_normal_forms(a, b):
    import unicodedata

    if isinstance(a, str):
        a, b = unicodedata.normalize("NFC", a), unicodedata.normalize("NFC", b)
    return distance_with_a_table(a, b)


def distance_of_types(a, b):
    return distance_with_a_table([(type(x), x) for x in a], [(type(x), x) for x in b])


SMALLEST = "min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + change)"

EDIT_DISTANCE = Answers(
    correct=(
        distance_with_a_table,
        distance_by_recursion,
        distance_by_diagonals,
        distance_by_search,
        distance_a_row_at_once,
    ),
    wrong=(
        slip(distance_with_a_table, "b[j - 1] else 1", "b[j - 1] else 2", "It costs 1"),
        slip(
            distance_with_a_table,
            "d[:, 0], d[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)",
            "d[:, 0] = np.arange(len(a) + 1)",
            "first row is 0",
        ),
        slip(
            distance_with_a_table,
            "d[:, 0], d[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)",
            "d[0] = np.arange(len(b) + 1)",
            "first column is 0",
        ),
        slip(distance_with_a_table, "d[i, j - 1] + 1, ", "", "nothing can be put in"),
        slip(distance_with_a_table, "min(d[i - 1, j] + 1, ", "min(", "nothing can be taken out"),
        slip(distance_with_a_table, "0 if a[i - 1] == b[j - 1] else 1", "1", "costs nothing"),
        slip(distance_with_a_table, "int(d[-1, -1])", "d[-1, -1] / max(len(a), len(b), 1)", "The number of changes"),
        slip(distance_with_a_table, "int(d[-1, -1])", "max(len(a), len(b)) - int(d[-1, -1])", "stay as they are"),
        slip(distance_with_a_table, "int(d[-1, -1])", "float(d[-1, -1])"),
        slip(distance_with_a_table, "int(d[-1, -1])", "int(d[-1].min())"),
        slip(distance_with_a_table, "a[i - 1] == b[j - 1]", "str(a[i - 1]) == str(b[j - 1])", "compared as text"),
        slip(
            distance_with_a_table, "a[i - 1] == b[j - 1]", "str(a[i - 1]).lower() == str(b[j - 1]).lower()", "capitals"
        ),
        slip(distance_with_a_table, "a[i - 1] == b[j - 1]", "a[i - 1] is b[j - 1]"),
        Wrong(lambda a, b: sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b)), "place by place"),
        Wrong(lambda a, b: len(set(a) ^ set(b)), "order of the items"),
        Wrong(distance_without_memory, "did not return within"),
        Wrong(distance_by_difflib),
        Wrong(distance_of_joined),
        Wrong(distance_from_common_ends),
        Wrong(distance_of_fifty),
        Wrong(distance_of_normal_forms),
        Wrong(distance_of_types),
    ),
)

ANSWERS = {
    "attention": ATTENTION,
    "greedy_decode": GREEDY_DECODE,
    "beam_search": BEAM_SEARCH,
    "edit_distance": EDIT_DISTANCE,
}
