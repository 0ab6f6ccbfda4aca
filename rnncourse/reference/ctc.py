"""Connectionist temporal classification: the probability of a labelling is summed over all its alignments.

A path names a class at every step, blank among them. Between the labels, before and after them, there may be blanks: l'
is the labelling with a blank around every label. α and β are the forward and backward sums over it, in logarithms.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncourse.reference._validation import as_array, check_array, check_count, check_integers

Array = np.ndarray


def ctc_collapse(path: Sequence[int] | Array, blank: int = 0) -> list[int]:
    """The labelling of a path: merge what is repeated, then remove the blanks (Graves et al. 2006, section 3.1)."""
    labels = _as_labels("path", path).tolist()
    return [label for t, label in enumerate(labels) if label != blank and (t == 0 or label != labels[t - 1])]


def ctc_extend(target: Sequence[int] | Array, blank: int = 0) -> Array:
    """l': blanks before, between and after the labels, (2S + 1,)."""
    check_count("blank", blank, 0)
    target = _as_labels("target", target)
    extended = np.full(2 * len(target) + 1, blank)
    extended[1::2] = target
    return extended


def ctc_forward(log_probs: Array, target: Any, blank: int = 0) -> Array:
    """log α of one sequence: α_t(s) sums the paths of t + 1 steps that have reached symbol s of l'.

    log_probs : (T, K) logarithms of the classes' probabilities at each step.
    target : (S,) int, the labels, without blanks; S may be 0.

    Returns log α (T, 2S + 1); the target's log-probability is the logarithm of its last row's last two entries' sum,
    `ctc_log_likelihood(log_α)`.
    Raises TypeError, ValueError: shapes, a label outside 0 … K − 1, a blank among the labels.
    Source: Graves et al. 2006, equations 6 to 8.
    """
    check_array("log_probs", log_probs, T=None, K=None)
    target = _check_target("target", target, log_probs.shape[1], blank)
    return _forward(log_probs, ctc_extend(target, blank), blank)


def ctc_log_likelihood(log_α: Array) -> float:
    """log p(target): a path ends in the last label or in the blank after it (Graves et al. 2006, equation 8)."""
    check_array("log_α", log_α, T=None, S=None)
    return float(np.logaddexp.reduce(log_α[-1, -2:]))


def ctc_loss(
    log_probs: Array, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0
) -> tuple[Array, Array]:
    """−log p(target) of each sequence of a batch, and its gradient with respect to log_probs.

    log_probs : (T, B, K), usually log_softmax of a network's outputs; any numbers are allowed, the sum over paths is
        what is differentiated.
    targets : (B, S) int, padded with anything.  input_lengths : (B,) in 1 … T.  target_lengths : (B,) in 0 … S.

    Returns (losses (B,), dlog_probs (T, B, K)): a loss is infinite where no path is long enough to give the target.
    dlog_probs is the gradient of Σ losses: minus the posterior probability of class k at step t, zero at padded steps
    and where the loss is infinite. (torch's own backward adds exp(log_probs), so both agree after log_softmax.)
    Raises TypeError, ValueError: shapes or types disagree, lengths or labels out of range, a blank among the labels.
    Source: Graves et al. 2006, equations 5 to 16; the gradient here is theirs before the softmax is put in.
    """
    check_array("log_probs", log_probs, T=None, B=None, K=None)
    T, B, K = log_probs.shape
    targets = as_array("targets", targets, f"integers of shape (B={B}, S)")
    if targets.ndim != 2 or len(targets) != B:
        raise ValueError(f"targets: shape {targets.shape}, expected (B={B}, S)")
    input_lengths = check_integers("input_lengths", input_lengths, 1, T, B=B)
    target_lengths = check_integers("target_lengths", target_lengths, 0, targets.shape[1], B=B)
    losses, dlog_probs = np.empty(B, log_probs.dtype), np.zeros_like(log_probs)
    for b in range(B):
        target = _check_target(f"targets[{b}]", targets[b, : target_lengths[b]], K, blank)
        steps = slice(input_lengths[b])
        losses[b], dlog_probs[steps, b] = _one_loss(log_probs[steps, b], ctc_extend(target, blank), blank)
    return losses, dlog_probs


def _one_loss(log_p: Array, extended: Array, blank: int) -> tuple[float, Array]:
    """Loss and gradient of one sequence, log_p (T, K)."""
    log_α = _forward(log_p, extended, blank)
    log_β = _forward(log_p[::-1], extended[::-1], blank)[::-1, ::-1]  # the same sums from the other end
    log_likelihood = ctc_log_likelihood(log_α)
    if np.isneginf(log_likelihood):
        return np.inf, np.zeros_like(log_p)
    at_label = log_p[:, extended]
    possible = ~np.isneginf(at_label)
    log_γ = np.where(possible, log_α + log_β - np.where(possible, at_label, 0), -np.inf)  # both count step t's own
    posterior = np.exp(log_γ - log_likelihood)
    is_class = (extended[:, None] == np.arange(log_p.shape[1])).astype(log_p.dtype)
    return -log_likelihood, -posterior @ is_class  # a class gets what all its places in l' have


def _forward(log_p: Array, extended: Array, blank: int) -> Array:
    """The recursion: stay, come from the symbol before, or skip the blank between two different labels."""
    at_label = log_p[:, extended]
    may_skip = np.zeros(len(extended), bool)
    may_skip[2:] = (extended[2:] != blank) & (extended[2:] != extended[:-2])
    log_α = np.full(at_label.shape, -np.inf, log_p.dtype)
    log_α[0, :2] = at_label[0, :2]
    for t in range(1, len(log_p)):
        stay = log_α[t - 1]
        step, skip = np.full_like(stay, -np.inf), np.full_like(stay, -np.inf)
        step[1:] = stay[:-1]
        skip[2:] = np.where(may_skip[2:], stay[:-2], -np.inf)
        log_α[t] = at_label[t] + np.logaddexp(np.logaddexp(stay, step), skip)
    return log_α


def _check_target(name: str, target: Any, K: int, blank: int) -> Array:
    check_count("blank", blank, 0, K - 1)
    target = _as_labels(name, target, K - 1)
    if (target == blank).any():
        raise ValueError(f"{name}: holds the blank {blank}, expected labels only")
    return target


def _as_labels(name: str, labels: Any, high: int = np.iinfo(np.int64).max) -> Array:
    """Labels as integers (S,) from 0 to `high`; there may be none."""
    labels = as_array(name, labels, "integers of shape (S,)")
    return check_integers(name, labels if labels.size else np.zeros(0, int), 0, high, S=None)
