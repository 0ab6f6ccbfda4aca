"""Characters as strokes: curves against their equation, thinning against its promise, parts against each other."""

from itertools import pairwise

import numpy as np
import pytest

from rnncourse.data import kanji

PATH = "M10,20c10,-5.5 20,0 30,10s5.5-.5 8,9L60,70 61,72"


def needs_characters():
    try:
        kanji._folder()
    except ModuleNotFoundError as missing:
        pytest.skip(str(missing))


def test_a_path_of_curves_and_lines_goes_where_its_equations_say():
    points = kanji.polyline(PATH, pieces=4)
    assert len(points) == 1 + 4 + 4 + 2
    np.testing.assert_array_equal(points[[0, 4, 8, 9, 10]], [[10, 20], [40, 30], [48, 39], [60, 70], [61, 72]])
    u, ends = 0.25, np.array([[10, 20], [20, 14.5], [30, 20], [40, 30]])
    weights = [(1 - u) ** 3, 3 * (1 - u) ** 2 * u, 3 * (1 - u) * u**2, u**3]
    np.testing.assert_allclose(points[1], weights @ ends, rtol=1e-12)
    mirrored = np.array([[40, 30], [50, 40], [45.5, 29.5], [48, 39]])  # an S begins against the curve before it
    np.testing.assert_allclose(points[5], weights @ mirrored, rtol=1e-12)


@pytest.mark.parametrize(
    ("path", "said"), [("L1,2", "commands M"), ("M1,2Q3,4,5,6", "commands M"), ("M1,2C3,4", "fewer")]
)
def test_a_path_that_is_none_is_one_line(path, said):
    with pytest.raises(ValueError, match=said):
        kanji.polyline(path)


@pytest.mark.parametrize("tolerance", [0.0, 0.5, 2.0, 10.0])
def test_no_point_that_is_thinned_out_is_farther_off_than_the_tolerance(tolerance):
    points = np.random.default_rng(0).normal(0, 3, (40, 2)).cumsum(axis=0)
    kept = kanji.thinned(points, tolerance)
    places = [int(np.flatnonzero((points == one).all(axis=1))[0]) for one in kept]
    assert (places[0], places[-1]) == (0, 39)
    assert places == sorted(places)
    for first, last in pairwise(places):
        along, off = points[last] - points[first], points[first : last + 1] - points[first]
        share = (off @ along / (along @ along)).clip(0, 1)
        assert np.hypot(*(off - share[:, None] * along).T).max() <= tolerance + 1e-9
    assert (len(kept) < 40) == (tolerance > 0)


def test_a_closed_way_is_thinned_too():
    square = np.array([[0.0, 0], [5, 0], [5, 5], [0, 5], [0, 0]])
    np.testing.assert_array_equal(kanji.thinned(square, 1.0), square)


def test_the_parts_share_no_character_and_stay_the_same():
    needs_characters()
    first = {part: kanji.load(part, 5) for part in kanji.PARTS}
    assert len({sign for some in first.values() for sign in some.signs}) == 15
    sizes = {part: len(signs) for part, signs in kanji._split().items()}
    assert sizes["validation"] == sizes["test"] == 300
    assert sizes["train"] > 5000
    assert not set.intersection(*map(set, kanji._split().values()))


def test_strokes_are_whole_numbers_inside_the_square_and_move():
    needs_characters()
    for strokes in kanji.load("test", 40).strokes:
        for stroke in strokes:
            assert stroke.dtype.kind == "i"
            assert len(stroke) >= 2
            assert 0 <= stroke.min() <= stroke.max() <= kanji.SIDE
    ten = kanji._strokes("十")
    assert len(ten) == 2  # a horizontal stroke, then a vertical one
    assert np.ptp(ten[0], axis=0).argmax() == 0
    assert np.ptp(ten[1], axis=0).argmax() == 1


def test_what_is_changed_by_a_reader_does_not_change_the_data():
    needs_characters()
    kanji.load("test", 1).strokes[0][0][:] = -1
    assert kanji.load("test", 1).strokes[0][0].min() >= 0


def test_a_missing_package_is_one_line(monkeypatch):
    def missing(name):
        raise kanji.PackageNotFoundError(name)

    monkeypatch.setattr(kanji, "distribution", missing)
    kanji._split.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=r"kanjivg: python -m pip install 'rnncourse\[extra-data\]'"):
        kanji.load()
