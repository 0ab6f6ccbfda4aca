"""What one picture costs: how many numbers are multiplied and added, counted from the sizes alone.

What is counted: one for each product of a weight and a value (and its addition), one for each pixel that a mean takes
in, four for each sample between pixels. What is not: biases, gates, ReLUs, maxima, and moving numbers about.
"""

from typing import NamedTuple

from torch import nn

from rnncourse.systems.glimpses.convnet import ConvNet
from rnncourse.systems.glimpses.model import CLASSES, Looker


class Cost(NamedTuple):
    """Of one picture, from pixels to answer."""

    seeing: int  # what is done for each pixel or sample: convolutions, means, samples
    thinking: int  # what the rest does with it: linear layers, the GRU

    @property
    def all(self) -> int:
        return self.seeing + self.thinking


def cost_of(model: Looker | ConvNet, *, crop: bool = False) -> Cost:
    """The cost of one picture of `model.settings["side"]`.

    crop : a Looker averages only what its windows need; see `Looker.forward`.
    """
    return _of_convolutions(model) if isinstance(model, ConvNet) else _of_looks(model, crop=crop)


def _of_convolutions(model: ConvNet) -> Cost:
    side, seeing = model.settings["side"] // model.shrink, 0
    for layer in model.see:
        if isinstance(layer, nn.Conv2d):
            seeing += layer.weight.numel() * side**2
        elif isinstance(layer, nn.MaxPool2d):
            side //= 2
    averaged = model.settings["side"] ** 2 if model.shrink > 1 else 0
    return Cost(averaged + seeing, _products(model.say))


def _of_looks(model: Looker, *, crop: bool) -> Cost:
    pyramid = sum(model.side**2 // 4**j for j in range(model.scales - 1))  # each level is made of the one before
    if model.way == "whole":
        seeing = pyramid
    else:
        blocks = sum(4**j * (model.size + 1) ** 2 for j in range(1, model.scales))  # one pixel needs no mean
        samples = 4 * model.scales * model.size**2
        seeing = model.glimpses * (samples + blocks) if crop else pyramid + model.glimpses * samples
    H, features = model.core.hidden_size, model.core.input_size
    moving = model.way in ("gradient", "reinforce")
    one = _products(model.what) + _products(model.where) + 3 * H * (features + H) + H * (CLASSES + 2 * moving)
    return Cost(seeing, model.glimpses * one)


def _products(layers: nn.Module) -> int:
    return sum(layer.weight.numel() for layer in layers.modules() if isinstance(layer, nn.Linear))
