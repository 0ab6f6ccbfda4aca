"""Exercises of chapter 06: products of Jacobians, the length of the gradient by distance, radius and norm of R."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import LONG, Case, Draw, draws
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.plain import MOST_ENTRIES
from rnncourse.checks.slip import Slip
from rnncourse.exercises._distance import FAR, SIZES, scaled_to, states_for
from rnncourse.exercises._faults import IN_DOUBLE, LOGISTIC_SLOPE, SLOPE_WITHOUT_SQUARE
from rnncourse.exercises._repeats import with_repeats
from rnncourse.reference.gradients import gradient_norms_by_distance, jacobian_product, spectral_radius_and_norm

CHAPTER = "06_gradients"
Array = np.ndarray

# --- jacobian_product ---


AT_THE_ENDS = "units at exactly ±1"  # tanh(20) is 1.0: no slope is left


def _sequences(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; one unit, units at exactly ±1, states that repeat.

    Products that keep their size over 257 steps, that are about 1e-9 or 1e9 after 120, or 1 again after 1e-24. The
    check adds states of zero, where the products are powers of R, and an R of zero.
    """
    cases = [_product_case(draw) for draw in (*draws(rng, "TH"), *_long_ways(rng))]
    yield from cases
    yield from with_repeats(cases[0], "TH", "")


def _long_ways(rng: np.random.Generator) -> Iterator[Draw]:
    for kind, T, H in (("one unit", 9, 1), (AT_THE_ENDS, 7, 4), *((kind, FAR, 5) for kind in SIZES)):
        yield Draw(rng, kind, {"T": T, "B": 3, "H": H})


def _states(draw: Draw, axes: str) -> Array:
    h = states_for(draw.kind, draw.states(axes)) if draw.kind in SIZES else draw.states(axes)
    if draw.kind == AT_THE_ENDS:
        h[::2, ..., 1] = np.sign(h[::2, ..., 1])
    return h


def _recurrent(draw: Draw, h: Array) -> Array:
    """R for these states (T, H): on a long way such that the gradient ends with the size that the case asks for."""
    R = draw.weights("HH")
    size = SIZES.get(draw.kind, 1.0 if draw.T == LONG else 0.0)
    return scaled_to(size, R, h) if size else R


def _product_case(draw: Draw) -> Case:
    h = _states(draw, "TH")
    return draw.case(h, (draw.scale * _recurrent(draw, h)).astype(draw.dtype))


def _as_list(value: Any) -> Any:
    """Matrices stacked in one array, or yielded one by one, are as good as a list."""
    stacked = isinstance(value, np.ndarray) and value.ndim == 3 and len(value) <= MOST_ENTRIES
    return list(value) if stacked or isinstance(value, Iterator) else value


JACOBIAN_PRODUCT = Exercise(
    reference=jacobian_product,
    each_step=True,  # what has vanished over many steps still counts
    difficulty="complete",
    statement=(
        "The derivatives of the last state with respect to the states before it, for one sequence of a tanh layer: "
        "entry k is ∂h_T/∂h_{T-k}, entry 0 the identity. h holds h_1 to h_T; the last entry is with respect to h_0."
    ),
    inputs=("h (T, H)", "R (H, H)"),
    outputs=("products (T + 1, H, H) list of matrices",),
    cases=_sequences,
    view=_as_list,
    hints=(
        (
            "One step first: h_t = tanh(… + R h_{t-1}). Moving h_{t-1} moves what stands inside the tanh by R, and the "
            "tanh multiplies row i by its own slope, 1 - h_t[i]²."
        ),
        "So ∂h_t/∂h_{t-1} = diag(1 - h_t²) R. In code: (1 - h_t * h_t)[:, None] * R scales the rows of R.",
        (
            "Begin with the identity and go from the last state to the first. Going one step further back, the new "
            "factor stands on the right: products[-1] @ J."
        ),
    ),
    slips=(
        Slip(
            "the factors stand in the wrong order: ∂h_T/∂h_{t-1} = ∂h_T/∂h_t · ∂h_t/∂h_{t-1}, so each new factor is "
            "multiplied on the right.",
            ("products[-1] @ ((1 - h_t * h_t)[:, None] * R)", "((1 - h_t * h_t)[:, None] * R) @ products[-1]"),
        ),
        Slip(
            "the slope of tanh is missing: these are the powers of R. Each step is diag(1 - h_t²) R.",
            ("(1 - h_t * h_t)[:, None] * R", "R"),
        ),
        Slip(
            "the slope scales the columns of R. It belongs to the unit that receives, so it scales the rows: "
            "(1 - h_t * h_t)[:, None] * R.",
            ("[:, None]", ""),
        ),
        Slip(
            "R is transposed: ∂h_t/∂h_{t-1} has one row for each unit of h_t, as R has.",
            ("[:, None] * R", "[:, None] * R.T"),
        ),
        Slip(
            "these are the transposes, the matrices that carry a gradient back. Asked for are the derivatives, one "
            "row for each unit of h_T.",
            ("return products", "return [J.T for J in products]"),
        ),
        Slip("the identity, entry 0, is missing.", ("return products", "return products[1:]")),
        Slip(
            "the last product is missing: the list goes back to h_0, T + 1 matrices.",
            ("return products", "return products[:-1]"),
        ),
        Slip(
            "the states are taken from the first to the last. Distance is counted from the end, so begin with h[-1].",
            ("h[::-1]", "h"),
        ),
        Slip(
            "the slope is taken one state too early: ∂h_t/∂h_{t-1} has the slope at h_t, not at h_{t-1}.",
            ("h[::-1]", "[*h[-2::-1], np.zeros_like(h[0])]"),
        ),
        Slip(
            "the list is turned round: entry 0 is the identity, the last entry goes back to h_0.",
            ("return products", "return products[::-1]"),
        ),
        Slip(SLOPE_WITHOUT_SQUARE, ("1 - h_t * h_t", "1 - h_t")),
        Slip(LOGISTIC_SLOPE, ("1 - h_t * h_t", "h_t * (1 - h_t)")),
        Slip(
            "tanh is applied to h once more: h already is a tanh, so its slope is 1 - h².",
            ("h_t * h_t", "np.tanh(h_t) ** 2"),
        ),
        Slip(
            "each matrix is one step alone. Multiply it onto the product of the steps after it.",
            ("products[-1] @ ", ""),
        ),
        Slip(
            "`*` multiplies entry by entry; the chain rule needs the matrix product, `@`.",
            ("products[-1] @", "products[-1] *"),
        ),
        Slip("this is the last product alone; return all T + 1.", ("return products", "return products[-1]")),
        Slip("np.eye makes float64 unless told otherwise: give it dtype=h.dtype.", (", dtype=h.dtype", "")),
    ),
)

# --- gradient_norms_by_distance ---


def _batches(rng: np.random.Generator) -> Iterator[Case]:
    """Every kind of draw; one unit, units at exactly ±1, rows and states that repeat; a faint gradient, a large one.

    Lengths that stay about 1 over 257 steps, that are about 1e-9 or 1e9 after 120, or 1 again after 1e-24. The
    check adds a gradient and states of zero, a zero row, and an R of zero.
    """
    cases = [_norms_case(draw) for draw in (*draws(rng, "TBH"), *_long_ways(rng))]
    yield from cases
    for axes in (("BH", "TBH"), ("BH", ""), ("", "TBH")):
        yield from with_repeats(cases[0], *axes, "")
    dh_last, h, R = cases[2].args
    for kind, size in (("a faint gradient", 1e-6), ("a large gradient", 1e6)):
        yield Case((size * dh_last, h, R), f"{kind}:{cases[2].label.partition(':')[2]}")


def _norms_case(draw: Draw) -> Case:
    h = _states(draw, "TBH")
    return draw.case(draw.array("BH"), h, _recurrent(draw, h[:, 0]))


GRADIENT_NORMS_BY_DISTANCE = Exercise(
    reference=gradient_norms_by_distance,
    each_step=True,  # what has vanished over many steps still counts
    difficulty="complete",
    statement=(
        "How long the gradient is after k steps back, when the loss sees only the last state of a tanh layer: row k "
        "holds the Euclidean length of the gradient with respect to h_{T-k}, for each row of the batch."
    ),
    inputs=("dh_last (B, H)", "h (T, B, H)", "R (H, H)"),
    outputs=("norms (T + 1, B)",),
    cases=_batches,
    hints=(
        "Row 0 is the length of dh_last itself: the square root of the sum of squares over the units, axis -1.",
        (
            "A step back is the one of chapter 5 without the weights' gradients: through the tanh, dh * (1 - h_t²), "
            "then through R: (…) @ R."
        ),
        (
            "Go through h from the last state to the first and collect one length after each step. With row 0 there "
            "are T + 1; np.stack joins them."
        ),
    ),
    slips=(
        Slip(
            "the slope of tanh, 1 - h_t², is missing: the gradient goes through the tanh before it reaches R.",
            ("(dh * (1 - h_t * h_t))", "dh"),
        ),
        Slip(
            "the gradient goes back through R.T; forward multiplies rows by R.T, so backward multiplies them by R.",
            ("@ R", "@ R.T"),
        ),
        Slip(
            "R comes before the slope. Going back the order is turned round: first the tanh, then R.",
            ("(dh * (1 - h_t * h_t)) @ R", "(dh @ R) * (1 - h_t * h_t)"),
        ),
        Slip(
            "these are the squares of the lengths: the square root is missing.",
            ("np.stack(norms)", "np.stack(norms) ** 2"),
        ),
        Slip(
            "these are sums of magnitudes; the Euclidean length is the root of the sum of squares.",
            ("(dh_last, axis=-1)", "(dh_last, 1, axis=-1)"),
            ("(dh, axis=-1)", "(dh, 1, axis=-1)"),
        ),
        Slip(
            "this is the largest entry; the Euclidean length is the root of the sum of squares.",
            ("(dh_last, axis=-1)", "(dh_last, np.inf, axis=-1)"),
            ("(dh, axis=-1)", "(dh, np.inf, axis=-1)"),
        ),
        Slip(
            "this is the root of the mean of the squares; a length takes their sum.",
            ("np.stack(norms)", "np.stack(norms) / len(R) ** 0.5"),
        ),
        Slip(
            "one length is taken for the whole batch. Each row has its own: sum over the units alone, axis -1.",
            ("(dh_last, axis=-1)", "(dh_last)"),
            ("(dh, axis=-1)", "(dh)"),
        ),
        Slip(
            "the squares are summed over the rows of the batch; sum over the units, axis -1.",
            ("(dh_last, axis=-1)", "(dh_last, axis=0)"),
            ("(dh, axis=-1)", "(dh, axis=0)"),
        ),
        Slip("distance 0, the length of dh_last itself, is missing.", ("[np.linalg.norm(dh_last, axis=-1)]", "[]")),
        Slip("the last row is missing: the gradient reaches h_0 after T steps.", ("(norms)", "(norms[:-1])")),
        Slip("the rows are turned round: row 0 is the last state, the last row h_0.", ("(norms)", "(norms[::-1])")),
        Slip(
            "the states are taken from the first to the last; the gradient meets h_T, the last one, first.",
            ("h[::-1]", "h"),
        ),
        Slip(
            "the slope is taken one state too early: the step from h_t back to h_{t-1} has the slope at h_t.",
            ("h[::-1]", "[*h[-2::-1], np.zeros_like(h[0])]"),
        ),
        Slip(
            "every row is divided by the first. Asked for are the lengths themselves.",
            ("np.stack(norms)", "np.stack(norms) / norms[0]"),
        ),
        Slip(
            "each step starts from dh_last again: go on from the gradient of the step before.",
            ("(dh * ", "(dh_last * "),
        ),
        Slip(LOGISTIC_SLOPE, ("1 - h_t * h_t", "h_t * (1 - h_t)")),
        Slip("the rows are in a list; make them one array with np.stack.", ("np.stack(norms)", "norms")),
        Slip(
            IN_DOUBLE,
            ("np.stack(norms)", "np.array(norms, dtype=np.float64)"),
        ),
    ),
)

# --- spectral_radius_and_norm ---


def _turn(angle: float, stretch: float = 1.0) -> Array:
    """Turns the plane by an angle, with complex eigenvalues of magnitude 1; stretch makes it non-normal."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s * stretch], [s / stretch, c]])


def _matrices(rng: np.random.Generator) -> Iterator[Case]:
    """Matrices of 1 to 60 units; the largest eigenvalue real or complex, of either sign, often far below the norm.

    Diagonal, triangular, symmetric, skew, orthogonal, of rank one, all of one sign, tiny and large, the same size with
    other numbers; the two largest nearly alike, which takes an iteration long; by columns, strided, read-only, single
    precision.
    """
    basis = np.eye(6) + 0.2 * rng.normal(size=(6, 6))
    blocks = np.zeros((6, 6))
    blocks[:2, :2], blocks[2:, 2:] = 0.6 * np.eye(2), 0.3 * np.eye(4)
    blocks[:2, :2] *= [[1, 0], [0, -1]]
    blocks[3:5, 3:5] = 1.3 * _turn(rng.uniform(1.8, 2.8))  # complex, the real part below 0
    upper = np.triu(rng.normal(size=(5, 5)), 1) + np.diag([0.1, -0.9, 0.7, 0.5, -0.3])
    symmetric = rng.normal(size=(4, 4))
    symmetric = symmetric + symmetric.T - 6 * np.eye(4)
    R, skew = rng.normal(size=(7, 7)), np.triu(rng.normal(size=(4, 4)), 1)
    row, (left, right) = rng.uniform(0.2, 1, 5), (np.linalg.qr(rng.normal(size=(5, 5)))[0] for _ in range(2))
    some = {
        "complex eigenvalues": np.linalg.solve(basis, blocks @ basis),
        "normal numbers": R / np.sqrt(7),
        "the same size again": rng.normal(size=(7, 7)) / np.sqrt(7),
        "eigenvalues below 1, norm above": upper,
        "largest eigenvalue below 0": symmetric,
        "largest eigenvalue above 0": -symmetric,
        "a turn and a stretch": 0.9 * _turn(rng.uniform(0.5, 1.0), 3.0),
        "positive numbers": rng.uniform(0.1, 1, (5, 5)),
        "negative numbers": -rng.uniform(0.1, 1, (5, 5)),
        "one unit": -rng.uniform(0.5, 2, (1, 1)),
        "one unit, above 0": rng.uniform(0.5, 2, (1, 1)),
        "two units": rng.normal(size=(2, 2)),
        "zeros": np.zeros((3, 3)),
        "the identity": np.eye(4),
        "diagonal": np.diag(rng.normal(size=6)),
        "below the diagonal only": np.tril(rng.normal(size=(4, 4)), -1),  # no power above R³: rho is 0
        "no real eigenvalue": skew - skew.T,
        "orthogonal": np.linalg.qr(rng.normal(size=(5, 5)))[0],
        "rank one": np.outer(rng.uniform(0.2, 1, 5), row),
        "rows that repeat": np.tile(row, (5, 1)),
        "rows that add up to zero": R - R.mean(axis=1, keepdims=True),
        "two largest nearly alike": left @ np.diag([1.0, 0.999, 0.5, 0.2, 0.1]) @ right,
        "two largest nearly alike, of other signs": left @ np.diag([1.0, -0.999, 0.5, 0.2, 0.1]) @ left.T,
        "a row of zeros": R * (np.arange(7) != 3)[:, None],
        "tiny values": 1e-3 * rng.normal(size=(4, 4)),
        "large values": 30 * rng.normal(size=(8, 8)),
        "many units": rng.normal(size=(60, 60)) / np.sqrt(60),
    }
    for label, matrix in some.items():
        yield Case((matrix,), f"{label}: R {matrix.shape}")
    for layout in ("by columns", "strided", "read-only"):
        yield Case((rng.normal(size=(5, 5)),), f"{layout}: R (5, 5)", layout=layout)
    yield Case((upper.astype("float32"),), "float32: R (5, 5)", "float32")
    yield Case((rng.normal(size=(9, 9)).astype("float32"),), "float32: R (9, 9)", "float32")


# as the solution writes them
RHO = "np.abs(np.linalg.eigvals(R)).max()"
SIGMA = "np.linalg.svd(R, compute_uv=False)[0]"

SPECTRAL_RADIUS_AND_NORM = Exercise(
    reference=spectral_radius_and_norm,
    difficulty="predict",
    statement="The largest absolute eigenvalue of R, and its largest singular value: two numbers.",
    inputs=("R (H, H)",),
    outputs=("rho number", "sigma number"),
    cases=_matrices,
    hints=(
        "np.linalg.eigvals gives the eigenvalues, np.linalg.svd(R, compute_uv=False) the singular values.",
        "Eigenvalues may be complex, or negative. Which comes first, the magnitude or the maximum?",
    ),
    slips=(
        Slip(
            "rho is the largest real part. An eigenvalue may be complex or negative: take np.abs first, then max.",
            (RHO, "np.linalg.eigvals(R).real.max()"),
        ),
        Slip(
            "rho is an eigenvalue, not a magnitude: take np.abs first, then max.",
            (f"float({RHO})", "np.linalg.eigvals(R).max()"),
        ),
        Slip(
            "the maximum is taken before the magnitude: a negative or complex eigenvalue is then overlooked. Take "
            "np.abs first, then max.",
            (RHO, "np.abs(np.linalg.eigvals(R).max())"),
        ),
        Slip(
            "rho uses the real parts only; a complex eigenvalue's magnitude is larger than its real part's.",
            (RHO, "np.abs(np.linalg.eigvals(R).real).max()"),
        ),
        Slip(
            "np.linalg.eigvalsh is for symmetric matrices: it reads one half of R alone. R needs np.linalg.eigvals.",
            (RHO, "np.abs(np.linalg.eigvalsh(R)).max()"),
        ),
        Slip(
            "rho is the smallest magnitude of an eigenvalue; the largest is asked for.",
            (RHO, "np.abs(np.linalg.eigvals(R)).min()"),
        ),
        Slip(
            "rho is the first eigenvalue that is returned. They come in no order: take the largest magnitude.",
            (RHO, "np.abs(np.linalg.eigvals(R))[0]"),
        ),
        Slip("both numbers are the largest singular value: rho needs the eigenvalues.", (RHO, SIGMA)),
        Slip("both numbers are the spectral radius: sigma needs the singular values.", (SIGMA, RHO)),
        Slip(
            "rho is the magnitude of the determinant, the product of all eigenvalues; the largest one is asked for.",
            (RHO, "np.abs(np.linalg.det(R))"),
        ),
        Slip(
            "np.linalg.norm(R) without a second argument is the Frobenius norm, the root of the sum of all squares. "
            "The largest singular value is np.linalg.norm(R, 2).",
            (SIGMA, "np.linalg.norm(R)"),
        ),
        Slip(
            "sigma is the largest eigenvalue of RᵀR, the square of the largest singular value: the root is missing.",
            (f"float({SIGMA})", f"float({SIGMA}) ** 2"),
        ),
        Slip(
            "sigma is the smallest singular value; they are sorted, the largest comes first.",
            (SIGMA, "np.linalg.svd(R, compute_uv=False)[-1]"),
        ),
        Slip("sigma is the largest sum of magnitudes in a column, another norm.", (SIGMA, "np.linalg.norm(R, 1)")),
        Slip("sigma is the largest sum of magnitudes in a row, another norm.", (SIGMA, "np.linalg.norm(R, np.inf)")),
        Slip("sigma is the largest entry of R.", (SIGMA, "np.abs(R).max()")),
        Slip("rho and sigma have changed places.", (RHO, SIGMA), (SIGMA, RHO)),
        Slip(
            "these are all eigenvalues and all singular values; the largest of each is asked for.",
            (f"float({RHO})", "np.abs(np.linalg.eigvals(R))"),
            (f"float({SIGMA})", "np.linalg.svd(R, compute_uv=False)"),
        ),
    ),
)
