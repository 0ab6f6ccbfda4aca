"""Exercises of chapter 06: products of Jacobians, the length of the gradient by distance, radius and norm of R."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, Draw, from_draws
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.reference.gradients import gradient_norms_by_distance, jacobian_product, spectral_radius_and_norm

CHAPTER = "06_gradients"
Array = np.ndarray


def _slope(h: Array) -> Array:
    return 1 - h * h


# --- jacobian_product ---


def _product_case(draw: Draw) -> Case:
    return draw.case(draw.states("TH"), (draw.scale * draw.weights("HH")).astype(draw.dtype))


def _as_list(value: Any) -> Any:
    """Matrices stacked in one array, or yielded one by one, are as good as a list."""
    return list(value) if isinstance(value, Iterator) or (isinstance(value, np.ndarray) and value.ndim == 3) else value


def _products(
    *,
    jacobian: Callable[[Array, Array], Array] = lambda h_t, R: _slope(h_t)[:, None] * R,
    multiply: Callable[[Array, Array], Array] = lambda product, J: product @ J,
    order: Callable[[Array], Array] = lambda h: h[::-1],
) -> Callable[..., list[Array]]:
    """The products with one of their lines changed."""

    def wrong(h: Array, R: Array) -> list[Array]:
        products = [np.eye(len(R), dtype=h.dtype)]
        for h_t in order(h):
            products.append(multiply(products[-1], jacobian(h_t, R)))
        return products

    return wrong


JACOBIAN_PRODUCT = Exercise(
    reference=jacobian_product,
    difficulty="complete",
    statement=(
        "The derivatives of the last state with respect to the states before it, for one sequence of a tanh layer: "
        "entry k is ∂h_T/∂h_{T-k}, entry 0 the identity. h holds h_1 to h_T; the last entry is with respect to h_0."
    ),
    inputs=("h (T, H)", "R (H, H)"),
    outputs=("products (T + 1, H, H) list of matrices",),
    cases=from_draws("TH", _product_case),
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
        Misconception(
            "the factors stand in the wrong order: ∂h_T/∂h_{t-1} = ∂h_T/∂h_t · ∂h_t/∂h_{t-1}, so each new factor is "
            "multiplied on the right.",
            _products(multiply=lambda product, J: J @ product),
        ),
        Misconception(
            "the slope of tanh is missing: these are the powers of R. Each step is diag(1 - h_t²) R.",
            _products(jacobian=lambda h_t, R: R),
        ),
        Misconception(
            "the slope scales the columns of R. It belongs to the unit that receives, so it scales the rows: "
            "(1 - h_t * h_t)[:, None] * R.",
            _products(jacobian=lambda h_t, R: _slope(h_t) * R),
        ),
        Misconception(
            "R is transposed: ∂h_t/∂h_{t-1} has one row for each unit of h_t, as R has.",
            _products(jacobian=lambda h_t, R: _slope(h_t)[:, None] * R.T),
        ),
        Misconception(
            "these are the transposes, the matrices that carry a gradient back. Asked for are the derivatives, one "
            "row for each unit of h_T.",
            lambda h, R: [np.ascontiguousarray(J.T) for J in jacobian_product(h, R)],
        ),
        Misconception("the identity, entry 0, is missing.", lambda h, R: jacobian_product(h, R)[1:]),
        Misconception(
            "the last product is missing: the list goes back to h_0, T + 1 matrices.",
            lambda h, R: jacobian_product(h, R)[:-1],
        ),
        Misconception(
            "the states are taken from the first to the last. Distance is counted from the end, so begin with h[-1].",
            _products(order=lambda h: h),
        ),
        Misconception(
            "the slope is taken one state too early: ∂h_t/∂h_{t-1} has the slope at h_t, not at h_{t-1}.",
            _products(order=lambda h: np.concatenate([np.zeros_like(h[:1]), h[:-1]])[::-1]),
        ),
        Misconception(
            "the list is turned round: entry 0 is the identity, the last entry goes back to h_0.",
            lambda h, R: jacobian_product(h, R)[::-1],
        ),
        Misconception(
            "the slope is taken as 1 - h; the slope of tanh is 1 - h².",
            _products(jacobian=lambda h_t, R: (1 - h_t)[:, None] * R),
        ),
        Misconception(
            "h (1 - h) is the slope of the logistic function. For tanh it is 1 - h².",
            _products(jacobian=lambda h_t, R: (h_t * (1 - h_t))[:, None] * R),
        ),
        Misconception(
            "tanh is applied to h once more: h already is a tanh, so its slope is 1 - h².",
            _products(jacobian=lambda h_t, R: (1 - np.tanh(h_t) ** 2)[:, None] * R),
        ),
        Misconception(
            "each matrix is one step alone. Multiply it onto the product of the steps after it.",
            _products(multiply=lambda product, J: J),
        ),
        Misconception(
            "`*` multiplies entry by entry; the chain rule needs the matrix product, `@`.",
            _products(multiply=lambda product, J: product * J),
        ),
        Misconception("this is the last product alone; return all T + 1.", lambda h, R: jacobian_product(h, R)[-1]),
        Misconception(
            "np.eye makes float64 unless told otherwise: give it dtype=h.dtype.",
            lambda h, R: [J.astype(np.float64) for J in jacobian_product(h, R)],
        ),
    ),
)

# --- gradient_norms_by_distance ---


def _norms_case(draw: Draw) -> Case:
    return draw.case(draw.array("BH"), draw.states("TBH"), draw.weights("HH"))


def _length(dh: Array) -> Array:
    return np.sqrt((dh * dh).sum(axis=-1))


def _norms(
    *,
    back: Callable[[Array, Array, Array], Array] = lambda dh, h_t, R: (dh * _slope(h_t)) @ R,
    length: Callable[[Array], Array] = _length,
    order: Callable[[Array], Array] = lambda h: h[::-1],
) -> Callable[..., Array]:
    """The lengths with one of their lines changed."""

    def wrong(dh_last: Array, h: Array, R: Array) -> Array:
        dh, norms = dh_last, [length(dh_last)]
        for h_t in order(h):
            dh = back(dh, h_t, R)
            norms.append(length(dh))
        return np.stack(norms)

    return wrong


GRADIENT_NORMS_BY_DISTANCE = Exercise(
    reference=gradient_norms_by_distance,
    difficulty="complete",
    statement=(
        "How long the gradient is after k steps back, when the loss sees only the last state of a tanh layer: row k "
        "holds the Euclidean length of the gradient with respect to h_{T-k}, for each row of the batch."
    ),
    inputs=("dh_last (B, H)", "h (T, B, H)", "R (H, H)"),
    outputs=("norms (T + 1, B)",),
    cases=from_draws("TBH", _norms_case),
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
        Misconception(
            "the slope of tanh, 1 - h_t², is missing: the gradient goes through the tanh before it reaches R.",
            _norms(back=lambda dh, h_t, R: dh @ R),
        ),
        Misconception(
            "the gradient goes back through R.T; forward multiplies rows by R.T, so backward multiplies them by R.",
            _norms(back=lambda dh, h_t, R: (dh * _slope(h_t)) @ R.T),
        ),
        Misconception(
            "R comes before the slope. Going back the order is turned round: first the tanh, then R.",
            _norms(back=lambda dh, h_t, R: (dh @ R) * _slope(h_t)),
        ),
        Misconception(
            "these are the squares of the lengths: the square root is missing.",
            _norms(length=lambda dh: (dh * dh).sum(axis=-1)),
        ),
        Misconception(
            "these are sums of magnitudes; the Euclidean length is the root of the sum of squares.",
            _norms(length=lambda dh: np.abs(dh).sum(axis=-1)),
        ),
        Misconception(
            "this is the largest entry; the Euclidean length is the root of the sum of squares.",
            _norms(length=lambda dh: np.abs(dh).max(axis=-1)),
        ),
        Misconception(
            "this is the root of the mean of the squares; a length takes their sum.",
            _norms(length=lambda dh: np.sqrt((dh * dh).mean(axis=-1))),
        ),
        Misconception(
            "one length is taken for the whole batch. Each row has its own: sum over the units alone, axis -1.",
            _norms(length=lambda dh: np.sqrt((dh * dh).sum())),
        ),
        Misconception(
            "the squares are summed over the rows of the batch; sum over the units, axis -1.",
            _norms(length=lambda dh: np.sqrt((dh * dh).sum(axis=0))),
        ),
        Misconception("distance 0, the length of dh_last itself, is missing.", lambda *a: _norms()(*a)[1:]),
        Misconception("the last row is missing: the gradient reaches h_0 after T steps.", lambda *a: _norms()(*a)[:-1]),
        Misconception(
            "the rows are turned round: row 0 is the last state, the last row h_0.",
            lambda *a: _norms()(*a)[::-1].copy(),
        ),
        Misconception(
            "the states are taken from the first to the last; the gradient meets h_T, the last one, first.",
            _norms(order=lambda h: h),
        ),
        Misconception(
            "the slope is taken one state too early: the step from h_t back to h_{t-1} has the slope at h_t.",
            _norms(order=lambda h: np.concatenate([np.zeros_like(h[:1]), h[:-1]])[::-1]),
        ),
        Misconception(
            "every row is divided by the first. Asked for are the lengths themselves.",
            lambda *a: _norms()(*a) / _norms()(*a)[0],
        ),
        Misconception(
            "each step starts from dh_last again: go on from the gradient of the step before.",
            lambda dh_last, h, R: np.stack(
                [_length(dh_last), *(_length((dh_last * _slope(h_t)) @ R) for h_t in h[::-1])]
            ),
        ),
        Misconception(
            "h (1 - h) is the slope of the logistic function. For tanh it is 1 - h².",
            _norms(back=lambda dh, h_t, R: (dh * h_t * (1 - h_t)) @ R),
        ),
        Misconception("the rows are in a list; make them one array with np.stack.", lambda *a: list(_norms()(*a))),
        Misconception(
            "np.zeros and np.empty make float64 unless told otherwise: give them dtype=h.dtype.",
            lambda *a: _norms()(*a).astype(np.float64),
        ),
    ),
)

# --- spectral_radius_and_norm ---


def _turn(angle: float, stretch: float = 1.0) -> Array:
    """Turns the plane by an angle, with complex eigenvalues of magnitude 1; stretch makes it non-normal."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s * stretch], [s / stretch, c]])


def _matrices(rng: np.random.Generator) -> Iterator[Case]:
    """Matrices whose largest eigenvalue is complex, negative, or small beside the largest singular value."""
    basis = np.eye(6) + 0.2 * rng.normal(size=(6, 6))
    blocks = np.zeros((6, 6))
    blocks[:2, :2], blocks[2:, 2:] = 0.6 * np.eye(2), 0.3 * np.eye(4)
    blocks[:2, :2] *= [[1, 0], [0, -1]]
    blocks[3:5, 3:5] = 1.3 * _turn(rng.uniform(1.8, 2.8))  # complex, the real part below 0
    upper = np.triu(rng.normal(size=(5, 5)), 1) + np.diag([0.1, -0.9, 0.7, 0.5, -0.3])
    symmetric = rng.normal(size=(4, 4))
    symmetric = symmetric + symmetric.T - 6 * np.eye(4)
    R = rng.normal(size=(7, 7))
    for label, matrix in (
        ("complex eigenvalues", np.linalg.solve(basis, blocks @ basis)),
        ("normal numbers", R / np.sqrt(7)),
        ("eigenvalues below 1, norm above", upper),
        ("largest eigenvalue below 0", symmetric),
        ("a turn and a stretch", 0.9 * _turn(rng.uniform(0.5, 1.0), 3.0)),
        ("positive numbers", rng.uniform(0.1, 1, (5, 5))),
        ("one unit", -rng.uniform(0.5, 2, (1, 1))),
        ("zeros", np.zeros((3, 3))),
        ("large values", 30 * rng.normal(size=(8, 8))),
        ("many units", rng.normal(size=(60, 60)) / np.sqrt(60)),
    ):
        yield Case((matrix,), f"{label}: R {matrix.shape}")
    yield Case((upper.astype("float32"),), "float32: R (5, 5)", "float32")


def _radius(R: Array) -> float:
    return float(np.abs(np.linalg.eigvals(R)).max())


def _norm(R: Array) -> float:
    return float(np.linalg.svd(R, compute_uv=False).max())


def _with_radius(radius: Callable[[Array], Any]) -> Callable[[Array], Any]:
    return lambda R: (radius(R), _norm(R))


def _with_norm(norm: Callable[[Array], Any]) -> Callable[[Array], Any]:
    return lambda R: (_radius(R), norm(R))


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
        Misconception(
            "rho is the largest real part. An eigenvalue may be complex or negative: take np.abs first, then max.",
            _with_radius(lambda R: float(np.linalg.eigvals(R).real.max())),
        ),
        Misconception(
            "rho is an eigenvalue, not a magnitude: take np.abs first, then max.",
            _with_radius(lambda R: np.linalg.eigvals(R).max()),
        ),
        Misconception(
            "the maximum is taken before the magnitude: a negative or complex eigenvalue is then overlooked. Take "
            "np.abs first, then max.",
            _with_radius(lambda R: float(np.abs(np.linalg.eigvals(R).max()))),
        ),
        Misconception(
            "rho uses the real parts only; a complex eigenvalue's magnitude is larger than its real part's.",
            _with_radius(lambda R: float(np.abs(np.linalg.eigvals(R).real).max())),
        ),
        Misconception(
            "np.linalg.eigvalsh is for symmetric matrices: it reads one half of R alone. R needs np.linalg.eigvals.",
            _with_radius(lambda R: float(np.abs(np.linalg.eigvalsh(R)).max())),
        ),
        Misconception(
            "rho is the smallest magnitude of an eigenvalue; the largest is asked for.",
            _with_radius(lambda R: float(np.abs(np.linalg.eigvals(R)).min())),
        ),
        Misconception(
            "rho is the first eigenvalue that is returned. They come in no order: take the largest magnitude.",
            _with_radius(lambda R: float(np.abs(np.linalg.eigvals(R))[0])),
        ),
        Misconception(
            "both numbers are the largest singular value: rho needs the eigenvalues.", _with_radius(lambda R: _norm(R))
        ),
        Misconception(
            "both numbers are the spectral radius: sigma needs the singular values.", _with_norm(lambda R: _radius(R))
        ),
        Misconception(
            "rho is the magnitude of the determinant, the product of all eigenvalues; the largest one is asked for.",
            _with_radius(lambda R: float(np.abs(np.linalg.det(R)))),
        ),
        Misconception(
            "np.linalg.norm(R) without a second argument is the Frobenius norm, the root of the sum of all squares. "
            "The largest singular value is np.linalg.norm(R, 2).",
            _with_norm(lambda R: float(np.linalg.norm(R))),
        ),
        Misconception(
            "sigma is the largest eigenvalue of RᵀR, the square of the largest singular value: the root is missing.",
            _with_norm(lambda R: _norm(R) ** 2),
        ),
        Misconception(
            "sigma is the smallest singular value; they are sorted, the largest comes first.",
            _with_norm(lambda R: float(np.linalg.svd(R, compute_uv=False).min())),
        ),
        Misconception(
            "sigma is the largest sum of magnitudes in a column, another norm.",
            _with_norm(lambda R: float(np.linalg.norm(R, 1))),
        ),
        Misconception(
            "sigma is the largest sum of magnitudes in a row, another norm.",
            _with_norm(lambda R: float(np.linalg.norm(R, np.inf))),
        ),
        Misconception("sigma is the largest entry of R.", _with_norm(lambda R: float(np.abs(R).max()))),
        Misconception("rho and sigma have changed places.", lambda R: (_norm(R), _radius(R))),
        Misconception(
            "these are all eigenvalues and all singular values; the largest of each is asked for.",
            lambda R: (np.abs(np.linalg.eigvals(R)), np.linalg.svd(R, compute_uv=False)),
        ),
    ),
)
