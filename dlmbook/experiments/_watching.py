"""Looking at a network while it is trained, and keeping what was seen in plain numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlmbook.denoisers import Network, Objective


class Watched:
    """An objective that looks at the network at certain times of its training."""

    def __init__(
        self,
        objective: Objective,
        steps: int,
        shares: Sequence[float],
        look: Callable[[Network], dict[str, Any]],
    ) -> None:
        self.objective, self.look = objective, look
        self.times = {max(round(share * steps), 1) for share in shares}
        self.step, self.seconds = 0, 0.0
        self.found: list[dict[str, Any]] = []

    def __call__(self, network: Network, tokens: Tensor, source: torch.Generator) -> Tensor:
        """Return the objective."""
        if self.step in self.times:
            start = time.process_time()
            self.found.append({"step": self.step, **self.look(network)})
            self.seconds += time.process_time() - start
        self.step += 1
        return self.objective(network, tokens, source)


def thin(losses: np.ndarray, points: int = 60) -> list[tuple[int, float]]:
    """Means of the training loss over stretches of equal length: where they end, and the means."""
    ends = np.unique(np.linspace(0, len(losses), points + 1).astype(int))
    return [(b, float(losses[a:b].mean())) for a, b in pairwise(ends.tolist())]


def listed(value: Any) -> Any:
    """Turn arrays and tuples into lists, numbers into plain ones with six digits."""
    if isinstance(value, dict):
        return {str(key): listed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [listed(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}")
    return int(value) if isinstance(value, np.integer) else value
