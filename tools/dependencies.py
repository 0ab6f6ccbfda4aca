"""Which part of the package does a chapter use? The closure over imports, name by name, and its digest.

Comments and blank lines do not count (the digest is over syntax trees); a package's __init__ counts only
for the names that are taken from it, so that a new chapter's module does not make the others stale.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "rnncourse"
DATA_SUFFIXES = {".npz", ".npy", ".json", ".csv", ".js", ".css", ".safetensors", ".txt"}


class Closure:
    """The modules of the package in `root` that a chapter's code uses, and the data files that they name."""

    def __init__(self, root: Path, code: str) -> None:
        self.root = root
        self.parts: dict[str, str] = {}  # what counts: "module" or "package:name" → text to digest
        self.external: set[str] = set()  # top-level names imported from outside the package
        self.text = [code]
        self.files: set[Path] = set()
        self._follow(ast.parse(code), package="")
        self._exercises(code)
        self._data_files()

    def digest(self) -> str:
        """A short fingerprint of the code and of everything in the closure."""
        total = hashlib.sha256(self.text[0].encode())
        for name in sorted(self.parts):
            total.update(f"\n{name}\n{self.parts[name]}".encode())
        for path in sorted(self.files):
            total.update(f"\n{path.relative_to(self.root)}\n".encode() + path.read_bytes())
        return total.hexdigest()[:20]

    def _follow(self, tree: ast.AST, package: str) -> None:
        bound: dict[str, str] = {}  # local name → package of ours that it stands for
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._import(alias.name)
            elif isinstance(node, ast.ImportFrom):
                source = _absolute(node, package)
                if source.split(".")[0] != PACKAGE:
                    self.external.add(source.split(".")[0])
                    continue
                for alias in node.names:
                    target = f"{source}.{alias.name}"
                    if self._is_package(target):
                        bound[alias.asname or alias.name] = target
                    self._name(source, alias.name)
        for node in ast.walk(tree):  # widgets.neuron_map: of the package only that name counts
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
                self._name(bound[node.value.id], node.attr)

    def _import(self, module: str) -> None:
        if module.split(".")[0] != PACKAGE:
            self.external.add(module.split(".")[0])
        elif module != PACKAGE:
            self._whole(module)

    def _name(self, module: str, name: str) -> None:
        """Follow `from module import name`."""
        if self._file(f"{module}.{name}"):
            return self._whole(f"{module}.{name}")
        if not self._is_package(module):
            return self._whole(module)
        if f"{module}:{name}" in self.parts:
            return None
        tree = _parse(self._file(module))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        self.parts[f"{module}:{name}"] = ast.dump(node)
                        return self._name(_absolute(node, module), alias.name)
        return self._body(module, name)

    def _body(self, module: str, name: str) -> None:
        """A name made in a package's __init__ itself: the file without its imports of other names."""
        tree = _parse(self._file(module))
        kept = [node for node in tree.body if not isinstance(node, ast.ImportFrom) and not _is_all(node)]
        self.parts[f"{module}:{name}"] = "\n".join(ast.dump(node) for node in kept)
        self._follow(ast.Module(body=kept, type_ignores=[]), package=module)
        # A table of lazy names ({"LSTM": "rnncourse.torch.lstm"} or {"LSTM": "lstm"}): the module given for this name.
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == name:
                        for text in (n.value for n in ast.walk(value) if isinstance(n, ast.Constant)):
                            target = str(text) if str(text).startswith(PACKAGE) else f"{module}.{str(text).lstrip('.')}"
                            if self._file(target):
                                self._whole(target)

    def _whole(self, module: str) -> None:
        file = self._file(module)
        if file is None or module in self.parts:
            return
        if self._is_package(module):  # `from rnncourse import widgets`: its names are followed where they are used
            self.parts[module] = ""
            return
        tree = _parse(file)
        self.parts[module] = ast.dump(tree)
        self.text.append(file.read_text(encoding="utf-8"))
        self._follow(tree, package=module.rpartition(".")[0])

    def _exercises(self, code: str) -> None:
        """check("name", …) finds its exercise by name: the module of checks that has this name as a string counts."""
        names = set(re.findall(r"""\b(?:check|hint|solution)\(\s*["'](\w+)["']""", code))
        for file in sorted((self.root / PACKAGE / "checks").glob("*.py")) if names else ():
            constants = {n.value for n in ast.walk(_parse(file)) if isinstance(n, ast.Constant)}
            if names & constants and file.stem != "__init__":
                self._whole(f"{PACKAGE}.checks.{file.stem}")

    def _data_files(self) -> None:
        """A data file counts when code names it ("digits.npz", or the string "digits") or a module has its name."""
        text = "\n".join(self.text)
        chapter = re.compile(r"\d\d_")  # a chapter's own file counts when the chapter itself names it
        modules = {part.partition(":")[0].rpartition(".")[2] for part in self.parts}
        for path in _files(self.root / PACKAGE):
            where = self.text[0] if chapter.match(path.stem) else text
            named = path.name in where or f'"{path.stem}"' in where or path.stem in modules
            if path.suffix in DATA_SUFFIXES and named:
                self.files.add(path)

    def _file(self, module: str) -> Path | None:
        base = self.root.joinpath(*module.split("."))
        return next((p for p in (base.with_name(base.name + ".py"), base / "__init__.py") if p.is_file()), None)

    def _is_package(self, module: str) -> bool:
        return self.root.joinpath(*module.split("."), "__init__.py").is_file()


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, node.module] if node.module else parents)


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def _parse(file: Path | None) -> ast.Module:
    assert file is not None
    return _parse_version(file, file.stat().st_mtime_ns)


@cache
def _parse_version(file: Path, _modified: int) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _files(folder: Path) -> Iterator[Path]:
    yield from (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
