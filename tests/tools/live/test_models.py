"""Stored models as files of the site: the stored numbers, half precision, no pickles, the same bytes each time."""

import hashlib
import io
import json
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from rnncourse.systems import weights
from rnncourse.systems.seq2seq import page as seq2seq
from tests.site import player_page
from tools.live import models, package
from tools.project import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import live_cells

STORED = weights.of_pages()


@pytest.fixture
def systems(tmp_path):
    return player_page.systems(tmp_path / "systems")


def arrays_of(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("key", [*STORED, player_page.KEY])
def test_a_page_gets_the_stored_weights_rounded_to_half_precision(key, systems, tmp_path):
    path = STORED.get(key, systems / "language" / "stored" / "small.safetensors")
    written = tmp_path / "one.npz"
    written.write_bytes(models.packed(weights.for_page(path)))
    load_file = pytest.importorskip("safetensors.numpy", reason="the extra [torch] is not installed").load_file
    stored, found = load_file(path), arrays_of(written)
    assert stored.keys() <= found.keys()
    for name, array in stored.items():
        assert found[name].dtype == np.float16
        np.testing.assert_array_equal(found[name], array.astype(np.float16))


def test_single_precision_is_rounded_and_what_half_cannot_hold_is_named(tmp_path):
    path, write = tmp_path / "one.safetensors", player_page.write_safetensors
    write(path, {"a": np.array([1 / 3], np.float32)}, {})
    assert weights.for_page(path)["a"] == np.float16(1 / 3)
    write(path, {"a": np.array([1.0], np.float32), "far": np.array([1e6], np.float32)}, {})
    with pytest.raises(ValueError, match=r"far in .*one\.safetensors: .*half precision"):
        weights.for_page(path)


def test_the_alphabet_and_the_settings_come_along(tmp_path):
    told = {"settings": {"hidden": 3}, "alphabet": "aé\n", "words": ["one", "zwölf"]}
    player_page.write_safetensors(tmp_path / "one.safetensors", {}, {"model": json.dumps(told)})
    (tmp_path / "one.npz").write_bytes(models.packed(weights.for_page(tmp_path / "one.safetensors")))
    found = arrays_of(tmp_path / "one.npz")
    assert "".join(map(chr, found["alphabet"])) == "aé\n"
    assert json.loads(found["settings"].item()) == {"hidden": 3}
    assert found["words"].tolist() == ["one", "zwölf"]


def test_the_site_gets_one_file_a_model_and_the_page_its_digest(systems, tmp_path):
    known = models.write(tmp_path / "models", [player_page.KEY, player_page.KEY], systems)
    assert known.keys() == {player_page.KEY}
    data = (tmp_path / "models" / "language.npz").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    assert known[player_page.KEY] == {"file": "language.npz", "bytes": len(data), "sha256": digest}
    assert models.write(tmp_path / "again", [player_page.KEY], systems) == known
    assert not any(
        b"pickle" in zipfile.ZipFile(io.BytesIO(data)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(data)).namelist()
    )


def test_two_models_of_a_system_have_two_files(systems, tmp_path):
    player_page.small_model(systems / "language" / "stored" / "other.safetensors", seed=1)
    known = models.write(tmp_path / "models", ["language/small", "language/other"], systems)
    assert {key: one["file"] for key, one in known.items()} == {
        "language/other": "language-other.npz",
        "language/small": "language-small.npz",
    }


def test_what_no_page_plays_does_not_go_to_the_site(systems, tmp_path):
    player_page.small_model(systems / "language" / "stored" / "other.safetensors", seed=1)
    models.write(tmp_path / "models", ["language/other", "language/small"], systems)
    models.write(tmp_path / "models", ["language/other"], systems)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["language.npz"]
    assert models.write(tmp_path / "models", [], systems) == {}
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("key", ["language/none", "silent/one"])
def test_a_page_cannot_play_what_is_not_there_or_has_no_live(key, systems, tmp_path):
    player_page.small_model(systems / "silent" / "stored" / "one.safetensors")
    known = ", ".join(f"{system}/small" for system in sorted(player_page.SMALL))
    with pytest.raises(FileNotFoundError, match=f"no stored model '{key}', expected one of {known}"):
        models.write(tmp_path / "models", [key], systems)


def test_a_page_says_which_models_it_plays(systems):
    one, other = player_page.player(systems), seq2seq.player([], "some <model>")
    assert live_cells.played("<p>no player</p>") == []
    assert live_cells.played(f"<p>{other.html()}</p>{one.html()}") == ["seq2seq/some <model>", player_page.KEY]


def test_the_build_writes_the_models_of_its_pages_and_tells_each_page_its_own(systems, tmp_path, monkeypatch):
    """As Sphinx ends, with two pages: on one a model plays, on the other none; and another model lies beside it."""
    player_page.small_model(systems / "language" / "stored" / "other.safetensors", seed=1)
    names, site = ["notebooks/04_layer", "notebooks/12_language"], tmp_path / "site"
    (site / "notebooks").mkdir(parents=True)
    for name, shown in zip(names, ["", player_page.player(systems).html()], strict=True):
        cells = '<div class="cell docutils container"></div>' * len(live_cells.code_cells(name))
        (site / f"{name}.html").write_text(f"<head></head>{cells}{shown}")
    app = SimpleNamespace(
        outdir=site,
        builder=SimpleNamespace(format="html"),
        env=SimpleNamespace(
            found_docs=set(names), titles=dict.fromkeys(names, SimpleNamespace(astext=lambda: "A title"))
        ),
    )
    write = models.write
    monkeypatch.setattr(live_cells.sources, "missing", lambda folder, files: [])
    monkeypatch.setattr(live_cells, "write_parts", lambda parts, target: {"files": {}, "bytes": 1})
    monkeypatch.setattr(live_cells.models, "write", lambda folder, keys: write(folder, keys, systems))
    live_cells.finish(app, None)
    assert [path.name for path in (site / "_static" / "models").iterdir()] == ["language.npz"]
    still, plays = ((site / f"{name}.html").read_text() for name in names)
    assert "player.js" in plays
    assert '"models": {"language/small": {"file": "language.npz"' in plays
    assert '"models"' not in still
    assert "player.js" not in still


@pytest.mark.parametrize("length", [0, 7, 30, -1])
def test_a_file_that_is_cut_short_is_named(systems, length):
    path = systems / "language" / "stored" / "small.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"not a checkpoint of a model: .*small"):
        weights.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such checkpoint: .*none"):
        weights.read(tmp_path / "none.safetensors")


def test_a_model_that_is_not_stored_is_named():
    with pytest.raises(FileNotFoundError, match="no stored model 'language/none', expected one of"):
        weights.stored("language/none")


def test_the_pages_package_has_what_plays_and_no_stored_model():
    names = package.contents()
    assert not [name for name in names if "/stored/" in name or name.startswith("rnncourse/torch/")]
    assert {f"rnncourse/systems/{name}.py" for name in ("__init__", "weights")} <= names.keys()
    for path in sorted((ROOT / "rnncourse" / "systems").glob("*/model.py")):
        name = path.relative_to(ROOT).as_posix()
        assert name not in names, f"{name} needs PyTorch"
    for path in [*weights.SYSTEMS.glob("*/live.py"), *weights.SYSTEMS.glob("*/page.py")]:
        assert path.relative_to(ROOT).as_posix() in names
    for key in STORED:
        assert f"rnncourse/systems/{key.partition('/')[0]}/live.py" in names
