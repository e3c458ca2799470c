r"""Models of texts, token by token: how far from a known truth, and what mixing texts does.

A *predictor* says the pmf of every next token given those before it; `NGramModel` and `GPTModel`
do. If the truth can say its own, the excess loss per token of a model is a mean of divergences
between whole pmfs (`next_token_excess`, Theorem `excess-per-token`): no next token has to be drawn,
and the only noise is which contexts occur.

When whole texts come from the truth with probability alpha and from a model otherwise, the next
token does *not* come from the truth with probability alpha. What has been read so far says
something about who is writing; `MixedTexts` weighs the two writers by Bayes' rule (Theorem
`mixed-texts`). Whoever learns the law of such texts perfectly inherits at most
``-ln(alpha + (1 - alpha) exp(-KL))`` of the model's divergence KL, and so at most ``ln(1 / alpha)``
for each text.

The chapter *Language models in the loop* tells the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit, rel_entr

from dlmbook.families.ngram import NGramModel
from dlmbook.information import Array
from dlmbook.laws import MarkovLaw
from dlmbook.laws.base import Tokens


class Predictor(Protocol):
    """A model that says the pmf of every next token."""

    def predict(self, tokens: Tokens) -> Array:
        """Pmf of each token given those before it: from (n, L) to (n, L, q)."""


def chain_model(law: MarkovLaw) -> NGramModel:
    """Return a stationary Markov chain as a model of texts: a bigram table and its first row.

    Examples
    --------
    >>> model = chain_model(MarkovLaw([[0.9, 0.1], [0.5, 0.5]], length=3))
    >>> model.rows.round(4).tolist()
    [[0.9, 0.1], [0.5, 0.5], [0.8333, 0.1667]]
    """
    return NGramModel(np.vstack([law.transition, law.stationary]), 1, law.length)


def next_token_excess(model: Predictor, truth: Predictor, tokens: Tokens) -> Array:
    """Divergence of the model's next-token pmf from the true one, in every context of some texts.

    Its mean over texts of the truth and over positions is the excess loss per token,
    ``KL(truth || model) / L``.

    Theorem: `excess-per-token`.

    Parameters
    ----------
    model, truth : Predictor
    tokens : array_like of int, shape (n, L)
        Texts, drawn from the truth.

    Returns
    -------
    ndarray of float64, shape (n, L)
        In nats.

    Examples
    --------
    >>> from dlmbook.families.ngram import NGram
    >>> data = np.array([[0, 0], [1, 1]])
    >>> truth, model = NGram(2).fit(data), NGram(2, smoothing=2.0).fit(data)
    >>> next_token_excess(model, truth, data).round(4).tolist()
    [[0.0, 0.4055], [0.0, 0.4055]]
    """
    return np.asarray(rel_entr(truth.predict(tokens), model.predict(tokens)).sum(axis=2))


@dataclass(frozen=True)
class MixedTexts:
    """Texts of which each comes whole from one of two writers.

    Theorem: `mixed-texts`.

    Parameters
    ----------
    fresh, synthetic : Predictor
        The truth, and the model that writes the other texts.
    alpha : float
        Probability that a text is fresh.

    Examples
    --------
    Two writers who always repeat themselves, one of whom prefers zeros:

    >>> from dlmbook.laws import MarkovLaw
    >>> rows = np.array([[0.9, 0.1], [0.9, 0.1]])
    >>> fresh, other = (chain_model(MarkovLaw(r, 3)) for r in (rows, rows[:, ::-1]))
    >>> MixedTexts(fresh, other, alpha=0.5).weights(np.array([[0, 0, 0]])).round(4).tolist()
    [[0.5, 0.9, 0.9878]]
    """

    fresh: Predictor
    synthetic: Predictor
    alpha: float

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha must lie in [0, 1], but is {self.alpha!r}")

    def weights(self, tokens: Tokens) -> Array:
        """Probability that a text is fresh, given what was read before each token, (n, L)."""
        return self._weights(tokens, self.fresh.predict(tokens), self.synthetic.predict(tokens))

    def predict(self, tokens: Tokens) -> Array:
        """Pmf of each token given those before it: from (n, L) to (n, L, q)."""
        fresh, synthetic = self.fresh.predict(tokens), self.synthetic.predict(tokens)
        weights = self._weights(tokens, fresh, synthetic)[..., None]
        return weights * fresh + (1 - weights) * synthetic

    def _weights(self, tokens: Tokens, fresh: Array, synthetic: Array) -> Array:
        if self.alpha in (0.0, 1.0):
            return np.full(np.shape(tokens), float(self.alpha))
        at = np.asarray(tokens)[..., None]
        with np.errstate(divide="ignore"):
            ratios = np.log(np.take_along_axis(fresh, at, axis=2)[..., 0])
            ratios = ratios - np.log(np.take_along_axis(synthetic, at, axis=2)[..., 0])
        before = np.cumsum(np.pad(ratios[:, :-1], ((0, 0), (1, 0))), axis=1)  # of earlier tokens
        return np.asarray(expit(np.log(self.alpha / (1 - self.alpha)) + before))
