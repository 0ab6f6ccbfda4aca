"""Exercises from the command line: list them, print a stub, export assignments for a class."""

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from rnncourse.checks.export import export_otter
from rnncourse.checks.registry import all_exercises, exercises
from rnncourse.checks.terminal import any_terminal


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that complains in one line, as the other commands' does (which may not be imported here)."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}\n")


def main(arguments: list[str] | None = None) -> int:
    any_terminal()
    parser = Parser(prog="python -m rnncourse.checks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all exercises")
    stub = commands.add_parser("stub", help="print the stub of an exercise")
    stub.add_argument("name", metavar="NAME")
    export = commands.add_parser("export", help="write assignments: notebooks for students, tests for the instructor")
    export.add_argument("--format", choices=["otter"], required=True)
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument("--chapter", default="", help="only chapters whose name contains this, 03 say")
    export.add_argument("--requirement", default="rnncourse", help="what pip installs for this package when grading")
    options = parser.parse_args(arguments)
    if options.command == "list":
        print(exercises())
    elif options.command == "stub":
        if options.name not in all_exercises():
            near = get_close_matches(options.name, all_exercises()) or ["`list` names them"]
            parser.error(f"no such exercise: {options.name!r}; near: {', '.join(near)}")
        exercise = all_exercises()[options.name]
        print(f"{exercise.stub}\n\n{exercise.check_call}")
    else:
        try:
            for path in export_otter(options.folder, options.chapter, options.requirement):
                print(path)
        except (OSError, ValueError) as error:
            print(f"{parser.prog} export: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
