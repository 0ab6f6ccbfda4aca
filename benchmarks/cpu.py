"""Recurrent layers on a CPU: rnncourse.fast against the page's loop and against torch.nn, with all gradients.

The figure is for chapter 20.

    python benchmarks/cpu.py            the table on two threads, benchmarks/results/cpu.json and cpu.svg, a few minutes
    python benchmarks/cpu.py --threads 1 --name cpu_one_thread     the same on one thread
    python benchmarks/cpu.py --quick --output FOLDER     every path in small, seconds; such times say nothing

Every figure is a ratio ours ÷ theirs, below 1 where ours is faster: float32, forward and backward, gradients of the
input, the initial state and all weights on both sides, the same weights and threads. Each contestant lives in its own
process (two thread pools in one process disturb each other) and they take turns. What counts is the median over rounds
of the ratio within a round, so that other load hits both sides; "ratio_of_best" compares the shortest times, which load
that comes and goes disturbs less. On one thread (--threads 1) CPU time is measured, which other load hardly changes; on
two, time on the clock, which needs a quiet machine: the threads wait for one another. Before any timing, all must give
the same sums of results.

OpenBLAS picks its kernels by the processor unless OPENBLAS_CORETYPE says otherwise. The contestants run without that
variable, as they do on a reader's machine; --keep-environment leaves it as it is.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import THREADS, Parser, new_folder, stem
from rnncourse.systems.options import whole as whole_number

RESULTS = Path(__file__).parent / "results"
CONFIGS = {"a": (100, 32, 64, 128), "b": (100, 64, 256, 512), "c": (1000, 1, 64, 128)}  # T, B, D, H
QUICK = {"a": (6, 3, 2, 4), "b": (5, 4, 3, 6), "c": (12, 1, 2, 4)}
REPEATS = {"a": 5, "b": 2, "c": 5}  # passes in one measurement; the best of them counts
LABELS = {"loop": "the page's loop", "torch": "torch.nn"}
# (cell, ours ÷ theirs) → the ratio to reach on a, b, c.
TARGETS = {
    ("lstm", "loop"): (0.5, 0.67, 0.125),
    ("lstm", "torch"): (1.5, 1.05, 1.4),
    ("gru", "torch"): (1.0, 1.1, 0.2),
}
K = 50  # steps of a window of truncated BPTT
TEXTS = (1000, 2000, 4000, 8000, 16000)
QUICK_TEXTS = (100, 200)
WHOLE = 4  # plain BPTT is measured on texts up to the longest ÷ WHOLE


def arguments(cell: str, T: int, B: int, D: int, H: int) -> tuple:
    """x, state0, params and dh in float32, the same in every process."""
    from rnncourse.reference import init_params

    rng = np.random.default_rng(0)
    x, dh = rng.standard_normal((T, B, D)), rng.standard_normal((T, B, H))
    state0 = tuple(rng.standard_normal((B, H)).astype(np.float32) for _ in range(2 if cell == "lstm" else 1))
    params = init_params(cell, D, H, rng=rng, dtype=np.float32)
    return x.astype(np.float32), state0, params, dh.astype(np.float32)


def numpy_pass(module: Any, cell: str, shape: tuple[int, ...]) -> Callable[[], list]:
    """A function that runs forward and backward once and returns h and all gradients."""
    x, state0, params, dh = arguments(cell, *shape)
    forward, backward = getattr(module, f"{cell}_forward"), getattr(module, f"{cell}_backward")

    def once() -> list:
        h, _, cache = forward(x, state0, params)
        dx, dstate0, grads = backward(dh, None, cache)
        return [h, dx, *dstate0, *grads[:4]]

    return once


def torch_pass(cell: str, shape: tuple[int, ...]) -> Callable[[], list]:
    import torch

    x, state0, params, dh = arguments(cell, *shape)
    layer = getattr(torch.nn, cell.upper())(shape[2], shape[3])
    with torch.no_grad():
        for tensor, value in zip(layer.parameters(), params[:4], strict=True):
            tensor.copy_(torch.from_numpy(value))
    inputs = [torch.tensor(x, requires_grad=True), *(torch.tensor(s[None], requires_grad=True) for s in state0)]
    dh_tensor = torch.from_numpy(dh)

    def once() -> list:
        h = layer(inputs[0], tuple(inputs[1:]) if cell == "lstm" else inputs[1])[0]
        return [h.detach(), *torch.autograd.grad(h, [*inputs, *layer.parameters()], dh_tensor)]

    return once


def serve(contestant: str, threads: int) -> None:
    """A contestant's process: a line asks [cell, shape, repeats], a line answers [best seconds, sums of results]."""
    if contestant == "torch":
        import torch

        torch.set_num_threads(threads)
    else:
        from rnncourse import fast, reference
    clock = time.process_time if threads == 1 else time.perf_counter
    known: dict[str, Callable[[], list]] = {}
    for line in sys.stdin:
        cell, shape, repeats = json.loads(line)
        key = f"{cell} {shape}"
        if key not in known:
            module = None if contestant == "torch" else fast if contestant == "fast" else reference
            known = {key: torch_pass(cell, shape) if module is None else numpy_pass(module, cell, shape)}
            known[key]()  # warm up
        seconds = []
        for _ in range(repeats):
            start = clock()
            results = known[key]()
            seconds.append(clock() - start)
        print(json.dumps([min(seconds), [float(abs(r).sum()) for r in results]]), flush=True)


class Contestants:
    """The three processes, asked one at a time."""

    def __init__(self, threads: int, keep_environment: bool) -> None:
        environment = {k: v for k, v in os.environ.items() if keep_environment or not k.startswith("OPENBLAS_")}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        environment["PYTHONPATH"] = str(Path(__file__).parent.parent)
        self.processes = {
            name: subprocess.Popen(
                [sys.executable, __file__, "--serve", name, "--threads", str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            for name in ("fast", "loop", "torch")
        }

    def ask(self, name: str, cell: str, shape: tuple[int, ...], repeats: int) -> tuple[float, list[float]]:
        process = self.processes[name]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([cell, shape, repeats]) + "\n")
        process.stdin.flush()
        seconds, sums = json.loads(process.stdout.readline())
        return seconds, sums

    def close(self) -> None:
        for process in self.processes.values():
            process.communicate()


def race(contestants: Contestants, cell: str, config: str, shape: tuple[int, ...], rounds: int) -> dict[str, Any]:
    """Times of all contestants, taking turns; AssertionError where their results differ."""
    names = list(contestants.processes)
    sums = {name: contestants.ask(name, cell, shape, 1)[1] for name in names}
    for name in names:
        assert np.allclose(sums[name], sums["loop"], rtol=1e-3), f"{cell} {config}: {name} and the loop differ"
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in tqdm(range(rounds), desc=f"{cell} {config}", disable=None):
        for name in names[turn % 3 :] + names[: turn % 3]:
            times[name].append(contestants.ask(name, cell, shape, REPEATS[config])[0])
            time.sleep(0.03)  # idle threads of the last one stop spinning
    ratios = {
        other: [ours / theirs for ours, theirs in zip(times["fast"], times[other], strict=True)]
        for other in ("loop", "torch")
    }
    return {
        "milliseconds": {name: 1e3 * statistics.median(values) for name, values in times.items()},
        "milliseconds_best": {name: 1e3 * min(values) for name, values in times.items()},
        "ratio": {other: statistics.median(values) for other, values in ratios.items()},
        "ratio_quartiles": {other: list(np.quantile(values, [0.25, 0.75])) for other, values in ratios.items()},
        "ratio_of_best": {other: min(times["fast"]) / min(times[other]) for other in ratios},
    }


def text(T: int, B: int, D: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A text that is made as it is read: (x_t, target_t), never all in memory."""
    rng = np.random.default_rng(0)
    return ((rng.standard_normal((B, D)), rng.standard_normal((B, D))) for _ in range(T))


def truncation(T: int, B: int = 8, H: int = 32) -> Callable[[], None]:
    """Truncated BPTT with k1 = k2 = K over a text of T steps."""
    from rnncourse.fast import lstm_backward, lstm_forward
    from rnncourse.reference import init_params, squared_error, truncated_bptt

    params = init_params("lstm", H, H, rng=np.random.default_rng(1))

    def once() -> None:
        for _ in truncated_bptt(lstm_forward, lstm_backward, squared_error, text(T, B, H), None, params, k1=K, k2=K):
            pass

    return once


def whole(T: int, B: int = 8, H: int = 32) -> Callable[[], None]:
    """Plain BPTT over the same text: everything is kept until the end."""
    from rnncourse.fast import lstm_backward, lstm_forward
    from rnncourse.reference import init_params, squared_error

    params = init_params("lstm", H, H, rng=np.random.default_rng(1))

    def once() -> None:
        x, targets = (np.stack(part) for part in zip(*text(T, B, H), strict=True))
        h, _, cache = lstm_forward(x, None, params)
        lstm_backward(squared_error(h, targets)[1], None, cache)

    return once


def measure_text(lengths: tuple[int, ...], rounds: int) -> list[dict[str, Any]]:
    """CPU seconds and peak memory against the length of the text."""
    runs = {("truncated", T): truncation(T) for T in lengths}
    runs |= {("whole", T): whole(T) for T in lengths if max(lengths) >= WHOLE * T}
    rows: dict[int, dict[str, Any]] = {T: {"steps": T} for T in lengths}
    for (name, T), once in runs.items():
        once()
        tracemalloc.start()
        once()
        rows[T][f"{name}_peak_megabytes"] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    for (name, T), once in runs.items():
        times = []
        for _ in range(rounds):
            start = time.process_time()
            once()
            times.append(time.process_time() - start)
        rows[T][f"{name}_cpu_seconds"] = min(times)
    return list(rows.values())


def machine(threads: int, keep_environment: bool) -> dict[str, Any]:
    """What the figures depend on."""
    probe = "import json, numpy, threadpoolctl; print(json.dumps(threadpoolctl.threadpool_info()))"
    environment = {k: v for k, v in os.environ.items() if keep_environment or not k.startswith("OPENBLAS_")}
    pools = json.loads(subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True).stdout)
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    import torch

    return {
        "processor": cpu[0].split(":")[1].strip() if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "blas": [f"{pool['internal_api']} {pool['version']}, kernels for {pool['architecture']}" for pool in pools],
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "system": platform.system(),
    }


def table(races: dict[str, dict[str, Any]], kind: str = "ratio") -> str:
    """Ratios with their targets, as text."""
    lines = [f"{kind.replace('_', ' ') + ', fast ÷':24}{'a':>20}{'b':>20}{'c':>20}"]
    for (cell, other), targets in TARGETS.items():
        cells = []
        for config, target in zip(CONFIGS, targets, strict=True):
            ratio = races[f"{cell} {config}"][kind][other]
            cells.append(f"{ratio:.3f} (≤ {target}) {'yes' if ratio <= target else 'no '}")
        lines.append(f"{cell.upper() + ' ÷ ' + LABELS[other]:24}" + "".join(f"{c:>20}" for c in cells))
    return "\n".join(lines)


def draw(report: dict[str, Any], path: Path) -> None:
    """Ratios against targets on the left; time and memory against the text's length on the right."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    import matplotlib.ticker

    from rnncourse.plots import COLOURS, use_style

    use_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[3, 2])
    for row, ((cell, other), targets) in enumerate(TARGETS.items()):
        places = [4 * row + k for k in range(3)]
        ratios = [report["races"][f"{cell} {config}"]["ratio"][other] for config in CONFIGS]
        left.bar(places, ratios, color=COLOURS[cell])
        left.hlines(targets, [p - 0.4 for p in places], [p + 0.4 for p in places], color=COLOURS["target"])
        left.text(places[1], 4.5, f"{cell.upper()} ÷\n{LABELS[other]}", ha="center", va="top", fontsize=9)
    left.set(yscale="log", ylim=(0.05, 5), ylabel="time, fast ÷ other", title="Below 1 we are faster; line: the target")
    left.set_xticks([4 * row + k for row in range(3) for k in range(3)], list("abc") * 3)
    left.axhline(1, color=COLOURS["x"], linewidth=0.8)
    for name, key, colour in (("all kept", "whole", "bad"), ("truncated", "truncated", "good")):
        rows = [row for row in report["text"] if f"{key}_peak_megabytes" in row]
        steps = [row["steps"] for row in rows]
        right.plot(steps, [row[f"{key}_peak_megabytes"] for row in rows], "o-", color=COLOURS[colour], label=name)
    right.set(xscale="log", yscale="log", xlabel="steps of the text", ylabel="peak memory (MB)", title="Memory of BPTT")
    right.legend()
    for axes in (left, right):  # 0.1, 1, 10 instead of powers, and no words at the marks between
        axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    right.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    any_terminal()
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, every path")
    parser.add_argument("--rounds", type=whole_number(1, 10_000), default=None, help="measurements of each contestant")
    parser.add_argument("--threads", type=whole_number(1, THREADS), default=2, help=f"1 to {THREADS} (2)")
    parser.add_argument("--output", type=new_folder, default=RESULTS, help="folder for the JSON and the figure")
    parser.add_argument("--name", type=stem, default="cpu", help="name of the .json and .svg")
    parser.add_argument("--keep-environment", action="store_true", help="leave OPENBLAS_ variables as they are")
    parser.add_argument("--serve", choices=["fast", "loop", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.threads)
        return
    rounds = options.rounds or (2 if options.quick else 15)
    begun, load_before = time.perf_counter(), os.getloadavg()[0]
    contestants, races = Contestants(options.threads, options.keep_environment), {}
    for cell in ("lstm", "gru"):
        for config, shape in (QUICK if options.quick else CONFIGS).items():
            races[f"{cell} {config}"] = race(contestants, cell, config, shape, rounds)
    contestants.close()
    report: dict[str, Any] = {
        "machine": machine(options.threads, options.keep_environment),
        "load_average": {"before": load_before, "after": os.getloadavg()[0]},
        "clock": "CPU time" if options.threads == 1 else "wall time",
        "quick": options.quick,
        "rounds": rounds,
        "configs": {name: dict(zip("TBDH", c, strict=True)) for name, c in CONFIGS.items()},
        "targets": {f"{cell} ÷ {other}": targets for (cell, other), targets in TARGETS.items()},
        "races": races,
        "text": measure_text(QUICK_TEXTS if options.quick else TEXTS, 2 if options.quick else 3),
    }
    report["about"] = {
        "command": " ".join(["python benchmarks/cpu.py", *sys.argv[1:]]),
        "seconds": round(time.perf_counter() - begun),
        "machine": "{processor}, {threads} of {cores} cores".format(**report["machine"]),
    }
    store = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / f"{options.name}.json").write_text(store, encoding="utf-8")
    draw(report, options.output / f"{options.name}.svg")
    print(table(races), table(races, "ratio_of_best"), sep="\n")
    for row in report["text"]:
        print({key: round(value, 3) for key, value in row.items()})
    print(f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after; {report['machine']['blas']}")


if __name__ == "__main__":
    main()
