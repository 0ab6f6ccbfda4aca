"""What the experiments on dates share: the training, and what of a date is right."""

import numpy as np

from rnncourse.systems import seq2seq

__all__ = ["answers", "rights", "trained"]

EPOCH = 500  # updates between two looks at the validation days
Network = tuple[seq2seq.Translator, seq2seq.Symbols, seq2seq.Symbols]
Answers = list[tuple[str, ...]]


def trained(
    data: tuple[seq2seq.Pairs, seq2seq.Pairs], seed: int, *, attention: bool, lr: float, updates: int, **sizes: int
) -> tuple[Network, float]:
    """The network after training on the first pairs, and its loss on the second; sizes: embedding, hidden, batch."""
    model, source, target, history = seq2seq.train(
        "dates",
        attention=attention,
        data=data,
        epochs=max(1, updates // EPOCH),
        updates=min(EPOCH, updates),
        lr=lr,
        seed=seed,
        device="cpu",
        progress=False,
        **sizes,
    )
    return (model, source, target), history.validation[-1]


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
