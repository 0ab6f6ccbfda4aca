"""Diagrams that several chapters draw: what they show is what was computed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse import plots
from rnncourse.exercises.unfolding import rnn_forward
from rnncourse.reference.neuron import neuron_run


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_the_cobwebs_staircase_is_the_run_of_the_neuron():
    _, axis = plt.subplots()
    plots.cobweb(axis, lambda h: np.tanh(1.5 * h + 0.1), 0.3, steps=7)
    across, up = axis.lines[2].get_data()
    run = neuron_run(np.zeros(7), 0.3, 1.0, 1.5, 0.1)
    np.testing.assert_allclose(across[2::2], run)
    np.testing.assert_allclose(up[1::2], run)


def test_the_cobweb_fills_stable_points_only():
    _, axis = plt.subplots()
    plots.cobweb(axis, np.tanh, 0.5, fixed=np.array([-0.8, 0.0]), stable=np.array([True, False]))
    faces = [line.get_markerfacecolor() for line in axis.lines[-2:]]
    assert faces == [plots.COLOURS["good"], axis.get_facecolor()]


def test_the_unfolded_graph_shows_every_value_of_the_run():
    rng = np.random.default_rng(0)
    x, h0 = rng.uniform(-1, 1, (4, 2)), rng.uniform(-1, 1, 3)
    W, R = rng.normal(size=(3, 2)), rng.normal(size=(3, 3))
    h = rnn_forward(x[:, None], h0[None], W, R, np.zeros(3))[:, 0]
    plots.unfolded(x, h, R, h0)
    axis = plt.gca()
    shown = sorted(text.get_text() for text in axis.texts if text.get_text() and "$" not in text.get_text())
    expected = sorted(f"{value:.1f}".replace("-", "−") for value in np.concatenate([h0, h.ravel(), x.ravel()]))
    assert shown == expected
    assert len(axis.collections[0].get_segments()) == 4 * 3 * 3


def test_the_family_has_five_shapes_with_an_example_each():
    plots.task_family()
    titles = [axis.get_title(loc="center") for axis in plt.gcf().axes]
    assert titles == ["one-to-one", "one-to-many", "many-to-one", "many-to-many, aligned", "encoder–decoder"]
    assert all(any("→" in text.get_text() for text in axis.texts) for axis in plt.gcf().axes)


def test_the_lstm_cell_shows_every_letter_of_its_equations():
    plots.lstm_cell()
    words = " ".join(text.get_text() for text in plt.gca().texts)
    for letter in ("c_{t-1}", "c_t", "h_t", "f_t", "i_t", "g_t", "o_t", "x_t", "h_{t-1}", "tanh"):
        assert letter in words
    assert words.count("odot") == 3
