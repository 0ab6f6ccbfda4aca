"""Files that travel inside the package, read only when their hash is the one that was committed."""

from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent


def read_checked(name: str, expected: str, folder: Path = FOLDER) -> bytes:
    """Return the bytes of a packaged file after comparing their SHA-256.

    Line ends of text files are compared as "\\n", so that a checkout on Windows passes too.

    Raises
    ------
    FileNotFoundError, ValueError : the file is missing, or is not the one that was committed.
    """
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is missing from rnncourse/data; install the package again")
    content = path.read_bytes()
    if path.suffix == ".csv":
        content = content.replace(b"\r\n", b"\n")
    if (found := sha256(content).hexdigest()) != expected:
        raise ValueError(
            f"{name} has SHA-256 {found[:12]}…, expected {expected[:12]}…: it was changed; install the package again"
        )
    return content
