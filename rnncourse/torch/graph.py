"""The "graph" backend: forward and backward of a whole sequence, each recorded once as a CUDA graph and then replayed.

The eager loop spends its time on launching thousands of small kernels, one after another, from Python. A CUDA graph
keeps the launches: a replay is one call. It has fixed shapes and fixed memory, hence a recording for each shape, and
every input is copied in and every output copied out.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnncourse.torch.hoisted import Hoisted, Tensors
from rnncourse.torch.loop import State, valid_steps

KEEP = 32  # recordings that wait for their next use; beyond it the one unused for longest is dropped
Finish = Callable[[Tensors, tuple[bool, ...]], tuple[Tensor | None, ...]]
Start = Callable[[Hoisted, int, Tensors, "Tensor | None", bool], "tuple[Tensors, Finish | None]"]


def run(
    cell: Hoisted, x: Tensor, state: State, weights: Any, lengths: Tensor | None, *, start: Start | None = None
) -> tuple[Tensor, State]:
    """Run one direction: x (T, B, D), state of (B, H) each -> h (T, B, H) and the state after the last valid step.

    `start` says how: `captured` by default; `eager` runs the same functions without a graph, on any device.
    """
    inputs = [x, *state, *(weight for weight in weights if weight is not None)]
    kind = x.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
    padding = None
    if lengths is not None:
        padding = ~valid_steps(lengths, x.shape[0]).unsqueeze(-1)
        inputs[0] = x.masked_fill(padding, 0)  # what is padded may be NaN
    inputs = [tensor.to(dtype) for tensor in inputs]
    gradients = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)
    with torch.autocast(kind, enabled=False):
        outputs = _Run.apply(start or captured, cell, len(state), padding, gradients, *inputs)
    if lengths is None:
        return outputs[0], tuple(output[-1] for output in outputs)
    last = (lengths - 1).view(1, -1, 1).expand_as(outputs[0][:1])
    return outputs[0].masked_fill(padding, 0), tuple(output.gather(0, last)[0] for output in outputs)


class _Run(torch.autograd.Function):
    """Outputs from `start`, gradients from the function that it returned with them."""

    @staticmethod
    def forward(
        ctx: Any, start: Start, cell: Hoisted, parts: int, padding: Tensor | None, gradients: bool, *inputs: Tensor
    ) -> Tensors:
        outputs, ctx.finish = start(cell, parts, inputs, padding, gradients)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Any, ...]:
        return (None,) * 5 + ctx.finish(outputs, ctx.needs_input_grad[5:])


def eager(
    cell: Hoisted, parts: int, inputs: Tensors, padding: Tensor | None, gradients: bool
) -> tuple[Tensors, Finish | None]:
    """Run the cell's functions as they stand."""
    outputs, cache = cell.forward(inputs[0], inputs[1 : 1 + parts], inputs[1 + parts :], padding)

    def finish(douts: Tensors, needed: tuple[bool, ...]) -> tuple[Tensor | None, ...]:
        return tuple(d if need else None for d, need in zip(cell.backward(douts, cache), needed, strict=True))

    return outputs, finish


def captured(
    cell: Hoisted, parts: int, inputs: Tensors, padding: Tensor | None, gradients: bool
) -> tuple[Tensors, Finish | None]:
    """Replay a recording of the cell's functions for these shapes; make it first where there is none."""
    key = _key(cell, inputs, padding, gradients)
    waiting = _WAITING.setdefault(key, [])
    _WAITING.move_to_end(key)
    recording = waiting.pop() if waiting else Recording(cell, parts, inputs, padding, gradients)
    outputs = recording.forward(inputs, padding)
    loan = Loan(recording, key)
    if not gradients:
        loan.give_back()
        return outputs, None
    return outputs, loan.finish


class Recording:
    """One forward and one backward for fixed shapes, with memory of their own.

    It holds what backward needs of one forward, so it is lent to one forward at a time, until that one's backward.
    """

    def __init__(self, cell: Hoisted, parts: int, inputs: Tensors, padding: Tensor | None, gradients: bool) -> None:
        self.inputs = tuple(tensor.detach().clone() for tensor in inputs)
        self.padding = None if padding is None else padding.clone()
        x, state, weights = self.inputs[0], self.inputs[1 : 1 + parts], self.inputs[1 + parts :]
        (self.outputs, cache), self.replay = record(lambda: cell.forward(x, state, weights, self.padding), x.device)
        if gradients:
            self.douts = tuple(torch.zeros_like(output) for output in self.outputs)
            self.replay()  # so that the first backward, still outside of a graph, sees numbers
            self.dinputs, self.replay_backward = record(lambda: cell.backward(self.douts, cache), x.device)

    def forward(self, inputs: Tensors, padding: Tensor | None) -> Tensors:
        """Copy in, replay, copy out."""
        for own, given in zip(self.inputs, inputs, strict=True):
            own.copy_(given)
        if self.padding is not None and padding is not None:
            self.padding.copy_(padding)
        self.replay()
        return tuple(output.clone() for output in self.outputs)

    def backward(self, douts: Tensors, needed: tuple[bool, ...]) -> tuple[Tensor | None, ...]:
        """Copy in, replay, copy out what is needed."""
        for own, given in zip(self.douts, douts, strict=True):
            own.copy_(given)
        self.replay_backward()
        return tuple(d.clone() if need else None for d, need in zip(self.dinputs, needed, strict=True))


class Loan:
    """A recording in use: given back after its backward, or when the graph that would call it is gone."""

    def __init__(self, recording: Recording, key: tuple[Any, ...]) -> None:
        self.recording: Recording | None = recording
        self.key = key

    def finish(self, douts: Tensors, needed: tuple[bool, ...]) -> tuple[Tensor | None, ...]:
        """Run the backward; unless the autograd graph is retained, the recording is then free again."""
        if self.recording is None:
            raise RuntimeError('backend="graph": backward a second time needs retain_graph=True the first time')
        gradients = self.recording.backward(douts, needed)
        if not _graph_is_retained():
            self.give_back()
        return gradients

    def give_back(self) -> None:
        """Let the next forward of these shapes have the recording."""
        if self.recording is not None:
            _WAITING.setdefault(self.key, []).append(self.recording)
            self.recording = None
            _drop_oldest()

    __del__ = give_back


def record(function: Callable[[], Any], device: torch.device) -> tuple[Any, Callable[[], None]]:
    """Record what `function` does on a GPU; return its result, whose memory every replay fills, and the replay."""
    with torch.cuda.device(device):
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):  # libraries set themselves up at first use, which a capture forbids
                function()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # a loader's thread may go on allocating
            result = function()
    return result, graph.replay


def release_graphs() -> None:
    """Drop all recordings that are not in use, and their memory."""
    _WAITING.clear()


_WAITING: OrderedDict[tuple[Any, ...], list[Recording]] = OrderedDict()


def _drop_oldest() -> None:
    while sum(map(len, _WAITING.values())) > KEEP:
        next(waiting for waiting in _WAITING.values() if waiting).pop(0)


def _key(cell: Hoisted, inputs: Tensors, padding: Tensor | None, gradients: bool) -> tuple[Any, ...]:
    """Everything that a recording has fixed: shapes, types, place, and how products are rounded."""
    shapes = tuple((tuple(tensor.shape), tensor.dtype) for tensor in inputs)
    return cell.name, shapes, inputs[0].device, padding is not None, gradients, product_precision()


def product_precision() -> str:
    """Return how float32 products are rounded on a GPU: "tf32", "ieee" or "none" (as torch says)."""
    matmul = torch.backends.cuda.matmul
    try:
        return str(matmul.fp32_precision)
    except AttributeError:  # torch before 2.9
        return "tf32" if matmul.allow_tf32 else "ieee"


def _graph_is_retained() -> bool:
    """Was backward called with retain_graph=True? Where torch does not tell, yes: the loan then ends with the graph."""
    ask = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", None)
    return True if ask is None else bool(ask())
