r"""What one generation does to the error, and where the errors settle.

Write ``r_t = R_t / S``: one true sample has r = 1, and N true samples have ``r = 1 / N``. So
``1 / r_t`` is the *effective size* of a model: the number of true samples that it is worth. All
rules that move the estimate a step towards the new data,

    p_t = p_{t-1} + step (empirical pmf of n samples from alpha p* + (1 - alpha) p_{t-1} - p_{t-1}),

obey one exact recurrence (`next_error`). With ``step = 1``, training on the new data alone, it is
a weighted mean of the old error and a fixed one,

    r_t = (1 - g) r_{t-1} + g / N,    N = 1 + (n - 1) alpha (2 - alpha),

where g lies in [0, 1]: the error always moves towards ``1 / N``, whatever it was. N is
`effective_size`, a weighted mean of 1 and n. Everything in the chapter *The contamination
recurrence* is read off this line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.contamination.settings import PerGeneration, check_sizes
from dlmbook.information import Array, check_numbers


def next_error(error: float, alpha: float, n: float, step: float = 1.0) -> float:
    """Squared error after one more generation, both in units of S; exact.

    ``(1 - step alpha)^2 r + (step^2 / n) (1 - (1 - alpha)^2 r)``: what is left of the old error,
    and the noise of n samples. With ``step = 1`` it is ``1 / n + (1 - 1 / n) (1 - alpha)^2 r``.

    Theorem: `recurrence`.

    Parameters
    ----------
    error : float
        r of the previous generation, in [0, 1]; its estimate must be unbiased.
    alpha : float
        Weight of the fresh data.
    n : float
        Number of samples.
    step : float
        How far the estimate moves towards the new data's empirical pmf.

    Examples
    --------
    >>> round(next_error(0.01, alpha=0.1, n=100), 6)
    0.018019
    """
    fading = (1 - step * alpha) ** 2 * error
    return fading + step**2 / n * (1 - (1 - alpha) ** 2 * error)


def effective_size(alpha: ArrayLike, n: ArrayLike) -> Array:
    """How many true samples a model is worth in the end.

    It is ``1 + (n - 1) alpha (2 - alpha)``. With the same alpha and n in every generation,
    each training on its own data alone, the error tends to S divided by it. Arguments broadcast.

    Theorem: `fixed-point`. Theorem: `improvement`.

    Examples
    --------
    >>> effective_size([0.0, 0.1, 0.5, 1.0], 1000).tolist()
    [1.0, 190.81, 750.25, 1000.0]
    """
    alpha, n = _check(alpha, n)
    return 1 + (n - 1) * alpha * (2 - alpha)


def price(alpha: ArrayLike, n: ArrayLike = np.inf) -> Array:
    """By how much contamination multiplies the error in the end: ``n / effective_size``.

    It increases with n to ``1 / (alpha (2 - alpha))``, the value by default.

    Theorem: `fixed-point`.

    Examples
    --------
    >>> price(0.1, [10, 100, 1000]).round(3).tolist(), price(0.1).round(3).tolist()
    ([3.69, 5.048, 5.241], 5.263)
    """
    alpha, n = _check(alpha, n)
    with np.errstate(divide="ignore"):  # without fresh data the price has no bound
        return 1 / (alpha * (2 - alpha) + (1 - alpha) ** 2 / n)


def least_size(effective: float, alpha: float) -> int:
    """Fewest samples for which the next generation is better than this one.

    It improves if and only if its own `effective_size` exceeds that of the present model.

    Theorem: `improvement`.

    Parameters
    ----------
    effective : float
        Effective size S / R of the present model, at least 1.
    alpha : float
        Weight of the fresh data in the next generation, positive.

    Examples
    --------
    To get past a model as good as 1,000 true samples, at 10 % fresh data:

    >>> least_size(1000, 0.1)
    5259
    """
    _check(alpha, 1)
    if not 1 <= effective < np.inf:
        raise ValueError(f"effective must be a finite number >= 1, but is {effective!r}")
    if alpha == 0:
        raise ValueError("alpha must be positive: no number of samples makes up for fresh data")
    n = int(1 + (effective - 1) / (alpha * (2 - alpha)))
    while effective_size(alpha, n) <= effective:
        n += 1
    return n


def collapse_error(n: PerGeneration, generations: int) -> Array:
    """Squared error in units of S without fresh data: ``1 - prod (1 - 1 / n_s)``, shape (T + 1,).

    Theorem: `absorption`.

    Examples
    --------
    >>> collapse_error(10, 3).round(4).tolist()
    [0.1, 0.19, 0.271, 0.3439]
    """
    with np.errstate(divide="ignore"):
        return -np.expm1(np.cumsum(np.log1p(-1 / check_sizes(n, generations))))


def _check(alpha: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    alpha, n = check_numbers(alpha, "alpha"), check_numbers(n, "n")
    if not np.all((alpha >= 0) & (alpha <= 1)):
        raise ValueError(f"alpha must lie in [0, 1], but is {alpha}")
    if not np.all(n >= 1):
        raise ValueError(f"n must be at least 1, but is {n}")
    return alpha, n
