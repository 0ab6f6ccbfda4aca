"""Photographs with captions in COCO's format: a folder of pictures and one JSON file, both the reader's own."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from rnncourse.data.emoji_pictures import read_picture, words

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
    ValueError : the file is not COCO's captions format, or a picture cannot be read.
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
    if not path.is_file():
        raise FileNotFoundError(f"no such annotations file: {path}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        files = {entry["id"]: entry["file_name"] for entry in content["images"]}
        captions = defaultdict(list)
        for entry in content["annotations"]:
            captions[entry["image_id"]].append(" ".join(words(entry["caption"])))
    except (ValueError, KeyError, TypeError) as error:
        message = f"not COCO's captions format (images: id, file_name; annotations: image_id, caption): {path}"
        raise ValueError(message) from error
    known = [key for key in files if any(captions[key])]
    if not known:
        raise ValueError(f"no picture has a caption in {path}")
    return [files[key] for key in known], [[c for c in captions[key] if c] for key in known]
