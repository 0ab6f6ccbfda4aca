"""Exercises of chapter 13: attention, greedy decoding, beam search, the distance between two sequences."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnncourse.checks.cases import ORDINARY, Case, Draw, draws
from rnncourse.checks.compare import Spec, differences
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.slip import Slip
from rnncourse.checks.tolerance import FLOAT32_TOLERANCE, Tolerance
from rnncourse.exercises._decoders import FORMS, Network, by_table, random_table, searches
from rnncourse.reference.attention import dot_attention_forward
from rnncourse.reference.decoding import beam_search as package_beam_search
from rnncourse.reference.decoding import greedy_decode
from rnncourse.reference.metrics import edit_distance

CHAPTER = "13_seq2seq"
Array = np.ndarray


def attention(query: Array, keys: Array, values: Array, mask: Array) -> tuple[Array, Array]:
    """The mean of the values, each weighed by how well its key fits the query."""
    scores = np.where(mask, np.einsum("bd,tbd->tb", query, keys), -np.inf)
    e = np.exp(scores - scores.max(axis=0))
    weights = e / e.sum(axis=0)
    context = np.einsum("tb,tbe->be", weights, np.where(mask[..., None], values, 0))
    return context, weights


def _mask(draw: Draw) -> Array:
    """As `Draw.mask` has it, and no column without a True."""
    mask = draw.mask()
    empty = np.flatnonzero(~mask.any(axis=0))
    mask[draw.rng.integers(0, draw.T, len(empty)), empty] = True
    return mask


def _attention_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Masks that are a prefix, have holes, are all True, leave one step; masked steps that hold NaN or huge numbers.

    Scores of ±1000 and beyond, equal ones, all far below 0 where a masked score would be the largest.
    """
    for draw in draws(rng, "TBDE"):
        query, keys, values, mask = draw.array("BD"), draw.array("TBD"), draw.array("TBE"), _mask(draw)
        if draw.kind == ORDINARY:
            mask[:, 1] = np.arange(draw.T) < draw.T // 2  # one that ends early
        yield draw.case(query, keys, values, mask)
        if draw.kind != "other random sizes":
            continue
        sizes, T, B = draw.label.partition(":")[2], draw.T, draw.B
        yield Case((query, keys, values, np.ones((T, B), bool)), f"all True:{sizes}")
        yield Case((query, keys, values, np.arange(T)[:, None] == draw.integers("B", T)), f"one step each:{sizes}")
        yield Case((query, keys, values, np.arange(T)[:, None] >= T - 2 + 0 * draw.integers("B", T)), f"late:{sizes}")
        bad_keys, bad_values = keys.copy(), values.copy()
        bad_keys[~mask] = bad_values[~mask] = np.nan
        yield Case((query, keys, bad_values, mask), f"{NAN} in values:{sizes}")
        yield Case((query, bad_keys, bad_values, mask), f"{NAN}:{sizes}")
        huge = np.where(mask[..., None], keys, 1e4 * query)  # the largest score by far, and masked
        yield Case((query, huge, values, mask), f"masked keys that fit best:{sizes}")
        along = query / (query**2).sum(axis=1, keepdims=True)
        below = np.where(mask, draw.rng.uniform(-1003, -997, (T, B)), 0.0)[..., None] * along
        yield Case((query, below, values, mask), f"scores about -1000:{sizes}")
        yield Case((query, -below, values, mask), f"scores about 1000:{sizes}")
        spread = draw.rng.uniform(-1000, 1000, (T, B))[..., None] * along
        yield Case((query, spread, values, mask), f"scores from -1000 to 1000:{sizes}")
        yield Case((query, 0 * keys + keys[:1], values, mask), f"equal keys:{sizes}")
        yield Case((0.01 * query, keys, values, mask), f"weights almost equal:{sizes}")


NAN = "NaN where masked"
_ATTENTION_SPECS = (Spec("context", ("B", "E")), Spec("weights", ("T", "B")))


def _judge_attention(case: Case, value: Any, expected: Any) -> str:
    """The usual comparison; and a masked step's weight is 0, not merely small."""
    tolerance = Tolerance(FLOAT32_TOLERANCE if case.dtype == "float32" else 1e-9)
    found = [difference.message for difference in differences(value, expected, _ATTENTION_SPECS, tolerance)]
    if not found and (outside := np.argwhere((value[1] != 0) & ~case.args[3])).size:
        t, b = (int(k) for k in outside[0])
        found = [f"weights[{t}, {b}] is {value[1][t, b]:.3g} where the mask is False; expected exactly 0."]
    return "\n".join(found)


ATTENTION = Exercise(
    reference=attention,
    package=dot_attention_forward,
    judge=_judge_attention,
    difficulty="complete",
    statement="Attention by the dot product, for a batch. The score of step t is the dot product of the query and of "
    "keys[t], not scaled. The weights are the softmax of the scores over the steps where mask is True; elsewhere a "
    "weight is exactly 0, whatever keys and values hold there, NaN included. The context is the sum of the values, "
    "each times its weight. Every column of mask has a True. Scores may be as large as 1000 and larger.",
    inputs=("query (B, D)", "keys (T, B, D)", "values (T, B, E)", "mask (T, B) bool"),
    outputs=("context (B, E)", "weights (T, B)"),
    cases=_attention_cases,
    hints=(
        'All scores at once: np.einsum("bd,tbd->tb", query, keys), or (query * keys).sum(axis=2). They are (T, B).',
        "A masked score becomes -np.inf (np.where): its exponential is exactly 0. Then subtract each column's largest "
        "score before you take exp, so that nothing overflows.",
        "Weights are normalised over the steps, axis 0. 0 times NaN is NaN: put 0 for masked values with "
        "np.where(mask[..., None], values, 0) before you add them up.",
    ),
    slips=(
        Slip(
            "the softmax runs over the batch, axis 1. It runs over the steps of one sequence, axis 0.",
            ("e.sum(axis=0)", "e.sum(axis=1, keepdims=True)"),
        ),
        Slip(
            "the mask is not used: padding gets weight.",
            ("np.where(mask, np.einsum", "np.where(True, np.einsum"),
            ("np.where(mask[..., None], values, 0)", "values"),
        ),
        Slip(
            "the mask is used after the softmax: the weights that are left no longer add up to 1.",
            ("np.where(mask, np.einsum", "np.where(True, np.einsum"),
            ("e / e.sum(axis=0)", "np.where(mask, e / e.sum(axis=0), 0)"),
        ),
        Slip(
            "a masked score is 0, and exp(0) is 1: it must be minus infinity before the softmax.",
            ("-np.inf", "0"),
        ),
        Slip(
            "the mask is turned round: True marks the steps that count.",
            ("np.where(mask, np.einsum", "np.where(~mask, np.einsum"),
            ("np.where(mask[..., None]", "np.where(~mask[..., None]"),
        ),
        Slip(
            "0 times NaN is NaN: what masked steps hold in values gets into the context. Put 0 in their place first.",
            ("np.where(mask[..., None], values, 0)", "values"),
        ),
        Slip(
            "exp overflows: subtract each column's largest score before it.",
            ("np.exp(scores - scores.max(axis=0))", "np.exp(scores)"),
        ),
        Slip(
            "the largest score is taken over masked steps too: all that is left underflows, and 0 / 0 is NaN.",
            ("scores.max(axis=0)", 'np.einsum("bd,tbd->tb", query, keys).max(axis=0)'),
        ),
        Slip(
            "the scores are divided by the square root of D, as a transformer does. Here they are not scaled.",
            ('"bd,tbd->tb", query, keys)', '"bd,tbd->tb", query, keys) / np.sqrt(query.shape[1])'),
        ),
        Slip(
            "the context is the value of the best step alone. Attention takes all of them, each times its weight.",
            ('np.einsum("tb,tbe->be", weights,', 'np.einsum("tb,tbe->be", 1.0 * (weights == weights.max(axis=0)),'),
        ),
        Slip(
            "the context is divided by the number of steps: the weights add up to 1 already.",
            ("values, 0))", "values, 0)) / len(keys)"),
        ),
        Slip(
            "the weights are (B, T); time stands first, (T, B).",
            ("return context, weights", "return context, weights.T"),
        ),
        Slip("context and weights have changed places.", ("return context, weights", "return weights, context")),
        Slip(
            "these are the scores, with exp and not normalised: divide by their sum over the steps.",
            ("e / e.sum(axis=0)", "e"),
        ),
        Slip(
            "these are sigmoids of the scores. The weights of a sequence share 1: a softmax.",
            ("e / e.sum(axis=0)", "1 / (1 + np.exp(-scores))"),
        ),
    ),
)


def _greedy_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Answers of no symbol, of some, of as many as the limit; the end anywhere, the start said again; equal symbols.

    States that are arrays, tuples, dicts, None, (): nobody but step may look into them. Two to forty symbols.
    """

    def decoder(K: int, start: int, end: int, limit: int, holds: Callable[[list[int]], bool], **options: Any) -> Case:
        while True:
            step = Network(rng, K, **options)
            found = greedy_decode(step, step.first, start, end, limit)
            if holds(found) and _lead(step, start, end, limit) > (1e-3 if options.get("dtype") else 1e-6):
                return Case((step, step.first, start, end, limit), "", options.get("dtype", "float64"))

    def label(text: str, case: Case) -> Case:
        step, state, start, end, limit = case.args
        return Case((step, state, start, end, limit), f"{text}: start={start}, end={end}, limit={limit}", case.dtype)

    def some(found: list[int]) -> bool:
        return 2 < len(found) < 8 and len(set(found)) > 2

    for text in ("random symbols", "the same numbers again"):
        yield label(text, decoder(6, 1, 2, 12, some))
    for form in FORMS[1:]:
        yield label(f"the state is {form}", decoder(7, 3, 0, 15, some, form=form))
    yield replace(label("a state that is read-only", decoder(7, 3, 0, 15, some)), layout="read-only")
    yield label("single precision", decoder(6, 0, 4, 12, some, dtype="float32"))
    yield label("the end at once", decoder(5, 2, 1, 10, lambda found: not found))
    yield label("one symbol", decoder(5, 1, 3, 10, lambda found: len(found) == 1))
    yield label("the end never comes", decoder(6, 1, 0, 9, lambda found: len(found) == 9 and len(set(found)) > 3))
    yield label("the end would be next", decoder(6, 4, 0, 5, _ends_after(5)))
    yield label("the end is the last that fits", decoder(6, 1, 2, 5, lambda found: len(found) == 4))
    yield label("a limit of one", decoder(5, 3, 1, 1, lambda found: len(found) == 1))
    yield label("the start is said", decoder(5, 1, 2, 14, lambda found: some(found) and 1 in found))
    yield label("the start is said first", decoder(5, 3, 2, 14, lambda found: some(found) and found[0] == 3))
    yield label("the symbol 0 is said", decoder(6, 1, 2, 14, lambda found: some(found) and 0 in found))
    yield label("a symbol twice in a row", decoder(6, 1, 2, 14, lambda f: some(f) and (np.diff(f) == 0).any()))
    yield label("the last symbol is the end", decoder(7, 0, 6, 14, some))
    yield label("forty symbols", decoder(40, 38, 39, 30, lambda found: len(found) > 4))
    yield label("forty symbols, the end first", decoder(40, 20, 0, 30, lambda found: len(found) > 2))
    yield label("two symbols", decoder(2, 0, 1, 6, lambda found: 0 < len(found) < 6, sharpness=3.0))
    yield label("large logits", decoder(8, 1, 2, 20, some, sharpness=500.0))
    yield label("a hundred steps", decoder(9, 1, 2, 100, lambda found: len(found) == 100 and len(set(found)) > 3))
    near, K = 1e-9, 5
    rows: dict[tuple[int, ...], dict[int, float]] = {
        (): {1: -1.25, 3: -1.25, 4: -1.25},
        (1,): {2: -1.0 - near, 4: -1.0},
        (1, 4): {3: -0.5, 0: -np.inf},
        (1, 4, 3): {0: -0.25},
    }
    step = by_table(K, rows)
    yield Case((step, step.first, 2, 0, 9), "equal ones, close ones, impossible ones: start=2, end=0, limit=9")
    step = by_table(K, {(): {0: -0.75, 3: -0.75}})
    yield Case((step, step.first, 2, 0, 9), "the end is as good as another: start=2, end=0, limit=9")
    step = by_table(K, {(): {0: -0.75, 3: -0.75}, (0,): {1: -0.75, 3: -0.75}, (0, 1): {3: -0.1}})
    yield Case((step, step.first, 2, 3, 9), "another is as good as the end: start=2, end=3, limit=9")


def _ends_after(limit: int) -> Callable[[list[int]], bool]:
    return lambda found: len(found) == limit and len(set(found)) > 2


def _lead(step: Any, start: int, end: int, limit: int) -> float:
    """By how much the best symbol leads, at least."""
    state, symbol, lead = step.first, start, np.inf
    for _ in range(limit):
        log_probs, state = step(state, symbol)
        second, best = np.sort(log_probs)[-2:]
        lead, symbol = min(lead, float(best - second)), int(log_probs.argmax())
        if symbol == end:
            break
    return lead


GREEDY_DECODE = Exercise(
    reference=greedy_decode,
    difficulty="complete",
    statement="Let a decoder speak, always taking its most probable symbol. step(state, symbol) returns (log_probs, "
    "state): the log-probabilities (K,) of the next symbol, and the state to go on from; it changes nothing. The first "
    "symbol fed in is start, then each time the one just taken. Stop at end, or when limit symbols have been taken. "
    "Return the symbols as a list of whole numbers without the start that was fed in and without the end. start may be "
    "taken like any symbol. Of equally probable symbols take the first. A state may be anything, None included.",
    inputs=("step a function", "state anything", "start", "end", "limit"),
    outputs=("symbols list of whole numbers",),
    cases=_greedy_cases,
    hints=(
        "Three things change from step to step: the state, the symbol that is fed in, and the list.",
        "log_probs, state = step(state, symbol); symbol = int(np.argmax(log_probs)), which takes the first of equals.",
        "Is the symbol the end? Ask before you put it into the list; leave the loop when the list has limit of them.",
    ),
    slips=(
        Slip(
            "the end is in the list. It only says that nothing follows.",
            (
                "        if symbol == end:\n            break\n        symbols.append(symbol)",
                "        symbols.append(symbol)\n        if symbol == end:\n            break",
            ),
        ),
        Slip(
            "the start is in the list. It is fed in, and the list begins with what comes out.",
            ("symbols: list[int] = []", "symbols: list[int] = [start]"),
            ("len(symbols) < limit", "len(symbols) <= limit"),
        ),
        Slip(
            "start is fed in at every step. Feed in the symbol that was just taken.",
            ("state = step(state, symbol)", "state = step(state, start)"),
        ),
        Slip(
            "the state is not carried: every step begins with the first state.",
            ("log_probs, state = step", "log_probs, _ = step"),
        ),
        Slip(
            "this is the least probable symbol each time: argmax, not argmin.",
            ("argmax(log_probs)", "argmin(log_probs)"),
        ),
        Slip(
            "of equally probable symbols the last is taken; the first one counts.",
            ("np.argmax(log_probs)", "len(log_probs) - 1 - np.argmax(log_probs[::-1])"),
        ),
        Slip(
            "one symbol too many: stop when limit of them have been taken.",
            ("len(symbols) < limit", "len(symbols) <= limit"),
        ),
        Slip("one symbol too few: limit does not count the end.", ("len(symbols) < limit", "len(symbols) < limit - 1")),
        Slip(
            "the end does not stop it: the words after it are not meant.",
            ("        if symbol == end:\n            break\n", ""),
        ),
        Slip(
            "the end is left out, and the decoder goes on. Nothing may follow it.",
            (
                "            break\n        symbols.append(symbol)",
                "            limit -= 1\n            continue\n        symbols.append(symbol)",
            ),
        ),
        Slip(
            "start is never taken. It may come out like any other symbol.",
            ("np.argmax(log_probs)", "np.argmax(np.where(np.arange(len(log_probs)) == start, -np.inf, log_probs))"),
        ),
        Slip(
            "a symbol is never taken twice in a row. It may be.",
            ("np.argmax(log_probs)", "np.argmax(np.where(np.arange(len(log_probs)) == symbol, -np.inf, log_probs))"),
        ),
        Slip("start stops it too. Only the end does.", ("if symbol == end", "if symbol in (start, end)")),
        Slip(
            "the symbols are drawn by their probabilities. Greedy takes the most probable one.",
            ("int(np.argmax(log_probs))", "int((np.exp(log_probs).cumsum() > 0.5).argmax())"),
        ),
        Slip(
            "a symbol that comes again stops it. Only the end does.",
            ("if symbol == end", "if symbol == end or symbol in symbols"),
        ),
    ),
)


def beam_search(step: Any, state: Any, start: int, end: int, width: int, limit: int) -> tuple[list[int], float]:
    """Keep the best `width` beginnings. A cost is -log p; pairs (cost, symbols) go by symbols where costs agree."""
    best: tuple[float, list[int]] = (np.inf, [])
    beginnings: list[tuple[float, list[int], Any]] = [(0.0, [], state)]
    for _ in range(limit):
        continued = []
        for cost, symbols, before in beginnings:
            log_probs, after = step(before, symbols[-1] if symbols else start)
            continued += [(cost - float(p), [*symbols, k], after) for k, p in enumerate(log_probs)]
        kept = sorted(continued, key=lambda one: one[:2])[:width]
        best = min([best, *((cost, symbols[:-1]) for cost, symbols, _ in kept if symbols[-1] == end)])
        beginnings = [one for one in kept if one[1][-1] != end]
        if not beginnings or best[0] < beginnings[0][0]:
            break
    cost, symbols = min([best, *(one[:2] for one in beginnings)])
    return symbols, -cost


COSTS = "continued += [(cost - float(p), [*symbols, k], after) for k, p in enumerate(log_probs)]"
STOP = "if not beginnings or best[0] < beginnings[0][0]:\n"
REST = "beginnings = [one for one in kept if one[1][-1] != end]"
CUT = "min([best, *(one[:2] for one in beginnings)])"
BEAM_SLIPS = {
    "the end's own": Slip(
        "the end's own log-probability is not added: it is one of the symbols that the decoder chose.",
        ("cost - float(p)", "cost - float(p) * (k != end)"),
    ),
    "width ended": Slip(
        "the search stops when width of them have ended. The first to end are often not the best: go on until no open "
        "one can win, that is, until the best that has ended is above all open ones.",
        ("float, list[int]] = (np.inf, [])", "float, list[int]] = (np.inf, [])\n    ended = 0"),
        (REST, f"{REST}\n        ended += len(kept) - len(beginnings)"),
        (STOP, "if not beginnings or ended >= width:\n            beginnings = []\n"),
    ),
    "one ended": Slip(
        "the search stops when the first one ends. An open one may still win.",
        (STOP, "if not beginnings or best[0] < np.inf:\n            beginnings = []\n"),
    ),
    "places kept": Slip(
        "those that have ended keep their places, and fewer and fewer are open. Set them aside: their places are free.",
        (REST, f"{REST}\n        width -= len(kept) - len(beginnings)"),
    ),
    "by the mean": Slip(
        "log-probabilities are divided by the number of symbols. Here the best is the one with the largest sum.",
        ("(cost, symbols[:-1]) for", "(cost / len(symbols), symbols[:-1]) for"),
        ("one[:2] for one in beginnings", "(one[0] / limit, one[1]) for one in beginnings"),
    ),
    "open ones left out": Slip(
        "what has limit symbols and has not ended does not compete. It does, without an end.", (CUT, "best")
    ),
    "open ones at need": Slip(
        "what has limit symbols and has not ended competes only where none has ended. It always does.",
        (CUT, "best if best[0] < np.inf else min(one[:2] for one in beginnings)"),
    ),
    "with the end": Slip(
        "the end is among the symbols. It only says that nothing follows.", ("symbols[:-1]) for", "symbols) for")
    ),
    "greedy": Slip(
        "one beginning is kept, whatever width is: that is greedy decoding.",
        ("lambda one: one[:2])[:width]", "lambda one: one[:2])[:1]"),
    ),
    "its own state": Slip(
        "a beginning goes on from the state before its last symbol. Keep with each the state that step returned.",
        ("[*symbols, k], after)", "[*symbols, k], before)"),
    ),
    "start fed in": Slip(
        "start is fed in at every step. Feed in each beginning's own last symbol.",
        ("symbols[-1] if symbols else start", "start"),
    ),
    "start left out": Slip(
        "start is never chosen. It may come out like any other symbol.",
        ("enumerate(log_probs)]", "enumerate(log_probs) if k != start]"),
    ),
    "limit and end": Slip(
        "limit counts the end too. It counts symbols, and the end is none.", ("range(limit)", "range(limit - 1)")
    ),
    "one more": Slip("one symbol too many: no more than limit of them.", ("range(limit)", "range(limit + 1)")),
    "a cost": Slip("log_prob has the wrong sign: a log-probability is at most 0.", ("symbols, -cost", "symbols, cost")),
    "a probability": Slip(
        "this is the probability; its logarithm is asked for.", ("symbols, -cost", "symbols, float(np.exp(-cost))")
    ),
    "probabilities added": Slip(
        "probabilities are added up. The logarithms are: a product of probabilities is a sum of logarithms.",
        ("cost - float(p)", "cost - float(np.exp(p))"),
    ),
    "the worst": Slip("the worst are kept, not the best.", ("one[:2])[:width]", "one[:2])[-width:]")),
    "ties as found": Slip(
        "equal ones are kept in the order in which they were found. The smaller symbols, one by one, go first.",
        ("key=lambda one: one[:2]", "key=lambda one: one[0]"),
        (f"cost, symbols = {CUT}", f"cost, symbols = {CUT[:-1]}, key=lambda one: one[0])"),
    ),
    "last of equals": Slip(
        "of equal ones the larger symbols are kept. The smaller ones, compared one by one, go first.",
        ("key=lambda one: one[:2]", "key=lambda one: (one[0], [-k for k in one[1]])"),
    ),
}
TELLING = {  # what random small tables must tell apart, each once: the label, the slip, how much likelier the end is
    "one that ends late is the best": ("width ended", 1.0),
    "the first to end is not the best": ("one ended", 1.0),
    "some end early": ("places kept", 1.0),
    "a short one against long ones": ("by the mean", 0.5),
    "an unfinished one wins": ("open ones left out", -0.5),
    "an unfinished one beats those that ended": ("open ones at need", 0.0),
    "a finished one wins": ("the end's own", 0.0),
    "not what greedy finds": ("greedy", 0.0),
    "the start is said": ("start left out", 0.0),
    "the end is the last that fits": ("limit and end", 0.0),
    "it would be better to go on": ("one more", -1.0),
}


def _beam_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Searches in which each rule decides, states of every kind, one open beginning to more than there are symbols.

    Freed places may be filled in the same step or from the next on: no case turns on it, nor on whether the end counts
    where equal ones are compared, nor on rounding.
    """

    def case(text: str, step: Any, start: int, end: int, width: int, limit: int, dtype: str = "float64") -> Case:
        sizes = f"start={start}, end={end}, width={width}, limit={limit}"
        return Case((step, step.first, start, end, width, limit), f"{text}: {sizes}", dtype)

    def network(
        text: str, K: int, start: int, end: int, width: int, limit: int, *, least: int = 1, **options: Any
    ) -> Case:
        while True:
            step = Network(rng, K, **options)
            dtype = options.get("dtype", "float64")
            given = (step, step.first, start, end, width, limit)
            found = beam_search(*given)[0]
            various = len(set(found)) >= min(2, limit) and len(found) >= least
            if various and _settled(given, 1e-4 if dtype == "float32" else 1e-6):
                return case(text, step, start, end, width, limit, dtype)

    for text in ("random symbols", "the same numbers again"):
        yield network(text, 6, 1, 2, 3, 8)
    for form in FORMS[1:]:
        yield network(f"the state is {form}", 5, 3, 0, 3, 7, form=form)
    yield replace(network("a state that is read-only", 5, 3, 1, 3, 7), layout="read-only")
    for text, (name, ends) in TELLING.items():
        wrong = BEAM_SLIPS[name].made_in(beam_search)
        while True:
            K, width, limit = (int(n) for n in rng.integers((4, 2, 4), (7, 5, 9)))
            start, end = (int(k) for k in rng.choice(K, 2, replace=False))
            step = random_table(rng, K, end, ends=ends)
            given = (step, step.first, start, end, width, limit)
            if wrong(*given)[0] != beam_search(*given)[0] and _settled(given, 1e-6):
                yield case(text, step, start, end, width, limit)
                break
    for text, low, high, others in (
        ("a wider search would find a better one", 2, 4, lambda width, limit: (10 * width, limit)),
        ("a narrower search would not find it", 7, 10, lambda width, limit: (4, 5)),
    ):
        while True:
            K, width, limit = (int(n) for n in rng.integers((4, low, 5), (7, high, 9)))
            start, end = (int(k) for k in rng.choice(K, 2, replace=False))
            step = random_table(rng, K, end)
            given = (step, step.first, start, end, width, limit)
            found = [beam_search(*given[:4], one, limit)[0] for one in others(width, limit)]
            if beam_search(*given)[0] not in found and _settled(given, 1e-6):
                yield case(text, step, start, end, width, limit)
                break
    yield network("single precision", 6, 0, 4, 3, 8, dtype="float32")
    yield network("a width of one", 6, 1, 2, 1, 9)
    yield network("a limit of one", 6, 1, 2, 3, 1)
    yield network("more places than symbols", 4, 1, 2, 25, 5)
    yield network("forty symbols", 40, 38, 39, 4, 7, sharpness=4.0)
    yield network("forty symbols, the end first", 40, 20, 0, 18, 4)
    yield network("a long one", 5, 1, 2, 2, 40, least=12, sharpness=4.0)
    yield network("large logits", 6, 1, 2, 3, 9, sharpness=60.0)
    yield from _equal_ones(case)


def _equal_ones(case: Callable[..., Case]) -> Iterator[Case]:
    """Sums that are equal to the last digit: log-probabilities are eighths. 0 is the end, and never decides."""
    sure = -np.inf
    rows: dict[tuple[int, ...], dict[int, float]]
    same = {0: -6.0, **{k: -1.25 for k in (1, 2, 3)}}
    rows = {(): same, **{(k,): same for k in (1, 2, 3)}}
    yield case("all equal", by_table(5, rows), 4, 0, 2, 2)
    yield case("all equal, all kept", by_table(5, rows), 4, 0, 9, 2)
    rows = {(): {1: -2.0, 2: -1.0}, (1,): {3: -1.0}, (2,): {4: -2.0}}
    yield case("equal after an unequal start", by_table(14, rows), 5, 0, 2, 2)
    rows = {(): {1: -2.0, 2: -1.0}, (1,): {3: -1.0}, (2,): {4: -2.0, 6: -1.5}, (1, 3): {5: 0.0}, (2, 4): {5: 0.0}}
    yield case("two are equal, and there is one place", by_table(14, rows), 7, 0, 2, 3)
    rows = {(): {1: -1.0, 2: -1.0}, (2,): {0: 0.0}, (1,): {1: 0.0}, (1, 1): {0: 0.0}}
    yield case("one that ends later is equal", by_table(4, rows), 3, 0, 2, 5)
    rows[1, 1] = {0: -0.25, 1: -1.625}
    yield case("one that is still open is equal, and loses", by_table(4, rows), 3, 0, 2, 5)
    rows = {(): {1: -0.75, 2: sure, 3: -0.75}, (1,): {1: 0.0}, (1, 1): {2: 0.0}, (1, 1, 2): {0: 0.0}, (3,): {3: 0.0}}
    yield case("impossible symbols", by_table(4, {**rows, (3, 3): {0: -0.25}}), 2, 0, 3, 6)


def _settled(given: tuple[Any, ...], shaken: float) -> bool:
    """Whether every reading of the statement finds the same, whatever the rounding."""
    right = beam_search(*given)[0]
    return all(found == right for found in searches(*given, shaken=shaken))


BEAM_SEARCH = Exercise(
    reference=beam_search,
    package=package_beam_search,
    difficulty="extend",
    statement="Beam search. step is as for greedy_decode. Begin with the empty beginning. At each step every open "
    "beginning is continued by every symbol; of all these continuations, those by end among them, the best width are "
    "kept, by the sum of their log-probabilities. Those of them that end are set aside and free their places (whether "
    "a free place is filled at once or from the next step on is yours). What has limit symbols and has not ended "
    "competes as it is; limit is at least 1. Stop earlier only when no open one can win. Return the symbols of the "
    "best, without start and end, and its log_prob: the sum over its symbols, and its end where it has ended. start "
    "may be chosen like any symbol. Equal ones go by their symbols, compared one by one, the smaller first.",
    inputs=("step a function", "state anything", "start", "end", "width", "limit"),
    outputs=("symbols list of whole numbers", "log_prob"),
    cases=_beam_cases,
    hints=(
        "A beginning is three things: its sum, its symbols, and the state that step returned after its last symbol but "
        "one. The empty one has 0, [] and the state that you are given; start is fed in for it.",
        "Work with costs, minus the sums: then tuples (cost, symbols) sort by themselves, the best first, equal ones "
        "by their symbols.",
        "Each step: continue all, sort, keep width, part them into those that end and those that do not. The best that "
        "has ended so far is one tuple; begin with (np.inf, []).",
        "A log-probability is never above 0, so a sum never rises: when the best that has ended is above the best open "
        "one, no open one can win. At the limit the open ones compete with it.",
    ),
    slips=tuple(BEAM_SLIPS.values()),
)


def _distance_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Strings, lists and tuples of anything that can be compared; none, one, a hundred; alike, shifted, turned round.

    Capitals, accents in two forms, numbers of several types, words and phonemes as items, None.
    """

    def word(n: int, letters: str = "abcd") -> str:
        return "".join(rng.choice(list(letters), n))

    for text in ("random letters", "the same lengths again"):
        yield Case((word(9), word(7)), text)
    base = word(12, "abcdefgh")
    for text, a, b in (
        ("the second is longer", word(6), word(11)),
        ("sitting", "kitten", "sitting"),
        ("nothing and nothing", "", ""),
        ("nothing and a word", "", "abcde"),
        ("a word and nothing", "abcd", ""),
        ("the same", base, base),
        ("one letter less at the beginning", base, base[1:]),
        ("one letter less at the end", base[:-1], base),
        ("one letter between", base[:5] + "x" + base[5:], base),
        ("one letter changed", base[:6] + "x" + base[7:], base),
        ("two neighbours changed places", "abcdefgh", "abdcefgh"),
        ("turned round", "abcdefg", "gfedcba"),
        ("shifted", "abcdefgh", "bcdefgha"),
        ("a part of it", "cde", "abcdefgh"),
        ("nothing alike", "aaaa", "bbbbbb"),
        ("one letter each", "a", "b"),
        ("the same letter again and again", "aaaaaaa", "aaa"),
        ("the same letters in another order", "abcabc", "cbacba"),
        ("capitals", "Anna And", "anna aND"),
        ("spaces", "a b  c", "ab c "),
        ("accents in two forms", "caf\u00e9", "cafe\u0301"),
        ("another script", "ноябрь", "декабрь"),
        ("words", ["the", "cat", "sat", "on", "the", "mat"], ["a", "cat", "is", "on", "a", "mat"]),
        ("words that join to the same", ["no", "where"], ["now", "here"]),
        ("phonemes", ["T", "AH", "M", "EY", "T", "OW"], ["T", "AH", "M", "AA", "T", "OW", "Z"]),
        ("items that hold others", ["AH", "A", "H"], ["A", "H", "AH"]),
        ("numbers", [3, 1, 4, 1, 5, 9, 2, 6], [3, 4, 1, 5, 5, 9, 2]),
        ("numbers from -5 to 300", [-5, 300, 0, 300], [300, -5, 0]),
        ("tuples", (1, 2, 3, 4), (2, 3, 5)),
        ("pairs", [("a", 1), ("b", 2), ("c", 3)], [("a", 1), ("b", 3)]),
        ("items of several kinds", [1, "1", None, (1,), 2.5, "a"], ["1", 1, None, (1,), "a"]),
        ("equal numbers of several types", [1, 2.0, True, 0], [1.0, 2, 1, False]),
        ("empty words", ["", "a", ""], ["a", "", "", ""]),
        ("a hundred letters", word(120), word(95)),
        ("a hundred letters, some changed", "abcdefghij" * 11, "abcdefghij" * 5 + "xyz" + "abcdefghij" * 6),
        ("two letters, long", word(70, "ab"), word(110, "ab")),
    ):
        yield Case((a, b), text)
    for n in range(6):
        yield Case((rng.integers(0, 4, 5 + n).tolist(), rng.integers(0, 4, 9 - n).tolist()), f"random numbers, {n + 1}")


def _hamming(a: Any, b: Any) -> int:
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


def _with_swaps(a: Any, b: Any) -> int:
    """Two neighbours that change places cost one."""
    d = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if min(i, j) > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return int(d[-1, -1])


def _smallest_of_sets(a: Any, b: Any) -> int:
    return len(set(a) ^ set(b))


EDIT_DISTANCE = Exercise(
    reference=edit_distance,
    difficulty="complete",
    statement="The fewest single changes that turn a into b: put an item in, take one out, or replace one by another; "
    "each counts 1. a and b are strings, or lists or tuples of items that can be compared with ==; each may be empty. "
    "A whole number.",
    inputs=("a sequence", "b sequence"),
    outputs=("distance a whole number",),
    cases=_distance_cases,
    hints=(
        "Let d(i, j) be the distance between the first i items of a and the first j of b. d(i, 0) = i and d(0, j) = j.",
        "The last change takes out a's last item, puts in b's last, or replaces one by the other, which costs nothing "
        "where they are equal: d(i, j) is the smallest of d(i-1, j) + 1, d(i, j-1) + 1 and d(i-1, j-1) + (0 or 1).",
        "Fill a table (len(a) + 1, len(b) + 1) row by row; the answer is its last entry. A recursion that asks the "
        "same twice takes for ever.",
    ),
    slips=(
        Slip(
            "to replace costs 2 in yours, as much as taking out and putting in. It costs 1.",
            ("(symbol != other)", "2 * (symbol != other)"),
        ),
        Slip(
            "the first row is 0: what stands before in b is put in for nothing. d(0, j) = j.",
            ("list(range(len(b) + 1))", "[0] * (len(b) + 1)"),
        ),
        Slip(
            "the first column is 0: what stands before in a is taken out for nothing. d(i, 0) = i.",
            ("row[0], i\n", "row[0], 0\n"),
        ),
        Slip("nothing can be put in: d(i, j-1) + 1 is missing.", ("row[j - 1] + 1, ", "")),
        Slip("nothing can be taken out: d(i-1, j) + 1 is missing.", ("min(row[j] + 1, ", "min(")),
        Slip("to replace costs 1 where both are equal too. Then it costs nothing.", ("(symbol != other)", "1")),
        Slip(
            "equal items cost 1 and others nothing: it is the other way round.", ("symbol != other", "symbol == other")
        ),
        Slip(
            "the entry above and to the left is that of the first column each time: it must move along.",
            ("above_left, row[j] = row[j], min(", "row[j] = min("),
        ),
        Slip(
            "the distance is divided by the longer length. The number of changes is asked for.",
            ("return row[-1]", "return row[-1] / max(len(a), len(b), 1)"),
        ),
        Slip(
            "this is how many items stay as they are. The number of changes is asked for.",
            ("return row[-1]", "return max(len(a), len(b)) - row[-1]"),
        ),
        Slip(
            "capitals count as small letters. They are other items.",
            ("(symbol != other)", "(str(symbol).lower() != str(other).lower())"),
        ),
        Slip(
            "items are compared as text: the number 1 is not the word '1'.",
            ("symbol != other", "str(symbol) != str(other)"),
        ),
        Misconception("items are compared place by place. One that is put in shifts all that follow.", _hamming),
        Misconception("two neighbours that change places cost 1 in yours. Here that takes two changes.", _with_swaps),
        Misconception("the order of the items does not count in yours.", _smallest_of_sets),
    ),
)
