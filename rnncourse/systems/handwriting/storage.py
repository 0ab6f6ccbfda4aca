"""The networks that come with the package, and what was measured of them."""

import json
from pathlib import Path
from typing import Any

from rnncourse.systems.records import record

__all__ = ["STORED", "record", "results", "stored"]

STORED = Path(__file__).parent / "stored"


def stored(name: str) -> Path:
    """The path of a network that comes with the package: "writer" or "inventor"."""
    return STORED / f"{name}.safetensors"


def results() -> dict[str, Any]:
    """The scores that `python -m rnncourse.systems.handwriting evaluate … --out` wrote."""
    return json.loads((STORED / "results.json").read_text(encoding="utf-8"))
