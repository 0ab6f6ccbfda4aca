"""Exercises of chapter 10: one step of the GRU with the reset after and before the product, and one step back."""

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import Case, Draw
from rnncourse.checks.exercise import Exercise, OwnForward
from rnncourse.checks.slip import Slip
from rnncourse.exercises._faults import (
    CHANGED_PLACES,
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
from rnncourse.exercises._gates import arriving, biases, gate_cases, inputs, stacked, states
from rnncourse.reference.cells import GRU
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


def _step_case(draw: Draw) -> Case:
    W, R = stacked(draw, GRU, "HD"), stacked(draw, GRU, "HH")
    b_W, b_R = (biases(draw, GRU, share=0.5) for _ in range(2))
    return draw.case(inputs(draw), states(draw), W, R, b_W, b_R)


INPUTS = ("x_t (B, D)", "h_prev (B, H) any numbers", "W (3H, D)", "R (3H, H)", "b_W (3H,)", "b_R (3H,)")
SHARED = (
    Slip("the reset gate is not used.", ("r * h_", "h_")),
    Slip("r is the other way round: r = 1 lets the past through, r = 0 shuts it out.", ("r * h_", "(1 - r) * h_")),
    Slip("z stands where r belongs: the reset gate r acts inside n.", ("r * h_", "z * h_")),
    Slip(
        "n goes through the logistic function. It is a value, not a gate, and may be negative: tanh.",
        ("np.tanh(", "sigmoid("),
    ),
    Slip("n does not go through tanh.", ("np.tanh(", "(")),
    Slip(
        "z is the other way round: here h = (1 - z) * n + z * h_prev, so z = 1 keeps the old state. Both conventions "
        "are in use; look which one a paper takes.",
        ("(1 - z) * n + z * h_prev", "z * n + (1 - z) * h_prev"),
    ),
    Slip(
        "the gates are read in the order z, r, n. Here they are stacked r, z, n.",
        ("x_r, x_z, x_n =", "x_z, x_r, x_n ="),
        ("h_r, h_z", "h_z, h_r"),
    ),
    Slip(
        "the old state is added in full: h = (1 - z) * n + z * h_prev, a mean of the two.", ("+ z * h_prev", "+ h_prev")
    ),
    Slip("the new value is added in full: h = (1 - z) * n + z * h_prev.", ("(1 - z) * n", "n")),
    Slip("the old state is lost: h = (1 - z) * n + z * h_prev.", (" + z * h_prev", "")),
    Slip(
        "this is n alone: mix it with the old state, h = (1 - z) * n + z * h_prev.", ("(1 - z) * n + z * h_prev", "n")
    ),
    Slip(
        "r stands where z belongs: the update gate z mixes n with the old state.",
        ("(1 - z) * n + z * h_prev", "(1 - r) * n + r * h_prev"),
    ),
    Slip(
        "the old state is reset on its way into the mixture too. r acts inside n alone.",
        ("+ z * h_prev", "+ z * r * h_prev"),
    ),
    Slip(
        "the state goes through tanh once more: h = (1 - z) * n + z * h_prev is a mean of two numbers below 1 already.",
        ("(1 - z) * n + z * h_prev", "np.tanh((1 - z) * n + z * h_prev)"),
    ),
    Slip(TANH_FOR_GATES, ("sigmoid(x_r", "np.tanh(x_r"), ("sigmoid(x_z", "np.tanh(x_z")),
    Slip(SIGN_TURNED, ("sigmoid(x_r + h_r)", "sigmoid(-x_r - h_r)"), ("sigmoid(x_z + h_z)", "sigmoid(-x_z - h_z)")),
    Slip(OVERFLOW, careless_sigmoid("r, z =")),
    Slip(
        IN_DOUBLE,
        (
            "return (1 - z) * n + z * h_prev",
            "h = np.zeros(h_prev.shape)\n    h[:] = (1 - z) * n + z * h_prev\n    return h",
        ),
    ),
)
ORDER_RNZ = "the gates are read in the order r, n, z. Here they are stacked r, z, n."
IN_TURNS = (
    "the gates are taken row by row in turns. They are blocks: the first H rows of W, R and the biases are r's, the "
    "next H z's."
)

GRU_STEP = Exercise(
    reference=gru_step,
    package=reference.gru_step,
    difficulty="complete",
    statement="One step of the GRU for a batch, gates stacked r, z, n. The reset gate acts after the product: it "
    "scales R_n h_{t-1} + b_R, not h_{t-1}. z = 1 keeps the old state.",
    inputs=INPUTS,
    outputs=("h (B, H)",),
    cases=gate_cases(_step_case, GRU),
    one_array=("b_W", "b_R"),
    hints=(
        "Keep the two products apart, each with its own bias: x_t @ W.T + b_W and h_prev @ R.T + b_R, both (B, 3H).",
        "np.split(…, 3, axis=1) cuts each into the parts of r, z and n. r and z: add their two parts, then the "
        "logistic function 1 / (1 + e^-a).",
        "n = tanh(part of x + r * part of h). The bias b_R lies in the second part, so r scales it too.",
        "h = (1 - z) * n + z * h_prev.",
    ),
    slips=(
        Slip(
            "the reset comes before the product: r * h_prev goes through R. Here r scales what the product gives, its "
            "bias included.",
            ("r * h_n", "(r * h_prev) @ np.split(R, 3)[2].T + np.split(b_R, 3)[2]"),
        ),
        Slip(
            "r scales the bias b_R, as it must, but the product is that of r * h_prev. Multiply first, then reset.",
            ("r * h_n", "(r * h_prev) @ np.split(R, 3)[2].T + r * np.split(b_R, 3)[2]"),
        ),
        Slip(
            "r does not scale the bias b_R. It scales the whole of h_prev @ R_n.T + b_R: that is why the two biases do "
            "not merge.",
            (" + b_W,", " + b_W + b_R,"),
            (" + b_R,", ","),
        ),
        Slip(
            "r scales both biases. b_W belongs to the input and is not reset.",
            (" + b_W,", ","),
            (" + b_R,", " + b_W + b_R,"),
        ),
        Slip(
            "r scales the input's part too: n = tanh(part of x + r * part of h).", ("x_n + r * h_n", "r * (x_n + h_n)")
        ),
        Slip("r scales the input's part in place of the state's.", ("x_n + r * h_n", "r * x_n + h_n")),
        Slip("the past does not reach n: add r times the state's part.", (" + r * h_n", "")),
        *SHARED,
        Slip(
            ORDER_RNZ,
            ("x_r, x_z, x_n =", "x_r, x_n, x_z ="),
            ("h_r, h_z, h_n =", "h_r, h_n, h_z ="),
        ),
        Slip(
            IN_TURNS,
            ("np.split(x_t @ W.T + b_W, 3, axis=1)", "((x_t @ W.T + b_W)[:, k::3] for k in range(3))"),
            ("np.split(h_prev @ R.T + b_R, 3, axis=1)", "((h_prev @ R.T + b_R)[:, k::3] for k in range(3))"),
        ),
        Slip("the bias b_R is missing.", (" + b_R,", ",")),
        Slip("the bias b_W is missing.", (" + b_W,", ",")),
        Slip("both biases are missing.", (" + b_W,", ","), (" + b_R,", ",")),
        Slip(
            "the two biases have changed places: b_W belongs to the input, b_R to the state.",
            (" + b_W,", " + b_R,"),
            (" + b_R,", " + b_W,"),
        ),
    ),
)


def gru_step_reset_before(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
    """One step of the GRU as printed by Cho et al. (2014): r scales the state before the product. Shapes as above."""
    H = h_prev.shape[1]
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W + b_R, 3, axis=1)
    h_r, h_z = np.split(h_prev @ R[: 2 * H].T, 2, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + (r * h_prev) @ R[2 * H :].T)
    return (1 - z) * n + z * h_prev


BIASES_APART = (  # b_R stands with the state's products; where n's part of it goes, the slip says
    (" + b_W + b_R,", " + b_W,"),
    ("h_prev @ R[: 2 * H].T", "h_prev @ R[: 2 * H].T + b_R[: 2 * H]"),
)

GRU_STEP_RESET_BEFORE = Exercise(
    reference=gru_step_reset_before,
    package=reference.gru_step,
    difficulty="complete",
    statement="One step of the GRU as it was printed in 2014: the reset gate scales the state before the product, "
    "R_n (r * h_{t-1}). Gates are stacked r, z, n; z = 1 keeps the old state.",
    inputs=INPUTS,
    outputs=("h (B, H)",),
    cases=gate_cases(_step_case, GRU),
    one_array=("b_W", "b_R"),
    hints=(
        "r and z are those of gru_step. Only n is another.",
        "n's product with R comes after r is known: take the last H rows of R, R[2 * H :], and give them r * h_prev.",
        "Nothing is reset but the state, so both biases of n are added as they are: b_W and b_R merge here.",
    ),
    slips=(
        Slip(
            "the reset comes after the product: this is gru_step. Here r * h_prev goes through R, and "
            "no bias is scaled.",
            *BIASES_APART,
            ("(r * h_prev) @ R[2 * H :].T", "r * (h_prev @ R[2 * H :].T + b_R[2 * H :])"),
        ),
        Slip(
            "r scales the product; here it scales the state, r * h_prev, before the product. The bias is as it should "
            "be.",
            ("(r * h_prev) @ R[2 * H :].T", "r * (h_prev @ R[2 * H :].T)"),
        ),
        Slip(
            "r scales the bias b_R. Here only the state is reset: (r * h_prev) @ R_n.T + b_R.",
            *BIASES_APART,
            ("R[2 * H :].T", "R[2 * H :].T + r * b_R[2 * H :]"),
        ),
        Slip(
            "r acts twice, before the product and after it.",
            *BIASES_APART,
            ("(r * h_prev) @ R[2 * H :].T", "r * ((r * h_prev) @ R[2 * H :].T + b_R[2 * H :])"),
        ),
        Slip("the bias b_R is missing in n.", *BIASES_APART),
        Slip(
            "r scales the input's part too: only the state is reset.",
            *BIASES_APART,
            ("x_n + (r * h_prev) @ R[2 * H :].T", "r * x_n + (r * h_prev) @ R[2 * H :].T + b_R[2 * H :]"),
        ),
        Slip(
            "R_n is transposed here: as for the other gates, multiply by its transpose, R_n.T.",
            ("R[2 * H :].T", "R[2 * H :]"),
        ),
        Slip("the past does not reach n: add (r * h_prev) @ R_n.T.", (" + (r * h_prev) @ R[2 * H :].T", "")),
        *SHARED,
        Slip(
            ORDER_RNZ,
            ("x_r, x_z, x_n =", "x_r, x_n, x_z ="),
            ("h_r, h_z = np.split(h_prev @ R[: 2 * H].T, 2", "h_r, _, h_z = np.split(h_prev @ R.T, 3"),
            ("R[2 * H :]", "R[H : 2 * H]"),
        ),
        Slip(
            IN_TURNS,
            ("np.split(x_t @ W.T + b_W + b_R, 3, axis=1)", "((x_t @ W.T + b_W + b_R)[:, k::3] for k in range(3))"),
            ("np.split(h_prev @ R[: 2 * H].T, 2, axis=1)", "h_prev @ R[::3].T, h_prev @ R[1::3].T"),
            ("R[2 * H :]", "R[2::3]"),
        ),
        Slip(
            IN_TURNS,  # n excepted, whose part of R the hint gives
            ("np.split(x_t @ W.T + b_W + b_R, 3, axis=1)", "((x_t @ W.T + b_W)[:, k::3] for k in range(3))"),
            ("np.split(h_prev @ R[: 2 * H].T, 2, axis=1)", "((h_prev @ R.T + b_R)[:, k::3] for k in range(2))"),
            ("R[2 * H :].T", "R[2 * H :].T + b_R[2 * H :]"),
        ),
        Slip("the bias b_R is missing everywhere.", (" + b_W + b_R,", " + b_W,")),
        Slip("the bias b_W is missing everywhere.", (" + b_W + b_R,", " + b_R,")),
    ),
)


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


def _step_back_case(draw: Draw) -> Case:
    return draw.case(arriving(draw), *_step_case(draw).args)


GRU_STEP_BACKWARD = Exercise(
    reference=gru_step_backward,
    package=reference.gru_step_backward,
    difficulty="extend",
    statement="One step of backpropagation through gru_step (reset after); compute the gates again from the inputs. "
    "dh is all the blame that reaches h_t.",
    inputs=("dh (B, H)", *INPUTS),
    outputs=("dx_t (B, D)", "dh_prev (B, H)", "dW (3H, D)", "dR (3H, H)", "db_W (3H,)", "db_R (3H,)"),
    cases=gate_cases(_step_back_case, GRU, backward=True),
    own_forward=OwnForward(
        arguments=lambda case: case.args[1:],
        backward=lambda case, h: case.args,
        cotangent=lambda case: case.args[0],
    ),
    one_array=("b_W", "b_R"),
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
        Slip(
            "the direct way is missing: h_prev also stands in z * h_prev, so dh_prev gets dh * z on top.",
            ("dh * z + ", ""),
        ),
        Slip("only the direct way is there: dh_prev also gets what comes back through R.", (" + da_h @ R", "")),
        Slip("the direct way is weighted with 1 - z: forward it is z * h_prev.", ("dh * z", "dh * (1 - z)")),
        Slip("the direct way is not weighted: forward it is z * h_prev, so dh * z.", ("dh * z", "dh")),
        Slip(
            "z has the wrong sign: in (1 - z) * n + z * h_prev, z gets dh * (h_prev - n).", ("h_prev - n", "n - h_prev")
        ),
        Slip(
            "z gets only what comes from z * h_prev. It also stands in (1 - z) * n: dh * (h_prev - n).",
            ("(h_prev - n)", "h_prev"),
        ),
        Slip(
            "z is the other way round throughout, as if h were z * n + (1 - z) * h_prev. Here z = 1 keeps the old "
            "state.",
            ("dh * (1 - z)", "dh * z"),
            ("h_prev - n", "n - h_prev"),
            ("dh * z", "dh * (1 - z)"),
        ),
        Slip("n gets dh * z: forward it is (1 - z) * n.", ("dh * (1 - z)", "dh * z")),
        Slip("n gets the whole dh: forward it is (1 - z) * n, so dh * (1 - z).", ("dh * (1 - z)", "dh")),
        Slip("the slope of n's tanh, 1 - n², is missing.", (" * dtanh(n)", "")),
        Slip(
            "n is given the slope of the logistic function. It went through tanh: 1 - n².", ("dtanh(n)", "dsigmoid(n)")
        ),
        Slip(
            "the slope of the logistic function, s (1 - s), is missing at both gates.",
            (" * dsigmoid(z)", ""),
            (" * dsigmoid(r)", ""),
        ),
        Slip("the slope of the logistic function, s (1 - s), is missing at the reset gate.", (" * dsigmoid(r)", "")),
        Slip("the slope of the logistic function, s (1 - s), is missing at the update gate.", (" * dsigmoid(z)", "")),
        Slip(
            "r gets da_n * h_prev. Forward, it multiplied the product: da_n * (h_prev @ R_n.T + b_R).",
            ("da_n * h_n", "da_n * h_prev"),
        ),
        Slip(
            "r's partner is taken without its bias: it multiplied h_prev @ R_n.T + b_R.",
            ("da_n * h_n", "da_n * (h_prev @ np.split(R, 3)[2].T)"),
        ),
        Slip(
            "r gets dn, the blame before n's tanh. It stands inside the tanh: da_n * h_n.",
            ("da_n * h_n", "dh * (1 - z) * h_n"),
        ),
        Slip(
            "da_n goes to the state's part of n unscaled. Forward, r multiplied that part: da_n * r.",
            ("da_n * r]", "da_n]"),
        ),
        Slip(
            "da_n * r goes to the input's part of n too. r scaled only the state's part.",
            ("da_z, da_n]", "da_z, da_n * r]"),
        ),
        Slip(
            "db_R is a copy of db_W. r scaled b_R's last part, so its gradient is scaled as well.",
            ("da_h.sum", "da_x.sum"),
        ),
        Slip("dR is made from the input's side: its last part needs da_n * r.", ("da_h.T", "da_x.T")),
        Slip("dh_prev goes through R with the input's side: its last part needs da_n * r.", ("da_h @ R", "da_x @ R")),
        Slip(
            "forward and back read the gates in the order z, r, n. Here they are stacked r, z, n.",
            ("x_r, x_z, x_n =", "x_z, x_r, x_n ="),
            ("h_r, h_z, h_n =", "h_z, h_r, h_n ="),
            ("[da_r, da_z, da_n]", "[da_z, da_r, da_n]"),
            ("[da_r, da_z, da_n * r]", "[da_z, da_r, da_n * r]"),
        ),
        Slip(
            "the three are put together in the order z, r, n. W, R and the biases are stacked r, z, n.",
            ("[da_r, da_z, da_n]", "[da_z, da_r, da_n]"),
            ("[da_r, da_z, da_n * r]", "[da_z, da_r, da_n * r]"),
        ),
        Slip(R_TRANSPOSED, ("da_h @ R", "da_h @ R.T")),
        Slip(W_TRANSPOSED, ("da_x @ W", "da_x @ W.T")),
        Slip(DR_OF_NEW_STATE, ("da_h.T @ h_prev", "da_h.T @ ((1 - z) * n + z * h_prev)")),
        Slip("dW comes out transposed: it has the shape of W, (3H, D).", ("da_x.T @ x_t", "x_t.T @ da_x")),
        Slip("dR comes out transposed: it has the shape of R, (3H, H).", ("da_h.T @ h_prev", "h_prev.T @ da_h")),
        Slip(
            "the biases keep one gradient for each row; they are shared by the rows, so sum over them.",
            ("da_x.sum(axis=0)", "da_x"),
            ("da_h.sum(axis=0)", "da_h"),
        ),
        Slip(
            MEAN_FOR_SUM,
            ("da_x.T @ x_t", "da_x.T @ x_t / len(dh)"),
            ("da_h.T @ h_prev", "da_h.T @ h_prev / len(dh)"),
            ("da_x.sum", "da_x.mean"),
            ("da_h.sum", "da_h.mean"),
        ),
        Slip(CHANGED_PLACES, ("da_x @ W, dh_prev", "dh_prev, da_x @ W")),
        Slip(
            "db_W and db_R have changed places.",
            ("da_x.sum(axis=0), da_h.sum(axis=0)", "da_h.sum(axis=0), da_x.sum(axis=0)"),
        ),
        Slip("the biases are left out when the gates are computed again.", (" + b_W,", ","), (" + b_R,", ",")),
        Slip(IN_DOUBLE, ("np.split(x_t", "np.split(np.zeros(len(b_W)) + x_t")),
    ),
)
