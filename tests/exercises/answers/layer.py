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


def loss_in_place(logits, targets, mask):
    logits -= logits.max(axis=-1, keepdims=True)
    return loss_of_selected_steps(logits, targets, mask)


SOFTMAX_CROSS_ENTROPY = Answers(
    correct=(loss_by_loop, loss_by_one_hot, loss_of_selected_steps, loss_by_torch),
    wrong=(
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


def count_as_numpy_integer(cell, D, H, layers):
    return np.int64(count_by_formula(cell, D, H, layers))


COUNT_PARAMETERS = Answers(
    correct=(count_by_formula, count_by_arrays, count_by_torch, count_as_numpy_integer),
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


def last_by_running_copy(h, lengths):
    last = h[0].copy()
    for t in range(1, len(h)):
        last[t < lengths] = h[t, t < lengths]
    return last


LAST_VALID = Answers(
    correct=(last_by_loop, last_by_take, last_by_selection, last_by_torch, last_by_running_copy),
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
    ),
    equivalent={},
)

ANSWERS = {
    "softmax_cross_entropy": SOFTMAX_CROSS_ENTROPY,
    "count_parameters": COUNT_PARAMETERS,
    "last_valid": LAST_VALID,
}
