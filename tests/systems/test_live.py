"""Each system's live.py: it runs where there is no PyTorch, and computes what PyTorch computes."""

import importlib
import os
import subprocess
import sys

import numpy as np
import pytest

from rnncourse.systems import weights
from tests.course.repository import ROOT
from tests.site import player_page
from tests.tolerances import assert_close

LIVE = sorted(path.parent.name for path in ROOT.glob("rnncourse/systems/*/live.py"))
PAGES = weights.page_modules()
BLOCKED = (
    "import sys\nfor name in ('torch', 'safetensors', 'matplotlib', 'tqdm', 'ipywidgets'): sys.modules[name] = None\n"
)


def language(path):
    """Logits of a text, (N, K): live.py's and PyTorch's."""
    import torch

    from rnncourse.systems.language import live, storage

    model, alphabet = storage.load(path)
    codes = alphabet.encode("KING.\nThe night is long, é")
    with torch.no_grad():
        theirs = model(torch.from_numpy(codes)[:, None])[0][:, 0].numpy()
    ours, state, played = [], None, live.load(weights.for_page(path))
    for code in codes:
        logits, state = live.step(played, int(code), state)
        ours.append(logits)
    return np.array(ours), theirs


def seq2seq(path):
    """log p of each sign of an answer and where was looked, joined: live.py's and PyTorch's."""
    import torch

    from rnncourse.systems.seq2seq import live, storage
    from rnncourse.systems.seq2seq.symbols import START

    _, model, source, target = storage.load(path)
    text = "7 march 2024, é"
    signs = list(live.read(live.load(weights.for_page(path)), text))
    said = [target.index[one.sign or "<end>"] for one in signs]
    with torch.no_grad():
        memory = model.encode(torch.tensor(source.numbers(text))[:, None])
        given = torch.tensor([START, *said[:-1]])[:, None]
        logits, _, looks = model.decode(given, model.start(memory), memory)
    theirs = logits[:, 0].log_softmax(dim=-1)[torch.arange(len(said)), said].numpy()
    ours = np.array([one.log_p for one in signs])
    if looks is None:
        return ours, theirs
    return np.append(ours, [one.weights for one in signs]), np.append(theirs, looks[:, :, 0].numpy())


def glimpses(path):
    """Of each look at a picture: where, and how probable each digit is, joined: live.py's and PyTorch's."""
    import torch

    from rnncourse.systems.glimpses import live, shown, storage

    model, image = storage.load(path), shown.load().images[3]
    with torch.no_grad():
        found = model(torch.from_numpy(image[None]))
    theirs = torch.cat([found.centres[:, 0], found.logits[:, 0].softmax(dim=-1)], dim=1).numpy()
    looks = live.look(live.load(weights.for_page(path)), image)
    return np.array([[*one.centre, *one.p] for one in looks]), theirs


def handwriting(path):
    """What each point of a drawing costs, its place and what the pen does: live.py's and PyTorch's."""
    import torch

    from rnncourse.systems.handwriting import live, writing, writing_live, writing_storage

    model, what = writing_storage.load(path)
    rng = np.random.default_rng(0)
    places, pens = rng.uniform(0, model.span, (9, 2)), rng.integers(0, model.pens, 9)
    classes = [torch.tensor([7])] if what == "digits" else []
    tensors = torch.from_numpy(places).float()[:, None], torch.from_numpy(pens)[:, None]
    with torch.no_grad():
        theirs = torch.cat(writing.costs(model, *tensors, *classes), dim=1).numpy()
    label = 7 if what == "digits" else None
    return np.stack(writing_live.costs(live.load(weights.for_page(path)), places, pens, label), axis=1), theirs


# How a system's live.py is compared with PyTorch: stored file → both results.
COMPARED = {"language": language, "seq2seq": seq2seq, "glimpses": glimpses, "handwriting": handwriting}


def blocked(code):
    """Run code without the packages that a page lacks."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("module", [*(f"rnncourse.systems.{n}.live" for n in LIVE), *PAGES.values()])
def test_it_is_imported_without_torch(module):
    done = blocked(f"import {module}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("key", weights.of_pages())
def test_every_stored_model_is_loaded_without_torch(key):
    system = key.partition("/")[0]
    code = f"from rnncourse.systems import weights\nfrom rnncourse.systems.{system} import live\n"
    done = blocked(f"{code}live.load(weights.for_page(weights.of_pages()[{key!r}]))")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("system", LIVE)
def test_it_computes_what_pytorch_computes(system, tmp_path):
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    assert system in COMPARED, f"{system}: say in COMPARED how its live.py is compared with PyTorch"
    assert system in player_page.SMALL, f"{system}: say in tests/site/player_page.py how a small model of it is made"
    paths = [path for key, path in weights.of_pages().items() if key.startswith(f"{system}/")]
    write_small, _ = player_page.SMALL[system]
    write_small(tmp_path / "small.safetensors")
    for path in [*paths, tmp_path / "small.safetensors"]:
        ours, theirs = COMPARED[system](path)
        assert_close(ours, theirs, dtype="float32", name=path.name)


@pytest.mark.parametrize("system", PAGES)
def test_its_page_says_what_every_page_says(system):
    page = importlib.import_module(PAGES[system])
    for name in ("play", "player", "example", "EXAMPLE"):
        assert hasattr(page, name), f"{system}: its page has no {name}: tools/live/examples.py and the page need it"
