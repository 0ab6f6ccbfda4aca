"""Stacks and the three models that chapters share."""

import pytest
import torch
from torch import nn

from rnncourse.torch import GRU, LSTM, RNN, Classifier, LanguageModel, Stack, Tagger
from tests.tolerances import assert_close
from tests.torch.cases import LENGTHS, B, D, H, T, flat

K = 6


def layers(**options):
    return [
        LSTM(D, H, **options),
        GRU(D, H, bidirectional=True, **options),
        Stack(RNN(D, 4, bidirectional=True, **options), LSTM(8, H, bidirectional=True, **options)),
    ]


@pytest.mark.parametrize("layer", layers(), ids=["lstm", "bigru", "stack"])
def test_a_classifier_reads_each_row_as_if_it_were_alone(layer):
    model = Classifier(layer, K)
    x = torch.randn(T, B, D)
    logits = model(x, LENGTHS)
    assert logits.shape == (B, K)
    for b, n in enumerate(LENGTHS):
        assert_close(logits[b].detach(), model(x[:n, b : b + 1])[0].detach(), dtype="float32", name=f"row {b}")


@pytest.mark.parametrize("layer", layers(), ids=["lstm", "bigru", "stack"])
def test_a_classifier_uses_every_weight_of_both_directions(layer):
    model = Classifier(layer, K)
    model(torch.randn(T, B, D), LENGTHS).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("layer", layers(), ids=["lstm", "bigru", "stack"])
def test_a_tagger_answers_at_every_step(layer):
    model = Tagger(layer, K)
    logits = model(torch.randn(T, B, D), LENGTHS)
    assert logits.shape == (T, B, K)
    assert torch.equal(logits[3:, 0], model.readout.bias.expand(T - 3, K))


def test_a_language_model_goes_on_from_its_state_and_sees_no_future():
    model = LanguageModel(K, Stack(LSTM(D, H), GRU(H, 4)))
    tokens = torch.randint(K, (T, B))
    logits, _ = model(tokens)
    assert logits.shape == (T, B, K)
    first, state = model(tokens[:3])
    second, _ = model(tokens[3:], state)
    assert_close(torch.cat([first, second]).detach(), logits.detach(), dtype="float32", name="logits")
    changed = tokens.clone()
    changed[4] = (changed[4] + 1) % K
    assert_close(model(changed)[0][:4].detach(), logits[:4].detach(), dtype="float32", name="logits before the change")
    with pytest.raises(ValueError, match="bidirectional"):
        LanguageModel(K, Stack(LSTM(D, H, bidirectional=True)))


def test_a_stack_is_its_layers_one_after_another_and_drops_between_them_only():
    stack = Stack(LSTM(D, H), GRU(H, 4, reset="before"), dropout=0.5)
    x = torch.randn(T, B, D)
    h, states = stack.eval()(x, None, LENGTHS)
    below, state = stack.layers[0](x, None, LENGTHS)
    top, state_top = stack.layers[1](below, None, LENGTHS)
    assert torch.equal(h, top)
    assert all(torch.equal(a, b) for a, b in zip(flat(states), flat((state, state_top)), strict=True))
    half = stack(x[:4])
    rest, _ = stack(x[4:], half[1])
    assert_close(torch.cat([half[0], rest]).detach(), stack(x)[0].detach(), dtype="float32", name="h")
    stack.train()
    assert not torch.equal(stack(x)[0], stack(x)[0])
    single = Stack(LSTM(D, H), dropout=0.5)
    assert torch.equal(single(x)[0], single(x)[0])


def test_a_stack_trains_with_the_gradients_of_torch():
    theirs = nn.GRU(D, H, num_layers=2)
    stack = Stack(GRU(D, H), GRU(H, H))
    for k, layer in enumerate(stack.layers):
        layer.load_state_dict({n: getattr(theirs, n.replace("_l0", f"_l{k}")) for n in layer.state_dict()})
    x = torch.randn(T, B, D)
    stack(x)[0].square().sum().backward()
    theirs(x)[0].square().sum().backward()
    for p, q in zip(stack.parameters(), theirs.parameters(), strict=True):
        assert_close(p.grad, q.grad, dtype="float32", name="gradient")


@pytest.mark.parametrize(
    ("make_stack", "words"),
    [
        (lambda: Stack(), "at least one"),
        (lambda: Stack(LSTM(D, H), LSTM(H + 1, H)), f"layer 1 takes input of size {H + 1}, layer 0 gives {H}"),
        (lambda: Stack(LSTM(D, H, bidirectional=True), LSTM(H, H)), f"layer 0 gives {2 * H}"),
        (lambda: Stack(LSTM(D, H))(torch.ones(T, B, D), [None, None]), "2 entries, expected one a layer: 1"),
    ],
)
def test_layers_that_do_not_fit_are_named(make_stack, words):
    with pytest.raises(ValueError, match=words):
        make_stack()
