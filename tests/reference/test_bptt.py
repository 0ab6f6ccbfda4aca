"""Laws that hold for every cell and every option once it is unrolled over time."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnncourse.reference import Params, as_loss, check_gradients, check_gradients_by_entry, unroll, unroll_backward
from tests.reference.cells import CELLS, LENGTHS, B, D, H, T, arrays, largest, problem, run
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

every_cell = pytest.mark.parametrize("name", CELLS)
with_and_without_lengths = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "lengths"])


def assert_same(actual, expected, **options):
    actual, expected = arrays(actual), arrays(expected)
    assert actual.keys() == expected.keys()
    for path in expected:
        assert_close(actual[path], expected[path], name=path, **options)


@every_cell
@with_and_without_lengths
def test_backward_agrees_with_differences_in_every_entry_of_every_argument(name, lengths):
    q = problem(name, lengths=lengths, T=4 if lengths is None else T, B=3 if lengths is None else B, D=2)

    def forward(x, state0, params):
        return q.forward(x, state0, params, lengths=lengths, **q.options)

    function = as_loss(forward, q.backward, (q.dh, q.dstate_n))
    report = check_gradients_by_entry(function, {"x": q.x, "state0": q.state0, "params": q.params})
    assert report.errors.keys() == arrays({"x": q.x, "state0": q.state0, "params": q.params}).keys()
    assert report.largest < NUMERICAL_DIFFERENCES, report


@every_cell
def test_step_backward_agrees_with_differences(name):
    q = problem(name, seed=1)

    def forward(x_t, state, params):
        return q.step(x_t, state, params, **q.options)

    function = as_loss(forward, q.step_backward, (q.dstate_n,))
    report = check_gradients_by_entry(function, {"x_t": q.x[0], "state": q.state0, "params": q.params})
    assert report.largest < NUMERICAL_DIFFERENCES, report


@every_cell
def test_forward_is_the_step_repeated(name):
    q = problem(name)
    state = q.state0
    for t in range(T):
        state, _ = q.step(q.x[t], state, q.params, **q.options)
        h, state_n, _ = q.forward(q.x[: t + 1], q.state0, q.params, **q.options)
        np.testing.assert_array_equal(h[t], state[0])
        for part, expected in zip(state_n, state, strict=True):
            np.testing.assert_array_equal(part, expected)


@every_cell
def test_two_halves_with_carried_state_equal_the_whole(name):
    q = problem(name)
    whole = run(q)
    h1, state_mid, cache1 = q.forward(q.x[:2], q.state0, q.params, **q.options)
    h2, state_n, cache2 = q.forward(q.x[2:], state_mid, q.params, **q.options)
    dx2, dstate_mid, grads2 = q.backward(q.dh[2:], q.dstate_n, cache2)
    dx1, dstate0, grads1 = q.backward(q.dh[:2], dstate_mid, cache1)
    halves = {
        "h": np.concatenate([h1, h2]),
        "state_n": state_n,
        "dx": np.concatenate([dx1, dx2]),
        "dstate0": dstate0,
        "grads": Params(*(None if a is None else a + b for a, b in zip(grads1, grads2, strict=True))),
    }
    assert_same(halves, whole)


@every_cell
def test_a_padded_batch_equals_its_sequences_one_by_one(name):
    q = problem(name, lengths=LENGTHS)
    batch = run(q)
    total = None
    for b, n in enumerate(LENGTHS):
        row = slice(b, b + 1)
        one = run(
            q,
            x=q.x[:n, row],
            state0=tuple(part[row] for part in q.state0),
            dh=q.dh[:n, row],
            dstate_n=tuple(part[row] for part in q.dstate_n),
            lengths=None,
        )
        assert_close(batch["h"][:n, row], one["h"], name="h")
        assert_close(batch["dx"][:n, row], one["dx"], name="dx")
        for key in ("state_n", "dstate0"):
            for part, expected in zip(batch[key], one[key], strict=True):
                assert_close(part[row], expected, name=key)
        assert not batch["h"][n:, row].any()
        assert not batch["dx"][n:, row].any()
        grads = arrays(one["grads"])
        total = grads if total is None else {path: total[path] + grads[path] for path in grads}
    for path, expected in total.items():
        assert_close(arrays(batch["grads"])[path], expected, name=path)


@every_cell
@pytest.mark.parametrize("filling", [1e4, np.nan, np.inf])
def test_padding_changes_no_value_and_no_gradient_whatever_it_holds(name, filling):
    q = problem(name, lengths=LENGTHS)
    padding = np.arange(T)[:, None] >= np.array(LENGTHS)
    x, dh = q.x.copy(), q.dh.copy()
    x[padding] = filling
    dh[padding] = filling
    filled, plain = arrays(run(q, x=x, dh=dh)), arrays(run(q))
    for path in plain:
        np.testing.assert_array_equal(filled[path], plain[path], err_msg=path)


@every_cell
def test_longer_padding_changes_nothing(name):
    q = problem(name, lengths=LENGTHS)
    more = np.ones((3, B, 1))
    longer, plain = run(q, x=np.concatenate([q.x, more * q.x[:1]]), dh=np.concatenate([q.dh, more * q.dh[:1]])), run(q)
    longer["h"], longer["dx"] = longer["h"][:T], longer["dx"][:T]
    assert_same(longer, plain)


@every_cell
def test_full_lengths_are_no_lengths(name):
    q = problem(name)
    assert_same(run(q, lengths=[T] * B), run(q))


@every_cell
@with_and_without_lengths
def test_no_state_is_a_state_of_zeros_and_no_gradient_a_gradient_of_zeros(name, lengths):
    q = problem(name, lengths=lengths)
    zeros = tuple(np.zeros((B, H)) for _ in q.state0)
    assert_same(run(q, state0=None, dstate_n=None), run(q, state0=zeros, dstate_n=zeros))


@every_cell
def test_examples_of_a_batch_do_not_see_each_other(name):
    q = problem(name)
    x = q.x.copy()
    x[:, 1] += 1
    h, h_changed = run(q)["h"], run(q, x=x)["h"]
    np.testing.assert_array_equal(np.delete(h, 1, axis=1), np.delete(h_changed, 1, axis=1))
    assert (h[:, 1] != h_changed[:, 1]).any(axis=1).all()


@every_cell
def test_the_past_does_not_see_the_future(name):
    q = problem(name)
    x, dh = q.x.copy(), np.zeros_like(q.dh)
    x[3] += 1
    dh[3] = q.dh[3]
    np.testing.assert_array_equal(run(q, x=x)["h"][:3], run(q)["h"][:3])
    dx = run(q, dh=dh, dstate_n=None)["dx"]
    assert dx[:4].any(axis=(1, 2)).all()
    assert not dx[4:].any()


@every_cell
def test_backward_is_linear_in_what_it_is_given(name):
    q = problem(name, lengths=LENGTHS)
    other = problem(name, seed=5)
    _, _, cache = q.forward(q.x, q.state0, q.params, lengths=LENGTHS, **q.options)
    one = arrays(q.backward(q.dh, q.dstate_n, cache))
    two = arrays(q.backward(other.dh, other.dstate_n, cache))
    dstate_n = tuple(2 * a - b for a, b in zip(q.dstate_n, other.dstate_n, strict=True))
    both = arrays(q.backward(2 * q.dh - other.dh, dstate_n, cache))
    for path in both:
        assert_close(both[path], 2 * one[path] - two[path], name=path)


@every_cell
def test_backward_may_be_called_twice(name):
    q = problem(name, lengths=LENGTHS)
    _, _, cache = q.forward(q.x, q.state0, q.params, lengths=LENGTHS, **q.options)
    first, second = (arrays(q.backward(q.dh, q.dstate_n, cache)) for _ in range(2))
    for path in first:
        np.testing.assert_array_equal(first[path], second[path])


@every_cell
@with_and_without_lengths
def test_no_argument_is_changed_and_nothing_aliases(name, lengths):
    q = problem(name, lengths=lengths)
    given = {"x": q.x, "state0": q.state0, "params": q.params, "dh": q.dh, "dstate_n": q.dstate_n}
    before = {path: a.copy() for path, a in arrays(given).items()}
    results = run(q)
    for path, a in arrays(given).items():
        np.testing.assert_array_equal(a, before[path], err_msg=path)
    everything = list({**arrays(given), **{f"result {k}": a for k, a in arrays(results).items()}}.items())
    for k, (path, a) in enumerate(everything):
        for other, b in everything[:k]:
            assert not np.shares_memory(a, b), f"{path} shares memory with {other}"


@every_cell
def test_results_of_one_step_alias_neither_its_arguments_nor_each_other(name):
    q = problem(name)
    state, cache = q.step(q.x[0], q.state0, q.params, **q.options)
    given = arrays([q.x, q.state0, q.params, q.dstate_n])
    before = {path: a.copy() for path, a in given.items()}
    results = [*arrays([state, q.step_backward(q.dstate_n, cache)]).items()]
    for k, (path, a) in enumerate(results):
        for other, b in [*results[:k], *given.items()]:
            assert not np.shares_memory(a, b), f"{path} shares memory with {other}"
    for path, a in given.items():
        np.testing.assert_array_equal(a, before[path], err_msg=path)


@every_cell
def test_results_changed_in_place_do_not_change_the_backward_pass(name):
    q = problem(name)
    h, state_n, cache = q.forward(q.x, q.state0, q.params, **q.options)
    before = arrays(q.backward(q.dh, q.dstate_n, cache))
    for a in (h, *state_n):
        a[...] = 7
    after = arrays(q.backward(q.dh, q.dstate_n, cache))
    for path in before:
        np.testing.assert_array_equal(after[path], before[path], err_msg=path)


@every_cell
@with_and_without_lengths
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(name, lengths, dtype):
    results = run(problem(name, lengths=lengths, dtype=dtype))
    assert {path: a.dtype for path, a in arrays(results).items()} == dict.fromkeys(arrays(results), np.dtype(dtype))
    without = run(problem(name, lengths=lengths, dtype=dtype), state0=None, dstate_n=None)
    assert {a.dtype for a in arrays(without).values()} == {np.dtype(dtype)}


@every_cell
def test_float32_agrees_with_float64(name):
    q = problem(name, lengths=LENGTHS, dtype="float32")
    double = {
        key: tuple(a.astype("float64") for a in value) if isinstance(value, tuple) else value.astype("float64")
        for key, value in (("x", q.x), ("state0", q.state0), ("dh", q.dh), ("dstate_n", q.dstate_n))
    }
    params = Params(*(None if a is None else a.astype("float64") for a in q.params))
    assert_same(run(q), run(q, params=params, **double), dtype="float32")


@every_cell
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_gradients_are_right_for_every_shape(name, data):
    T, B, D, H = (data.draw(st.integers(1, 4), label=letter) for letter in "TBDH")
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B), label="lengths")
    q = problem(name, T=T, B=B, D=D, H=H, seed=data.draw(st.integers(0, 10**6), label="seed"), lengths=lengths)

    def forward(x, state0, params):
        return q.forward(x, state0, params, lengths=lengths, **q.options)

    if name == "rnn-relu":  # a difference across the kink is not the slope on either side of it
        _, _, cache = forward(q.x, q.state0, q.params)
        W, R, b_W, b_R, _ = q.params
        assume(all(np.abs(s.x_t @ W.T + b_W + s.h_prev @ R.T + b_R).min() > 1e-4 for s in cache.steps))
    function = as_loss(forward, q.backward, (q.dh, q.dstate_n))
    arguments = {"x": q.x, "state0": q.state0, "params": q.params}
    report = check_gradients(function, arguments, rng=q.rng)
    assert report.largest < NUMERICAL_DIFFERENCES, report


@every_cell
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_magnitude_overflows(name, data):
    T, B, D, H = (data.draw(st.integers(1, 3), label=letter) for letter in "TBDH")
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    size = 10.0 ** data.draw(st.integers(-4, 4), label="size")
    q = problem(name, T=T, B=B, D=D, H=H, dtype=dtype, scale=size)
    biases = {letter: (size * np.sign(getattr(q.params, letter))).astype(dtype) for letter in ("b_W", "b_R")}
    results = run(q, params=q.params._replace(**biases))  # a RuntimeWarning is an error in these tests
    for path, a in arrays(results).items():
        assert np.isfinite(a).all(), path
    assert np.abs(results["h"]).max() <= largest(name, q.state0[0]) * (1 + 1e-6)


def test_unroll_runs_any_cell_with_a_state_of_any_number_of_parts():
    """A leaky sum with a step counter, its gradient written here: time knows no cell."""

    def step(x_t, state, params, *, gain):
        s, count = state
        return (params.b_W * s + gain * x_t, count + 1), (s, params, gain)

    def step_backward(dstate, cache):
        (ds, dcount), (s, params, gain) = dstate, cache
        none = np.zeros(())
        return gain * ds, (params.b_W * ds, dcount), Params(none, none, (ds * s).sum(axis=0), none)

    rng = np.random.default_rng(0)
    x, dh = rng.standard_normal((2, T, B, H))
    dstate_n = tuple(rng.standard_normal((2, B, H)))
    state0 = tuple(rng.standard_normal((2, B, H)))
    decay = rng.uniform(0.5, 1, H)

    def forward(x, state0, decay):
        params = Params(np.zeros(()), np.zeros(()), decay, np.zeros(()))
        return unroll(step, x, state0, params, lengths=LENGTHS, gain=1.5)

    def backward(dh, dstate_n, cache):
        dx, dstate0, grads = unroll_backward(step_backward, dh, dstate_n, cache)
        return dx, dstate0, grads.b_W

    h, state_n, _ = forward(x, state0, decay)
    assert_close(state_n[1], state0[1] + np.array(LENGTHS)[:, None])
    assert_close(h[1, 0], decay * (decay * state0[0][0] + 1.5 * x[0, 0]) + 1.5 * x[1, 0])
    arguments = {"x": x, "state0": state0, "decay": decay}
    report = check_gradients_by_entry(as_loss(forward, backward, (dh, dstate_n)), arguments)
    assert report.largest < NUMERICAL_DIFFERENCES, report


def test_sizes_of_the_problems_are_all_different():
    assert len({T, B, D, H}) == 4
    assert max(LENGTHS) == T
    assert min(LENGTHS) == 1
    assert sorted(LENGTHS) != list(LENGTHS) != sorted(LENGTHS, reverse=True)
