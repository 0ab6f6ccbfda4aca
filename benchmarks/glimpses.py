"""One picture on one thread: convolutions on all pixels, and four glimpses, against the picture's size.

The figure is chapter 15's.

    python benchmarks/glimpses.py             benchmarks/results/glimpses.json, two minutes
    python benchmarks/glimpses.py --quick --output FOLDER     every path in small, seconds; such times say nothing

Forward, one picture after the other, untrained networks: what they answer does not change what they cost. "pyramid"
averages the whole picture once, "crop" what each window needs, which PyTorch gathers by index. With three scales the
sensor sees as much of a large picture as of a small one; "spanning", the control, has so many scales that its coarsest
window spans the picture: then every pixel is needed, and cropping saves nothing. CPU time, which other load hardly
changes; the median over rounds in which all take turns. Beside it what is counted, `systems.glimpses.cost_of`.
"""

import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems import glimpses
from rnncourse.systems.options import Parser, new_folder, whole

RESULTS = Path(__file__).parent / "results"
SIDES = (40, 60, 100, 200, 400)
LARGER = (800, 1600)  # for glimpses alone: there the convolutions' linear layer has 164 million weights and more
SPANNED = {48: 3, 96: 4, 192: 5, 384: 6}  # side → scales, 12 · 2^(scales − 1) is the side
QUICK = 24


def contestants(quick: bool) -> dict[str, tuple[Any, dict[str, bool]]]:
    """Name, "crop 400" → (network, options of its call)."""
    found: dict[str, tuple[Any, dict[str, bool]]] = {}
    for side in (QUICK,) if quick else SIDES:
        found[f"convolutions {side}"] = glimpses.ConvNet(side=side).eval(), {}
    for way in ("pyramid", "crop"):
        for side in (QUICK, 2 * QUICK) if quick else SIDES + LARGER:
            found[f"{way} {side}"] = glimpses.Looker(side=side).eval(), {"crop": way == "crop"}
        for side, scales in {48: 3}.items() if quick else SPANNED.items():
            found[f"spanning {way} {side}"] = glimpses.Looker(side=side, scales=scales).eval(), {"crop": way == "crop"}
    return found


def measure(rounds: int, quick: bool) -> list[dict[str, Any]]:
    """A row for each contestant: milliseconds of CPU time, and what is counted."""
    rng, all_of_them = np.random.default_rng(0), contestants(quick)
    pictures = {
        side: torch.from_numpy(rng.random((1, side, side), dtype=np.float32))
        for side in {network.settings["side"] for network, _ in all_of_them.values()}
    }
    times: dict[str, list[float]] = {name: [] for name in all_of_them}
    with torch.inference_mode():
        for turn in tqdm(range(rounds + 1), unit="round"):
            for name, (network, options) in all_of_them.items():
                begin = time.process_time()
                network(pictures[network.settings["side"]], **options)
                if turn:  # the first warms up
                    times[name].append(1000 * (time.process_time() - begin))
    rows = []
    for name, (network, options) in all_of_them.items():
        way, side = name.rsplit(" ", 1)
        quarters = statistics.quantiles(times[name], n=4) if rounds > 1 else times[name] * 3
        cost = glimpses.cost_of(network, **options)
        row = {"way": way, "side": int(side), "milliseconds": round(statistics.median(times[name]), 4)}
        rows.append(row | {"quarters": [round(quarters[k], 4) for k in (0, 2)]} | cost._asdict())
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Milliseconds and millions of products and sums, as text."""
    lines = [f"{'':18}{'side':>6}{'ms':>10}{'counted, millions':>20}"]
    for row in rows:
        counted = (row["seeing"] + row["thinking"]) / 1e6
        lines.append(f"{row['way']:18}{row['side']:6}{row['milliseconds']:10.2f}{counted:20.3f}")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo")
    cpu = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.is_file() else []
    return {
        "processor": cpu[0].split(":")[1].strip() if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": platform.system(),
    }


def main() -> None:
    any_terminal()
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, every path")
    parser.add_argument("--rounds", type=whole(1, 10_000), default=None, help="measurements of each contestant")
    parser.add_argument("--output", type=new_folder, default=RESULTS, help="folder for the JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    begun, load = time.perf_counter(), os.getloadavg()[0]
    rows = measure(options.rounds or (2 if options.quick else 50), options.quick)
    report = {
        "machine": machine(),
        "load_average": {"before": load, "after": os.getloadavg()[0]},
        "quick": options.quick,
        "rows": rows,
    }
    report["about"] = {
        "command": " ".join(["python benchmarks/glimpses.py", *sys.argv[1:]]),
        "seconds": round(time.perf_counter() - begun),
        "machine": "{processor}, {threads} of {cores} cores".format(**report["machine"]),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (options.output / "glimpses.json").write_text(text, encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
