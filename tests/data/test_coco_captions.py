"""COCO's captions format, on a tiny set that the test draws."""

import json

import numpy as np
import pytest

from rnncourse.data import coco_captions

Image = pytest.importorskip("PIL.Image", reason="the extra [data] is not installed")


@pytest.fixture
def tiny(tmp_path):
    rng = np.random.default_rng(3)
    entries, annotations = [], []
    for k in range(40):
        colour = [int(c) for c in rng.integers(0, 255, 3)]
        Image.new("RGB", (20 + k, 30), tuple(colour)).save(tmp_path / f"{k:03}.png")
        entries.append({"id": 100 + k, "file_name": f"{k:03}.png"})
        annotations += [{"image_id": 100 + k, "caption": f"A plain Picture, number {k} {n}."} for n in "ab"]
    path = tmp_path / "captions.json"
    path.write_text(json.dumps({"images": entries, "annotations": annotations}))
    return tmp_path, path


def test_pictures_captions_and_splits(tiny):
    photographs = coco_captions.load(*tiny, size=16)
    assert photographs.images.shape == (40, 16, 16, 3)
    assert photographs.captions[7] == ["a plain picture number 7 a", "a plain picture number 7 b"]
    assert sorted(np.concatenate(list(photographs.splits.values()))) == list(range(40))
    assert photographs.fingerprint == coco_captions.load(*tiny, size=16).fingerprint


def test_what_is_wrong_is_one_line(tiny, tmp_path):
    folder, path = tiny
    with pytest.raises(FileNotFoundError, match="no such folder"):
        coco_captions.load(folder / "nowhere", path)
    with pytest.raises(FileNotFoundError, match="no such annotations file"):
        coco_captions.load(folder, folder / "none.json")
    for text in ("no json", "[]", '{"images": []}', '{"images": [{"id": 1}], "annotations": []}'):
        (folder / "bad.json").write_text(text)
        with pytest.raises(ValueError, match="COCO's captions format") as error:
            coco_captions.load(folder, folder / "bad.json")
        assert "\n" not in str(error.value)
    (folder / "bad.json").write_text('{"images": [{"id": 1, "file_name": "x.png"}], "annotations": []}')
    with pytest.raises(ValueError, match="no picture has a caption"):
        coco_captions.load(folder, folder / "bad.json")
    (folder / "007.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"no such picture: .*007\.png"):
        coco_captions.load(folder, path)
    (folder / "007.png").write_text("text")
    with pytest.raises(ValueError, match=r"not a PNG or JPEG picture that can be read: .*007\.png"):
        coco_captions.load(folder, path)


def test_too_few_pictures_for_the_parts_is_said(tiny):
    folder, path = tiny
    content = json.loads(path.read_text())
    content["images"] = content["images"][:2]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="too few pictures"):
        coco_captions.load(folder, path)
