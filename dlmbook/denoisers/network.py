"""The networks of this package, by the names that their files bear."""

from __future__ import annotations

from dlmbook.denoisers.perceptron import Perceptron
from dlmbook.denoisers.transformer import Transformer

#: From tokens (n, L), -1 where masked, to logits (n, L, q).
Network = Transformer | Perceptron

KINDS: dict[str, type[Transformer] | type[Perceptron]] = {
    "transformer": Transformer,
    "perceptron": Perceptron,
}


def kind_of(network: Network) -> str:
    """Name of a network's kind.

    Examples
    --------
    >>> kind_of(Perceptron(vocabulary=2, length=2, width=4, rng=0))
    'perceptron'
    """
    return type(network).__name__.lower()
