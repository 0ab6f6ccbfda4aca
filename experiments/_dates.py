"""What the experiments on dates share: the answers, and what of a date is right."""

import numpy as np

from _seq2seq import Network
from rnncourse.systems import seq2seq

__all__ = ["answers", "rights"]

Answers = list[tuple[str, ...]]


def answers(network: Network, data: seq2seq.Pairs) -> Answers:
    """What the network makes of each text, greedily."""
    return seq2seq.greedy(*network, data.sources, seq2seq.TASKS["dates"].limit)


def rights(found: Answers, data: seq2seq.Pairs) -> dict[str, float]:
    """The share that is right as a whole, and in its year, its month and its day."""
    pairs = [("".join(a).split("-"), "".join(b[0]).split("-")) for a, b in zip(found, data.answers, strict=True)]
    shares = {"": float(np.mean([a == b for a, b in pairs]))}
    for place, name in enumerate(("year", "month", "day")):
        shares[f", {name}"] = float(np.mean([a[place : place + 1] == b[place : place + 1] for a, b in pairs]))
    return shares
