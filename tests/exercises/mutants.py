"""Small changes of a function's source: a sign, an index, an axis, a transpose, a name, a line left out."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """name : "line:column: before → after", lines counted in the function; stable while its source stays the same."""

    name: str
    function: Callable[..., Any]


OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
}


def mutants(function: Callable[..., Any]) -> list[Mutant]:
    """Every change of the function's body, argument checks (an `if` that raises) left alone."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    body = tree.body[0]
    assert isinstance(body, ast.FunctionDef)
    names = [a.arg for a in body.args.args]
    found: dict[str, Mutant] = {}
    for path, node in list(_walk(body)):
        for changed in _changes(node, names):
            name = f"{node.lineno}:{node.col_offset}: {_text(node)} → {_text(changed)}"  # type: ignore[attr-defined]
            made = _build(tree, path, changed, function, name)
            if made is not None and name not in found:
                found[name] = Mutant(name, made)
    return list(found.values())


Path = tuple[tuple[str, int | None], ...]


def _walk(node: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.AST]]:
    """Each node of the body with the way to it; annotations, docstrings and argument checks are left out."""
    for field, value in ast.iter_fields(node):
        if field in ("args", "returns", "decorator_list", "annotation") and isinstance(
            node, ast.FunctionDef | ast.AnnAssign
        ):
            continue
        items = [(k, v) for k, v in enumerate(value)] if isinstance(value, list) else [(None, value)]
        for k, child in items:
            if not isinstance(child, ast.AST) or _is_guard(child):
                continue
            here = (*path, (field, k))
            yield here, child
            yield from _walk(child, here)


def _is_guard(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.If | ast.For) and any(isinstance(n, ast.Raise) for n in ast.walk(node))


def _changes(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        other = OPERATORS.get(type(node.op))
        if other:
            yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(node.left, ast.MatMult(), ast.Attribute(node.right, "T", ast.Load()))
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Call):
        yield from _changed_call(node)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        k = names.index(node.id)
        for other_name in {names[k - 1], names[(k + 1) % len(names)]} - {node.id}:
            yield ast.Name(other_name, ast.Load())
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for k in range(len(node.elts) - 1):
            order = [*node.elts[:k], node.elts[k + 1], node.elts[k], *node.elts[k + 2 :]]
            yield ast.Tuple(order, ast.Load())
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        yield ast.Pass()


def _changed_call(node: ast.Call) -> Iterator[ast.AST]:
    """A function left out; zeros for ones."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in ("tanh", "reversed", "abs", "sqrt", "log", "exp", "sigmoid") and len(node.args) == 1:
        yield node.args[0]
    if called in ("zeros_like", "zeros", "ones_like", "ones") and isinstance(node.func, ast.Attribute):
        swapped = called.replace("zeros", "?").replace("ones", "zeros").replace("?", "ones")
        yield ast.Call(ast.Attribute(node.func.value, swapped, ast.Load()), node.args, node.keywords)
    if called == "sum" and isinstance(node.func, ast.Attribute):
        yield ast.Call(ast.Attribute(node.func.value, "mean", ast.Load()), node.args, node.keywords)
    if called == "copy" and isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value


def _build(tree: ast.Module, path: Path, changed: ast.AST, function: Callable[..., Any], name: str) -> Any:
    """The function with one node replaced, or None where Python refuses it."""
    new = copy.deepcopy(tree)
    node: Any = new.body[0]
    for field, k in path[:-1]:
        node = getattr(node, field) if k is None else getattr(node, field)[k]
    field, k = path[-1]
    if k is None:
        setattr(node, field, copy.deepcopy(changed))
    else:
        getattr(node, field)[k] = copy.deepcopy(changed)
    space = dict(inspect.unwrap(function).__globals__)
    try:
        exec(compile(ast.fix_missing_locations(new), f"<mutant {name}>", "exec"), space)
    except (SyntaxError, ValueError, TypeError):
        return None
    return space[function.__name__]


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
