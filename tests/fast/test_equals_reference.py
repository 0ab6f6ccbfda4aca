"""The one law of rnncourse.fast: whatever the option, shape or magnitude, it gives what the reference gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import fast, reference
from rnncourse.fast import columns
from rnncourse.reference.cells import CELLS
from rnncourse.reference.gradcheck import leaves
from rnncourse.reference.optim import tree_arrays, tree_map
from tests.tolerances import assert_close

CASES = [
    ("rnn", {"nonlinearity": "tanh"}, False),
    ("rnn", {"nonlinearity": "relu"}, False),
    ("rnn", {"nonlinearity": "linear"}, False),
    ("lstm", {}, False),
    ("lstm", {}, True),
    ("gru", {"reset": "after"}, False),
    ("gru", {"reset": "before"}, False),
]
every_case = pytest.mark.parametrize(("cell", "options", "peephole"), CASES)
SIZES = st.tuples(st.integers(1, 8), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))


def problem(cell, peephole, T, B, D, H, seed=0, dtype=np.float64, scale=1.0):
    rng = np.random.default_rng(seed)
    params = reference.init_params(cell, D, H, rng=rng, peephole=peephole, dtype=dtype)

    def draw(*shape):
        return (scale * rng.normal(size=shape)).astype(dtype)

    state0, dstate_n = (tuple(draw(B, H) for _ in CELLS[cell].state) for _ in range(2))
    return draw(T, B, D), state0, params, draw(T, B, H), dstate_n


def run(module, cell, x, state0, params, dh, dstate_n, lengths, options):
    """(h, state_n, dx, dstate0, grads) by name."""
    h, state_n, cache = getattr(module, f"{cell}_forward")(x, state0, params, lengths=lengths, **options)
    dx, dstate0, grads = getattr(module, f"{cell}_backward")(dh, dstate_n, cache)
    return leaves({"h": h, "state_n": state_n, "dx": dx, "dstate0": dstate0, "grads": grads})


def assert_same(actual, expected, **tolerance):
    assert actual.keys() == expected.keys()
    for name, a in actual.items():
        assert_close(a, expected[name], name=name, **tolerance)


@every_case
@settings(max_examples=40, deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 10_000), with_lengths=st.booleans())
def test_every_shape_option_and_length(cell, options, peephole, sizes, seed, with_lengths):
    arguments = problem(cell, peephole, *sizes, seed)
    T, B, _, _ = sizes
    lengths = np.random.default_rng(seed).integers(1, T + 1, B) if with_lengths else None
    assert_same(run(fast, cell, *arguments, lengths, options), run(reference, cell, *arguments, lengths, options))


@every_case
@pytest.mark.parametrize("B", [1, 3])
def test_without_states_they_are_zeros(cell, options, peephole, B):
    x, _, params, dh, _ = problem(cell, peephole, 5, B, 2, 4)
    arguments = x, None, params, dh, None
    assert_same(run(fast, cell, *arguments, None, options), run(reference, cell, *arguments, None, options))


@every_case
@pytest.mark.parametrize("T", [1, 700])
@pytest.mark.parametrize("B", [1, 2])
def test_more_steps_than_a_block_of_backward(cell, options, peephole, T, B):
    arguments = problem(cell, peephole, T, B, 3, 20)
    assert_same(run(fast, cell, *arguments, None, options), run(reference, cell, *arguments, None, options))


@every_case
@pytest.mark.parametrize("scale", [1e-4, 1e4])
@pytest.mark.parametrize("B", [1, 3])
def test_no_magnitude_overflows(cell, options, peephole, scale, B):
    """A RuntimeWarning is an error in tests. Linear and ReLU networks grow with their input, hence the division."""
    arguments = problem(cell, peephole, 6, B, 3, 4, scale=scale)
    expected = run(reference, cell, *arguments, None, options)
    size = max(1.0, *(np.abs(a).max() for a in expected.values()))
    for name, a in run(fast, cell, *arguments, None, options).items():
        assert_close(a / size, expected[name] / size, name=name)


@every_case
@pytest.mark.parametrize("B", [1, 3])
def test_padding_may_hold_anything_and_gets_no_gradient(cell, options, peephole, B):
    x, state0, params, dh, dstate_n = problem(cell, peephole, 6, B, 3, 4)
    lengths = np.array([2, 6, 4])[:B]
    expected = run(fast, cell, x, state0, params, dh, dstate_n, lengths, options)
    wild, wild_dh = x.copy(), dh.copy()
    for b, length in enumerate(lengths):
        wild[length:, b], wild_dh[length:, b] = np.nan, np.inf
        assert not expected["dx"][length:, b].any()
        assert not expected["h"][length:, b].any()
    actual = run(fast, cell, wild, state0, params, wild_dh, dstate_n, lengths, options)
    for name, a in actual.items():
        np.testing.assert_array_equal(a, expected[name], err_msg=name)


@every_case
@pytest.mark.parametrize("B", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(cell, options, peephole, B, dtype):
    arguments = problem(cell, peephole, 6, B, 3, 4, dtype=dtype)
    actual = run(fast, cell, *arguments, None, options)
    assert all(a.dtype == dtype for a in actual.values())
    double = tree_map(lambda a: a.astype(np.float64), arguments)
    assert_same(actual, run(reference, cell, *double, None, options), dtype=np.dtype(dtype).name)


@every_case
@pytest.mark.parametrize("B", [1, 3])
@pytest.mark.parametrize("lengths", [None, [5, 2, 3]])
def test_no_argument_is_changed_and_nothing_aliases(cell, options, peephole, B, lengths):
    arguments = problem(cell, peephole, 5, B, 3, 4)
    lengths = None if lengths is None else np.array(lengths)[:B]
    before = [a.copy() for a in tree_arrays(arguments)]
    results = run(fast, cell, *arguments, lengths, options)
    for a, b in zip(tree_arrays(arguments), before, strict=True):
        np.testing.assert_array_equal(a, b)
    arrays = list(results.values())
    for k, a in enumerate(arrays):
        assert a.flags.writeable
        assert not any(np.shares_memory(a, b) for b in arrays[k + 1 :] + tree_arrays(arguments))


@every_case
@pytest.mark.parametrize("B", [1, 3])
def test_results_may_be_overwritten_before_backward_which_may_run_twice(cell, options, peephole, B):
    x, state0, params, dh, dstate_n = problem(cell, peephole, 5, B, 3, 4)
    forward, backward = getattr(fast, f"{cell}_forward"), getattr(fast, f"{cell}_backward")
    h, state_n, cache = forward(x, state0, params, **options)
    first = backward(dh, dstate_n, cache)
    for a in (h, *state_n):
        a[:] = np.nan
    forward(x + 1, state0, params, **options)  # another pass in between
    second = backward(dh, dstate_n, cache)
    for a, b in zip(tree_arrays(first), tree_arrays(second), strict=True):
        np.testing.assert_array_equal(a, b)


@every_case
@pytest.mark.parametrize("B", [1, 3])
@pytest.mark.parametrize("lengths", [None, [5, 2, 3]])
def test_what_memory_held_before_never_matters(cell, options, peephole, B, lengths, monkeypatch):
    arguments = problem(cell, peephole, 5, B, 3, 4)
    lengths = None if lengths is None else np.array(lengths)[:B]
    fresh = columns._memory

    def poisoned(dtype, size):
        memory = fresh(dtype, size)
        memory[:] = np.nan
        return memory

    monkeypatch.setattr(columns, "_memory", poisoned)
    assert_same(run(fast, cell, *arguments, lengths, options), run(reference, cell, *arguments, lengths, options))


def test_memory_is_used_again_only_when_nobody_refers_to_it():
    columns._SPARE.clear()
    a, b = columns.buffers(np.float64, (1000,), (10, 10))
    a[:], b[:] = 1, 2
    view = b[3:5]
    del a, b
    (other,) = columns.buffers(np.float64, (1100,))
    other[:] = 3
    assert (view == 2).all()  # one view is enough to keep it
    address = view.ctypes.data
    del view
    (again,) = columns.buffers(np.float64, (1100,))
    assert 0 <= address - again.ctypes.data < again.nbytes
    (small,) = columns.buffers(np.float64, (3,))
    assert not np.shares_memory(small, again)


@every_case
def test_two_halves_with_carried_state_equal_the_whole(cell, options, peephole):
    x, state0, params, dh, dstate_n = problem(cell, peephole, 7, 3, 2, 4)
    forward, backward = getattr(fast, f"{cell}_forward"), getattr(fast, f"{cell}_backward")
    h, state_n, cache = forward(x, state0, params, **options)
    dx, dstate0, grads = backward(dh, dstate_n, cache)
    h1, middle, cache1 = forward(x[:3], state0, params, **options)
    h2, end, cache2 = forward(x[3:], middle, params, **options)
    dx2, dmiddle, grads2 = backward(dh[3:], dstate_n, cache2)
    dx1, dstart, grads1 = backward(dh[:3], dmiddle, cache1)
    assert_close(np.concatenate([h1, h2]), h)
    assert_close(np.concatenate([dx1, dx2]), dx)
    total = tree_map(np.add, grads1, grads2)
    for a, b in zip(tree_arrays((end, dstart, total)), tree_arrays((state_n, dstate0, grads)), strict=True):
        assert_close(a, b)


@pytest.mark.parametrize(
    ("cell", "options"),
    [("rnn", {"nonlinearity": "tanh"}), ("rnn", {"nonlinearity": "relu"}), ("lstm", {}), ("gru", {"reset": "after"})],
)
def test_equals_torchs(cell, options):
    torch = pytest.importorskip("torch")
    x, state0, params, dh, dstate_n = problem(cell, False, 6, 3, 2, 4)
    kind = {"nonlinearity": options["nonlinearity"]} if cell == "rnn" else {}
    layer = getattr(torch.nn, cell.upper())(2, 4, dtype=torch.float64, **kind)
    with torch.no_grad():
        for tensor, a in zip(layer.parameters(), params[:4], strict=True):
            tensor.copy_(torch.tensor(a))
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, *state0)]
    start = [s[None] for s in tensors[1:]]
    h, end = layer(tensors[0], tuple(start) if cell == "lstm" else start[0])
    ends = end if cell == "lstm" else (end,)
    torch.autograd.backward([h, *ends], [torch.tensor(dh), *(torch.tensor(d)[None] for d in dstate_n)])
    theirs = [h, *(e[0] for e in ends), *(t.grad for t in tensors), *(t.grad for t in layer.parameters())]
    ours = run(fast, cell, x, state0, params, dh, dstate_n, None, options)
    for (name, a), b in zip(ours.items(), theirs, strict=True):
        assert_close(a, b.detach().numpy(), name=name)


BAD = {
    "x rank": (lambda a: a | {"x": a["x"][0]}, ValueError, "x"),
    "x integers": (lambda a: a | {"x": np.ones((5, 3, 2), int)}, TypeError, "x"),
    "x with a NaN": (lambda a: a | {"x": np.full((5, 3, 2), np.nan)}, ValueError, "x"),
    "x of no steps": (lambda a: a | {"x": np.ones((0, 3, 2))}, ValueError, "x"),
    "x of another size": (lambda a: a | {"x": np.ones((5, 3, 7))}, ValueError, r"params\.W"),
    "mixed dtypes": (lambda a: a | {"x": a["x"].astype(np.float32)}, TypeError, "params"),
    "state of another batch": (lambda a: a | {"state0": tree_map(lambda s: s[1:], a["state0"])}, ValueError, "state0"),
    "state with too many parts": (lambda a: a | {"state0": a["state0"] * 3}, TypeError, "state0"),
    "weights that disagree": (lambda a: a | {"params": a["params"]._replace(b_R=np.ones(5))}, ValueError, "b_R"),
    "lengths too long": (lambda a: a | {"lengths": np.array([1, 6, 2])}, ValueError, "lengths"),
    "lengths of zero": (lambda a: a | {"lengths": np.array([1, 0, 2])}, ValueError, "lengths"),
    "lengths of another batch": (lambda a: a | {"lengths": np.array([1, 2])}, ValueError, "lengths"),
    "lengths that are not integers": (lambda a: a | {"lengths": np.ones(3)}, TypeError, "lengths"),
    "lengths with None": (lambda a: a | {"lengths": [1, None, 2]}, TypeError, "lengths: object"),
    "lengths in unequal rows": (
        lambda a: a | {"lengths": [[1], [2, 3], [1]]},
        TypeError,
        "lengths: got list of unequal",
    ),
    "state without its tuple": (
        lambda a: a | {"state0": a["state0"][0]},
        TypeError,
        r"state0: .*expected a tuple \(h,",
    ),
    "state of torch": (
        lambda a: a | {"state0": tuple(part[None] for part in a["state0"])},
        ValueError,
        r"state0\[0\]: shape \(1, 3, 4\), expected \(B=3, H=4\); .*give one's own: h\[0\]",
    ),
    "x under a mask": (lambda a: a | {"x": np.ma.array(a["x"], mask=True)}, TypeError, "x: got MaskedArray"),
}


@every_case
@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_refused_as_the_reference_does(cell, options, peephole, fault):
    x, state0, params, _, _ = problem(cell, peephole, 5, 3, 2, 4)
    change, error, name = BAD[fault]
    arguments = change({"x": x, "state0": state0, "params": params, "lengths": None})
    for module in (fast, reference):
        with pytest.raises(error, match=name):
            getattr(module, f"{cell}_forward")(**arguments, **options)


@every_case
def test_bad_gradients_are_refused(cell, options, peephole):
    x, state0, params, dh, dstate_n = problem(cell, peephole, 5, 3, 2, 4)
    backward = getattr(fast, f"{cell}_backward")
    cache = getattr(fast, f"{cell}_forward")(x, state0, params, **options)[2]
    with pytest.raises(ValueError, match="dh"):
        backward(dh[1:], dstate_n, cache)
    with pytest.raises(ValueError, match="dh"):
        backward(np.full_like(dh, np.nan), dstate_n, cache)
    with pytest.raises(TypeError, match="dh"):
        backward(dh.astype(np.float32), dstate_n, cache)
    with pytest.raises(ValueError, match="dstate_n"):
        backward(dh, tree_map(lambda s: s[1:], dstate_n), cache)


@pytest.mark.parametrize(("cell", "option"), [("rnn", "nonlinearity"), ("gru", "reset")])
def test_unknown_options_are_refused(cell, option):
    x, state0, params, _, _ = problem(cell, False, 5, 3, 2, 4)
    with pytest.raises(ValueError, match=option):
        getattr(fast, f"{cell}_forward")(x, state0, params, **{option: "other"})
