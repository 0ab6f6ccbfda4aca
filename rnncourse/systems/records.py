"""What is kept beside a stored model: its record (how it was made), and the table of scores (what it can do).

NAME.json, the record, has the keys of RECORD and what the system adds: a score, its tolerance. results.json, the table,
has the command and the machine that scored, and one entry a scored model: the keys of RUN and its scores.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RECORD = ("command", "seed", "seconds", "machine")
MACHINE = ("device", "python", "torch")
TABLE = ("command", "machine", "runs")
RUN = ("checkpoint", "seed", "seconds", "scores")  # seed and seconds are those of the training


def mark(path: str | Path) -> str:
    """By what a table knows a stored model: the beginning of its file's digest, "" where there is no such file."""
    path = Path(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def machine(device: str) -> dict[str, Any]:
    """What the figures depend on, without the machine's name."""
    import torch

    name = torch.cuda.get_device_name() if device.startswith("cuda") else platform.processor() or platform.machine()
    about = {"device": name, "cores": os.cpu_count(), "threads": torch.get_num_threads()}
    return about | {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]}


def record(path: str | Path) -> dict[str, Any]:
    """The JSON beside a checkpoint: command, seed, time, machine and score."""
    return json.loads(Path(path).with_suffix(".json").read_bytes())


def table(command: str, device: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The content of results.json; each run has the keys of RUN."""
    return {"command": command, "machine": machine(device), "runs": list(runs)}


def write(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a record or a table, its numbers with five decimals."""
    rounded = json.loads(json.dumps(content), parse_float=lambda text: round(float(text), 5))
    Path(path).write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def lacks(content: Mapping[str, Any]) -> str:
    """What a table of scores does not say and must, in words; "" where it is whole."""
    missing = [key for key in TABLE if key not in content]
    missing += [f"machine.{key}" for key in MACHINE if key not in content.get("machine", {})]
    for number, run in enumerate(content.get("runs", [])):
        missing += [f"runs[{number}].{key}" for key in RUN if key not in run]
    return ", ".join(missing)
