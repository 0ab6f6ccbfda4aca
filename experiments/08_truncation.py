"""Do longer windows help a character model, updates held equal? Four plays of Shakespeare, windows of 5 to 200.

Question: does a longer window (k1 = k2 = k, state carried) give fewer bits per character on unseen text? Rows of text
are read side by side, and rows × k is 1,200 throughout: whatever k is, one pass over 520,000 characters makes 434
updates of 1,200 characters each, at the same work. The gradient of k = 200 looks back further, but its characters come
from six places of the text, those of k = 5 from 240. A plain network, and an LSTM, which may keep what it has read.
The learning rate is tuned for each window on a stretch of text of its own.
Literature: truncation is biased towards short dependencies (Tallec & Ollivier 2017). A trained LSTM uses about 200
words of what it is given, beyond 50 not their order (Khandelwal et al. 2018; that is what is read, not through which
window it was learned). We know of no published figure for this question.
If a longer reach pays within this budget, bits fall from k = 5 to 200; if not, they stay level or rise.
"""

import sys
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from _run import Best, Experiment
from rnncourse.data import shakespeare
from rnncourse.reference import stateful_batches

EMBEDDING, HIDDEN = 32, 128
PLAYS = ("hamlet", "king-lear", "othello", "macbeth")
CELLS, WINDOWS, EACH = ("LSTM", "RNN"), (5, 20, 50, 200), 1200


class Model(nn.Module):
    """Embedding, recurrent layer, readout."""

    def __init__(self, cell: str, K: int) -> None:
        super().__init__()
        self.embedding, self.readout = nn.Embedding(K, EMBEDDING), nn.Linear(HIDDEN, K)
        self.cell: nn.RNNBase = (nn.LSTM if cell == "LSTM" else nn.RNN)(EMBEDDING, HIDDEN)

    def forward(self, x: Tensor, state: Tensor | tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple | Tensor]:
        h, state = self.cell(self.embedding(x), state)
        return self.readout(h), tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def bits(model: Model, text: np.ndarray) -> float:
    """Bits per character on a text that was not trained on, in eight rows, each from its start with a carried state."""
    total, count, state = 0.0, 0, None
    with torch.no_grad():
        for x, y in stateful_batches(text, 8, 500):
            logits, state = model(torch.from_numpy(x), state)
            targets = torch.from_numpy(y).flatten()
            total += float(nn.functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum"))
            count += y.size
    return total / count / float(np.log(2))


def read_once(model: Model, optimiser: torch.optim.Optimizer, text: np.ndarray, rows: int, k: int) -> int:
    """One pass from a state of zeros, an update after every window; the number of updates."""
    state, updates = None, 0
    for x, y in stateful_batches(text, rows, k):
        logits, state = model(torch.from_numpy(x), state)
        optimiser.zero_grad()
        nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(y).flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        updates += 1
    return updates


@cache
def plays(characters: int, unseen: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Four tragedies as codes: text to train on, text to choose the rate by, unseen text; different characters.

    The unseen text ends the last play; before it comes half as much to choose by; what comes before is trained on.
    """
    text, alphabet = shakespeare.encode(shakespeare.load(*PLAYS))
    train, choose, test = np.split(text, [len(text) - unseen - unseen // 2, len(text) - unseen])
    return train[:characters], choose, test, len(alphabet)


def run(
    seed: int, *, cell: str, k: int, rows: int, passes: int, rate: float, characters: int, unseen: int
) -> Mapping[str, float | list[float]]:
    """Train one model: bits per character on unseen text after each pass, on the text that the rate is chosen by."""
    train, choose, test, K = plays(characters, unseen)
    model = Model(cell, K)
    optimiser, updates, curve = torch.optim.Adam(model.parameters(), lr=rate), 0, list[float]()
    for _ in range(passes):
        updates += read_once(model, optimiser, train, rows, k)
        curve.append(bits(model, test))
    return {"bits": curve[-1], "curve": curve, "chosen by": bits(model, choose), "updates": updates}


RATE = Best((3e-3, 1e-2, 3e-2), by="chosen by")

EXPERIMENT = Experiment(
    run,
    settings=[{"cell": cell, "k": k, "rows": EACH // k, "passes": 1, "rate": RATE} for k in WINDOWS for cell in CELLS],
    seeds=1,
    options={"characters": 520_000, "unseen": 40_000},
    small={"characters": 2_600, "unseen": 2_000},
    constants={"H": HIDDEN, "embedding": EMBEDDING, "plays": PLAYS, "optimiser": "Adam", "clipped at": 1.0},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
