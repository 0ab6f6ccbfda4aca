"""What the three layers share: parameters named as torch.nn names them, checked input, and the choice of a backend."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_choice, check_count, check_flag, check_state_form
from rnncourse.reference.cells import Cell
from rnncourse.torch import graph, native
from rnncourse.torch.advice import as_device, check_tensor, describe
from rnncourse.torch.hoisted import Hoisted
from rnncourse.torch.lengths import check_lengths
from rnncourse.torch.loop import State, reverse_within_lengths, unroll

BACKENDS = ("auto", "loop", "native", "graph")
SUFFIXES = ("", "_reverse")  # torch.nn's endings for the two directions


class Weights(NamedTuple):
    """One direction's tensors: W (G·H, D), R (G·H, H), b_W and b_R (G·H,), p (3, H) or None."""

    W: Tensor
    R: Tensor
    b_W: Tensor
    b_R: Tensor
    p: Tensor | None = None


class Layer(nn.Module):
    """One recurrent layer, one direction or two; see RNN, LSTM and GRU.

    A cell supplies its `facts` and `cell_step(x_t, state, weights) -> state`; where it can, its name for torch.nn
    (`native_mode`) and its pair of functions for the graph backend (`hoisted`). It sets `backend` last.
    """

    facts: ClassVar[Cell]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bidirectional: bool,
        peephole: bool,
        learn_state: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        check_count("input_size", input_size)
        check_count("hidden_size", hidden_size)
        for name, flag in {"bidirectional": bidirectional, "peephole": peephole, "learn_state": learn_state}.items():
            check_flag(name, flag)
        device = None if device is None else as_device(device)
        input_size, hidden_size = int(input_size), int(hidden_size)
        self.input_size, self.hidden_size, self.bidirectional = input_size, hidden_size, bidirectional
        self.output_size = hidden_size * (1 + bidirectional)
        self.peephole, self.learn_state = peephole, learn_state
        rows, H = len(self.facts.gates) * hidden_size, hidden_size
        for suffix in SUFFIXES[: 1 + bidirectional]:
            shapes = {"weight_ih": (rows, input_size), "weight_hh": (rows, H), "bias_ih": (rows,), "bias_hh": (rows,)}
            if peephole:
                shapes["weight_ph"] = (len(self.facts.peepholes), H)
            if learn_state:
                shapes |= {f"{name}0": (H,) for name in self.facts.state}
            for name, shape in shapes.items():
                tensor = torch.empty(shape, device=device, dtype=dtype)
                self.register_parameter(f"{name}_l0{suffix}", nn.Parameter(tensor))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every weight from U(−1/√H, 1/√H), as torch.nn does; a learned initial state starts at zero."""
        bound = 1 / math.sqrt(self.hidden_size)
        for name, parameter in self.named_parameters(recurse=False):
            if name.startswith(("weight", "bias")):
                nn.init.uniform_(parameter, -bound, bound)
            else:
                nn.init.zeros_(parameter)

    # What a cell supplies.

    def cell_step(self, x_t: Tensor, state: State, weights: Weights) -> State:
        """Compute one step: x_t (B, D) and the state, each (B, H), to the next state."""
        raise NotImplementedError

    @property
    def native_mode(self) -> str | None:
        """torch.nn's name for this cell with these options, None where it has no such cell."""
        return None

    def hoisted(self) -> Hoisted | None:
        """Return this cell's forward and backward in rnncourse.torch.hoisted, None where nobody wrote them."""
        return None

    # The choice of a backend.

    @property
    def backend(self) -> str:
        """The backend asked for; assigning checks that it is possible."""
        return self._backend

    @backend.setter
    def backend(self, backend: str) -> None:
        self._check_backend(backend, self.weights().W.device)
        self._backend = backend

    def _check_backend(self, backend: str, device: torch.device) -> None:
        check_choice("backend", backend, BACKENDS)
        cell = type(self).__name__ + (f" with {self._options_text()}" if self._options() else "")
        if backend == "native" and self.native_mode is None:
            on_gpu = ', "graph" (a GPU)' if self.hoisted() else ""
            raise ValueError(f'backend="native": torch.nn has no {cell}; use "loop" (any device){on_gpu} or "auto"')
        if backend == "graph" and self.hoisted() is None:
            raise ValueError(
                f'backend="graph": {cell} has no hoisted products to record; use "loop" (any device) or "auto"'
            )
        if backend == "graph" and device.type != "cuda":
            raise ValueError(
                f'backend="graph": a CUDA graph needs the layer on a GPU, and it is on {device.type!r}; '
                'use "auto" here, or build the layer with device="cuda"'
            )

    def backend_used(self, x: Tensor | None = None) -> str:
        """Return what forward runs: "auto" means torch.nn's kernels where they know the options, else the loop.

        "graph" is never chosen by itself: it captures once for each shape and keeps the memory. On a CPU "auto" is the
        loop in float16, and in bfloat16 where the processor has no AVX-512: oneDNN has no LSTM there. Gradients of
        gradients: "loop" alone.
        """
        if self.backend != "auto":
            return self.backend
        no_kernel = x is not None and x.device.type == "cpu" and native.lacks_cpu_kernel((x.dtype, autocast_dtype(x)))
        return "loop" if self.native_mode is None or no_kernel else "native"

    # Running.

    def forward(
        self, x: Tensor, state: Any = None, lengths: Tensor | np.ndarray | Sequence[int] | None = None
    ) -> tuple[Tensor, Any]:
        """Run the layer over a batch of sequences, time first.

        Parameters
        ----------
        x : (T, B, D)
        state : (h,) or (h, c), each (B, H); for a bidirectional layer a pair of these, forward and backward.
            None means zeros, or the learned initial state where the layer has one.
        lengths : (B,) whole numbers in 1 … T, or None: past a sequence's end h is zero and the state is frozen.

        Returns
        -------
        h : (T, B, H), or (T, B, 2H) with the forward direction first
        state_n : the state after the last valid step, in the form of `state`

        Raises
        ------
        ValueError, TypeError : a shape, dtype or length that does not fit, named.
        """
        self._check_x(x)
        valid_lengths = None if lengths is None else check_lengths(lengths, x)
        states = self._states(state, x)
        if self.backend != "auto":
            self._check_backend(self.backend, x.device)
        backend, mode = self.backend_used(x), self.native_mode
        if backend == "native":
            assert mode is not None  # the check of the backend said so
            weights = [self.weights(direction)[:4] for direction in range(1 + self.bidirectional)]
            h, states_n = native.run(mode, x, states, weights, valid_lengths, training=self.training)
        else:
            h, states_n = self._each_direction(backend, x, states, valid_lengths)
        return h, (states_n if self.bidirectional else states_n[0])

    def _each_direction(
        self, backend: str, x: Tensor, states: list[State], lengths: Tensor | None
    ) -> tuple[Tensor, tuple[State, ...]]:
        run = self._run_graph if backend == "graph" else self._run_loop
        h, state_n = run(x, states[0], self.weights(0), lengths)
        if not self.bidirectional:
            return h, (state_n,)
        h_back, state_back = run(reverse_within_lengths(x, lengths), states[1], self.weights(1), lengths)
        return torch.cat([h, reverse_within_lengths(h_back, lengths)], dim=-1), (state_n, state_back)

    def _run_loop(self, x: Tensor, state: State, weights: Weights, lengths: Tensor | None) -> tuple[Tensor, State]:
        return unroll(lambda x_t, state: self.cell_step(x_t, state, weights), x, state, lengths)

    def _run_graph(self, x: Tensor, state: State, weights: Weights, lengths: Tensor | None) -> tuple[Tensor, State]:
        hoisted = self.hoisted()
        assert hoisted is not None  # the check of the backend said so
        return graph.run(hoisted, x, state, weights, lengths)

    def step(self, x_t: Tensor, state: State | None = None) -> State:
        """Run one step of the forward direction: x_t (B, D), state (h,) or (h, c) -> the next state, for decoders."""
        if self.bidirectional:
            raise ValueError("step: a bidirectional layer needs the whole sequence; call the layer itself")
        check_tensor("x_t", x_t)
        x = x_t.unsqueeze(0)
        self._check_x(x)
        return self.cell_step(x_t, self._states(state, x)[0], self.weights(0))

    def weights(self, direction: int = 0) -> Weights:
        """Return the tensors of one direction, 0 forward and 1 backward."""
        suffix = SUFFIXES[direction]
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", *(["weight_ph"] if self.peephole else [])]
        return Weights(*(getattr(self, f"{name}_l0{suffix}") for name in names))

    def _states(self, state: Any, x: Tensor) -> list[State]:
        """Return one state a direction: the given ones, checked; else the learned ones; else zeros."""
        B, H = x.shape[1], self.hidden_size
        suffixes = SUFFIXES[: 1 + self.bidirectional]
        if state is None:
            if self.learn_state:
                return [
                    tuple(getattr(self, f"{name}0_l0{suffix}").expand(B, H) for name in self.facts.state)
                    for suffix in suffixes
                ]
            return [tuple(x.new_zeros(B, H) for _ in self.facts.state) for _ in suffixes]
        if not self.bidirectional:
            self._check_state("state", state, x)
            return [tuple(state)]
        if not isinstance(state, tuple | list) or len(state) != 2:
            form = "(h,)" if len(self.facts.state) == 1 else "(h, c)"
            raise TypeError(f"state: got {describe(state)}, expected a pair (forward, backward), each {form}")
        for direction, one in enumerate(state):
            self._check_state(f"state[{direction}]", one, x)
        return [tuple(one) for one in state]

    def _check_state(self, name: str, state: Any, x: Tensor) -> None:
        check_state_form(name, state, len(self.facts.state), (x.shape[1], self.hidden_size))
        for letter, tensor in zip(self.facts.state, state, strict=True):
            if not isinstance(tensor, Tensor):
                raise TypeError(f"{name}: {letter} must be a tensor, got {describe(tensor)}")
            if tensor.device != x.device:
                raise ValueError(f"{name}: {letter} is on {tensor.device}, x on {x.device}")
            if tensor.dtype != x.dtype and autocast_dtype(x) is None:
                raise TypeError(f"{name}: {letter} is {tensor.dtype}, x {x.dtype}; convert one with .to(dtype)")

    def _check_x(self, x: Tensor) -> None:
        weight = self.weights().W
        check_tensor("x", x)
        if x.dim() != 3 or x.shape[-1] != self.input_size or 0 in x.shape:
            raise ValueError(
                f"x has shape {tuple(x.shape)}, expected (T, B, D) with T, B ≥ 1 and D = {self.input_size}"
            )
        if x.device != weight.device:
            raise ValueError(f"x is on {x.device}, the layer on {weight.device}; move one with .to(device)")
        if x.dtype != weight.dtype and autocast_dtype(x) is None:
            raise TypeError(f"x is {x.dtype}, the layer {weight.dtype}; convert one with .to(dtype)")

    def form(self) -> str:
        """Say what the layer computes, whatever its backend: kind, sizes, options."""
        return f"{type(self).__name__}({self._form()})"

    def extra_repr(self) -> str:
        """Return the settings as torch prints them."""
        return f"{self._form()}, backend={self.backend!r}"

    def _form(self) -> str:
        options = [self._options_text()] if self._options() else []
        sizes = [f"{self.input_size}, {self.hidden_size}", *options]
        return ", ".join([*sizes, f"bidirectional={self.bidirectional}"])

    def _options_text(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._options().items())

    def _options(self) -> dict[str, Any]:
        return {}


def autocast_dtype(x: Tensor) -> torch.dtype | None:
    """Return the dtype that autocast uses on x's device, None where it is off."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
