"""A reader's own picture file as pixels, whatever phone or program wrote it.

What counts is what a viewer shows: a photograph stored on its side is turned upright, a palette, 16 bits a channel or
printer's colours become 8-bit RGB, what is transparent becomes white, and of a moving picture the first one is taken.
"""

import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")  # of GIF and WebP the first picture; the names are Pillow's
MOST_PIXELS = 100_000_000  # a file of kilobytes may claim more, and unpacking it would take the machine's memory
LARGE = 4096  # a longer side than this is shrunk by whole steps first
SMALLEST, LARGEST = 8, 512  # size of what is returned
UPRIGHT = {  # EXIF's orientation → Pillow's names of what turns the picture upright
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
ORIENTATION = 0x0112  # EXIF's tag


def read_picture(path: str | Path, size: int) -> NDArray[np.uint8]:
    """A reader's own PNG or JPEG as (size, size, 3), upright, on white, its longer side fitted.

    path : the file; of a GIF, WebP or animated PNG the first picture counts.
    size : height and width in pixels, 8 to 512.

    Raises
    ------
    FileNotFoundError : there is no such file, or it is a folder.
    ValueError : no such size; the file is no picture, empty, cut, damaged or too large; the message says which.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size: {SMALLEST} to {LARGEST} pixels, got {size}")
    image_module = package("PIL.Image", "pillow")
    path = Path(path)
    if path.is_dir():
        raise FileNotFoundError(f"no such picture: {path} is a folder")
    if not path.is_file():
        raise FileNotFoundError(f"no such picture: {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on size and on odd EXIF: what matters is an error below
            with image_module.open(path, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise _TooLarge(f"{image.width} × {image.height} pixels")
                image.load()
                return on_white(_upright(_eight_bits(image), _orientation(image)), size)
    except (_TooLarge, image_module.DecompressionBombError) as error:
        found = re.search(r"\((\d+) pixels\)", str(error))
        pixels = f"{found[1]} pixels" if found else str(error)
        at_most = f"at most {MOST_PIXELS // 10**6} million"
        raise ValueError(f"picture too large: {path} has {pixels}, {at_most} are read; save it smaller") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        message = f"not a PNG or JPEG picture that can be read: {path}"
        raise ValueError(f"{message} ({_reason(path, error)})") from error


def on_white(image: Any, size: int) -> NDArray[np.uint8]:
    """Composite on white first, then resize: transparent pixels have no colour of their own to bleed in."""
    image_module = package("PIL.Image", "pillow")
    if max(image.size) > LARGE:  # the square around a long strip would take the strip's length squared
        flat = image_module.new("RGBA", image.size, "white")
        flat.alpha_composite(image)
        image = flat.reduce(max(image.size) // (LARGE // 2))
    side = max(image.size)
    canvas = image_module.new("RGBA", (side, side), "white")
    canvas.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return np.asarray(canvas.convert("RGB").resize((size, size), image_module.Resampling.BOX), dtype=np.uint8)


def package(module: str, name: str) -> Any:
    """A package of the extra [data], or an error that says how to install it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        message = f"the emoji pictures need the package {name}: pip install {name} (or rnncourse[data])"
        raise ModuleNotFoundError(message, name=module) from error


class _TooLarge(Exception):
    """More pixels than are read."""


def _eight_bits(image: Any) -> Any:
    """As RGBA, 8 bits a channel; Pillow cuts 16-bit grey off at 255 where its high byte is meant."""
    if not image.mode.startswith("I"):
        return image.convert("RGBA")
    image_module = package("PIL.Image", "pillow")
    values = np.asarray(image).astype(np.int64)
    grey = (values >> 8).clip(0, 255).astype(np.uint8)
    clear = image.info.get("transparency")
    alpha = np.where(values == clear, 0, 255).astype(np.uint8) if isinstance(clear, int) else np.full_like(grey, 255)
    return image_module.fromarray(np.stack([grey, grey, grey, alpha], axis=-1))


def _orientation(image: Any) -> object:
    """The camera's mark of how it was held; one that cannot be read says nothing."""
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # whatever a damaged mark makes Pillow raise
        return None


def _upright(image: Any, orientation: object) -> Any:
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image.transpose(getattr(package("PIL.Image", "pillow").Transpose, turn)) if turn else image


def _reason(path: Path, error: Exception) -> str:
    """In a few words, what is wrong with a file that Pillow refuses."""
    try:
        with path.open("rb") as file:
            begin = file.read(32)
    except OSError as failure:
        return failure.strerror or "it cannot be opened"
    text = str(error).lower()
    if not begin:
        return "the file is empty"
    if begin[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftyphevc"):
        return "it is HEIC or AVIF: save it as PNG or JPEG"
    if type(error).__name__ == "UnidentifiedImageError":
        known = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF")
        return "its beginning is damaged" if begin.startswith(known) else "it is no picture in one of these formats"
    if any(word in text for word in ("truncated", "end of file", "eof", "unrecognized data stream")):
        return "the file is cut: it ends too early"
    return "the file is damaged"
