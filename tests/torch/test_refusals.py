"""What torch.nn's users write by habit, and what cannot be meant: refused by name, with what to use instead."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnncourse.torch import (
    GRU,
    LSTM,
    RNN,
    Classifier,
    LanguageModel,
    Stack,
    Tagger,
    fit,
    reverse_within_lengths,
    unroll,
    valid_steps,
)
from tests.torch.cases import LENGTHS, B, D, H, T

every_layer = pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
x, h = torch.zeros(T, B, D), torch.zeros(B, H)


def refused(error, words, call, *arguments, **options):
    """The call raises this error, whose one line holds all the words."""
    with pytest.raises(error) as caught:
        call(*arguments, **options)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "instead"),
    [
        ("num_layers", 2, "Stack"),
        ("batch_first", True, "transpose(0, 1)"),
        ("dropout", 0.5, "Stack"),
        ("bias", False, "from_native"),
        ("proj_size", 2, "nn.Linear"),
    ],
)
@every_layer
def test_an_option_of_torch_is_answered_with_what_to_use(layer, option, value, instead):
    refused(TypeError, [layer.__name__, option, instead], layer, D, H, **{option: value})


@every_layer
def test_layers_by_position_are_answered_with_the_stack(layer):
    refused(TypeError, [layer.__name__, "num_layers", "Stack", "got 3"], layer, D, H, 2)


@every_layer
def test_an_unknown_option_is_what_python_says(layer):
    refused(TypeError, ["unexpected keyword argument 'hidden'"], layer, D, H, hidden=2)


MODELS = [lambda layer: layer, Stack, lambda layer: Classifier(layer, 2), lambda layer: Tagger(layer, 2)]


@pytest.mark.parametrize("around", MODELS, ids=["layer", "stack", "classifier", "tagger"])
@every_layer
def test_a_packed_sequence_is_answered_with_lengths(layer, around):
    packed = pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
    refused(TypeError, ["x", "PackedSequence", "pad_packed_sequence", "lengths="], around(layer(D, H)), packed)


def test_tokens_that_are_no_tokens_are_named():
    model, packed = LanguageModel(5, LSTM(D, H)), pack_padded_sequence(torch.ones(T, B).long(), [T] * B)
    refused(TypeError, ["tokens", "PackedSequence", "lengths="], model, packed)
    refused(TypeError, ["tokens", "ndarray", "from_numpy"], model, np.ones((T, B), int))
    refused(ValueError, ["tokens", "float32", "int64"], model, torch.ones(T, B))
    refused(ValueError, ["tokens", f"({T},)", "(T, B)"], model, torch.ones(T).long())


@every_layer
def test_a_state_of_torch_is_answered_with_the_form_of_the_course(layer):
    one, step = layer(D, H), layer(D, H).step
    parts = len(one.facts.state)
    form = "(h,)" if parts == 1 else "(h, c)"
    for call, start in ((one, x), (step, x[0])):
        refused(TypeError, ["state", f"({B}, {H})", form], call, start, h)
        words = ["state[0]", f"(1, {B}, {H})", "layers and directions in front", "h[0]"]
        refused(ValueError, words, call, start, (h[None],) * parts)
        refused(ValueError, [f"state[{parts - 1}]"], call, start, (*((h,) * parts)[1:], h[None]))
    if parts == 1:
        refused(TypeError, ["torch.nn takes h alone, here give (h,)"], one, x, h)
    refused(TypeError, ["pair (forward, backward)", form], layer(D, H, bidirectional=True), x, torch.zeros(2, B, H))
    pair = ((h,) * parts, (h[None],) * parts)
    refused(ValueError, ["state[1][0]", f"(1, {B}, {H})"], layer(D, H, bidirectional=True), x, pair)
    stack = Stack(layer(D, H), layer(H, H))
    refused(TypeError, ["states", f"(2, {B}, {H})", "one state a layer: 2"], stack, x, torch.zeros(2, B, H))
    refused(TypeError, ["states", "int"], stack, x, 3)


BAD_LENGTHS = {
    "None inside": ([1, None, 2, 3], TypeError, "object"),
    "unequal rows": ([[1], [2, 3], [1], [1]], TypeError, "unequal rows"),
    "a set": ({1, 2, 3, 4}, TypeError, "object"),
    "text": ("1234", TypeError, "<U4"),
    "words": (["a", "b", "c", "d"], TypeError, "<U1"),
    "too large a number": ([1, 2, 3, 2**70], TypeError, "object"),
    "objects": (np.array([1, 2, 3, 4], object), TypeError, "object"),
    "halves": ([1.5, 2, 3, 4], TypeError, "float64"),
    "half precision": (torch.ones(B).bfloat16(), TypeError, "float64"),
    "truth values": ([True] * B, TypeError, "bool"),
    "one number": (3, ValueError, "()"),
    "none": ([], TypeError, "(0,)"),
    "zero": ([1, 0, 2, 3], ValueError, "values 0 … 3"),
    "below zero": (torch.tensor([1, -2, 2, 3]), ValueError, "values -2 … 3"),
    "beyond T": ([1, 2, 3, T + 1], ValueError, f"values 1 … {T + 1}"),
}


@pytest.mark.parametrize("name", BAD_LENGTHS)
def test_lengths_that_cannot_be_are_named_wherever_they_go(name):
    lengths, error, found = BAD_LENGTHS[name]
    for model in (LSTM(D, H), Stack(GRU(D, H)), Classifier(RNN(D, H), 2), LSTM(D, H, bidirectional=True)):
        call = lambda model=model: model(x, lengths=lengths)  # noqa: E731
        refused(error, ["lengths", found, f"(B={B},)" if error is TypeError else "expected"], call)
    if error is TypeError and not isinstance(lengths, torch.Tensor):
        refused(error, ["lengths", found], valid_steps, lengths, T)
        refused(error, ["lengths", found], reverse_within_lengths, x, lengths)
        refused(error, ["lengths", found], unroll, lambda x_t, state: state, x, (h,), lengths)


def test_lengths_may_be_a_list_for_every_function_of_time():
    tensor = torch.tensor(LENGTHS)
    assert torch.equal(valid_steps(LENGTHS, T), valid_steps(tensor, T))
    moving = torch.randn(T, B, D)
    assert torch.equal(reverse_within_lengths(moving, LENGTHS), reverse_within_lengths(moving, tensor))
    step = lambda x_t, state: (x_t + state[0],)  # noqa: E731
    start = (torch.zeros(B, D),)
    assert torch.equal(unroll(step, moving, start, LENGTHS)[0], unroll(step, moving, start, tensor)[0])


@pytest.mark.parametrize("lengths", [[1, 0, 2, 3], [1, 2, 3, T + 1]], ids=["zero", "beyond T"])
@pytest.mark.parametrize("backend", ["loop", "native"])
def test_a_compiled_layer_refuses_such_lengths_too(backend, lengths):
    torch.compiler.reset()
    layer = LSTM(D, H, backend=backend)
    whole = backend == "loop"  # torch itself breaks the graph before its kernels
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=whole)
    expected = layer(x, None, LENGTHS)[0]
    assert torch.equal(compiled(x, None, torch.tensor(LENGTHS))[0], expected)
    with pytest.raises(ValueError, match=r"lengths: values \d … \d in shape \(4,\), expected 1 … 7"):
        compiled(x, None, torch.tensor(lengths))
    assert torch.equal(compiled(x, None, torch.tensor(LENGTHS))[0], expected)


COUNTS = {
    "input_size": lambda n: LSTM(n, H),
    "hidden_size": lambda n: GRU(D, n),
    "classes": lambda n: Classifier(RNN(D, H), n),
    "classes ": lambda n: Tagger(RNN(D, H), n),
    "tokens": lambda n: LanguageModel(n, RNN(D, H)),
    "epochs": lambda n: training(epochs=n),
    "window": lambda n: training(window=n),
}
PROBABILITIES = {
    "Stack": lambda p: Stack(LSTM(D, H), dropout=p),
    "LanguageModel": lambda p: LanguageModel(5, LSTM(D, H), dropout=p),
}
FLAGS = {
    "bidirectional": lambda flag: RNN(D, H, bidirectional=flag),
    "peephole": lambda flag: LSTM(D, H, peephole=flag),
    "learn_state": lambda flag: GRU(D, H, learn_state=flag),
}


def training(**options):
    return fit(LSTM(D, H), [(x,)], loss=lambda m, x: m(x)[0].square().mean(), progress=False, **options)


@pytest.mark.parametrize("value", [True, np.True_, 0, -1, 2.0, "3", float("nan")], ids=repr)
@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_a_whole_number(name, value):
    refused(ValueError, [f"{name.strip()} must be a whole number of at least 1, got {value!r}"], COUNTS[name], value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.5, True, "0.5", None, 1j], ids=repr)
@pytest.mark.parametrize("name", PROBABILITIES)
def test_dropout_is_a_probability(name, value):
    words = [f"dropout must be a finite number from 0 to 1, got {value!r}"]
    refused(ValueError, words, PROBABILITIES[name], value)


@pytest.mark.parametrize("value", [2, 1, "no", None, 0.0], ids=repr)
@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_true_or_false(name, value):
    refused(ValueError, [f"{name} must be True or False, got {value!r}"], FLAGS[name], value)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), True, "1", 1j], ids=repr)
def test_a_forget_bias_is_a_number(value):
    refused(ValueError, [f"forget_bias must be a finite number, got {value!r}"], LSTM, D, H, forget_bias=value)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"lr": float("nan")}, ValueError, ["lr must be a finite number", "nan"]),
        ({"lr": "0.1"}, ValueError, ["lr must be", "'0.1'"]),
        ({"lr": True}, ValueError, ["lr must be", "True"]),
        ({"max_norm": float("nan")}, ValueError, ["max_norm must be", "nan"]),
        ({"max_norm": "1"}, ValueError, ["max_norm must be", "'1'"]),
        ({"max_norm": True}, ValueError, ["max_norm must be", "True"]),
        ({"seed": 1.5}, ValueError, ["seed must be a whole number", "1.5"]),
        ({"seed": True}, ValueError, ["seed must be", "True"]),
        ({"seed": -1}, ValueError, ["seed must be", "-1"]),
        ({"seed": 2**64}, ValueError, ["seed must be", str(2**64)]),
        ({"schedule": 3}, TypeError, ["schedule must be a function, got int"]),
        ({"validate": "loss"}, TypeError, ["validate must be a function, got str"]),
        ({"precision": []}, ValueError, ["precision: got []", "'fp32', 'bf16', 'fp16'"]),
        ({"optimiser": "sgd"}, TypeError, ["optimiser", "got str"]),
        ({"checkpoint": 3}, TypeError, ["checkpoint must be the path of a file, got 3"]),
        ({"checkpoint": True}, TypeError, ["checkpoint", "True"]),
        ({"checkpoint": b"file"}, TypeError, ["checkpoint", "b'file'"]),
        ({"checkpoint": "."}, ValueError, ["checkpoint", "folder"]),
    ],
)
def test_settings_of_fit_that_cannot_be_meant_are_named(options, error, words):
    refused(error, words, training, **options)


def test_a_norm_without_bound_only_measures():
    assert training(max_norm=float("inf")).norm[0] > 0


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: nn.LSTM(D, H), ["torch.nn's LSTM", "from_native"]),
        (lambda: nn.GRUCell(D, H), ["torch.nn's GRUCell", "from_native"]),
        (lambda: [LSTM(D, H)], ["list of 1", "one by one"]),
        (lambda: nn.Linear(D, H), ["Linear", "RNN, LSTM, GRU"]),
        (lambda: 3, ["int", "RNN, LSTM, GRU"]),
    ],
)
def test_what_is_no_layer_of_the_course_is_named(layer, words):
    around = [Stack, lambda one: Classifier(one, 2), lambda one: Tagger(one, 2), lambda one: LanguageModel(5, one)]
    for model in around:
        refused(TypeError, ["layer", *words], model, layer())
