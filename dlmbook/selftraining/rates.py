"""What a schedule forgets in one round, and what fresh data hold against it: formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Law
from dlmbook.sampling import excess_loss
from dlmbook.schedules import Schedule


def retention(schedule: Schedule) -> Array:
    """Factor ``rho_a`` by which one round of sampling shrinks a weak interaction of a tokens.

    It is the probability that, of a given set of a tokens, the last block to meet it meets it
    in a single token; ``rho_a = 1 - sum_m o[m] C(m - 1, a - 2) / C(L, a)``.

    Theorem: `interaction-rate`. Theorem: `parity`. Theorem: `local-limit`.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    ndarray of float64, shape (L - 1,)
        ``rho_a`` for a = 2, ..., L, between 0 and 1. (Single tokens keep: ``rho_1 = 1``.)

    Examples
    --------
    >>> from dlmbook.schedules import uniform
    >>> retention(uniform(4, 2)).round(4).tolist()
    [0.6667, 0.5, 0.0]
    """
    length = _check_schedule(schedule).length
    a, m = np.arange(2, length + 1)[:, None], np.arange(1, length)
    parity = np.exp(_log_binomial(m - 1, a - 2) - _log_binomial(length, a))  # (L - 1, L - 1)
    return np.clip(1.0 - parity @ schedule.overshoot(), 0.0, 1.0)


def survival(schedule: Schedule, alpha: float) -> Array:
    """Part ``g_a`` of a weak interaction of a tokens that the fresh share holds up for ever.

    ``g = alpha / (alpha + (1 - alpha)(1 - rho))``: fresh share against forgetting.

    Theorem: `attenuation`.

    Parameters
    ----------
    schedule : Schedule
    alpha : float
        Share of fresh data, in (0, 1].

    Returns
    -------
    ndarray of float64, shape (L - 1,)
        ``g_a`` for a = 2, ..., L.

    Examples
    --------
    >>> from dlmbook.schedules import FixedSchedule
    >>> survival(FixedSchedule((1, 2)), 0.3).round(4).tolist()
    [0.5625, 0.3]
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha must lie in (0, 1], but is {alpha!r}")
    return alpha / (alpha + (1 - alpha) * (1 - retention(schedule)))


def redraw_above(schedule: Schedule) -> Array:
    """Fresh share above which redrawn plans beat a plan that is drawn once and kept.

    ``sqrt(d) / (1 + sqrt(d))`` with ``d = 1 - rho_a``: from there on redrawn plans lose less of a
    weak interaction of a tokens, when the loop has come to rest, than one random plan in the mean
    over plans. With less fresh data, keep the plan.

    Theorem: `redraw-at-rest`.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    ndarray of float64, shape (L - 1,)
        For a = 2, ..., L, between 0 and 1/2. Where ``rho_a`` is 0 or 1 the two are equally good.

    Examples
    --------
    Long texts have a low threshold for pairs:

    >>> from dlmbook.schedules import uniform
    >>> redraw_above(uniform(4, 2))[0].round(3), redraw_above(uniform(1024, 64))[0].round(3)
    (np.float64(0.366), np.float64(0.108))
    """
    root = np.sqrt(1 - retention(schedule))
    return root / (1 + root)


def bias_and_noise(schedule: Schedule, alpha: float) -> tuple[Array, Array]:
    """Squared bias and variance of a weak interaction of a tokens, learned from finite data.

    With n samples in each generation, a truth ``M (1 + f / sqrt(n))`` and large n, the loop rests
    at an error of ``sum_A bias[a] |f_A|^2 + noise[a] (q - 1)^a``, in units of ``1 / (2 n)`` nats.

    Theorem: `local-noise`.

    Parameters
    ----------
    schedule : Schedule
    alpha : float
        Share of fresh data, in (0, 1].

    Returns
    -------
    bias : ndarray of float64, shape (L - 1,)
        ``(1 - g_a)^2`` for a = 2, ..., L, from `survival`.
    noise : ndarray of float64, shape (L - 1,)
        ``1 / (1 - (1 - alpha)^2 rho_a^2)``, the price of contamination for a sampler that forgets.

    Examples
    --------
    >>> from dlmbook.schedules import uniform
    >>> bias, noise = bias_and_noise(uniform(3, 3), alpha=0.1)
    >>> bias.tolist(), noise.round(2).tolist()
    ([0.0, 0.0], [5.26, 5.26])
    """
    bias = (1 - survival(schedule, alpha)) ** 2
    return bias, 1 / (1 - ((1 - alpha) * retention(schedule)) ** 2)


def mixed_kl(kl: ArrayLike, alpha: float) -> Array:
    """Most that ``KL(p || alpha p + (1 - alpha) r)`` can be when ``KL(p || r)`` is known.

    ``phi(u) = -ln(alpha + (1 - alpha) exp(-u))``, at most ``(1 - alpha) u`` and at most
    ``ln(1 / alpha)``.

    Theorem: `contraction`.

    Parameters
    ----------
    kl : array_like of float
        Divergences, in nats.
    alpha : float
        Share of p in the mixture, in [0, 1].

    Returns
    -------
    ndarray of float64, of the shape of ``kl``

    Examples
    --------
    >>> mixed_kl([0.1, 1.0, np.inf], 0.5).round(4).tolist()
    [0.0488, 0.3799, 0.6931]
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1], but is {alpha!r}")
    kl = check_numbers(kl, "kl")
    if not np.all(kl >= 0):
        raise ValueError("kl must be nonnegative")
    if alpha == 0:
        return kl
    return -np.log1p((1 - alpha) * np.expm1(-kl))


def block_lengths(schedule: Schedule) -> Array:
    """Mean length ``c_j`` of the block that starts after j revealed tokens.

    Draws in which none starts there count as 0.

    ``c_j = 1 + o[j + 1] - o[j]``, with ``o[0] = o[L] = 0``; they sum to L.

    Theorem: `one-round`.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    ndarray of float64, shape (L,)
        In tokens, for j = 0, ..., L - 1.

    Examples
    --------
    >>> from dlmbook.schedules import FixedSchedule
    >>> block_lengths(FixedSchedule((1, 2))).tolist()
    [1.0, 2.0, 0.0]
    """
    padded = np.concatenate([[0.0], _check_schedule(schedule).overshoot(), [0.0]])
    return 1.0 + np.diff(padded)


def loss_price(law: Law, model: Law, schedule: Schedule) -> float:
    """Path divergence of a sampler, whose denoiser is that of another law, from the truth.

    ``sum_j c_j l_j - H``: with the loss curve ``l_j = D_j + d_j`` of the model on the truth, it
    is ``KL(p || r) + sum_m o[m] (l[m - 1] - l[m])``.

    Theorem: `one-round`. Theorem: `closed-bound`.

    Parameters
    ----------
    law : Law
        The truth p.
    model : Law
        The law r, whose exact conditionals are the denoiser.
    schedule : Schedule

    Returns
    -------
    float
        In nats; infinite where the model excludes what can happen.

    Examples
    --------
    A fair bit and its copy, by a sampler that believes in independent bits:

    >>> from dlmbook.laws import MDSCode, repetition
    >>> from dlmbook.schedules import uniform
    >>> round(loss_price(repetition(2), MDSCode(2, 2), uniform(2, 2)), 4)
    0.6931
    """
    gap = excess_loss(law, model.conditionals)  # (L,)
    entropies = np.diff(law.profile())  # (L,)
    lengths = block_lengths(schedule)
    seen = lengths > 1e-12  # 0 times an infinite gap is 0
    return float(lengths[seen] @ (entropies + gap)[seen]) - float(law.profile()[-1])


def _check_schedule(schedule: Schedule) -> Schedule:
    if not isinstance(schedule, Schedule):
        raise ValueError(f"schedule must be a Schedule such as FixedSchedule(sizes), {schedule!r}")
    return schedule


def _log_binomial(n: ArrayLike, k: ArrayLike) -> Array:
    """Logarithm of the binomial coefficient, -inf where it is 0."""
    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(np.maximum(n - k + 1, 0))
