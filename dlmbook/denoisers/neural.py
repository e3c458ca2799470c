"""A network as a denoiser: numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from dlmbook.denoisers.network import Network
from dlmbook.information import Array
from dlmbook.laws.base import MASK, check_size, check_tokens


@dataclass(frozen=True, eq=False)
class NeuralDenoiser:
    """A trained network in the place of exact conditionals.

    Like ``law.conditionals`` it maps partly masked tokens (n, L) to probabilities (n, L, q), and
    so it can be given to `unmask`, `estimate_curve`, `excess_loss` and all others that take a
    denoiser. Its answers need not be the conditionals of any joint law.

    Parameters
    ----------
    network : Transformer or Perceptron
        Bidirectional.
    batch : int
        Most sequences that the network gets at once.

    Raises
    ------
    ValueError
        If the network is causal, or asked about tokens that it does not know.

    Examples
    --------
    >>> from dlmbook.denoisers import Transformer
    >>> network = Transformer(vocabulary=3, length=2, width=8, layers=1, heads=1, rng=0)
    >>> NeuralDenoiser(network)([[2, -1]]).round(2).tolist()
    [[[0.0, 0.0, 1.0], [0.33, 0.33, 0.33]]]
    """

    network: Network
    batch: int = 4096

    def __post_init__(self) -> None:
        if self.network.causal:
            raise ValueError("network must be bidirectional: a causal one does not see all tokens")
        check_size(self.batch, "batch")

    def __call__(self, tokens: ArrayLike) -> Array:
        """Pmf of every position; a revealed token's row is its indicator.

        Parameters
        ----------
        tokens : array_like of int, shape (n, L)

        Returns
        -------
        ndarray of float64, shape (n, L, q)
            Rows sum to one.
        """
        network = self.network
        tokens = check_tokens(tokens, network.length, network.vocabulary)
        answers = np.empty((*tokens.shape, network.vocabulary))
        with torch.inference_mode():
            for start in range(0, len(tokens), self.batch):
                part = torch.from_numpy(tokens[start : start + self.batch]).to(network.device)
                logits = network(part).double()
                answers[start : start + self.batch] = torch.softmax(logits, dim=-1).cpu().numpy()
        rows, columns = np.nonzero(tokens != MASK)
        answers[rows, columns] = 0.0
        answers[rows, columns, tokens[rows, columns]] = 1.0
        return answers
