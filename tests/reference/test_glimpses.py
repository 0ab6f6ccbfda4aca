"""Laws of a glimpse: gradients, torch's own sampling, what whole centres, shifts, scales and the outside must give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference.glimpses import (
    block_means,
    crop_backward,
    crop_forward,
    glimpse_backward,
    glimpse_forward,
)
from rnncourse.reference.gradcheck import as_loss, check_gradients, check_gradients_by_entry
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000))


def problem(y=3, x=2, size=5, scales=2, seed=0, beyond=2.0):
    """A picture whose sides blocks fill, a centre that no sample of any scale puts on a pixel, and a cotangent."""
    rng = np.random.default_rng(seed)
    n = 2 ** (scales - 1)
    image = rng.normal(size=(2 * y * n, 2 * x * n))
    while True:
        centre = rng.uniform(-beyond, np.array(image.shape) - 1 + beyond)
        places = [(centre + 0.5) / 2**j - 0.5 + (size - 1) / 2 for j in range(scales)]
        if min(np.abs(place - place.round()).min() for place in places) > 1e-3:
            return image, centre, rng.normal(size=(scales, size, size))


@settings(deadline=None)
@given(SIZES)
def test_gradients_of_a_window(sizes):
    y, x, size, _, seed = sizes
    image, centre, dpatches = problem(y, x, size, 1, seed)
    function = as_loss(lambda image, centre: crop_forward(image, centre, size), crop_backward, (dpatches[0],))
    report = check_gradients(function, {"image": image, "centre": centre}, rng=np.random.default_rng(seed))
    assert report.largest < NUMERICAL_DIFFERENCES, report


@settings(deadline=None)
@given(SIZES)
def test_gradients_of_a_glimpse(sizes):
    y, x, size, scales, seed = sizes
    image, centre, dpatches = problem(y, x, size, scales, seed)
    function = as_loss(
        lambda image, centre: glimpse_forward(image, centre, size, scales), glimpse_backward, (dpatches,)
    )
    report = check_gradients(function, {"image": image, "centre": centre}, rng=np.random.default_rng(seed))
    assert report.largest < NUMERICAL_DIFFERENCES, report


def test_gradients_of_a_glimpse_entry_by_entry():
    image, centre, dpatches = problem(scales=3)
    function = as_loss(lambda image, centre: glimpse_forward(image, centre, 5, 3), glimpse_backward, (dpatches,))
    report = check_gradients_by_entry(function, {"image": image, "centre": centre})
    assert report.largest < NUMERICAL_DIFFERENCES, report


def torchs_window(image, centre, size):
    """The same by grid_sample, which counts from -1 to 1 over the picture, columns first."""
    import torch

    sides = torch.tensor(image.shape, dtype=image.dtype)
    samples = centre[:, None] + torch.arange(size, dtype=image.dtype) - (size - 1) / 2
    rows, columns = (2 * samples + 1) / sides[:, None] - 1
    grid = torch.stack([columns.expand(size, size), rows[:, None].expand(size, size)], dim=-1)
    sampled = torch.nn.functional.grid_sample(
        image[None, None], grid[None], mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return sampled[0, 0]


@pytest.mark.parametrize("place", [(3.3, 2.6), (-0.7, 4.2), (6.4, -1.9), (40.0, 3.1), (2.25, 8.5), (-3.49, -2.51)])
@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_a_window_and_its_gradients_equal_torchs(place, size):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    image, dpatch, centre = rng.normal(size=(7, 5)), rng.normal(size=(size, size)), np.array(place) + 0.013
    tensors = [torch.tensor(a, requires_grad=True) for a in (image, centre)]
    theirs = torchs_window(*tensors, size)
    theirs.backward(torch.tensor(dpatch))
    patch, cache = crop_forward(image, centre, size)
    assert_close(patch, theirs.detach().numpy())
    for ours, tensor in zip(crop_backward(dpatch, cache), tensors, strict=True):
        assert_close(ours, tensor.grad.numpy())


@pytest.mark.parametrize("place", [(5.3, 2.6), (-1.7, 9.2), (13.4, -1.9), (20.1, 3.1)])
def test_a_glimpse_and_its_gradients_equal_torchs(place):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    image, dpatches, centre = rng.normal(size=(12, 8)), rng.normal(size=(3, 4, 4)), np.array(place)
    tensors = [torch.tensor(a, requires_grad=True) for a in (image, centre)]
    means = [torch.nn.functional.avg_pool2d(tensors[0][None], 2**j)[0] for j in range(3)]
    theirs = torch.stack([torchs_window(m, (tensors[1] + 0.5) / 2**j - 0.5, 4) for j, m in enumerate(means)])
    theirs.backward(torch.tensor(dpatches))
    patches, cache = glimpse_forward(image, centre, 4, 3)
    assert_close(patches, theirs.detach().numpy())
    for ours, tensor in zip(glimpse_backward(dpatches, cache), tensors, strict=True):
        assert_close(ours, tensor.grad.numpy())


def test_on_a_pixel_the_slope_is_the_one_towards_the_next_as_torch_has_it():
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(5).normal(size=(8, 8))  # sides whose halves torch's own counting keeps exact
    for place in [(3.0, 3.5), (0.0, 7.0), (-1.0, 4.0), (8.0, 2.0)]:
        centre = torch.tensor(place, dtype=torch.float64, requires_grad=True)
        torchs_window(torch.tensor(image), centre, 3).sum().backward()
        _, cache = crop_forward(image, np.array(place), 3)
        dcentre = crop_backward(np.ones((3, 3)), cache)[1]
        assert_close(dcentre, centre.grad.numpy())
        ahead = crop_forward(image, np.array(place) + 1e-6, 3)[1]
        assert_close(dcentre, crop_backward(np.ones((3, 3)), ahead)[1], tolerance=1e-5)


def test_a_window_on_pixels_is_a_slice_of_the_picture():
    image = np.random.default_rng(0).normal(size=(9, 7))
    assert_close(crop_forward(image, np.array([4.0, 3.0]), 3)[0], image[3:6, 2:5])
    assert_close(crop_forward(image, np.array([4.5, 2.5]), 4)[0], image[3:7, 1:5])


def test_half_a_pixel_on_is_the_mean_of_two():
    image = np.random.default_rng(0).normal(size=(9, 7))
    half = crop_forward(image, np.array([4.5, 3.0]), 3)[0]
    assert_close(half, (image[3:6, 2:5] + image[4:7, 2:5]) / 2)


def test_a_plane_is_sampled_exactly_inside():
    rows, columns = np.mgrid[0:10, 0:8].astype(float)
    patch, cache = crop_forward(2 * rows - 3 * columns, np.array([4.3, 3.8]), 3)
    k = np.arange(3) - 1
    assert_close(patch, 2 * (4.3 + k[:, None]) - 3 * (3.8 + k))
    assert_close(crop_backward(np.ones((3, 3)), cache)[1], np.array([18.0, -27.0]))


def test_to_shift_the_picture_is_to_shift_the_centre():
    image, centre, _ = problem(4, 4, 5, 1)
    wide = np.zeros((image.shape[0] + 3, image.shape[1] + 2))
    wide[3:, 2:] = image
    assert_close(crop_forward(image, centre, 5)[0], crop_forward(wide, centre + np.array([3, 2]), 5)[0])


def test_outside_is_zero_and_gives_no_gradient():
    image = np.random.default_rng(0).normal(size=(6, 4))
    for place in [(-5.0, 1.2), (2.3, 9.1), (1e6, 1e6), (-1e300, 0.0)]:
        patches, cache = glimpse_forward(image, np.array(place), 3, 2)
        assert not patches[0].any()
        dimage, dcentre = crop_backward(np.ones((3, 3)), cache[0])
        assert not dimage.any()
        assert not dcentre.any()


def test_at_the_edge_a_window_fades_out():
    one = np.ones((5, 5))
    values = [crop_forward(one, np.array([-x, 2.0]), 1)[0].item() for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert_close(values, np.array([1.0, 0.75, 0.5, 0.25, 0.0]))


def test_a_coarse_window_holds_the_means_of_what_a_larger_one_holds():
    """Where the centre lies between blocks: window j is the larger window of scale 0, averaged."""
    image = np.random.default_rng(0).normal(size=(24, 16))
    centre = np.array([11.5, 7.5])
    patches, _ = glimpse_forward(image, centre, 2, 3)
    for j in range(3):
        assert_close(patches[j], block_means(crop_forward(image, centre, 2 * 2**j)[0], 2**j))


def test_all_scales_look_at_the_same_place():
    """The middle of what a window sees of a smooth blob is the same at each scale."""
    rows, columns = np.mgrid[0:32, 0:32].astype(float)
    centre = np.array([14.2, 17.9])
    image = np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / 18)
    patches, _ = glimpse_forward(image, centre, 9, 3)
    k = np.arange(9) - 4
    for patch in patches[1:]:
        assert abs((patch * k[:, None]).sum() / patch.sum()) < 0.01
        assert abs((patch * k).sum() / patch.sum()) < 0.01


def test_one_scale_is_a_window():
    image, centre, _ = problem(scales=1)
    assert_close(glimpse_forward(image, centre, 4, 1)[0][0], crop_forward(image, centre, 4)[0])


def test_single_precision_stays_single_and_nothing_is_changed():
    image, centre, dpatches = (a.astype(np.float32) for a in problem())
    before = [a.copy() for a in (image, centre, dpatches)]
    patches, cache = glimpse_forward(image, centre, 5, 2)
    results = [patches, *glimpse_backward(dpatches, cache), *crop_backward(dpatches[0], cache[0])]
    assert {a.dtype for a in results} == {np.dtype(np.float32)}
    assert all((a == b).all() for a, b in zip(before, (image, centre, dpatches), strict=True))
    exact = glimpse_forward(image.astype(float), centre.astype(float), 5, 2)[0]
    assert_close(patches, exact, dtype="float32")


@pytest.mark.parametrize(
    ("error", "says", "changed"),
    [
        (ValueError, r"image: shape \(6,\), expected \(Y, X\)", {"image": np.ones(6)}),
        (TypeError, "image: int64 array", {"image": np.ones((6, 4), int)}),
        (ValueError, r"centre: shape \(3,\)", {"centre": np.ones(3)}),
        (TypeError, "centre: got list", {"centre": [1.0, 2.0]}),
        (TypeError, "centre: float32 array", {"centre": np.ones(2, np.float32)}),
        (ValueError, "centre: nan at", {"centre": np.array([np.nan, 1.0])}),
        (ValueError, "size must be a whole number of at least 1, got 0", {"size": 0}),
        (ValueError, "scales must be a whole number of at least 1, got 1.5", {"scales": 1.5}),
        (ValueError, r"image: shape \(6, 4\), expected multiples of 4 for 3 scales", {"scales": 3}),
    ],
)
def test_what_cannot_be_right_is_refused(error, says, changed):
    given = {"image": np.ones((6, 4)), "centre": np.array([2.0, 1.5]), "size": 3, "scales": 2, **changed}
    with pytest.raises(error, match=says):
        glimpse_forward(**given)


def test_a_gradient_of_another_shape_is_refused():
    image, centre, _ = problem()
    _, cache = glimpse_forward(image, centre, 5, 2)
    with pytest.raises(ValueError, match=r"dpatches: shape \(3, 5, 5\)"):
        glimpse_backward(np.ones((3, 5, 5)), cache)
    with pytest.raises(ValueError, match="dpatch: shape"):
        crop_backward(np.ones((5, 4)), cache[0])
