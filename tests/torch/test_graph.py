"""The graph backend. What it records is checked on a CPU, where it can also be run without recording; so is its lending
of recordings, with a stand-in that writes every result to the same memory again, as a replay does."""

import gc

import numpy as np
import pytest
import torch

from rnncourse.torch import GRU, LSTM, RNN, Stack, graph, params_from_module
from rnncourse.torch.layer import Layer
from tests.tolerances import assert_close
from tests.torch.cases import (
    HOISTED_CELLS,
    LENGTHS,
    B,
    D,
    H,
    T,
    exact_products,
    flat,
    gpu,
    make,
    random_case,
    run_layer,
    run_reference,
)

both_directions = pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "both"])
with_lengths = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])


def assert_same(actual, expected, **options):
    assert actual.keys() == expected.keys()
    for name in expected:
        assert_close(actual[name], expected[name], name=name, **options)


@pytest.fixture
def on_cpu(monkeypatch):
    """Let a layer take "graph" on a CPU, and count recordings."""
    made = []

    def rerun(function, device):
        result = function()
        made.append(function)

        def replay():
            for kept, new in zip(tensors(result), tensors(function()), strict=True):
                if kept is not new:
                    kept.copy_(new)

        return result, replay

    monkeypatch.setattr(Layer, "_check_backend", lambda self, backend, device: None)
    monkeypatch.setattr(graph, "record", rerun)
    graph.release_graphs()
    yield made
    graph.release_graphs()


def tensors(nested):
    if isinstance(nested, torch.Tensor):
        return [nested]
    return [t for part in nested for t in tensors(part)] if isinstance(nested, tuple | list) else []


@with_lengths
@both_directions
@pytest.mark.parametrize(("cell", "options"), HOISTED_CELLS)
def test_what_is_recorded_equals_the_reference(cell, options, bidirectional, lengths, on_cpu, monkeypatch):
    monkeypatch.setattr(graph, "captured", graph.eager)
    layer = make(cell, options, bidirectional=bidirectional, backend="graph")
    case = random_case(layer)
    expected = run_reference(layer, params_from_module(layer), case, lengths)
    assert_same(run_layer(layer, case, lengths), expected)
    assert not on_cpu


@with_lengths
@pytest.mark.parametrize(("cell", "options"), HOISTED_CELLS)
def test_replays_with_other_numbers_equal_the_reference(cell, options, lengths, on_cpu):
    for seed in (0, 1, 2):
        layer = make(cell, options, bidirectional=True, backend="graph", seed=seed)
        case = random_case(layer, seed=seed + 7)
        order = np.random.default_rng(seed).permutation(B)
        some = None if lengths is None else np.array(lengths)[order]
        assert_same(run_layer(layer, case, some), run_reference(layer, params_from_module(layer), case, some))
    assert len(on_cpu) == 4  # forward and backward, once for each direction: both are in use at the same time


@pytest.mark.parametrize(("cell", "options"), HOISTED_CELLS)
def test_in_bfloat16_it_stays_near_float64_and_autocast_returns_float32_gradients(cell, options, on_cpu):
    exact = make(cell, options)
    x = torch.randn(T, B, D, dtype=torch.float64)
    expected = exact(x)[0].detach()
    half = make(cell, options, backend="graph", dtype=torch.float32)
    half.load_state_dict(exact.state_dict())
    with torch.autocast("cpu", torch.bfloat16):
        h, state_n = half(x.float())
    assert {h.dtype, *(s.dtype for s in flat(state_n))} == {torch.bfloat16}
    assert_close(h.detach().float(), expected, dtype="bfloat16", name="h")
    h.float().sum().backward()
    exact(x)[0].sum().backward()
    for (name, p), q in zip(half.named_parameters(), exact.parameters(), strict=True):
        assert p.grad.dtype == torch.float32
        assert_close(p.grad, q.grad, tolerance=0.1, name=name)  # sums of T · B rounded terms


def run_twice(layer, x, y):
    """Two forwards before any backward, and what their gradients must be."""
    h, _ = layer(x)
    k, _ = layer(y)
    return torch.autograd.grad((h * k).sum(), [x, y, *layer.parameters()])


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_two_forwards_before_a_backward_do_not_disturb_each_other(cell, on_cpu):
    layer, loop = make(cell, {}, backend="graph"), make(cell, {}, backend="loop")
    x, y = (torch.randn(T, B, D, dtype=torch.float64, requires_grad=True) for _ in range(2))
    for _ in range(3):
        for a, b in zip(run_twice(layer, x, y), run_twice(loop, x, y), strict=True):
            assert_close(a, b, name="gradient")
    assert len(on_cpu) == 4


def test_a_forward_without_gradients_between_forward_and_backward_is_harmless(on_cpu):
    layer, loop = make(LSTM, {}, backend="graph"), make(LSTM, {}, backend="loop")
    x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
    h, _ = layer(x)
    with torch.no_grad():
        layer(x + 1)
    (dx,) = torch.autograd.grad(h.square().sum(), x)
    assert_close(dx, torch.autograd.grad(loop(x)[0].square().sum(), x)[0], name="dx")


def test_weights_changed_between_forward_and_backward_do_not_change_the_gradient(on_cpu):
    layer, loop = make(LSTM, {}, backend="graph"), make(LSTM, {}, backend="loop")
    x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
    h, _ = layer(x)
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
    (dx,) = torch.autograd.grad(h.square().sum(), x)
    assert_close(dx, torch.autograd.grad(loop(x)[0].square().sum(), x)[0], name="dx")


@pytest.mark.parametrize("nonlinearity", ["relu", "linear"])
def test_what_would_overflow_past_the_end_leaves_no_trace(nonlinearity, on_cpu):
    layer, loop = (make(RNN, {"nonlinearity": nonlinearity}, backend=b) for b in ("graph", "loop"))
    with torch.no_grad():
        for each in (layer, loop):
            each.weight_hh_l0.copy_(1e60 * torch.eye(H, dtype=torch.float64))
    x = torch.rand(9, B, D, dtype=torch.float64)
    for each in (layer, loop):
        each(x, None, [2, 1, 2, 2])[0].sum().backward()
    for (name, p), q in zip(layer.named_parameters(), loop.parameters(), strict=True):
        assert_close(p.grad, q.grad, name=name)


def test_outputs_and_gradients_outlive_the_next_replay(on_cpu):
    layer = make(GRU, {}, backend="graph")
    kept = []
    for _ in range(3):
        x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
        h, _ = layer(x)
        values = [h.detach(), *torch.autograd.grad(h.square().sum(), [x, *layer.parameters()])]
        kept.append((values, [value.clone() for value in values]))
    assert len(on_cpu) == 2
    for values, copies in kept:
        assert all(torch.equal(value, copy) for value, copy in zip(values, copies, strict=True))


def test_backward_twice_needs_a_retained_graph_and_is_right_with_one(on_cpu):
    layer = make(GRU, {}, backend="graph")
    x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
    loss = layer(x)[0].square().sum()
    (first,) = torch.autograd.grad(loss, x, retain_graph=True)
    layer(x * 2)[0].sum().backward()
    (second,) = torch.autograd.grad(loss, x)
    assert torch.equal(first, second)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        torch.autograd.grad(loss, x)


def test_gradients_of_gradients_are_refused(on_cpu):
    layer = make(LSTM, {}, backend="graph")
    x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
    (dx,) = torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.sum().backward()


def test_a_forward_that_never_sees_its_backward_gives_its_recording_back(on_cpu):
    layer = make(LSTM, {}, backend="graph")
    x = torch.randn(T, B, D, dtype=torch.float64)
    for _ in range(5):
        layer(x)
        gc.collect()
    assert len(on_cpu) == 2


def test_a_training_step_whose_loss_is_kept_needs_one_recording(on_cpu):
    layer = make(LSTM, {}, backend="graph")
    kept = []
    for _ in range(4):
        loss = layer(torch.randn(T, B, D, dtype=torch.float64))[0].sum()
        loss.backward()
        kept.append(loss)
    assert len(on_cpu) == 2


def test_only_so_many_recordings_wait(on_cpu, monkeypatch):
    monkeypatch.setattr(graph, "KEEP", 3)
    layer = make(RNN, {}, backend="graph")
    for steps in range(1, 8):
        layer(torch.randn(steps, B, D, dtype=torch.float64))[0].sum().backward()
    assert sum(len(waiting) for waiting in graph._WAITING.values()) == 3
    before = len(on_cpu)
    layer(torch.randn(7, B, D, dtype=torch.float64))[0].sum().backward()
    assert len(on_cpu) == before


def test_layers_of_one_shape_share_a_recording_and_others_do_not(on_cpu):
    x = torch.randn(T, B, H, dtype=torch.float64)
    with torch.no_grad():
        for options in ({"reset": "after"}, {"reset": "before"}, {"reset": "after"}):
            layer = GRU(H, H, backend="graph", dtype=torch.float64, **options)
            loop = GRU(H, H, backend="loop", dtype=torch.float64, **options)
            loop.load_state_dict(layer.state_dict())
            assert_close(layer(x)[0], loop(x)[0], name="h")
    assert len(on_cpu) == 2


def test_a_stack_of_equal_layers_trains_through_it(on_cpu):
    stack = Stack(*(LSTM(H, H, backend="graph", dtype=torch.float64) for _ in range(3)))
    loop = Stack(*(LSTM(H, H, backend="loop", dtype=torch.float64) for _ in range(3)))
    loop.load_state_dict(stack.state_dict())
    x = torch.randn(T, B, H, dtype=torch.float64)
    stack(x, None, LENGTHS)[0].square().sum().backward()
    loop(x, None, LENGTHS)[0].square().sum().backward()
    for (name, p), q in zip(stack.named_parameters(), loop.parameters(), strict=True):
        assert_close(p.grad, q.grad, name=name)


def test_a_layer_on_a_cpu_refuses_it_at_every_door():
    with pytest.raises(ValueError, match="CUDA graph"):
        LSTM(D, H, backend="graph", device="cpu")
    layer = LSTM(D, H)
    with pytest.raises(ValueError, match="auto"):
        layer.backend = "graph"
    layer._backend = "graph"  # as when a layer has been moved back from a GPU
    with pytest.raises(ValueError, match="on 'cpu'"):
        layer(torch.zeros(T, B, D))


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
@with_lengths
@both_directions
@pytest.mark.parametrize(("cell", "options"), HOISTED_CELLS)
def test_a_captured_graph_equals_the_reference(cell, options, bidirectional, lengths, dtype):
    exact = make(cell, options, bidirectional=bidirectional)
    for seed in (0, 1):  # the second time is a replay
        case = random_case(exact, seed=seed)
        expected = run_reference(exact, params_from_module(exact), case, lengths)
        layer = make(cell, options, bidirectional=bidirectional).to("cuda", getattr(torch, dtype))
        layer.backend = "graph"
        with exact_products():
            actual = run_layer(layer, case, lengths, dtype=getattr(torch, dtype), device="cuda")
        for name in expected:
            outputs_only = dtype in ("bfloat16", "float16") and name.startswith("d")  # gradients: sums of rounded terms
            limit = {"tolerance": 0.1} if outputs_only else {"dtype": dtype, "device": "cuda"}
            assert_close(actual[name], expected[name], name=name, **limit)


@pytest.mark.gpu
@gpu
def test_two_forwards_before_a_backward_do_not_disturb_each_other_on_a_gpu():
    layer, loop = (make(LSTM, {"peephole": True}).to("cuda") for _ in range(2))
    layer.backend, loop.backend = "graph", "loop"
    x, y = (torch.randn(T, B, D, dtype=torch.float64, device="cuda", requires_grad=True) for _ in range(2))
    for _ in range(3):
        for a, b in zip(run_twice(layer, x, y), run_twice(loop, x, y), strict=True):
            assert_close(a.cpu(), b.cpu(), device="cuda", name="gradient")
