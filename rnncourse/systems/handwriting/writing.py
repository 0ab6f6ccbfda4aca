"""A network that moves a pen: where it goes next, and whether it draws, is lifted or has finished.

It reads where the pen came from and says a mixture of Gaussians for the next offset and a probability for what the pen
does. The mixture is that of `rnncourse.reference.mixture`. A place is a pair of numbers on a square of `span` units.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.torch.lstm import LSTM

State = tuple[Tensor, ...]
MEMORIES = ("lstm", "point", "none")
NOWHERE = -1  # what the pen does past the end of a drawing


class Pen(nn.Module):
    """An LSTM over the points of a drawing, with a mixture of Gaussians as its readout (Graves 2013, section 4).

    Parameters
    ----------
    classes : how many things it may be asked to draw; 0: it is asked for none.
    pens : what the pen can do after a point: 2, go on or end; 3, draw on, be lifted or end.
    hidden, components : units of the LSTM, Gaussians of the mixture.
    memory : "lstm"; the controls "point", two layers that know the last point and how many came before (up to
        `steps`), and "none", which know the class and that number alone.
    steps : numbers of points that the controls tell apart.
    span, scale : side of the square, and the deviation of an offset, by which offsets are divided.
    dropout : of what the readout reads.
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        pens: int = 2,
        hidden: int = 128,
        components: int = 10,
        memory: str = "lstm",
        steps: int = 8,
        span: float = 100.0,
        scale: float = 50.0,
        dropout: float = 0.0,
    ) -> None:
        check_choice("memory", memory, MEMORIES)
        for name, number, low in (("classes", classes, 0), ("pens", pens, 2), ("hidden", hidden, 1)):
            check_count(name, number, low)
        check_count("components", components)
        check_count("steps", steps)
        for name, size in (("span", span), ("scale", scale)):
            check_number(name, size, 1e-6)
        check_number("dropout", dropout, 0, 1)
        super().__init__()
        self.settings: dict[str, Any] = {"classes": classes, "pens": pens, "hidden": hidden, "components": components}
        self.settings |= {"memory": memory, "steps": steps, "span": span, "scale": scale, "dropout": dropout}
        self.classes, self.pens, self.components, self.memory = classes, pens, components, memory
        self.steps, self.span, self.scale = steps, span, scale
        seen = 4 + pens + classes
        if memory == "lstm":
            self.layer: nn.Module = LSTM(seen, hidden)
        else:
            widest = 2 * hidden
            self.layer = nn.Sequential(nn.Linear(seen + steps, widest), nn.Tanh(), nn.Linear(widest, hidden), nn.Tanh())
        self.readout = nn.Linear(hidden, 6 * components + pens)
        self.dropout = nn.Dropout(dropout)

    def inputs(self, places: Tensor, pens: Tensor, classes: Tensor | None) -> Tensor:
        """What is known before each point, (T, B, D): place, offset and pen of the step before, and the class.

        Before the first point the pen is in the middle of the square, has not moved and has done nothing.
        """
        middle = torch.full_like(places[:1], self.span / 2)
        before = torch.cat([middle, places[:-1]])
        moved = torch.cat([torch.zeros_like(middle), before.diff(dim=0)]) / self.scale
        did = torch.cat([torch.full_like(pens[:1], NOWHERE), pens[:-1]])
        known = [moved, before / (self.span / 2) - 1, _which(did, self.pens).to(places.dtype)]
        if self.memory == "none":
            known = [torch.zeros_like(one) for one in known]
        if self.classes:
            if classes is None:
                raise ValueError(f"classes: None, expected (B,) numbers from 0 to {self.classes - 1}")
            known.append(one_hot(classes, self.classes).to(places.dtype).expand(len(places), -1, -1))
        return torch.cat(known, dim=-1)

    def forward(self, places: Tensor, pens: Tensor, classes: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mixtures (T, B, M, 6) of the next offsets over `scale`, logits (T, B, P) of what the pen does there."""
        x = self.inputs(places, pens, classes)
        if self.memory == "lstm":
            h, _ = self.layer(x)
        else:
            T, B = pens.shape
            count = torch.arange(T, device=x.device).clamp(max=self.steps - 1)
            counted = one_hot(count, self.steps).to(x.dtype)[:, None].expand(T, B, -1)
            h = self.layer(torch.cat([x, counted], dim=-1))
        return self.read(self.dropout(h))

    def read(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """The readout of states (…, H)."""
        y = self.readout(h)
        M = self.components
        return y[..., : 6 * M].unflatten(-1, (M, 6)), y[..., 6 * M :]

    def offsets(self, places: Tensor) -> Tensor:
        """Places (T, B, 2) as offsets over `scale`, the first one from the middle of the square."""
        middle = torch.full_like(places[:1], self.span / 2)
        return torch.cat([middle, places]).diff(dim=0) / self.scale


def _which(pens: Tensor, count: int) -> Tensor:
    """One-hot (…, count); all zero where the pen does nothing."""
    return pens[..., None] == torch.arange(count, device=pens.device)


def mixture_log_density(params: Tensor, target: Tensor) -> Tensor:
    """log Σ_m π_m N_m(target) in nats: params (…, M, 6) and target (…, 2) to (…); the equations of the reference."""
    logit, μ_x, μ_y, log_σ_x, log_σ_y, r = params.unbind(dim=-1)
    log_C = 2 * (torch.logaddexp(r, -r) - math.log(2))
    ρ = torch.tanh(r)
    z_x = (target[..., 0, None] - μ_x) * torch.exp(-log_σ_x)
    z_y = (target[..., 1, None] - μ_y) * torch.exp(-log_σ_y)
    Z = z_x**2 + z_y**2 - 2 * ρ * z_x * z_y
    log_N = -math.log(2 * math.pi) - log_σ_x - log_σ_y + log_C / 2 - torch.exp(log_C) * Z / 2
    return torch.logsumexp(logit.log_softmax(dim=-1) + log_N, dim=-1)


def costs(model: Pen, places: Tensor, pens: Tensor, classes: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """What each point costs in nats, (T, B): its place, a density per square unit, and what the pen does there.

    Both are 0 past the end of a drawing, where pens is `NOWHERE`.
    """
    params, logits = model(places, pens, classes)
    counts = pens != NOWHERE
    offsets = model.offsets(torch.where(counts[..., None], places, model.span / 2))
    place = -mixture_log_density(params, offsets) + 2 * math.log(model.scale)
    did = cross_entropy(logits.flatten(0, 1), pens.clamp(min=0).flatten(), reduction="none").view_as(pens)
    return place * counts, did * counts


def drawing_loss(model: nn.Module, places: Tensor, pens: Tensor, *classes: Tensor) -> Tensor:
    """Nats per point: those of all points of a batch over their number."""
    place, did = costs(model, places, pens, *classes)  # type: ignore[arg-type]
    return (place + did).sum() / (pens != NOWHERE).sum()
