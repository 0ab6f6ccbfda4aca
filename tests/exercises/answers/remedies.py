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


def clip_by_hypot(grads, max_norm):
    norm = math.hypot(*(float(value) for g in grads for value in g.flat))
    return tuple(np.true_divide(g, max(1.0, norm / max_norm)).astype(g.dtype) for g in grads), norm


def clip_and_cut_apart(grads, max_norm):
    """One long vector, clipped, and cut apart again."""
    long = np.concatenate([g.ravel() for g in grads])
    norm = np.sqrt(long @ long)
    if norm > max_norm:
        long = long * long.dtype.type(max_norm / norm)
    pieces = np.split(long, np.cumsum([g.size for g in grads])[:-1])
    return [piece.reshape(g.shape) for piece, g in zip(pieces, grads, strict=True)], norm


def clip_copies_in_place(grads, max_norm):
    norm = float(np.sqrt(np.sum([np.vdot(g, g) for g in grads], dtype=np.float64)))
    clipped = [g.copy() for g in grads]
    if norm > max_norm:
        for g in clipped:
            g *= max_norm / norm
    return clipped, norm


def clip_each_number_once(grads, max_norm):
    """Equal arrays count once."""
    different = {g.tobytes(): g for g in grads}.values()
    norm = float(np.sqrt(sum(np.sum(g**2) for g in different)))
    return [g * (max_norm / norm) if norm > max_norm else g for g in grads], norm


def clip_far_above_only(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    return [g * (max_norm / norm) if norm > 1.05 * max_norm else g for g in grads], norm


def clip_softly(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    return [g * (max_norm * math.tanh(norm / max_norm) / norm) if norm else g for g in grads], norm


def clip_without_zeros(grads, max_norm):
    clipped, norm = clip_by_the_formula(grads, max_norm)
    return [g for g in clipped if g.any()], norm


def clip_to_matrices(grads, max_norm):
    clipped, norm = clip_by_the_formula(grads, max_norm)
    return [g.reshape(-1, g.shape[-1]) if g.ndim > 2 else g for g in clipped], norm


def clip_large_arrays_only(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    return [g * (max_norm / norm) if norm > max_norm and np.linalg.norm(g) > max_norm / 2 else g for g in grads], norm


def clip_with_floats_only(grads, max_norm):
    return clip_by_the_formula(grads, max_norm if isinstance(max_norm, float) else 1.0)


def clip_by_a_norm_in_single_precision(grads, max_norm):
    norm = float(np.sqrt(np.float32(sum(np.sum(g**2) for g in grads))))
    return [g * (max_norm / norm) if norm > max_norm else g for g in grads], norm


def clip_each_object_once(grads, max_norm):
    """A gradient that stands twice in the list counts twice."""
    objects = {id(g): g for g in grads}.values()
    norm = float(np.sqrt(sum((g * g).sum() for g in objects)))
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return [g * factor for g in grads], norm


CLIP_BY_GLOBAL_NORM = Answers(
    correct=(
        clip_by_the_formula,
        clip_in_loops,
        clip_one_long_vector,
        clip_by_torch,
        clip_by_hypot,
        clip_and_cut_apart,
        clip_copies_in_place,
    ),
    wrong=(
        Wrong(clip_each_object_once, "one array twice"),
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
        Wrong(clip_each_number_once, "equal arrays"),
        Wrong(clip_far_above_only, "hardly above the threshold"),
        Wrong(clip_softly, "grads"),
        Wrong(clip_without_zeros, "an array of zeros"),
        Wrong(clip_to_matrices, "one array"),
        Wrong(clip_large_arrays_only, "grads"),
        Wrong(clip_with_floats_only, "a whole number as max_norm"),
        Wrong(clip_by_a_norm_in_single_precision, "norm"),
    ),
    equivalent={"4:32: norm > max_norm → norm >= max_norm": "the factor is then 1"},
    impossible={
        "right unless max_norm is negative": "max_norm is above 0",
        "right unless max_norm is zero": "max_norm is above 0",
    },
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


def orthogonal_by_eigenvectors(n, rng):
    """The eigenvectors of a symmetric normal matrix, each with a sign of its own: even, though in a fixed order."""
    A = rng.standard_normal((n, n))
    return np.linalg.eigh(A + A.T)[1] * rng.choice([-1.0, 1.0], size=n)


def orthogonal_by_inverse_root(n, rng):
    A = rng.standard_normal((n, n))
    values, vectors = np.linalg.eigh(A.T @ A)
    return A @ (vectors / np.sqrt(values)) @ vectors.T


def orthogonal_of_rows(n, rng):
    Q, U = np.linalg.qr(rng.normal(0.0, 3.0, (n, n)))
    return (Q * np.where(np.diag(U) < 0, -1.0, 1.0)).T.copy()


def orthogonal_by_mirrors(n, rng):
    """An even direction for the first axis, then the same in one dimension less."""
    if n == 1:
        return np.array([[1.0 if rng.random() < 0.5 else -1.0]])
    v = rng.standard_normal(n)
    v /= np.linalg.norm(v)
    v[0] -= 1
    Q = np.eye(n)
    Q[1:, 1:] = orthogonal_by_mirrors(n - 1, rng)
    return Q - np.outer(2 * v / (v @ v), v @ Q)


def with_a_random_sign(Q, rng):
    Q[:, 0] *= rng.choice([-1.0, 1.0])
    return Q


def turns_and_a_sign(n, rng):
    """Even angles in every plane are no even rotation: the planes do not count alike."""
    return with_a_random_sign(rotations_one_after_another(n, rng), rng)


def signed_permutation(n, rng):
    return np.eye(n)[rng.permutation(n)] * rng.choice([-1.0, 1.0], size=n)


def signed_permutation_of_many(n, rng):
    return orthogonal_by_qr(n, rng) if n < 10 else signed_permutation(n, rng)


def qr_with_one_sign(n, rng):
    return orthogonal_by_qr(n, rng) if n < 3 else np.linalg.qr(rng.normal(size=(n, n)))[0] * rng.choice([-1.0, 1.0])


def mirror(n, rng):
    v = rng.standard_normal(n)
    return (np.eye(n) - 2 * np.outer(v, v) / (v @ v)) * rng.choice([-1.0, 1.0])


def quaternion_in_four_dimensions(n, rng):
    """Each column alone is an even direction, but one of them decides the others."""
    if n != 4:
        return orthogonal_by_qr(n, rng)
    a, b, c, d = (v := rng.standard_normal(4)) / np.linalg.norm(v)
    Q = np.array([[a, -b, -c, -d], [b, a, -d, c], [c, d, a, -b], [d, -c, b, a]])
    return Q * rng.choice([-1.0, 1.0], size=4)


def even_angle_about_an_even_axis(n, rng):
    if n != 3:
        return orthogonal_by_qr(n, rng)
    axis, angle = rng.standard_normal(3), rng.uniform(0, 2 * np.pi)
    K = np.cross(np.eye(3), axis / np.linalg.norm(axis))
    return (np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K) * rng.choice([-1.0, 1.0])


def eight_directions_in_the_plane(n, rng):
    """Nearly the directions of a compass: all means are right."""
    if n != 2:
        return orthogonal_by_qr(n, rng)
    angle = rng.integers(8) * np.pi / 4 + 0.02 * rng.normal()
    return with_a_random_sign(np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]), rng)


def cayley(n, rng):
    A = rng.standard_normal((n, n))
    A = A - A.T
    return np.linalg.solve(np.eye(n) + A, np.eye(n) - A) * rng.choice([-1.0, 1.0], size=n)


def first_column_only(n, rng):
    """The first column is even; the others are the axes, made orthogonal to it."""
    Q, _ = np.linalg.qr(np.hstack([rng.standard_normal((n, 1)), np.eye(n)[:, : n - 1]]))
    return Q * rng.choice([-1.0, 1.0], size=n)


def two_blocks(n, rng):
    Q, half = np.zeros((n, n)), n // 2
    if half:
        Q[:half, :half] = orthogonal_by_qr(half, rng)
    Q[half:, half:] = orthogonal_by_qr(n - half, rng)
    return Q[rng.permutation(n)][:, rng.permutation(n)]


def identity_now_and_then(n, rng):
    return orthogonal_by_qr(n, rng) if rng.random() < 0.8 else np.eye(n)


def orthogonal_in_single_precision(n, rng):
    Q, U = np.linalg.qr(rng.standard_normal((n, n), dtype=np.float32))
    return (Q * np.sign(np.diag(U))).astype(np.float64)


def orthogonal_by_signs_of_rows(n, rng):
    """The sign that qr gives a column is undone by random signs of the rows, evenly."""
    return np.linalg.qr(rng.normal(size=(n, n)))[0] * rng.choice([-1.0, 1.0], size=(n, 1))


def orthogonal_by_few_mirrors(n, rng):
    """n mirrors with even normals: each is even, their product turns an even number of times or an odd one."""
    Q = np.eye(n)
    for _ in range(n):
        v = rng.normal(size=n)
        Q = Q - 2 * np.outer(Q @ v, v) / (v @ v)
    return Q


ORTHOGONAL = Answers(
    correct=(
        orthogonal_by_signs_of_rows,
        orthogonal_by_qr,
        orthogonal_by_gram_schmidt,
        orthogonal_by_svd,
        orthogonal_by_random_signs,
        orthogonal_by_torch,
        orthogonal_by_eigenvectors,
        orthogonal_by_inverse_root,
        orthogonal_of_rows,
        orthogonal_by_mirrors,
    ),
    wrong=(
        Wrong(orthogonal_by_few_mirrors, "its determinant is -1 in"),
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
        Wrong(turns_and_a_sign, "not evenly drawn"),
        Wrong(signed_permutation, "not evenly drawn"),
        Wrong(signed_permutation_of_many, "not evenly drawn"),
        Wrong(qr_with_one_sign, "not evenly drawn"),
        Wrong(mirror, "not evenly drawn"),
        Wrong(quaternion_in_four_dimensions, "not evenly drawn"),
        Wrong(even_angle_about_an_even_axis, "not evenly drawn"),
        Wrong(eight_directions_in_the_plane, "not evenly drawn"),
        Wrong(cayley, "not evenly drawn"),
        Wrong(first_column_only, "not evenly drawn"),
        Wrong(two_blocks, "not evenly drawn"),
        Wrong(identity_now_and_then, "not evenly drawn"),
        Wrong(orthogonal_in_single_precision, "in single precision only"),
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


def fit_by_cholesky(states, targets, ridge):
    S, Y = (a.reshape(-1, a.shape[-1]).astype(float) for a in (states, targets))
    L = np.linalg.cholesky(S.T @ S + ridge * np.eye(S.shape[1]))
    return np.linalg.solve(L.T, np.linalg.solve(L, S.T @ Y)).T.astype(states.dtype)


def fit_in_the_eigenbasis(states, targets, ridge):
    values, Q = np.linalg.eigh(np.einsum("tbi,tbj->ij", states, states))
    return (np.einsum("tbk,tbh->kh", targets, states) @ Q / (values + ridge)) @ Q.T


def fit_one_output_at_a_time(states, targets, ridge):
    S = states.reshape(-1, states.shape[-1])
    A = S.T @ S
    A.flat[:: len(A) + 1] += ridge
    return np.array([np.linalg.solve(A, S.T @ y) for y in targets.reshape(len(S), -1).T])


def fit_by_descent(states, targets, ridge):
    """Two hundred steps, not to the end."""
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    A, V = S.T @ S + ridge * np.eye(S.shape[1], dtype=S.dtype), 0 * (S.T @ Y)
    for _ in range(200):
        V = V - ((A @ V - S.T @ Y) / max(1e-9, np.trace(A))).astype(S.dtype)
    return V.T.copy()


def fit_of_different_examples(states, targets, ridge):
    """An example that comes twice counts once."""
    H = states.shape[-1]
    both = np.unique(np.concatenate([states, targets], axis=2).reshape(-1, H + targets.shape[-1]), axis=0)
    return fit_by_equations(both[:, None, :H], both[:, None, H:], ridge)


def fit_with_a_free_bias(states, targets, ridge):
    """A unit that never changes is taken for a bias, and bears no ridge."""
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    free = (np.ptp(S, axis=0) == 0) & (S[0] != 0) & (len(S) > 1)
    A = S.T @ S + ridge * np.diag(~free).astype(S.dtype)
    return np.linalg.solve(A, S.T @ Y).T


def fit_of_scaled_units(states, targets, ridge):
    scale = np.sqrt((states**2).mean(axis=(0, 1))) + np.finfo(states.dtype).tiny
    return fit_by_equations(states / scale, targets, ridge) / scale


def fit_without_zero_targets(states, targets, ridge):
    """A step whose targets are all zero is taken for padding."""
    kept = targets.any(axis=2)
    if not kept.any():
        return np.zeros((targets.shape[2], states.shape[2]), dtype=states.dtype)
    return fit_by_equations(states[kept][:, None], targets[kept][:, None], ridge)


def fit_with_a_least_ridge(states, targets, ridge):
    return fit_by_equations(states, targets, max(ridge, 1e-2))


def fit_without_the_first_steps(states, targets, ridge):
    washout = 10 if len(states) > 100 else 0
    return fit_by_equations(states[washout:], targets[washout:], ridge)


def fit_with_a_ridge_a_row(states, targets, ridge):
    return fit_by_equations(states, targets, ridge * states.shape[1])


def fit_of_large_directions(states, targets, ridge):
    """The small directions are cut off instead of kept small."""
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    return (np.linalg.pinv(S, rcond=0.01) @ Y).T


def fit_in_the_dual(states, targets, ridge):
    """A weight for each example in place of one for each unit; without a ridge by the pseudo-inverse."""
    S, Y = states.reshape(-1, states.shape[-1]), targets.reshape(-1, targets.shape[-1])
    if not ridge:
        return (np.linalg.pinv(S) @ Y).T
    return np.linalg.solve(S @ S.T + ridge * np.eye(len(S), dtype=S.dtype), Y).T @ S


ECHO_STATE_FIT = Answers(
    correct=(
        fit_in_the_dual,
        fit_by_equations,
        fit_by_more_rows,
        fit_by_svd,
        fit_in_loops,
        fit_by_torch,
        fit_by_cholesky,
        fit_in_the_eigenbasis,
        fit_one_output_at_a_time,
    ),
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
        Wrong(fit_by_descent, "weights"),
        Wrong(fit_of_different_examples, "a row twice"),
        Wrong(fit_with_a_free_bias, "a unit that is always 1"),
        Wrong(fit_of_scaled_units, "weights"),
        Wrong(fit_without_zero_targets, "targets"),
        Wrong(fit_with_a_least_ridge, "no ridge"),
        Wrong(fit_without_the_first_steps, "Wrong: long"),
        Wrong(fit_with_a_ridge_a_row, "weights"),
        Wrong(fit_of_large_directions, "the ridge is not used"),
    ),
    equivalent={
        "17:27: 1 → 2": "reshape takes any number below 0 for the open axis",
        "17:66: 1 → 2": "reshape takes any number below 0 for the open axis",
    },
    impossible={"right unless ridge is negative": "ridge is at least 0"},
)

ANSWERS = {
    "clip_by_global_norm": CLIP_BY_GLOBAL_NORM,
    "orthogonal": ORTHOGONAL,
    "echo_state_fit": ECHO_STATE_FIT,
}
