"""Exercises of chapter 09: the cell with three switches, one step of the LSTM, with peepholes, and one step back."""

from collections.abc import Iterator

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.checks.exercise import Exercise, OwnForward
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import (
    CHANGED_PLACES,
    DB_OVER_UNITS,
    DB_PER_ROW,
    DR_OF_NEW_STATE,
    IN_DOUBLE,
    MEAN_FOR_SUM,
    OVERFLOW,
    R_TRANSPOSED,
    SIGN_TURNED,
    TANH_FOR_GATES,
    W_TRANSPOSED,
    careless_sigmoid,
)
from rnncourse.exercises._gates import arriving, biases, cells, gate_cases, inputs, peepholes, stacked, states
from rnncourse.reference.cells import LSTM
from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid

CHAPTER = "09_lstm"
ORDER_IFOG = "the gates are read in the order i, f, o, g. Here they are stacked i, f, g, o."
CELL_WITHOUT_TANH = "the cell goes out without tanh: h = o * tanh(c)."
NOTHING_FORGOTTEN = "the old cell does not go through the forget gate: c = f * c_prev + i * g."
STATE_TURNED_ROUND = "h and c have changed places: return h, then c."
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


def _switch_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Switches anywhere from shut to open; shut or open, as in the text; both but for a last digit; all at one end.

    What is written once and then kept fades over 200 steps without being lost; what is not kept at all is gone, also
    where it was a million times as large as what is read. Values of a hundred million.
    """
    for draw in draws(rng, "T"):
        yield draw.case(draw.array("T"), *rng.uniform(size=(3, draw.T)).astype(draw.dtype))
    T = 200
    ends = rng.integers(0, 2, size=(3, T)).astype(float)
    nearly = np.abs(ends - 10.0 ** rng.uniform(-7, -2, size=(3, T)))
    for label, switches in (
        ("shut or open", ends),
        ("nearly shut or nearly open", nearly),
        ("written and read, never kept", np.array([[0.0], [1.0], [1.0]]) * np.ones(T)),
    ):
        yield Case((rng.normal(size=T), *switches), f"{label}: T={T}")
    yield Case((5 + rng.normal(size=T), *np.ones((3, T))), f"all open, the memory grows: T={T}")
    once = np.arange(T) == 0
    yield Case((rng.normal(size=T), rng.uniform(0.8, 0.9, size=T), 1.0 * once, np.ones(T)), f"written once: T={T}")
    yield Case((1e8 * rng.normal(size=T), *rng.uniform(size=(3, T))), f"very large values: T={T}")
    values, keep, write, read = rng.normal(size=T), np.full(T, 0.9), np.ones(T), 1.0 * (np.arange(T) > 3)
    values[0], keep[3] = 1e6, 0
    yield Case((values, keep, write, read), f"a large value, never read: T={T}")
    yield Case((2.0 * once, np.full(T, 0.85), rng.uniform(0.5, 1, size=T), np.ones(T)), f"one value, then zeros: T={T}")


KEEP_WRITE_READ = Exercise(
    reference=keep_write_read,
    difficulty="predict",
    statement="One memory cell with three switches, empty at the start. At each step it keeps keep[t] of what it "
    "holds, adds write[t] of values[t], and then shows read[t] of what it holds. A switch stands anywhere from 0 "
    "(shut) to 1 (open).",
    inputs=("values (T)", "keep (T)", "write (T)", "read (T)"),
    outputs=("outputs (T)",),
    cases=_switch_cases,
    one_array=("keep", "write", "read"),
    hints=(
        "One number m is the memory, 0 before the first step. A loop over t changes it once in each step.",
        "m = keep[t] * m + write[t] * values[t]: what is kept and what is written are added.",
        "What is read is the memory after the step's writing, times read[t]. Reading does not change it.",
    ),
    slips=(
        Slip(
            "writing erases here: what is written is added to what is kept. To erase is the business of keep alone.",
            ("keep[t] * m", "keep[t] * m * (1 - write[t])"),
        ),
        Slip("keep is turned round: 1 means keep all, 0 means keep nothing.", ("keep[t] * m", "(1 - keep[t]) * m")),
        Slip(
            "nothing is carried from step to step: keep[t] times the old memory is missing.",
            ("keep[t] * m + ", ""),
        ),
        Slip("keep is not used: the memory only ever grows by what is written.", ("keep[t] * m", "m")),
        Slip("write is not used: the whole value is written.", ("write[t] * ", "")),
        Slip(
            "write is taken as 1 - keep. The two switches are independent: both may be open, or both shut.",
            ("write[t]", "(1 - keep[t])"),
        ),
        Slip(
            "what was just written is multiplied by keep too. Keep acts on the old memory alone.",
            ("keep[t] * m + write[t] * values[t]", "keep[t] * (m + write[t] * values[t])"),
        ),
        Slip(
            "the memory is read before the step writes to it: keep and write first, then read.",
            ("m = keep[t] * m + write[t] * values[t]", "outputs[t] = read[t] * m"),
            ("outputs[t] = read[t] * m", "m = keep[t] * m + write[t] * values[t]"),
        ),
        Slip("read is not used: the whole memory is shown.", ("read[t] * m", "m")),
        Slip(
            "what is shown is read times the value; show read times the memory.", ("read[t] * m", "read[t] * values[t]")
        ),
        Slip(
            "reading changes the memory: it is left at read[t] times what it held. Reading shows it and leaves it.",
            ("outputs[t] =", "outputs[t] = m ="),
        ),
        Slip(
            "what is read is taken out of the memory. Reading shows it and leaves it.",
            ("read[t] * m", "read[t] * m\n        m = m - outputs[t]"),
        ),
        Slip("the memory starts with values[0]; it starts empty, at 0.", ("0.0,", "values[0],")),
        Slip(
            "the switches are taken as shut or open. They may stand anywhere between, so multiply by them.",
            ("keep[t] *", "round(keep[t]) *"),
            ("write[t] *", "round(write[t]) *"),
            ("read[t] *", "round(read[t]) *"),
        ),
        Slip(
            "the memory goes through tanh before it is read. The LSTM does that; this cell shows what it holds.",
            ("read[t] * m", "read[t] * np.tanh(m)"),
        ),
        Slip("the outputs are a list; make them an array.", ("return outputs", "return list(outputs)")),
        Slip(
            "this is the last output alone: one is asked for at every step.", ("return outputs", "return outputs[-1]")
        ),
        Slip(IN_DOUBLE, ("np.empty_like(values)", "np.empty(len(values))")),
    ),
)


def lstm_step(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array) -> tuple[Array, Array]:
    """One step of the LSTM.   x_t (B, D), h_prev and c_prev (B, H), W (4H, D), R (4H, H), b (4H,) -> h, c (B, H)"""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def _step_case(draw: Draw) -> Case:
    W, R, b = stacked(draw, LSTM, "HD"), stacked(draw, LSTM, "HH"), biases(draw, LSTM)
    return draw.case(inputs(draw), states(draw), cells(draw), W, R, b)


LSTM_STEP = Exercise(
    reference=lstm_step,
    package=reference.lstm_step,
    difficulty="complete",
    statement="One step of the LSTM for a batch, gates stacked i, f, g, o in W, R and b.",
    inputs=("x_t (B, D)", "h_prev (B, H) any numbers", "c_prev (B, H)", "W (4H, D)", "R (4H, H)", "b (4H,)"),
    outputs=("h (B, H)", "c (B, H)"),
    cases=gate_cases(_step_case, LSTM),
    one_array=("h_prev", "c_prev"),
    hints=(
        "All four arguments at once: a = x_t @ W.T + h_prev @ R.T + b has shape (B, 4H).",
        "np.split(a, 4, axis=1) cuts it into a_i, a_f, a_g, a_o, each (B, H).",
        "Three of them are gates and go through the logistic function 1 / (1 + e^-a). g is a value and goes through "
        "tanh.",
        "c = f * c_prev + i * g, then h = o * tanh(c) with the new c.",
    ),
    slips=(
        Slip(
            ORDER_IFOG,
            ("a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g ="),
        ),
        Slip(
            "the input and the forget gate have changed places: the stack is i, f, g, o.",
            ("a_i, a_f, a_g, a_o =", "a_f, a_i, a_g, a_o ="),
        ),
        Slip(
            "the gates are read in the order i, g, f, o. Here they are stacked i, f, g, o.",
            ("a_i, a_f, a_g, a_o =", "a_i, a_g, a_f, a_o ="),
        ),
        Slip(
            "the gates are read in the order g, i, f, o. Here they are stacked i, f, g, o.",
            ("a_i, a_f, a_g, a_o =", "a_g, a_i, a_f, a_o ="),
        ),
        Slip(
            "the gates are taken row by row in turns. They are blocks: the first H rows of W, R and b are i's, the "
            "next H f's.",
            (
                "np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)",
                "((x_t @ W.T + h_prev @ R.T + b)[:, k::4] for k in range(4))",
            ),
        ),
        Slip(
            "1 is added to the forget gate's argument. The forget bias of 1 is a value that b starts with; b holds "
            "it already.",
            ("sigmoid(a_f)", "sigmoid(a_f + 1)"),
        ),
        Slip(CELL_WITHOUT_TANH, ("np.tanh(c)", "c")),
        Slip(NOTHING_FORGOTTEN, ("f * c_prev", "c_prev")),
        Slip("the input gate is not used: c = f * c_prev + i * g.", ("i * g", "g")),
        Slip("the old cell is lost: c = f * c_prev + i * g, and yours is i * g.", ("f * c_prev + ", "")),
        Slip("the forget gate is turned round: in spite of its name, f = 1 keeps.", ("f * c_prev", "(1 - f) * c_prev")),
        Slip(
            "the input gate is taken as 1 - f. That is another cell (coupled gates); here i has weights of its own.",
            ("i * g", "(1 - f) * g"),
        ),
        Slip(
            "the new cell goes through tanh before it is stored. The cell is a plain sum; tanh comes on the way out.",
            ("f * c_prev + i * g", "np.tanh(f * c_prev + i * g)"),
        ),
        Slip("the state is made from the old cell: h = o * tanh(c) with the new c.", ("np.tanh(c)", "np.tanh(c_prev)")),
        Slip("the output gate is not used: h = o * tanh(c).", ("o * np.tanh(c)", "np.tanh(c)")),
        Slip(
            "the output gate stands inside the tanh: h = o * tanh(c), not tanh(o * c).",
            ("o * np.tanh(c)", "np.tanh(o * c)"),
        ),
        Slip(
            "g goes through the logistic function. It is a value, not a gate, and may be negative: tanh.",
            ("np.tanh(a_g)", "sigmoid(a_g)"),
        ),
        Slip(
            TANH_FOR_GATES,
            ("sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)", "np.tanh([a_i, a_f, a_g, a_o])"),
        ),
        Slip(
            SIGN_TURNED,
            ("sigmoid(a_i)", "sigmoid(-a_i)"),
            ("sigmoid(a_f)", "sigmoid(-a_f)"),
            ("sigmoid(a_o)", "sigmoid(-a_o)"),
        ),
        Slip("g does not go through tanh.", ("np.tanh(a_g)", "a_g")),
        Slip("the bias is added twice: one b stands for both biases here.", ("+ b,", "+ 2 * b,")),
        Slip("the bias is missing.", (" + b,", ",")),
        Slip("the last state is not used: the gates see R h_{t-1} as well.", (" + h_prev @ R.T", "")),
        Slip("the input is not used: the gates see W x_t.", ("x_t @ W.T + ", "")),
        Slip(
            "the gates see the old cell in place of the last state: R multiplies h_prev.",
            ("h_prev @ R.T", "c_prev @ R.T"),
        ),
        Slip(
            "h_prev and c_prev have changed places.",
            ("h_prev @ R.T", "c_prev @ R.T"),
            ("f * c_prev", "f * h_prev"),
        ),
        Slip(STATE_TURNED_ROUND, ("return h, c", "return c, h")),
        Slip(OVERFLOW, careless_sigmoid("i, f, g, o =")),
        Slip(IN_DOUBLE, ("np.split(", "np.split(np.zeros(len(b)) + ")),
    ),
)


def peephole_lstm_step(
    x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array, p: Array
) -> tuple[Array, Array]:
    """One step with peepholes p (3, H): i and f see the old cell, o the new one. Other shapes as in `lstm_step`."""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g = sigmoid(a_i + p[0] * c_prev), sigmoid(a_f + p[1] * c_prev), np.tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + p[2] * c)
    return o * np.tanh(c), c


def _peephole_case(draw: Draw) -> Case:
    return draw.case(*_step_case(draw).args, peepholes(draw))


PEEPHOLE_LSTM_STEP = Exercise(
    reference=peephole_lstm_step,
    package=reference.lstm_step,
    difficulty="extend",
    statement="One step of the LSTM with peepholes p in the order i, f, o: each gate also sees its own cell. The "
    "output gate comes last and sees the new one.",
    inputs=(
        "x_t (B, D)",
        "h_prev (B, H) any numbers",
        "c_prev (B, H)",
        "W (4H, D)",
        "R (4H, H)",
        "b (4H,)",
        "p (3, H)",
    ),
    outputs=("h (B, H)", "c (B, H)"),
    cases=gate_cases(_peephole_case, LSTM),
    one_array=("h_prev", "c_prev"),
    hints=(
        "Begin with lstm_step. Three of its lines change; g and the last line stay as they are.",
        "A peephole adds one more term inside the gate: i = σ(a_i + p[0] * c_prev). Cell j is seen by its own gates "
        "only, so this is a product entry by entry.",
        "o looks at the cell that this step has made: compute c before it, then o = σ(a_o + p[2] * c).",
    ),
    slips=(
        Slip(
            "the output gate sees the old cell. It comes last and sees the new one: a_o + p[2] * c.",
            ("p[2] * c", "p[2] * c_prev"),
        ),
        Slip(
            "the peepholes are not used: this is what lstm_step gives.",
            (" + p[0] * c_prev", ""),
            (" + p[1] * c_prev", ""),
            (" + p[2] * c", ""),
        ),
        Slip("the output gate has no peephole: add p[2] * c.", (" + p[2] * c", "")),
        Slip(
            "only the output gate has a peephole: i and f see the old cell through p[0] and p[1].",
            (" + p[0] * c_prev", ""),
            (" + p[1] * c_prev", ""),
        ),
        Slip(
            "p is read in the order f, i, o. Its rows belong to i, f and o, in this order.",
            ("p[0]", "p[1]"),
            ("p[1]", "p[0]"),
        ),
        Slip(
            "p is read in the order i, o, f. Its rows belong to i, f and o, in this order.",
            ("p[1]", "p[2]"),
            ("p[2]", "p[1]"),
        ),
        Slip(
            "p[2] is given to g, as if p were stacked like W. g has no peephole; p[2] belongs to o.",
            ("np.tanh(a_g)", "np.tanh(a_g + p[2] * c_prev)"),
            (" + p[2] * c", ""),
        ),
        Slip("g has a peephole too. Only the three gates have one.", ("np.tanh(a_g)", "np.tanh(a_g + p[2] * c_prev)")),
        Slip(
            "the peepholes look at the last state, h_prev. They look at the cell, past the output gate.",
            ("p[0] * c_prev", "p[0] * h_prev"),
            ("p[1] * c_prev", "p[1] * h_prev"),
            ("p[2] * c", "p[2] * h_prev"),
        ),
        Slip(
            "i and f look at the last state, h_prev. They look at the old cell, past the output gate.",
            ("p[0] * c_prev", "p[0] * h_prev"),
            ("p[1] * c_prev", "p[1] * h_prev"),
        ),
        Slip(
            "the peepholes look at tanh of the cell; they see the cell itself.",
            ("p[0] * c_prev", "p[0] * np.tanh(c_prev)"),
            ("p[1] * c_prev", "p[1] * np.tanh(c_prev)"),
            ("p[2] * c", "p[2] * np.tanh(c)"),
        ),
        Slip("the output gate looks at tanh of the cell; it sees the cell itself.", ("p[2] * c", "p[2] * np.tanh(c)")),
        Slip(
            "the peepholes are added outside the logistic function; they stand inside, beside a.",
            ("sigmoid(a_i + p[0] * c_prev)", "sigmoid(a_i) + p[0] * c_prev"),
            ("sigmoid(a_f + p[1] * c_prev)", "sigmoid(a_f) + p[1] * c_prev"),
            ("sigmoid(a_o + p[2] * c)", "sigmoid(a_o) + p[2] * c"),
        ),
        Slip(
            "the peepholes are weighted sums over all cells. Each gate sees its own cell only: entry by entry.",
            ("p[0] * c_prev", "(c_prev @ p[0])[:, None]"),
            ("p[1] * c_prev", "(c_prev @ p[1])[:, None]"),
            ("p[2] * c", "(c @ p[2])[:, None]"),
        ),
        Slip(
            ORDER_IFOG,
            ("a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g ="),
        ),
        Slip(CELL_WITHOUT_TANH, ("np.tanh(c)", "c")),
        Slip(NOTHING_FORGOTTEN, ("f * c_prev", "c_prev")),
        Slip(STATE_TURNED_ROUND, ("o * np.tanh(c), c", "c, o * np.tanh(c)")),
        Slip(OVERFLOW, careless_sigmoid("i, f, g =")),
        Slip(IN_DOUBLE, ("np.split(", "np.split(np.zeros(len(b)) + ")),
    ),
)


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


def _step_back_case(draw: Draw) -> Case:
    return draw.case(arriving(draw), arriving(draw), *_step_case(draw).args)


LSTM_STEP_BACKWARD = Exercise(
    reference=lstm_step_backward,
    package=reference.lstm_step_backward,
    difficulty="complete",
    statement="One step of backpropagation through the LSTM; compute the gates again from the inputs. dh is all the "
    "blame that reaches h_t, dc what reaches c_t from step t + 1.",
    inputs=(
        *("dh (B, H)", "dc (B, H)", "x_t (B, D)", "h_prev (B, H) any numbers", "c_prev (B, H)"),
        *("W (4H, D)", "R (4H, H)", "b (4H,)"),
    ),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dc_prev (B, H)", "dW (4H, D)", "dR (4H, H)", "db (4H,)"),
    cases=gate_cases(_step_back_case, LSTM, backward=True),
    own_forward=OwnForward(
        arguments=lambda case: case.args[2:],
        backward=lambda case, state: case.args,
        cotangent=lambda case: np.stack(case.args[:2]),
    ),
    one_array=("h_prev", "c_prev", "dh", "dc"),
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
        Slip(
            "the dc that arrives from step t + 1 is not added. The cell collects blame twice: dc, and what comes "
            "through h = o * tanh(c).",
            ("dc + dh * o", "dh * o"),
        ),
        Slip(
            "the blame that comes through h = o * tanh(c) is missing: add dh * o * (1 - tanh(c)²) to dc.",
            (" + dh * o * dtanh(tanh_c)", ""),
        ),
        Slip(
            "the slope of the tanh around the cell is missing: dh * o * (1 - tanh(c)²) reaches the cell.",
            (" * dtanh(tanh_c)", ""),
        ),
        Slip(
            "the slope of the tanh around the cell is taken as 1 - c². It is 1 - tanh(c)².",
            ("dtanh(tanh_c)", "dtanh(f * c_prev + i * g)"),
        ),
        Slip(
            "the output gate is missing on the way into the cell: dh * o * (1 - tanh(c)²).",
            ("dh * o * dtanh", "dh * dtanh"),
        ),
        Slip(
            "dc, too, is sent through o and the tanh. It arrives at the cell itself; only dh comes through h.",
            ("dc + dh * o", "(dc + dh) * o"),
        ),
        Slip(
            "the output gate gets dh * c. In h = o * tanh(c) its partner is tanh(c).",
            ("dh * tanh_c", "dh * (f * c_prev + i * g)"),
        ),
        Slip(
            "the slope of the logistic function, s (1 - s), is missing at all three gates.",
            (" * dsigmoid(o)", ""),
            (" * dsigmoid(f)", ""),
            (" * dsigmoid(i)", ""),
        ),
        Slip("the slope of the logistic function, s (1 - s), is missing at the output gate.", (" * dsigmoid(o)", "")),
        Slip("the slope of the logistic function, s (1 - s), is missing at the forget gate.", (" * dsigmoid(f)", "")),
        Slip("the slope of the logistic function, s (1 - s), is missing at the input gate.", (" * dsigmoid(i)", "")),
        Slip("the slope of g's tanh, 1 - g², is missing.", (" * dtanh(g)", "")),
        Slip(
            "g is given the slope of the logistic function. It went through tanh: 1 - g².", ("dtanh(g)", "dsigmoid(g)")
        ),
        Slip(
            "the gates are given the slope of tanh. They went through the logistic function: s (1 - s).",
            ("dsigmoid(o)", "dtanh(o)"),
            ("dsigmoid(f)", "dtanh(f)"),
            ("dsigmoid(i)", "dtanh(i)"),
        ),
        Slip(
            "the forget gate gets dc * c. Forward, it multiplied the old cell: dc * c_prev.",
            ("dc * c_prev", "dc * (f * c_prev + i * g)"),
        ),
        Slip(
            "i and g each get their own value in place of the other's: in i * g, di = dc * g and dg = dc * i.",
            ("dc * i", "dc * g"),
            ("dc * g", "dc * i"),
        ),
        Slip("dc_prev does not go through the forget gate: all that reaches the cell, times f.", ("dc * f", "dc")),
        Slip(
            "dc_prev is the dc that arrived, times f. What came through h belongs to it as well.",
            ("dc = dc", "dc_prev = dc * f\n    dc = dc"),
            ("da @ R, dc * f", "da @ R, dc_prev"),
        ),
        Slip(
            "all the gates get only the dc that arrived: what came through h is added to dc after they used it.",
            ("dc = dc + dh * o * dtanh(tanh_c)\n    ", ""),
            ("da = np", "dc = dc + dh * o * dtanh(tanh_c)\n    da = np"),
        ),
        Slip(
            "forward and back read the gates in the order i, f, o, g. Here they are stacked i, f, g, o.",
            ("a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g ="),
            ("da_g, da_o]", "da_o, da_g]"),
        ),
        Slip(
            "the four are put together in the order i, f, o, g. W, R and b are stacked i, f, g, o.",
            ("da_g, da_o]", "da_o, da_g]"),
        ),
        Slip(
            "the four are put together in the order f, i, g, o. W, R and b are stacked i, f, g, o.",
            ("[da_i, da_f,", "[da_f, da_i,"),
        ),
        Slip(R_TRANSPOSED, ("da @ R,", "da @ R.T,")),
        Slip(W_TRANSPOSED, ("da @ W,", "da @ W.T,")),
        Slip(
            "dh_prev is zeros: all four see the last state, so the blame goes back through R.",
            ("da @ R,", "np.zeros_like(h_prev),"),
        ),
        Slip(DR_OF_NEW_STATE, ("da.T @ h_prev", "da.T @ (o * tanh_c)")),
        Slip("dR uses the old cell; R multiplied h_prev.", ("da.T @ h_prev", "da.T @ c_prev")),
        Slip("dW comes out transposed: it has the shape of W, (4H, D).", ("da.T @ x_t", "x_t.T @ da")),
        Slip("dR comes out transposed: it has the shape of R, (4H, H).", ("da.T @ h_prev", "h_prev.T @ da")),
        Slip(DB_PER_ROW, ("da.sum(axis=0)", "da")),
        Slip(DB_OVER_UNITS, ("da.sum(axis=0)", "da.sum(axis=1)")),
        Slip(
            MEAN_FOR_SUM,
            ("da.T @ x_t", "da.T @ x_t / len(dh)"),
            ("da.T @ h_prev", "da.T @ h_prev / len(dh)"),
            ("da.sum(axis=0)", "da.mean(axis=0)"),
        ),
        Slip("dh_prev and dc_prev have changed places.", ("da @ R, dc * f", "dc * f, da @ R")),
        Slip(CHANGED_PLACES, ("da @ W, da @ R", "da @ R, da @ W")),
        Slip("the bias is left out when the gates are computed again.", (" + b,", ",")),
        Slip(
            "dh_prev also gets dh * o. The last state reaches h only through the gates: da @ R and nothing else.",
            ("da @ R,", "da @ R + dh * o,"),
        ),
        Slip(IN_DOUBLE, ("np.split(", "np.split(np.zeros(len(b)) + ")),
    ),
)
