"""Answers to the exercises of chapter 03."""

import functools
import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- rnn_step ---


def step_in_parts(x_t, h_prev, W, R, b):
    from_input = x_t @ W.T
    from_state = h_prev @ R.T
    return np.tanh(from_input + from_state + b)


def step_by_loops(x_t, h_prev, W, R, b):
    h = np.zeros_like(h_prev)
    for row in range(x_t.shape[0]):
        for unit in range(W.shape[0]):
            a = b[unit]
            for k in range(W.shape[1]):
                a = a + W[unit, k] * x_t[row, k]
            for k in range(R.shape[1]):
                a = a + R[unit, k] * h_prev[row, k]
            h[row, unit] = np.tanh(a)
    return h


def step_by_einsum(x_t, h_prev, W, R, b):
    a = np.einsum("bd,hd->bh", x_t, W)
    a += np.einsum("bk,hk->bh", h_prev, R)
    a += b
    return np.tanh(a, out=a)


def step_as_columns(x_t, h_prev, W, R, b):
    return np.tanh(W @ x_t.T + R @ h_prev.T + b[:, None]).T


def step_as_one_product(x_t, h_prev, W, R, b):
    return np.tanh(np.hstack([x_t, h_prev]) @ np.hstack([W, R]).T + b)


def step_by_torch(x_t, h_prev, W, R, b):
    import torch

    x_t, h_prev, W, R, b = (torch.from_numpy(a) for a in (x_t, h_prev, W, R, b))
    return torch.tanh(torch.nn.functional.linear(x_t, W, b) + torch.nn.functional.linear(h_prev, R)).numpy()


def step_with_signature(x_t, h_prev, W, R, b):
    one = np.vectorize(lambda x, h, W, R, b: np.tanh(W @ x + R @ h + b), signature="(d),(h),(h,d),(h,h),(h)->(h)")
    return one(x_t, h_prev, W, R, b).astype(x_t.dtype)


def step_with_the_bias_as_a_weight(x_t, h_prev, W, R, b):
    ones = np.ones((len(x_t), 1), dtype=x_t.dtype)
    return np.tanh(np.c_[x_t, h_prev, ones] @ np.c_[W, R, b].T)


def step_by_columns_of_memory(x_t, h_prev, W, R, b):
    a = np.array(np.broadcast_to(b, h_prev.shape), order="F")
    for d in range(W.shape[1]):
        a += np.multiply.outer(x_t[:, d], W[:, d])
    for k in range(R.shape[1]):
        a += np.multiply.outer(h_prev[:, k], R[:, k])
    return np.tanh(a)


def step_from_a_state_between_the_ends(x_t, h_prev, W, R, b):
    return np.tanh(x_t @ W.T + np.clip(h_prev, -1, 1) @ R.T + b)


def step_of_each_row_once(x_t, h_prev, W, R, b):
    h = np.zeros_like(h_prev)
    once = np.unique(x_t, axis=0, return_index=True)[1]
    h[once] = step_in_parts(x_t[once], h_prev[once], W, R, b)
    return h


def step_that_knows_its_inputs(x_t, h_prev, W, R, b):
    known = {}
    h = [known.setdefault(x.tobytes(), np.tanh(W @ x + R @ h + b)) for x, h in zip(x_t, h_prev, strict=True)]
    return np.array(h)


def step_with_a_bias_for_each_row_where_it_fits(x_t, h_prev, W, R, b):
    return np.tanh(x_t @ W.T + h_prev @ R.T + (b[:, None] if 1 < len(b) == len(x_t) else b))


def step_in_blocks_of_32_units(x_t, h_prev, W, R, b):
    n = len(R) // 32 * 32 or len(R)
    return np.tanh(x_t @ W.T + h_prev[:, :n] @ R[:, :n].T + b)


def step_with_ends_at_five(x_t, h_prev, W, R, b):
    return np.tanh(np.clip(x_t @ W.T + h_prev @ R.T + b, -5, 5))


def step_that_waits_without_input(x_t, h_prev, W, R, b):
    return np.where(x_t.any(axis=1, keepdims=True), step_in_parts(x_t, h_prev, W, R, b), h_prev)


def step_without_bias_from_zero(x_t, h_prev, W, R, b):
    return np.where(h_prev.any(axis=1, keepdims=True), step_in_parts(x_t, h_prev, W, R, b), np.tanh(x_t @ W.T))


def step_in_single_precision_where_it_is_wide(x_t, h_prev, W, R, b):
    if x_t.shape[1] < 20:
        return step_in_parts(x_t, h_prev, W, R, b)
    return step_in_parts(*(a.astype(np.float32) for a in (x_t, h_prev, W, R, b))).astype(x_t.dtype)


def step_that_counts_its_calls(x_t, h_prev, W, R, b, calls=[]):  # noqa: B006 - the state that stays is the point
    calls.append(1)
    return np.tanh(x_t @ W.T + h_prev @ R.T + b) * (1 + 1e-3 * (len(calls) % 2))


def step_that_knows_what_it_has_seen(x_t, h_prev, W, R, b, seen={}):  # noqa: B006
    key = x_t.tobytes()
    seen[key] = seen.get(key, 0) + 1
    return np.tanh(x_t @ W.T + h_prev @ R.T + b) / seen[key]


def step_in_one_buffer(x_t, h_prev, W, R, b, buffers={}):  # noqa: B006
    key = (h_prev.shape, h_prev.dtype)
    buffer = buffers.setdefault(key, np.empty_like(h_prev))
    buffer[:] = np.tanh(x_t @ W.T + h_prev @ R.T + b)
    return buffer


def step_that_writes_into_h_prev(x_t, h_prev, W, R, b):
    h_prev[:] = np.tanh(x_t @ W.T + h_prev @ R.T + b)
    return h_prev


def step_with_noise(x_t, h_prev, W, R, b):
    return np.tanh(x_t @ W.T + h_prev @ R.T + b + 1e-3 * np.random.rand())  # noqa: NPY002


def step_normalised_over_the_batch(x_t, h_prev, W, R, b):
    a = x_t @ W.T + h_prev @ R.T + b
    return np.tanh(a - a.mean(axis=0))


def step_with_a_list(x_t, h_prev, W, R, b):
    return [np.tanh(W @ x + R @ h + b) for x, h in zip(x_t, h_prev, strict=True)]


def step_that_is_right_for_small_numbers(x_t, h_prev, W, R, b):
    a = x_t @ W.T + h_prev @ R.T + b
    return (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1) if np.abs(a).max() < 20 else np.clip(a, -1, 1) * 0.99


def step_from_a_state_between_minus_5_and_5(x_t, h_prev, W, R, b):
    return step_in_parts(x_t, np.clip(h_prev, -5, 5), W, R, b)


RNN_STEP = Answers(
    correct=(
        step_in_parts,
        step_by_loops,
        step_by_einsum,
        step_as_columns,
        step_as_one_product,
        step_by_torch,
        step_with_signature,
        step_with_the_bias_as_a_weight,
        step_by_columns_of_memory,
    ),
    wrong=(
        slip(
            step_in_parts,
            "np.tanh(from_input + from_state + b)",
            "np.tanh(from_input) + np.tanh(from_state) + np.tanh(b)",
            "tanh comes once",
        ),
        slip(step_in_parts, "from_state + b)", "from_state) + b", "b is added after it"),
        slip(step_in_parts, " + b", "", "the bias b is missing"),
        slip(step_in_parts, "R.T", "R", "R is not transposed"),
        slip(step_in_parts, "x_t @ W.T", "x_t @ W", "stacked as rows"),
        slip(step_in_parts, "from_input + from_state", "from_input", "h_prev is not used"),
        slip(step_in_parts, "from_input + from_state", "from_input + from_state + b", "added twice"),
        slip(step_by_loops, "np.zeros_like(h_prev)", "np.zeros(h_prev.shape)", "dtype=x_t.dtype"),
        slip(step_by_loops, "for k in range(R.shape[1])", "for k in range(R.shape[1] - 1)"),
        slip(step_by_loops, "range(x_t.shape[0])", "range(x_t.shape[0] - 1)", "row"),
        slip(step_as_columns, ").T", ")", "shape"),
        slip(step_as_columns, "b[:, None]", "b", "could not be broadcast"),
        Wrong(step_that_counts_its_calls, "depends on more than its arguments"),
        Wrong(step_that_knows_what_it_has_seen, "depends on more than its arguments"),
        Wrong(step_in_one_buffer, "make a new array, or list, in every call"),
        Wrong(step_that_writes_into_h_prev, "changes its argument h_prev"),
        Wrong(step_with_noise, "np.random"),
        Wrong(step_normalised_over_the_batch, "rows must not see one another"),
        Wrong(step_with_a_list, "a list of"),
        Wrong(step_that_is_right_for_small_numbers, "large values"),
        slip(step_in_parts, "+ from_state", "- from_state", "the state enters with the wrong sign"),
        slip(step_in_parts, "+ b", "- b", "the bias enters with the wrong sign"),
        Wrong(step_from_a_state_between_the_ends, "other random sizes"),
        Wrong(step_of_each_row_once, "a row twice"),
        Wrong(step_that_knows_its_inputs, "x_t all zero"),
        Wrong(step_with_a_bias_for_each_row_where_it_fits, "equal sizes"),
        Wrong(step_in_blocks_of_32_units, "sizes above 32"),
        Wrong(step_with_ends_at_five, "large values"),
        Wrong(step_that_waits_without_input, "x_t all zero"),
        Wrong(step_without_bias_from_zero, "h_prev all zero"),
        Wrong(step_in_single_precision_where_it_is_wide, "large sizes"),
        Wrong(step_from_a_state_between_minus_5_and_5),
    ),
)

# --- rnn_forward ---


def forward_with_a_list(x, h0, W, R, b):
    states, h = [], h0
    for x_t in x:
        h = np.tanh(x_t @ W.T + h @ R.T + b)
        states.append(h)
    return np.stack(states)


def forward_with_hoisted_input(x, h0, W, R, b):
    a = x @ W.T + b
    for t in range(len(x)):
        a[t] += (a[t - 1] if t else h0) @ R.T
        np.tanh(a[t], out=a[t])
    return a


def forward_by_recursion(x, h0, W, R, b):
    def state(t):
        nonlocal known
        while len(known) <= t + 1:
            known.append(np.tanh(np.einsum("bd,hd->bh", x[len(known) - 1], W) + known[-1] @ R.T + b))
        return known[t + 1]

    known = [h0]
    return np.array([state(t) for t in range(x.shape[0])])


def forward_with_torch(x, h0, W, R, b):
    import torch

    D = x.shape[-1]
    layer = torch.nn.RNN(D, len(b)).to(torch.from_numpy(x).dtype)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (W, R, b, 0 * b), strict=True):
            parameter.copy_(torch.from_numpy(value))
        return layer(torch.from_numpy(x), torch.from_numpy(h0)[None])[0].numpy()


def forward_by_reduce(x, h0, W, R, b):
    states = functools.reduce(lambda known, x_t: [*known, np.tanh(x_t @ W.T + known[-1] @ R.T + b)], x, [h0])
    return np.stack(states[1:])


def forward_of_two_halves(x, h0, W, R, b):
    if len(x) == 1:
        return np.tanh(x @ W.T + h0 @ R.T + b)
    early = forward_of_two_halves(x[: len(x) // 2], h0, W, R, b)
    return np.concatenate([early, forward_of_two_halves(x[len(x) // 2 :], early[-1], W, R, b)])


def forward_with_h0_in_front(x, h0, W, R, b):
    """One array with a place for h0; the result is the rest of it."""
    h = np.concatenate([h0[None], np.zeros((*x.shape[:2], len(b)), dtype=x.dtype)])
    for before, now, x_t in zip(h[:-1], h[1:], x, strict=True):
        now[...] = np.tanh(np.hstack([x_t, before]) @ np.hstack([W, R]).T + b)
    return h[1:]


def forward_row_by_row(x, h0, W, R, b):
    rows = [forward_with_a_list(x[:, k : k + 1], h0[k : k + 1], W, R, b) for k in range(x.shape[1])]
    return np.concatenate(rows, axis=1)


def forward_until_it_settles(x, h0, W, R, b):
    h, state = np.empty((*x.shape[:2], len(b)), dtype=x.dtype), h0
    for t in range(len(x)):
        before, state = state, np.tanh(x[t] @ W.T + state @ R.T + b)
        h[t:] = state
        if np.abs(state - before).max() < 1e-12:
            break
    return h


def forward_with_a_memory_of_64_steps(x, h0, W, R, b):
    h = forward_with_a_list(x, h0, W, R, b)
    for t in range(64, len(x)):
        h[t] = forward_with_a_list(x[t - 63 : t + 1], np.zeros_like(h0), W, R, b)[-1]
    return h


def forward_that_knows_its_inputs(x, h0, W, R, b):
    known, states, h = {}, [], h0
    for x_t in x:
        h = known.setdefault(x_t.tobytes(), np.tanh(x_t @ W.T + h @ R.T + b))
        states.append(h)
    return np.stack(states)


def forward_by_sixty_sweeps(x, h0, W, R, b):
    a = x @ W.T + b
    h = np.zeros_like(a)
    for _ in range(60):
        h = np.tanh(a + np.concatenate([h0[None], h[:-1]]) @ R.T)
    return h


def forward_that_waits_without_input(x, h0, W, R, b):
    states, h = [], h0
    for x_t in x:
        h = np.where(x_t.any(axis=1, keepdims=True), np.tanh(x_t @ W.T + h @ R.T + b), h)
        states.append(h)
    return np.stack(states)


def forward_from_the_first_rows_h0_in_large_batches(x, h0, W, R, b):
    return forward_with_a_list(x, h0 if len(h0) < 20 else np.repeat(h0[:1], len(h0), axis=0), W, R, b)


def forward_from_between_the_ends(x, h0, W, R, b):
    return forward_with_a_list(x, np.clip(h0, -1, 1), W, R, b)


def forward_with_a_tamed_matrix(x, h0, W, R, b):
    largest = np.abs(np.linalg.eigvals(R)).max()
    return forward_with_a_list(x, h0, W, R / largest if largest > 1.4 else R, b)


def forward_that_rounds_every_128_steps(x, h0, W, R, b):
    states, h = [], h0
    for t, x_t in enumerate(x):
        h = np.tanh(x_t @ W.T + (h if t % 128 or t == 0 else h.round(6)) @ R.T + b)
        states.append(h)
    return np.stack(states)


def forward_that_forgets_at_step_200(x, h0, W, R, b):
    h = np.empty((*x.shape[:2], len(b)), dtype=x.dtype)
    state = h0
    for t in range(len(x)):
        if t == 200:
            state = np.zeros_like(h0)
        h[t] = state = np.tanh(x[t] @ W.T + state @ R.T + b)
    return h


def forward_that_restarts_every_eight_steps(x, h0, W, R, b):
    h, state = [], h0
    for t, x_t in enumerate(x):
        state = np.tanh(x_t @ W.T + (h0 if t % 8 == 0 else state) @ R.T + b)
        h.append(state)
    return np.stack(h)


def forward_that_centres_the_sequence(x, h0, W, R, b):
    return forward_with_a_list(x - x.mean(axis=0), h0, W, R, b)


def forward_that_changes_x(x, h0, W, R, b):
    h, state = [], h0
    for x_t in x:
        x_t *= 1.0000001
        state = np.tanh(x_t @ W.T + state @ R.T + b)
        h.append(state)
    return np.stack(h)


def forward_that_knows_seven_steps(x, h0, W, R, b):
    h = forward_with_a_list(x, h0, W, R, b)
    h[7:] = 0
    return h


def forward_that_never_ends(x, h0, W, R, b):
    t, h = 0, []
    while t < len(x):
        h.append(np.tanh(x[t] @ W.T + h0 @ R.T + b))
    return np.stack(h)


def forward_from_between_minus_5_and_5(x, h0, W, R, b):
    first = step_from_a_state_between_minus_5_and_5(x[0], h0, W, R, b)
    states = [first]
    for x_t in x[1:]:
        states.append(step_in_parts(x_t, states[-1], W, R, b))
    return np.stack(states)


RNN_FORWARD = Answers(
    correct=(
        forward_with_a_list,
        forward_with_hoisted_input,
        forward_by_recursion,
        forward_with_torch,
        forward_by_reduce,
        forward_of_two_halves,
        forward_with_h0_in_front,
        forward_row_by_row,
    ),
    wrong=(
        slip(
            forward_with_a_list,
            "h = np.tanh(x_t @ W.T + h @ R.T + b)\n        states.append(h)",
            "states.append(np.tanh(x_t @ W.T + h @ R.T + b))",
            "the state is not carried",
        ),
        slip(forward_with_a_list, "[], h0", "[], np.zeros_like(h0)", "h0 is not used"),
        slip(
            forward_with_a_list,
            "np.tanh(x_t @ W.T + h @ R.T + b)",
            "np.tanh(x_t @ W.T) + np.tanh(h @ R.T) + np.tanh(b)",
            "tanh comes once",
        ),
        slip(forward_with_a_list, "np.stack(states)", "states[-1]", "all T are asked for"),
        slip(forward_with_a_list, "np.stack(states)", "np.stack([h0, *states])", "T + 1 states"),
        slip(forward_with_a_list, "np.stack(states)", "np.stack([h0, *states[:-1]])", "one step late"),
        slip(forward_with_a_list, "np.stack(states)", "states", "stack them into one array"),
        slip(forward_with_a_list, "R.T", "R", "R is not transposed"),
        slip(forward_with_a_list, "for x_t in x", "for x_t in x[::-1]"),
        slip(forward_with_a_list, "for x_t in x", "for x_t in x.swapaxes(0, 1)"),
        slip(forward_with_hoisted_input, "(a[t - 1] if t else h0)", "a[t - 1]"),
        slip(forward_with_hoisted_input, "if t else h0", "if t > 1 else h0", "step 1 the state is forgotten"),
        slip(forward_with_hoisted_input, "range(len(x))", "range(len(x) - 1)", "step"),
        Wrong(forward_that_forgets_at_step_200, "at step 200 the state is forgotten: that step starts from zeros"),
        Wrong(forward_that_restarts_every_eight_steps, "at step 8 the state is forgotten: that step starts from h0"),
        Wrong(forward_that_centres_the_sequence, "looks at the future"),
        Wrong(forward_that_changes_x, "changes its argument x"),
        Wrong(forward_that_knows_seven_steps, "right up to step 6"),
        Wrong(forward_that_never_ends, "a loop that never ends"),
        Wrong(forward_until_it_settles, "a pause"),
        Wrong(forward_with_a_memory_of_64_steps, "a pulse that is kept"),
        Wrong(forward_that_knows_its_inputs, "a step twice"),
        Wrong(forward_by_sixty_sweeps, "a first state that is kept"),
        Wrong(forward_that_waits_without_input, "a pause"),
        Wrong(forward_from_the_first_rows_h0_in_large_batches, "sizes above 32"),
        Wrong(forward_from_between_the_ends, "other random sizes"),
        Wrong(forward_with_a_tamed_matrix, "is kept"),
        Wrong(forward_that_rounds_every_128_steps, "long"),
        Wrong(forward_from_between_minus_5_and_5),
    ),
    equivalent={
        "3:32: R → W": "W and R have the same number of rows",
        "3:32: R → b": "R and b have the same first size",
        "3:40: 0 → 1": "R is square",
        "3:40: 0 → -1": "R is square",
        "3:51: x → h0": "both have the same dtype",
        "3:51: x → b": "both have the same dtype",
    },
)

# --- tied_gradient ---


def tied_by_loop(dR_per_step):
    dR = np.zeros_like(dR_per_step[0])
    for one in dR_per_step:
        dR += one
    return dR


def tied_by_einsum(dR_per_step):
    return np.einsum("tij->ij", dR_per_step)


def tied_by_product(dR_per_step):
    T, H, _ = dR_per_step.shape
    return (np.ones(T, dtype=dR_per_step.dtype) @ dR_per_step.reshape(T, H * H)).reshape(H, H)


def tied_exactly(dR_per_step):
    H = dR_per_step.shape[1]
    sums = [[math.fsum(dR_per_step[:, i, j]) for j in range(H)] for i in range(H)]
    return np.array(sums, dtype=dR_per_step.dtype)


def tied_by_tensordot(dR_per_step):
    return np.tensordot(dR_per_step, np.ones(len(dR_per_step), dtype=dR_per_step.dtype), axes=(0, 0))


def tied_by_running_sums(dR_per_step):
    return dR_per_step.cumsum(axis=0)[-1].copy()


def tied_by_the_mean(dR_per_step):
    return len(dR_per_step) * np.mean(dR_per_step, axis=0)


def tied_by_pairs(dR_per_step):
    """Neighbours are added until one is left."""
    while len(dR_per_step) > 1:
        T = len(dR_per_step)
        dR_per_step = np.concatenate([dR_per_step[0 : T - 1 : 2] + dR_per_step[1::2], dR_per_step[T - T % 2 :]])
    return dR_per_step[0].copy()


def tied_each_gradient_once(dR_per_step):
    return np.unique(dR_per_step, axis=0).sum(axis=0)


def tied_without_small_numbers(dR_per_step):
    return np.where(np.abs(dR_per_step) < 1e-8, 0, dR_per_step).sum(axis=0)


def tied_and_rounded(dR_per_step):
    return dR_per_step.sum(axis=0).round(10)


def tied_and_clipped(dR_per_step):
    norm = np.linalg.norm(dR_per_step.sum(axis=0))
    return dR_per_step.sum(axis=0) * (1 if norm < 100 else 100 / norm)


def tied_in_single_precision(dR_per_step):
    return dR_per_step.astype(np.float32).sum(axis=0).astype(dR_per_step.dtype)


def tied_over_the_last_256_steps(dR_per_step):
    return dR_per_step[-256:].sum(axis=0)


def tied_until_it_has_vanished(dR_per_step):
    dR = np.zeros_like(dR_per_step[0])
    for one in dR_per_step[::-1]:
        if np.abs(one).max() < 1e-5:
            break
        dR += one
    return dR


def tied_between_neighbours(dR_per_step):
    return (dR_per_step[1:] + dR_per_step[:-1]).sum(axis=0) / 2 if len(dR_per_step) > 1 else dR_per_step[0].copy()


def tied_and_symmetric_for_two_steps(dR_per_step):
    dR = dR_per_step.sum(axis=0)
    return (dR + dR.T) / 2 if len(dR_per_step) == 2 else dR


def tied_into_the_first(dR_per_step):
    dR = dR_per_step[0]
    for one in dR_per_step[1:]:
        dR += one
    return dR


def tied_up_to_a_thousand(dR_per_step):
    return np.clip(dR_per_step.sum(axis=0), -1e3, 1e3)


TIED_GRADIENT = Answers(
    correct=(
        tied_by_loop,
        tied_by_einsum,
        tied_by_product,
        tied_exactly,
        tied_by_tensordot,
        tied_by_running_sums,
        tied_by_the_mean,
        tied_by_pairs,
    ),
    wrong=(
        slip(tied_by_loop, "return dR", "return dR / len(dR_per_step)", "the mean over the steps"),
        slip(tied_by_loop, "dR += one", "dR = one.copy()", "the last step's gradient alone"),
        slip(tied_by_loop, "in dR_per_step:", "in dR_per_step[1:]:", "first step is left out"),
        slip(tied_by_loop, "in dR_per_step:", "in dR_per_step[:-1]:", "last step is left out"),
        slip(tied_by_loop, "dR += one", "dR += abs(one)"),
        slip(tied_by_loop, "return dR", "return dR.T.copy()", "transposed"),
        slip(tied_by_einsum, "tij->ij", "tij->tj", "must run over the steps"),
        slip(tied_by_einsum, "tij->ij", "tij->ti", "must run over the steps"),
        slip(tied_by_einsum, "tij->ij", "tij->", "only the steps"),
        slip(tied_by_loop, "return dR", "return np.prod(dR_per_step, axis=0)", "product"),
        Wrong(tied_into_the_first, "changes its argument dR_per_step"),
        Wrong(tied_each_gradient_once, "a step twice"),
        Wrong(tied_without_small_numbers, "tiny gradients"),
        Wrong(tied_and_rounded, "tiny gradients"),
        Wrong(tied_and_clipped, "large values"),
        Wrong(tied_in_single_precision),
        Wrong(tied_over_the_last_256_steps, "long"),
        Wrong(tied_until_it_has_vanished, "gradients that shrink"),
        Wrong(tied_between_neighbours),
        Wrong(tied_and_symmetric_for_two_steps, "two steps"),
        Wrong(tied_up_to_a_thousand),
    ),
    equivalent={"3:4: dR_per_step = as_array('dR_per_step', dR_per_step, 'shape (T, H, H)') → pass": "it is an array"},
)

ANSWERS = {"rnn_step": RNN_STEP, "rnn_forward": RNN_FORWARD, "tied_gradient": TIED_GRADIENT}
