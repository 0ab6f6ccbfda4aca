"""Renew the examples that stand on a page where nothing runs: the EXAMPLE of each page.py of a system.

python tools/live/examples.py [language handwriting/writing …]     those named, or all; each plays with its stored model
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems import weights
from rnncourse.systems.options import Parser
from tools.project import ROOT


def text(example: dict[str, Any]) -> str:
    """The file's content, an entry a line."""
    lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in example.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="systems, all by default")
    known = weights.page_modules()
    wanted = parser.parse_args(arguments).names or [*known]
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"no page of the system {', '.join(unknown)}; there are: {', '.join(known)}")
    for name in wanted:
        page = importlib.import_module(known[name])
        try:
            made = page.example(weights.playing(page.player([]).model))
        except (OSError, ValueError) as problem:
            print(f"error: {name}: its stored model cannot play: {problem}", file=sys.stderr)
            return 1
        page.EXAMPLE.write_text(text(made), encoding="utf-8")
        print(page.EXAMPLE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
