"""A picture in a few glimpses: where a network looks next depends on what it has seen.

At every step the sensor cuts windows of several scales around one place (`rnncourse.reference.glimpses`); what was seen
and where enters a GRU; its state says what the digit is and where to look next. Ways to find the next place:

- "gradient": it is computed, and the loss is differentiated through the windows (Jaderberg et al. 2015);
- "reinforce": it is drawn around what is computed, and what led to a right answer becomes likelier (Mnih et al. 2014);
- controls that choose nothing: "centre" stares at the middle, "random" looks anywhere, "whole" sees no window but the
  whole picture, averaged to the coarsest scale.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy, grid_sample, mse_loss, relu

from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.torch.gru import GRU

WAYS = ("gradient", "reinforce", "centre", "random", "whole")
CLASSES = 10


class Looks(NamedTuple):
    """What a network did with B pictures in T glimpses."""

    logits: Tensor  # (T, B, K), after each glimpse
    centres: Tensor  # (T, B, 2), row and column in pixels
    log_probs: Tensor  # (T, B), of each place that was drawn; 0 elsewhere
    baselines: Tensor  # (T, B), the reward that was expected before each glimpse; 0 where no place is drawn


def pyramid(images: Tensor, scales: int) -> list[Tensor]:
    """Images (B, Y, X) averaged over blocks of 1, 2, 4 … pixels a side."""
    means = [images]
    for _ in range(scales - 1):
        means.append(avg_pool2d(means[-1][:, None], 2)[:, 0])
    return means


def windows(means: list[Tensor], centres: Tensor, size: int) -> Tensor:
    """Glimpses (B, J, S, S) of what `pyramid` gave around centres (B, 2), in pixels; differentiable by both.

    `grid_sample` counts from -1 to 1 across the picture, columns first: the centre is at one place at all scales.
    """
    sides = torch.tensor(means[0].shape[1:], dtype=centres.dtype, device=centres.device)
    places = ((2 * centres + 1) / sides - 1).flip(-1)[:, None, None]
    k = 2 * torch.arange(size, dtype=centres.dtype, device=centres.device) - (size - 1)
    steps = torch.stack(torch.meshgrid(k / sides[1], k / sides[0], indexing="xy"), dim=-1)  # (S, S, 2)
    found = [grid_sample(m[:, None], places + 2**j * steps, align_corners=False) for j, m in enumerate(means)]
    return torch.cat(found, dim=1)


def cropped(images: Tensor, centres: Tensor, size: int, scales: int) -> Tensor:
    """The glimpses (B, J, S, S) of `windows`, without a pyramid: only blocks that a window needs are averaged.

    Samples are one block apart, so that all of a window lie at the same place between their four blocks.
    """
    B, Y, X = images.shape
    found = []
    for j in range(scales):
        first = (centres + 0.5) / 2**j - 0.5 - (size - 1) / 2  # the first sample, counted in blocks
        corner = first.detach().floor()
        u, v = (first - corner).T[:, :, None, None]  # how far it is beyond its block
        pixels = 2**j * corner.long()[:, :, None] + torch.arange(2**j * (size + 1), device=images.device)
        rows, columns = pixels[:, 0, :, None], pixels[:, 1, None, :]
        inside = (rows >= 0) & (rows < Y) & (columns >= 0) & (columns < X)
        every = torch.arange(B, device=images.device)[:, None, None]
        taken = images[every, rows.clamp(0, Y - 1), columns.clamp(0, X - 1)] * inside
        m = avg_pool2d(taken[:, None], 2**j)[:, 0]  # (B, S + 1, S + 1)
        m = (1 - u) * m[:, :-1] + u * m[:, 1:]
        found.append((1 - v) * m[:, :, :-1] + v * m[:, :, 1:])
    return torch.stack(found, dim=1)


class Looker(nn.Module):
    """A network that reads one digit in `glimpses` looks.

    Parameters
    ----------
    way : how the next place is found, one of WAYS.
    side : of the pictures in pixels, a multiple of 2^(scales - 1).
    size, scales : of the sensor: windows of size × size samples, each seeing twice as far as the one before.
    glimpses : how many; the first is at the middle ("random": anywhere).
    hidden, features : units of the GRU, and of what is made of a glimpse.
    spread : standard deviation of the places that "reinforce" draws while it trains; the picture reaches from -1 to 1.
    divided : what says where to look next is divided by √hidden before it becomes a place; see `_computed`.
    """

    def __init__(
        self,
        *,
        way: str = "gradient",
        side: int = 60,
        size: int = 12,
        scales: int = 3,
        glimpses: int = 4,
        hidden: int = 128,
        features: int = 128,
        spread: float = 0.15,
        divided: bool = True,
    ) -> None:
        check_choice("way", way, WAYS)
        counts = {"side": side, "size": size, "scales": scales, "glimpses": glimpses}
        counts |= {"hidden": hidden, "features": features}
        for name, number in counts.items():
            check_count(name, number)
        check_number("spread", spread, 0)
        if side % 2 ** (scales - 1):
            raise ValueError(f"side must be a multiple of {2 ** (scales - 1)} for {scales} scales, got {side}")
        super().__init__()
        self.settings: dict[str, Any] = {"way": way, **counts, "spread": spread, "divided": bool(divided)}
        self.way, self.side, self.size, self.scales = way, side, size, scales
        self.glimpses, self.spread, self.divided = glimpses, spread, divided
        seen = (side // 2 ** (scales - 1)) ** 2 if way == "whole" else scales * size**2
        self.what = nn.Sequential(nn.Linear(seen, features), nn.ReLU(), nn.Linear(features, features))
        self.where = nn.Sequential(nn.Linear(2, features), nn.ReLU(), nn.Linear(features, features))
        self.core = GRU(features, hidden)
        self.next = nn.Linear(hidden, 2)
        self.baseline = nn.Linear(hidden, 1)
        self.readout = nn.Linear(hidden, CLASSES)

    def forward(self, images: Tensor, *, crop: bool = False) -> Looks:
        """Look at images (B, Y, X); in training "reinforce" draws places, otherwise it looks where it computed.

        crop : average only what a window needs, which is quicker where the picture is much larger than the windows.
        """
        means = [images] if crop and self.way != "whole" else pyramid(images, self.scales)
        place, state = self._first(images), None
        log_p = expected = images.new_zeros(len(images))
        found: list[tuple[Tensor, ...]] = []
        for _ in range(self.glimpses):
            centres = (place + 1) / 2 * self.side - 0.5
            if self.way == "whole":
                seen = means[-1]
            elif crop:
                seen = cropped(images, centres, self.size, self.scales)
            else:
                seen = windows(means, centres, self.size)
            features = relu(self.what(seen.flatten(1)) + self.where(place))
            h, state = self.core(features[None], state)
            found.append((self.readout(h[0]), centres, log_p, expected))
            place, log_p, expected = self._next(h[0], place)
        return Looks(*(torch.stack(each) for each in zip(*found, strict=True)))

    def _first(self, images: Tensor) -> Tensor:
        middle = images.new_zeros(len(images), 2)
        return 2 * torch.rand_like(middle) - 1 if self.way == "random" else middle

    def _next(self, h: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The next place (B, 2), −1 to 1; the log-probability of having drawn it, and the reward expected then."""
        nothing = h.new_zeros(len(h))
        if self.way in ("centre", "whole"):
            return place, nothing, nothing
        if self.way == "random":
            return 2 * torch.rand_like(place) - 1, nothing, nothing
        if self.way == "gradient":
            return self._computed(h), nothing, nothing
        h = h.detach()  # what is seen is learnt from the answer, where to look from the reward
        mean = self._computed(h)
        if not self.training:
            return mean, nothing, nothing
        drawn = (mean + self.spread * torch.randn_like(mean)).detach()
        log_p = -((drawn - mean) ** 2).sum(dim=1) / (2 * self.spread**2)  # and a constant
        return drawn.clamp(-1, 1), log_p, self.baseline(h)[:, 0]

    def _computed(self, h: Tensor) -> Tensor:
        """A place (B, 2), −1 to 1.

        Divided by √H, so that an update of Adam, which moves every weight by about as much, moves the place less; and
        so that the first places lie near the middle. It learns at larger rates then (experiments/15_help.py).
        """
        return torch.tanh(self.next(h) / (h.shape[1] ** 0.5 if self.divided else 1))


def looking_loss(model: nn.Module, images: Tensor, labels: Tensor, *, every: bool = True) -> Tensor:
    """Cross-entropy, the mean over all glimpses; with "reinforce" what its places and its baseline add.

    every : the answer counts after every glimpse; False: after the last alone.

    The reward is 1 where the last answer is right. The gradient of the second term is −mean (r − b) ∇log π.
    """
    looks = model(images)
    counted = looks.logits if every else looks.logits[-1:]
    loss = cross_entropy(counted.flatten(0, 1), labels.repeat(len(counted)))
    log_probs, baselines = looks.log_probs[1:], looks.baselines[1:]  # the first place is not chosen
    if model.training and getattr(model, "way", "") == "reinforce" and len(log_probs):
        reward = (looks.logits[-1].argmax(dim=-1) == labels).to(loss.dtype).expand_as(baselines)
        better = (reward - baselines).detach()
        loss = loss - (better * log_probs).sum(dim=0).mean() + mse_loss(baselines, reward)
    return loss
