"""The masked loss by the number of revealed tokens, and the likelihood that it bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.charges import charges_at, check_complete, standard_error
from dlmbook.information import Array
from dlmbook.laws.base import MASK, Rng
from dlmbook.sampling import Denoiser


@dataclass(frozen=True, eq=False)
class MaskedLoss:
    """Masked loss by the number of revealed tokens, with standard errors.

    Attributes
    ----------
    mean : ndarray, shape (L,)
        ``mean[j]``: nats per hidden token when j tokens are revealed.
    error : ndarray, shape (L,)
        Standard errors of the means.
    negative_elbo : float
        Sum of the means, in nats per sequence.
    negative_elbo_error : float
        Its standard error; the terms of one sequence are correlated, and this allows for it.
    """

    mean: Array
    error: Array
    negative_elbo: float
    negative_elbo_error: float


def masked_loss(denoiser: Denoiser, tokens: ArrayLike, rng: Rng = None) -> MaskedLoss:
    """Estimate the masked loss of a denoiser on held-out sequences.

    Each sequence is uncovered in its own random order, so L calls of the denoiser with n rows
    serve all j.

    Theorem: `loss-curve`. Theorem: `elbo`.

    Parameters
    ----------
    denoiser : callable
        From partly masked tokens (n, L) to probabilities (n, L, q).
    tokens : array_like of int, shape (n, L)
        Independent held-out sequences, n at least 2, without masks.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    MaskedLoss
        Infinite where the denoiser gave probability zero to what was there.

    Raises
    ------
    ValueError
        If there are fewer than two sequences, some are masked, or the denoiser's answer is not
        pmfs over a vocabulary that holds the tokens.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> law = repetition(3)
    >>> masked_loss(law.conditionals, law.sample(10, rng=0), rng=0).mean.round(4).tolist()
    [0.6931, 0.0, 0.0]
    """
    tokens = check_complete(tokens)
    charges = charges_at(denoiser, tokens, np.arange(tokens.shape[1]), rng)
    total = charges.sum(axis=1)
    return MaskedLoss(
        mean=charges.mean(axis=0),
        error=standard_error(charges),
        negative_elbo=float(total.mean()),
        negative_elbo_error=float(standard_error(total)),
    )


def random_order_log_prob(denoiser: Denoiser, tokens: ArrayLike) -> Array:
    """Log-probability that random-order sampling, one token at a time, gives each sequence.

    The sampler's law is the mean of the chain rule's products over all L! orders. If F(W) is the
    probability that the tokens x_W are the first |W| to be revealed, then
    ``F(W + i) += F(W) p_i(x_i | x_W) / (L - |W|)``: one call of the denoiser for each of the 2^L
    sets W.

    Theorem: `elbo`.

    Parameters
    ----------
    denoiser : callable
        From partly masked tokens (n, L) to probabilities (n, L, q). Its answers need not be the
        conditionals of any joint law.
    tokens : array_like of int, shape (n, L)
        Complete sequences, L at most 12.

    Returns
    -------
    ndarray of float64, shape (n,)
        In nats.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> np.exp(random_order_log_prob(parity(3).conditionals, [[0, 1, 1], [0, 0, 1]])).round(4)
    array([0.25, 0.  ])
    """
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or tokens.shape[1] > 12 or (tokens.size and tokens.min() < 0):
        raise ValueError("tokens must be complete sequences, shape (n, L) with L at most 12")
    n, length = tokens.shape
    reach = {0: np.ones(n)}
    for j in range(length):
        after: dict[int, Array] = {}
        for revealed, probability in reach.items():
            shown = (revealed >> np.arange(length)) & 1 == 1
            answer = denoiser(np.where(shown, tokens, MASK))  # (n, L, q)
            truth = np.take_along_axis(answer, tokens[..., None], axis=2)[..., 0]  # (n, L)
            for i in np.flatnonzero(~shown):
                path = probability * truth[:, i] / (length - j)
                reached = revealed | 1 << int(i)
                after[reached] = after[reached] + path if reached in after else path
        reach = after
    with np.errstate(divide="ignore"):
        return np.log(reach[(1 << length) - 1])
