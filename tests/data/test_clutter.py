"""Digits among pieces of others: no part has another's digits, and a picture is what is said of it."""

import difflib
import itertools
import sys

import numpy as np
import pytest

from rnncourse.data import clutter

pytest.importorskip("sklearn", reason="the extra [systems] is not installed")

FORMS = (0, 130, 256, 386, 516, 646, 776, 915, 1029, 1157, 1287, 1415, 1545, 1667, 1797)  # where the list begins anew


def test_every_digit_is_in_one_part():
    ends = [clutter.ENDS[part] for part in clutter.PARTS]
    assert ends[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(ends))
    images, labels = zip(*(clutter.digits(part) for part in clutter.PARTS), strict=True)
    assert [len(part) for part in labels] == [1157, 258, 382]
    assert len(np.concatenate(images)) == 1797
    seen = [{image.tobytes() for image in part} for part in images]
    assert not any(a & b for a, b in itertools.combinations(seen, 2)), "the same picture twice, in two parts"
    for part in labels:
        assert np.bincount(part).min() > 0.9 * len(part) / 10


def test_a_part_begins_where_a_form_begins():
    """The labels of each part begin as those of the file do: 0 to 9, three times over."""
    for part in clutter.PARTS:
        assert clutter.digits(part)[1][:30].tolist() == [*range(10)] * 3


def test_the_labels_follow_one_list_fourteen_times():
    labels = np.concatenate([clutter.digits(part)[1] for part in clutter.PARTS])
    forms = [labels[a:b] for a, b in itertools.pairwise(FORMS)]
    missed = [len(form) - in_common(forms[0], form) for form in forms]
    assert max(missed) <= 10
    assert sum(missed) <= 15
    shuffled = np.random.default_rng(0).permutation(labels)
    assert max(in_common(forms[0], shuffled[a:b]) for a, b in itertools.pairwise(FORMS)) < 80
    in_parts = [sum(low <= form < high for form in FORMS[:-1]) for low, high in clutter.ENDS.values()]
    assert in_parts == [9, 2, 3]
    assert all(low in FORMS and high in FORMS for low, high in clutter.ENDS.values())


def in_common(a, b):
    """How many labels two lists share, in order."""
    blocks = difflib.SequenceMatcher(None, a.tolist(), b.tolist(), autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


@pytest.mark.parametrize(("side", "zoom"), [(8, 1), (33, 1), (60, 2), (31, 3)])
def test_the_whole_digit_is_where_its_centre_says(side, zoom):
    images, labels, centres = clutter.load("validation", 40, side=side, zoom=zoom, pieces=3, seed=5)
    assert images.shape == (40, side, side)
    assert images.dtype == np.float32
    assert 0 == images.min() < images.max() == 1
    known, what = clutter.digits("validation")
    for image, label, centre in zip(images, labels, centres, strict=True):
        window = around(image, centre, zoom)[::zoom, ::zoom]
        covered = (window >= known).all(axis=(1, 2))  # pieces make it brighter, never darker
        assert label in what[covered]


def around(image, centre, zoom):
    """The square that the whole digit fills."""
    row, column = (int(c - (8 * zoom - 1) / 2) for c in centre)
    assert (centre == [row + (8 * zoom - 1) / 2, column + (8 * zoom - 1) / 2]).all()
    window = image[row : row + 8 * zoom, column : column + 8 * zoom]
    assert window.shape == (8 * zoom, 8 * zoom), "it lies in the picture whole"
    return window


@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_without_pieces_there_is_one_digit_and_nothing_else(zoom):
    images, labels, centres = clutter.load("test", 30, side=40, zoom=zoom, pieces=0)
    known, what = clutter.digits("test")
    for image, label, centre in zip(images, labels, centres, strict=True):
        window = around(image, centre, zoom)
        (which,) = np.flatnonzero((window[::zoom, ::zoom] == known).all(axis=(1, 2)))
        assert what[which] == label
        assert (window == np.kron(known[which], np.ones((zoom, zoom), np.float32))).all()
        assert np.count_nonzero(image) == np.count_nonzero(window)


def test_pieces_are_parts_of_digits_of_the_same_part():
    options = {"side": 40, "zoom": 1, "seed": 2}
    images, _, _ = clutter.load("test", 50, pieces=1, piece=8, **options)
    alone, _, centres = clutter.load("test", 50, pieces=0, **options)
    known = {image.tobytes() for image in clutter.digits("test")[0]}
    found = 0
    for image, one, centre in zip(images, alone, centres, strict=True):
        rest = image.copy()
        around(rest, centre, 1)[:] = 0
        windows = np.lib.stride_tricks.sliding_window_view(rest, (8, 8)).reshape(-1, 8, 8)
        found += any(window.tobytes() in known for window in windows)
        assert (image >= one).all()
    assert found > 30, "the others touch the whole digit"


def test_every_place_comes_and_every_digit():
    _, labels, centres = clutter.load("train", 3000, side=12, zoom=1)
    assert {(float(r), float(c)) for r, c in centres} == {(r + 3.5, c + 3.5) for r in range(5) for c in range(5)}
    assert np.bincount(labels).min() > 200


def test_the_seed_and_the_part_decide():
    first = clutter.load("train", 20)
    assert all((a == b).all() for a, b in zip(first, clutter.load("train", 20), strict=True))
    assert (first.images != clutter.load("train", 20, seed=1).images).any()
    assert (first.centres != clutter.load("test", 20).centres).any()


def test_what_is_drawn_belongs_to_the_caller():
    clutter.load("train", 5).images[:] = 7
    assert clutter.load("train", 5).images.max() <= 1
    assert clutter.digits("train")[0].max() <= 1


def test_bad_input_is_named(monkeypatch):
    for words, options in (
        ("part: got 'years'", {"part": "years"}),
        ("number must be", {"number": 0}),
        ("side must be a whole number of at least 16, got 15", {"side": 15}),
        ("zoom must be", {"zoom": 0}),
        ("pieces must be", {"pieces": -1}),
        ("piece must be a whole number from 1 to 8, got 9", {"piece": 9}),
    ):
        with pytest.raises(ValueError, match=words):
            clutter.load(**options)
    clutter._all.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[systems\]"):
        clutter.load("test", 1)
