"""The layers against the NumPy reference: outputs, states and every gradient; and the laws that they keep."""

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse.reference.cells import Cell
from rnncourse.torch import GRU, LSTM, RNN, native, params_from_module, reverse_within_lengths
from rnncourse.torch.layer import Layer
from tests.tolerances import assert_close
from tests.torch.cases import (
    CELLS,
    LENGTHS,
    LOOP_CELLS,
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
)

both_directions = pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "both"])
with_lengths = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])


def assert_same(actual, expected, **options):
    assert actual.keys() == expected.keys()
    for name in expected:
        assert_close(actual[name], expected[name], name=name, **options)


@pytest.mark.parametrize("backend", ["loop", "auto"])
@with_lengths
@both_directions
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_outputs_states_and_all_gradients_equal_the_reference(cell, options, bidirectional, lengths, backend):
    layer = make(cell, options, bidirectional=bidirectional, backend=backend)
    case = random_case(layer)
    expected = run_reference(layer, params_from_module(layer), case, lengths)
    assert_same(run_layer(layer, case, lengths), expected)


@pytest.mark.parametrize(("cell", "options"), NATIVE_CELLS)
def test_native_runs_the_kernels_of_torch_and_auto_takes_it(cell, options):
    layer = make(cell, options)
    assert layer.backend_used() == "native"
    theirs = getattr(nn, cell.__name__)(D, H, dtype=torch.float64, **options)
    theirs.load_state_dict(layer.state_dict())
    x = torch.randn(T, B, D, dtype=torch.float64)
    assert torch.equal(layer(x)[0], theirs(x)[0])


@pytest.mark.parametrize(("cell", "options"), LOOP_CELLS)
def test_auto_takes_the_loop_where_torch_has_no_such_cell(cell, options):
    assert make(cell, options).backend_used() == "loop"


def test_auto_takes_the_loop_in_float16_on_a_cpu():
    layer = LSTM(D, H)
    x = torch.randn(T, B, D)
    with torch.autocast("cpu", torch.float16):
        assert layer.backend_used(x) == "loop"
        assert torch.isfinite(layer(x)[0]).all()
    assert layer.backend_used(x) == "native"


@pytest.mark.parametrize("known", [True, False])
def test_auto_takes_the_loop_in_bfloat16_where_the_processor_does_not_know_it(monkeypatch, known):
    monkeypatch.setattr(native, "cpu_knows_bfloat16", lambda: known)
    layer = LSTM(D, H)
    x = torch.randn(T, B, D)
    assert layer.backend_used(x.bfloat16()) == ("native" if known else "loop")
    with torch.autocast("cpu", torch.bfloat16):
        assert layer.backend_used(x) == ("native" if known else "loop")
    assert layer.backend_used(x) == "native"


def test_bfloat16_runs_on_this_processor():
    layer = LSTM(D, H)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.isfinite(layer(torch.randn(T, B, D))[0]).all()


@pytest.mark.parametrize("T_", [1, 2])
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_shortest_sequences_and_a_batch_of_one(cell, options, T_):
    layer = make(cell, options)
    case = random_case(layer, steps=T_, batch=1)
    assert_same(run_layer(layer, case), run_reference(layer, params_from_module(layer), case))


@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_two_halves_with_carried_state_equal_the_whole(cell, options):
    layer = make(cell, options)
    x = torch.randn(T, B, D, dtype=torch.float64)
    h, state_n = layer(x)
    first, state = layer(x[:3])
    second, state = layer(x[3:], state)
    assert_close(torch.cat([first, second]).detach(), h.detach(), name="h")
    for a, b in zip(flat(state), flat(state_n), strict=True):
        assert_close(a.detach(), b.detach(), name="state_n")


@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_step_by_step_equals_the_whole(cell, options):
    layer = make(cell, options)
    x = torch.randn(T, B, D, dtype=torch.float64)
    h, _ = layer(x)
    state = None
    for t in range(T):
        state = layer.step(x[t], state)
        assert_close(state[0].detach(), h[t].detach(), name=f"h[{t}]")


@pytest.mark.parametrize("backend", ["loop", "auto"])
@both_directions
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_padding_changes_nothing_even_where_it_is_nan(cell, options, bidirectional, backend):
    layer = make(cell, options, bidirectional=bidirectional, backend=backend)
    x = torch.randn(T, B, D, dtype=torch.float64)
    valid = torch.arange(T)[:, None] < torch.tensor(LENGTHS)
    spoiled = torch.where(valid[..., None], x, torch.nan).requires_grad_()
    h, state_n = layer(spoiled, None, LENGTHS)
    clean, clean_n = layer(x, None, LENGTHS)
    assert torch.equal(h, clean)
    assert all(torch.equal(a, b) for a, b in zip(flat(state_n), flat(clean_n), strict=True))
    assert torch.equal(h[~valid], torch.zeros_like(h[~valid]))
    h.square().sum().backward()
    assert torch.isfinite(spoiled.grad).all()
    assert torch.equal(spoiled.grad[~valid], torch.zeros_like(x[~valid]))
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


@both_directions
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_a_row_with_lengths_equals_that_row_alone(cell, options, bidirectional):
    layer = make(cell, options, bidirectional=bidirectional)
    x = torch.randn(T, B, D, dtype=torch.float64)
    h, state_n = layer(x, None, LENGTHS)
    for b, n in enumerate(LENGTHS):
        alone, alone_n = layer(x[:n, b : b + 1])
        assert_close(h[:n, b].detach(), alone[:, 0].detach(), name=f"h of row {b}")
        for s, a in zip(flat(state_n), flat(alone_n), strict=True):
            assert_close(s[b].detach(), a[0].detach(), name=f"state_n of row {b}")


def test_reverse_within_lengths_is_its_own_inverse_and_leaves_padding():
    x = torch.randn(T, B, D)
    reversed_ = reverse_within_lengths(x, torch.tensor(LENGTHS))
    assert torch.equal(reverse_within_lengths(reversed_, torch.tensor(LENGTHS)), x)
    for b, n in enumerate(LENGTHS):
        assert torch.equal(reversed_[:n, b], x[:n, b].flip(0))
        assert torch.equal(reversed_[n:, b], x[n:, b])


@pytest.mark.parametrize("lengths", [[3, 7, 1, 5], (3, 7, 1, 5), np.array(LENGTHS), torch.tensor(LENGTHS)])
def test_lengths_may_come_in_any_form(lengths):
    layer = make(LSTM, {}, backend="loop")
    x = torch.randn(T, B, D, dtype=torch.float64)
    assert torch.equal(layer(x, None, lengths)[0], layer(x, None, LENGTHS)[0])


@pytest.mark.parametrize("backend", ["loop", "auto"])
@both_directions
@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_learned_initial_state_is_used_and_gets_the_gradient_of_every_row(cell, bidirectional, backend):
    layer = make(cell, {}, bidirectional=bidirectional, learn_state=True, backend=backend)
    names = [n for n, _ in layer.named_parameters() if n[1] == "0"]
    assert len(names) == len(layer.facts.state) * (1 + bidirectional)
    with torch.no_grad():
        for name in names:
            getattr(layer, name).copy_(torch.randn(H))
    x = torch.randn(T, B, D, dtype=torch.float64)
    h, _ = layer(x, None, LENGTHS)
    given = [getattr(layer, name).detach().expand(B, H).clone().requires_grad_() for name in names]
    half = len(layer.facts.state)
    state = (tuple(given[:half]), tuple(given[half:])) if bidirectional else tuple(given)
    explicit, _ = layer(x, state, LENGTHS)
    assert torch.equal(h, explicit)
    h.sum().backward()
    explicit.sum().backward()
    for name, tensor in zip(names, given, strict=True):
        assert_close(getattr(layer, name).grad, tensor.grad.sum(0), name=name)


@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_double_backward_of_the_loop_passes_gradgradcheck(cell, options):
    torch.manual_seed(0)
    layer = cell(2, 3, backend="loop", dtype=torch.float64, **options)
    if options.get("nonlinearity") == "relu":  # away from the corner at 0, where no difference quotient is right
        with torch.no_grad():
            layer.bias_ih_l0.add_(4)
            layer.weight_hh_l0.mul_(0.1)
    names = list(dict(layer.named_parameters()))
    x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)

    def run(x, *weights):
        return torch.func.functional_call(layer, dict(zip(names, weights, strict=True)), (x, None, [3, 2]))[0]

    inputs = (x, *(p.detach().clone().requires_grad_() for p in layer.parameters()))
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, inputs, fast_mode=True)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_loop_under_autocast_stays_near_float64_and_gradients_stay_float32(cell, options, dtype):
    layer = make(cell, options, dtype=torch.float32, backend="loop")
    exact = make(cell, options, backend="loop")
    exact.load_state_dict(layer.state_dict())
    x = torch.randn(T, B, D)
    with torch.autocast("cpu", dtype):
        h, _ = layer(x, None, LENGTHS)
    assert_close(h.detach().float(), exact(x.double(), None, LENGTHS)[0].detach(), dtype="bfloat16", name="h")
    h.float().sum().backward()
    assert all(p.grad.dtype == torch.float32 and torch.isfinite(p.grad).all() for p in layer.parameters())


@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_float32_stays_float32_and_near_float64(cell, options):
    layer, exact = make(cell, options, dtype=torch.float32), make(cell, options)
    exact.load_state_dict(layer.state_dict())
    x = torch.randn(T, B, D)
    h, state_n = layer(x)
    assert {h.dtype, *(s.dtype for s in flat(state_n))} == {torch.float32}
    assert_close(h.detach(), exact(x.double())[0].detach(), dtype="float32", name="h")


def test_loop_compiles_without_a_break_and_gives_the_same():
    layer = make(LSTM, {"peephole": True}, backend="loop")
    x = torch.randn(4, B, D, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor([2, 4, 1, 3])
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    h, _ = compiled(x, None, lengths)
    plain, _ = layer(x, None, lengths)
    assert_close(h.detach(), plain.detach(), name="h")
    (dx,) = torch.autograd.grad(h.square().sum(), x)
    (dx_plain,) = torch.autograd.grad(plain.square().sum(), x)
    assert_close(dx, dx_plain, name="dx")


def test_forget_bias_sets_the_forget_gate_alone():
    torch.manual_seed(0)
    plain = LSTM(D, H, bidirectional=True)
    torch.manual_seed(0)
    biased = LSTM(D, H, bidirectional=True, forget_bias=1.5)
    for suffix in ("", "_reverse"):
        b_W, b_R = getattr(biased, f"bias_ih_l0{suffix}"), getattr(biased, f"bias_hh_l0{suffix}")
        assert torch.equal(b_W[H : 2 * H], torch.full((H,), 1.5))
        assert torch.equal(b_R[H : 2 * H], torch.zeros(H))
        assert torch.equal(b_W[:H], getattr(plain, f"bias_ih_l0{suffix}")[:H])
        assert torch.equal(b_R[2 * H :], getattr(plain, f"bias_hh_l0{suffix}")[2 * H :])


@pytest.mark.parametrize(
    ("make_layer", "words"),
    [
        (lambda: LSTM(D, H, peephole=True, backend="native"), ["peephole", "loop"]),
        (lambda: GRU(D, H, reset="before", backend="native"), ["before", "loop"]),
        (lambda: RNN(D, H, nonlinearity="linear", backend="native"), ["linear", "loop"]),
        (lambda: LSTM(D, H, backend="graph", device="cpu"), ["CUDA graph", "cpu", "auto"]),
        (lambda: LSTM(D, H, backend="graph"), ["CUDA graph", "cpu", "auto"]),
        (lambda: LSTM(D, H, backend="triton"), ["triton", "'auto', 'loop', 'native', 'graph'"]),
        (lambda: LSTM(D, H, backend="cudnn"), ["backend", "cudnn", "native"]),
        (lambda: RNN(D, H, nonlinearity="sigmoid"), ["nonlinearity", "sigmoid", "tanh"]),
        (lambda: GRU(D, H, reset="never"), ["reset", "never", "before"]),
        (lambda: RNN(0, H), ["input_size", "0"]),
        (lambda: RNN(D, 2.5), ["hidden_size", "2.5"]),
    ],
)
def test_an_impossible_choice_says_why_and_what_to_use(make_layer, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are asserted below
        make_layer()
    assert all(word in str(error.value) for word in words), error.value


class Leaky(Layer):
    """A cell of one's own: half the old state, half the input; nothing is written for torch.nn or for a graph."""

    facts = Cell(gates=("h",), state=("h",))

    def __init__(self, input_size, hidden_size, *, backend="auto"):
        super().__init__(
            *(input_size, hidden_size),
            **{"bidirectional": False, "peephole": False, "learn_state": False, "device": None, "dtype": None},
        )
        self.backend = backend

    def cell_step(self, x_t, state, weights):
        return (0.5 * state[0] + 0.5 * x_t @ weights.W.T,)


def test_a_cell_needs_its_step_and_nothing_else():
    layer = Leaky(D, H)
    x = torch.randn(T, B, D)
    h, (h_n,) = layer(x, None, LENGTHS)
    assert layer.backend_used(x) == "loop"
    assert torch.equal(h_n, torch.stack([h[n - 1, b] for b, n in enumerate(LENGTHS)]))
    assert repr(layer) == f"Leaky({D}, {H}, bidirectional=False, backend='auto')"


@pytest.mark.parametrize("backend", ["graph", "native"])
def test_what_nobody_wrote_for_a_cell_is_refused_by_its_name(backend):
    with pytest.raises(ValueError, match=rf'backend="{backend}": .*Leaky.*use "loop" \(any device\) or "auto"'):
        Leaky(D, H, backend=backend)


def test_sizes_may_be_whole_numbers_of_numpy():
    assert LSTM(np.int64(D), np.int32(H)).weight_ih_l0.shape == (4 * H, D)


def test_a_backend_set_later_is_checked_too():
    layer = LSTM(D, H, peephole=True)
    with pytest.raises(ValueError, match="peephole"):
        layer.backend = "native"
    assert layer.backend == "auto"


ones = torch.ones


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.zeros((T, B, D)),), TypeError, ["x", "from_numpy"]),
        ((ones(T, B),), ValueError, ["x", f"({T}, {B})", "(T, B, D)"]),
        ((ones(T, B, D + 1),), ValueError, ["x", f"({T}, {B}, {D + 1})", f"D = {D}"]),
        ((ones(0, B, D),), ValueError, ["x", "T, B ≥ 1"]),
        ((ones(T, B, D).double(),), TypeError, ["float64", "float32"]),
        ((ones(T, B, D), ones(B, H)), TypeError, ["state", "(h, c)"]),
        ((ones(T, B, D), (ones(B, H),)), TypeError, ["state", "(h, c)", "1 part(s)"]),
        ((ones(T, B, D), (ones(1, B, H), ones(1, B, H))), ValueError, ["state", "h", f"(1, {B}, {H})"]),
        ((ones(T, B, D), (ones(B, H), ones(B, H + 1))), ValueError, ["state", "c", f"({B}, {H + 1})"]),
        ((ones(T, B, D), (ones(B, H), ones(B, H).double())), TypeError, ["state", "c", "float64"]),
        ((ones(T, B, D), (ones(B, H), None)), TypeError, ["state", "c", "NoneType"]),
        ((ones(T, B, D), None, [1, 2]), ValueError, ["lengths", "(2,)", f"(B={B},)"]),
        ((ones(T, B, D), None, [1, 2, T + 1, 3]), ValueError, ["lengths", str(T + 1), f"expected 1 … {T}"]),
        ((ones(T, B, D), None, [1, 2, 0, 3]), ValueError, ["lengths", "values 0 … 3", f"1 … {T}"]),
        ((ones(T, B, D), None, [1.0, 2.0, 3.0, 3.0]), TypeError, ["lengths", "float64", "integers"]),
    ],
)
def test_bad_input_is_named(arguments, error, words):
    with pytest.raises(error) as caught:
        LSTM(D, H)(*arguments)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_bidirectional_layer_wants_a_pair_of_states_and_has_no_step():
    layer = LSTM(D, H, bidirectional=True)
    one = (ones(B, H), ones(B, H))
    with pytest.raises(TypeError, match=r"pair \(forward, backward\)"):
        layer(ones(T, B, D), (*one, one[0]))
    with pytest.raises(TypeError, match=r"\(h, c\)"):
        layer(ones(T, B, D), one)
    with pytest.raises(ValueError, match="bidirectional"):
        layer.step(ones(B, D))


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("backend", ["loop", "auto"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@with_lengths
@both_directions
@pytest.mark.parametrize(("cell", "options"), CELLS)
def test_a_gpu_gives_what_the_reference_gives(cell, options, bidirectional, lengths, dtype, backend):
    layer = make(cell, options, bidirectional=bidirectional, backend=backend).to("cuda", getattr(torch, dtype))
    case = random_case(layer)
    params = params_from_module(layer)
    params = [
        p._replace(**{k: v.astype("f8") for k, v in p._asdict().items() if v is not None}) for p in flat_params(params)
    ]
    expected = run_reference(layer, tuple(params) if bidirectional else params[0], case, lengths)
    with exact_products():
        actual = run_layer(layer, case, lengths, dtype=getattr(torch, dtype), device="cuda")
    assert_same(actual, expected, dtype=dtype, device="cuda")


def flat_params(params):
    return [params] if hasattr(params, "W") else list(params)
