"""A small site with one page on which a stored model plays: the model is made here, by chance, and is small."""

import json
import shutil
import sys

import numpy as np

from rnncourse.systems import weights
from rnncourse.systems.language import live, page
from tests.site import browsing
from tools.live import models, sources
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import live_cells

KEY = "language/small"
KIND = "rnncourse characters 1"
NAME = "notebooks/player"
CHARACTERS = "\n ,.:;'!?-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
THEME = "document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"


def reason_to_skip():
    """Why there can be no such page here, or None."""
    parts = sources.CACHE
    if any(sources.missing(parts / part, files()) for part, (files, _) in sources.PARTS.items()):
        return "the page's Python is not here: make book fetches it"
    return browsing.reason_to_skip()


def small_model(path, seed=0, embedding=8, hidden=32):
    """Weights by chance, in the form of a stored model of the system `language`."""
    rng = np.random.default_rng(seed)
    K = len(CHARACTERS) + 1
    shapes = {
        "embedding.weight": (K, embedding),
        "lstm.weight_ih_l0": (4 * hidden, embedding),
        "lstm.weight_hh_l0": (4 * hidden, hidden),
        "lstm.bias_ih_l0": (4 * hidden,),
        "lstm.bias_hh_l0": (4 * hidden,),
        "readout.weight": (K, hidden),
        "readout.bias": (K,),
    }
    arrays = {name: rng.normal(0, 0.8, shape).astype(np.float16) for name, shape in shapes.items()}
    arrays["readout.weight"] *= 2
    sizes = {"characters": K, "embedding": embedding, "hidden": hidden, "dropout": 0.0}
    write_safetensors(path, arrays, {"kind": KIND, "model": json.dumps({"settings": sizes, "alphabet": CHARACTERS})})


def write_safetensors(path, arrays, words):
    """The format by hand, so that it needs no package."""
    header, data = {"__metadata__": words}, b""
    for name, array in arrays.items():
        ends = [len(data), len(data) + array.nbytes]
        dtype = {2: "F16", 4: "F32"}[array.itemsize]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": ends}
        data += array.tobytes()
    said = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(said).to_bytes(8, "little") + said + data)


def systems(folder):
    """A folder of systems, as far as the build looks at it."""
    (folder / "language").mkdir(parents=True, exist_ok=True)
    (folder / "language" / "live.py").write_text("")
    small_model(folder / "language" / "stored" / "small.safetensors")
    return folder


def model(folder):
    """The same model, in this Python."""
    return live.load(weights.for_page(folder / "language" / "stored" / "small.safetensors"))


def player(folder):
    """The chapter's player, for the small model, with an example that it made."""
    settings = {setting.name: setting.value for setting in page.SETTINGS} | {"length": 60}
    example = list(page.play(model(folder), **settings))
    return page.player(example, KEY.partition("/")[2])


def write(site, folder, *, name=NAME, change=lambda known: known):
    """Build the site; `change` may spoil what the page knows of the models."""
    known = live_cells.write_parts(sources.CACHE, site / "_static" / "live")
    stored = models.write(site / "_static" / "models", folder)
    for css in (ROOT / "rnncourse/widgets/static/figures.css", ROOT / "book/_static/course.css"):
        shutil.copy(css, site / "_static" / css.name)
    write_page(site, folder, change(known | {"models": stored, "chapters": {}}), name)


def write_page(site, folder, known, name=NAME):
    styles = "".join(f'<link rel="stylesheet" href="../_static/{css}.css">' for css in ("figures", "course"))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    text = (
        f'<!doctype html><html lang="en"><head>{head}<title>A model that plays</title><script>{THEME}</script>{styles}'
        f"</head><body style='margin:0 1rem;background:var(--pst-color-background);color:var(--pst-color-text-base);"
        "font-family:var(--pst-font-family-base)'><main class='bd-main'><article class='bd-article'>"
        "<h1>A model that plays</h1>"
        f"{player(folder).html()}</article></main></body></html>"
    )
    path = site / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("</head>", live_cells.head(name, "Page", known, plays=True), 1), encoding="utf-8")
