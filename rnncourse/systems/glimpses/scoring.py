"""How often is the digit read, after each glimpse, and how far from it does the network look?"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from rnncourse.data import clutter

NUMBER, AT_ONCE = 2000, 250
NEAR = 8  # pixels; a digit is 16 wide and high


class Found(NamedTuple):
    """What a network did with N pictures in T glimpses."""

    answers: np.ndarray  # (T, N), the likeliest digit after each glimpse
    probabilities: np.ndarray  # (T, N), its probability
    centres: np.ndarray  # (T, N, 2), where it looked, row and column in pixels


def look(model: nn.Module, images: np.ndarray, *, seed: int = 0) -> Found:
    """Show pictures (N, Y, X) to a network; the seed is for places that are drawn at random."""
    device = next(model.parameters()).device
    found = []
    model.eval()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for start in range(0, len(images), AT_ONCE):
            looks = model(torch.from_numpy(images[start : start + AT_ONCE]).to(device))
            p, answers = looks.logits.softmax(dim=-1).max(dim=-1)
            found.append([t.cpu().numpy() for t in (answers, p, looks.centres)])
    return Found(*(np.concatenate(parts, axis=1) for parts in zip(*found, strict=True)))


def scores(found: Found, pictures: clutter.Pictures) -> dict[str, Any]:
    """Of each glimpse: the share that is read right then, the distance to the digit, the share within NEAR pixels.

    The distance is a mean over pictures, and a median.

    "nearest": the mean of the distance at the glimpse that comes nearest.
    """
    distance = np.linalg.norm(found.centres - pictures.centres, axis=-1)
    right = found.answers == pictures.labels
    return {
        "count": len(pictures.labels),
        "right": float(right[-1].mean()),
        "right_by_glimpse": right.mean(axis=1).tolist(),
        "distance_by_glimpse": distance.mean(axis=1).tolist(),
        "median_by_glimpse": np.median(distance, axis=1).tolist(),
        "near_by_glimpse": (distance <= NEAR).mean(axis=1).tolist(),
        "nearest": float(distance.min(axis=0).mean()),
    }


def evaluate(
    model: nn.Module, *, part: str = "test", number: int = NUMBER, pieces: int = 4, place: str = "anywhere"
) -> dict[str, Any]:
    """`scores` on pictures of one part, always the same ones."""
    side = model.settings["side"]  # type: ignore[index]
    pictures = clutter.load(part, number, side=side, pieces=pieces, place=place)  # type: ignore[arg-type]
    return scores(look(model, pictures.images), pictures)
