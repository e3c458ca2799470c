r"""What the loop does to learners that are not tables of frequencies.

It depends on what the fitted model reproduces of its data. If it reproduces the averages of f and
of f^2, the errors of f are those of `expected_error`, in units of the true variance of f
(``two-moments``). Three other cases have recurrences of their own:

- *One moment* (``mean-value``): the model reproduces the average of T, and its variance of T is a
  quadratic function of that, ``v0 + v1 m + v2 m^2``. All depends on v2, the *curvature*.
- *Regular estimators* (``local-loop``): in the limit of large samples, errors of any parameter
  obey ``(1 - alpha)^2 r + 1 / n``.
- *Affine learners* (``affine-learner``): the model reproduces ``kappa`` times the average of f,
  plus something of its own, ``u``. Errors now have two parts, the squared bias and the noise. The
  bias is what grows: a learner that fails to learn a part delta of its data, always the same, loses
  up to ``delta / alpha`` in a loop (``bias-over-alpha``).

The chapter *Other model classes* tells the story.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.contamination.settings import (
    PerGeneration,
    check_alpha,
    check_categories,
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


def bias_bound(own: PerGeneration, alpha: PerGeneration, generations: int) -> Array:
    """Bound the distance from the truth by what each generation fails to learn of its own data.

    ``d_t = (1 - alpha_t) d_{t-1} + own_t``, in any norm; at most ``max(own) / alpha``.

    Theorem: `bias-over-alpha`.

    Parameters
    ----------
    own : float, array_like of shape (T + 1,), or callable
        Distance between each generation's model and the mixture that its data came from.
    alpha, generations
        As for `expected_error`.

    Examples
    --------
    >>> bias_bound(0.01, alpha=0.1, generations=100)[[0, 1, -1]].round(4).tolist()
    [0.01, 0.019, 0.1]
    """
    weights = check_alpha(alpha, generations)
    values = [own(t) if callable(own) else own for t in range(generations + 1)]
    lost = np.asarray(values if callable(own) else own, dtype=float)
    lost = np.broadcast_to(lost, weights.shape)
    if np.any(lost < 0):
        raise ValueError(f"own must be distances >= 0, but are {lost}")
    bounds = [0.0]
    for a, delta in zip(weights.tolist(), lost.tolist(), strict=True):
        bounds.append((1 - a) * bounds[-1] + delta)
    return np.array(bounds[1:])


def smoothed_errors(
    p: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    smoothing: float,
    guess: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Exact squared bias and noise of frequencies with pseudo-counts; their sum is the error.

    Theorem: `affine-learner`.

    Parameters
    ----------
    p, alpha, n, generations
        As for `expected_error`.
    smoothing : float
        Pseudo-counts in all, lambda.
    guess : array_like, shape (K,), optional
        Pmf by which they are spread; uniform by default.

    Returns
    -------
    bias, noise : ndarray of float64, shape (T + 1,)

    Examples
    --------
    >>> bias, noise = smoothed_errors([0.9, 0.1], 0.1, 50, 100, smoothing=5)
    >>> bias[[0, -1]].round(4).tolist(), noise[[0, -1]].round(4).tolist()
    ([0.0026, 0.08], [0.003, 0.0194])
    """
    p = check_categories(p)
    guess = np.full(p.size, 1 / p.size) if guess is None else check_categories(guess)
    if guess.shape != p.shape:
        raise ValueError(f"guess must have shape {p.shape}, but has shape {guess.shape}")
    if not 0 <= smoothing < np.inf:
        raise ValueError(f"smoothing must be a number >= 0, but is {smoothing!r}")
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    kappa = sizes / (sizes + smoothing)
    offsets = (1 - kappa)[:, None] * guess
    return _affine(p, kappa, offsets, weights, sizes)


def kernel_errors(
    characteristic: Callable[[Array], NDArray[Any]],
    bandwidth: float,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    points: int = 2000,
) -> tuple[Array, Array]:
    """Integrated squared bias and variance of Gaussian kernel density estimates on the line.

    Their sum is the mean integrated squared error, exact but for the quadrature over frequencies:
    at each frequency a kernel estimate is an affine learner (Parseval).

    Theorem: `affine-learner`.

    Parameters
    ----------
    characteristic : callable
        Characteristic function of the truth, ``E exp(i omega X)``, for an array of omega >= 0. The
        truth has a square-integrable density.
    bandwidth : float
        Standard deviation h of the kernel.
    alpha, n, generations
        As for `expected_error`.
    points : int
        Of the quadrature.

    Returns
    -------
    bias, variance : ndarray of float64, shape (T + 1,)

    Examples
    --------
    >>> def gauss(omega):
    ...     return np.exp(-(omega**2) / 2)
    >>> bias, noise = kernel_errors(gauss, 0.3, alpha=0.1, n=1000, generations=50)
    >>> (bias + noise)[[0, -1]].round(5).tolist()
    [0.00105, 0.01484]
    """
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    top = 6.5 / bandwidth + 40  # exp(-6.5^2 / 2) is below 1e-9
    nodes, step = np.linspace(0, top, points, retstep=True)
    target = np.asarray(characteristic(nodes))[:, None]  # (points, 1): one learner each
    kappa = np.exp(-((bandwidth * nodes) ** 2) / 2)
    each = np.broadcast_to(kappa, (len(sizes), points))
    bias, noise = _affine(target, each, np.zeros(1), weights, sizes)
    bias[:, 0] /= 2  # trapezoids
    noise[:, 0] /= 2
    return bias.sum(axis=1) * step / np.pi, noise.sum(axis=1) * step / np.pi


def _affine(
    target: NDArray[Any], kappa: Array, offsets: Array, alpha: Array, n: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Squared bias and noise, (T + 1, ...), for ``int f dP_t = kappa F_t f + u``, ``|f| = 1``.

    Targets have shape (..., d), kappa (T + 1, ...), offsets (T + 1, d) or (d,).
    """
    mean, noise = np.zeros_like(target), np.zeros(target.shape[:-1])
    offsets = np.broadcast_to(offsets, (len(n), *offsets.shape[-1:]))
    biases, noises = [], []
    for a, size, k, u in zip(alpha, n, kappa, offsets, strict=True):
        mixed = a * target + (1 - a) * mean
        fading = (1 - a) ** 2 * noise
        square = np.sum(np.abs(mixed) ** 2, axis=-1)
        noise = k**2 * (fading + (1 - square - fading) / size)
        mean = np.asarray(k)[..., None] * mixed + u
        biases.append(np.sum(np.abs(mean - target) ** 2, axis=-1))
        noises.append(noise)
    return np.array(biases), np.array(noises)


def _check_curvature(curvature: float) -> None:
    if not -1 <= curvature < np.inf:
        raise ValueError(f"curvature must be a number >= -1, but is {curvature!r}")
