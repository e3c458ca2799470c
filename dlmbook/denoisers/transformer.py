"""A transformer for token sequences, bidirectional or causal."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlmbook.denoisers.start import default_device, draw_weights, seeded
from dlmbook.laws.base import MASK, Rng, check_size


class Transformer(nn.Module):
    """From partly masked tokens (n, L) to logits (n, L, q).

    Bidirectional, it is a masked denoiser: the row of a position is its pmf given all revealed
    tokens. Causal, it is a small GPT: the row of position i is the pmf of token i given the tokens
    before it, and no later token has any influence on it.

    A new network answers with uniform pmfs. It lives on a GPU if there is one.

    Parameters
    ----------
    vocabulary, length : int
        q and L, the largest number of tokens in a sequence.
    width : int
        Numbers per position, a multiple of ``heads``.
    layers, heads : int
    causal : bool
        Whether a position sees earlier tokens only.
    rng : Generator, int or None
        Source of the initial weights, or its seed.

    Examples
    --------
    >>> network = Transformer(vocabulary=26, length=5, width=32, layers=1, heads=2, rng=0)
    >>> network(torch.tensor([[7, -1, 11, 11, -1]])).shape
    torch.Size([1, 5, 26])
    """

    def __init__(
        self,
        vocabulary: int,
        length: int,
        width: int = 128,
        layers: int = 3,
        heads: int = 4,
        causal: bool = False,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.vocabulary = check_size(vocabulary, "vocabulary")
        self.length = check_size(length, "length")
        self.width, self.layers = check_size(width, "width"), check_size(layers, "layers")
        self.heads, self.causal = check_size(heads, "heads"), bool(causal)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads = {heads}, but is {width}")
        with seeded(rng):
            self.token = nn.Embedding(vocabulary + 1, width)  # the last one: masked, or the start
            self.place = nn.Embedding(length, width)
            self.blocks = nn.ModuleList(Block(width, heads, causal) for _ in range(layers))
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary)
            draw_weights(self, self.head, scale=0.7)
        self.to(default_device())

    @property
    def sizes(self) -> dict[str, int]:
        """Arguments that make a network of the same shape."""
        names = ("vocabulary", "length", "width", "layers", "heads", "causal")
        return {name: getattr(self, name) for name in names}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.weight.device

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of every position, (n, L, q), from int64 tokens (n, L) with -1 where masked."""
        symbols = torch.where(tokens == MASK, self.vocabulary, tokens)
        if self.causal:
            start = torch.full_like(symbols[:, :1], self.vocabulary)
            symbols = torch.cat([start, symbols[:, :-1]], dim=1)
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token(symbols) + self.place(places)  # (n, L, width)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Block(nn.Module):
    """Attention, then a network of one hidden layer at each position; both are added on."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.hidden = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return the new state of every position, (n, L, width)."""
        x = x + self.attend(self.norms[0](x))
        return x + self.out(functional.gelu(self.hidden(self.norms[1](x))))

    def attend(self, x: Tensor) -> Tensor:
        """Let every position look at the others, (n, L, width)."""
        n, length, width = x.shape
        split = self.query_key_value(x).view(n, length, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (n, heads, L, width / heads)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.mix(seen.transpose(1, 2).reshape(n, length, width))
