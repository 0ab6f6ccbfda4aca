"""Chapter 08's short truncated backpropagation gives the gradients of the package's stream."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises import truncation
from rnncourse.reference.gru import gru_backward, gru_forward
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.optim import tree_arrays
from rnncourse.reference.params import init_params
from rnncourse.reference.rnn import rnn_backward, rnn_forward
from rnncourse.reference.truncation import truncated_bptt, truncated_windows
from tests.tolerances import assert_close

CELLS = {
    "rnn": (rnn_forward, rnn_backward, 1),
    "lstm": (lstm_forward, lstm_backward, 2),
    "gru": (gru_forward, gru_backward, 1),
}


def flat(grads):
    return np.concatenate([a.ravel() for a in tree_arrays(grads)])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("T", "k1", "k2"), [(12, 4, 4), (13, 4, 9), (13, 5, 2), (7, 1, 3), (6, 10, 10), (1, 1, 1)])
def test_truncated_bptt_is_the_stream_without_update(cell, T, k1, k2):
    forward, backward, parts = CELLS[cell]
    rng = np.random.default_rng(T)
    params = init_params(cell, 2, 4, rng=rng)
    x, targets = rng.normal(size=(T, 3, 2)), rng.normal(size=(T, 3, 4))
    state0 = tuple(rng.normal(size=(3, 4)) for _ in range(parts))
    windows = truncated_bptt(
        forward,
        backward,
        lambda y, target: (0.5 * float(((y - target) ** 2).sum()), y - target),
        zip(x, targets, strict=True),
        state0,
        params,
        k1=k1,
        k2=k2,
    )
    plain = truncation.truncated_bptt(
        lambda x, state: forward(x, state, params),
        lambda dh, cache: flat(backward(dh, None, cache)[2]),
        lambda h, start, stop: h - targets[start:stop],
        x,
        state0,
        k1,
        k2,
    )
    for one, window in zip(plain, windows, strict=True):
        assert_close(one, flat(window.grads))


@pytest.mark.parametrize("label", [truncation.IN_A_DICT, truncation.IN_A_LIST, truncation.NO_STATE, truncation.BEYOND])
@pytest.mark.parametrize("seed", range(3))
def test_a_state_may_have_any_form_and_is_handed_on(label, seed):
    (case,) = (c for c in all_exercises()["truncated_bptt"].draw(seed) if c.label.startswith(f"{label}:"))

    def walk(forward, backward, dloss, x, state0, k1, k2):
        """From step 0 in every window."""
        for start, stop, begin in truncated_windows(len(x), k1, k2):
            h, _, cache = forward(x[begin:stop], forward(x[:begin], state0)[1])
            new = np.arange(begin, stop) >= start
            yield backward(dloss(h, begin, stop) * new[:, None, None], cache)

    for ours, theirs in zip(truncation.truncated_bptt(*case.args), walk(*case.args), strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: tuple(state) if isinstance(state, list) else state, "its state is a tuple, expected a list"),
        (lambda state: (state["h"], state["c"]) if isinstance(state, dict) else state, "expected a dict"),
        (lambda state: state or (np.zeros((2, 2)),), "state0 is None"),
    ],
)
def test_who_looks_inside_a_state_is_told(change, says):
    def answer(forward, backward, dloss, x, state0, k1, k2):
        def into(x, state):
            return forward(x, change(state) if not isinstance(state, np.ndarray) else state)

        return truncation.truncated_bptt(into, backward, dloss, x, state0, k1, k2)

    result = check("truncated_bptt", answer, seed=0)
    assert result.passed is False
    assert says in str(result)
