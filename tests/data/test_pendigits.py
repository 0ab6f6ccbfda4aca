"""Pen digits: the published split, digits that look like their labels, and numbers that are joined from them."""

from hashlib import sha256

import numpy as np
import pytest

from rnncourse.data import pendigits
from rnncourse.data._packaged import FOLDER, read_checked
from rnncourse.data.pendigits import join, lines, load

COUNTS = {
    "train": [780, 779, 780, 719, 780, 720, 720, 778, 719, 719],
    "test": [363, 364, 364, 336, 364, 335, 336, 364, 336, 336],
}
JUMPS = ["kept", "filled"]


def lengths(way):
    return np.hypot(*np.diff(way, axis=0).T)


@pytest.mark.parametrize("split", COUNTS)
def test_each_group_of_people_has_the_published_number_of_every_digit(split):
    points, labels = load(split)
    assert np.bincount(labels).tolist() == COUNTS[split]
    assert points.shape == (sum(COUNTS[split]), 8, 2)
    assert points.dtype == np.float64
    assert labels.dtype == np.int64


def test_the_rows_stand_in_the_published_order():
    """The first row of each of UCI's two files, in hundredths."""
    for split, first, label in (
        ("train", [47, 100, 27, 81, 57, 37, 26, 0, 0, 23, 56, 53, 100, 90, 40, 98], 8),
        ("test", [88, 92, 2, 99, 16, 66, 94, 37, 70, 0, 0, 24, 42, 65, 100, 100], 8),
    ):
        points, labels = load(split)
        assert (100 * points[0]).round().ravel().tolist() == first
        assert labels[0] == label


def test_the_numbers_are_those_that_were_read():
    """Whatever the file is packed like."""
    total = sha256()
    stored = [load(split) for split in COUNTS]
    for part in range(2):
        whole = np.concatenate([one[part] for one in stored])
        total.update((whole * 100 if part == 0 else whole).round().astype("uint8").tobytes())
    assert total.hexdigest() == "6518a1fbd2ff4e4ebf9274e8cde07c8bc91768a971751c7503df437667033ed7"


def test_every_digit_is_stretched_to_a_square_and_none_is_there_twice():
    points = np.concatenate([load(split)[0] for split in COUNTS])
    assert (points.min(axis=1) == 0).all()
    assert (points.max(axis=1) == 1).all()
    assert len(np.unique(points.reshape(len(points), -1), axis=0)) == len(points)


def test_the_nearest_digit_of_other_people_is_the_same_one_97_7_times_in_a_hundred():
    (known, labels), (new, expected) = (load(split) for split in COUNTS)
    known, new = known.reshape(len(known), -1), new.reshape(len(new), -1)
    distance = (new**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * new @ known.T
    assert (labels[distance.argmin(axis=1)] == expected).mean() == pytest.approx(0.9774, abs=0.001)


def test_a_file_that_was_changed_and_a_split_that_does_not_exist_are_named(tmp_path):
    (tmp_path / "pendigits.npz").write_bytes((FOLDER / "pendigits.npz").read_bytes() + b"0")
    with pytest.raises(ValueError, match="was changed"):
        read_checked("pendigits.npz", pendigits.SHA256, tmp_path)
    with pytest.raises(ValueError, match="'valid', expected one of"):
        load("valid")


def test_source_and_licence_are_stated_and_the_file_is_small():
    assert "10.24432/C5MG6K" in pendigits.SOURCE
    assert pendigits.LICENCE == "CC BY 4.0"
    assert (FOLDER / "pendigits.npz").stat().st_size < 200_000


@pytest.mark.parametrize("jumps", JUMPS)
def test_the_same_seed_writes_the_same_numbers_and_another_others(jumps):
    digits = load("test")
    first, same, other = (lines(*digits, 5, np.random.default_rng(seed), jumps=jumps) for seed in (3, 3, 4))
    for a, b in zip(first, same, strict=True):
        for one, two in zip(a, b, strict=True):
            np.testing.assert_array_equal(one, two)
    assert any(len(a.points) != len(b.points) for a, b in zip(first, other, strict=True))


def test_numbers_have_three_to_eight_digits_of_those_that_are_given():
    points, labels = load("test")
    sevens = labels == 7
    made = lines(points[sevens], labels[sevens], 200, np.random.default_rng(0))
    assert {len(line.labels) for line in made} == {3, 4, 5, 6, 7, 8}
    assert all((line.labels == 7).all() for line in made)
    assert {len(line.labels) for line in lines(points, labels, 30, np.random.default_rng(0), lengths=(2, 2))} == {2}


@pytest.mark.parametrize("jumps", JUMPS)
def test_a_number_goes_through_its_digits_one_after_the_other(jumps):
    for line in lines(*load("test"), 20, np.random.default_rng(1), jumps=jumps):
        S = len(line.labels)
        assert len(line.points) == len(line.air) == len(line.digit)
        assert np.unique(line.digit).tolist() == list(range(S))
        assert (np.diff(line.digit) >= 0).all()
        starts = np.flatnonzero(line.air & ~np.append(line.air[1:], False))
        assert len(starts) == S - 1
        assert not line.air[0]
        left = [line.points[(line.digit == s) & ~line.air, 0].mean() for s in range(S)]
        assert (np.diff(left) > 0).all()


def test_kept_jumps_are_one_step_and_filled_ones_are_as_fine_as_strokes():
    digits = load("test")
    kept, filled = (lines(*digits, 40, np.random.default_rng(2), jumps=jumps, step=0.1) for jumps in JUMPS)
    for a, b in zip(kept, filled, strict=True):
        assert a.air.sum() == len(a.labels) - 1
        assert b.air.sum() > 2 * a.air.sum()
        np.testing.assert_array_equal(a.labels, b.labels)
        assert lengths(b.points).max() < 0.16
        np.testing.assert_allclose(a.points[[0, -1]], b.points[[0, -1]])
    longest = [lengths(line.points)[line.air[1:]].max() for line in kept]
    assert np.mean(longest) > 0.5


def test_the_number_of_points_follows_the_way_and_not_the_digits():
    """Eight points a digit would give the end of each away."""
    made = lines(*load("train"), 60, np.random.default_rng(5))
    each = np.concatenate([np.bincount(line.digit) for line in made])
    assert each.min() >= 10
    assert each.max() >= 1.8 * each.min()
    for line in made[:10]:
        for s in range(len(line.labels)):
            way = line.points[line.digit == s]
            assert len(way) == pytest.approx(lengths(way).sum() / 0.12 + 1, abs=1.5)


def test_a_digit_keeps_its_corners_and_ends():
    """Two strokes at a right angle: both ends, and points on the two straight lines between."""
    corner = np.array([[[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]])
    line = join(corner, np.array([1]), np.random.default_rng(0), step=0.01)
    assert np.abs(np.diff(line.points[[0, -1]], axis=0)).min() > 0.4
    down, right = line.points[1] - line.points[0], line.points[-1] - line.points[-2]
    assert abs(down[1]) > 5 * abs(down[0])
    assert right[1] == pytest.approx(0, abs=1e-12)


def test_nothing_is_changed():
    points, labels = load("test")
    before = points.copy(), labels.copy()
    lines(points, labels, 10, np.random.default_rng(0), jumps="filled")
    np.testing.assert_array_equal(points, before[0])
    np.testing.assert_array_equal(labels, before[1])


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"points": np.zeros((4, 8, 3))}, ValueError, "points"),
        ({"points": np.zeros((4, 8, 2), int)}, TypeError, "points"),
        ({"labels": np.zeros(3, int)}, ValueError, "labels"),
        ({"labels": np.full(4, 10)}, ValueError, "labels"),
        ({"count": -1}, ValueError, "count"),
        ({"lengths": (0, 3)}, ValueError, "lengths"),
        ({"lengths": (3, 2)}, ValueError, "lengths"),
        ({"jumps": "left out"}, ValueError, "jumps"),
        ({"step": 0.0}, ValueError, "step"),
    ],
)
def test_bad_input_is_refused(change, error, name):
    arguments = {"points": np.random.default_rng(0).random((4, 8, 2)), "labels": np.arange(4), "count": 1}
    with pytest.raises(error, match=name):
        lines(**(arguments | change), rng=np.random.default_rng(0))
