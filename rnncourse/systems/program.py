"""What each system's command line does around its own commands: options, device, and one line for what went wrong."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

import torch

from rnncourse.systems.options import Parser, spelt

Command = Callable[[argparse.Namespace, Sequence[str]], int]


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
