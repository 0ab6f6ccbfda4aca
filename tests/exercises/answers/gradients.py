"""Answers to the exercises of chapter 06."""

import functools
import itertools
import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- jacobian_product ---


def products_in_a_loop(h, R):
    T, H = h.shape
    products = [np.eye(H, dtype=h.dtype)]
    for k in range(T):
        slope = 1 - h[T - 1 - k] ** 2
        J = np.diag(slope) @ R
        products.append(products[k] @ J)
    return products


def products_by_rows(h, R):
    products = [np.identity(len(R), dtype=R.dtype)]
    for state in reversed(h):
        last, new = products[-1], np.zeros_like(R)
        for i in range(len(R)):
            for j in range(len(R)):
                new[i] += last[i, j] * (1 - state[j]) * (1 + state[j]) * R[j]
        products.append(new)
    return products


def products_by_einsum(h, R):
    factors = np.einsum("th,hk->thk", 1 - h * h, R)[::-1]
    result = np.empty((len(h) + 1, *R.shape), dtype=h.dtype)
    result[0] = np.eye(len(R))
    for k, factor in enumerate(factors):
        np.matmul(result[k], factor, out=result[k + 1])
    return result


def products_by_torch(h, R):
    """Autograd through the steps, with the slope taken from the given states: one vector-Jacobian product a unit."""
    import torch

    known, r = torch.from_numpy(h), torch.from_numpy(R)
    states = [torch.zeros(len(R), dtype=r.dtype, requires_grad=True)]
    for t in range(len(h)):
        a = r @ states[-1]
        states.append(known[t] + (1 - known[t] ** 2) * (a - a.detach()))
    rows = [torch.autograd.grad(unit, states, retain_graph=True) for unit in states[-1]]
    return [torch.stack([row[t] for row in rows]).numpy() for t in reversed(range(len(states)))]


def products_yielded(h, R):
    product = np.eye(len(R), dtype=h.dtype)
    yield product
    for h_t in h[::-1]:
        product = product @ (R * (1 - h_t**2)[:, None])
        yield product


def products_in_one_buffer(h, R):
    product, products = np.eye(len(R), dtype=h.dtype), []
    for h_t in h[::-1]:
        products.append(product)
        product[:] = product @ ((1 - h_t**2)[:, None] * R)
    return [*products, product]


def products_of_twenty_steps(h, R):
    products = products_in_a_loop(h, R)
    return [J if k < 20 else np.zeros_like(R) for k, J in enumerate(products)]


def products_into_r(h, R):
    products = [np.eye(len(R), dtype=h.dtype)]
    for h_t in h[::-1]:
        R *= (1 - h_t**2)[:, None]
        products.append(products[-1] @ R)
    return products


def products_accumulated(h, R):
    factors = (((1 - h_t) * (1 + h_t))[:, None] * R for h_t in h[::-1])
    return tuple(itertools.accumulate(factors, np.matmul, initial=np.eye(len(R), dtype=R.dtype)))


def products_by_rows_sent_back(h, R):
    """Row i is the gradient of unit i, sent back as chapter 5 does."""
    T, H = h.shape
    products = np.empty((T + 1, H, H), dtype=h.dtype)
    for i in range(H):
        dh = np.zeros(H, dtype=h.dtype)
        dh[i] = 1
        products[0, i] = dh
        for k in range(T):
            dh = (dh * (1 - h[T - 1 - k] ** 2)) @ R
            products[k + 1, i] = dh
    return products


def products_walked_forward(h, R):
    """Each product for itself, from the earlier state to the last: T² / 2 small steps."""

    def from_distance(k):
        product = np.eye(len(R), dtype=h.dtype)
        for h_t in h[len(h) - k :]:
            product = (1 - h_t**2)[:, None] * (R @ product)
        return product

    return map(from_distance, range(len(h) + 1))


def products_through_cosh(h, R):
    """The slope as 1 / cosh², which is 0 where the artanh is infinite."""
    with np.errstate(divide="ignore", over="ignore"):
        slopes = 1 / np.cosh(np.arctanh(h)) ** 2
    products = [np.identity(len(R), dtype=R.dtype)]
    for slope in np.flip(slopes, axis=0):
        products += [np.einsum("ij,j,jk->ik", products[-1], slope, R)]
    return products


def products_divided(h, R):
    """The whole way, divided by the first part of it: no digits are left on a long way."""
    parts = [np.eye(len(R), dtype=h.dtype)]
    for h_t in h:
        parts.append((1 - h_t**2)[:, None] * (R @ parts[-1]))
    return [parts[-1] @ np.linalg.pinv(part) for part in reversed(parts)]


def products_without_small_numbers(h, R):
    return [product if np.abs(product).max() > 1e-8 else 0 * product for product in products_in_a_loop(h, R)]


def products_clipped(h, R):
    return [np.clip(product, -1e6, 1e6) for product in products_in_a_loop(h, R)]


def products_with_slopes_first(h, R):
    """diag(a) R diag(b) R is not diag(ab) R²."""
    products, slopes = [np.eye(len(R), dtype=h.dtype)], np.ones(len(R), dtype=h.dtype)
    for k, h_t in enumerate(h[::-1]):
        slopes = slopes * (1 - h_t**2)
        products.append(slopes[:, None] * np.linalg.matrix_power(R, k + 1))
    return products


def products_remembered_by_state(h, R):
    """A state that comes again gives the product that it gave before."""
    known, products = {}, [np.eye(len(R), dtype=h.dtype)]
    for h_t in h[::-1]:
        factor = (1 - h_t**2)[:, None] * R
        products.append(known.setdefault(h_t.tobytes(), products[-1] @ factor))
    return [product.copy() for product in products]


def products_in_logarithms(h, R):
    """Magnitudes alone."""
    with np.errstate(divide="ignore"):
        return [np.exp(np.log(np.abs(product))) for product in products_in_a_loop(h, R)]


def products_in_single_precision(h, R):
    return [J.astype(h.dtype) for J in products_in_a_loop(h.astype(np.float32), R.astype(np.float32))]


JACOBIAN_PRODUCT = Answers(
    correct=(
        products_in_a_loop,
        products_by_rows,
        products_by_einsum,
        products_by_torch,
        products_yielded,
        products_accumulated,
        products_by_rows_sent_back,
        products_walked_forward,
        products_through_cosh,
    ),
    wrong=(
        slip(products_in_a_loop, "products[k] @ J", "J @ products[k]", "the factors stand in the wrong order"),
        slip(products_in_a_loop, "np.diag(slope) @ R", "R", "these are the powers of R"),
        slip(products_in_a_loop, "np.diag(slope) @ R", "slope * R", "the slope scales the columns of R"),
        slip(products_in_a_loop, "np.diag(slope) @ R", "R @ np.diag(slope)", "the slope scales the columns of R"),
        slip(products_in_a_loop, "np.diag(slope) @ R", "np.diag(slope) @ R.T", "R is transposed"),
        slip(products_in_a_loop, "h[T - 1 - k]", "h[k]", "from the first to the last"),
        slip(products_in_a_loop, "1 - h[T - 1 - k] ** 2", "1 - h[T - 1 - k]", "taken as 1 - h;"),
        slip(products_in_a_loop, "1 - h[T - 1 - k] ** 2", "1 - np.tanh(h[T - 1 - k]) ** 2", "once more"),
        slip(products_in_a_loop, "[np.eye(H, dtype=h.dtype)]", "[R]", "products"),
        slip(products_in_a_loop, "range(T)", "range(T - 1)", "the last product is missing"),
        slip(products_in_a_loop, "return products", "return products[1:]", "entry 0, is missing"),
        slip(products_in_a_loop, "return products", "return products[::-1]", "the list is turned round"),
        slip(products_in_a_loop, "return products", "return products[-1]", "this is the last product alone"),
        slip(products_in_a_loop, "products[k] @ J", "products[k] * J", "entry by entry"),
        slip(products_in_a_loop, "products[k] @ J", "J", "one step alone"),
        slip(products_in_a_loop, ", dtype=h.dtype", "", "np.eye makes float64"),
        slip(products_by_rows, "R[j]", "R[i]"),
        slip(products_by_rows, "new[i] +=", "new[i] ="),
        Wrong(products_in_one_buffer, "products"),
        Wrong(products_of_twenty_steps, "Wrong: long"),
        Wrong(products_into_r, "changes its argument R"),
        Wrong(products_divided, "products"),
        Wrong(products_without_small_numbers, "a gradient that vanishes"),
        Wrong(products_clipped, "a gradient that explodes"),
        Wrong(products_with_slopes_first, "products"),
        Wrong(products_remembered_by_state, "a step twice"),
        Wrong(products_in_logarithms, "products"),
        Wrong(products_in_single_precision, "products"),
    ),
    equivalent={
        "12:4: _check(h, R, rank=2) → pass": "a check of the arguments alone",
        "12:11: h → R": "a check of the arguments alone",
        "13:37: h → R": "both have one dtype",
    },
)

# --- gradient_norms_by_distance ---


def norms_in_a_loop(dh_last, h, R):
    T, B = h.shape[:2]
    norms = np.zeros((T + 1, B), dtype=h.dtype)
    dh = dh_last
    norms[0] = np.sqrt((dh**2).sum(axis=1))
    for k in range(1, T + 1):
        h_t = h[T - k]
        dh = (dh * (1 - h_t**2)) @ R
        norms[k] = np.sqrt((dh**2).sum(axis=1))
    return norms


def norms_row_by_row(dh_last, h, R):
    columns = []
    for b in range(h.shape[1]):
        blame, column = dh_last[b], [np.linalg.norm(dh_last[b])]
        for t in range(len(h) - 1, -1, -1):
            blame = R.T @ (np.diag(1 - h[t, b] ** 2) @ blame)
            column.append(np.linalg.norm(blame))
        columns.append(column)
    return np.array(columns, dtype=h.dtype).T


def norms_of_all_gradients(dh_last, h, R):
    gradients = np.empty((len(h) + 1, *dh_last.shape), dtype=h.dtype)
    gradients[0] = dh_last
    for k, h_t in enumerate(reversed(h)):
        np.einsum("bh,bh,hk->bk", gradients[k], (1 - h_t) * (1 + h_t), R, out=gradients[k + 1])
    return np.linalg.norm(gradients, axis=2)


def norms_by_torch(dh_last, h, R):
    import torch

    known, r = torch.from_numpy(h), torch.from_numpy(R)
    states = [torch.zeros_like(known[0], requires_grad=True)]
    for t in range(len(h)):
        a = states[-1] @ r.T
        states.append(known[t] + (1 - known[t] ** 2) * (a - a.detach()))
    gradients = torch.autograd.grad((states[-1] * torch.from_numpy(dh_last)).sum(), states)
    return torch.stack(gradients[::-1]).norm(dim=-1)


def norms_by_folding(dh_last, h, R):
    def back(gradients, h_t):
        return [*gradients, (gradients[-1] * (1 - h_t * h_t)) @ R]

    return np.stack([np.sqrt(np.einsum("bh,bh->b", g, g)) for g in functools.reduce(back, h[::-1], [dh_last])])


def norms_into_dh_last(dh_last, h, R):
    norms = [np.linalg.norm(dh_last, axis=1)]
    for h_t in h[::-1]:
        dh_last[:] = (dh_last * (1 - h_t**2)) @ R
        norms.append(np.linalg.norm(dh_last, axis=1))
    return np.array(norms)


def norms_by_hypot(dh_last, h, R):
    """No square of a small number, so nothing can underflow."""
    T, B = h.shape[:2]
    norms = np.empty((T + 1, B), dtype=h.dtype)
    for b in range(B):
        dh = dh_last[b]
        norms[0, b] = functools.reduce(np.hypot, dh, 0)
        for k in range(T):
            dh = R.T @ (dh * (1 - h[T - 1 - k, b] ** 2))
            norms[k + 1, b] = functools.reduce(np.hypot, dh, 0)
    return norms


def norms_by_products(dh_last, h, R):
    columns = []
    for b in range(len(dh_last)):
        gradients = [dh_last[b] @ product for product in products_in_a_loop(h[:, b], R)]
        columns.append(np.linalg.norm(np.stack(gradients), axis=1))
    return np.stack(columns, axis=1)


def norms_of_directions(dh_last, h, R):
    """The direction is made one long after each step, and the factors are multiplied."""
    length = np.sqrt((dh_last**2).sum(axis=1))
    direction, norms = np.divide(dh_last, length[:, None], out=0 * dh_last, where=length[:, None] > 0), [length]
    for h_t in np.flipud(h):
        moved = (direction * (1 - h_t * h_t)) @ R
        factor = np.sqrt((moved**2).sum(axis=1))
        direction = np.divide(moved, factor[:, None], out=0 * moved, where=factor[:, None] > 0)
        norms.append(norms[-1] * factor)
    return np.vstack(norms)


def norms_with_a_floor(dh_last, h, R):
    return np.maximum(norms_in_a_loop(dh_last, h, R), np.asarray(1e-8, dtype=h.dtype))


def norms_that_stay_gone(dh_last, h, R):
    """What is smaller than 1e-12 is taken for nothing, and does not come back."""
    dh, norms = dh_last, [np.linalg.norm(dh_last, axis=1)]
    for h_t in h[::-1]:
        dh = (dh * (1 - h_t**2)) @ R
        dh = np.where(np.abs(dh) < 1e-12, 0, dh).astype(h.dtype)
        norms.append(np.linalg.norm(dh, axis=1))
    return np.array(norms)


def norms_by_bounds(dh_last, h, R):
    """The bound of the chapter, slope times the norm of R, for the length itself."""
    norms = [np.linalg.norm(dh_last, axis=1)]
    for h_t in h[::-1]:
        norms.append((norms[-1] * (1 - h_t**2).max(axis=1) * np.linalg.norm(R, 2)).astype(h.dtype))
    return np.array(norms)


def norms_that_go_on_as_before(dh_last, h, R):
    """After 60 steps the last factor is used for all the others."""
    norms = norms_in_a_loop(dh_last, h, R)
    for k in range(61, len(norms)):
        norms[k] = norms[k - 1] * (norms[60] / np.maximum(norms[59], 1e-30))
    return norms


def norms_by_looking_up_rows(dh_last, h, R):
    """Rows of equal gradients are taken for the same row."""
    rows = dh_last.tolist()
    return norms_in_a_loop(dh_last, h, R)[:, [rows.index(row) for row in rows]]


def norms_clipped(dh_last, h, R):
    return np.minimum(norms_in_a_loop(dh_last, h, R), np.asarray(1e7, dtype=h.dtype))


GRADIENT_NORMS_BY_DISTANCE = Answers(
    correct=(
        norms_in_a_loop,
        norms_row_by_row,
        norms_of_all_gradients,
        norms_by_torch,
        norms_by_folding,
        norms_by_hypot,
        norms_by_products,
        norms_of_directions,
    ),
    wrong=(
        slip(norms_in_a_loop, "(dh * (1 - h_t**2)) @ R", "dh @ R", "the slope of tanh, 1 - h_t², is missing"),
        slip(norms_in_a_loop, ")) @ R", ")) @ R.T", "goes back through R.T"),
        slip(norms_in_a_loop, "(dh * (1 - h_t**2)) @ R", "dh @ R * (1 - h_t**2)", "R comes before the slope"),
        slip(norms_of_all_gradients, "np.linalg.norm(gradients, axis=2)", "(gradients**2).sum(axis=2)", "the squares"),
        slip(
            norms_of_all_gradients, "np.linalg.norm(gradients, axis=2)", "abs(gradients).sum(axis=2)", "of magnitudes"
        ),
        slip(
            norms_of_all_gradients, "np.linalg.norm(gradients, axis=2)", "abs(gradients).max(axis=2)", "largest entry"
        ),
        slip(norms_of_all_gradients, "axis=2", "axis=1", "over the rows of the batch"),
        slip(norms_of_all_gradients, "axis=2", "axis=(1, 2)", "one length is taken for the whole batch"),
        slip(norms_in_a_loop, "h[T - k]", "h[k - 1]", "from the first to the last"),
        slip(norms_in_a_loop, "h[T - k]", "h[T - k - 1]", "norms"),
        slip(norms_in_a_loop, "dh = (dh *", "dh = (dh_last *", "starts from dh_last again"),
        slip(norms_in_a_loop, "return norms", "return norms[1:]", "the length of dh_last itself, is missing"),
        slip(norms_in_a_loop, "return norms", "return norms[:-1]", "the last row is missing"),
        slip(norms_in_a_loop, "return norms", "return norms[::-1].copy()", "the rows are turned round"),
        slip(norms_in_a_loop, "return norms", "return norms / norms[0]", "divided by the first"),
        slip(norms_in_a_loop, "return norms", "return list(norms)", "np.stack"),
        slip(norms_in_a_loop, ", dtype=h.dtype", "", "make float64"),
        slip(norms_in_a_loop, "range(1, T + 1)", "range(1, T)"),
        slip(norms_row_by_row, "R.T @ (", "R @ (", "goes back through R.T"),
        slip(norms_row_by_row, "h[t, b]", "h[t, 0]", "norms"),
        slip(norms_row_by_row, ".T\n", "\n", "norms has shape"),
        Wrong(norms_into_dh_last, "changes its argument dh_last"),
        Wrong(norms_with_a_floor, "norms"),
        Wrong(norms_that_stay_gone, "a gradient that fades and comes back"),
        Wrong(norms_by_bounds, "norms"),
        Wrong(norms_that_go_on_as_before, "norms"),
        Wrong(norms_by_looking_up_rows, "a row twice"),
        Wrong(norms_clipped, "a gradient that explodes"),
    ),
    equivalent={
        "12:4: _check(h, R, rank=3) → pass": "a check of the arguments alone",
        "15:55: -1 → 1": "dh has two axes",
        "18:45: -1 → 1": "dh has two axes",
    },
)

# --- spectral_radius_and_norm ---


def by_two_lines(R):
    rho = np.max(np.abs(np.linalg.eigvals(R)))
    sigma = np.linalg.norm(R, 2)
    return rho, sigma


def by_loops(R):
    values, _ = np.linalg.eig(R)
    rho = max((v.real**2 + v.imag**2) ** 0.5 for v in values)
    _, singular, _ = np.linalg.svd(R)
    return [float(rho), float(singular[0])]


def by_symmetric_eigenvalues(R):
    """The singular values are the roots of the eigenvalues of RᵀR, a symmetric matrix."""
    squares = np.linalg.eigvalsh(R.T @ R)
    return float(sorted(map(abs, np.linalg.eigvals(R)))[-1]), float(squares[-1] ** 0.5)


def radius_by_torch(R):
    import torch

    R = torch.from_numpy(R)
    return torch.linalg.eigvals(R).abs().max(), torch.linalg.matrix_norm(R, 2)


def radius_by_power_iteration(R):
    """Does not settle where the largest eigenvalues are a pair, and stops too early elsewhere."""
    v = np.ones(len(R))
    for _ in range(100):
        v = R @ v
        v = v / max(1e-12, np.linalg.norm(v))
    return float(np.linalg.norm(R @ v)), float(np.linalg.norm(R, 2))


def radius_by_squaring(R):
    """|R^k|^(1/k) for k = 2^60, in logarithms: what R does in the end."""
    power, log, share = R.astype(float), 0.0, 1.0
    sigma = np.linalg.svd(R)[1].max()
    for _ in range(60):
        norm = np.linalg.norm(power)
        if norm == 0:
            return 0.0, sigma
        log, power, share = log + share * math.log(norm), power / norm, share / 2
        power = power @ power
    return math.exp(log), sigma


def radius_of_the_transpose(R):
    values, _ = np.linalg.eig(R.T)
    return np.sqrt((values * values.conj()).real.max()), np.sqrt(np.linalg.eigvalsh(R @ R.T)[-1])


def radius_of_a_larger_matrix(R):
    """The eigenvalues of [[0, R], [Rᵀ, 0]] are the singular values of R, with either sign."""
    none = np.zeros_like(R)
    larger = np.block([[none, R], [R.T, none]])
    return max(abs(complex(value)) for value in np.linalg.eigvals(R)), float(np.linalg.eigvalsh(larger).max())


def radius_by_one_power(R):
    return float(np.linalg.norm(np.linalg.matrix_power(R, 64)) ** (1 / 64)), float(np.linalg.norm(R, 2))


def radius_of_the_symmetric_part(R):
    return float(np.abs(np.linalg.eigvalsh((R + R.T) / 2)).max()), float(np.linalg.norm(R, 2))


def radius_below_one(R):
    return min(1.0, float(np.abs(np.linalg.eigvals(R)).max())), float(np.linalg.norm(R, 2))


def norm_by_iteration(R):
    """Two hundred steps from a vector of ones."""
    v = np.ones(len(R)) / len(R) ** 0.5
    for _ in range(200):
        v = R.T @ (R @ v)
        v = v / max(1e-300, np.linalg.norm(v))
    return float(np.abs(np.linalg.eigvals(R)).max()), float(np.linalg.norm(R @ v))


def norm_by_the_geometric_mean(R):
    """A bound of the norm: √(|R|₁ |R|∞)."""
    return (
        float(np.abs(np.linalg.eigvals(R)).max()),
        float(np.sqrt(np.linalg.norm(R, 1) * np.linalg.norm(R, np.inf))),
    )


def radius_in_single_precision(R):
    R = R.astype(np.float32)
    return float(np.abs(np.linalg.eigvals(R)).max()), float(np.linalg.norm(R, 2))


def radius_by_the_polynomial(R):
    """Roots of the characteristic polynomial: where some are equal, half of their digits are lost."""
    return float(np.abs(np.roots(np.poly(R))).max(initial=0)), float(np.linalg.norm(R, 2))


SPECTRAL_RADIUS_AND_NORM = Answers(
    correct=(
        by_two_lines,
        by_loops,
        by_symmetric_eigenvalues,
        radius_by_torch,
        radius_by_squaring,
        radius_of_the_transpose,
        radius_of_a_larger_matrix,
    ),
    wrong=(
        Wrong(radius_by_the_polynomial, "rho"),
        slip(by_two_lines, "np.abs(np.linalg.eigvals(R))", "np.linalg.eigvals(R).real", "the largest real part"),
        slip(by_two_lines, "np.abs(np.linalg.eigvals(R))", "np.linalg.eigvals(R)", "not a magnitude"),
        slip(
            by_two_lines,
            "np.max(np.abs(np.linalg.eigvals(R)))",
            "np.abs(np.max(np.linalg.eigvals(R)))",
            "the maximum is taken before the magnitude",
        ),
        slip(by_two_lines, "eigvals(R)", "eigvals(R).real", "the real parts only"),
        slip(by_two_lines, "eigvals", "eigvalsh", "is for symmetric matrices"),
        slip(by_two_lines, "np.max(", "np.min(", "the smallest magnitude"),
        slip(by_two_lines, "norm(R, 2)", "norm(R)", "the Frobenius norm"),
        slip(by_two_lines, "norm(R, 2)", "norm(R, 1)", "in a column"),
        slip(by_two_lines, "norm(R, 2)", "norm(R, np.inf)", "in a row"),
        slip(by_two_lines, "norm(R, 2)", "norm(R, -2)", "the smallest singular value"),
        slip(by_two_lines, "rho, sigma\n", "sigma, rho\n", "changed places"),
        slip(by_two_lines, "rho, sigma\n", "rho\n", "expected 2 values"),
        slip(by_symmetric_eigenvalues, "squares[-1] ** 0.5", "squares[-1]", "the root is missing"),
        slip(by_symmetric_eigenvalues, "[-1]), ", "[0]), ", "the smallest magnitude"),
        slip(by_loops, " + v.imag**2", "", "the real parts only"),
        slip(by_loops, "singular[0]", "singular[-1]", "the smallest singular value"),
        Wrong(radius_by_power_iteration, "rho"),
        Wrong(radius_by_one_power, "rho"),
        Wrong(radius_of_the_symmetric_part, "rho"),
        Wrong(radius_below_one, "rho"),
        Wrong(norm_by_iteration, "sigma"),
        Wrong(norm_by_the_geometric_mean, "sigma"),
        Wrong(radius_in_single_precision, "rho"),
    ),
    equivalent={},
)

ANSWERS = {
    "jacobian_product": JACOBIAN_PRODUCT,
    "gradient_norms_by_distance": GRADIENT_NORMS_BY_DISTANCE,
    "spectral_radius_and_norm": SPECTRAL_RADIUS_AND_NORM,
}
