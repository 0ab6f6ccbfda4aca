"""How good are written digits? Three judges, for each alone can be deceived.

The first asks what real digits of people never seen cost, in nats a point. The second reads what was written: the
nearest digit of the fourteen other people says what it is, so that it has not seen what the network learned from. The
third looks for copies and for sameness: how far is the nearest digit of training, and how much do the digits of one
class differ? Real digits stand beside, judged alike.
"""

import json
from typing import Any, NamedTuple

import numpy as np
import torch

from rnncourse.systems.handwriting import writing_live as live
from rnncourse.systems.handwriting.writing import NOWHERE, Pen, costs
from rnncourse.systems.handwriting.writing_training import Batches, Drawings, digits, settings_for

Array = np.ndarray
POINTS = 8
BIASES = (0.0, 0.5, 1.0, 2.0)
SAMPLES = 200  # of each class


class Cost(NamedTuple):
    """Nats per point: of places, as a density per square unit, and of what the pen does."""

    place: float
    pen: float


def nats(model: Pen, drawings: Drawings, size: int = 200) -> Cost:
    """What drawings cost a network, the mean over all their points."""
    device = next(model.parameters()).device
    total, count = np.zeros(2), 0
    with torch.no_grad():
        for batch in Batches(drawings, size, 1, 0, span=model.span).still():
            both = costs(model, *(one.to(device) for one in batch))
            total += [float(one.double().sum()) for one in both]
            count += int((batch[1] != NOWHERE).sum())
    return Cost(*(total / count).tolist())


def uniform(what: str) -> float:
    """What a place costs somebody who knows the square alone."""
    side = settings_for(what)["span"] + 1
    return float(2 * np.log(side))


def one_gaussian(known: Drawings, asked: Drawings) -> float:
    """Nats per point where each of a digit's eight places has one Gaussian of its class, and no point sees another."""
    rng, total = np.random.default_rng(0), 0.0
    ours, theirs = (np.stack(one.places) for one in (known, asked))
    ours, theirs = (some + rng.uniform(-0.5, 0.5, some.shape) for some in (ours, theirs))
    for label in range(10):
        for t in range(POINTS):
            x, y = ours[known.labels == label, t], theirs[asked.labels == label, t]
            covariance = np.cov(x.T)
            z = y - x.mean(axis=0)
            far = (z @ np.linalg.inv(covariance) * z).sum(axis=1)
            total += float((far + np.log(np.linalg.det(covariance))).sum() / 2 + len(y) * np.log(2 * np.pi))
    return total / (len(asked.places) * POINTS)


def written(model: live.Model, bias: float, seed: int, each: int = SAMPLES) -> tuple[Array, Array, Array]:
    """Digits (N, 8, 2) of all classes, what was meant (N,), and how many points each had (N,).

    One that ends early stands still to its eighth point; of a longer one the first eight count.
    """
    meant = np.repeat(np.arange(10), each)
    found = live.drawn(live.draw(model, len(meant), np.random.default_rng(seed), classes=meant, bias=bias, limit=16))
    lengths = np.array([len(pens) for _, pens in found])
    places = [np.concatenate([way, np.repeat(way[-1:], POINTS, axis=0)])[:POINTS] for way, _ in found]
    return np.stack(places), meant, lengths


def apart(some: Array, others: Array) -> Array:
    """Distances (N, K) between digits (N, 8, 2) and (K, 8, 2): root mean square over the points, in units."""
    a, b = (one.reshape(len(one), -1) for one in (some, others))
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(squares.clip(min=0) / POINTS)


def spread(places: Array, labels: Array) -> float:
    """How much the digits of one class differ: the deviation of a coordinate, mean over points and classes."""
    return float(np.mean([places[labels == label].std(axis=0).mean() for label in np.unique(labels)]))


class Judges:
    """The second and the third judge, with the digits that they know."""

    def __init__(self) -> None:
        self.known, self.same, self.others = (digits(part) for part in ("train", "validation", "test"))
        self._known, self._others = np.stack(self.known.places), np.stack(self.others.places)

    def of(self, places: Array, meant: Array) -> dict[str, float]:
        """Read as meant, in a hundred; distance to the nearest digit of training; spread."""
        read = self.others.labels[apart(places, self._others).argmin(axis=1)]
        return {
            "read as meant": 100 * float((read == meant).mean()),
            "distance": float(apart(places, self._known).min(axis=1).mean()),
            "spread": spread(places, meant),
        }

    def real(self) -> dict[str, dict[str, float]]:
        """Real digits that the network has not seen, by the people of its training and by the others.

        The judge knows the others' digits: it does not read them.
        """
        same, others = self.of(np.stack(self.same.places), self.same.labels), self.of(self._others, self.others.labels)
        del others["read as meant"]
        return {"the same people": same, "other people": others}


def played(model: Pen) -> live.Model:
    """The same network in NumPy."""
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    return live.load(arrays | {"settings": np.array(json.dumps(model.settings))})


def scores(model: Pen, *, seed: int = 0, each: int = SAMPLES) -> dict[str, Any]:
    """What a network that writes digits is worth, with real digits and simple models beside it."""
    judges, player = Judges(), played(model)
    cost = nats(model, judges.others)
    table: dict[str, Any] = {
        "nats": {"places": cost.place, "pen": cost.pen},
        "baselines": {"uniform": uniform("digits"), "one Gaussian": one_gaussian(judges.known, judges.others)},
        "real": judges.real(),
    }
    for bias in BIASES:
        places, meant, lengths = written(player, bias, seed, each)
        ends = {"eight points": 100 * float((lengths == POINTS).mean())}
        table[f"bias {bias:g}"] = judges.of(places, meant) | ends
    return table
