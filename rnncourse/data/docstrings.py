"""What a function does, in its author's paragraphs and in a first line: pairs from packages that are installed here.

A docstring has a first line that says what the thing does, and often paragraphs that say it at length. The paragraphs
are the text, the first line is its summary. The packages' files are read as syntax trees and never imported, so that
nothing of them runs; a file that cannot be read is passed over. Another version of a package has other docstrings:
`Docstrings.fingerprint` tells them apart.

Many docstrings are copies of one another with a few words changed: of a method and its function, of forty norms of one
module. Whoever splits such pairs at random has nearly the same text on both sides; experiments/13_summaries.py.
"""

import ast
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.reference._validation import check_count

SOURCE = "docstrings of Matplotlib, NetworkX, NumPy, pandas, SciPy, scikit-learn, SymPy and PyTorch, as installed"
LICENCE = "BSD-3 (Matplotlib: its own, of PSF's kind): read where they are installed and never copied"
# The folders that are read, each without those below it where it ends in "/".
FOLDERS = {
    "matplotlib": ("",),
    "networkx": ("",),
    "numpy": ("",),
    "pandas": ("",),
    "scipy": ("",),
    "sklearn": ("",),
    "sympy": ("",),
    "torch": ("/", "nn/", "optim", "distributions", "linalg", "fft", "special", "sparse", "signal", "autograd"),
}
DISTRIBUTIONS = {"sklearn": "scikit-learn"}  # where it is not the package's name
PASSED_OVER = {"tests", "testing", "test", "externals", "_external", "_vendored", "array_api_compat"}
PINNED = "29e55b5f79b49c60"  # the fingerprint with the versions in constraints.txt

SUMMARY, TEXT = (3, 20), (12, 40)  # tokens: a summary of another length is left out, a text short of it, or cut
WORD = re.compile(r"[a-z0-9_]+(?:'[a-z]+)?|[^\sa-z0-9_]")
ROLE = re.compile(r":[\w:]+:`[~!]?([^`<]*?)(?:\s*<[^`>]*>)?`|[`*]+")  # :func:`name`, ``literal``, *strong*
SIGNATURE = re.compile(r"[\w.]+\(.*\)(\s*->.*)?", re.DOTALL)
HEADINGS = "Parameters|Arg(ument)?s|Returns?|Yields|Raises|Attributes|Examples?|See Also|Notes?|References|Methods"
HEADINGS += "|Explanation|Warn(ing)?s?|Shape|Keyword Arg(ument)?s|Other Parameters|Inputs?|Outputs?|Variables"
SECTION = re.compile(rf"({HEADINGS})\s*:*\s*(\n|$)|>>>|ACCEPTS|:param|\w+ : ")
Pair = tuple[list[str], list[str]]


class Docstrings(NamedTuple):
    """N pairs, in the order of packages, files and lines."""

    packages: list[str]
    texts: list[list[str]]  # words and signs, in small letters
    summaries: list[list[str]]

    @property
    def fingerprint(self) -> str:
        """Of what was read, whatever the versions are called."""
        return hashlib.sha256(repr((self.texts, self.summaries)).encode()).hexdigest()[:16]


class Split(NamedTuple):
    """Places of the pairs to train on, to choose by and to report."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@lru_cache(maxsize=1)
def load() -> Docstrings:
    """Read all pairs, a text that comes again only once; this takes twelve seconds of processor time.

    Raises
    ------
    ModuleNotFoundError : a package is missing; the message says how to install it.
    """
    found: dict[tuple[str, ...], tuple[str, list[str], list[str]]] = {}
    for package in FOLDERS:
        for path in _files(package):
            for docstring in docstrings(path.read_bytes()):
                if pair := pair_of(docstring):
                    found.setdefault(tuple(pair[0]), (package, *pair))
    rows = found.values()
    return Docstrings([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def versions() -> dict[str, str]:
    """The version of each package, by the name that pip has for it."""
    names = (DISTRIBUTIONS.get(package, package) for package in FOLDERS)
    return {name: metadata.version(name) for name in names}


def split(summaries: list[list[str]], number: int, rng: np.random.Generator) -> Split:
    """Draw `number` summaries for validation and twice as many to report; all pairs that have one go with it.

    No summary is in two parts. Texts may be nearly the same: that is left to who uses it.

    Raises
    ------
    ValueError : number is below 1, or nothing would be left to train on.
    """
    lines = [" ".join(summary) for summary in summaries]
    distinct = sorted(set(lines))
    check_count("number", number, 1, (len(distinct) - 1) // 3)
    mixed = dict(zip(distinct, rng.permutation(len(distinct)), strict=True))
    place = np.array([mixed[line] for line in lines])
    validation, test = place < number, (place >= number) & (place < 3 * number)
    return Split(*(np.flatnonzero(part) for part in (~(validation | test), validation, test)))


def docstrings(source: bytes) -> Iterator[str]:
    """The docstrings of a file's public functions and classes, and those that it gives to compiled ones."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a template, or bytes that are no text
        return
    for node in _statements(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if found := ast.get_docstring(node):
                yield found
        elif isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Call):
            call = node.value
            if ast.unparse(call.func).endswith(("add_newdoc", "add_docstr")):
                strings = (part.value for part in ast.walk(call) if isinstance(part, ast.Constant))
                yield from (cleandoc(part) for part in strings if isinstance(part, str))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements inside, in the order of lines; expressions, which are many, are not gone through."""
    for inner in getattr(node, "body", ()):
        yield inner
        yield from _statements(inner)


def pair_of(docstring: str) -> Pair | None:
    """The paragraphs up to the first section, and the first line; None where one of them has too few words.

    Formulas that stand alone, lists and what is set in are left out.
    """
    first, *rest = (part.rstrip() for part in re.split(r"\n\s*\n", docstring))
    if SIGNATURE.fullmatch(first) and rest:
        first, *rest = rest
    elif "\n" in first and SIGNATURE.fullmatch(first.split("\n")[0]):
        first = first.split("\n", 1)[1]
    end = next((n for n, part in enumerate(rest) if SECTION.match(part)), len(rest))
    plain = " ".join(part for part in rest[:end] if not part.startswith((" ", ".. ", "- ", "* ")))
    text, summary = tokens(plain)[: TEXT[1]], tokens(first.rstrip(". "))
    whole = len(text) >= TEXT[0] and SUMMARY[0] <= len(summary) <= SUMMARY[1]
    return (text, summary) if whole else None


def tokens(text: str) -> list[str]:
    """Words and signs in small letters, without the marks of reStructuredText."""
    return WORD.findall(ROLE.sub(r"\1", text).lower())


def _files(package: str) -> list[Path]:
    """A package's files of Python in the order of their names, found without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        message = f'the docstrings of {package} are not here: pip install "rnncourse[torch,test,extra-data]"'
        raise ModuleNotFoundError(message)
    root = Path(found.origin).parent
    paths: set[Path] = set()
    for folder in FOLDERS[package]:
        paths.update((root / folder.strip("/")).glob("*.py" if folder.endswith("/") else "**/*.py"))
    inside = (path.relative_to(root) for path in paths)
    return [root / path for path in sorted(inside, key=Path.as_posix) if PASSED_OVER.isdisjoint(path.parts)]
