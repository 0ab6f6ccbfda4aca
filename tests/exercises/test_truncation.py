"""Chapter 08's short truncated backpropagation gives the gradients of the package's stream."""

import numpy as np
import pytest

from rnncourse.exercises import truncation
from rnncourse.reference.gru import gru_backward, gru_forward
from rnncourse.reference.lstm import lstm_backward, lstm_forward
from rnncourse.reference.optim import tree_arrays
from rnncourse.reference.params import init_params
from rnncourse.reference.rnn import rnn_backward, rnn_forward
from rnncourse.reference.truncation import truncated_bptt
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
