"""The same layer through torch.nn's kernels: oneDNN or plain C++ on a CPU, cuDNN on a GPU."""

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnncourse.torch.loop import State

KERNELS: dict[str, Any] = {"LSTM": torch.lstm, "GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}
CUDNN_MODES = {"RNN_RELU": 0, "RNN_TANH": 1, "LSTM": 2, "GRU": 3}


def lacks_cpu_kernel(dtypes: Collection[torch.dtype | None]) -> bool:
    """Whether an LSTM in one of these dtypes ends in an error of oneDNN's on this processor."""
    return torch.float16 in dtypes or (torch.bfloat16 in dtypes and not cpu_knows_bfloat16())


def cpu_knows_bfloat16() -> bool:
    """Whether torch's kernels take bfloat16 here: oneDNN's need AVX-512, and without oneDNN plain C++ does."""
    return not torch.backends.mkldnn.is_available() or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def run(
    mode: str,
    x: Tensor,
    states: list[State],
    weights: Sequence[Sequence[Tensor]],
    lengths: Tensor | None,
    *,
    training: bool,
) -> tuple[Tensor, tuple[State, ...]]:
    """Run torch's kernel `mode` on x (T, B, D) with one state and one (W, R, b_W, b_R) a direction, one or two.

    Returns h and one state a direction. Gradients exist, gradients of gradients do not: for those take backend="loop".
    """
    bidirectional = len(weights) == 2
    flat = [weight for direction in weights for weight in direction]
    if x.is_cuda and not torch.compiler.is_compiling():
        flatten(flat, mode, bidirectional)
    options: list[Any] = [True, 1, 0.0, training, bidirectional]  # biases, layers, dropout, …
    # (h forward, h backward) stacked, then the same for c: torch.nn's form.
    stacked = [torch.stack(tensors).contiguous() for tensors in zip(*states, strict=True)]
    if lengths is None:
        h, state_n = call(mode, [x], stacked, flat, options)
    else:
        h, state_n = run_packed(mode, x, stacked, flat, options, lengths)
    return h, tuple(zip(*(tensor.unbind(0) for tensor in state_n), strict=True))


def call(
    mode: str, data: list[Tensor], state: list[Tensor], weights: list[Tensor], options: list[Any]
) -> tuple[Tensor, list[Tensor]]:
    """Call torch's kernel; `data` is [x] or, packed, [rows, batch_sizes]."""
    hx = state if mode == "LSTM" else state[0]
    if len(data) == 1:
        out = KERNELS[mode](data[0], hx, weights, *options, False)  # time first
    else:
        out = KERNELS[mode](data[0], data[1], hx, weights, *options)
    return out[0], list(out[1:])


def run_packed(
    mode: str, x: Tensor, state: list[Tensor], weights: list[Tensor], options: list[Any], lengths: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Run on a packed sequence: the kernel meets no padding. It wants the longest sequence first, so does the state."""
    packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    order, back = packed.sorted_indices, packed.unsorted_indices
    assert order is not None
    assert back is not None
    sorted_state = [tensor.index_select(1, order) for tensor in state]
    rows, state_n = call(mode, [packed.data, packed.batch_sizes], sorted_state, weights, options)
    h, _ = pad_packed_sequence(PackedSequence(rows, packed.batch_sizes, order, back), total_length=x.shape[0])
    return h, [tensor.index_select(1, back) for tensor in state_n]


def flatten(weights: list[Tensor], mode: str, bidirectional: bool) -> None:
    """Lay the weights end to end in memory, as cuDNN wants them; without it every call copies them first."""
    if len({weight.untyped_storage().data_ptr() for weight in weights}) == 1:
        return
    usable = torch.backends.cudnn.is_acceptable(weights[0].data) and torch._use_cudnn_rnn_flatten_weight()
    if not usable or len({weight.dtype for weight in weights}) > 1:
        return
    D, H = weights[0].shape[1], weights[1].shape[1]
    with torch.no_grad(), torch.cuda.device_of(weights[0]):
        torch._cudnn_rnn_flatten_weight(weights, 4, D, CUDNN_MODES[mode], H, 0, 1, False, bidirectional)
