"""Exercises of chapter 04: the loss over a sequence, the size of a layer, and each sequence's last state."""

from collections.abc import Iterator

import numpy as np

from rnncourse.checks.cases import Case, Draw, draws, from_draws
from rnncourse.checks.exercise import Exercise, Misconception

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


def count_parameters(cell: str, D: int, H: int, layers: int) -> int:
    """Numbers in W (G·H, D), R (G·H, H), b_W and b_R (G·H,) of every layer; layers after the first read H inputs."""
    G = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    return sum(G * H * (inputs + H + 2) for inputs in [D] + [H] * (layers - 1))


def last_valid(h: Array, lengths: Array) -> Array:
    """The state at each sequence's own last step.   h (T, B, H), lengths (B,) int, 1 to T -> (B, H)"""
    return h[lengths - 1, np.arange(len(lengths))]


def _loss_cases(rng: np.random.Generator) -> Iterator[Case]:
    for draw in draws(rng, "TBK"):
        far = 30 if draw.kind == "large values" else 1  # several hundred
        logits, targets = far * draw.array("TBK"), draw.integers("TB", draw.K)
        yield draw.case(logits, targets, draw.mask())
        if draw.kind == "other random sizes":
            label = draw.label.partition(":")[2]
            yield Case((logits + 1000, targets, draw.mask()), f"logits near 1000:{label}")
            unlikely = logits - 1000 * (np.arange(draw.K) == targets[..., None])
            yield Case((unlikely, targets, draw.mask()), f"very unlikely targets:{label}")


def _losses(logits: Array, targets: Array) -> Array:
    """The loss of each step and row, (T, B)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


def _without_shift(logits: Array, targets: Array, mask: Array) -> float:
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    right = np.take_along_axis(p, targets[..., None], axis=-1)[..., 0]
    return float(-(np.log(right) * mask).sum() / logits.shape[1])


def _unshifted_sum(logits: Array, targets: Array, mask: Array) -> float:
    right = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    losses = np.log(np.exp(logits).sum(axis=-1)) - right
    return float(losses[mask].sum() / logits.shape[1])


def _log_of_softmax(logits: Array, targets: Array, mask: Array) -> float:
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    right = np.take_along_axis(e / e.sum(axis=-1, keepdims=True), targets[..., None], axis=-1)[..., 0]
    return float(-np.log(right)[mask].sum() / logits.shape[1])


def _over_batch(logits: Array, targets: Array, mask: Array) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-(np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0] * mask).sum() / logits.shape[1])


OVERFLOW = "exp overflows: take the largest logit off before exp."
SOFTMAX_CROSS_ENTROPY = Exercise(
    reference=softmax_cross_entropy,
    difficulty="complete",
    statement="-log of the probability that softmax gives to the target, summed over the steps where mask is True, "
    "averaged over the batch (divided by B). It must stay right for logits of several hundred.",
    inputs=("logits (T, B, K)", "targets (T, B) whole numbers", "mask (T, B) bool"),
    outputs=("loss",),
    cases=_loss_cases,
    hints=(
        "log softmax(y)_k = y_k - log Σ exp(y_j). Written so, the logarithm of a tiny probability is never taken.",
        (
            "exp(800) overflows. Take the largest logit off first, logits.max(axis=-1, keepdims=True): "
            "the probabilities stay the same."
        ),
        "np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0] picks each target's entry.",
        "Multiply by the mask, sum over everything, divide by B = logits.shape[1].",
    ),
    slips=(
        Misconception(OVERFLOW, _without_shift),
        Misconception(OVERFLOW, _unshifted_sum),
        Misconception(
            (
                "the probability of the target underflows to 0 before its logarithm is taken. Use y_k - "
                "log Σ exp(y_j) instead."
            ),
            _log_of_softmax,
        ),
        Misconception(
            "the mask is not used: padding counts too.", lambda y, k, m: float(_losses(y, k).sum() / y.shape[1])
        ),
        Misconception(
            (
                "the loss is divided by T times B. Each sequence's loss is a sum over its steps; only the"
                " batch is averaged."
            ),
            lambda y, k, m: float((_losses(y, k) * m).sum() / m.size),
        ),
        Misconception(
            (
                "the loss is divided by the number of unmasked steps. Each sequence's loss is a sum over "
                "its steps; only the batch is averaged."
            ),
            lambda y, k, m: float((_losses(y, k) * m).sum() / m.sum()),
        ),
        Misconception(
            "nothing is divided: the batch must be averaged, divide by B.",
            lambda y, k, m: float((_losses(y, k) * m).sum()),
        ),
        Misconception("the minus sign is missing.", lambda y, k, m: float(-(_losses(y, k) * m).sum() / y.shape[1])),
        Misconception(
            "divided by T; the mean is over the batch, B.", lambda y, k, m: float((_losses(y, k) * m).sum() / len(y))
        ),
        Misconception(
            "the logarithm is to base 2; use the natural one, np.log.",
            lambda y, k, m: softmax_cross_entropy(y, k, m) / np.log(2),
        ),
        Misconception("softmax runs over the batch; it must run over the classes, the last axis.", _over_batch),
        Misconception(
            "the mask is turned round: this is the loss of the padding.",
            lambda y, k, m: float((_losses(y, k) * ~m).sum() / y.shape[1]),
        ),
        Misconception(
            "this is one loss for each sequence; average them.", lambda y, k, m: (_losses(y, k) * m).sum(axis=0)
        ),
        Misconception(
            "this is one loss for each step and sequence; sum over the steps and average over the batch.",
            lambda y, k, m: _losses(y, k) * m,
        ),
        Misconception(
            "the mask multiplies the logits: a padded step then has equal logits and still costs log K.",
            lambda y, k, m: float(_losses(y * m[..., None], k).sum() / y.shape[1]),
        ),
    ),
)


def _cells(rng: np.random.Generator) -> Iterator[Case]:
    for layers in (2, 1, 3):
        for cell in ("lstm", "gru", "rnn"):
            D, H = int(rng.integers(2, 20)), int(rng.integers(41, 60))
            yield Case((cell, D, H, layers), f"{cell}, {layers} layer{'s' * (layers > 1)}: D={D}, H={H}")
    yield Case(("lstm", 300, 1000, 2), "large: lstm, D=300, H=1000, 2 layers")


GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def _counted(
    cell: str, D: int, H: int, layers: int, *, biases: int = 2, gates: dict[str, int] = GATES, above: str = "H"
) -> int:
    """count_parameters with one of its facts changed."""
    later = {"H": H, "D": D, "D+H": D + H}[above]
    return sum(gates[cell] * H * ((D if k == 0 else later) + H + biases) for k in range(layers))


COUNT_PARAMETERS = Exercise(
    reference=count_parameters,
    difficulty="predict",
    statement='How many numbers does a stack of layers learn? cell is "rnn" (1 block), "lstm" (4) or "gru" (3); '
    "a layer has "
    "W (G·H, D), R (G·H, H) and two biases b_W, b_R (G·H,), as in PyTorch. The second layer reads the"
    " first one's states.",
    inputs=("cell", "D", "H", "layers"),
    outputs=("number",),
    cases=_cells,
    hints=(
        "Count one plain layer first: W has H·D numbers, R has H·H, and there are two biases of H.",
        "A gated cell has G blocks of exactly that size: all four counts times G.",
        "The first layer reads D inputs; every later one reads H, the states of the layer below.",
    ),
    slips=(
        Misconception("one bias is counted; the layer has two, b_W and b_R.", lambda *a: _counted(*a, biases=1)),
        Misconception("the biases are not counted.", lambda *a: _counted(*a, biases=0)),
        Misconception(
            "every layer is counted with D inputs; the later ones read H, the states of the layer below.",
            lambda *a: _counted(*a, above="D"),
        ),
        Misconception(
            "later layers are counted as reading the input and the states below; here they read the states alone.",
            lambda *a: _counted(*a, above="D+H"),
        ),
        Misconception("only the first layer is counted.", lambda cell, D, H, layers: _counted(cell, D, H, 1)),
        Misconception(
            "the gates are not counted: an lstm has 4 blocks, a gru 3.",
            lambda *a: _counted(*a, gates={"rnn": 1, "lstm": 1, "gru": 1}),
        ),
        Misconception(
            "an lstm has 4 blocks, not 3: input gate, forget gate, output gate, and the block input.",
            lambda *a: _counted(*a, gates={"rnn": 1, "lstm": 3, "gru": 3}),
        ),
        Misconception(
            "a gru has 3 blocks, not 2: reset gate, update gate, and the candidate.",
            lambda *a: _counted(*a, gates={"rnn": 1, "lstm": 4, "gru": 2}),
        ),
        Misconception(
            "R is not counted: the states have weights of their own.",
            lambda cell, D, H, layers: sum(GATES[cell] * H * ((D if k == 0 else H) + 2) for k in range(layers)),
        ),
        Misconception(
            "R is counted as H numbers, one for each unit; every unit sees all H states.",
            lambda cell, D, H, layers: sum(GATES[cell] * H * ((D if k == 0 else H) + 3) for k in range(layers)),
        ),
        Misconception(
            "the layers share their weights in this count; each layer has its own.",
            lambda cell, D, H, layers: layers * _counted(cell, H, H, 1) if layers > 1 else _counted(cell, D, H, 1),
        ),
        Misconception("a count is a whole number, an int: use no true division.", lambda *a: float(_counted(*a))),
        Misconception(
            "the biases are counted once for a layer, not once for each block.",
            lambda cell, D, H, layers: sum(GATES[cell] * H * ((D if k == 0 else H) + H) + 2 * H for k in range(layers)),
        ),
    ),
)


def _last_case(draw: Draw) -> Case:
    return draw.case(draw.array("TBH"), draw.lengths())


LAST_VALID = Exercise(
    reference=last_valid,
    difficulty="complete",
    statement="The state of each sequence after its own last step, before the padding begins.",
    inputs=("h (T, B, H)", "lengths (B) whole numbers, 1 to T"),
    outputs=("last (B, H)",),
    cases=from_draws("TBH", _last_case),
    hints=(
        "A sequence of length 3 has the steps 0, 1 and 2: its last state is h[2, b].",
        "Each row needs a step of its own. NumPy takes two lists of indices, one for the steps and "
        "one for the rows, and walks "
        "through them together.",
        "The rows are np.arange(B): h[lengths - 1, np.arange(B)].",
    ),
    slips=(
        Misconception(
            "this is the last step of the padded array; a shorter sequence ends earlier.",
            lambda h, lengths: h[-1].copy(),
        ),
        Misconception(
            "the step is one too late: a sequence of length n ends at step n - 1.",
            lambda h, lengths: h[lengths, np.arange(len(lengths))],
        ),
        Misconception(
            (
                "the step is one too late, and the longest sequence is held at T - 1: a sequence of "
                "length n ends at step n - 1."
            ),
            lambda h, lengths: h[np.minimum(lengths, len(h) - 1), np.arange(len(lengths))],
        ),
        Misconception(
            (
                "h[lengths - 1] takes these steps of every row, B times B states. Give the rows as well: "
                "h[lengths - 1, np.arange(B)]."
            ),
            lambda h, lengths: h[lengths - 1],
        ),
        Misconception(
            "this is the mean over the sequence's steps; the last one alone is asked for.",
            lambda h, lengths: np.stack([h[:n, b].mean(axis=0) for b, n in enumerate(lengths)]),
        ),
        Misconception(
            "this is the sum over the sequence's steps; the last one alone is asked for.",
            lambda h, lengths: np.stack([h[:n, b].sum(axis=0) for b, n in enumerate(lengths)]),
        ),
        Misconception("this is the first step of every sequence.", lambda h, lengths: h[0].copy()),
        Misconception(
            "every row is taken at the same step, that of the shortest sequence.",
            lambda h, lengths: h[lengths.min() - 1].copy(),
        ),
        Misconception(
            "the steps are counted from the end: this is h[T - n].",
            lambda h, lengths: h[len(h) - lengths, np.arange(len(lengths))],
        ),
        Misconception(
            "the step is one too early: a sequence of length n ends at step n - 1, not n - 2.",
            lambda h, lengths: h[lengths - 2, np.arange(len(lengths))],
        ),
        Misconception("the states are in a list; make it an array.", lambda h, lengths: list(last_valid(h, lengths))),
    ),
)
