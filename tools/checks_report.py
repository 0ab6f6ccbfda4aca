"""Write book/checks.md (how good the checks are, measured) and book/exercises.md (what to do, and where it stands).

python tools/checks_report.py          both pages; tries every answer on every exercise, a minute or two
python tools/checks_report.py index    book/exercises.md only, at once
"""

import argparse
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rnncourse.checks.exercise import Exercise
from rnncourse.checks.registry import all_exercises
from tools.pages import pages
from tools.project import ROOT

CHECKS = ROOT / "book" / "checks.md"
INDEX = ROOT / "book" / "exercises.md"

CHECKS_HEAD = """# How good are the checks?

A check is only useful if it refuses what is wrong, accepts what is right, and says why. So each check is itself
tested, with answers of three kinds:

- **correct answers** in several styles (loops, one product, `einsum`, in place, PyTorch turned into NumPy): all
  must pass;
- **wrong answers** that a person could well give, and the known mistakes of the exercise: all must fail, and
  each must get its explanation;
- **mutants** of our own solution, made by script: a sign turned, an index moved, a transpose lost, a line left
  out. All must fail, unless they compute the same thing after all; those were looked at one by one and are
  counted apart.

Two numbers are accepted: 100 % of the wrong answers rejected, 0 % of the correct ones refused. The table is
written by `python tools/checks_report.py`; `pytest tests/exercises` fails when it differs from what is measured.
"""

INDEX_HEAD = """# Exercises

Every exercise stands in its chapter, right after the idea that it practises. Write the function, run the cell,
read what the check says. `hint("name")` goes one step further each time; `solution("name")` shows our own code.
The checks are made for learning and are no exam.

There are three kinds. **Predict**: a few lines that test what you expect. **Complete**: the step that the
chapter teaches. **Extend**: a step beyond it.
"""


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def table(rows: Sequence[Any]) -> str:
    """The page from the measured rows (tests/exercises/harness.py, `Measured`)."""
    lines = [CHECKS_HEAD]
    lines += [
        (
            "| exercise | wrong answers | mutants | rejected | told why | correct answers | refused | "
            "mutants that compute the same |"
        )
    ]
    lines += ["| --- | --: | --: | --: | --: | --: | --: | --: |"]
    for row in rows:
        tried = row.wrong + row.mutants
        cells = [
            f"`{row.exercise.name}`",
            str(row.wrong),
            str(row.mutants),
            percent(tried - len(row.accepted), tried),
            percent(row.told - len(row.unexplained), row.told),
            str(row.correct),
            percent(len(row.refused), row.correct),
            str(row.equivalent),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    wrong, mutants = sum(r.wrong for r in rows), sum(r.mutants for r in rows)
    correct = sum(r.correct for r in rows)
    count = f"{len(rows)} exercises, {wrong} wrong answers, {mutants} mutants, {correct} correct answers"
    lines += ["", f"Together: {count}."]
    return "\n".join(lines) + "\n"


def index() -> str:
    """The page of all exercises, chapter by chapter."""
    linked = {Path(page).name for page in pages()}
    lines = [INDEX_HEAD]
    for chapter in dict.fromkeys(e.chapter for e in all_exercises().values()):
        number, _, topic = chapter.partition("_")
        title = f"{number} {topic}"
        lines += [f"## [{title}](../notebooks/{chapter}.ipynb)" if chapter in linked else f"## {title}", ""]
        for exercise in (e for e in all_exercises().values() if e.chapter == chapter):
            lines += [f"`{exercise.signature}`", f": *{exercise.difficulty.capitalize()}.* {exercise.statement}"]
            lines += [f"  Needs {needs(exercise)}.", ""]
    return "\n".join(lines).rstrip() + "\n"


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["all", "index"], default="all")
    options = parser.parse_args()
    INDEX.write_text(index(), encoding="utf-8")
    if options.what == "all":
        harness = load_harness()
        answers = harness.all_answers()
        rows = [harness.measure(name, answers[name]) for name in all_exercises() if name in answers]
        for row in rows:
            print(row.line)
            for problem in (*row.refused, *row.accepted, *row.unexplained):
                print("   ", problem)
        CHECKS.write_text(table(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
