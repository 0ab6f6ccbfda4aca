"""How far back must a character model look? Plays of Shakespeare, truncated BPTT with k2 = 1 … 200.

Question: on one pass over 160,000 characters, does a longer window give fewer bits per character on unseen text? Two
protocols, the state carried along in both. "windows": k1 = k2 = k, so short windows make more updates out of the same
text. "overlapping": an update every 10 characters whatever k2 is, so that only the reach of the gradient changes, and
the work grows with it.
Literature: truncation is biased towards short dependencies (Tallec & Ollivier 2017); text has been modelled with
truncated windows since Mikolov et al. (2010). We know of no published figure for this question.
If reach counts, "overlapping" falls from k2 = 10 to 200; if the number of updates counts, "overlapping" stays level and
"windows" rises with k. One learning rate serves all settings, and one pass is far from the end of learning: the result
is about this budget.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from _run import Experiment
from rnncourse.data import shakespeare
from rnncourse.reference import stateful_batches

ROWS, HIDDEN, LEARNING_RATE, K1 = 32, 128, 2e-3, 10
PLAYS = ("hamlet", "king-lear", "othello", "macbeth")
WINDOWS, REACHES = (1, 2, 5, 10, 20, 50, 100, 200), (10, 20, 50, 100, 200)


class Model(nn.Module):
    """Embedding, plain recurrent layer, readout."""

    def __init__(self, K: int) -> None:
        super().__init__()
        self.embedding, self.rnn, self.readout = nn.Embedding(K, 32), nn.RNN(32, HIDDEN), nn.Linear(HIDDEN, K)

    def forward(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        h, state = self.rnn(self.embedding(x), state)
        return self.readout(h), state


def bits(model: Model, text: np.ndarray) -> float:
    """Bits per character on a text that was not trained on, read from its start with a carried state."""
    total, count, state = 0.0, 0, None
    with torch.no_grad():
        for x, y in stateful_batches(text, 8, 500):
            logits, state = model(torch.from_numpy(x), state)
            targets = torch.from_numpy(y).flatten()
            total += float(nn.functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum"))
            count += y.size
    return total / count / float(np.log(2))


def train(text: np.ndarray, K: int, k1: int, k2: int) -> Model:
    """One pass: an update every k1 steps, its gradient over the last k2; the state goes on, the gradient does not."""
    model = Model(K)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    x, y = (torch.from_numpy(a) for a in next(stateful_batches(text, ROWS, len(text))))
    states: dict[int, Tensor | None] = {0: None}  # state before step t, for the starts of windows to come
    for stop in range(k1, len(x) + 1, k1):
        begin = max(0, stop - k2)
        logits, state = model(x[begin : begin + k1], states[begin])
        following = max(0, stop + k1 - k2)
        states = {t: s for t, s in states.items() if t >= following} | {begin + k1: state.detach()}
        if stop > begin + k1:
            more, state = model(x[begin + k1 : stop], state)
            logits = torch.cat([logits, more])
        new = logits[-k1:]
        optimiser.zero_grad()
        nn.functional.cross_entropy(new.flatten(0, 1), y[stop - k1 : stop].flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return model


@cache
def plays() -> tuple[np.ndarray, int]:
    """Four tragedies as codes, and the number of different characters."""
    text, alphabet = shakespeare.encode(shakespeare.load(*PLAYS))
    return text, len(alphabet)


def run(seed: int, *, protocol: str, k1: int, k2: int, characters: int, unseen: int) -> Mapping[str, float]:
    """Train one model; bits per character on the end of the last play. The protocol is told by k1 and k2."""
    text, K = plays()
    return {"bits": bits(train(text[:characters], K, k1, k2), text[-unseen:])}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"protocol": "windows", "k1": k, "k2": k} for k in WINDOWS),
        *({"protocol": "overlapping", "k1": K1, "k2": k} for k in REACHES),
    ],
    seeds=3,
    options={"characters": 160_000, "unseen": 40_000},
    small={"characters": 6_700, "unseen": 5_000},
    constants={"H": HIDDEN, "rows": ROWS, "learning rate": LEARNING_RATE, "plays": PLAYS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
