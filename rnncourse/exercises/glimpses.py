"""Exercises of chapter 15: a window between pixels, a glimpse at several scales, REINFORCE's gradient."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncourse.checks.cases import ORDINARY, Case, Draw, draws
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.slip import Slip
from rnncourse.reference import glimpses

CHAPTER = "15_glimpses"
Array = np.ndarray


def crop_bilinear(image: Array, centre: Array, size: int) -> tuple[Array, Array]:
    """A pixel weighs 1 - distance, along rows and along columns; its weight changes by 1 a pixel."""
    Y, X = image.shape
    samples = (centre[:, None] + np.arange(size) - (size - 1) / 2).astype(image.dtype)
    down = samples[0, :, None] - np.arange(Y, dtype=image.dtype)
    across = samples[1, :, None] - np.arange(X, dtype=image.dtype)
    R, C = np.maximum(0, 1 - np.abs(down)), np.maximum(0, 1 - np.abs(across))
    dR, dC = -np.sign(down) * (R > 0), -np.sign(across) * (C > 0)
    patch = R @ image @ C.T
    dpatch = np.stack([dR @ image @ C.T, R @ image @ dC.T])
    return patch, dpatch


PLACES = ("before", "within", "after", "away")


def _first(rng: np.random.Generator, place: str, size: int, side: int) -> float:
    """Where the first sample lies along one axis, never near a pixel: all other samples are whole steps further."""
    low, high = {
        "before": (-size, 0),  # the first sample outside, the last one not
        "within": (0, max(1, side - size)),
        "after": (max(0, side - size), side),
        "away": (side, side + 3),
        "over": (side - size, 0),  # the window holds all of the picture
        "around": (-((size + 1) // 2), max(1, side - size // 2)),
    }[place]
    return float(rng.integers(low, high) + rng.uniform(0.03, 0.97))


def _centre(rng: np.random.Generator, image: Array, size: int, down: str = "around", across: str = "around") -> Array:
    first = [_first(rng, place, size, side) for place, side in zip((down, across), image.shape, strict=True)]
    return (np.array(first) + (size - 1) / 2).astype(image.dtype)


def _picture(rng: np.random.Generator, *shape: int) -> Array:
    return rng.normal(size=shape)


def _crop_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Windows within the picture, over each edge and corner of it, away from it, larger than it, of one sample.

    Pictures of one row, of one column, of one pixel, long and flat; odd and even sizes.
    """

    def case(kind: str, image: Array, size: int, down: str = "around", across: str = "around") -> Case:
        Y, X = image.shape
        return Case((image, _centre(rng, image, size, down, across), size), f"{kind}: Y={Y}, X={X}, S={size}")

    for draw in draws(rng, "YXS"):
        image = draw.array("YX")
        places = ("within", "within") if draw.kind == ORDINARY else ("around", "around")
        yield draw.case(image, _centre(rng, image, draw.S, *places), draw.S)
    for size in (3, 4):
        for down in PLACES:
            for across in PLACES:
                yield case(f"rows {down}, columns {across}", _picture(rng, 9, 7), size, down, across)
    for place in ("before", "within", "after"):
        yield case(f"one sample, {place}", _picture(rng, 6, 5), 1, place, "within")
        yield case(f"one sample, columns {place}", _picture(rng, 5, 6), 1, "within", place)
    for text, shape, size in (
        ("one row", (1, 8), 3),
        ("one column", (8, 1), 4),
        ("one pixel", (1, 1), 4),
        ("flat", (3, 30), 5),
        ("high", (30, 3), 6),
        ("a large window", (25, 22), 21),
    ):
        yield case(text, _picture(rng, *shape), size)
        yield case(f"{text}, from 0 to 1", rng.random(shape), size)
    for size in (11, 12):
        yield case("a window larger than the picture", _picture(rng, 4, 5), size, "over", "over")
    for size in (4, 5):
        bright = np.zeros((8, 6))
        bright[3, 2] = 1.0
        yield case("one bright pixel", bright, size, "within", "within")
        yield case("all pixels alike", np.ones((7, 9)), size)
    image, whole = _picture(rng, 8, 9), np.array([4.0, 3.0])
    yield Case((image, 0 * whole, 4), "the centre on the first pixel: Y=8, X=9, S=4")
    yield Case((image, whole, 2), "the centre on another pixel: Y=8, X=9, S=2")
    yield Case((image, whole + 0.5, 5), "the centre between four pixels: Y=8, X=9, S=5")
    for text, far in (("far away", 1e6), ("far before", -1e6), ("very far away", 1e18), ("to the left", -7.6)):
        yield Case((image, np.array([2.3, far]), 3), f"{text}: Y=8, X=9, S=3")
    yield replace(case("single precision, an even size", image.astype(np.float32), 4), dtype="float32")


def _by_neighbouring_samples(image: Array, centre: Array, size: int) -> tuple[Array, Array]:
    patch, _ = crop_bilinear(image, centre, size)
    wide = np.pad(patch, 1, mode="edge")
    return patch, np.stack([wide[2:, 1:-1] - wide[:-2, 1:-1], wide[1:-1, 2:] - wide[1:-1, :-2]]) / 2


def _wrapped(image: Array, centre: Array, size: int) -> tuple[Array, Array]:
    """What indices below 0 do in NumPy."""
    Y, X = image.shape
    return crop_bilinear(np.tile(image, (3, 3)), centre + np.array([Y, X], image.dtype), size)


CROP_BILINEAR = Exercise(
    reference=crop_bilinear,
    package=glimpses.crop_forward,
    difficulty="extend",
    statement="Cut a window of size times size samples out of a picture, and differentiate it by its centre, a row and "
    "a column. Pixels lie at whole numbers. Samples lie one apart, along rows and along columns: at "
    "centre + k - (size - 1) / 2 for k = 0 … size - 1. Between pixels the picture is bilinear. It goes on with "
    "zeros: beyond its last pixel it falls to 0 within one pixel, continuously, and stays 0. The window may lie partly "
    "or wholly outside. dpatch[0] is the derivative by the centre's row, dpatch[1] by its column. A sample's row and "
    "column are never whole numbers: there the picture has a kink.",
    inputs=("image (Y, X)", "centre (2,) row and column", "size"),
    outputs=("patch (S, S)", "dpatch (2, S, S)"),
    cases=_crop_cases,
    never_zero=("centre",),  # a window of odd size would lie on pixels; of even size one is drawn
    hints=(
        "Along one axis a sample at s lies between two pixels; a pixel at y weighs max(0, 1 - |s - y|). Rows and "
        "columns are weighed apart: the patch is R @ image @ C.T, R (S, Y) the weights of rows, C (S, X) of columns.",
        "Pixels that are not there weigh nothing: R and C need no special case at the edges.",
        "By s a weight changes by -1 where the sample lies beyond the pixel, by +1 where it lies before it, and not at "
        "all a pixel or more away. So dpatch[0] is dR @ image @ C.T, and dpatch[1] is R @ image @ dC.T.",
    ),
    slips=(
        Slip(
            "centre is (row, column); yours takes the column first.",
            ("samples = (centre[:, None]", "samples = (centre[::-1, None]"),
        ),
        Slip(
            "the samples lie half a pixel off. The middle of size samples is (size - 1) / 2, and a pixel lies at a "
            "whole number, not half a pixel further.",
            ("(size - 1) / 2", "size / 2"),
        ),
        Slip(
            "half a pixel is lost for even sizes: (size - 1) / 2 is no whole number there, // is not /.",
            ("(size - 1) / 2", "(size - 1) // 2"),
        ),
        Slip(
            "half a pixel is lost for even sizes: the middle is (size - 1) / 2, not size // 2.",
            ("(size - 1) / 2", "size // 2"),
        ),
        Slip("the window begins at the centre. It should lie around it.", (" - (size - 1) / 2", "")),
        Slip(
            "each sample takes the nearest pixel alone. Bilinear takes two rows and two columns, by their distances.",
            ("np.maximum(0, 1 - np.abs(down))", "1.0 * (np.abs(down) <= 0.5)"),
            ("np.maximum(0, 1 - np.abs(across))", "1.0 * (np.abs(across) <= 0.5)"),
        ),
        Slip(
            "the centre is rounded to whole pixels, so the window jumps as it moves.",
            ("samples = (centre[:, None]", "samples = (1e-9 + np.floor(centre)[:, None]"),
        ),
        Slip(
            "the two weights have changed places: the nearer pixel must weigh more, 1 minus its distance.",
            ("np.maximum(0, 1 - np.abs(down))", "np.abs(down) * (np.abs(down) < 1)"),
            ("np.maximum(0, 1 - np.abs(across))", "np.abs(across) * (np.abs(across) < 1)"),
        ),
        Slip(
            "outside, the last pixel is repeated. The picture goes on with zeros.",
            ("down = samples[0, :, None]", "down = samples[0, :, None].clip(0, Y - 1)"),
            ("across = samples[1, :, None]", "across = samples[1, :, None].clip(0, X - 1)"),
        ),
        Slip(
            "a sample less than a pixel outside is 0 at once. The picture falls to 0 within one pixel: between the "
            "last pixel and the zero beside it, it is bilinear too.",
            ("C.T\n    dpatch", "C.T * np.outer(*((samples > 0) & (samples < [[Y - 1], [X - 1]])))\n    dpatch"),
            (
                "R @ image @ dC.T])",
                "R @ image @ dC.T]) * np.outer(*((samples > 0) & (samples < [[Y - 1], [X - 1]])))",
            ),
        ),
        Misconception(
            "an index below 0 counts from the other end: the picture comes in again from there. Outside are zeros.",
            _wrapped,
        ),
        Slip(
            "dpatch has the wrong sign: as the centre moves down, each sample comes nearer to the pixel below.",
            ("-np.sign(down)", "np.sign(down)"),
            ("-np.sign(across)", "np.sign(across)"),
        ),
        Slip(
            "the two derivatives have changed places: dpatch[0] is by the row.",
            ("[dR @ image @ C.T, R @ image @ dC.T]", "[R @ image @ dC.T, dR @ image @ C.T]"),
        ),
        Slip(
            "the derivative is taken by row and column at once. Keep the columns' weights while the row moves.",
            ("[dR @ image @ C.T, R @ image @ dC.T]", "[dR @ image @ dC.T, dR @ image @ dC.T]"),
        ),
        Misconception(
            "dpatch comes from the patch's own neighbours, as np.gradient does it. The slope at a sample is that "
            "between the pixels on its two sides.",
            _by_neighbouring_samples,
        ),
        Slip(
            "dpatch is added up over the window. Each sample has a derivative of its own: (2, S, S).",
            ("return patch, dpatch", "return patch, dpatch.sum(axis=(1, 2))"),
        ),
        Slip(
            "dpatch is (S, S, 2). Row and column come first: (2, S, S).",
            ("R @ image @ dC.T])", "R @ image @ dC.T], axis=-1)"),
        ),
        Slip(
            "the patch is transposed: its rows are the picture's rows.",
            ("return patch, dpatch", "return patch.T, dpatch"),
        ),
        Slip(
            "dpatch[1] has the wrong sign: as the centre moves right, each sample comes nearer to the pixel on its "
            "right.",
            ("-np.sign(across)", "np.sign(across)"),
        ),
    ),
)


def glimpse(image: Array, centre: Array, size: int, scales: int) -> Array:
    """The same window on the picture's means over ever larger blocks."""
    Y, X = image.shape
    patches = []
    for j in range(scales):
        n = 2**j
        means = image.reshape(Y // n, n, X // n, n).mean(axis=(1, 3))
        patch, _ = crop_bilinear(means, (centre + 0.5) / n - 0.5, size)
        patches.append(patch)
    return np.stack(patches)


def _glimpse_cases(rng: np.random.Generator) -> Iterator[Case]:
    """One scale to five; windows within, over the edges and outside; odd and even sizes; one block, one row of them."""

    def case(kind: str, image: Array, size: int, scales: int, *places: str) -> Case:
        Y, X = image.shape
        label = f"{kind}: Y={Y}, X={X}, S={size}, scales={scales}"
        return Case((image, _centre(rng, image, size, *places), size, scales), label)

    def by_draw(draw: Draw, scales: int) -> Case:
        n = 2 ** (scales - 1)
        image = (draw.scale * _picture(rng, n * draw.Y, n * draw.X)).astype(draw.dtype)
        found = case(draw.kind, image, draw.S, scales)
        return replace(found, dtype=draw.dtype, layout=draw.layout)

    for draw in draws(rng, "YXS"):
        usual = {ORDINARY: 3, "the same sizes again": 3, "all sizes one": 1, "float32": 3}
        yield by_draw(draw, usual.get(draw.kind, int(rng.integers(1, 4))))
    for scales in (1, 2, 3, 4, 5):
        n = 2 ** (scales - 1)
        for size in (1, 2, 5, 6):
            yield case("random places", _picture(rng, 3 * n, 2 * n), size, scales)
        yield case("one block", _picture(rng, n, n), 3, scales)
        yield case("one row of blocks", _picture(rng, n, 5 * n), 4, scales)
        yield case("one column of blocks", _picture(rng, 5 * n, n), 3, scales)
    for down in PLACES:
        for across in PLACES:
            yield case(f"rows {down}, columns {across}", _picture(rng, 16, 12), 4, 3, down, across)
    yield case("from 0 to 1", rng.random((20, 24)), 5, 3)
    yield case("all pixels alike", np.ones((12, 16)), 4, 3)
    yield case("a large window", _picture(rng, 24, 20), 21, 2)
    bright = np.zeros((16, 16))
    bright[5, 9] = 1.0
    yield Case((bright, np.array([6.0, 8.0]), 3, 3), "one bright pixel: Y=16, X=16, S=3, scales=3")
    image = _picture(rng, 16, 8)
    for text, place in (
        ("the centre on a pixel", (5.0, 3.0)),
        ("the centre between four pixels", (7.5, 3.5)),
        ("the middle of a block", (9.5, 5.5)),
        ("far away", (-1e6, 1e6)),
        ("above and to the left", (-2.3, -1.2)),
    ):
        yield Case((image, np.array(place), 3, 3), f"{text}: Y=16, X=8, S=3, scales=3")


def _cut_first(image: Array, centre: Array, size: int, scales: int) -> Array:
    """Windows of size · 2ʲ pixels, averaged after they were cut."""
    found = []
    for j in range(scales):
        patch, _ = crop_bilinear(image, centre, size * 2**j)
        found.append(patch.reshape(size, 2**j, size, 2**j).mean(axis=(1, 3)))
    return np.stack(found)


def _coarser_each_time_by_one(image: Array, centre: Array, size: int, scales: int) -> Array:
    """Blocks of 1, 2, 3 … pixels; what does not fill a block is left out."""
    found = []
    for n in range(1, scales + 1):
        Y, X = (side // n for side in image.shape)
        means = image[: n * Y, : n * X].reshape(Y, n, X, n).mean(axis=(1, 3))
        found.append(crop_bilinear(means, (centre + 0.5) / n - 0.5, size)[0])
    return np.stack(found)


MEANS = "image.reshape(Y // n, n, X // n, n).mean(axis=(1, 3))"
IN_BLOCKS = "(centre + 0.5) / n - 0.5"
GLIMPSE = Exercise(
    reference=glimpse,
    package=glimpses.glimpse_forward,
    difficulty="complete",
    statement="Look at one place of a picture at several scales. For scale j = 0, 1 … scales - 1 average the picture "
    "over blocks of 2**j times 2**j pixels, the first block at its first pixel; both sides are multiples of "
    "2**(scales - 1). Cut a window of size times size samples out of the means, as crop_bilinear does: bilinear, "
    "zeros outside, samples one block apart. Its centre is the given one, counted in blocks: (c + 0.5) / 2**j - 0.5 "
    "along rows and along columns. The finest scale comes first.",
    inputs=("image (Y, X)", "centre (2,) row and column", "size", "scales"),
    outputs=("patches (scales, S, S)",),
    cases=_glimpse_cases,
    hints=(
        "Means over blocks of n: image.reshape(Y // n, n, X // n, n).mean(axis=(1, 3)).",
        "A block of n pixels has its middle at pixel (n - 1) / 2, and that is block 0: so (c + 0.5) / n - 0.5.",
        "What is left is one call of your crop_bilinear a scale, of which the first result is needed; np.stack puts "
        "the windows on top of each other.",
    ),
    slips=(
        Slip(
            "half a pixel is missing in the coarse windows: pixel 0 begins at -0.5, and so does block 0. In blocks the "
            "centre is (c + 0.5) / 2**j - 0.5.",
            (IN_BLOCKS, "centre / n"),
        ),
        Slip("the centre is not counted in blocks: divide for the coarse scales.", (IN_BLOCKS, "centre")),
        Slip(
            "the centre in blocks is rounded: then the coarse windows jump as the centre moves.",
            (IN_BLOCKS, "np.round((centre + 0.5) / n - 0.5)"),
        ),
        Slip(
            "the centre in blocks is that of the block it lies in: // is not /.",
            (IN_BLOCKS, "centre // n"),
        ),
        Slip(
            "half a block is taken off twice, or the wrong way: (c + 0.5) / 2**j - 0.5.",
            (IN_BLOCKS, "(centre - 0.5) / n + 0.5"),
        ),
        Slip("half a pixel is put on and not taken off again: - 0.5 is missing.", (IN_BLOCKS, "(centre + 0.5) / n")),
        Slip(
            "each block is one of its pixels, not their mean: what lies between is not seen.",
            (MEANS, "image[::n, ::n]"),
        ),
        Slip("each block is the sum of its pixels. Their mean is asked for.", (".mean(", ".sum(")),
        Slip("each block is its largest pixel. The mean is asked for.", (".mean(", ".max(")),
        Slip(
            "the picture is not averaged: all scales see the same pixels.",
            (MEANS, "image"),
            (IN_BLOCKS, "centre"),
        ),
        Slip(
            "the blocks are taken apart wrongly: these pixels are Y // n apart, not neighbours. The block's own axis "
            "comes after the blocks' one.",
            (MEANS, "image.reshape(n, Y // n, n, X // n).mean(axis=(0, 2))"),
        ),
        Slip("the coarsest scale comes first in yours.", ("np.stack(patches)", "np.stack(patches[::-1])")),
        Slip(
            "the first scale is averaged already: it has blocks of 2**0 = 1 pixel.",
            ("2**j", "2 ** min(j + 1, scales - 1)"),
        ),
        Slip("centre is (row, column); yours takes the column first.", (IN_BLOCKS, "(centre[::-1] + 0.5) / n - 0.5")),
        Slip(
            "the scales come last in yours: patches is (scales, S, S).",
            ("np.stack(patches)", "np.stack(patches, axis=-1)"),
        ),
        Slip(
            "the windows are put beside one another. Stack them: (scales, S, S).",
            ("np.stack(patches)", "np.concatenate(patches)"),
        ),
        Slip(
            "the windows are added up to one mean. Each scale is kept.",
            ("np.stack(patches)", "np.mean(patches, axis=0)"),
        ),
        Slip("these windows are transposed: rows stay rows.", ("patches.append(patch)", "patches.append(patch.T)")),
        Misconception(
            "the window is cut out first and averaged afterwards, so its blocks move with the centre. Here the "
            "picture's own blocks are averaged, and the window is bilinear between them.",
            _cut_first,
        ),
        Misconception("the blocks have 1, 2, 3 … pixels a side. They double: 1, 2, 4 …", _coarser_each_time_by_one),
    ),
)


def reinforce_gradient(log_prob_grads: Array, rewards: Array, baseline: Array | float) -> Array:
    """Each episode's choices become likelier by as much as its reward is better than expected."""
    advantage = rewards - baseline
    return (advantage[:, None] * log_prob_grads).mean(axis=0)


def _reinforce_cases(rng: np.random.Generator) -> Iterator[Case]:
    """One baseline for all, and one an episode; a single episode; rewards all equal, 0 or 1, below 0, far from 0."""
    for draw in draws(rng, "NP"):
        grads, rewards = draw.array("NP"), draw.array("N")
        yield draw.case(grads, rewards, draw.array("N"))
        yield replace(draw, kind=f"{draw.kind}, a number as baseline").case(grads, rewards, float(rng.normal()))
    grads = rng.normal(size=(9, 4))
    right = np.array([1.0, 0, 0, 1, 1, 0, 1, 0, 0])
    for text, rewards, baseline in (
        ("rewards 0 and 1", right, 0.4),
        ("rewards 0 and 1, a baseline each", right, rng.random(9)),
        ("all rewards 1", np.ones(9), 0.7),
        ("all rewards as expected", np.ones(9), 1.0),
        ("all rewards equal, a baseline each", np.full(9, 2.5), rng.normal(size=9)),
        ("each reward as expected", right, right.copy()),
        ("one reward is not 0", np.eye(9)[3], 0.25),
        ("no baseline", right, 0.0),
        ("a baseline of zeros", right, np.zeros(9)),
        ("a baseline below 0", rng.normal(size=9), -1.5),
        ("rewards below 0", -1 - rng.random(9), -1.2),
        ("a large baseline", rng.normal(size=9), 50.0),
        ("rewards and baseline far from 0", 1e4 + rng.normal(size=9), 1e4),
        ("all baselines equal", rng.normal(size=9), np.full(9, 0.3)),
    ):
        yield Case((grads, rewards, baseline), f"{text}: N=9, P=4")
    for baseline in (rng.normal(size=1), 0.6):
        yield Case((rng.normal(size=(1, 5)), rng.normal(size=1), baseline), "one episode: N=1, P=5")
    yield Case((rng.normal(size=(6, 1)), rng.normal(size=6), 0.2), "one parameter: N=6, P=1")
    yield Case((np.repeat(rng.normal(size=(1, 4)), 9, axis=0), right, 0.4), "all gradients alike: N=9, P=4")
    yield Case((rng.random((5, 20)), rng.random(5), rng.random(5)), "all from 0 to 1: N=5, P=20")


MEAN = "(advantage[:, None] * log_prob_grads).mean(axis=0)"
REINFORCE_GRADIENT = Exercise(
    reference=reinforce_gradient,
    difficulty="complete",
    statement="The gradient of REINFORCE, to climb: N episodes were played; log_prob_grads[n] is the gradient of the "
    "log-probability of all choices of episode n by the P parameters, rewards[n] its reward. The baseline, one number "
    "for all or one an episode, is what was expected. Return the mean over episodes of (reward - baseline) times the "
    "gradient.",
    inputs=("log_prob_grads (N, P)", "rewards (N,)", "baseline (N,) or a number"),
    outputs=("grad (P,)",),
    cases=_reinforce_cases,
    hints=(
        "How much better than expected was each episode? That is one number an episode: rewards - baseline, (N,).",
        "Each episode's gradient counts by its number: (N, 1) times (N, P).",
        "The mean over episodes is the mean over axis 0, and what is left is (P,).",
    ),
    slips=(
        Slip(
            "the baseline is not taken off. Over many episodes it changes nothing on average; it is there against the "
            "noise of few.",
            ("rewards - baseline", "rewards"),
        ),
        Slip(
            "the baseline is added. It is what was expected, and is taken off.",
            ("rewards - baseline", "rewards + baseline"),
        ),
        Slip(
            "the mean of the rewards is taken off in place of the baseline that is given.",
            ("rewards - baseline", "rewards - rewards.mean()"),
        ),
        Slip(
            "the sign is turned round: this goes downhill, to less reward. The ascent direction is asked for.",
            ("rewards - baseline", "baseline - rewards"),
        ),
        Slip("these gradients are added up. The mean over episodes is asked for.", (".mean(axis=0)", ".sum(axis=0)")),
        Slip(
            "the mean is taken over the parameters too. One number for each parameter is asked for.",
            (".mean(axis=0)", ".mean(axis=0) / log_prob_grads.shape[1]"),
        ),
        Slip(
            "the mean reward and the mean gradient are multiplied. Each episode's own reward belongs to its own "
            "gradient: multiply first.",
            (MEAN, "advantage.mean() * log_prob_grads.mean(axis=0)"),
        ),
        Slip(
            "what is better than expected is divided by its standard deviation, as many programs do. Here it is not.",
            ("rewards - baseline", "(rewards - baseline) / ((rewards - baseline).std() + 1e-8)"),
        ),
        Slip(
            "episodes that went worse than expected are left out. From them one learns what not to do.",
            ("rewards - baseline", "np.maximum(rewards - baseline, 0)"),
        ),
        Slip(
            "only the sign of reward - baseline counts in yours. Its size counts too.",
            ("rewards - baseline", "np.sign(rewards - baseline)"),
        ),
        Slip(
            "the baseline is taken off the gradient's mean, not off the rewards.",
            (MEAN, "(rewards[:, None] * log_prob_grads).mean(axis=0) - np.mean(baseline)"),
        ),
        Slip(
            "the baseline is averaged over the episodes. Each episode has its own, where there are several.",
            ("rewards - baseline", "rewards - np.mean(baseline).astype(rewards.dtype)"),
        ),
        Slip(
            "the difference is squared. That is the baseline's loss; here it counts once, with its sign.",
            ("rewards - baseline", "(rewards - baseline) ** 2"),
        ),
        Slip(
            "the sum is divided by N - 1. The mean of N episodes is asked for.",
            (MEAN, "(advantage[:, None] * log_prob_grads).sum(axis=0) / max(1, len(rewards) - 1)"),
        ),
        Slip("this is (N, P), episode by episode. Take the mean over them.", (".mean(axis=0)", "")),
        Slip(
            "the mean runs over the parameters, axis 1. It runs over the episodes, axis 0.",
            (".mean(axis=0)", ".mean(axis=1)"),
        ),
    ),
)
