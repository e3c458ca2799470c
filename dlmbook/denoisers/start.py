"""How networks begin: where they live, and their first weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from dlmbook.laws.base import Rng


def default_device() -> torch.device:
    """Return a GPU if there is one, otherwise the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def seeded(rng: Rng) -> Iterator[None]:
    """Let torch draw from a seed of one's own, and leave its global state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.default_rng(rng).integers(2**63)))
        yield


def draw_weights(network: nn.Module, head: nn.Linear, scale: float) -> None:
    """Draw weights that keep the scale of what they multiply, and a head that answers uniformly.

    Parameters
    ----------
    network : Module
    head : Linear
        Its last layer.
    scale : float
        Standard deviation of embeddings.
    """
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=scale)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            nn.init.zeros_(module.bias)
    nn.init.zeros_(head.weight)
