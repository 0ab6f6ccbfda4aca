"""Weights that travel: torch.nn's modules, the layers of the course, and the NumPy reference's Params, both ways."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_array, check_finite
from rnncourse.reference.params import Params
from rnncourse.torch.gru import GRU
from rnncourse.torch.layer import SUFFIXES, Layer, Weights
from rnncourse.torch.lstm import LSTM
from rnncourse.torch.rnn import RNN
from rnncourse.torch.stack import Stack

NATIVE: dict[type[nn.Module], type[RNN | LSTM | GRU]] = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}
NATIVE_CELLS: dict[type[nn.Module], type[RNN | LSTM | GRU]] = {nn.RNNCell: RNN, nn.LSTMCell: LSTM, nn.GRUCell: GRU}
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # torch.nn's, of W, R, b_W and b_R


def params_from_module(module: nn.Module, *, gradient: bool = False) -> Any:
    """Return a module's weights as NumPy Params, copied: they share no memory with the module.

    Parameters
    ----------
    module : an RNN, LSTM or GRU of the course, a Stack of them, or torch.nn's RNN, LSTM, GRU or one of its cells
    gradient : take the gradients in place of the weights (zeros where there are none yet)

    Returns
    -------
    Params for one layer and direction; the pair (forward, backward) for a bidirectional one; where the module is a
    Stack, or torch.nn's with num_layers above 1, a list of these, the lowest layer first. Biases that torch.nn's
    bias=False leaves out are zeros. bfloat16 and float16 become float32, which the reference knows.
    A learned initial state is no part of Params; read it from the state_dict.
    """
    layers = [
        tuple(Params._make(_array(tensor, gradient) for tensor in weights) for weights in directions)
        for directions in _all_weights(module)
    ]
    per_layer = [pair if len(pair) == 2 else pair[0] for pair in layers]
    return per_layer if _is_stacked(module) else per_layer[0]


def load_params(module: nn.Module, params: Any) -> None:
    """Write Params into a module, in the form in which `params_from_module` returns them.

    Everything is checked before anything is written. Values take the module's dtype.

    Raises
    ------
    TypeError, ValueError : another number of layers or directions, no float32 or float64 array, a shape that differs,
        a number that is not finite or too large for the module's dtype, peepholes where the module has none (or none
        where it has them), a bias for a module without: each named.
    """
    targets = _all_weights(module)
    if _is_stacked(module) and (not isinstance(params, tuple | list) or isinstance(params, Params)):
        raise TypeError(f"params: got {type(params).__name__}, expected a list, one entry a layer: {len(targets)}")
    stacked = list(params) if _is_stacked(module) else [params]
    if len(stacked) != len(targets):
        raise ValueError(f"params holds {len(stacked)} layers, the module has {len(targets)}")
    copies: list[tuple[Tensor, Tensor]] = []
    for k, (one, directions) in enumerate(zip(stacked, targets, strict=True)):
        pair = tuple(one) if isinstance(one, tuple | list) and not isinstance(one, Params) else (one,)
        if len(pair) != len(directions) or not all(isinstance(part, Params) for part in pair):
            wanted = "a pair of Params (forward, backward)" if len(directions) == 2 else "one Params"
            raise TypeError(f"params of layer {k}: expected {wanted}, got {type(one).__name__} of {len(pair)}")
        for part, weights in zip(pair, directions, strict=True):
            copies += _matched(part, weights)
    with torch.no_grad():
        for tensor, values in copies:
            tensor.copy_(values)


def from_native(module: nn.Module, *, backend: str = "auto") -> Layer | Stack:
    """Return the course's layer (or Stack, where num_layers > 1) with a torch.nn module's weights, dtype and device.

    Parameters
    ----------
    module : torch.nn's RNN, LSTM or GRU; or its RNNCell, LSTMCell or GRUCell, whose step is the layer's `step`
    backend : of the layers; see `Layer.backend_used`

    Returns
    -------
    A layer that is time first whatever `batch_first` said.

    Raises
    ------
    TypeError, ValueError : another module, or one with projections (proj_size).
    """
    kind = (NATIVE | NATIVE_CELLS).get(type(module))
    if kind is None:
        raise TypeError(f"module must be torch.nn's RNN, LSTM, GRU or a cell of theirs, got {type(module).__name__}")
    weights = _all_weights(module)
    options: dict[str, Any] = {"nonlinearity": module.nonlinearity} if kind is RNN else {}
    layers = [
        kind(
            *(directions[0].W.shape[1], directions[0].R.shape[1]),
            bidirectional=len(directions) == 2,
            backend=backend,
            device=directions[0].W.device,
            dtype=directions[0].W.dtype,
            **options,
        )
        for directions in weights
    ]
    ours = Stack(*layers, dropout=module.dropout) if _is_stacked(module) else layers[0]  # type: ignore[arg-type]
    _copy(weights, _all_weights(ours))
    return ours.train(module.training)


def to_native(module: Layer | Stack, *, cell: bool = False) -> Any:
    """Return torch.nn's module with a layer's weights (num_layers > 1 for a Stack), time first.

    Parameters
    ----------
    module : an RNN, LSTM, GRU, or a Stack of layers that are alike
    cell : return torch.nn's RNNCell, LSTMCell or GRUCell, which makes one step; for one layer in one direction

    Raises
    ------
    ValueError : what torch.nn lacks: peepholes, the reset before, "linear", a learned initial state, a Stack whose
        layers differ, a cell of several layers or directions.
    """
    layers = _layers(module)
    first = layers[0]
    for layer in layers:
        if layer.native_mode is None or layer.learn_state:
            raise ValueError(
                f"torch.nn has no {layer}" + (" with a learned initial state" if layer.learn_state else "")
            )
        form = (type(layer), layer.native_mode, layer.hidden_size, layer.bidirectional)
        if form != (type(first), first.native_mode, first.hidden_size, first.bidirectional):
            raise ValueError("torch.nn stacks only layers of one kind, size and number of directions")
    if cell and (len(layers) > 1 or first.bidirectional):
        raise ValueError(f"torch.nn's cells are one layer in one direction, got {len(layers)} of {first}; cell=False")
    kinds = NATIVE_CELLS if cell else NATIVE
    kind: Any = next(theirs for theirs, ours in kinds.items() if ours is type(first))
    options: dict[str, Any] = {"nonlinearity": first.nonlinearity} if isinstance(first, RNN) else {}
    if not cell:
        dropout = module.dropout.p if isinstance(module, Stack) and len(layers) > 1 else 0.0
        options |= {"num_layers": len(layers), "dropout": dropout, "bidirectional": first.bidirectional}
    W = first.weights().W
    theirs = kind(first.input_size, first.hidden_size, device=W.device, dtype=W.dtype, **options)
    _copy(_all_weights(module), _all_weights(theirs))
    return theirs.train(module.training)


def _layers(module: nn.Module) -> list[Layer]:
    if isinstance(module, Stack):
        return [layer for part in module.layers for layer in _layers(part)]
    if isinstance(module, Layer):
        return [module]
    raise TypeError(f"module must be an RNN, LSTM, GRU or Stack of the course, got {type(module).__name__}")


def _is_stacked(module: nn.Module) -> bool:
    return isinstance(module, Stack) or (isinstance(module, nn.RNNBase) and module.num_layers > 1)


def _all_weights(module: nn.Module) -> list[list[Weights]]:
    """Return a list of layers, each a list of directions."""
    if isinstance(module, nn.RNNCellBase):
        return [[_with_biases(*[getattr(module, name) for name in NAMES])]]
    if not isinstance(module, nn.RNNBase):
        return [[layer.weights(d) for d in range(1 + layer.bidirectional)] for layer in _layers(module)]
    if module.proj_size:
        raise ValueError(f"module projects h to {module.proj_size} numbers (proj_size): the course has no place for it")
    return [
        [
            _with_biases(*[getattr(module, f"{name}_l{k}{suffix}", None) for name in NAMES])  # type: ignore[arg-type]
            for suffix in SUFFIXES[: 1 + module.bidirectional]
        ]
        for k in range(module.num_layers)
    ]


def _with_biases(W: Tensor, R: Tensor, b_W: Tensor | None, b_R: Tensor | None) -> Weights:
    """Put zeros, which are no parameter of the module, where it was made without biases."""
    zeros = W.detach().new_zeros(W.shape[0])
    return Weights(W, R, zeros if b_W is None else b_W, zeros if b_R is None else b_R)


def _array(tensor: Tensor | None, gradient: bool) -> np.ndarray | None:
    """Return a copy as a NumPy array."""
    if tensor is None:
        return None
    if gradient:
        tensor = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
    tensor = tensor.detach()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    return tensor.cpu().numpy().copy()


def _matched(params: Params, weights: Weights) -> list[tuple[Tensor, Tensor]]:
    """Pair every tensor with the values that it gets, in its dtype; raise where they do not fit."""
    if (params.p is None) != (weights.p is None):
        has, lacks = ("params", "the module") if weights.p is None else ("the module", "params")
        raise ValueError(f"params.p: {has} has peepholes, {lacks} has none")
    pairs: list[tuple[Tensor, Tensor]] = []
    for name, array, tensor in zip(Params._fields, params, weights, strict=True):
        if tensor is None:
            continue
        _check_shape(name, array, tensor, H=weights.R.shape[1])
        values = _converted(name, array, tensor.dtype)
        if isinstance(tensor, nn.Parameter):
            pairs.append((tensor, values))
        elif np.any(array):
            raise ValueError(f"params.{name} is not zero, and the module was made without biases (bias=False)")
    return pairs


def _check_shape(name: str, array: Any, tensor: Tensor, H: int) -> None:
    rows, *rest = tensor.shape
    first = f"{rows}" if name == "p" else f"{rows // H}H"
    sizes: dict[str, Any] = {first: rows} | {"D" if name == "W" else "H": size for size in rest}
    check_array(f"params.{name}", array, **sizes)


def _converted(name: str, array: Any, dtype: torch.dtype) -> Tensor:
    """Return an array as a tensor of another dtype; raise where a number is not finite, or too large for it."""
    check_finite(f"params.{name}", array)
    values = torch.from_numpy(np.ascontiguousarray(array)).to(dtype)
    over = ~torch.isfinite(values).numpy()
    if over.any():
        where, kind = tuple(int(k) for k in np.argwhere(over)[0]), str(dtype).removeprefix("torch.")
        raise ValueError(
            f"params.{name}: {array[where]} at {where} of shape {array.shape}, "
            f"expected at most {torch.finfo(dtype).max:.3g}, the largest {kind}"
        )
    return values


def _copy(sources: list[list[Weights]], targets: list[list[Weights]]) -> None:
    """Copy tensor by tensor, without a detour through NumPy, so that bfloat16 too arrives bit by bit."""
    with torch.no_grad():
        for source, target in zip(sources, targets, strict=True):
            for a, b in zip(source, target, strict=True):
                for from_, to in zip(a, b, strict=True):
                    if from_ is not None and to is not None:
                        to.copy_(from_)
