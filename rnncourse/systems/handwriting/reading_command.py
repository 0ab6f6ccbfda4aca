"""What the command line does with a network that reads: train it, score it, read a file of strokes."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rnncourse.data.pendigits import JUMPS
from rnncourse.systems import records
from rnncourse.systems.handwriting.reading import WIDTH, read
from rnncourse.systems.handwriting.reading_scoring import evaluate
from rnncourse.systems.handwriting.reading_storage import load, save
from rnncourse.systems.handwriting.reading_training import known, train, weighed
from rnncourse.systems.options import whole
from rnncourse.systems.program import Run, checkpoint, device_of, record_of

NUMBER = 1000  # numbers that are scored
SCORE = "errors"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.005  # another processor rounds otherwise; one digit in two hundred may then tip over
USUAL: dict[str, Any] = {
    **{"hidden": 96, "layers": 2, "bidirectional": True, "pen": False, "jumps": "filled"},
    **{"examples": 20_000, "epochs": 10, "updates": 60, "batch": 32, "lr": 4e-3},
}


def train_one(options: argparse.Namespace, given: Sequence[str], program: str) -> int:
    """Train a reader, go on where the same command was stopped, and write it with its record."""
    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    settings = {name: value if (value := getattr(options, name)) is not None else USUAL[name] for name in USUAL}
    settings["seed"] = options.seed
    partial = out.with_suffix(f".{hashlib.sha256(str(settings).encode()).hexdigest()[:8]}.partial")
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, history = train(device=device_of(options), checkpoint=partial, **settings)
    save(model, out)
    table = _scores(out, device_of(options), options.number, beamed=0)  # that of the rounded weights in the file
    about: dict[str, Any] = {
        "command": " ".join([program, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "number": options.number,
        "parameters": weighed(model),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        SCORE: table["best path"]["errors"],
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: best path, digits wrong: {100 * about[SCORE]:.2f} %; {about['seconds']} s")
    return 0


def below_record(path: Path, run: Run) -> list[str]:
    """A line where the best path makes more errors than the record says."""
    beside = record_of(path, SCORE)
    kept, found = beside.get(SCORE), run["scores"]["best path"]["errors"]
    tolerance = beside.get("tolerance", TOLERANCE)
    if kept is None or found <= kept + tolerance:
        return []
    return [f"{path}: best path, share of digits wrong is {found:.4f}, its record says {kept:.4f} ± {tolerance}"]


def scored(path: Path, options: argparse.Namespace) -> Run:
    """All scores of one network, with what stands beside it."""
    beside = record_of(path, SCORE)
    table = _scores(path, device_of(options), beside.get("number", NUMBER))
    about = {"model": "reader", "seed": beside.get("seed"), "checkpoint": records.mark(path)}
    kept = {key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside}
    return {"seconds": None} | about | kept | {"scores": table}


def _scores(path: Path, where: str, number: int, **how: int) -> dict[str, Any]:
    model = load(path, where)
    asked = known("test", number, jumps=model.settings["jumps"], pen=model.settings["pen"])
    return evaluate(model, asked, **how)


def report(table: dict[str, Any]) -> str:
    """One line for each way of reading, in per cent."""
    lines = [f"{'reading':28}{'digits wrong':>14}{'numbers right':>15}"]
    for name, row in table.items():
        if name != "count":
            lines.append(f"{name:28}{100 * row['errors']:14.2f}{100 * row['right']:15.1f}")
    return "\n".join(lines)


def read_file(options: argparse.Namespace, given: Sequence[str], stored: Callable[[str], Path]) -> int:
    """Read a file of strokes: the digits on stdout, how sure the network is on stderr."""
    model = load(checkpoint(options.checkpoint or "reader", stored), device_of(options))
    try:
        strokes = json.loads(Path(options.file).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{options.file}: not JSON: {error}") from error
    digits, log_p = read(model, strokes, width=options.beam)
    print("".join(map(str, digits)), flush=True)
    print(f"log p = {log_p:.2f}" if digits else "no digit was recognised", file=sys.stderr)
    return 0


def add_training(parser: argparse.ArgumentParser) -> None:
    """The options of `train` that only a reader has."""
    parser.add_argument("--jumps", choices=JUMPS, help="reader: how the pen goes on to the next digit (filled)")
    for name, said in (
        ("bidirectional", "reader: read from both ends (--no-bidirectional: in the order of writing)"),
        ("pen", "reader: tell the network where the pen is in the air (--no-pen: do not)"),
    ):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=said)
    for name, high, said in (("examples", 1_000_000, "training numbers"), ("layers", 100, "layers")):
        parser.add_argument(f"--{name}", type=whole(1, high), help=f"reader: {said}, 1 to {high} ({USUAL[name]})")
    scored_at_the_end = f"reader: numbers that are scored at the end ({NUMBER})"
    parser.add_argument("--number", type=whole(1, 1_000_000), default=NUMBER, help=scored_at_the_end)


def add_reader(commands: Any) -> list[argparse.ArgumentParser]:
    """The command `read`."""
    reads = commands.add_parser("read", help="read strokes [[[x, y], …], …], y upwards")
    reads.add_argument("file", metavar="FILE.json")
    reads.add_argument("--checkpoint", help="a file (without: the stored one)")
    reads.add_argument(
        "--beam", type=whole(1, 100), default=WIDTH, help=f"labellings kept, 1 to 100 ({WIDTH}; 1: best path)"
    )
    return [reads]
