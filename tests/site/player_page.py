"""A small site with a page for each system whose stored model plays: the models are made here, by chance, and small."""

import importlib
import json
import shutil
import sys

import numpy as np

from rnncourse.systems import weights
from rnncourse.systems.seq2seq.symbols import SPECIAL
from tests.site import browsing
from tools.live import models, sources
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import live_cells

KEY = "language/small"
KIND = "rnncourse characters 1"
TRANSLATOR = "rnncourse translator 1"
LOOKER = "rnncourse glimpses 1"
PEN = "rnncourse pen 1"
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


def small_translator(path, seed=0, embedding=8, hidden=12):
    """Weights by chance, in the form of a stored model of the system `seq2seq`: with attention, two directions."""
    rng, source, target = (
        np.random.default_rng(seed),
        [*SPECIAL, *" ,.0234678achmrtuy年月日é"],
        [*SPECIAL, *"-0123456789"],
    )
    sizes = {"encoder": (embedding, hidden // 2), "decoder": (embedding, hidden)}
    ends = {"encoder": ("_l0", "_l0_reverse"), "decoder": ("_l0",)}
    shapes = {"source.weight": (len(source), embedding), "target.weight": (len(target), embedding)}
    for layer, (D, H) in sizes.items():
        for end in ends[layer]:
            shapes |= {f"{layer}.weight_ih{end}": (3 * H, D), f"{layer}.weight_hh{end}": (3 * H, H)}
            shapes |= {f"{layer}.bias_{part}{end}": (3 * H,) for part in ("ih", "hh")}
    for layer, shape in (("first_state", (hidden, hidden)), ("join", (hidden, 2 * hidden))):
        shapes |= {f"{layer}.weight": shape, f"{layer}.bias": shape[:1]}
    shapes |= {"readout.weight": (len(target), hidden), "readout.bias": (len(target),)}
    arrays = {name: rng.normal(0, 0.8, shape).astype(np.float16) for name, shape in shapes.items()}
    arrays["readout.bias"][: len(SPECIAL)] = -20  # it says digits alone
    settings = {"sources": len(source), "targets": len(target), "cell": "gru", "attention": True}
    settings |= {"bidirectional": True, "embedding": embedding, "hidden": hidden, "dropout": 0.0}
    told = {"settings": settings, "task": "dates", "source": source, "target": target}
    write_safetensors(path, arrays, {"kind": TRANSLATOR, "model": json.dumps(told)})


def small_looker(path, seed=0, hidden=9, features=7):
    """Weights by chance, in the form of a stored model of the system `glimpses`: its places go far."""
    rng = np.random.default_rng(seed)
    sizes = {"way": "gradient", "side": 60, "size": 6, "scales": 3, "glimpses": 4, "hidden": hidden}
    sizes |= {"features": features, "spread": 0.15, "divided": False}
    layers = {"what.0": (features, 3 * 6**2), "what.2": (features, features), "where.0": (features, 2)}
    layers |= {"where.2": (features, features), "next": (2, hidden), "baseline": (1, hidden), "readout": (10, hidden)}
    shapes = {"core.weight_ih_l0": (3 * hidden, features), "core.weight_hh_l0": (3 * hidden, hidden)}
    shapes |= {f"core.bias_{part}_l0": (3 * hidden,) for part in ("ih", "hh")}
    for layer, shape in layers.items():
        shapes |= {f"{layer}.weight": shape, f"{layer}.bias": shape[:1]}
    arrays = {name: rng.normal(0, 0.8, shape).astype(np.float16) for name, shape in shapes.items()}
    write_safetensors(path, arrays, {"kind": LOOKER, "model": json.dumps({"settings": sizes})})


def small_pen(path, seed=0, hidden=9, components=3):
    """Weights by chance, in the form of a stored network of the system `handwriting` that writes digits."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih_l0": (4 * hidden, 16), "weight_hh_l0": (4 * hidden, hidden), "bias_ih_l0": (4 * hidden,)}
    shapes = {f"layer.{name}": shape for name, shape in (shapes | {"bias_hh_l0": (4 * hidden,)}).items()}
    shapes |= {"readout.weight": (6 * components + 2, hidden), "readout.bias": (6 * components + 2,)}
    arrays = {name: rng.normal(0, 0.5, shape).astype(np.float16) for name, shape in shapes.items()}
    settings = {"classes": 10, "pens": 2, "hidden": hidden, "components": components, "memory": "lstm"}
    settings |= {"steps": 8, "span": 100.0, "scale": 50.0, "dropout": 0.0}
    write_safetensors(path, arrays, {"kind": PEN, "model": json.dumps({"settings": settings, "what": "digits"})})


# System → what writes its small model, and settings under which little is written.
SMALL = {
    "language": (small_model, {"length": 60}),
    "seq2seq": (small_translator, {}),
    "glimpses": (small_looker, {}),
    "handwriting": (small_pen, {}),
}
PLAYED = [system for system in SMALL if (weights.SYSTEMS / system / "page.py").is_file()]  # those with a page of theirs


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
    for system, (write_small, _) in SMALL.items():
        (folder / system).mkdir(parents=True, exist_ok=True)
        (folder / system / "live.py").write_text("")
        write_small(folder / system / "stored" / "small.safetensors")
    return folder


def part(system, name):
    """live.py or page.py of a system."""
    return importlib.import_module(f"rnncourse.systems.{system}.{name}")


def model(folder, system="language"):
    """The same model, in this Python."""
    return part(system, "live").load(weights.for_page(folder / system / "stored" / "small.safetensors"))


def player(folder, system="language"):
    """The chapter's player, for the small model, with an example that it made."""
    page, (_, shorter) = part(system, "page"), SMALL[system]
    settings = {setting.name: setting.value for setting in page.SETTINGS} | shorter
    return page.player(list(page.play(model(folder, system), **settings)), "small")


def name_of(system):
    """The system's page."""
    return NAME if system == "language" else f"{NAME}_{system}"


def write(site, folder, *, change=lambda known: known):
    """Build the site; `change` may spoil what the pages know of the models."""
    known = live_cells.write_parts(sources.CACHE, site / "_static" / "live")
    stored = models.write(site / "_static" / "models", [f"{system}/small" for system in PLAYED], folder)
    for css in (ROOT / "rnncourse/widgets/static/figures.css", ROOT / "book/_static/course.css"):
        shutil.copy(css, site / "_static" / css.name)
    for system in PLAYED:
        write_page(site, folder, change(known | {"models": stored, "chapters": {}}), name_of(system), system)


def write_page(site, folder, known, name=NAME, system="language"):
    styles = "".join(f'<link rel="stylesheet" href="../_static/{css}.css">' for css in ("figures", "course"))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    text = (
        f'<!doctype html><html lang="en"><head>{head}<title>A model that plays</title><script>{THEME}</script>{styles}'
        f"</head><body style='margin:0 1rem;background:var(--pst-color-background);color:var(--pst-color-text-base);"
        "font-family:var(--pst-font-family-base)'><main class='bd-main'><article class='bd-article'>"
        "<h1>A model that plays</h1>"
        f"{player(folder, system).html()}</article></main></body></html>"
    )
    path = site / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("</head>", live_cells.head(name, "Page", known, plays=True), 1), encoding="utf-8")
