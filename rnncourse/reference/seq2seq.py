"""One sequence into another of another length: encoder, attention, decoder, and their gradient (chapter 13).

The encoder's states are the memory. At every step the decoder's state h_t asks it by a dot product and gets a context;
without attention the context is the same each time, the encoder's last state: the bottleneck. Both have the same
weights. Symbols are numbers; 0 is padding, 1 starts a target, 2 ends it. Sequences stand time first, (T, B).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse.reference._validation import check_choice, check_flag, check_integers, check_lengths
from rnncourse.reference.attention import dot_attention_backward, dot_attention_forward
from rnncourse.reference.bidirectional import BACKWARD, FORWARD, bidirectional_backward, bidirectional_forward
from rnncourse.reference.bptt import State, add
from rnncourse.reference.cells import CELLS
from rnncourse.reference.gru import gru_step, gru_step_backward
from rnncourse.reference.lstm import lstm_step, lstm_step_backward
from rnncourse.reference.ops import dtanh, log_softmax
from rnncourse.reference.params import Params
from rnncourse.reference.readout import (
    embedding_backward,
    embedding_forward,
    linear_backward,
    linear_forward,
    softmax_cross_entropy,
)

Array = np.ndarray
PAD, START, END = 0, 1, 2
STEPS: dict[str, Any] = {"gru": (gru_step, gru_step_backward), "lstm": (lstm_step, lstm_step_backward)}


class DecoderParams(NamedTuple):
    """The decoder's weights; gradients have the same type."""

    E: Array  # (K, D) a row for each target symbol
    cell: Params  # GRU or LSTM, D inputs and H units
    C: Array  # (H, H + S) joins the state and the context
    b_C: Array  # (H,)
    V: Array  # (K, H) readout
    b_V: Array  # (K,)


class Seq2SeqParams(NamedTuple):
    """All weights; gradients have the same type. With attention S, the size of a memory state, is H."""

    E: Array  # (K_x, D_x) a row for each source symbol
    encoder: Any  # Params, or a pair of them (forward, backward), whose states stand side by side: S numbers a step
    P: Array  # (H, S) the encoder's last state to the decoder's first
    b_P: Array  # (H,)
    decoder: DecoderParams


class Memory(NamedTuple):
    """What the encoder has read; gradients have the same type, their mask is None."""

    states: Array  # (T, B, S)
    mask: Array | None  # (T, B) bool, True within a source
    last: Array  # (B, S) the state after the last symbol; of two directions each one's own last


class EncodeCache(NamedTuple):
    """What `encode_backward` needs."""

    embedding: Any
    read: Any  # the layer's own
    cell: str
    both: bool  # ways


def encode(
    source: Array, params: Seq2SeqParams, *, lengths: Any = None, cell: str = "gru"
) -> tuple[Memory, EncodeCache]:
    """Read the sources.

    source : (T, B) integers in 0 … K_x - 1.  lengths : (B,) integers in 1 … T; None means T for all.
    cell : "gru" or "lstm".

    Returns (memory, cache).
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Bahdanau et al. 2015, section 3.2 (two directions); Sutskever et al. 2014 (the last state).
    """
    check_choice("cell", cell, tuple(STEPS))
    source = check_integers("source", source, 0, len(params.E) - 1, T=None, B=None)
    lengths, both = check_lengths(lengths, *source.shape), not isinstance(params.encoder, Params)
    x, embedding = embedding_forward(source, params.E)
    read: Any
    if both:
        states, (forward, backward), read = bidirectional_forward(cell, x, None, params.encoder, lengths=lengths)
        last = np.concatenate([forward[0], backward[0]], axis=1)
    else:
        states, (last, *_), read = FORWARD[cell](x, None, params.encoder, lengths=lengths)
    mask = None if lengths is None else np.arange(len(source))[:, None] < lengths
    return Memory(states, mask, last), EncodeCache(embedding, read, cell, both)


def encode_backward(dmemory: Memory, cache: EncodeCache) -> tuple[Array, Any]:
    """Gradient of `encode`: dmemory to (dE, dencoder)."""

    def dstate(dh: Array) -> State:  # an LSTM's last c is used nowhere
        return (dh, *(np.zeros_like(dh) for _ in CELLS[cache.cell].state[1:]))

    dencoder: Any
    if cache.both:
        H = cache.read.caches[0].state_n[0].shape[1]
        dforward, dbackward = np.split(dmemory.last, [H], axis=1)
        dx, _, dencoder = bidirectional_backward(dmemory.states, (dstate(dforward), dstate(dbackward)), cache.read)
    else:
        dx, _, dencoder = BACKWARD[cache.cell](dmemory.states, dstate(dmemory.last), cache.read)
    return embedding_backward(dx, cache.embedding), dencoder


class DecoderCache(NamedTuple):
    """What `decoder_step_backward` needs."""

    embedding: Any
    cell_cache: Any
    asked: Any  # attention's own; None without
    join: Any
    z: Array
    readout: Any
    memory: Memory
    cell: str


def decoder_step(
    symbols: Array,
    state: State,
    memory: Memory,
    params: DecoderParams,
    *,
    cell: str = "gru",
    attention: bool = True,
) -> tuple[Array, State, Array | None, DecoderCache]:
    """One symbol on: h_t from the symbol before, the context c_t that h_t asks for, the logits of the next symbol.

    symbols : (B,) integers in 0 … K - 1.  state : (h,) or (h, c), each (B, H).  memory : from `encode`.

    Returns (logits (B, K), state, weights α (T, B) or None without attention, cache).
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Luong et al. 2015, equations 5 to 8 (dot); without attention Cho et al. 2014, where the decoder is shown the
    same vector at every step.
    """
    check_choice("cell", cell, tuple(STEPS))
    check_flag("attention", attention)
    step, _ = STEPS[cell]
    x, embedding = embedding_forward(symbols, params.E)
    state, cell_cache = step(x, state, params.cell)
    h = state[0]
    context, α, asked = memory.last, None, None
    if attention:
        context, α, asked = dot_attention_forward(h, memory.states, memory.states, memory.mask)
    a, join = linear_forward(np.concatenate([h, context], axis=1), params.C, params.b_C)
    z = np.tanh(a)
    logits, readout = linear_forward(z, params.V, params.b_V)
    return logits, state, α, DecoderCache(embedding, cell_cache, asked, join, z, readout, memory, cell)


def decoder_step_backward(
    dlogits: Array, dstate: State, cache: DecoderCache, dweights: Array | None = None
) -> tuple[State, Memory, DecoderParams]:
    """Gradient of `decoder_step`: dlogits (B, K) and dstate, like state, to (dstate_prev, dmemory, grads)."""
    _, step_backward = STEPS[cache.cell]
    dz, dV, db_V = linear_backward(dlogits, cache.readout)
    da = dz * dtanh(cache.z)
    djoined, dC, db_C = linear_backward(da, cache.join)
    dh, dcontext = np.split(djoined, [dz.shape[1]], axis=1)
    if cache.asked is None:
        dmemory = Memory(np.zeros_like(cache.memory.states), None, dcontext)
    else:
        dquery, dkeys, dvalues = dot_attention_backward(dcontext, cache.asked, dweights)
        dh = dh + dquery
        dmemory = Memory(dkeys + dvalues, None, np.zeros_like(cache.memory.last))
    dx, dstate_prev, dcell = step_backward((dstate[0] + dh, *dstate[1:]), cache.cell_cache)
    dE = embedding_backward(dx, cache.embedding)
    return dstate_prev, dmemory, DecoderParams(dE, dcell, dC, db_C, dV, db_V)


def first_state(memory: Memory, params: Seq2SeqParams, cell: str = "gru") -> State:
    """The decoder's first state: h_0 = tanh(P s + b_P) for the encoder's last state s; an LSTM's c_0 is zero.

    Source: Bahdanau et al. 2015, appendix A.2.2, which reads the backward direction's last state alone.
    """
    h = np.tanh(memory.last @ params.P.T + params.b_P)
    return (h, *(np.zeros_like(h) for _ in CELLS[cell].state[1:]))


class Seq2SeqCache(NamedTuple):
    """What `seq2seq_backward` needs."""

    encoded: EncodeCache
    memory: Memory
    h_0: Array
    steps: list[DecoderCache]
    dlogits: Array
    params: Seq2SeqParams


def seq2seq_forward(
    source: Array,
    target: Array,
    params: Seq2SeqParams,
    *,
    lengths: Any = None,
    cell: str = "gru",
    attention: bool = True,
) -> tuple[float, Seq2SeqCache]:
    """Cross-entropy of each next symbol when the true ones before it are given (teacher forcing).

    source, lengths, cell : as for `encode`.
    target : (U, B) integers: 1, the symbols, 2, then 0. U need not be T.

    Returns (loss, cache): summed over a target's symbols and its end, mean over the batch.
    Raises TypeError, ValueError: an argument's type or shape, named with the one that it should have.
    Source: Sutskever et al. 2014, equation 1; Bahdanau et al. 2015, equation 4.
    """
    memory, encoded = encode(source, params, lengths=lengths, cell=cell)
    high = len(params.decoder.E) - 1
    target = check_integers("target", target, 0, high, U=None, B=memory.last.shape[0])
    if len(target) < 2:
        raise ValueError(f"target: shape {target.shape}, expected (U, B) with U of at least 2, a start and an end")
    state = first_state(memory, params, cell)
    h_0, logits, steps = state[0], [], []
    for given in target[:-1]:
        logits_t, state, _, cache = decoder_step(given, state, memory, params.decoder, cell=cell, attention=attention)
        logits.append(logits_t)
        steps.append(cache)
    loss, dlogits = softmax_cross_entropy(np.stack(logits), target[1:], mask=target[1:] != PAD)
    return loss, Seq2SeqCache(encoded, memory, h_0, steps, dlogits, params)


def seq2seq_backward(dloss: float, cache: Seq2SeqCache) -> Seq2SeqParams:
    """Gradient of `seq2seq_forward`: from the last step to the first, then through the encoder."""
    encoded, memory, h_0, steps, dlogits, params = cache
    dmemory = Memory(np.zeros_like(memory.states), None, np.zeros_like(memory.last))
    dstate = tuple(np.zeros_like(h_0) for _ in CELLS[encoded.cell].state)
    grads: Any = None
    for dlogits_t, step in zip(dloss * dlogits[::-1], reversed(steps), strict=True):
        dstate, dasked, more = decoder_step_backward(dlogits_t, dstate, step)
        dmemory = add(dmemory, dasked)
        grads = more if grads is None else DecoderParams(*map(_sum, grads, more))
    da = dstate[0] * dtanh(h_0)
    dP, db_P = da.T @ memory.last, da.sum(axis=0)
    dE, dencoder = encode_backward(dmemory._replace(last=dmemory.last + da @ params.P), encoded)
    return Seq2SeqParams(dE, dencoder, dP, db_P, grads)


def _sum(a: Any, b: Any) -> Any:
    return add(a, b) if isinstance(a, Params) else a + b


def reader(
    source: Array, params: Seq2SeqParams, *, cell: str = "gru", attention: bool = True
) -> tuple[Callable[[State, int], tuple[Array, State]], State]:
    """One source (T,) read, and the decoder for it: (step, state) for `greedy_decode` and `beam_search`.

    step(state, symbol) gives the log-probabilities (K,) of the next symbol and the next state.
    """
    memory, _ = encode(np.asarray(source)[:, None], params, cell=cell)

    def step(state: State, symbol: int) -> tuple[Array, State]:
        logits, state, _, _ = decoder_step(
            np.array([symbol]), state, memory, params.decoder, cell=cell, attention=attention
        )
        return log_softmax(logits[0]), state

    return step, first_state(memory, params, cell)
