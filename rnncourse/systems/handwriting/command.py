"""The command line: train networks that read and write, score them, read strokes, write digits, invent characters."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnncourse.systems.handwriting import reading_command as reading
from rnncourse.systems.handwriting import writing_command as writing
from rnncourse.systems.handwriting.storage import STORED, stored
from rnncourse.systems.handwriting.writing_storage import is_one
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import Command, checkpoint, perform, score_each

PROGRAM = "python -m rnncourse.systems.handwriting"
USUAL = {"reader": reading.USUAL} | {name: some | writing.BOTH for name, some in writing.USUAL.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score below the recorded one.  2: what the reader can mend, a line each on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: COMMANDS[options.command],
        memory=dict.fromkeys(("train", "evaluate", "read"), "--batch or --hidden"),
        stopped="stopped; the same command goes on from the last epoch",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    return (reading if options.network == "reader" else writing).train_one(options, given, PROGRAM)


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    every = options.checkpoints or sorted(path.stem for path in STORED.glob("*.safetensors"))
    if not every:
        raise ValueError(f"no network is stored; train one, `{PROGRAM} train`, and name its file")
    return score_each(
        [checkpoint(name, stored) for name in every],
        PROGRAM,
        options,
        given,
        scored=lambda path: _of(path).scored(path, options),
        below_record=lambda path, run: _of(path).below_record(path, run),
        report=lambda table: (reading if "best path" in table else writing).report(table),
    )


def _of(path: Path) -> Any:
    """What knows the kind of network in a file."""
    return writing if is_one(path) else reading


COMMANDS: dict[str, Command] = {
    "train": _train,
    "evaluate": _evaluate,
    "read": lambda options, given: reading.read_file(options, given, stored),
    "write": lambda options, given: writing.write(options, given, stored),
    "invent": lambda options, given: writing.invent(options, given, stored),
}


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train a network: reader, writer (of digits) or inventor (of characters)")
    learn.add_argument("--network", choices=("reader", *writing.NETWORKS), default="reader")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="handwriting.safetensors", help=out)
    resume = "go on where the same command was stopped (--no-resume: begin anew)"
    learn.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help=resume)
    for name, high, said in (
        ("epochs", 100_000, "how often so many updates"),
        ("updates", 1_000_000, "updates an epoch"),
        ("batch", 100_000, "drawings or numbers an update"),
        ("hidden", 10_000, "units of an LSTM"),
    ):
        usual = ", ".join(f"{some[name]}" for some in USUAL.values())
        learn.add_argument(f"--{name}", type=whole(1, high), help=f"{said}, 1 to {high} ({usual})")
    learn.add_argument("--lr", type=real(above=0, high=1), help="learning rate, above 0 to 1 (0.004, 0.005, 0.005)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    reading.add_training(learn)
    writing.add_training(learn)
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored ones)")
    score.add_argument("checkpoints", nargs="*", help="files, or names of stored ones")
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    for command in (learn, score, *reading.add_reader(commands), *writing.add_speakers(commands)):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser
