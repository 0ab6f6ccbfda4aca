"""Photographs with captions in COCO's format: a folder of pictures and one JSON file, both the reader's own."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from rnncourse.data.emoji_pictures import words
from rnncourse.data.picture_files import read_picture

SOURCE = "the reader's own folder; the format is that of COCO captions (Chen et al. 2015)"
LICENCE = "that of the reader's pictures"


class Photographs(NamedTuple):
    """N pictures with their captions, in the order of the file's "images"."""

    images: NDArray[np.uint8]  # (N, size, size, 3)
    captions: list[list[str]]
    splits: dict[str, NDArray[np.intp]]  # "train", "validation", "pictures", told by the file names' hashes
    fingerprint: str


def load(images: str | Path, annotations: str | Path, size: int = 64) -> Photographs:
    """Read a COCO captions file and the pictures that it names.

    Raises
    ------
    FileNotFoundError : the folder, the file, or a picture that the file names is not there.
    ValueError : the file is not COCO's captions format (entry and field are named), or a picture cannot be read.
    """
    folder = Path(images)
    if not folder.is_dir():
        raise FileNotFoundError(f"no such folder of pictures: {folder}")
    names, captions = _annotations(Path(annotations))
    pixels = np.stack([read_picture(folder / name, size) for name in tqdm(names, desc="pictures", disable=None)])
    draws = np.array([int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) / 16**12 for name in names])
    splits = {
        "train": np.flatnonzero(draws >= 0.2),
        "validation": np.flatnonzero(draws < 0.1),
        "pictures": np.flatnonzero((draws >= 0.1) & (draws < 0.2)),
    }
    if empty := [part for part, indices in splits.items() if not len(indices)]:
        raise ValueError(f"too few pictures ({len(names)}): none falls to {', '.join(empty)}; give 40 or more")
    text = "\n".join(f"{name} {several}" for name, several in zip(names, captions, strict=True))
    return Photographs(pixels, captions, splits, hashlib.sha256(text.encode()).hexdigest()[:16])


def _annotations(path: Path) -> tuple[list[str], list[list[str]]]:
    """File names, and the captions of each."""
    if path.is_dir():
        raise FileNotFoundError(f"no such annotations file: {path} is a folder")
    if not path.is_file():
        raise FileNotFoundError(f"no such annotations file: {path}")
    try:
        content = json.loads(path.read_bytes())  # bytes: UTF-8 or UTF-16, with or without a byte-order mark
        files: dict[int | str, str] = {}
        for where, (key, name) in _entries(content, "images", "id", "file_name"):
            if key in files:
                raise ValueError(f"{where}: id {key!r} stands twice")
            files[key] = name
        captions = defaultdict(list)
        for _, (key, text) in _entries(content, "annotations", "image_id", "caption"):
            captions[key].append(" ".join(words(text)))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        format = "not COCO's captions format (images: id, file_name; annotations: image_id, caption)"
        raise ValueError(f"{format}: {path}: {reason}") from error
    known = [key for key in files if any(captions[key])]
    if not known:
        raise ValueError(f"no picture has a caption in {path}")
    return [files[key] for key in known], [[c for c in captions[key] if c] for key in known]


def _entries(content: Any, part: str, key: str, text: str) -> Iterator[tuple[str, tuple[int | str, str]]]:
    """(which entry it is, (its key, its text)) for each entry of a part; ValueError names the entry and the field."""
    if not isinstance(content, dict) or not isinstance(content.get(part), list):
        raise ValueError(f"{part} is missing, or no list")
    for number, entry in enumerate(content[part]):
        where = f"{part}[{number}]"
        if not isinstance(entry, dict):
            raise ValueError(f"{where} is {_kind(entry)}, expected an object")
        where += f" (id {entry['id']})" if isinstance(entry.get("id"), int | str) else ""
        for field, kinds, wanted in ((key, int | str, "a number or a text"), (text, str, "a text")):
            if field not in entry:
                raise ValueError(f"{where}: {field} is missing")
            if not isinstance(entry[field], kinds) or isinstance(entry[field], bool):
                raise ValueError(f"{where}: {field} is {_kind(entry[field])}, expected {wanted}")
        if text == "file_name" and not entry[text].strip():
            raise ValueError(f"{where}: file_name is empty")
        yield where, (entry[key], entry[text])


def _kind(value: Any) -> str:
    """What JSON calls it."""
    names = {
        type(None): "null",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
    }
    return names.get(type(value), "an object")
