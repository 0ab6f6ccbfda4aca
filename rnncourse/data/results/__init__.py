"""Results of runs too long for a page: made by a script, stored with its command, seeds, time and machine.

They travel with the package, so that a chapter shows them wherever it runs.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """Return one stored result; its entry "about" says which command made it, in how long, and on what machine.

    Raises
    ------
    ValueError : there is no result of this name; the message lists those that there are.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
        raise ValueError(f"results.load: no stored result {name!r}, expected one of {known}")
    return json.loads(path.read_text(encoding="utf-8"))
