"""The command line: train a captioner, score trained ones, caption a picture of your own."""

import argparse
import hashlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnncourse.data.emoji_pictures import read_picture
from rnncourse.systems.captioning.pictures import CaptionData, coco_data, emoji_data
from rnncourse.systems.captioning.scoring import METHODS, METRICS, captions, evaluate
from rnncourse.systems.captioning.storage import load, record, save, stored
from rnncourse.systems.captioning.training import train

PROGRAM = "python -m rnncourse.systems.captioning"
TOLERANCE = 0.01  # another processor rounds otherwise; one caption in a hundred may then tip over


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score below the recorded one.  2: what the reader can mend, one line on stderr.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows few signs gets question marks, no exception
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    try:
        return {"train": _train, "evaluate": _evaluate, "caption": _caption}[options.command](options, given)
    except (FileNotFoundError, ModuleNotFoundError, ValueError) as error:
        print(f"{PROGRAM} {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last epoch", file=sys.stderr)
        return 130


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    data, out = _data(options), Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    names = ("cell", "attention", "epochs", "batch", "lr", "seed", "width", "precision", "minimum_count")
    settings = {name: getattr(options, name) for name in names}
    mark = hashlib.sha256(f"{settings} {data.fingerprint} {options.size}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, vocabulary, history = train(data, device=_device(options), checkpoint=partial, **settings)
    save(model, vocabulary, out)
    stored_model, _ = load(out, _device(options))  # the score is that of the rounded weights in the file
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": machine(_device(options)),
        "data": data.fingerprint,
        "parameters": sum(p.numel() for p in model.parameters()),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        "greedy_exact": {part: exact(stored_model, vocabulary, data, part) for part in _held_out(data)},
    }
    _write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: greedy, exact on held-out pictures {about['greedy_exact']['pictures']:.3f}, {about['seconds']} s")
    return 0


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    data, runs, known, missed = _data(options), [], _scored_before(options.out), []
    for path in map(_checkpoint, options.checkpoints or ["plain"]):
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""
        run = known.get((mark, data.fingerprint)) or _scored(path, mark, data, options)
        print(f"{path}: {run['model']}, seed {run['seed']}\n{report(run['scores'])}\n")
        runs.append(run)
        missed += below_record(path, run)
        if options.out:
            content = {"command": " ".join([PROGRAM, *given]), "machine": machine(_device(options)), "runs": runs}
            _write(Path(options.out), content)
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


def below_record(path: Path, run: dict[str, Any]) -> list[str]:
    """A line for each part on which greedy decoding falls short of the checkpoint's record, on the same data."""
    beside = record(path) if path.with_suffix(".json").is_file() else {}
    if beside.get("data") != run["data"]:
        return []
    tolerance, lines = beside.get("tolerance", TOLERANCE), []
    for part in beside["greedy_exact"].keys() & run["scores"].keys():
        stored, found = beside["greedy_exact"][part], run["scores"][part]["greedy"]["exact"]
        if found < stored - tolerance:
            lines.append(f"{path}: greedy, exact on {part} is {found:.3f}, its record says {stored:.3f} ± {tolerance}")
    return lines


def _scored(path: Path, mark: str, data: CaptionData, options: argparse.Namespace) -> dict[str, Any]:
    """All scores of one checkpoint, with what stands beside it."""
    model, vocabulary = load(path, _device(options))
    if model.settings["size"] != data.images.shape[1]:
        raise ValueError(f"{path} takes pictures of {model.settings['size']} pixels: give --size accordingly")
    beside = record(path) if path.with_suffix(".json").is_file() else {}
    if beside.get("data", data.fingerprint) != data.fingerprint:
        print(f"note: {path} was trained on other pictures or names than those installed here", file=sys.stderr)
    kind = model.settings["cell"] + (" + attention" if model.settings["attention"] else "")
    about = {"model": kind, "seed": beside.get("seed"), "checkpoint": mark, "data": data.fingerprint}
    trained = {
        key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside
    }
    return about | trained | {"scores": evaluate(model, vocabulary, data, others=options.images is None)}


def _caption(options: argparse.Namespace, given: Sequence[str]) -> int:
    model, vocabulary = load(_checkpoint(options.checkpoint), _device(options))
    for file in options.files:
        picture = read_picture(file, model.settings["size"])
        print(f"{file}: {captions(model, vocabulary, picture[None], width=options.beam)[0]}")
    return 0


def exact(model: Any, vocabulary: Any, data: CaptionData, part: str) -> float:
    """The part of the captions that greedy decoding gets word for word."""
    chosen = data.splits[part]
    found = captions(model, vocabulary, data.images[chosen])
    return float(np.mean([text in data.captions[i] for text, i in zip(found, chosen, strict=True)]))


def machine(device: str) -> dict[str, Any]:
    """What the figures depend on, without the machine's name."""
    name = torch.cuda.get_device_name() if device.startswith("cuda") else platform.processor() or platform.machine()
    about = {"device": name, "cores": os.cpu_count(), "threads": torch.get_num_threads()}
    return about | {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]}


def report(table: dict[str, Any]) -> str:
    """One line for each part and method, in per cent."""
    lines = [f"{'part':34}{'method':16}" + "".join(f"{name:>9}" for name in METRICS)]
    for part, row in table.items():
        for method in (m for m in METHODS if m in row):
            values = "".join(f"{100 * row[method][name]:9.1f}" for name in METRICS)
            lines.append(f"{part + ' (' + str(row['count']) + ')':34}{method:16}{values}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train on emoji, or on your own COCO-format set")
    learn.add_argument("--out", default="captioner.safetensors", help="the checkpoint; its .json is put beside it")
    learn.add_argument("--cell", choices=("gru", "lstm"), default="gru")
    learn.add_argument("--attention", action="store_true", help="look at the picture anew before every word")
    learn.add_argument("--epochs", type=int, default=25)
    learn.add_argument("--batch", type=int, default=64)
    learn.add_argument("--lr", type=float, default=2e-3)
    learn.add_argument("--seed", type=int, default=0)
    learn.add_argument("--width", type=int, default=32, help="channels of the first convolution")
    learn.add_argument("--precision", choices=("fp32", "bf16", "fp16"), default="fp32")
    resume = "go on where the same command was stopped (--no-resume: begin anew)"
    learn.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help=resume)
    learn.add_argument("--minimum-count", type=int, default=1, help="rarer words become <unknown>")
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored one)")
    score.add_argument("checkpoints", nargs="*", help='files; "plain" and "attention" are those of the package')
    score.add_argument("--out", help="write the scores to this JSON file")
    speak = commands.add_parser("caption", help="caption a PNG or JPEG")
    speak.add_argument("files", nargs="+", metavar="FILE")
    speak.add_argument("--checkpoint", default="plain", help='a file, or "plain" or "attention" of the package')
    speak.add_argument("--beam", type=int, default=1, help="1 is greedy")
    for command in (learn, score):
        command.add_argument("--size", type=int, default=32, help="height and width of the pictures, a multiple of 8")
        command.add_argument("--images", help="a folder of pictures (with --annotations)")
        command.add_argument("--annotations", help="a COCO captions file (with --images)")
    for command in (learn, score, speak):
        command.add_argument("--device", help="cpu or cuda; without it a GPU where there is one")
        command.add_argument("--threads", type=int, help="processor threads")
    return parser


def _data(options: argparse.Namespace) -> CaptionData:
    if (options.images is None) != (options.annotations is None):
        raise ValueError("--images and --annotations belong together")
    if options.images is None:
        return emoji_data(options.size)
    return coco_data(options.images, options.annotations, options.size)


def _checkpoint(name: str) -> Path:
    """A file's path, or the stored checkpoint of that name."""
    return stored(name) if stored(name).is_file() else Path(name)


def _device(options: argparse.Namespace) -> str:
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.device and options.device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"--device {options.device}: no GPU that torch can use here; leave it out for the CPU")
    return options.device or ("cuda" if torch.cuda.is_available() else "cpu")


def _scored_before(out: str | None) -> dict[tuple[str, str], Any]:
    """Runs that the file holds already, by checkpoint and data: a long scoring can be stopped and go on."""
    if out is None or not Path(out).is_file():
        return {}
    runs = json.loads(Path(out).read_text(encoding="utf-8"))["runs"]
    return {(run["checkpoint"], run["data"]): run for run in runs}


def _held_out(data: CaptionData) -> list[str]:
    return [part for part in data.splits if part != "train"]


def _write(path: Path, content: dict[str, Any]) -> None:
    rounded = json.loads(json.dumps(content), parse_float=lambda text: round(float(text), 5))
    path.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
