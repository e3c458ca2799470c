r"""Training by the any-order objective, or token by token.

Let j be uniform on 0..L-1, reveal j tokens in random places, and charge the network the mean of
``-ln p`` over the hidden ones. The mean charge is ``(1/L) sum_j l_j``: one L-th of the negative
evidence lower bound (Theorem `elbo`). Each *level* j has the same weight, however many tokens are
hidden. (With masks drawn token by token with probability t, uniform on [0, 1], the weight 1/t
does the same.) A batch takes its levels at equal distances, which changes no mean and lowers the
noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from dlmbook.charges import check_complete
from dlmbook.denoisers.checkpoints import read, restore, save
from dlmbook.denoisers.network import Network
from dlmbook.information import Array
from dlmbook.laws.base import MASK, Rng, Tokens, check_size

#: From a network, complete tokens (b, L) and a source of randomness to a number to minimize.
Objective = Callable[[Network, Tensor, torch.Generator], Tensor]


def any_order_loss(network: Network, tokens: Tensor, source: torch.Generator) -> Tensor:
    """Estimate the masked loss, all levels alike, in nats per hidden token.

    Theorem: `elbo`.

    Parameters
    ----------
    network : Transformer or Perceptron
    tokens : Tensor of int64, shape (b, L)
    source : torch.Generator
        On the CPU.
    """
    n, length = tokens.shape
    first = torch.randint(n, (1,), generator=source)
    level = (torch.arange(n) + first) % n * length // n  # (b,), each of 0..L-1 as often
    place = torch.rand(n, length, generator=source).argsort(dim=1).argsort(dim=1)
    hidden = (place >= level[:, None]).to(tokens.device)
    logits = network(torch.where(hidden, MASK, tokens))  # (b, L, q)
    charges = functional.cross_entropy(logits.transpose(1, 2), tokens, reduction="none")
    return ((charges * hidden).sum(dim=1) / hidden.sum(dim=1)).mean()


def next_token_loss(network: Network, tokens: Tensor, source: torch.Generator) -> Tensor:
    """Mean of ``-ln p`` of each token given those before it, in nats per token."""
    return functional.cross_entropy(network(tokens).transpose(1, 2), tokens)


def train(
    network: Network,
    data: ArrayLike,
    steps: int,
    *,
    batch: int = 256,
    rate: float = 3e-3,
    decay: float = 0.01,
    objective: Objective | None = None,
    rng: Rng = None,
    checkpoint: str | Path | None = None,
    every: int = 200,
    progress: bool = False,
) -> Array:
    """Train a network on sequences, in place.

    AdamW, a rate that rises over the first tenth of the steps (at most 100) and falls to zero
    along a cosine. On a CPU the same seed gives the same network.

    Parameters
    ----------
    network : Transformer or Perceptron
    data : array_like of int, shape (n, L)
        Complete sequences. They are shuffled, and taken again when all have been used.
    steps : int
        Number of updates.
    batch : int
        Sequences in an update.
    rate, decay : float
        Largest learning rate, and weight decay.
    objective : callable, optional
        `any_order_loss` for a bidirectional network, `next_token_loss` for a causal one.
    rng : Generator, int or None
        Source of randomness, or its seed.
    checkpoint : path, optional
        A file for unfinished work. The same call takes it up from there, and goes on as if it had
        never been interrupted.
    every : int
        Steps between two writings of the file.
    progress : bool
        Show a progress bar.

    Returns
    -------
    ndarray of float64, shape (steps,)
        The objective at each step, in nats.

    Raises
    ------
    ValueError
        If the data do not fit the network, or the checkpoint does not fit the call.

    Examples
    --------
    >>> from dlmbook.denoisers import Transformer
    >>> from dlmbook.laws import repetition
    >>> network = Transformer(vocabulary=2, length=3, width=16, layers=1, heads=2, rng=0)
    >>> losses = train(network, repetition(3).sample(1000, rng=0), steps=150, batch=64, rng=0)
    >>> bool(losses[0] > 0.69), bool(losses[-1] < 0.3)
    (True, True)
    """
    tokens = _check_data(network, data)
    run = _Run(network, check_size(steps, "steps"), rate, decay, rng)
    batch, every = check_size(batch, "batch"), check_size(every, "every")
    objective = objective or (next_token_loss if network.causal else any_order_loss)
    if checkpoint is not None and Path(checkpoint).exists():
        run.resume(checkpoint)
    network.train()
    with tqdm(total=steps, initial=len(run.losses), disable=not progress) as bar:
        while len(run.losses) < steps:
            rows = run.next_rows(len(tokens), batch)
            run.update(objective(network, tokens[rows].to(network.device), run.source))
            bar.update()
            if progress and len(run.losses) % 20 == 0:
                bar.set_postfix(nats=f"{np.mean(run.losses[-20:]):.3f}")
            if checkpoint is not None and (len(run.losses) % every == 0):
                run.keep(checkpoint)
    network.eval()
    return np.array(run.losses)


class _Run:
    """Everything that changes during training: optimizer, rate, randomness, losses."""

    def __init__(self, network: Network, steps: int, rate: float, decay: float, rng: Rng) -> None:
        self.network, self.steps = network, steps
        self.source = torch.Generator()  # on the CPU, whatever the device
        self.seed = int(np.random.default_rng(rng).integers(2**63))
        self.source.manual_seed(self.seed)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=rate, weight_decay=decay, betas=(0.9, 0.98)
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.share_of_rate)
        self.losses: list[float] = []
        self.order = torch.empty(0, dtype=torch.int64)  # rows still to come in this pass

    def share_of_rate(self, step: int) -> float:
        """Rise over the first steps, then fall to zero along a cosine."""
        rise = min(math.ceil(self.steps / 10), 100)
        fall = 0.5 * (1 + math.cos(math.pi * max(step - rise, 0) / max(self.steps - rise, 1)))
        return min((step + 1) / rise, 1.0) * fall

    def next_rows(self, n: int, batch: int) -> Tensor:
        """Rows of the next batch: a new shuffle of all follows when one is used up."""
        while len(self.order) < batch:
            self.order = torch.cat([self.order, torch.randperm(n, generator=self.source)])
        rows, self.order = self.order[:batch], self.order[batch:]
        return rows

    def update(self, loss: Tensor) -> None:
        """Move the weights once."""
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.losses.append(float(loss.detach()))

    def keep(self, path: str | Path) -> None:
        """Write everything to a file."""
        state = {
            "steps": self.steps,
            "seed": self.seed,
            "losses": self.losses,
            "order": self.order.clone(),
            "source": self.source.get_state(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        save(self.network, path, training=state)

    def resume(self, path: str | Path) -> None:
        """Take everything from a file."""
        content = read(path)
        state: dict[str, Any] = content.get("training", {})
        if state.get("steps") != self.steps or state.get("seed") != self.seed:
            raise ValueError(
                f"{path} must hold unfinished training with steps = {self.steps} and the same "
                f"seed, but holds steps = {state.get('steps')}; "
                "give another path, or remove the file"
            )
        restore(self.network, content, path)
        self.losses, self.order = list(state["losses"]), state["order"]
        self.source.set_state(state["source"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])


def _check_data(network: Network, data: ArrayLike) -> Tensor:
    tokens: Tokens = check_complete(data)
    if tokens.shape[1] != network.length or tokens.max() >= network.vocabulary:
        raise ValueError(
            f"data must have shape (n, {network.length}) and tokens below {network.vocabulary}, "
            f"but have shape {tokens.shape} and tokens up to {tokens.max()}"
        )
    return torch.from_numpy(tokens)
