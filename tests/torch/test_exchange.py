"""Weights in every direction: torch.nn, the layers, NumPy's Params, state_dict and safetensors; nothing is lost."""

import copy
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from rnncourse import reference
from rnncourse.torch import GRU, LSTM, RNN, Stack, from_native, load_params, params_from_module, to_native
from tests.tolerances import assert_close
from tests.torch.cases import (
    CELLS,
    NATIVE_CELLS,
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
    run_torch,
)

both_directions = pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "both"])


def assert_same(actual, expected):
    assert actual.keys() == expected.keys()
    for name in expected:
        assert_close(actual[name], expected[name], name=name)


def stacked_state(state):
    """Our states, one a layer, as torch.nn's tensors (layers · directions, B, H)."""
    parts = [part for layer in state for part in (layer if isinstance(layer[0], tuple) else (layer,))]
    tensors = tuple(torch.stack(same) for same in zip(*parts, strict=True))
    return tensors if len(tensors) == 2 else tensors[0]


def run_theirs(module, case):
    """A torch.nn module on a case in our form, its state_n brought into our form."""
    several = module.num_layers > 1

    def run(x, state):
        h, state_n = module(x, stacked_state(state if several else (state,)))
        tensors = state_n if isinstance(state_n, tuple) else (state_n,)
        rows = list(zip(*(t.unbind(0) for t in tensors), strict=True))
        return h, tuple(rows)

    return run_torch(run, list(module.named_parameters()), case)


def stack_case(stack):
    cases = [random_case(layer, seed=k) for k, layer in enumerate(stack.layers)]
    return {
        "x": cases[0]["x"],
        "dh": cases[-1]["dh"],
        "state": tuple(c["state"] for c in cases),
        "dstate": tuple(c["dstate"] for c in cases),
    }


def renamed(grads, module):
    """A Stack's names (layers.1.weight_ih_l0) as torch.nn's (weight_ih_l1)."""
    out = {}
    for name, value in grads.items():
        if name.startswith("dlayers."):
            _, k, rest = name.split(".")
            name = "d" + rest.replace("_l0", f"_l{k}")
        out[name] = value
    return out


@both_directions
@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_state_dict_of_torch_loads_into_ours_and_back_without_loss(cell, options, bidirectional):
    theirs = getattr(nn, cell.__name__)(D, H, bidirectional=bidirectional, dtype=torch.float64, **options)
    ours = make(cell, options, bidirectional=bidirectional, backend="loop")
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert str(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
    case = random_case(ours)
    assert_same(run_layer(ours, case), run_theirs(theirs, case))

    back = getattr(nn, cell.__name__)(D, H, bidirectional=bidirectional, dtype=torch.float64, **options)
    back.load_state_dict(ours.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(back.parameters(), theirs.parameters(), strict=True))


@both_directions
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_torch_to_ours_outputs_and_all_gradients_agree(cell, options, layers, bidirectional):
    kind = getattr(nn, cell.__name__)
    theirs = kind(D, H, num_layers=layers, bidirectional=bidirectional, dtype=torch.float64, **options)
    ours = from_native(theirs, backend="loop")
    case = random_case(ours) if layers == 1 else stack_case(ours)
    assert_same(renamed(run_layer(ours, case), ours), run_theirs(theirs, case))


@both_directions
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_ours_to_torch_outputs_and_all_gradients_agree(cell, options, layers, bidirectional):
    where = {"bidirectional": bidirectional, "backend": "loop", "dtype": torch.float64}
    parts = [cell(D if k == 0 else H * (1 + bidirectional), H, **where, **options) for k in range(layers)]
    ours = parts[0] if layers == 1 else Stack(*parts, dropout=0.25).eval()
    theirs = to_native(ours)
    assert type(theirs) is getattr(nn, cell.__name__)
    assert theirs.training == ours.training
    assert theirs.dropout == (0.0 if layers == 1 else 0.25)
    case = random_case(ours) if layers == 1 else stack_case(ours)
    assert_same(renamed(run_layer(ours, case), ours), run_theirs(theirs, case))


@both_directions
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_numpy_params_to_ours_and_back(cell, options, bidirectional):
    rng = np.random.default_rng(3)
    name = cell.__name__.lower()
    params = [
        reference.init_params(name, D, H, rng=rng, peephole=options.get("peephole", False))
        for _ in range(1 + bidirectional)
    ]
    params = tuple(params) if bidirectional else params[0]
    layer = make(cell, options, bidirectional=bidirectional)
    load_params(layer, params)
    case = random_case(layer)
    assert_same(run_layer(layer, case), run_reference(layer, params, case))

    for ours, theirs in zip(pairs(params_from_module(layer)), pairs(params), strict=True):
        assert type(ours) is reference.Params
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            assert a is None or (np.array_equal(a, b) and a is not b)


def pairs(params):
    return [params] if isinstance(params, reference.Params) else [p for part in params for p in pairs(part)]


@both_directions
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_numpy_params_to_torch_and_back(cell, options, layers, bidirectional):
    where = {"num_layers": layers, "bidirectional": bidirectional, "dtype": torch.float64}
    theirs = getattr(nn, cell.__name__)(D, H, **where, **options)
    params = params_from_module(theirs)
    assert len(pairs(params)) == layers * (1 + bidirectional)
    other = getattr(nn, cell.__name__)(D, H, **where, **options)
    load_params(other, params)
    assert all(torch.equal(a, b) for a, b in zip(theirs.parameters(), other.parameters(), strict=True))
    if layers == 1:
        ours = make(cell, options, bidirectional=bidirectional)
        case = random_case(ours)
        assert_same(run_theirs(other, case), run_reference(ours, params, case))


def test_stack_to_numpy_runs_layer_by_layer_in_the_reference():
    stack = Stack(LSTM(D, H, bidirectional=True, peephole=True), GRU(2 * H, 6, reset="before")).double()
    below, above = params_from_module(stack)
    x = np.random.default_rng(0).standard_normal((T, B, D))
    h, _, _ = reference.bidirectional_forward("lstm", x, None, below)
    h, _, _ = reference.gru_forward(h, None, above, reset="before")
    assert_close(stack(torch.from_numpy(x))[0].detach(), h, name="h")
    again = Stack(LSTM(D, H, bidirectional=True, peephole=True), GRU(2 * H, 6, reset="before")).double()
    load_params(again, [below, above])
    assert all(torch.equal(a, b) for a, b in zip(stack.parameters(), again.parameters(), strict=True))


def test_params_and_module_share_no_memory():
    layer = make(LSTM, {"peephole": True})
    before = copy.deepcopy(layer.state_dict())
    params = params_from_module(layer)
    for array in params:
        array += 1
    assert all(torch.equal(a, b) for a, b in zip(before.values(), layer.state_dict().values(), strict=True))
    load_params(layer, params)
    after = copy.deepcopy(layer.state_dict())
    for array in params:
        array += 1
    assert all(torch.equal(a, b) for a, b in zip(after.values(), layer.state_dict().values(), strict=True))


def test_gradients_come_out_as_params_too():
    layer = make(LSTM, {"peephole": True})
    before = params_from_module(layer, gradient=True)
    assert all(not part.any() for part in before)
    layer(torch.randn(T, B, D, dtype=torch.float64))[0].sum().backward()
    grads = params_from_module(layer, gradient=True)
    assert np.array_equal(grads.p, layer.weight_ph_l0.grad.numpy())
    assert np.array_equal(grads.W, layer.weight_ih_l0.grad.numpy())


@both_directions
@pytest.mark.parametrize("learn_state", [False, True])
def test_peephole_lstm_through_safetensors_and_state_dict(tmp_path, bidirectional, learn_state):
    options = {"peephole": True, "bidirectional": bidirectional, "learn_state": learn_state}
    layer = make(LSTM, options)
    save_file(layer.state_dict(), tmp_path / "layer.safetensors")
    other = make(LSTM, options, seed=1)
    other.load_state_dict(load_file(tmp_path / "layer.safetensors"))
    third = make(LSTM, options, seed=2)
    third.load_state_dict(layer.state_dict())
    case = random_case(layer)
    assert_same(run_layer_without_state(other, case), run_layer_without_state(layer, case))
    assert_same(run_layer_without_state(third, case), run_layer_without_state(layer, case))


def run_layer_without_state(layer, case):
    h, state_n = layer(torch.from_numpy(case["x"]))
    return {f"{k}": t.detach().numpy() for k, t in enumerate([h, *flat(state_n)])}


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_layers_can_be_copied_and_pickled(cell, options, clone):
    layer = make(cell, options, bidirectional=True)
    case = random_case(layer)
    assert_same(run_layer(clone(layer), case), run_layer(layer, case))


def test_biases_that_torch_left_out_are_zeros_and_must_stay_so():
    theirs = nn.LSTM(D, H, bias=False)
    params = params_from_module(theirs)
    assert not params.b_W.any()
    assert not params.b_R.any()
    x = torch.randn(T, B, D)
    assert_close(from_native(theirs)(x)[0].detach(), theirs(x)[0].detach(), dtype="float32", name="h")
    load_params(theirs, params)
    with pytest.raises(ValueError, match=r"b_W is not zero.*bias=False"):
        load_params(theirs, params._replace(b_W=params.b_W + 1))


def test_half_precision_weights_arrive_bit_by_bit():
    theirs = nn.GRU(D, H, dtype=torch.bfloat16)
    ours = from_native(theirs)
    assert ours.weight_hh_l0.dtype == torch.bfloat16
    assert torch.equal(ours.weight_hh_l0, theirs.weight_hh_l0)
    params = params_from_module(ours)
    assert params.R.dtype == np.float32
    load_params(ours, params)
    assert torch.equal(ours.weight_hh_l0, theirs.weight_hh_l0)


def good():
    return params_from_module(LSTM(D, H, peephole=True))


@pytest.mark.parametrize(
    ("module", "params", "error", "words"),
    [
        (lambda: LSTM(D, H), good, ValueError, "params has peepholes, the module has none"),
        (lambda: LSTM(D, H, peephole=True), lambda: good()._replace(p=None), ValueError, "params has none"),
        (lambda: LSTM(D + 1, H, peephole=True), good, ValueError, r"params.W has shape \(20, 3\)"),
        (lambda: LSTM(D, H, bidirectional=True, peephole=True), good, TypeError, "a pair of Params"),
        (lambda: LSTM(D, H, peephole=True), lambda: (good(), good()), TypeError, "expected one Params"),
        (lambda: Stack(LSTM(D, H, peephole=True)), lambda: [good(), good()], ValueError, "2 layers"),
        (lambda: nn.Linear(2, 3), good, TypeError, "Linear"),
        (lambda: nn.LSTM(D, H, proj_size=2), good, ValueError, "proj_size"),
    ],
)
def test_params_that_do_not_fit_are_named_and_nothing_is_written(module, params, error, words):
    module = module()
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(error, match=words):
        load_params(module, params())
    assert all(torch.equal(a, b) for a, b in zip(before.values(), module.state_dict().values(), strict=True))


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (lambda: LSTM(D, H, peephole=True), "peephole=True"),
        (lambda: GRU(D, H, reset="before"), "reset='before'"),
        (lambda: RNN(D, H, nonlinearity="linear"), "nonlinearity='linear'"),
        (lambda: LSTM(D, H, learn_state=True), "learned initial state"),
        (lambda: Stack(LSTM(D, H), GRU(H, H)), "one kind"),
        (lambda: Stack(LSTM(D, H), LSTM(H, 6)), "one kind, size"),
    ],
)
def test_what_torch_lacks_is_refused(ours, words):
    with pytest.raises(ValueError, match=words):
        to_native(ours())


def test_from_native_refuses_what_the_course_lacks():
    with pytest.raises(ValueError, match="proj_size"):
        from_native(nn.LSTM(D, H, proj_size=2))
    with pytest.raises(TypeError, match="Linear"):
        from_native(nn.Linear(D, H))


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@both_directions
@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_weights_travel_on_a_gpu_too(cell, options, bidirectional, dtype):
    kind, where = getattr(torch, dtype), {"bidirectional": bidirectional, "device": "cuda"}
    theirs = getattr(nn, cell.__name__)(D, H, num_layers=2, dtype=kind, **where, **options)
    x = torch.randn(T, B, D, dtype=kind, device="cuda")
    with exact_products():
        h = theirs(x)[0].detach()
        for backend in ("loop", "native", "graph"):
            ours = from_native(theirs, backend=backend)
            assert_close(ours(x)[0].detach().cpu(), h.cpu(), dtype=dtype, device="cuda", name=backend)
            back = to_native(ours)
            assert all(torch.equal(a, b) for a, b in zip(back.parameters(), theirs.parameters(), strict=True))
