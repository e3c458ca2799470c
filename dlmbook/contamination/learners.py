r"""What the loop does to learners that are not tables of frequencies.

It depends on what the fitted model reproduces of its data. If it reproduces the averages of f and
of f^2, the errors of f are those of `expected_error`, in units of the true variance of f
(``two-moments``). Two other cases have recurrences of their own:

- *One moment* (``mean-value``): the model reproduces the average of T, and its variance of T is a
  quadratic function of that, ``v0 + v1 m + v2 m^2``. All depends on v2, the *curvature*.
- *Regular estimators* (``local-loop``): in the limit of large samples, errors of any parameter
  obey ``(1 - alpha)^2 r + 1 / n``.

Learners that add something of their own are in `biases`.

The chapter *Other model classes* tells the story.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.contamination.settings import (
    PerGeneration,
    check_alpha,
    check_sizes,
)
from dlmbook.information import Array, check_numbers


def mean_errors(
    curvature: float,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    *,
    variance: float = 1.0,
    model_variance: float | None = None,
) -> Array:
    """Exact squared error ``R_t`` of a fitted mean, if the model's variance is quadratic in it.

    ``R_t = (1 - a) (1 - a + (a + v2) / n) R_{t-1} + (a v + (1 - a) V) / n``.

    Theorem: `mean-value`.

    Parameters
    ----------
    curvature : float
        v2: -1 for 0 or 1, 0 for a Poisson or a Gaussian mean, 1 for an exponential, 2 for a
        Gaussian variance; at least -1.
    alpha, n, generations
        As for `expected_error`.
    variance : float
        v, the variance of the statistic under the truth.
    model_variance : float, optional
        V, that under the model with the true mean; the same by default.

    Returns
    -------
    ndarray of float64, shape (T + 1,)

    Examples
    --------
    >>> mean_errors(1, alpha=0, n=10, generations=2).round(3).tolist()
    [0.1, 0.21, 0.331]
    """
    _check_curvature(curvature)
    own = variance if model_variance is None else model_variance
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    errors = [0.0]
    for a, size in zip(weights.tolist(), sizes.tolist(), strict=True):
        factor = (1 - a) * (1 - a + (a + curvature) / size)
        errors.append(factor * errors[-1] + (a * variance + (1 - a) * own) / size)
    return np.array(errors[1:])


def mean_size(curvature: float, alpha: float, n: int) -> float:
    """Effective size in the end, ``n a (2 - a) - (1 - a) (a + v2)``; 0 if errors grow for ever.

    Theorem: `mean-value`.

    Examples
    --------
    >>> [round(mean_size(v2, 0.1, 1000), 2) for v2 in (-1, 0, 1, 2)]
    [190.81, 189.91, 189.01, 188.11]
    >>> mean_size(1, 0.004, 100)
    0.0
    """
    _check_curvature(curvature)
    (a,) = check_alpha([1, alpha], 1)[1:].tolist()
    (size,) = check_sizes([n], 0).tolist()
    return max(size * a * (2 - a) - (1 - a) * (a + curvature), 0.0)


def least_share(curvature: float, n: int) -> float:
    """Fresh share above which the error of `mean_errors` stays bounded: about ``v2 / (2 n)``.

    Theorem: `mean-value`.

    Examples
    --------
    >>> round(least_share(2, 100), 5), least_share(0, 100)
    (0.01, 0.0)
    """
    _check_curvature(curvature)
    (size,) = check_sizes([n], 0).tolist()
    if curvature <= 0:
        return 0.0
    half = (2 * size - 1 + curvature) / 2  # (n - 1) a^2 - 2 half a + v2 = 0
    return float(curvature / (half + np.sqrt(half**2 - (size - 1) * curvature)))


def local_errors(alpha: PerGeneration, n: PerGeneration, generations: int) -> Array:
    """First-order error of a regular estimator, in units of one sample's: shape (T + 1,).

    ``r_t = (1 - alpha_t)^2 r_{t-1} + 1 / n_t``. Covariance matrices of the parameters, and for
    maximum likelihood the excess loss, are this times those of one true sample, as n grows.

    Theorem: `local-loop`.

    Examples
    --------
    >>> local_errors(0.5, 100, 3).round(5).tolist()
    [0.01, 0.0125, 0.01313, 0.01328]
    """
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    errors = [0.0]
    for a, size in zip(weights.tolist(), sizes.tolist(), strict=True):
        errors.append((1 - a) ** 2 * errors[-1] + 1 / size)
    return np.array(errors[1:])


def memory(alpha: ArrayLike, ratio: ArrayLike = 1.0) -> Array:
    """Part of a small deviation that is left one generation later, with infinite data.

    ``(1 - a) / (1 - a + a rho)``, where rho compares the curvature of the loss on true data with
    that on the model's own data; 1 for a well-specified model and for exponential families.

    Theorem: `self-consistent`.

    Examples
    --------
    The median of Gaussian data, as a Laplace law's location:

    >>> memory(0.1, [1.0, 0.798]).round(3).tolist()
    [0.9, 0.919]
    """
    a, rho = check_numbers(alpha, "alpha"), check_numbers(ratio, "ratio")
    if not np.all((a >= 0) & (a <= 1) & (rho > 0)):
        raise ValueError(f"alpha must lie in [0, 1] and ratio be positive, not {a} and {rho}")
    return np.asarray((1 - a) / (1 - a + a * rho))


def _check_curvature(curvature: float) -> None:
    if not -1 <= curvature < np.inf:
        raise ValueError(f"curvature must be a number >= -1, but is {curvature!r}")
