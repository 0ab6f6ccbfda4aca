"""Answers to the exercises of chapter 07."""

import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- clip_by_global_norm ---


def clip_by_the_formula(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > max_norm:
        grads = [g * (max_norm / norm) for g in grads]
    return grads, norm


def clip_in_loops(grads, max_norm):
    total = 0.0
    for g in grads:
        for value in g.ravel():
            total += float(value) ** 2
    norm = math.sqrt(total)
    clipped = []
    for g in grads:
        clipped.append(g / norm * max_norm if norm > max_norm else g.copy())
    return clipped, norm


def clip_one_long_vector(grads, max_norm):
    norm = float(np.linalg.norm(np.concatenate([g.ravel() for g in grads])))
    return [g * (max_norm / max(norm, max_norm)) for g in grads], norm


def clip_by_torch(grads, max_norm):
    import torch

    tensors = [torch.from_numpy(g) for g in grads]
    norm = torch.stack([torch.linalg.vector_norm(t) for t in tensors]).norm()
    return [t * torch.clamp(max_norm / norm, max=1.0) for t in tensors], norm


def clip_as_torch_does(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    factor = max_norm / (norm + 1e-6)
    return [g * min(factor, 1.0) for g in grads], norm


def clip_in_place(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    for g in grads:
        g *= min(1.0, max_norm / max(norm, 1e-12))
    return grads, norm


def clip_with_a_running_norm(grads, max_norm):
    """The norm grows while the arrays are scaled."""
    total, clipped = 0.0, []
    for g in grads:
        total += float(np.sum(g**2))
        clipped.append(g * min(1.0, max_norm / max(math.sqrt(total), 1e-12)))
    return clipped, math.sqrt(total)


def clip_by_value(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    return [np.clip(g, -max_norm, max_norm) for g in grads], norm


def clip_each_alone(grads, max_norm):
    clipped = []
    for g in grads:
        norm = np.linalg.norm(g)
        clipped.append(g * max_norm / norm if norm > max_norm else g)
    return clipped, float(np.sqrt(sum(np.sum(g**2) for g in grads)))


CLIP_BY_GLOBAL_NORM = Answers(
    correct=(clip_by_the_formula, clip_in_loops, clip_one_long_vector, clip_by_torch),
    wrong=(
        slip(
            clip_by_the_formula,
            "np.sqrt(sum(np.sum(g**2) for g in grads))",
            "sum(np.sum(g**2) for g in grads)",
            "the square root is missing",
        ),
        Wrong(clip_each_alone, "each array is clipped alone"),
        Wrong(clip_by_value, "this is clipping by value"),
        slip(clip_by_the_formula, "norm > max_norm", "norm > 0", "rescaled below the threshold as well"),
        slip(clip_by_the_formula, "return grads, norm", "return grads, min(norm, max_norm)", "the one after clipping"),
        slip(clip_by_the_formula, "(max_norm / norm)", "(1 / norm)", "max_norm is forgotten"),
        slip(clip_by_the_formula, "(max_norm / norm)", "(norm / max_norm)", "the factor is turned round"),
        slip(clip_by_the_formula, "(max_norm / norm)", "0", "set to zero"),
        slip(clip_by_the_formula, "norm > max_norm", "norm < max_norm", "not down where they are large"),
        slip(
            clip_by_the_formula,
            "np.sqrt(sum(np.sum(g**2) for g in grads))",
            "sum(np.sqrt(np.sum(g**2)) for g in grads)",
            "the sum of the arrays' norms",
        ),
        slip(
            clip_by_the_formula,
            "np.sqrt(sum(np.sum(g**2) for g in grads))",
            "max(np.sqrt(np.sum(g**2)) for g in grads)",
            "the largest of the arrays' norms",
        ),
        slip(
            clip_by_the_formula,
            "sum(np.sum(g**2) for g in grads)",
            "np.sum(grads[0] ** 2)",
            "the first array's norm alone",
        ),
        slip(clip_by_the_formula, "np.sum(g**2)", "np.mean(g**2)", "norm"),
        slip(clip_by_the_formula, "return grads, norm", "return norm, grads", "have changed places"),
        slip(clip_by_the_formula, "return grads, norm", "return grads", "returns 3 values"),
        slip(clip_in_loops, "total += float(value) ** 2", "total += abs(float(value))", "norm"),
        slip(clip_in_loops, "total += ", "total = ", "norm"),
        slip(
            clip_in_loops,
            "for g in grads:\n        for",
            "for g in grads:\n        total = 0.0\n        for",
            "the last array's norm alone",
        ),
        slip(clip_one_long_vector, "max(norm, max_norm)", "norm", "rescaled below the threshold as well"),
        slip(clip_one_long_vector, "np.linalg.norm(", "np.linalg.norm(ord=np.inf, x=", "this is the largest entry"),
        slip(clip_one_long_vector, "np.linalg.norm(", "np.linalg.norm(ord=1, x=", "the sum of the magnitudes"),
        slip(clip_one_long_vector, "g * (", "g - (", "grads"),
        Wrong(clip_as_torch_does, "a small number is added to norm"),
        slip(clip_as_torch_does, " + 1e-6", "", "when all gradients are zero, so is norm"),
        slip(
            clip_as_torch_does,
            "g * min(factor, 1.0)",
            "g.astype(float) * min(max_norm / max(norm, 1e-12), 1.0)",
            "make it a plain float",
        ),
        Wrong(clip_in_place, "changes its argument grads"),
        Wrong(clip_with_a_running_norm, "grads"),
    ),
    equivalent={"4:32: norm > max_norm → norm >= max_norm": "the factor is then 1"},
)

# --- orthogonal ---


def orthogonal_by_qr(n, rng):
    Q, U = np.linalg.qr(rng.normal(size=(n, n)))
    return Q @ np.diag(np.sign(np.diag(U)))


def orthogonal_by_gram_schmidt(n, rng):
    Q = rng.standard_normal((n, n))
    for j in range(n):
        for i in range(j):
            Q[:, j] -= (Q[:, i] @ Q[:, j]) * Q[:, i]
        Q[:, j] /= np.linalg.norm(Q[:, j])
    return Q


def orthogonal_by_svd(n, rng):
    """The nearest orthogonal matrix: the signs that svd chooses cancel."""
    left, _, right = np.linalg.svd(rng.normal(0.0, 2.0, (n, n)))
    return left @ right


def orthogonal_by_random_signs(n, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    return Q * rng.choice([-1.0, 1.0], size=n)


def orthogonal_by_torch(n, rng):
    import torch

    Q, U = torch.linalg.qr(torch.from_numpy(rng.standard_normal((n, n))))
    return (Q * U.diagonal().sign()).numpy()


def orthogonal_by_global_numbers(n, rng):
    Q, U = np.linalg.qr(np.random.randn(n, n))  # noqa: NPY002 - the mistake
    return Q * np.sign(np.diag(U))


def orthogonal_by_fresh_numbers(n, rng):
    Q, U = np.linalg.qr(np.random.default_rng().normal(size=(n, n)))
    return Q * np.sign(np.diag(U))


def rotations_one_after_another(n, rng):
    Q = np.eye(n)
    for i in range(n - 1):
        for j in range(i + 1, n):
            angle = rng.uniform(0, 2 * np.pi)
            turn = np.eye(n)
            turn[[i, i, j, j], [i, j, i, j]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
            Q = Q @ turn
    return Q


ORTHOGONAL = Answers(
    correct=(
        orthogonal_by_qr,
        orthogonal_by_gram_schmidt,
        orthogonal_by_svd,
        orthogonal_by_random_signs,
        orthogonal_by_torch,
    ),
    wrong=(
        slip(orthogonal_by_qr, "Q @ np.diag(np.sign(np.diag(U)))", "Q", "by a rule of its own"),
        slip(orthogonal_by_qr, "Q @ np.diag(np.sign(np.diag(U)))", "-Q", "not evenly drawn"),
        slip(orthogonal_by_qr, "Q @ np.diag(np.sign(np.diag(U)))", "U", "Q comes first"),
        slip(orthogonal_by_qr, "Q @ np.diag(np.sign(np.diag(U)))", "Q @ U", "normal numbers alone are not orthogonal"),
        slip(orthogonal_by_qr, "Q @ np.diag(np.sign(np.diag(U)))", "Q @ np.diag(np.diag(U))", "not orthogonal"),
        slip(orthogonal_by_qr, "np.diag(np.sign(np.diag(U)))", "np.sign(np.diag(U))", "shape (n, n)"),
        slip(orthogonal_by_qr, "rng.normal(size=(n, n))", "rng.random((n, n))", "from one corner of space"),
        slip(orthogonal_by_qr, "rng.normal(size=(n, n))", "rng.uniform(-1, 1, (n, n))", "fill a cube"),
        slip(orthogonal_by_qr, "rng.normal(size=(n, n))", "rng.normal(3.0, 1.0, (n, n))", "not evenly drawn"),
        slip(
            orthogonal_by_qr, "rng.normal(size=(n, n))", "np.ones((n, n)) + np.eye(n)", "the same matrix in every call"
        ),
        slip(orthogonal_by_qr, "return Q @", "return 2 * Q @", "not orthogonal"),
        slip(
            orthogonal_by_qr,
            "Q @ np.diag(np.sign(np.diag(U)))",
            "(Q @ np.diag(np.sign(np.diag(U)))).astype('float32')",
            "Q has dtype float32",
        ),
        slip(orthogonal_by_gram_schmidt, "        Q[:, j] /= np.linalg.norm(Q[:, j])\n", "", "not orthogonal"),
        slip(orthogonal_by_gram_schmidt, "range(j)", "range(0)", "each column has length 1"),
        slip(orthogonal_by_gram_schmidt, "range(j)", "range(j - 1)", "not orthogonal"),
        slip(orthogonal_by_svd, "left @ right", "left", "not evenly drawn"),
        Wrong(orthogonal_by_global_numbers, "np.random"),
        Wrong(orthogonal_by_fresh_numbers, "depends on more than its arguments"),
        Wrong(rotations_one_after_another, "its determinant is -1 in 0% of the calls"),
    ),
    equivalent={"3:44: (n, n) → (n, n)": "the same twice"},
)

# --- echo_state_fit ---


def fit_by_equations(states, targets, ridge):
    H, K = states.shape[-1], targets.shape[-1]
    S = states.reshape(-1, H)
    Y = targets.reshape(-1, K)
    A = S.T @ S + ridge * np.eye(H, dtype=states.dtype)
    return np.linalg.solve(A, S.T @ Y).T


def fit_by_more_rows(states, targets, ridge):
    """The ridge as H more examples: √ridge times each unit, with the target 0."""
    H, K = states.shape[-1], targets.shape[-1]
    S = np.concatenate([states.reshape(-1, H), np.sqrt(ridge) * np.eye(H)])
    Y = np.concatenate([targets.reshape(-1, K), np.zeros((H, K))])
    return np.linalg.lstsq(S, Y, rcond=None)[0].T.astype(states.dtype)


def fit_by_svd(states, targets, ridge):
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    left, s, right = np.linalg.svd(S, full_matrices=False)
    return ((Y.T @ left) * (s / (s * s + ridge))) @ right


def fit_in_loops(states, targets, ridge):
    T, B, H = states.shape
    A = np.zeros((H, H), dtype=states.dtype)
    C = np.zeros((targets.shape[2], H), dtype=states.dtype)
    for t in range(T):
        for b in range(B):
            A += np.outer(states[t, b], states[t, b])
            C += np.outer(targets[t, b], states[t, b])
    for i in range(H):
        A[i, i] += ridge
    return C @ np.linalg.inv(A)


def fit_by_torch(states, targets, ridge):
    import torch

    S, Y = torch.from_numpy(states).flatten(0, 1), torch.from_numpy(targets).flatten(0, 1)
    A = torch.einsum("nh,nk->hk", S, S) + ridge * torch.eye(S.shape[1], dtype=S.dtype)
    return torch.linalg.solve(A, S.T @ Y).T


def fit_that_scales(states, targets, ridge):
    states /= 2
    return fit_by_equations(states, targets, ridge / 4) / 2


ECHO_STATE_FIT = Answers(
    correct=(fit_by_equations, fit_by_more_rows, fit_by_svd, fit_in_loops, fit_by_torch),
    wrong=(
        slip(fit_by_equations, " + ridge * np.eye(H, dtype=states.dtype)", "", "the ridge is not used"),
        slip(fit_by_equations, "ridge * np.eye(H, dtype=states.dtype)", "ridge", "to every entry of SᵀS"),
        slip(fit_by_equations, "+ ridge", "+ ridge**2", "the ridge is squared"),
        slip(fit_by_equations, "+ ridge", "+ len(S) * ridge", "by the number of examples"),
        slip(fit_by_equations, "+ ridge", "+ len(states) * ridge", "by the number of steps"),
        slip(fit_by_equations, "+ ridge", "- ridge", "the ridge is subtracted"),
        slip(fit_by_equations, "+ ridge", "+ 2 * ridge", "the ridge is doubled"),
        slip(fit_by_equations, "+ ridge", "+ 0.5 * ridge", "the ridge is halved"),
        slip(fit_by_equations, "S.T @ Y).T", "S.T @ Y)", "V is transposed"),
        slip(fit_by_equations, ", dtype=states.dtype", "", "np.eye makes float64"),
        slip(fit_by_equations, "S = states.reshape(-1, H)", "S = states.reshape(H, -1).T", "weights"),
        slip(fit_by_equations, "return np.linalg.solve(A, S.T @ Y).T", "return (S.T @ Y).T", "without the division"),
        slip(
            fit_by_equations,
            "return np.linalg.solve(A, S.T @ Y).T",
            "return states @ np.linalg.solve(A, S.T @ Y)",
            "the predictions",
        ),
        slip(
            fit_by_equations,
            "A = S.T @ S",
            "S = S - S.mean(axis=0)\n    Y = Y - Y.mean(axis=0)\n    A = S.T @ S",
            "the means are taken off",
        ),
        slip(fit_by_more_rows, "np.sqrt(ridge)", "ridge", "the ridge is squared"),
        slip(fit_by_more_rows, "np.zeros((H, K))", "np.ones((H, K))", "weights"),
        slip(fit_by_svd, "s / (s * s + ridge)", "1 / s", "the ridge is not used"),
        slip(fit_by_svd, "s / (s * s + ridge)", "s / (s + ridge)", "weights"),
        slip(fit_in_loops, "for b in range(B)", "for b in range(1)", "only the first sequence is fitted"),
        slip(fit_in_loops, "for t in range(T)", "for t in range(T - 1, T)", "only the last step"),
        slip(fit_in_loops, "for t in range(T)", "for t in range(T - 1)", "weights"),
        Wrong(fit_that_scales, "changes its argument states"),
    ),
    equivalent={
        "16:27: 1 → 2": "reshape takes any number below 0 for the open axis",
        "16:66: 1 → 2": "reshape takes any number below 0 for the open axis",
    },
)

ANSWERS = {
    "clip_by_global_norm": CLIP_BY_GLOBAL_NORM,
    "orthogonal": ORTHOGONAL,
    "echo_state_fit": ECHO_STATE_FIT,
}
