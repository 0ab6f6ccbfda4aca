"""Cells that track something: found on one play, reported on another, and taken away to see whether they are used.

Question: is there a cell of the stored network whose value follows the place in the line, the place in the word, being
inside a speaker's name, or the characters since a sentence ended; and does the network predict with it?
Literature: cells that follow line length, quotes or brackets are shown as examples (Karpathy et al. 2015); how many
cells were looked through, and what an untrained network has, is not said there.
The cell with the largest |r| on Twelfth Night is reported on Macbeth: picking the best of 512 by chance then shows no
more. Control: networks with drawn weights, five seeds; their cells follow recent characters too. If training made the
cell, its |r| is far above theirs. If the network uses it, holding it at its mean makes what it is for dearer (line
ends, ends of words, names, ends of sentences) than holding a cell picked at random. Where one cell is not missed, many
may share the work: the 1, 4, 16 and 64 best cells are held, against as many random ones (five drawings).
"""

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from _run import Experiment
from rnncourse.data import plays
from rnncourse.systems import language, records

FOUND, REPORTED = "twelfth-night", "macbeth"
FEATURES = ("place in the line", "place in the word", "speaker's name", "since the sentence began")
HELD = (1, 4, 16, 64)
ROWS = 8  # places read side by side


def since(ends: np.ndarray) -> np.ndarray:
    """Steps since an end, (N,): 0 at the end itself."""
    steps = np.arange(len(ends))
    return steps - np.maximum.accumulate(np.where(ends, steps, 0))


def feature(name: str, text: str) -> tuple[np.ndarray, np.ndarray]:
    """What a cell may follow after each character, and which characters it would help to predict; both (N,)."""
    letters = np.array(list(text))
    outside = np.array([not (c.isalpha() or c == "'") for c in text])
    if name == "place in the line":
        return since(letters == "\n"), letters == "\n"
    if name == "place in the word":
        return since(outside), outside & ~np.roll(outside, 1)
    if name == "since the sentence began":
        ends = np.isin(letters, list(".?!"))
        return since(ends).clip(max=150), ends
    inside = np.zeros(len(text), dtype=bool)
    for place, speaker in plays.speakers(text):
        inside[place : place + len(speaker)] = True
    return inside, inside


@cache
def network(kind: str, seed: int) -> tuple[language.CharacterModel, language.Alphabet]:
    """The stored network, or one of its size with drawn weights."""
    model, alphabet = language.load(language.stored())
    if kind == "untrained":
        torch.manual_seed(seed)
        model = language.CharacterModel(**model.settings).eval()
    return model, alphabet


def rows(values: np.ndarray) -> np.ndarray:
    """Values of a text in ROWS columns of equal length, (T, ROWS); what is left over is left out."""
    T = len(values) // ROWS
    return values[: T * ROWS].reshape(ROWS, T).T


def read(model: language.CharacterModel, codes: Tensor, held: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Read codes (T, B) with cells held at their mean, held (V, H), in V ways at once.

    Returns c (T, B, H) of the first way, and what each next character costs in bits, (T − 1, V, B).
    """
    (V, H), (T, B) = held.shape, codes.shape
    W, R, b_W, b_R, _ = model.lstm.weights()
    h, c, hold = torch.zeros(V * B, H), torch.zeros(V * B, H), held.repeat_interleave(B, dim=0)
    cells, costs = [], []
    with torch.no_grad():
        inputs = model.embedding(codes) @ W.T + b_W + b_R
        for t in range(T):
            i, f, g, o = (inputs[t].repeat(V, 1) + h @ R.T).chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            c = torch.where(hold, mean, c)
            h = torch.sigmoid(o) * torch.tanh(c)
            cells.append(c[:B])
            if t < T - 1:
                nats = cross_entropy(model.readout(h), codes[t + 1].repeat(V), reduction="none")
                costs.append(nats.view(V, B) / np.log(2))
    return torch.stack(cells), torch.stack(costs)


def correlations(cells: np.ndarray, values: np.ndarray) -> np.ndarray:
    """|r| of each cell, (…, H), with a feature (…): (H,)."""
    c, y = cells.reshape(-1, cells.shape[-1]).astype(float), values.reshape(-1).astype(float)
    c, y = c - c.mean(0), y - y.mean()
    return np.abs(y @ c) / np.sqrt((c**2).sum(0) * (y @ y) + 1e-12)


@cache
def states(kind: str, seed: int, play: str, characters: int) -> np.ndarray:
    """All cells after each character of a play's beginning, (T, ROWS, H)."""
    model, alphabet = network(kind, seed)
    codes = torch.from_numpy(rows(alphabet.encode(text_of(play, characters))))
    nothing = torch.zeros(1, model.settings["hidden"])
    return read(model, codes, nothing.bool(), nothing[0])[0].numpy()


def text_of(play: str, characters: int) -> str:
    data = plays.load()
    return (data.choice | data.unseen)[play][:characters]


@cache
def paid(held: tuple[tuple[int, ...], ...], characters: int) -> np.ndarray:
    """What the stored network pays for each character of REPORTED with these cells held, (T − 1, ways, ROWS), bits."""
    model, alphabet = network("trained", 0)
    H = model.settings["hidden"]
    mean = torch.from_numpy(states("trained", 0, FOUND, characters).reshape(-1, H).mean(0))
    ways = torch.from_numpy(np.stack([np.isin(np.arange(H), cells) for cells in held]))
    codes = torch.from_numpy(rows(alphabet.encode(text_of(REPORTED, characters))))
    return read(model, codes, ways, mean)[1].numpy()


def run(seed: int, *, weights: str, follows: str, characters: int) -> Mapping[str, Any]:
    """|r| of the best cell on both plays; for the trained network what is paid with cells held, best or random."""
    which = seed if weights == "untrained" else 0
    known, new = (states(weights, which, play, characters) for play in (FOUND, REPORTED))
    r = correlations(known, rows(feature(follows, text_of(FOUND, characters))[0]))
    values, helped = feature(follows, text_of(REPORTED, characters))
    best = np.argsort(-r)
    found: dict[str, Any] = {"r, found": r[best[0]], "r, reported": correlations(new, rows(values))[best[0]]}
    if weights == "untrained":
        return found
    random = np.random.default_rng(seed).permutation(len(r))
    place = rows(helped)[1:]
    for name, order, counts in (("free", random, (0,)), ("best held", best, HELD), ("random held", random, HELD)):
        bits = paid(tuple(tuple(order[:k].tolist()) for k in counts), characters)
        found[f"all: {name}"] = bits.mean(axis=(0, 2))
        found[f"helped: {name}"] = np.array([bits[:, way][place].mean() for way in range(len(counts))])
    return found | {name: numbers[0] for name, numbers in found.items() if name.endswith("free")}


EXPERIMENT = Experiment(
    run,
    settings=[{"weights": kind, "follows": name} for name in FEATURES for kind in ("trained", "untrained")],
    seeds=5,
    options={"characters": 24_000},
    small={"characters": 800},
    constants={"checkpoint": records.mark(language.stored()), "held": HELD, "found on": FOUND, "reported on": REPORTED},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
