"""The command line: train a network that looks, score trained ones, show one a picture of your own."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.data.picture_files import read_picture
from rnncourse.systems import records
from rnncourse.systems.glimpses.scoring import NUMBER, evaluate, look
from rnncourse.systems.glimpses.storage import STORED, load, record, save, stored
from rnncourse.systems.glimpses.training import EVERY_WAY, train, weighed
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import complain, device_of, perform

PROGRAM = "python -m rnncourse.systems.glimpses"
TOLERANCE = 0.01  # another processor rounds otherwise; one picture in a hundred may then tip over
SENSOR = {"size": (12, 256), "scales": (3, 6), "glimpses": (4, 50)}  # of a Looker: the usual number, the largest
FILE = """A picture of any size, made square and grey. Digits are bright on a dark ground, each about a quarter of the
picture's side; what is mostly bright is turned round."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score below the recorded one.  2: what the reader can mend, a line each on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: {"train": _train, "evaluate": _evaluate, "look": _look}[options.command],
        memory={"train": "--batch or --side", "evaluate": "--side", "look": "--side"},
        stopped="stopped; the same command goes on from the last epoch",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    out = options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    names = ("way", "epochs", "updates", "batch", "lr", "seed", "pieces", "side")
    settings = {name: getattr(options, name) for name in names}
    settings |= _own(options)
    mark = hashlib.sha256(f"{settings}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, history = train(device=device_of(options), checkpoint=partial, **settings)
    save(model, out)
    found = evaluate(load(out, device_of(options)), number=options.number, pieces=options.pieces)
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "number": options.number,
        "pieces": options.pieces,
        "parameters": weighed(model),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        "right": found["right"],
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: {found['right']:.3f} of {found['count']} test pictures; {about['seconds']} s")
    return 0


def _own(options: argparse.Namespace) -> dict[str, int]:
    """What only one of the two kinds of network has."""
    return {"shrink": options.shrink} if options.way == "convolutions" else {n: getattr(options, n) for n in SENSOR}


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    every = options.checkpoints or sorted(path.stem for path in STORED.glob("*.safetensors"))
    if not every:
        raise ValueError(f"no network is stored; train one, `{PROGRAM} train`, and name its file")
    runs, missed, unread = [], [], 0
    for path in map(_checkpoint, every):
        try:
            run = _scored(path, options)
        except (OSError, ModuleNotFoundError, ValueError) as error:  # the others are scored all the same
            complain(PROGRAM, options, error)
            unread += 1
            continue
        print(f"{path}: {run['model']}, seed {run['seed']}\n{report(run['scores'])}\n")
        runs.append(run)
        missed += below_record(path, run)
    if options.out and runs:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        records.write(options.out, records.table(" ".join([PROGRAM, *given]), device_of(options), runs))
    for line in missed:
        print(line, file=sys.stderr)
    return 2 if unread else 1 if missed else 0


def below_record(path: Path, run: dict[str, Any]) -> list[str]:
    """A line where fewer digits are read than the record beside the checkpoint says."""
    beside = _record(path)
    kept, tolerance, found = beside.get("right"), beside.get("tolerance", TOLERANCE), run["scores"]["right"]
    if kept is None or found >= kept - tolerance:
        return []
    return [f"{path}: {found:.3f} of the test pictures are read, its record says {kept:.3f} ± {tolerance}"]


def _scored(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All scores of one network, with what stands beside it."""
    model, beside = load(path, device_of(options)), _record(path)
    number, pieces = beside.get("number", NUMBER), beside.get("pieces", 4)
    about = {"model": model.settings["way"], "seed": beside.get("seed"), "checkpoint": records.mark(path)}
    kept = {key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside}
    return {"seconds": None} | about | kept | {"scores": evaluate(model, number=number, pieces=pieces)}


def report(found: dict[str, Any]) -> str:
    """One line for each glimpse."""
    lines = [f"{'glimpse':>8}{'read %':>9}{'pixels from the digit':>23}{'within 8 %':>12}"]
    columns = [found[f"{name}_by_glimpse"] for name in ("right", "distance", "near")]
    for t, (right, distance, near) in enumerate(zip(*columns, strict=True)):
        lines.append(f"{t + 1:8}{100 * right:9.1f}{distance:23.1f}{100 * near:12.1f}")
    return "\n".join(lines)


def _look(options: argparse.Namespace, given: Sequence[str]) -> int:
    model = load(_checkpoint(options.checkpoint), device_of(options))
    side = model.settings["side"]
    image = read_picture(options.file, side).mean(axis=2) / 255
    image = image if np.median(image) <= 0.5 else 1 - image  # ink on paper
    found = look(model, image[None].astype(np.float32))
    print(f"{'glimpse':>8}{'row':>7}{'column':>8}{'digit':>7}{'p':>7}")
    for t, ((row, column), digit, p) in enumerate(
        zip(found.centres[:, 0], found.answers[:, 0], found.probabilities[:, 0], strict=True)
    ):
        print(f"{t + 1:8}{row:7.1f}{column:8.1f}{digit:7}{p:7.2f}")
    return 0


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train on digits among pieces of others")
    learn.add_argument("--way", choices=EVERY_WAY, default="gradient", help="how the next place is found (gradient)")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="glimpses.safetensors", help=out)
    again = "go on where the same command was stopped (--no-resume: begin anew)"
    learn.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help=again)
    for name, usual, low, high, said in (
        ("epochs", 20, 1, 100_000, "how often so many updates"),
        ("updates", 200, 1, 1_000_000, "updates an epoch"),
        ("batch", 128, 1, 100_000, "pictures an update"),
        ("side", 60, 16, 512, "of the pictures in pixels"),
        ("pieces", 4, 0, 1000, "pieces of other digits in a picture"),
        ("shrink", 1, 1, 64, "with convolutions: each block of so many pixels a side becomes one"),
        ("number", NUMBER, 1, 1_000_000, "test pictures that are scored at the end"),
        *((name, usual, 1, high, f"{name} of the sensor") for name, (usual, high) in SENSOR.items()),
    ):
        learn.add_argument(f"--{name}", type=whole(low, high), default=usual, help=f"{said}, {low} to {high} ({usual})")
    learn.add_argument("--lr", type=real(above=0, high=1), default=2e-3, help="learning rate, above 0 to 1 (0.002)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored ones)")
    score.add_argument("checkpoints", nargs="*", help="files, or names of stored ones")
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    show = commands.add_parser("look", help="show a picture: where the network looks, and what it reads", epilog=FILE)
    show.add_argument("file", metavar="FILE", help="a PNG or JPEG")
    show.add_argument("--checkpoint", default="gradient", help="a file, or the name of a stored one (gradient)")
    for command in (learn, score, show):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser


def _checkpoint(name: str) -> Path:
    """A file's path, or the stored checkpoint of that name."""
    return stored(name) if stored(name).is_file() else Path(name)


def _record(path: Path) -> dict[str, Any]:
    """The record beside a checkpoint, {} where there is none."""
    if not path.with_suffix(".json").is_file():
        return {}
    try:
        content = record(path)
        return content if isinstance(content, dict) else {}
    except ValueError as error:
        raise ValueError(f"not a record: {path.with_suffix('.json')}: {error}") from error
