r"""What the loop does to learners that add something of their own.

Pseudo-counts, kernels, weight decay, a temperature: each puts something into its data, or leaves
something out, and always the same. Three statements say what a loop makes of it:

- *In any norm* (``bias-over-alpha``): a learner that fails to learn a part delta of its own data
  loses up to ``delta / alpha``.
- *In proportion* (``drift-compounds``): a learner that multiplies an average by ``1 + delta`` does
  so again with what it made of it; there is a limit only if ``(1 + delta) (1 - alpha) < 1``.
- *Affine learners* (``affine-learner``): the model reproduces ``kappa`` times the average of f,
  plus something of its own, ``u``. Errors have two parts, the squared bias and the noise, and both
  are exact. If only the last generation smooths, it is a clean fit to as many samples as a table of
  frequencies is worth (``smooth-last``).

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
    check_each,
    check_sizes,
)
from dlmbook.information import Array, check_numbers


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
    lost = check_each(own, generations, "own")
    bounds = [0.0]
    for a, delta in zip(weights.tolist(), lost.tolist(), strict=True):
        bounds.append((1 - a) * bounds[-1] + delta)
    return np.array(bounds[1:])


def drift_limit(drift: ArrayLike, alpha: ArrayLike) -> Array:
    """Relative deviation in the end of an average that each generation multiplies by 1 + drift.

    ``d / (a - d (1 - a))``; infinite if ``(1 + d) (1 - a) >= 1``. More than ``d / a`` for a drift
    upwards, less for one downwards.

    Theorem: `drift-compounds`.

    Parameters
    ----------
    drift : array_like
        delta, at least -1.
    alpha : array_like
        Fresh share, in [0, 1].

    Examples
    --------
    >>> drift_limit([-0.1, 0.02, 0.12], 0.1).round(3).tolist()
    [-0.526, 0.244, inf]
    """
    d, a = np.broadcast_arrays(check_numbers(drift, "drift"), check_numbers(alpha, "alpha"))
    if not np.all((a >= 0) & (a <= 1) & (d >= -1)):
        raise ValueError(f"alpha must lie in [0, 1] and drift be at least -1, not {a} and {d}")
    lost = a - d * (1 - a)  # 1 - (1 + d) (1 - a)
    safe = np.where(lost > 0, lost, 1.0)
    return np.where(d == 0, 0.0, np.where(lost > 0, d / safe, np.inf))


def smoothed_errors(
    p: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    smoothing: PerGeneration,
    guess: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Exact squared bias and noise of frequencies with pseudo-counts; their sum is the error.

    Theorem: `affine-learner`, `smooth-last`.

    Parameters
    ----------
    p, alpha, n, generations
        As for `expected_error`.
    smoothing : float, array_like of shape (T + 1,), or callable
        Pseudo-counts in all, lambda, of each generation.
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
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    kappa = sizes / (sizes + check_each(smoothing, generations, "smoothing"))
    offsets = (1 - kappa)[:, None] * guess
    return _affine(p, kappa, offsets, weights, sizes)


def kernel_errors(
    characteristic: Callable[[Array], NDArray[Any]],
    bandwidth: PerGeneration,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    points: int = 2000,
) -> tuple[Array, Array]:
    """Integrated squared bias and variance of Gaussian kernel density estimates on the line.

    Their sum is the mean integrated squared error, exact but for the quadrature over frequencies:
    at each frequency a kernel estimate is an affine learner (Parseval).

    Theorem: `affine-learner`, `smooth-last`.

    Parameters
    ----------
    characteristic : callable
        Characteristic function of the truth, ``E exp(i omega X)``, for an array of omega >= 0. The
        truth has a square-integrable density.
    bandwidth : float, array_like of shape (T + 1,), or callable
        Standard deviation h of the kernel in each generation. 0 hands the points on as they are:
        such a generation has no density, and its variance is infinite.
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
    widths = check_each(bandwidth, generations, "bandwidth")
    bare = widths == 0
    top = 6.5 / np.min(widths[~bare], initial=np.inf) + 40  # exp(-6.5^2 / 2) is below 1e-9
    nodes, step = np.linspace(0, top, points, retstep=True)
    target = np.asarray(characteristic(nodes))[:, None]  # (points, 1): one learner each
    kappa = np.exp(-((widths[:, None] * nodes) ** 2) / 2)
    bias, noise = _affine(target, kappa, np.zeros(1), weights, sizes)
    bias[:, 0] /= 2  # trapezoids
    noise[:, 0] /= 2
    noise[bare] = np.inf
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
