r"""A small GPT as a family: trained from scratch on whatever a generation is given.

The network is the causal `Transformer` of `dlmbook.denoisers`; token by token it says the pmf of
the next token given those before it. `GPT.fit` trains a new one, from random weights, for a
number of updates that is fixed in advance: nothing is tuned to the data of a generation, and no
labels are used. The fitted `GPTModel` writes whole texts, one token after another. To write token
i only the last position has to be computed; keys and values of the earlier ones are kept, so that
n texts of L tokens cost about as much as one look at them.

The chapter *Language models in the loop* tells the story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dlmbook.denoisers import Transformer, train
from dlmbook.denoisers.transformer import Block
from dlmbook.families.loop import Data
from dlmbook.information import Array
from dlmbook.laws.base import Rng, Tokens, check_size, check_tokens, draw

#: Most texts that the network gets at once.
BATCH = 2048


@dataclass(frozen=True, eq=False)
class GPTModel:
    """A trained causal network as a law on texts.

    Parameters
    ----------
    network : Transformer
        Causal.

    Examples
    --------
    >>> network = Transformer(3, length=4, width=8, layers=1, heads=1, causal=True, rng=0)
    >>> model = GPTModel(network)
    >>> model.sample(2, rng=0).shape, model.log_prob([[0, 1, 2, 0]]).round(4).tolist()
    ((2, 4), [-4.3944])
    """

    network: Transformer

    def __post_init__(self) -> None:
        if not self.network.causal:
            raise ValueError("network must be causal: a GPT sees only the tokens before")

    def predict(self, tokens: Tokens) -> Array:
        """Pmf of each token given those before it: from (n, L) to (n, L, q), float64.

        Raises
        ------
        ValueError
            If the tokens are not complete texts of the network's length and vocabulary.
        """
        network = self.network
        tokens = check_tokens(tokens, network.length, network.vocabulary)
        answers = np.empty((*tokens.shape, network.vocabulary))
        with torch.inference_mode():
            for start in range(0, len(tokens), BATCH):
                part = torch.from_numpy(tokens[start : start + BATCH]).to(network.device)
                answers[start : start + BATCH] = _pmf(network(part))
        return answers

    def log_prob(self, tokens: Tokens) -> Array:
        """Log-probability of whole texts, shape (n,), in nats."""
        tokens = np.asarray(tokens)
        pmfs = self.predict(tokens)
        return np.log(np.take_along_axis(pmfs, tokens[..., None], axis=2)[..., 0]).sum(axis=1)

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n texts, shape (n, L), from the pmfs as they are (temperature 1)."""
        network, rng = self.network, np.random.default_rng(rng)
        tokens = np.empty((check_size(n, "n", 0), network.length), dtype=np.int64)
        with torch.inference_mode():
            for start in range(0, n, BATCH):
                rows = tokens[start : start + BATCH]
                last = np.full(len(rows), network.vocabulary)
                past: list[tuple[Tensor, Tensor] | None] = [None] * network.layers
                for i in range(network.length):
                    symbols = torch.from_numpy(last).to(network.device)
                    last = rows[:, i] = draw(_pmf(_next_logits(network, symbols, i, past)), rng)
        return tokens


@dataclass(frozen=True)
class GPT:
    """Small causal transformers, trained from scratch by next-token prediction.

    Parameters
    ----------
    vocabulary, length : int
        q and L, the number of tokens of a text.
    width, layers, heads : int
        Sizes of the network.
    steps : int or callable
        Number of updates, or a function of the number of texts that gives it.
    batch : int
        Texts in an update.
    rate, decay : float
        Largest learning rate, and weight decay, of `train`.

    Examples
    --------
    >>> data = np.array([[0, 1, 0, 1], [1, 0, 1, 0]] * 50)
    >>> model = GPT(2, length=4, width=16, layers=1, heads=1, steps=120, rate=0.01).fit(data, rng=0)
    >>> model.predict(np.array([[0, 1, 0, 1]]))[0, 1:, 1].round(1).tolist()
    [1.0, 0.0, 1.0]
    """

    vocabulary: int
    length: int
    width: int = 32
    layers: int = 1
    heads: int = 2
    steps: int | Callable[[int], int] = 400
    batch: int = 32
    rate: float = 3e-3
    decay: float = 0.01

    def fit(self, data: Data, rng: Rng = None) -> GPTModel:
        """Train a new network on texts of shape (n, L)."""
        rng = np.random.default_rng(rng)
        shape = (self.vocabulary, self.length, self.width, self.layers, self.heads)
        network = Transformer(*shape, causal=True, rng=rng)
        steps = self.steps(len(data)) if callable(self.steps) else self.steps
        train(network, data, steps, batch=self.batch, rate=self.rate, decay=self.decay, rng=rng)
        return GPTModel(network)


def _pmf(logits: Tensor) -> Array:
    return np.asarray(torch.softmax(logits.double(), dim=-1).cpu().numpy())


def _next_logits(
    network: Transformer, symbols: Tensor, place: int, past: list[tuple[Tensor, Tensor] | None]
) -> Tensor:
    """Logits of one token, (n, q), from the one before it; `past` grows by a position."""
    x = network.token(symbols) + network.place.weight[place]  # (n, width)
    for i, module in enumerate(network.blocks):
        block = cast(Block, module)
        attended, past[i] = _attend_past(block, block.norms[0](x), past[i])
        x = x + attended
        x = x + block.out(functional.gelu(block.hidden(block.norms[1](x))))
    return network.head(network.norm(x))


def _attend_past(
    block: Block, x: Tensor, past: tuple[Tensor, Tensor] | None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """`Block.attend` at the last position alone, (n, width), with the keys and values before it."""
    n, width = x.shape
    split = block.query_key_value(x).view(n, 3, block.heads, 1, width // block.heads)
    q, k, v = split.unbind(dim=1)  # each (n, heads, 1, width / heads)
    if past is not None:
        k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
    seen = functional.scaled_dot_product_attention(q, k, v)
    return block.mix(seen.reshape(n, width)), (k, v)
