"""The reader of chapters 6 and 9: who was it that the sentence began with? It is trained until it knows."""

from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import pronouns

HIDDEN, EMBEDDING, BATCH, POOL, TESTS, EVERY, LEARNED = 32, 16, 32, 4000, 500, 25, 0.95
CONSTANTS = {
    **{"H": HIDDEN, "embedding": EMBEDDING, "batch": BATCH, "pool": POOL, "tests": TESTS, "optimiser": "Adam"},
    **{"tested every": EVERY, "learned at": LEARNED},
}


class Reader(nn.Module):
    """Embedding, recurrent layer, readout of the last state."""

    def __init__(self, layer: type[nn.RNN] | type[nn.LSTM]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(pronouns.VOCABULARY), EMBEDDING)
        self.cell: nn.RNNBase = layer(EMBEDDING, HIDDEN)
        self.readout = nn.Linear(HIDDEN, pronouns.CLASSES)

    def forward(self, words: Tensor) -> Tensor:
        return self.readout(self.cell(self.embedding(words))[0][-1])


@cache
def sentences(distance: int, number: int, seed: int) -> tuple[Tensor, Tensor]:
    words, target = pronouns.sentences(distance, number, np.random.default_rng(seed))
    return torch.tensor(words), torch.tensor(target)


def accuracy(model: Reader, distance: int) -> float:
    """On sentences that are not trained on."""
    words, target = sentences(distance, TESTS, 10_000)
    with torch.no_grad():
        return float((model(words).argmax(dim=1) == target).double().mean())


def learn(model: Reader, seed: int, distance: int, rate: float, updates: int) -> dict[str, float]:
    """Train until learned: updates used, accuracy on new sentences, and the cost by which a rate is chosen."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    words, target = sentences(distance, POOL, 0)
    for update in range(1, updates + 1):
        chosen = torch.tensor(rng.integers(POOL, size=BATCH))
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(words[:, chosen]), target[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if update % EVERY == 0 and (right := accuracy(model, distance)) >= LEARNED:
            return {"updates": update, "accuracy": right, "learned": 1, "cost": update}
    right = accuracy(model, distance)
    return {"updates": updates, "accuracy": right, "learned": 0, "cost": updates * (2 - right)}
