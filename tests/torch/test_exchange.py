"""Weights in every direction: torch.nn, the layers, NumPy's Params, state_dict and safetensors; nothing is lost."""

import copy
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from rnncourse import reference
from rnncourse.reference import Params
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
        (
            lambda: LSTM(D + 1, H, peephole=True),
            good,
            ValueError,
            r"params.W: shape \(20, 3\), expected \(4H=20, D=4\)",
        ),
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


WRONG = {
    "big-endian": (lambda a: a.astype(">f8"), TypeError, ">f8"),
    "objects": (lambda a: a.astype(object), TypeError, "object"),
    "text": (lambda a: a.astype(str), TypeError, "<U32"),
    "complex": (lambda a: a.astype(complex), TypeError, "complex128"),
    "long double": (lambda a: a.astype(np.longdouble), TypeError, np.dtype(np.longdouble).name),
    "half precision": (lambda a: a.astype(np.float16), TypeError, "float16"),
    "whole numbers": (lambda a: a.astype(int), TypeError, "int64"),
    "truth values": (lambda a: a > 0, TypeError, "bool"),
    "a list": (lambda a: a.tolist(), TypeError, "list"),
    "a tensor": (torch.from_numpy, TypeError, "Tensor"),
    "under a mask": (lambda a: np.ma.array(a, mask=True), TypeError, "MaskedArray"),
    "another shape": (lambda a: a[..., None], ValueError, "shape"),
    "one number": (lambda a: 1.0, TypeError, "float"),
    "not a number": (lambda a: a * np.nan, ValueError, "nan at"),
    "without end": (lambda a: a + np.inf, ValueError, "inf at"),
    "too large": (lambda a: a + 1e300, ValueError, "1e[+]300 at .* expected at most 3.4e[+]38, the largest float32"),
}


@pytest.mark.parametrize("letter", ["W", "R", "b_W", "b_R", "p"])
@pytest.mark.parametrize("name", WRONG)
def test_arrays_that_cannot_be_weights_are_named_and_nothing_is_written(name, letter):
    change, error, words = WRONG[name]
    layer = LSTM(D, H, peephole=True)
    before = copy.deepcopy(layer.state_dict())
    other = Params(*(a.astype(float) + 1 for a in params_from_module(layer)))
    with pytest.raises(error, match=f"params.{letter}: .*{words}"):
        load_params(layer, other._replace(**{letter: change(getattr(other, letter))}))
    assert all(torch.equal(a, b) for a, b in zip(before.values(), layer.state_dict().values(), strict=True))


@pytest.mark.parametrize("letter", ["W", "R", "b_W", "b_R"])
def test_a_weight_that_is_missing_is_named(letter):
    with pytest.raises(TypeError, match=f"params.{letter}: got NoneType, expected a NumPy array"):
        load_params(LSTM(D, H, peephole=True), good()._replace(**{letter: None}))


@pytest.mark.parametrize("params", [None, 3, "text", {}, [], np.ones(3)], ids=repr)
def test_what_is_no_params_is_named(params):
    modules = (LSTM(D, H), LSTM(D, H, bidirectional=True), Stack(LSTM(D, H)), nn.LSTM(D, H), nn.LSTMCell(D, H))
    for module in modules:
        with pytest.raises((TypeError, ValueError), match=r"^params"):
            load_params(module, params)
    with pytest.raises(TypeError, match="got Params, expected a list, one entry a layer: 2"):
        load_params(Stack(LSTM(D, H), LSTM(H, H)), good())


@pytest.mark.parametrize(
    ("dtype", "value", "fits"),
    [
        (torch.float32, 3.4028234e38, True),
        (torch.float32, -3.5e38, False),
        (torch.float16, 65504.0, True),
        (torch.float16, 70000.0, False),
        (torch.bfloat16, 1e38, True),
        (torch.float64, 1e300, True),
    ],
)
def test_a_number_is_written_if_the_module_can_hold_it(dtype, value, fits):
    layer = GRU(D, H, dtype=dtype)
    params = Params(*(None if a is None else a.astype(float) for a in params_from_module(layer)))
    params.W[1, 2] = value
    if fits:
        load_params(layer, params)
        assert torch.isfinite(layer.weight_ih_l0).all()
        assert layer.weight_ih_l0[1, 2].item() == pytest.approx(value, rel=0.01)
    else:
        with pytest.raises(ValueError, match=r"params.W: .* at \(1, 2\) .*the largest"):
            load_params(layer, params)


TORCH_CELLS = [
    pytest.param(nn.RNNCell, {}, id="rnn"),
    pytest.param(nn.RNNCell, {"nonlinearity": "relu"}, id="rnn-relu"),
    pytest.param(nn.LSTMCell, {}, id="lstm"),
    pytest.param(nn.GRUCell, {}, id="gru"),
]


def run_cell(cell, case):
    """torch.nn's cell over a sequence, step by step, in our form."""

    def run(x, state):
        steps = []
        for x_t in x:
            out = cell(x_t, state if len(state) == 2 else state[0])
            state = out if isinstance(out, tuple) else (out,)
            steps.append(state[0])
        return torch.stack(steps), state

    out = run_torch(run, list(cell.named_parameters()), case)
    return {name + "_l0" if name.startswith(("dweight", "dbias")) else name: a for name, a in out.items()}


@pytest.mark.parametrize(("kind", "options"), TORCH_CELLS)
def test_a_cell_of_torch_becomes_a_layer_with_the_same_outputs_and_gradients_and_back(kind, options):
    theirs = kind(D, H, dtype=torch.float64, **options)
    ours = from_native(theirs, backend="loop")
    case = random_case(ours)
    assert_same(run_layer(ours, case), run_cell(theirs, case))
    back = to_native(ours, cell=True)
    assert type(back) is kind
    assert_same(run_cell(back, case), run_cell(theirs, case))
    assert all(torch.equal(a, b) for a, b in zip(back.parameters(), theirs.parameters(), strict=True))
    assert back.weight_ih is not theirs.weight_ih


@pytest.mark.parametrize(("kind", "options"), TORCH_CELLS)
def test_a_cell_of_torch_and_numpy_exchange_weights(kind, options):
    theirs, other = (kind(D, H, dtype=torch.float64, **options) for _ in range(2))
    params = params_from_module(theirs)
    load_params(other, params)
    assert all(torch.equal(a, b) for a, b in zip(other.parameters(), theirs.parameters(), strict=True))
    ours = from_native(theirs)
    case = random_case(ours)
    assert_same(run_cell(theirs, case), run_reference(ours, params, case))


def test_a_cell_without_biases_gives_zeros():
    theirs = nn.LSTMCell(D, H, bias=False)
    ours = from_native(theirs)
    assert not ours.bias_ih_l0.any()
    x = torch.randn(B, D)
    assert_close(ours.step(x)[0].detach(), theirs(x)[0].detach(), dtype="float32", name="h")


@pytest.mark.parametrize(
    "ours", [lambda: LSTM(D, H, bidirectional=True), lambda: Stack(LSTM(D, H), LSTM(H, H))], ids=["both", "stack"]
)
def test_several_layers_or_directions_are_no_cell(ours):
    with pytest.raises(ValueError, match="one layer in one direction"):
        to_native(ours(), cell=True)


def test_a_stack_in_a_stack_loses_no_weight():
    inner = Stack(LSTM(D, H), LSTM(H, 4))
    assert len(params_from_module(Stack(inner, LSTM(4, 2)))) == 3


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
