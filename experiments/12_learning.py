"""What does learning on save, and where? The network whose weights are updated while it reads, part of text by part.

Question: 12_compression finds that the stored network makes an unseen play shorter where it learns on. Which characters
become cheaper? Each belongs to one of four parts: a speaker's name before a speech (with the end of its line) that no
speech of the 34 plays has; one that they have; a stage direction; all else. And how far does a network come that
learns on from nothing, with a learning rate of its own?
Literature: a network that is trained on while it is tested was proposed for just this, a new person's name that would
else be improbable each time anew, and found better than one that rests (Mikolov et al. 2010); of names no figure.
If the gain comes from names, their bits fall and little else does, and in the play with each new name exchanged for a
known one (the control that takes the newness away) the gain in that place all but goes. If it comes from the play's
manner, all else falls by as much a character. For the network that knows nothing the rate is the question: at that of
the trained one it may be slow for this reason alone. So each chooses its rate by Twelfth Night.
Bits are surprises by the coder's own frequencies, in the coder's streams: a file is as long, but for its head. In an
exchanged play "new name" is the known name that stands in its place.
"""

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch

from _names import exchanged, known_names
from _run import After, Best, Experiment
from rnncourse.data import plays
from rnncourse.systems import language, records
from rnncourse.systems.language.packing import LEARNING, MOST_STREAMS, STREAM
from rnncourse.systems.language.prediction import Learning, Reader
from rnncourse.systems.language.scoring import escapes

PARTS = ("new name", "known name", "stage direction", "all else")
DIRECTION = re.compile(r"(?<=\n\n)[^\n]*\b(Enter|Exit|Exeunt|Re-enter)\b[^\n]*(\n[^\n]+)*|\[[^\]\n]*\]")


def parts(text: str, written: str) -> np.ndarray:
    """The part of each character, (N,), as a place in PARTS; written: the text before names were exchanged in it."""
    part = np.full(len(text), 3)
    for match in DIRECTION.finditer(text):
        part[match.start() : match.end()] = 2
    for (place, name), (_, before) in zip(plays.speakers(text), plays.speakers(written), strict=True):
        part[place : place + len(name) + 1] = before in known_names()
    return part


@cache
def network(weights: str, seed: int) -> tuple[language.CharacterModel, language.Alphabet]:
    """The stored network, or one of its size with drawn weights."""
    model, alphabet = language.load(language.stored())
    if weights == "untrained":
        torch.manual_seed(seed)
        model = language.CharacterModel(**model.settings).eval()
    return model, alphabet


def paid(
    text: str, model: language.CharacterModel, alphabet: language.Alphabet, learning: Learning | None
) -> np.ndarray:
    """What each character costs the coder, (N,) in bits: read in its streams, with its rounded frequencies."""
    streams = np.array_split(alphabet.encode(text), min(max(1, len(text) // STREAM), MOST_STREAMS))
    codes = np.full((len(streams[0]), len(streams)), alphabet.start)
    for k, stream in enumerate(streams):
        codes[: len(stream), k] = stream
    reader, p = Reader(model, alphabet.start, len(streams), learning), np.zeros(codes.shape)
    for t, row in enumerate(codes):
        ends = reader.ends()
        owned = np.take_along_axis(np.diff(ends, axis=1), row[:, None], axis=1)
        p[t] = owned[:, 0] / ends[:, -1]
        reader.read(row)
    return np.concatenate([-np.log2(p[: len(s), k]) for k, s in enumerate(streams)]) + escapes(alphabet, text)


def run(seed: int, weights: str, learns: str, play: str, names: str, lr: float, characters: int) -> Mapping[str, Any]:
    """Bits per character; how many characters of each part there are, and how many bits they cost together."""
    data = plays.load()
    written = (data.choice | data.unseen)[play][: characters or None]
    text = exchanged(written) if names == "exchanged" else written
    learning = LEARNING._replace(lr=lr) if learns == "on" else None
    cost, part = paid(text, *network(weights, seed), learning), parts(text, written)
    found = {"bits": cost.mean()} | {f"characters: {name}": float((part == k).sum()) for k, name in enumerate(PARTS)}
    return found | {f"bits: {name}": cost[part == k].sum() for k, name in enumerate(PARTS)}


RATES = {"untrained": (1e-3, 3e-3, 1e-2, 3e-2), "34 plays": (3e-4, 1e-3, 3e-3)}
TUNED = {
    name: {"weights": name, "learns": "on", "play": plays.CHOICE, "names": "as written", "lr": Best(rates, by="bits")}
    for name, rates in RATES.items()
}
EXPERIMENT = Experiment(
    run,
    settings=[
        *TUNED.values(),
        *(
            {"weights": weights, "learns": learns, "play": play, "names": names, "lr": lr}
            for weights, learns, names, lr in (
                ("34 plays", "not", "as written", 0.0),
                ("34 plays", "on", "as written", After("lr", TUNED["34 plays"])),
                ("untrained", "on", "as written", After("lr", TUNED["untrained"])),
                ("34 plays", "not", "exchanged", 0.0),
                ("34 plays", "on", "exchanged", After("lr", TUNED["34 plays"])),
            )
            for play in plays.UNSEEN
        ),
    ],
    seeds=lambda setting: 3 if setting["weights"] == "untrained" and setting["play"] != plays.CHOICE else 1,
    options={"characters": 0},
    small={"characters": 300},
    constants={
        "checkpoint": records.mark(language.stored()),
        "window": LEARNING.window,
        "betas": LEARNING.betas,
        "characters of a stream": STREAM,
    },
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
