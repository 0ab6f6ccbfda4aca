"""What a network with glimpses is held against: one that sees all pixels at once, and the same on a small picture."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from rnncourse.reference._validation import check_count
from rnncourse.systems.glimpses.model import CLASSES, Looks


class ConvNet(nn.Module):
    """Two convolutions with max-pooling and two linear layers.

    Parameters
    ----------
    side : of the pictures in pixels; after averaging a multiple of 4.
    shrink : the picture is averaged over blocks of shrink × shrink pixels first; 1 leaves it.
    channels : of the first convolution; the second has twice as many.
    hidden : units between them and the answer.
    """

    def __init__(self, *, side: int = 60, shrink: int = 1, channels: int = 16, hidden: int = 128) -> None:
        numbers = {"side": side, "shrink": shrink, "channels": channels, "hidden": hidden}
        for name, number in numbers.items():
            check_count(name, number)
        if side % (4 * shrink):
            raise ValueError(f"side must be a multiple of {4 * shrink}, got {side}")
        super().__init__()
        self.settings: dict[str, Any] = {"way": "convolutions", **numbers}
        self.shrink = shrink
        self.see = nn.Sequential(
            *(nn.Conv2d(1, channels, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(channels, 2 * channels, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.say = nn.Sequential(
            nn.Linear(2 * channels * (side // shrink // 4) ** 2, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)
        )

    def forward(self, images: Tensor) -> Looks:
        """Images (B, Y, X) in one look, at the middle."""
        seen = self.see(avg_pool2d(images[:, None], self.shrink))
        logits = self.say(seen.flatten(1))[None]
        nothing = images.new_zeros(1, len(images))
        middle = torch.tensor(images.shape[1:], dtype=images.dtype, device=images.device) / 2 - 0.5
        return Looks(logits, middle.expand(1, len(images), 2), nothing, nothing)
