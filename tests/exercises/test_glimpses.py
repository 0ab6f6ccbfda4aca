"""The cases of chapter 15 are what their labels say, and ask nothing that the statements leave open."""

import numpy as np
import pytest

from rnncourse.checks.registry import all_exercises
from rnncourse.reference.glimpses import crop_backward, crop_forward, glimpse_forward
from tests.tolerances import assert_close

SEEDS = (1, 2, 3)


def cases(name, seed):
    return all_exercises()[name].draw(seed)


def samples(image, centre, size):
    """The rows and the columns of all samples, exactly."""
    return [float(c) + np.arange(size) - (size - 1) / 2 for c in centre]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_sample_lies_on_a_pixel(seed):
    """But far outside, where all is zero and a float holds no more digits."""
    for case in cases("crop_bilinear", seed):
        for places, side in zip(samples(*case.args), case.args[0].shape, strict=True):
            near = places[(places > -2) & (places < side + 1)]
            assert (np.abs(near - near.round()) > 0.02).all(), case.label


@pytest.mark.parametrize("seed", SEEDS)
def test_a_window_lies_where_its_label_says(seed):
    for case in cases("crop_bilinear", seed):
        if not case.label.startswith("rows "):
            continue
        words = case.label.partition(":")[0].replace(",", "").split()
        for place, where, side in zip(words[1::2], samples(*case.args), case.args[0].shape, strict=True):
            holds = {
                "before": where[0] < 0 < where[-1] + 1,
                "within": where[0] > 0 and where[-1] < side - 1,
                "after": side - 1 < where[-1] and where[0] < side,
                "away": where[0] > side,
            }
            assert holds[place], (case.label, where)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_beyond_the_picture_is_asked_for_in_every_way(seed):
    """Samples less than a pixel outside, on each of the four sides; windows with no pixel; windows with all of them."""
    sides, blank, whole = set(), 0, 0
    for case in cases("crop_bilinear", seed):
        rows, columns = samples(*case.args)
        Y, X = case.args[0].shape
        if rows[-1] > 0 and columns[-1] > 0:
            sides |= {"above"} if ((rows > -1) & (rows < 0)).any() else set()
            sides |= {"left"} if ((columns > -1) & (columns < 0)).any() else set()
        if rows[0] < Y - 1 and columns[0] < X - 1:
            sides |= {"below"} if ((rows > Y - 1) & (rows < Y)).any() else set()
            sides |= {"right"} if ((columns > X - 1) & (columns < X)).any() else set()
        blank += not crop_forward(*case.args)[0].any() and case.args[0].any()
        whole += rows[0] < 0 and columns[0] < 0 and rows[-1] > Y - 1 and columns[-1] > X - 1
    assert sides == {"above", "below", "left", "right"}
    assert blank > 3
    assert whole >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_window_and_gradient_are_the_sheet_s(seed):
    exercise, rng = all_exercises()["crop_bilinear"], np.random.default_rng(seed)
    for case in cases("crop_bilinear", seed):
        patch, dpatch = exercise.reference(*case.args)
        cotangent = rng.normal(size=patch.shape).astype(case.dtype)
        found, cache = crop_forward(*case.args)
        assert_close(found, patch, dtype=case.dtype)
        assert_close(crop_backward(cotangent, cache)[1], (cotangent * dpatch).sum(axis=(1, 2)), dtype=case.dtype)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_s_glimpse_is_the_sheet_s(seed):
    for case in cases("glimpse", seed):
        expected = all_exercises()["glimpse"].reference(*case.args)
        assert_close(glimpse_forward(*case.args)[0], expected, dtype=case.dtype, name=case.label)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_baseline_is_a_number_as_often_as_an_array(seed):
    kinds = [type(case.args[2]) for case in cases("reinforce_gradient", seed)]
    assert kinds.count(float) > 10
    assert kinds.count(np.ndarray) > 10
    assert set(kinds) == {float, np.ndarray}
