"""Run every chapter as other processors would, and write down which of its claims hold there.

    python tools/processors.py run [NAMES]     what is missing or was run with other code; each finished run is kept
    python tools/processors.py check           only say which runs are missing or old (exit status 1 if any)

The runs are kept in book/processors.json; tools/processors_page.py makes a page of the book from them.

Training is chaotic: another processor adds in another order, the last digit differs, and some hundred updates later so
does everything. The libraries choose their instructions by environment variables, so one machine can stand for several.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser, new_folder
from tools import processors_page
from tools.comparison import differences
from tools.notebooks import from_source, run, target
from tools.processors_page import STORED, load
from tools.project import KERNEL_ENVIRONMENT, ROOT, chapters, kernel_home

NOISE = 1e-6
CELL_SECONDS = 3600  # two threads on a busy machine, or slow instructions, are no failure


class Setting(NamedTuple):
    """One simulated processor: all variables that are set (the others of VARIABLES are removed), what must then run."""

    words: str
    variables: dict[str, str]
    blas: str | None = None
    torch: str | None = None
    noise: float = 0.0
    cores: int = 1


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SETTINGS = {
    "own": Setting("this processor, as the libraries find it", {}),
    "AVX-512": Setting("NumPy as on a Xeon with AVX-512", {"OPENBLAS_CORETYPE": "SkylakeX"}, blas="SkylakeX"),
    "AVX2": Setting(
        "a processor with AVX2",
        {
            "OPENBLAS_CORETYPE": "Haswell",
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        },
        blas="Haswell",
        torch="AVX2",
    ),
    "SSE4": Setting(
        "a processor from before AVX",
        {
            "OPENBLAS_CORETYPE": "Nehalem",
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        },
        blas="Nehalem",
        torch="DEFAULT",
    ),
    "two threads": Setting("two threads in place of one", dict.fromkeys(THREADS, "2"), cores=2),
    "noise": Setting("what is drawn, initial weights above all, times 1 + 10⁻⁶ · noise", {}, noise=NOISE),
}
# Whatever chooses instructions or threads is set by a setting or removed, never taken over from the shell.
VARIABLES = {name for setting in SETTINGS.values() for name in setting.variables}
VARIABLES |= {"OPENBLAS_L2_SIZE", "OPENBLAS_VERBOSE", "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES"}


def environment(setting: Setting) -> dict[str, str]:
    """A kernel's whole environment under a setting."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    path = os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))
    return kept | KERNEL_ENVIRONMENT | kernel_home() | setting.variables | {"PYTHONPATH": path}


def available(setting: Setting) -> bool:
    """Whether this processor can run what the setting asks for: the libraries silently take something else if not."""
    probe = [sys.executable, "-c", "from tools.in_kernel import report; report()"]
    done = subprocess.run(probe, env=environment(setting), cwd=ROOT, capture_output=True, text=True)
    if done.returncode or (os.cpu_count() or 1) < setting.cores:
        return False
    ran = json.loads(done.stdout)["kernel"]
    return setting.blas in (None, ran["blas"]) and setting.torch in (None, ran["torch"])


def measure(path: Path, setting: Setting) -> tuple[dict[str, Any], NotebookNode]:
    """Run a chapter under a setting: its claims, what ran, the first error other than a claim's; and the notebook."""
    notebook, _ = from_source(path)
    begin = nbformat.v4.new_code_cell(f"from tools import in_kernel\nin_kernel.begin({setting.noise!r})")
    report = nbformat.v4.new_code_cell("in_kernel.report()")
    notebook.cells = [begin, *notebook.cells, report]
    try:
        run(notebook, environment(setting), seconds=CELL_SECONDS, allow_errors=True)
    except DeadKernelError:
        return {"stops": "the kernel died"}, notebook
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    result = json.loads(report.outputs[0].text) if report.outputs else {}
    return result | ({"stops": errors[0]} if errors else {}), notebook


def processor() -> str:
    """The name of this processor."""
    try:
        found = re.search(r"(?m)^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def store(runs: dict[str, dict[str, Any]]) -> None:
    """Write the settings and all runs in one go, never half of them."""
    settings = {name: {"words": s.words, "variables": s.variables} for name, s in SETTINGS.items()}
    partial = STORED.with_suffix(".partial")
    text = json.dumps({"settings": settings, "runs": runs}, indent=1, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(STORED)


def missing(paths: list[Path], settings: list[str]) -> list[tuple[Path, str]]:
    """Chapter and setting of each run that is not stored, or was made with other code."""
    runs, digests = load()["runs"], {path.stem: from_source(path)[1] for path in paths}
    stored = {(chapter, name): run["digest"] for chapter, row in runs.items() for name, run in row.items()}
    wanted = ((path, name) for path in paths for name in settings)
    return [(path, name) for path, name in wanted if stored.get((path.stem, name)) != digests[path.stem]]


def measure_all(paths: list[Path], settings: list[str], keep: Path | None = None) -> None:
    """Make the runs that are missing, one after another; each is stored when it is finished."""
    possible = {name: available(SETTINGS[name]) for name in settings}
    with tqdm(missing(paths, settings), unit="run", file=sys.stderr) as bar:
        for path, name in bar:
            bar.set_description(f"{path.stem}, {name}")
            result: dict[str, Any] = {}
            if possible[name]:
                try:
                    result, notebook = measure(path, SETTINGS[name])
                except CellTimeoutError:
                    bar.write(f"{path.stem}, {name}: a cell ran for more than {CELL_SECONDS} s; not run", sys.stderr)
                    continue
                result["apart"] = apart_from_stored(path, notebook)
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    nbformat.write(notebook, keep / f"{path.stem} {name}.ipynb")
            runs = load()["runs"]
            described = {"available": possible[name], "processor": processor(), "digest": from_source(path)[1]} | result
            store(runs | {path.stem: runs.get(path.stem, {}) | {name: described}})


def apart_from_stored(path: Path, notebook: NotebookNode) -> list[str]:
    """What a run shows that is not in the stored notebook, as its test would say it."""
    stored = {cell.id: cell for cell in nbformat.read(target(path), as_version=4).cells if cell.cell_type == "code"}
    found = []
    for cell in notebook.cells:
        if cell.id in stored and "nbval-ignore-output" not in (tags := stored[cell.id].metadata.get("tags", [])):
            found += differences(stored[cell.id].outputs, cell.get("outputs", []), tags)
    return found


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "check"])
    parser.add_argument("names", nargs="*", help="chapters, such as 01_sequences (all when none is given)")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=[*SETTINGS], help="all when none is given")
    parser.add_argument("--keep", type=new_folder, metavar="FOLDER", help="keep the executed notebooks there")
    options = parser.parse_args()
    known = {path.stem: path for path in chapters()}
    unknown = [name for name in options.names if Path(name).stem not in known]
    if unknown:
        print(f"no such chapter: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [known[Path(name).stem] for name in options.names] or list(known.values())
    if options.command == "check":
        for path, name in missing(chosen, options.settings):
            print(f"{path.stem}, {name}: run `make processors NAMES={path.stem}`")
        return 1 if missing(chosen, options.settings) else 0
    if options.command == "run":
        measure_all(chosen, options.settings, options.keep)
        processors_page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
