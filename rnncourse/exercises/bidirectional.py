"""Exercises of chapter 11: reversal within lengths, a layer in two directions, and a test for a look at the future."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.checks.compare import scalar_difference
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import IN_DOUBLE
from rnncourse.exercises._moved import of_other_types, spoilt, strange
from rnncourse.exercises.unfolding import rnn_forward
from rnncourse.reference.bidirectional import reverse_within_lengths

CHAPTER = "11_bidirectional"
Array = np.ndarray
Weights = tuple[Array, Array, Array]
Layer = Callable[[Array], Array]


def _with_padding(x: Array, lengths: Array, value: float, *, columns: int | None = None) -> Array:
    """x with this number in the first columns of all padding, its sign in turns."""
    outside = np.arange(len(x))[:, None] >= lengths
    held = np.resize([value, -value], x.shape[:2])
    padded = x.copy()
    padded[..., :columns][outside] = held[outside][:, None]
    return padded


def _zero_at_the_end(x: Array, lengths: Array) -> Array:
    """x with zeros at the last step of each sequence and in the padding: where it ends, the lengths alone say."""
    ending = _with_padding(x, lengths, 0.0)
    ending[lengths - 1, np.arange(x.shape[1])] = 0
    return ending


def _reverse_cases(rng: np.random.Generator) -> Iterator[Case]:
    """The padding must come back untouched: numbers like any others, or zeros.

    x has two to five axes; it may hold numbers of every size, NaN and infinities inside the sequences and in the
    padding, whole numbers, also of many digits, truth values, numbers of half precision, many of them the same.
    """
    for draw in draws(rng, "TBD"):
        yield draw.case(draw.array("TBD"), draw.lengths())
        if draw.kind == "other random sizes":
            sizes = draw.label.partition(":")[2]
            x, lengths = draw.array("TBD"), draw.lengths()
            more = {
                "zero padding": (_with_padding(x, lengths, 0.0), lengths),
                "zero padding, and a zero before it": (_zero_at_the_end(x, lengths), lengths),
                "numbers of every size": (x * 10.0 ** rng.integers(-30, 9, size=x.shape), lengths),
                "as many steps as rows": (rng.normal(size=(6, 6, 2)), np.array([6, 2, 5, 1, 3, 6])),
                "no padding": (draw.array("TBD"), np.full(draw.B, draw.T)),
                "one step each, then padding": (draw.array("TBD"), np.ones(draw.B, dtype=int)),
                "two axes": (draw.array("TB"), draw.lengths()),
                "four axes": (draw.array("TBDD"), draw.lengths()),
                "five axes": (draw.array("TBDBD"), draw.lengths()),
                "whole numbers": (draw.integers("TBD", 3), draw.lengths()),
                "truth values, two axes": (draw.integers("TB", 2) == 1, draw.lengths()),
            }
            shape = draw.shape("TBD")
            moved = (*strange(rng, shape), *of_other_types(rng, shape))
            more |= {label: (x, lengths) for label, (x,) in moved}
            for label, args in more.items():
                yield Case(args, f"{label}:{sizes}")


REVERSE_WITHIN_LENGTHS = Exercise(
    reference=reverse_within_lengths,
    difficulty="complete",
    statement="Reverse each sequence within its own length; padding stays where it is, whatever it holds. x may have "
    "any number of axes behind the first two, and hold whole numbers or truth values too.",
    inputs=("x (T, B, ...)", "lengths (B,)"),
    outputs=("x (T, B, ...)",),
    cases=_reverse_cases,
    explain=spoilt,
    tolerance=0.0,  # numbers change their places, nothing is computed
    hints=(
        "Take one sequence: its steps 0 to n - 1 in column b. In which order do they go into the result?",
        "Begin with a copy of x, so that the padding is right already. Then, for each column: "
        "y[:n, b] = x[:n, b][::-1].",
        "Without a loop: step t comes from step lengths - 1 - t where t < lengths, else from t. That is one np.where "
        "of shape (T, B), and x[source, np.arange(B)] gathers it.",
    ),
    slips=(
        Slip(
            "the whole array is reversed: the padding comes first. Each sequence turns within its own length.",
            ("x[source, np.arange(B)]", "x[::-1].copy()"),
        ),
        Slip(
            "the padding has moved to the front, and the sequences are not reversed.",
            ("np.where(t < lengths, lengths - 1 - t, t)", "(t + lengths) % T"),
        ),
        Slip(
            "the padding has moved to the front. Each sequence starts at step 0 and turns in its own place.",
            ("np.where(t < lengths, lengths - 1 - t, t)", "np.where(t < T - lengths, lengths + t, T - 1 - t)"),
        ),
        Slip("nothing is reversed.", ("x[source, np.arange(B)]", "x.copy()")),
        Slip(
            "the padding is set to zero. It must stay as it is, whatever it holds: reversing twice gives x again.",
            ("return x[source, np.arange(B)]", "y = x[source, np.arange(B)]\n    y[t >= lengths] = 0\n    return y"),
        ),
        Slip(
            "the padding is reversed as well; it must stay as it is. (Past the end n - 1 - t is below 0, and Python "
            "then counts from the array's end.)",
            ("np.where(t < lengths, lengths - 1 - t, t)", "lengths - 1 - t"),
        ),
        Slip(
            "the padding is a copy of the sequence's first step; it must stay as it is. Past the end n - 1 - t is "
            "below 0: hold t there, not 0.",
            ("np.where(t < lengths, lengths - 1 - t, t)", "np.maximum(lengths - 1 - t, 0)"),
        ),
        Slip(
            "one step too late: step 0 takes step n, which is padding. The last step of a sequence is n - 1.",
            ("lengths - 1 - t", "np.minimum(lengths - t, T - 1)"),
        ),
        Slip(
            "the last step stays out: step 0 must take step n - 1.",
            ("t < lengths, lengths - 1 - t", "t < lengths - 1, lengths - 2 - t"),
        ),
        Slip(
            "all sequences turn within the first one's length; each has its own.",
            ("t < lengths, lengths - 1 - t", "t < lengths[0], lengths[0] - 1 - t"),
        ),
        Slip(
            "all sequences turn within the shortest length; each has its own.",
            ("t < lengths, lengths - 1 - t", "t < lengths.min(), lengths.min() - 1 - t"),
        ),
        Slip(
            "the rows of the batch are reversed. Time is the first axis.",
            ("x[source, np.arange(B)]", "x[:, ::-1].copy()"),
        ),
        Slip("the last axis is reversed. Time is the first axis.", ("x[source, np.arange(B)]", "x[..., ::-1].copy()")),
        Slip(
            "two steps were exchanged through views: after y[t, b] = y[s, b], the old y[t, b] is gone. Copy one of "
            "them first, or write from x into a copy.",
            ("t < lengths,", "t < lengths // 2,"),  # the first half takes the second, which stays as it was
        ),
        Slip(IN_DOUBLE, ("x[source, np.arange(B)]", "x[source, np.arange(B)].astype(float)")),
    ),
)


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


def _both_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Padding holds numbers like any others, then zeros, infinities and NaN: none of it may reach the result.

    Weights or biases of a direction are zero too, and once both directions have the same ones.
    """

    def one(draw: Draw) -> Weights:
        return draw.weights("HD"), draw.weights("HH"), draw.weights("H")

    for draw in draws(rng, "TBDH"):
        yield draw.case(draw.array("TBD"), draw.lengths(), one(draw), one(draw))
        if draw.kind == "other random sizes":
            sizes = draw.label.partition(":")[2]
            x, lengths = draw.array("TBD"), draw.lengths()
            for label, padded in {
                "zero padding": _with_padding(x, lengths, 0.0),
                "zero padding, and a zero before it": _zero_at_the_end(x, lengths),
                "infinite padding": _with_padding(x, lengths, np.inf, columns=1),
                "padding of NaN": _with_padding(x, lengths, np.nan),
            }.items():
                yield Case((padded, lengths, one(draw), one(draw)), f"{label}:{sizes}")
            (W, R, b), other = one(draw), one(draw)
            for label, params in {
                "no way from state to state forward": ((W, 0 * R, b), other),
                "no way from input to state backward": (other, (0 * W, R, b)),
                "zero biases": ((W, R, 0 * b), (*other[:2], 0 * b)),
                "the same weights both ways": (other, other),
            }.items():
                yield Case((x, lengths, *params), f"{label}:{sizes}")


def _masked_by_product(x: Array, lengths: Array, params_fwd: Weights, params_bwd: Weights) -> Array:
    """Both directions over the whole array, each state times 0 in the padding: right unless that holds NaN."""
    T, B = x.shape[:2]
    halves = []
    for (W, R, b), steps in ((params_fwd, range(T)), (params_bwd, reversed(range(T)))):
        h, state = np.zeros((T, B, len(b)), dtype=x.dtype), np.zeros((B, len(b)), dtype=x.dtype)
        for t in steps:
            h[t] = state = np.tanh(x[t] @ W.T + state @ R.T + b) * (t < lengths)[:, None]
        halves.append(h)
    return np.concatenate(halves, axis=2)


PADDING_READ = (
    "what the padding holds has reached h. It may be anything, and NaN times 0 is NaN: choose with np.where, do not "
    "multiply by a mask."
)


def _padding_read(case: Case, h: Array, expected: Array) -> str | None:
    if np.shape(h) != expected.shape or np.isfinite(case.args[0]).all() or np.isfinite(h).all():
        return None
    return PADDING_READ


BIDIRECTIONAL_FORWARD = Exercise(
    reference=bidirectional_forward,
    package=reference.bidirectional_forward,
    difficulty="complete",
    statement="A plain tanh layer in two directions, states zero at their starts. params_fwd and params_bwd are "
    "tuples (W, R, b). h[t, b] holds the forward state after steps 0 to t, then the backward state after steps "
    "lengths[b] - 1 down to t; past a sequence's end it is zero. h has the dtype of x. Padding may hold anything, NaN "
    "and infinities too.",
    inputs=("x (T, B, D)", "lengths (B,)", "params_fwd", "params_bwd"),
    outputs=("h (T, B, 2H)",),
    cases=_both_cases,
    explain=_padding_read,
    hints=(
        "The backward direction is an ordinary layer that is given each sequence reversed: rnn_forward of chapter 3 "
        "and reverse_within_lengths are all you need.",
        "Its states come out in the order in which it read. Reverse them within lengths again, so that h[t] belongs to "
        "x[t].",
        "np.concatenate([h_fwd, h_bwd], axis=2), then zero where t >= lengths: np.arange(T)[:, None] < lengths is "
        "(T, B).",
        "0 times NaN is NaN, so a product with a mask does not clear the padding: np.where(mask[..., None], h, 0) "
        "chooses, and the zeros take the dtype of h.",
    ),
    slips=(
        Slip(
            "the lengths are not used in the backward direction: it reads the padding first. Reverse within lengths.",
            ("reverse_within_lengths(x, lengths)", "x[::-1]"),
            ("reverse_within_lengths(h_bwd, lengths)", "h_bwd[::-1]"),
        ),
        Slip(
            "the lengths are not used at all: the backward direction reads the padding first, and past the end h is "
            "not zero.",
            ("reverse_within_lengths(x, lengths)", "x[::-1]"),
            ("reverse_within_lengths(h_bwd, lengths)", "h_bwd[::-1]"),
            ("np.where(inside[..., None], h, 0)", "h"),
        ),
        Slip(
            "the backward states are not reversed back: h[t] must belong to x[t] in both halves.",
            ("reverse_within_lengths(h_bwd, lengths)", "h_bwd"),
        ),
        Slip(
            "the backward states are reversed back as a whole; reverse them within lengths, as you did with x.",
            ("reverse_within_lengths(h_bwd, lengths)", "h_bwd[::-1]"),
        ),
        Slip(
            "x is reversed as a whole for the backward direction; reverse it within lengths.",
            ("reverse_within_lengths(x, lengths)", "x[::-1]"),
        ),
        Slip(
            "the backward direction reads x forward: give it the reversed sequences.",
            ("reverse_within_lengths(x, lengths)", "x"),
            ("reverse_within_lengths(h_bwd, lengths)", "h_bwd"),
        ),
        Slip(
            "the backward direction reads x forward, and its states are then reversed.",
            ("reverse_within_lengths(x, lengths)", "x"),
        ),
        Slip("past a sequence's end h is not zero.", ("np.where(inside[..., None], h, 0)", "h")),
        Slip(
            "past a sequence's end the forward half is not zero.",
            ("return np.where(inside[..., None], h, 0)", "h[~inside, h_fwd.shape[2] :] = 0\n    return h"),
        ),
        Slip(
            "past a sequence's end the backward half is not zero.",
            ("return np.where(inside[..., None], h, 0)", "h[~inside, : h_fwd.shape[2]] = 0\n    return h"),
        ),
        Slip("each sequence's last step is zero too: its steps are 0 to lengths - 1.", ("< lengths", "< lengths - 1")),
        Slip("one step too many is left: a sequence's steps are 0 to lengths - 1.", ("< lengths", "<= lengths")),
        Slip(
            "the halves have changed places: the forward half comes first.",
            ("[h_fwd, reverse_within_lengths(h_bwd, lengths)]", "[reverse_within_lengths(h_bwd, lengths), h_fwd]"),
        ),
        Slip(
            "the halves are added; they stand side by side, (T, B, 2H).",
            (
                "np.concatenate([h_fwd, reverse_within_lengths(h_bwd, lengths)], axis=2)",
                "h_fwd + reverse_within_lengths(h_bwd, lengths)",
            ),
        ),
        Slip(
            "the halves are averaged; they stand side by side, (T, B, 2H).",
            (
                "np.concatenate([h_fwd, reverse_within_lengths(h_bwd, lengths)], axis=2)",
                "(h_fwd + reverse_within_lengths(h_bwd, lengths)) / 2",
            ),
        ),
        Slip(
            "the units of the halves take turns; the first H are the forward ones.",
            ("np.concatenate(", "np.stack("),
            ("axis=2)", "axis=3).reshape(*x.shape[:2], -1)"),
        ),
        Slip("both directions have the forward weights: each has its own.", ("*params_bwd", "*params_fwd")),
        Slip("both directions have the backward weights: each has its own.", ("*params_fwd", "*params_bwd")),
        Slip(
            "params_fwd and params_bwd have changed places.",
            ("*params_fwd", "*params_bwd"),
            ("*params_bwd", "*params_fwd"),
        ),
        Slip(
            "the backward direction starts from the forward direction's last state. The two never meet: it starts from "
            "zero.",
            ("zeros, *params_bwd", "h_fwd[lengths - 1, np.arange(len(lengths))], *params_bwd"),
        ),
        Slip(
            "no state is carried: each step is computed from its input alone.",
            ("rnn_forward(x, zeros, *params_fwd)", "np.tanh(x @ params_fwd[0].T + params_fwd[2])"),
            (
                "rnn_forward(reverse_within_lengths(x, lengths), zeros, *params_bwd)",
                "np.tanh(reverse_within_lengths(x, lengths) @ params_bwd[0].T + params_bwd[2])",
            ),
        ),
        Slip("the biases are missing.", ("*params_fwd", "*params_fwd[:2], 0"), ("*params_bwd", "*params_bwd[:2], 0")),
        Slip(IN_DOUBLE, ("h, 0)", "h, np.zeros(h.shape))")),
        Misconception(PADDING_READ, _masked_by_product),
    ),
)


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


H = 4


def _layers(rng: np.random.Generator) -> list[tuple[str, Layer]]:
    """Layers with inputs of three numbers, with a memory or without, that look ahead or not.

    Those that do: by one step to eleven, everywhere or at a single step, each step of a dozen once as the one that
    sees and once as the one that is seen; in one unit, in one row, from one row to the next; by a
    hundred-millionth; so that a sum, a norm or a size stays as it is. Those that do not: with rounding, also of
    1e-11, with a part of the length, with other rows.
    """
    W, V = rng.normal(size=(H, 3)), rng.uniform(-0.5, 0.5, size=(H, 3))
    V[1] = -V[0]  # what one unit gains another loses: whether a sign shows it is no matter of chance
    R, b = rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H)

    def recurrent(x: Array) -> Array:
        weights = (a.astype(x.dtype) for a in (W, R, b))
        return rnn_forward(x, np.zeros((x.shape[1], H), dtype=x.dtype), *weights)

    def memory(x: Array) -> Array:
        """What has been so far, fading: as good as a recurrent layer here, and ten times as fast."""
        t = np.arange(len(x))
        return now(np.tensordot(np.tril(0.7 ** np.abs(t[:, None] - t)), x, axes=1))

    def now(x: Array) -> Array:
        return np.tanh(x @ W.T)

    def backward(x: Array) -> Array:
        return recurrent(x[::-1])[::-1].copy()

    return [
        ("one direction", recurrent),
        ("two directions", lambda x: np.concatenate([recurrent(x), backward(x)], axis=2)),
        ("no memory", now),
        ("only backward", backward),
        ("two steps late", lambda x: now(_late(x, 2))),
        ("one step ahead", lambda x: now(x) + _ahead(x, 1) @ V.T),
        ("four steps ahead and no other", lambda x: memory(x) + _ahead(x, 4) @ V.T),
        ("nine steps ahead and no other", lambda x: memory(x) + _ahead(x, 9) @ V.T),
        ("the mean so far", lambda x: now(np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None, None])),
        ("the mean over all steps taken off", lambda x: now(x - x.mean(axis=0))),
        ("the mean over the rows taken off", lambda x: memory(x - x.mean(axis=1, keepdims=True))),
        ("a mean of three steps, the next one among them", lambda x: now((_late(x, 1) + x + _ahead(x, 1)) / 3)),
        ("attention to all steps", lambda x: _attend(x, np.ones((len(x), len(x)), dtype=bool))),
        ("attention to the steps so far", lambda x: _attend(x, np.tri(len(x), dtype=bool))),
        ("its own input", lambda x: x),
        ("its own input, turned round", lambda x: x[::-1]),
        ("the last input, at every step", lambda x: np.broadcast_to(x[-1], x.shape)),
        ("the number of steps to come", lambda x: memory(x) * np.arange(len(x), 0, -1)[:, None, None]),
        ("each row by a factor of its own", lambda x: memory(x) * np.arange(1, x.shape[1] + 1)[:, None]),
        ("step 0 sees step 1", _at(memory, 0, 1, V)),
        ("step 3 sees step 4", _at(memory, 3, 4, V)),
        ("the last step but one sees the last", _at(now, -2, -1, V)),
        ("the first step sees the last", _at(memory, 0, -1, V)),
        *_every_step(rng, memory, now),
        *_hidden(memory, V),
        *_discrete(memory, rng.normal(size=(8 * H, 3))),
        ("the product of two steps", lambda x: now(x) + (x * _ahead(x, 1)) @ V.T),
        ("the size of the next step", lambda x: memory(x) + np.abs(_ahead(x, 1)) @ V.T),
        ("what is positive in the next step", lambda x: now(x) + np.maximum(_ahead(x, 1) @ V.T, 0)),
        (
            "the inputs' differences one step ahead",
            lambda x: memory(x) + _ahead(x - x.mean(axis=2, keepdims=True), 1) @ V.T,
        ),
        ("a faint look ahead", lambda x: memory(x) + 1e-3 * _ahead(x, 1) @ V.T),
        ("a look ahead of a ten-millionth", lambda x: 20 + memory(x) + 1e-7 * _ahead(x, 1) @ V.T),
        ("a look ahead of a hundred-millionth", lambda x: 2 + memory(x) + 1e-8 * _ahead(x, 1) @ V.T),
        ("rounding of a hundred-billionth", lambda x: 2 + memory(x) + 1e-11 * _ahead(x, 1) @ V.T),
        ("a filter with rounding", lambda x: _filter_by_fourier(x) @ W.T),
        ("one direction in single precision", lambda x: recurrent(x.astype(np.float32))),
    ]


def _late(x: Array, steps: int) -> Array:
    return np.concatenate([np.zeros_like(x[:steps]), x[: len(x) - steps]])[: len(x)]


def _ahead(x: Array, steps: int) -> Array:
    return np.concatenate([x[steps:], np.zeros_like(x[:steps])])[: len(x)]


def _at(base: Layer, to: int, origin: int, V: Array) -> Layer:
    """One step more: the output at step `to` sees the input at step `origin`; both may count from the end."""

    def layer(x: Array) -> Array:
        h = base(x).copy()
        if len(x) > max(abs(to), abs(origin)):
            h[to] += x[origin] @ V.T
        return h

    return layer


def _every_step(rng: np.random.Generator, *bases: Layer) -> Iterator[tuple[str, Layer]]:
    """In a dozen steps each but the first is seen once by some step before it, and each but the last sees one.

    One unit rises where another falls, so that it is not a matter of chance whether a sign or a sum shows it.
    """
    T = 12
    pairs = [(int(rng.integers(origin)), origin) for origin in range(1, T)]
    pairs += [(to, int(rng.integers(to + 1, T))) for to in range(T - 1)]
    for number, (to, origin) in enumerate(pairs):
        more, less = (int(unit) for unit in rng.permutation(H)[:2])
        V = np.zeros((H, 3))
        V[more, number % 3], V[less, number % 3] = 50, -50
        base, row = bases[number % len(bases)], -(number % 2)
        layer = _in_row(_at(base, to, origin, V), base, row)
        yield f"units {more} and {less} of step {to} see step {origin} in the {'last' if row else 'first'} row", layer


def _in_row(layer: Layer, base: Layer, row: int) -> Layer:
    """This layer in one row, and in all others its base."""

    def one_row(x: Array) -> Array:
        h = base(x).copy()
        h[:, row] = layer(x)[:, row]
        return h

    return one_row


def _hidden(memory: Layer, V: Array) -> Iterator[tuple[str, Layer]]:
    """Looks ahead that one unit or one row alone shows, or that a sum, a norm or a size does not show."""

    def moved(change: Callable[[Array, Array], None]) -> Layer:
        """`change` works on the states h in place, given what each step sees of the next one, (T, B, H)."""

        def layer(x: Array) -> Array:
            h = memory(x)
            change(h, _ahead(x, 1) @ V.T)
            return h

        return layer

    def unit(h: Array, seen: Array) -> None:
        h[..., -1] += seen[..., 0]

    def first_step(sign: int) -> Layer:
        def layer(x: Array) -> Array:
            h = memory(x)
            if len(x) > 1:
                h[0, -1, -1] += sign * x[-1, :, 0].sum()
            return h

        return layer

    def row(h: Array, seen: Array) -> None:
        h[:, -1] += seen[:, -1]

    def row_above(h: Array, seen: Array) -> None:
        h[:, 1:] += seen[:, :-1]

    def row_below(h: Array, seen: Array) -> None:
        h[:, :-1] += seen[:, 1:]

    def between_units(h: Array, seen: Array) -> None:
        h[..., 0] += seen[..., 0]
        h[..., 1] -= seen[..., 0]

    def between_rows(h: Array, seen: Array) -> None:
        h[:, 0] += seen[:, 0]
        h[:, -1] -= seen[:, 0]

    def between_steps(h: Array, seen: Array) -> None:
        h[:-2] += seen[1:-1]
        h[1:-1] -= seen[1:-1]

    def rotation(h: Array, seen: Array) -> None:
        u, v, angle = h[..., 0].copy(), h[..., 1].copy(), seen[..., 0]
        h[..., 0], h[..., 1] = np.cos(angle) * u - np.sin(angle) * v, np.sin(angle) * u + np.cos(angle) * v

    yield "one unit sees the next step", moved(unit)
    yield "one row looks one step ahead", moved(row)
    yield "one number of step 0 sees the last step", first_step(1)
    yield "one number of step 0 sees the last step with a minus sign", first_step(-1)
    yield "each row sees the next row's future", lambda x: memory(x) + np.roll(_ahead(x, 1) @ V.T, 1, axis=1)
    yield "each row but the first sees the future of the row before", moved(row_above)
    yield "each row but the last sees the future of the row behind", moved(row_below)
    yield "what the next step adds to one unit it takes from another", moved(between_units)
    yield "what the next step adds to one row it takes from another", moved(between_rows)
    yield "what a later step adds to one step it takes from the next", moved(between_steps)
    yield "the next step turns two units by an angle", moved(rotation)


def _discrete(memory: Layer, V: Array) -> Iterator[tuple[str, Layer]]:
    """The next step says in which order the units stand, or with which sign; so many that no change leaves them all."""

    def many(x: Array) -> Array:
        return np.tile(memory(x), 8)

    def order(x: Array) -> Array:
        return np.take_along_axis(many(x), np.argsort(_ahead(x, 1) @ V.T), axis=2)

    def signs(x: Array) -> Array:
        return many(x) * np.where(_ahead(x, 1) @ V.T > 0, -1, 1)

    yield "the next step says in which order the units stand", order
    yield "the next step turns signs", signs


def _attend(x: Array, seen: Array) -> Array:
    """Each step takes a mean of the steps that it sees, seen (T, T), weighted by likeness."""
    likeness = np.where(seen[..., None], np.einsum("tbd,sbd->tsb", x, x), -np.inf)
    weights = np.exp(likeness - likeness.max(axis=1, keepdims=True))
    return np.einsum("tsb,sbd->tbd", weights / weights.sum(axis=1, keepdims=True), x)


def _filter_by_fourier(x: Array) -> Array:
    """Every step 0.7 of the one before and its own input, as a product of spectra: right but for rounding."""
    n = 2 * len(x)
    kernel = np.fft.rfft(0.7 ** np.arange(len(x)), n)[:, None, None]
    return np.fft.irfft(np.fft.rfft(x, n, axis=0) * kernel, n, axis=0)[: len(x)]


def _layer_cases(rng: np.random.Generator) -> Iterator[Case]:
    for label, layer in _layers(rng):
        yield Case((layer,), label)


def _judged(case: Case, leaks: Any, expected: Any) -> str:
    """What is wrong, and with which step and input this layer shows it."""
    wrong = scalar_difference(leaks, expected, "leaks", 0.0)
    if not wrong:
        return ""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 3, 3))
    (layer,) = case.args
    for origin in range(1, len(x)):
        changed = x.copy()
        changed[origin] = rng.normal(size=(3, 3))
        moved = np.abs(layer(changed) - layer(x)).max(axis=(1, 2))[:origin] > 1e-9
        if moved.any():
            return f"{wrong} This layer's output at step {moved.argmax()} moves when x[{origin}] changes."
    return f"{wrong} No output of this layer moves when a later input changes, but for rounding."


def _plain_number(leaks: Any) -> Any:
    """np.True_ is as good an answer as True."""
    return leaks.item() if isinstance(leaks, np.generic) else leaks


FALLS = "the differences are not taken by size: an output that falls has moved too. np.abs before max."
LEAKS_FUTURE = Exercise(
    reference=leaks_future,
    difficulty="extend",
    statement="Does some output depend on a later input? layer is a function from x (T, B, 3) to h (T, B, H), for any "
    "T and B. Try it yourself, on a dozen steps of a few rows of random numbers: each step in turn is replaced by new "
    "random numbers, and the answer is True where some output before that step moves, in any row or unit. A difference "
    "below 1e-9 is rounding. Some layers look one step ahead, others up to eleven, at one place only or faintly.",
    inputs=("layer",),
    outputs=("leaks",),
    view=_plain_number,
    cases=_layer_cases,
    judge=_judged,
    hints=(
        "Give the layer some x, random and of a dozen steps, then a copy of x with one step changed. Compare.",
        "Which outputs may change with x[t]? Those at t and later. Which may not? h[:t].",
        "One step is not enough: the layer may look ahead at one place only. Try every t.",
        "New random numbers are the safest change: the same number added everywhere vanishes where a mean is taken "
        "off, and from zeros a product stays zero. Compare all rows and units, and forgive rounding (1e-9).",
    ),
    slips=(
        Slip(
            "True for every layer: the outputs at step t and later may change, and do. Compare h[:t] only.",
            ("[:t] - h[:t]", " - h"),
        ),
        Slip(
            "the output at step t is compared too. It may see x[t]; only those before it may not: h[:t].",
            ("[:t] - h[:t]", "[: t + 1] - h[: t + 1]"),
        ),
        Slip(
            "the outputs after step t are compared: that finds memory. A look ahead shows before t, in h[:t].",
            ("range(1, T)", "range(T - 1)"),
            ("[:t] - h[:t]", "[t + 1 :] - h[t + 1 :]"),
        ),
        Slip(
            "False for every layer: nothing before the change can move if x[0] alone is changed, or if x itself is "
            "changed before both calls. Take a copy, and try every later step.",
            ("x.copy()", "x"),
            ("- h[:t]", "- layer(x)[:t]"),
        ),
        Slip(
            "only the last step is changed. A layer may look ahead elsewhere: try every step.",
            ("range(1, T)", "[T - 1]"),
        ),
        Slip(
            "only step 1 is changed; a return inside the loop may have ended it too early. Try every step, and return "
            "False after the loop.",
            ("    return False", "        return False"),
        ),
        Slip(
            "only the middle step is changed. A layer may look ahead elsewhere: try every step.",
            ("range(1, T)", "[T // 2]"),
        ),
        Slip("the last step is never changed: range(1, T) reaches it.", ("range(1, T)", "range(1, T - 1)")),
        Slip("step 1 is never changed: begin with t = 1.", ("range(1, T)", "range(2, T)")),
        Slip(
            "only the output right before the change is compared. A layer may look further ahead: compare all of "
            "h[:t].",
            ("[:t] - h[:t]", "[t - 1] - h[t - 1]"),
        ),
        Slip("only the first output is compared: compare all of h[:t].", ("[:t] - h[:t]", "[0] - h[0]")),
        Slip(
            "the same number is added to the whole step. Where a mean over the inputs is taken off, it vanishes: "
            "change the step to new random numbers.",
            ("changed[t] = rng.normal(size=(B, D))", "changed[t] += 1"),
        ),
        Slip(
            "x is zero before the change. Where inputs are multiplied, zeros hide the look ahead: begin with random x.",
            ("rng.normal(size=(T, B, D))", "np.zeros((T, B, D))"),
        ),
        Slip("the tolerance is too wide: a faint look ahead is one. 1e-9 is enough for rounding.", ("1e-9", "1e-2")),
        Slip("the outputs are compared bit by bit. Rounding alone may move them: forgive 1e-9.", ("1e-9", "0")),
        Slip(
            "only the first row is changed and compared. Another row may look ahead, or at another row: take all.",
            ("changed[t] = rng.normal(size=(B, D))", "changed[t, 0] = rng.normal(size=D)"),
            ("[:t] - h[:t]", "[:t, 0] - h[:t, 0]"),
        ),
        Slip("only the first row is compared: take all.", ("[:t] - h[:t]", "[:t, 0] - h[:t, 0]")),
        Slip("only the first unit is compared: take all.", ("[:t] - h[:t]", "[:t, :, 0] - h[:t, :, 0]")),
        Slip(
            "the answer is turned round: True means that the layer looks ahead.",
            ("return True", "return False"),
            ("return False", "return True"),
        ),
        Slip(FALLS, ("np.abs(", "(")),
        Slip(FALLS, ("np.abs(layer(changed)[:t] - h[:t])", "(h[:t] - layer(changed)[:t])")),
        Slip(
            "only sums are compared: what one unit gains another may lose. Compare entry by entry, then take the max.",
            ("np.abs(layer(changed)[:t] - h[:t]).max()", "abs((layer(changed)[:t] - h[:t]).sum())"),
        ),
        Slip(
            "only the sums over the units are compared: what one unit gains another may lose. Compare entry by entry.",
            ("np.abs(layer(changed)[:t] - h[:t])", "np.abs((layer(changed)[:t] - h[:t]).sum(axis=2))"),
        ),
        Slip(
            "only norms are compared: a look ahead may turn the state and leave its length. Compare entry by entry.",
            (
                "np.abs(layer(changed)[:t] - h[:t])",
                "np.abs(np.linalg.norm(layer(changed)[:t], axis=2) - np.linalg.norm(h[:t], axis=2))",
            ),
        ),
        Slip(
            "only sizes are compared: a look ahead may turn a sign. Take the difference first, then its size.",
            ("np.abs(layer(changed)[:t] - h[:t])", "np.abs(np.abs(layer(changed)[:t]) - np.abs(h[:t]))"),
        ),
        Slip(
            "the layer is tried on a single row. A row may see the future of another one: try a few.",
            ("12, 2, 3", "12, 1, 3"),
        ),
        Slip(
            "the layer is tried on six steps. It may look further ahead than that: try a dozen.",
            ("12, 2, 3", "6, 2, 3"),
        ),
        Slip(
            "np.allclose forgives a hundred-thousandth of the value (rtol) unless told otherwise; a faint look ahead "
            "is one. Forgive 1e-9: rtol=0, atol=1e-9.",
            ("np.abs(layer(changed)[:t] - h[:t]).max() > 1e-9", "not np.allclose(layer(changed)[:t], h[:t])"),
        ),
        Slip(
            "the rest is cut off, not changed. A layer may know how many steps there are without looking at them.",
            ("layer(changed)[:t]", "layer(x[:t])"),
        ),
    ),
)
