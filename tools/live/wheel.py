"""The course's package as the page's Python needs it: nothing that needs PyTorch, no stored models, the same bytes.

A system without a stored model is none yet that a page could run.
"""

import ast
import base64
import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.project import ROOT, metadata

LEFT_OUT = {"torch", "fast", "stored", "__pycache__", "static"}
ENDINGS = {".py", ".json", ".npz", ".csv"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Path inside the wheel → bytes, in order."""
    package = root / "rnncourse"
    paths = sorted(path for path in package.rglob("*") if path.suffix in ENDINGS)
    planned = {path.parent for path in package.glob("systems/*/__init__.py") if not (path.parent / "stored").is_dir()}
    kept = [path for path in paths if not LEFT_OUT & set(path.relative_to(package).parts)]
    kept = [path for path in kept if path.parent not in planned]
    torch = needing_torch([path for path in kept if path.suffix == ".py"], root)
    kept = [path for path in kept if path not in torch]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


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
    """The wheel's file name."""
    project = metadata()["project"]
    return f"{project['name']}-{project['version']}-py3-none-any.whl"


def write(folder: Path, root: Path = ROOT) -> Path:
    """Write the wheel into the folder."""
    project = metadata()["project"]
    info = f"{project['name']}-{project['version']}.dist-info"
    files = contents(root) | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: rnncourse\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    target = folder / name()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path, data in files.items():
            packed.writestr(zipfile.ZipInfo(path, EPOCH), data, compress_type=zipfile.ZIP_DEFLATED)
    return target


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
