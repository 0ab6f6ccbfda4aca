"""A reader's picture files: each is read as a viewer shows it, and what cannot be read is named."""

import io
import struct
import zlib

import numpy as np
import pytest

from rnncourse.data import coco_captions, emoji_pictures
from rnncourse.data.picture_files import MOST_PIXELS, read_picture

Image = pytest.importorskip("PIL.Image", reason="the extra [data] is not installed")
SIZE = 24
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"}
TURNS |= {6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}  # how a camera so held stores it


@pytest.fixture
def drawn():
    """A picture without symmetry, 48 × 36, soft enough for JPEG."""
    y, x = np.mgrid[:36, :48] / 47
    return Image.fromarray((255 * np.stack([x, y, x * (1 - y)], axis=-1)).astype(np.uint8))


def off(a, b):
    """The mean difference in grey levels."""
    return np.abs(a.astype(int) - b.astype(int)).mean()


def exif(orientation):
    mark = Image.Exif()
    mark[0x0112] = orientation
    return mark


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_stored_turned_is_read_upright(drawn, tmp_path, format, orientation):
    wanted = np.asarray(drawn)
    stored = drawn.transpose(getattr(Image.Transpose, TURNS[orientation])) if orientation > 1 else drawn
    file = tmp_path / f"turned.{format.lower()}"
    stored.save(file, format=format, exif=exif(orientation))
    drawn.save(tmp_path / "upright.png")
    assert wanted.shape == (36, 48, 3)
    assert off(read_picture(file, SIZE), read_picture(tmp_path / "upright.png", SIZE)) < 3


@pytest.mark.parametrize("mark", [exif(9), exif(0), b"Exif\0\0not at all", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"])
def test_a_mark_that_means_nothing_changes_nothing(drawn, tmp_path, mark):
    drawn.save(tmp_path / "a.png")
    drawn.save(tmp_path / "a.jpg", quality=95, exif=mark)
    assert off(read_picture(tmp_path / "a.jpg", SIZE), read_picture(tmp_path / "a.png", SIZE)) < 3


def test_training_on_photographs_reads_them_upright_too(drawn, tmp_path):
    import json

    names = [f"{k:02}.jpg" for k in range(60)]
    for k, name in enumerate(names):
        turned = drawn.transpose(Image.Transpose.ROTATE_90) if k % 2 else drawn
        turned.save(tmp_path / name, quality=95, **({"exif": exif(6)} if k % 2 else {}))
    content = {"images": [{"id": k, "file_name": name} for k, name in enumerate(names)]}
    content["annotations"] = [{"image_id": k, "caption": "the same"} for k in range(60)]
    (tmp_path / "captions.json").write_text(json.dumps(content))
    images = coco_captions.load(tmp_path, tmp_path / "captions.json", SIZE).images
    assert all(off(image, images[0]) < 3 for image in images)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sixteen_bits(image, colour):
    """A PNG of 16 bits a channel, written by hand: each value is the 8-bit one in both bytes."""
    values = np.asarray(image).astype(">u2") * 257
    rows = values.reshape(len(values), -1).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", image.width, image.height, 16, colour, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + end


def clear_half(image):
    mask = Image.new("L", image.size, 255)
    mask.paste(0, (0, 0, image.width // 2, image.height))
    image.putalpha(mask)
    return image


def kinds(drawn):
    """{name: (file's bytes, the same as 8-bit RGB or RGBA)} in forms that Pillow opens in its many modes."""

    def saved(image, format="PNG", **options):
        file = io.BytesIO()
        image.save(file, format=format, **options)
        return file.getvalue()

    grey, other = drawn.convert("L"), drawn.transpose(Image.Transpose.ROTATE_180)
    palette, pair = drawn.quantize(32), clear_half(drawn.convert("L"))
    clear = drawn.quantize(8)
    shown = clear.convert("RGBA")
    shown.putalpha(Image.fromarray(np.where(np.asarray(clear) == 3, 0, 255).astype(np.uint8)))
    return {
        "16-bit grey": (sixteen_bits(grey, 0), grey.convert("RGB")),
        "16-bit RGB": (sixteen_bits(drawn, 2), drawn),
        "16-bit grey and alpha": (sixteen_bits(pair, 4), pair.convert("RGBA")),
        "16-bit RGBA": (sixteen_bits(clear_half(drawn.copy()), 6), clear_half(drawn.copy())),
        "grey": (saved(grey), grey.convert("RGB")),
        "grey and alpha": (saved(pair), pair.convert("RGBA")),
        "black and white": (saved(drawn.convert("1")), drawn.convert("1").convert("RGB")),
        "palette": (saved(palette), palette.convert("RGB")),
        "palette with a clear colour": (saved(clear, transparency=3), shown),
        "CMYK": (saved(drawn.convert("CMYK"), "JPEG", quality=95), drawn),
        "grey JPEG": (saved(grey, "JPEG", quality=95), grey.convert("RGB")),
        "progressive JPEG": (saved(drawn, "JPEG", quality=95, progressive=True), drawn),
        "two pictures in a JPEG": (saved(drawn, "MPO", quality=95, save_all=True, append_images=[other]), drawn),
        "moving PNG": (saved(drawn, save_all=True, append_images=[other], duration=90), drawn),
        "moving GIF": (
            saved(palette, "GIF", save_all=True, append_images=[other.quantize(32)]),
            palette.convert("RGB"),
        ),
        "moving WebP": (saved(drawn, "WEBP", save_all=True, append_images=[other], lossless=True), drawn),
    }


NAMES = ["16-bit grey", "16-bit RGB", "16-bit grey and alpha", "16-bit RGBA", "grey", "grey and alpha"]
NAMES += ["black and white", "palette", "palette with a clear colour", "CMYK", "grey JPEG", "progressive JPEG"]
NAMES += ["two pictures in a JPEG", "moving PNG", "moving GIF", "moving WebP"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_read_as_its_eight_bit_version(drawn, tmp_path, name):
    made = kinds(drawn)
    assert [*made] == NAMES
    content, plain = made[name]
    (tmp_path / "a.png").write_bytes(content)
    plain.save(tmp_path / "plain.png")
    assert off(read_picture(tmp_path / "a.png", SIZE), read_picture(tmp_path / "plain.png", SIZE)) < 2


def claiming(width, height):
    """A PNG of no size that claims to be large."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (20_000, 20_000), (60_000, 60_000)])
def test_a_picture_too_large_is_said_with_the_limit(tmp_path, width, height, recwarn):
    (tmp_path / "bomb.png").write_bytes(claiming(width, height))
    assert width * height > MOST_PIXELS
    with pytest.raises(ValueError, match=r"picture too large: .*bomb\.png has .*pixels, at most 100 million") as error:
        read_picture(tmp_path / "bomb.png", SIZE)
    assert "\n" not in str(error.value)
    assert not recwarn.list


def test_a_long_strip_takes_the_memory_of_a_strip(tmp_path):
    import tracemalloc

    Image.new("RGB", (40_000, 30), (10, 200, 30)).save(tmp_path / "strip.png")  # the square around it: 6.4 GB
    tracemalloc.start()
    picture = read_picture(tmp_path / "strip.png", SIZE)
    tracemalloc.stop()
    assert picture.shape == (SIZE, SIZE, 3)
    assert (picture[0] == 255).all()
    assert (picture[SIZE // 2 - 1 : SIZE // 2 + 1] < 255).any()


def png(drawn):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


def jpeg(drawn):
    file = io.BytesIO()
    drawn.resize((480, 360)).save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda drawn: b"", "the file is empty"),
        (lambda drawn: b"I am no picture", "no picture in one of these formats"),
        (lambda drawn: b"<!DOCTYPE html><html>", "no picture in one of these formats"),
        (lambda drawn: b"\0\0\0\x18ftypheic" + bytes(40), "HEIC or AVIF"),
        (lambda drawn: png(drawn)[:2000], "ends too early"),
        (lambda drawn: jpeg(drawn)[:2000], "ends too early"),
        (lambda drawn: png(drawn)[:60] + bytes(200) + png(drawn)[260:], "damaged"),
        (lambda drawn: b"\xff\xd8\xff\xe0" + bytes(40), "damaged"),
    ],
    ids=["empty", "text", "page", "HEIC", "cut PNG", "cut JPEG", "damaged PNG", "damaged JPEG"],
)
def test_what_is_wrong_with_a_file_is_named(drawn, tmp_path, make, reason):
    (tmp_path / "a.png").write_bytes(make(drawn))
    with pytest.raises(ValueError, match="not a PNG or JPEG picture that can be read: ") as error:
        read_picture(tmp_path / "a.png", SIZE)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_is_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such picture: .* is a folder"):
        read_picture(tmp_path, SIZE)


@pytest.mark.parametrize("size", [0, -1, 7, 513])
def test_a_size_out_of_range_is_the_sizes_fault_and_not_the_pictures(drawn, tmp_path, size):
    drawn.save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=f"size: 8 to 512 pixels, got {size}"):
        read_picture(tmp_path / "a.png", size)


def test_the_name_in_emoji_pictures_stays():
    assert emoji_pictures.read_picture is read_picture
