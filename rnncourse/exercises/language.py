"""Exercises of chapter 12: how good a prediction is, to draw from it, and to code with it."""

import bisect
import copy
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.checks.words import kind
from rnncourse.exercises._coding import DRAWN, cases_of, others, same_codes, wrong_code
from rnncourse.exercises._draws import unlike
from rnncourse.reference import arithmetic, metrics
from rnncourse.reference.arithmetic import WHOLE, cumulative_frequencies
from rnncourse.reference.ops import softmax

CHAPTER = "12_language"
Array = np.ndarray
HUGE = 1e3


def bits_per_character(logits: Array, targets: Array) -> float:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, targets[..., None], axis=-1)
    return float(nats.mean() / np.log(2))


def _predictions(rng: np.random.Generator) -> Iterator[Case]:
    """T, B and K from 1 to 257; logits that are zero, small, of one sign, up to ±1e3; targets sure or hopeless.

    Targets of 32 bits; single precision and arrays as they may lie in memory.
    """
    for draw in draws(rng, "TBK"):
        yield draw.case(draw.array("TBK"), draw.integers("TB", draw.K))
    T, B, K = 7, 4, 9
    logits, targets = rng.normal(size=(T, B, K)), rng.integers(K, size=(T, B))
    sure = np.eye(K)[targets]
    for label, values in {
        "huge logits": HUGE * np.sign(logits) * rng.uniform(0.5, 1, size=logits.shape),
        "right and sure": HUGE * sure,
        "right but for one": HUGE * np.concatenate([sure[:-1], np.roll(sure[-1:], 1, axis=-1)]) / 20,
        "all far below zero": logits - HUGE,
        "all far above zero": logits + HUGE,
        "no logit below zero": np.abs(logits),
        "no logit above zero": -np.abs(logits),
        "equal logits": np.full_like(logits, 3.0),
        "small logits": 1e-6 * logits,
    }.items():
        yield Case((values, targets), f"{label}: T={T}, B={B}, K={K}")
    yield Case((logits, np.full_like(targets, K - 1)), f"the last character everywhere: T={T}, B={B}, K={K}")
    yield Case((logits, targets.astype("int32")), f"targets of 32 bits: T={T}, B={B}, K={K}")


MEAN = "nats.mean()"
SHIFTED = "logits - logits.max(axis=-1, keepdims=True)"
LOG_P = "shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))"
LOG_OF_SOFTMAX = Slip(
    "softmax first, its logarithm after: a probability below 1e-323 is 0 in the computer, and log 0 is -inf. Take "
    "log p from the logits, shifted - log(sum of exp(shifted)).",
    (LOG_P, "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True))"),
)
BITS_PER_CHARACTER = Exercise(
    reference=bits_per_character,
    package=metrics.bits_per_character,
    difficulty="complete",
    statement="How many bits a character costs: the mean over all T times B places of -log2 of the probability that "
    "softmax(logits) gives to the target. Logits may be as large as ±1000.",
    inputs=("logits (T, B, K)", "targets (T, B) whole numbers, 0 to K - 1"),
    outputs=("bits",),
    cases=_predictions,
    hints=(
        "exp(1000) is too large for a number. Softmax does not change when the same is taken from all logits: take "
        "away the largest first.",
        "log softmax is shifted - log(sum of exp(shifted)), along the last axis. No logarithm of a softmax is needed, "
        "which would be log 0 where a probability is too small for a number.",
        "np.take_along_axis(log_p, targets[..., None], axis=-1) picks the target's at each place.",
        "This is in nats, with a minus. A bit is log 2 = 0.693 nats, so divide.",
    ),
    slips=(
        Slip("this is in nats. A bit is log 2 nats: divide by np.log(2).", (" / np.log(2)", "")),
        Slip("nats become bits by dividing by log 2, not by multiplying.", ("/ np.log(2)", "* np.log(2)")),
        Slip(
            "the minus is missing: a logarithm of a probability is negative, a cost is not.",
            ("-np.take_along_axis", "np.take_along_axis"),
        ),
        Slip("all places are added up; the mean is asked for.", (MEAN, "nats.sum()")),
        Slip("divided by T alone; the mean is over all T times B places.", (MEAN, "(nats.sum() / len(nats))")),
        Slip("divided by B alone; the mean is over all T times B places.", (MEAN, "(nats.sum() / targets.shape[1])")),
        Slip(
            "the largest logit is not taken away first: exp(1000) is infinite, and exp(-1000) is 0, whose logarithm "
            "is -inf.",
            (SHIFTED, "logits"),
        ),
        LOG_OF_SOFTMAX,
        Slip(
            "the normaliser is summed over all places; each place has a softmax of its own, along the last axis.",
            ("np.exp(shifted).sum(axis=-1, keepdims=True)", "np.exp(shifted).sum()"),
        ),
        Slip("this is the perplexity, 2 to the bits.", ("nats.mean() / np.log(2)", "np.exp(nats.mean())")),
        Slip(
            "this is -log2 of the mean probability; what a character costs is the mean of -log2.",
            (MEAN, "-np.log(np.exp(-nats).mean())"),
        ),
        Slip(
            "the logit itself is taken for a logarithm of a probability: subtract log of the sum of exp first.",
            (" - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", ""),
        ),
        Slip(
            "this is the entropy of the predictions: what they expect to cost, whatever the targets are.",
            (MEAN, "-(np.exp(log_p) * log_p).sum(axis=-1).mean()"),
        ),
        Slip(
            "a small number is added to the probability, so that no logarithm is -inf; a sure mistake then costs too "
            "little. Work with log p instead.",
            (MEAN, "-np.log(np.exp(-nats) + 1e-12).mean()"),
        ),
    ),
)


def perplexity(logits: Array, targets: Array) -> float:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = float(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean())
    return math.exp(nats) if nats < 709 else math.inf


def _surprises(rng: np.random.Generator) -> Iterator[Case]:
    """As for bits_per_character, and means in nats that just fit (700) or do not (720 and more); none in between."""
    for case in _predictions(rng):
        logits, targets = case.args
        nats = bits_per_character(logits.astype(float), targets) * np.log(2)
        if not 705 < nats < 715 and not (case.dtype == "float32" and nats > 100):
            yield case
    T, B, K = 3, 5, 4
    targets = rng.integers(K, size=(T, B))
    hopeless = np.zeros((T, B, K))
    hopeless[0, 0] = -HUGE * np.eye(K)[targets[0, 0]]
    yield Case((hopeless, targets), f"one hopeless among others: T={T}, B={B}, K={K}")
    for nats in (400.0, 700.0, 720.0, 999.0):
        logits = -nats * np.eye(K)[targets]
        yield Case((logits, targets), f"a mean of {nats:.0f} nats: T={T}, B={B}, K={K}")


IF_IT_FITS = "math.exp(nats) if nats < 709 else math.inf"
PERPLEXITY = Exercise(
    reference=perplexity,
    package=metrics.perplexity,
    difficulty="predict",
    statement="Among how many equally likely characters the prediction might as well choose: exp of the mean of "
    "-log softmax(logits)[target], in nats, over all T times B places. Where that mean is above 709, inf. Logits may "
    "be as large as ±1000.",
    inputs=("logits (T, B, K)", "targets (T, B) whole numbers, 0 to K - 1"),
    outputs=("perplexity",),
    cases=_surprises,
    hints=(
        "A prediction that gives 1/K to each of K characters has perplexity K; one that is right and sure has 1.",
        "It is bits_per_character in another unit: 2 to the bits, or e to the nats.",
        "math.exp raises OverflowError above 709.78, np.exp gives inf with a warning: ask first.",
    ),
    slips=(
        Slip(
            "2 to the nats: it is 2 to the bits, or e to the nats.", (IF_IT_FITS, "2**nats if nats < 709 else math.inf")
        ),
        Slip(
            "e to the bits: it is 2 to the bits, or e to the nats.",
            ("axis=-1).mean())", "axis=-1).mean() / np.log(2))"),
        ),
        Slip("this is the mean in nats; its exp is asked for.", (IF_IT_FITS, "nats")),
        Slip("this is the bits per character; 2 to the bits is asked for.", (IF_IT_FITS, "nats / np.log(2)")),
        Slip(
            "the minus is missing: this is the probability that a character has on average, and the perplexity is 1 "
            "over it.",
            ("-np.take_along_axis", "np.take_along_axis"),
        ),
        Slip(
            "the mean of 1/p. The logarithms are averaged first, and then exp is taken.",
            (
                "float(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean())",
                "float(np.log(np.exp(-np.take_along_axis(log_p, targets[..., None], axis=-1)).mean()))",
            ),
        ),
        Slip("exp of the sum; the mean over all places is asked for.", (".mean())", ".sum())")),
        Slip(
            "the largest logit is not taken away first: exp(1000) is infinite, and exp(-1000) is 0.",
            (SHIFTED, "logits"),
        ),
        LOG_OF_SOFTMAX,
        Slip("above 709 it is inf; your function stops there with an error.", (IF_IT_FITS, "math.exp(nats)")),
        Slip("above 709 it is inf, not the largest number that there is.", (IF_IT_FITS, "math.exp(min(nats, 709))")),
        Slip(
            "the mean is over the steps of the first row alone; all T times B places count.",
            (".mean())", "[:, 0].mean())"),
        ),
    ),
)


def sample(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(logits))
    weights = np.exp((logits - logits.max()) / temperature)
    edges = np.cumsum(weights / weights.sum())
    return min(int(np.searchsorted(edges, rng.random(), side="right")), len(logits) - 1)


REPEATED = 64
CALLS = 1000


def _how_many(logits: Array, temperature: float, rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Many calls, one after the other; then as many as REPEATED with the generator as it was before the first."""
    again, n = copy.deepcopy(rng), 20 if temperature == 0 or len(logits) == 1 else CALLS
    return (n - 1) * [(logits, temperature, rng)] + REPEATED * [(logits, temperature, again)]


def _logits(rng: np.random.Generator) -> Iterator[Case]:
    """K from 1 to 80; temperatures 0, 0.01 to 1000, with ties at 0; logits of every sign and size up to ±1e3."""

    def case(kind: str, logits: Array, temperature: float, **options: Any) -> Case:
        generator = np.random.default_rng(int(rng.integers(2**32)))
        label = f"{kind}: K={len(logits)}, temperature={temperature:g}"
        return Case((logits, temperature, generator), label, logits.dtype.name, **options)

    K = int(rng.integers(5, 9))
    some = rng.permutation(np.linspace(-1.5, 1.5, K) + rng.uniform(-0.1, 0.1, size=K))
    yield case("random logits", some, 1.0)
    yield case("the same sizes again", some[::-1].copy(), 1.0)
    yield case("cooler", some, 0.5)
    yield case("warmer", 2 * some, 2.5)
    yield case("cold", 0.02 * some, 0.01)
    yield case("hot", HUGE * some, 1000.0)
    yield case("greedy", some, 0.0)
    ties = np.array([-1.0, 2.0, 0.5, 2.0, 2.0])
    yield case("greedy, with ties", ties, 0.0)
    yield case("greedy, all the same", np.full(4, -3.0), 0.0)
    yield case("greedy, hardly apart", np.array([0.1, 0.1 + 1e-15, 0.0]), 0.0)
    yield case("ties", ties, 1.0)
    yield case("huge logits", np.array([-HUGE, HUGE, HUGE - 1.0, 0.0]), 1.0)
    yield case("huge logits, warm", HUGE * some, 600.0)
    yield case("huge logits, cold", HUGE * some, 0.01)
    yield case("all far below zero", some - HUGE, 1.0)
    yield case("all far above zero", some + HUGE, 0.7)
    yield case("no logit below zero", np.abs(some) + 0.1, 1.0)
    yield case("one number", np.array([0.3]), 1.0)
    yield case("two numbers", np.array([0.0, 1.5]), 1.0)
    yield case("many numbers", rng.normal(size=80), 1.3)
    yield case("float32", some.astype("float32"), 0.8)
    for layout in ("strided", "read-only"):
        yield case(layout, some, 1.2, layout=layout)


def _chances(logits: Array, temperature: float) -> Array:
    logits = logits.astype(np.float64)
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    return softmax((logits - logits.max()) / temperature)


def _numbers(values: list[Any]) -> str:
    """What is no whole number among the values, or ""."""
    strange = next((v for v in values if isinstance(v, bool) or not isinstance(v, int | np.integer)), None)
    return "" if strange is None else f"k is {kind(strange)}; expected a whole number."


def _not_drawn(case: Case, values: list[Any], expected: Any) -> str:
    logits, temperature, _ = case.args
    problem = _numbers(values)
    if problem:
        return problem
    drawn, again = np.array(values[:-REPEATED], dtype=np.int64), np.array(values[-REPEATED:], dtype=np.int64)
    if drawn.min() < 0:
        return f"k is {drawn.min()}; the numbers are 0 to {len(logits) - 1}."
    off = unlike(drawn, _chances(logits, temperature))
    if off:
        return f"k: {off}."
    if (again[: len(drawn)] != drawn[:REPEATED]).any():
        return (
            "with the generator as it was before the first call, other numbers come: your function depends on more "
            "than its arguments, so draw from rng alone."
        )
    return ""


def _as_drawn(case: Case, values: list[Any], expected: Any) -> str | None:
    """The mistaken chances that these values do follow."""
    logits, temperature, _ = case.args
    drawn = np.array(values[:-REPEATED], dtype=np.int64)
    if temperature == 0:
        ties = np.flatnonzero(logits == logits.max())
        return FIRST_OF_TIES if len(ties) > 1 and set(drawn.tolist()) <= set(ties.tolist()) else None
    p = _chances(logits, 1.0)
    powers = p ** (1 / temperature)
    if temperature > 1 and (p == 0).any() and not unlike(drawn, powers / powers.sum()):
        return UNDERFLOWN
    for cause, chances in (
        (NO_TEMPERATURE, p),
        (MULTIPLIED, _chances(logits * temperature, 1.0)),
        (ALWAYS_THE_LARGEST, np.eye(len(p))[np.argmax(p)]),
        (ALL_ALIKE, np.full(len(p), 1 / len(p))),
    ):
        if not unlike(drawn, chances):
            return cause
    return ONE_NUMBER if len(set(drawn.tolist())) == 1 else None


NO_TEMPERATURE = (
    "the temperature has no effect: divide the logits by it, before softmax. Where probabilities are divided by it, "
    "nothing is left of that once they are normalised."
)
UNDERFLOWN = (
    "softmax first, then to the power of 1 / temperature: a probability that has become 0 in the computer stays 0 at "
    "every temperature. Divide the logits, before exp."
)
MULTIPLIED = "the logits are multiplied by the temperature; divide: a high temperature makes all alike."
ALWAYS_THE_LARGEST = "the largest always wins. That is temperature 0; else draw."
ALL_ALIKE = "all numbers come equally often: the logits have no effect."
FIRST_OF_TIES = "where several are largest, the first of them is asked for."
ONE_NUMBER = "every call gives the same number: is a generator made anew in each call? Use rng."
SCALED = "np.exp((logits - logits.max()) / temperature)"
PICKED = 'min(int(np.searchsorted(edges, rng.random(), side="right")), len(logits) - 1)'
SAMPLE = Exercise(
    reference=sample,
    difficulty="complete",
    statement="Draw a number k from 0 to K - 1, each with the probability that softmax(logits / temperature) gives it; "
    "at temperature 0 the number of the largest logit, the first of them where several are. rng is a NumPy generator; "
    "draw from it alone. Logits may be as large as ±1000.",
    inputs=("logits (K,)", "temperature at least 0", "rng"),
    outputs=("k whole number",),
    calls=_how_many,
    cases=_logits,
    judge=_not_drawn,
    explain=_as_drawn,
    hints=(
        "Temperature 0 would divide by zero: answer that case first. np.argmax takes the first of equal ones.",
        "Take the largest logit away before you divide and take exp: 1000 / 0.01 is too large for exp.",
        "Cut the line from 0 to 1 into K pieces as long as the probabilities. In which piece does rng.random() lie?",
        "np.cumsum gives the ends of the pieces and np.searchsorted finds the piece. rng.choice(K, p=p) does all this.",
    ),
    slips=(
        Slip(MULTIPLIED, (SCALED, "np.exp((logits - logits.max()) * temperature)")),
        Slip(NO_TEMPERATURE, (SCALED, "np.exp(logits - logits.max())")),
        Slip(NO_TEMPERATURE, (SCALED, "np.exp(logits - logits.max()) / temperature")),
        Slip(UNDERFLOWN, (SCALED, "np.exp(logits - logits.max()) ** (1 / temperature)")),
        Slip(ALWAYS_THE_LARGEST, (PICKED, "int(np.argmax(weights))")),
        Slip(ALL_ALIKE, (PICKED, "int(rng.integers(len(logits)))")),
        Slip(
            "the largest logit is not taken away first: exp of a large number is infinite, and inf / inf is NaN.",
            ("(logits - logits.max()) / temperature", "logits / temperature"),
        ),
        Slip(
            "temperature 0 divides by zero; there the largest logit wins.",
            ("if temperature == 0:", "if temperature < 0:"),
        ),
        Slip(FIRST_OF_TIES, ("int(np.argmax(logits))", "len(logits) - 1 - int(np.argmax(logits[::-1]))")),
        Slip(
            "every call gives the same number: the generator is made anew in each. Use rng.",
            ("rng.random()", "np.random.default_rng(0).random()"),
        ),
        Slip("the number is one too large: they begin at 0.", (PICKED, f"1 + {PICKED}")),
        Slip(
            "this is the probability of what was drawn, not its number.",
            (PICKED, f"float(weights[{PICKED}] / weights.sum())"),
        ),
        Slip(
            "small probabilities are left out: softmax gives each number its part, however small.",
            ("np.cumsum(weights / weights.sum())", "np.cumsum(np.round(weights / weights.sum(), 1))"),
        ),
    ),
)


def arithmetic_encode(symbols: Array, probabilities: Array) -> bytes:
    low, width, digits = 0, WHOLE, 0
    for symbol, ends in zip(symbols, cumulative_frequencies(probabilities).tolist(), strict=True):
        start, end = (width * ends[k] // ends[-1] for k in (symbol, symbol + 1))
        low, width = low + start, end - start
        while width < WHOLE:
            low, width, digits = 2 * low, 2 * width, digits + 1
    size = (digits + 7) // 8
    unit = WHOLE * 2**digits // 256**size
    return (-(-low // unit)).to_bytes(size, "big")


def _messages(symbols: Array, probabilities: Array) -> list[tuple[Array, Array]]:
    return [(message, probabilities.copy()) for message in others(symbols, probabilities)]


def _no_code(case: Case, codes: list[Any], expected: Any) -> str:
    symbols, probabilities = case.args
    every = [symbols, *others(symbols, probabilities)]
    for k, (code, message) in enumerate(zip(codes, every, strict=True)):
        problem = wrong_code(code, message, probabilities, drawn=case.extra["drawn"] and k == 0)
        if problem:
            return problem
    return same_codes(codes, every)


def _not_undone(case: Case, codes: list[Any], decode: Any) -> str:
    """What the learner's own decoder makes of the codes, where it is not the message."""
    symbols, probabilities = case.args
    for code, message in zip(codes, [symbols, *others(symbols, probabilities)], strict=True):
        back = np.asarray(decode(code, probabilities.copy(), len(message)))
        if back.shape != message.shape or (back != message).any():
            differs = back.shape == message.shape and int(np.flatnonzero(back != message)[0])
            where = f"symbol {back[differs]} for {message[differs]} at step {differs}" if back.shape else f"{back!r}"
            where = where if back.shape == message.shape else f"an array of shape {back.shape}"
            return f"your arithmetic_decode does not undo it: {where}. One of the two is wrong."
    return ""


def _size_of_symbols(case: Case, codes: list[Any], expected: Any) -> str | None:
    """A length that says how the symbols were written."""
    symbols, probabilities = case.args
    size, T = len(codes[0]), len(symbols)
    if T < 20:
        return None
    if size in (T, 2 * T, 4 * T, 8 * T):
        return f"each symbol has {size // T} of the bytes, however likely it is; the probabilities have no effect."
    if size == -(-T * max(1, int(np.ceil(np.log2(probabilities.shape[1])))) // 8):
        return "each symbol has the same number of bits, however likely it is; the probabilities have no effect."
    return None


TOO_FEW_DIGITS = (
    "the number has too few digits. Each symbol narrows the interval to its own part; as soon as that is less wide "
    "than the whole was at the beginning, double low and width, and count how often."
)
NARROWED = "low, width = low + start, end - start"
DIGIT = "low, width, digits = 2 * low, 2 * width, digits + 1"
ROW = "cumulative_frequencies(probabilities).tolist()"
LAST = "(-(-low // unit))"
ENCODE = Exercise(
    reference=arithmetic_encode,
    package=arithmetic.arithmetic_encode,
    difficulty="extend",
    statement="Code a message as one number: begin with the interval from 0 to 1, let each symbol narrow it to its "
    "part (symbol k's part begins where the probabilities before it end), and return the bytes of a number inside the "
    "last one, to be read as digits after the point; what is not there is zero. At most 2 bytes, and 1 for 10,000 "
    "symbols, more than the message holds: the sum of -log2 of its symbols' probabilities, over 8. No symbols, no "
    "bytes. Any scheme that your own arithmetic_decode undoes is right. "
    "reference.arithmetic.cumulative_frequencies(probabilities) gives whole numbers (T, K + 1) in their place.",
    inputs=("symbols (T,) whole numbers", "probabilities (T, K) each row's sum is 1"),
    outputs=("data bytes",),
    cases=cases_of,
    calls=_messages,
    judge=_no_code,
    by_forward=_not_undone,
    partner="arithmetic_decode",
    explain=_size_of_symbols,
    never_zero=("probabilities",),
    hints=(
        "With numbers of 64 bits the interval soon has no width. Python's whole numbers have no end: let low and width "
        "be whole numbers, out of 2^96 say, and multiply both by 2 whenever width has become small.",
        "Where the symbol owns ends[symbol] to ends[symbol + 1] out of ends[-1], its part of the interval begins at "
        "width * ends[symbol] // ends[-1]. Add that to low; the new width is the difference of the two ends.",
        "Count how often you doubled. After n doublings low stands for low / (2^96 * 2^n), and the interval is at "
        "least 1 / 2^n wide, so a number of n digits lies in it.",
        "Take as many bytes as n bits need, and the smallest multiple of the last one's unit that is not below low: "
        "-(-low // unit) rounds up, .to_bytes(size, 'big') makes the bytes.",
    ),
    slips=(
        Slip(
            "the number is rounded down, and so below the interval: it belongs to another message. Round up.",
            (LAST, "(low // unit)"),
        ),
        Slip(TOO_FEW_DIGITS, (NARROWED, "low, width = low + start, width")),
        Slip(
            "the interval is narrowed but not moved: add the part's beginning to low.",
            (NARROWED, "width = end - start"),
        ),
        Slip("the last symbol is not coded.", ("zip(symbols, ", "zip(symbols[:-1], "), (", strict=True", "")),
        Slip("the first symbol is not coded.", ("zip(symbols, ", "zip(symbols[1:], "), (", strict=True", "")),
        Slip(
            "the probabilities of the first step serve for all; each step has a row of its own.",
            (ROW, "np.repeat(cumulative_frequencies(probabilities[:1]), len(symbols), axis=0).tolist()"),
        ),
        Slip(
            "each row is used one step late.",
            (ROW, "cumulative_frequencies(np.roll(probabilities, 1, axis=0)).tolist()"),
        ),
        Slip(
            "all symbols are treated as equally likely: the probabilities have no effect.",
            (ROW, "cumulative_frequencies(np.full(probabilities.shape, 1 / probabilities.shape[1])).tolist()"),
        ),
        Slip(TOO_FEW_DIGITS, (DIGIT, "low, width = 2 * low, 2 * width")),
        Slip(
            "only width is doubled; low is on the same scale and must be doubled with it.",
            (DIGIT, "width, digits = 2 * width, digits + 1"),
        ),
        Slip(TOO_FEW_DIGITS, ("while width < WHOLE:", "while width < 0:")),
        Slip(
            "the number of symbols is stored in front; the decoder is given it, and those bytes are too many.",
            ("return (", 'return len(symbols).to_bytes(4, "big") + ('),
        ),
        Slip(
            "one byte is too few: the number left lies outside the interval.",
            ("(digits + 7) // 8", "max(0, digits - 8) // 8"),
        ),
        Slip("the bytes come last digit first; the decoder reads the first one first.", ('"big"', '"little"')),
        Slip("this is the number itself; its bytes are asked for.", ('.to_bytes(size, "big")', "")),
        Slip(
            "the number is written in decimal digits, a byte each.",
            (f'{LAST}.to_bytes(size, "big")', f"str({LAST}).encode()"),
        ),
    ),
)


def arithmetic_decode(data: bytes, probabilities: Array, length: int) -> Array:
    digits = chain((byte >> k & 1 for byte in data for k in reversed(range(8))), repeat(0))
    value, width = 0, 1
    symbols = np.zeros(length, dtype=np.int64)
    for t, ends in enumerate(cumulative_frequencies(probabilities).tolist()):
        while width < WHOLE:
            value, width = 2 * value + next(digits), 2 * width
        place = ((value + 1) * ends[-1] - 1) // width
        symbols[t] = bisect.bisect_right(ends, place) - 1
        start, end = (width * ends[k] // ends[-1] for k in (symbols[t], symbols[t] + 1))
        value, width = value - start, end - start
    return symbols


def _codes(rng: np.random.Generator) -> Iterator[Case]:
    """The messages of arithmetic_encode; their codes are made by the learner's own."""
    for case in cases_of(rng):
        symbols, probabilities = case.args
        extra = {**case.extra, "expected": symbols}
        yield replace(case, args=(b"", probabilities, len(probabilities)), extra=extra)


def _with_code(case: Case, encode: Any) -> Case | str:
    _, probabilities, length = case.args
    symbols = case.extra["expected"]
    data = encode(symbols.copy(), probabilities.copy())
    problem = wrong_code(data, symbols, probabilities, drawn=case.extra["drawn"] is DRAWN)
    return problem or replace(case, args=(data, probabilities, length))


NEXT = "value, width = 2 * value + next(digits), 2 * width"
PLACE = "((value + 1) * ends[-1] - 1) // width"
REST = "value, width = value - start, end - start"
DECODE = Exercise(
    reference=arithmetic_decode,
    package=arithmetic.arithmetic_decode,
    difficulty="extend",
    statement="Find the symbols of a code again. data is what your own arithmetic_encode made of length symbols with "
    "the same probabilities: at each step, see in whose part of the interval the number lies, and go on inside that "
    "part. length, the number of rows, may be 0.",
    inputs=("data bytes", "probabilities (T, K) each row's sum is 1", "length whole number, T"),
    outputs=("symbols (T,)",),
    cases=_codes,
    from_forward=_with_code,
    partner="arithmetic_encode",
    never_zero=("probabilities",),
    hints=(
        "Do what the encoder does, with the same whole numbers: the same ends, the same width, doubled at the same "
        "places. Only low is not needed: keep the distance of the code from low instead.",
        "The symbol is the last one whose part begins at value or before it: "
        "width * ends[k] // ends[-1] <= value. A symbol of probability 0 has no part.",
        "((value + 1) * ends[-1] - 1) // width turns value into a place among the ends, exactly; "
        "bisect.bisect_right(ends, place) - 1 is the symbol.",
        "Take the beginning of its part from value, make width the part's, and double both where the encoder does; "
        "the next binary digit of data comes in each time, and zeros after the last.",
    ),
    slips=(
        Slip(
            "the beginning of the symbol's part is not taken from value: what is left is the place inside that part.",
            (REST, "width = end - start"),
        ),
        Slip("the interval stays as wide as it was; go on inside the symbol's part.", (REST, "value = value - start")),
        Slip(
            "the symbol found is one too large.",
            ("bisect.bisect_right(ends, place) - 1", "bisect.bisect_right(ends, place)"),
        ),
        Slip(
            "the symbol found is one too small.",
            ("bisect.bisect_right(ends, place) - 1", "bisect.bisect_right(ends, place) - 2"),
        ),
        Slip(
            "the digits of each byte are read last first; the first is the one that counts most, byte >> 7.",
            ("reversed(range(8))", "range(8)"),
        ),
        Slip(
            "data is not looked at: these are the likeliest symbols.",
            ("return symbols", "return probabilities.argmax(axis=1)"),
        ),
        Slip(
            "the probabilities of the first step serve for all; each step has a row of its own.",
            (
                "enumerate(cumulative_frequencies(probabilities).tolist())",
                "enumerate(np.repeat(cumulative_frequencies(probabilities[:1]), length, axis=0).tolist())",
            ),
        ),
        Slip(
            "no new digits come in: value is doubled, and its last digit is the next one of data.",
            (NEXT, "value, width = 2 * value, 2 * width"),
        ),
        Slip("the symbols come last first.", ("return symbols", "return symbols[::-1].copy()")),
        Slip("the symbols are float; whole numbers are asked for.", ("return symbols", "return symbols.astype(float)")),
        Slip("this is a list; an array is asked for.", ("return symbols", "return symbols.tolist()")),
        Slip(
            "data is at its end, and your function stops: after it come zeros.",
            (
                "chain((byte >> k & 1 for byte in data for k in reversed(range(8))), repeat(0))",
                "iter([byte >> k & 1 for byte in data for k in reversed(range(8))])",
            ),
        ),
    ),
)
