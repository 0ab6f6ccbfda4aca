"""The same layer through torch.nn's kernels: oneDNN or plain C++ on a CPU, cuDNN on a GPU."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnncourse.torch.loop import State

if TYPE_CHECKING:
    from rnncourse.torch.layer import Layer

KERNELS: dict[str, Any] = {"LSTM": torch.lstm, "GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}
CUDNN_MODES = {"RNN_RELU": 0, "RNN_TANH": 1, "LSTM": 2, "GRU": 3}


def run(layer: "Layer", x: Tensor, states: list[State], lengths: Tensor | None) -> tuple[Tensor, tuple[State, ...]]:
    """Run one layer, one direction or both, on x (T, B, D); return h and one state a direction.

    Gradients exist, gradients of gradients do not: for those take backend="loop".
    """
    mode = layer.native_mode
    assert mode is not None  # the layer checked it when the backend was chosen
    weights = [w for direction in range(1 + layer.bidirectional) for w in layer.weights(direction)[:4]]
    if x.is_cuda and not torch.compiler.is_compiling():
        flatten(weights, layer, mode)
    # (h forward, h backward) stacked, then the same for c: torch.nn's form.
    stacked = [torch.stack(tensors).contiguous() for tensors in zip(*states, strict=True)]
    if lengths is None:
        h, state_n = call(mode, [x], stacked, weights, layer)
    else:
        h, state_n = run_packed(mode, x, stacked, weights, layer, lengths)
    return h, tuple(zip(*(tensor.unbind(0) for tensor in state_n), strict=True))


def call(
    mode: str, data: list[Tensor], state: list[Tensor], weights: list[Tensor], layer: "Layer"
) -> tuple[Tensor, list[Tensor]]:
    """Call torch's kernel; `data` is [x] or, packed, [rows, batch_sizes]."""
    hx = state if mode == "LSTM" else state[0]
    options: list[Any] = [True, 1, 0.0, layer.training, layer.bidirectional]  # biases, layers, dropout, …
    if len(data) == 1:
        out = KERNELS[mode](data[0], hx, weights, *options, False)  # time first
    else:
        out = KERNELS[mode](data[0], data[1], hx, weights, *options)
    return out[0], list(out[1:])


def run_packed(
    mode: str, x: Tensor, state: list[Tensor], weights: list[Tensor], layer: "Layer", lengths: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Run on a packed sequence: the kernel meets no padding. It wants the longest sequence first, so does the state."""
    packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    order, back = packed.sorted_indices, packed.unsorted_indices
    assert order is not None
    assert back is not None
    sorted_state = [tensor.index_select(1, order) for tensor in state]
    rows, state_n = call(mode, [packed.data, packed.batch_sizes], sorted_state, weights, layer)
    h, _ = pad_packed_sequence(PackedSequence(rows, packed.batch_sizes, order, back), total_length=x.shape[0])
    return h, [tensor.index_select(1, back) for tensor in state_n]


def flatten(weights: list[Tensor], layer: "Layer", mode: str) -> None:
    """Lay the weights end to end in memory, as cuDNN wants them; without it every call copies them first."""
    if len({weight.untyped_storage().data_ptr() for weight in weights}) == 1:
        return
    usable = torch.backends.cudnn.is_acceptable(weights[0].data) and torch._use_cudnn_rnn_flatten_weight()
    if not usable or len({weight.dtype for weight in weights}) > 1:
        return
    with torch.no_grad(), torch.cuda.device_of(weights[0]):
        torch._cudnn_rnn_flatten_weight(
            weights, 4, layer.input_size, CUDNN_MODES[mode], layer.hidden_size, 0, 1, False, layer.bidirectional
        )
