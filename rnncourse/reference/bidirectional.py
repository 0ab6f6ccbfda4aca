"""Two cells, one reading forward and one backward in time (Schuster and Paliwal 1997) (chapter 11)."""

from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_array, check_choice, check_lengths
from rnncourse.reference.bptt import State, UnrollCache
from rnncourse.reference.gru import gru_backward, gru_forward
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.params import Params
from rnncourse.reference.rnn import rnn_backward, rnn_forward

Array = np.ndarray
FORWARD = {"rnn": rnn_forward, "lstm": lstm_forward, "gru": gru_forward}
BACKWARD = {"rnn": rnn_backward, "lstm": lstm_backward, "gru": gru_backward}


class BidirectionalCache(NamedTuple):
    """What `bidirectional_backward` needs."""

    cell: str
    caches: tuple[UnrollCache, UnrollCache]  # of the forward and of the backward direction
    lengths: Array | None


def reverse_within_lengths(x: Array, lengths: Any = None) -> Array:
    """Each sequence of x (T, B, …) read backward within its own length (B,); padding stays where it is.

    Its own inverse, and its own transpose: gradients pass through it by the same reversal.
    Raises TypeError, ValueError: x has fewer than two axes; lengths are no integers in 1 … T.
    """
    if not isinstance(x, np.ndarray) or x.ndim < 2:
        raise ValueError(f"x: got {type(x).__name__} of shape {getattr(x, 'shape', '?')}, expected an array (T, B, …)")
    T, B = x.shape[:2]
    lengths = check_lengths(lengths, T, B)
    if lengths is None:
        return x[::-1].copy()
    t = np.arange(T)[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t)
    return x[source, np.arange(B)]


def bidirectional_forward(
    cell: str,
    x: Array,
    states0: tuple[State | None, State | None] | None,
    params: tuple[Params, Params],
    *,
    lengths: Any = None,
    **options: Any,
) -> tuple[Array, tuple[State, State], BidirectionalCache]:
    """h_t is the forward cell's state after x_1 … x_t beside the backward cell's after x_n … x_t.

    cell : "rnn", "lstm" or "gru"; options go to it (nonlinearity, reset).
    x : (T, B, D).  lengths : (B,) integers in 1 … T, or None.
    states0, params : pairs (forward, backward); states0=None means zeros.

    Returns (h (T, B, 2H), states_n: the pair of last states, cache). The backward cell's last state has seen x_1 last.
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Schuster and Paliwal 1997; Graves and Schmidhuber 2005 for the LSTM.
    """
    check_choice("cell", cell, tuple(FORWARD))
    states0 = (None, None) if states0 is None else _pair("states0", states0)
    params = _pair("params", params)
    check_array("x", x, T=None, B=None, D=None)
    x_reversed = reverse_within_lengths(x, lengths)
    h_f, state_f, cache_f = FORWARD[cell](x, states0[0], params[0], lengths=lengths, **options)
    h_b, state_b, cache_b = FORWARD[cell](x_reversed, states0[1], params[1], lengths=lengths, **options)
    h = np.concatenate([h_f, reverse_within_lengths(h_b, lengths)], axis=2)
    kept = None if lengths is None else np.array(lengths)
    return h, (state_f, state_b), BidirectionalCache(cell, (cache_f, cache_b), kept)


def bidirectional_backward(
    dh: Array, dstates_n: tuple[State | None, State | None] | None, cache: BidirectionalCache
) -> tuple[Array, tuple[State, State], tuple[Params, Params]]:
    """Gradient of `bidirectional_forward`: dh (T, B, 2H), dstates_n a pair or None to (dx, dstates0, grads), pairs."""
    cell, (cache_f, cache_b), lengths = cache
    (B, H_f), H_b = cache_f.state_n[0].shape, cache_b.state_n[0].shape[1]
    check_array("dh", dh, T=len(cache_f.steps), B=B, **{"2H": H_f + H_b})
    dstates_n = (None, None) if dstates_n is None else _pair("dstates_n", dstates_n)
    dh_f, dh_b = np.split(dh, [H_f], axis=2)
    dx_f, dstate_f, grads_f = BACKWARD[cell](dh_f, dstates_n[0], cache_f)
    dx_b, dstate_b, grads_b = BACKWARD[cell](reverse_within_lengths(dh_b, lengths), dstates_n[1], cache_b)
    return dx_f + reverse_within_lengths(dx_b, lengths), (dstate_f, dstate_b), (grads_f, grads_b)


def _pair(name: str, value: Any) -> Any:
    if not isinstance(value, tuple | list) or hasattr(value, "_fields") or len(value) != 2:
        raise TypeError(f"{name}: got {type(value).__name__}, expected a pair (forward, backward)")
    return value
