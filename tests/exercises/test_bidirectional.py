"""The plain two directions are the layer's; the test for a look ahead agrees with what each layer is built to see."""

import numpy as np
import pytest

from rnncourse import reference as ref
from rnncourse.exercises import bidirectional
from tests.tolerances import assert_close

T, B, D, H = 9, 4, 3, 5
LENGTHS = np.array([9, 1, 4, 8])


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    layers = [ref.Params(*(rng.normal(size=s) for s in ((H, D), (H, H), (H,), (H,)))) for _ in range(2)]
    return rng.normal(size=(T, B, D)), layers


def plain(params):
    return params.W, params.R, params.b_W + params.b_R


@pytest.mark.parametrize("lengths", [LENGTHS, np.full(B, T)], ids=["padded", "full"])
def test_the_plain_two_directions_are_the_layers(drawn, lengths):
    x, layers = drawn
    expected, _, _ = ref.bidirectional_forward("rnn", x, None, tuple(layers), lengths=lengths)
    assert_close(bidirectional.bidirectional_forward(x, lengths, *map(plain, layers)), expected)


def test_padding_is_never_read(drawn):
    x, layers = drawn
    spoilt = np.where((np.arange(T)[:, None] < LENGTHS)[..., None], x, np.nan)
    h = bidirectional.bidirectional_forward(spoilt, LENGTHS, *map(plain, layers))
    assert_close(h, bidirectional.bidirectional_forward(x, LENGTHS, *map(plain, layers)))
    assert (h[np.arange(T)[:, None] >= LENGTHS] == 0).all()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_one_direction_does_not_look_ahead_and_two_do(cell):
    rng = np.random.default_rng(1)
    layers = tuple(ref.init_params(cell, D, H, rng=rng) for _ in range(2))
    forward = getattr(ref, f"{cell}_forward")
    assert bidirectional.leaks_future(lambda x: forward(x, None, layers[0])[0]) is False
    assert bidirectional.leaks_future(lambda x: ref.bidirectional_forward(cell, x, None, layers)[0]) is True


@pytest.mark.parametrize("step", range(11))
def test_a_look_ahead_at_a_single_step_is_found(step):
    def layer(x):
        h = np.cumsum(x, axis=0)
        h[step, 0, 0] += 1e-6 * x[step + 1, 1, 2]
        return h

    assert bidirectional.leaks_future(layer) is True
    assert bidirectional.leaks_future(lambda x: np.cumsum(x, axis=0)) is False
