"""Weigh what the first click costs a reader: bytes, seconds and memory, in Chromium, printed as a table.

    python tools/live/weigh.py [PAGE]      the site must be built; on a quiet machine, for the seconds

Cold: a browser that has never been here. Warm: the same browser opens the page again. Memory is that of the page's
Python (its WebAssembly memory, which only grows), first after a verdict, then after a figure.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser
from tools import pages
from tools.chromium import browser, served

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
    with browser() as chromium, served(folder, pages.Handler) as address:
        context = chromium.new_context()
        for when in ("cold", "warm"):
            tab, sent = context.new_page(), list[int]()
            tab.goto(address + page, wait_until="load")
            tab.on("response", lambda response, sent=sent: sent.append(_size(response, folder, address)))
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


def _size(response: Any, folder: Path, address: str) -> int:
    """Bytes of a file of the site, uncompressed; 0 for what the browser had."""
    file = folder / response.url.removeprefix(address).partition("?")[0]
    return file.stat().st_size if response.status == 200 and file.is_file() else 0


if __name__ == "__main__":
    sys.exit(main())
