"""Exercises of chapter 09: the cell with three switches, one step of the LSTM, with peepholes, and one step back."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.checks.exercise import Exercise, Misconception, OwnForward
from rnncourse.exercises._faults import (
    IN_DOUBLE,
    MEAN_FOR_SUM,
    OVERFLOW,
    arriving,
    averaged,
    careless_sigmoid,
    every_nth_row,
    gate_cases,
    in_double,
    inputs,
    reordered,
    replaced,
    stacked,
    transposed,
)
from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid

CHAPTER = "09_lstm"
Array = np.ndarray


def keep_write_read(values: Array, keep: Array, write: Array, read: Array) -> Array:
    """One memory cell with three switches: m_t = keep_t m_{t-1} + write_t value_t, output_t = read_t m_t.

    All four are (T,), the switches from 0 (shut) to 1 (open); the memory starts empty -> outputs (T,)
    """
    m, outputs = 0.0, np.empty_like(values)
    for t in range(len(values)):
        m = keep[t] * m + write[t] * values[t]
        outputs[t] = read[t] * m
    return outputs


def lstm_step(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array) -> tuple[Array, Array]:
    """One step of the LSTM.   x_t (B, D), h_prev and c_prev (B, H), W (4H, D), R (4H, H), b (4H,) -> h, c (B, H)"""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def lstm_step_backward(
    dh: Array, dc: Array, x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """One step back: dh and dc (B, H) are all that reaches h_t and c_t -> (dx_t, dh_prev, dc_prev, dW, dR, db)

    The gates are computed again from the inputs. The cell collects blame twice: from c_{t+1}, which is dc, and
    through h = o tanh(c).
    """
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    tanh_c = np.tanh(f * c_prev + i * g)
    da_o = dh * tanh_c * dsigmoid(o)
    dc = dc + dh * o * dtanh(tanh_c)
    da_g = dc * i * dtanh(g)
    da_f = dc * c_prev * dsigmoid(f)
    da_i = dc * g * dsigmoid(i)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da @ W, da @ R, dc * f, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def peephole_lstm_step(
    x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array, p: Array
) -> tuple[Array, Array]:
    """One step with peepholes p (3, H): i and f see the old cell, o the new one. Other shapes as in `lstm_step`."""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g = sigmoid(a_i + p[0] * c_prev), sigmoid(a_f + p[1] * c_prev), np.tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + p[2] * c)
    return o * np.tanh(c), c


def _switch_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Switches anywhere between shut and open, and once as in the text: shut or open, nothing between."""
    for draw in draws(rng, "T"):
        switches = (rng.uniform(size=draw.T).astype(draw.dtype) for _ in range(3))
        yield draw.case(draw.array("T"), *switches)
    shut_or_open = (rng.integers(0, 2, size=20).astype(float) for _ in range(3))
    yield Case((rng.normal(size=20), *shut_or_open), "shut or open: T=20")


def _cell(
    new: Callable[..., float] = lambda m, v, k, w, r: k * m + w * v,
    out: Callable[..., float] = lambda m, old, v, r: r * m,
    start: Callable[[Array], float] = lambda values: 0.0,
    left: Callable[[float, float], float] = lambda m, out: m,
) -> Callable[..., Array]:
    """The cell with one of its lines changed. m is the memory, v the value, k, w, r the switches."""

    def wrong(values: Array, keep: Array, write: Array, read: Array) -> Array:
        m, outputs = start(values), np.empty_like(values)
        for t in range(len(values)):
            old, m = m, new(m, values[t], keep[t], write[t], read[t])
            outputs[t] = out(m, old, values[t], read[t])
            m = left(m, outputs[t])
        return outputs

    return wrong


KEEP_WRITE_READ = Exercise(
    reference=keep_write_read,
    difficulty="predict",
    statement="One memory cell with three switches, empty at the start. At each step it keeps keep[t] of what it "
    "holds, adds write[t] of values[t], and then shows read[t] of what it holds.",
    inputs=("values (T)", "keep (T)", "write (T)", "read (T)"),
    outputs=("outputs (T)",),
    cases=_switch_cases,
    hints=(
        "One number m is the memory, 0 before the first step. A loop over t changes it once in each step.",
        "m = keep[t] * m + write[t] * values[t]: what is kept and what is written are added.",
        "What is read is the memory after the step's writing, times read[t]. Reading does not change it.",
    ),
    slips=(
        Misconception(
            "writing erases here: what is written is added to what is kept. To erase is the business of keep alone.",
            _cell(lambda m, v, k, w, r: k * m * (1 - w) + w * v),
        ),
        Misconception(
            "keep is turned round: 1 means keep all, 0 means keep nothing.",
            _cell(lambda m, v, k, w, r: (1 - k) * m + w * v),
        ),
        Misconception(
            "nothing is carried from step to step: keep[t] times the old memory is missing.",
            _cell(lambda m, v, k, w, r: w * v),
        ),
        Misconception(
            "keep is not used: the memory only ever grows by what is written.", _cell(lambda m, v, k, w, r: m + w * v)
        ),
        Misconception("write is not used: the whole value is written.", _cell(lambda m, v, k, w, r: k * m + v)),
        Misconception(
            "write is taken as 1 - keep. The two switches are independent: both may be open, or both shut.",
            _cell(lambda m, v, k, w, r: k * m + (1 - k) * v),
        ),
        Misconception(
            "what was just written is multiplied by keep too. Keep acts on the old memory alone.",
            _cell(lambda m, v, k, w, r: k * (m + w * v)),
        ),
        Misconception(
            "the memory is read before the step writes to it: keep and write first, then read.",
            _cell(out=lambda m, old, v, r: r * old),
        ),
        Misconception("read is not used: the whole memory is shown.", _cell(out=lambda m, old, v, r: m)),
        Misconception(
            "what is shown is read times the value; show read times the memory.", _cell(out=lambda m, old, v, r: r * v)
        ),
        Misconception(
            "reading changes the memory: it is left at read[t] times what it held. Reading shows it and leaves it.",
            _cell(left=lambda m, out: out),
        ),
        Misconception(
            "what is read is taken out of the memory. Reading shows it and leaves it.",
            _cell(left=lambda m, out: m - out),
        ),
        Misconception("the memory starts with values[0]; it starts empty, at 0.", _cell(start=lambda v: float(v[0]))),
        Misconception(
            "the switches are taken as shut or open. They may stand anywhere between, so multiply by them.",
            lambda v, *switches: keep_write_read(v, *(np.asarray(np.round(s)) for s in switches)),
        ),
        Misconception(
            "the memory goes through tanh before it is read. The LSTM does that; this cell shows what it holds.",
            _cell(out=lambda m, old, v, r: r * np.tanh(m)),
        ),
        Misconception("the outputs are a list; make them an array.", lambda *args: list(keep_write_read(*args))),
        Misconception(
            "this is the last output alone: one is asked for at every step.", lambda *args: keep_write_read(*args)[-1]
        ),
        Misconception(IN_DOUBLE, in_double(keep_write_read)),
    ),
)


def _step_case(draw: Draw) -> Case:
    W, R, b = stacked(draw, 4, "HD"), stacked(draw, 4, "HH"), stacked(draw, 4, "H")
    return draw.case(inputs(draw), draw.states("BH"), draw.array("BH"), W, R, b)


def _peephole_case(draw: Draw) -> Case:
    return draw.case(*_step_case(draw).args, np.stack([draw.array("H") for _ in range(3)]))


def _step_back_case(draw: Draw) -> Case:
    return draw.case(arriving(draw), arriving(draw), *_step_case(draw).args)


def _in_blocks(a: Array) -> list[Array]:
    return np.split(a, 4, axis=1)


def _step(
    *,
    order: str = "ifgo",
    a: Callable[..., Array] = lambda x, h, W, R, b: x @ W.T + h @ R.T + b,
    split: Callable[[Array], list[Array]] = _in_blocks,
    gate: Callable[[Array], Array] = sigmoid,
    forget: Callable[[Array], Array] | None = None,
    block: Callable[[Array], Array] = np.tanh,
    cell: Callable[..., Array] = lambda i, f, g, c_prev: f * c_prev + i * g,
    out: Callable[..., Array] = lambda o, c, c_prev: o * np.tanh(c),
) -> Callable[..., Any]:
    """One step of the LSTM with one of its lines changed."""

    def wrong(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array) -> tuple[Array, Array]:
        parts = dict(zip(order, split(a(x_t, h_prev, W, R, b)), strict=True))
        i, f, o, g = gate(parts["i"]), (forget or gate)(parts["f"]), gate(parts["o"]), block(parts["g"])
        c = cell(i, f, g, c_prev)
        return out(o, c, c_prev), c

    return wrong


LSTM_STEP = Exercise(
    reference=lstm_step,
    difficulty="complete",
    statement="One step of the LSTM for a batch, gates stacked i, f, g, o in W, R and b.",
    inputs=("x_t (B, D)", "h_prev (B, H)", "c_prev (B, H)", "W (4H, D)", "R (4H, H)", "b (4H,)"),
    outputs=("h (B, H)", "c (B, H)"),
    cases=gate_cases("BDH", _step_case),
    hints=(
        "All four arguments at once: a = x_t @ W.T + h_prev @ R.T + b has shape (B, 4H).",
        "np.split(a, 4, axis=1) cuts it into a_i, a_f, a_g, a_o, each (B, H).",
        "Three of them are gates and go through the logistic function 1 / (1 + e^-a). g is a value and goes through "
        "tanh.",
        "c = f * c_prev + i * g, then h = o * tanh(c) with the new c.",
    ),
    slips=(
        Misconception(
            "the gates are read in the order i, f, o, g. Here they are stacked i, f, g, o.", _step(order="ifog")
        ),
        Misconception(
            "the input and the forget gate have changed places: the stack is i, f, g, o.", _step(order="figo")
        ),
        Misconception(
            "the gates are read in the order i, g, f, o. Here they are stacked i, f, g, o.", _step(order="igfo")
        ),
        Misconception(
            "the gates are read in the order g, i, f, o. Here they are stacked i, f, g, o.", _step(order="gifo")
        ),
        Misconception(
            "the gates are taken row by row in turns. They are blocks: the first H rows of W, R and b are i's, the "
            "next H f's.",
            _step(split=lambda a: every_nth_row(a, 4)),
        ),
        Misconception(
            "1 is added to the forget gate's argument. The forget bias of 1 is a value that b starts with; b holds "
            "it already.",
            _step(forget=lambda a: sigmoid(a + 1)),
        ),
        Misconception(
            "the cell goes out without tanh: h = o * tanh(c).",
            _step(out=lambda o, c, c_prev: o * c),
        ),
        Misconception(
            "the old cell does not go through the forget gate: c = f * c_prev + i * g.",
            _step(cell=lambda i, f, g, c_prev: c_prev + i * g),
        ),
        Misconception(
            "the input gate is not used: c = f * c_prev + i * g.",
            _step(cell=lambda i, f, g, c_prev: f * c_prev + g),
        ),
        Misconception(
            "the old cell is lost: c = f * c_prev + i * g, and yours is i * g.",
            _step(cell=lambda i, f, g, c_prev: i * g),
        ),
        Misconception(
            "the forget gate is turned round: in spite of its name, f = 1 keeps.",
            _step(cell=lambda i, f, g, c_prev: (1 - f) * c_prev + i * g),
        ),
        Misconception(
            "the input gate is taken as 1 - f. That is another cell (coupled gates); here i has weights of its own.",
            _step(cell=lambda i, f, g, c_prev: f * c_prev + (1 - f) * g),
        ),
        Misconception(
            "the new cell goes through tanh before it is stored. The cell is a plain sum; tanh comes on the way out.",
            _step(cell=lambda i, f, g, c_prev: np.tanh(f * c_prev + i * g)),
        ),
        Misconception(
            "the state is made from the old cell: h = o * tanh(c) with the new c.",
            _step(out=lambda o, c, c_prev: o * np.tanh(c_prev)),
        ),
        Misconception("the output gate is not used: h = o * tanh(c).", _step(out=lambda o, c, c_prev: np.tanh(c))),
        Misconception(
            "the output gate stands inside the tanh: h = o * tanh(c), not tanh(o * c).",
            _step(out=lambda o, c, c_prev: np.tanh(o * c)),
        ),
        Misconception(
            "g goes through the logistic function. It is a value, not a gate, and may be negative: tanh.",
            _step(block=sigmoid),
        ),
        Misconception(
            "the gates go through tanh. A gate lies between 0 and 1: the logistic function.", _step(gate=np.tanh)
        ),
        Misconception(
            "the logistic function has its sign turned: 1 / (1 + e^-a), with the minus.",
            _step(gate=lambda a: sigmoid(-a)),
        ),
        Misconception("g does not go through tanh.", _step(block=lambda a: a)),
        Misconception(
            "the bias is added twice: one b stands for both biases here.",
            _step(a=lambda x, h, W, R, b: x @ W.T + h @ R.T + 2 * b),
        ),
        Misconception("the bias is missing.", _step(a=lambda x, h, W, R, b: x @ W.T + h @ R.T)),
        Misconception(
            "the last state is not used: the gates see R h_{t-1} as well.", _step(a=lambda x, h, W, R, b: x @ W.T + b)
        ),
        Misconception("the input is not used: the gates see W x_t.", _step(a=lambda x, h, W, R, b: h @ R.T + b)),
        Misconception(
            "the gates see the old cell in place of the last state: R multiplies h_prev.",
            lambda x, h, c, W, R, b: lstm_step(x, c, c, W, R, b),
        ),
        Misconception("h_prev and c_prev have changed places.", lambda x, h, c, W, R, b: lstm_step(x, c, h, W, R, b)),
        Misconception("h and c have changed places: return h, then c.", reordered(lstm_step, 1, 0)),
        Misconception(OVERFLOW, _step(gate=careless_sigmoid)),
        Misconception(IN_DOUBLE, in_double(lstm_step)),
    ),
)


def _peep(
    *,
    order: str = "ifgo",
    peeps: str = "ifo",
    i_and_f: Callable[..., Array] = lambda a, p, c_prev, h_prev: sigmoid(a + p * c_prev),
    block: Callable[..., Array] = lambda a, p, c_prev: np.tanh(a),
    o: Callable[..., Array] = lambda a, p, c, c_prev, h_prev: sigmoid(a + p * c),
    out: Callable[[Array], Array] = np.tanh,
    cell: Callable[..., Array] = lambda i, f, g, c_prev: f * c_prev + i * g,
) -> Callable[..., Any]:
    """One step with peepholes with one of its lines changed."""

    def wrong(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array, p: Array) -> tuple[Array, Array]:
        a = dict(zip(order, _in_blocks(x_t @ W.T + h_prev @ R.T + b), strict=True))
        w = dict(zip(peeps, p, strict=True))
        i, f = (i_and_f(a[k], w[k], c_prev, h_prev) for k in "if")
        c = cell(i, f, block(a["g"], w["o"], c_prev), c_prev)
        return o(a["o"], w["o"], c, c_prev, h_prev) * out(c), c

    return wrong


def _weighted_sum(c: Array, p: Array) -> Array:
    return (c @ p)[:, None]


PEEPHOLE_LSTM_STEP = Exercise(
    reference=peephole_lstm_step,
    difficulty="extend",
    statement="One step of the LSTM with peepholes p in the order i, f, o: each gate also sees its own cell. The "
    "output gate comes last and sees the new one.",
    inputs=("x_t (B, D)", "h_prev (B, H)", "c_prev (B, H)", "W (4H, D)", "R (4H, H)", "b (4H,)", "p (3, H)"),
    outputs=("h (B, H)", "c (B, H)"),
    cases=gate_cases("BDH", _peephole_case),
    hints=(
        "Begin with lstm_step. Three of its lines change; g and the last line stay as they are.",
        "A peephole adds one more term inside the gate: i = σ(a_i + p[0] * c_prev). Cell j is seen by its own gates "
        "only, so this is a product entry by entry.",
        "o looks at the cell that this step has made: compute c before it, then o = σ(a_o + p[2] * c).",
    ),
    slips=(
        Misconception(
            "the output gate sees the old cell. It comes last and sees the new one: a_o + p[2] * c.",
            _peep(o=lambda a, p, c, c_prev, h_prev: sigmoid(a + p * c_prev)),
        ),
        Misconception("the peepholes are not used: this is what lstm_step gives.", lambda *args: lstm_step(*args[:-1])),
        Misconception(
            "the output gate has no peephole: add p[2] * c.", _peep(o=lambda a, p, c, c_prev, h_prev: sigmoid(a))
        ),
        Misconception(
            "only the output gate has a peephole: i and f see the old cell through p[0] and p[1].",
            _peep(i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a)),
        ),
        Misconception(
            "p is read in the order f, i, o. Its rows belong to i, f and o, in this order.", _peep(peeps="fio")
        ),
        Misconception(
            "p is read in the order i, o, f. Its rows belong to i, f and o, in this order.", _peep(peeps="iof")
        ),
        Misconception(
            "p[2] is given to g, as if p were stacked like W. g has no peephole; p[2] belongs to o.",
            _peep(
                block=lambda a, p, c_prev: np.tanh(a + p * c_prev),
                o=lambda a, p, c, c_prev, h_prev: sigmoid(a),
            ),
        ),
        Misconception(
            "g has a peephole too. Only the three gates have one.",
            _peep(block=lambda a, p, c_prev: np.tanh(a + p * c_prev)),
        ),
        Misconception(
            "the peepholes look at the last state, h_prev. They look at the cell, past the output gate.",
            _peep(
                i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a + p * h_prev),
                o=lambda a, p, c, c_prev, h_prev: sigmoid(a + p * h_prev),
            ),
        ),
        Misconception(
            "i and f look at the last state, h_prev. They look at the old cell, past the output gate.",
            _peep(i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a + p * h_prev)),
        ),
        Misconception(
            "the peepholes look at tanh of the cell; they see the cell itself.",
            _peep(
                i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a + p * np.tanh(c_prev)),
                o=lambda a, p, c, c_prev, h_prev: sigmoid(a + p * np.tanh(c)),
            ),
        ),
        Misconception(
            "the output gate looks at tanh of the cell; it sees the cell itself.",
            _peep(o=lambda a, p, c, c_prev, h_prev: sigmoid(a + p * np.tanh(c))),
        ),
        Misconception(
            "the peepholes are added outside the logistic function; they stand inside, beside a.",
            _peep(
                i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a) + p * c_prev,
                o=lambda a, p, c, c_prev, h_prev: sigmoid(a) + p * c,
            ),
        ),
        Misconception(
            "the peepholes are weighted sums over all cells. Each gate sees its own cell only: entry by entry.",
            _peep(
                i_and_f=lambda a, p, c_prev, h_prev: sigmoid(a + _weighted_sum(c_prev, p)),
                o=lambda a, p, c, c_prev, h_prev: sigmoid(a + _weighted_sum(c, p)),
            ),
        ),
        Misconception(
            "the gates are read in the order i, f, o, g. Here they are stacked i, f, g, o.", _peep(order="ifog")
        ),
        Misconception("the cell goes out without tanh: h = o * tanh(c).", _peep(out=lambda c: c)),
        Misconception(
            "the old cell does not go through the forget gate: c = f * c_prev + i * g.",
            _peep(cell=lambda i, f, g, c_prev: c_prev + i * g),
        ),
        Misconception("h and c have changed places: return h, then c.", reordered(peephole_lstm_step, 1, 0)),
        Misconception(
            OVERFLOW,
            _peep(
                i_and_f=lambda a, p, c_prev, h_prev: careless_sigmoid(a + p * c_prev),
                o=lambda a, p, c, c_prev, h_prev: careless_sigmoid(a + p * c),
            ),
        ),
        Misconception(IN_DOUBLE, in_double(peephole_lstm_step)),
    ),
)


def _back(*, order: str = "ifgo", stack: str = "", **changed: Callable[[Any], Array]) -> Callable[..., Any]:
    """One step back with some of its lines changed.

    Each change gets everything by name: dh, dc (what arrived), h_prev, c_prev, x_t, W, R, i, f, g, o, c, tanh_c, then
    total (all that reaches c_t), da_i … da_o, da, as far as they are known when its line is reached.
    """
    lines: dict[str, Callable[[Any], Array]] = {
        "total": lambda s: s.dc + s.dh * s.o * dtanh(s.tanh_c),
        "da_o": lambda s: s.dh * s.tanh_c * dsigmoid(s.o),
        "da_g": lambda s: s.total * s.i * dtanh(s.g),
        "da_f": lambda s: s.total * s.c_prev * dsigmoid(s.f),
        "da_i": lambda s: s.total * s.g * dsigmoid(s.i),
        "da": lambda s: np.concatenate([getattr(s, f"da_{k}") for k in (stack or order)], axis=1),
        "dx_t": lambda s: s.da @ s.W,
        "dh_prev": lambda s: s.da @ s.R,
        "dc_prev": lambda s: s.total * s.f,
        "dW": lambda s: s.da.T @ s.x_t,
        "dR": lambda s: s.da.T @ s.h_prev,
        "db": lambda s: s.da.sum(axis=0),
    } | changed

    def wrong(
        dh: Array, dc: Array, x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array
    ) -> tuple[Array, ...]:
        a = dict(zip(order, _in_blocks(x_t @ W.T + h_prev @ R.T + b), strict=True))
        s = SimpleNamespace(dh=dh, dc=dc, x_t=x_t, h_prev=h_prev, c_prev=c_prev, W=W, R=R, a=a)
        s.i, s.f, s.g, s.o = sigmoid(a["i"]), sigmoid(a["f"]), np.tanh(a["g"]), sigmoid(a["o"])
        s.c = s.f * c_prev + s.i * s.g
        s.tanh_c = np.tanh(s.c)
        for name, line in lines.items():
            setattr(s, name, line(s))
        return s.dx_t, s.dh_prev, s.dc_prev, s.dW, s.dR, s.db

    return wrong


LSTM_STEP_BACKWARD = Exercise(
    reference=lstm_step_backward,
    difficulty="complete",
    statement="One step of backpropagation through the LSTM; compute the gates again from the inputs. dh is all the "
    "blame that reaches h_t, dc what reaches c_t from step t + 1.",
    inputs=(
        *("dh (B, H)", "dc (B, H)", "x_t (B, D)", "h_prev (B, H)", "c_prev (B, H)"),
        *("W (4H, D)", "R (4H, H)", "b (4H,)"),
    ),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dc_prev (B, H)", "dW (4H, D)", "dR (4H, H)", "db (4H,)"),
    cases=gate_cases("BDH", _step_back_case),
    own_forward=OwnForward(
        arguments=lambda case: case.args[2:],
        backward=lambda case, state: case.args,
        cotangent=lambda case: np.stack(case.args[:2]),
    ),
    hints=(
        "Copy the forward step first: you need i, f, g, o and tanh(c). Then go through its lines in reverse.",
        "h = o * tanh(c) feeds two: do = dh * tanh(c), and the cell gets dh * o * (1 - tanh(c)²) on top of the dc that "
        "has come from step t + 1.",
        "With this whole dc: di = dc * g, dg = dc * i, df = dc * c_prev, and dc_prev = dc * f.",
        "Each through its own slope: s (1 - s) for the gates, 1 - g² for g. Put the four side by side in the order i, "
        "f, g, o: da, (B, 4H).",
        "The rest is rnn_step_backward: da @ W, da @ R, da.T @ x_t, da.T @ h_prev, and the sum of da over the batch.",
    ),
    slips=(
        Misconception(
            "the dc that arrives from step t + 1 is not added. The cell collects blame twice: dc, and what comes "
            "through h = o * tanh(c).",
            _back(total=lambda s: s.dh * s.o * dtanh(s.tanh_c)),
        ),
        Misconception(
            "the blame that comes through h = o * tanh(c) is missing: add dh * o * (1 - tanh(c)²) to dc.",
            _back(total=lambda s: s.dc),
        ),
        Misconception(
            "the slope of the tanh around the cell is missing: dh * o * (1 - tanh(c)²) reaches the cell.",
            _back(total=lambda s: s.dc + s.dh * s.o),
        ),
        Misconception(
            "the slope of the tanh around the cell is taken as 1 - c². It is 1 - tanh(c)².",
            _back(total=lambda s: s.dc + s.dh * s.o * dtanh(s.c)),
        ),
        Misconception(
            "the output gate is missing on the way into the cell: dh * o * (1 - tanh(c)²).",
            _back(total=lambda s: s.dc + s.dh * dtanh(s.tanh_c)),
        ),
        Misconception(
            "dc, too, is sent through o and the tanh. It arrives at the cell itself; only dh comes through h.",
            _back(total=lambda s: (s.dc + s.dh) * s.o * dtanh(s.tanh_c)),
        ),
        Misconception(
            "the output gate gets dh * c. In h = o * tanh(c) its partner is tanh(c).",
            _back(da_o=lambda s: s.dh * s.c * dsigmoid(s.o)),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at all three gates.",
            _back(
                da_o=lambda s: s.dh * s.tanh_c,
                da_f=lambda s: s.total * s.c_prev,
                da_i=lambda s: s.total * s.g,
            ),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at the output gate.",
            _back(da_o=lambda s: s.dh * s.tanh_c),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at the forget gate.",
            _back(da_f=lambda s: s.total * s.c_prev),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at the input gate.",
            _back(da_i=lambda s: s.total * s.g),
        ),
        Misconception("the slope of g's tanh, 1 - g², is missing.", _back(da_g=lambda s: s.total * s.i)),
        Misconception(
            "g is given the slope of the logistic function. It went through tanh: 1 - g².",
            _back(da_g=lambda s: s.total * s.i * dsigmoid(s.g)),
        ),
        Misconception(
            "the gates are given the slope of tanh. They went through the logistic function: s (1 - s).",
            _back(
                da_o=lambda s: s.dh * s.tanh_c * dtanh(s.o),
                da_f=lambda s: s.total * s.c_prev * dtanh(s.f),
                da_i=lambda s: s.total * s.g * dtanh(s.i),
            ),
        ),
        Misconception(
            "the forget gate gets dc * c. Forward, it multiplied the old cell: dc * c_prev.",
            _back(da_f=lambda s: s.total * s.c * dsigmoid(s.f)),
        ),
        Misconception(
            "i and g each get their own value in place of the other's: in i * g, di = dc * g and dg = dc * i.",
            _back(
                da_g=lambda s: s.total * s.g * dtanh(s.g),
                da_i=lambda s: s.total * s.i * dsigmoid(s.i),
            ),
        ),
        Misconception(
            "dc_prev does not go through the forget gate: all that reaches the cell, times f.",
            _back(dc_prev=lambda s: s.total),
        ),
        Misconception(
            "dc_prev is the dc that arrived, times f. What came through h belongs to it as well.",
            _back(dc_prev=lambda s: s.dc * s.f),
        ),
        Misconception(
            "all the gates get only the dc that arrived: what came through h is added to dc after they used it.",
            _back(
                da_g=lambda s: s.dc * s.i * dtanh(s.g),
                da_f=lambda s: s.dc * s.c_prev * dsigmoid(s.f),
                da_i=lambda s: s.dc * s.g * dsigmoid(s.i),
            ),
        ),
        Misconception(
            "forward and back read the gates in the order i, f, o, g. Here they are stacked i, f, g, o.",
            _back(order="ifog"),
        ),
        Misconception(
            "the four are put together in the order i, f, o, g. W, R and b are stacked i, f, g, o.",
            _back(stack="ifog"),
        ),
        Misconception(
            "the four are put together in the order f, i, g, o. W, R and b are stacked i, f, g, o.",
            _back(stack="figo"),
        ),
        Misconception(
            "R is transposed here and must not be: forward multiplies by R.T, so backward multiplies by R.",
            _back(dh_prev=lambda s: s.da @ s.R.T),
        ),
        Misconception(
            "W is transposed here and must not be: forward multiplies by W.T, so backward multiplies by W.",
            _back(dx_t=lambda s: s.da @ s.W.T),
        ),
        Misconception(
            "dh_prev is zeros: all four see the last state, so the blame goes back through R.",
            _back(dh_prev=lambda s: np.zeros_like(s.h_prev)),
        ),
        Misconception(
            "dR uses h_t, the new state; R multiplied h_prev, the old one.",
            _back(dR=lambda s: s.da.T @ (s.o * s.tanh_c)),
        ),
        Misconception("dR uses the old cell; R multiplied h_prev.", _back(dR=lambda s: s.da.T @ s.c_prev)),
        Misconception("dW comes out transposed: it has the shape of W, (4H, D).", transposed(lstm_step_backward, 3)),
        Misconception("dR comes out transposed: it has the shape of R, (4H, H).", transposed(lstm_step_backward, 4)),
        Misconception(
            "db keeps one gradient for each row; b is shared by the rows, so sum over them.", _back(db=lambda s: s.da)
        ),
        Misconception("db is summed over the units; sum over the batch, axis 0.", _back(db=lambda s: s.da.sum(axis=1))),
        Misconception(MEAN_FOR_SUM, averaged(lstm_step_backward, 3)),
        Misconception("dh_prev and dc_prev have changed places.", reordered(lstm_step_backward, 0, 2, 1, 3, 4, 5)),
        Misconception("dx_t and dh_prev have changed places.", reordered(lstm_step_backward, 1, 0, 2, 3, 4, 5)),
        Misconception(
            "the bias is left out when the gates are computed again.",
            lambda dh, dc, x, h, c, W, R, b: lstm_step_backward(dh, dc, x, h, c, W, R, 0 * b),
        ),
        Misconception(
            "dh_prev also gets dh * o. The last state reaches h only through the gates: da @ R and nothing else.",
            replaced(lstm_step_backward, 1, lambda dh_prev, dh, *rest: dh_prev + dh * _output_gate(*rest[1:])),
        ),
        Misconception(IN_DOUBLE, in_double(lstm_step_backward)),
    ),
)


def _output_gate(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array) -> Array:
    return sigmoid(_in_blocks(x_t @ W.T + h_prev @ R.T + b)[3])
