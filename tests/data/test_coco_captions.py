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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read_over(tiny, encoding):
    folder, path = tiny
    wanted = coco_captions.load(folder, path, size=16).captions
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    assert coco_captions.load(folder, path, size=16).captions == wanted


@pytest.mark.parametrize(
    ("part", "field", "value", "said"),
    [
        ("annotations", "caption", None, r"annotations\[17\] \(id 517\): caption is null, expected a text"),
        ("annotations", "caption", 3, r"annotations\[17\] \(id 517\): caption is a number"),
        ("annotations", "caption", ["a"], r"annotations\[17\] \(id 517\): caption is a list"),
        ("annotations", "image_id", None, r"annotations\[17\] \(id 517\): image_id is null"),
        ("annotations", "image_id", {}, r"annotations\[17\] \(id 517\): image_id is an object"),
        ("images", "file_name", None, r"images\[17\] \(id 117\): file_name is null, expected a text"),
        ("images", "file_name", "", r"images\[17\] \(id 117\): file_name is empty"),
        ("images", "id", None, r"images\[17\]: id is null"),
        ("images", "id", True, r"images\[17\] .*id is true or false"),
        ("images", "id", 103, r"images\[17\] \(id 103\): id 103 stands twice"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_named(tiny, part, field, value, said):
    folder, path = tiny
    content = json.loads(path.read_text())
    for number, entry in enumerate(content["annotations"]):
        entry["id"] = 500 + number
    content[part][17][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=said) as error:
        coco_captions.load(folder, path)
    assert "\n" not in str(error.value)
    del content[part][17][field]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"{part}\[17\].*: {field} is missing"):
        coco_captions.load(folder, path)


@pytest.mark.parametrize("part", ["images", "annotations"])
@pytest.mark.parametrize("value", [None, 3, {}, [None], ["a"]])
def test_a_part_that_is_no_list_of_entries_is_named(tiny, part, value):
    folder, path = tiny
    path.write_text(json.dumps(json.loads(path.read_text()) | {part: value}))
    with pytest.raises(ValueError, match=rf"COCO's captions format.*: {part}(\[0\])? is "):
        coco_captions.load(folder, path)


def test_a_folder_of_annotations_is_a_folder(tiny):
    folder, _ = tiny
    with pytest.raises(FileNotFoundError, match=r"no such annotations file: .* is a folder"):
        coco_captions.load(folder, folder)
