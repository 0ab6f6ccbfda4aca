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
PAGES = sorted(path.parent.name for path in ROOT.glob("rnncourse/systems/*/page.py"))
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


# How a system's live.py is compared with PyTorch: stored file → both results.
COMPARED = {"language": language}


def blocked(code):
    """Run code without the packages that a page lacks."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("module", [*(f"{n}.live" for n in LIVE), *(f"{n}.page" for n in PAGES)])
def test_it_is_imported_without_torch(module):
    done = blocked(f"import rnncourse.systems.{module}")
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
    paths = [path for key, path in weights.of_pages().items() if key.startswith(f"{system}/")]
    if system == "language":
        player_page.small_model(tmp_path / "small.safetensors")
        paths.append(tmp_path / "small.safetensors")
    assert paths, f"{system} has a live.py and no stored model"
    for path in paths:
        ours, theirs = COMPARED[system](path)
        assert_close(ours, theirs, dtype="float32", name=path.name)


@pytest.mark.parametrize("system", PAGES)
def test_its_page_says_what_every_page_says(system):
    page = importlib.import_module(f"rnncourse.systems.{system}.page")
    for name in ("play", "stored", "example", "EXAMPLE"):
        assert hasattr(page, name), f"{system}/page.py has no {name}: tools/live/examples.py and the page need it"
