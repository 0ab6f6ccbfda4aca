"""A glimpse: a small window of a picture, sharp where it looks and coarse around it (chapter 15).

A pixel is a point, its row and column whole numbers; between pixels the picture is bilinear, outside it is 0. A window
of size S around a centre c has S × S samples, one pixel apart, at c + k − (S − 1)/2 with k = 0 … S − 1. What it holds
is linear in the picture: R image Cᵀ, where R weighs rows and C columns. Both can be differentiated by the centre: so a
network can learn where to look by gradient descent.
"""

import numpy as np

from rnncourse.reference._validation import check_array, check_count, check_finite

Array = np.ndarray


def crop_forward(image: Array, centre: Array, size: int) -> tuple[Array, tuple]:
    """Cut a window out of a picture.

    image : (Y, X).  centre : (2,), row and column in pixels, anywhere.  size : S, the window's side in pixels.

    Returns (patch (S, S), cache).
    Raises ValueError, TypeError: a shape or a type that is not so, a size below 1, a centre that is not finite.
    Source: Jaderberg et al. 2015, equation 5.
    """
    _check(image, centre, size)
    R, dR = _weights(centre[0], size, image.shape[0])
    C, dC = _weights(centre[1], size, image.shape[1])
    patch = R @ image @ C.T
    return patch, (image, R, dR, C, dC)


def crop_backward(dpatch: Array, cache: tuple) -> tuple[Array, Array]:
    """From ∂L/∂patch (S, S) to (dimage (Y, X), dcentre (2,)).

    Where a sample lies on a pixel the picture has a kink; there the slope is the one towards the next pixel.
    Source: Jaderberg et al. 2015, equations 6 and 7.
    """
    image, R, dR, C, dC = cache
    check_array("dpatch", dpatch, dtype=image.dtype, rows=len(R), columns=len(R))
    drow = (dpatch * (dR @ image @ C.T)).sum()
    dcolumn = (dpatch * (R @ image @ dC.T)).sum()
    return R.T @ dpatch @ C, np.array([drow, dcolumn])


def glimpse_forward(image: Array, centre: Array, size: int, scales: int) -> tuple[Array, tuple]:
    """Look at one place at several scales: window j sees 2ʲ times as far, and each of its samples is a mean of pixels.

    The picture is averaged over blocks of 2ʲ × 2ʲ pixels. Row c of the picture is row (c + ½)/2ʲ − ½ of the blocks.

    image : (Y, X), both multiples of 2^(scales − 1).  centre : (2,).  size : S.  scales : J.

    Returns (patches (J, S, S), cache).
    Raises ValueError, TypeError: as `crop_forward`, or a side that blocks do not fill.
    Source: Mnih et al. 2014, section 3.1 (the glimpse sensor), with means and a centre between pixels.
    """
    check_count("scales", scales)
    _check(image, centre, size)
    if any(side % 2 ** (scales - 1) for side in image.shape):
        raise ValueError(f"image: shape {image.shape}, expected multiples of {2 ** (scales - 1)} for {scales} scales")
    crops = [crop_forward(block_means(image, 2**j), _in_blocks(centre, 2**j), size) for j in range(scales)]
    return np.stack([patch for patch, _ in crops]), tuple(cache for _, cache in crops)


def glimpse_backward(dpatches: Array, cache: tuple) -> tuple[Array, Array]:
    """From ∂L/∂patches (J, S, S) to (dimage (Y, X), dcentre (2,))."""
    image, R, *_ = cache[0]
    check_array("dpatches", dpatches, dtype=image.dtype, scales=len(cache), rows=len(R), columns=len(R))
    dimage, dcentre = np.zeros_like(image), np.zeros(2, image.dtype)
    for j, (dpatch, crop) in enumerate(zip(dpatches, cache, strict=True)):
        dmeans, dc = crop_backward(dpatch, crop)
        dimage += _block_means_backward(dmeans, 2**j)
        dcentre += dc / 2**j
    return dimage, dcentre


def block_means(image: Array, n: int) -> Array:
    """The means (Y / n, X / n) of blocks of n × n pixels."""
    Y, X = image.shape
    return image.reshape(Y // n, n, X // n, n).mean(axis=(1, 3))


def _block_means_backward(dmeans: Array, n: int) -> Array:
    return np.repeat(np.repeat(dmeans, n, axis=0), n, axis=1) / n**2


def _in_blocks(centre: Array, n: int) -> Array:
    """The same place counted in blocks: pixel 0 begins at −½ and so does block 0."""
    return (centre + 0.5) / n - 0.5


def _weights(c: np.floating, size: int, side: int) -> tuple[Array, Array]:
    """What each sample takes of each pixel along one axis, (S, side), and the derivative by c.

    A pixel's weight falls from 1 at the pixel to 0 at its neighbours; a sample outside has no pixels.
    """
    s = c + np.arange(size, dtype=c.dtype) - (size - 1) / 2
    d = np.arange(side, dtype=c.dtype) - s[:, None]  # from the sample to the pixel
    W = np.maximum(0, 1 - np.abs(d))
    ahead, behind = (d > 0) & (d <= 1), (d > -1) & (d <= 0)
    return W, ahead.astype(c.dtype) - behind.astype(c.dtype)


def _check(image: Array, centre: Array, size: int) -> None:
    check_array("image", image, Y=None, X=None)
    check_array("centre", centre, dtype=image.dtype, two=2)
    check_finite("centre", centre)
    check_count("size", size)
