"""The same problem through torch.nn and its automatic differentiation: the other implementation to agree with."""

import numpy as np
import torch

MODULES = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
NAMES = {"W": "weight_ih_l0", "R": "weight_hh_l0", "b_W": "bias_ih_l0", "b_R": "bias_hh_l0"}


def leaf(a):
    return torch.tensor(a, requires_grad=True)


def torch_run(cell, x, states0, params, dh, dstates_n, *, lengths=None, **options):
    """h, state_n, dx, dstate0 and grads for one direction, or for both where `params` is a list of two.

    States, parameters and their gradients are lists, one item a direction.
    """
    H, D = params[0].R.shape[1], x.shape[2]
    module = MODULES[cell](D, H, bidirectional=len(params) == 2, **options).to(torch.float64)
    with torch.no_grad():
        for suffix, direction in zip(("", "_reverse"), params, strict=False):
            for letter, name in NAMES.items():
                getattr(module, name + suffix).copy_(torch.tensor(getattr(direction, letter)))
    x = leaf(x)
    state0 = [leaf(np.stack(parts)) for parts in zip(*states0, strict=True)]  # [h (directions, B, H), maybe c]
    argument = tuple(state0) if cell == "lstm" else state0[0]
    h, state_n = _call(module, x, argument, lengths)
    state_n = state_n if cell == "lstm" else (state_n,)
    loss = (h * torch.tensor(dh)).sum()
    for part, dpart in zip(state_n, zip(*dstates_n, strict=True), strict=True):
        loss = loss + (part * torch.tensor(np.stack(dpart))).sum()
    loss.backward()
    directions = range(len(params))
    return {
        "h": h.detach().numpy(),
        "state_n": [[part[k].detach().numpy() for part in state_n] for k in directions],
        "dx": x.grad.numpy(),
        "dstate0": [[part.grad[k].numpy() for part in state0] for k in directions],
        "grads": [
            {letter: getattr(module, name + suffix).grad.numpy() for letter, name in NAMES.items()}
            for suffix in ("", "_reverse")[: len(params)]
        ],
    }


def _call(module, x, state0, lengths):
    if lengths is None:
        return module(x, state0)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    h, state_n = module(packed, state0)
    return torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))[0], state_n
