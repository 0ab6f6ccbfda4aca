"""How small does a play become? A network that predicts it, against gzip, bzip2, xz, zstd and PPMd, each as well off.

Question: prediction and compression are one (Shannon 1948): a character of probability p costs -log2 p bits. Does the
network of chapter 12, with an arithmetic coder, make two plays that it never saw smaller than programs do?
Literature: networks that learn while they code are best on text and slow; PPM, which counts contexts of several lengths
(Cleary and Witten 1984), is the usual yardstick. The network has read 34 plays; so a program is tried twice, cold, and
with the same plays first: what plays and play take together, less what the plays take alone.
If reading on is worth something, the network whose weights are updated while it codes beats the one whose weights stay,
and PPMd after the same plays. If the network only had the advantage of its plays, PPMd with them would be as good.
Controls: the same network untrained (what does updating do alone? here at the trained one's rate; 12_learning chooses
one for it), and what the other side must have besides is counted: the stored weights, or the plays as the program
itself packs them. PPMd's order and the updates' settings are chosen by Twelfth Night. Every number is a real length;
what the network made is decoded again and compared.
"""

import bz2
import gzip
import lzma
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch

from _run import Experiment
from rnncourse.data import plays
from rnncourse.systems import records
from rnncourse.systems.language import Alphabet, CharacterModel
from rnncourse.systems.language.packing import LEARNING, STREAM, compress, decompress
from rnncourse.systems.language.storage import load, stored

PROGRAMS = ("gzip", "bzip2", "xz", "zstd", "PPMd")
NETWORKS = ("LSTM", "LSTM, learning on")
ORDERS = (4, 5, 6, 8, 10, 16)  # of PPMd
MEMORY = 1 << 28  # bytes that PPMd may use, more than it needs here
WINDOW = 25  # log2 of the bytes that zstd looks back: all plays and more
Packer = Callable[[bytes], int]


def packer(program: str, order: int = 0) -> Packer:
    """The length of what a program makes of some bytes, at its best setting."""
    if program == "gzip":
        return lambda data: len(gzip.compress(data, 9, mtime=0))
    if program == "bzip2":
        return lambda data: len(bz2.compress(data, 9))
    if program == "xz":
        return lambda data: len(lzma.compress(data, preset=9))
    if program == "zstd":
        import zstandard

        settings = zstandard.ZstdCompressionParameters.from_level(22, window_log=WINDOW)
        return lambda data: len(zstandard.ZstdCompressor(compression_params=settings).compress(data))
    import pyppmd

    return lambda data: len(pyppmd.compress(data, max_order=order, mem_size=MEMORY, variant="I"))


@cache
def texts(characters: int) -> tuple[bytes, dict[str, bytes]]:
    """The plays that are learned from, as one text, and the others by name; so many characters of each, 0: all."""
    every, end = plays.load(), characters or None
    read = "".join(text[:end] for text in every.train.values())
    return read.encode(), {name: text[:end].encode() for name, text in (every.choice | every.unseen).items()}


@cache
def packed(program: str, order: int, characters: int, play: str) -> int:
    """What a program makes of the plays learned from, of one play ("name"), or of both ("+name")."""
    read, others = texts(characters)
    data = others[play.removeprefix("+")] if play else b""
    return packer(program, order)(data if play and not play.startswith("+") else read + data)


def by_program(program: str, first: str, play: str, characters: int) -> dict[str, float]:
    """Bytes of a play, cold or after the plays; and what the other side must have, bytes too."""

    def length(order: int, name: str) -> int:
        if first == "nothing":
            return packed(program, order, characters, name)
        return packed(program, order, characters, f"+{name}") - packed(program, order, characters, "")

    orders = ORDERS if program == "PPMd" else (0,)
    order = min(orders, key=lambda n: length(n, plays.CHOICE))
    besides = 0 if first == "nothing" else packed(program, order, characters, "")
    return {"bytes": length(order, play), "besides": besides, "order": order}


def by_network(network: str, first: str, play: str, seed: int, characters: int, checkpoint: str) -> dict[str, float]:
    """The same for a network, trained on the plays or not."""
    path = stored(checkpoint) if stored(checkpoint).is_file() else Path(checkpoint)
    model, alphabet = load(path)
    besides = path.stat().st_size
    if first == "nothing":
        model, besides = untrained(model, alphabet, seed), 0
    data = texts(characters)[1][play]
    made = compress(data, model, alphabet, adaptive=network == NETWORKS[1])
    if decompress(made, lambda: (model, alphabet)) != data:
        raise ValueError(f"{network}, {first}, {play}: what comes out is not what went in")
    return {"bytes": len(made), "besides": besides, "order": 0}


def untrained(model: CharacterModel, alphabet: Alphabet, seed: int) -> CharacterModel:
    """A network of the same size whose weights are drawn at random."""
    torch.manual_seed(seed)
    return CharacterModel(len(alphabet), embedding=model.settings["embedding"], hidden=model.settings["hidden"]).eval()


def run(seed: int, by: str, first: str, play: str, characters: int, checkpoint: str) -> dict[str, float]:
    """Bytes, bits per character, and both with what the other side must have besides."""
    if by in PROGRAMS:
        found = by_program(by, first, play, characters)
    else:
        found = by_network(by, first, play, seed, characters, checkpoint)
    n = len(texts(characters)[1][play].decode())
    return found | {"bits": 8 * found["bytes"] / n, "bits with all": 8 * (found["bytes"] + found["besides"]) / n}


EXPERIMENT = Experiment(
    run,
    settings=[
        {"by": by, "first": first, "play": play}
        for play in plays.UNSEEN
        for by in (*PROGRAMS, *NETWORKS)
        for first in ("nothing", "34 plays")
        if (by, first) != (NETWORKS[0], "nothing")  # it would know nothing and learn nothing
    ],
    seeds=lambda setting: 3 if setting["by"] in NETWORKS and setting["first"] == "nothing" else 1,
    options={"characters": 0, "checkpoint": "plays"},
    small={"characters": 300},
    constants={
        "model": records.mark(stored()) if stored().is_file() else "none",
        "learning on": {"lr": LEARNING.lr, "window": LEARNING.window, "betas": list(LEARNING.betas)},
        "characters of a stream": STREAM,
        "orders of PPMd": list(ORDERS),
    },
)

if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
