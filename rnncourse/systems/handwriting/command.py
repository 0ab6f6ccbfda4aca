"""The command line: train a reader of a pen's way, score trained ones, read a file of strokes."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnncourse.data.pendigits import JUMPS
from rnncourse.systems import records
from rnncourse.systems.handwriting.reading import WIDTH, read
from rnncourse.systems.handwriting.scoring import evaluate
from rnncourse.systems.handwriting.storage import STORED, load, save, stored
from rnncourse.systems.handwriting.training import known, train, weighed
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import Run, checkpoint, device_of, perform, record_of, score_each

PROGRAM = "python -m rnncourse.systems.handwriting"
NUMBER = 1000  # numbers that are scored
SCORE = "errors"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.005  # another processor rounds otherwise; one digit in two hundred may then tip over


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found more errors than the record says.  2: what the reader can mend, a line on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: {"train": _train, "evaluate": _evaluate, "read": _read}[options.command],
        memory=dict.fromkeys(("train", "evaluate", "read"), "--batch or --hidden"),
        stopped="stopped; the same command goes on from the last epoch",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    out = options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    names = (
        "hidden",
        "layers",
        "bidirectional",
        "pen",
        "jumps",
        "examples",
        "epochs",
        "updates",
        "batch",
        "lr",
        "seed",
    )
    settings = {name: getattr(options, name) for name in names}
    partial = out.with_suffix(f".{hashlib.sha256(str(settings).encode()).hexdigest()[:8]}.partial")
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, history = train(device=device_of(options), checkpoint=partial, **settings)
    save(model, out)
    table = _scores(out, device_of(options), options.number, beamed=0)  # that of the rounded weights in the file
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
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


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    every = options.checkpoints or sorted(path.stem for path in STORED.glob("reader*.safetensors"))
    if not every:
        raise ValueError(f"no network is stored; train one, `{PROGRAM} train`, and name its file")
    return score_each(
        [checkpoint(name, stored) for name in every],
        PROGRAM,
        options,
        given,
        scored=lambda path: _scored(path, options),
        below_record=above_record,
        report=report,
    )


def above_record(path: Path, run: Run) -> list[str]:
    """A line where the best path makes more errors than the record beside it."""
    beside = record_of(path, SCORE)
    kept, found = beside.get(SCORE), run["scores"]["best path"]["errors"]
    tolerance = beside.get("tolerance", TOLERANCE)
    if kept is None or found <= kept + tolerance:
        return []
    return [f"{path}: best path, share of digits wrong is {found:.4f}, its record says {kept:.4f} ± {tolerance}"]


def _scored(path: Path, options: argparse.Namespace) -> Run:
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


def _read(options: argparse.Namespace, given: Sequence[str]) -> int:
    model = load(checkpoint(options.checkpoint or "reader", stored), device_of(options))
    try:
        strokes = json.loads(Path(options.file).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{options.file}: not JSON: {error}") from error
    digits, log_p = read(model, strokes, width=options.beam)
    print("".join(map(str, digits)), flush=True)
    print(f"log p = {log_p:.2f}" if digits else "no digit was recognised", file=sys.stderr)
    return 0


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train a reader")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="reader.safetensors", help=out)
    learn.add_argument("--jumps", choices=JUMPS, default="filled", help="how the pen goes on to the next digit")
    for name, usual, said in (
        ("bidirectional", True, "read from both ends (--no-bidirectional: in the order of writing)"),
        ("pen", False, "tell the network where the pen is in the air (--no-pen: do not)"),
        ("resume", True, "go on where the same command was stopped (--no-resume: begin anew)"),
    ):
        learn.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=usual, help=said)
    for name, usual, high, said in (
        ("examples", 20_000, 1_000_000, "training numbers"),
        ("epochs", 10, 100_000, "how often so many updates"),
        ("updates", 60, 1_000_000, "updates an epoch"),
        ("batch", 32, 100_000, "numbers an update"),
        ("hidden", 96, 10_000, "units of a layer, half each way"),
        ("layers", 2, 100, "layers"),
        ("number", NUMBER, 1_000_000, "numbers that are scored at the end"),
    ):
        learn.add_argument(f"--{name}", type=whole(1, high), default=usual, help=f"{said}, 1 to {high} ({usual})")
    learn.add_argument("--lr", type=real(above=0, high=1), default=4e-3, help="learning rate, above 0 to 1 (0.004)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored ones)")
    score.add_argument("checkpoints", nargs="*", help="files, or names of stored ones")
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    reads = commands.add_parser("read", help="read strokes [[[x, y], …], …], y upwards")
    reads.add_argument("file", metavar="FILE.json")
    reads.add_argument("--checkpoint", help="a file (without: the stored one)")
    reads.add_argument(
        "--beam", type=whole(1, 100), default=WIDTH, help=f"labellings kept, 1 to 100 ({WIDTH}; 1: best path)"
    )
    for command in (learn, score, reads):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser
