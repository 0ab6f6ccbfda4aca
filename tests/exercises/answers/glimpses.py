"""Answers to the exercises of chapter 15 (planned)."""

import numpy as np

from rnncourse.exercises.glimpses import crop_bilinear, reinforce_gradient
from rnncourse.reference.glimpses import crop_backward, crop_forward, glimpse_forward
from tests.exercises.harness import Answers, Wrong, slip

# --- crop_bilinear ---


def crop_by_loop(image, centre, size):
    """Four neighbours a sample, each asked whether it is there."""
    Y, X = image.shape

    def pixel(y, x):
        return image[y, x] if 0 <= y < Y and 0 <= x < X else 0.0

    patch, dpatch = np.zeros((size, size), image.dtype), np.zeros((2, size, size), image.dtype)
    for i in range(size):
        for j in range(size):
            row, column = centre[0] + i - (size - 1) / 2, centre[1] + j - (size - 1) / 2
            y, x = int(np.floor(row)), int(np.floor(column))
            v, u = row - y, column - x
            a, b, c, d = pixel(y, x), pixel(y, x + 1), pixel(y + 1, x), pixel(y + 1, x + 1)
            patch[i, j] = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
            dpatch[0, i, j] = (1 - u) * (c - a) + u * (d - b)
            dpatch[1, i, j] = (1 - v) * (b - a) + v * (d - c)
    return patch, dpatch


def crop_with_a_frame(image, centre, size):
    """All samples share their fractions: four slices of the picture in a wide frame of zeros."""
    corner = centre.astype(float) - (size - 1) / 2
    corner = np.clip(corner, -size - 1, np.array(image.shape) + 1)  # further out there are zeros as well
    frame = np.pad(image, size + 3)
    (y, x), (v, u) = np.floor(corner).astype(int), corner - np.floor(corner)
    y, x = y + size + 3, x + size + 3
    a, b = frame[y : y + size, x : x + size], frame[y : y + size, x + 1 : x + 1 + size]
    c, d = frame[y + 1 : y + 1 + size, x : x + size], frame[y + 1 : y + 1 + size, x + 1 : x + 1 + size]
    upper, lower = (1 - u) * a + u * b, (1 - u) * c + u * d
    patch = (1 - v) * upper + v * lower
    dpatch = np.stack([lower - upper, (1 - v) * (b - a) + v * (d - c)])
    return patch.astype(image.dtype), dpatch.astype(image.dtype)


def crop_by_indices(image, centre, size):
    """Floors and fractions of rows and of columns, and a mask for what is outside."""
    rows, columns = (c + np.arange(size) - 0.5 * size + 0.5 for c in centre.astype(float))
    y, x = np.floor(rows).astype(int), np.floor(columns).astype(int)
    v, u = (rows - y)[:, None], (columns - x)[None]

    def at(dy, dx):
        yy, xx = y + dy, x + dx
        inside = ((yy >= 0) & (yy < image.shape[0]))[:, None] & ((xx >= 0) & (xx < image.shape[1]))
        return np.where(inside, image[yy.clip(0, image.shape[0] - 1)][:, xx.clip(0, image.shape[1] - 1)], 0)

    patch = (1 - v) * (1 - u) * at(0, 0) + (1 - v) * u * at(0, 1) + v * (1 - u) * at(1, 0) + v * u * at(1, 1)
    drow = (1 - u) * (at(1, 0) - at(0, 0)) + u * (at(1, 1) - at(0, 1))
    dcolumn = (1 - v) * (at(0, 1) - at(0, 0)) + v * (at(1, 1) - at(1, 0))
    return patch.astype(image.dtype), np.stack([drow, dcolumn]).astype(image.dtype)


def crop_with_einsum(image, centre, size):
    """The package's weights, the sums written out."""
    k = np.arange(size) - (size - 1) / 2
    weights, slopes = [], []
    for c, side in zip(centre, image.shape, strict=True):
        distance = (c + k)[:, None] - np.arange(side)
        near = np.abs(distance) < 1
        weights.append((near * (1 - np.abs(distance))).astype(image.dtype))
        slopes.append((near * np.where(distance > 0, -1, 1)).astype(image.dtype))
    patch = np.einsum("iy,yx,jx->ij", weights[0], image, weights[1])
    drow = np.einsum("iy,yx,jx->ij", slopes[0], image, weights[1])
    return patch, np.array([drow, np.einsum("iy,yx,jx->ij", weights[0], image, slopes[1])])


def crop_in_torch(image, centre, size):
    """grid_sample; the derivative of each sample by its own place."""
    import torch

    picture = torch.tensor(image, dtype=torch.float64)
    near = np.clip(centre.astype(float), -1e4, 1e4)  # torch counts the pixels in whole numbers of 32 bits
    samples = torch.tensor(near)[:, None] + torch.arange(size) - (size - 1) / 2
    sides = torch.tensor(image.shape, dtype=torch.float64)[:, None]
    rows, columns = (2 * samples + 1) / sides - 1
    grid = torch.stack([columns.expand(size, size), rows[:, None].expand(size, size)], dim=-1).requires_grad_()
    patch = torch.nn.functional.grid_sample(picture[None, None], grid[None], align_corners=False)[0, 0]
    patch.sum().backward()
    dcolumn, drow = (grid.grad * 2 / sides[:, 0].flip(0)).movedim(-1, 0)
    return patch.detach().numpy().astype(image.dtype), torch.stack([drow, dcolumn]).numpy().astype(image.dtype)


def crop_of_the_package(image, centre, size):
    """The package's backward pass, a cotangent for each sample."""
    patch, cache = crop_forward(image, centre, size)
    dpatch = np.zeros((2, size, size), image.dtype)
    for place in np.ndindex(size, size):
        one = np.zeros_like(patch)
        one[place] = 1
        dpatch[(slice(None), *place)] = crop_backward(one, cache)[1]
    return patch, dpatch


def crop_by_differences(image, centre, size):
    """Derivatives measured with a step of a tenth of a pixel: wrong where the step crosses a pixel."""
    patch = crop_bilinear(image, centre, size)[0]
    steps = 0.1 * np.eye(2, dtype=image.dtype)
    ahead = [crop_bilinear(image, centre + step, size)[0] for step in steps]
    return patch, np.stack([(a - patch) / np.float32(0.1) for a in ahead]).astype(image.dtype)


def crop_by_one_pixel(image, centre, size):
    """The difference to the window a whole pixel further."""
    patch = crop_bilinear(image, centre, size)[0]
    ahead = [crop_bilinear(image, centre + step, size)[0] for step in np.eye(2, dtype=image.dtype)]
    return patch, np.stack(ahead) - patch


def crop_kept_inside(image, centre, size):
    """The centre is moved until the window lies in the picture."""
    half = (size - 1) / 2
    kept = [np.clip(c, half, max(half, n - 1 - half)) for c, n in zip(centre, image.shape, strict=True)]
    return crop_bilinear(image, np.array(kept, image.dtype) + image.dtype.type(1e-9), size)


def crop_of_square_pictures(image, centre, size):
    return crop_bilinear(image[: image.shape[1]], centre, size)


def crop_cubic(image, centre, size):
    """Smooth weights, 3d² - 2d³: exact at pixels and half way, another curve between."""
    patch, dpatch = np.zeros((size, size)), np.zeros((2, size, size))
    k = np.arange(size) - (size - 1) / 2
    d = [(c + k)[:, None] - np.arange(n) for c, n in zip(centre, image.shape, strict=True)]
    near = [np.maximum(0, 1 - np.abs(x)) for x in d]
    W = [3 * w**2 - 2 * w**3 for w in near]
    dW = [6 * w * (1 - w) * -np.sign(x) for w, x in zip(near, d, strict=True)]
    patch[:] = W[0] @ image @ W[1].T
    dpatch[:] = dW[0] @ image @ W[1].T, W[0] @ image @ dW[1].T
    return patch.astype(image.dtype), dpatch.astype(image.dtype)


def crop_unless_far(image, centre, size):
    """Refuses a window without a pixel."""
    if not crop_bilinear(np.ones_like(image), centre, size)[0].any():
        raise ValueError("nothing to see")
    return crop_bilinear(image, centre, size)


def crop_clipped_to_one(image, centre, size):
    patch, dpatch = crop_bilinear(image, centre, size)
    return np.clip(patch, 0, 1), dpatch


LOOP_ROW = "centre[0] + i - (size - 1) / 2, centre[1] + j - (size - 1) / 2"
LOOP_PIXEL = "image[y, x] if 0 <= y < Y and 0 <= x < X else 0.0"
INSIDE = "((yy >= 0) & (yy < image.shape[0]))[:, None] & ((xx >= 0) & (xx < image.shape[1]))"

CROP_BILINEAR = Answers(
    correct=(
        crop_by_loop,
        crop_with_a_frame,
        crop_by_indices,
        crop_with_einsum,
        crop_in_torch,
        crop_of_the_package,
    ),
    wrong=(
        slip(
            crop_by_loop, LOOP_ROW, "centre[1] + i - (size - 1) / 2, centre[0] + j - (size - 1) / 2", "the column first"
        ),
        slip(crop_by_loop, LOOP_ROW, "centre[0] + i - size / 2, centre[1] + j - size / 2", "half a pixel off"),
        slip(crop_by_loop, LOOP_ROW, "centre[0] + i - size // 2, centre[1] + j - size // 2", "for even sizes"),
        slip(crop_by_loop, LOOP_ROW, "centre[0] + i, centre[1] + j", "begins at the centre"),
        slip(
            crop_by_loop, LOOP_PIXEL, "image[np.clip(y, 0, Y - 1), np.clip(x, 0, X - 1)]", "the last pixel is repeated"
        ),
        slip(crop_by_loop, LOOP_PIXEL, "image[y % Y, x % X]", "from the other end"),
        slip(crop_by_loop, LOOP_PIXEL, "image[y, x] if y < Y and x < X else 0.0"),
        slip(crop_by_loop, LOOP_PIXEL, "image[y, x] if 0 < y < Y and 0 < x < X else 0.0"),
        slip(crop_by_loop, LOOP_PIXEL, "image[y, x] if 0 <= y < Y - 1 and 0 <= x < X - 1 else 0.0"),
        slip(crop_by_loop, "v, u = row - y, column - x", "v, u = column - x, row - y"),
        slip(crop_by_loop, "v, u = row - y, column - x", "v, u = round(row - y), round(column - x)"),
        slip(crop_by_loop, "v, u = row - y, column - x", "v, u = 1 - row + y, 1 - column + x"),
        slip(crop_by_loop, "int(np.floor(row)), int(np.floor(column))", "int(row), int(column)"),
        slip(
            crop_by_loop,
            "patch[i, j] = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)",
            "patch[i, j] = ((1 - v) * (1 - u)) * a + u * b + v * c + u * v * d",
        ),
        slip(crop_by_loop, "= (1 - u) * (c - a) + u * (d - b)", "= c - a"),
        slip(crop_by_loop, "= (1 - u) * (c - a) + u * (d - b)", "= (1 - u) * (a - c) + u * (b - d)"),
        slip(
            crop_by_indices,
            "np.stack([drow, dcolumn])",
            "np.stack([dcolumn, drow])",
            "the two derivatives have changed places",
        ),
        slip(crop_by_indices, "np.stack([drow, dcolumn])", "np.stack([-drow, -dcolumn])", "wrong sign"),
        slip(crop_by_indices, "np.stack([drow, dcolumn])", "np.stack([drow, dcolumn], axis=-1)", "(S, S, 2)"),
        slip(
            crop_by_indices,
            "np.stack([drow, dcolumn])",
            "np.array([drow.sum(), dcolumn.sum()])",
            "a derivative of its own",
        ),
        slip(crop_by_indices, "return patch.astype(image.dtype)", "return patch.T.astype(image.dtype)", "transposed"),
        slip(crop_by_indices, INSIDE, "(yy >= 0)[:, None] & (xx >= 0)"),
        slip(crop_with_a_frame, "np.pad(image, size + 3)", 'np.pad(image, size + 3, mode="edge")', "is repeated"),
        slip(crop_with_a_frame, "np.pad(image, size + 3)", 'np.pad(image, size + 3, mode="reflect")'),
        Wrong(crop_by_differences),
        Wrong(crop_by_one_pixel),
        Wrong(crop_kept_inside),
        Wrong(crop_of_square_pictures),
        Wrong(crop_cubic),
        Wrong(crop_unless_far),
        Wrong(crop_clipped_to_one),
    ),
    equivalent={
        "4:74: image → centre": "picture and centre have one type",
        "5:52: image → centre": "picture and centre have one type",
        "6:54: image → centre": "picture and centre have one type",
    },
)

# --- glimpse ---


def glimpse_of_the_package(image, centre, size, scales):
    return glimpse_forward(image, centre, size, scales)[0]


def glimpse_by_halving(image, centre, size, scales):
    """Each picture is the one before, halved; so is the place."""
    patches, place = np.empty((scales, size, size), image.dtype), centre
    for j in range(scales):
        patches[j] = crop_by_indices(image, place, size)[0]
        if j < scales - 1:
            image = (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4
            place = place / 2 - 0.25
    return patches


def glimpse_by_loops(image, centre, size, scales):
    """Every block by itself."""
    found = []
    for n in (2**j for j in range(scales)):
        Y, X = image.shape[0] // n, image.shape[1] // n
        means = np.array([[image[y * n : (y + 1) * n, x * n : (x + 1) * n].mean() for x in range(X)] for y in range(Y)])
        place = (centre - (n - 1) / 2) / n  # from the middle of the first block
        found.append(crop_by_loop(means.astype(image.dtype), place, size)[0])
    return np.array(found)


def glimpse_with_matrices(image, centre, size, scales):
    """Blocks and window in one matrix an axis."""
    patches = []
    for j in range(scales):
        n = 2**j
        R, C = (
            np.maximum(0, 1 - np.abs((c + 0.5) / n - size / 2 + np.arange(size)[:, None] - np.arange(side // n)))
            @ np.kron(np.eye(side // n), np.full(n, 1 / n))
            for c, side in zip(centre.astype(float), image.shape, strict=True)
        )
        patches.append(R @ image @ C.T)
    return np.stack(patches).astype(image.dtype)


def glimpse_in_torch(image, centre, size, scales):
    import torch

    picture, patches = torch.tensor(image, dtype=torch.float64)[None, None], []
    for j in range(scales):
        means = torch.nn.functional.avg_pool2d(picture, 2**j)
        sides = torch.tensor(means.shape[2:], dtype=torch.float64)[:, None]
        place = (torch.tensor(centre.astype(float)) + 0.5) / 2**j - 0.5
        rows, columns = (2 * (place[:, None] + torch.arange(size) - (size - 1) / 2) + 1) / sides - 1
        grid = torch.stack([columns.expand(size, size), rows[:, None].expand(size, size)], dim=-1)
        patches.append(torch.nn.functional.grid_sample(means, grid[None], align_corners=False)[0, 0])
    return torch.stack(patches).numpy().astype(image.dtype)


def glimpse_of_clipped_places(image, centre, size, scales):
    """The centre may not leave the picture."""
    inside = np.clip(centre, 0, np.array(image.shape) - 1).astype(image.dtype)
    return glimpse_forward(image, inside, size, scales)[0]


def glimpse_at_whole_pixels(image, centre, size, scales):
    return glimpse_forward(image, np.round(centre), size, scales)[0]


def glimpse_of_three_scales(image, centre, size, scales):
    return glimpse_forward(image, centre, size, min(scales, 3))[0]


def glimpse_enlarged(image, centre, size, scales):
    """Averaged, and made large again: the window stays as small as the first."""
    found = []
    for n in (2**j for j in range(scales)):
        means = image.reshape(image.shape[0] // n, n, image.shape[1] // n, n).mean(axis=(1, 3))
        found.append(crop_by_indices(np.kron(means, np.ones((n, n), image.dtype)), centre, size)[0])
    return np.stack(found)


def glimpse_of_medians(image, centre, size, scales):
    found = []
    for n in (2**j for j in range(scales)):
        blocks = image.reshape(image.shape[0] // n, n, image.shape[1] // n, n)
        found.append(crop_by_indices(np.median(blocks, axis=(1, 3)), (centre + 0.5) / n - 0.5, size)[0])
    return np.stack(found).astype(image.dtype)


def glimpse_in_place(image, centre, size, scales):
    """Changes the caller's centre."""
    found = []
    for n in (2**j for j in range(scales)):
        means = image.reshape(image.shape[0] // n, n, image.shape[1] // n, n).mean(axis=(1, 3))
        found.append(crop_by_indices(means, centre, size)[0])
        centre /= 2
        centre -= 0.25
    return np.stack(found)


HALF = "place = place / 2 - 0.25"
LOOP_PLACE = "(centre - (n - 1) / 2) / n"

GLIMPSE = Answers(
    correct=(
        glimpse_of_the_package,
        glimpse_by_halving,
        glimpse_by_loops,
        glimpse_with_matrices,
        glimpse_in_torch,
    ),
    wrong=(
        slip(glimpse_by_halving, HALF, "place = place / 2", "half a pixel is missing"),
        slip(glimpse_by_halving, HALF, "pass", "not counted in blocks"),
        slip(glimpse_by_halving, HALF, "place = place / 2 + 0.25", "half a block is taken off twice"),
        slip(glimpse_by_halving, HALF, "place = place // 2"),
        slip(glimpse_by_halving, HALF, "place = np.round(place / 2 - 0.25)"),
        slip(
            glimpse_by_halving,
            "(image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4",
            "image[::2, ::2]",
            "one of its pixels",
        ),
        slip(glimpse_by_halving, "image[1::2, 1::2]) / 4", "image[1::2, 1::2])", "the sum of its pixels"),
        slip(glimpse_by_halving, "image[1::2, 1::2]) / 4", "image[1::2, 1::2]) / 2"),
        slip(glimpse_by_halving, "return patches", "return patches[::-1].copy()", "the coarsest scale comes first"),
        slip(glimpse_by_halving, "return patches", "return np.moveaxis(patches, 0, -1).copy()", "come last"),
        slip(glimpse_by_halving, "return patches", "return patches.transpose(0, 2, 1).copy()", "transposed"),
        slip(glimpse_by_halving, "return patches", "return patches.reshape(-1, size)", "beside one another"),
        slip(glimpse_by_halving, "range(scales)", "range(scales - 1)"),
        slip(
            glimpse_by_loops, "for n in (2**j for j in range(scales))", "for n in (2**j for j in range(scales, 0, -1))"
        ),
        slip(
            glimpse_by_loops,
            "for n in (2**j for j in range(scales))",
            "for n in (j + 1 for j in range(scales))",
            "1, 2, 3",
        ),
        slip(glimpse_by_loops, LOOP_PLACE, "centre / n", "half a pixel is missing"),
        slip(glimpse_by_loops, LOOP_PLACE, "(centre + (n - 1) / 2) / n"),
        slip(glimpse_by_loops, LOOP_PLACE, "centre / n - (n - 1) / 2"),
        slip(glimpse_by_loops, ".mean() for x", ".max() for x", "largest pixel"),
        slip(glimpse_by_loops, "x * n : (x + 1) * n]", "x * n : x * n + 1]"),
        slip(glimpse_by_loops, "place = (", "place = ((centre[::-1] - centre) + ", ""),
        Wrong(glimpse_of_clipped_places),
        Wrong(glimpse_at_whole_pixels),
        Wrong(glimpse_of_three_scales),
        Wrong(glimpse_enlarged),
        Wrong(glimpse_of_medians),
        Wrong(glimpse_in_place, "changes its argument centre"),
    ),
    equivalent={
        "7:62: (1, 3) → (3, 1)": "the order of two axes to average over",
    },
    impossible={
        "right unless scales is large": "both sides would be multiples of 2¹⁶: four thousand million pixels",
    },
)

# --- reinforce_gradient ---


def reinforce_by_loop(log_prob_grads, rewards, baseline):
    N, P = log_prob_grads.shape
    b = np.broadcast_to(baseline, N)
    total = np.zeros(P)
    for n in range(N):
        total += (float(rewards[n]) - float(b[n])) * log_prob_grads[n]
    return (total / N).astype(log_prob_grads.dtype)


def reinforce_by_product(log_prob_grads, rewards, baseline):
    return (rewards - baseline) @ log_prob_grads / len(rewards)


def reinforce_with_einsum(log_prob_grads, rewards, baseline):
    better = np.subtract(rewards, baseline, dtype=np.float64)
    return np.einsum("n,np->p", better / better.size, log_prob_grads).astype(log_prob_grads.dtype)


def reinforce_in_torch(log_prob_grads, rewards, baseline):
    import torch

    grads, r = torch.tensor(log_prob_grads), torch.tensor(rewards)
    return ((r - torch.as_tensor(baseline, dtype=r.dtype))[:, None] * grads).mean(dim=0).numpy()


def reinforce_by_columns(log_prob_grads, rewards, baseline):
    return np.array([np.mean((rewards - baseline) * column) for column in log_prob_grads.T])


def reinforce_of_numbers(log_prob_grads, rewards, baseline):
    """As if the baseline were always one number."""
    return reinforce_gradient(log_prob_grads, rewards, float(np.ravel(baseline)[0]))


def reinforce_of_right_and_wrong(log_prob_grads, rewards, baseline):
    """As if every reward were 0 or 1."""
    return reinforce_gradient(log_prob_grads, (rewards > 0.5).astype(rewards.dtype), baseline)


def reinforce_without_zeros(log_prob_grads, rewards, baseline):
    """The mean over the episodes that count."""
    better = rewards - baseline
    return (better[:, None] * log_prob_grads).sum(axis=0) / max(1, np.count_nonzero(better))


def reinforce_in_place(log_prob_grads, rewards, baseline):
    log_prob_grads *= (rewards - baseline)[:, None]
    return log_prob_grads.mean(axis=0)


def reinforce_by_the_best(log_prob_grads, rewards, baseline):
    best = int(rewards.argmax())
    return (rewards - baseline)[best] * log_prob_grads[best]


def reinforce_unless_given(log_prob_grads, rewards, baseline):
    """A baseline of 0 is taken for none, and the mean put in its place."""
    b = rewards.mean() if not np.any(baseline) else baseline
    return reinforce_gradient(log_prob_grads, rewards, b)


def reinforce_of_positive_baselines(log_prob_grads, rewards, baseline):
    return reinforce_gradient(log_prob_grads, rewards, np.maximum(baseline, 0).astype(rewards.dtype))


def reinforce_of_clipped(log_prob_grads, rewards, baseline):
    better = np.clip(rewards - baseline, -10, 10)
    return (better[:, None] * log_prob_grads).mean(axis=0)


PRODUCT = "(rewards - baseline) @ log_prob_grads / len(rewards)"
REINFORCE_GRADIENT = Answers(
    correct=(
        reinforce_by_loop,
        reinforce_by_product,
        reinforce_with_einsum,
        reinforce_in_torch,
        reinforce_by_columns,
    ),
    wrong=(
        slip(reinforce_by_product, PRODUCT, "rewards @ log_prob_grads / len(rewards)", "the baseline is not taken off"),
        slip(reinforce_by_product, "rewards - baseline", "rewards + baseline", "the baseline is added"),
        slip(reinforce_by_product, "rewards - baseline", "baseline - rewards", "the sign is turned round"),
        slip(reinforce_by_product, "rewards - baseline", "rewards - rewards.mean()", "in place of the baseline"),
        slip(reinforce_by_product, " / len(rewards)", "", "added up"),
        slip(reinforce_by_product, "len(rewards)", "max(1, len(rewards) - 1)", "divided by N - 1"),
        slip(reinforce_by_product, "len(rewards)", "log_prob_grads.size", "over the parameters too"),
        slip(reinforce_by_product, "len(rewards)", "log_prob_grads.shape[1]"),
        slip(reinforce_by_product, PRODUCT, "(rewards - baseline)[:, None] * log_prob_grads", "episode by episode"),
        slip(
            reinforce_by_product,
            PRODUCT,
            "(rewards - baseline).mean() * log_prob_grads.mean(axis=0)",
            "multiply first",
        ),
        slip(reinforce_by_product, "(rewards - baseline)", "(rewards - baseline).clip(0)", "left out"),
        slip(reinforce_by_columns, "np.mean(", "np.median("),
        slip(reinforce_by_columns, "log_prob_grads.T]", "np.exp(log_prob_grads).T]"),
        slip(reinforce_by_loop, "(float(rewards[n]) - float(b[n]))", "float(rewards[n]) - float(b[n])"),
        slip(reinforce_by_loop, "float(b[n])", "float(b[0])"),
        slip(reinforce_by_loop, "float(b[n])", "float(b[n - 1])"),
        slip(reinforce_by_loop, "range(N)", "range(1, N)"),
        slip(reinforce_by_loop, "total += ", "total = "),
        Wrong(reinforce_of_numbers),
        Wrong(reinforce_of_right_and_wrong),
        Wrong(reinforce_without_zeros),
        Wrong(reinforce_in_place, "changes its argument log_prob_grads"),
        Wrong(reinforce_by_the_best),
        Wrong(reinforce_unless_given),
        Wrong(reinforce_of_positive_baselines),
        Wrong(reinforce_of_clipped),
    ),
)

ANSWERS = {
    "crop_bilinear": CROP_BILINEAR,
    "glimpse": GLIMPSE,
    "reinforce_gradient": REINFORCE_GRADIENT,
}
