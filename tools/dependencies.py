"""Which part of the package does a chapter use? The closure over imports, name by name, and its digest.

Comments and blank lines do not count (the digest is over syntax trees, and the same for every Python); a package's
__init__ counts only for the names that are taken from it, so that a new chapter's module does not make the others
stale. A data file belongs to the package whose folder holds it, and counts where it is loaded:

    a module has its name                       japanese_vowels.py and japanese_vowels.npz
    a string is its full name                   read_checked("sunspots.csv", …), in its package, above or below
    a loader of its package is given its name   results.load("09_ablation"), question("09_lstm", …)
    … or takes it when nothing is said          def stored(name="plain")

A loader is a function whose module says the file's suffix, as in f"{name}.json"; one that is given a variable may be
given any string of the same text.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.syntax import absolute, dotted, exports, outline, parse, strings

PACKAGE = "rnncourse"
DATA_SUFFIXES = {".npz", ".npy", ".json", ".csv", ".js", ".css", ".safetensors", ".txt"}
SHEETS = ("exercises",)  # folders with exercises


class Closure:
    """The modules of the package in `root` that a chapter's code uses, and the data files that they load."""

    def __init__(self, root: Path, code: str) -> None:
        self.root = root
        self.parts: dict[str, str] = {}  # what counts: "module" or "package:name" → text to digest
        self.external: set[str] = set()  # top-level names imported from outside the package
        self.text = [code]
        self.files: set[Path] = set()
        data = [path for path in _files(root / PACKAGE) if path.suffix in DATA_SUFFIXES]
        self._data = {path: _package_of(path) for path in data}
        self._follow(ast.parse(code), "", root / PACKAGE)
        self._exercises(code)

    def digest(self) -> str:
        """A short fingerprint of the code and of everything in the closure."""
        total = hashlib.sha256(self.text[0].encode())
        for name in sorted(self.parts):
            total.update(f"\n{name}\n{self.parts[name]}".encode())
        for path in sorted(self.files):
            total.update(f"\n{path.relative_to(self.root)}\n".encode() + path.read_bytes())
        return total.hexdigest()[:20]

    def _follow(self, tree: ast.Module, package: str, folder: Path) -> None:
        """Follow what a text imports, and find what it loads; `folder` is where it stands."""
        packages: dict[str, str] = {}  # local name → package of ours that it stands for
        ours: dict[str, str] = {}  # local name → dotted name of ours that it stands for
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._import(alias.name)
                    if alias.name.split(".")[0] == PACKAGE:
                        ours[alias.asname or PACKAGE] = alias.name if alias.asname else PACKAGE
            elif isinstance(node, ast.ImportFrom):
                source = absolute(node, package)
                if source.split(".")[0] != PACKAGE:
                    self.external.add(source.split(".")[0])
                    continue
                for alias in node.names:
                    target, local = f"{source}.{alias.name}", alias.asname or alias.name
                    if self._is_package(target):
                        packages[local] = target
                    ours[local] = target
                    self._name(source, alias.name)
        for node in ast.walk(tree):  # widgets.neuron_map: of the package only that name counts
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in packages:
                self._name(packages[node.value.id], node.attr)
        self._load(tree, folder, ours)

    def _load(self, tree: ast.Module, folder: Path, ours: dict[str, str]) -> None:
        """Add the data files that a text loads."""
        said = set(strings(ast.walk(tree)))
        given: dict[tuple[Path, str], set[str]] = {}  # folder and suffix that a loader reads → what it is given
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (file := self._defined_in(dotted(node.func, ours))):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                constant = all(isinstance(value, ast.Constant) for value in values)
                for suffix in _suffixes(parse(file)):
                    given.setdefault((file.parent, suffix), set()).update(strings(values) if constant else said)
            elif isinstance(node, ast.arguments):
                defaults = [*node.defaults, *(value for value in node.kw_defaults if value is not None)]
                for suffix in _suffixes(tree):
                    given.setdefault((folder, suffix), set()).update(strings(defaults))
        for path, package in self._data.items():
            near = package.is_relative_to(folder) or folder.is_relative_to(package)
            if path.stem in given.get((package, path.suffix), ()) or (near and path.name in said):
                self.files.add(path)

    def _defined_in(self, name: str) -> Path | None:
        """The file of the module in which a dotted name is made, through the packages that pass it on."""
        parts = name.split(".")
        for k in range(len(parts), 0, -1):
            module, rest = ".".join(parts[:k]), parts[k:]
            if file := self._file(module):
                passed_on = exports(file, module) if rest and self._is_package(module) else {}
                return self._defined_in(passed_on[rest[0]]) if rest and rest[0] in passed_on else file
        return None

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
        tree = parse(self._file(module))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        self.parts[f"{module}:{name}"] = outline(node)
                        return self._name(absolute(node, module), alias.name)
        return self._body(module, name)

    def _body(self, module: str, name: str) -> None:
        """A name made in a package's __init__ itself: the file without its imports of other names."""
        file = self._file(module)
        assert file is not None
        tree = parse(file)
        kept = [node for node in tree.body if not isinstance(node, ast.ImportFrom) and not _is_all(node)]
        self.parts[f"{module}:{name}"] = "\n".join(map(outline, kept))
        self._follow(ast.Module(body=kept, type_ignores=[]), module, file.parent)
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
        tree = parse(file)
        self.parts[module] = outline(tree)
        self.text.append(file.read_text(encoding="utf-8"))
        self.files |= {path for path in self._data if path.with_suffix(".py") == file}
        self._follow(tree, module.rpartition(".")[0], file.parent)

    def _exercises(self, code: str) -> None:
        """check("name", …) finds its exercise by name: the sheet that has this exercise counts."""
        names = set(re.findall(r"""\b(?:check|hint|solution)\(\s*["'](\w+)["']""", code))
        sheets = [(part, file) for part in SHEETS for file in sorted((self.root / PACKAGE / part).glob("*.py"))]
        for part, file in sheets if names else ():
            if file.stem != "__init__" and names & _exercise_names(parse(file)):
                self._whole(f"{PACKAGE}.{part}.{file.stem}")

    def _file(self, module: str) -> Path | None:
        base = self.root.joinpath(*module.split("."))
        return next((p for p in (base.with_name(base.name + ".py"), base / "__init__.py") if p.is_file()), None)

    def _is_package(self, module: str) -> bool:
        return self.root.joinpath(*module.split("."), "__init__.py").is_file()


def _exercise_names(sheet: ast.Module) -> set[str]:
    """Names that a sheet may give to an exercise: its strings, its functions, and what it imports as a solution."""
    original = {a.asname: a.name for n in ast.walk(sheet) if isinstance(n, ast.ImportFrom) for a in n.names if a.asname}
    names = set(strings(ast.walk(sheet)))
    for node in ast.walk(sheet):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.keyword) and node.arg in ("solution", "reference"):
            if isinstance(node.value, ast.Name):
                names.add(original.get(node.value.id, node.value.id))
            elif isinstance(node.value, ast.Attribute):
                names.add(node.value.attr)
    return names


@cache
def _suffixes(tree: ast.AST) -> frozenset[str]:
    """The suffixes of data files that a text says."""
    texts = list(strings(ast.walk(tree)))
    return frozenset(suffix for suffix in DATA_SUFFIXES if any(suffix in text for text in texts))


def _package_of(path: Path) -> Path:
    """The folder of the package that a file belongs to."""
    return next(folder for folder in path.parents if (folder / "__init__.py").is_file())


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def _files(folder: Path) -> Iterator[Path]:
    yield from (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
