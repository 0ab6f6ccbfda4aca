"""Exercises of chapter 08: the windows of truncated backpropagation, its gradients, a long text read in rows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import BEYOND, LONG, Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._moved import spoilt, strange
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.optim import tree_arrays
from rnncourse.reference.params import Params, init_params
from rnncourse.reference.rnn import rnn_backward, rnn_forward
from rnncourse.reference.truncation import stateful_batches, truncated_windows

NOTHING_FOLLOWS = (
    "the rows are N // B long, and where they fill the text nothing follows the last symbol. They are "
    "(N - 1) // B long."
)
CHAPTER = "08_truncation"
Array = np.ndarray
NO_WINDOW_FOR_THE_REST = "the steps left over at the end have no window; the last one may be shorter."
K2_UNUSED = "k2 is not used: the gradient goes back as far as the window's own start."
K1_FOR_K2 = "k1 and k2 have changed places: k1 is how often, k2 how far back."


def _run_through(value: Any) -> Any:
    """An iterator becomes a list."""
    return list(value) if isinstance(value, Iterator) else value


# --- truncated_windows ---


def _lengths(rng: np.random.Generator) -> Iterator[Case]:
    """k2 above, equal to, below k1, either of them 1; T below, between and above both, a multiple of k1, one off it."""
    often = int(rng.integers(3, 6))
    for label, T, k1, k2 in (
        ("overlapping windows", 4 * often + 2, often, often + 2),
        ("every step looks far back", 9, 1, 5),
        ("windows with gaps", 23, 7, 3),
        ("side by side", 12, 4, 4),
        ("far back, over many windows", 20, 3, 11),
        ("one window", 6, 6, 6),
        ("one window, its gradient cut", 6, 9, 4),
        ("one window as long as k1, its gradient cut", 6, 6, 2),
        ("longer than the sequence", 5, 8, 11),
        ("k1 alone longer than the sequence", 5, 30, 1),
        ("k2 alone longer than the sequence", 7, 2, 40),
        ("k2 as long as the sequence", 8, 3, 8),
        ("one step", 1, 1, 1),
        ("one step, far back", 1, 3, 2),
        ("two steps", 2, 1, 2),
        ("every step for itself", 5, 1, 1),
        ("one step back", 7, 3, 1),
        ("one step left over", 10, 3, 5),
        ("one step short", 11, 4, 3),
        ("long", LONG, 20, 50),
        ("long, every step", LONG, 1, 2),
        ("very long", 5000, 700, 900),
    ):
        yield Case((T, k1, k2), f"{label}: T={T}, k1={k1}, k2={k2}")
    for _ in range(12):
        T, k1, k2 = (int(n) for n in rng.integers(1, 30, size=3))
        yield Case((T, k1, k2), f"any numbers: T={T}, k1={k1}, k2={k2}")


def _by_column(case: Case, value: Any, expected: Any) -> str | None:
    """Which of the three numbers is wrong, where all windows are there, and the formula that gives it."""
    T, k1, k2 = case.args
    if len(value) != len(expected) or any(len(window) != 3 for window in value):
        return None
    start, stop, begin = np.array(value).T
    known = np.array(expected).T
    if (start != known[0]).any():
        return "start is wrong: the windows start at 0, k1, 2 k1, …"
    if (stop != known[1]).any():
        for formula, numbers in (("start - k2", start - k2), ("start + k2", np.minimum(start + k2, T))):
            if (stop == numbers).all():
                return f"stop is {formula}: a window ends k1 steps after its start, or where the sequence ends."
        return None
    for formula, numbers in (
        ("start - k2", start - k2),
        ("start + k1 - k2", start + k1 - k2),
        ("stop - k1", stop - k1),
        ("stop - k1 - k2", stop - k1 - k2),
        ("start + k2", start + k2),
    ):
        if (begin == numbers).all() or (begin == np.maximum(0, numbers)).all():
            return f"gradient_start is counted as {formula}; it is stop - k2, and never below 0."
    return None


TRUNCATED_WINDOWS = Exercise(
    reference=truncated_windows,
    difficulty="predict",
    statement=(
        "Cut T steps into windows: an update every k1 steps, its gradient over the last k2. One (start, stop, "
        "gradient_start) for each window, steps counted from 0, stop not included."
    ),
    inputs=("T at least 1", "k1 at least 1", "k2 at least 1"),
    outputs=("windows list of (start, stop, gradient_start)",),
    cases=_lengths,
    view=_run_through,
    explain=_by_column,
    hints=(
        "Write the windows down for T = 10, k1 = 4, k2 = 6. Where do they start? How long is the last one?",
        "They start at 0, k1, 2 k1, … below T: range(0, T, k1). The last may be shorter: stop = min(start + k1, T).",
        "The gradient covers the k2 steps that end at stop, and nothing comes before step 0: max(0, stop - k2).",
    ),
    slips=(
        Slip(
            "the k2 steps are counted back from start. They end where the window ends: stop - k2.",
            ("stop - k2", "start - k2"),
        ),
        Slip(
            "the k2 steps are counted back from start, and gradient_start falls below 0. They end where the window "
            "ends: stop - k2, and 0 where that is below 0.",
            ("max(0, stop - k2)", "start - k2"),
        ),
        Slip("gradient_start falls below 0; there is nothing before step 0.", ("max(0, stop - k2)", "stop - k2")),
        Slip(NO_WINDOW_FOR_THE_REST, ("strict=True)", "strict=True) if stop - start == k1")),
        Slip("the last window stops after T; stop is at most T.", ("min(start + k1, T)", "start + k1")),
        Slip(
            "the last window's gradient is counted back from start + k1, a step that is not there; count from stop.",
            ("stop - k2", "start + k1 - k2"),
        ),
        Slip(K2_UNUSED, ("max(0, stop - k2)", "start")),
        Slip(
            "the gradient goes back to step 0 in every window: nothing is truncated.",
            ("max(0, stop - k2)", "0"),
        ),
        Slip(
            "gradient_start is never before start. With k2 > k1 it is: the windows overlap.",
            ("max(0, stop - k2)", "max(start, stop - k2)"),
        ),
        Slip(
            "gradient_start is never after start. With k2 < k1 it is: the first of the new losses are not reached.",
            ("stop - k2", "min(start, stop - k2)"),
        ),
        Slip(
            "gradient_start is one step too late: k2 steps that end before stop begin at stop - k2.",
            ("stop - k2", "stop - k2 + 1"),
        ),
        Slip("gradient_start is one step too early: stop itself is not included.", ("stop - k2", "stop - k2 - 1")),
        Slip(
            "stop is the window's last step; here, as in a slice, it is the one after it.",
            ("(start, stop, max", "(start, stop - 1, max"),
        ),
        Slip(K1_FOR_K2, ("k1: int, k2: int", "k2: int, k1: int")),
        Slip(
            "there is a window for every step; an update comes after every k1 steps.",
            ("in range(0, T, k1)", "in range(T)"),
            ("zip(range(0, T, k1)", "zip(range(T)"),
        ),
        Slip(
            "the steps are counted from 1; the first one is 0.",
            ("(start, stop, max(0, stop - k2))", "(start + 1, stop + 1, max(0, stop - k2) + 1)"),
        ),
        Slip(
            "gradient_start stands first; the order is (start, stop, gradient_start).",
            ("(start, stop, max(0, stop - k2))", "(max(0, stop - k2), start, stop)"),
        ),
    ),
)

# --- truncated_bptt ---


def truncated_bptt(
    forward: Callable[[Array, Any], tuple[Array, Any, Any]],
    backward: Callable[[Array, Any], Array],
    dloss: Callable[[Array, int, int], Array],
    x: Array,
    state0: Any,
    k1: int,
    k2: int,
) -> list[Array]:
    """One gradient for each window: x (T, B, D), state0 the state before step 0 -> list of what backward returns

    `state` is always the state before step `known`. It walks to where the window's gradient begins, and no further:
    the next window may begin inside this one.
    """
    gradients, known, state = [], 0, state0
    for start, stop, begin in truncated_windows(len(x), k1, k2):
        if begin > known:
            _, state, _ = forward(x[known:begin], state)
            known = begin
        h, _, cache = forward(x[begin:stop], state)
        first = max(start, begin)  # of the losses that are new in this window and can be reached
        dh = np.zeros_like(h)
        dh[first - begin :] = dloss(h[first - begin :], first, stop)
        gradients.append(backward(dh, cache))
    return gradients


Layer = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]
Form = tuple[Callable[[Any], Any], Callable[[Any], Any]]
ONE_ARRAY, IN_A_DICT, IN_A_LIST, NO_STATE, LAST_LOSS, NO_LOSS, ZEROS = (
    "a state that is one array, a gradient that is a matrix",
    "a state in a dict",
    "a state in a list",
    "state0 is None",
    "a loss at the last step only",
    "no loss at all",
    "a state of zeros",
)


# How a layer hands its state over, made from its tuple of arrays, and back.
FORMS: dict[str, Form] = {
    ONE_ARRAY: (lambda parts: parts[0], lambda state: (state,)),
    IN_A_DICT: (lambda parts: dict(zip("hc", parts, strict=False)), lambda state: tuple(state.values())),
    IN_A_LIST: (list, tuple),
}
AS_IT_IS: Form = (lambda parts: parts, lambda state: state)


def _layer(label: str, cell: str, params: Params, targets: Array) -> Layer:
    """forward, backward and dloss of a given layer, as the exercise takes them."""
    run, run_back = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}[cell]
    counts = np.full(len(targets), 0.0 if label in (NO_LOSS, LAST_LOSS) else 1.0)
    counts[-1] = label != NO_LOSS

    packed, unpacked = FORMS.get(label, AS_IT_IS)
    kind = type(packed(tuple(np.zeros(1) for _ in range(2))))

    def forward(x: Array, state: Any) -> tuple[Array, Any, Any]:
        if type(state) is not kind and not (state is None and label == NO_STATE):
            raise TypeError(f"forward: its state is a {type(state).__name__}, expected a {kind.__name__} as it returns")
        if not len(x):  # no step: the state stays
            return np.zeros((0, *targets.shape[1:]), dtype=x.dtype), state, None
        h, parts, cache = run(x, unpacked(state), params)
        return h, packed(parts), cache

    def backward(dh: Array, cache: Any) -> Array:
        grads = run_back(dh, None, cache)[2]
        return grads.R if label == ONE_ARRAY else np.concatenate([a.ravel() for a in tree_arrays(grads)])

    def dloss(h: Array, start: int, stop: int) -> Array:
        return ((h - targets[start:stop]) * counts[start:stop, None, None]).astype(h.dtype)

    return forward, backward, dloss


def _runs(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw, with a plain layer and an LSTM in turn; k1 and k2 in every order, either of them 1, T below.

    States of one array and of two, in a tuple, a list, a dict, alone, or None; a state of zeros, one beyond -1 and
    1; a gradient that is a matrix; a loss at the last step only, and none at all. The check adds an x of zeros, and
    a zero row.
    """
    B, D, H = (int(n) for n in rng.choice(np.arange(2, 6), size=3, replace=False))
    often = int(rng.integers(3, 5))
    every = list(draws(rng, "TBDH"))
    for draw in every[:2]:
        yield _run(draw, "rnn", often, often + 2)
    for label, cell, T, k1, k2 in (
        ("a state of two parts", "lstm", 11, 3, 7),
        (ONE_ARRAY, "rnn", 11, 4, 6),
        (IN_A_DICT, "lstm", 9, 3, 4),
        (IN_A_LIST, "lstm", 9, 4, 5),
        (NO_STATE, "rnn", 9, 3, 5),
        ("side by side", "rnn", 12, 4, 4),
        ("windows with gaps", "rnn", 13, 5, 2),
        ("windows with gaps, a state of two parts", "lstm", 17, 6, 3),
        ("every step looks back", "rnn", 6, 1, 4),
        ("every step for itself", "lstm", 5, 1, 1),
        ("one step back", "rnn", 7, 3, 1),
        ("far back, over many windows", "rnn", 20, 3, 11),
        ("many windows", "rnn", 40, 2, 5),
        ("long windows", "rnn", 40, 18, 25),
        ("one window", "lstm", 5, 8, 9),
        ("one window, its gradient cut", "rnn", 6, 9, 4),
        ("one window as long as k1, its gradient cut", "lstm", 6, 6, 2),
        ("k2 longer than the sequence", "rnn", 7, 2, 40),
        ("one step left over", "rnn", 9, 4, 6),
        (LAST_LOSS, "rnn", 10, 3, 5),
        (NO_LOSS, "rnn", 7, 3, 5),
        (ZEROS, "rnn", 8, 3, 5),
        (BEYOND, "lstm", 8, 3, 5),
    ):
        yield _run(Draw(rng, label, {"T": T, "B": B, "D": D, "H": H}), cell, k1, k2)
    for k, draw in enumerate(every[2:]):
        fewest, half, most = (15, 25, 40) if draw.T == LONG else (1, max(1, draw.T // 2), draw.T + 2)
        k1, k2 = (int(rng.integers(fewest, n + 1)) for n in (half, most))  # at least two windows where there are steps
        yield _run(draw, ("lstm", "rnn")[k % 2], k1, k2)


def _run(draw: Draw, cell: str, k1: int, k2: int) -> Case:
    params = init_params(cell, draw.D, draw.H, rng=draw.rng, dtype=draw.dtype)
    state0: Any = tuple(draw.states("BH") for _ in range(2 if cell == "lstm" else 1))
    if draw.kind == ZEROS:
        state0 = tuple(0 * part for part in state0)
    state0 = None if draw.kind == NO_STATE else FORMS.get(draw.kind, AS_IT_IS)[0](state0)
    x, targets = draw.array("TBD"), draw.array("TBH")
    case = draw.case(*_layer(draw.kind, cell, params, targets), x, state0, k1, k2)
    return replace(case, label=f"{case.label}, {cell}, k1={k1}, k2={k2}")


def _zeros(state: Any) -> Any:
    """A state of this form, all zero."""
    if isinstance(state, dict):
        return {name: 0 * part for name, part in state.items()}
    return (
        type(state)(0 * part for part in state)
        if isinstance(state, (tuple, list))
        else 0 * state
        if state is not None
        else None
    )


def _not_carried_on(case: Case, value: Any, expected: Any) -> str | None:
    """Whether the first wrong gradient is that of a window which starts from zeros, or from state0."""
    forward, backward, dloss, x, state0, k1, k2 = case.fresh()
    zeros = _zeros(state0)
    pairs = zip(value, expected, strict=True)
    wrong = [not np.allclose(got, right, rtol=1e-6, atol=1e-9) for got, right in pairs].index(True)
    got, (start, stop, begin) = value[wrong], truncated_windows(len(x), k1, k2)[wrong]
    for state, what in ((zeros, "zeros"), (state0, "state0")):
        for t in {begin, start}:
            h, _, cache = forward(x[t:stop], state)
            dh, first = np.zeros_like(h), max(start, t)
            dh[first - t :] = dloss(h[first - t :], first, stop)
            if np.allclose(backward(dh, cache), got, rtol=1e-6, atol=1e-9) and (t or what == "zeros"):
                before = "it is state0" if t == 0 else "it must be carried on from the steps before"
                return f"for the losses from step {start} on, the state before step {t} is taken as {what}; {before}."
    return None


TRUNCATED_BPTT = Exercise(
    reference=truncated_bptt,
    package=reference.truncated_bptt,
    difficulty="extend",
    statement=(
        "The gradient of each window of truncated backpropagation: an update every k1 steps, its gradient over the "
        "last k2, the state carried on. Each window counts the losses of its own new steps, as far as the gradient "
        "reaches them. A state is whatever forward takes and returns, a tuple, an array, a dict, or None as state0: "
        "hand it on, do not look inside. backward returns one array."
    ),
    inputs=(
        *("forward", "backward", "dloss", "x (T, B, D)", "state0 as forward takes it"),
        *("k1 at least 1", "k2 at least 1"),
    ),
    outputs=("gradients list of arrays, one a window",),
    cases=_runs,
    view=_run_through,
    explain=_not_carried_on,
    hints=(
        (
            "truncated_windows(T, k1, k2) gives start, stop and gradient_start of each window. What do you need to run "
            "forward over x[gradient_start:stop]? The state before step gradient_start."
        ),
        (
            "Keep a pair: a step and the state before it. Where a window begins later than that step, walk there with "
            "forward and forget the cache. Do not walk further: with k2 > k1 the next window begins inside this one."
        ),
        (
            "forward over x[gradient_start:stop] gives h. dh has h's shape and is zero but for the new steps, from "
            "start on: dh[start - gradient_start:] = dloss(h[start - gradient_start:], start, stop)."
        ),
        (
            "With k2 < k1 the gradient begins after start. The losses before it cannot be reached: use "
            "max(start, gradient_start) in place of start."
        ),
    ),
    slips=(
        Slip(
            "every window starts from state0: the state must be carried on.",
            ("(x[begin:stop], state)", "(x[begin:stop], state0)"),
        ),
        Slip(
            "every window starts from zeros. The first one starts from state0, and from there the state is carried on.",
            ("(x[begin:stop], state)", "(x[begin:stop], tuple(np.zeros_like(s) for s in state0))"),
        ),
        Slip(
            "every window starts from None, without a state. The first one starts from state0, and from there the "
            "state is carried on.",
            ("(x[begin:stop], state)", "(x[begin:stop], None)"),
        ),
        Slip(
            "the state is set back to zeros after the first window. It is carried on; the gradient alone is cut.",
            (
                "forward(x[begin:stop], state)",
                "forward(x[begin:stop], tuple(np.zeros_like(s) for s in state) if start else state0)",
            ),
        ),
        Slip(
            "the window begins at gradient_start but with the state before start, which is later where windows "
            "overlap: those steps are then walked twice. Keep the state before gradient_start.",
            ("if begin > known", "if start > known"),
            ("x[known:begin]", "x[known:start]"),
            ("known = begin", "known = start"),
        ),
        Slip(K2_UNUSED, ("k1, k2):", "k1, k2):\n        begin = start")),
        Slip(
            "the gradient is not cut: it goes back to step 0 in every window.",
            ("k1, k2):", "k1, k2):\n        begin = 0"),
        ),
        Slip(
            "where windows overlap, losses of earlier steps are counted again. Each window has its own new steps, "
            "from start on: dh is zero before.",
            ("max(start, begin)", "begin"),
        ),
        Slip(
            "dloss is asked for the first steps of the sequence in every window. It takes start and stop counted from "
            "the beginning of the sequence.",
            ("first, stop)", "0, stop - first)"),
        ),
        Slip(
            "only the loss of the window's last step counts here; all its new steps have one.",
            ("max(start, begin)", "stop - 1"),
        ),
        Slip(NO_WINDOW_FOR_THE_REST, ("k1, k2):", "k1, k2):\n        if stop - start < k1:\n            break")),
        Slip(K1_FOR_K2, ("(len(x), k1, k2)", "(len(x), k2, k1)")),
        Slip(
            "the gradient goes back k2 steps from start; the k2 steps end where the window ends.",
            ("k1, k2):", "k1, k2):\n        begin = max(0, start - k2)"),
        ),
        Slip(
            "this is the sum over the windows; each has a gradient of its own, as each is followed by an update.",
            ("return gradients", "return sum(gradients)"),
        ),
        Slip(
            "the gradients are added up from window to window; each has its own.",
            ("return gradients", "return list(np.cumsum(gradients, axis=0))"),
        ),
        Slip(
            "this is the last window's gradient alone; return one for each.",
            ("return gradients", "return gradients[-1]"),
        ),
        Slip(
            "each gradient is divided by the number of its new steps. If a mean is wanted, the loss divides.",
            ("backward(dh, cache)", "backward(dh, cache) / (stop - start)"),
        ),
        Slip(
            "the gradients stand in reverse order: the first window comes first.",
            ("return gradients", "return gradients[::-1]"),
        ),
        Slip(
            "with k2 < k1 the gradient begins after start, and a loss before it cannot be reached: use "
            "max(start, gradient_start).",
            ("k1, k2):", "k1, k2):\n        begin = min(start, begin)"),
        ),
        Slip(
            "with k2 < k1 the gradient begins after start: start - gradient_start is below 0 and counts from the end. "
            "The losses before gradient_start cannot be reached: use max(start, gradient_start).",
            ("max(start, begin)", "start"),
        ),
    ),
)

# --- stateful_batches ---


def _texts(rng: np.random.Generator) -> Iterator[Case]:
    """Strings and arrays: numbers of several types, truth values, words; N from B + 1 to 2000, B up to 20, each 1.

    Strings with capitals, line ends, tabs, double spaces, digits, letters beyond ASCII, one letter over and over. Texts
    that fill the rows to the last symbol, or one short; a last batch of one step; the same sizes with another text; NaN
    and infinities, whole numbers of many digits.
    """
    plain = list("abcdefghijklmnopqrstuvwxyz ,.")
    wide = list("AaBbÇçÉéßΩωЖж中文あ🙂👍 \t\r\n\u00a00123456789'\"\\-–—")
    for label, N, B, T, of in (
        ("numbers", 3 * 14 + 2, 3, 5, "int64"),
        ("numbers of the same sizes", 3 * 14 + 2, 3, 5, "int64"),
        ("a string", 4 * 11 + 3, 4, 3, "plain"),
        ("a string of the same sizes", 4 * 11 + 3, 4, 3, "plain"),
        ("capitals, line ends, letters beyond ASCII", 157, 4, 7, "wide"),
        ("a string of line ends and spaces", 29, 3, 4, "blank"),
        ("one letter", 31, 3, 4, "one"),
        ("full to the last symbol", 3 * 8 + 1, 3, 4, "int64"),
        ("a string, full to the last symbol", 4 * 6 + 1, 4, 3, "plain"),
        ("one symbol short", 3 * 8, 3, 4, "int64"),
        ("a string, one symbol short", 3 * 8, 3, 4, "plain"),
        ("one row", 17, 1, 6, "int64"),
        ("one row, one step", 9, 1, 1, "int64"),
        ("one row of a string", 18, 1, 6, "wide"),
        ("one step", 20, 3, 1, "int64"),
        ("one batch", 10, 2, 7, "int64"),
        ("one batch, exactly", 15, 2, 7, "int64"),
        ("a last batch of one step", 3 * 11 + 2, 3, 5, "int64"),
        ("a short string", 8, 2, 5, "plain"),
        ("the shortest text", 4, 3, 2, "int64"),
        ("the shortest text for one row", 2, 1, 1, "plain"),
        ("more rows than steps", 130, 20, 4, "int64"),
        ("many rows", 45, 40, 3, "int64"),
        ("numbers with a point", 33, 5, 2, "float64"),
        ("single precision", 33, 5, 2, "float32"),
        ("bytes", 50, 3, 4, "uint8"),
        ("short numbers", 50, 3, 4, "int32"),
        ("truth values", 40, 3, 4, "bool"),
        ("words", 40, 3, 4, "words"),
        ("zeros", 40, 3, 4, "zeros"),
        ("strided", 41, 3, 4, "int64"),
        ("read-only", 41, 3, 4, "int64"),
        ("long", 2000, 7, 50, "int64"),
        ("a long string", 2000, 7, 50, "wide"),
    ):
        letters = {"plain": plain, "wide": wide, "blank": list(" \n"), "one": ["a"]}.get(of)
        text: Any = "".join(rng.choice(letters, N)) if letters else _symbols(rng, of, N)
        what = f"a string of {N}" if letters else f"an array of {N}, {text.dtype}"
        layout = label if label in ("strided", "read-only") else "C"
        yield Case((text, B, T), f"{label}: {what}, B={B}, T={T}", layout=layout)
    for label, (text,) in strange(rng, (50,)):
        yield Case((text, 3, 4), f"{label}: an array of 50, {text.dtype}, B=3, T=4")


def _symbols(rng: np.random.Generator, of: str, N: int) -> Array:
    """N symbols of this type."""
    if of.startswith("float"):
        return rng.normal(size=N).astype(of)
    if of == "words":
        return rng.choice(np.array(["a", "Wort", "два", "the", "", "  "]), N)
    if of == "zeros":
        return np.zeros(N, dtype=np.int64)
    return rng.integers(0, 2 if of == "bool" else 100, N).astype(of)


def _strings_only(case: Case, value: Any, expected: Any) -> str | None:
    """What fails on a string was right for the numbers before it; numbers that only move come last."""
    if not isinstance(case.args[0], str):
        return spoilt(case, value, expected)
    return "right for an array of numbers, wrong for a string: np.array(list(text)) makes an array of its symbols."


# as the solution writes them
X, Y = "symbols[: B * length].reshape(B, length).T", "symbols[1 : B * length + 1].reshape(B, length).T"
X_OF_BATCH, Y_OF_BATCH = "x[t : t + T].copy()", "y[t : t + T].copy()"

STATEFUL_BATCHES = Exercise(
    reference=stateful_batches,
    difficulty="complete",
    statement=(
        "Cut a long text into B rows of equal length, (N - 1) // B symbols, that are read side by side, T steps at a "
        "time: pairs (x, y), each (T, B), y the symbols that follow x. The last pair may be shorter."
    ),
    inputs=("text longer than B", "B at least 1", "T at least 1"),
    outputs=("batches iterator of (x, y)",),
    cases=_texts,
    view=_run_through,
    explain=_strings_only,
    may_alias=True,
    hints=(
        "Each symbol of x needs one after it, so N - 1 symbols can be used; B rows of (N - 1) // B symbols each.",
        (
            "For a string: np.array(list(text)) makes an array of its symbols. Then x[:B * length].reshape(B, length) "
            "has one row for each part of the text; y begins one symbol later."
        ),
        "Time comes first in this course: transpose both, then yield x[t : t + T], y[t : t + T] for t = 0, T, 2 T, …",
    ),
    slips=(
        Slip(
            "each batch holds the next B · T symbols of the text, so row b of a batch does not go on where row b of "
            "the batch before it stopped: the state carried over belongs to another place. Cut the whole text into B "
            "rows first.",
            (X_OF_BATCH, "symbols[k : k + B * T].reshape(B, T).T"),
            (Y_OF_BATCH, "symbols[k + 1 : k + B * T + 1].reshape(B, T).T"),
            ("t in range(0, length, T)", "k in range(0, symbols.size - B * T, B * T)"),
        ),
        Slip(
            "the symbols are dealt to the rows one by one, so a row skips B - 1 symbols at each step. Each row is a "
            "piece of the text: reshape(B, length), then transpose.",
            (X, "symbols[: B * length].reshape(length, B)"),
            (Y, "symbols[1 : B * length + 1].reshape(length, B)"),
        ),
        Slip("y equals x: it must hold the symbols that follow.", (Y_OF_BATCH, X_OF_BATCH)),
        Slip("y holds the symbols before x; it must hold those that follow.", ("x, y = symbols", "y, x = symbols")),
        Slip(
            "the batch stands first. This course puts time first: (T, B).",
            (X_OF_BATCH, "x[t : t + T].T"),
            (Y_OF_BATCH, "y[t : t + T].T"),
        ),
        Slip(
            "the last batch is missing. It may be shorter than T, but it is there.",
            ("range(0, length, T)", "range(0, length - T + 1, T)"),
        ),
        Slip(
            "y is moved within each batch, so its last step wraps round to the first of the same batch. Take y from "
            "the text, one symbol later.",
            (Y_OF_BATCH, "np.roll(x[t : t + T], -1, axis=0)"),
        ),
        Slip(
            "y is moved within each row, so the last symbol of a row is followed by its first. Take y from the text, "
            "one symbol later.",
            (Y_OF_BATCH, "np.roll(x, -1, axis=0)[t : t + T]"),
        ),
        Slip(
            "each row loses its last symbol: y comes from the same cut as x. Cut y from the text, one symbol later.",
            ("length = (symbols.size - 1) // B", "rows = symbols[: symbols.size // B * B].reshape(B, -1).T"),
            (f"{X}, {Y}", "rows[:-1], rows[1:]"),
            ("range(0, length, T)", "range(0, len(x), T)"),
        ),
        Slip(
            "the rows are N // B long, and where they fill the text the last symbol is followed by the first. They "
            "are (N - 1) // B long.",
            ("(symbols.size - 1) // B", "symbols.size // B"),
            ("symbols[1 : B * length + 1]", "np.roll(symbols, -1)[: B * length]"),
        ),
        Slip(
            NOTHING_FOLLOWS,
            ("(symbols.size - 1) // B", "symbols.size // B"),
        ),
        Slip(
            NOTHING_FOLLOWS,
            ("(symbols.size - 1) // B", "symbols.size // B"),
            ("symbols[1 : B * length + 1]", "symbols[np.arange(1, B * length + 1)]"),
        ),
        Slip(
            "the batches overlap: the next one begins T steps later, not one.",
            ("range(0, length, T)", "range(max(1, length - T + 1))"),
        ),
        Slip(
            "y holds only the symbol after the window; every step has a symbol that follows.",
            (Y_OF_BATCH, "y[t : t + T][-1]"),
        ),
        Slip(
            "y is T symbols ahead; the symbol that follows is one ahead.",
            (Y_OF_BATCH, "x[t + T : t + 2 * T]"),
            ("range(0, length, T)", "range(0, length - T, T)"),
        ),
        Slip("this is the first batch alone; give all of them.", ("range(0, length, T)", "range(1)")),
        Slip(
            "x and y are lists; make them arrays.",
            (X_OF_BATCH, "x[t : t + T].tolist()"),
            (Y_OF_BATCH, "y[t : t + T].tolist()"),
        ),
    ),
)
