"""Two directions: reversal within lengths, torch's own, and which time each direction has seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse.reference import (
    as_loss,
    bidirectional_backward,
    bidirectional_forward,
    check_gradients_by_entry,
    reverse_within_lengths,
)
from rnncourse.reference.bidirectional import FORWARD
from tests.reference.cells import CELLS, LENGTHS, B, D, H, T, arrays, problem
from tests.reference.compare import assert_direction
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

every_cell = pytest.mark.parametrize("name", CELLS)
with_and_without_lengths = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "lengths"])


def pair(name, lengths=None, **sizes):
    """A problem with two directions."""
    q, other = problem(name, lengths=lengths, **sizes), problem(name, seed=1, **sizes)
    q.states0, q.dstates_n = (q.state0, other.state0), (q.dstate_n, other.dstate_n)
    q.params = (q.params, other.params)
    q.dh = np.concatenate([q.dh, other.dh], axis=2)
    return q


def forward(q, **changed):
    given = {"x": q.x, "states0": q.states0, "params": q.params, **changed}
    return bidirectional_forward(q.cell, **given, lengths=q.lengths, **q.options)


@with_and_without_lengths
def test_reversal_is_what_a_loop_over_sequences_does(lengths):
    x = problem().x
    expected = x.copy()
    for b in range(B):
        n = T if lengths is None else lengths[b]
        expected[:n, b] = x[:n, b][::-1]
    np.testing.assert_array_equal(reverse_within_lengths(x, lengths), expected)


@given(st.data())
def test_reversing_twice_changes_nothing_for_any_rank(data):
    T, B = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    more = data.draw(st.lists(st.integers(1, 3), max_size=2))
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    x = np.arange(T * B * int(np.prod(more))).reshape(T, B, *more)
    once = reverse_within_lengths(x, lengths)
    assert once.dtype == x.dtype
    assert not np.shares_memory(once, x)
    np.testing.assert_array_equal(reverse_within_lengths(once, lengths), x)


@pytest.mark.parametrize("name", ["rnn", "rnn-relu", "lstm", "gru"])
@with_and_without_lengths
def test_values_and_gradients_are_those_of_torch(name, lengths):
    pytest.importorskip("torch", reason="torch is not installed")
    from tests.reference.torch_oracle import torch_run

    q = pair(name, lengths)
    h, states_n, cache = forward(q)
    dx, dstates0, grads = bidirectional_backward(q.dh, q.dstates_n, cache)
    options = {"nonlinearity": q.options.get("nonlinearity", "tanh")} if q.cell == "rnn" else {}
    theirs = torch_run(q.cell, q.x, q.states0, q.params, q.dh, q.dstates_n, lengths=lengths, **options)
    assert_close(h, theirs["h"], name="h")
    assert_close(dx, theirs["dx"], name="dx")
    for k in range(2):
        ours = {"state_n": states_n[k], "dstate0": dstates0[k], "grads": grads[k]}
        assert_direction(ours, {key: theirs[key][k] for key in ours})


@every_cell
@with_and_without_lengths
def test_backward_agrees_with_differences(name, lengths):
    q = pair(name, lengths, D=2, H=3)
    function = as_loss(lambda **arguments: forward(q, **arguments), bidirectional_backward, (q.dh, q.dstates_n))
    report = check_gradients_by_entry(function, {"x": q.x, "states0": q.states0, "params": q.params})
    assert report.largest < NUMERICAL_DIFFERENCES, report


@every_cell
def test_each_direction_sees_its_own_side_of_time(name):
    q = pair(name)
    x = q.x.copy()
    x[2] += 1
    h, changed = forward(q)[0], forward(q, x=x)[0]
    differs = (h != changed).reshape(T, B, 2, H).any(axis=(1, 3))
    np.testing.assert_array_equal(differs, [[t >= 2, t <= 2] for t in range(T)])


@every_cell
def test_one_direction_of_the_pair_is_the_cell_alone(name):
    q = pair(name, LENGTHS)
    h, states_n, _ = forward(q)
    alone, state_n, _ = FORWARD[q.cell](q.x, q.states0[0], q.params[0], lengths=LENGTHS, **q.options)
    np.testing.assert_array_equal(h[:, :, :H], alone)
    for part, expected in zip(states_n[0], state_n, strict=True):
        np.testing.assert_array_equal(part, expected)
    for b in range(B):
        np.testing.assert_array_equal(h[0, b, H:], states_n[1][0][b])
        np.testing.assert_array_equal(h[LENGTHS[b] - 1, b, :H], states_n[0][0][b])


@every_cell
@pytest.mark.parametrize("filling", [1e4, np.nan])
def test_padding_changes_no_value_and_no_gradient(name, filling):
    q = pair(name, LENGTHS)
    padding = np.arange(T)[:, None] >= np.array(LENGTHS)
    x, dh = q.x.copy(), q.dh.copy()
    x[padding] = dh[padding] = filling
    results = []
    for some_x, some_dh in ((q.x, q.dh), (x, dh)):
        h, states_n, cache = forward(q, x=some_x)
        results.append(arrays([h, states_n, bidirectional_backward(some_dh, q.dstates_n, cache)]))
        assert not h[padding].any()
    for path, expected in results[0].items():
        np.testing.assert_array_equal(results[1][path], expected, err_msg=path)


@every_cell
def test_no_states_are_states_of_zeros(name):
    q = pair(name, LENGTHS)
    zeros = tuple(tuple(np.zeros((B, H)) for _ in state) for state in q.states0)
    results = []
    for states in (None, (None, None), zeros):
        h, states_n, cache = forward(q, states0=states)
        results.append(arrays([h, states_n, bidirectional_backward(q.dh, states, cache)]))
    for other in results[1:]:
        for path, expected in results[0].items():
            np.testing.assert_array_equal(other[path], expected, err_msg=path)


def test_the_two_directions_may_differ_in_size():
    q, wide = pair("gru"), problem("gru", H=7)
    x, params = q.x, (q.params[0], wide.params)
    h, _, cache = bidirectional_forward("gru", x, None, params, lengths=LENGTHS)
    assert h.shape == (T, B, H + 7)
    dh = np.random.default_rng(3).standard_normal(h.shape)
    _, _, grads = bidirectional_backward(dh, None, cache)
    assert grads[1].R.shape == (21, 7)


@every_cell
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_nothing_is_changed_and_nothing_aliases(name, dtype):
    q = pair(name, list(LENGTHS), dtype=dtype)
    given = arrays([q.x, q.states0, q.params, q.dh, q.dstates_n])
    before = {path: a.copy() for path, a in given.items()}
    h, states_n, cache = forward(q)
    results = arrays([h, states_n, bidirectional_backward(q.dh, q.dstates_n, cache)])
    assert q.lengths == list(LENGTHS)
    assert {a.dtype for a in results.values()} == {np.dtype(dtype)}
    for path, a in given.items():
        np.testing.assert_array_equal(a, before[path])
    everything = [*given.items(), *results.items()]
    for k, (path, a) in enumerate(everything):
        for other, b in everything[:k]:
            assert not np.shares_memory(a, b), f"{path} shares memory with {other}"


def test_smallest_sizes():
    q = pair("lstm", T=1, B=1, D=1, H=1)
    h, _, cache = forward(q)
    assert h.shape == (1, 1, 2)
    assert bidirectional_backward(q.dh, None, cache)[0].shape == (1, 1, D - D + 1)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"cell": "elman"}, ValueError, "cell: got 'elman', expected one of 'rnn', 'lstm', 'gru'"),
        ({"params": 0}, TypeError, r"params: got Params, expected a pair \(forward, backward\)"),
        ({"states0": "h"}, TypeError, r"states0: got ndarray, expected a pair \(forward, backward\)"),
        ({"x": np.zeros((T, D))}, ValueError, r"x: shape \(6, 3\), expected \(T, B, D\)"),
        ({"x": [[[1.0]]]}, TypeError, r"x: got list, expected a NumPy array of shape \(T, B, D\)"),
        ({"lengths": [1, 2, 3]}, ValueError, r"lengths: shape \(3,\), expected \(B=4,\)"),
        ({"lengths": [0, 1, 2, 3]}, ValueError, r"lengths: values 0 … 3 in shape \(4,\), expected 1 … 6"),
    ],
)
def test_bad_input_is_named(changed, error, message):
    q = pair("gru")
    arguments = {"cell": "gru", "x": q.x, "states0": None, "params": q.params, **changed}
    if changed.get("params") == 0:
        arguments["params"] = q.params[0]
    if "states0" in changed:
        arguments["states0"] = q.states0[0][0]
    with pytest.raises(error, match=message):
        bidirectional_forward(**arguments)


@pytest.mark.parametrize(
    ("dh", "dstates_n", "message"),
    [
        (np.zeros((T, B, H)), None, r"dh: shape \(6, 4, 5\), expected \(T=6, B=4, 2H=10\)"),
        (np.zeros((T, B, 2 * H)), (None,), r"dstates_n: got tuple, expected a pair \(forward, backward\)"),
    ],
)
def test_bad_gradients_are_named(dh, dstates_n, message):
    _, _, cache = forward(pair("gru"))
    with pytest.raises((TypeError, ValueError), match=message):
        bidirectional_backward(dh, dstates_n, cache)


def test_reversal_wants_time_and_batch():
    with pytest.raises(ValueError, match=r"x: got ndarray of shape \(3,\), expected an array \(T, B, …\)"):
        reverse_within_lengths(np.zeros(3), None)
