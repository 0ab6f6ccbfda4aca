"""Runs the page's cells inside the browser's Python: one namespace, and of each cell what a notebook would show.

Loaded by worker.js; runs in any Python, which is how it is tested. Nothing here knows the browser.
"""

import ast
import base64
import contextlib
import io
import linecache
import logging
import symtable
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

NAMESPACE: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
PAST: dict[str, list[bool | None]] = {}  # verdicts of other pages
PLOTTING = ("matplotlib", "rnncourse.plots")
LONGEST = 200_000  # characters of output that a cell may print


class Output(io.TextIOBase):
    """What a cell prints, in order, to a limit."""

    def __init__(self) -> None:
        self.parts, self.left = list[str](), LONGEST

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.parts.append(text[: self.left])
        elif self.left == 0 and text:
            self.parts.append("\n… (the rest of the output is not shown)\n")
            self.left = -1
        self.left = max(self.left - len(text), 0) if self.left > 0 else self.left
        return len(text)

    def text(self) -> str:
        return "".join(self.parts)


def global_names(source: str) -> list[str]:
    """Names that the code reads from the namespace, in functions as well; none where it is not Python."""
    found, tables = {}, []
    with contextlib.suppress(SyntaxError, ValueError):
        tables.append(symtable.symtable(source, "cell", "exec"))
    while tables:
        table = tables.pop()
        outermost = table.get_type() == "module"
        names = [s.get_name() for s in table.get_symbols() if s.is_referenced() and (outermost or s.is_global())]
        found.update(dict.fromkeys(names))
        tables += table.get_children()
    return list(found)


def parsed(source: str) -> ast.Module:
    """The source as a tree; an empty one where it is not Python, for the run will say so."""
    with contextlib.suppress(SyntaxError, ValueError):
        return ast.parse(source)
    return ast.Module([], [])


def imports_of(sources: Sequence[str]) -> dict[str, str]:
    """Name → the statement that imports it, of the import lines of some cells."""
    found = {}
    for source in sources:
        for node in parsed(source).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    found[name] = ast.unparse(_one(node, alias))
    return found


def _one(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.ImportFrom):
        return ast.ImportFrom(node.module, [alias], node.level)
    return ast.Import([alias])


def prelude(source: str, above: Sequence[str]) -> str:
    """The imports of the cells above that this cell needs and nobody has run yet, a statement a line."""
    known = imports_of(above)
    own = imports_of([source])
    return "\n".join(known[name] for name in global_names(source) if name in known and name not in {*NAMESPACE, *own})


class Absent:
    """Stands for what could not be imported, and says so when it is used: lines before that one still run."""

    def __init__(self, error: Exception) -> None:
        self.__dict__["error"] = error

    def __getattr__(self, name: str) -> Any:
        raise self.__dict__["error"].with_traceback(None)

    def __call__(self, *given: Any, **named: Any) -> Any:
        raise self.__dict__["error"].with_traceback(None)


def _only_import(statement: str) -> ast.Import | ast.ImportFrom:
    node = ast.parse(statement).body[0]
    assert isinstance(node, ast.Import | ast.ImportFrom)
    return node


def _import(statements: str) -> None:
    """Make the imports, each on its own; what a browser lacks becomes Absent."""
    for statement in statements.splitlines():
        try:
            exec(statement, NAMESPACE)
        except ModuleNotFoundError as error:
            alias = _only_import(statement).names[0]
            NAMESPACE[alias.asname or alias.name.partition(".")[0]] = Absent(error)


def needs_plotting(source: str, above: Sequence[str] = ()) -> bool:
    """Whether running this would import matplotlib."""
    text = [*imports_of([prelude(source, above), source]).values()]
    return any(place in _module(statement) for statement in text for place in PLOTTING)


def _module(statement: str) -> str:
    node = _only_import(statement)
    if isinstance(node, ast.ImportFrom):
        return f"{node.module}.{node.names[0].name}"
    return node.names[0].name


def plan(source: str, above: Sequence[str]) -> dict[str, Any]:
    """What must be loaded and said before the cell runs."""
    plotting = "matplotlib" not in sys.modules and needs_plotting(source, list(above))
    return {"plotting": plotting, "missing": missing(source, above)}


def missing(source: str, above: Sequence[str]) -> list[str]:
    """Names that the cell uses, that cells above make, and that nobody has made yet: those cells must run first."""
    made = {name for code in above for node in parsed(code).body for name in _bound(node)} - imports_of(above).keys()
    lines = parsed(source).body
    own = {name for node in lines if not isinstance(node, ast.AugAssign) for name in _bound(node)}
    changed = [name for node in lines if isinstance(node, ast.AugAssign) for name in _bound(node)]
    used = dict.fromkeys([*global_names(source), *changed])
    return [name for name in used if name in made - own and name not in NAMESPACE]


def _bound(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a cell makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return [node.name]
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def run(source: str, name: str = "cell", above: Sequence[str] = ()) -> dict[str, Any]:
    """Run one cell: {"text": printed and last value, "html": rich output or None, "error": traceback or None}."""
    file, output, html, error = f"<{name}>", Output(), list[str](), None
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), _figures(html):
        try:
            _import(prelude(source, list(above)))
            _recall()
            _show(_value(source, file), output, html)
        except KeyboardInterrupt:
            error = "stopped: the cell was interrupted"
        except BaseException as problem:
            error = _traceback(problem, file)
    text = output.text().encode("utf-8", "replace").decode()  # half a surrogate pair cannot leave Python
    return {"text": text, "html": "\n".join(html) or None, "error": error}


def _value(source: str, file: str) -> Any:
    """The cell's last value, None where it does not end with one."""
    tree = ast.parse(source, file)
    last = tree.body[-1] if tree.body else None
    silent = source.rstrip().endswith(";")
    if not isinstance(last, ast.Expr):
        exec(compile(tree, file, "exec"), NAMESPACE)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), file, "exec"), NAMESPACE)
    value = eval(compile(ast.Expression(last.value), file, "eval"), NAMESPACE)
    return None if silent else value


def _show(value: Any, output: Output, html: list[str]) -> None:
    """The last value, as a notebook shows it: HTML where its class has any, else text."""
    if value is None:
        return
    made = type(value)
    bundle: dict[str, Any] = {}
    if hasattr(made, "_repr_mimebundle_"):
        bundle = made._repr_mimebundle_(value, include=None, exclude=None) or {}
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    rich = bundle.get("text/html") or (made._repr_html_(value) if hasattr(made, "_repr_html_") else None)
    if isinstance(rich, str):
        html.append(rich)
    plain = bundle.get("text/plain")
    output.write(plain if isinstance(plain, str) else repr(value))


@contextlib.contextmanager
def _figures(html: list[str]) -> Iterator[None]:
    """Every figure that a cell leaves behind becomes a picture; show() leaves it, as a notebook does."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its search for fonts
    warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        picture = io.BytesIO()
        pyplot.figure(number).savefig(picture, format="png", dpi=110)
        data = base64.b64encode(picture.getvalue()).decode()
        html.append(f'<img alt="The figure that this cell draws" src="data:image/png;base64,{data}">')
    pyplot.close("all")


def _traceback(problem: BaseException, file: str) -> str:
    """The traceback from the learner's own line on, without the lines of this file."""
    if isinstance(problem, SyntaxError) and problem.filename == file:
        return "".join(traceback.format_exception_only(problem)).rstrip()
    frames = traceback.extract_tb(problem.__traceback__)
    inside = next((k for k, frame in enumerate(frames) if frame.filename == file), len(frames))
    lines = traceback.format_list(frames[inside:])
    return "".join(["Traceback (most recent call last):\n", *lines, *traceback.format_exception_only(problem)]).rstrip()


def verdicts() -> dict[str, list[bool | None]]:
    """Exercise → its verdicts so far, of all that was checked in this browser."""
    _recall()
    registry = sys.modules.get("rnncourse.checks.registry")
    return {name: list(found) for name, found in (registry.tried if registry else PAST).items()}


def remember(past: dict[str, list[bool | None]]) -> None:
    """What was checked on other pages, for progress()."""
    PAST.update(past)


def _recall() -> None:
    """Tell the checks what was tried on other pages, once they are imported."""
    if (registry := sys.modules.get("rnncourse.checks.registry")) is not None:
        while PAST:
            name, found = PAST.popitem()
            registry.tried[name] = [*found, *registry.tried.get(name, [])]
