"""Recurrent layers on a GPU: ours against torch.nn (cuDNN), forward and backward with all gradients.

    python benchmarks/gpu.py --json benchmarks/results/gpu.json

Every figure is a ratio ours ÷ theirs, below 1 where ours is faster. All contestants of a case have the same input, the
same weights, the same dtype and the same TF32 flags; each is checked against float64 before it is timed; they take
turns, and the median of device-event times counts. Without a GPU, `--device cpu --tiny` runs every check and one small
timing, so that the script stays whole; such times say nothing.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.options import Parser, new_file, whole
from rnncourse.systems.options import device as device_name
from rnncourse.torch import GRU, LSTM, graph, to_native
from rnncourse.torch.layer import Layer

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32, "tf32": torch.float32}
# Accepted error of h and of every gradient against float64: ‖difference‖ ÷ ‖exact‖, over CHECK_STEPS steps.
ACCEPTED = {"bf16": 5e-2, "fp16": 1e-2, "fp32": 1e-4, "tf32": 1e-2}
CHECK_STEPS = 32
NOT_MEASURED = {
    "LSTM B16 H768 ÷ FlashRNN fused (≤ 0.5)": "FlashRNN is no dependency of the course",
    "step time ÷ an empty kernel (≤ 1.4 forward, ≤ 1.6 backward)": "needs a kernel of our own",
}


class Case(NamedTuple):
    """One layer on one shape; D = H."""

    cell: type[Layer]
    B: int
    H: int
    options: Mapping[str, Any] = MappingProxyType({})
    packed: bool = False

    @property
    def name(self) -> str:
        """A short name, the same in every report."""
        words = [f"{key}" for key, value in self.options.items() if value] + ["packed"] * self.packed
        return " ".join([self.cell.__name__, f"B{self.B}", f"H{self.H}", *words])


class Ratio(NamedTuple):
    """A line of the table of targets: time of `ours` ÷ time of `theirs`, each (case, contestant)."""

    ours: tuple[str, str]
    theirs: tuple[str, str]
    dtype: str
    target: float


class Problem(NamedTuple):
    """What every contestant is given."""

    x: Tensor
    state: tuple[Tensor, ...]  # (directions, B, H) each, as torch.nn wants them
    dh: Tensor
    lengths: Tensor | None


CASES = [
    Case(LSTM, 16, 768),
    Case(LSTM, 64, 512),
    Case(LSTM, 128, 1024),
    Case(LSTM, 32, 512, {"bidirectional": True}),
    Case(LSTM, 64, 512, packed=True),
    Case(LSTM, 16, 768, {"peephole": True}),
    Case(GRU, 16, 768),
    Case(GRU, 64, 512),
    Case(GRU, 128, 1024),
    Case(GRU, 32, 512, {"bidirectional": True}),
    Case(GRU, 64, 512, packed=True),
]
LSTM_768, PEEPHOLE = "LSTM B16 H768", "LSTM B16 H768 peephole"
RATIOS = [
    Ratio((LSTM_768, "graph"), (LSTM_768, "loop"), "bf16", 0.1),
    Ratio((LSTM_768, "graph"), (LSTM_768, "torch.nn"), "bf16", 0.5),
    Ratio((LSTM_768, "graph"), (LSTM_768, "torch.nn"), "fp16", 1.0),
    Ratio(("GRU B64 H512", "graph"), ("GRU B64 H512", "torch.nn"), "bf16", 0.5),
    Ratio(("LSTM B32 H512 bidirectional", "graph"), ("LSTM B32 H512 bidirectional", "torch.nn"), "bf16", 0.5),
    Ratio((PEEPHOLE, "graph"), (LSTM_768, "graph"), "bf16", 1.05),
    Ratio(("LSTM B64 H512 packed", "graph"), ("LSTM B64 H512 packed", "torch.nn"), "bf16", 0.5),
]


def tiny(case: Case) -> Case:
    """Shrink a case until a CPU runs it in no time; its name stays apart from the real one's."""
    return case._replace(B=max(2, case.B // 16), H=max(4, case.H // 64))


def problem(case: Case, T: int, device: torch.device, seed: int = 0) -> Problem:
    """Draw input, initial state and cotangent in float64, on the CPU first: the same on every device."""
    rng = torch.Generator().manual_seed(seed)
    directions, parts = 1 + case.options.get("bidirectional", False), 2 if case.cell is LSTM else 1
    draw = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64).to(device)  # noqa: E731
    lengths = torch.randint(max(1, T // 2), T + 1, (case.B,), generator=rng).to(device) if case.packed else None
    state = tuple(draw(directions, case.B, case.H) for _ in range(parts))
    dh = draw(T, case.B, directions * case.H)
    if lengths is not None:
        dh = dh * (torch.arange(T, device=device).unsqueeze(1) < lengths).unsqueeze(-1)
    return Problem(draw(T, case.B, case.H), state, dh, lengths)


def step_of_ours(layer: Layer, backend: str, given: Problem) -> Callable[[], list[Tensor]]:
    """Return one training step of our layer: h, then the gradients of x, the initial state and every weight."""
    x, dh = given.x.detach().requires_grad_(), given.dh
    state = [s.detach().requires_grad_() for s in given.state]
    leaves = [x, *state, *layer.parameters()]
    recorded = backend == "graph" and x.device.type != "cuda"  # on a CPU: the functions that would be recorded
    if not recorded:
        layer.backend = backend

    def step() -> list[Tensor]:
        rows = [tuple(s[d] for s in state) for d in range(state[0].shape[0])]
        if recorded:
            with patch.object(graph, "captured", graph.eager):
                h, _ = layer._each_direction("graph", x, rows, given.lengths)
        else:
            h, _ = layer(x, tuple(rows) if layer.bidirectional else rows[0], given.lengths)
        return [h.detach(), *torch.autograd.grad(h, leaves, dh)]

    return step


def step_of_theirs(module: nn.RNNBase, given: Problem) -> Callable[[], list[Tensor]]:
    """Return the same of torch.nn's module; a packed sequence is packed beforehand, which is theirs to gain."""
    x, dh = given.x.detach().requires_grad_(), given.dh
    state = [s.detach().requires_grad_() for s in given.state]
    leaves = [x, *state, *module.parameters()]
    hx = tuple(state) if len(state) == 2 else state[0]
    lengths = None if given.lengths is None else given.lengths.cpu()
    if lengths is None:

        def step() -> list[Tensor]:
            h, _ = module(x, hx)
            return [h.detach(), *torch.autograd.grad(h, leaves, dh)]

        return step

    def pack(tensor: Tensor) -> Any:
        return nn.utils.rnn.pack_padded_sequence(tensor, lengths, enforce_sorted=False)

    packed = pack(x.detach())
    rows = packed.data.requires_grad_()
    leaves[0], drows = rows, pack(dh).data

    def step_packed() -> list[Tensor]:
        h, _ = module(packed._replace(data=rows), hx)
        return [h.data.detach(), *torch.autograd.grad(h.data, leaves, drows)]

    return step_packed


def contestants(case: Case, name: str, T: int, device: torch.device) -> dict[str, Callable[[], list[Tensor]]]:
    """Return every contestant's training step for a case, in one dtype, all with the same weights."""
    dtype = torch.float64 if name == "float64" else DTYPES[name]
    given = problem(case, T, device)
    cast = Problem(given.x.to(dtype), tuple(s.to(dtype) for s in given.state), given.dh.to(dtype), given.lengths)

    def layer() -> Layer:
        torch.manual_seed(1)
        return case.cell(case.H, case.H, dtype=torch.float64, **case.options).to(device, dtype)

    steps = {"loop": step_of_ours(layer(), "loop", cast), "graph": step_of_ours(layer(), "graph", cast)}
    half_on_cpu = device.type == "cpu" and dtype == torch.float16  # oneDNN has no such LSTM
    if layer().native_mode is not None and not half_on_cpu:
        steps |= {
            "native": step_of_ours(layer(), "native", cast),
            "torch.nn": step_of_theirs(to_native(layer()), cast),
        }
    return steps


def errors(case: Case, name: str, T: int, device: torch.device) -> dict[str, float]:
    """Return each contestant's largest relative error, over h and all gradients, against the loop in float64."""
    expected = contestants(case, "float64", T, device)["loop"]()
    lengths = problem(case, T, device).lengths
    out = {}
    for who, step in contestants(case, name, T, device).items():
        wanted = list(expected)
        if who == "torch.nn" and lengths is not None:  # packed rows
            for k in (0, 1):
                pack = nn.utils.rnn.pack_padded_sequence(expected[k], lengths.cpu(), enforce_sorted=False)
                wanted[k] = pack.data
        pairs = zip(step(), wanted, strict=True)
        relative = torch.stack([((a.double() - e).norm() / e.norm()).cpu() for a, e in pairs])
        out[who] = float(relative.max())  # torch's max, which lets a NaN through
    return out


def time_in_turns(
    steps: dict[str, Callable[[], list[Tensor]]], device: torch.device, repeats: int, warm_up: int
) -> dict[str, list[float]]:
    """Return each contestant's times in milliseconds; they take turns, so that a drift hits all alike."""
    times: dict[str, list[float]] = {who: [] for who in steps}
    for turn in range(warm_up + repeats):
        for who, step in steps.items():
            elapsed = _time(step, device)
            if turn >= warm_up:
                times[who].append(elapsed)
    return times


def _time(step: Callable[[], list[Tensor]], device: torch.device) -> float:
    """Time one step in milliseconds: between two device events on a GPU, by the clock on a CPU."""
    if device.type != "cuda":
        start = time.perf_counter()
        step()
        return 1e3 * (time.perf_counter() - start)
    before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize(device)
    before.record()
    step()
    after.record()
    after.synchronize()
    return before.elapsed_time(after)


def set_tf32(allowed: bool) -> None:
    """Let products of float32 be rounded to TF32, in cuBLAS and in cuDNN alike, or in neither."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def measure(case: Case, name: str, arguments: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    """Check, then time, one case in one dtype. Whoever fails the check is not timed."""
    set_tf32(name == "tf32")
    wrong = {}
    checked = errors(case, name, min(arguments.steps, CHECK_STEPS), device)
    for who, error in checked.items():
        if not error <= ACCEPTED[name]:  # NaN too
            wrong[who] = error
    steps = {w: s for w, s in contestants(case, name, arguments.steps, device).items() if w not in wrong}
    times = time_in_turns(steps, device, arguments.repeats, arguments.warm_up)
    graph.release_graphs()
    return {
        "case": case.name,
        "dtype": name,
        "T": arguments.steps,
        "errors": checked,
        "wrong": sorted(wrong),
        "median_ms": {who: statistics.median(values) for who, values in times.items()},
        "range_ms": {who: [min(values), max(values)] for who, values in times.items()},
    }


def ratios(rows: list[dict[str, Any]], shrink: bool) -> list[dict[str, Any]]:
    """Return the table of targets with what was measured; None where a contestant is missing."""
    times = {(row["case"], row["dtype"], who): ms for row in rows for who, ms in row["median_ms"].items()}
    real = {case.name: (tiny(case) if shrink else case).name for case in CASES}
    out = []
    for (case, who), (other, whom), dtype, target in RATIOS:
        ours, theirs = times.get((real[case], dtype, who)), times.get((real[other], dtype, whom))
        ratio = None if ours is None or theirs is None else ours / theirs
        out.append(
            {"ours": f"{who}, {case}", "theirs": f"{whom}, {other}", "dtype": dtype, "ratio": ratio, "target": target}
        )
    return out


def machine(device: torch.device) -> dict[str, Any]:
    """Describe where this was measured."""
    cuda = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if cuda else f"CPU, {platform.machine()}",
        "is_gpu": cuda,
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda if cuda else None,
        "cudnn": torch.backends.cudnn.version() if cuda else None,
    }


def report(result: dict[str, Any]) -> str:
    """Return what is printed: the machine, a line a case, the ratios beside their targets."""
    lines = [f"{result['machine']['device']}, torch {result['machine']['torch']}, T = {result['T']}"]
    if not result["counts"]:
        lines.append("Small shapes or no GPU: the checks count, the times say nothing.")
    lines.append("\nmilliseconds a training step (median), error against float64")
    for row in result["rows"]:
        parts = [f"{who} {ms:.2f} ({row['errors'][who]:.1e})" for who, ms in row["median_ms"].items()]
        parts += [f"{who} WRONG ({row['errors'][who]:.1e})" for who in row["wrong"]]
        lines.append(f"  {row['case']:<30} {row['dtype']:<5} " + " · ".join(parts))
    lines.append("\nours ÷ theirs, and the target")
    for row in result["ratios"]:
        value = "not measured" if row["ratio"] is None else f"{row['ratio']:.3f}"
        met = "  reached" if row["ratio"] is not None and row["ratio"] <= row["target"] else "  not reached"
        met = met if row["ratio"] is not None and result["counts"] else ""  # a small run or a CPU proves nothing
        lines.append(f"  {row['ours']} ÷ {row['theirs']}, {row['dtype']}: {value} (≤ {row['target']}){met}")
    lines += [f"  {what}: not measured, {why}" for what, why in NOT_MEASURED.items()]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 where a contestant was wrong, 2 where there is no such device."""
    any_terminal()
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    advice = "--device cpu --tiny runs the checks"
    parser.add_argument("--device", type=device_name(advice), help="cuda, cuda:N or cpu (cuda)")
    parser.add_argument("--dtypes", nargs="+", choices=list(DTYPES), default=list(DTYPES))
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--steps", type=whole(1, 1_000_000), default=1024, help="T, 1 to 1000000 (1024)")
    parser.add_argument("--repeats", type=whole(1, 1_000_000), default=20, help="1 to 1000000 (20)")
    parser.add_argument("--warm-up", type=whole(0, 1_000_000), default=3, help="0 to 1000000 (3)")
    parser.add_argument("--tiny", action="store_true", help="small shapes, three steps: checks the script itself")
    parser.add_argument("--json", type=new_file, help="write the result here")
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # --help, or an option out of its range
        return int(stop.code or 0)
    device = torch.device(arguments.device or "cuda")
    if device.type == "cuda" and not torch.cuda.is_available():
        print(f"no CUDA device here; {advice}", file=sys.stderr)
        return 2
    if not any(arguments.only in case.name for case in CASES):
        print(f"--only: no case's name contains {arguments.only!r}", file=sys.stderr)
        return 2
    if arguments.tiny:
        arguments.steps, arguments.repeats, arguments.warm_up = 3, 1, 0
    chosen = [case for case in CASES if arguments.only in case.name]
    rows = []
    for case in chosen:
        for name in arguments.dtypes:
            rows.append(measure(tiny(case) if arguments.tiny else case, name, arguments, device))
    result = {
        "machine": machine(device),
        "counts": device.type == "cuda" and not arguments.tiny,
        "T": arguments.steps,
        "rows": rows,
        "ratios": ratios(rows, arguments.tiny),
    }
    print(report(result))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row["wrong"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
