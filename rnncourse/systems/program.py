"""What each system's command line does around its own commands: options, device, and one line for what went wrong.

And around its scores: which file is meant, what its record says, one file after the other.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from rnncourse.systems import records
from rnncourse.systems.options import Parser, spelt

Command = Callable[[argparse.Namespace, Sequence[str]], int]
Run = dict[str, Any]  # an entry of results.json: the keys of records.RUN, model, and what the system adds


def perform(
    arguments: Sequence[str] | None,
    parser: Parser,
    command: Callable[[argparse.Namespace], Command],
    *,
    memory: Mapping[str, str],
    stopped: str,
) -> int:
    """Run the command that was asked for; return its exit status.

    arguments : the words after the program's name; None takes those that Python was called with.
    command : from the options to the function that does it, of the options and the words.
    memory : which options of a command take memory, to be named where there is too little of it.
    stopped : what is said where the reader stops it.

    Returns 0: done, 1: the command's own (a score below the record), 2: what the reader can mend, a line on stderr,
    130: stopped.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows few signs gets question marks, no exception
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser.parse_args(given)
    except SystemExit as stop:  # --help, or an option out of its range
        return int(stop.code or 0)
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    try:
        return command(options)(options, given)
    except (OSError, ModuleNotFoundError, ValueError) as error:
        complain(parser.prog, options, error)
        return 2
    except (MemoryError, RuntimeError) as error:
        if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        smaller = f": try a smaller {memory[options.command]}" if options.command in memory else ""
        print(f"{parser.prog} {options.command}: not enough memory{smaller}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130


def complain(program: str, options: argparse.Namespace, error: Exception) -> None:
    """The one line for what the reader can mend."""
    print(f"{program} {options.command}: {spelt(error, vars(options))}", file=sys.stderr)


def device_of(options: argparse.Namespace) -> str:
    """The device that was asked for, or a GPU where there is one."""
    return options.device or ("cuda" if torch.cuda.is_available() else "cpu")


def checkpoint(name: str, stored: Callable[[str], Path]) -> Path:
    """A file's path, or the stored checkpoint of that name; `stored` is its system's."""
    return stored(name) if stored(name).is_file() else Path(name)


def record_of(path: Path, score: str) -> dict[str, Any]:
    """The record beside a checkpoint, {} where there is none; `score` is the key of what its data were scored with.

    Raises ValueError: "not the record of a checkpoint: …".
    """
    file = path.with_suffix(".json")
    if not file.is_file():
        return {}
    try:
        content = records.record(path)
        if content.get("data") is not None:
            content[score].keys()
    except (ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"not the record of a checkpoint: {file}") from error
    return content


def score_each(
    paths: Iterable[Path],
    program: str,
    options: argparse.Namespace,
    given: Sequence[str],
    *,
    scored: Callable[[Path], Run],
    below_record: Callable[[Path, Run], list[str]],
    report: Callable[[dict[str, Any]], str],
) -> int:
    """Score checkpoints, show their scores and write them to --out; return the exit status, as `perform` has it.

    One that cannot be scored is named, and the others are scored all the same.

    program, given : what the reader typed, the program and the words after it.
    scored, below_record : one checkpoint's run; a line for each score that falls short of the record beside it.
    report : the scores of a run, in lines.
    """
    runs, missed, unread = [], list[str](), 0
    for path in paths:
        try:
            run = scored(path)
            short = below_record(path, run)
        except (OSError, ModuleNotFoundError, ValueError) as error:
            complain(program, options, error)
            unread += 1
            continue
        print(f"{path}: {run['model']}, seed {run['seed']}\n{report(run['scores'])}\n")
        runs.append(run)
        missed += short
        if options.out:  # at once: a long scoring may be stopped
            options.out.parent.mkdir(parents=True, exist_ok=True)
            records.write(options.out, records.table(" ".join([program, *given]), device_of(options), runs))
    for line in missed:
        print(line, file=sys.stderr)
    return 2 if unread else 1 if missed else 0
