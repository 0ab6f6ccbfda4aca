"""Exercises of chapter 11: reversal within lengths, a layer in two directions, and a test for a look at the future."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw, draws, from_draws
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.exercises._faults import IN_DOUBLE, in_double
from rnncourse.exercises.unfolding import rnn_forward
from rnncourse.reference.bidirectional import reverse_within_lengths

CHAPTER = "11_bidirectional"
Array = np.ndarray
Layer = Callable[[Array], Array]


Weights = tuple[Array, Array, Array]


def bidirectional_forward(x: Array, lengths: Array, params_fwd: Weights, params_bwd: Weights) -> Array:
    """A plain tanh layer in two directions, states zero at their starts.

    x (T, B, D), lengths (B,), params (W, R, b) of one direction each -> h (T, B, 2H): forward half first, zero past
    each sequence's end
    """
    zeros = np.zeros((x.shape[1], len(params_fwd[1])), dtype=x.dtype)
    h_fwd = rnn_forward(x, zeros, *params_fwd)
    h_bwd = rnn_forward(reverse_within_lengths(x, lengths), zeros, *params_bwd)
    h = np.concatenate([h_fwd, reverse_within_lengths(h_bwd, lengths)], axis=2)
    inside = np.arange(len(x))[:, None] < lengths
    return np.where(inside[..., None], h, 0)


def leaks_future(layer: Callable[[Array], Array]) -> bool:
    """Does some output depend on a later input?   layer: from x (T, B, 3) to h (T, B, H), any T and B

    One step at a time gets new random numbers, and no output before that step may move, but for rounding.
    """
    rng = np.random.default_rng(0)
    T, B, D = 12, 2, 3
    x = rng.normal(size=(T, B, D))
    h = layer(x)
    for t in range(1, T):
        changed = x.copy()
        changed[t] = rng.normal(size=(B, D))
        if np.abs(layer(changed)[:t] - h[:t]).max() > 1e-9:
            return True
    return False


def _reverse_cases(rng: np.random.Generator) -> Iterator[Case]:
    """The padding holds numbers like any others: it must come back untouched."""
    for draw in draws(rng, "TBD"):
        yield draw.case(draw.array("TBD"), draw.lengths())
        if draw.kind == "other random sizes":
            sizes = draw.label.partition(":")[2]
            yield Case((draw.array("TBD"), np.full(draw.B, draw.T)), f"no padding:{sizes}")
            yield Case((draw.array("TBD"), np.ones(draw.B, dtype=int)), f"one step each, then padding:{sizes}")
            yield Case((draw.array("TB"), draw.lengths()), f"two axes:{sizes}")
            yield Case((draw.array("TBDD"), draw.lengths()), f"four axes:{sizes}")


def _gather(source: Callable[[Array, Array, int], Array]) -> Callable[[Array, Array], Array]:
    """x gathered from the steps source(t (T, 1), lengths (B,), T), held inside the array."""

    def wrong(x: Array, lengths: Array) -> Array:
        T, B = x.shape[:2]
        steps = np.broadcast_to(source(np.arange(T)[:, None], lengths, T), (T, B))
        return x[np.clip(steps, 0, T - 1), np.arange(B)]

    return wrong


def _without_padding(x: Array, lengths: Array) -> Array:
    inside = np.arange(len(x))[:, None] < lengths
    return np.where(inside.reshape(inside.shape + (1,) * (x.ndim - 2)), reverse_within_lengths(x, lengths), 0)


def _swapped_views(x: Array, lengths: Array) -> Array:
    """Exchange by x[t, b], x[s, b] = x[s, b], x[t, b]: the first assignment has changed what the second one reads."""
    y = x.copy()
    for b, n in enumerate(lengths):
        for t in range(n // 2):
            y[t, b] = y[n - 1 - t, b]
    return y


REVERSE_WITHIN_LENGTHS = Exercise(
    reference=reverse_within_lengths,
    difficulty="complete",
    statement="Reverse each sequence within its own length; padding stays where it is, whatever it holds.",
    inputs=("x (T, B, ...)", "lengths (B,)"),
    outputs=("x (T, B, ...)",),
    cases=_reverse_cases,
    hints=(
        "Take one sequence: its steps 0 to n - 1 in column b. In which order do they go into the result?",
        "Begin with a copy of x, so that the padding is right already. Then, for each column: "
        "y[:n, b] = x[:n, b][::-1].",
        "Without a loop: step t comes from step lengths - 1 - t where t < lengths, else from t. That is one np.where "
        "of shape (T, B), and x[source, np.arange(B)] gathers it.",
    ),
    slips=(
        Misconception(
            "the whole array is reversed: the padding comes first. Each sequence turns within its own length.",
            lambda x, lengths: x[::-1].copy(),
        ),
        Misconception(
            "the padding has moved to the front, and the sequences are not reversed.",
            _gather(lambda t, n, T: (t + n) % T),
        ),
        Misconception(
            "the padding has moved to the front. Each sequence starts at step 0 and turns in its own place.",
            _gather(lambda t, n, T: np.where(t < T - n, n + t, T - 1 - t)),
        ),
        Misconception("nothing is reversed.", lambda x, lengths: x.copy()),
        Misconception(
            "the padding is set to zero. It must stay as it is, whatever it holds: reversing twice gives x again.",
            _without_padding,
        ),
        Misconception(
            "the padding is reversed as well; it must stay as it is. (Past the end n - 1 - t is below 0, and Python "
            "then counts from the array's end.)",
            _gather(lambda t, n, T: np.where(t < n, n - 1 - t, T - 1 - (t - n))),
        ),
        Misconception(
            "the padding is a copy of the sequence's first step; it must stay as it is. Past the end n - 1 - t is "
            "below 0: hold t there, not 0.",
            _gather(lambda t, n, T: n - 1 - t),
        ),
        Misconception(
            "one step too late: step 0 takes step n, which is padding. The last step of a sequence is n - 1.",
            _gather(lambda t, n, T: np.where(t < n, n - t, t)),
        ),
        Misconception(
            "the last step stays out: step 0 must take step n - 1.",
            _gather(lambda t, n, T: np.where(t < n - 1, n - 2 - t, t)),
        ),
        Misconception(
            "all sequences turn within the first one's length; each has its own.",
            _gather(lambda t, n, T: np.where(t < n[0], n[0] - 1 - t, t)),
        ),
        Misconception(
            "all sequences turn within the shortest length; each has its own.",
            _gather(lambda t, n, T: np.where(t < n.min(), n.min() - 1 - t, t)),
        ),
        Misconception(
            "the rows of the batch are reversed. Time is the first axis.", lambda x, lengths: x[:, ::-1].copy()
        ),
        Misconception("the last axis is reversed. Time is the first axis.", lambda x, lengths: x[..., ::-1].copy()),
        Misconception(
            "two steps were exchanged through views: after y[t, b] = y[s, b], the old y[t, b] is gone. Copy one of "
            "them first, or write from x into a copy.",
            _swapped_views,
        ),
        Misconception(IN_DOUBLE, in_double(reverse_within_lengths)),
    ),
)


def _both_case(draw: Draw) -> Case:
    params = [(draw.weights("HD"), draw.weights("HH"), draw.weights("H")) for _ in range(2)]
    return draw.case(draw.array("TBD"), draw.lengths(), *params)


def _whole(x: Array, lengths: Array) -> Array:
    return x[::-1].copy()


def _as_it_is(x: Array, lengths: Array) -> Array:
    return x


def _zero_past_end(h: Array, lengths: Array) -> Array:
    return np.where((np.arange(len(h))[:, None] < lengths)[..., None], h, 0)


def _side_by_side(h_fwd: Array, h_bwd: Array) -> Array:
    return np.concatenate([h_fwd, h_bwd], axis=2)


def _zero_start(x: Array, params: Any) -> Array:
    return rnn_forward(x, np.zeros((x.shape[1], len(params[1])), dtype=x.dtype), *params)


def _both(
    *,
    turn: Callable[[Array, Array], Array] = reverse_within_lengths,
    turn_back: Callable[[Array, Array], Array] = reverse_within_lengths,
    run: Callable[[Array, Any], Array] = _zero_start,
    join: Callable[[Array, Array], Array] = _side_by_side,
    end: Callable[[Array, Array], Array] = _zero_past_end,
    params: Callable[[Any, Any], Any] = lambda fwd, bwd: (fwd, bwd),
) -> Callable[..., Array]:
    """bidirectional_forward with one of its steps changed."""

    def wrong(x: Array, lengths: Array, params_fwd: Any, params_bwd: Any) -> Array:
        fwd, bwd = params(params_fwd, params_bwd)
        h_bwd = turn_back(run(turn(x, lengths), bwd), lengths)
        return end(join(run(x, fwd), h_bwd), lengths)

    return wrong


def _only_backward_half(h: Array, lengths: Array) -> Array:
    H = h.shape[2] // 2
    return np.concatenate([h[..., :H], _zero_past_end(h[..., H:], lengths)], axis=2)


def _only_forward_half(h: Array, lengths: Array) -> Array:
    H = h.shape[2] // 2
    return np.concatenate([_zero_past_end(h[..., :H], lengths), h[..., H:]], axis=2)


def _last_forward_state_first(x: Array, lengths: Array, params_fwd: Any, params_bwd: Any) -> Array:
    h_fwd = _zero_start(x, params_fwd)
    last = h_fwd[lengths - 1, np.arange(len(lengths))]
    h_bwd = reverse_within_lengths(rnn_forward(reverse_within_lengths(x, lengths), last, *params_bwd), lengths)
    return _zero_past_end(_side_by_side(h_fwd, h_bwd), lengths)


def _each_step_alone(x: Array, params: Any) -> Array:
    return np.tanh(x @ params[0].T + params[2])


BIDIRECTIONAL_FORWARD = Exercise(
    reference=bidirectional_forward,
    difficulty="complete",
    statement="A plain tanh layer in two directions, states zero at their starts. params_fwd and params_bwd are "
    "tuples (W, R, b). h[t, b] holds the forward state after steps 0 to t, then the backward state after steps "
    "lengths[b] - 1 down to t; past a sequence's end it is zero.",
    inputs=("x (T, B, D)", "lengths (B,)", "params_fwd", "params_bwd"),
    outputs=("h (T, B, 2H)",),
    cases=from_draws("TBDH", _both_case),
    hints=(
        "The backward direction is an ordinary layer that is given each sequence reversed: rnn_forward of chapter 3 "
        "and reverse_within_lengths are all you need.",
        "Its states come out in the order in which it read. Reverse them within lengths again, so that h[t] belongs to "
        "x[t].",
        "np.concatenate([h_fwd, h_bwd], axis=2), then zero where t >= lengths: np.arange(T)[:, None] < lengths is "
        "(T, B).",
    ),
    slips=(
        Misconception(
            "the lengths are not used in the backward direction: it reads the padding first. Reverse within lengths.",
            _both(turn=_whole, turn_back=_whole),
        ),
        Misconception(
            "the lengths are not used at all: the backward direction reads the padding first, and past the end h is "
            "not zero.",
            _both(turn=_whole, turn_back=_whole, end=_as_it_is),
        ),
        Misconception(
            "the backward states are not reversed back: h[t] must belong to x[t] in both halves.",
            _both(turn_back=_as_it_is),
        ),
        Misconception(
            "the backward states are reversed back as a whole; reverse them within lengths, as you did with x.",
            _both(turn_back=_whole),
        ),
        Misconception(
            "x is reversed as a whole for the backward direction; reverse it within lengths.", _both(turn=_whole)
        ),
        Misconception(
            "the backward direction reads x forward: give it the reversed sequences.",
            _both(turn=_as_it_is, turn_back=_as_it_is),
        ),
        Misconception(
            "the backward direction reads x forward, and its states are then reversed.", _both(turn=_as_it_is)
        ),
        Misconception("past a sequence's end h is not zero.", _both(end=_as_it_is)),
        Misconception("past a sequence's end the forward half is not zero.", _both(end=_only_backward_half)),
        Misconception("past a sequence's end the backward half is not zero.", _both(end=_only_forward_half)),
        Misconception(
            "each sequence's last step is zero too: its steps are 0 to lengths - 1.",
            _both(end=lambda h, lengths: _zero_past_end(h, lengths - 1)),
        ),
        Misconception(
            "one step too many is left: a sequence's steps are 0 to lengths - 1.",
            _both(end=lambda h, lengths: _zero_past_end(h, lengths + 1)),
        ),
        Misconception(
            "the halves have changed places: the forward half comes first.",
            _both(join=lambda f, b: np.concatenate([b, f], axis=2)),
        ),
        Misconception("the halves are added; they stand side by side, (T, B, 2H).", _both(join=lambda f, b: f + b)),
        Misconception(
            "the halves are averaged; they stand side by side, (T, B, 2H).", _both(join=lambda f, b: (f + b) / 2)
        ),
        Misconception(
            "the units of the halves take turns; the first H are the forward ones.",
            _both(join=lambda f, b: np.stack([f, b], axis=3).reshape(*f.shape[:2], -1)),
        ),
        Misconception(
            "both directions have the forward weights: each has its own.", _both(params=lambda fwd, bwd: (fwd, fwd))
        ),
        Misconception(
            "both directions have the backward weights: each has its own.", _both(params=lambda fwd, bwd: (bwd, bwd))
        ),
        Misconception("params_fwd and params_bwd have changed places.", _both(params=lambda fwd, bwd: (bwd, fwd))),
        Misconception(
            "the backward direction starts from the forward direction's last state. The two never meet: it starts from "
            "zero.",
            _last_forward_state_first,
        ),
        Misconception("no state is carried: each step is computed from its input alone.", _both(run=_each_step_alone)),
        Misconception(
            "the biases are missing.", _both(run=lambda x, p: _zero_start(x, (p[0], p[1], np.zeros_like(p[2]))))
        ),
        Misconception(IN_DOUBLE, in_double(bidirectional_forward)),
    ),
)


def _layers(rng: np.random.Generator) -> list[tuple[str, Layer]]:
    """Layers with inputs of three numbers. Each look at the future shows in six steps and with any number of rows."""
    H = 4
    W, V = rng.normal(size=(2, H, 3))
    R, b = rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H)

    def memory(x: Array) -> Array:
        return rnn_forward(
            x, np.zeros((x.shape[1], H), dtype=x.dtype), W.astype(x.dtype), R.astype(x.dtype), b.astype(x.dtype)
        )

    def now(x: Array) -> Array:
        return np.tanh(x @ W.T)

    def backward(x: Array) -> Array:
        return memory(x[::-1])[::-1].copy()

    def late(x: Array, steps: int) -> Array:
        return np.concatenate([np.zeros_like(x[:steps]), x[: len(x) - steps]])[: len(x)]

    def ahead(x: Array, steps: int) -> Array:
        return np.concatenate([x[steps:], np.zeros_like(x[:steps])])[: len(x)]

    def at(base: Layer, to: int, origin: int) -> Layer:
        """One step more: the output at step `to` sees the input at step `origin`; both may count from the end."""

        def layer(x: Array) -> Array:
            h = base(x).copy()
            if len(x) > max(abs(to), abs(origin)):
                h[to] += x[origin] @ V.T
            return h

        return layer

    def one_unit(x: Array) -> Array:
        h = memory(x)
        h[..., -1] += ahead(x, 1)[..., 0]
        return h

    def first_unit(x: Array, sign: int) -> Array:
        h = memory(x)
        if len(x) > 1:
            h[0, :, -1] += sign * x[-1, :, 0].sum()
        return h

    def one_row(x: Array) -> Array:
        h = memory(x)
        h[:, -1] += (ahead(x, 1) @ V.T)[:, -1]
        return h

    def mean_so_far(x: Array) -> Array:
        return now(np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None, None])

    def filter_by_fourier(x: Array) -> Array:
        """Every step 0.7 of the one before and its own input, as a product of spectra: right but for rounding."""
        n = 2 * len(x)
        kernel = np.fft.rfft(0.7 ** np.arange(len(x)), n)[:, None, None]
        return np.fft.irfft(np.fft.rfft(x, n, axis=0) * kernel, n, axis=0)[: len(x)] @ W.T

    return [
        ("one direction", memory),
        ("two directions", lambda x: np.concatenate([memory(x), backward(x)], axis=2)),
        ("no memory", now),
        ("only backward", backward),
        ("two steps late", lambda x: now(late(x, 2))),
        ("one step ahead", lambda x: now(x) + ahead(x, 1) @ V.T),
        ("four steps ahead and no other", lambda x: memory(x) + ahead(x, 4) @ V.T),
        ("the mean so far", mean_so_far),
        ("the mean over all steps taken off", lambda x: now(x - x.mean(axis=0))),
        ("the mean over the rows taken off", lambda x: memory(x - x.mean(axis=1, keepdims=True))),
        ("step 0 sees step 1", at(memory, 0, 1)),
        ("step 3 sees step 4", at(memory, 3, 4)),
        ("the last step but one sees the last", at(now, -2, -1)),
        ("the first step sees the last", at(memory, 0, -1)),
        ("one unit sees one input of the next step", one_unit),
        ("one row looks one step ahead", one_row),
        ("one unit of step 0 sees the last step", lambda x: first_unit(x, 1)),
        ("one unit of step 0 sees the last step with a minus sign", lambda x: first_unit(x, -1)),
        ("each row sees the next row's future", lambda x: memory(x) + np.roll(ahead(x, 1) @ V.T, 1, axis=1)),
        ("a faint look ahead", lambda x: memory(x) + 1e-3 * ahead(x, 1) @ V.T),
        ("the product of two steps", lambda x: now(x) + (x * ahead(x, 1)) @ V.T),
        (
            "the inputs' differences one step ahead",
            lambda x: memory(x) + ahead(x - x.mean(axis=2, keepdims=True), 1) @ V.T,
        ),
        ("a filter with rounding", filter_by_fourier),
        ("one direction in single precision", lambda x: memory(x.astype(np.float32))),
    ]


def _layer_cases(rng: np.random.Generator) -> Iterator[Case]:
    for label, layer in _layers(rng):
        yield Case((layer,), label)


def _new_numbers(x: Array, t: int, rng: np.random.Generator) -> None:
    x[t] = rng.normal(size=x[t].shape)


def _plus_one(x: Array, t: int, rng: np.random.Generator) -> None:
    x[t] += 1


def _first_input(x: Array, t: int, rng: np.random.Generator) -> None:
    x[t, :, 0] += rng.normal(size=x.shape[1])


def _first_row(x: Array, t: int, rng: np.random.Generator) -> None:
    x[t, 0] += rng.normal(size=3)


def _look(
    *,
    steps: Callable[[int], Any] = lambda T: range(1, T),
    base: float = 1.0,
    change: Callable[[Array, int, np.random.Generator], None] = _new_numbers,
    part: Callable[[Array, int], Array] = lambda h, t: h[:t],
    size: Callable[[Array], Array] = np.abs,
    tolerance: float = 1e-9,
) -> Callable[[Layer], bool]:
    """leaks_future with one of its steps changed."""

    def wrong(layer: Layer) -> bool:
        rng = np.random.default_rng(0)
        x = base * rng.normal(size=(12, 2, 3))
        h = layer(x)
        for t in steps(len(x)):
            changed = x.copy()
            change(changed, t, rng)
            if size(part(layer(changed), t) - part(h, t)).max(initial=0.0) > tolerance:
                return True
        return False

    return wrong


def _plain_number(leaks: Any) -> Any:
    """np.True_ is as good an answer as True."""
    return leaks.item() if isinstance(leaks, np.generic) else leaks


FALLS = "the differences are not taken by size: an output that falls has moved too. np.abs before max."
LEAKS_FUTURE = Exercise(
    reference=leaks_future,
    difficulty="extend",
    statement="Does some output depend on a later input? layer is a function from x (T, B, 3) to h (T, B, H), for any "
    "T and B. Try it yourself, on a dozen steps: True where some output before step t moves when x[t] changes, for any "
    "t. A difference below 1e-9 is rounding.",
    inputs=("layer",),
    outputs=("leaks",),
    view=_plain_number,
    cases=_layer_cases,
    hints=(
        "Give the layer some x, random and of a dozen steps, then a copy of x with one step changed. Compare.",
        "Which outputs may change with x[t]? Those at t and later. Which may not? h[:t].",
        "One step is not enough: the layer may look ahead at one place only. Try every t.",
        "New random numbers are the safest change: the same number added everywhere vanishes where a mean is taken "
        "off, and from zeros a product stays zero. Compare all rows and units, and forgive rounding (1e-9).",
    ),
    slips=(
        Misconception(
            "True for every layer: the outputs at step t and later may change, and do. Compare h[:t] only.",
            _look(steps=range, part=lambda h, t: h),
        ),
        Misconception(
            "the output at step t is compared too. It may see x[t]; only those before it may not: h[:t].",
            _look(steps=range, part=lambda h, t: h[: t + 1]),
        ),
        Misconception(
            "the outputs after step t are compared: that finds memory. A look ahead shows before t, in h[:t].",
            _look(steps=range, part=lambda h, t: h[t + 1 :]),
        ),
        Misconception(
            "False for every layer: nothing before the change can move if x[0] alone is changed, or if x itself is "
            "changed before both calls. Take a copy, and try every later step.",
            _look(steps=lambda T: range(1)),
        ),
        Misconception(
            "only the last step is changed. A layer may look ahead elsewhere: try every step.",
            _look(steps=lambda T: [T - 1]),
        ),
        Misconception(
            "only step 1 is changed; a return inside the loop may have ended it too early. Try every step, and return "
            "False after the loop.",
            _look(steps=lambda T: [1]),
        ),
        Misconception(
            "only the middle step is changed. A layer may look ahead elsewhere: try every step.",
            _look(steps=lambda T: [T // 2]),
        ),
        Misconception(
            "the last step is never changed: range(1, T) reaches it.", _look(steps=lambda T: range(1, T - 1))
        ),
        Misconception("step 1 is never changed: begin with t = 1.", _look(steps=lambda T: range(2, T))),
        Misconception(
            "only the output right before the change is compared. A layer may look further ahead: compare all of "
            "h[:t].",
            _look(part=lambda h, t: h[t - 1]),
        ),
        Misconception("only the first output is compared: compare all of h[:t].", _look(part=lambda h, t: h[0])),
        Misconception(
            "the same number is added to the whole step. Where a mean over the inputs is taken off, it vanishes: "
            "change the step to new random numbers.",
            _look(change=_plus_one),
        ),
        Misconception(
            "x is zero before the change. Where inputs are multiplied, zeros hide the look ahead: begin with random x.",
            _look(base=0.0),
        ),
        Misconception(
            "the tolerance is too wide: a faint look ahead is one. 1e-9 is enough for rounding.",
            _look(tolerance=1e-2),
        ),
        Misconception(
            "the outputs are compared bit by bit. Rounding alone may move them: forgive 1e-9.", _look(tolerance=0.0)
        ),
        Misconception(
            "only the first row is changed and compared. Another row may look ahead, or at another row: take all.",
            _look(change=_first_row, part=lambda h, t: h[:t, 0]),
        ),
        Misconception("only the first row is compared: take all.", _look(part=lambda h, t: h[:t, 0])),
        Misconception("only the first unit is compared: take all.", _look(part=lambda h, t: h[:t, :, 0])),
        Misconception(
            "the answer is turned round: True means that the layer looks ahead.", lambda layer: not leaks_future(layer)
        ),
        Misconception(FALLS, _look(size=lambda d: d)),
        Misconception(FALLS, _look(size=lambda d: -d)),
    ),
)
