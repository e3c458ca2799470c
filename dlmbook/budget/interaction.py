"""One interaction in the loop: what a budget keeps of it, and what noise it leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import check_size


def fresh_share(calls: ArrayLike, steps: ArrayLike) -> Array:
    """Share alpha of fresh sequences, ``K / (K + c)``; arguments broadcast.

    Parameters
    ----------
    calls : array_like of float
        Calls c = C / m of the denoiser for each fresh sequence, nonnegative.
    steps : array_like of float
        Calls K for each synthetic sequence, at least 1.

    Examples
    --------
    >>> fresh_share(16, [1, 4, 8]).round(3).tolist()
    [0.059, 0.2, 0.333]
    """
    calls, steps = at_least(calls, "calls", 0), at_least(steps, "steps", 1)
    return steps / (steps + calls)


def faithful_size(fresh: ArrayLike, synthetic: ArrayLike) -> Array:
    """How many true sequences a model is worth in the end, if the sampler is faithful; exact.

    ``m (1 + b) + b``, where b is the synthetic share: between m and 2 m + 1.

    Theorem: `doubling`.

    Parameters
    ----------
    fresh : array_like of float
        Fresh sequences m in each generation, at least 1.
    synthetic : array_like of float
        Synthetic ones, nonnegative.

    Examples
    --------
    >>> faithful_size(1000, [0, 1000, 1_000_000]).round(1).tolist()
    [1000.0, 1500.5, 2000.0]
    """
    fresh, synthetic = at_least(fresh, "fresh", 1), at_least(synthetic, "synthetic", 0)
    b = synthetic / (fresh + synthetic)
    return fresh * (1 + b) + b


def interaction_error(signal: ArrayLike, alpha: ArrayLike, kept: ArrayLike) -> tuple[Array, Array]:
    """Squared error of an interaction in the loop, in units of the noise of the fresh data.

    The two parts are ``B (1 - g)^2``, signal lost, and ``g / (1 + b rho)``, noise kept, with
    ``g = alpha / (1 - b rho)``. Without synthetic data they are 0 and 1. Arguments broadcast.

    Theorem: `interaction-price`. Theorem: `first-samples`.

    Parameters
    ----------
    signal : array_like of float
        B: the squared interaction, divided by the variance of its estimate from m sequences.
    alpha : array_like of float
        Fresh share, in (0, 1].
    kept : array_like of float
        Retention rho of the interaction, in [0, 1].

    Returns
    -------
    tuple of ndarray and ndarray
        Signal lost and noise kept.

    Examples
    --------
    >>> lost, noise = interaction_error(25, 0.2, [0.0, 6 / 7, 1.0])
    >>> lost.round(2).tolist(), noise.round(2).tolist()
    ([16.0, 3.31, 0.0], [0.2, 0.38, 0.56])
    """
    signal, alpha, kept = _check(signal, alpha, kept)
    b = 1 - alpha
    g = alpha / (1 - b * kept)
    return signal * (1 - g) ** 2, g / (1 + b * kept)


def frozen_error(signal: ArrayLike, alpha: ArrayLike, kept: ArrayLike) -> tuple[Array, Array]:
    """Compute the same error if one plan is drawn and kept for ever, on average over plans.

    With probability rho the plan keeps the interaction, and the error is ``1 / (1 + b)``;
    otherwise it is ``B b^2 + (1 - b)``.

    Theorem: `freeze-or-redraw`.

    Parameters
    ----------
    signal, alpha, kept : array_like of float
        As for `interaction_error`.

    Returns
    -------
    tuple of ndarray and ndarray
        Signal lost and noise kept.

    Examples
    --------
    >>> lost, noise = frozen_error(25, 0.2, [0.0, 6 / 7, 1.0])
    >>> lost.round(2).tolist(), noise.round(2).tolist()
    ([16.0, 2.29, 0.0], [0.2, 0.5, 0.56])
    """
    signal, alpha, kept = _check(signal, alpha, kept)
    b = 1 - alpha
    return signal * b**2 * (1 - kept), kept / (1 + b) + (1 - kept) * alpha


def least_error(signal: ArrayLike) -> Array:
    """Error that no budget and no retention can reach, and that large ones approach.

    ``1/2 - 1/(16 B)`` if B is at least 1/4, and B otherwise; in units of the fresh noise.

    Theorem: `matching`.

    Examples
    --------
    >>> least_error([0.1, 0.25, 1.0, 25.0]).round(4).tolist()
    [0.1, 0.25, 0.4375, 0.4975]
    """
    signal = at_least(signal, "signal", 0)
    return np.where(signal > 0.25, 0.5 - 1 / (16 * np.maximum(signal, 0.25)), signal)


def matched_forgetting(signal: ArrayLike, calls: ArrayLike, steps: ArrayLike) -> Array:
    """Forgetting rate ``1 - rho = K / (c (4 B - 1))`` that matches the budget, at most 1.

    Theorem: `matching`.

    Parameters
    ----------
    signal : array_like of float
        B, above 1/4.
    calls, steps : array_like of float
        c and K, as for `fresh_share`; c positive.

    Examples
    --------
    >>> matched_forgetting(25, 64, 8).round(5).item()
    0.00126
    """
    calls, steps = at_least(calls, "calls", 0), at_least(steps, "steps", 1)
    strength = 4 * at_least(signal, "signal", 0) - 1
    if not (np.all(strength > 0) and np.all(calls > 0)):
        raise ValueError("signal must exceed 1/4 and calls must be positive")
    return np.minimum(steps / (calls * strength), 1.0)


def matched_steps(signal: ArrayLike, calls: ArrayLike, length: int) -> Array:
    """Find the calls K at which equal sizes forget pairs at the matched rate, a real number.

    The root of ``(L - 1) K^2 = c (4 B - 1) (L - K)``, at least 1: about ``sqrt(c (4 B - 1))``
    as long as this is small compared to L.

    Theorem: `matching`.

    Examples
    --------
    >>> matched_steps(25, [1, 16, 256], length=1024).round(1).tolist()
    [9.9, 39.1, 147.4]
    """
    length = check_size(length, "length", 2)
    signal, calls = at_least(signal, "signal", 0), at_least(calls, "calls", 0)
    x = calls * np.maximum(4 * signal - 1, 0) / (length - 1)
    return np.maximum(2 * x * length / (x + np.sqrt(x**2 + 4 * x * length) + 1e-300), 1.0)


def best_steps(signal: ArrayLike, calls: ArrayLike, length: int) -> Array:
    """Estimate the best calls K for a pair of tokens and equal sizes, in three regimes.

    They are ``(4 B c)^(1/3)`` for small budgets, up to ``c = sqrt(B / 2)``, where a sequence is
    rare among fresh ones and must be good; ``(16 B c^3)^(1/5)`` up to about ``4 B^3``, where
    noise still falls with the number of sequences; and `matched_steps` beyond. The rule is the
    last number or the greater of the others, whichever is smaller; at least 1 and at most L.

    Theorem: `matching`. Theorem: `strong-signal`.

    Examples
    --------
    >>> best_steps(25, [1, 16, 256, 65_536], length=4096).round(1).tolist()
    [4.6, 17.5, 92.3, 1875.6]
    """
    matched = matched_steps(signal, calls, length)
    signal, calls = at_least(signal, "signal", 0), at_least(calls, "calls", 0)
    small, middle = np.cbrt(4 * signal * calls), (16 * signal * calls**3) ** 0.2
    return np.maximum(np.minimum(matched, np.maximum(small, middle)), 1)


def at_least(value: ArrayLike, name: str, least: float) -> Array:
    """Return the numbers as an array, or raise ValueError if one is not finite or is less."""
    value = check_numbers(value, name)
    if not np.all((value >= least) & np.isfinite(value)):
        raise ValueError(f"{name} must be finite and at least {least}, but is {value.tolist()!r}")
    return value


def _check(signal: ArrayLike, alpha: ArrayLike, kept: ArrayLike) -> tuple[Array, Array, Array]:
    signal = at_least(signal, "signal", 0)
    alpha, kept = check_numbers(alpha, "alpha"), check_numbers(kept, "kept")
    if not np.all((alpha > 0) & (alpha <= 1)):
        raise ValueError(f"alpha must lie in (0, 1], but is {alpha.tolist()!r}")
    if not np.all((kept >= 0) & (kept <= 1)):
        raise ValueError(f"kept must lie in [0, 1], but is {kept.tolist()!r}")
    return signal, alpha, kept
