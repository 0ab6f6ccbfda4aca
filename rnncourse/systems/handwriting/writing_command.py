"""What the command line does with the networks that write: train, score, write digits, invent characters."""

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rnncourse.systems import records
from rnncourse.systems.handwriting import inventing, inventing_page, writing_page, writing_scoring
from rnncourse.systems.handwriting import writing_live as live
from rnncourse.systems.handwriting.writing_storage import load, save
from rnncourse.systems.handwriting.writing_training import data, train
from rnncourse.systems.options import SEED, new_file, real, whole
from rnncourse.systems.program import Run, checkpoint, device_of, record_of

SCORE = "nats"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.02  # nats per point; another processor rounds otherwise
NETWORKS = {"writer": "digits", "inventor": "characters"}
USUAL: dict[str, dict[str, Any]] = {
    "writer": {"hidden": 128, "epochs": 20, "updates": 300, "dropout": 0.0},
    "inventor": {"hidden": 256, "epochs": 14, "updates": 250, "dropout": 0.1},
}
BOTH: dict[str, Any] = {"components": 10, "batch": 64, "lr": 5e-3}


def train_one(options: argparse.Namespace, given: Sequence[str], program: str) -> int:
    """Train `options.network`, go on where the same command was stopped, and write it with its record."""
    what, out = NETWORKS[options.network], Path(options.out)
    usual = USUAL[options.network] | BOTH
    settings = {name: value if (value := getattr(options, name)) is not None else usual[name] for name in usual}
    settings["seed"] = options.seed
    asked = data(what, "test")  # before the training: what is missing is said at once
    out.parent.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(f"{what} {settings}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, history = train(what, device=device_of(options), checkpoint=partial, **settings)
    save(model, what, out)
    rounded, _ = load(out, device_of(options))  # the score is that of the rounded weights in the file
    cost = writing_scoring.nats(rounded, asked)
    about: dict[str, Any] = {
        "command": " ".join([program, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "data": {"test": len(asked.places)},
        "parameters": sum(one.numel() for one in model.parameters()),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        SCORE: cost._asdict(),
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: {cost.place:.3f} nats a place, {cost.pen:.3f} for the pen; {about['seconds']} s")
    return 0


def scored(path: Path, options: argparse.Namespace) -> Run:
    """All scores of one network, with what stands beside it."""
    model, what = load(path, device_of(options))
    beside = record_of(path, SCORE)
    judge: Callable[..., dict[str, Any]] = writing_scoring.scores if what == "digits" else inventing.scores
    about = {"model": f"{what}, LSTM", "seed": beside.get("seed"), "checkpoint": records.mark(path)}
    kept = {key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside}
    return {"seconds": None} | about | kept | {"scores": judge(model)}


def below_record(path: Path, run: Run) -> list[str]:
    """A line where real drawings cost more nats than the record says."""
    beside = record_of(path, SCORE)
    if SCORE not in beside:
        return []
    kept, found = (sum(some.values()) for some in (beside[SCORE], run["scores"]["nats"]))
    tolerance = beside.get("tolerance", TOLERANCE)
    if found <= kept + tolerance:
        return []
    return [f"{path}: {found:.3f} nats a point, its record says {kept:.3f} ± {tolerance}"]


def report(table: dict[str, Any]) -> str:
    """A line for each score, its names and its numbers."""
    lines = []
    for name, row in table.items():
        cells = {f"{k}, {n}": v for k, some in row.items() if isinstance(some, dict) for n, v in some.items()}
        cells |= {k: v for k, v in row.items() if not isinstance(v, dict)}
        lines.append(f"{name:16}" + "   ".join(f"{k} {v:.3f}" for k, v in cells.items()))
    return "\n".join(lines)


def write(options: argparse.Namespace, given: Sequence[str], stored: Callable[[str], Path]) -> int:
    """Write digits into an SVG file that draws itself."""
    text = "".join(map(str, writing_page.labels(options.digits)))
    model = _model(options, "writer", stored)
    ways = writing_page.written(model, text, options.bias, options.seed)
    label = f"The digits {' '.join(text)}, written by a network"
    return _put(options, writing_page.sheet(ways, animated=not options.still, label=label))


def invent(options: argparse.Namespace, given: Sequence[str], stored: Callable[[str], Path]) -> int:
    """Draw characters that do not exist into an SVG file that draws itself."""
    model = _model(options, "inventor", stored)
    made = inventing_page.invented(model, options.number, options.bias, options.seed)
    label = inventing_page.words(made, options.bias)
    return _put(options, inventing_page.sheet(made, animated=not options.still, label=label))


def _model(options: argparse.Namespace, name: str, stored: Callable[[str], Path]) -> live.Model:
    path = checkpoint(options.checkpoint or name, stored)
    model, wanted = live.load(path), NETWORKS[name]
    if ("digits" if model.settings["classes"] else "characters") != wanted:
        raise ValueError(f"--checkpoint {options.checkpoint}: it does not write {wanted}")
    return model


def _put(options: argparse.Namespace, picture: str) -> int:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(picture + "\n", encoding="utf-8")
    print(options.out)
    return 0


def add_training(parser: argparse.ArgumentParser) -> None:
    """The options of `train` that only the networks that write have; without them the usual ones of each."""
    for name, high, said in (("components", 100, "Gaussians of the mixture"),):
        parser.add_argument(f"--{name}", type=whole(1, high), help=f"{said}, 1 to {high} ({BOTH[name]})")
    parser.add_argument("--dropout", type=real(0, 0.9), help="of what the readout reads, 0 to 0.9")


def add_speakers(commands: Any) -> list[argparse.ArgumentParser]:
    """The commands `write` and `invent`."""
    pen = commands.add_parser("write", help="digits, written by a network, as an SVG file")
    pen.add_argument("digits", metavar="DIGITS", help=f"1 to {writing_page.LONGEST} digits")
    brush = commands.add_parser("invent", help="characters that do not exist, as an SVG file")
    brush.add_argument("--number", type=whole(1, 60), default=12, help="characters, 1 to 60 (12)")
    for command in (pen, brush):
        command.add_argument("--out", type=new_file, required=True, help="the SVG file")
        command.add_argument("--bias", type=real(0, 5), default=0.5, help="how neat, 0 to 5 (0.5)")
        command.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
        command.add_argument("--still", action="store_true", help="a picture that does not draw itself")
        command.add_argument("--checkpoint", help="a file (without: the stored one)")
    return [pen, brush]
