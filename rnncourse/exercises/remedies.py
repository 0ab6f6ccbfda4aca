"""Exercises of chapter 07: clipping by the common norm, a random orthogonal matrix, an echo state network's readout."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse import reference
from rnncourse.checks.cases import Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.slip import Slip
from rnncourse.exercises._haar import uneven
from rnncourse.exercises._repeats import with_repeats
from rnncourse.reference.params import orthogonal
from rnncourse.reference.reservoir import echo_state_fit

CHAPTER = "07_remedies"
Array = np.ndarray

# --- clip_by_global_norm ---


def clip_by_global_norm(grads: list[Array], max_norm: float) -> tuple[list[Array], float]:
    """All gradients times one factor, so that their common norm is at most max_norm -> (grads, norm before)"""
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads)))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [g * factor for g in grads], norm


LAYOUTS = ("by columns", "strided", "read-only")


def _gradients(rng: np.random.Generator) -> Iterator[Case]:
    """Lists of 1 to 40 arrays of one to three axes whose common norm is a chosen multiple of max_norm, also 1.

    The arrays' own norms, their sum, the sum of squares and the largest entry fall on other sides of max_norm. Zeros
    beside others, equal arrays, one array twice, a large one; tiny and large numbers, numbers of one sign, a whole
    number as max_norm; by columns, strided, read-only, single precision; the same sizes with other numbers.
    """
    H, D = (int(n) for n in rng.choice(np.arange(3, 8), size=2, replace=False))
    layer = ((H, D), (H, H), (H,))
    for label, shapes, norm, max_norm in (
        ("above the threshold", layer, 8.0, 2.5),
        ("below the threshold", layer, 1.7, 3.0),
        ("the same sizes again", layer, 6.0, 2.5),
        ("far below the threshold", layer, 0.01, 3.0),
        ("hardly above the threshold", layer, 2.02, 2.0),
        ("above by a thousandth", layer, 2.002, 2.0),
        ("above by a millionth", layer, 2.000002, 2.0),
        ("below by a millionth", layer, 1.999998, 2.0),
        ("above, though no array alone is", ((H,), (H,), (H,), (H,)), 3.0, 2.0),
        ("above, though no entry is", ((H, D), (H, D), (H,)), 1.5, 1.2),
        ("below, though the sum of squares is above", ((H, D), (H,)), 3.0, 4.0),
        ("below, though the sum of norms is above", ((H,), (H,), (H,)), 3.0, 3.5),
        ("above, though the sum of squares is below", ((H, D), (H,)), 0.4, 0.2),
        ("a whole number as max_norm", layer, 7.0, 3),
        ("one array", ((H, D, 2),), 5.0, 1.0),
        ("one number", ((1,),), 4.0, 0.5),
        ("all zero", ((H, D), (H,)), 0.0, 1.0),
        ("an array of zeros", layer, 5.0, 2.0),
        ("the last alone not zero", layer, 5.0, 2.0),
        ("no number below zero", layer, 5.0, 2.0),
        ("equal arrays", ((H, D), (H, D), (H,)), 5.0, 2.0),
        ("one array twice", ((H, D), (H, D), (H,)), 5.0, 2.0),
        ("large values", ((H, D), (H,)), 3e4, 5.0),
        ("tiny values", ((H, D), (H,)), 3e-5, 1e-5),
        ("a large threshold", layer, 90.0, 40.0),
        ("many arrays", ((2, 2),) * 40, 7.0, 1.5),
        ("a large array", ((40, 40), (40,)), 7.0, 1.5),
        ("by columns", layer, 6.0, 2.0),
        ("strided", layer, 6.0, 2.0),
        ("read-only", layer, 6.0, 2.0),
        ("float32", ((H, D), (H,)), 6.0, 2.0),
        ("float32, below the threshold", ((H, D), (H,)), 1.5, 2.0),
    ):
        dtype, layout = "float32" if label.startswith("float32") else "float64", label if label in LAYOUTS else "C"
        grads = [rng.normal(size=shape) for shape in shapes]
        _arrange(grads, label)
        factor = norm / max(1e-12, np.sqrt(sum((g * g).sum() for g in grads)))
        grads = [(factor * g).astype(dtype) for g in grads]
        if label == "one array twice":
            grads[1] = grads[0]
        text = f"{label}: {len(grads)} arrays, norm {norm:.9g}, max_norm {max_norm:g}"
        yield Case((grads, max_norm), text, dtype, layout=layout)
    yield Case(([np.array([3.0, 0.0]), np.array([[-4.0]])], 5.0), "at the threshold: 2 arrays, norm 5, max_norm 5")


def _arrange(grads: list[Array], label: str) -> None:
    """Make of normal numbers what the label says."""
    if label.startswith("above, though no array"):
        for g in grads:
            g /= np.linalg.norm(g)
    elif label == "an array of zeros":
        grads[1][:] = 0
    elif label == "the last alone not zero":
        for g in grads[:-1]:
            g[:] = 0
    elif label == "no number below zero":
        for g in grads:
            np.abs(g, out=g)
    elif label in ("equal arrays", "one array twice"):
        grads[1][:] = grads[0]


# as the solution writes them
NORM = "np.sqrt(sum(np.sum(g * g) for g in grads))"
FACTOR = "max_norm / norm if norm > max_norm else 1.0"
CLIPPED = "[g * factor for g in grads]"

CLIP_BY_GLOBAL_NORM = Exercise(
    reference=clip_by_global_norm,
    package=reference.clip_by_global_norm,
    difficulty="complete",
    statement=(
        "Scale a list of gradients by one factor so that their common norm, the root of the sum of all squares, is at "
        "most max_norm. Return the list, the given arrays unchanged, and the norm before clipping."
    ),
    inputs=("grads list of one array or more", "max_norm above 0"),
    outputs=("grads list of arrays", "norm number"),
    cases=_gradients,
    may_alias=True,
    hints=(
        "All arrays together are one long vector. Its length is one number, and it decides for all of them.",
        "norm = np.sqrt(sum(np.sum(g * g) for g in grads)): a root, once, over everything.",
        (
            "Where norm is above max_norm, multiply every array by max_norm / norm; else leave them as they are. Do "
            "not write g *= factor: it changes the caller's arrays."
        ),
    ),
    slips=(
        Slip(
            "the square root is missing: this is the sum of the squares, so the clip begins at another threshold and "
            "shrinks far too much. norm = np.sqrt(sum of squares).",
            (NORM, "sum(np.sum(g * g) for g in grads)"),
        ),
        Slip(
            "each array is clipped alone, by a norm of its own: their common direction turns. One norm over all "
            "arrays, one factor for all.",
            (
                CLIPPED,
                "[g * (max_norm / np.linalg.norm(g)) if np.linalg.norm(g) > max_norm else g for g in grads]",
            ),
        ),
        Slip(
            "this is clipping by value, entry by entry: it turns the direction. Multiply all of them by one factor.",
            (CLIPPED, "[np.clip(g, -max_norm, max_norm) for g in grads]"),
        ),
        Slip(
            "the gradients are rescaled below the threshold as well. Where norm is at most max_norm they stay as "
            "they are.",
            ("norm > max_norm", "norm > 0"),
        ),
        Slip(
            "the norm that is returned is the one after clipping. Return the one before: it tells how often, and by "
            "how much, you clip.",
            (f"{CLIPPED}, norm", f"{CLIPPED}, factor * norm"),
        ),
        Slip(
            "the gradients are made one long, max_norm is forgotten: the factor is max_norm / norm.",
            ("max_norm / norm", "1 / norm"),
        ),
        Slip(
            "the factor is turned round, norm / max_norm: it makes large gradients larger.",
            ("max_norm / norm", "norm / max_norm"),
        ),
        Slip(
            "the gradients are scaled up where they are small and not down where they are large: clip where norm is "
            "above max_norm.",
            ("norm > max_norm", "0 < norm < max_norm"),
        ),
        Slip("nothing is clipped: the gradients come back as they were.", (CLIPPED, "grads")),
        Slip(
            "the gradients are set to zero where they are too large; they are to be made shorter.",
            ("max_norm / norm", "0"),
        ),
        Slip(
            "this is the sum of the arrays' norms. Lengths at right angles add as squares: the root comes last, once.",
            (NORM, "sum(np.linalg.norm(g) for g in grads)"),
        ),
        Slip(
            "this is the largest of the arrays' norms; all arrays together have one.",
            (NORM, "max(np.linalg.norm(g) for g in grads)"),
        ),
        Slip(
            "this is the last array's norm alone: add up the squares of all of them before the root.",
            (NORM, "np.linalg.norm(grads[-1])"),
        ),
        Slip(
            "this is the first array's norm alone: add up the squares of all of them before the root.",
            (NORM, "np.linalg.norm(grads[0])"),
        ),
        Slip(
            "this is the root of the mean of the squares; a norm takes their sum.",
            (NORM, "np.sqrt(sum(np.sum(g * g) for g in grads) / sum(g.size for g in grads))"),
        ),
        Slip(
            "this is the sum of the magnitudes; the norm is the root of the sum of the squares.",
            (NORM, "sum(np.abs(g).sum() for g in grads)"),
        ),
        Slip(
            "this is the largest entry; the norm is the root of the sum of all squares.",
            (NORM, "max(np.abs(g).max() for g in grads)"),
        ),
        Slip(
            "a small number is added to norm before the division, so the result is a little shorter than max_norm. "
            "Nothing is divided by zero where you divide only if norm is above max_norm.",
            (FACTOR, "min(1.0, max_norm / (norm + 1e-6))"),
        ),
        Slip(
            "when all gradients are zero, so is norm: divide only where norm is above max_norm.",
            (FACTOR, "min(1.0, max_norm / norm)"),
        ),
        Slip("the norm and the gradients have changed places.", (f"{CLIPPED}, norm", f"norm, {CLIPPED}")),
        Slip(
            "the gradients come back as float64 whatever came in. A NumPy float64 as factor does that: make it a "
            "plain float.",
            ("g * factor", "g * np.float64(factor)"),
        ),
    ),
)

# --- orthogonal ---


def _how_many(n: int, rng: np.random.Generator) -> int:
    """Many where they are small; the first case has n > 4."""
    return {1: 200, 2: 2000, 3: 1000, 4: 1000}.get(n, 200 if n < 10 else 60)


def _sizes(rng: np.random.Generator) -> Iterator[Case]:
    """One unit to forty, 1 to 4 always, each drawn so often that uneven draws show; the same size from other numbers.

    What the matrices are looked at for stands in `_haar`.
    """
    size = int(rng.integers(5, 8))
    for label, n in (
        ("random size", size),
        ("one unit", 1),
        ("two units", 2),
        ("three units", 3),
        ("four units", 4),
        ("the same size again", size),
        ("another size", int(rng.integers(8, 10))),
        ("many units", int(rng.integers(20, 41))),
    ):
        yield Case((n, np.random.default_rng(rng.integers(2**32))), f"{label}: n={n}, drawn {_how_many(n, rng)} times")


def _not_orthogonal(case: Case, value: Any, expected: Any) -> str:
    """What is wrong with the matrices that were drawn, or ""."""
    n = case.args[0]
    if value is None or value is ...:
        return "Nothing is returned."
    for Q in value:
        if not isinstance(Q, np.ndarray) or Q.shape != (n, n):
            what = f"shape {Q.shape}" if isinstance(Q, np.ndarray) else f"the type {type(Q).__name__}"
            return f"Q has {what}; expected an array of shape (n, n) = ({n}, {n})."
        if Q.dtype != np.float64:
            return f"Q has dtype {Q.dtype}; expected float64."
    all_Q = np.stack(value)
    with np.errstate(all="ignore"):
        products = all_Q.swapaxes(1, 2) @ all_Q
        off = np.nan_to_num(np.abs(products - np.eye(n)), nan=np.inf)
    if off.max() > 1e-5:  # columns that happen to be nearly alike cost digits, but not in most of the draws
        k, i, j = np.unravel_index(int(off.argmax()), off.shape)
        which = f"column {i} with itself" if i == j else f"columns {i} and {j}"
        return f"Q is not orthogonal: the product of {which} is {products[k, i, j]:.6g}; expected {float(i == j):g}."
    usual = float(np.median(off.max(axis=(1, 2))))
    if usual > 1e-10:
        return f"Q is orthogonal in single precision only: Qᵀ Q is off by {usual:.1g}. Work in float64 throughout."
    if np.ptp(all_Q, axis=0).max() < 1e-9:
        return "Q is the same matrix in every call: draw it from rng."
    found = uneven(all_Q)
    return f"Q is orthogonal, but not evenly drawn: {found}." if found else ""


# as the solution writes them
DRAWN, SIGNS = "rng.standard_normal((n, n))", " * np.sign(np.diag(U))"
BODY = f"Q, U = np.linalg.qr({DRAWN})\n    return Q{SIGNS}"

ORTHOGONAL = Exercise(
    reference=orthogonal,
    difficulty="extend",
    statement=(
        "A random orthogonal matrix, drawn evenly from all of them: Qᵀ Q is the identity, and no direction comes more "
        "often than another. rng is a NumPy generator; draw from it alone."
    ),
    inputs=("n", "rng"),
    outputs=("Q (n, n)",),
    calls=_how_many,
    cases=_sizes,
    judge=_not_orthogonal,
    hints=(
        "Begin with a square of normal numbers, rng.standard_normal((n, n)): no direction is preferred. Then make "
        "its columns orthogonal and one long. Which function of np.linalg does that?",
        (
            "Q, U = np.linalg.qr(A). But the function chooses the signs of the columns itself, so Q is not evenly "
            "drawn: look at Q[0, 0] for many A."
        ),
        "Choose the signs so that the diagonal of U would be positive: Q * np.sign(np.diag(U)) turns whole columns.",
    ),
    slips=(
        Slip(
            "np.linalg.qr chooses the signs of Q's columns by a rule of its own. Multiply each column by the sign of "
            "U's diagonal: Q * np.sign(np.diag(U)).",
            (SIGNS, ""),
        ),
        Slip(
            "rng.random draws from 0 to 1 and so from one corner of space; only normal numbers prefer no direction. "
            "Use rng.standard_normal.",
            (DRAWN, "rng.random((n, n))"),
        ),
        Slip(
            "uniform numbers fill a cube, which reaches further into its corners; only normal numbers prefer no "
            "direction. Use rng.standard_normal.",
            (DRAWN, "rng.uniform(-1, 1, (n, n))"),
        ),
        Slip(
            "normal numbers alone are not orthogonal, not even when scaled: the columns are nearly at right angles "
            "only when n is large. Make them so with np.linalg.qr.",
            (BODY, f"return {DRAWN} / np.sqrt(n)"),
        ),
        Slip(
            "normal numbers alone are not orthogonal. Make the columns so with np.linalg.qr.",
            (BODY, f"return {DRAWN}"),
        ),
        Slip(
            "each column has length 1, but they are not at right angles to one another.",
            (BODY, f"A = {DRAWN}\n    return A / np.linalg.norm(A, axis=0)"),
        ),
        Slip(
            "each row has length 1, but they are not at right angles to one another.",
            (BODY, f"A = {DRAWN}\n    return A / np.linalg.norm(A, axis=1, keepdims=True)"),
        ),
        Slip(
            "the matrix is divided by its spectral radius or norm; that makes the largest stretch 1, not all of them.",
            (BODY, f"A = {DRAWN}\n    return A / np.linalg.norm(A, 2)"),
        ),
        Slip(
            "this is U, the triangle that np.linalg.qr returns second. Q comes first.",
            (f"return Q{SIGNS}", "return U"),
        ),
        Slip("the identity is orthogonal but not random.", (BODY, "return np.eye(n)")),
        Slip(
            "the rows of the identity in random order are orthogonal, and only n! of the endlessly many.",
            (BODY, "return np.eye(n)[rng.permutation(n)]"),
        ),
        Slip(
            "only rotations are drawn. Half of the orthogonal matrices turn space over, with determinant -1.",
            (
                f"return Q{SIGNS}",
                f"Q = Q{SIGNS}\n    Q[:, 0] *= np.sign(np.linalg.det(Q))\n    return Q",
            ),
        ),
        Slip(
            "the eigenvectors of a symmetric matrix are orthogonal, but their signs, and here their order, are chosen "
            "by the function that finds them.",
            (BODY, f"A = {DRAWN}\n    return np.linalg.eigh(A + A.T)[1]"),
        ),
        Slip(
            "the generator is made anew in each call, so each call gives the same matrix: use rng.",
            ("rng.standard_normal", "np.random.default_rng(0).standard_normal"),
        ),
    ),
)

# --- echo_state_fit ---


def _fit_case(draw: Draw) -> Case:
    ridge = round(float(draw.rng.uniform(0.5, 2.0)), 3)
    if draw.kind in ("random sizes", "the same sizes again"):  # the same number too: only the arrays differ
        ridge = 1.25
    return draw.case(draw.array("TBH"), draw.array("TBK"), ridge)


def _fits(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw, the ridge from 0 to a thousand, a whole number too; rows and steps that repeat.

    Numbers far from zero, all of one sign, tiny; more units than examples; units that are equal or nearly so,
    always one, or always zero, where only the ridge decides; targets that a readout gives exactly. The check adds
    states and targets of zero.
    """
    cases = [_fit_case(draw) for draw in draws(rng, "TBHK")]
    yield from cases
    yield from with_repeats(cases[0], "TBH", "TBK", "")
    for H, K in ((1, 3), (4, 1)):
        yield Case((rng.normal(size=(5, 3, H)), rng.normal(size=(5, 3, K)), 0.8), f"narrow: T=5, B=3, H={H}, K={K}")
    states, targets, V = rng.normal(size=(9, 4, 5)), rng.normal(size=(9, 4, 2)), rng.normal(size=(2, 5))
    equal, one, none = states.copy(), states.copy(), states.copy()
    equal[..., 3], one[..., 4], none[..., 0] = equal[..., 1], 1, 0
    alike = states.copy()
    alike[..., 3] = alike[..., 1] + 1e-2 * alike[..., 3]
    for label, h, y, ridge in (
        ("no ridge", states, targets, 0.0),
        ("far from zero", states + 3, targets - 2, 0.7),
        ("no number below zero", np.abs(states), np.abs(targets), 0.7),
        ("tiny values", 1e-3 * states, 1e-3 * targets, 1e-5),
        ("a tiny ridge", states, targets, 1e-3),
        ("a large ridge", states, targets, 40.0),
        ("a very large ridge", states, targets, 1000.0),
        ("a whole number as ridge", states, targets, 3),
        ("more units than examples", states[:2, :1], targets[:2, :1], 0.6),
        ("equal units", equal, targets, 0.6),
        ("units nearly alike, no ridge", alike, targets, 0.0),
        ("units nearly alike", alike, targets, 1e-4),
        ("a unit that is always 1", one, targets, 0.6),
        ("a unit that is always 0", none, targets, 0.6),
        ("targets of zero at some steps", states, targets * (np.arange(9) % 3 > 0)[:, None, None], 0.6),
        ("targets that a readout gives", states, states @ V.T, 0.0),
    ):
        yield Case((h, y, ridge), f"{label}: T={h.shape[0]}, B={h.shape[1]}, H=5, K=2")


# as the solution writes them
S, Y = "states.reshape(-1, states.shape[-1])", "targets.reshape(-1, targets.shape[-1])"
RIDGE = "ridge * np.eye(H, dtype=S.dtype)"
SOLVED = f"np.linalg.solve(S.T @ S + {RIDGE}, S.T @ Y)"

ECHO_STATE_FIT = Exercise(
    reference=echo_state_fit,
    difficulty="complete",
    statement=(
        "Solve for the readout of an echo state network: the weights V that make the sum over all steps and rows of "
        "|V h - y|², plus ridge times the sum of V's squares, as small as can be."
    ),
    inputs=("states (T, B, H)", "targets (T, B, K)", "ridge at least 0"),
    outputs=("weights (K, H)",),
    cases=_fits,
    hints=(
        (
            "Time and batch play no part here: every step of every row is one example. Make S = "
            "states.reshape(-1, H) and Y = targets.reshape(-1, K)."
        ),
        (
            "Set the derivative with respect to V to zero. What comes out is a system of H equations: "
            "(SᵀS + ridge I) Vᵀ = SᵀY."
        ),
        "np.linalg.solve solves it without an inverse. Its result is Vᵀ, (H, K): transpose it.",
    ),
    slips=(
        Slip(
            "the ridge is not used: this is the plain least squares fit.",
            (SOLVED, "np.linalg.lstsq(S, Y, rcond=None)[0]"),
        ),
        Slip(
            "the ridge is added to every entry of SᵀS. It belongs on the diagonal: ridge * np.eye(H).",
            (RIDGE, "ridge"),
        ),
        Slip(
            "the ridge is squared: with |V|² times ridge in the sum, the diagonal gets ridge itself.",
            (RIDGE, f"ridge * {RIDGE}"),
        ),
        Slip(
            "the ridge is multiplied by the number of examples: the errors are summed, not averaged.",
            (RIDGE, f"len(S) * {RIDGE}"),
        ),
        Slip(
            "the ridge is multiplied by the number of steps: the errors are summed, not averaged.",
            (RIDGE, f"len(states) * {RIDGE}"),
        ),
        Slip("the ridge is subtracted: it has to keep V small.", (f"+ {RIDGE}", f"- {RIDGE}")),
        Slip(
            "the ridge is halved: both terms of the sum have the same factor 2 in their derivative.",
            (RIDGE, f"0.5 * {RIDGE}"),
        ),
        Slip(
            "the ridge is doubled: both terms of the sum have the same factor 2 in their derivative.",
            (RIDGE, f"2 * {RIDGE}"),
        ),
        Slip(
            "V is transposed: as all weights of this course it has one row for each output, (K, H).",
            (f"{SOLVED}.T", SOLVED),
        ),
        Slip(
            "each sequence is fitted alone, and the weights are averaged. All steps of all rows belong in one fit.",
            (
                f"{SOLVED}.T",
                f"np.mean([{SOLVED}.T for S, Y in zip(states.swapaxes(0, 1), targets.swapaxes(0, 1))], axis=0)",
            ),
        ),
        Slip(
            "only the last step of each sequence is fitted; every step is an example.",
            (S, "states[-1]"),
            (Y, "targets[-1]"),
        ),
        Slip(
            "only the first sequence is fitted; every row of the batch counts.",
            (S, "states[:, 0]"),
            (Y, "targets[:, 0]"),
        ),
        Slip(
            "the means are taken off first. That fits a bias, and none was asked for.",
            (f"{S}, {Y}", f"{S}, {Y}\n    S, Y = S - S.mean(axis=0), Y - Y.mean(axis=0)"),
        ),
        Slip(
            "reshape(H, -1) mixes units and examples. Keep the last axis: reshape(-1, H), then transpose where needed.",
            (S, "states.reshape(states.shape[-1], -1).T"),
            (Y, "targets.reshape(targets.shape[-1], -1).T"),
        ),
        Slip("this is SᵀY without the division by SᵀS + ridge I.", (SOLVED, "(S.T @ Y)")),
        Slip(
            "these are the predictions, states @ V.T; the weights V are asked for.",
            (f"{SOLVED}.T", f"states @ {SOLVED}"),
        ),
        Slip(
            "np.eye makes float64 unless told otherwise: give it dtype=states.dtype.",
            (", dtype=S.dtype", ""),
        ),
    ),
)
