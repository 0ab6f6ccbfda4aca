"""A syntax tree as text: what a file says to Python, whatever its comments and line breaks."""

import ast


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
