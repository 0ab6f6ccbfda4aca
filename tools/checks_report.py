"""Write book/checks.md (how good the checks are, measured) and book/exercises.md (what to do, and where it stands).

python tools/checks_report.py          both pages; every answer, twenty seeds: half an hour (make checks)
python tools/checks_report.py index    book/exercises.md only, at once

Exit status 1 if a wrong answer was accepted, a right one refused, a slip not explained, or a right answer's check took
more than two seconds of processor time; each is printed.
"""

import argparse
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tqdm import tqdm

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.registry import all_exercises
from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser, whole
from tools.pages import pages
from tools.project import ROOT

SEEDS = 20
SLOW = 2.0  # seconds of processor time; measured here, on a machine that one chooses, and not in the tests
CHECKS = ROOT / "book" / "checks.md"
INDEX = ROOT / "book" / "exercises.md"

CHECKS_HEAD = """# How good are the checks?

A check is only useful if it refuses what is wrong, accepts what is right, and says why. So each check is itself
tested, with answers of four kinds:

- **correct answers** in several styles (loops, one product, `einsum`, in place, PyTorch turned into NumPy): all
  must pass;
- **wrong answers** that a person could well give, and the known slips of the exercise: all must fail, and
  each must get its explanation;
- **mutants** of our own solution, made by script: a sign turned, an index moved, a transpose lost, a line left
  out. All must fail, unless they compute the same thing after all; those were looked at one by one and are
  counted apart;
- **a second set**, also made by script: right almost always (unless T = 1, unless D = H, unless an input is all zero
  or lies in memory by columns), right for the first call only, remembered by shape, another type of array, two slips
  at once. All must fail, unless the exercise's statement rules the special case out.

Two numbers are accepted: 100 % of the wrong answers rejected, 0 % of the correct ones refused. The table was measured
with the random cases of {seeds} seeds by `make checks`; `make test` repeats it with two and fails where it differs.

What a check cannot do. A loop that never ends is stopped, also one that swallows the exception which stops it, and
whatever comes back late counts as late. But a single call into compiled code that never returns, such as
`sum(itertools.count())`, cannot be interrupted: restart the kernel (on the page: Stop). The same holds, in
a page only, for a loop that calls nothing and has a bare `except:` inside. Memory is not watched: a list that grows
until the time is over takes what it takes. A program that replaces NumPy's own functions is not judged but told so.

Nor can a check look into an answer. It is for learning and no exam.
"""

COUNTED = {
    "wrong": "wrong answers",
    "mutants": "mutants",
    "second": "of the second set",
    "correct": "correct answers",
    "equivalent": "mutants that compute the same",
    "impossible": "special cases that the statement rules out",
}

INDEX_HEAD = """# Exercises

Every exercise stands in its chapter, right after the idea that it practises. Write the function, run the cell,
read what the check says. `hint("name")` goes one step further each time; `solution("name")` shows our own code.
The checks are made for learning and are no exam.

There are three kinds. **Predict**: a few lines that test what you expect. **Complete**: the step that the
chapter teaches. **Extend**: a step beyond it.
"""


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def table(rows: Sequence[Any], seeds: int = SEEDS) -> str:
    """The page from the measured rows (tests/exercises/harness.py, `Measured`)."""
    lines = [CHECKS_HEAD.format(seeds=seeds)]
    lines += ["| exercise | wrong answers | mutants | second set | rejected | told why | correct answers | refused |"]
    lines += ["| --- | --: | --: | --: | --: | --: | --: | --: |"]
    for row in rows:
        cells = [
            f"`{row.exercise.name}`",
            str(row.wrong),
            str(row.mutants),
            str(row.second),
            percent(row.tried - len(row.accepted), row.tried),
            percent(row.told - len(row.unexplained), row.told),
            str(row.correct),
            percent(len(row.refused), row.correct),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    total = {name: sum(getattr(row, name) for row in rows) for name in COUNTED}
    lines += ["", f"Together: {len(rows)} exercises, " + ", ".join(f"{total[n]} {COUNTED[n]}" for n in COUNTED) + "."]
    return "\n".join(lines) + "\n"


def index() -> str:
    """The page of all exercises, chapter by chapter."""
    linked = {Path(page).name for page in pages()}
    lines = [INDEX_HEAD]
    for chapter in dict.fromkeys(e.chapter for e in all_exercises().values()):
        number, _, topic = chapter.partition("_")
        title = f"{number} {topic}"
        lines += [f"## [{title}](../notebooks/{chapter}.ipynb)" if chapter in linked else f"## {title} (planned)", ""]
        for exercise in (e for e in all_exercises().values() if e.chapter == chapter):
            lines += [f"`{exercise.signature}`", f": *{exercise.difficulty.capitalize()}.* {exercise.statement}"]
            lines += [f"  Needs {needs(exercise)}.{in_package(exercise)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def in_package(exercise: Exercise, api: str = "api") -> str:
    """A sentence that links to the same thing in the package, or nothing."""
    if not exercise.in_package:
        return ""
    module = exercise.in_package.partition("(")[0].split(".")[2]
    link = f"[`{exercise.in_package.removeprefix('rnncourse.')}`]({api}/reference.md#{module})"
    return f" In the package the same is {link}." if exercise.package else f" The package's own is {link}."


def needs(exercise: Exercise) -> str:
    """NumPy or PyTorch, and the exercises whose functions the solution calls."""
    source = exercise.solution
    library = "PyTorch" if "torch" in source else "NumPy"
    others = {n: e.reference.__module__ for n, e in all_exercises().items() if n != exercise.name}
    earlier = [n for n, module in others.items() if f"from {module} import {n}\n" in source]
    return library + "".join(f", `{name}`" for name in earlier)


def load_harness() -> Any:
    """tests.exercises.harness of this repository: some package on the path may also be called tests."""
    package = types.ModuleType("tests")
    package.__path__ = [str(ROOT / "tests")]
    sys.modules.setdefault("tests", package)
    from tests.exercises import harness

    return harness


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["all", "index"], default="all")
    parser.add_argument(
        "--seeds", type=whole(1, 10_000), default=SEEDS, help="sets of random cases for each answer (20)"
    )
    options = parser.parse_args()
    INDEX.write_text(index(), encoding="utf-8")
    faults = 0
    if options.what == "all":
        harness = load_harness()
        answers = harness.all_answers()
        rows = []
        for name in tqdm([name for name in all_exercises() if name in answers], unit="exercise"):
            row = harness.measure(name, answers[name], range(1, options.seeds + 1))
            tqdm.write(row.line)
            slow = [f"slow: {row.slowest:.2f} s of processor time"] if row.slowest > SLOW else []
            for problem in (*row.refused, *row.accepted, *row.unexplained, *slow):
                tqdm.write(f"    {problem}")
                faults += 1
            rows.append(row)
        CHECKS.write_text(table(rows, options.seeds), encoding="utf-8")
    return int(faults > 0)


if __name__ == "__main__":
    raise SystemExit(main())
