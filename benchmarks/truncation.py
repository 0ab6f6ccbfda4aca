"""How far back must a character model look? Plays of Shakespeare, truncated BPTT with k2 = 1 … 200; for chapter 8.

    python benchmarks/truncation.py              three seeds, writes rnncourse/data/results/truncation.json
    python benchmarks/truncation.py --seeds 1 --characters 20000 --output FILE     a quick look

Two protocols, both one pass over the same text with the state carried along. "windows": k1 = k2 = k, so short windows
make more updates out of the same text. "overlapping": an update every 10 characters whatever k2 is, so that only the
reach of the gradient changes, and the work grows with it.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from rnncourse.data import results, shakespeare
from rnncourse.reference import stateful_batches

RESULTS = results.FOLDER / "truncation.json"
ROWS, HIDDEN, LEARNING_RATE, K1 = 32, 128, 2e-3, 10
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


def train(text: np.ndarray, K: int, k1: int, k2: int, seed: int) -> Model:
    """One pass: an update every k1 steps, its gradient over the last k2; the state goes on, the gradient does not."""
    torch.manual_seed(seed)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="seeds for each setting (default 3)")
    parser.add_argument("--characters", type=int, default=160_000, help="characters of the training text")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    text, alphabet = shakespeare.encode(shakespeare.load("hamlet", "king-lear", "othello", "macbeth"))
    text, held_out = text[: options.characters], text[-40_000:]
    start = time.perf_counter()
    settings = [("windows", k, k) for k in WINDOWS] + [("overlapping", K1, k) for k in REACHES]
    found: dict[str, dict[str, list[float]]] = {"windows": {}, "overlapping": {}}
    for protocol, k1, k2 in tqdm(settings, unit="setting"):
        models = [train(text, len(alphabet), k1, k2, seed) for seed in range(options.seeds)]
        found[protocol][str(k2)] = [round(bits(model, held_out), 4) for model in models]
    about = {
        "command": f"python benchmarks/truncation.py --seeds {options.seeds} --characters {options.characters}",
        "seconds": round(time.perf_counter() - start),
        "machine": f"{platform.machine()}, one thread, Python {platform.python_version()}, torch {torch.__version__}",
        "setting": {"H": HIDDEN, "rows": ROWS, "learning rate": LEARNING_RATE, "k1 of overlapping": K1},
    }
    options.output.write_text(json.dumps({"about": about, "bits per character": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
