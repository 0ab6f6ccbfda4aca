"""Answers to the exercises of chapter 04."""

import math

import numpy as np

from tests.exercises.harness import Answers, Wrong, slip

# --- softmax_cross_entropy ---


def loss_by_loop(logits, targets, mask):
    T, B, _ = logits.shape
    total = 0.0
    for t in range(T):
        for b in range(B):
            if mask[t, b]:
                y = logits[t, b] - logits[t, b].max()
                total += np.log(np.exp(y).sum()) - y[targets[t, b]]
    return total / B


def loss_by_one_hot(logits, targets, mask):
    K = logits.shape[-1]
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    one_hot = np.eye(K)[targets]
    return -np.einsum("tbk,tbk,tb->", log_p, one_hot, mask.astype(float)) / logits.shape[1]


def loss_of_selected_steps(logits, targets, mask):
    B = logits.shape[1]
    y, k = logits[mask], targets[mask]
    y = y - y.max(axis=1, keepdims=True)
    losses = np.log(np.exp(y).sum(axis=1)) - y[np.arange(len(k)), k]
    return np.sum(losses) / B


def loss_by_torch(logits, targets, mask):
    import torch

    targets = torch.from_numpy(np.where(mask, targets, -100)).flatten()
    y = torch.from_numpy(logits).double().flatten(0, 1)
    return torch.nn.functional.cross_entropy(y, targets, reduction="sum").item() / logits.shape[1]


def loss_by_pairs_of_classes(logits, targets, mask):
    """-log p = log Σ exp(y_j - y_k): the target's logit is taken off, whatever the largest is."""
    y = logits.astype(float)
    above = y - np.take_along_axis(y, targets[..., None], axis=-1)
    return np.sum(np.logaddexp.reduce(above, axis=-1), where=mask) / logits.shape[1]


def loss_by_math(logits, targets, mask):
    losses = []
    for t, b in np.argwhere(mask):
        y = sorted(logits[t, b].tolist())
        losses.append(y[-1] + math.log(math.fsum(math.exp(v - y[-1]) for v in y)) - float(logits[t, b, targets[t, b]]))
    return math.fsum(losses) / mask.shape[1]


def loss_by_scipy(logits, targets, mask):
    from scipy.special import log_softmax

    log_p = log_softmax(logits.astype(float), axis=2).reshape(-1, logits.shape[2])
    return -float(log_p[np.arange(mask.size), targets.ravel()] @ mask.ravel()) / mask.shape[1]


def loss_by_recursion(logits, targets, mask):
    if len(logits) == 0:
        return 0.0
    y, (B, _) = logits[0] - logits[0].max(axis=-1, keepdims=True), logits[0].shape
    losses = np.log(np.exp(y).sum(axis=-1)) - y[np.arange(B), targets[0]]
    return float(losses @ mask[0]) / B + loss_by_recursion(logits[1:], targets[1:], mask[1:])


def probabilities(logits, targets):
    p = np.exp(logits.astype(float) - logits.max(axis=-1, keepdims=True))
    return np.take_along_axis(p / p.sum(axis=-1, keepdims=True), targets[..., None], axis=-1)[..., 0]


def loss_that_takes_off_one_number(logits, targets, mask):
    return loss_of_selected_steps_as_they_are(logits - logits.max(), targets, mask)


def loss_that_takes_off_what_overflows(logits, targets, mask):
    if logits.max() > 700:
        logits = logits - logits.max(axis=-1, keepdims=True)
    return loss_of_selected_steps_as_they_are(logits, targets, mask)


def loss_of_selected_steps_as_they_are(logits, targets, mask):
    y, k = logits[mask].astype(float), targets[mask]
    return np.sum(np.log(np.exp(y).sum(axis=1)) - y[np.arange(len(k)), k]) / logits.shape[1]


def loss_of_clipped_probabilities(logits, targets, mask):
    return -np.log(np.clip(probabilities(logits, targets), 1e-300, 1))[mask].sum() / mask.shape[1]


def loss_with_a_little_added(logits, targets, mask):
    return -np.log(probabilities(logits, targets) + 1e-15)[mask].sum() / mask.shape[1]


def loss_with_one_largest_logit(logits, targets, mask):
    y, top = logits.astype(float), logits.max(axis=-1, keepdims=True).astype(float)
    rest = np.where(y == top, 0.0, np.exp(y - top)).sum(axis=-1)
    losses = np.log1p(rest) + top[..., 0] - np.take_along_axis(y, targets[..., None], axis=-1)[..., 0]
    return losses[mask].sum() / mask.shape[1]


def loss_of_as_many_first_steps(logits, targets, mask):
    return loss_of_selected_steps(logits, targets, np.arange(len(mask))[:, None] < mask.sum(axis=0))


def loss_up_to_the_last_step_that_counts(logits, targets, mask):
    return loss_of_selected_steps(logits, targets, np.logical_or.accumulate(mask[::-1])[::-1])


def loss_averaged_over_rows_with_steps(logits, targets, mask):
    return loss_of_selected_steps(logits, targets, mask) * mask.shape[1] / max(1, mask.any(axis=0).sum())


def loss_that_ignores_class_0_as_padding(logits, targets, mask):
    return loss_of_selected_steps(logits, targets, mask & (targets != 0))


def loss_in_single_precision(logits, targets, mask):
    return float(loss_of_selected_steps(logits.astype(np.float32), targets, mask))


def loss_in_place(logits, targets, mask):
    logits -= logits.max(axis=-1, keepdims=True)
    return loss_of_selected_steps(logits, targets, mask)


def loss_that_takes_off_one_number_a_row(logits, targets, mask):
    shifted = logits - logits.max(axis=(0, 2), keepdims=True)
    right = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]
    return float(np.where(mask, np.log(np.exp(shifted).sum(axis=-1)) - right, 0).sum() / logits.shape[1])


def loss_by_logaddexp(logits, targets, mask):
    steps = zip(*np.nonzero(mask), strict=True)
    return float(sum(np.logaddexp.reduce(logits[s]) - logits[s][targets[s]] for s in steps) / logits.shape[1])


def loss_of_logits_up_to_3000(logits, targets, mask):
    return loss_by_loop(np.clip(logits, -3000, 3000), targets, mask)


SOFTMAX_CROSS_ENTROPY = Answers(
    correct=(
        loss_by_logaddexp,
        loss_by_loop,
        loss_by_one_hot,
        loss_of_selected_steps,
        loss_by_torch,
        loss_by_pairs_of_classes,
        loss_by_math,
        loss_by_scipy,
        loss_by_recursion,
    ),
    wrong=(
        Wrong(loss_that_takes_off_one_number_a_row, "logits near 1000 or -1000"),
        slip(loss_of_selected_steps, "    y = y - y.max(axis=1, keepdims=True)\n", "", "exp overflows"),
        slip(
            loss_of_selected_steps,
            "np.log(np.exp(y).sum(axis=1)) - y[np.arange(len(k)), k]",
            "-np.log((np.exp(y) / np.exp(y).sum(axis=1, keepdims=True))[np.arange(len(k)), k])",
            "underflows to 0",
        ),
        slip(loss_of_selected_steps, "np.sum(losses) / B", "np.mean(losses)", "the number of unmasked steps"),
        slip(loss_of_selected_steps, "np.sum(losses) / B", "np.sum(losses)", "nothing is divided"),
        slip(loss_of_selected_steps, "np.sum(losses) / B", "-np.sum(losses) / B", "minus sign"),
        slip(loss_of_selected_steps, "np.sum(losses) / B", "np.sum(losses) / mask.size", "divided by T times B"),
        slip(loss_of_selected_steps, "logits.shape[1]", "logits.shape[0]", "divided by T;"),
        slip(loss_of_selected_steps, "np.log(", "np.log2("),
        slip(loss_of_selected_steps, "np.sum(losses) / B", "losses", "an array of shape"),
        slip(loss_of_selected_steps, "logits[mask], targets[mask]", "logits[~mask], targets[~mask]", "turned round"),
        slip(loss_by_loop, "if mask[t, b]:", "if True:", "the mask is not used"),
        slip(loss_by_loop, "range(T)", "range(T - 1)"),
        slip(loss_by_loop, "y[targets[t, b]]", "y[targets[t, b] - 1]"),
        slip(loss_by_one_hot, "mask.astype(float)", "np.ones(mask.shape)", "the mask is not used"),
        slip(loss_by_one_hot, "axis=-1", "axis=1", "it must run over the classes"),
        Wrong(loss_in_place, "changes its argument logits"),
        Wrong(loss_that_takes_off_one_number, "logits near 1000 or -1000"),
        Wrong(loss_that_takes_off_what_overflows, "logits near -1000"),
        Wrong(loss_of_clipped_probabilities, "very unlikely targets"),
        Wrong(loss_with_a_little_added, "very unlikely targets"),
        Wrong(loss_with_one_largest_logit, "several largest logits"),
        Wrong(loss_of_as_many_first_steps),
        Wrong(loss_up_to_the_last_step_that_counts),
        Wrong(loss_averaged_over_rows_with_steps),
        Wrong(loss_that_ignores_class_0_as_padding, "the first class only"),
        Wrong(loss_in_single_precision),
        Wrong(loss_of_logits_up_to_3000),
    ),
    equivalent={
        "8:74: 0 → -1": "the last axis has one entry",
        "9:59: logits → mask": "both have B as second axis",
        "9:59: logits → targets": "both have B as second axis",
    },
)

# --- count_parameters ---


def count_by_formula(cell, D, H, layers):
    G = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    first = G * (H * D + H * H + 2 * H)
    later = G * (H * H + H * H + 2 * H)
    return first + (layers - 1) * later


def count_by_arrays(cell, D, H, layers):
    G = 1 if cell == "rnn" else 3 if cell == "gru" else 4
    total = 0
    for layer in range(layers):
        W, R, b_W, b_R = ((G * H, H if layer else D), (G * H, H), (G * H,), (G * H,))
        total += sum(math.prod(shape) for shape in (W, R, b_W, b_R))
    return total


def count_by_torch(cell, D, H, layers):
    import torch

    module = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    return sum(p.numel() for p in module(D, H, layers, device="meta").parameters())


def count_by_recursion(cell, D, H, layers):
    if layers == 0:
        return 0
    G = len({"rnn": "h", "gru": "rzh", "lstm": "ifgo"}[cell])
    return G * H * (D + 1 + H + 1) + count_by_recursion(cell, H, H, layers - 1)


def count_from_the_top(cell, D, H, layers):
    match cell:
        case "rnn":
            G = 1
        case "gru":
            G = 3
        case _:
            G = 4
    return G * H * (layers * (H + 2) + (layers - 1) * H + D)


def count_by_units(cell, D, H, layers):
    """What each unit of each gate owns: a row of W, a row of R, two biases."""
    rows = np.full(layers, H)
    rows[0] = D
    return int((rows + H + 2).sum()) * H * (1, 3, 4)[["rnn", "gru", "lstm"].index(cell)]


def count_of_different_shapes(cell, D, H, layers):
    G = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    products = {(G * H, D), (G * H, H)}
    one = sum(a * b for a, b in products) + 2 * G * H
    return one + (layers - 1) * count_by_formula(cell, H, H, 1)


def count_of_three_layers_at_most(cell, D, H, layers):
    return count_by_formula(cell, D, H, min(layers, 3))


def count_with_more_units_than_inputs(cell, D, H, layers):
    return count_by_formula(cell, min(D, H), max(D, H), layers)


def count_without_weights_for_one_input(cell, D, H, layers):
    return count_by_formula(cell, D if D > 1 else 0, H, layers)


def count_in_single_precision(cell, D, H, layers):
    return int(np.float32(count_by_formula(cell, D, H, layers)))


def count_of_two_layers_again_and_again(cell, D, H, layers):
    return count_by_formula(cell, D, H, min(layers, 2)) * max(1, layers // 2)


def count_as_words(cell, D, H, layers):
    return str(count_by_formula(cell, D, H, layers))


def count_with_a_carry_that_is_lost(cell, D, H, layers):
    return int(np.array(count_by_formula(cell, D, H, layers)).astype(np.uint16))


def count_as_numpy_integer(cell, D, H, layers):
    return np.int64(count_by_formula(cell, D, H, layers))


def count_of_fifty_layers_at_most(cell, D, H, layers):
    return count_by_formula(cell, D, H, min(layers, 50))


COUNT_PARAMETERS = Answers(
    correct=(
        count_by_formula,
        count_by_arrays,
        count_by_torch,
        count_as_numpy_integer,
        count_by_recursion,
        count_from_the_top,
        count_by_units,
    ),
    wrong=(
        slip(count_by_arrays, "(W, R, b_W, b_R))", "(W, R, b_W))", "one bias is counted"),
        slip(count_by_arrays, "(W, R, b_W, b_R))", "(W, R))", "the biases are not counted"),
        slip(count_by_arrays, "(W, R, b_W, b_R))", "(W, b_W, b_R))", "R is not counted"),
        slip(count_by_arrays, "H if layer else D", "D", "counted with D inputs"),
        slip(count_by_arrays, "H if layer else D", "D + H if layer else D", "here they read the states alone"),
        slip(count_by_arrays, "range(layers)", "range(1)", "only the first layer"),
        slip(count_by_arrays, '1 if cell == "rnn" else 3 if cell == "gru" else 4', "1", "the gates are not counted"),
        slip(count_by_arrays, "else 4", "else 3", "an lstm has 4 blocks"),
        slip(count_by_arrays, "else 3 if", "else 2 if", "a gru has 3 blocks"),
        slip(count_by_arrays, "return total", "return total / 1", "whole number"),
        slip(count_by_formula, "(layers - 1) * later", "layers * later"),
        slip(count_by_formula, "G * (H * D + H * H + 2 * H)", "G * (H * D + H * H) + 2 * H"),
        Wrong(count_of_different_shapes),
        Wrong(count_of_three_layers_at_most, "200 layers"),
        Wrong(count_with_more_units_than_inputs),
        Wrong(count_without_weights_for_one_input, "D=1"),
        Wrong(count_in_single_precision, "too large for single precision"),
        Wrong(count_of_two_layers_again_and_again, "3 layers"),
        Wrong(count_as_words, "a str"),
        Wrong(count_with_a_carry_that_is_lost),
        Wrong(count_of_fifty_layers_at_most),
    ),
    equivalent={},
)

# --- last_valid ---


def last_by_loop(h, lengths):
    last = np.zeros(h.shape[1:], dtype=h.dtype)
    for b in range(h.shape[1]):
        last[b] = h[lengths[b] - 1, b]
    return last


def last_by_take(h, lengths):
    return np.take_along_axis(h, (lengths - 1)[None, :, None], axis=0)[0]


def last_by_selection(h, lengths):
    chosen = np.arange(len(h))[:, None] == lengths - 1
    return np.einsum("tbh,tb->bh", h, chosen.astype(h.dtype))


def last_by_torch(h, lengths):
    import torch

    return torch.from_numpy(h)[torch.from_numpy(lengths) - 1, torch.arange(len(lengths))].numpy()


def last_by_flat_places(h, lengths):
    T, B, H = h.shape
    return np.take(np.reshape(h, (T * B, H)), (lengths - 1) * B + np.arange(B), axis=0)


def last_by_gather(h, lengths):
    import torch

    places = torch.from_numpy(lengths - 1)[None, :, None].expand(1, *h.shape[1:])
    return torch.gather(torch.from_numpy(h.copy()), 0, places)[0].numpy()


def last_by_reading_backwards(h, lengths):
    """Turned round, each sequence begins with its last state, after T - n steps of padding."""
    return np.stack([row[::-1][len(row) - n] for row, n in zip(h.swapaxes(0, 1), lengths, strict=True)])


def last_by_the_end_of_the_mask(h, lengths):
    mask = np.arange(len(h) + 1)[:, None] < lengths
    ends = mask[:-1] & ~mask[1:]
    return h.swapaxes(0, 1)[ends.T]


def last_that_is_not_zero(h, lengths):
    steps = ((h != 0).any(axis=-1) * np.arange(1, len(h) + 1)[:, None]).max(axis=0)
    return last_by_loop(h, np.clip(steps, 1, lengths))


def last_by_length(h, lengths):
    known = {}
    return np.stack([known.setdefault(int(n), h[n - 1, b].copy()) for b, n in enumerate(lengths)])


def last_with_lengths_taken_down(h, lengths):
    lengths -= 1
    return h[lengths, np.arange(len(lengths))]


def last_of_the_array_if_lengths_are_equal(h, lengths):
    return last_by_loop(h, lengths) if len(set(lengths)) > 1 else h[-1].copy()


def last_in_order_of_length(h, lengths):
    order = np.argsort(-lengths, kind="stable")
    return last_by_loop(h[:, order], lengths[order])[order]


def last_of_two_steps_at_least(h, lengths):
    return last_by_loop(h, np.clip(lengths, min(2, len(h)), None))


def last_between_the_ends(h, lengths):
    return last_by_loop(h, lengths).clip(-100, 100)


def last_in_blocks_of_32_units(h, lengths):
    last = np.zeros(h.shape[1:], dtype=h.dtype)
    width = max(1, h.shape[2] // 32) * 32
    last[:, :width] = last_by_take(h, lengths)[:, :width]
    return last


def last_in_single_precision(h, lengths):
    return last_by_take(h, lengths).astype(np.float32).astype(h.dtype)


def last_by_running_copy(h, lengths):
    last = h[0].copy()
    for t in range(1, len(h)):
        last[t < lengths] = h[t, t < lengths]
    return last


def last_up_to_ten_million(h, lengths):
    return np.clip(last_by_loop(h, lengths), -1e7, 1e7)


LAST_VALID = Answers(
    correct=(
        last_by_loop,
        last_by_take,
        last_by_selection,
        last_by_torch,
        last_by_running_copy,
        last_by_flat_places,
        last_by_gather,
        last_by_reading_backwards,
        last_by_the_end_of_the_mask,
    ),
    wrong=(
        slip(last_by_loop, "lengths[b] - 1", "lengths[b]", "the step is one too late"),
        slip(last_by_loop, "lengths[b] - 1", "min(lengths[b], len(h) - 1)", "held at T - 1"),
        slip(last_by_loop, "lengths[b] - 1", "-1", "last step of the padded array"),
        slip(last_by_loop, "lengths[b] - 1", "lengths[b] - 2", "the step is one too early"),
        slip(last_by_loop, "lengths[b] - 1", "len(h) - lengths[b]", "counted from the end"),
        slip(last_by_loop, "lengths[b] - 1", "0", "first step"),
        slip(last_by_loop, "lengths[b] - 1", "min(lengths) - 1", "that of the shortest"),
        slip(last_by_loop, "lengths[b] - 1", "lengths[0] - 1", "row"),
        slip(last_by_loop, "h[lengths[b] - 1, b]", "h[: lengths[b], b].mean(axis=0)", "the mean over"),
        slip(last_by_loop, "h[lengths[b] - 1, b]", "h[: lengths[b], b].sum(axis=0)", "the sum over"),
        slip(last_by_loop, ", dtype=h.dtype", "", "dtype float64; expected float32"),
        slip(last_by_loop, "return last", "return list(last)", "make it an array"),
        slip(last_by_take, "axis=0)[0]", "axis=0)", "expected (B, H)"),
        slip(last_by_running_copy, "h[0].copy()", "h[0]", "changes its argument h"),
        Wrong(last_that_is_not_zero, "last states of zero"),
        Wrong(last_by_length),
        Wrong(last_with_lengths_taken_down, "changes its argument lengths"),
        Wrong(last_of_the_array_if_lengths_are_equal, "rising sizes"),
        Wrong(last_in_order_of_length),
        Wrong(last_of_two_steps_at_least),
        Wrong(last_between_the_ends, "numbers of size 1e+12"),
        Wrong(last_in_blocks_of_32_units, "sizes above 32"),
        Wrong(last_in_single_precision),
        Wrong(last_up_to_ten_million),
    ),
    equivalent={},
)

ANSWERS = {
    "softmax_cross_entropy": SOFTMAX_CROSS_ENTROPY,
    "count_parameters": COUNT_PARAMETERS,
    "last_valid": LAST_VALID,
}
