"""The stored models that play on a page, as files of the site: _static/models/NAME.npz, float16, no pickles.

NAME is the system's name, and with the model's where several of a system play. A page loads one by a click of its own;
the page's copy of the course has none of them (tools/live/package.py).
"""

import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.systems import weights

EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(arrays: weights.Arrays) -> bytes:
    """An .npz with the same bytes each time."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.asarray(arrays[name], order="C"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), one.getvalue(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def file_name(key: str, keys: list[str]) -> str:
    """The file of the model `key`, "system/model", among all that play on the site."""
    system, _, model = key.partition("/")
    alone = sum(other.startswith(f"{system}/") for other in keys) == 1
    return f"{system}.npz" if alone else f"{system}-{model}.npz"


def write(folder: Path, keys: Iterable[str], systems: Path = weights.SYSTEMS) -> dict[str, dict[str, Any]]:
    """Write these models into the folder; returns what a page must know: key → file, bytes, sha256.

    Raises
    ------
    FileNotFoundError : a model is not stored, or its system has no live.py.
    """
    shutil.rmtree(folder, ignore_errors=True)
    played, known = sorted(set(keys)), {}
    for key in played:
        data = packed(weights.for_page(weights.stored(key, systems)))
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / file_name(key, played)
        target.write_bytes(data)
        known[key] = {"file": target.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return known
