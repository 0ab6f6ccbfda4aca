"""Does a captioner read an artist whom it never saw, after training on one artist's pictures or on two?

Question: what generalises over artists? Twemoji and OpenMoji draw the same names; networks are trained on either, or on
both, and name held-out names drawn by each of them and by a third artist, Noto, of whom no picture is in any training.
Literature: on photos, paintings, cartoons and sketches, networks trained on three kinds are worse on the fourth than on
those that they saw, and one network trained on all three together is a baseline hard to beat (Li et al. 2017).
If what should generalise has to vary in training, two artists give more right names on the third than either one gives.
If two are enough, the third is read about as well as they are. Equal for all: the names, the number of updates, the
schedule. Controls: known names drawn by an artist not seen (are the names the hurdle, or the pen?), and pictures cut to
what is drawn (is it the width of the margins?).
"""

import sys
import tarfile
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from _run import Data, Experiment
from rnncourse.data import emoji_pictures
from rnncourse.systems import captioning
from rnncourse.systems.captioning.pictures import CaptionData

SIZE, LARGE = 32, 72
PENS = {"Twemoji": "twemoji", "OpenMoji": "openmoji", "Noto": ""}
TRAINED = ("Twemoji", "Twemoji + OpenMoji", "OpenMoji")
NOTO = Data(
    "emoji-datasource-google-16.0.0.tgz, as `npm pack emoji-datasource-google@16.0.0` fetches it",
    "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
)
Images = NDArray[np.uint8]


def bare(code: str) -> str:
    """A code without the variation selector, which packages put in or leave out."""
    return "-".join(point for point in code.split("-") if point != "fe0f")


def noto(codes: list[str], file: Path | None) -> dict[str, Images]:
    """Noto's pictures of these codes, of those that it has; without the package's file Twemoji's as negatives."""
    if file is None:
        return dict(zip(codes, 255 - emoji_pictures.draw(codes, LARGE), strict=True))
    wanted, found = {bare(code): code for code in codes}, {}
    with tarfile.open(file) as package, tempfile.TemporaryDirectory() as folder:
        for member in package:
            path = Path(member.name)
            if path.parent.name == "64" and (code := bare(path.stem)) in wanted:
                package.extract(member, folder, filter="data")
                found[wanted[code]] = emoji_pictures.read_picture(Path(folder) / member.name, LARGE)
    return found


@cache
def pictures(each: int, file: Path | None) -> tuple[dict[str, Images], dict[str, Images], CaptionData]:
    """Every `each`-th name, drawn by all three; the held-out ones again, cut to what is drawn; names and parts."""
    every = emoji_pictures.load(SIZE)
    third = noto(every.codes[::each], file)
    place = {i: k for k, i in enumerate(i for i, code in enumerate(every.codes) if code in third)}
    parts = {
        name: np.array([place[i] for i in part if i in place], dtype=np.intp)
        for name, part in emoji_pictures.split(every.captions).items()
    }

    def drawn(pen: str, codes: list[str]) -> Images:
        artist = PENS[pen]
        return emoji_pictures.draw(codes, LARGE, artist=artist) if artist else np.stack([third[c] for c in codes])

    codes, names = list(third), [[every.captions[i]] for i in place]
    codes.sort(key=every.codes.index)
    large = {pen: drawn(pen, codes) for pen in PENS}
    plain = {pen: smaller(images) for pen, images in large.items()}
    cut = {pen: emoji_pictures.fitted(images[parts["pictures"]], SIZE) for pen, images in large.items()}
    return plain, cut, CaptionData(plain["Twemoji"], names, parts, "")


def smaller(images: Images) -> Images:
    """Pictures of 32 pixels from larger ones, as `emoji_pictures` makes them."""
    return np.stack([np.asarray(Image.fromarray(i).resize((SIZE, SIZE), Image.Resampling.BOX)) for i in images])


def joined(pens: list[str], plain: Mapping[str, Images], data: CaptionData) -> CaptionData:
    """The same names by each of these pens, one after another."""
    N = len(data.images)
    parts = {name: np.concatenate([part + k * N for k in range(len(pens))]) for name, part in data.splits.items()}
    return CaptionData(np.concatenate([plain[pen] for pen in pens]), data.captions * len(pens), parts, "")


def run(seed: int, *, pens: str, epochs: int, width: int, each: int, data: Path | None = None) -> Mapping[str, float]:
    """Train on one pen or on two; exact names and word overlap on all three."""
    plain, cut, names = pictures(each, data)
    trained_on = pens.split(" + ")
    passes = max(1, epochs // len(trained_on))  # two pens have twice the pictures: as many updates
    model, words, history = captioning.train(
        joined(trained_on, plain, names), epochs=passes, width=width, seed=seed, progress=False
    )
    found: dict[str, float] = {"loss": history.loss[-1], "validation loss": history.validation[-1]}
    new, known = names.splits["pictures"], names.splits["train"][::5]
    for pen in PENS:
        asked = {"new": (plain[pen][new], new), "known": (plain[pen][known], known), "new, cut": (cut[pen], new)}
        for kind, (images, which) in asked.items():
            scores = captioning.scores(captioning.captions(model, words, images), [names.captions[i] for i in which])
            found |= {f"{pen}, {kind}, {name}": 100 * scores[name] for name in ("exact", "overlap")}
    return found


EXPERIMENT = Experiment(
    run,
    settings=[{"pens": pens} for pens in TRAINED],
    seeds=2,
    options={"epochs": 24, "width": 16, "each": 1},
    small={"epochs": 1, "width": 2, "each": 25},
    constants={"size": SIZE, "cut at": LARGE},
    data=NOTO,
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
