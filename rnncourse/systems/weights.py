"""A stored model read with NumPy alone, and what a page gets of it.

A file of stored/ is in the format safetensors: eight bytes say how long the header is, the header is JSON and says of
each array its type, its shape and where its bytes lie, and then come the bytes. A page gets the same numbers as an
.npz of float16 arrays by their names, with one more entry, `model`: the file's own description (settings, alphabet).
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
SYSTEMS = Path(__file__).parent

Arrays = dict[str, NDArray[Any]]


def read(path: str | Path, kind: str = "a model") -> tuple[Arrays, dict[str, str]]:
    """Return a stored model's arrays by name, and the words that its file carries.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : the file is cut short, or no safetensors file: "not a checkpoint of a model".
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no such checkpoint: {path}")
    data = path.read_bytes()
    try:
        begin = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:begin])
        words = header.pop("__metadata__", {})
        arrays = {name: _array(data[begin:], about) for name, about in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a checkpoint of {kind}: {path}: {error}") from error
    return arrays, words


def _array(data: bytes, about: Mapping[str, Any]) -> NDArray[Any]:
    first, last = about["data_offsets"]
    if last > len(data):
        raise ValueError(f"{len(data)} bytes of weights, expected at least {last}")
    return np.frombuffer(data[first:last], TYPES[about["dtype"]]).reshape(about["shape"])


def arrays_of(source: str | Path | Mapping[str, NDArray[Any]], kind: str = "a model") -> Arrays:
    """Weights, alphabet and settings by name: of a stored model, of the .npz that a page gets, or as they are given.

    Raises
    ------
    FileNotFoundError, ValueError : as `read`; the file's description is none.
    """
    if isinstance(source, Mapping):
        return dict(source)
    if Path(source).suffix == ".npz" and Path(source).is_file():
        with np.load(source, allow_pickle=False) as file:
            return dict(file)
    arrays, words = read(source, kind)
    try:
        return arrays | {name: _told(what) for name, what in json.loads(words.get("model", "{}")).items()}
    except (ValueError, AttributeError) as error:
        raise ValueError(f"not a checkpoint of {kind}: {source}: {error}") from error


def wanted(arrays: Mapping[str, NDArray[Any]], names: Iterable[str], kind: str) -> None:
    """Raise ValueError where an array is missing: "not a model of text: it has no readout.bias"."""
    if missing := [name for name in names if name not in arrays]:
        raise ValueError(f"not {kind}: it has no {', '.join(missing)}")


def text_of(points: NDArray[Any]) -> str:
    """A text that a page gets as code points."""
    return "".join(map(chr, points.tolist()))


def for_page(path: str | Path) -> Arrays:
    """What a page gets of a stored model: its weights rounded to float16, its alphabet and settings as arrays.

    Raises
    ------
    FileNotFoundError, ValueError : as `read`; a weight is beyond what float16 holds.
    """
    arrays = arrays_of(path)
    with np.errstate(over="ignore"):  # what that makes infinite is named below
        rounded = {name: a.astype(np.float16) if a.dtype.kind == "f" else a for name, a in arrays.items()}
    for name, array in rounded.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} in {path}: not every weight is a finite number of half precision")
    return rounded


def _told(what: Any) -> NDArray[Any]:
    """A text as code points, a list of words as an array of text, anything else as JSON."""
    if isinstance(what, str):
        return np.array([ord(one) for one in what], dtype=np.int32)
    words = isinstance(what, list) and all(isinstance(one, str) for one in what)
    return np.array(what if words else json.dumps(what), dtype=np.str_)


def stored(key: str, systems: Path = SYSTEMS) -> Path:
    """The file of the stored model "system/model"; FileNotFoundError where there is none that a page can run."""
    known = of_pages(systems)
    if key not in known:
        raise FileNotFoundError(
            f"no stored model {key!r}, expected one of {', '.join(known) or 'none: there are none'}"
        )
    return known[key]


def of_pages(systems: Path = SYSTEMS) -> dict[str, Path]:
    """Every stored model that a page can run, "system/model" → its file: those of systems that have a live.py.

    The site carries those that a player of its pages names (tools/live/models.py).
    """
    files = sorted(systems.glob("*/stored/*.safetensors"))
    kept = [path for path in files if (path.parent.parent / "live.py").is_file()]
    return {f"{path.parent.parent.name}/{path.stem}": path for path in kept}


def page_modules(systems: Path = SYSTEMS) -> dict[str, str]:
    """What shows stored models on pages, name → module: a system's page.py, "seq2seq", or "handwriting/writing"."""
    found = {}
    for path in sorted(systems.glob("*/*page.py")):
        system, part = path.parent.name, path.stem.removesuffix("page").rstrip("_")
        found[f"{system}/{part}" if part else system] = f"rnncourse.systems.{system}.{path.stem}"
    return found


@cache
def playing(key: str) -> Any:
    """The stored model "system/model", which its system's live.py makes of the very weights that a page gets.

    Raises
    ------
    FileNotFoundError, ValueError : as `stored` and `for_page`.
    """
    live = import_module(f"rnncourse.systems.{key.partition('/')[0]}.live")
    return live.load(for_page(stored(key)))
