"""Encoder, attention and decoder: gradients by differences and by torch, padding, and what a step may see."""

import numpy as np
import pytest

from rnncourse.reference import check_gradients, init_params, seq2seq
from rnncourse.reference.gradcheck import as_loss
from rnncourse.reference.seq2seq import DecoderParams, Memory, Seq2SeqParams
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

T, U, B, D, H, K, K_X = 6, 5, 3, 4, 8, 7, 9
LENGTHS = np.array([4, 6, 1])
each = pytest.mark.parametrize(
    ("cell", "both", "attention"),
    [("gru", True, True), ("gru", False, False), ("lstm", True, False), ("lstm", False, True)],
)


@pytest.fixture
def rng():
    return np.random.default_rng(13)


def network(rng, cell="gru", both=True):
    normal = rng.standard_normal
    half = H // 2 if both else H
    encoder = tuple(init_params(cell, D, half, rng=rng) for _ in range(2))
    core = init_params(cell, D, H, rng=rng)
    decoder = DecoderParams(normal((K, D)), core, normal((H, 2 * H)) / 3, normal(H), normal((K, H)), normal(K))
    return Seq2SeqParams(normal((K_X, D)), encoder if both else encoder[0], normal((H, H)) / 3, normal(H), decoder)


def pairs(rng):
    source = np.where(np.arange(T)[:, None] < LENGTHS, rng.integers(3, K_X, (T, B)), 0)
    target = np.zeros((U, B), dtype=int)
    for b, n in enumerate((3, 0, 2)):
        target[: n + 2, b] = [1, *rng.integers(1, K, n), 2]  # 1 and 2 may be said like any symbol
    return source, target


@each
def test_gradient_of_the_loss_equals_numerical_differences(cell, both, attention, rng):
    params, (source, target) = network(rng, cell, both), pairs(rng)

    def function(params):
        loss, cache = seq2seq.seq2seq_forward(source, target, params, lengths=LENGTHS, cell=cell, attention=attention)
        return loss, {"params": seq2seq.seq2seq_backward(1.0, cache)}

    report = check_gradients(function, {"params": params}, rng=rng)
    assert len(report.errors) == 2 + (8 if both else 4) + 1 + 4 + 5
    assert report.largest < NUMERICAL_DIFFERENCES, report


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("attention", [True, False])
def test_a_step_s_backward_is_the_gradient_of_all_that_the_step_gives(cell, attention, rng):
    decoder = network(rng, cell).decoder
    symbols, mask = rng.integers(0, K, B), np.arange(T)[:, None] < LENGTHS
    state = tuple(rng.standard_normal((B, H)) for _ in seq2seq.CELLS[cell].state)
    memory = Memory(rng.standard_normal((T, B, H)), None, rng.standard_normal((B, H)))
    dlogits, dweights = rng.standard_normal((B, K)), rng.standard_normal((T, B))
    dstate = tuple(rng.standard_normal(part.shape) for part in state)

    def forward(state, memory, params):
        logits, state, α, cache = seq2seq.decoder_step(
            symbols, state, memory._replace(mask=mask), params, cell=cell, attention=attention
        )
        return logits, state, α if attention else np.zeros((T, B)), cache

    def backward(dlogits, dstate, dweights, cache):
        return seq2seq.decoder_step_backward(dlogits, dstate, cache, dweights if attention else None)

    function = as_loss(forward, backward, (dlogits, dstate, dweights))
    report = check_gradients(function, {"state": state, "memory": memory, "params": decoder}, rng=rng)
    assert report.largest < NUMERICAL_DIFFERENCES, report


@each
def test_loss_and_every_gradient_equal_torch_s(cell, both, attention, rng):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from rnncourse.reference.gradcheck import leaves

    params, (source, target) = network(rng, cell, both), pairs(rng)
    loss, cache = seq2seq.seq2seq_forward(source, target, params, lengths=LENGTHS, cell=cell, attention=attention)
    ours = leaves({"params": seq2seq.seq2seq_backward(1.0, cache)})
    tensors = {name: torch.tensor(a, requires_grad=True) for name, a in leaves({"params": params}).items()}

    def weights(path):
        return [tensors[f"params.{path}.{letter}"] for letter in ("W", "R", "b_W", "b_R")]

    def layer(x, state, *directions, lengths=None):
        """torch.nn's kernel with these tensors."""
        kind = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        size = directions[0][1].shape[1]
        module = kind(x.shape[2], size, bidirectional=len(directions) == 2).double()
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        given = {
            name + suffix: tensor
            for suffix, tensors in zip(("", "_reverse"), directions, strict=False)
            for name, tensor in zip(names, tensors, strict=True)
        }
        if lengths is None:
            return torch.func.functional_call(module, given, (x, state))
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        h, state = torch.func.functional_call(module, given, (packed,))
        return torch.nn.utils.rnn.pad_packed_sequence(h, total_length=T)[0], state

    directions = [weights("encoder[0]"), weights("encoder[1]")] if both else [weights("encoder")]
    states, state_n = layer(tensors["params.E"][source], None, *directions, lengths=LENGTHS)
    h_n = state_n[0] if cell == "lstm" else state_n
    last = torch.cat(list(h_n), dim=1)
    h_0 = torch.tanh(torch.nn.functional.linear(last, tensors["params.P"], tensors["params.b_P"]))[None]
    first = (h_0, torch.zeros_like(h_0)) if cell == "lstm" else h_0
    h, _ = layer(tensors["params.decoder.E"][target[:-1]], first, weights("decoder.cell"))
    context = last.expand_as(h)
    if attention:
        score = torch.einsum("ubh,tbh->ubt", h, states)
        outside = torch.tensor(np.arange(T) >= LENGTHS[:, None])
        α = score.masked_fill(outside, -torch.inf).softmax(dim=2)
        context = torch.einsum("ubt,tbh->ubh", α, states)
    linear = torch.nn.functional.linear
    z = torch.tanh(linear(torch.cat([h, context], dim=2), tensors["params.decoder.C"], tensors["params.decoder.b_C"]))
    logits = linear(z, tensors["params.decoder.V"], tensors["params.decoder.b_V"])
    theirs = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), torch.tensor(target[1:]).flatten(), ignore_index=0, reduction="sum"
    )
    (theirs / B).backward()
    assert_close(loss, theirs.item() / B)
    for name, tensor in tensors.items():
        assert np.abs(ours[name]).max() > 0, name
        assert_close(ours[name], tensor.grad.numpy(), name=name)


@each
def test_loss_of_a_batch_is_the_mean_of_its_rows_alone_without_padding(cell, both, attention, rng):
    params, (source, target) = network(rng, cell, both), pairs(rng)
    options = {"cell": cell, "attention": attention}
    whole, _ = seq2seq.seq2seq_forward(source, target, params, lengths=LENGTHS, **options)
    ends = (target != 0).sum(axis=0)
    rows = [
        seq2seq.seq2seq_forward(source[: LENGTHS[b], [b]], target[: ends[b], [b]], params, **options)[0]
        for b in range(B)
    ]
    assert_close(whole, np.mean(rows))


def test_without_attention_the_memory_counts_by_its_last_state_alone_and_with_it_by_every_state(rng):
    params, (source, _) = network(rng), pairs(rng)
    memory, _ = seq2seq.encode(source, params)
    state = seq2seq.first_state(memory, params)
    other = memory._replace(states=memory.states + 1)
    for attention in (False, True):
        results = [
            seq2seq.decoder_step(np.ones(B, int), state, m, params.decoder, attention=attention)[0]
            for m in (memory, other)
        ]
        assert np.array_equal(*results) is not attention


def test_attention_takes_no_weight_and_gives_none(rng):
    """The same parameters, of the same shapes, serve both: what a comparison at equal size needs."""
    params, (source, target) = network(rng), pairs(rng)
    grads = [
        seq2seq.seq2seq_backward(1.0, seq2seq.seq2seq_forward(source, target, params, attention=a)[1])
        for a in (True, False)
    ]
    for one in grads:
        assert one.decoder.C.shape == params.decoder.C.shape
        assert all(np.abs(part).max() > 0 for part in (one.E, one.P, one.decoder.C, one.encoder[0].W))


@each
def test_log_probabilities_of_the_reader_add_up_to_the_loss(cell, both, attention, rng):
    params, (source, target) = network(rng, cell, both), pairs(rng)
    options = {"cell": cell, "attention": attention}
    column = source[: LENGTHS[0], 0]
    step, state = seq2seq.reader(column, params, **options)
    total = 0.0
    for given, wanted in zip(target[:-1, 0], target[1:, 0], strict=True):
        log_probs, state = step(state, given)
        total += log_probs[wanted] if wanted else 0
    loss, _ = seq2seq.seq2seq_forward(column[:, None], target[:, :1], params, **options)
    assert_close(loss, -total)


def test_what_does_not_fit_is_named(rng):
    params, (source, target) = network(rng), pairs(rng)
    uneven = (params.encoder[0], init_params("gru", D, H, rng=rng))  # a memory of 12 numbers a step
    other = params._replace(encoder=uneven, P=np.ones((H, H + H // 2)))
    for error, words, change in (
        (ValueError, "source: values", {"source": source + K_X}),
        (ValueError, "target: shape", {"target": target[:, :1]}),
        (ValueError, "target: shape .* a start and an end", {"target": target[:1]}),
        (ValueError, "lengths: values", {"lengths": LENGTHS + 1}),
        (ValueError, "cell: got 'rnn'", {"cell": "rnn"}),
        (ValueError, "attention must be True or False", {"attention": "dot"}),
        (TypeError, "source: float64", {"source": source.astype(float)}),
        (ValueError, "query and keys", {"params": other}),
    ):
        given = {"source": source, "target": target, "params": params, **change}
        with pytest.raises(error, match=words):
            seq2seq.seq2seq_forward(**given)
