"""A Sphinx extension that folds the scaffolding: a cell that claims, asks or draws shows its result first.

The rule reads the code alone (`what_it_shows`), so nothing is stored and no notebook is executed for it. A cell that
defines a function or a class stays open, since that is what is being taught; so does one with the tag `show-input` or
`exercise`. A cell with the tag `hide-input` is folded in any case. A figure with panels side by side gets the tag
`several-panels`, for the page of a phone.
"""

import ast
import json
import re
from typing import Any

from sphinx.application import Sphinx

OPEN = {"show-input", "exercise"}
TAUGHT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SIDE_BY_SIDE = re.compile(
    r"subplots\(\s*(?:\d+, *(?:[2-9]|len\()|.*\bncols=[2-9])"
    r"|\b(?:picture_row|plots\.unfolded)\("  # many small pictures, many small words
)


def what_it_shows(source: str, *, figure: bool = False) -> str | None:
    """What a cell is there to show: "claim", "question", "figure", or None for a cell whose code is to be read.

    figure : whether the cell has alt text, which every cell with a picture must have.
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic of IPython
        return None
    if not statements or any(isinstance(part, TAUGHT) for statement in statements for part in ast.walk(statement)):
        return None
    last = statements[-1]
    called = ast.unparse(last.value.func) if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else ""
    if called in ("claim", "question"):
        return called
    return "figure" if figure or called == "plt.show" or called.startswith(("widgets.", "page.")) else None


def folded(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the tag `hide-input` on the cells that are to be folded, and words for what opens them."""
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        tags, own = metadata.get("tags", []), metadata.get("mystnb", {})
        if cell["cell_type"] != "code" or OPEN & set(tags):
            continue
        shows = what_it_shows("".join(cell["source"]), figure="alt" in own.get("image", {}))
        if SIDE_BY_SIDE.search("".join(cell["source"])):
            metadata["tags"] = tags = [*tags, "several-panels"]
        if shows or "hide-input" in tags:
            words = f"code of this {shows or 'cell'}"
            metadata["tags"] = [*tags, *({"hide-input"} - set(tags))]
            metadata["mystnb"] = {
                "code_prompt_show": f"Show the {words}",
                "code_prompt_hide": f"Hide the {words}",
                **own,
            }
    return notebook


def fold(app: Sphinx, docname: str, source: list[str]) -> None:
    """As a chapter is read."""
    if docname.startswith("notebooks/"):
        source[0] = json.dumps(folded(json.loads(source[0])))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
