"""What the tests of the PyTorch side share: cells with their options, random input, and everything a run yields."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

from rnncourse import reference
from rnncourse.torch import GRU, LSTM, RNN

T, B, D, H = 7, 4, 3, 5
LENGTHS = [3, 7, 1, 5]
CELLS = [
    pytest.param(RNN, {}, id="rnn"),
    pytest.param(RNN, {"nonlinearity": "relu"}, id="rnn-relu"),
    pytest.param(RNN, {"nonlinearity": "linear"}, id="rnn-linear"),
    pytest.param(LSTM, {}, id="lstm"),
    pytest.param(LSTM, {"peephole": True}, id="lstm-peephole"),
    pytest.param(GRU, {}, id="gru"),
    pytest.param(GRU, {"reset": "before"}, id="gru-before"),
]


def native(cell, options):
    """Whether torch.nn has this cell with these options."""
    return cell(D, H, **options).native_mode is not None


NATIVE_CELLS = [case for case in CELLS if native(*case.values)]
HOISTED_CELLS = [case for case in CELLS if case.values[0](D, H, **case.values[1]).hoisted() is not None]
LOOP_CELLS = [case for case in CELLS if case not in NATIVE_CELLS]
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none")


@contextmanager
def exact_products():
    """float32 products without TF32's ten bits of mantissa, which are cuDNN's default."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def make(cell, options, *, seed=0, dtype=torch.float64, **more):
    torch.manual_seed(seed)
    return cell(D, H, dtype=dtype, **options, **more)


def flat(state):
    """All tensors of a nested state, in order."""
    return [state] if not isinstance(state, tuple | list) else [tensor for part in state for tensor in flat(part)]


def rebuild(state, tensors):
    """The nested state with other tensors in it."""
    tensors = iter(tensors)

    def build(part):
        return tuple(map(build, part)) if isinstance(part, tuple | list) else next(tensors)

    return build(state)


def random_state(layer, rng, batch=B):
    one = lambda: tuple(rng.standard_normal((batch, layer.hidden_size)) for _ in layer.facts.state)  # noqa: E731
    return (one(), one()) if layer.bidirectional else one()


def random_case(layer, *, seed=1, steps=T, batch=B):
    """Input, initial state and cotangents, nothing zero."""
    rng = np.random.default_rng(seed)
    return {
        "x": rng.standard_normal((steps, batch, layer.input_size)),
        "state": random_state(layer, rng, batch),
        "dh": rng.standard_normal((steps, batch, layer.output_size)),
        "dstate": random_state(layer, rng, batch),
    }


def run_torch(run, parameters, case, *, dtype=torch.float64, device="cpu"):
    """h, state_n and the gradients of x, the initial state and every parameter, as float64 arrays by name."""
    tensor = lambda a: torch.tensor(a, dtype=dtype, device=device)  # noqa: E731
    x = tensor(case["x"]).requires_grad_()
    leaves = [tensor(a).requires_grad_() for a in flat(case["state"])]
    h, state_n = run(x, rebuild(case["state"], leaves))
    loss = (h * tensor(case["dh"])).sum()
    for s, ds in zip(flat(state_n), flat(case["dstate"]), strict=True):
        loss = loss + (s * tensor(ds)).sum()
    names, weights = zip(*parameters, strict=True)
    grads = torch.autograd.grad(loss, [x, *leaves, *weights])
    out = {"h": h} | {f"state_n[{k}]": s for k, s in enumerate(flat(state_n))}
    inputs = ["dx", *(f"dstate0[{k}]" for k in range(len(leaves))), *(f"d{name}" for name in names)]
    out |= dict(zip(inputs, grads, strict=True))
    return {name: value.detach().double().cpu().numpy() for name, value in out.items()}


def run_layer(layer, case, lengths=None, **where):
    return run_torch(lambda x, state: layer(x, state, lengths), list(layer.named_parameters()), case, **where)


def run_reference(layer, params, case, lengths=None):
    """The same from the NumPy reference, under the same names."""
    name = type(layer).__name__.lower()
    options = layer._options() if name != "lstm" else {}
    if layer.bidirectional:
        h, state_n, cache = reference.bidirectional_forward(
            name, case["x"], case["state"], params, lengths=lengths, **options
        )
        dx, dstate0, grads = reference.bidirectional_backward(case["dh"], case["dstate"], cache)
    else:
        forward, backward = getattr(reference, f"{name}_forward"), getattr(reference, f"{name}_backward")
        h, state_n, cache = forward(case["x"], case["state"], params, lengths=lengths, **options)
        dx, dstate0, grads = backward(case["dh"], case["dstate"], cache)
    out = {"h": h} | {f"state_n[{k}]": s for k, s in enumerate(flat(state_n))}
    out |= {"dx": dx} | {f"dstate0[{k}]": s for k, s in enumerate(flat(dstate0))}
    pair = grads if layer.bidirectional else (grads,)
    for suffix, part in zip(("", "_reverse"), pair, strict=False):
        for ours, theirs in zip(part, ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ph"), strict=True):
            if ours is not None:
                out[f"d{theirs}_l0{suffix}"] = ours
    return out
