r"""Objectives that do not weigh all levels alike.

For positive weights ``a[j]`` the ideal denoiser is the same, but a network that cannot be perfect
saves its effort for what weighs most. Three choices matter:

- ``a[j] = 1``: the negative evidence lower bound of one token at a time (`any_order_loss`);
- ``a[j]`` in proportion to the mean size of the block that a schedule begins at j: that of the
  sampler with this schedule (Theorem `schedule-elbo`), see `levels_of`;
- ``a[j] = L - j``: what comes out if charges are added up over masked tokens without a weight, as
  when ``1/t`` is forgotten (Lemma `lem-weight`).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from dlmbook.denoisers.network import Network
from dlmbook.denoisers.training import Objective
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import MASK
from dlmbook.sampling import Rule
from dlmbook.schedules import Schedule


def weighted_loss(weights: ArrayLike) -> Objective:
    """Make an objective with the mean ``sum_j a[j] l[j] / sum_j a[j]``.

    A sequence gets level j with a probability in proportion to ``a[j]``; a batch takes its levels
    at equal distances, as `any_order_loss` does.

    Theorem: `schedule-elbo`.

    Parameters
    ----------
    weights : array_like, shape (L,)
        Nonnegative numbers ``a[j]``, not all zero.

    Examples
    --------
    All tokens hidden, always: one entropy of a fair bit.

    >>> from dlmbook.denoisers import Transformer
    >>> network = Transformer(vocabulary=2, length=3, width=8, layers=1, heads=1, rng=0)
    >>> tokens = torch.zeros(4, 3, dtype=torch.int64)
    >>> loss = weighted_loss([1, 0, 0])(network, tokens, torch.Generator())
    >>> round(float(loss.detach()), 4)
    0.6931
    """
    a = check_numbers(weights, "weights")
    if a.ndim != 1 or not np.all(a >= 0) or not 0 < a.sum() < np.inf:
        raise ValueError("weights must be nonnegative finite numbers, not all zero")
    ladder = torch.from_numpy(np.cumsum(a) / a.sum())

    def objective(network: Network, tokens: Tensor, source: torch.Generator) -> Tensor:
        n, length = tokens.shape
        if length != len(ladder):
            raise ValueError(f"weights are for L = {len(ladder)}, but tokens have L = {length}")
        heights = (torch.arange(n) + torch.rand(1, generator=source)).double() / n
        level = torch.searchsorted(ladder, heights, right=True).clamp(max=length - 1)
        place = torch.rand(n, length, generator=source).argsort(dim=1).argsort(dim=1)
        hidden = (place >= level[:, None]).to(tokens.device)
        logits = network(torch.where(hidden, MASK, tokens))  # (n, L, q)
        charges = functional.cross_entropy(logits.transpose(1, 2), tokens, reduction="none")
        return ((charges * hidden).sum(dim=1) / hidden.sum(dim=1)).mean()

    return objective


def levels_of(schedule: Schedule) -> Array:
    """Mean size ``a[j]`` of the block that a schedule begins at level j, shape (L,).

    The weights add up to L. One token at a time has ``a = 1``.

    Theorem: `schedule-elbo`.

    Examples
    --------
    >>> from dlmbook.schedules import uniform
    >>> levels_of(uniform(5, 2)).tolist()
    [2.0, 0.0, 3.0, 0.0, 0.0]
    """
    if isinstance(schedule, Rule):
        raise ValueError("a rule asks at no fixed levels; see dlmbook.sampling.path_parts")
    weights = np.zeros(schedule.length)
    for probability, sizes in schedule.compositions():
        starts = np.cumsum((0, *sizes[:-1]))
        np.add.at(weights, starts, probability * np.array(sizes))
    return weights
