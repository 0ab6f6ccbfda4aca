"""Exercises from the command line: list them, print a stub, export assignments for a class."""

import argparse
from pathlib import Path

from rnncourse.checks.export import export_otter
from rnncourse.checks.registry import all_exercises, exercises
from rnncourse.checks.terminal import any_terminal


def main(arguments: list[str] | None = None) -> int:
    any_terminal()
    parser = argparse.ArgumentParser(prog="python -m rnncourse.checks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all exercises")
    stub = commands.add_parser("stub", help="print the stub of an exercise")
    stub.add_argument("name", choices=all_exercises(), metavar="NAME")
    export = commands.add_parser("export", help="write assignments: notebooks for students, tests for the instructor")
    export.add_argument("--format", choices=["otter"], required=True)
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument("--chapter", default="", help="only chapters whose name contains this, 03 say")
    export.add_argument("--requirement", default="rnncourse", help="what pip installs for this package when grading")
    options = parser.parse_args(arguments)
    if options.command == "list":
        print(exercises())
    elif options.command == "stub":
        print(all_exercises()[options.name].stub + f'\n\ncheck("{options.name}", {options.name})')
    else:
        for path in export_otter(options.folder, options.chapter, options.requirement):
            print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
