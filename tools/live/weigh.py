"""Weigh what the first click costs a reader: bytes, seconds and memory, in Chromium, printed as a table.

    python tools/live/weigh.py [PAGE]      the site must be built; on a quiet machine, for the seconds

Cold: a browser that has never been here. Warm: the same browser opens the page again. Memory is that of the page's
Python (its WebAssembly memory, which only grows), first after a verdict, then after a figure.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser
from tools import pages
from tools.chromium import ARGUMENTS, browser, executable, served

PAGE = "notebooks/05_bptt.html"
VERDICT = """from rnncourse.checks import check
from rnncourse.checks.registry import find
check("neuron_step", find("neuron_step").reference).passed"""
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
MEMORY = "import pyodide_js\npyodide_js._module.HEAPU8.length"
RUN = "(source) => window.rnncourse.live.run(source)"


def main() -> int:
    any_terminal()
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", nargs="?", default=PAGE, help=f"a page of the site ({PAGE})")
    folder, page = pages.SITE, parser.parse_args().page
    if not (folder / page).is_file():
        parser.error(f"no such page of the built site: {page}")
    sent: list[int] = []
    with TemporaryDirectory() as home, browser() as chromium, served(folder, counting(sent)) as address:
        # with a home of its own it keeps files on disk, as a reader's does; a context of `browser` keeps small ones
        context = chromium.browser_type.launch_persistent_context(home, executable_path=executable(), args=ARGUMENTS)
        for when in ("cold", "warm"):
            tab = context.new_page()
            tab.goto(address + page, wait_until="load")
            for words, source in (("a verdict", VERDICT), ("a figure", FIGURE)):
                began, before = time.perf_counter(), sum(sent)
                answer = tab.evaluate(RUN, source)
                seconds = time.perf_counter() - began
                if answer["error"]:
                    print(answer["error"])
                    return 1
                memory = int(tab.evaluate(RUN, MEMORY)["text"]) / 1e6
                loaded = (sum(sent) - before) / 1e6
                print(f"{when}, {words:10s} {loaded:6.1f} MB {seconds:6.1f} s, holds {memory:4.0f} MB")
            tab.close()
        context.close()
    return 0


def counting(sent: list[int]) -> type[pages.Handler]:
    """Serves the site and notes the bytes of each file that leaves; what a browser has already does not."""

    class Counting(pages.Handler):
        def copyfile(self, source: Any, outputfile: Any) -> None:
            sent.append(os.fstat(source.fileno()).st_size)
            super().copyfile(source, outputfile)

    return Counting


if __name__ == "__main__":
    sys.exit(main())
