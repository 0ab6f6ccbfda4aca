"""The command line: train a network on one of three tasks, score trained ones, give one a text of your own."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnncourse.systems import records
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import Run, checkpoint, device_of, perform, record_of, score_each
from rnncourse.systems.seq2seq.decoding import beam
from rnncourse.systems.seq2seq.live import is_day
from rnncourse.systems.seq2seq.scoring import METHODS, NUMBER, asked, evaluate
from rnncourse.systems.seq2seq.storage import STORED, Trained, load, save, stored
from rnncourse.systems.seq2seq.tasks import TASKS
from rnncourse.systems.seq2seq.training import train, weighed

PROGRAM = "python -m rnncourse.systems.seq2seq"
SPEAK = {"date": "dates", "pronounce": "pronunciation", "number": "numbers"}
SCORE = "greedy_exact"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.01  # another processor rounds otherwise; one answer in a hundred may then tip over


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score below the recorded one.  2: what the reader can mend, a line each on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: {"train": _train, "evaluate": _evaluate}.get(options.command, _speak),
        memory=dict.fromkeys(("train", "evaluate", *SPEAK), "--batch or --hidden"),
        stopped="stopped; the same command goes on from the last epoch",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    out, data = options.out, asked(options.task, options.number)
    out.parent.mkdir(parents=True, exist_ok=True)
    names = ("cell", "attention", "bidirectional", "examples", "epochs", "updates", "batch", "lr", "seed")
    settings = {name: getattr(options, name) for name in (*names, "embedding", "hidden")}
    mark = hashlib.sha256(f"{options.task} {settings}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, source, target, history = train(options.task, device=device_of(options), checkpoint=partial, **settings)
    save(Trained(options.task, model, source, target), out)
    rounded = load(out, device_of(options))  # the score is that of the rounded weights in the file
    table = evaluate(rounded.model, source, target, options.task, data, beamed=0)
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "data": {part: some.fingerprint for part, some in data.items()},
        "number": options.number,
        "parameters": weighed(model),
        "loss": [round(value, 4) for value in history.loss],
        "validation_loss": [round(value, 4) for value in history.validation],
        "tolerance": TOLERANCE,
        SCORE: {part: row["greedy"]["exact"] for part, row in table.items()},
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    shares = ", ".join(f"{part} {share:.3f}" for part, share in about["greedy_exact"].items())
    print(f"{out}: greedy, exact: {shares}; {about['seconds']} s")
    return 0


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    every = options.checkpoints or sorted(path.stem for path in STORED.glob("*.safetensors"))
    if not every:
        raise ValueError(f"no network is stored; train one, `{PROGRAM} train --task dates`, and name its file")
    return score_each(
        [checkpoint(name, stored) for name in every],
        PROGRAM,
        options,
        given,
        scored=lambda path: _scored(path, options),
        below_record=below_record,
        report=report,
    )


def below_record(path: Path, run: Run) -> list[str]:
    """A line for each part on which greedy decoding falls short of the record beside it, on the same data."""
    beside, lines = record_of(path, SCORE), []
    tolerance = beside.get("tolerance", TOLERANCE)
    for part, kept in beside.get(SCORE, {}).items():
        found = run["scores"].get(part, {}).get("greedy", {}).get("exact")
        same = beside.get("data", {}).get(part) == run["data"].get(part)
        if same and found is not None and found < kept - tolerance:
            lines.append(f"{path}: greedy, exact on {part} is {found:.3f}, its record says {kept:.3f} ± {tolerance}")
    return lines


def _scored(path: Path, options: argparse.Namespace) -> Run:
    """All scores of one network, with what stands beside it."""
    task, model, source, target = load(path, device_of(options))
    beside = record_of(path, SCORE)
    data = asked(task, beside.get("number", NUMBER))
    marks = {part: some.fingerprint for part, some in data.items()}
    if beside.get("data", marks) != marks:
        print(f"note: {path} was scored on other texts than the packages installed here write", file=sys.stderr)
    kind = f"{task}, {model.settings['cell']}" + (" + attention" if model.attention else "")
    about = {"model": kind, "seed": beside.get("seed"), "checkpoint": records.mark(path), "data": marks}
    kept = {key: beside[key] for key in ("command", "seconds", "machine", "loss", "validation_loss") if key in beside}
    return {"seconds": None} | about | kept | {"scores": evaluate(model, source, target, task, data)}


def report(table: dict[str, Any]) -> str:
    """One line for each part and method, in per cent."""
    lines = [f"{'part':20}{'method':10}{'exact':>9}{'edits':>9}"]
    for part, row in table.items():
        for method in (m for m in METHODS if m in row):
            count = row[method].get("count", row["count"])
            share = "".join(f"{100 * row[method][name]:9.1f}" for name in ("exact", "edits"))
            lines.append(f"{f'{part} ({count})':20}{method:10}{share}")
    return "\n".join(lines)


def _speak(options: argparse.Namespace, given: Sequence[str]) -> int:
    task = SPEAK[options.command]
    trained = load(checkpoint(options.checkpoint or task, stored), device_of(options))
    if trained.task != task:
        raise ValueError(f"--checkpoint {options.checkpoint}: it was trained on {trained.task}, not on {task}")
    about, text = TASKS[task], TASKS[task].plain(options.text)
    if not text:
        raise ValueError("an empty text: there is nothing to read")
    (said,) = beam(trained.model, trained.source, trained.target, [text], about.limit, width=options.beam)
    print(about.joined_by.join(said.signs), flush=True)
    print(f"log p = {said.log_p:.2f}", file=sys.stderr)
    if unknown := trained.source.unknown(text):
        print(f"signs that no training text has: {' '.join(map(repr, unknown))}", file=sys.stderr)
    if task == "dates" and not is_day("".join(said.signs)):
        print("there is no such day: the text was not understood", file=sys.stderr)
    return 0


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train on dates, numbers in words or pronunciations")
    learn.add_argument("--task", choices=tuple(TASKS), default="dates")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="translator.safetensors", help=out)
    learn.add_argument("--cell", choices=("gru", "lstm"), default="gru")
    for name, said in (
        ("attention", "ask the encoder's states at every step (--no-attention: see its last state alone)"),
        ("bidirectional", "read from both ends (--no-bidirectional: from the left)"),
        ("resume", "go on where the same command was stopped (--no-resume: begin anew)"),
    ):
        learn.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=True, help=said)
    for name, usual, high, said in (
        ("examples", 40_000, 10_000_000, "training pairs"),
        ("epochs", 10, 100_000, "how often so many updates"),
        ("updates", 500, 1_000_000, "updates an epoch"),
        ("batch", 64, 100_000, "pairs an update"),
        ("embedding", 64, 10_000, "numbers a sign"),
        ("hidden", 128, 10_000, "units of the decoder; the encoder has as many, half each way"),
        ("number", NUMBER, 1_000_000, "pairs of each part that are scored at the end"),
    ):
        learn.add_argument(f"--{name}", type=whole(1, high), default=usual, help=f"{said}, 1 to {high} ({usual})")
    learn.add_argument("--lr", type=real(above=0, high=1), default=3e-3, help="learning rate, above 0 to 1 (0.003)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored ones)")
    score.add_argument("checkpoints", nargs="*", help="files, or names of stored ones")
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    speakers = []
    for name, what in (
        ("date", "a date in one of many languages, to year-month-day"),
        ("pronounce", "an English word, to phonemes"),
        ("number", "a number in words, to digits"),
    ):
        speak = commands.add_parser(name, help=what)
        speak.add_argument("text", metavar="WORD" if name == "pronounce" else "TEXT")
        speak.add_argument("--checkpoint", help="a file (without: the stored one)")
        speak.add_argument("--beam", type=whole(1, 100), default=5, help="beginnings kept, 1 to 100 (5; 1: greedy)")
        speakers.append(speak)
    for command in (learn, score, *speakers):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser
