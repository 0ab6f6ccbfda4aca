"""The course's package as the page's Python needs it: no PyTorch, no stored models, the same bytes each time."""

import base64
import hashlib
import zipfile
from pathlib import Path

from tools.project import ROOT, metadata

LEFT_OUT = {"torch", "fast", "stored", "__pycache__", "static"}
ENDINGS = {".py", ".json", ".npz", ".csv"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Path inside the wheel → bytes, in order."""
    package = root / "rnncourse"
    paths = sorted(path for path in package.rglob("*") if path.suffix in ENDINGS)
    kept = [path for path in paths if not LEFT_OUT & set(path.relative_to(package).parts)]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


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
