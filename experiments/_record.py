"""What a stored result is: plain numbers, how it is read and written, what decided it, and where it was made."""

import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

LIST = re.compile(r"\[[\s\d.,+eE-]*\]")  # of numbers alone


def plain(value: Any) -> Any:
    """The value in JSON's types, its floats with five digits; arrays become lists."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | range | np.ndarray):
        return [plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value  # a number of NumPy or torch
    return float(f"{value:.5g}") if isinstance(value, float) else value


def seeds_in(record: Mapping[str, Any]) -> int:
    """How many seeds a record (of a setting, or of one that was tried) has measured."""
    return max(map(len, record.get("measured", {}).values()), default=0)


def definition_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """All that decided a stored result, by name: settings common to all, the file of data, each setting."""
    about, data = content["about"], {}
    if "data" in about:
        data["data"] = about["data"]["sha256"]
    return {**about["settings"], **data, **{key: record["setting"] for key, record in content["runs"].items()}}


def digest(definition: Mapping[str, Any]) -> str:
    """The sha256 of a definition, whatever the order of its names."""
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()


def begun(experiment: str) -> dict[str, Any]:
    """The record of an experiment of which nothing is done yet."""
    about = {"experiment": experiment, "command": f"python experiments/{experiment}.py"}
    return about | {"seconds": 0.0, "processor_seconds": 0.0, "machine": "", "versions": ""}


def add_run(about: dict[str, Any], record: dict[str, Any], clock: float, processor: float) -> None:
    """Add one run's time to the whole and to its setting's mean; what goes on on another machine names both."""
    shared = seeds_in(record["tried"][0]) if "tried" in record and "chosen" in record else 0
    made = sum(map(seeds_in, [record, *record.get("tried", [])])) - shared
    if "seconds" in record or not made:  # records of long ago do not all have their times
        record["seconds"] = round((record.get("seconds", 0.0) * made + processor) / (made + 1), 4)
    about["seconds"] = round(about["seconds"] + clock, 3)
    if "processor_seconds" in about:
        about["processor_seconds"] = round(about["processor_seconds"] + processor, 3)
    for name, here in zip(("machine", "versions"), machine(), strict=True):
        about[name] = "; ".join(dict.fromkeys([*filter(None, about[name].split("; ")), here]))


def machine() -> tuple[str, str]:
    """What the last digits depend on: the kind of processor, and the versions of what is at work."""
    torch = sys.modules.get("torch")
    kernels = f" ({torch.backends.cpu.get_cpu_capability()})" if torch else ""
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    versions += [f"torch {torch.__version__}"] if torch else []
    return f"{platform.machine()}{kernels}, one thread", ", ".join(versions)


def read(path: Path) -> dict[str, Any]:
    """Read a result.

    Raises
    ------
    ValueError : the file is damaged, or no result of an experiment.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = digest(definition_of(content)) == content["about"]["hash"] and "experiment" in content["about"]
        whole &= all(len({*map(len, record["measured"].values())}) <= 1 for record in content["runs"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ValueError(f"{path} is damaged, or not the result of an experiment")
    return content


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a result whole or not at all, a list of numbers on one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    text = LIST.sub(lambda found: re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
