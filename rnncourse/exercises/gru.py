"""Exercises of chapter 10: one step of the GRU with the reset after and before the product, and one step back."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw
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
    stacked,
    transposed,
)
from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid

CHAPTER = "10_gru"
Array = np.ndarray


def gru_step(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
    """One step of the GRU, reset after the product.   x_t (B, D), h_prev (B, H), W (3H, D), R (3H, H) -> h (B, H)

    The two biases (3H,) do not merge: r scales b_R's last part and not b_W's.
    """
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h_prev


def gru_step_reset_before(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
    """One step of the GRU as Cho et al. (2014) wrote it: r scales the state before the product. Shapes as above."""
    H = h_prev.shape[1]
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W + b_R, 3, axis=1)
    h_r, h_z = np.split(h_prev @ R[: 2 * H].T, 2, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + (r * h_prev) @ R[2 * H :].T)
    return (1 - z) * n + z * h_prev


def gru_step_backward(
    dh: Array, x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """One step back, reset after: dh (B, H) is all that reaches h_t -> (dx_t, dh_prev, dW, dR, db_W, db_R)"""
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    da_n = dh * (1 - z) * dtanh(n)
    da_z = dh * (h_prev - n) * dsigmoid(z)
    da_r = da_n * h_n * dsigmoid(r)
    da_x = np.concatenate([da_r, da_z, da_n], axis=1)
    da_h = np.concatenate([da_r, da_z, da_n * r], axis=1)
    dh_prev = dh * z + da_h @ R
    return da_x @ W, dh_prev, da_x.T @ x_t, da_h.T @ h_prev, da_x.sum(axis=0), da_h.sum(axis=0)


INPUTS = ("x_t (B, D)", "h_prev (B, H)", "W (3H, D)", "R (3H, H)", "b_W (3H,)", "b_R (3H,)")


def _step_case(draw: Draw) -> Case:
    W, R = stacked(draw, 3, "HD"), stacked(draw, 3, "HH")
    return draw.case(inputs(draw), draw.states("BH"), W, R, stacked(draw, 3, "H"), stacked(draw, 3, "H"))


def _step_back_case(draw: Draw) -> Case:
    return draw.case(arriving(draw), *_step_case(draw).args)


def _in_blocks(a: Array) -> list[Array]:
    return np.split(a, 3, axis=1)


Step = Callable[..., Array]


def _step(
    *,
    order: str = "rzn",
    split: Callable[[Array], list[Array]] = _in_blocks,
    gate: Callable[[Array], Array] = sigmoid,
    new: Callable[[Any], Array] = lambda s: np.tanh(s.x["n"] + s.r * s.h["n"]),
    mix: Callable[[Any], Array] = lambda s: (1 - s.z) * s.n + s.z * s.h_prev,
) -> Step:
    """One step of the GRU, reset after, with one of its lines changed.

    new and mix get everything by name: x and h (the two products with their biases, by gate), r, z, n, h_prev, and
    for the product's parts R_n, b_W and b_R (of n).
    """

    def wrong(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
        k = order.index("n")
        s = SimpleNamespace(h_prev=h_prev, R_n=_part(R, k), b_W=_part(b_W, k), b_R=_part(b_R, k))
        s.x = dict(zip(order, split(x_t @ W.T + b_W), strict=True))
        s.h = dict(zip(order, split(h_prev @ R.T + b_R), strict=True))
        s.r, s.z = gate(s.x["r"] + s.h["r"]), gate(s.x["z"] + s.h["z"])
        s.n = new(s)
        return mix(s)

    return wrong


def _part(a: Array, k: int) -> Array:
    return np.split(a, 3)[k]


def _reset_state(s: Any) -> Array:
    """What the new value sees of the past when the reset comes before the product, without its bias."""
    return (s.r * s.h_prev) @ s.R_n.T


def _before(
    *,
    new: Callable[[Any], Array] = lambda s: np.tanh(s.x["n"] + _reset_state(s) + s.b_R),
    **changed: Any,
) -> Step:
    """One step of the GRU, reset before, with one of its lines changed."""
    return _step(new=new, **changed)


OTHER_SIGN = (
    "z is the other way round: here h = (1 - z) * n + z * h_prev, so z = 1 keeps the old state. Both conventions are "
    "in use; look which one a paper takes."
)
ORDER_ZRN = "the gates are read in the order z, r, n. Here they are stacked r, z, n."
ORDER_RNZ = "the gates are read in the order r, n, z. Here they are stacked r, z, n."
IN_TURNS = (
    "the gates are taken row by row in turns. They are blocks: the first H rows of W, R and the biases are r's, the "
    "next H z's."
)
NO_RESET = "the reset gate is not used."
SHARED_MISTAKES: tuple[tuple[str, dict[str, Any]], ...] = (
    (OTHER_SIGN, {"mix": lambda s: s.z * s.n + (1 - s.z) * s.h_prev}),
    (ORDER_ZRN, {"order": "zrn"}),
    (ORDER_RNZ, {"order": "rnz"}),
    (IN_TURNS, {"split": lambda a: every_nth_row(a, 3)}),
    (
        "the old state is added in full: h = (1 - z) * n + z * h_prev, a mean of the two.",
        {"mix": lambda s: (1 - s.z) * s.n + s.h_prev},
    ),
    ("the new value is added in full: h = (1 - z) * n + z * h_prev.", {"mix": lambda s: s.n + s.z * s.h_prev}),
    ("the old state is lost: h = (1 - z) * n + z * h_prev.", {"mix": lambda s: (1 - s.z) * s.n}),
    ("this is n alone: mix it with the old state, h = (1 - z) * n + z * h_prev.", {"mix": lambda s: s.n}),
    (
        "r stands where z belongs: the update gate z mixes n with the old state.",
        {"mix": lambda s: (1 - s.r) * s.n + s.r * s.h_prev},
    ),
    (
        "the old state is reset on its way into the mixture too. r acts inside n alone.",
        {"mix": lambda s: (1 - s.z) * s.n + s.z * s.r * s.h_prev},
    ),
    (
        "the state goes through tanh once more: h = (1 - z) * n + z * h_prev is a mean of two numbers below 1 already.",
        {"mix": lambda s: np.tanh((1 - s.z) * s.n + s.z * s.h_prev)},
    ),
    ("the gates go through tanh. A gate lies between 0 and 1: the logistic function.", {"gate": np.tanh}),
    (
        "the logistic function has its sign turned: 1 / (1 + e^-a), with the minus.",
        {"gate": lambda a: sigmoid(-a)},
    ),
)


def _shared(make: Callable[..., Step]) -> tuple[Misconception, ...]:
    """The mistakes that both forms of the step know."""
    return tuple(Misconception(because, make(**changed)) for because, changed in SHARED_MISTAKES)


GRU_STEP = Exercise(
    reference=gru_step,
    difficulty="complete",
    statement="One step of the GRU for a batch, gates stacked r, z, n. The reset gate acts after the product: it "
    "scales R_n h_{t-1} + b_R, not h_{t-1}. z = 1 keeps the old state.",
    inputs=INPUTS,
    outputs=("h (B, H)",),
    cases=gate_cases("BDH", _step_case),
    hints=(
        "Keep the two products apart, each with its own bias: x_t @ W.T + b_W and h_prev @ R.T + b_R, both (B, 3H).",
        "np.split(…, 3, axis=1) cuts each into the parts of r, z and n. r and z: add their two parts, then the "
        "logistic function 1 / (1 + e^-a).",
        "n = tanh(part of x + r * part of h). The bias b_R lies in the second part, so r scales it too.",
        "h = (1 - z) * n + z * h_prev.",
    ),
    slips=(
        Misconception(
            "the reset comes before the product: r * h_prev goes through R. Here r scales what the product gives, its "
            "bias included.",
            gru_step_reset_before,
        ),
        Misconception(
            "r scales the bias b_R, as it must, but the product is that of r * h_prev. Multiply first, then reset.",
            _step(new=lambda s: np.tanh(s.x["n"] + _reset_state(s) + s.r * s.b_R)),
        ),
        Misconception(
            "r does not scale the bias b_R. It scales the whole of h_prev @ R_n.T + b_R: that is why the two biases do "
            "not merge.",
            _step(new=lambda s: np.tanh(s.x["n"] + s.r * (s.h["n"] - s.b_R) + s.b_R)),
        ),
        Misconception(
            "r scales both biases. b_W belongs to the input and is not reset.",
            _step(new=lambda s: np.tanh(s.x["n"] - s.b_W + s.r * (s.h["n"] + s.b_W))),
        ),
        Misconception(
            "r scales the input's part too: n = tanh(part of x + r * part of h).",
            _step(new=lambda s: np.tanh(s.r * (s.x["n"] + s.h["n"]))),
        ),
        Misconception(
            "r scales the input's part in place of the state's.",
            _step(new=lambda s: np.tanh(s.r * s.x["n"] + s.h["n"])),
        ),
        Misconception(NO_RESET, _step(new=lambda s: np.tanh(s.x["n"] + s.h["n"]))),
        Misconception(
            "r is the other way round: r = 1 lets the past through, r = 0 shuts it out.",
            _step(new=lambda s: np.tanh(s.x["n"] + (1 - s.r) * s.h["n"])),
        ),
        Misconception(
            "z stands where r belongs: the reset gate r acts inside n.",
            _step(new=lambda s: np.tanh(s.x["n"] + s.z * s.h["n"])),
        ),
        Misconception(
            "n goes through the logistic function. It is a value, not a gate, and may be negative: tanh.",
            _step(new=lambda s: sigmoid(s.x["n"] + s.r * s.h["n"])),
        ),
        Misconception("n does not go through tanh.", _step(new=lambda s: s.x["n"] + s.r * s.h["n"])),
        Misconception(
            "the past does not reach n: add r times the state's part.", _step(new=lambda s: np.tanh(s.x["n"]))
        ),
        *_shared(_step),
        Misconception(
            "the bias b_R is missing.", lambda x, h, W, R, b_W, b_R: gru_step(x, h, W, R, b_W, np.zeros_like(b_R))
        ),
        Misconception(
            "the bias b_W is missing.", lambda x, h, W, R, b_W, b_R: gru_step(x, h, W, R, np.zeros_like(b_W), b_R)
        ),
        Misconception("both biases are missing.", lambda x, h, W, R, b_W, b_R: gru_step(x, h, W, R, 0 * b_W, 0 * b_R)),
        Misconception(
            "the two biases have changed places: b_W belongs to the input, b_R to the state.",
            lambda x, h, W, R, b_W, b_R: gru_step(x, h, W, R, b_R, b_W),
        ),
        Misconception(OVERFLOW, _step(gate=careless_sigmoid)),
        Misconception(IN_DOUBLE, in_double(gru_step)),
    ),
)

GRU_STEP_RESET_BEFORE = Exercise(
    reference=gru_step_reset_before,
    difficulty="complete",
    statement="One step of the GRU as it was first published: the reset gate scales the state before the product, "
    "R_n (r * h_{t-1}). Gates are stacked r, z, n; z = 1 keeps the old state.",
    inputs=INPUTS,
    outputs=("h (B, H)",),
    cases=gate_cases("BDH", _step_case),
    hints=(
        "r and z are those of gru_step. Only n is another.",
        "n's product with R comes after r is known: take the last H rows of R, R[2 * H :], and give them r * h_prev.",
        "Nothing is reset but the state, so both biases of n are added as they are: b_W and b_R merge here.",
    ),
    slips=(
        Misconception(
            "the reset comes after the product: this is gru_step. Here r * h_prev goes through R, and "
            "no bias is scaled.",
            gru_step,
        ),
        Misconception(
            "r scales the product; here it scales the state, r * h_prev, before the product. The bias is as it should "
            "be.",
            _before(new=lambda s: np.tanh(s.x["n"] + s.r * (s.h["n"] - s.b_R) + s.b_R)),
        ),
        Misconception(
            "r scales the bias b_R. Here only the state is reset: (r * h_prev) @ R_n.T + b_R.",
            _before(new=lambda s: np.tanh(s.x["n"] + _reset_state(s) + s.r * s.b_R)),
        ),
        Misconception(
            "r acts twice, before the product and after it.",
            _before(new=lambda s: np.tanh(s.x["n"] + s.r * (_reset_state(s) + s.b_R))),
        ),
        Misconception("the bias b_R is missing in n.", _before(new=lambda s: np.tanh(s.x["n"] + _reset_state(s)))),
        Misconception(
            "r scales the input's part too: only the state is reset.",
            _before(new=lambda s: np.tanh(s.r * s.x["n"] + _reset_state(s) + s.b_R)),
        ),
        Misconception(NO_RESET, _before(new=lambda s: np.tanh(s.x["n"] + s.h["n"]))),
        Misconception(
            "r is the other way round: r = 1 lets the past through, r = 0 shuts it out.",
            _before(new=lambda s: np.tanh(s.x["n"] + ((1 - s.r) * s.h_prev) @ s.R_n.T + s.b_R)),
        ),
        Misconception(
            "z stands where r belongs: the reset gate r acts inside n.",
            _before(new=lambda s: np.tanh(s.x["n"] + (s.z * s.h_prev) @ s.R_n.T + s.b_R)),
        ),
        Misconception(
            "R_n is transposed here: as for the other gates, multiply by its transpose, R_n.T.",
            _before(new=lambda s: np.tanh(s.x["n"] + (s.r * s.h_prev) @ s.R_n + s.b_R)),
        ),
        Misconception(
            "n goes through the logistic function. It is a value, not a gate, and may be negative: tanh.",
            _before(new=lambda s: sigmoid(s.x["n"] + _reset_state(s) + s.b_R)),
        ),
        Misconception("n does not go through tanh.", _before(new=lambda s: s.x["n"] + _reset_state(s) + s.b_R)),
        Misconception(
            "the past does not reach n: add (r * h_prev) @ R_n.T.",
            _before(new=lambda s: np.tanh(s.x["n"] + s.b_R)),
        ),
        *_shared(_before),
        Misconception(
            "the bias b_R is missing everywhere.",
            lambda x, h, W, R, b_W, b_R: gru_step_reset_before(x, h, W, R, b_W, np.zeros_like(b_R)),
        ),
        Misconception(
            "the bias b_W is missing everywhere.",
            lambda x, h, W, R, b_W, b_R: gru_step_reset_before(x, h, W, R, np.zeros_like(b_W), b_R),
        ),
        Misconception(OVERFLOW, _before(gate=careless_sigmoid)),
        Misconception(IN_DOUBLE, in_double(gru_step_reset_before)),
    ),
)


def _back(*, order: str = "rzn", stack: str = "", **changed: Callable[[Any], Array]) -> Callable[..., Any]:
    """One step back with some of its lines changed.

    Each change gets everything by name: dh, x_t, h_prev, W, R, h_n (the state's part of n, bias included), r, z, n,
    then da_n, da_z, da_r, n_h (what reaches the state's part of n), da_x and da_h, as far as they are known.
    """
    last = stack or order
    lines: dict[str, Callable[[Any], Array]] = {
        "da_n": lambda s: s.dh * (1 - s.z) * dtanh(s.n),
        "da_z": lambda s: s.dh * (s.h_prev - s.n) * dsigmoid(s.z),
        "da_r": lambda s: s.da_n * s.h_n * dsigmoid(s.r),
        "n_h": lambda s: s.da_n * s.r,
        "da_x": lambda s: np.concatenate([getattr(s, f"da_{k}") for k in last], axis=1),
        "da_h": lambda s: np.concatenate([s.n_h if k == "n" else getattr(s, f"da_{k}") for k in last], axis=1),
        "dx_t": lambda s: s.da_x @ s.W,
        "dh_prev": lambda s: s.dh * s.z + s.da_h @ s.R,
        "dW": lambda s: s.da_x.T @ s.x_t,
        "dR": lambda s: s.da_h.T @ s.h_prev,
        "db_W": lambda s: s.da_x.sum(axis=0),
        "db_R": lambda s: s.da_h.sum(axis=0),
    } | changed

    def wrong(dh: Array, x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> tuple[Array, ...]:
        x = dict(zip(order, _in_blocks(x_t @ W.T + b_W), strict=True))
        h = dict(zip(order, _in_blocks(h_prev @ R.T + b_R), strict=True))
        s = SimpleNamespace(dh=dh, x_t=x_t, h_prev=h_prev, W=W, R=R, h_n=h["n"], b_n=_part(b_R, order.index("n")))
        s.r, s.z = sigmoid(x["r"] + h["r"]), sigmoid(x["z"] + h["z"])
        s.n = np.tanh(x["n"] + s.r * h["n"])
        for name, line in lines.items():
            setattr(s, name, line(s))
        return s.dx_t, s.dh_prev, s.dW, s.dR, s.db_W, s.db_R

    return wrong


GRU_STEP_BACKWARD = Exercise(
    reference=gru_step_backward,
    difficulty="extend",
    statement="One step of backpropagation through gru_step (reset after); compute the gates again from the inputs. "
    "dh is all the blame that reaches h_t.",
    inputs=("dh (B, H)", *INPUTS),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dW (3H, D)", "dR (3H, H)", "db_W (3H,)", "db_R (3H,)"),
    cases=gate_cases("BDH", _step_back_case),
    own_forward=OwnForward(
        arguments=lambda case: case.args[1:],
        backward=lambda case, h: case.args,
        cotangent=lambda case: case.args[0],
    ),
    hints=(
        "Copy the forward step first: you need r, z, n and the state's part of n, here h_n = h_prev @ R_n.T + b_R.",
        "h = (1 - z) * n + z * h_prev feeds three: dn = dh * (1 - z), dz = dh * (h_prev - n), and h_prev directly, "
        "dh * z.",
        "Through tanh: da_n = dn * (1 - n²). Inside stood r * h_n: dr = da_n * h_n, and h_n gets da_n * r.",
        "So the two products get different things: da_x = (da_r, da_z, da_n) and da_h = (da_r, da_z, da_n * r), side "
        "by side, (B, 3H) each.",
        "dx_t, dW and db_W come from da_x; dh_prev (on top of dh * z), dR and db_R from da_h.",
    ),
    slips=(
        Misconception(
            "the direct way is missing: h_prev also stands in z * h_prev, so dh_prev gets dh * z on top.",
            _back(dh_prev=lambda s: s.da_h @ s.R),
        ),
        Misconception(
            "only the direct way is there: dh_prev also gets what comes back through R.",
            _back(dh_prev=lambda s: s.dh * s.z),
        ),
        Misconception(
            "the direct way is weighted with 1 - z: forward it is z * h_prev.",
            _back(dh_prev=lambda s: s.dh * (1 - s.z) + s.da_h @ s.R),
        ),
        Misconception(
            "the direct way is not weighted: forward it is z * h_prev, so dh * z.",
            _back(dh_prev=lambda s: s.dh + s.da_h @ s.R),
        ),
        Misconception(
            "z has the wrong sign: in (1 - z) * n + z * h_prev, z gets dh * (h_prev - n).",
            _back(da_z=lambda s: s.dh * (s.n - s.h_prev) * dsigmoid(s.z)),
        ),
        Misconception(
            "z gets only what comes from z * h_prev. It also stands in (1 - z) * n: dh * (h_prev - n).",
            _back(da_z=lambda s: s.dh * s.h_prev * dsigmoid(s.z)),
        ),
        Misconception(
            "z is the other way round throughout, as if h were z * n + (1 - z) * h_prev. Here z = 1 keeps the old "
            "state.",
            _back(
                da_n=lambda s: s.dh * s.z * dtanh(s.n),
                da_z=lambda s: s.dh * (s.n - s.h_prev) * dsigmoid(s.z),
                dh_prev=lambda s: s.dh * (1 - s.z) + s.da_h @ s.R,
            ),
        ),
        Misconception("n gets dh * z: forward it is (1 - z) * n.", _back(da_n=lambda s: s.dh * s.z * dtanh(s.n))),
        Misconception(
            "n gets the whole dh: forward it is (1 - z) * n, so dh * (1 - z).", _back(da_n=lambda s: s.dh * dtanh(s.n))
        ),
        Misconception("the slope of n's tanh, 1 - n², is missing.", _back(da_n=lambda s: s.dh * (1 - s.z))),
        Misconception(
            "n is given the slope of the logistic function. It went through tanh: 1 - n².",
            _back(da_n=lambda s: s.dh * (1 - s.z) * dsigmoid(s.n)),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at both gates.",
            _back(da_z=lambda s: s.dh * (s.h_prev - s.n), da_r=lambda s: s.da_n * s.h_n),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at the reset gate.",
            _back(da_r=lambda s: s.da_n * s.h_n),
        ),
        Misconception(
            "the slope of the logistic function, s (1 - s), is missing at the update gate.",
            _back(da_z=lambda s: s.dh * (s.h_prev - s.n)),
        ),
        Misconception(
            "r gets da_n * h_prev. Forward, it multiplied the product: da_n * (h_prev @ R_n.T + b_R).",
            _back(da_r=lambda s: s.da_n * s.h_prev * dsigmoid(s.r)),
        ),
        Misconception(
            "r's partner is taken without its bias: it multiplied h_prev @ R_n.T + b_R.",
            _back(da_r=lambda s: s.da_n * (s.h_n - s.b_n) * dsigmoid(s.r)),
        ),
        Misconception(
            "r gets dn, the blame before n's tanh. It stands inside the tanh: da_n * h_n.",
            _back(da_r=lambda s: s.dh * (1 - s.z) * s.h_n * dsigmoid(s.r)),
        ),
        Misconception(
            "da_n goes to the state's part of n unscaled. Forward, r multiplied that part: da_n * r.",
            _back(n_h=lambda s: s.da_n),
        ),
        Misconception(
            "da_n * r goes to the input's part of n too. r scaled only the state's part.",
            _back(da_x=lambda s: np.concatenate([s.da_r, s.da_z, s.n_h], axis=1)),
        ),
        Misconception(
            "db_R is a copy of db_W. r scaled b_R's last part, so its gradient is scaled as well.",
            _back(db_R=lambda s: s.da_x.sum(axis=0)),
        ),
        Misconception(
            "dR is made from the input's side: its last part needs da_n * r.",
            _back(dR=lambda s: s.da_x.T @ s.h_prev),
        ),
        Misconception(
            "dh_prev goes through R with the input's side: its last part needs da_n * r.",
            _back(dh_prev=lambda s: s.dh * s.z + s.da_x @ s.R),
        ),
        Misconception(
            "forward and back read the gates in the order z, r, n. Here they are stacked r, z, n.", _back(order="zrn")
        ),
        Misconception(
            "the three are put together in the order z, r, n. W, R and the biases are stacked r, z, n.",
            _back(stack="zrn"),
        ),
        Misconception(
            "R is transposed here and must not be: forward multiplies by R.T, so backward multiplies by R.",
            _back(dh_prev=lambda s: s.dh * s.z + s.da_h @ s.R.T),
        ),
        Misconception(
            "W is transposed here and must not be: forward multiplies by W.T, so backward multiplies by W.",
            _back(dx_t=lambda s: s.da_x @ s.W.T),
        ),
        Misconception(
            "dR uses h_t, the new state; R multiplied h_prev, the old one.",
            _back(dR=lambda s: s.da_h.T @ ((1 - s.z) * s.n + s.z * s.h_prev)),
        ),
        Misconception("dW comes out transposed: it has the shape of W, (3H, D).", transposed(gru_step_backward, 2)),
        Misconception("dR comes out transposed: it has the shape of R, (3H, H).", transposed(gru_step_backward, 3)),
        Misconception(
            "the biases keep one gradient for each row; they are shared by the rows, so sum over them.",
            _back(db_W=lambda s: s.da_x, db_R=lambda s: s.da_h),
        ),
        Misconception(MEAN_FOR_SUM, averaged(gru_step_backward, 2)),
        Misconception("dx_t and dh_prev have changed places.", reordered(gru_step_backward, 1, 0, 2, 3, 4, 5)),
        Misconception("db_W and db_R have changed places.", reordered(gru_step_backward, 0, 1, 2, 3, 5, 4)),
        Misconception(
            "the biases are left out when the gates are computed again.",
            lambda dh, x, h, W, R, b_W, b_R: gru_step_backward(dh, x, h, W, R, 0 * b_W, 0 * b_R),
        ),
        Misconception(IN_DOUBLE, in_double(gru_step_backward)),
    ),
)
