"""The course's package as the page's Python needs it: nothing that needs PyTorch, no stored models, the same bytes.

One archive (tar), packed as one stream (gzip): files that resemble one another then cost less, and a file's entry next
to nothing. A wheel, which packs each file on its own, has a tenth more bytes. What no page could use yet is left out: a
system with neither a stored model nor a live.py, the sheet of a chapter to come, and data with its arrays in a file of
its own that no chapter names.
"""

import ast
import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.project import ROOT, chapters, metadata

LEFT_OUT = {"torch", "fast", "stored", "__pycache__", "static"}
ENDINGS = {".py", ".json", ".npz", ".csv"}


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Path inside the archive → bytes, in order."""
    package = root / "rnncourse"
    paths = sorted(path for path in package.rglob("*") if path.suffix in ENDINGS)
    systems = {path.parent for path in package.glob("systems/*/__init__.py")}
    planned = {path for path in systems if not (path / "stored").is_dir() and not (path / "live.py").is_file()}
    kept = [path for path in paths if not LEFT_OUT & set(path.relative_to(package).parts)]
    kept = [path for path in kept if path.parent not in planned and not unread(path, root)]
    torch = needing_torch([path for path in kept if path.suffix == ".py"], root)
    kept = [path for path in kept if path not in torch]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


def unread(path: Path, root: Path) -> bool:
    """Whether this is the sheet of a chapter to come, or a module with its arrays, or these, that no chapter names."""
    sources = chapters(root / "book" / "chapters")
    if path.match("rnncourse/exercises/[!_]*.py"):
        return path.stem not in {source.stem.partition("_")[2] for source in sources}
    if path.match("rnncourse/data/*") and path.with_suffix(".npz").is_file():
        return not any(path.stem in source.read_text(encoding="utf-8") for source in sources)
    return False


def needing_torch(paths: Sequence[Path], root: Path) -> set[Path]:
    """Of these modules those that import PyTorch when they are loaded, or one that does."""
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in paths}
    wanted = {path: set(_imported(ast.parse(path.read_bytes()))) for path in paths}
    lacking, found = {"torch", "rnncourse.torch"}, set[Path]()
    while more := {path for path in paths if path not in found and _any_below(wanted[path], lacking)}:
        found |= more
        lacking |= {names[path] for path in more}
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    """Full names that a module imports outside its functions."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _any_below(names: Iterable[str], places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for name in names for place in places)


def name() -> str:
    """The archive's file name; its ending is none that a server would take for a compressed transfer."""
    project = metadata()["project"]
    return f"{project['name']}-{project['version']}.packed"


def write(folder: Path, root: Path = ROOT) -> Path:
    """Write the archive into the folder."""
    target, whole = folder / name(), io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as packed:
        for path, data in contents(root).items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    target.write_bytes(gzip.compress(whole.getvalue(), compresslevel=9, mtime=0))
    return target
