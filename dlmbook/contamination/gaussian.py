r"""Gaussians fitted to samples of Gaussians: exact moments, and exact sampling of the fits.

Generation t draws n points, each from the true Gaussian with probability alpha and from the
previous fit otherwise, and takes their mean and covariance matrix. An affine map of all points
changes nothing else, so we let the truth be the standard Gaussian in d dimensions: errors are in
units of the true covariance. Two numbers for each generation follow exactly, ``V_t``, the mean
squared error of a coordinate of the mean, and ``Q_t``, the mean variance of a coordinate:

    Q_t = alpha + (1 - alpha) Q_{t-1} + alpha (1 - alpha) V_{t-1},
    V_t = (1 - alpha)^2 V_{t-1} + Q_t / n.

They settle if and only if ``n alpha (2 - alpha) > 1 - alpha``. Without fresh data ``Q_t`` stays 1,
and yet the fitted variance tends to 0 almost surely: its logarithm is a random walk with
negative drift.

**No points are drawn.** The mean and the scatter matrix of k standard Gaussian points are
independent, one Gaussian and the other of Wishart's law, which is ``A A'`` for a lower
triangular A of independent entries: Gaussians, and roots of chi-squares on the diagonal (Bartlett).
So a generation costs about d^2 random numbers in the place of n d.

The chapter *Collapse* of the book tells the story without fresh data, *Other model classes* that
with them. Statements: ``gaussian``, ``gaussian-collapse``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import digamma

from dlmbook.contamination.settings import PerGeneration, Sizes, check_alpha, check_sizes
from dlmbook.contamination.simulation import Band, record
from dlmbook.information import Array
from dlmbook.laws.base import Rng, check_size


class GaussianFit(NamedTuple):
    """Fits of all repeats: means, and roots of the covariance matrices."""

    mean: Array  # (repeats, d)
    root: Array  # (repeats, d, d), lower triangular; root @ root.T is the covariance matrix


def mean_error(fit: GaussianFit) -> Array:
    """Squared error of the mean, per coordinate; its expectation is ``V_t``."""
    return np.asarray(np.mean(fit.mean**2, axis=1))


def variance(fit: GaussianFit) -> Array:
    """Mean of the fitted variances of the coordinates; its expectation is ``Q_t``."""
    return np.asarray(np.sum(fit.root**2, axis=(1, 2)) / fit.mean.shape[1])


def log_variance(fit: GaussianFit) -> Array:
    """Logarithm of the determinant of the covariance matrix, per dimension."""
    diagonal = np.abs(np.diagonal(fit.root, axis1=1, axis2=2))
    with np.errstate(divide="ignore"):
        return np.asarray(2 * np.log(diagonal).mean(axis=1))


def gaussian_moments(
    alpha: PerGeneration, n: PerGeneration, generations: int, *, bias: bool = False
) -> tuple[Array, Array]:
    """Exact ``V_t`` and ``Q_t`` in units of the true variance, in any dimension.

    Theorem: `gaussian`.

    Parameters
    ----------
    alpha, n, generations
        As for `expected_error`.
    bias : bool
        Divide the scatter by n (maximum likelihood), not by n - 1; as for ``numpy.cov``.

    Returns
    -------
    ndarray of float64, shape (T + 1,), twice

    Examples
    --------
    Without fresh data the mean wanders off, while the mean variance stays:

    >>> V, Q = gaussian_moments(alpha=0, n=10, generations=3)
    >>> V.round(3).tolist(), Q.tolist()
    ([0.1, 0.2, 0.3, 0.4], [1.0, 1.0, 1.0, 1.0])
    """
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    V, Q = [0.0], [1.0]  # before generation 0, which sees true data only
    for a, size in zip(weights.tolist(), sizes.tolist(), strict=True):
        mixture = a + (1 - a) * Q[-1] + a * (1 - a) * V[-1]
        V.append((1 - a) ** 2 * V[-1] + mixture / size)
        Q.append(mixture * (1 - 1 / size) if bias else mixture)
    return np.array(V[1:]), np.array(Q[1:])


def gaussian_limit(alpha: float, n: int) -> tuple[float, float]:
    """Limits of ``V_t`` and ``Q_t``; infinite unless ``n alpha (2 - alpha) > 1 - alpha``.

    Theorem: `gaussian`.

    Examples
    --------
    >>> [round(x, 4) for x in gaussian_limit(0.1, 100)]
    [0.0552, 1.0497]
    >>> gaussian_limit(0.004, 100)
    (inf, inf)
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1], but is {alpha!r}")
    excess = check_size(n, "n") * alpha * (2 - alpha) - (1 - alpha)
    if excess <= 0:
        return np.inf, np.inf
    return 1 / excess, 1 + (1 - alpha) / excess


def log_drift(n: int, dimension: int = 1) -> float:
    """Mean change of `log_variance` in a generation without fresh data: about ``-(d + 1) / 2n``.

    Theorem: `gaussian-collapse`.

    Examples
    --------
    >>> round(log_drift(1000), 6), round(log_drift(1000, dimension=10), 6)
    (-0.001001, -0.005525)
    """
    check_size(dimension, "dimension")
    freedom = check_size(n, "n", dimension + 1) - 1
    return float(np.mean(digamma((freedom - np.arange(dimension)) / 2)) - np.log(freedom / 2))


def simulate_gaussian(
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    dimension: int = 1,
    *,
    watch: Sequence[Callable[[GaussianFit], Array]] = (mean_error, variance),
    repeats: int = 100,
    bias: bool = False,
    keep: bool = False,
    rng: Rng = None,
) -> tuple[Band, ...]:
    """Run independent loops of fits, exactly in law, and record statistics of them.

    Theorem: `gaussian-collapse`. Theorem: `gaussian`.

    Parameters
    ----------
    alpha, n, generations, bias
        As for `gaussian_moments`; n at least ``d + 1``.
    dimension : int
        d.
    watch : sequence of callables
        From a `GaussianFit` to a value or array for each repeat: `mean_error`, `variance`,
        `log_variance`, or one's own.
    repeats, keep, rng
        As for `simulate`.

    Returns
    -------
    tuple of Band
        One for each statistic, in their order.

    Examples
    --------
    >>> (log,) = simulate_gaussian(0, 20, 500, dimension=2, watch=(log_variance,), rng=0)
    >>> bool(abs(log.mean[-1] - 501 * log_drift(20, 2)) < 5 * log.error[-1])
    True
    """
    check_size(dimension, "dimension")
    check_size(repeats, "repeats", 2)
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    if sizes.min() <= dimension:
        raise ValueError(f"n must be at least {dimension + 1} in {dimension} dimensions")
    fits = _fits(weights, sizes, dimension, repeats, bias, np.random.default_rng(rng))
    return record(fits, watch, keep)


def _fits(
    alpha: Array, n: Sizes, d: int, repeats: int, bias: bool, rng: np.random.Generator
) -> Iterator[GaussianFit]:
    fit = GaussianFit(np.zeros((repeats, d)), np.tile(np.eye(d), (repeats, 1, 1)))
    alpha = np.concatenate([[0.0], alpha[1:]])  # the fit before generation 0 is the truth
    for a, size in zip(alpha, n, strict=True):
        divisor = size if bias else size - 1
        fit = _refit(fit, size, rng) if a == 0 else _mixed_fit(fit, a, size, rng)
        fit = GaussianFit(fit.mean, fit.root / np.sqrt(divisor))
        yield fit


def _refit(fit: GaussianFit, n: int, rng: np.random.Generator) -> GaussianFit:
    """Mean, and root of the scatter matrix, of n points of a fit."""
    repeats, d = fit.mean.shape
    noise = rng.standard_normal((repeats, d)) / np.sqrt(n)
    mean = fit.mean + np.einsum("rij,rj->ri", fit.root, noise)
    return GaussianFit(mean, fit.root @ _bartlett(np.full(repeats, n - 1), d, rng))


def _mixed_fit(fit: GaussianFit, alpha: float, n: int, rng: np.random.Generator) -> GaussianFit:
    """Mean, and root of the scatter matrix, of n points of the truth and of a fit, mixed."""
    repeats, d = fit.mean.shape
    k = rng.binomial(n, alpha, size=(repeats, 1))  # fresh points
    scale = 1 / np.sqrt(np.maximum(np.stack([k, n - k]), 1))
    noise = rng.standard_normal((2, repeats, d)) * scale
    new, old = noise[0], fit.mean + np.einsum("rij,rj->ri", fit.root, noise[1])
    roots = _bartlett(np.concatenate([k, n - k])[:, 0] - 1, d, rng)
    between = (new - old) * np.sqrt(k * (n - k) / n)
    factors = roots[:repeats], fit.root @ roots[repeats:], between[:, :, None]
    return GaussianFit((k * new + (n - k) * old) / n, _root(factors))


def _bartlett(freedom: Sizes, d: int, rng: np.random.Generator) -> Array:
    """Lower triangular roots of standard Wishart matrices, (repeats, d, d)."""
    roots = np.zeros((len(freedom), d, d))
    left = np.maximum(freedom[:, None] - np.arange(d), 0)  # degrees of freedom, column by column
    rows, columns = _below_diagonal(d)
    roots[:, rows, columns] = rng.standard_normal((len(freedom), len(rows)))
    if left[:, -1].min() == 0:
        roots *= (left > 0)[:, None, :]
    roots[:, np.arange(d), np.arange(d)] = np.sqrt(2 * rng.standard_gamma(left / 2))
    return roots


@cache
def _below_diagonal(d: int) -> tuple[Sizes, Sizes]:
    return np.tril_indices(d, -1)


def _root(factors: tuple[Array, ...]) -> Array:
    """Lower triangular roots of the sum of ``factor @ factor.T``, matrix by matrix."""
    try:
        return np.asarray(np.linalg.cholesky(sum(_gram(factor) for factor in factors)))
    except np.linalg.LinAlgError:  # singular, but for rounding
        rows = np.concatenate(factors, axis=2).swapaxes(1, 2)
        return np.asarray(np.linalg.qr(rows, mode="r")).swapaxes(1, 2)


def _gram(factor: Array) -> Array:
    return factor @ np.ascontiguousarray(factor.swapaxes(1, 2))  # faster than factor @ factor.T
