"""The command line: train a captioner, score trained ones, caption a picture of your own."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.data.picture_files import read_picture
from rnncourse.systems import records
from rnncourse.systems.captioning.certainty import SHARES, WITHIN, distances, learned, said
from rnncourse.systems.captioning.pictures import CaptionData, coco_data, emoji_data
from rnncourse.systems.captioning.scoring import METHODS, METRICS, captions, evaluate
from rnncourse.systems.captioning.storage import load, save, stored
from rnncourse.systems.captioning.training import train
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import Run, checkpoint, complain, device_of, perform, record_of, score_each

PROGRAM = "python -m rnncourse.systems.captioning"
MEMORY = {"train": "--batch, --width or --size", "evaluate": "--size", "caption": "--beam"}  # what takes it
UNLIKE = "unlike the pictures that it was trained on: what it says need not mean anything"
SURE = """Captions go to standard output. How sure the network is goes to standard error: log p of the caption, and its
least sure word. So does a warning where a picture is drawn otherwise than the training pictures, farther from them than
{within:.0f} % of held-out ones. With the stored network {photographs} % of photographs, {noise} % of noise, {letters}
% of letters and {emoji} % of other held-out emoji get it."""
SCORE = "greedy_exact"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.01  # another processor rounds otherwise; one caption in a hundred may then tip over


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score below the recorded one.  2: what the reader can mend, a line each on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: {"train": _train, "evaluate": _evaluate, "caption": _caption}[options.command],
        memory=MEMORY,
        stopped="stopped; the same command goes on from the last epoch",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    data, out = _data(options), options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    names = ("cell", "attention", "epochs", "batch", "lr", "seed", "width", "precision", "minimum_count")
    settings = {name: getattr(options, name) for name in names}
    mark = hashlib.sha256(f"{settings} {data.fingerprint} {options.size}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, vocabulary, history = train(data, device=device_of(options), checkpoint=partial, **settings)
    save(model, vocabulary, out)
    stored_model, _ = load(out, device_of(options))  # the score is that of the rounded weights in the file
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "data": data.fingerprint,
        "parameters": sum(p.numel() for p in model.parameters()),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        "familiar": learned(stored_model, data),
        SCORE: {part: exact(stored_model, vocabulary, data, part) for part in _held_out(data)},
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: greedy, exact on held-out pictures {about[SCORE]['pictures']:.3f}, {about['seconds']} s")
    return 0


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    data, known = _data(options), _scored_before(options.out)
    return score_each(
        [checkpoint(name, stored) for name in options.checkpoints or ["plain"]],
        PROGRAM,
        options,
        given,
        scored=lambda path: known.get((records.mark(path), data.fingerprint)) or _scored(path, data, options),
        below_record=below_record,
        report=report,
    )


def below_record(path: Path, run: Run) -> list[str]:
    """A line for each part on which greedy decoding falls short of the checkpoint's record, on the same data."""
    beside = record_of(path, SCORE)
    if beside.get("data") != run["data"]:
        return []
    tolerance, lines = beside.get("tolerance", TOLERANCE), []
    for part in beside[SCORE].keys() & run["scores"].keys():
        stored, found = beside[SCORE][part], run["scores"][part]["greedy"]["exact"]
        if found < stored - tolerance:
            lines.append(f"{path}: greedy, exact on {part} is {found:.3f}, its record says {stored:.3f} ± {tolerance}")
    return lines


def _scored(path: Path, data: CaptionData, options: argparse.Namespace) -> Run:
    """All scores of one checkpoint, with what stands beside it."""
    model, vocabulary = load(path, device_of(options))
    if model.settings["size"] != data.images.shape[1]:
        wanted = model.settings["size"]
        raise ValueError(f"--size {options.size}: {path} takes pictures of {wanted} pixels, give --size {wanted}")
    beside = record_of(path, SCORE)
    if beside.get("data", data.fingerprint) != data.fingerprint:
        print(f"note: {path} was trained on other pictures or names than those installed here", file=sys.stderr)
    kind = model.settings["cell"] + (" + attention" if model.settings["attention"] else "")
    about = {"model": kind, "seed": beside.get("seed"), "checkpoint": records.mark(path), "data": data.fingerprint}
    trained = {
        key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside
    }
    return about | trained | {"scores": evaluate(model, vocabulary, data, others=options.images is None)}


def _caption(options: argparse.Namespace, given: Sequence[str]) -> int:
    path, unread = checkpoint(options.checkpoint, stored), 0
    model, vocabulary = load(path, device_of(options))
    familiar = record_of(path, SCORE).get("familiar")
    for file in options.files:
        try:
            picture = read_picture(file, model.settings["size"])
        except (OSError, ValueError) as error:  # the other pictures are captioned all the same
            complain(PROGRAM, options, error)
            unread += 1
            continue
        (found,) = said(model, vocabulary, picture[None], width=options.beam)
        print(f"{file}: {found.caption}", flush=True)
        print(f"{file}: {found.sureness()}", file=sys.stderr)
        if familiar and (far := distances(model, picture[None], familiar)[0]) > familiar["limit"]:
            within = f"{100 * familiar['within']:.0f} % of held-out ones are within {familiar['limit']:.1f}"
            print(f"{file}: {UNLIKE} (distance {far:.1f}; {within})", file=sys.stderr)
    return 2 if unread else 0


def exact(model: Any, vocabulary: Any, data: CaptionData, part: str) -> float:
    """The part of the captions that greedy decoding gets word for word."""
    chosen = data.splits[part]
    found = captions(model, vocabulary, data.images[chosen])
    return float(np.mean([text in data.captions[i] for text, i in zip(found, chosen, strict=True)]))


def report(table: dict[str, Any]) -> str:
    """One line for each part and method, in per cent."""
    lines = [f"{'part':34}{'method':16}" + "".join(f"{name:>9}" for name in METRICS)]
    for part, row in table.items():
        for method in (m for m in METHODS if m in row):
            values = "".join(f"{100 * row[method][name]:9.1f}" for name in METRICS)
            lines.append(f"{part + ' (' + str(row['count']) + ')':34}{method:16}{values}")
    return "\n".join(lines)


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train on emoji, or on your own COCO-format set")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="captioner.safetensors", help=out)
    learn.add_argument("--cell", choices=("gru", "lstm"), default="gru")
    learn.add_argument("--attention", action="store_true", help="look at the picture anew before every word")
    learn.add_argument("--epochs", type=whole(1, 100_000), default=25, help="1 to 100000 (25)")
    learn.add_argument("--batch", type=whole(2, 100_000), default=64, help="pictures an update, 2 to 100000 (64)")
    learn.add_argument("--lr", type=real(above=0, high=1), default=2e-3, help="learning rate, above 0 to 1 (0.002)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    learn.add_argument(
        "--width", type=whole(1, 256), default=32, help="channels of the first convolution, 1 to 256 (32)"
    )
    learn.add_argument("--precision", choices=("fp32", "bf16", "fp16"), default="fp32")
    resume = "go on where the same command was stopped (--no-resume: begin anew)"
    learn.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help=resume)
    rarer = "rarer words become <unknown>: 1 to the commonest word's count (1)"
    learn.add_argument("--minimum-count", type=whole(1), default=1, help=rarer)
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored one)")
    score.add_argument("checkpoints", nargs="*", help='files; "plain" and "attention" are those of the package')
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    speak = commands.add_parser(
        "caption", help="caption pictures of your own, and say how sure that is", epilog=_sure()
    )
    speak.add_argument("files", nargs="+", metavar="FILE", help="PNG or JPEG; of a moving one the first picture")
    speak.add_argument("--checkpoint", default="plain", help='a file, or "plain" or "attention" of the package')
    speak.add_argument("--beam", type=whole(1, 100), default=1, help="sentences kept at once, 1 to 100 (1: greedy)")
    for command in (learn, score):
        size = "height and width of the pictures, a multiple of 8 from 8 to 512 (32)"
        command.add_argument("--size", type=whole(8, 512, multiple=8), default=32, help=size)
        command.add_argument("--images", help="a folder of pictures (with --annotations)")
        command.add_argument("--annotations", help="a COCO captions file (with --images)")
    for command in (learn, score, speak):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser


def _sure() -> str:
    shares = SHARES["plain"]
    return SURE.format(within=100 * WITHIN, emoji=shares["held-out emoji"], **shares)


def _data(options: argparse.Namespace) -> CaptionData:
    if (options.images is None) != (options.annotations is None):
        raise ValueError("--images and --annotations belong together")
    if options.images is None:
        return emoji_data(options.size)
    return coco_data(options.images, options.annotations, options.size)


def _scored_before(out: Path | None) -> dict[tuple[str, str], Any]:
    """Runs that the file holds already, by checkpoint and data: a long scoring can be stopped and go on."""
    if out is None or not out.is_file():
        return {}
    try:
        runs = json.loads(out.read_bytes())["runs"]
        return {(run["checkpoint"], run["data"]): run for run in runs}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"--out {out}: there already, and no scores of `evaluate`; give another file") from error


def _held_out(data: CaptionData) -> list[str]:
    return [part for part in data.splits if part != "train"]
