"""Laws of truncated backpropagation through time."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference import cells
from rnncourse.reference.gru import gru_backward, gru_forward
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.optim import sgd, tree_arrays, tree_map
from rnncourse.reference.params import init_params
from rnncourse.reference.rnn import rnn_backward, rnn_forward, rnn_step, rnn_step_backward
from rnncourse.reference.truncation import stateful_batches, truncated_bptt, truncated_windows
from tests.tolerances import assert_close

SMALL = st.integers(1, 30)
CELLS = {
    "rnn": (rnn_forward, rnn_backward),
    "lstm": (lstm_forward, lstm_backward),
    "gru": (gru_forward, gru_backward),
}


def half_square(y, target):
    return 0.5 * float(((y - target) ** 2).sum()), y - target


def problem(cell, T, B=3, D=2, H=5, seed=0):
    rng = np.random.default_rng(seed)
    params = init_params(cell, D, H, rng=rng)
    state0 = tuple(rng.normal(size=(B, H)) for _ in cells.CELLS[cell].state)
    return rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H)), state0, params


def run(cell, x, targets, state0, params, **options):
    forward, backward = CELLS[cell]
    return list(truncated_bptt(forward, backward, half_square, zip(x, targets, strict=True), state0, params, **options))


def assert_same_grads(actual, expected):
    for a, e in zip(tree_arrays(actual), tree_arrays(expected), strict=True):
        assert_close(a, e)


def test_twelve_steps_are_three_updates_of_four():
    assert truncated_windows(12, 4, 4) == [(0, 4, 0), (4, 8, 4), (8, 12, 8)]


def test_an_update_every_step_looks_back_k2():
    assert truncated_windows(5, 1, 3) == [(0, 1, 0), (1, 2, 0), (2, 3, 0), (3, 4, 1), (4, 5, 2)]


@settings(deadline=None)
@given(SMALL, SMALL, SMALL)
def test_windows_cover_every_step_once_and_look_back_at_most_k2(T, k1, k2):
    windows = truncated_windows(T, k1, k2)
    assert windows[0][0] == 0
    assert windows[-1][1] == T
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(stop - start == k1 for start, stop, _ in windows[:-1])
    assert all(stop - gradient_start == min(k2, stop) for _, stop, gradient_start in windows)


@pytest.mark.parametrize("cell", CELLS)
def test_full_window_equals_bptt(cell):
    x, targets, state0, params = problem(cell, T=7)
    forward, backward = CELLS[cell]
    (window,) = run(cell, x, targets, state0, params, k1=7, k2=7)
    h, state_n, cache = forward(x, state0, params)
    loss, dh = half_square(h, targets)
    assert window.loss == pytest.approx(loss)
    assert_same_grads(window.grads, backward(dh, None, cache)[2])
    assert_same_grads(window.state, state_n)


@pytest.mark.parametrize("cell", CELLS)
def test_looking_back_to_the_start_each_time_sums_to_bptt(cell):
    x, targets, state0, params = problem(cell, T=7)
    (whole,) = run(cell, x, targets, state0, params, k1=7, k2=7)
    windows = run(cell, x, targets, state0, params, k1=2, k2=7)
    assert len(windows) == 4
    total = windows[0].grads
    for window in windows[1:]:
        total = tree_map(np.add, total, window.grads)
    assert_same_grads(total, whole.grads)


def textbook_truncation(x, targets, state0, params, start, stop, gradient_start):
    """The window's gradient with step functions: run all steps, then walk back from stop to gradient_start."""
    caches, states, state = [], [], state0
    for x_t in x[:stop]:
        state, cache = rnn_step(x_t, state, params)
        caches.append(cache)
        states.append(state)
    total, dstate = tree_map(np.zeros_like, params), tree_map(np.zeros_like, state0)
    for t in reversed(range(gradient_start, stop)):
        if t >= start:
            dstate = (dstate[0] + states[t][0] - targets[t],)
        _, dstate, grads = rnn_step_backward(dstate, caches[t])
        total = tree_map(np.add, total, grads)
    return total


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 10), st.integers(1, 10))
def test_each_window_is_the_textbooks_walk_back(T, k1, k2):
    x, targets, state0, params = problem("rnn", T)
    windows = run("rnn", x, targets, state0, params, k1=k1, k2=k2)
    assert [window[:3] for window in windows] == truncated_windows(T, k1, k2)
    for window in windows:
        assert_same_grads(window.grads, textbook_truncation(x, targets, state0, params, *window[:3]))


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 10), st.integers(1, 10))
def test_the_state_is_carried_whatever_the_windows(T, k1, k2):
    x, targets, state0, params = problem("lstm", T)
    windows = run("lstm", x, targets, state0, params, k1=k1, k2=k2)
    assert_same_grads(windows[-1].state, lstm_forward(x, state0, params)[1])


def test_a_cut_loses_what_comes_from_before_it():
    x, targets, state0, params = problem("rnn", T=8)
    (whole,) = run("rnn", x, targets, state0, params, k1=8, k2=8)
    cut = run("rnn", x, targets, state0, params, k1=4, k2=4)
    difference = whole.grads.R - cut[0].grads.R - cut[1].grads.R
    assert np.abs(difference).max() > 1e-3


def test_update_is_called_after_each_window_with_its_gradients():
    x, targets, state0, params = problem("gru", T=10)
    windows = run("gru", x, targets, state0, params, k1=5, k2=5, update=lambda p, g: sgd(p, g, learning_rate=0.1)[0])
    expected = sgd(params, windows[0].grads, learning_rate=0.1)[0]
    assert_same_grads(windows[0].params, expected)
    second = run("gru", x[5:], targets[5:], windows[0].state, expected, k1=5, k2=5)[0]
    assert_same_grads(windows[1].grads, second.grads)


def test_without_a_state0_the_first_state_is_zero():
    x, targets, state0, params = problem("lstm", T=5)
    zeros = tree_map(np.zeros_like, state0)
    for a, b in zip(
        run("lstm", x, targets, None, params, k1=2, k2=3),
        run("lstm", x, targets, zeros, params, k1=2, k2=3),
        strict=True,
    ):
        assert_same_grads(a.grads, b.grads)


def test_no_argument_is_changed():
    x, targets, state0, params = problem("rnn", T=6)
    before = [a.copy() for a in tree_arrays((x, targets, state0, params))]
    run("rnn", x, targets, state0, params, k1=2, k2=5, update=lambda p, g: sgd(p, g, learning_rate=0.1)[0])
    for a, b in zip(tree_arrays((x, targets, state0, params)), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_memory_does_not_grow_with_the_text():
    _, _, state0, params = problem("rnn", T=1, B=40, H=50)  # large, so that arrays outweigh what Python itself holds

    def peak(T):
        rng = np.random.default_rng(1)
        steps = ((rng.normal(size=(40, 2)), rng.normal(size=(40, 50))) for _ in range(T))
        tracemalloc.start()
        for _ in truncated_bptt(rnn_forward, rnn_backward, half_square, steps, state0, params, k1=5, k2=10):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(50)  # what is allocated once
    assert peak(1000) < 1.3 * peak(100)


def test_the_text_is_read_no_further_than_needed():
    read = []
    x, targets, state0, params = problem("rnn", T=9)
    steps = ((read.append(t), (x[t], targets[t]))[1] for t in range(9))
    windows = truncated_bptt(rnn_forward, rnn_backward, half_square, steps, state0, params, k1=3, k2=3)
    next(windows)
    assert read == [0, 1, 2]


@pytest.mark.parametrize(("k1", "k2"), [(0, 1), (1, -1), (1.5, 1), (True, 1)])
def test_bad_window_lengths_are_refused_at_once(k1, k2):
    with pytest.raises(ValueError, match=r"k[12] must be a whole number of at least 1, got "):
        truncated_windows(5, k1, k2)
    with pytest.raises(ValueError, match=r"k[12] must be a whole number of at least 1, got "):
        truncated_bptt(rnn_forward, rnn_backward, half_square, [], None, None, k1=k1, k2=k2)


@settings(deadline=None)
@given(st.integers(2, 60), st.integers(1, 6), st.integers(1, 9))
def test_rows_of_batches_go_on_where_they_stopped(N, B, T):
    text = np.arange(N)
    if N <= B:
        with pytest.raises(ValueError, match="text"):
            stateful_batches(text, B, T)
        return
    batches = list(stateful_batches(text, B, T))
    x, y = (np.concatenate(part) for part in zip(*batches, strict=True))
    np.testing.assert_array_equal(y, x + 1)  # the target is the next symbol, within and between batches
    assert np.all(np.diff(x, axis=0) == 1)
    assert len(np.unique(x)) == x.size == (N - 1) // B * B
    assert all(len(piece) == T for piece, _ in batches[:-1])


def test_a_string_is_cut_by_characters():
    (x, y), (x2, y2) = stateful_batches("abcdefghi", 2, 3)
    assert ["".join(row) for row in x.T] == ["abc", "efg"]
    assert ["".join(row) for row in y.T] == ["bcd", "fgh"]
    assert ["".join(row) for row in x2.T] == ["d", "h"]
    assert ["".join(row) for row in y2.T] == ["e", "i"]


def test_batches_are_copies_of_the_text():
    text = np.arange(9)
    next(stateful_batches(text, 2, 3))[0][:] = -1
    np.testing.assert_array_equal(text, np.arange(9))


@pytest.mark.parametrize(("text", "B", "T"), [(np.zeros((3, 4)), 1, 2), (np.arange(5), 0, 2), (np.arange(5), 1, 0)])
def test_bad_text_or_sizes_are_refused(text, B, T):
    with pytest.raises(ValueError, match=r"text|B|T"):
        stateful_batches(text, B, T)
