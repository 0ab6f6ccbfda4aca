"""Pictures with words: all are drawn, each with its words, in rows."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np

from rnncourse import plots


def test_every_picture_has_its_words_and_the_last_row_may_be_short():
    images = np.zeros((7, 8, 8, 3), dtype=np.uint8)
    plots.picture_row(images, [f"picture number {k}\n(true)" for k in range(7)], columns=4, title="seven")
    figure = plt.gcf()
    shown = [axis for axis in figure.axes if axis.images]
    assert len(figure.axes) == 8
    assert len(shown) == 7
    assert [axis.texts[0].get_text().split() for axis in shown][6] == ["picture", "number", "6", "(true)"]
    plt.close(figure)


def test_words_may_have_colours():
    plots.picture_row(np.zeros((2, 8, 8, 3), dtype=np.uint8), ["a", "b"], colours=["good", "bad"])
    colours = [axis.texts[0].get_color() for axis in plt.gcf().axes if axis.texts]
    assert colours == [plots.COLOURS["good"], plots.COLOURS["bad"]]
    plt.close("all")
