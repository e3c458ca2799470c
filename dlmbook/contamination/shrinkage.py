r"""A learner that shrinks: it reproduces only a part kappa of what its data say.

Weight decay, early stopping and pseudo-counts have this in common. Shrinking lowers the noise and
adds a bias, and the best kappa balances them on clean data of the same size. In a loop the bias
adds up with the same sign in every generation, while old noise is shrunk again and again. Write
b_t for the bias as a part of the truth and c_t for the noise in units of one sample's:

    b_t = (1 - kappa_t) + kappa_t (1 - a_t) b_{t-1},
    c_t = kappa_t^2 ((1 - a_t)^2 c_{t-1} + 1 / n_t).

With tuned kappas the error in units of the clean one depends on the first kappa alone, and on the
plan (Theorem ``tuned-shrinkage``). One generation at most doubles it if there is one kappa, or if
each direction's own is tuned, but not if one knob sets many kappas at once. With ``kappa = 1`` it
is the recurrence of `local_errors`. A network shrinks some directions more than others;
`fit_spectrum` finds, for one loop, a part of the clean error for each kappa.

The chapter *Language models in the loop* tells the story.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from dlmbook.contamination.settings import PerGeneration, check_alpha, check_sizes
from dlmbook.information import Array, check_numbers


def shrunk_errors(
    kappa: float,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    *,
    frozen: bool = False,
) -> Array:
    """Squared error of a shrinking learner that was tuned at first, in units of its first error.

    Theorem: `tuned-shrinkage`.

    Parameters
    ----------
    kappa : float
        Part of the data's mean that the learner keeps in generation 0, in [0, 1]: the best for n_0
        true samples. With n samples it keeps the best for n true ones: odds in proportion to n.
    alpha, n, generations
        As for `expected_error`.
    frozen : bool
        Keep the same part kappa whatever n is, instead of tuning it again.

    Returns
    -------
    ndarray of float64, shape (T + 1,)

    Examples
    --------
    >>> shrunk_errors(1.0, alpha=0.1, n=100, generations=2).round(3).tolist()
    [1.0, 1.81, 2.466]
    >>> shrunk_errors(0.5, alpha=0.1, n=100, generations=2).round(3).tolist()
    [1.0, 1.652, 1.987]
    >>> [shrunk_errors(0.5, 0.1, [9, 90], 1, frozen=x).round(3).tolist() for x in (False, True)]
    [[1.0, 1.0], [1.0, 1.203]]
    """
    if not 0 <= kappa <= 1:
        raise ValueError(f"kappa must lie in [0, 1], but is {kappa!r}")
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    ratios, bias, noise = [], 0.0, 0.0  # bias^2 over 1 - kappa, noise over kappa
    for a, growth in zip(weights.tolist(), (sizes / sizes[0]).tolist(), strict=True):
        odds = 1.0 if frozen else growth
        total = 1 - kappa + odds * kappa
        bias = (1 - kappa + odds * kappa * (1 - a) * bias) / total
        noise = (odds * kappa / total) ** 2 * ((1 - a) ** 2 * noise + 1 / growth)
        ratios.append((bias**2 / (1 - kappa) if kappa < 1 else 0.0) + _over(noise, kappa))
    return np.array(ratios)


def shrunk_price(kappa: float, alpha: float) -> float:
    """Where `shrunk_errors` ends with constant sizes; finite even without fresh data if kappa < 1.

    Theorem: `tuned-shrinkage`.

    Examples
    --------
    >>> [round(shrunk_price(kappa, 0.1), 3) for kappa in (0.5, 0.8, 0.95, 1.0)]
    [2.28, 4.212, 5.91, 5.263]
    >>> round(shrunk_price(0.5, 0.0), 3)
    2.667
    """
    if not (0 <= kappa <= 1 and 0 <= alpha <= 1 and kappa * (1 - alpha) < 1):
        raise ValueError(
            "kappa must lie in [0, 1] and alpha in [0, 1], not 1 and 0 together, "
            f"but they are {kappa!r} and {alpha!r}"
        )
    kept = kappa * (1 - alpha)
    return (1 + kept - 2 * kappa * kept) / ((1 - kept) ** 2 * (1 + kept))


def fit_spectrum(
    ratios: ArrayLike, alpha: PerGeneration, n: PerGeneration, kappas: ArrayLike
) -> Array:
    """Shares of the clean error that belong to each kappa, fitted to the errors of one loop.

    Non-negative least squares of the ratios on the curves of `shrunk_errors`.

    Theorem: `tuned-shrinkage`.

    Parameters
    ----------
    ratios : array_like, shape (T + 1,)
        Errors of generations 0..T in units of that of generation 0.
    alpha, n
        As for `expected_error`.
    kappas : array_like, shape (m,)
        Candidates, in [0, 1].

    Returns
    -------
    ndarray of float64, shape (m,)
        Not negative; their sum is about 1.

    Examples
    --------
    >>> ratios = (shrunk_errors(0.2, 0, 9, 10) + 3 * shrunk_errors(0.9, 0, 9, 10)) / 4
    >>> fit_spectrum(ratios, 0, 9, [0.1, 0.2, 0.5, 0.9]).round(3).tolist()
    [0.0, 0.25, 0.0, 0.75]
    """
    values = check_numbers(ratios, "ratios")
    last = len(values) - 1
    columns = [shrunk_errors(kappa, alpha, n, last) for kappa in np.asarray(kappas).tolist()]
    weights, _ = nnls(np.array(columns).T, values)
    return np.asarray(weights)


def _over(noise: float, kappa: float) -> float:
    """Noise in units of kappa; both vanish together."""
    return noise / kappa if kappa > 0 else 0.0
