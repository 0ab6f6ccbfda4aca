"""Pictures with captions for training and scoring: emoji from packages, or a COCO-format set of the reader's."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from rnncourse.data import coco_captions, emoji_pictures


class CaptionData(NamedTuple):
    """N pictures, one or more captions each, and the indices of each part."""

    images: NDArray[np.uint8]  # (N, S, S, 3)
    captions: list[list[str]]
    splits: dict[str, NDArray[np.intp]]
    fingerprint: str  # of names and their order

    def pairs(self, split: str) -> tuple[NDArray[np.intp], list[str]]:
        """Every (picture, caption) pair of a part: the pictures' indices and the captions."""
        found = [(index, caption) for index in self.splits[split] for caption in self.captions[index]]
        return np.array([index for index, _ in found], dtype=np.intp), [caption for _, caption in found]


def emoji_data(size: int = 32, *, artist: str = "twemoji") -> CaptionData:
    """The emoji, split as `emoji_pictures.split` says."""
    pictures = emoji_pictures.load(size, artist=artist)
    splits = emoji_pictures.split(pictures.captions)
    mark = emoji_pictures.fingerprint(pictures)
    return CaptionData(pictures.images, [[caption] for caption in pictures.captions], splits, mark)


def coco_data(images: str | Path, annotations: str | Path, size: int = 64) -> CaptionData:
    """A folder of pictures and a COCO captions file; a tenth is held out for validation, a tenth as "pictures"."""
    photographs = coco_captions.load(images, annotations, size)
    return CaptionData(photographs.images, photographs.captions, photographs.splits, photographs.fingerprint)


def to_tensor(images: NDArray[np.uint8]) -> Tensor:
    """(N, S, S, 3) bytes to (N, 3, S, S) float32 in [0, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).contiguous().float() / 255


def moved(images: Tensor, rng: np.random.Generator, shift: float = 0.12, zoom: float = 0.15) -> Tensor:
    """Each picture (B, 3, S, S) moved and zoomed a little; never mirrored ("facing right") nor recoloured ("dark").

    shift : up to this part of the half width.  zoom : by up to this part.  Outside is white.
    """
    B = len(images)
    scale = 1 + rng.uniform(-zoom, zoom, B)
    transform = np.zeros((B, 2, 3), dtype=np.float32)
    transform[:, 0, 0] = transform[:, 1, 1] = scale
    transform[:, :, 2] = rng.uniform(-shift, shift, (B, 2))
    places = affine_grid(torch.from_numpy(transform), list(images.shape), align_corners=False)
    return 1 - grid_sample(1 - images, places, align_corners=False)
