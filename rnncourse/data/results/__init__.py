"""Results of runs too long for a page, each made by experiments/NAME.py, with its settings, seeds, time and machine.

They travel with the package, so that a chapter shows them wherever it runs. NAME begins with the number of the first
chapter that shows it. A result has "about", how it was made, and "runs", what each setting gave.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """Return one stored result, such as load("07_remedies").

    Raises
    ------
    ValueError : there is no result of this name (the message lists those that there are), or not all of it is there.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
        raise ValueError(f"results.load: no stored result {name!r}, expected one of {known}")
    stored = json.loads(path.read_text(encoding="utf-8"))
    about = stored["about"]
    if not about["complete"]:
        progress = f"{about['done']} of {about['of']} runs"
        raise ValueError(f"results.load: {name} is not complete: {progress}; go on with `{about['command']}`")
    return stored


def table(stored: Mapping[str, Any], field: str, *names: str) -> dict[Any, Any]:
    """What was measured, by the parts of the settings: table(stored, "error", "task", "k2")["adding"][8] is a list.

    field : what was measured (a list over seeds), a part of the setting, or "seconds" (mean processor time of a run).

    Raises
    ------
    ValueError : there is no such field or part, or two settings agree in all the parts that are named.
    """
    found: dict[Any, Any] = {}
    for key, record in stored["runs"].items():
        values = {**record["setting"], **record.get("chosen", {})}
        fields = {"seconds": record.get("seconds"), **values, **record["measured"]}
        if field not in fields or not values.keys() >= set(names):
            asked = ", ".join([field, *names])
            raise ValueError(f"results.table: {asked} asked for, but {key} has {', '.join(fields)}")
        row = found
        for name in names[:-1]:
            row = row.setdefault(values[name], {})
        if values[names[-1]] in row:
            raise ValueError(f"results.table: {', '.join(names)} do not tell {key} from another setting")
        row[values[names[-1]]] = fields[field]
    return found


def made(stored: Mapping[str, Any]) -> str:
    """How a result was made, in two lines: its command; seeds, time on the clock and machine."""
    about = stored["about"]
    where = f"{about['machine']}, {about['versions']}"
    return f"{about['command']}\n{about['seeds']} seeds, {duration(about['seconds'])}; {where}"


def duration(seconds: float) -> str:
    """A time in words: "12 s", "25 min", "3 h 20 min"."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))
