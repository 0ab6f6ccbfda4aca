"""Networks side by side, one a seed: what they need so that each is trained as it would be alone."""

import torch
from torch import nn

__all__ = ["clip_each"]


def clip_each(networks: nn.Module, limit: float = 1.0) -> None:
    """Scale each network's own gradient to a norm of at most `limit`; parameters are (networks, …)."""
    gradients = [parameter.grad for parameter in networks.parameters() if parameter.grad is not None]
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    for gradient in gradients:
        gradient /= (norms / limit).clamp_min(1.0).view(-1, *[1] * (gradient.ndim - 1))
