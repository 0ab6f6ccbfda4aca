"""Exercises of chapter 04: the loss over a sequence, the size of a layer, and each sequence's last state."""

from collections.abc import Iterator

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import (
    STATES_IN_A_LIST,
)
from rnncourse.exercises._repeats import with_repeats

CHAPTER = "04_layer"
Array = np.ndarray


def softmax_cross_entropy(logits: Array, targets: Array, mask: Array) -> float:
    """Sum over the unmasked steps, mean over the batch.   logits (T, B, K), targets (T, B) int, mask (T, B) bool

    The largest logit is taken off first: exp then never overflows, and the probabilities stay the same.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_normaliser = np.log(np.exp(shifted).sum(axis=-1))
    right = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]
    return float(((log_normaliser - right) * mask).sum() / logits.shape[1])


def _loss_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw, masks with holes among them; no step that counts, or every one; a row and a step twice.

    Logits near 1000, near -1000, and both in one batch, also 9000; targets of nearly no probability and of nearly all
    of it; several largest logits, all of one sign; only the first class, only the last.
    """
    for draw in draws(rng, "TBK"):
        far = 30 if draw.kind == "large values" else 1  # several hundred
        logits, targets = far * draw.array("TBK"), draw.integers("TB", draw.K)
        yield draw.case(logits, targets, draw.mask())
        if draw.kind == "other random sizes":
            label = draw.label.partition(":")[2]
            yield Case((logits + 1000, targets, draw.mask()), f"logits near 1000:{label}")
            unlikely = logits - 1000 * (np.arange(draw.K) == targets[..., None])
            yield Case((unlikely, targets, draw.mask()), f"very unlikely targets:{label}")
            yield Case((logits - 1000, targets, draw.mask()), f"logits near -1000:{label}")
            far_apart = logits + 1000 * draw.rng.choice([-1, 1], size=(draw.T, draw.B, 1))
            yield Case((far_apart, targets, draw.mask()), f"logits near 1000 or -1000:{label}")
            yield Case((9 * far_apart, targets, draw.mask()), f"logits near 9000 or -9000:{label}")
            certain = logits + 40 * (np.arange(draw.K) == targets[..., None])
            yield Case((certain, targets, draw.mask()), f"very likely targets:{label}")
            yield Case((np.rint(logits), targets, draw.mask()), f"several largest logits:{label}")
            yield Case((np.abs(logits), targets, draw.mask()), f"no logit below zero:{label}")
            yield Case((-np.abs(logits), targets, draw.mask()), f"no logit above zero:{label}")
            for k, which in ((0, "first"), (draw.K - 1, "last")):
                yield Case((logits, np.full_like(targets, k), draw.mask()), f"the {which} class only:{label}")
            for counts in (False, True):
                kind = "every step counts" if counts else "no step counts"
                yield Case((logits, targets, np.full(targets.shape, counts)), f"{kind}:{label}")
            mask = np.ones(targets.shape, dtype=bool)
            yield from with_repeats(Case((logits, targets, mask), draw.label), "TBK", "TB", "TB")


OVERFLOW = "exp overflows: take the largest logit off before exp."
NORMALISER = "log_normaliser = np.log(np.exp(shifted).sum(axis=-1))"
UNSHIFTED = (" - logits.max(axis=-1, keepdims=True)", "")
SELECTED = (" * mask", "[mask]")
AS_PROBABILITIES = (
    (NORMALISER, "p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)"),
    ("take_along_axis(shifted", "take_along_axis(p"),
    ("log_normaliser - right", "-np.log(right)"),
)
SOFTMAX_CROSS_ENTROPY = Exercise(
    reference=softmax_cross_entropy,
    package=reference.softmax_cross_entropy,
    difficulty="complete",
    statement="-log of the probability that softmax gives to the target, summed over the steps where mask is True, "
    "averaged over the batch: divided by B, also where a sequence has no such step. It must stay right for logits of "
    "thousands, of either sign.",
    inputs=("logits (T, B, K) finite", "targets (T, B) whole numbers, 0 to K - 1", "mask (T, B) bool"),
    outputs=("loss",),
    cases=_loss_cases,
    hints=(
        "log softmax(y)_k = y_k - log Σ exp(y_j). Written so, the logarithm of a tiny probability is never taken.",
        (
            "exp(800) overflows. Take the largest logit off first, logits.max(axis=-1, keepdims=True): the "
            "probabilities stay the same."
        ),
        "np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0] picks each target's entry.",
        "Multiply by the mask, sum over everything, divide by B = logits.shape[1].",
    ),
    slips=(
        Slip(OVERFLOW, UNSHIFTED, *AS_PROBABILITIES),
        Slip(OVERFLOW, UNSHIFTED, SELECTED),
        Slip(
            "the probability of the target underflows to 0 before its logarithm is taken. Use y_k - log Σ exp(y_j) "
            "instead.",
            *AS_PROBABILITIES,
            SELECTED,
        ),
        Slip("the mask is not used: padding counts too.", (" * mask", "")),
        Slip(
            "the loss is divided by T times B. Each sequence's loss is a sum over its steps; only the batch is "
            "averaged.",
            ("logits.shape[1]", "mask.size"),
        ),
        Slip(
            "the loss is divided by the number of unmasked steps. Each sequence's loss is a sum over its steps; only "
            "the batch is averaged.",
            ("logits.shape[1]", "mask.sum()"),
        ),
        Slip("nothing is divided: the batch must be averaged, divide by B.", (" / logits.shape[1]", "")),
        Slip("the minus sign is missing.", ("log_normaliser - right", "right - log_normaliser")),
        Slip("divided by T; the mean is over the batch, B.", ("logits.shape[1]", "logits.shape[0]")),
        Slip(
            "the logarithm is to base 2; use the natural one, np.log.",
            ("logits.shape[1]", "logits.shape[1] / np.log(2)"),
        ),
        Slip(
            "softmax runs over the batch; it must run over the classes, the last axis.",
            ("logits.max(axis=-1", "logits.max(axis=1"),
            (NORMALISER, "shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))"),
            ("log_normaliser - right", "-right"),
        ),
        Slip("the mask is turned round: this is the loss of the padding.", (" * mask", " * ~mask")),
        Slip(
            "this is one loss for each sequence; average them.",
            ("float(", "("),
            (".sum() / logits.shape[1]", ".sum(axis=0)"),
        ),
        Slip(
            "this is one loss for each step and sequence; sum over the steps and average over the batch.",
            ("float(", "("),
            (".sum() / logits.shape[1]", ""),
        ),
        Slip(
            "the mask multiplies the logits: a padded step then has equal logits and still costs log K.",
            ("shifted = logits", "logits = logits * mask[..., None]\n    shifted = logits"),
            (" * mask)", ")"),
        ),
    ),
)


def count_parameters(cell: str, D: int, H: int, layers: int) -> int:
    """Numbers in W (G·H, D), R (G·H, H), b_W and b_R (G·H,) of every layer; layers after the first read H inputs."""
    G = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    return sum(G * H * (inputs + H + 2) for inputs in [D] + [H] * (layers - 1))


def _cells(rng: np.random.Generator) -> Iterator[Case]:
    """Every cell with 1 to 200 layers, D below, above and equal to H, each 1, both 1; counts above 2³² and 2⁵³."""
    for layers in (2, 1, 3):
        for cell in ("lstm", "gru", "rnn"):
            D, H = int(rng.integers(2, 20)), int(rng.integers(41, 60))
            yield Case((cell, D, H, layers), f"{cell}, {layers} layer{'s' * (layers > 1)}: D={D}, H={H}")
    for cell in ("gru", "rnn", "lstm"):
        same = int(rng.integers(2, 40))
        for D, H, layers in (
            (int(rng.integers(41, 60)), int(rng.integers(2, 20)), 3),
            (same, same, 4),
            (1, same, 2),
            (same, 1, 2),
            (1, 1, 1),
            (5, 7, 200),
        ):
            yield Case((cell, D, H, layers), f"{cell}, {layers} layer{'s' * (layers > 1)}: D={D}, H={H}")
    yield Case(("lstm", 300, 1000, 2), "large: lstm, D=300, H=1000, 2 layers")
    yield Case(("rnn", 300, 4001, 1), "too large for single precision: rnn, D=300, H=4001, 1 layer")
    for cell, D, H, layers, size in (("lstm", 40_000, 30_000, 1, "2³¹"), ("gru", 70_001, 60_001, 2, "2³²")):
        yield Case((cell, D, H, layers), f"more than {size}: {cell}, D={D}, H={H}, layers={layers}")
    yield Case(("rnn", 6, 99_999_999, 1), "more than 2⁵³: rnn, D=6, H=99999999, layers=1")


def _overflown(case: Case, value: int, expected: int) -> str | None:
    """32 bits go round, floating point rounds."""
    if not isinstance(value, (int, np.integer)) or int(value) == expected:
        return None
    value = int(value)
    if expected >= 2**31 and (value - expected) % 2**32 == 0:
        return (
            "whole numbers of 32 bits end at 2³¹ - 1 and go on below 0. Count with Python's own int, which has no end."
        )
    return FLOATS_ROUND if expected >= 2**53 and abs(value - expected) < 1e-6 * expected else None


FLOATS_ROUND = "floating point has no room for all digits of a whole number beyond 2⁵³. Count with int throughout."


COUNT_PARAMETERS = Exercise(
    reference=count_parameters,
    difficulty="predict",
    statement='How many numbers does a stack of layers learn? cell is "rnn" (1 block), "lstm" (4) or "gru" (3); '
    "a layer has W (G·H, D), R (G·H, H) and two biases b_W, b_R (G·H,), as in PyTorch. Every layer but the "
    "first reads the states of the one below.",
    inputs=("cell", "D at least 1", "H at least 1", "layers at least 1"),
    outputs=("number",),
    cases=_cells,
    explain=_overflown,
    hints=(
        "Count one plain layer first: W has H·D numbers, R has H·H, and there are two biases of H.",
        "A gated cell has G blocks of exactly that size: all four counts times G.",
        "The first layer reads D inputs; every later one reads H, the states of the layer below.",
    ),
    slips=(
        Slip("one bias is counted; the layer has two, b_W and b_R.", ("H + 2", "H + 1")),
        Slip("the biases are not counted.", ("H + 2", "H")),
        Slip(
            "every layer is counted with D inputs; the later ones read H, the states of the layer below.",
            ("[D] + [H] * (layers - 1)", "[D] * layers"),
        ),
        Slip(
            "later layers are counted as reading the input and the states below; here they read the states alone.",
            ("[D] + [H]", "[D] + [D + H]"),
        ),
        Slip("only the first layer is counted.", (" + [H] * (layers - 1)", "")),
        Slip("the gates are not counted: an lstm has 4 blocks, a gru 3.", ("G * H *", "H *")),
        Slip(
            "an lstm has 4 blocks, not 3: input gate, forget gate, output gate, and the block input.",
            ('"lstm": 4', '"lstm": 3'),
        ),
        Slip("a gru has 3 blocks, not 2: reset gate, update gate, and the candidate.", ('"gru": 3', '"gru": 2')),
        Slip("R is not counted: the states have weights of their own.", ("inputs + H", "inputs")),
        Slip(
            "R is counted as H numbers, one for each unit; every unit sees all H states.", ("inputs + H", "inputs + 1")
        ),
        Slip(
            "the layers share their weights in this count; each layer has its own.",
            ("[D] + [H] * (layers - 1)", "([H] * layers if layers > 1 else [D])"),
        ),
        Slip("a count is a whole number, an int: use no true division.", ("sum(G * H", "sum(G / 1 * H")),
        Slip(
            "the biases are counted once for a layer, not once for each block.",
            ("(inputs + H + 2)", "(inputs + H) + 2 * H"),
        ),
    ),
)


def last_valid(h: Array, lengths: Array) -> Array:
    """The state at each sequence's own last step.   h (T, B, H), lengths (B,) int, 1 to T -> (B, H)"""
    return h[lengths - 1, np.arange(len(lengths))]


def _states(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; rows and steps that repeat; padding of zeros, of the last state again, of large numbers.

    Sizes above 32; last states of zero; numbers that are no state, from 1e-12 to 1e12.
    """
    cases = [_last_case(draw) for draw in draws(rng, "TBH")]
    cases.append(_last_case(Draw(rng, "sizes above 32", {"T": 37, "B": 40, "H": 33})))
    yield from cases
    yield from with_repeats(cases[0], "TBH", "B")
    h, lengths = cases[0].args
    last, sizes = h[lengths - 1, np.arange(len(lengths))], cases[0].label.partition(":")[2]
    data = (np.arange(len(h))[:, None] < lengths)[..., None]
    for kind, padding in (("zeros", 0.0), ("the last state again", last), ("large numbers", 1e3 * h)):
        yield Case((np.where(data, h, padding), lengths), f"padding of {kind}:{sizes}")
    kept = h * data
    kept[lengths - 1, np.arange(len(lengths))] = 0
    yield Case((kept, lengths), f"last states of zero:{sizes}")
    for scale in (1e-12, 1e12):
        yield Case((scale * h, lengths), f"numbers of size {scale:g}:{sizes}")


def _last_case(draw: Draw) -> Case:
    return draw.case(draw.array("TBH"), draw.lengths())


PICKED = "h[lengths - 1, np.arange(len(lengths))]"
LAST_VALID = Exercise(
    reference=last_valid,
    difficulty="complete",
    statement="The state of each sequence after its own last step, before the padding begins. The padding may hold any "
    "finite numbers.",
    inputs=("h (T, B, H) finite", "lengths (B) whole numbers, 1 to T"),
    outputs=("last (B, H)",),
    cases=_states,
    hints=(
        "A sequence of length 3 has the steps 0, 1 and 2: its last state is h[2, b].",
        "Each row needs a step of its own. NumPy takes two lists of indices, one for the steps and one for the rows, "
        "and walks through them together.",
        "The rows are np.arange(B): h[lengths - 1, np.arange(B)].",
    ),
    slips=(
        Slip("this is the last step of the padded array; a shorter sequence ends earlier.", (PICKED, "h[-1].copy()")),
        Slip("the step is one too late: a sequence of length n ends at step n - 1.", ("lengths - 1", "lengths")),
        Slip(
            "the step is one too late, and the longest sequence is held at T - 1: a sequence of length n ends at step "
            "n - 1.",
            ("lengths - 1", "np.minimum(lengths, len(h) - 1)"),
        ),
        Slip(
            "h[lengths - 1] takes these steps of every row, B times B states. Give the rows as well: h[lengths - 1, "
            "np.arange(B)].",
            (PICKED, "h[lengths - 1]"),
        ),
        Slip(
            "this is the mean over the sequence's steps; the last one alone is asked for.",
            (PICKED, "np.stack([h[:n, b].mean(axis=0) for b, n in enumerate(lengths)])"),
        ),
        Slip(
            "this is the sum over the sequence's steps; the last one alone is asked for.",
            (PICKED, "np.stack([h[:n, b].sum(axis=0) for b, n in enumerate(lengths)])"),
        ),
        Slip("this is the first step of every sequence.", (PICKED, "h[0].copy()")),
        Slip(
            "every row is taken at the same step, that of the shortest sequence.",
            (PICKED, "h[lengths.min() - 1].copy()"),
        ),
        Slip("the steps are counted from the end: this is h[T - n].", ("lengths - 1", "len(h) - lengths")),
        Slip(
            "the step is one too early: a sequence of length n ends at step n - 1, not n - 2.",
            ("lengths - 1", "lengths - 2"),
        ),
        Slip(STATES_IN_A_LIST, (PICKED, f"list({PICKED})")),
    ),
)
