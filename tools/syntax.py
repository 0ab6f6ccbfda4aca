"""What a file says to Python: its syntax tree, as text too, the strings in it, and the names that it passes on."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


def outline(node: object) -> str:
    """A syntax tree as text, the same for every Python that can run the course.

    ast.dump is not: versions differ in the fields that they show empty, in how they cut an f-string into pieces, and in
    the characters that they print as they are.
    """
    if isinstance(node, list):
        return f"[{', '.join(map(outline, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value is not None and value != []}
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _joined(node.values)
    return f"{type(node).__name__}({', '.join(f'{name}={outline(value)}' for name, value in fields.items())})"


def _joined(pieces: list[ast.expr]) -> list[object]:
    """The pieces of an f-string, neighbouring texts as one."""
    merged: list[object] = []
    for piece in pieces:
        text = piece.value if isinstance(piece, ast.Constant) else None
        if isinstance(text, str) and merged and isinstance(merged[-1], str):
            merged[-1] += text
        elif text != "":
            merged.append(piece if text is None else text)
    return merged


def parse(file: Path | None) -> ast.Module:
    assert file is not None
    return _parse_version(file, file.stat().st_mtime_ns)


@cache
def _parse_version(file: Path, _modified: int) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def strings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, node.module] if node.module else parents)


def dotted(called: ast.expr, ours: dict[str, str]) -> str:
    """The dotted name that a called expression, such as results.load or load(…)[0].double, begins with; "" if none."""
    names: list[str] = []
    while not isinstance(called, ast.Name):
        if isinstance(called, ast.Attribute):
            names.insert(0, called.attr)
        elif not isinstance(called, ast.Subscript | ast.Call):
            return ""
        called = called.func if isinstance(called, ast.Call) else called.value
    return ".".join([ours[called.id], *names]) if called.id in ours else ""


def exports(file: Path, package: str) -> dict[str, str]:
    """Name → dotted name of what a package's __init__ passes on: by import, or by a table {"LSTM": "lstm"}."""
    return _exports(parse(file), package)


@cache
def _exports(tree: ast.Module, package: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{absolute(node, package)}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name, module = (part.value if isinstance(part, ast.Constant) else None for part in (key, value))
                if isinstance(name, str) and isinstance(module, str):
                    found[name] = f"{module if module.startswith(f'{package}.') else f'{package}.{module}'}.{name}"
    return found
