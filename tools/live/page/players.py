"""Lets a stored model play in the page's Python: a model is loaded once, what it makes is fetched piece by piece.

Loaded by worker.js; runs in any Python, which is how it is tested. Every answer is a dictionary with "error", None or
one line for the reader. A model is known as "system/model", and `rnncourse.systems.SYSTEM.live.load` makes it; a player
names a function, "module:function", which takes the model and the reader's settings and yields pieces (see
rnncourse/widgets/player.py).
"""

import contextlib
import hashlib
import importlib
import io
import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np

MODELS: dict[str, Any] = {}
PLAYING: dict[str, Iterator[dict[str, str]]] = {}
MEMORY = "this page has no memory left for that: close other tabs, load the page anew and try a shorter text"
ANEW = "Python was started anew and has lost the model: begin again"


def has(model: str) -> bool:
    return model in MODELS


def load(model: str, data: bytes, sha256: str) -> dict[str, Any]:
    """Make a model of its file's bytes."""
    if hashlib.sha256(data).hexdigest() != sha256:
        return {"error": f"the model's file is damaged ({len(data):,} bytes came): load the page anew and try again"}
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        MODELS[model] = importlib.import_module(f"rnncourse.systems.{model.partition('/')[0]}.live").load(arrays)
    except MemoryError:
        return {"error": MEMORY}
    except Exception as problem:
        return {"error": f"the model's file cannot be used: {_line(problem)}"}
    return {"error": None}


def begin(player: str, model: str, play: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make ready to play; what the player played before is forgotten."""
    if model not in MODELS:
        return {"error": ANEW}
    module, _, function = play.partition(":")
    try:
        PLAYING[player] = iter(getattr(importlib.import_module(module), function)(MODELS[model], **settings))
    except Exception as problem:
        return {"error": _line(problem)}
    return {"error": None}


def more(player: str, seconds: float) -> dict[str, Any]:
    """The pieces that are made in so many seconds, at least one; "done" says that there are no more."""
    if player not in PLAYING:
        return {"error": ANEW, "pieces": [], "done": True}
    pieces: list[dict[str, str]] = []
    end = time.monotonic() + seconds
    error = None
    try:
        for piece in PLAYING[player]:
            pieces.append(piece)
            if time.monotonic() >= end:
                return {"error": None, "pieces": pieces, "done": False}
    except KeyboardInterrupt:  # it did not take it for the reader's Stop
        error = "stopped"
    except MemoryError:
        error = MEMORY
    except Exception as problem:
        error = _line(problem)
    PLAYING.pop(player, None)
    return {"error": error, "pieces": pieces, "done": True}


def finish(player: str) -> dict[str, Any]:
    """Stop what a player plays; it may still say what it has made."""
    pieces, left = list[dict[str, str]](), PLAYING.pop(player, None)
    if isinstance(left, Generator):
        with contextlib.suppress(StopIteration, KeyboardInterrupt):
            pieces += [left.throw(KeyboardInterrupt()), *left]
    return {"error": None, "pieces": pieces, "done": True}


def _line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[-1] if lines else type(problem).__name__
