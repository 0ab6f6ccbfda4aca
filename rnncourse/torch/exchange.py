"""Weights that travel: torch.nn's modules, the layers of the course, and the NumPy reference's Params, both ways."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference.params import Params
from rnncourse.torch.gru import GRU
from rnncourse.torch.layer import SUFFIXES, Layer, Weights
from rnncourse.torch.lstm import LSTM
from rnncourse.torch.rnn import RNN
from rnncourse.torch.stack import Stack

NATIVE = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}


def params_from_module(module: nn.Module, *, gradient: bool = False) -> Any:
    """Return a module's weights as NumPy Params, copied: they share no memory with the module.

    Parameters
    ----------
    module : an RNN, LSTM or GRU of the course, a Stack of them, or torch.nn's RNN, LSTM or GRU
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
    TypeError, ValueError : another number of layers or directions, a shape that differs, peepholes where the module has
        none (or none where it has them), a bias for a module without: each named.
    """
    stacked = list(params) if _is_stacked(module) else [params]
    targets = _all_weights(module)
    if len(stacked) != len(targets):
        raise ValueError(f"params holds {len(stacked)} layers, the module has {len(targets)}")
    copies: list[tuple[Tensor, np.ndarray]] = []
    for k, (one, directions) in enumerate(zip(stacked, targets, strict=True)):
        pair = (one,) if isinstance(one, Params) else tuple(one)
        if len(pair) != len(directions) or not all(isinstance(part, Params) for part in pair):
            wanted = "a pair of Params (forward, backward)" if len(directions) == 2 else "one Params"
            raise TypeError(f"params of layer {k}: expected {wanted}, got {type(one).__name__} of {len(pair)}")
        for part, weights in zip(pair, directions, strict=True):
            copies += _matched(part, weights)
    with torch.no_grad():
        for tensor, array in copies:
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def from_native(module: nn.RNNBase, *, backend: str = "auto") -> Layer | Stack:
    """Return the course's layer (or Stack, where num_layers > 1) with a torch.nn module's weights, dtype and device.

    The course is time first whatever `batch_first` said. Raises ValueError for projections (proj_size).
    """
    if type(module) not in NATIVE:
        raise TypeError(f"module must be torch.nn's RNN, LSTM or GRU, got {type(module).__name__}")
    if module.proj_size:
        raise ValueError(
            f"module projects h to {module.proj_size} numbers (proj_size); the course's LSTM has no such part"
        )
    weight = module.weight_ih_l0
    options: dict[str, Any] = {"nonlinearity": module.nonlinearity} if isinstance(module, nn.RNN) else {}
    layers = []
    for k in range(module.num_layers):
        D = module.input_size if k == 0 else module.hidden_size * (1 + module.bidirectional)
        layers.append(
            NATIVE[type(module)](
                D,
                module.hidden_size,
                bidirectional=module.bidirectional,
                backend=backend,
                device=weight.device,
                dtype=weight.dtype,
                **options,
            )
        )
    ours = layers[0] if module.num_layers == 1 else Stack(*layers, dropout=module.dropout)
    _copy(_all_weights(module), _all_weights(ours))
    return ours.train(module.training)


def to_native(module: Layer | Stack) -> nn.RNNBase:
    """Return torch.nn's module with a layer's weights (num_layers > 1 for a Stack), time first.

    Raises ValueError for what torch.nn lacks: peepholes, the reset before, "linear", a learned initial state, a Stack
    whose layers differ.
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
    kind = {ours: theirs for theirs, ours in NATIVE.items()}[type(first)]
    options: dict[str, Any] = {"nonlinearity": first.nonlinearity} if isinstance(first, RNN) else {}
    theirs = kind(
        first.input_size,
        first.hidden_size,
        num_layers=len(layers),
        dropout=module.dropout.p if isinstance(module, Stack) and len(layers) > 1 else 0.0,
        bidirectional=first.bidirectional,
        device=first.weights().W.device,
        dtype=first.weights().W.dtype,
        **options,
    )
    _copy(_all_weights(module), _all_weights(theirs))
    return theirs.train(module.training)


def _layers(module: nn.Module) -> list[Layer]:
    if isinstance(module, Stack):
        return [layer for layer in module.layers if isinstance(layer, Layer)]
    if isinstance(module, Layer):
        return [module]
    raise TypeError(f"module must be an RNN, LSTM, GRU or Stack of the course, got {type(module).__name__}")


def _is_stacked(module: nn.Module) -> bool:
    return isinstance(module, Stack) or (isinstance(module, nn.RNNBase) and module.num_layers > 1)


def _all_weights(module: nn.Module) -> list[list[Weights]]:
    """Return a list of layers, each a list of directions."""
    if not isinstance(module, nn.RNNBase):
        return [[layer.weights(d) for d in range(1 + layer.bidirectional)] for layer in _layers(module)]
    if module.proj_size:
        raise ValueError(f"module projects h to {module.proj_size} numbers (proj_size): Params has no place for it")
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [
        [
            _with_biases(*[getattr(module, f"{name}_l{k}{suffix}", None) for name in names])  # type: ignore[arg-type]
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


def _matched(params: Params, weights: Weights) -> list[tuple[Tensor, np.ndarray]]:
    """Pair every array with the tensor that it goes to; raise where they do not fit."""
    pairs = []
    for name, array, tensor in zip(Params._fields, params, weights, strict=True):
        if (array is None) != (tensor is None):
            has, lacks = ("params", "the module") if tensor is None else ("the module", "params")
            raise ValueError(f"params.{name}: {has} has peepholes, {lacks} has none")
        if array is None or tensor is None:
            continue
        if array.shape != tuple(tensor.shape):
            raise ValueError(f"params.{name} has shape {array.shape}, the module {tuple(tensor.shape)}")
        if name.startswith("b_") and not isinstance(tensor, nn.Parameter):
            if np.any(array):
                raise ValueError(f"params.{name} is not zero, and the module was made without biases (bias=False)")
            continue
        pairs.append((tensor, array))
    return pairs


def _copy(sources: list[list[Weights]], targets: list[list[Weights]]) -> None:
    """Copy tensor by tensor, without a detour through NumPy, so that bfloat16 too arrives bit by bit."""
    with torch.no_grad():
        for source, target in zip(sources, targets, strict=True):
            for a, b in zip(source, target, strict=True):
                for from_, to in zip(a, b, strict=True):
                    if from_ is not None and to is not None:
                        to.copy_(from_)
