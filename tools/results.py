"""Stored results: is each of them what its script would make, and all of it? And the page that lists them.

    python tools/results.py           list them, write book/results.md; exit status 1 if one is stale
    python tools/results.py check     write nothing; exit status 1 also if the page is out of date

A result is stale if its settings are not those of its script, or if there is no such script; a system's table of scores
is stale if it lacks something that the page says or one of its stored models. Nothing is trained here.
"""

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rnncourse.checks.terminal import any_terminal
from rnncourse.data.results import FOLDER, duration
from rnncourse.systems import records
from rnncourse.systems.options import Parser
from tools.pages import pages
from tools.project import EXPERIMENTS, ROOT, chapters, experiment

PAGE = ROOT / "book" / "results.md"
HEAD = """# Results

Numbers that take longer than a chapter may take are measured by a script and stored with the command, the seeds, the
time on the clock and the machine. A chapter shows a result only when it is complete. To make one again, run its
command; `make results` says which are current and which are stale, and writes this page."""
FOOT = "\n## Claims\n\nClaims that a chapter shows and asserts itself stand on [their own page](claims.md).\n"


class Result(NamedTuple):
    """One stored file: where it is, what it holds, the words by which a chapter shows it, the chapter that is to."""

    group: str
    file: Path
    holds: str
    shown_by: str
    chapter: int
    about: dict[str, Any]  # command, seeds, seconds, machine, complete


def states() -> Iterator[tuple[str, str]]:
    """(name, "current", "stale: why", "incomplete (k of n)", "not made" or "not checked: why") for each result."""
    for name in sorted({path.stem for folder in (EXPERIMENTS, FOLDER) for path in folder.glob("[0-9]*.*")}):
        yield name, state_of_experiment(name)
    for folder in systems():
        yield f"systems/{folder.name}", state_of_system(folder)


def state_of_experiment(name: str, folder: Path = FOLDER) -> str:
    """Whether the stored result of experiments/NAME.py has the settings of the script, and all of the runs."""
    file = folder / f"{name}.json"
    if not (EXPERIMENTS / f"{name}.py").is_file():
        return f"stale: there is no experiments/{name}.py"
    if not file.is_file():
        return "not made"
    try:
        made_by, content = experiment(name).EXPERIMENT, experiment("_record").read(file)
    except ModuleNotFoundError as error:
        return f"not checked: {error}"
    except ValueError as error:
        return f"stale: {error}"
    if difference := made_by.difference(content):
        return f"stale: {difference}"
    done, total = made_by.count(content["runs"])
    return "current" if done == total else f"incomplete ({done} of {total})"


def state_of_system(folder: Path) -> str:
    """Whether every stored model of a system is among those that its results.json has scored."""
    file = folder / "stored" / "results.json"
    if not file.is_file():
        return "not made"
    content = json.loads(file.read_text(encoding="utf-8"))
    if lacking := records.lacks(content):
        return f"stale: results.json lacks {lacking}: write it with rnncourse/systems/records.py"
    scored = {run["checkpoint"] for run in content["runs"]}
    models = sorted(folder.glob("stored/*.safetensors"))
    new = [p.name for p in models if records.mark(p) not in scored]
    return f"stale: {', '.join(new)} was not scored" if new else "current"


def systems() -> list[Path]:
    """Folders of the systems that have a stored model."""
    return sorted({path.parent.parent for path in ROOT.glob("rnncourse/systems/*/stored/*.safetensors")})


def scored() -> list[Path]:
    """Those of them whose table of scores says all that the page needs."""
    tables = {folder: folder / "stored" / "results.json" for folder in systems()}
    return [f for f, t in tables.items() if t.is_file() and not records.lacks(json.loads(t.read_text("utf-8")))]


def stored() -> Iterator[Result]:
    """What the page lists: experiments, systems, benchmarks."""
    for file in sorted(FOLDER.glob("*.json")):
        about = json.loads(file.read_text(encoding="utf-8"))["about"]
        holds = first_line(EXPERIMENTS / f"{file.stem}.py")
        about |= {"machine": f"{about['machine']}, {about['versions']}"}
        yield Result("Experiments", file, holds, f'results.load("{file.stem}")', int(file.stem[:2]), about)
    for folder in scored():
        file, script = folder / "stored" / "results.json", folder / "__init__.py"
        about = about_system(file)
        yield Result("Systems", file, first_line(script), f"systems import {folder.name}", chapter_in(script), about)
    for file in sorted(ROOT.glob("benchmarks/results/*.json")):
        about = json.loads(file.read_text(encoding="utf-8"))["about"]
        script = ROOT / about["command"].split()[1]
        shown_by, about = f"benchmarks/results/{file.name}", about | {"complete": True}
        yield Result("Speed", file, first_line(script), shown_by, chapter_in(script), about)


def about_system(file: Path) -> dict[str, Any]:
    """The record of a system's scores: seeds and seconds are those of the trainings."""
    content = json.loads(file.read_text(encoding="utf-8"))
    runs, machine = content["runs"], content["machine"]
    return {
        "command": content["command"],
        "seeds": len({run["seed"] for run in runs}),
        "seconds": sum(run["seconds"] for run in runs),
        "machine": f"{machine['device']}, Python {machine['python']}, torch {machine['torch']}",
        "complete": True,
    }


def page() -> str:
    """The whole page, a paragraph for each result."""
    texts = {int(path.stem[:2]): (path.stem, path.read_text(encoding="utf-8")) for path in chapters()}
    parts, group = [HEAD], ""
    for result in stored():
        links = [
            f"[chapter {number}](../notebooks/{stem}.ipynb)"
            for number, (stem, text) in texts.items()
            if result.shown_by in text and f"notebooks/{stem}" in pages()
        ]
        about, later = result.about, "" if result.chapter in texts else " (planned)"
        shown = f"Shown in {', '.join(links)}." if links else f"For chapter {result.chapter}{later}."
        made = [
            f"`{about['command']}`",
            *([f"{about['seeds']} seeds"] if "seeds" in about else []),
            *([duration(about["seconds"])] if "seconds" in about else []),
            about["machine"],
            "complete" if about["complete"] else f"not complete: {about['done']} of {about['of']} runs",
        ]
        if group != result.group:
            group = result.group
            parts.append(f"\n## {group}")
        parts.append(f"\n`{result.file.relative_to(ROOT).as_posix()}`: {result.holds}. {shown}\\\n{' · '.join(made)}")
    return "\n".join([*parts, FOOT])


def first_line(script: Path) -> str:
    """What a script is about: its docstring's first line, without a chapter's name before it."""
    text = docstring(script)
    return re.sub(r"^Chapter \d+: ", "", text.splitlines()[0]).rstrip(".")


def chapter_in(script: Path) -> int:
    """The number of the chapter that a script's docstring names."""
    match = re.search(r"[Cc]hapter (\d+)", docstring(script))
    if match is None:
        raise ValueError(f"{script.relative_to(ROOT)}: its docstring names no chapter")
    return int(match[1])


def docstring(script: Path) -> str:
    if not script.is_file():
        return f"{script.relative_to(ROOT)} is missing"
    return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["check"])
    what, stale = parser.parse_args(arguments).what, False
    for name, state in states():
        print(f"{name:24}{state}")
        stale |= state.startswith("stale")
    text = page()
    current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if what == "check":
        if not current:
            print("book/results.md is out of date: run `make results`")
        return 1 if stale or not current else 0
    if not current:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
